//! The matched filter at the edges: exact cadences, equal and enormous times, tiny errors, the ends of a lightcurve, more
//! events than are kept.

use retriever::analysis::{Event, Found, MatchedFilter, Shape};
use retriever::photometry::Lightcurve;

use super::finder_support::{filter, found, gaussian, of_flux, random, values};

/// Noise of 1 around 100 at these times, with this added at each epoch.
fn lightcurve(seed: u64, mjd: Vec<f64>, add: impl Fn(usize) -> f64) -> Lightcurve {
    let number = mjd.len();
    let noise = gaussian(number, &mut random(seed));
    let flux = noise.iter().enumerate();
    let flux = flux.map(|(epoch, noise)| 100.0 + noise + add(epoch));
    of_flux(mjd, flux.collect(), vec![1.0; number])
}

fn every(cadence: f64, start: f64, number: u32) -> Vec<f64> {
    (0..number)
        .map(|epoch| start + f64::from(epoch) * cadence)
        .collect()
}

/// The event that has this epoch.
fn at(found: &Found, epoch: usize) -> Option<&Event> {
    let mut events = found.events.iter();
    events.find(|event| event.epochs.contains(&epoch))
}

#[test]
fn a_box_as_wide_as_a_multiple_of_the_cadence_has_its_outermost_epochs() {
    for (cadence, length, start) in [
        (0.1, 2, 0.0),
        (0.1, 2, 59_000.0),
        (0.1, 2, 2_459_000.5),
        (0.02, 6, 0.0),
        (0.02, 6, 59_000.0),
    ] {
        let filter = filter(|p| {
            p.template_shapes = vec![Shape::Box];
            (p.min_width, p.max_width, p.min_epochs) = (0.1, 0.1, 2);
        });
        for first in 300..320 {
            let inside = first..first + length;
            let made = lightcurve(first as u64, every(cadence, start, 600), |epoch| {
                if inside.contains(&epoch) { 12.0 } else { 0.0 }
            });
            let found = found(&filter, &made);
            let [event] = &found.events[..] else {
                panic!("{cadence} {start} {first}: {:?}", found.events);
            };
            assert_eq!(event.epochs, inside, "{cadence} {start}");
            let sum: f64 = inside.clone().map(|n| made.epochs.flux[n] - 100.0).sum();
            let expected = sum / (length as f64).sqrt();
            // the level is not exactly 100
            assert!(
                (event.score - expected).abs() < 0.5,
                "{cadence} {start} {first}: {} is not {expected}",
                event.score
            );
            let scores = values(&found.scores[0].columns, "snr");
            let highest = scores[inside].iter().copied().fold(f64::NAN, f64::max);
            assert!((highest - event.snr).abs() < 1e-9, "{highest} {event:?}");
            assert!(scores.iter().all(|score| !score.is_nan()));
        }
    }
}

#[test]
fn times_that_cannot_tell_a_step_are_not_tried_for_ever() {
    for far in [1e15, 1e17, 1.7e18, 1e20, 1e300] {
        let flare = |epoch: usize| 20.0 * Shape::Gaussian.value((epoch as f64 - 150.0) / 10.0);
        let mut mjd = every(0.01, 58_000.0, 300);
        mjd[299] = far;
        let one_far = lightcurve(1, mjd, flare);
        let found_in_it = found(&filter(|p| p.min_epochs = 1), &one_far);
        assert!(at(&found_in_it, 150).is_some(), "{far}");
        for mjd in [vec![far; 3], vec![far, far * 1.000_001, far * 1.1]] {
            let far_away = lightcurve(2, mjd, |_| 0.0);
            for least in [1, 3] {
                assert!(
                    found(&filter(|p| p.min_epochs = least), &far_away)
                        .events
                        .is_empty()
                );
            }
        }
        let before: Vec<f64> = [-far, 0.0, 0.01, 0.02].to_vec();
        found(
            &filter(|p| p.min_epochs = 1),
            &lightcurve(3, before, |_| 0.0),
        );
    }
}

