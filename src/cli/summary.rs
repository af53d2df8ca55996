//! What a run did or would do, in words: what was made, where it is, what to do next.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::report::printable;
use super::run::{Asked, Stages};
use super::{Context, efficiency, output, progress, shell};
use crate::analysis::Efficiency;
use crate::project::{FoundEvent, Plan, Project, RunSummary, Stopped};
use crate::words::counted;

/// One run, and how it was asked for.
pub(crate) struct Told<'a> {
    pub context: &'a Context,
    pub project: &'a Project,
    pub asked: &'a Asked<'a>,
    /// Of all simulated events of the project, where some were made.
    pub efficiency: Vec<Efficiency>,
}

const EVENT_COLUMNS: [&str; 6] = [
    "source_name",
    "observatory",
    "filter",
    "time",
    "snr",
    "brightening",
];

fn event(event: &FoundEvent) -> Map<String, Value> {
    let two = |number: f64| json!((number * 100.0).round() / 100.0);
    let values = [
        json!(event.source_name),
        json!(event.observatory),
        json!(event.filter),
        json!((event.time * 1e5).round() / 1e5),
        two(event.snr),
        two(event.brightening),
    ];
    let names = EVENT_COLUMNS.map(str::to_owned);
    names.into_iter().zip(values).collect()
}

