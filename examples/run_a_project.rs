//! A project in code: the names are those of the project file, and `run` is what `retriever run` does.

use retriever::project::{Project, RunControl, RunOptions, Selection};

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let project = Project::builder("first_light")
        .observatory("DEMO")
        .set("catalog.default", "test")
        .set("observatories.demo.flare_rate", 1.0)
        .set("finder.snr_threshold", 6.0)
        .data_root(folder.path())
        .open()
        .await?;

    // a part first: the first three rows of the catalog
    let options = RunOptions {
        selection: Selection {
            stop: Some(3),
            ..Selection::default()
        },
        ..RunOptions::default()
    };
    let part = project.run_with(options, RunControl::default()).await?;
    println!(
        "{} of {} sources, {} failed",
        part.selected,
        project.catalog().len(),
        part.failed
    );

    // then the rest: what is done is not done again
    let summary = project.run().await?;
    println!(
        "{} were worked on, {} detections",
        summary.worked_on, summary.analysis.detections
    );
    for failure in &summary.failures {
        println!("  {}: {}", failure.source_name, failure.message);
    }
    assert!(project.run().await?.all_was_done());
    Ok(())
}
