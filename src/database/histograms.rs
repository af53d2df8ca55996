//! The histograms of a project: sums over its writers, less what is withdrawn.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ActiveValue::Unchanged, ColumnTrait, ConnectionTrait,
    DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::connection::finish;
use super::contributions::{Change, NOBODY, digest, make, parts, take_out, told};
use super::entity::{contribution, histogram, session};
use super::insert::LIST;
use super::{Database, DatabaseError};
use crate::analysis::histogram::Histogram;

/// Contributions that are in memory at once: some hundred bytes each.
const PAGE: u64 = 1_000;

impl Database {
    /// The histogram of a project with the name and axes of `like`, whose counts are not looked at: exactly the epochs
    /// of the sources that are analysed now, each once, whoever counted them.
    ///
    /// Sources that were analysed with other axes are in another histogram.
    pub async fn histogram_sum(
        &self,
        project_id: i64,
        like: &Histogram,
    ) -> Result<Histogram, DatabaseError> {
        let layout = digest(&like.layout());
        let sums = self.sums(project_id, Some(&layout)).await?;
        Ok(sums.into_iter().next().unwrap_or_else(|| like.emptied()))
    }

    /// The histograms of a project with the name of `like` and other axes.
    pub async fn histograms_beside(
        &self,
        project_id: i64,
        like: &Histogram,
    ) -> Result<Vec<Histogram>, DatabaseError> {
        let others = self
            .retry("looking for other histograms", || async {
                let rows = axes_of_all(&self.connection, project_id).await?;
                let others = rows.into_iter().filter(|row| row.1 != like.layout());
                let mut layouts = Vec::new();
                for (layout, axes) in others {
                    if Histogram::from_json(&axes).map_err(told)?.name() == like.name() {
                        layouts.push(layout);
                    }
                }
                Ok(layouts)
            })
            .await?;
        let mut sums = Vec::new();
        for layout in others {
            sums.extend(self.sums(project_id, Some(&layout)).await?);
        }
        Ok(sums)
    }

    /// All histograms of a project, by name, those of one name with different axes one after the other.
    pub async fn histogram_sums(&self, project_id: i64) -> Result<Vec<Histogram>, DatabaseError> {
        self.sums(project_id, None).await
    }

    async fn sums(
        &self,
        project_id: i64,
        layout: Option<&str>,
    ) -> Result<Vec<Histogram>, DatabaseError> {
        self.retry("adding histograms", || async {
            let transaction = self.begin_reading().await?;
            let outcome = sums(&transaction, project_id, layout).await;
            finish(transaction, outcome).await
        })
        .await
    }

    /// The same histograms, counted anew from what each source has contributed: if they are not those of
    /// [`histogram_sums`](Database::histogram_sums), somebody has changed the tables by hand.
    pub async fn recounted_histograms(
        &self,
        project_id: i64,
    ) -> Result<Vec<Histogram>, DatabaseError> {
        self.retry("counting histograms anew", || async {
            let transaction = self.begin_reading().await?;
            let outcome = async {
                let mut recounted: BTreeMap<String, Histogram> = BTreeMap::new();
                for row in layouts(&transaction, project_id, None).await? {
                    let empty = Histogram::from_json(&row.axes).map_err(told)?;
                    recounted.insert(row.layout, empty);
                }
                let mut counted = recounted.clone();
                add_contributions(&transaction, project_id, false, &mut counted).await?;
                Ok(in_order(counted))
            };
            let outcome = outcome.await;
            finish(transaction, outcome).await
        })
        .await
    }

    /// Adds up the rows of sessions that are over, so that there are not more of them with each run. The histograms
    /// stay as they are; it may be done, or left, at any time.
    pub async fn fold_histograms(&self, project_id: i64) -> Result<(), DatabaseError> {
        self.retry("adding up histograms", || async {
            let transaction = self.begin().await?;
            let outcome = fold(&transaction, project_id).await;
            finish(transaction, outcome).await
        })
        .await?;
        loop {
            let withdrawn = self
                .retry("tidying up histograms", || async {
                    let transaction = self.begin().await?;
                    let outcome = fold_withdrawn(&transaction, project_id).await;
                    finish(transaction, outcome).await
                })
                .await?;
            if withdrawn < PAGE as usize {
                return Ok(());
            }
        }
    }
}

async fn sums(
    transaction: &DatabaseTransaction,
    project_id: i64,
    layout: Option<&str>,
) -> Result<Vec<Histogram>, DbErr> {
    let mut added: BTreeMap<String, Histogram> = BTreeMap::new();
    let mut withdrawn: BTreeMap<String, Histogram> = BTreeMap::new();
    for row in layouts(transaction, project_id, layout).await? {
        let empty = Histogram::from_json(&row.axes).map_err(told)?;
        merge(&mut added, &row.layout, &empty, &row.added)?;
        merge(&mut withdrawn, &row.layout, &empty, &row.withdrawn)?;
    }
    add_contributions(transaction, project_id, true, &mut withdrawn).await?;
    for (layout, gone) in &withdrawn {
        if let Some(sum) = added.get_mut(layout) {
            sum.withdraw(gone).map_err(told)?;
        }
    }
    Ok(in_order(added))
}

fn merge(
    sums: &mut BTreeMap<String, Histogram>,
    layout: &str,
    empty: &Histogram,
    counts: &[u8],
) -> Result<(), DbErr> {
    let sum = sums
        .entry(layout.to_owned())
        .or_insert_with(|| empty.clone());
    let more = empty.with_counts(counts).map_err(told)?;
    sum.merge(&more).map_err(told)
}

