//! Which rows come first.

use super::{Column, ColumnKind, Columns, QueryError};

/// Which way a column goes. Rows without a value come last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Up,
    /// The largest first.
    Down,
}

/// A column to sort by: numbers by value, text by its bytes, false before true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// The column.
    pub column: Column,
    /// Which way it goes.
    pub direction: Direction,
}

impl SortKey {
    /// `-snr,source_name`: names of columns with commas between them, `-` before one that is to go down.
    ///
    /// # Errors
    /// A column that the table does not have, or that has no order (JSON); one that is named twice.
    pub fn parse_list(text: &str, columns: &Columns) -> Result<Vec<SortKey>, QueryError> {
        let mut keys: Vec<SortKey> = Vec::new();
        for word in text.split(',') {
            let word = word.trim();
            let (direction, name) = match word.strip_prefix('-') {
                Some(name) => (Direction::Down, name.trim_start()),
                None => (Direction::Up, word.strip_prefix('+').unwrap_or(word)),
            };
            let refuse = |words: String| QueryError::Sort {
                text: text.to_owned(),
                words,
            };
            let Some(&column) = columns.find(name) else {
                return Err(match name {
                    "" => refuse("a name is missing".to_owned()),
                    name => QueryError::unknown_sort_column(text, name, columns),
                });
            };
            if column.kind == ColumnKind::Json {
                return Err(refuse(format!("{name} holds JSON, which has no order")));
            }
            if keys.iter().any(|key| key.column == column) {
                return Err(refuse(format!("{name} is named twice")));
            }
            keys.push(SortKey { column, direction });
        }
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::detections;
    use super::*;

    #[test]
    fn columns_go_up_unless_a_minus_says_otherwise() {
        let keys = SortKey::parse_list("-snr, +source_name,RA", &detections()).unwrap();
        let keys: Vec<(&str, Direction)> = keys
            .iter()
            .map(|key| (key.column.name, key.direction))
            .collect();
        let expected = [
            ("snr", Direction::Down),
            ("source_name", Direction::Up),
            ("ra", Direction::Up),
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn what_cannot_be_sorted_by_is_refused() {
        for (text, words) in [
            ("", "a name is missing"),
            ("snr,", "a name is missing"),
            ("-", "a name is missing"),
            ("snrr", "no column \"snrr\""),
            ("parts", "no order"),
            ("snr,-snr", "twice"),
            ("snr;drop", "no column \"snr;drop\""),
        ] {
            let error = SortKey::parse_list(text, &detections()).unwrap_err();
            assert!(error.to_string().contains(words), "{text:?}: {error}");
        }
    }
}
