//! Behaviour of histograms; numbers by hand unless stated.

use std::borrow::Cow;

use super::*;
use crate::photometry::Text;

fn parameters() -> HistogramParameters {
    let axes = |axes: &[(&str, AxisSpec)]| {
        let owned = axes
            .iter()
            .map(|(name, spec)| ((*name).to_owned(), spec.clone()));
        owned.collect()
    };
    HistogramParameters {
        score_coords: axes(&[
            ("snr", AxisSpec::fixed(-10.0, 10.0, 0.1)),
            ("dmag", AxisSpec::fixed(-3.0, 3.0, 0.1)),
        ]),
        source_coords: axes(&[("mag", AxisSpec::fixed(15.0, 21.0, 0.5))]),
        obs_coords: axes(&[
            ("exptime", AxisSpec::dynamic(30.0, 0.3)),
            ("filt", AxisSpec::Words { unit: None }),
        ]),
        ..HistogramParameters::default()
    }
}

fn histogram() -> Histogram {
    Histogram::new("test", &parameters(), &["snr", "dmag"]).unwrap()
}

fn add(
    histogram: &mut Histogram,
    mag: AxisValues,
    exptime: f64,
    filter: &str,
    scores: [&[f64]; 2],
) {
    let sample = Sample {
        epochs: scores[0].len(),
        axes: &[
            ("mag", mag),
            ("exptime", AxisValues::Number(exptime)),
            ("filt", AxisValues::Word(filter)),
        ],
        scores: &[("snr", scores[0]), ("dmag", scores[1])],
        keep: None,
    };
    histogram.add(&sample).unwrap();
}

fn numbers(description: &Description, axis: &str) -> Vec<f64> {
    match &coordinate(description, axis).values {
        CoordinateValues::Numbers(numbers) => numbers.clone(),
        CoordinateValues::Words(_) => panic!("words"),
    }
}

fn coordinate<'a>(description: &'a Description, axis: &str) -> &'a Coordinate {
    let mut coordinates = description.coordinates.iter();
    coordinates
        .find(|coordinate| coordinate.name == axis)
        .unwrap()
}

// Case 15 of the original's tests.
#[test]
fn fixed_axes_have_the_original_lengths_before_there_are_data() {
    let description = histogram().description();
    assert_eq!(coordinate(&description, "snr").values.len(), 201);
    assert_eq!(coordinate(&description, "dmag").values.len(), 61);
    assert_eq!(coordinate(&description, "mag").values.len(), 13);
    assert_eq!(coordinate(&description, "exptime").values.len(), 0);
    assert!(
        description
            .counts
            .iter()
            .all(|counts| counts.dense().is_empty())
    );
    let defaults = Histogram::new(
        "all",
        &HistogramParameters::default(),
        &["snr", "dmag", "offset"],
    );
    let axes: Vec<usize> = defaults.unwrap().description().coordinates[3..]
        .iter()
        .map(|coordinate| coordinate.values.len())
        .collect();
    assert_eq!(axes, [401, 61, 101]);
}

// Case 16.
#[test]
fn data_without_an_axis_are_an_error_and_change_nothing() {
    let mut histogram = histogram();
    let sample = Sample {
        epochs: 1,
        axes: &[
            ("exptime", AxisValues::Number(30.0)),
            ("filt", AxisValues::Word("R")),
        ],
        scores: &[],
        keep: None,
    };
    let error = histogram.add(&sample).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("could not find data for axis \"mag\""),
        "{error}"
    );
    assert_eq!(histogram.epochs(), 0);
    let error = Histogram::new("x", &parameters(), &["offset"]).unwrap_err();
    assert_eq!(
        error,
        HistogramError::UnknownScore {
            score: "offset".to_owned()
        }
    );
}

