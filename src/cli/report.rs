//! Errors and warnings as they stand on standard error: `error: what and where`, then `help: what to do`.

use std::error::Error;
use std::fmt::{self, Write as _};

use miette::Diagnostic;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Width that help is wrapped to.
const WIDTH: usize = 100;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[36m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// An error with its causes, each once, and what to do about it.
pub(crate) fn error_text(error: &dyn Diagnostic, coloured: bool) -> String {
    let mut text = labelled("error", RED, &words(error), coloured);
    if let Some(help) = error.help() {
        for line in help.to_string().lines() {
            text.push_str(&labelled("help", CYAN, &wrapped(line), coloured));
        }
    }
    text
}

/// What happened and why, in one line unless the error itself has several.
fn words(error: &dyn Diagnostic) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            let _ = write!(words, ": {cause_words}");
        }
        next = cause.source();
    }
    words
        .split('\n')
        .map(printable)
        .collect::<Vec<_>>()
        .join("\n       ")
}

fn labelled(label: &str, colour: &str, words: &str, coloured: bool) -> String {
    if coloured {
        format!("{colour}{label}:{PLAIN} {words}\n")
    } else {
        format!("{label}: {words}\n")
    }
}

/// Lines of at most [`WIDTH`] characters that stand behind `help: `.
fn wrapped(line: &str) -> String {
    const INDENT: usize = "help: ".len();
    let mut text = String::new();
    let mut width = INDENT;
    for word in line.split(' ') {
        let length = word.chars().count();
        if width > INDENT && width + 1 + length > WIDTH {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', INDENT));
            width = INDENT;
        } else if !text.is_empty() {
            text.push(' ');
            width += 1;
        }
        text.push_str(&printable(word));
        width += length;
    }
    text
}

/// Text without anything that could drive a terminal or hide itself.
pub(crate) fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        // what Unicode calls printable is all that `escape_debug` leaves alone, but for these
        match character {
            '"' | '\'' | '\\' => clean.push(character),
            other => clean.extend(other.escape_debug()),
        }
    }
    clean
}

/// A line of talk: `warning: words (name value)`.
pub(crate) struct TalkFormat;

impl<S, N> FormatEvent<S, N> for TalkFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (label, colour) = match *event.metadata().level() {
            Level::ERROR => ("error", RED),
            Level::WARN => ("warning", YELLOW),
            Level::INFO => ("info", CYAN),
            Level::DEBUG => ("debug", DIM),
            Level::TRACE => ("trace", DIM),
        };
        let mut words = Words::default();
        event.record(&mut words);
        let line = match words.facts.is_empty() {
            true => words.message,
            false => format!("{} ({})", words.message, words.facts.join(", ")),
        };
        let coloured = writer.has_ansi_escapes();
        writer.write_str(&labelled(label, colour, &printable(&line), coloured))
    }
}

/// The message of an event, and the facts beside it.
#[derive(Default)]
struct Words {
    message: String,
    facts: Vec<String>,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.facts.push(format!("{} {value:?}", field.name()));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error, Diagnostic)]
    #[error("cannot read {file:?}")]
    #[diagnostic(help("check the path"))]
    struct Unreadable {
        file: &'static str,
        #[source]
        cause: std::io::Error,
    }

    fn unreadable(words: &str) -> Unreadable {
        Unreadable {
            file: "a.yaml",
            cause: std::io::Error::other(words.to_owned()),
        }
    }

    #[test]
    fn an_error_says_what_why_and_what_to_do() {
        assert_eq!(
            error_text(&unreadable("it is away"), false),
            "error: cannot read \"a.yaml\": it is away\nhelp: check the path\n"
        );
        assert_eq!(
            error_text(&unreadable("it is away"), true),
            "\x1b[1;31merror:\x1b[0m cannot read \"a.yaml\": it is away\n\x1b[36mhelp:\x1b[0m check the path\n"
        );
    }

    #[test]
    fn a_cause_that_the_text_tells_already_is_not_repeated() {
        assert_eq!(
            words(&unreadable("cannot read \"a.yaml\"")),
            "cannot read \"a.yaml\""
        );
    }

    #[test]
    fn nothing_from_outside_can_drive_the_terminal() {
        let text = words(&unreadable("\x1b[2J\r\u{202e}\u{200b}Ärger 'x'"));
        assert_eq!(
            text,
            "cannot read \"a.yaml\": \\u{1b}[2J\\r\\u{202e}\\u{200b}Ärger 'x'"
        );
    }

    #[test]
    fn long_help_is_wrapped_and_keeps_its_words() {
        let help = "word ".repeat(60);
        let lines = wrapped(help.trim());
        assert!(lines.lines().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(lines.split_whitespace().count(), 60);
    }
}
