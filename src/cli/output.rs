//! Where words go: results to standard output, talk to standard error; one error printer, one table writer.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

use indicatif::ProgressBar;
use miette::Diagnostic;
use serde_json::{Map, Value};
use tracing_subscriber::fmt::MakeWriter;

use super::report::{TalkFormat, error_text, printable};
use super::{Colour, EnvFilter, Global};
use crate::plot::Glyphs;
use crate::query::Record;

/// Characters of a cell of a table.
const LONGEST_CELL: usize = 120;

/// The bar that talk has to stand above, while one is drawn.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Sets up talk on standard error: how much of it, and whether in colour.
pub(crate) fn set_up(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "retriever=warn,error",
        (false, 1) => "retriever=info,warn",
        (false, 2) => "retriever=debug,info",
        (false, _) => "trace",
    };
    let filter = EnvFilter::try_from_env("RETRIEVER_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    // a second call in one process keeps the first set-up
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Talk)
        .with_ansi(coloured(global.color))
        .event_format(TalkFormat)
        .try_init();
    COLOURED.set(coloured(global.color)).unwrap_or(());
    QUIET.set(global.quiet).unwrap_or(());
}

static COLOURED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
static QUIET: std::sync::OnceLock<bool> = std::sync::OnceLock::new();

/// `--color` wins; then NO_COLOR, a terminal that is none, a file.
fn coloured(choice: Colour) -> bool {
    match choice {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
                && std::env::var("TERM").as_deref() != Ok("dumb")
                && io::stderr().is_terminal()
        }
    }
}

/// Says something to the user, unless she wants quiet.
pub(crate) fn say(words: &str) {
    if QUIET.get() != Some(&true) {
        // there is nobody to tell if standard error is gone
        let _ = Talk.write_all(format!("{words}\n").as_bytes());
    }
}

/// Prints an error with its causes and what to do about it.
pub(crate) fn print_error(error: &dyn Diagnostic) {
    let text = error_text(error, COLOURED.get() == Some(&true));
    // there is nobody to tell if standard error is gone
    let _ = Talk.write_all(text.as_bytes());
}

/// Lets talk stand above this bar.
pub(crate) fn show_above(bar: ProgressBar) {
    *BAR.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(bar);
}

/// The bar is gone.
pub(crate) fn show_plainly() {
    *BAR.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = None;
}

/// Standard error, above the bar if there is one.
#[derive(Debug, Clone, Copy)]
struct Talk;

impl Write for Talk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bar = BAR
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        match bar {
            Some(bar) => bar.suspend(|| io::stderr().write_all(bytes))?,
            None => io::stderr().write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl MakeWriter<'_> for Talk {
    type Writer = Talk;

    fn make_writer(&self) -> Talk {
        Talk
    }
}

/// Bytes as a person says them: `3.5 MB`.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{number} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// What pictures in text are drawn with: block elements where the locale says UTF-8 and the terminal, if it is one, can draw them.
pub(crate) fn glyphs() -> Glyphs {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    let utf8 = locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    let terminal = variable("TERM").unwrap_or_default();
    let plain = terminal == "dumb" || (terminal == "linux" && io::stdout().is_terminal());
    if utf8 && !plain {
        Glyphs::Blocks
    } else {
        Glyphs::Ascii
    }
}

/// A row of a table: values under names.
pub(crate) trait Cells {
    /// None if there is no such column.
    fn value(&self, column: &str) -> Option<&Value>;
}

impl Cells for Map<String, Value> {
    fn value(&self, column: &str) -> Option<&Value> {
        self.get(column)
    }
}

impl Cells for Record {
    fn value(&self, column: &str) -> Option<&Value> {
        self.get(column)
    }
}

/// A table with aligned columns, written page by page under one header.
pub(crate) struct Table<'a> {
    columns: &'a [&'a str],
    widths: Vec<usize>,
    numeric: Vec<bool>,
    begun: bool,
}

impl<'a> Table<'a> {
    /// These columns of each row, in this order.
    pub(crate) fn new(columns: &'a [&'a str]) -> Table<'a> {
        Table {
            columns,
            widths: columns.iter().map(|column| column.len()).collect(),
            numeric: vec![false; columns.len()],
            begun: false,
        }
    }

    /// Nothing has been written yet.
    pub(crate) fn is_empty(&self) -> bool {
        !self.begun
    }

    /// Writes further rows. Columns grow with what comes; the header stands once.
    pub(crate) fn write<R: Cells>(&mut self, rows: &[R], out: &mut impl Write) -> io::Result<()> {
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                self.columns
                    .iter()
                    .map(|&name| cell(row.value(name)))
                    .collect()
            })
            .collect();
        for (index, &column) in self.columns.iter().enumerate() {
            let widths = cells.iter().map(|row| row[index].chars().count());
            self.widths[index] = widths.fold(self.widths[index], usize::max);
            let is_number = |row: &R| row.value(column).is_some_and(Value::is_number);
            self.numeric[index] |= rows.iter().any(is_number);
        }
        if !self.begun {
            self.begun = true;
            let header: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
            write_line(&header, &self.widths, &self.numeric, out)?;
        }
        for row in &cells {
            write_line(row, &self.widths, &self.numeric, out)?;
        }
        Ok(())
    }
}

fn write_line(
    cells: &[String],
    widths: &[usize],
    numeric: &[bool],
    out: &mut impl Write,
) -> io::Result<()> {
    let padded: Vec<String> = cells
        .iter()
        .zip(widths)
        .zip(numeric)
        .map(|((cell, &width), &right)| {
            let space = " ".repeat(width.saturating_sub(cell.chars().count()));
            if right {
                format!("{space}{cell}")
            } else {
                format!("{cell}{space}")
            }
        })
        .collect();
    writeln!(out, "{}", padded.join("  ").trim_end())
}

/// One value in a table. Text from outside cannot move the cursor or break the line.
pub(crate) fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => shortened(&printable(text)),
        Some(Value::Number(number)) => match number.as_f64() {
            Some(value) if !number.is_i64() && !number.is_u64() => short(value),
            _ => number.to_string(),
        },
        Some(other) => other.to_string(),
    }
}

/// A table is for the eye: long text is cut here, and whole in JSON.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Six decimals at most, without trailing zeros; what is too small for them with its power of ten.
fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_are_aligned_and_text_from_outside_is_harmless() {
        let rows: Vec<Map<String, Value>> = [
            json!({"name": "a\u{1b}[2J\n", "ra": 10.5}),
            json!({"name": "b", "ra": null}),
        ]
        .into_iter()
        .filter_map(|row| row.as_object().cloned())
        .collect();
        let mut out = Vec::new();
        let mut table = Table::new(&["name", "ra"]);
        table.write(&rows, &mut out).unwrap();
        table.write(&rows[1..], &mut out).unwrap();
        let expected = [
            "name            ra",
            "a\\u{1b}[2J\\n  10.5",
            "b                -",
            "b                -\n",
        ];
        assert_eq!(String::from_utf8(out).unwrap(), expected.join("\n"));
    }

    #[test]
    fn bytes_are_said_in_decimal_units() {
        assert_eq!(
            [bytes(999), bytes(1000), bytes(12_345_678)],
            ["999 B", "1.0 kB", "12.3 MB"]
        );
    }
}
