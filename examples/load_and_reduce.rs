//! A raw file becomes lightcurves, again and with other parameters, without asking anybody.

use retriever::catalog::Target;
use retriever::observatory::{Fetched, Registry, Surroundings};
use retriever::parameters::Node;
use retriever::photometry::RawPhotometry;

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let surroundings = Surroundings::new(0);
    let demo = |gap: f64| {
        let section = Node::section().with("gap", gap).with("shuffle_time", true);
        Registry::standard().observatory("DEMO", &section, &surroundings)
    };

    // a file as a project keeps it: here made by hand
    let target = Target {
        name: "star".to_owned(),
        ra: 10.0,
        dec: -5.0,
        epoch: 2016.0,
        ..Target::default()
    };
    let Fetched::Data { raw, .. } = demo(40.0)?.fetch(&target).await? else {
        return Err("the demo has something of every star".into());
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("DEMO_photometry_star.h5");
    raw.save(&file)?;

    let raw = RawPhotometry::load(&file)?;
    println!("{} rows of {:?}", raw.table.rows(), raw.source_name);
    for column in raw.table.columns() {
        println!(
            "  {} [{}]: {}",
            column.name, column.unit, column.description
        );
    }
    for gap in [40.0, 20.0, 10.0] {
        // what it was asked for is kept with it: objects that are not the target are left out
        let reduction = demo(gap)?.reduce(&raw)?;
        println!(
            "{} seasons with gaps of {gap} d",
            reduction.lightcurves.len()
        );
    }
    Ok(())
}
