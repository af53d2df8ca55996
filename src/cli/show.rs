//! `retriever show`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};

use super::exit::Exit;
use super::report::printable;
use super::{Context, Failure, output, shell};
use crate::plot::{Glyphs, sparkline};
use crate::project::{AtObservatory, SourceReport};

/// Characters of a sparkline.
const SPARKS: usize = 48;

#[derive(Debug, Args)]
#[command(after_help = "\
Each lightcurve is one line of characters: time to the right, brighter is higher, flagged epochs
are left out, a gap is empty. A character that stands for many epochs shows the one farthest
from the median.

Example:
  retriever show 3984115430179696128 project.yaml
  retriever show \"Barnard's star\" project.yaml --json | jq .detections")]
pub(crate) struct Arguments {
    /// Name of the source, as in the catalog
    #[arg(allow_hyphen_values = true)]
    source: String,
    /// Project file
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    super::selection::refuse_swapped(&arguments.source, &arguments.file)?;
    let project = context.open(&arguments.file).await?;
    let report = project.source(&arguments.source).await?;
    for problem in &report.problems {
        tracing::warn!("{problem}");
    }
    if !report.problems.is_empty() {
        let file = &arguments.file;
        let check = shell::command("check", file, &["--repair".to_owned()], &context.global);
        let run = shell::command("run", file, &[], &context.global);
        output::say(&format!(
            "help: `{check}` finds what is missing or damaged, `{run}` makes it again"
        ));
    }
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write(&report, output::glyphs(), out)?;
    }
    Ok(Exit::Success)
}

fn write(report: &SourceReport, glyphs: Glyphs, out: &mut impl Write) -> io::Result<()> {
    write_source(report, out)?;
    for at in &report.observatories {
        writeln!(out)?;
        write_observatory(report, at, glyphs, out)?;
    }
    if let Some(analysis) = &report.analysis {
        writeln!(out)?;
        write_analysis(analysis, out)?;
    }
    write_rows("Detections", &report.detections, &DETECTION_COLUMNS, out)?;
    write_rows(
        "Simulated events",
        &report.injections,
        &INJECTION_COLUMNS,
        out,
    )
}

fn write_rows(
    heading: &str,
    rows: &[Map<String, Value>],
    columns: &[&str],
    out: &mut impl Write,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}:")?;
    output::Table::new(columns).write(rows, out)
}

const DETECTION_COLUMNS: [&str; 11] = [
    "injection_number",
    "observatory",
    "filter",
    "series_number",
    "peak_time",
    "snr",
    "score",
    "peak_mag_diff",
    "time_start",
    "time_end",
    "quality_flag",
];

const INJECTION_COLUMNS: [&str; 9] = [
    "injection_number",
    "shape",
    "filter",
    "time",
    "width",
    "snr_expected",
    "magnitude",
    "recovered",
    "detection_number",
];

const FILTER_COLUMNS: [&str; 10] = [
    "observatory",
    "filter",
    "num_good",
    "mag_mean",
    "amplitude_mag",
    "chi2_probability",
    "best_snr",
    "period",
    "period_power",
    "period_false_alarm_probability",
];

/// Name and position, and what else the catalog says.
fn write_source(report: &SourceReport, out: &mut impl Write) -> io::Result<()> {
    let source = &report.source;
    writeln!(out, "{}", printable(report.name()))?;
    let position = format!(
        "RA {} Dec {} deg (ICRS)",
        text(source, "ra"),
        text(source, "dec")
    );
    let facts = [
        Some(position),
        present(source, "mag").map(|mag| format!("mag {mag}")),
        Some(match report.catalog_row {
            Some(row) => format!("row {row} of the catalog"),
            None => "not in the catalog".to_owned(),
        }),
    ];
    write_fact(
        "position",
        &facts.into_iter().flatten().collect::<Vec<_>>(),
        out,
    )?;
    let known = ["index", "name", "ra", "dec", "mag"];
    if let Some(Value::Object(row)) = source.get("cat_row") {
        let others = row
            .iter()
            .filter(|(name, value)| !known.contains(&name.as_str()) && !value.is_null())
            .map(|(name, value)| format!("{} {}", printable(name), output::cell(Some(value))));
        write_fact("catalog", &others.collect::<Vec<_>>(), out)?;
    }
    Ok(())
}

/// What an archive answered, what became of it, and its lightcurves.
fn write_observatory(
    report: &SourceReport,
    at: &AtObservatory,
    glyphs: Glyphs,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(
        out,
        "{}: {}",
        printable(&at.observatory),
        printable(&at.outcome)
    )?;
    if let Some(raw) = &at.raw {
        let reason = ["error_class", "message"].map(|column| present(raw, column));
        write_fact(
            "reason",
            &reason.into_iter().flatten().collect::<Vec<_>>(),
            out,
        )?;
        let asked = [
            present(raw, "requested_at"),
            present(raw, "attempts").map(|number| format!("attempt {number}")),
            present(raw, "release").map(|release| format!("release {release}")),
        ];
        write_fact(
            "asked",
            &asked.into_iter().flatten().collect::<Vec<_>>(),
            out,
        )?;
        write_fact("from", present(raw, "url").as_slice(), out)?;
        let raw_facts = [counted(raw, "epochs", "epoch"), span(raw)];
        write_fact(
            "raw",
            &raw_facts.into_iter().flatten().collect::<Vec<_>>(),
            out,
        )?;
        write_fact("file", &file(raw), out)?;
    }
    if let Some(reduction) = &at.reduction {
        let facts = [
            present(reduction, "outcome"),
            counted(reduction, "lightcurves", "lightcurve"),
            counted(reduction, "epochs", "epoch"),
            present(reduction, "message"),
        ];
        write_fact(
            "reduced",
            &facts.into_iter().flatten().collect::<Vec<_>>(),
            out,
        )?;
        write_fact("file", &file(reduction), out)?;
    }
    write_lightcurves(report, &at.observatory, glyphs, out)
}

