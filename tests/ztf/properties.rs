//! What holds for any table, however odd.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use retriever::catalog::Target;
use retriever::observatory::{Observatory, Reduction};
use retriever::photometry::{Column, RawPhotometry, Table, Text, Values};

use super::ztf;

/// One row: oid, filter, mjd, mag, magerr, catflags, ra, dec, exptime.
type RowOf = (i64, &'static str, f64, f32, f32, i32, f64, f64, f32);

const OIDS: [i64; 6] = [
    736_115_200_001_082,
    736_115_200_001_083,
    736_215_200_001_589,
    0,
    -7,
    i64::MAX,
];

fn odd_f64(plain: std::ops::Range<f64>) -> impl Strategy<Value = f64> {
    prop_oneof![
        12 => plain,
        1 => Just(f64::NAN),
        1 => prop::sample::select(vec![f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 0.0, -0.0]),
    ]
}

fn odd_f32(plain: std::ops::Range<f32>) -> impl Strategy<Value = f32> {
    prop_oneof![
        12 => plain,
        1 => Just(f32::NAN),
        1 => prop::sample::select(vec![f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1.0, 0.0]),
    ]
}

fn row() -> impl Strategy<Value = RowOf> {
    (
        prop::sample::select(OIDS.to_vec()),
        prop_oneof![9 => Just("zg"), 1 => prop::sample::select(vec!["zr", "", "Ä"])],
        odd_f64(58_000.0..58_400.0),
        odd_f32(17.0..19.0),
        odd_f32(0.01..0.1),
        prop::sample::select(vec![0, 0, 0, 1, 32_768, 65_535, -1, i32::MIN]),
        odd_f64(359.9995..360.0),
        odd_f64(19.9995..20.0005),
        odd_f32(20.0..300.0),
    )
}

fn photometry(rows: &[RowOf]) -> RawPhotometry {
    let column = |name: &str, values| Column::new(name, "", "", values);
    let filters: Text = rows.iter().map(|row| row.1).collect();
    let columns = vec![
        column("oid", Values::Int64(rows.iter().map(|row| row.0).collect())),
        column("filtercode", Values::Text(filters)),
        column(
            "mjd",
            Values::Float64(rows.iter().map(|row| row.2).collect()),
        ),
        column(
            "mag",
            Values::Float32(rows.iter().map(|row| row.3).collect()),
        ),
        column(
            "magerr",
            Values::Float32(rows.iter().map(|row| row.4).collect()),
        ),
        column(
            "catflags",
            Values::Int32(rows.iter().map(|row| row.5).collect()),
        ),
        column(
            "ra",
            Values::Float64(rows.iter().map(|row| row.6).collect()),
        ),
        column(
            "dec",
            Values::Float64(rows.iter().map(|row| row.7).collect()),
        ),
        column(
            "exptime",
            Values::Float32(rows.iter().map(|row| row.8).collect()),
        ),
    ];
    RawPhotometry {
        observatory: "ZTF".to_owned(),
        source_name: "star".to_owned(),
        time: None,
        table: Table::new(columns).unwrap(),
        altdata: serde_json::Map::new(),
    }
}

fn target() -> impl Strategy<Value = Option<Target>> {
    let target = (
        odd_f64(0.0..360.0),
        odd_f64(-1000.0..1000.0),
        prop::option::of(odd_f64(16.0..20.0)),
        prop::option::of(prop::sample::select(vec!["zg", "Gaia_G", ""])),
    );
    prop::option::of(target.prop_map(|(_, pm, mag, filter)| Target {
        name: "star".to_owned(),
        ra: 359.9998,
        dec: 20.0,
        epoch: 2016.0,
        pmra: Some(pm),
        mag,
        mag_filter: filter.map(str::to_owned),
        ..Target::default()
    }))
}

/// Observatories that differ in one parameter, made once: each has an HTTP client of its own.
fn differing(name: &str, values: &[f64]) -> Vec<(f64, Observatory)> {
    values
        .iter()
        .map(|&value| (value, ztf(&[(name, value.into())])))
        .collect()
}

static BY_GAP: LazyLock<Vec<(f64, Observatory)>> =
    LazyLock::new(|| differing("gap", &[0.0, 0.5, 7.0, 40.0, 1e6]));
static BY_RADIUS: LazyLock<Vec<(f64, Observatory)>> =
    LazyLock::new(|| differing("radius", &[0.1, 0.5, 1.0, 3.0]));

/// Rows of each object number.
fn counted(oids: impl Iterator<Item = i64>) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for oid in oids {
        *counts.entry(oid).or_insert(0) += 1;
    }
    counts
}

