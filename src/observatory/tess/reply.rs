//! What MAST's portal answers: JSON of rows under status 200, also when it fails.
//!
//! Declared types lie (numbers under `string`), so that each value is taken as what it is; integers never pass
//! through floats, which have too few digits for them.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::archive::{Reply, Verdict};

/// More rows than this are no answer to a question about one star or a small cone.
const MOST_ROWS: usize = 100_000;

/// A page of the answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Page {
    status: String,
    #[serde(default)]
    msg: Value,
    #[serde(default)]
    pub(super) data: Vec<Map<String, Value>>,
    #[serde(default)]
    paging: Paging,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Paging {
    page: Option<u64>,
    pages_filtered: Option<u64>,
    rows_filtered: Option<u64>,
}

/// What a page is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    Complete(Page),
    /// The same request is to be sent again, after a while.
    Executing,
}

/// Whether a reply is an answer. What the portal calls an error often passes (its own words: "Timeout expired",
/// "the session is in the kill state"), so the request is sent again.
pub(super) fn judge(reply: &Reply) -> Verdict {
    match parse(&reply.body) {
        Ok(_) => Verdict::Accept,
        Err(problem) => Verdict::Retry(problem),
    }
}

/// A page of the answer; an error says what is wrong, in the portal's words if it has any.
pub(super) fn parse(body: &[u8]) -> Result<State, String> {
    let page: Page = serde_json::from_slice(body).map_err(|error| format!("no answer: {error}"))?;
    match page.status.as_str() {
        "COMPLETE" => Ok(State::Complete(page)),
        "EXECUTING" => Ok(State::Executing),
        status => {
            let words = page.msg.as_str().filter(|words| !words.is_empty());
            Err(format!("{status}: {}", words.unwrap_or("without a reason")))
        }
    }
}

/// Rows of several pages, counted against what the archive says that there are.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Map<String, Value>>,
    pages: u64,
    expected: Option<u64>,
}

impl Rows {
    /// Adds the next page; true if another one follows.
    ///
    /// # Errors
    /// When the pages contradict each other, or one is missing.
    pub(super) fn add(&mut self, page: Page) -> Result<bool, String> {
        self.pages += 1;
        let expected = page.paging.rows_filtered;
        if self.pages > 1 && expected != self.expected {
            return Err(format!(
                "page {} belongs to {} rows, page 1 to {}",
                self.pages,
                in_words(expected),
                in_words(self.expected)
            ));
        }
        self.expected = expected;
        if let Some(number) = page.paging.page.filter(|number| *number != self.pages) {
            return Err(format!("page {number} came for page {}", self.pages));
        }
        let is_last = self.pages >= page.paging.pages_filtered.unwrap_or(1);
        if !is_last && page.data.is_empty() {
            return Err(format!(
                "page {} has no rows and is not the last",
                self.pages
            ));
        }
        self.rows.extend(page.data);
        // an answer that never ends must not be followed
        let found = self.rows.len() as u64;
        if !is_last && expected.is_none_or(|expected| found >= expected) {
            return Err(format!(
                "page {} is not the last, with {found} of {} rows",
                self.pages,
                in_words(expected)
            ));
        }
        if self.rows.len() > MOST_ROWS {
            return Err(format!("there are more than {MOST_ROWS} rows of one star"));
        }
        Ok(!is_last)
    }

    /// All rows.
    ///
    /// # Errors
    /// When there are fewer or more than the archive says.
    pub(super) fn complete(self) -> Result<Vec<Map<String, Value>>, String> {
        let found = self.rows.len() as u64;
        match self.expected {
            Some(expected) if expected != found => Err(format!(
                "{found} rows came in {} pages, the archive has {expected}",
                self.pages
            )),
            _ => Ok(self.rows),
        }
    }
}

fn in_words(number: Option<u64>) -> String {
    number.map_or_else(
        || "an unknown number of".to_owned(),
        |number| number.to_string(),
    )
}

/// Pauses between questions after a query that is still executed: doubling from the first to 10 s.
pub(super) fn pauses(first: Duration) -> impl Iterator<Item = Duration> {
    const LONGEST: Duration = Duration::from_secs(10);
    std::iter::successors(Some(first.min(LONGEST)), |pause| {
        Some((*pause * 2).min(LONGEST))
    })
}

/// An observation of the archive: one product of a star.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Observation {
    pub(super) target_name: String,
    /// Names its file.
    pub(super) data_uri: Option<String>,
}

impl Observation {
    pub(super) fn of(row: &Map<String, Value>) -> Observation {
        Observation {
            target_name: text(row, "target_name").unwrap_or_default(),
            data_uri: text(row, "dataURL").filter(|uri| !uri.is_empty()),
        }
    }
}

/// A star of the TESS Input Catalog. Positions (deg) are ICRS at J2000; missing numbers are none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Star {
    pub(super) tic: u64,
    pub(super) ra: f64,
    pub(super) dec: f64,
    /// mas/yr.
    pub(super) pmra: Option<f64>,
    pub(super) pmdec: Option<f64>,
    /// mas.
    pub(super) parallax: Option<f64>,
    pub(super) tmag: Option<f64>,
    pub(super) e_tmag: Option<f64>,
    pub(super) gaia_mag: Option<f64>,
    /// The entry is another star's, or none: `DUPLICATE`, `ARTIFACT`, `SPLIT`, `JOIN`.
    pub(super) disposition: Option<String>,
}

