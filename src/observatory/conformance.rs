//! The promises of [`VirtualObservatory`](super::VirtualObservatory), one function each.
//!
//! Public, so that an observatory in another crate is held to the same promises:
//!
//! ```
//! # use retriever::archive::Archive;
//! # use retriever::catalog::Target;
//! # use retriever::observatory::{Registry, Surroundings, conformance};
//! # use retriever::parameters::Node;
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let surroundings = Surroundings::new(0);
//! let observatory = Registry::standard().observatory("demo", &Node::section(), &surroundings)?;
//! let somewhere = Target { name: "star".into(), ra: 10.0, dec: -5.0, epoch: 2016.0, ..Target::default() };
//! conformance::all(&conformance::Case { observatory, somewhere, nowhere: None, skipped: None }).await;
//! # Ok::<(), retriever::observatory::BuildError>(()) }).unwrap();
//! ```

use super::{Fetched, Observatory, Reduction};
use crate::catalog::Target;
use crate::photometry::{Lightcurve, RawPhotometry, Statistics, Table};
use crate::time::TimeAlignment;

/// An observatory and targets whose outcome is known.
#[derive(Debug)]
pub struct Case {
    /// The one that is tested.
    pub observatory: Observatory,
    /// The archive has photometry of this one.
    pub somewhere: Target,
    /// The archive has nothing here; none if it has something everywhere.
    pub nowhere: Option<Target>,
    /// A rule forbids to ask for this one; none if the observatory has no rules.
    pub skipped: Option<Target>,
}

/// Checks all promises.
///
/// # Panics
/// With the promise that is broken.
pub async fn all(case: &Case) {
    the_name_is_upper_case(case);
    a_target_with_data_gives_a_table(case).await;
    nothing_there_is_empty_and_no_error(case).await;
    a_forbidden_target_is_skipped_with_its_rule(case).await;
    the_same_target_gives_the_same_table(case).await;
    the_raw_table_is_described(case).await;
    the_same_table_gives_the_same_lightcurves(case).await;
    lightcurves_are_sorted_numbered_and_at_mid_exposure(case).await;
    lightcurves_have_equal_columns_and_true_statistics(case).await;
    each_lightcurve_has_one_filter_and_no_epoch_is_invented(case).await;
    an_empty_table_gives_no_lightcurves(case);
}

/// Folders and rows are named after it.
pub fn the_name_is_upper_case(case: &Case) {
    let name = case.observatory.name();
    assert!(
        !name.is_empty() && name == name.to_uppercase(),
        "the name {name:?} is not upper-case"
    );
}

/// What is there is found, under the name of the target.
pub async fn a_target_with_data_gives_a_table(case: &Case) {
    let raw = raw(case).await;
    assert!(
        !raw.table.is_empty(),
        "a table without rows must be Fetched::Empty"
    );
    assert_eq!(
        raw.source_name, case.somewhere.name,
        "the raw photometry names another source"
    );
    assert_eq!(
        raw.observatory,
        case.observatory.name(),
        "the raw photometry names another observatory"
    );
}

/// C2: that the archive has nothing is a result and not an error.
pub async fn nothing_there_is_empty_and_no_error(case: &Case) {
    let Some(nowhere) = &case.nowhere else { return };
    let fetched = case.observatory.fetch(nowhere).await;
    assert!(
        matches!(fetched, Ok(Fetched::Empty { .. })),
        "nothing there gave {fetched:?}"
    );
}

/// C2: a rule is a result, and says itself.
pub async fn a_forbidden_target_is_skipped_with_its_rule(case: &Case) {
    let Some(skipped) = &case.skipped else { return };
    match case.observatory.fetch(skipped).await {
        Ok(Fetched::Skipped { rule }) => assert!(!rule.is_empty(), "the rule says nothing"),
        other => panic!("a forbidden target gave {other:?}"),
    }
}

/// C5: the same reply gives the same table.
pub async fn the_same_target_gives_the_same_table(case: &Case) {
    let (first, second) = (raw(case).await, raw(case).await);
    assert!(
        same_table(&first.table, &second.table),
        "two tables of one target differ"
    );
    assert_eq!(
        first.altdata, second.altdata,
        "altdata of one target differ: is there a time in it?"
    );
}

/// Users read raw tables: columns have names, numbers of a physical quantity have units.
pub async fn the_raw_table_is_described(case: &Case) {
    let raw = raw(case).await;
    for column in raw.table.columns() {
        assert!(!column.name.is_empty(), "a column has no name");
        assert_eq!(
            column.values.len(),
            raw.table.rows(),
            "column {} is too short",
            column.name
        );
    }
    assert!(
        raw.table
            .columns()
            .iter()
            .any(|column| !column.unit.is_empty()),
        "no column of the raw table has a unit"
    );
    assert!(
        raw.altdata.contains_key("target"),
        "the raw photometry does not say what it was asked for"
    );
}

/// C5: the same table gives the same lightcurves.
pub async fn the_same_table_gives_the_same_lightcurves(case: &Case) {
    let raw = raw(case).await;
    let (first, second) = (reduce(case, &raw), reduce(case, &raw));
    assert_eq!(
        first.rejected, second.rejected,
        "two reductions reject different objects"
    );
    assert_eq!(
        format!("{:?}", first.lightcurves),
        format!("{:?}", second.lightcurves)
    );
}