/// Object numbers that a reduction names as left out.
fn rejected(reduction: &Reduction) -> BTreeSet<i64> {
    let number = |words: &String| words.strip_prefix("oid ")?.split(' ').next()?.parse().ok();
    let numbers: Option<BTreeSet<i64>> = reduction.rejected.iter().map(number).collect();
    let numbers = numbers.expect("each sentence begins with the object's number");
    assert_eq!(
        numbers.len(),
        reduction.rejected.len(),
        "each object is named once"
    );
    numbers
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_epoch_is_in_one_lightcurve_or_its_object_is_named(
        rows in prop::collection::vec(row(), 0..60), target in target(), which in 0usize..5,
    ) {
        let (_, observatory) = &BY_GAP[which];
        let reduction = observatory.reduce_for(&photometry(&rows), target.as_ref()).unwrap();
        let rejected = rejected(&reduction);
        let mut kept = Vec::new();
        for curve in &reduction.lightcurves {
            let oid: i64 = curve.altdata["object_id"].as_str().unwrap().parse().unwrap();
            kept.extend(std::iter::repeat_n(oid, curve.epochs.len()));
        }
        let mut expected = counted(rows.iter().map(|row| row.0));
        expected.retain(|oid, _| !rejected.contains(oid));
        prop_assert_eq!(counted(kept.into_iter()), expected);
    }

    #[test]
    fn no_step_in_a_lightcurve_is_longer_than_the_gap_and_none_mixes_objects(
        rows in prop::collection::vec(row(), 0..60), target in target(), which in 0usize..5,
    ) {
        let (gap, observatory) = &BY_GAP[which];
        let reduction = observatory.reduce_for(&photometry(&rows), target.as_ref()).unwrap();
        for (index, curve) in reduction.lightcurves.iter().enumerate() {
            prop_assert_eq!(curve.series_number as usize, index + 1);
            prop_assert_eq!(curve.series_total as usize, reduction.lightcurves.len());
            for pair in curve.epochs.mjd.windows(2) {
                let too_long = pair[1] - pair[0] > *gap;
                prop_assert!(!too_long && (pair[0] <= pair[1] || pair[1].is_nan()));
            }
            let oid: i64 = curve.altdata["object_id"].as_str().unwrap().parse().unwrap();
            let filters: BTreeSet<&str> = rows.iter().filter(|row| row.0 == oid).map(|row| row.1).collect();
            prop_assert_eq!(filters, BTreeSet::from([curve.filter.as_str()]));
            for epoch in 0..curve.epochs.len() {
                let unusable = !curve.epochs.mjd[epoch].is_finite() || curve.epochs.mag[epoch].is_nan();
                prop_assert!(curve.epochs.flag[epoch] || !unusable);
            }
        }
    }

    #[test]
    fn an_object_that_is_kept_has_a_position_within_the_radius(
        rows in prop::collection::vec(row(), 0..60), which in 0usize..4,
    ) {
        let target = Target { name: "star".to_owned(), ra: 359.9998, dec: 20.0, epoch: 2016.0, ..Target::default() };
        let (radius, observatory) = &BY_RADIUS[which];
        let reduction = observatory.reduce_for(&photometry(&rows), Some(&target)).unwrap();
        for curve in &reduction.lightcurves {
            let place = |name: &str| curve.altdata[name].as_f64();
            let (ra, dec) = (place("ra").expect("a position"), place("dec").expect("a position"));
            // flat sky: good to a millionth at these distances
            let east = (ra - target.ra + 540.0).rem_euclid(360.0) - 180.0;
            let distance = (east * 20f64.to_radians().cos()).hypot(dec - target.dec) * 3600.0;
            prop_assert!(distance <= radius * 1.000_01, "{}", distance);
        }
    }

    #[test]
    fn a_table_without_a_column_or_of_another_type_is_an_error_and_no_panic(
        rows in prop::collection::vec(row(), 1..5), lost in 0usize..9, texts in any::<bool>(),
    ) {
        let raw = photometry(&rows);
        let mut columns = raw.table.columns().to_vec();
        if texts {
            columns[lost].values = Values::Text(rows.iter().map(|_| "x").collect());
        } else {
            columns.remove(lost);
        }
        let was_text = texts && raw.table.columns()[lost].name == "filtercode";
        let broken = RawPhotometry { table: Table::new(columns).unwrap(), ..raw };
        prop_assert_eq!(BY_GAP[0].1.reduce_for(&broken, None).is_ok(), was_text);
    }
}