impl Star {
    /// The star of a row; none if it has no number or no position.
    pub(super) fn of(row: &Map<String, Value>) -> Option<Star> {
        let number = |name: &str| float(row, name);
        Some(Star {
            tic: unsigned(row.get("ID")?)?,
            ra: number("ra")?,
            dec: number("dec")?,
            pmra: number("pmRA"),
            pmdec: number("pmDEC"),
            parallax: number("plx"),
            tmag: number("Tmag"),
            e_tmag: number("e_Tmag"),
            gaia_mag: number("GAIAmag"),
            disposition: text(row, "disposition").filter(|word| !word.is_empty()),
        })
    }
}

/// The stars of an answer, each once.
pub(super) fn stars(rows: &[Map<String, Value>]) -> Vec<Star> {
    let mut stars: Vec<Star> = Vec::with_capacity(rows.len());
    for star in rows.iter().filter_map(Star::of) {
        if stars.iter().all(|known| known.tic != star.tic) {
            stars.push(star);
        }
    }
    stars
}

fn unsigned(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn float(row: &Map<String, Value>, name: &str) -> Option<f64> {
    match row.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

fn text(row: &Map<String, Value>, name: &str) -> Option<String> {
    match row.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(status: &str, rows: usize, pages: u64, expected: u64) -> Page {
        let row = json!({"ID": "1"}).as_object().cloned().unwrap();
        Page {
            status: status.to_owned(),
            data: vec![row; rows],
            paging: Paging {
                page: None,
                pages_filtered: Some(pages),
                rows_filtered: Some(expected),
            },
            ..Page::default()
        }
    }

    #[test]
    fn an_error_is_told_in_the_words_of_the_portal() {
        let body = br#"{"status":"ERROR","msg":"Incorrect syntax near '*'."}"#;
        assert_eq!(
            parse(body).unwrap_err(),
            "ERROR: Incorrect syntax near '*'."
        );
        assert_eq!(parse(br#"{"status":"EXECUTING"}"#), Ok(State::Executing));
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"status":"COMPLETE","data":[1]}"#,
            r#"{"status":"COMPLETE","data":[{"#,
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn pages_are_counted_against_what_there_is() {
        let mut rows = Rows::default();
        assert_eq!(rows.add(page("COMPLETE", 2, 2, 3)), Ok(true));
        assert_eq!(rows.add(page("COMPLETE", 1, 2, 3)), Ok(false));
        assert_eq!(rows.complete().unwrap().len(), 3);
        let mut cut = Rows::default();
        assert_eq!(cut.add(page("COMPLETE", 2, 1, 3)), Ok(false));
        assert!(cut.complete().unwrap_err().contains("the archive has 3"));
        let mut endless = Rows::default();
        assert!(endless.add(page("COMPLETE", 0, u64::MAX, 3)).is_err());
        let mut changed = Rows::default();
        assert_eq!(changed.add(page("COMPLETE", 2, 2, 4)), Ok(true));
        assert!(changed.add(page("COMPLETE", 2, 2, 5)).is_err());
        let nothing = Rows::default();
        assert!(nothing.complete().unwrap().is_empty());
    }

    #[test]
    fn numbers_keep_all_their_digits_whatever_type_is_declared() {
        for id in ["9007199254740993", r#""9007199254740993""#] {
            let text =
                format!(r#"{{"ID": {id}, "ra": 1, "dec": "-2.5", "Tmag": null, "pmRA": "x"}}"#);
            let star = Star::of(&serde_json::from_str(&text).unwrap()).unwrap();
            assert_eq!(
                (star.tic, star.ra, star.dec),
                (9_007_199_254_740_993, 1.0, -2.5)
            );
            assert_eq!((star.tmag, star.pmra), (None, None));
        }
        let row = serde_json::from_str(r#"{"ID": 1e400, "ra": 1, "dec": 2}"#);
        assert!(row.is_err() || Star::of(&row.unwrap()).is_none());
        let row = serde_json::from_str(r#"{"ID": 1.5, "ra": 1, "dec": 2}"#).unwrap();
        assert_eq!(Star::of(&row), None);
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic(place in 0usize..200, byte: u8) {
            let mut body = br#"{"status":"COMPLETE","msg":"","data":[{"ID":12,"ra":1.5,"dec":-2,"dataURL":"mast:x"}],"paging":{"page":1,"pagesFiltered":1,"rowsFiltered":1}}"#.to_vec();
            if let Some(at) = body.get_mut(place) {
                *at = byte;
            }
            if let Ok(State::Complete(page)) = parse(&body) {
                let mut rows = Rows::default();
                let _ = rows.add(page);
                if let Ok(rows) = rows.complete() {
                    let _ = (stars(&rows), rows.iter().map(Observation::of).collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn pauses_grow_to_ten_seconds() {
        let seconds: Vec<f64> = pauses(Duration::from_millis(500))
            .take(7)
            .map(|pause| pause.as_secs_f64())
            .collect();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]);
        assert_eq!(pauses(Duration::ZERO).nth(5), Some(Duration::ZERO));
    }
}
