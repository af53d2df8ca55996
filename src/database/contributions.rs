//! What each source has added to the histograms, so that it can be taken out again, and the sums of each writer.
//!
//! A source that is analysed leaves its counts in two places: added to the sums of the writer, and alone in its
//! contribution. When it is analysed again the writer of that day adds the old counts to what *it* has withdrawn, and
//! the new ones to what it has added; so nobody ever changes another writer's row, and nobody waits for it. Between
//! being forgotten and being analysed again the contribution is marked, and whoever asks for the histogram takes it
//! out. At any time, for each histogram:
//!
//! sum of `added` − sum of `withdrawn` = sum of all contributions, marked or not.
//!
//! What two processes do to one source is in order because both hold the row of the source first.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::{contribution, histogram};
use super::insert::{LIST, insert_rows};
use crate::analysis::histogram::Histogram;
use crate::parameters::sha256_hex;

/// The writer of those who have no session, and of sessions that are over.
pub(super) const NOBODY: i64 = 0;

/// Hexadecimal digits of a layout's digest: of the few layouts of a project two will not be the same in 64 bits.
const DIGITS: usize = 16;

/// The digest of a layout, as histograms have it in their column `layout`.
pub(super) fn digest(layout: &str) -> String {
    let mut digits = sha256_hex(layout);
    digits.truncate(DIGITS);
    digits
}

/// What a batch changes of one histogram.
pub(super) struct Change {
    layout: String,
    axes: String,
    added: Histogram,
    withdrawn: Histogram,
}

impl Change {
    pub(super) fn of(empty: Histogram) -> Change {
        let axes = empty.layout();
        Change {
            layout: digest(&axes),
            axes,
            added: empty.emptied(),
            withdrawn: empty,
        }
    }
}

/// Counts these sources as their histograms say, in place of what they counted before. The rows of the sources are
/// held.
pub(super) async fn replace(
    transaction: &DatabaseTransaction,
    writer: i64,
    project_id: i64,
    counted: BTreeMap<i64, &[Histogram]>,
) -> Result<(), DbErr> {
    let mut changes: Vec<Change> = Vec::new();
    let ids: Vec<i64> = counted.keys().copied().collect();
    let mut old = stored(transaction, &ids).await?;
    let mut rows = Vec::with_capacity(counted.len());
    for (source_id, histograms) in counted {
        let counts = encode(&mut changes, histograms);
        let before = old.remove(&source_id);
        if before.as_ref() != Some(&counts) {
            for histogram in histograms {
                let change = change_of(&mut changes, histogram);
                change.added.merge(histogram).map_err(told)?;
            }
            if let Some(before) = before {
                withdraw(transaction, project_id, &mut changes, &before).await?;
            }
        }
        rows.push((source_id, project_id, counts));
    }
    let mut new_counts = OnConflict::column(contribution::Column::SourceId);
    new_counts.update_columns([
        contribution::Column::Withdrawn,
        contribution::Column::Counts,
    ]);
    insert_rows(transaction, &rows, row, Some(&new_counts)).await?;
    apply_all(transaction, writer, project_id, changes).await
}

/// Takes marked contributions out of the sums: nobody's row has withdrawn them from then on.
pub(super) async fn take_out(
    transaction: &DatabaseTransaction,
    project_id: i64,
    contributions: &[(i64, Vec<u8>)],
) -> Result<(), DbErr> {
    let mut changes = Vec::new();
    for (_, counts) in contributions {
        withdraw(transaction, project_id, &mut changes, counts).await?;
    }
    apply_all(transaction, NOBODY, project_id, changes).await
}

/// Always in the same order, so that two who share a row wait for each other in the same order.
async fn apply_all(
    transaction: &DatabaseTransaction,
    writer: i64,
    project_id: i64,
    mut changes: Vec<Change>,
) -> Result<(), DbErr> {
    changes.sort_by(|one, other| one.layout.cmp(&other.layout));
    for change in changes {
        apply(transaction, writer, project_id, &change).await?;
    }
    Ok(())
}

fn row((source_id, project_id, counts): &(i64, i64, Vec<u8>)) -> contribution::ActiveModel {
    contribution::ActiveModel {
        source_id: Set(*source_id),
        project_id: Set(*project_id),
        withdrawn: Set(false),
        counts: Set(counts.clone()),
    }
}

/// What these sources have added, marked or not; the rows stay locked.
async fn stored(
    transaction: &DatabaseTransaction,
    ids: &[i64],
) -> Result<BTreeMap<i64, Vec<u8>>, DbErr> {
    use contribution::{Column, Entity};
    let mut found = BTreeMap::new();
    for ids in ids.chunks(LIST) {
        let rows: Vec<(i64, Vec<u8>)> = Entity::find()
            .select_only()
            .columns([Column::SourceId, Column::Counts])
            .filter(Column::SourceId.is_in(ids.iter().copied()))
            .order_by_asc(Column::SourceId)
            .lock_exclusive()
            .into_tuple()
            .all(transaction)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

fn change_of<'a>(changes: &'a mut Vec<Change>, like: &Histogram) -> &'a mut Change {
    let place = changes
        .iter()
        .position(|change| change.added.is_like(like))
        .unwrap_or_else(|| {
            changes.push(Change::of(like.emptied()));
            changes.len() - 1
        });
    &mut changes[place]
}

