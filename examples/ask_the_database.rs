//! What a project has found: rows, counts, files.

use futures::TryStreamExt;
use retriever::photometry::Kind;
use retriever::project::{Project, Table};

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let project = Project::builder("flares")
        .observatory("DEMO")
        .set("catalog.default", "test")
        .set("observatories.demo.flare_rate", 1.0)
        .data_root(folder.path())
        .open()
        .await?;
    project.run().await?;

    let status = project.status().await?;
    println!(
        "{} lightcurves, {} detections",
        status.lightcurves, status.detections.real
    );

    // rows are streams that hold a page at a time; their names are those of the database's columns
    let mut detections = project.list(Table::Detections).await?;
    while let Some(row) = detections.try_next().await? {
        if row["simulated"] == false {
            println!(
                "  {} at {} with S/N {:.1}",
                row["source_name"],
                row["peak_time"],
                row["snr"].as_f64().unwrap_or(f64::NAN)
            );
        }
    }

    // lightcurves out of their files, with scores and quality
    let mut lightcurves = project.lightcurves(Kind::Processed).await?;
    let mut bad = 0;
    while let Some(of_a_source) = lightcurves.try_next().await? {
        for lightcurve in of_a_source {
            let further = lightcurve.epochs.extra.iter();
            let qflag = further.filter(|column| column.name == "qflag");
            let flags = qflag.filter_map(|column| column.values.to_floats());
            bad += flags.flatten().filter(|&flag| flag > 0.0).count();
        }
    }
    println!("{bad} epochs fail a cut");

    for table in project.efficiency().await?.iter().take(1) {
        println!(
            "{} of {} simulated events were found",
            table.total.recovered, table.total.injected
        );
    }
    Ok(())
}
