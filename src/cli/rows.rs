//! Rows as a program or a person reads them: JSON, a JSON object a line, CSV, a table. Each is written as it comes.

use std::io::{self, Write};

use clap::Args;
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;

use super::{Failure, output};
use crate::project::{ProjectError, Records};
use crate::query::Record;

/// Rows that are aligned together: a table of millions of rows is never held at once.
const PAGE: usize = 1000;

/// How rows are written; a table without any of these.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Form {
    /// Print a JSON array of objects with the names of the database's columns
    #[arg(long, group = "form")]
    json: bool,
    /// Print such an object on each line
    #[arg(long, group = "form")]
    jsonl: bool,
    /// Print comma-separated values (RFC 4180: lines end in CR LF) with a header; what is missing is empty
    #[arg(long, group = "form")]
    csv: bool,
}

impl Form {
    /// For people.
    pub(crate) fn is_table(&self) -> bool {
        !(self.json || self.jsonl || self.csv)
    }
}

/// Writes all rows, of a table the columns that are to be shown. How many there were.
pub(crate) async fn write(
    rows: Records,
    form: &Form,
    columns: &[&str],
    shown: &[&str],
    out: &mut impl Write,
) -> Result<u64, Failure> {
    if form.json {
        write_array(rows, out).await
    } else if form.jsonl {
        write_lines(rows, out).await
    } else if form.csv {
        write_csv(rows, columns, out).await
    } else {
        write_table(rows, shown, out).await
    }
}

async fn write_array(mut rows: Records, out: &mut impl Write) -> Result<u64, Failure> {
    let mut written = 0;
    while let Some(row) = rows.try_next().await? {
        let before: &[u8] = if written == 0 { b"[\n  " } else { b",\n  " };
        out.write_all(before)?;
        write_json(&row, out)?;
        written += 1;
    }
    let end: &[u8] = if written == 0 { b"[]\n" } else { b"\n]\n" };
    out.write_all(end)?;
    Ok(written)
}

async fn write_lines(mut rows: Records, out: &mut impl Write) -> Result<u64, Failure> {
    let mut written = 0;
    while let Some(row) = rows.try_next().await? {
        write_json(&row, out)?;
        out.write_all(b"\n")?;
        written += 1;
    }
    Ok(written)
}

fn write_json(row: &Record, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(out, row).map_err(io::Error::from)
}

async fn write_csv(
    mut rows: Records,
    columns: &[&str],
    out: &mut impl Write,
) -> Result<u64, Failure> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    writer.write_record(columns).map_err(csv_error)?;
    let mut written = 0;
    let mut text = Vec::new();
    while let Some(row) = rows.try_next().await? {
        for value in row.values() {
            let field: &[u8] = match value {
                Value::Null => b"",
                Value::String(text) => text.as_bytes(),
                other => {
                    text.clear();
                    serde_json::to_writer(&mut text, other).map_err(io::Error::from)?;
                    &text
                }
            };
            writer.write_field(field).map_err(csv_error)?;
        }
        writer.write_record(None::<&[u8]>).map_err(csv_error)?;
        written += 1;
    }
    writer.flush()?;
    Ok(written)
}

/// The library's own conversion forgets of which kind an error was.
fn csv_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

async fn write_table(rows: Records, shown: &[&str], out: &mut impl Write) -> Result<u64, Failure> {
    let mut table = output::Table::new(shown);
    let mut written = 0;
    let mut pages = rows.chunks(PAGE);
    while let Some(page) = pages.next().await {
        let page: Vec<Record> = page.into_iter().collect::<Result<_, ProjectError>>()?;
        written += page.len() as u64;
        table.write(&page, out)?;
    }
    if table.is_empty() {
        table.write::<Record>(&[], out)?;
    }
    Ok(written)
}
