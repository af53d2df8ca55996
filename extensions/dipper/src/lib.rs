//! A finder of dips for Retriever: eclipses, transits, dust that passes in front of a star.
//!
//! The standard finders look for single epochs, or for shapes that rise and fall. This one slides a box over the
//! lightcurve and asks at each epoch how much fainter the star is inside it, for how long, and how sure that is.
//!
//! A finder is three things: what a project may set ([`DipperParameters`]), what is worked out ([`search`]), and how
//! both become [`Found`] (this file). With [`classes`] a project file may say `finder: {class: dipper}`.

mod parameters;
pub mod search;

use retriever::analysis::{
    Checked, Event, Finder, Found, Level, Registry, Scores, Shape, TemplateMatch, noise_probability,
};
use retriever::photometry::{Column, Values};

pub use parameters::DipperParameters;
use search::{Dip, Epoch, Search};

/// The classes that come with Retriever, and this finder.
pub fn classes() -> Registry {
    let mut registry = Registry::standard();
    registry.add_finder("dipper", |parameters| Ok(Dipper { parameters }));
    registry
}

/// Looks for stretches in which a star is fainter than usual.
#[derive(Debug, Clone, Default)]
pub struct Dipper {
    /// What counts as a dip.
    pub parameters: DipperParameters,
}

impl Finder for Dipper {
    fn method(&self) -> &str {
        "dipper"
    }

    fn score_names(&self) -> Vec<String> {
        ["dip_snr", "dip_depth", "dip_duration"]
            .map(String::from)
            .to_vec()
    }

    fn find(&self, lightcurves: &[Checked<'_>]) -> Found {
        let mut found = Found::default();
        for (number, checked) in lightcurves.iter().enumerate() {
            let level = Level::of(checked, self.parameters.baseline_window);
            let epochs = good_epochs(checked, &level);
            let search = Search::of(
                &epochs,
                &self.parameters.durations(),
                self.parameters.min_epochs,
            );
            let dips = search.dips(&self.parameters);
            found.events.extend(
                dips.iter()
                    .map(|dip| event(number, dip, &epochs, search.trials)),
            );
            found.scores.push(Scores {
                columns: columns(&search, &epochs, checked.lightcurve.epochs.len()),
                trials: search.trials,
                noise: level.noise(),
            });
        }
        found
    }
}

/// The epochs to build on: flagged ones can neither make a dip nor hide one.
fn good_epochs(checked: &Checked<'_>, level: &Level) -> Vec<Epoch> {
    let epochs = &checked.lightcurve.epochs;
    let good = (0..epochs.len()).filter(|&epoch| checked.is_good(epoch));
    good.map(|place| Epoch {
        place,
        time: epochs.mjd[place],
        usual: level.at(place),
        missing: level.at(place) - epochs.flux[place],
        error: level.error_at(checked, place),
    })
    .filter(|epoch| epoch.error > 0.0)
    .collect()
}

fn event(lightcurve: usize, dip: &Dip, epochs: &[Epoch], trials: f64) -> Event {
    let inside = &epochs[dip.epochs.clone()];
    let members: Vec<usize> = inside.iter().map(|epoch| epoch.place).collect();
    let (first, last) = (&inside[0], &inside[inside.len() - 1]);
    Event {
        lightcurve,
        peak: epochs[dip.centre].place,
        epochs: first.place..last.place + 1,
        snr: -dip.snr,
        score: dip.snr,
        quality_flag: false,
        template: Some(TemplateMatch {
            index: dip.duration_index,
            shape: Shape::Box,
            width: dip.duration,
            time: (first.time + last.time) / 2.0,
            amplitude: -dip.missing,
            amplitude_error: dip.missing_error,
        }),
        false_alarm_probability: noise_probability(dip.snr, false, trials),
        members,
    }
}

/// The best box around each epoch; NaN at epochs that were passed over, or with too few others around them.
fn columns(search: &Search, epochs: &[Epoch], length: usize) -> Vec<Column> {
    let column = |name, unit, description, value: fn(&Dip) -> f64| {
        let mut values = vec![f64::NAN; length];
        for (epoch, best) in epochs.iter().zip(&search.best) {
            values[epoch.place] = best.as_ref().map_or(f64::NAN, value);
        }
        Column::new(name, unit, description, Values::Float64(values))
    };
    vec![
        column(
            "dip_snr",
            "",
            "missing flux of the best box around the epoch over its error",
            |dip| dip.snr,
        ),
        column(
            "dip_depth",
            "",
            "missing flux of that box over the usual flux",
            |dip| dip.depth,
        ),
        column("dip_duration", "d", "length of that box", |dip| {
            dip.duration
        }),
    ]
}
