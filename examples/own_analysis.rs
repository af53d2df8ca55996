//! An analysis of one's own: Retriever's, and one more number for each source.

use std::sync::Arc;

use futures::TryStreamExt;
use retriever::analysis::histogram::Histogram;
use retriever::analysis::{
    Analysed, Analysis, AnalysisError, NoParameters, Registry, Source, StandardAnalysis,
};
use retriever::photometry::Lightcurve;
use retriever::project::{Project, Table};

/// The standard analysis, and how long the longest night without an epoch was.
#[derive(Debug)]
struct Gaps(StandardAnalysis);

impl Analysis for Gaps {
    fn histograms(&self) -> Vec<Histogram> {
        self.0.histograms()
    }

    fn analyze(
        &self,
        source: &Source,
        lightcurves: &[Lightcurve],
        seed: u64,
    ) -> Result<Analysed, AnalysisError> {
        let mut analysed = self.0.analyze(source, lightcurves, seed)?;
        let steps = lightcurves
            .iter()
            .flat_map(|lightcurve| lightcurve.epochs.mjd.windows(2));
        let longest = steps.map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        analysed
            .properties
            .extra
            .insert("longest_gap".to_owned(), longest.into());
        Ok(analysed)
    }
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut classes = Registry::standard();
    classes.add_analysis("gaps", |_: NoParameters, parts| {
        StandardAnalysis::new(parts).map(Gaps)
    });
    let folder = tempfile::tempdir()?;
    let project = Project::builder("gaps")
        .observatory("DEMO")
        .set("catalog.default", "test")
        .set("observatories.demo.shuffle_time", true)
        .set("analysis.class", "gaps")
        .classes(Arc::new(classes))
        .data_root(folder.path())
        .open()
        .await?;
    project.run().await?;
    let mut rows = project.list(Table::Properties).await?;
    while let Some(row) = rows.try_next().await? {
        let gap = row["extra"]["longest_gap"]
            .as_f64()
            .ok_or("every source has one")?;
        println!("{}: {gap:.1} d", row["source_name"]);
        assert!(gap > 0.0);
    }
    Ok(())
}