#[test]
fn one_tiny_error_hides_no_event_behind_it() {
    let event = |epoch: usize| {
        if (3_000..3_050).contains(&epoch) {
            6.0
        } else {
            0.0
        }
    };
    let mut made = lightcurve(3, every(0.01, 58_000.0, 5_000), event);
    let expected = found(&MatchedFilter::default(), &made);
    let expected = at(&expected, 3_020).expect("it is found").score;
    for error in [1e-5, 1e-8, 1e-160, 1e-300] {
        made.epochs.fluxerr[100] = error;
        let found = found(&MatchedFilter::default(), &made);
        let event = at(&found, 3_020);
        let event = event.unwrap_or_else(|| panic!("{error}: {:?}", found.events));
        assert!((event.score / expected - 1.0).abs() < 1e-3, "{error}");
        let scores = values(&found.scores[0].columns, "snr");
        assert!(scores.iter().all(|score| score.is_finite()), "{error}");
    }
}

#[test]
fn epochs_of_one_time_rise_together() {
    // three exposures at each time, one of which is a flare
    let mjd = (0..900).map(|epoch| 58_000.0 + f64::from(epoch / 3) * 0.1);
    let made = lightcurve(4, mjd.collect(), |epoch| {
        if (300..303).contains(&epoch) {
            7.0
        } else {
            0.0
        }
    });
    let filter = filter(|p| {
        p.template_shapes = vec![Shape::Flare];
        (p.min_width, p.max_width, p.min_epochs) = (0.02, 0.02, 1);
    });
    let found = found(&filter, &made);
    let scores = values(&found.scores[0].columns, "snr");
    for tie in scores.chunks(3) {
        assert!(tie[0] == tie[1] && tie[1] == tie[2], "{tie:?}");
    }
    let event = at(&found, 301).expect("it is found");
    assert_eq!(event.epochs, 300..303);
    let sum: f64 = (300..303).map(|n| made.epochs.flux[n] - 100.0).sum();
    assert!((event.score - sum / 3f64.sqrt()).abs() < 0.5);
}

#[test]
fn no_more_events_are_kept_than_wanted_where_a_dip_parts_two_pieces() {
    let mut made = lightcurve(5, every(0.01, 58_000.0, 600), |_| 0.0);
    for epoch in 300..326 {
        made.epochs.flux[epoch] = 110.0;
    }
    // between pieces of eleven epochs one is as high, and three poor ones are a dip
    for epoch in 312..315 {
        made.epochs.flux[epoch] = 0.0;
        made.epochs.fluxerr[epoch] = 10.0;
    }
    let kept = |most: usize| {
        let filter = filter(|p| {
            p.template_shapes = vec![Shape::Box];
            (p.min_width, p.max_width, p.max_det_per_lc) = (0.02, 0.1, most);
        });
        let events = found(&filter, &made).events;
        let events = events.iter().map(|event| (event.epochs.start, event.score));
        events.collect::<Vec<_>>()
    };
    let all = kept(10);
    let starts: Vec<usize> = all.iter().map(|(start, _)| *start).collect();
    assert_eq!(starts, [300, 312, 315], "{all:?}");
    assert_eq!(kept(2), [all[0], all[2]], "the strongest, by time");
    assert_eq!(kept(1).len(), 1);
}

#[test]
fn a_rise_before_the_first_epoch_is_seen_as_well_as_one_after_the_last() {
    let filter = filter(|p| {
        p.template_shapes = vec![Shape::Gaussian];
        (p.min_width, p.max_width) = (0.3, 0.3);
    });
    let number = 2_000;
    let from_the_end =
        |epoch: usize| 25.0 * Shape::Gaussian.value((epoch as f64 * 0.01 + 0.1) / 0.3);
    let begins = lightcurve(6, every(0.01, 58_000.0, number as u32), from_the_end);
    let ends = lightcurve(6, every(0.01, 58_000.0, number as u32), |epoch| {
        from_the_end(number - 1 - epoch)
    });
    for (name, made, peak) in [
        ("begins", begins, 58_000.0 - 0.1),
        ("ends", ends, 58_000.0 + 19.99 + 0.1),
    ] {
        let found = found(&filter, &made);
        assert_eq!(found.events.len(), 1, "{name}");
        let template = found.events[0].template.expect("it has one");
        assert!((template.time - peak).abs() < 0.04, "{name}: {template:?}");
        // half a step of 0.06 d changes what the fit says of a peak that no epoch has by a fifth
        let amplitude = template.amplitude;
        assert!((20.0..30.0).contains(&amplitude), "{name}: {template:?}");
    }
}

#[test]
#[should_panic(expected = "at least one epoch")]
fn no_template_is_tried_without_epochs() {
    filter(|p| p.min_epochs = 0);
}
