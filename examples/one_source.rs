//! Photometry of one star, without a project: nothing is kept.
//!
//! `cargo run --example one_source` asks the demo observatory, which needs no network;
//! `cargo run --example one_source -- 188589164` asks MAST for the star of that TIC number.

use retriever::catalog::Target;
use retriever::observatory::{Fetched, Registry, Surroundings};
use retriever::parameters::Node;

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let surroundings = Surroundings::new(0);
    let tic = std::env::args()
        .nth(1)
        .filter(|word| word.parse::<u64>().is_ok());
    let (observatory, target) = match tic {
        Some(tic) => {
            let section = Node::section().with("products", vec!["spoc"]);
            let tess = Registry::standard().observatory("TESS", &section, &surroundings)?;
            let target = tess
                .resolve("TIC", &tic)
                .await?
                .ok_or("there is no such star")?;
            (tess, target)
        }
        None => {
            // what would stand below `observatories: demo:` in a project file
            let section = Node::section().with("num_points", 50);
            let demo = Registry::standard().observatory("DEMO", &section, &surroundings)?;
            let target = Target {
                name: "Vega".to_owned(),
                ra: 279.2347,
                dec: 38.7837,
                epoch: 2000.0,
                ..Target::default()
            };
            (demo, target)
        }
    };
    match observatory.fetch(&target).await? {
        Fetched::Data { raw, provenance } => {
            println!(
                "{}: {} rows from {}",
                raw.source_name,
                raw.table.rows(),
                provenance.url
            );
            for lightcurve in observatory.reduce(&raw)?.lightcurves {
                let statistics = &lightcurve.statistics;
                println!(
                    "  {} {}: {} epochs, {:.3?} mag",
                    lightcurve.observatory,
                    lightcurve.filter,
                    statistics.number,
                    statistics.mag_mean_robust
                );
            }
        }
        Fetched::Empty { provenance } => println!("nothing there: {}", provenance.note),
        Fetched::Skipped { rule } => println!("not asked: {rule}"),
        Fetched::Unchanged { .. } => println!("as it was"), // only a refresh answers so
    }
    Ok(())
}
