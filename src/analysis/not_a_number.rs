//! JSON has no NaN and writes null for it: these read null as NaN again.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Option::<f64>::deserialize(deserializer).map(value)
}

pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let numbers = Vec::<Option<f64>>::deserialize(deserializer)?;
    Ok(numbers.into_iter().map(value).collect())
}

pub(super) fn map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, f64>, D::Error> {
    let numbers = BTreeMap::<String, Option<f64>>::deserialize(deserializer)?;
    let read = numbers.into_iter();
    Ok(read.map(|(name, number)| (name, value(number))).collect())
}

fn value(number: Option<f64>) -> f64 {
    number.unwrap_or(f64::NAN)
}