/// The lightcurves as observed, each with its sparkline.
fn write_lightcurves(
    report: &SourceReport,
    observatory: &str,
    glyphs: Glyphs,
    out: &mut impl Write,
) -> io::Result<()> {
    let of = |row: &&Map<String, Value>, kind: &str| {
        word(row, "observatory") == observatory && word(row, "kind") == kind
    };
    let rows: Vec<Map<String, Value>> = report
        .lightcurves
        .iter()
        .filter(|row| of(row, "reduced"))
        .map(|row| {
            let line = report
                .curve(row)
                .map(|curve| sparkline(curve, SPARKS, glyphs));
            let line = line.map(|line| format!("|{line:SPARKS$}|"));
            let mut shown = Map::new();
            for (heading, column) in [
                ("#", "series_number"),
                ("filter", "filter"),
                ("epochs", "number"),
                ("good", "num_good"),
                ("from", "time_start"),
                ("to", "time_end"),
                ("mag", "mag_mean_robust"),
                ("rms", "mag_rms_robust"),
            ] {
                let value = row.get(column).cloned().unwrap_or_default();
                shown.insert(heading.to_owned(), value);
            }
            shown.insert("lightcurve".to_owned(), line.into());
            shown
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let columns = [
        "#",
        "filter",
        "epochs",
        "good",
        "from",
        "to",
        "mag",
        "rms",
        "lightcurve",
    ];
    output::Table::new(&columns).write(&rows, out)?;
    let others = ["processed", "simulated"].map(|kind| {
        let rows = report.lightcurves.iter().filter(|row| of(row, kind));
        (kind, rows.count())
    });
    let others: Vec<String> = others
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(kind, number)| format!("{number} {kind}"))
        .collect();
    write_fact("kept too", &others, out)
}

fn write_analysis(analysis: &Map<String, Value>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Analysis: {}", text(analysis, "outcome"))?;
    write_fact("reason", present(analysis, "message").as_slice(), out)?;
    let facts = [
        ("lightcurves", "lightcurve"),
        ("epochs", "epoch"),
        ("good_epochs", "good epoch"),
        ("detections", "detection"),
    ];
    let mut facts: Vec<String> = facts
        .into_iter()
        .filter_map(|(column, word)| counted(analysis, column, word))
        .collect();
    let events = ["recovered", "injections"].map(|column| text(analysis, column));
    facts.push(format!(
        "{} of {} simulated events found",
        events[0], events[1]
    ));
    write_fact("searched", &facts, out)?;
    if let Some(Value::Array(notes)) = analysis.get("notes") {
        let notes = notes.iter().map(|note| output::cell(Some(note)));
        write_fact("notes", &notes.collect::<Vec<_>>(), out)?;
    }
    let period = [
        present(analysis, "period").map(|period| format!("best period {period} d")),
        present(analysis, "period_power").map(|power| format!("power {power}")),
        present(analysis, "period_false_alarm_probability")
            .map(|probability| format!("false-alarm probability {probability}")),
    ];
    write_fact(
        "period",
        &period.into_iter().flatten().collect::<Vec<_>>(),
        out,
    )?;
    if let Some(Value::Array(filters)) = analysis.get("filters") {
        let filters = filters.iter().filter_map(Value::as_object).cloned();
        let filters: Vec<Map<String, Value>> = filters.collect();
        if !filters.is_empty() {
            output::Table::new(&FILTER_COLUMNS).write(&filters, out)?;
        }
    }
    Ok(())
}

/// `  label    fact, fact`, or nothing without a fact.
fn write_fact(label: &str, facts: &[String], out: &mut impl Write) -> io::Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {label:9} {}", facts.join(", "))
}

/// First and last time.
fn span(row: &Map<String, Value>) -> Option<String> {
    let [start, end] = ["time_start", "time_end"].map(|column| present(row, column));
    Some(format!("from {} to {}", start?, end?))
}

/// Name, size, and enough of the checksum to recognise it.
fn file(row: &Map<String, Value>) -> Vec<String> {
    const SHOWN: usize = 12;
    let Some(file) = row.get("file").and_then(Value::as_str) else {
        return Vec::new();
    };
    let length = row.get("length").and_then(Value::as_u64);
    let checksum = row.get("checksum").and_then(Value::as_str);
    let checksum = checksum.and_then(|checksum| checksum.get(..SHOWN));
    let facts = [
        Some(printable(file)),
        length.map(output::bytes),
        checksum.map(|digits| format!("SHA-256 {}…", printable(digits))),
    ];
    facts.into_iter().flatten().collect()
}

fn word<'a>(row: &'a Map<String, Value>, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// `1 epoch`, `2 epochs`.
fn counted(row: &Map<String, Value>, column: &str, word: &str) -> Option<String> {
    let number = row.get(column)?.as_u64()?;
    let ending = if number == 1 { "" } else { "s" };
    Some(format!("{number} {word}{ending}"))
}

/// A value as tables show it.
fn text(row: &Map<String, Value>, column: &str) -> String {
    output::cell(row.get(column))
}

/// The same, if there is one.
fn present(row: &Map<String, Value>, column: &str) -> Option<String> {
    let value = row.get(column).filter(|value| !value.is_null())?;
    Some(match value {
        // whole, where there is a line for it
        Value::String(text) => printable(text),
        other => output::cell(Some(other)),
    })
}
