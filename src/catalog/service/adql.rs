//! Words of ADQL 2.1: names as written, texts, and the limit that a query sets itself.

/// A name exactly as it is written, case included (a delimited identifier).
pub(super) fn quoted_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text.
pub(super) fn quoted_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The number of rows that the outermost SELECT asks for with TOP, if it does.
pub(super) fn top(query: &str) -> Option<u64> {
    let mut words = words(query);
    if !words.next()?.eq_ignore_ascii_case("SELECT") {
        return None;
    }
    let mut word = words.next()?;
    if word.eq_ignore_ascii_case("ALL") || word.eq_ignore_ascii_case("DISTINCT") {
        word = words.next()?;
    }
    if !word.eq_ignore_ascii_case("TOP") {
        return None;
    }
    words.next()?.parse().ok()
}

/// The words of a query without its comments. Only the first ones are asked for, which are neither quoted nor signs.
fn words(query: &str) -> impl Iterator<Item = &str> {
    query
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_end_where_they_should() {
        assert_eq!(
            quoted_name("J/MNRAS/508/3877/maincat"),
            "\"J/MNRAS/508/3877/maincat\""
        );
        assert_eq!(quoted_name("a\" FROM b --"), "\"a\"\" FROM b --\"");
        assert_eq!(quoted_text("d'Arrest"), "'d''Arrest'");
    }

    #[test]
    fn the_own_limit_of_a_query_is_seen() {
        for (query, expected) in [
            ("SELECT TOP 20 * FROM t", Some(20)),
            ("select distinct top 7\n ra FROM t", Some(7)),
            ("-- the nearest\nSELECT -- only\n  TOP 3 ra FROM t", Some(3)),
            ("SELECT ra FROM (SELECT TOP 5 ra FROM t) AS x", None),
            ("SELECT top FROM t", None),
            ("SELECT \"TOP\" FROM t", None),
            ("WITH x AS (SELECT TOP 5 ra FROM t) SELECT * FROM x", None),
            ("SELECT TOP", None),
            ("", None),
        ] {
            assert_eq!(top(query), expected, "{query}");
        }
    }
}
