//! Multi-row statements under the limits of both databases, and the values that go into them.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IdenStatic, Iterable};

use serde_json::{Map, Value};

use super::DatabaseError;

/// Values that a list in a statement may hold; SQLite allows 32 766 parameters in all, PostgreSQL 65 535.
pub(super) const LIST: usize = 1_000;
/// Rows of one INSERT. More gains nothing, and equal sizes let the prepared statement be used again.
const ROWS: usize = 128;
/// Longest name that fits an index entry of PostgreSQL (a third of an 8 kB page) beside an observatory's.
const LONGEST_NAME: usize = 2_000;

/// Inserts a row for each record, in statements of bounded size.
pub(super) async fn insert_rows<C: ConnectionTrait, R: Sync, A: ActiveModelTrait>(
    connection: &C,
    records: &[R],
    row: fn(&R) -> A,
    on_conflict: Option<&OnConflict>,
) -> Result<(), DbErr> {
    for records in records.chunks(ROWS) {
        let mut insert = A::Entity::insert_many(records.iter().map(row));
        if let Some(on_conflict) = on_conflict {
            insert = insert.on_conflict(on_conflict.clone());
        }
        insert.exec_without_returning(connection).await?;
    }
    Ok(())
}

/// On a conflict of `key`, every other column but `id` takes the new value.
pub(super) fn replace_on<E: EntityTrait>(key: [E::Column; 2], id: E::Column) -> OnConflict {
    let fixed = [key[0].as_str(), key[1].as_str(), id.as_str()];
    let others = E::Column::iter().filter(|column| !fixed.contains(&column.as_str()));
    OnConflict::columns(key).update_columns(others).to_owned()
}

/// How many rows of one statement.
pub(super) fn rows_per_statement() -> usize {
    ROWS
}

/// The one place where NaN and infinities become NULL: both databases would treat them differently.
pub(super) fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// A count or a length as both databases store it; what does not fit (2^63 bytes) is not met.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The same for the smaller counters.
pub(super) fn signed_small(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Text from a server or an error, without the NUL that PostgreSQL cannot store.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The same for all text in JSON.
pub(super) fn storable_json(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(storable(text)),
        Value::Array(values) => values.iter().map(storable_json).collect(),
        Value::Object(fields) => storable_object(fields),
        other => other.clone(),
    }
}

/// The same for a JSON object.
pub(super) fn storable_object(fields: &Map<String, Value>) -> Value {
    let fields = fields.iter();
    fields
        .map(|(key, value)| (storable(key), storable_json(value)))
        .collect()
}

/// The same for text that may be missing.
pub(super) fn storable_option(text: &Option<String>) -> Option<String> {
    text.as_deref().map(storable)
}

/// Refuses a name that one of the databases could not keep, or could not find again.
pub(super) fn check_name(what: &'static str, name: &str) -> Result<(), DatabaseError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.contains('\0') {
        "it contains a NUL character"
    } else if name.len() > LONGEST_NAME {
        "it is longer than 2000 bytes"
    } else {
        return Ok(());
    };
    let value = name.chars().take(80).collect();
    Err(DatabaseError::Invalid {
        what,
        value,
        reason,
    })
}
