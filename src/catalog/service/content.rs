//! A checksum of what a table says, whatever file it is in.

use sha2::{Digest, Sha256};

use crate::catalog::reader::{Cells, Head};

/// Gathers the checksum of a table that comes in parts. How it is divided does not matter.
#[derive(Debug, Default)]
pub(super) struct Content {
    columns: Vec<Sha256>,
    rows: u64,
}

impl Content {
    pub(super) fn add(&mut self, part: &[Cells]) {
        self.columns.resize_with(part.len(), Sha256::new);
        self.rows += part.first().map_or(0, |cells| cells.len() as u64);
        for (hash, cells) in self.columns.iter_mut().zip(part) {
            add_cells(hash, cells);
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// SHA-256 (64 hexadecimal digits) of the cells, of names, units and meanings of the columns, and of `notes`.
    pub(super) fn sha256(self, heads: &[Head], notes: &[String]) -> String {
        let mut whole = Sha256::new();
        add_text(&mut whole, &self.rows.to_string());
        for note in notes {
            add_text(&mut whole, note);
        }
        for (head, column) in heads.iter().zip(self.columns) {
            for text in [&head.name, &head.unit, &head.description] {
                add_text(&mut whole, text);
            }
            whole.update(column.finalize());
        }
        let digest = whole.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn add_cells(hash: &mut Sha256, cells: &Cells) {
    match cells {
        Cells::Float(values) => values.iter().for_each(|&value| {
            // a missing value has one form
            let value = if value.is_nan() { f64::NAN } else { value };
            hash.update(value.to_bits().to_le_bytes());
        }),
        Cells::Integer(values) => values.iter().for_each(|value| {
            hash.update([u8::from(value.is_some())]);
            hash.update(value.unwrap_or_default().to_le_bytes());
        }),
        Cells::Unsigned(values) => values.iter().for_each(|value| {
            hash.update([u8::from(value.is_some())]);
            hash.update(value.unwrap_or_default().to_le_bytes());
        }),
        Cells::Text(texts) => texts.iter().for_each(|text| add_text(hash, text)),
    }
}

fn add_text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}
