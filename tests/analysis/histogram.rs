//! Histograms of any data: nothing is lost, and no order matters.

use std::borrow::Cow;

use proptest::prelude::*;
use retriever::analysis::histogram::{
    AxisValues, Histogram, HistogramError, HistogramParameters, Sample,
};

/// One lightcurve's worth of epochs.
#[derive(Debug, Clone)]
struct Batch {
    mag: Option<f64>,
    filter: String,
    exptime: Vec<f64>,
    snr: Vec<f64>,
    dmag: Vec<f64>,
    keep: Option<Vec<bool>>,
}

/// Numbers of all kinds, most of them near the axes.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -25.0..25.0f64,
        1 => prop::num::f64::ANY,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -20.05, 20.05, 1e300]),
    ]
}

fn exposure() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => prop::sample::select(vec![30.0, 30.5, 29.5, 120.0]),
        1 => number(),
        1 => -1e5..1e5f64,
    ]
}

prop_compose! {
    fn batch()(epochs in 0..40usize)(
        mag in prop::option::of(prop_oneof![14.0..22.0f64, number()]),
        filter in prop::sample::select(vec!["zg", "zr", "TESS", "", "é"]),
        exptime in prop::collection::vec(exposure(), epochs),
        snr in prop::collection::vec(number(), epochs),
        dmag in prop::collection::vec(number(), epochs),
        keep in prop::option::of(prop::collection::vec(any::<bool>(), epochs)),
    ) -> Batch {
        Batch { mag, filter: filter.to_owned(), exptime, snr, dmag, keep }
    }
}

fn empty() -> Histogram {
    Histogram::new(
        "all_scores",
        &HistogramParameters::default(),
        &["snr", "dmag"],
    )
    .unwrap()
}

fn count(histogram: &mut Histogram, batch: &Batch) {
    let axes = [
        (
            "mag",
            batch.mag.map_or(AxisValues::Missing, AxisValues::Number),
        ),
        (
            "exptime",
            AxisValues::Numbers(Cow::Borrowed(&batch.exptime)),
        ),
        ("filter", AxisValues::Word(&batch.filter)),
    ];
    let sample = Sample {
        epochs: batch.snr.len(),
        axes: &axes,
        scores: &[("snr", &batch.snr), ("dmag", &batch.dmag)],
        keep: batch.keep.as_deref(),
    };
    histogram.add(&sample).unwrap();
}

fn histogram<'a>(batches: impl IntoIterator<Item = &'a Batch>) -> Histogram {
    let mut histogram = empty();
    for batch in batches {
        count(&mut histogram, batch);
    }
    histogram
}

proptest! {
    #[test]
    fn every_epoch_is_counted_exactly_once_for_each_score(batches in prop::collection::vec(batch(), 0..8)) {
        let kept = |batch: &Batch| match &batch.keep {
            Some(keep) => keep.iter().filter(|keep| **keep).count(),
            None => batch.snr.len(),
        };
        let epochs: usize = batches.iter().map(kept).sum();
        let histogram = histogram(&batches);
        prop_assert_eq!(histogram.epochs(), epochs as u64);
        let description = histogram.description();
        for (score, counts) in ["snr", "dmag"].into_iter().zip(&description.counts) {
            let totals = histogram.totals(score).unwrap();
            let sum = totals.counted + totals.underflow + totals.overflow + totals.nan;
            prop_assert_eq!(sum, epochs as u64);
            prop_assert_eq!(counts.dense().iter().sum::<u64>(), totals.counted);
        }
        let lost = [&description.underflow, &description.overflow, &description.nan];
        let lost: u64 = lost.into_iter().flatten().sum();
        let counted: u64 = description.counts.iter().flat_map(|counts| counts.dense()).sum();
        prop_assert_eq!(lost + counted, 2 * epochs as u64);
    }

    #[test]
    fn the_stored_form_does_not_depend_on_the_order_or_on_who_counted(
        batches in prop::collection::vec(batch(), 0..8).prop_shuffle(), split in 0..8usize,
    ) {
        let forward = histogram(&batches);
        let backward = histogram(batches.iter().rev());
        prop_assert_eq!(forward.to_json(), backward.to_json());
        let (ours, theirs) = batches.split_at(split.min(batches.len()));
        let sum = (histogram(ours) + histogram(theirs)).unwrap();
        prop_assert_eq!(sum.to_json(), forward.to_json());
        prop_assert_eq!(sum.description().counts, forward.description().counts);
        let restored = Histogram::from_json(&forward.to_json()).unwrap();
        prop_assert_eq!(restored.to_json(), forward.to_json());
        prop_assert_eq!(&restored + &empty(), Ok(forward));
    }

    #[test]
    fn addition_is_associative_and_commutative(one in batch(), two in batch(), three in batch()) {
        let [one, two, three] = [&one, &two, &three].map(|batch| histogram([batch]));
        prop_assert_eq!(&one + &two, &two + &one);
        let left = (&one + &two).and_then(|sum| &sum + &three);
        let right = (&two + &three).and_then(|sum| &one + &sum);
        prop_assert_eq!(left.unwrap().to_json(), right.unwrap().to_json());
    }

    #[test]
    fn what_is_cut_in_pieces_counts_as_the_whole(batch in batch(), at in 0..40usize) {
        let at = at.min(batch.snr.len());
        let piece = |range: std::ops::Range<usize>| Batch {
            exptime: batch.exptime[range.clone()].to_vec(),
            snr: batch.snr[range.clone()].to_vec(),
            dmag: batch.dmag[range.clone()].to_vec(),
            keep: batch.keep.as_ref().map(|keep| keep[range].to_vec()),
            ..batch.clone()
        };
        let pieces = [piece(0..at), piece(at..batch.snr.len())];
        prop_assert_eq!(histogram(&pieces).to_json(), histogram([&batch]).to_json());
    }

    #[test]
    fn any_text_is_refused_or_read_and_never_a_panic(text in ".{0,200}", at in 0..4000usize) {
        let _ = Histogram::from_json(&text);
        let mut stored = histogram([&Batch {
            mag: None, filter: "zg".to_owned(), exptime: vec![30.0], snr: vec![1.0], dmag: vec![0.0], keep: None,
        }]).to_json();
        let at = at % stored.len();
        if stored.is_char_boundary(at) {
            stored.insert_str(at, &text);
            let _ = Histogram::from_json(&stored);
        }
    }
}

#[test]
fn histograms_of_different_axes_are_not_added() {
    let other = HistogramParameters::default();
    let fewer = Histogram::new("all_scores", &other, &["snr"]).unwrap();
    assert!(matches!(
        empty() + fewer,
        Err(HistogramError::Different { .. })
    ));
    let good = Histogram::new("good_scores", &other, &["snr", "dmag"]).unwrap();
    assert!(matches!(
        empty() + good,
        Err(HistogramError::Different { .. })
    ));
    let wider = HistogramParameters {
        max_growth: 5,
        ..other
    };
    let wider = Histogram::new("all_scores", &wider, &["snr", "dmag"]).unwrap();
    assert!(matches!(
        empty() + wider,
        Err(HistogramError::Different { .. })
    ));
}
