//! `retriever efficiency` and `retriever rates`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::exit::Exit;
use super::{Context, Failure, output};
use crate::analysis::{Efficiency, EfficiencyBin, Rate};
use crate::project::{Project, ProjectError, Rates};
use crate::words::counted;

/// Both commands take a project and nothing else.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Project file
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `retriever efficiency`.
pub(crate) async fn efficiency(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let project = context.open(&arguments.file).await?;
    warn_of_stale(&project).await?;
    let tables = project.efficiency().await?;
    let total = tables.first().map(|table| table.total);
    if arguments.json {
        write_json(&json!({"total": total, "tables": tables}), out)?;
        return Ok(Exit::Success);
    }
    let Some(total) = total.filter(|total| total.injected > 0) else {
        let wanted = project.analysis_settings().parameters().num_injections;
        output::say(if wanted > 0.0 {
            "no simulated events yet: `retriever run` makes them"
        } else {
            "no simulated events: the project asks for none; with num_injections: 1 in section `analysis`, \
             `retriever analyze --redo` makes them"
        });
        return Ok(Exit::Success);
    };
    writeln!(
        out,
        "{} of {} simulated events were found: {}",
        total.recovered,
        total.injected,
        fraction(total.fraction, total.lower, total.upper)
    )?;
    for table in &tables {
        writeln!(out)?;
        write_table(table, out)?;
    }
    Ok(Exit::Success)
}

/// One table of recovered fractions; bins without an event are left out.
pub(crate) fn write_table(table: &Efficiency, out: &mut impl Write) -> std::io::Result<()> {
    let heading = match table.unit.as_str() {
        "" => table.name.clone(),
        unit => format!("{} [{unit}]", table.name),
    };
    let rows: Vec<Map<String, Value>> = table
        .bins
        .iter()
        .filter(|bin| bin.recovered.injected > 0)
        .map(|bin| {
            let recovered = bin.recovered;
            let mut row = Map::new();
            row.insert(heading.clone(), json!(label(bin)));
            row.insert("injected".to_owned(), json!(recovered.injected));
            row.insert("found".to_owned(), json!(recovered.recovered));
            let (low, high) = (recovered.lower, recovered.upper);
            let efficiency = fraction(recovered.fraction, low, high);
            row.insert("efficiency".to_owned(), json!(efficiency));
            row
        })
        .collect();
    let columns = [heading.as_str(), "injected", "found", "efficiency"];
    output::Table::new(&columns).write(&rows, out)
}

/// Numbers of other parameters than those of the file are told to be so.
async fn warn_of_stale(project: &Project) -> Result<(), ProjectError> {
    let (stale, all) = project.stale_analyses().await?;
    if stale > 0 {
        tracing::warn!(
            "{stale} of {all} sources were analysed with other parameters than those of the project file: the numbers are \
             of those; `retriever analyze --redo` makes them of these"
        );
    }
    Ok(())
}

fn label(bin: &EfficiencyBin) -> String {
    match (&bin.word, bin.range) {
        (Some(word), _) => word.clone(),
        (None, Some([low, high])) => format!("{} to {}", short(low), short(high)),
        (None, None) => "all".to_owned(),
    }
}

/// Three significant digits; with its power of ten where there would be four zeros or more behind the point.
fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.abs() < 1e-4 {
        return format!("{number:.2e}");
    }
    let digits = 2 - number.abs().log10().floor() as i32;
    format!("{number:.*}", digits.clamp(0, 9) as usize)
}

fn fraction(fraction: Option<f64>, lower: Option<f64>, upper: Option<f64>) -> String {
    match (fraction, lower, upper) {
        (Some(fraction), Some(lower), Some(upper)) => {
            format!("{fraction:.3} ({lower:.3} to {upper:.3})")
        }
        _ => "-".to_owned(),
    }
}

/// `retriever rates`.
pub(crate) async fn rates(
    context: &Context,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let project = context.open(&arguments.file).await?;
    warn_of_stale(&project).await?;
    let rates = project.rates().await?;
    if arguments.json {
        write_json(&rates, out)?;
    } else {
        write_rates(&rates, out)?;
    }
    Ok(Exit::Success)
}

fn write_rates(rates: &Rates, out: &mut impl Write) -> std::io::Result<()> {
    let searched = rates.exposure;
    writeln!(
        out,
        "Searched: {}, {}, {} ({} good)",
        counted(searched.sources, "source"),
        counted(searched.lightcurves, "lightcurve"),
        counted(searched.epochs, "epoch"),
        searched.good_epochs
    )?;
    writeln!(
        out,
        "  {} source-hours within {} of a good epoch; {} source-days from first to last",
        short(searched.source_hours()),
        rates.event_duration.map_or_else(
            || "half the event_duration of their analysis".to_owned(),
            |duration| format!("{} d", short(duration / 2.0))
        ),
        short(searched.span_days())
    )?;
    writeln!(out, "Detections in good epochs: {}", rates.detections)?;
    writeln!(
        out,
        "Efficiency: {} of {} simulated events found, {}",
        rates.efficiency.recovered,
        rates.efficiency.injected,
        fraction(
            rates.efficiency.fraction,
            rates.efficiency.lower,
            rates.efficiency.upper
        )
    )?;
    match &rates.rate {
        Some(rate) => write_rate(rate, rates.widths, out),
        None => writeln!(
            out,
            "No rate: nothing was searched, or no simulated event was found."
        ),
    }
}

fn write_rate(rate: &Rate, widths: Option<[f64; 2]>, out: &mut impl Write) -> std::io::Result<()> {
    let percent = rate.confidence * 100.0;
    let wide = widths.map_or_else(String::new, |[least, most]| {
        format!(" ({} to {} d wide)", short(least), short(most))
    });
    let events = format!("events like the simulated ones{wide} per source and day");
    if rate.events == 0 {
        return writeln!(
            out,
            "Rate: below {:.3e} {events} ({percent:.0} % confidence)",
            rate.upper_limit
        );
    }
    writeln!(
        out,
        "Rate: {:.3e} {events} ({:.3e} to {:.3e} at {percent:.0} % confidence)",
        rate.rate, rate.lower, rate.upper
    )
}

fn write_json(value: &impl serde::Serialize, out: &mut impl Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(std::io::Error::from)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_with_three_digits() {
        for (number, words) in [
            (0.0, "0"),
            (0.000_012_345, "1.23e-5"),
            (0.012_345, "0.0123"),
            (-1.0, "-1.00"),
            (12.345, "12.3"),
            (1_234.4, "1234"),
        ] {
            assert_eq!(short(number), words);
        }
    }
}
