//! Rows out of the database's types, read ahead by a little while others use them.

use std::pin::pin;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sea_orm::sea_query::{ColumnType, SelectStatement};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IdenStatic, Iterable, QueryResult, StreamTrait};
use serde_json::Value;
use tokio::sync::mpsc;

use super::super::{Database, DatabaseError};
use crate::query::{ColumnKind, Cone, Record};

/// Rows that are handed on together.
const CHUNK: usize = 256;
/// Chunks that may wait.
const CHUNKS: usize = 4;

/// How the database keeps the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Text,
    /// 32 and 64 bits.
    Small,
    Big,
    Double,
    Boolean,
    Json,
}

impl Stored {
    pub(super) fn kind(self) -> ColumnKind {
        match self {
            Stored::Text => ColumnKind::Text,
            Stored::Small | Stored::Big => ColumnKind::Integer,
            Stored::Double => ColumnKind::Number,
            Stored::Boolean => ColumnKind::Boolean,
            Stored::Json => ColumnKind::Json,
        }
    }

    fn value(self, row: &QueryResult, place: usize) -> Result<Value, DbErr> {
        Ok(match self {
            Stored::Text => row.try_get_by_index::<Option<String>>(place)?.into(),
            Stored::Small => row.try_get_by_index::<Option<i32>>(place)?.into(),
            Stored::Big => row.try_get_by_index::<Option<i64>>(place)?.into(),
            Stored::Double => row.try_get_by_index::<Option<f64>>(place)?.into(),
            Stored::Boolean => row.try_get_by_index::<Option<bool>>(place)?.into(),
            Stored::Json => {
                let value: Option<Value> = row.try_get_by_index(place)?;
                value.unwrap_or_default()
            }
        })
    }
}

/// The columns of an entity, in the order of its table.
pub(super) fn stored_in<E: EntityTrait>() -> Vec<(&'static str, Stored)> {
    let stored = |column: E::Column| match column.def().get_column_type() {
        ColumnType::Boolean => Stored::Boolean,
        ColumnType::Integer => Stored::Small,
        ColumnType::BigInteger => Stored::Big,
        ColumnType::Double => Stored::Double,
        ColumnType::Json | ColumnType::JsonBinary => Stored::Json,
        _ => Stored::Text,
    };
    E::Column::iter()
        .map(|column| (column.as_str(), stored(column)))
        .collect()
}

/// What is read, and what is to be done with it here.
pub(super) struct Reading {
    pub statement: SelectStatement,
    pub columns: Vec<(&'static str, Stored)>,
    /// The statement gives the direction of the source behind the columns.
    pub cone: Option<Cone>,
    pub limit: Option<u64>,
}

impl Database {
    /// A task reads, so that decoding and what is done with the rows go on side by side; it ends when nobody
    /// takes them any more.
    pub(super) fn records(
        &self,
        reading: Reading,
    ) -> BoxStream<'static, Result<Record, DatabaseError>> {
        let (sender, receiver) = mpsc::channel(CHUNKS);
        let database = self.clone();
        tokio::spawn(async move {
            let end = match database.read(&reading, &sender).await {
                Ok(()) => Ok(Vec::new()),
                Err(error) => Err(error),
            };
            // there may be nobody left to tell
            let _ = sender.send(end).await;
        });
        let place = self.place().to_owned();
        let chunks = stream::unfold(Some(receiver), move |receiver| {
            let place = place.clone();
            async move {
                let mut receiver = receiver?;
                match receiver.recv().await {
                    Some(Ok(rows)) if rows.is_empty() => None,
                    Some(Ok(rows)) => Some((Ok(rows), Some(receiver))),
                    Some(Err(error)) => Some((Err(error), None)),
                    // fewer rows than there are must not look like all of them
                    None => {
                        let cause = DbErr::Custom("the rows ended too early".to_owned());
                        Some((Err(DatabaseError::new(&cause, &place, LISTING, 0.0)), None))
                    }
                }
            }
        });
        chunks
            .map_ok(|rows| stream::iter(rows.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    async fn read(
        &self,
        reading: &Reading,
        sender: &mpsc::Sender<Result<Vec<Record>, DatabaseError>>,
    ) -> Result<(), DatabaseError> {
        let names: Arc<[&str]> = reading.columns.iter().map(|(name, _)| *name).collect();
        let failed = |cause: DbErr| DatabaseError::new(&cause, self.place(), LISTING, 0.0);
        let mut left = reading.limit.unwrap_or(u64::MAX);
        let rows = self
            .retry(LISTING, || self.connection.stream(&reading.statement))
            .await?;
        let mut rows = pin!(rows);
        let mut chunk = Vec::with_capacity(CHUNK);
        while left > 0
            && let Some(row) = rows.try_next().await.map_err(failed)?
        {
            if !reading.is_wanted(&row).map_err(failed)? {
                continue;
            }
            left -= 1;
            let values = reading.values(&row).map_err(failed)?;
            chunk.push(Record::new(Arc::clone(&names), values));
            if chunk.len() == CHUNK {
                let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
                if sender.send(Ok(full)).await.is_err() {
                    return Ok(());
                }
            }
        }
        if !chunk.is_empty() {
            let _ = sender.send(Ok(chunk)).await;
        }
        Ok(())
    }
}

const LISTING: &str = "listing rows";

impl Reading {
    fn values(&self, row: &QueryResult) -> Result<Vec<Value>, DbErr> {
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(place, (_, stored))| stored.value(row, place))
            .collect()
    }

    /// In the cone, not only in its cells.
    fn is_wanted(&self, row: &QueryResult) -> Result<bool, DbErr> {
        let Some(cone) = &self.cone else {
            return Ok(true);
        };
        let behind = self.columns.len();
        let ra: f64 = row.try_get_by_index(behind)?;
        let dec: f64 = row.try_get_by_index(behind + 1)?;
        Ok(cone.contains(ra, dec))
    }
}