// Cases 17 and 18.
#[test]
fn counts_stand_at_their_filter_magnitude_and_score() {
    let mut histogram = histogram();
    let snr = [0.0; 10];
    let dmag: Vec<f64> = (0..10)
        .map(|epoch| if epoch < 5 { 1.3 } else { 0.0 })
        .collect();
    add(
        &mut histogram,
        AxisValues::Number(18.0),
        30.0,
        "R",
        [&snr, &dmag],
    );
    let description = histogram.description();
    assert_eq!(numbers(&description, "exptime"), [30.0]);
    let counts = &description.counts[1];
    assert_eq!(counts.name, "dmag_counts");
    assert_eq!(counts.dimensions, ["mag", "exptime", "filt", "dmag"]);
    assert_eq!(counts.shape, [13, 1, 1, 61]);
    let dense = counts.dense();
    // magnitude 18 is the seventh bin; dmag 0 and 1.3 are the 31st and the 44th
    assert_eq!((dense[6 * 61 + 30], dense[6 * 61 + 43]), (5, 5));
    assert_eq!(dense.iter().sum::<u64>(), 10);

    for filter in ["V", "I"] {
        add(
            &mut histogram,
            AxisValues::Number(18.0),
            30.0,
            filter,
            [&[0.0; 5], &[0.0; 5]],
        );
    }
    let description = histogram.description();
    let words = CoordinateValues::Words(vec!["I".to_owned(), "R".to_owned(), "V".to_owned()]);
    assert_eq!(coordinate(&description, "filt").values, words);
    let dense = description.counts[1].dense();
    let at_zero = (0..3).map(|filter| dense[(6 * 3 + filter) * 61 + 30]);
    assert_eq!(at_zero.collect::<Vec<_>>(), [5, 5, 5]);
}

// Case 19, on our lattice (30 + 0.3·k): 20.3 s and 39.8 s are in the bins of 20.4 s and 39.9 s, and only occupied
// bins are kept, where the original makes 66.
#[test]
fn growing_axes_keep_to_their_lattice_and_have_occupied_bins_only() {
    let mut histogram = histogram();
    for (exptime, epochs) in [(30.0, 20), (20.3, 5), (39.8, 95)] {
        let zero = vec![0.0; epochs];
        add(
            &mut histogram,
            AxisValues::Number(18.0),
            exptime,
            "R",
            [&zero, &zero],
        );
    }
    let description = histogram.description();
    let exptime = numbers(&description, "exptime");
    for (center, expected) in exptime.iter().zip([20.4, 30.0, 39.9]) {
        assert!((center - expected).abs() < 1e-9, "{exptime:?}");
    }
    let dense = description.counts[0].dense();
    let counts: Vec<u64> = (0..3)
        .map(|place| dense[(6 * 3 + place) * 201 + 100])
        .collect();
    assert_eq!(counts, [5, 20, 95]);
}

// Case 20 with the exact quantiles of a normal distribution of sigma 3 instead of a random sample: 90.4 % are within
// 5, 4.8 % on either side.
#[test]
fn a_normal_score_is_where_it_should_be() {
    use statrs::function::erf::erf_inv;
    let values = (0..1_000).map(|k| (f64::from(k) + 0.5) / 1_000.0);
    let snr: Vec<f64> = values
        .map(|p| 3.0 * 2f64.sqrt() * erf_inv(2.0 * p - 1.0))
        .collect();
    let mut histogram = histogram();
    add(
        &mut histogram,
        AxisValues::Number(18.0),
        30.0,
        "R",
        [&snr, &snr],
    );
    let dense = histogram.description().counts[0].dense();
    let row = &dense[6 * 201..7 * 201];
    let sum = |bins: std::ops::Range<usize>| row[bins].iter().sum::<u64>();
    assert!(sum(50..151) > 5 * sum(151..201) && sum(50..151) > 5 * sum(0..50));
    let within: u64 = sum(50..151);
    // bins cover -5.05 to 5.05: erf(5.05/3/sqrt 2) = 0.9077 (scipy)
    assert!(within.abs_diff(908) <= 1, "{within}");
}

