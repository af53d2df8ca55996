//! What the guide quotes of the example crates stands in them, line by line; what it says at length is a doc test.

use std::path::Path;

const GUIDE: &str = include_str!("../docs/extending.md");

/// The quoted blocks: the file that each names in its first line, and the lines below.
fn quotes() -> Vec<(&'static str, Vec<&'static str>)> {
    let blocks = GUIDE.split("```rust,ignore\n").skip(1);
    blocks
        .map(|rest| {
            let block = rest.split("```").next().unwrap();
            let (file, quoted) = block.split_once('\n').unwrap();
            let file = file.strip_prefix("// ").unwrap();
            (file, quoted.lines().collect())
        })
        .collect()
}

#[test]
fn quotes_of_the_example_crates_are_word_for_word() {
    let quotes = quotes();
    assert!(quotes.len() >= 5, "{}", quotes.len());
    for (file, quoted) in quotes {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(&path).expect(file);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let quoted: Vec<&str> = quoted.into_iter().map(str::trim).collect();
        let stands = lines.windows(quoted.len()).any(|lines| lines == quoted);
        assert!(stands, "{file} does not have:\n{}", quoted.join("\n"));
    }
}

#[test]
fn files_and_crates_that_are_named_are_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let links = GUIDE.split("](").skip(1);
    let paths = links.filter_map(|link| link.split(')').next());
    let mut number = 0;
    for path in paths.filter(|path| path.starts_with("..")) {
        assert!(folder.join(path).exists(), "{path}");
        number += 1;
    }
    assert!(number > 5);
}
