//! Repairs: rows for raw files that were found on disk, and no rows for files that are gone.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::commit::upsert_raw;
use super::connection::finish;
use super::entity::{raw_photometry, reduction};
use super::insert::{LIST, check_name};
use super::lightcurves::delete_reduced;
use super::{Database, DatabaseError, RawRecord, analyses};

impl Database {
    /// Stores raw photometry without a source: files that were found on disk, by name of the source.
    ///
    /// One transaction, by the rules of [`commit`](Database::commit).
    pub async fn adopt_raw(&self, found: &[(String, RawRecord)]) -> Result<(), DatabaseError> {
        let mut raw = BTreeMap::new();
        for (source_name, record) in found {
            check_name("the name of a source", source_name)?;
            check_name("the name of an observatory", &record.observatory)?;
            raw.insert((source_name.as_str(), record.observatory.as_str()), record);
        }
        self.retry("adopting raw files", || async {
            let transaction = self.begin().await?;
            let outcome = upsert_raw(&transaction, &raw).await;
            finish(transaction, outcome).await
        })
        .await
    }

    /// Forgets that these raw rows were ever asked for: they are pending again.
    pub async fn forget_raw(&self, ids: &[i64]) -> Result<(), DatabaseError> {
        for ids in ids.chunks(LIST) {
            self.retry("forgetting raw photometry", || async {
                raw_photometry::Entity::delete_many()
                    .filter(raw_photometry::Column::Id.is_in(ids.iter().copied()))
                    .exec(&self.connection)
                    .await
            })
            .await?;
        }
        Ok(())
    }

    /// Forgets these reductions and their lightcurves, and the analyses of their sources: they are done again.
    pub async fn forget_reductions(&self, ids: &[i64]) -> Result<(), DatabaseError> {
        for ids in ids.chunks(LIST) {
            self.retry("forgetting reductions", || async {
                let transaction = self.begin().await?;
                let outcome = forget(&transaction, ids).await;
                finish(transaction, outcome).await
            })
            .await?;
        }
        Ok(())
    }
}

async fn forget(transaction: &DatabaseTransaction, ids: &[i64]) -> Result<(), DbErr> {
    use reduction::{Column, Entity};
    let mut keys: Vec<(i64, String)> = Entity::find()
        .select_only()
        .columns([Column::SourceId, Column::Observatory])
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(transaction)
        .await?;
    keys.sort();
    let sources: Vec<i64> = keys.iter().map(|(id, _)| *id).collect();
    analyses::hold(transaction, &sources).await?;
    analyses::forget(transaction, sources).await?;
    let keys: Vec<(i64, &str)> = keys.iter().map(|(id, name)| (*id, name.as_str())).collect();
    delete_reduced(transaction, &keys).await?;
    Entity::delete_many()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    Ok(())
}
