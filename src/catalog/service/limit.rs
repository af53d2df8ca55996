//! Whether an answer is whole. Services cut tables at limits, and not all of them say so.

use super::{Mode, ServiceQuery};
use crate::catalog::CatalogError;

/// Rows that the Gaia archive sends at once at most.
const GAIA_AT_ONCE: u64 = 2_000;
/// Rows that clients of both services have as their default.
const USUAL_DEFAULT: u64 = 50;

/// The error of an answer with missing rows; none if it is whole, or has the rows that the query asked for with TOP.
pub(super) fn cut(query: &ServiceQuery, rows: u64, says_overflow: bool) -> Option<CatalogError> {
    let section = query.service;
    let is_on_purpose = query.top() == Some(rows);
    let on_purpose = match section {
        "vizier" => format!("if there are just {rows}, set `top: {rows}`"),
        _ => format!("if there are just {rows}, write `SELECT TOP {rows}`"),
    };
    let (limit, advice) = if says_overflow && rows < query.max_rows {
        ("its own limit, it says".to_owned(), below_own_limit(query))
    } else if rows == query.max_rows && (says_overflow || !is_on_purpose) {
        let advice = format!("set `max_rows` above {rows} in `{section}`; {on_purpose}");
        ("the limit that it was sent, `max_rows`".to_owned(), advice)
    } else if is_on_purpose {
        return None;
    } else if section == "gaia" && query.mode == Mode::Sync && rows == GAIA_AT_ONCE {
        let advice = format!("set `mode: async`; {on_purpose}");
        ("which it sends at once at most".to_owned(), advice)
    } else if rows == USUAL_DEFAULT {
        ("a limit that is often set unasked".to_owned(), on_purpose)
    } else if says_overflow {
        ("its own limit, it says".to_owned(), below_own_limit(query))
    } else {
        return None;
    };
    Some(CatalogError::Cut {
        parameter: match section {
            "vizier" => "vizier.max_rows",
            _ => "gaia.max_rows",
        },
        url: query.url.clone(),
        rows,
        limit,
        advice,
    })
}

fn below_own_limit(query: &ServiceQuery) -> String {
    let parts = "split the query into parts that are smaller, and join their files";
    match query.mode {
        Mode::Sync => format!(
            "`mode: async` in `{}` may give more; or {parts}",
            query.service
        ),
        Mode::Async => parts.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{CatalogParameters, GaiaParameters, VizierParameters};

    fn gaia(adql: &str, mode: Mode) -> ServiceQuery {
        let parameters = CatalogParameters {
            gaia: Some(GaiaParameters {
                adql: adql.into(),
                max_rows: 5_000,
                mode,
                ..GaiaParameters::default()
            }),
            ..CatalogParameters::default()
        };
        parameters.service_query().unwrap()
    }

    #[test]
    fn an_answer_at_a_limit_is_an_error_that_says_what_to_set() {
        let plain = "SELECT ra FROM gaiadr3.gaia_source";
        for (mode, rows, overflow, words, advice) in [
            (Mode::Async, 5_000, false, "`max_rows`", "above 5000"),
            (Mode::Async, 5_000, true, "`max_rows`", "above 5000"),
            (Mode::Async, 3_000, true, "its own limit", "split"),
            (Mode::Sync, 3_000, true, "its own limit", "mode: async"),
            (Mode::Sync, 2_000, false, "at once", "SELECT TOP 2000"),
            (Mode::Async, 50, false, "unasked", "SELECT TOP 50"),
        ] {
            let error = cut(&gaia(plain, mode), rows, overflow).unwrap();
            let CatalogError::Cut {
                limit,
                advice: told,
                ..
            } = error
            else {
                panic!("{error}")
            };
            assert!(limit.contains(words), "{rows} {overflow}: {limit}");
            assert!(told.contains(advice), "{rows} {overflow}: {told}");
        }
    }

    #[test]
    fn an_answer_below_all_limits_or_of_the_size_asked_for_is_whole() {
        let top = |rows| format!("SELECT TOP {rows} ra FROM gaiadr3.gaia_source");
        for (adql, mode, rows) in [
            ("SELECT ra FROM t", Mode::Async, 2_000),
            ("SELECT ra FROM t", Mode::Sync, 1_999),
            ("SELECT ra FROM t", Mode::Sync, 0),
            (&top(50), Mode::Async, 50),
            (&top(2_000), Mode::Sync, 2_000),
            (&top(5_000), Mode::Async, 5_000),
            (&top(100), Mode::Async, 99),
        ] {
            assert!(
                cut(&gaia(adql, mode), rows, false).is_none(),
                "{adql} {rows}"
            );
        }
        // TOP 9000 does not make 5000 rows all that there are
        assert!(cut(&gaia(&top(9_000), Mode::Async), 5_000, false).is_some());
        assert!(cut(&gaia(&top(9_000), Mode::Sync), 2_000, false).is_some());
    }

    #[test]
    fn vizier_has_a_parameter_for_a_limit_on_purpose() {
        let query = |top| {
            let parameters = CatalogParameters {
                vizier: Some(VizierParameters {
                    table: "I/355/gaiadr3".into(),
                    top,
                    ..VizierParameters::default()
                }),
                ..CatalogParameters::default()
            };
            parameters.service_query().unwrap()
        };
        assert!(cut(&query(Some(50)), 50, false).is_none());
        let Some(CatalogError::Cut { advice, .. }) = cut(&query(None), 50, false) else {
            panic!("50 rows")
        };
        assert!(advice.contains("`top: 50`"), "{advice}");
    }
}