/// Order and numbers follow from start times, and times are mid-exposure.
pub async fn lightcurves_are_sorted_numbered_and_at_mid_exposure(case: &Case) {
    let lightcurves = reduce(case, &raw(case).await).lightcurves;
    let total = lightcurves.len() as u32;
    for (index, lightcurve) in lightcurves.iter().enumerate() {
        assert_eq!(
            lightcurve.series_number,
            index as u32 + 1,
            "lightcurves are numbered from 1 in order"
        );
        assert_eq!(
            lightcurve.series_total, total,
            "the total is the number of lightcurves"
        );
        assert_eq!(
            lightcurve.frame.alignment,
            TimeAlignment::Middle,
            "times are at mid-exposure"
        );
        let times: Vec<f64> = lightcurve
            .epochs
            .mjd
            .iter()
            .copied()
            .filter(|time| !time.is_nan())
            .collect();
        assert!(
            times.is_sorted(),
            "epochs of lightcurve {} are not sorted",
            index + 1
        );
        let untimed = lightcurve.epochs.mjd.iter().skip(times.len());
        assert!(
            untimed.clone().all(|time| time.is_nan()),
            "epochs without a time stand at the end"
        );
    }
    let starts: Vec<f64> = lightcurves
        .iter()
        .map(|lc| lc.statistics.time_start.unwrap_or(f64::INFINITY))
        .collect();
    assert!(
        starts.is_sorted(),
        "lightcurves are not ordered by start time"
    );
}

/// Columns are of one length, and the statistics are those of the epochs.
pub async fn lightcurves_have_equal_columns_and_true_statistics(case: &Case) {
    for lightcurve in reduce(case, &raw(case).await).lightcurves {
        let epochs = &lightcurve.epochs;
        let number = epochs.len();
        assert!(number > 0, "a lightcurve without epochs");
        let lengths = [
            epochs.mag.len(),
            epochs.magerr.len(),
            epochs.flux.len(),
            epochs.fluxerr.len(),
            epochs.flag.len(),
            epochs.exptime.len(),
            epochs.ra.len(),
            epochs.dec.len(),
        ];
        assert!(
            lengths.iter().all(|&length| length == number),
            "columns of different length: {lengths:?}"
        );
        assert!(
            epochs
                .extra
                .iter()
                .all(|column| column.values.len() == number)
        );
        assert!(!epochs.flux_unit.is_empty(), "the flux has no unit");
        assert_eq!(
            lightcurve.statistics,
            Statistics::of(epochs),
            "statistics of other epochs"
        );
        let untimed_flagged =
            (0..number).all(|epoch| !epochs.mjd[epoch].is_nan() || epochs.flag[epoch]);
        assert!(untimed_flagged, "an epoch without a time is not flagged");
    }
}

/// Reduction orders and marks epochs; it makes none and mixes no filters.
pub async fn each_lightcurve_has_one_filter_and_no_epoch_is_invented(case: &Case) {
    let raw = raw(case).await;
    let lightcurves = case
        .observatory
        .reduce_for(&raw, None)
        .expect("raw photometry reduces")
        .lightcurves;
    let epochs: usize = lightcurves
        .iter()
        .map(|lightcurve| lightcurve.epochs.len())
        .sum();
    assert!(
        epochs <= raw.table.rows(),
        "{epochs} epochs out of {} rows",
        raw.table.rows()
    );
    for lightcurve in &lightcurves {
        assert!(
            !lightcurve.filter.is_empty(),
            "a lightcurve without a filter"
        );
        assert_eq!(lightcurve.source_name, raw.source_name);
        assert_eq!(lightcurve.observatory, raw.observatory);
    }
}

/// Nothing in, nothing out.
pub fn an_empty_table_gives_no_lightcurves(case: &Case) {
    let empty = RawPhotometry {
        observatory: case.observatory.name().to_owned(),
        source_name: case.somewhere.name.clone(),
        time: None,
        table: Table::default(),
        altdata: serde_json::Map::new(),
    };
    let reduction = case.observatory.reduce_for(&empty, Some(&case.somewhere));
    let lightcurves: Option<Vec<Lightcurve>> =
        reduction.ok().map(|reduction| reduction.lightcurves);
    assert_eq!(
        lightcurves,
        Some(Vec::new()),
        "an empty table is not an error and gives nothing"
    );
}

async fn raw(case: &Case) -> RawPhotometry {
    match case.observatory.fetch(&case.somewhere).await {
        Ok(Fetched::Data { raw, .. }) => raw,
        other => panic!("the target with data gave {other:?}"),
    }
}

fn reduce(case: &Case, raw: &RawPhotometry) -> Reduction {
    case.observatory
        .reduce(raw)
        .expect("raw photometry reduces")
}

/// Equal in every bit that prints; NaN equals NaN.
fn same_table(a: &Table, b: &Table) -> bool {
    format!("{a:?}") == format!("{b:?}")
}