impl Told<'_> {
    /// What would be done.
    pub(crate) fn plan(&self, plan: &Plan, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "{}: {} selected, {} done already",
            self.project.name(),
            counted(plan.selected, "source"),
            plan.already_done
        )?;
        for (observatory, counts) in &plan.observatories {
            write!(out, "  {observatory}:")?;
            if self.asked.stages.fetches() {
                write!(out, " {} to ask for", counts.fetch - counts.skip)?;
                if counts.refresh > 0 {
                    write!(out, " ({} of them for changes)", counts.refresh)?;
                }
                write!(out, ", {} that a rule skips", counts.skip)?;
                if counts.missing > 0 {
                    write!(out, ", {} missing", counts.missing)?;
                }
            }
            match self.asked.stages {
                Stages::Fetch => writeln!(out)?,
                Stages::Analyze => writeln!(out, " nothing to ask for")?,
                Stages::Reduce => writeln!(out, " {} to reduce from disk", counts.reduce)?,
                Stages::All => writeln!(out, ", {} to reduce from disk", counts.reduce)?,
            }
        }
        if self.asked.stages.analyzes() {
            writeln!(out, "  {} to analyse", counted(plan.analyze, "source"))?;
        }
        writeln!(out, "Nothing was done (--dry-run).")
    }

    /// What was done.
    pub(crate) fn summary(&self, summary: &RunSummary, out: &mut impl Write) -> io::Result<()> {
        if summary.selected == 0 {
            return self.nothing_selected(out);
        }
        if summary.all_was_done() {
            writeln!(
                out,
                "{}: all was already done ({}).",
                summary.project,
                counted(summary.selected, "source")
            )?;
            return self.places_and_next(summary, out);
        }
        self.numbers(summary, out)?;
        self.events(summary, out)?;
        self.failures(summary, out)?;
        self.missing(summary, out)?;
        match &summary.stopped {
            Some(stopped) => self.how_to_go_on(summary, stopped, out),
            None => self.places_and_next(summary, out),
        }
    }

    fn nothing_selected(&self, out: &mut impl Write) -> io::Result<()> {
        let name = self.project.name();
        match self.project.catalog().len() {
            0 => writeln!(out, "{name}: nothing to do, the catalog has no targets."),
            rows => writeln!(
                out,
                "{name}: nothing to do, the flags select none of the {} of the catalog.",
                counted(rows, "row")
            ),
        }
    }

    fn numbers(&self, summary: &RunSummary, out: &mut impl Write) -> io::Result<()> {
        let seconds = summary.elapsed.as_secs_f64();
        write!(
            out,
            "{}: {} in {} ({}), {} done before, {} failed, {} written",
            summary.project,
            counted(summary.worked_on, "source"),
            progress::duration(seconds),
            progress::speed(summary.worked_on as f64 / seconds.max(1e-9)),
            summary.already_done,
            summary.failed,
            output::bytes(summary.bytes),
        )?;
        match summary.left_to_others {
            0 => writeln!(out)?,
            left => writeln!(out, ", {left} left to another process")?,
        }
        for (observatory, counts) in &summary.observatories {
            let mut parts = Vec::new();
            if self.asked.stages.fetches() {
                parts.push(format!(
                    "{} ok, {} empty, {} skipped, {} failed",
                    counts.ok, counts.empty, counts.skipped, counts.failed
                ));
            }
            if self.asked.asking.refresh {
                parts.push(format!(
                    "{} unchanged, {} changed",
                    counts.unchanged, counts.changed
                ));
            }
            if self.asked.stages.reduces() {
                parts.push(format!(
                    "{} reduced to {} with {}",
                    counts.reduced,
                    counted(counts.lightcurves, "lightcurve"),
                    counted(counts.epochs, "epoch")
                ));
            }
            if !parts.is_empty() {
                writeln!(out, "  {observatory}: {}", parts.join("; "))?;
            }
        }
        let counts = summary.analysis;
        if counts.analysed + counts.failed > 0 {
            writeln!(
                out,
                "  analysis: {}, {}; {} of {} found",
                counted(counts.analysed, "source"),
                counted(counts.detections, "detection"),
                counts.recovered,
                counted(counts.injections, "simulated event")
            )?;
        }
        let idle = summary
            .worked_on
            .saturating_sub(counts.analysed + summary.failed);
        if self.asked.stages == Stages::Analyze && idle > 0 {
            let run = self.command("run", &[]);
            writeln!(
                out,
                "  {} without reduced lightcurves: `{run}` asks for them",
                counted(idle, "source")
            )?;
        }
        Ok(())
    }

    /// What was found: the strongest detections, and which part of the simulated events.
    fn events(&self, summary: &RunSummary, out: &mut impl Write) -> io::Result<()> {
        if !summary.strongest.is_empty() {
            writeln!(out, "Strongest detections:")?;
            let rows: Vec<_> = summary.strongest.iter().map(event).collect();
            output::Table::new(&EVENT_COLUMNS).write(&rows, out)?;
        }
        let by_snr = self.efficiency.iter().find(|table| table.name == "snr");
        if let Some(table) = by_snr.filter(|table| table.total.injected > 0) {
            // a run of a part of the project counts its own above
            let title = match table.total.injected == summary.analysis.injections as u64 {
                true => "Simulated events found, by their S/N:",
                false => "Efficiency of the whole project, by the S/N of simulated events:",
            };
            writeln!(out, "{title}")?;
            efficiency::write_table(table, out)?;
        }
        Ok(())
    }

    fn failures(&self, summary: &RunSummary, out: &mut impl Write) -> io::Result<()> {
        for failure in &summary.failures {
            writeln!(
                out,
                "  failed: {:?}{} ({}): {}",
                failure.source_name,
                at(&failure.observatory),
                failure.stage,
                printable(&failure.message)
            )?;
        }
        let more = summary.failed.saturating_sub(summary.failures.len());
        if more > 0 {
            let status = self.command("status", &[]);
            writeln!(out, "  … and {more} more; `{status}` shows the last")?;
        }
        Ok(())
    }

    /// What is not on disk, where nobody was to be asked.
    fn missing(&self, summary: &RunSummary, out: &mut impl Write) -> io::Result<()> {
        let missing = &summary.missing;
        for source in &missing.first {
            let (name, observatory) = (&source.source_name, &source.observatory);
            writeln!(out, "  missing: {name:?} at {observatory}")?;
        }
        let more = missing.total - missing.first.len();
        if more > 0 {
            writeln!(out, "  … and {more} more; -v tells them all")?;
        }
        if missing.total > 0 {
            writeln!(out, "  {} missing in all (--offline)", missing.total)?;
        }
        Ok(())
    }

    fn how_to_go_on(
        &self,
        summary: &RunSummary,
        stopped: &Stopped,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let done = summary.already_done + summary.worked_on;
        let left = summary.selected.saturating_sub(done);
        let reason = match stopped {
            Stopped::Interrupted => "interrupted",
            Stopped::Credentials(why) => &format!("credentials refused: {why}"),
            Stopped::Failures(why) | Stopped::Disk(why) | Stopped::Database(why) => why,
        };
        writeln!(out, "Stopped: {}.", printable(reason).trim_end_matches('.'))?;
        let left = counted(left, "source");
        writeln!(out, "{left} left; what is done is kept.")?;
        let again = self.again(&self.asked.words());
        writeln!(out, "Go on with: {again}")
    }

    fn places_and_next(&self, summary: &RunSummary, out: &mut impl Write) -> io::Result<()> {
        let root = self.project.data_root();
        writeln!(out, "Where:")?;
        for observatory in summary.observatories.keys() {
            place("raw photometry", &root.join(observatory), out)?;
        }
        if self.asked.stages != Stages::Fetch {
            place("lightcurves", &root.join(self.project.folder()), out)?;
        }
        writeln!(
            out,
            "  {:15} {}",
            "rows",
            summary.database.trim_matches('"')
        )?;
        if self.context.global.quiet {
            return Ok(());
        }
        writeln!(out, "Next:")?;
        if summary.missing.total > 0 {
            let again = self.again(&self.again_words());
            writeln!(out, "  {again}  # asks for what is missing")?;
        }
        if summary.failed > 0 {
            let again = self.again(&self.again_words());
            writeln!(out, "  {again}  # tries again what failed")?;
        }
        if self.asked.stages == Stages::Fetch {
            let numbers = self.asked.numbers();
            let next = match numbers.is_empty() {
                true => self.command("reduce", &self.asked.common.selection.words()),
                // the catalog need not have them: only who names them works on them
                false => self.command("run", &numbers),
            };
            writeln!(out, "  {next}")?;
        }
        let mut next = vec!["status", "ls lightcurves"];
        if self.asked.stages.analyzes() {
            next.extend(["ls detections", "efficiency"]);
        }
        next.push("check");
        for next in next {
            writeln!(out, "  {}", self.command(next, &[]))?;
        }
        Ok(())
    }

    /// Flags of a run after a complete one, that only has to do what failed or is missing.
    fn again_words(&self) -> Vec<String> {
        let mut words = self.asked.common.words();
        words.extend(self.asked.numbers());
        words
    }

    /// The command of this run, with these flags.
    fn again(&self, words: &[String]) -> String {
        let stage = match self.asked.stages {
            Stages::All => "run",
            Stages::Fetch => "fetch",
            Stages::Reduce => "reduce",
            Stages::Analyze => "analyze",
        };
        self.command(stage, words)
    }

    fn command(&self, command: &str, words: &[String]) -> String {
        let file = &self.asked.common.selection.file;
        shell::command(command, file, words, &self.context.global)
    }
}

/// The analysis is of all observatories.
fn at(observatory: &str) -> String {
    match observatory {
        "" => String::new(),
        name => format!(" at {name}"),
    }
}

fn place(what: &str, folder: &Path, out: &mut impl Write) -> io::Result<()> {
    let shown = printable(&folder.display().to_string());
    writeln!(out, "  {what:15} {shown}/")
}
