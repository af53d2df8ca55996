//! A batch of sources and all that belongs to them, in one transaction.

use std::collections::{BTreeMap, HashMap};

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryTrait,
};

use super::connection::finish;
use super::contributions::NOBODY;
use super::entity::{raw_photometry, reduction, source};
use super::insert::{
    LIST, check_name, finite, insert_rows, replace_on, rows_per_statement, signed, signed_small,
    storable, storable_json, storable_option,
};
use super::lightcurves::{self, Entry, delete_reduced};
use super::{Database, DatabaseError, Outcome, RawRecord, ReductionRecord, SourceRecord, analyses};
use crate::photometry::Kind;

impl Database {
    /// Stores these sources of a project, what their observatories answered and what was reduced from it.
    ///
    /// One transaction: all of it or nothing. Doing it twice is the same as doing it once. A source that exists
    /// gets the new facts; a raw row is replaced, but an `ok` one only by an `ok` one or where the record says
    /// `replace`; a reduction is replaced together with its lightcurves, and with it goes the analysis that was made of
    /// the old ones; an analysis is replaced with all that came of it, and what the source counts in the histograms is
    /// counted once. Of two records with one key the last counts.
    ///
    /// # Errors
    /// [`Invalid`](DatabaseError::Invalid) for a name or position that cannot be stored, before anything is written.
    pub async fn commit(
        &self,
        project_id: i64,
        batch: &[SourceRecord],
    ) -> Result<(), DatabaseError> {
        self.commit_by(NOBODY, project_id, batch).await
    }

    /// The same, as the session of this number: its histogram counts have a row of their own, so that several
    /// processes do not wait for each other.
    pub async fn commit_by(
        &self,
        session: i64,
        project_id: i64,
        batch: &[SourceRecord],
    ) -> Result<(), DatabaseError> {
        check(batch)?;
        if batch.is_empty() {
            return Ok(());
        }
        self.retry("storing a batch", || async {
            let transaction = self.begin().await?;
            let outcome = write(&transaction, session, project_id, batch).await;
            finish(transaction, outcome).await
        })
        .await
    }
}

fn check(batch: &[SourceRecord]) -> Result<(), DatabaseError> {
    for record in batch {
        check_name("the name of a source", &record.name)?;
        if !(record.ra.is_finite() && record.dec.is_finite()) {
            return Err(DatabaseError::Invalid {
                what: "a position",
                value: format!("{}: {} {}", record.name, record.ra, record.dec),
                reason: "it is not finite",
            });
        }
        let raw = record.raw.iter().map(|raw| &raw.observatory);
        let reduced = record
            .reductions
            .iter()
            .map(|reduction| &reduction.observatory);
        for observatory in raw.chain(reduced) {
            check_name("the name of an observatory", observatory)?;
        }
    }
    Ok(())
}

/// Rows go in sorted by their keys, so that two writers lock what they share in the same order.
async fn write(
    transaction: &DatabaseTransaction,
    session: i64,
    project_id: i64,
    batch: &[SourceRecord],
) -> Result<(), DbErr> {
    let sources: BTreeMap<&str, &SourceRecord> = batch
        .iter()
        .map(|record| (record.name.as_str(), record))
        .collect();
    let ids = upsert_sources(transaction, project_id, &sources).await?;
    let mut raw = BTreeMap::new();
    let mut reductions = BTreeMap::new();
    let mut analyses = BTreeMap::new();
    for record in batch {
        let id = *ids.get(&record.name).ok_or(DbErr::RecordNotInserted)?;
        for answer in &record.raw {
            raw.insert((record.name.as_str(), answer.observatory.as_str()), answer);
        }
        for reduced in &record.reductions {
            reductions.insert(
                (id, reduced.observatory.as_str()),
                (record.name.as_str(), reduced),
            );
        }
        if let Some(analysis) = &record.analysis {
            analyses.insert(id, (record.name.as_str(), analysis));
        }
    }
    upsert_raw(transaction, &raw).await?;
    renew_raw(transaction, batch).await?;
    replace_reductions(transaction, project_id, &reductions).await?;
    let reduced = reductions.keys().map(|(id, _)| *id);
    analyses::forget(transaction, reduced.filter(|id| !analyses.contains_key(id))).await?;
    analyses::replace(transaction, session, project_id, &analyses).await
}

