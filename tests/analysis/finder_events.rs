//! Where one event ends and the next begins, and events so long that they could hide in their own noise.

use retriever::analysis::{
    Finder, MatchedFilter, MatchedFilterParameters, Shape, SnrFinder, SnrParameters,
};
use retriever::photometry::Lightcurve;

use super::finder_support::{find, gaussian, of_flux, random};

/// Noise of 1 around 100, with this added at each epoch; the errors say so, or nothing.
fn lightcurve(seed: u64, number: usize, error: f64, add: impl Fn(usize) -> f64) -> Lightcurve {
    let noise = gaussian(number, &mut random(seed));
    let flux = noise.iter().enumerate();
    let flux = flux.map(|(epoch, noise)| 100.0 + noise + add(epoch));
    let mjd = (0..number).map(|epoch| epoch as f64 * 0.01);
    of_flux(mjd.collect(), flux.collect(), vec![error; number])
}

/// First and last epoch of each event.
fn events(finder: &dyn Finder, lightcurve: &Lightcurve) -> Vec<(usize, usize)> {
    let (_, found, _) = find(finder, std::slice::from_ref(lightcurve));
    let events = found.events.iter();
    events
        .map(|event| (event.epochs.start, event.epochs.end - 1))
        .collect()
}

/// How many of 400 lightcurves have so many events.
fn with_events(finder: &dyn Finder, wanted: usize, made: impl Fn(u64) -> Lightcurve) -> usize {
    (0..400)
        .filter(|&seed| events(finder, &made(seed)).len() == wanted)
        .count()
}

fn inside(epoch: usize, begin: usize, number: usize) -> bool {
    (begin..begin + number).contains(&epoch)
}

#[test]
fn an_event_of_many_epochs_in_a_short_lightcurve_is_found_whatever_its_sign() {
    // a third of all epochs at 10σ: their standard deviation is 10·√(2/9) = 4.7, and clipping leaves 2σ of the event
    for (number, height, least) in [
        (12, 12.0, 39),
        (24, 10.0, 45),
        (60, -8.0, 47),
        (600, 8.0, 48),
    ] {
        for error in [1.0, f64::NAN] {
            let mut right = 0;
            for seed in 0..50 {
                let made = lightcurve(seed, number, error, |epoch| {
                    if inside(epoch, number / 4, number / 3) {
                        height
                    } else {
                        0.0
                    }
                });
                let (_, found, _) = find(&SnrFinder::default(), std::slice::from_ref(&made));
                if found.events.len() != 1 {
                    continue;
                }
                let (snr, noise) = (found.events[0].snr, found.scores[0].noise);
                assert_eq!(snr.signum(), f64::signum(height));
                assert!(inside(found.events[0].peak, number / 4, number / 3));
                // scatter of n Gaussian numbers: 1 ± 1/√(2n), their level ± 1.26/√n
                let quiet = (number - number / 3) as f64;
                let scattered = (noise.scatter - 1.0).abs() < 4.5 / (2.0 * quiet).sqrt();
                let level = (noise.level - 100.0).abs() < 4.5 * 1.26 / quiet.sqrt();
                right += usize::from(scattered && level);
            }
            println!("{number} {error}: {right}");
            assert!(right >= least, "{number} {error}: {right} of 50");
        }
    }
}

#[test]
fn several_long_events_do_not_hide_each_other() {
    let three = |epoch| if epoch % 20 >= 13 { 9.0 } else { 0.0 };
    for seed in 0..50 {
        let found = events(&SnrFinder::default(), &lightcurve(seed, 60, 1.0, three));
        assert_eq!(found.len(), 3, "{seed}");
        for (event, (first, last)) in found.into_iter().enumerate() {
            // by chance an epoch beside it stands out as well
            let begin = 20 * event + 13;
            assert!(
                first.abs_diff(begin) < 3 && last.abs_diff(begin + 6) < 3,
                "{seed}"
            );
        }
    }
}

#[test]
fn what_varies_all_the_time_is_no_event_of_a_quiet_star() {
    // number, period, how many of 400 may be taken for quiet ones with an event: 2 % are of 40 epochs with one cycle
    for (number, period, most) in [
        (40, 40.0, 24),
        (60, 20.0, 24),
        (200, 35.0, 12),
        (1000, 90.0, 0),
        (1000, 700.0, 0),
    ] {
        for amplitude in [2.0, 5.0, 20.0] {
            let wave = |epoch: usize| {
                amplitude * (epoch as f64 * 2.0 * std::f64::consts::PI / period).sin()
            };
            let quiet = with_events(&SnrFinder::default(), 0, |seed| {
                lightcurve(seed, number, f64::NAN, wave)
            });
            let loud = 400 - quiet;
            println!("{number} {period} {amplitude}: {loud}");
            assert!(loud <= most, "{number} {period} {amplitude}: {loud}");
        }
    }
}

