//! Simulated events in any lightcurves: never a panic, never a change of what was given.

use proptest::prelude::*;
use retriever::analysis::{
    self, Checked, EventSimulator, Exposure, Properties, PropertiesParameters, Quality,
    SimulatorParameters, TemplateShape, TimeDistribution,
};
use retriever::parameters::{self, Document};
use retriever::photometry::{Epochs, Lightcurve};

/// Numbers of all kinds, most of them plausible.
fn number(low: f64, high: f64) -> impl Strategy<Value = f64> {
    prop_oneof![
        9 => low..high,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, 0.0, -1.0, 1e300]),
    ]
}

prop_compose! {
    fn lightcurve()(number_of_epochs in 0..60usize)(
        mut mjd in prop::collection::vec(58_000.0..58_100.0f64, number_of_epochs),
        flux in prop::collection::vec(number(50.0, 150.0), number_of_epochs),
        fluxerr in prop::collection::vec(number(1.0, 5.0), number_of_epochs),
        flag in prop::collection::vec(prop::bool::weighted(0.1), number_of_epochs),
        filter in prop::sample::select(vec!["g", "r"]),
    ) -> Lightcurve {
        mjd.sort_by(f64::total_cmp);
        let ones = vec![1.0; mjd.len()];
        let epochs = Epochs {
            mag: ones.clone(), magerr: ones.clone(), exptime: ones.clone(), ra: ones.clone(), dec: ones,
            mjd, flux, fluxerr, flag, flux_unit: "uJy".to_owned(), zero_point: 23.9, extra: Vec::new(),
        };
        analysis::lightcurve("X", "star", filter, epochs)
    }
}

fn parameters() -> impl Strategy<Value = SimulatorParameters> {
    (any::<bool>(), any::<bool>(), 0.0..1.0f64, 0.0..1.0f64).prop_map(
        |(span, mag, fading, share)| SimulatorParameters {
            template_shape: TemplateShape::Any,
            mag_range: mag.then_some([0.1, 5.0]),
            fading_fraction: fading,
            source_noise_fraction: share,
            time_distribution: if span {
                TimeDistribution::Span
            } else {
                TimeDistribution::Observed
            },
            ..SimulatorParameters::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_event_changes_flux_magnitude_and_their_errors_and_nothing_else(
        curves in prop::collection::vec(lightcurve(), 0..4), parameters in parameters(), number in 0..5u32,
    ) {
        let given = format!("{curves:?}");
        let quality: Vec<Quality> = curves
            .iter()
            .map(|curve| Quality { qflag: curve.epochs.flag.clone(), ..Quality::default() })
            .collect();
        let checked: Vec<Checked<'_>> = curves
            .iter()
            .zip(&quality)
            .map(|(lightcurve, quality)| Checked { lightcurve, quality })
            .collect();
        let simulator = EventSimulator::new(parameters.clone());
        let injection = analysis::inject(&simulator, &checked, 7, "star", number);
        let again = analysis::inject(&simulator, &checked, 7, "star", number);
        prop_assert_eq!(format!("{injection:?}"), format!("{again:?}"));
        prop_assert_eq!(given, format!("{curves:?}"));
        // whatever they are, these do not panic either
        let _ = Properties::of(&checked, &PropertiesParameters::default());
        let exposure = Exposure::of(&checked, 0.1);
        prop_assert!(exposure.good_epochs <= exposure.epochs);
        let Some(injection) = injection else {
            return Ok(());
        };
        let truth = &injection.truth;
        prop_assert!(truth.amplitude >= -1.0 && truth.snr_expected >= 0.0, "{truth:?}");
        prop_assert!((parameters.min_width..=parameters.max_width).contains(&truth.width));
        prop_assert_eq!(injection.lightcurves.len(), curves.len());
        for (before, after) in curves.iter().zip(&injection.lightcurves) {
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&before.epochs.mjd), bits(&after.epochs.mjd));
            prop_assert_eq!(&before.epochs.flag, &after.epochs.flag);
            for epoch in 0..before.epochs.len() {
                let far = (before.epochs.mjd[epoch] - truth.time).abs() > 8.0 * truth.width;
                let same = before.epochs.flux[epoch].to_bits() == after.epochs.flux[epoch].to_bits();
                prop_assert!(same || !far);
                prop_assert!(after.epochs.fluxerr[epoch] >= before.epochs.fluxerr[epoch]
                    || before.epochs.fluxerr[epoch].is_nan());
            }
        }
    }
}

#[test]
fn a_project_may_set_what_the_interface_says() {
    let read = |text: &str| {
        let document = Document::parse(text, "project.yaml").unwrap();
        parameters::read::<SimulatorParameters>(
            "simulator",
            document.root().get("simulator").unwrap(),
        )
        .map_err(|error| error.to_string())
    };
    let found = read(
        "simulator: {template_shape: gaussian, min_width: 0.01, max_width: 1.0, snr_range: [3, 20]}",
    );
    assert_eq!(found.unwrap(), SimulatorParameters::default());
    let error = read("simulator: {snr_range: [20, 3]}").unwrap_err();
    assert!(
        error.contains("project.yaml:1:") && error.contains("smaller number first"),
        "{error}"
    );
    assert!(read("simulator: {min_width: 2}").is_err());
    assert!(read("simulator: {snr_range: [1, 2, 3]}").is_err());
    assert!(read("simulator: {template_shape: square}").is_err());
}
