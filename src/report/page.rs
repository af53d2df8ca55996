//! The page, written piece by piece: what there are many of is never held at once.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{DetectionRow, FailureRow, ReleaseRow, Searched, SmallPicture};
use crate::plot::html::{self, Packed, SCRIPTS, STYLE};
use crate::plot::{
    CoverageFigure, EfficiencyFigure, Figure, LightcurveFigure, ScoresFigure, SkyFigure,
};

const REPORT_SCRIPTS: [&str; 2] = [
    include_str!("html/detections.js"),
    include_str!("html/report.js"),
];
const REPORT_STYLE: &str = include_str!("html/report.css");
/// Everything on the page but detections and lightcurves.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Name of the project: heading of the page, and in its title.
    pub project: String,
    /// What the project file says of the project; nothing stands there if it is empty.
    pub description: String,
    /// Version of the program that makes the page.
    pub version: String,
    /// Commit that the program was built from.
    pub commit: String,
    /// Name and value, in the order in which they are to be read.
    pub facts: Vec<(String, String)>,
    /// Text of `config.yaml`.
    pub config: String,
    /// Text of `run.yaml`; none if the project never ran, or the file cannot be read.
    pub run: Option<String>,
    /// By observatory and release; without any there is no such table on the page.
    pub releases: Vec<ReleaseRow>,
    /// What the reader is told below the summary, a paragraph each.
    pub warnings: Vec<String>,
    /// Sources of the catalog, and those taken up beside it.
    pub sources: u64,
    /// Reduced lightcurves, of all observatories.
    pub lightcurves: u64,
    /// Epochs of the reduced lightcurves.
    pub epochs: u64,
    /// Bytes of the files of the project, its raw photometry included.
    pub bytes: u64,
    /// Sources whose analysis succeeded.
    pub analysed: u64,
    /// Sources whose analysis failed.
    pub analyses_failed: u64,
    /// Detections in lightcurves as they were observed.
    pub detections: u64,
    /// Detections in lightcurves with a simulated event.
    pub simulated: u64,
    /// Whether the latter are in the list.
    pub simulated_listed: bool,
    /// Simulated events, found or not.
    pub injected: u64,
    /// Those of them that were found.
    pub recovered: u64,
    /// What was searched, and the rate of events that follows from it.
    pub searched: Searched,
    /// Failures, evenly of all stages: those of `fetch` first, then those of `reduce` and of `analyze`.
    pub failures: Vec<FailureRow>,
    /// Whether there are more failures than these.
    pub failures_cut: bool,
    /// Sources that the sky map does not show.
    pub sky_left_out: u64,
    /// Sources by outcome. This picture and those below stand on the page as data of their own.
    #[serde(skip)]
    pub coverage: CoverageFigure,
    /// The sky map; it may have fewer sources than there are, see `sky_left_out`.
    #[serde(skip)]
    pub sky: SkyFigure,
    /// A picture for each score; empty as long as no epoch has one.
    #[serde(skip)]
    pub scores: Vec<ScoresFigure>,
    /// Which part of the simulated events was found.
    #[serde(skip)]
    pub efficiency: EfficiencyFigure,
}

/// Writes a report: first [`begin`](ReportWriter::begin), then each detection, then each source that has a
/// lightcurve to show, then [`finish`](ReportWriter::finish).
///
/// ```
/// use retriever::report::{DetectionRow, Report, ReportWriter};
///
/// let report = Report { project: "WD_FLARES".into(), ..Report::default() };
/// let mut page = ReportWriter::begin(Vec::new(), &report)?;
/// page.detection(&DetectionRow { source_name: "star".into(), snr: Some(7.5), ..DetectionRow::default() })?;
/// let page = page.finish(&[])?;
/// assert!(String::from_utf8_lossy(&page).contains("WD_FLARES"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ReportWriter<W> {
    out: W,
    script: String,
    state: State,
}

#[derive(PartialEq)]
enum State {
    /// The list of detections is open; it has so many.
    Detections(u64),
    Sources,
}

#[derive(Serialize)]
struct Curve<'a> {
    figure: Packed<'a>,
    thinned: Option<&'a str>,
}

