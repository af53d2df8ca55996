//! Comma-separated values, with all that is known of the table in remarks above.
//!
//! `pandas.read_csv(file, comment="#")` and `astropy.table.Table.read(file, format="ascii.csv", comment="#")` read it. Lost is
//! what has no place but a remark: types, units, descriptions, facts. A missing number and one that is no number are
//! `` and `nan` in the file and the same to pandas.

use std::io::Write;

use arrow::array::RecordBatch;

use super::{Description, ExportError, RowWriter, delimited};

const NAME: &str = "CSV";

pub(super) struct CsvWriter<'a, W> {
    description: &'a Description,
    out: W,
}

impl<'a, W: Write> CsvWriter<'a, W> {
    pub fn begin(description: &'a Description, mut out: W) -> Result<Self, ExportError> {
        let mut head = Vec::new();
        remark(&description.title, &mut head);
        for fact in &description.facts {
            remark(&format!("{}: {}", fact.name, fact.value), &mut head);
        }
        for column in &description.columns {
            let unit = match column.unit.as_str() {
                "" => String::new(),
                unit => format!(" [{unit}]"),
            };
            let words = column.full_description();
            remark(&format!("{}{unit}: {words}", column.name), &mut head);
        }
        delimited::write_names(&description.columns, &mut head)?;
        out.write_all(&head)?;
        Ok(CsvWriter { description, out })
    }
}

impl<W: Write> RowWriter for CsvWriter<'_, W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        delimited::write_rows(NAME, &self.description.columns, batch, &mut self.out)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.out.flush()?)
    }
}

/// One line, whatever stands in the words.
fn remark(words: &str, head: &mut Vec<u8>) {
    head.extend_from_slice(b"# ");
    for letter in words.chars() {
        let letter = if letter.is_control() { ' ' } else { letter };
        head.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
    head.push(b'\n');
}
