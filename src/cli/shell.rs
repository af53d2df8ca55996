//! Commands that a user can copy from what is printed into a shell.

use std::path::Path;

use super::Global;

/// `retriever COMMAND FILE` with further words, and the data root where it was given.
pub(crate) fn command(command: &str, file: &Path, words: &[String], global: &Global) -> String {
    let file = file.to_string_lossy().into_owned();
    let data = global
        .data
        .as_deref()
        .map(|folder| folder.to_string_lossy().into_owned());
    let data = data.iter().flat_map(|folder| ["--data", folder]);
    let further = words.iter().map(String::as_str);
    let words: Vec<String> = std::iter::once(file.as_str())
        .chain(further)
        .chain(data)
        .map(word)
        .collect();
    format!("retriever {command} {}", words.join(" "))
}

/// `cd FOLDER`, of a folder with any name.
pub(crate) fn change_to(folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    let dashes = if folder.starts_with('-') { "-- " } else { "" };
    format!("cd {dashes}{}", word(&folder))
}

/// A word as a POSIX shell takes it for one, with nothing in it that drives a terminal.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!(
        "'{}'",
        super::report::printable(text).replace('\'', r"'\''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_need_quotes_get_them() {
        for (text, quoted) in [
            ("configs/demo.yaml", "configs/demo.yaml"),
            ("my project.yaml", "'my project.yaml'"),
            ("it's", r"'it'\''s'"),
            ("$(reboot)", "'$(reboot)'"),
            ("J0123+4567", "J0123+4567"),
            ("", "''"),
        ] {
            assert_eq!(word(text), quoted);
        }
    }
}