impl<W: Write> ReportWriter<W> {
    /// Writes everything up to the detections.
    ///
    /// # Errors
    /// Those of the writer, here and below.
    pub fn begin(mut out: W, report: &Report) -> io::Result<ReportWriter<W>> {
        let style = [STYLE, REPORT_STYLE].concat();
        let script = [&SCRIPTS[..], &REPORT_SCRIPTS[..], &["showReport();\n"]].concat();
        let script = script.concat();
        html::begin(&mut out, &style, &script)?;
        out.write_all(b"<main id=\"page\"></main>\n")?;
        html::embed(&mut out, "report", report)?;
        html::embed(
            &mut out,
            "sky",
            &Packed::of(&Figure::Sky(report.sky.clone())),
        )?;
        html::embed(&mut out, "scores", &report.scores)?;
        html::embed(&mut out, "efficiency", &report.efficiency)?;
        html::embed(&mut out, "coverage", &report.coverage)?;
        html::open(&mut out, "detections")?;
        out.write_all(b"[")?;
        Ok(ReportWriter {
            out,
            script,
            state: State::Detections(0),
        })
    }

    /// Adds a row to the table of detections. After the first source there is no place for it any more: that is a
    /// defect of the caller, told as an error.
    pub fn detection(&mut self, row: &DetectionRow) -> io::Result<()> {
        let State::Detections(number) = &mut self.state else {
            return Err(io::Error::other("detections stand before lightcurves"));
        };
        self.out
            .write_all(if *number == 0 { b"\n" } else { b",\n" })?;
        *number += 1;
        html::write_json(&mut self.out, row)
    }

    /// Adds what can be seen of the source at a place (as its rows say): its small pictures, each under the numbers
    /// of simulated event and detection, and its lightcurves, if they are not left out. `thinned` says which epochs are.
    pub fn source(
        &mut self,
        place: usize,
        small: &BTreeMap<(i64, i64), SmallPicture>,
        lightcurves: Option<&LightcurveFigure>,
        thinned: Option<&str>,
    ) -> io::Result<()> {
        self.close_detections()?;
        let small: BTreeMap<String, String> = small
            .iter()
            .map(|((injection, detection), picture)| {
                (format!("{injection}.{detection}"), picture.to_base64())
            })
            .collect();
        html::embed(&mut self.out, &format!("small-{place}"), &small)?;
        if let Some(figure) = lightcurves {
            let figure = Packed::of_lightcurve(figure);
            let id = format!("curve-{place}");
            html::embed(&mut self.out, &id, &Curve { figure, thinned })?;
        }
        Ok(())
    }

    /// Writes the end of the page; `left_out` is what is not on it, in words.
    pub fn finish(mut self, left_out: &[String]) -> io::Result<W> {
        self.close_detections()?;
        html::embed(&mut self.out, "left-out", &left_out)?;
        html::end(&mut self.out, &self.script)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn close_detections(&mut self) -> io::Result<()> {
        if self.state != State::Sources {
            self.state = State::Sources;
            self.out.write_all(b"]")?;
            html::close(&mut self.out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_one_list_and_harmless() {
        let mut page = ReportWriter::begin(Vec::new(), &Report::default()).unwrap();
        for name in ["a", "</script><script>alert(1)</script>"] {
            let row = DetectionRow {
                source_name: name.to_owned(),
                ..DetectionRow::default()
            };
            page.detection(&row).unwrap();
        }
        let page = String::from_utf8(page.finish(&[]).unwrap()).unwrap();
        let list = page.split("id=\"data-detections\">").nth(1).unwrap();
        let list = list.split("</script>").next().unwrap();
        let rows: Vec<Vec<serde_json::Value>> = serde_json::from_str(list).unwrap();
        assert_eq!(rows[1][0], "</script><script>alert(1)</script>");
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn a_row_has_the_cells_that_the_script_names() {
        let names = REPORT_SCRIPTS[0].split("const ROW = [").nth(1).unwrap();
        let names = names.split("];").next().unwrap().split(", ").count();
        let row = serde_json::to_value(DetectionRow::default()).unwrap();
        assert_eq!(row.as_array().unwrap().len(), names);
    }

    #[test]
    fn a_page_without_detections_ends_its_list() {
        let page = ReportWriter::begin(Vec::new(), &Report::default()).unwrap();
        let page = String::from_utf8(page.finish(&[]).unwrap()).unwrap();
        assert!(page.contains("id=\"data-detections\">[]</script>"));
    }
}
