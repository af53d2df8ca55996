//! Simulated events found again: what the whole chain gives in efficiency, amplitude and time.

use retriever::analysis::{
    self, Checked, Detection, Efficiency, EventSimulator, Finder, Injection, Interval,
    MatchedFilter, MatchedFilterParameters, Quality, QualityChecker, Shape, SimulatorParameters,
    StandardQuality, Trial,
};
use retriever::photometry::Lightcurve;

use crate::finder_support::{gaussian, of_flux, random};

const LEVEL: f64 = 100.0;
const SOURCES: u32 = 60;

/// Twelve days of epochs every half hour, with noise of 2 %.
fn quiet(source: u32) -> Lightcurve {
    let noise = gaussian(600, &mut random(u64::from(source)));
    let mjd = (0..600).map(|epoch| 58_000.0 + 0.02 * f64::from(epoch));
    let flux = noise.iter().map(|noise| LEVEL + 2.0 * noise);
    of_flux(mjd.collect(), flux.collect(), vec![2.0; 600])
}

fn finder() -> MatchedFilter {
    MatchedFilter::new(MatchedFilterParameters {
        template_shapes: vec![Shape::Gaussian],
        min_width: 0.1,
        max_width: 0.5,
        ..MatchedFilterParameters::default()
    })
}

fn detections(finder: &dyn Finder, lightcurves: &[Lightcurve]) -> Vec<Detection> {
    let checker = StandardQuality::default();
    let quality: Vec<Quality> = lightcurves
        .iter()
        .map(|lightcurve| checker.check(lightcurve))
        .collect();
    let checked: Vec<Checked<'_>> = lightcurves
        .iter()
        .zip(&quality)
        .map(|(lightcurve, quality)| Checked {
            lightcurve,
            quality,
        })
        .collect();
    analysis::link(finder.method(), &checked, &finder.find(&checked), 0.0)
}

fn injection(source: u32, lightcurve: &Lightcurve) -> Injection {
    let simulator = EventSimulator::new(SimulatorParameters {
        min_width: 0.1,
        max_width: 0.5,
        ..SimulatorParameters::default()
    });
    let quality = StandardQuality::default().check(lightcurve);
    let checked = [Checked {
        lightcurve,
        quality: &quality,
    }];
    analysis::inject(&simulator, &checked, 0, &source.to_string(), 0)
        .expect("the lightcurve has good epochs")
}

#[test]
fn bright_events_are_recovered_faint_ones_are_not_and_their_numbers_are_unbiased() {
    let finder = finder();
    let (mut trials, mut amplitudes, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for source in 0..SOURCES {
        let before = quiet(source);
        let Injection { truth, lightcurves } = injection(source, &before);
        let real = detections(&finder, &[before]);
        let found = detections(&finder, &lightcurves);
        let recovered = analysis::recovered(&truth, &found, &real);
        trials.push(Trial {
            recovered,
            snr: truth.snr_expected,
            magnitude: truth.amplitude_mag[0],
            width: truth.width,
            filter: "R".to_owned(),
        });
        let template = found.iter().find_map(|detection| detection.template);
        if let Some(template) = template.filter(|_| recovered && truth.snr_expected > 9.0) {
            let error = template.amplitude_error;
            amplitudes.push((template.amplitude - truth.amplitude * LEVEL) / error);
            // a Gaussian's time is known to about its sigma over the S/N
            let error = truth.width / 2.355 / truth.snr_expected;
            times.push((template.time - truth.time) / error);
        }
    }
    let events = trials.iter().map(|trial| (trial.snr, trial.recovered));
    let edges = [3.0, 4.5, 9.0, 20.01];
    let table = Efficiency::against("snr", "", &edges, events, Interval::Wilson, 0.9);
    let part = |bin: usize| table.bins[bin].recovered.fraction.expect("it has events");
    // the threshold is 6: 1.5σ above the one, 3σ below the other
    assert!(part(0) < 0.35 && part(2) > 0.9, "{table:#?}");
    assert_eq!(table.total.injected, u64::from(SOURCES));

    let mean = |pulls: &[f64]| pulls.iter().sum::<f64>() / pulls.len() as f64;
    let error = 1.0 / (amplitudes.len() as f64).sqrt();
    assert!(amplitudes.len() > 20);
    // the best of many templates is above the true one by about 1/(S/N) for each of time and width
    assert!(
        mean(&amplitudes).abs() < 0.2 + 3.0 * error,
        "{amplitudes:?}"
    );
    assert!(mean(&times).abs() < 3.5 * error, "{times:?}");
}