// Cases 21 and 22; the original counts an epoch in several overflows, here each is counted once for each score.
#[test]
fn what_is_out_of_range_is_counted_once_for_each_score() {
    let mut histogram = histogram();
    let mut snr = vec![0.0; 100];
    (snr[0], snr[1], snr[2]) = (100.0, -100.0, f64::NAN);
    (snr[3], snr[4]) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut dmag = vec![0.0; 100];
    dmag[..10].fill(100.0);
    add(
        &mut histogram,
        AxisValues::Number(18.0),
        30.0,
        "R",
        [&snr, &dmag],
    );
    let totals = histogram.totals("snr").unwrap();
    assert_eq!(
        (
            totals.underflow,
            totals.overflow,
            totals.nan,
            totals.counted
        ),
        (2, 2, 1, 95)
    );
    let totals = histogram.totals("dmag").unwrap();
    assert_eq!(
        (
            totals.underflow,
            totals.overflow,
            totals.nan,
            totals.counted
        ),
        (0, 10, 0, 90)
    );

    add(
        &mut histogram,
        AxisValues::Number(25.3),
        30.0,
        "R",
        [&snr, &dmag],
    );
    assert_eq!(histogram.lost("snr", "mag", Outside::Overflow), Some(100));
    assert_eq!(histogram.lost("dmag", "mag", Outside::Overflow), Some(100));
    assert_eq!(histogram.lost("snr", "snr", Outside::Overflow), Some(2));
    add(
        &mut histogram,
        AxisValues::Number(18.0),
        1e6,
        "R",
        [&snr, &dmag],
    );
    assert_eq!(
        histogram.lost("snr", "exptime", Outside::Overflow),
        Some(100)
    );
    add(
        &mut histogram,
        AxisValues::Number(18.0),
        f64::NAN,
        "R",
        [&snr, &dmag],
    );
    assert_eq!(histogram.lost("snr", "exptime", Outside::Nan), Some(100));
    for score in ["snr", "dmag"] {
        let totals = histogram.totals(score).unwrap();
        assert_eq!(
            totals.counted + totals.underflow + totals.overflow + totals.nan,
            400
        );
        assert_eq!(totals.epochs, 400);
    }
}

#[test]
fn a_source_without_a_value_has_a_bin_of_its_own() {
    let mut histogram = histogram();
    for mag in [
        AxisValues::Missing,
        AxisValues::Number(f64::NAN),
        AxisValues::Number(18.0),
    ] {
        add(&mut histogram, mag, 30.0, "R", [&[0.0], &[0.0]]);
    }
    assert_eq!(histogram.totals("snr").unwrap().counted, 3);
    let description = histogram.description();
    let mag = numbers(&description, "mag");
    assert_eq!(mag.len(), 14);
    assert!(mag[13].is_nan());
    assert_eq!(description.counts[0].dense()[13 * 201 + 100], 2);
}

#[test]
fn a_bin_holds_its_lower_edge_and_not_its_upper_one_for_columns_and_single_values() {
    let coords = |name: &str| [(name.to_owned(), AxisSpec::fixed(0.0, 4.0, 1.0))].into();
    let parameters = HistogramParameters {
        score_coords: coords("score"),
        source_coords: coords("mag"),
        obs_coords: Default::default(),
        ..HistogramParameters::default()
    };
    let mut histogram = Histogram::new("edges", &parameters, &["score"]).unwrap();
    let values = [-0.5, 1.5, 4.499, 4.5, -0.501];
    for mag in [
        AxisValues::Number(1.5),
        AxisValues::Numbers(Cow::Owned(vec![1.5; 5])),
    ] {
        let sample = Sample {
            epochs: 5,
            axes: &[("mag", mag)],
            scores: &[("score", &values)],
            keep: None,
        };
        histogram.add(&sample).unwrap();
    }
    let description = histogram.description();
    assert_eq!(description.counts[0].dense()[10..15], [2, 0, 2, 0, 2]);
    let totals = histogram.totals("score").unwrap();
    assert_eq!((totals.underflow, totals.overflow), (2, 2));
}

