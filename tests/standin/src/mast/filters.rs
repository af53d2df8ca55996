//! The portal's filters: values of which one must match, or an interval; all filters must hold.

use serde_json::Value;

use super::tables::Row;

/// The rows that all filters let through.
///
/// # Errors
/// A filter of a column that is not there, in the server's words.
pub(crate) fn apply(rows: Vec<Row>, filters: &Value, known: &[&str]) -> Result<Vec<Row>, String> {
    let filters = filters.as_array().map_or(&[][..], Vec::as_slice);
    for filter in filters {
        let name = column(filter);
        if !known.contains(&name) {
            return Err(format!("Invalid column name '{name}'."));
        }
    }
    Ok(rows
        .into_iter()
        .filter(|row| filters.iter().all(|filter| holds(row, filter)))
        .collect())
}

fn column(filter: &Value) -> &str {
    filter["paramName"].as_str().unwrap_or_default()
}

fn holds(row: &Row, filter: &Value) -> bool {
    let value = &row[column(filter)];
    let values = filter["values"].as_array().map_or(&[][..], Vec::as_slice);
    let listed = values.iter().any(|wanted| match wanted {
        Value::Object(interval) => {
            let bound = |name: &str| interval.get(name).and_then(as_number);
            as_number(value).is_some_and(|value| {
                bound("min").is_none_or(|min| value >= min)
                    && bound("max").is_none_or(|max| value <= max)
            })
        }
        wanted => is_same(value, wanted),
    });
    let like = filter["freeText"].as_str();
    listed || like.is_some_and(|pattern| is_like(&text(value), pattern))
}

fn is_same(value: &Value, wanted: &Value) -> bool {
    if value.is_null() {
        return false;
    }
    // numbers may be asked as text and the other way round; integers are compared digit by digit
    let (value, wanted) = (text(value), text(wanted));
    value == wanted || {
        let is_fraction = value.contains('.') || wanted.contains('.');
        is_fraction && value.parse::<f64>().ok() == wanted.parse().ok()
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_f64(),
    }
}

/// SQL's LIKE with `%` alone.
fn is_like(text: &str, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('%').collect();
    let mut rest = text;
    for (place, part) in parts.iter().enumerate() {
        let last = place + 1 == parts.len();
        let found = match (place, last) {
            (0, true) => return rest == *part,
            (0, false) => rest.strip_prefix(part),
            (_, true) => return rest.ends_with(part),
            _ => rest.find(part).map(|at| &rest[at + part.len()..]),
        };
        match found {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn passes(row: Value, filter: Value) -> bool {
        let row = row.as_object().unwrap().clone();
        !apply(vec![row], &json!([filter]), &["a"])
            .unwrap()
            .is_empty()
    }

    #[test]
    fn one_of_the_values_must_match_as_text_or_in_an_interval() {
        let one_of = |values: Value| json!({"paramName": "a", "values": values});
        assert!(passes(json!({"a": "x"}), one_of(json!(["y", "x"]))));
        assert!(passes(json!({"a": 24}), one_of(json!(["24"]))));
        assert!(!passes(json!({"a": null}), one_of(json!(["null"]))));
        // neighbours above 2^53 are different
        assert!(!passes(
            json!({"a": 9_007_199_254_740_993_u64}),
            one_of(json!([9_007_199_254_740_992_u64]))
        ));
        assert!(passes(
            json!({"a": 1.5}),
            one_of(json!([{"min": 1, "max": 2}]))
        ));
        assert!(!passes(
            json!({"a": 2.5}),
            one_of(json!([{"min": 1, "max": 2}]))
        ));
        assert!(apply(vec![], &json!([{"paramName": "b"}]), &["a"]).is_err());
    }

    #[test]
    fn free_text_is_a_pattern() {
        assert!(is_like("TESS-SPOC", "%SPOC"));
        assert!(is_like("TESS-SPOC", "TE%-%C"));
        assert!(!is_like("TESS-SPOC", "SPOC%"));
    }
}
