//! Text tables: separated by commas, tabs, semicolons or bars, with a header line.
//!
//! A byte-order mark, quoted fields, CRLF line ends and lines that begin with `#` are understood; the
//! separator is the one that the header line has most of. Cells stay text, so that `007` stays `007`.
//! A line that begins with `#` is a comment, also where it may be a target whose name has no quotes: it is counted.

use std::io::BufRead;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{Cells, Choose, Commented, Head, Input, RawTable};
use crate::catalog::CatalogError;
use crate::catalog::strings::Strings;

/// A longer line (bytes, fields) is not a catalog row but a missing quote or a binary file.
const LONGEST_ROW: usize = 1 << 20;
const MOST_FIELDS: usize = 1 << 14;
/// The reasons of so many broken rows are kept.
const REASONS_KEPT: usize = 1_000;

pub(super) fn read(mut input: Input, choose: &mut Choose) -> Result<RawTable, CatalogError> {
    let separator = separator(&mut input)?;
    let mut records = Records::new(input, separator);
    if !records.advance()? {
        return Err(records.input.malformed("line 1", "there is no header line"));
    }
    let heads = heads(&records);
    let wanted = choose(&heads)?;
    let mut columns = vec![Strings::default(); wanted.len()];
    let mut lines = Vec::new();
    let mut broken = Vec::new();
    let mut commented = Commented::default();
    loop {
        records.pass_comments(heads.len(), &mut commented)?;
        if !records.advance()? {
            break;
        }
        if records.is_blank() {
            continue;
        }
        if let Err(reason) = records.append_to(&mut columns, &wanted, heads.len())
            && broken.len() < REASONS_KEPT
        {
            broken.push((lines.len(), reason));
        }
        lines.push(records.line());
    }
    Ok(RawTable {
        rows: lines.len(),
        columns: columns.into_iter().map(Cells::Text).collect(),
        lines: Some(lines),
        broken,
        commented,
        ..RawTable::default()
    })
}

fn heads(records: &Records) -> Vec<Head> {
    (0..records.fields)
        .map(|place| Head::new(String::from_utf8_lossy(records.field(place)).trim(), ""))
        .collect()
}

/// The separator that stands most often in the first line that is no comment.
fn separator(input: &mut Input) -> Result<u8, CatalogError> {
    let looked_at = match input.reader.fill_buf() {
        Ok(looked_at) => looked_at,
        Err(cause) => return Err(input.damaged("line 1", cause)),
    };
    if looked_at.starts_with(b"\xff\xfe") || looked_at.starts_with(b"\xfe\xff") {
        return Err(input.malformed("its beginning", "it is UTF-16 text; save it as UTF-8"));
    }
    let without_mark = looked_at.strip_prefix(b"\xef\xbb\xbf").unwrap_or(looked_at);
    let header = without_mark
        .split(|&byte| byte == b'\n')
        .find(|line| !line.starts_with(b"#") && !line.trim_ascii().is_empty())
        .unwrap_or_default();
    let count = |separator: u8| header.iter().filter(|&&byte| byte == separator).count();
    // the last of equals wins, so that the comma is the rule
    let most = *b"|;\t,"
        .iter()
        .max_by_key(|&&separator| count(separator))
        .unwrap_or(&b',');
    Ok(if count(most) == 0 { b',' } else { most })
}

/// The records of a text, one at a time, in buffers of fixed size.
struct Records<'a> {
    input: Input<'a>,
    separator: u8,
    core: Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    /// Line ends passed, and whether the last record ended with one.
    newlines: u64,
    ended_with_newline: bool,
}

impl<'a> Records<'a> {
    fn new(input: Input<'a>, separator: u8) -> Records<'a> {
        Records {
            input,
            separator,
            core: ReaderBuilder::new()
                .delimiter(separator)
                .comment(Some(b'#'))
                .build(),
            bytes: vec![0; LONGEST_ROW],
            ends: vec![0; MOST_FIELDS],
            fields: 0,
            newlines: 0,
            ended_with_newline: false,
        }
    }

    /// Goes to what is no comment, between two records, and counts the lines that have as many fields as the header.
    /// The parser would pass them unseen.
    fn pass_comments(
        &mut self,
        expected: usize,
        commented: &mut Commented,
    ) -> Result<(), CatalogError> {
        loop {
            let next = match self.input.reader.fill_buf() {
                Ok(chunk) => chunk.first().copied(),
                Err(cause) => return Err(self.input.damaged(&self.place(), cause)),
            };
            match next {
                Some(b'\r' | b'\n') => self.pass(1, next == Some(b'\n')),
                Some(b'#') => {
                    let line = self.newlines + 1;
                    let fields = self.pass_line()?;
                    if fields == expected && expected > 1 {
                        commented.lines += 1;
                        commented.first = commented.first.or(Some(line));
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// Goes behind the end of a line, and says how many fields it has.
    fn pass_line(&mut self) -> Result<usize, CatalogError> {
        let mut fields = 1;
        loop {
            let chunk = match self.input.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(cause) => return Err(self.input.damaged(&self.place(), cause)),
            };
            let end = memchr::memchr(b'\n', chunk);
            let length = end.unwrap_or(chunk.len());
            fields += memchr::memchr_iter(self.separator, &chunk[..length]).count();
            if let Some(end) = end {
                self.pass(end + 1, true);
                return Ok(fields);
            }
            if length == 0 {
                return Ok(fields);
            }
            self.pass(length, false);
        }
    }

    /// Takes bytes of one line.
    fn pass(&mut self, length: usize, ends_line: bool) {
        self.input.reader.consume(length);
        self.newlines += u64::from(ends_line);
        self.ended_with_newline = ends_line;
    }

    /// Goes to the next record; false at the end of the file.
    fn advance(&mut self) -> Result<bool, CatalogError> {
        self.fields = 0;
        let mut length = 0;
        loop {
            let chunk = match self.input.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(cause) => return Err(self.input.damaged(&self.place(), cause)),
            };
            let (result, read, written, ended) = self.core.read_record(
                chunk,
                &mut self.bytes[length..],
                &mut self.ends[self.fields..],
            );
            self.newlines += memchr::memchr_iter(b'\n', &chunk[..read]).count() as u64;
            self.ended_with_newline = read > 0 && chunk[read - 1] == b'\n';
            self.input.reader.consume(read);
            length += written;
            self.fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => return Ok(true),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(self.input.malformed(
                        self.place(),
                        format!("a row of more than {LONGEST_ROW} bytes or {MOST_FIELDS} fields: is a quote not closed?"),
                    ));
                }
            }
        }
    }

    /// Line of the file that the record ends on, from 1. After CRLF the line feed is still to come.
    fn line(&self) -> u64 {
        self.newlines + u64::from(!self.ended_with_newline)
    }

    fn place(&self) -> String {
        format!("line {}", self.line())
    }

    fn field(&self, place: usize) -> &[u8] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[place]]
    }