#[test]
fn only_kept_epochs_are_counted_and_columns_of_the_epoch_lead_to_their_cells() {
    let mut histogram = histogram();
    let filters: Text = ["R", "R", "V", "R", "V"].into_iter().collect();
    let sample = Sample {
        epochs: 5,
        axes: &[
            ("mag", AxisValues::Number(18.0)),
            (
                "exptime",
                AxisValues::Numbers(Cow::Owned(vec![30.0, 60.0, 60.0, 60.0, 30.0])),
            ),
            ("filt", AxisValues::Words(&filters)),
        ],
        scores: &[("snr", &[1.0, 2.0, 3.0, 4.0, f64::NAN])],
        keep: Some(&[true, true, true, false, true]),
    };
    histogram.add(&sample).unwrap();
    let totals = histogram.totals("snr").unwrap();
    assert_eq!((totals.epochs, totals.counted, totals.nan), (4, 3, 1));
    let dmag = histogram.totals("dmag").unwrap();
    assert_eq!(
        (dmag.counted, dmag.nan),
        (0, 4),
        "a score without column is NaN"
    );
    let description = histogram.description();
    // exposures 30 and 60 s, filters R and V
    assert_eq!(description.counts[0].shape, [13, 2, 2, 201]);
    let dense = description.counts[0].dense();
    let at = |exptime: usize, filter: usize, snr: usize| {
        dense[((6 * 2 + exptime) * 2 + filter) * 201 + snr]
    };
    assert_eq!((at(0, 0, 110), at(1, 0, 120), at(1, 1, 130)), (1, 1, 1));
}

#[test]
fn columns_of_wrong_length_or_kind_are_errors() {
    let mut histogram = histogram();
    let axes = |filter| {
        [
            ("mag", AxisValues::Missing),
            ("exptime", AxisValues::Missing),
            ("filt", filter),
        ]
    };
    let sample = Sample {
        epochs: 2,
        axes: &axes(AxisValues::Word("R")),
        scores: &[("snr", &[1.0])],
        keep: None,
    };
    assert!(matches!(
        histogram.add(&sample),
        Err(HistogramError::Length { .. })
    ));
    let sample = Sample {
        epochs: 1,
        axes: &axes(AxisValues::Number(1.0)),
        scores: &[("snr", &[1.0])],
        keep: None,
    };
    assert!(matches!(
        histogram.add(&sample),
        Err(HistogramError::Kind { .. })
    ));
    assert_eq!(histogram, self::histogram());
}

#[test]
fn far_exposure_times_cost_two_cells_and_not_all_bins_between() {
    let mut histogram = Histogram::new(
        "all",
        &HistogramParameters::default(),
        &["snr", "dmag", "offset"],
    )
    .unwrap();
    for exptime in [20.0, 120.0, 1_800.0] {
        let values = [-20.0, 20.0, 0.0];
        let sample = Sample {
            epochs: 3,
            axes: &[
                ("mag", AxisValues::Number(18.0)),
                ("exptime", AxisValues::Number(exptime)),
                ("filter", AxisValues::Word("R")),
            ],
            scores: &[("snr", &values), ("dmag", &values), ("offset", &values)],
            keep: None,
        };
        histogram.add(&sample).unwrap();
    }
    // the original takes 49.7 MB for this
    assert!(histogram.bytes() < 30_000, "{}", histogram.bytes());
    assert_eq!(
        numbers(&histogram.description(), "exptime"),
        [20.0, 120.0, 1_800.0]
    );
}

#[test]
fn a_stored_sum_that_contradicts_itself_is_refused() {
    let mut histogram = histogram();
    add(
        &mut histogram,
        AxisValues::Missing,
        30.0,
        "R",
        [&[0.0, 99.0], &[0.1, f64::NAN]],
    );
    let text = histogram.to_json();
    assert_eq!(Histogram::from_json(&text).unwrap().to_json(), text);
    for (from, to) in [
        ("\"epochs\":2", "\"epochs\":3"),
        ("\"version\":1", "\"version\":2"),
        ("\"first\":100", "\"first\":300"),
        ("\"step\":0.5", "\"step\":0.0"),
        ("\"at\":[null,0,\"R\"]", "\"at\":[null,0]"),
        ("\"at\":[null,0,\"R\"]", "\"at\":[null,null,\"R\"]"),
        ("\"at\":[null,0,\"R\"]", "\"at\":[99,0,\"R\"]"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        let error = Histogram::from_json(&text.replace(from, to)).unwrap_err();
        assert!(
            matches!(error, HistogramError::Unreadable { .. }),
            "{to}: {error}"
        );
    }
}
