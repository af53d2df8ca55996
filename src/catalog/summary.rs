//! What a catalog is, in a few numbers and words.

use std::path::PathBuf;

use serde::Serialize;

use super::columns::ColumnUse;
use crate::words::counted;

/// What a catalog is, where its columns come from, and what of its file was left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Name of the catalog.
    pub catalog_name: String,
    /// None if the catalog was made and not read.
    pub file: Option<PathBuf>,
    /// Targets in the catalog.
    pub rows: usize,
    /// Rows in the file.
    pub rows_in_file: usize,
    /// Rows left out for a bad name or position; duplicates are counted apart.
    pub skipped: usize,
    /// Rows left out because an earlier one has the same name.
    pub duplicates: usize,
    /// Magnitudes, motions and the like that are text but no number, taken as missing.
    pub unreadable_values: usize,
    /// Lines among the rows of a text table that begin with `#` and have as many fields as its header: they are taken
    /// as comments, and may be targets whose names have no quotes.
    pub commented_rows: usize,
    /// Line of the first of them, from 1; none if there are none.
    pub first_commented_line: Option<u64>,
    /// The first of what was left out or is unreadable, with row (from 1) and reason.
    pub problems: Vec<String>,
    /// Which column was taken for what.
    pub columns: Vec<ColumnUse>,
    /// Julian year of the positions.
    pub epoch: f64,
    /// Filter of the magnitudes; none if it is not known.
    pub mag_filter: Option<String>,
    /// Smallest and largest value (deg, deg, mag); none without rows.
    pub ra_range: Option<(f64, f64)>,
    /// Smallest and largest declination (deg).
    pub dec_range: Option<(f64, f64)>,
    /// Brightest and faintest magnitude (mag).
    pub mag_range: Option<(f64, f64)>,
}

/// Problems that a warning tells; `retriever catalog info` tells more.
const TOLD: usize = 3;

impl Summary {
    /// What of the file is not in the catalog, in a line; none if all is.
    pub fn left_out(&self) -> Option<String> {
        let (bad, double) = (self.skipped, self.duplicates);
        let unreadable = self.unreadable_values;
        let out = bad + double;
        let are = if out == 1 { "is" } else { "are" };
        let rows = format!(
            "{out} of {} {are} left out ({bad} without a good name or position, {double} with the name of another)",
            counted(self.rows_in_file, "row"),
        );
        let values = match unreadable {
            1 => "1 value that is no number is taken as missing".to_owned(),
            _ => format!("{unreadable} values that are no numbers are taken as missing"),
        };
        let words = match (out, unreadable) {
            (0, 0) => return None,
            (_, 0) => rows,
            (0, _) => values,
            _ => format!("{rows}, {values}"),
        };
        let first: Vec<&str> = self
            .problems
            .iter()
            .take(TOLD)
            .map(String::as_str)
            .collect();
        Some(format!(
            "catalog {:?}: {words}: {}; `retriever catalog info` tells more, strict: true makes it an error",
            self.catalog_name,
            first.join("; ")
        ))
    }

    /// What is taken as a comment and may be meant as a target, in a line; none if nothing is.
    pub fn commented(&self) -> Option<String> {
        let line = self.first_commented_line?;
        Some(match self.commented_rows {
            0 | 1 => format!(
                "line {line} begins with # and is taken as a comment; quote the name if it is a target"
            ),
            rows => format!(
                "line {line} and {} more with the fields of a row begin with # and are taken as comments; \
                 quote the names if they are targets",
                rows - 1
            ),
        })
    }
}

/// Smallest and largest of the values that are not NaN; none if there is none.
pub(super) fn range(values: &[f64]) -> Option<(f64, f64)> {
    values
        .iter()
        .filter(|value| !value.is_nan())
        .fold(None, |range, &value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((value.min(low), value.max(high))),
        })
}