fn in_order(sums: BTreeMap<String, Histogram>) -> Vec<Histogram> {
    let mut sums: Vec<Histogram> = sums.into_values().collect();
    // those of one name stay in the order of their layouts
    sums.sort_by(|one, other| one.name().cmp(other.name()));
    sums
}

/// The layouts of a project's sums: their digests and axes, without the counts.
async fn axes_of_all(
    connection: &impl ConnectionTrait,
    project_id: i64,
) -> Result<BTreeSet<(String, String)>, DbErr> {
    use histogram::{Column, Entity};
    let rows: Vec<(String, String)> = Entity::find()
        .select_only()
        .columns([Column::Layout, Column::Axes])
        .filter(Column::ProjectId.eq(project_id))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Rows of the sums, by id.
async fn layouts(
    connection: &impl ConnectionTrait,
    project_id: i64,
    layout: Option<&str>,
) -> Result<Vec<histogram::Model>, DbErr> {
    histogram::Entity::find()
        .filter(histogram::Column::ProjectId.eq(project_id))
        .apply_if(layout, |query, layout| {
            query.filter(histogram::Column::Layout.eq(layout))
        })
        .order_by_asc(histogram::Column::Id)
        .all(connection)
        .await
}

/// Adds contributions, the withdrawn or the others, to the histograms of their layouts; to no others.
async fn add_contributions(
    connection: &impl ConnectionTrait,
    project_id: i64,
    withdrawn: bool,
    sums: &mut BTreeMap<String, Histogram>,
) -> Result<(), DbErr> {
    use contribution::{Column, Entity};
    let mut after = i64::MIN;
    loop {
        let page: Vec<(i64, Vec<u8>)> = Entity::find()
            .select_only()
            .columns([Column::SourceId, Column::Counts])
            .filter(Column::ProjectId.eq(project_id))
            .filter(Column::Withdrawn.eq(withdrawn))
            .filter(Column::SourceId.gt(after))
            .order_by_asc(Column::SourceId)
            .limit(PAGE)
            .into_tuple()
            .all(connection)
            .await?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = *last;
        for (_, bytes) in &page {
            for (layout, counts) in parts(bytes)? {
                if let Some(sum) = sums.get_mut(layout) {
                    let more = sum.with_counts(counts).map_err(told)?;
                    sum.merge(&more).map_err(told)?;
                }
            }
        }
    }
}

/// Adds the rows of sessions that are over to those of nobody. A session that was taken for dead and is not makes
/// itself a new row.
async fn fold(transaction: &DatabaseTransaction, project_id: i64) -> Result<(), DbErr> {
    use histogram::{Column, Entity};
    let living = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .into_query();
    let over = || {
        Entity::find()
            .filter(Column::ProjectId.eq(project_id))
            .filter(Column::Writer.not_in_subquery(living.clone()))
            .order_by_asc(Column::Id)
    };
    let axes: BTreeSet<String> = over()
        .select_only()
        .column(Column::Axes)
        .into_tuple::<String>()
        .all(transaction)
        .await?
        .into_iter()
        .collect();
    for axes in &axes {
        let empty = Histogram::from_json(axes).map_err(told)?;
        make(transaction, NOBODY, project_id, &Change::of(empty)).await?;
    }
    let mut by_layout: BTreeMap<String, Vec<histogram::Model>> = BTreeMap::new();
    for row in over().lock_exclusive().all(transaction).await? {
        by_layout.entry(row.layout.clone()).or_default().push(row);
    }
    for rows in by_layout.into_values().filter(|rows| rows.len() > 1) {
        let Some(kept) = rows.iter().find(|row| row.writer == NOBODY) else {
            continue;
        };
        let empty = Histogram::from_json(&kept.axes).map_err(told)?;
        let sum = |column: fn(&histogram::Model) -> &Vec<u8>| {
            let mut sum = empty.clone();
            for row in &rows {
                let more = empty.with_counts(column(row)).map_err(told)?;
                sum.merge(&more).map_err(told)?;
            }
            Ok::<_, DbErr>(sum)
        };
        let mut added = sum(|row| &row.added)?;
        let mut withdrawn = sum(|row| &row.withdrawn)?;
        // what these have withdrawn another, that is still at work, may have added
        if added.withdraw(&withdrawn).is_ok() {
            withdrawn = empty.clone();
        }
        let others = rows.iter().map(|row| row.id).filter(|id| *id != kept.id);
        Entity::delete_many()
            .filter(Column::Id.is_in(others))
            .exec(transaction)
            .await?;
        let update = histogram::ActiveModel {
            id: Unchanged(kept.id),
            added: Set(added.counts_to_bytes()),
            withdrawn: Set(withdrawn.counts_to_bytes()),
            ..Default::default()
        };
        update.update_without_returning(transaction).await?;
    }
    Ok(())
}

/// Takes some marked contributions out of the sums for good; says how many.
async fn fold_withdrawn(
    transaction: &DatabaseTransaction,
    project_id: i64,
) -> Result<usize, DbErr> {
    use contribution::{Column, Entity};
    let rows: Vec<(i64, Vec<u8>)> = Entity::find()
        .select_only()
        .columns([Column::SourceId, Column::Counts])
        .filter(Column::ProjectId.eq(project_id))
        .filter(Column::Withdrawn.eq(true))
        .order_by_asc(Column::SourceId)
        .limit(PAGE)
        .lock_exclusive()
        .into_tuple()
        .all(transaction)
        .await?;
    take_out(transaction, project_id, &rows).await?;
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    for ids in ids.chunks(LIST) {
        Entity::delete_many()
            .filter(Column::SourceId.is_in(ids.iter().copied()))
            .exec(transaction)
            .await?;
    }
    Ok(rows.len())
}