    fn is_blank(&self) -> bool {
        self.fields == 1 && self.field(0).trim_ascii().is_empty()
    }

    /// Adds the wanted fields; empty ones and the reason if the record is not whole.
    fn append_to(
        &self,
        columns: &mut [Strings],
        wanted: &[usize],
        expected: usize,
    ) -> Result<(), String> {
        if self.fields != expected {
            columns.iter_mut().for_each(|column| column.push(""));
            return Err(format!(
                "it has {} fields, the header has {expected}",
                self.fields
            ));
        }
        let mut outcome = Ok(());
        for (column, &place) in columns.iter_mut().zip(wanted) {
            let text = std::str::from_utf8(self.field(place));
            column.push(text.unwrap_or_default());
            if text.is_err() {
                outcome = Err("its text is not UTF-8".to_owned());
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn read_all(text: &[u8]) -> Result<RawTable, CatalogError> {
        let input = Input::from_bytes(Path::new("t.csv"), text.to_vec());
        read(input, &mut |heads| Ok((0..heads.len()).collect()))
    }

    fn column(table: &RawTable, place: usize) -> Vec<&str> {
        match &table.columns[place] {
            Cells::Text(texts) => texts.iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn marks_comments_quotes_and_windows_line_ends_are_understood() {
        let text = b"\xef\xbb\xbf# made by hand\r\nname,ra\r\n# between\r\n\"a, \"\"b\"\"\",1\r\n007,2\r\n";
        let table = read_all(text).unwrap();
        assert_eq!(column(&table, 0), ["a, \"b\"", "007"]);
        assert_eq!(column(&table, 1), ["1", "2"]);
        assert_eq!(table.lines, Some(vec![4, 5]));
    }

    #[test]
    fn the_separator_is_found_in_the_header() {
        for text in [
            "name\tra\na\t1",
            "name;ra\na;1\n",
            "name|ra\na|1\n",
            "name,ra\na,1",
        ] {
            let table = read_all(text.as_bytes()).unwrap();
            assert_eq!(column(&table, 1), ["1"], "{text}");
            assert_eq!(table.lines, Some(vec![2]));
        }
    }

    #[test]
    fn a_row_with_a_wrong_number_of_fields_is_reported_and_the_others_are_read() {
        let table = read_all(b"name,ra\na,1\nb\n\nc,3\n").unwrap();
        assert_eq!(table.rows, 3);
        assert_eq!(table.broken[0].0, 1);
        assert!(table.broken[0].1.contains("1 fields, the header has 2"));
        assert_eq!(column(&table, 0), ["a", "", "c"]);
        assert_eq!(table.lines, Some(vec![2, 3, 5]));
    }

    #[test]
    fn comments_that_may_be_rows_are_counted_with_the_line_of_the_first() {
        for (text, names, lines, first) in [
            (&b"name,ra\n#a,1\nb,2\n"[..], &["b"][..], 1, Some(2)),
            (
                b"#old,1\r\nname,ra\r\n\r\nb,2\r\n# about c\r\n#c,3\r\n#d,4",
                &["b"],
                2,
                Some(6),
            ),
            (b"name,ra\n\"#a\",1\n#\n# a, b, c\n", &["#a"], 0, None),
            (b"name\tra\n#a\t1\n#b,2\n", &[], 1, Some(2)),
        ] {
            let table = read_all(text).unwrap();
            let text = String::from_utf8_lossy(text);
            assert_eq!(column(&table, 0), names, "{text}");
            assert_eq!(table.commented, Commented { lines, first }, "{text}");
        }
        // lines are counted on behind a comment of any length
        let mut text = b"name,ra\n#".to_vec();
        text.resize(LONGEST_ROW * 2, b'x');
        text.extend(b"\nb,2\n#c,3\n");
        let table = read_all(&text).unwrap();
        assert_eq!(table.lines, Some(vec![3]));
        assert_eq!(table.commented.first, Some(4));
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error_and_not_a_giant_field() {
        let mut text = b"name,ra\n\"a,1\n".to_vec();
        text.resize(LONGEST_ROW * 2, b'x');
        let error = read_all(&text).unwrap_err();
        assert!(error.to_string().contains("quote"), "{error}");
    }

    #[test]
    fn an_empty_file_has_no_header_and_a_header_alone_no_rows() {
        assert!(read_all(b"").is_err());
        assert_eq!(read_all(b"name,ra,dec\n").unwrap().rows, 0);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read_all(&bytes);
        }
    }
}
