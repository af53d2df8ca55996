//! What is wrong with a query, and where.

use super::Columns;

/// Why a query cannot be asked. Positions are characters of the condition, from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each says what its facts are
pub enum QueryError {
    #[error("the condition names {word:?} (character {position}), which is no column of {table}")]
    #[diagnostic(code(query::unknown_column), help("{advice}"))]
    UnknownColumn {
        position: usize,
        word: String,
        table: &'static str,
        /// The nearest name, and all of them.
        advice: String,
    },

    #[error("the condition compares what cannot be compared (character {position}): {words}")]
    #[diagnostic(code(query::types), help("{advice}"))]
    Types {
        position: usize,
        words: String,
        advice: String,
    },

    #[error("the condition cannot be read (character {position}): {words}")]
    #[diagnostic(code(query::syntax), help("{HELP}"))]
    Syntax { position: usize, words: String },

    #[error("the condition holds {what} (character {position}), which is not understood here")]
    #[diagnostic(code(query::unsupported), help("{HELP}"))]
    Unsupported { position: usize, what: String },

    #[error("the condition is too long: {words}")]
    #[diagnostic(
        code(query::too_long),
        help("split it into several, or list more and choose afterwards")
    )]
    TooLong { words: String },

    #[error("{text:?} is no cone: {words}")]
    #[diagnostic(
        code(query::cone),
        help("write RA,DEC,RADIUS in degrees, for example 150.1,2.2,0.5")
    )]
    Cone { text: String, words: &'static str },

    #[error("cannot sort by {text:?}: {words}")]
    #[diagnostic(
        code(query::sort),
        help(
            "write names of columns with commas between them, - before one that is to go down: -snr,source_name"
        )
    )]
    Sort { text: String, words: String },

    #[error("cannot sort by {text:?}: there is no column {word:?} in {table}")]
    #[diagnostic(code(query::unknown_sort_column), help("{advice}"))]
    UnknownSortColumn {
        text: String,
        word: String,
        table: &'static str,
        advice: String,
    },
}

/// All that a condition may hold.
const HELP: &str = "a condition compares columns with numbers, 'text', true or false: = != < <= > >=, and, or, not, \
(...), in (...), between ... and ..., like 'J12%', ilike, is null, is not null, + - * /, abs(...)";

impl QueryError {
    pub(super) fn unknown_column(position: usize, word: &str, columns: &Columns) -> QueryError {
        let text = format!("'{}'", word.replace('\'', "''"));
        let all = all(columns);
        QueryError::UnknownColumn {
            position,
            word: word.to_owned(),
            table: columns.table(),
            advice: match columns.nearest(word) {
                Some(nearest) => format!("did you mean {nearest}, or the text {text}? {all}"),
                None => format!("text stands in quotes: {text}. {all}"),
            },
        }
    }

    pub(super) fn unknown_sort_column(text: &str, word: &str, columns: &Columns) -> QueryError {
        QueryError::UnknownSortColumn {
            text: text.to_owned(),
            word: word.to_owned(),
            table: columns.table(),
            advice: match columns.nearest(word) {
                Some(nearest) => format!("did you mean {nearest}? {}", all(columns)),
                None => all(columns),
            },
        }
    }
}

fn all(columns: &Columns) -> String {
    let names: Vec<&str> = columns.all().map(|column| column.name).collect();
    format!("There are {}", names.join(", "))
}