/// For each histogram the digest of its layout, the length of its counts (four bytes, low one first), its counts.
fn encode(changes: &mut Vec<Change>, histograms: &[Histogram]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for histogram in histograms {
        let counts = histogram.counts_to_bytes();
        let length = u32::try_from(counts.len()).expect("the counts of a source fit into 4 GB");
        bytes.extend_from_slice(change_of(changes, histogram).layout.as_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&counts);
    }
    bytes
}

/// The parts of a contribution: digest of the layout, and counts.
pub(super) fn parts(mut bytes: &[u8]) -> Result<Vec<(&str, &[u8])>, DbErr> {
    let damaged = || told("a contribution that cannot be read");
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let (layout, rest) = bytes.split_at_checked(DIGITS).ok_or_else(damaged)?;
        let (length, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (counts, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let layout = std::str::from_utf8(layout).map_err(|_| damaged())?;
        parts.push((layout, counts));
        bytes = rest;
    }
    Ok(parts)
}

async fn withdraw(
    transaction: &DatabaseTransaction,
    project_id: i64,
    changes: &mut Vec<Change>,
    before: &[u8],
) -> Result<(), DbErr> {
    for (layout, counts) in parts(before)? {
        let known = changes.iter().position(|change| change.layout == layout);
        let place = match known {
            Some(place) => place,
            None => {
                changes.push(Change::of(empty_of(transaction, project_id, layout).await?));
                changes.len() - 1
            }
        };
        let change = &mut changes[place];
        let gone = change.withdrawn.with_counts(counts).map_err(told)?;
        change.withdrawn.merge(&gone).map_err(told)?;
    }
    Ok(())
}

/// The histogram of a layout without counts: whoever added to one has left its axes in a row.
async fn empty_of(
    connection: &impl ConnectionTrait,
    project_id: i64,
    layout: &str,
) -> Result<Histogram, DbErr> {
    let axes: Option<String> = histogram::Entity::find()
        .select_only()
        .column(histogram::Column::Axes)
        .filter(histogram::Column::ProjectId.eq(project_id))
        .filter(histogram::Column::Layout.eq(layout))
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    let axes = axes.ok_or_else(|| told(format!("no histogram of the layout {layout}")))?;
    Histogram::from_json(&axes).map_err(told)
}

/// Adds to the row of a writer, and to no other.
async fn apply(
    transaction: &DatabaseTransaction,
    writer: i64,
    project_id: i64,
    change: &Change,
) -> Result<(), DbErr> {
    // also where there is nothing to add: there is such a histogram
    make(transaction, writer, project_id, change).await?;
    if change.added.epochs() == 0 && change.withdrawn.epochs() == 0 {
        return Ok(());
    }
    let row = histogram::Entity::find()
        .filter(histogram::Column::ProjectId.eq(project_id))
        .filter(histogram::Column::Writer.eq(writer))
        .filter(histogram::Column::Name.eq(change.added.name()))
        .filter(histogram::Column::Layout.eq(&change.layout))
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or_else(|| told("the row of the sums is gone"))?;
    let mut update = histogram::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(row.id),
        ..Default::default()
    };
    if change.added.epochs() > 0 {
        update.added = Set(sum_of(&row.added, &change.added)?);
    }
    if change.withdrawn.epochs() > 0 {
        update.withdrawn = Set(sum_of(&row.withdrawn, &change.withdrawn)?);
    }
    update.update_without_returning(transaction).await?;
    Ok(())
}

fn sum_of(stored: &[u8], more: &Histogram) -> Result<Vec<u8>, DbErr> {
    let mut sum = more.with_counts(stored).map_err(told)?;
    sum.merge(more).map_err(told)?;
    Ok(sum.counts_to_bytes())
}

/// Makes the row of a writer where there is none.
pub(super) async fn make(
    transaction: &DatabaseTransaction,
    writer: i64,
    project_id: i64,
    change: &Change,
) -> Result<(), DbErr> {
    let nothing = change.added.emptied().counts_to_bytes();
    let row = histogram::ActiveModel {
        id: NotSet,
        project_id: Set(project_id),
        name: Set(change.added.name().to_owned()),
        writer: Set(writer),
        layout: Set(change.layout.clone()),
        axes: Set(change.axes.clone()),
        added: Set(nothing.clone()),
        withdrawn: Set(nothing),
    };
    use histogram::Column;
    let key = [
        Column::ProjectId,
        Column::Writer,
        Column::Name,
        Column::Layout,
    ];
    histogram::Entity::insert_many([row])
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// An error of the histograms as one of the database: stored counts that contradict themselves.
pub(super) fn told(cause: impl ToString) -> DbErr {
    DbErr::Custom(cause.to_string())
}
