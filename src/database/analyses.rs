//! Analyses: put in whole, replaced whole, and gone whole when what they were made of changes.
//!
//! The row in `properties` says that a source was analysed; what belongs to it goes with it. Its counts in the
//! histograms are marked as withdrawn in the same statement's transaction (see `contributions`).

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::analysis_rows::{self, Analysis};
use super::connection::finish;
use super::entity::{contribution, properties, source};
use super::insert::{LIST, insert_rows};
use super::lightcurves::{self, Entry, delete_analysed};
use super::{AnalysisRecord, Database, DatabaseError, contributions};

/// Analyses by the id of the source, with the source's name.
pub(super) type Analyses<'a> = BTreeMap<i64, (&'a str, &'a AnalysisRecord)>;

impl Database {
    /// Forgets the analyses of these sources, by their ids, and all that came of them: they are done again.
    ///
    /// To be called before one of their files is replaced, as the rows of reductions are forgotten
    /// ([`forget_reductions`](Database::forget_reductions), which forgets the analysis too).
    pub async fn forget_analyses(&self, source_ids: &[i64]) -> Result<(), DatabaseError> {
        for ids in source_ids.chunks(LIST) {
            self.retry("forgetting analyses", || async {
                let transaction = self.begin().await?;
                let outcome = hold_and_forget(&transaction, ids).await;
                finish(transaction, outcome).await
            })
            .await?;
        }
        Ok(())
    }
}

async fn hold_and_forget(transaction: &DatabaseTransaction, ids: &[i64]) -> Result<(), DbErr> {
    hold(transaction, ids).await?;
    forget(transaction, ids.iter().copied()).await
}

/// Locks the rows of these sources: whoever changes what belongs to the analysis of a source holds its row, so that
/// the counts that one process withdraws are those that it sees. SQLite has one writer at a time anyway.
pub(super) async fn hold(transaction: &DatabaseTransaction, ids: &[i64]) -> Result<(), DbErr> {
    for ids in ids.chunks(LIST) {
        let _: Vec<i64> = source::Entity::find()
            .select_only()
            .column(source::Column::Id)
            .filter(source::Column::Id.is_in(ids.iter().copied()))
            // as a commit goes through them
            .order_by_asc(source::Column::Name)
            .lock(LockType::NoKeyUpdate)
            .into_tuple()
            .all(transaction)
            .await?;
    }
    Ok(())
}

/// Forgets the analyses of sources whose rows are held.
pub(super) async fn forget(
    transaction: &DatabaseTransaction,
    ids: impl IntoIterator<Item = i64>,
) -> Result<(), DbErr> {
    let mut ids: Vec<i64> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    for ids in ids.chunks(LIST) {
        delete_rows(transaction, ids).await?;
        contribution::Entity::update_many()
            .col_expr(contribution::Column::Withdrawn, Expr::value(true))
            .filter(contribution::Column::SourceId.is_in(ids.iter().copied()))
            .filter(contribution::Column::Withdrawn.eq(false))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

async fn delete_rows(transaction: &DatabaseTransaction, ids: &[i64]) -> Result<(), DbErr> {
    properties::Entity::delete_many()
        .filter(properties::Column::SourceId.is_in(ids.iter().copied()))
        .exec(transaction)
        .await?;
    delete_analysed(transaction, ids).await
}

/// Puts these analyses in the place of what there was of their sources, whose rows are held.
pub(super) async fn replace(
    transaction: &DatabaseTransaction,
    session: i64,
    project_id: i64,
    analyses: &Analyses<'_>,
) -> Result<(), DbErr> {
    let failed = analyses
        .iter()
        .filter(|(_, (_, record))| record.result.is_err());
    forget(transaction, failed.map(|(id, _)| *id)).await?;
    let done: Vec<i64> = analyses
        .iter()
        .filter(|(_, (_, record))| record.result.is_ok())
        .map(|(id, _)| *id)
        .collect();
    for ids in done.chunks(LIST) {
        delete_rows(transaction, ids).await?;
    }
    let analyses: Vec<Analysis> = analyses
        .iter()
        .map(|(&source_id, &(source_name, record))| Analysis {
            project_id,
            source_id,
            source_name,
            record,
        })
        .collect();
    insert_all(transaction, &analyses).await?;
    let counted = analyses.iter().filter_map(|analysis| {
        let result = analysis.record.result.as_ref().ok()?;
        Some((analysis.source_id, result.analysed.histograms.as_slice()))
    });
    contributions::replace(transaction, session, project_id, counted.collect()).await
}

async fn insert_all(
    transaction: &DatabaseTransaction,
    analyses: &[Analysis<'_>],
) -> Result<(), DbErr> {
    use analysis_rows::{detection, file, filter, injection, properties};
    insert_rows(transaction, analyses, properties, None).await?;
    let rows: Vec<_> = analyses.iter().flat_map(Analysis::filters).collect();
    insert_rows(transaction, &rows, filter, None).await?;
    let rows: Vec<_> = analyses.iter().flat_map(Analysis::detections).collect();
    insert_rows(transaction, &rows, detection, None).await?;
    let rows: Vec<_> = analyses.iter().flat_map(Analysis::injections).collect();
    insert_rows(transaction, &rows, injection, None).await?;
    let rows: Vec<_> = analyses.iter().flat_map(Analysis::files).collect();
    insert_rows(transaction, &rows, file, None).await?;
    let rows: Vec<Entry> = analyses.iter().flat_map(Analysis::lightcurves).collect();
    lightcurves::insert(transaction, &rows).await
}
