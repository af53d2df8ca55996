//! Rows of lightcurves, of all three kinds.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use super::LightcurveRecord;
use super::entity::lightcurve;
use super::insert::{LIST, finite, insert_rows, signed, signed_small, storable, storable_object};
use crate::photometry::Kind;

/// A lightcurve, and to what it belongs.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub project_id: i64,
    pub source_id: i64,
    pub source_name: &'a str,
    pub observatory: &'a str,
    pub kind: Kind,
    pub record: &'a LightcurveRecord,
}

pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    entries: &[Entry<'_>],
) -> Result<(), DbErr> {
    insert_rows(transaction, entries, row, None).await
}

/// Deletes the reduced lightcurves of these sources and observatories.
pub(super) async fn delete_reduced(
    transaction: &DatabaseTransaction,
    keys: &[(i64, &str)],
) -> Result<(), DbErr> {
    use lightcurve::{Column, Entity};
    let mut by_observatory: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (source_id, observatory) in keys {
        by_observatory
            .entry(observatory)
            .or_default()
            .push(*source_id);
    }
    for (observatory, source_ids) in by_observatory {
        for source_ids in source_ids.chunks(LIST) {
            Entity::delete_many()
                .filter(Column::SourceId.is_in(source_ids.iter().copied()))
                .filter(Column::Observatory.eq(observatory))
                .filter(Column::Kind.eq(Kind::Reduced.as_str()))
                .exec(transaction)
                .await?;
        }
    }
    Ok(())
}

/// Deletes the lightcurves that the analysis of these sources made.
pub(super) async fn delete_analysed(
    transaction: &DatabaseTransaction,
    source_ids: &[i64],
) -> Result<(), DbErr> {
    use lightcurve::{Column, Entity};
    let kinds = [Kind::Processed, Kind::Simulated].map(Kind::as_str);
    Entity::delete_many()
        .filter(Column::SourceId.is_in(source_ids.iter().copied()))
        .filter(Column::Kind.is_in(kinds))
        .exec(transaction)
        .await?;
    Ok(())
}

fn row(entry: &Entry<'_>) -> lightcurve::ActiveModel {
    let record = entry.record;
    let statistics = &record.statistics;
    lightcurve::ActiveModel {
        id: NotSet,
        project_id: Set(entry.project_id),
        source_id: Set(entry.source_id),
        source_name: Set(entry.source_name.to_owned()),
        observatory: Set(entry.observatory.to_owned()),
        kind: Set(entry.kind.as_str().to_owned()),
        series_number: Set(signed_small(record.series_number)),
        series_total: Set(signed_small(record.series_total)),
        injection_number: Set(signed_small(record.injection_number)),
        filter: Set(storable(&record.filter)),
        file: Set(storable(&record.file)),
        key: Set(storable(&record.key)),
        time_format: Set(record.frame.format.as_str().to_owned()),
        time_scale: Set(record.frame.scale.as_str().to_owned()),
        time_reference: Set(record.frame.reference.as_str().to_owned()),
        time_alignment: Set(record.frame.alignment.as_str().to_owned()),
        time_start: Set(finite(statistics.time_start)),
        time_end: Set(finite(statistics.time_end)),
        number: Set(signed(statistics.number as u64)),
        num_good: Set(signed(statistics.num_good as u64)),
        exp_time: Set(finite(statistics.exp_time)),
        frame_rate: Set(finite(statistics.frame_rate)),
        is_uniformly_sampled: Set(statistics.is_uniformly_sampled),
        flux_unit: Set(storable(&record.flux_unit)),
        flux_mean: Set(finite(statistics.flux_mean)),
        flux_rms: Set(finite(statistics.flux_rms)),
        flux_mean_robust: Set(finite(statistics.flux_mean_robust)),
        flux_rms_robust: Set(finite(statistics.flux_rms_robust)),
        flux_max: Set(finite(statistics.flux_max)),
        flux_min: Set(finite(statistics.flux_min)),
        mag_mean: Set(finite(statistics.mag_mean)),
        mag_rms: Set(finite(statistics.mag_rms)),
        mag_mean_robust: Set(finite(statistics.mag_mean_robust)),
        mag_rms_robust: Set(finite(statistics.mag_rms_robust)),
        mag_brightest: Set(finite(statistics.mag_brightest)),
        mag_faintest: Set(finite(statistics.mag_faintest)),
        snr_max: Set(finite(statistics.snr_max)),
        snr_min: Set(finite(statistics.snr_min)),
        snr_median: Set(finite(statistics.snr_median)),
        dsnr_max: Set(finite(statistics.dsnr_max)),
        dsnr_min: Set(finite(statistics.dsnr_min)),
        dmag_brightest: Set(finite(statistics.dmag_brightest)),
        dmag_faintest: Set(finite(statistics.dmag_faintest)),
        altdata: Set(storable_object(&record.altdata)),
    }
}