// scipy: 2·norm.sf(3.5) for each epoch. The noise of an epoch is its error or the scatter, whichever is larger, so there
// are fewer.
#[test]
fn pure_noise_of_short_lightcurves_has_no_more_events_than_predicted() {
    for number in [10, 20, 50, 100] {
        let finder = SnrFinder::new(SnrParameters {
            snr_threshold: 3.5,
            ..SnrParameters::default()
        });
        let (mut alarms, mut expected) = (0.0, 0.0);
        for seed in 0..100_000 / number as u64 {
            let made = lightcurve(seed, number, 1.0, |_| 0.0);
            let (_, found, _) = find(&finder, std::slice::from_ref(&made));
            alarms += found.events.len() as f64;
            expected += found.scores[0].trials * 4.652_581_580_710_501e-4;
        }
        println!("{number}: {alarms} of {expected:.1}");
        assert!(
            alarms < expected + 3.0 * expected.sqrt() && alarms > expected / 20.0,
            "{number}: {alarms} {expected}"
        );
    }
}

#[test]
fn a_wide_event_is_one_detection_although_single_epochs_of_it_are_low() {
    // by single epochs: of 60 at 5σ one in 44 is below the sideband of 3σ, and there would be two events or more
    for (height, number, least) in [
        (5.0, 60, 388),
        (6.0, 200, 388),
        (-5.0, 60, 388),
        (4.0, 60, 370),
    ] {
        let one = with_events(&SnrFinder::default(), 1, |seed| {
            lightcurve(seed, 1000, 1.0, |epoch| {
                if inside(epoch, 300, number) {
                    height
                } else {
                    0.0
                }
            })
        });
        println!("{height} {number}: {one}");
        assert!(one >= least, "{height} {number}: {one} of 400");
    }
}

#[test]
fn the_low_epochs_of_an_event_belong_to_it_and_its_ends_stand_out() {
    let heights = [0.0, 3.4, 0.5, 8.0, 7.0, 2.6, 7.5, 0.0, 3.2];
    let mut made = lightcurve(3, 200, 1.0, |_| 0.0);
    for (place, height) in heights.into_iter().enumerate() {
        made.epochs.flux[100 + place] = 100.0 + height;
    }
    // 2.6 is 4.9 below the weaker of its neighbours, (8 + 7)/2 and 7.5: quiet, for it is more than 4
    assert_eq!(
        events(&SnrFinder::default(), &made),
        [(103, 104), (106, 106)]
    );
    made.epochs.flux[105] = 104.2;
    assert_eq!(events(&SnrFinder::default(), &made), [(103, 106)]);
    (
        made.epochs.flux[103],
        made.epochs.flux[104],
        made.epochs.flux[106],
    ) = (105.6, 105.2, 105.4);
    made.epochs.flux[105] = 102.6;
    let (_, found, _) = find(&SnrFinder::default(), std::slice::from_ref(&made));
    assert_eq!(found.events[0].members, [103, 104, 105, 106]);
}

#[test]
fn two_flares_with_quiet_between_them_are_two_detections() {
    for (height, wide, apart, least) in [
        (10.0, 1, 1, 398),
        (7.0, 3, 2, 396),
        (-7.0, 3, 2, 396),
        (6.0, 5, 4, 396),
    ] {
        let two = with_events(&SnrFinder::default(), 2, |seed| {
            lightcurve(seed, 500, 1.0, |epoch| {
                let flare = inside(epoch, 200, wide) || inside(epoch, 200 + wide + apart, wide);
                if flare { height } else { 0.0 }
            })
        });
        println!("{height} {wide} {apart}: {two}");
        assert!(two >= least, "{height} {wide} {apart}: {two} of 400");
    }
    // a dip between two flares is no quiet, and no piece of them
    let made = lightcurve(1, 500, 1.0, |epoch| match epoch {
        200 | 201 | 204 | 205 => 12.0,
        202 | 203 => -12.0,
        _ => 0.0,
    });
    assert_eq!(
        events(&SnrFinder::default(), &made),
        [(200, 201), (202, 203), (204, 205)]
    );
}

fn boxes(max_width: f64) -> MatchedFilter {
    MatchedFilter::new(MatchedFilterParameters {
        template_shapes: vec![Shape::Box, Shape::Gaussian],
        min_width: 0.05,
        max_width,
        ..MatchedFilterParameters::default()
    })
}

#[test]
fn an_event_wider_than_all_templates_is_one_detection_of_the_matched_filter() {
    for seed in 0..10 {
        let made = lightcurve(seed, 3000, 1.0, |epoch| {
            if inside(epoch, 1000, 130) { 4.0 } else { 0.0 }
        });
        let found = events(&boxes(0.4), &made);
        assert_eq!(found.len(), 1, "{seed}: {found:?}");
        let (first, last) = found[0];
        assert!(
            first.abs_diff(1000) < 15 && last.abs_diff(1129) < 15,
            "{found:?}"
        );
    }
}

#[test]
fn two_boxes_with_quiet_between_them_are_two_detections_of_the_matched_filter() {
    for seed in 0..10 {
        let made = lightcurve(seed, 3000, 1.0, |epoch| {
            if inside(epoch, 1000, 40) || inside(epoch, 1070, 40) {
                4.0
            } else {
                0.0
            }
        });
        let found = events(&boxes(0.4), &made);
        assert_eq!(found.len(), 2, "{seed}: {found:?}");
        assert!(
            found[0].1.abs_diff(1039) < 10 && found[1].0.abs_diff(1070) < 10,
            "{found:?}"
        );
    }
}
