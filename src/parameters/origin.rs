//! Where a value comes from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a key or a value was given, as `retriever config show --origin` and every error tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file, with line and column of the first character, both counted from 1, in characters.
    File {
        /// The file.
        file: Arc<Path>,
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
    },
    /// Set by a program through the library.
    Builder,
    /// A flag of the command line, as it was spelt (`--gap`).
    CommandLine(Arc<str>),
    /// An environment variable.
    Environment(Arc<str>),
    /// Nobody set it: the default holds.
    Default,
}

impl Origin {
    /// A flag of the command line.
    pub fn command_line(flag: &str) -> Self {
        Self::CommandLine(flag.into())
    }

    /// An environment variable.
    pub fn environment(variable: &str) -> Self {
        Self::Environment(variable.into())
    }

    /// A place in a file.
    pub(super) fn file(file: &Arc<Path>, line: usize, column: usize) -> Self {
        // Files are far smaller than what 32 bits count.
        let short = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self::File {
            file: Arc::clone(file),
            line: short(line),
            column: short(column),
        }
    }

    /// Line and column, for sorting; places outside files come first.
    pub(super) fn line_and_column(&self) -> (u32, u32) {
        match self {
            Self::File { line, column, .. } => (*line, *column),
            _ => (0, 0),
        }
    }
}

/// `targets.yaml:4:7`, `builder`, `--gap`, `$RETRIEVER_DATA`, `default`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => {
                write!(f, "{}:{line}:{column}", printable(&file.to_string_lossy()))
            }
            Self::Builder => f.write_str("builder"),
            Self::CommandLine(flag) => f.write_str(&printable(flag)),
            Self::Environment(variable) => write!(f, "${}", printable(variable)),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Text without anything that could drive a terminal.
pub(super) fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            clean.extend(character.escape_default());
        } else {
            clean.push(character);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_says_where_to_look() {
        let file = Origin::File {
            file: Path::new("targets.yaml").into(),
            line: 4,
            column: 7,
        };
        assert_eq!(file.to_string(), "targets.yaml:4:7");
        assert_eq!(Origin::Builder.to_string(), "builder");
        assert_eq!(Origin::command_line("--gap").to_string(), "--gap");
        assert_eq!(Origin::environment("HOME").to_string(), "$HOME");
        assert_eq!(Origin::Default.to_string(), "default");
    }

    #[test]
    fn a_file_name_cannot_drive_the_terminal() {
        let origin = Origin::command_line("--x\u{1b}[2J");
        assert_eq!(origin.to_string(), "--x\\u{1b}[2J");
    }
}