/// The sources' ids by name.
async fn upsert_sources(
    transaction: &DatabaseTransaction,
    project_id: i64,
    sources: &BTreeMap<&str, &SourceRecord>,
) -> Result<HashMap<String, i64>, DbErr> {
    use source::{Column, Entity};
    let on_conflict = replace_on::<Entity>([Column::ProjectId, Column::Name], Column::Id);
    let mut ids = HashMap::with_capacity(sources.len());
    let records: Vec<&SourceRecord> = sources.values().copied().collect();
    for chunk in records.chunks(rows_per_statement()) {
        let rows = chunk.iter().map(|record| source_row(project_id, record));
        let mut insert = Entity::insert_many(rows)
            .on_conflict(on_conflict.clone())
            .into_query();
        insert.returning(Query::returning().columns([Column::Name, Column::Id]));
        for row in transaction.query_all(&insert).await? {
            ids.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(ids)
}

fn source_row(project_id: i64, record: &SourceRecord) -> source::ActiveModel {
    source::ActiveModel {
        id: NotSet,
        project_id: Set(project_id),
        name: Set(record.name.clone()),
        ra: Set(record.ra),
        dec: Set(record.dec),
        healpix: Set(signed(record.healpix)),
        catalog_row: Set(signed(record.catalog_row as u64)),
        cat_row: Set(storable_json(&record.cat_row)),
        mag: Set(finite(record.mag)),
    }
}

/// What was asked for is never forgotten for a failure: only `ok` replaces `ok`, unless the record says otherwise.
pub(super) async fn upsert_raw(
    transaction: &DatabaseTransaction,
    raw: &BTreeMap<(&str, &str), &RawRecord>,
) -> Result<(), DbErr> {
    use raw_photometry::{Column, Entity};
    let replace = replace_on::<Entity>([Column::SourceName, Column::Observatory], Column::Id);
    let mut keep_ok = replace.clone();
    let stored = Expr::col((Entity, Column::Outcome));
    let offered = Expr::col(("excluded", Column::Outcome));
    keep_ok.action_and_where(stored.ne(Outcome::Ok).or(offered.eq(Outcome::Ok)));
    let records: Vec<RawEntry> = raw.iter().map(|(key, record)| (key.0, *record)).collect();
    let (told, others): (Vec<RawEntry>, Vec<RawEntry>) =
        records.into_iter().partition(|(_, record)| record.replace);
    insert_rows(transaction, &others, raw_row, Some(&keep_ok)).await?;
    insert_rows(transaction, &told, raw_row, Some(&replace)).await
}

/// Rows that were asked for again at the same second are told so together.
async fn renew_raw(transaction: &DatabaseTransaction, batch: &[SourceRecord]) -> Result<(), DbErr> {
    use raw_photometry::{Column, Entity};
    let mut by_time: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for renewed in batch.iter().flat_map(|record| &record.renewed) {
        let rows = by_time.entry(&renewed.requested_at).or_default();
        rows.push(renewed.raw_row);
    }
    for (time, mut rows) in by_time {
        rows.sort_unstable();
        for rows in rows.chunks(LIST) {
            Entity::update_many()
                .col_expr(Column::RequestedAt, Expr::value(time))
                .filter(Column::Id.is_in(rows.iter().copied()))
                .exec(transaction)
                .await?;
        }
    }
    Ok(())
}

/// Name of the source, and what is stored of it.
type RawEntry<'a> = (&'a str, &'a RawRecord);

fn raw_row(&(source_name, record): &RawEntry<'_>) -> raw_photometry::ActiveModel {
    raw_photometry::ActiveModel {
        id: NotSet,
        observatory: Set(record.observatory.clone()),
        source_name: Set(source_name.to_owned()),
        outcome: Set(record.outcome),
        message: Set(storable_option(&record.message)),
        error_class: Set(storable_option(&record.error_class)),
        attempts: Set(signed_small(record.attempts)),
        file: Set(storable_option(&record.file)),
        key: Set(storable_option(&record.key)),
        length: Set(record.length.map(signed)),
        checksum: Set(storable_option(&record.checksum)),
        epochs: Set(record.epochs.map(signed)),
        time_start: Set(finite(record.time_start)),
        time_end: Set(finite(record.time_end)),
        url: Set(storable_option(&record.url)),
        release: Set(storable_option(&record.release)),
        parameters: Set(storable(&record.parameters)),
        requested_at: Set(storable_option(&record.requested_at)),
    }
}

/// Reductions by (source id, observatory), with the name of the source.
type Reductions<'a> = BTreeMap<(i64, &'a str), (&'a str, &'a ReductionRecord)>;

async fn replace_reductions(
    transaction: &DatabaseTransaction,
    project_id: i64,
    reductions: &Reductions<'_>,
) -> Result<(), DbErr> {
    use reduction::{Column, Entity};
    let on_conflict = replace_on::<Entity>([Column::SourceId, Column::Observatory], Column::Id);
    let places: Vec<Place> = reductions
        .iter()
        .map(|(key, (source_name, record))| Place {
            project_id,
            source_id: key.0,
            source_name,
            record,
        })
        .collect();
    insert_rows(transaction, &places, reduction_row, Some(&on_conflict)).await?;
    let keys: Vec<(i64, &str)> = reductions.keys().copied().collect();
    delete_reduced(transaction, &keys).await?;
    let entries: Vec<Entry> = places.iter().flat_map(Place::entries).collect();
    lightcurves::insert(transaction, &entries).await
}

/// A reduction, and to what it belongs.
#[derive(Clone, Copy)]
struct Place<'a> {
    project_id: i64,
    source_id: i64,
    source_name: &'a str,
    record: &'a ReductionRecord,
}

impl<'a> Place<'a> {
    fn entries(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let place = *self;
        place.record.lightcurves.iter().map(move |record| Entry {
            project_id: place.project_id,
            source_id: place.source_id,
            source_name: place.source_name,
            observatory: &place.record.observatory,
            kind: Kind::Reduced,
            record,
        })
    }
}

fn reduction_row(place: &Place<'_>) -> reduction::ActiveModel {
    let record = place.record;
    let epochs: usize = record
        .lightcurves
        .iter()
        .map(|lightcurve| lightcurve.statistics.number)
        .sum();
    reduction::ActiveModel {
        id: NotSet,
        source_id: Set(place.source_id),
        observatory: Set(record.observatory.clone()),
        outcome: Set(record.outcome),
        message: Set(storable_option(&record.message)),
        raw_checksum: Set(storable_option(&record.raw_checksum)),
        fingerprint: Set(storable(&record.fingerprint)),
        file: Set(storable_option(&record.file)),
        length: Set(record.length.map(signed)),
        checksum: Set(storable_option(&record.checksum)),
        lightcurves: Set(signed(record.lightcurves.len() as u64)),
        epochs: Set(signed(epochs as u64)),
    }
}
