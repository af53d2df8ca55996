//! What the lightcurves of one source tell: which epochs are good, what happened, and what would have been missed.
//!
//! Here: cuts on the epochs ([`QualityChecker`]), scores and events ([`Finder`]) with the [`Shape`]s and the
//! template [`Bank`] that they look for, events of several lightcurves linked to one [`Detection`] ([`link`]),
//! simulated events ([`Simulator`], [`inject`]) and which of them were [`recovered`] ([`Efficiency`], [`Rate`]), the
//! [`Properties`] of a source, and the [`histogram`]s of all epochs. An [`Analysis`] joins them to one call for a source,
//! and a [`Registry`] makes it of what a project file says.
//! Not here: I/O of any kind, the database, threads. Everything is plain data in and plain data out: objects are
//! stateless (`&self`), inputs are never altered, and random numbers come from a generator that is given.
//!
//! [`StandardAnalysis`] does it all; step by step a source passes through the files in this order:
//!
//! ```
//! use retriever::analysis::{self, Checked, Finder, QualityChecker, SnrFinder, StandardQuality};
//! # use retriever::photometry::{Epochs, Lightcurve};
//! # let mut flux: Vec<f64> = (0..100).map(|epoch| 100.0 + f64::from(epoch * 7 % 11)).collect();
//! # flux[40] = 200.0;
//! # let epochs = Epochs {
//! #     mjd: (0..100).map(|day| 58_000.0 + f64::from(day)).collect(),
//! #     mag: flux.iter().map(|flux| 23.9 - 2.5 * flux.log10()).collect(),
//! #     flux, fluxerr: vec![4.0; 100], magerr: vec![0.04; 100], flag: vec![false; 100], exptime: vec![30.0; 100],
//! #     ra: vec![f64::NAN; 100], dec: vec![f64::NAN; 100], flux_unit: "uJy".into(), zero_point: 23.9, extra: vec![],
//! # };
//! # let lightcurves = [analysis::lightcurve("DEMO", "star", "R", epochs)];
//! let checker = StandardQuality::default();
//! let quality: Vec<_> = lightcurves.iter().map(|lightcurve| checker.check(lightcurve)).collect();
//! let checked: Vec<_> = lightcurves.iter().zip(&quality)
//!     .map(|(lightcurve, quality)| Checked { lightcurve, quality })
//!     .collect();
//! let found = SnrFinder::default().find(&checked);
//! let detections = analysis::link("snr", &checked, &found, 0.0);
//! assert_eq!((detections.len(), detections[0].peak_time), (1, 58_040.0));
//! ```

mod analysed; // all that comes out of a source
mod answers; // whether they can be built on
mod axis_names; // whether they are of anything
mod bank; // which templates are tried
mod classes; // of one kind, by name
mod coincidence; // events of one time, linked
mod columns; // lightcurves with scores and flags
mod counted; // which histograms there are
mod detection; // what is kept of them
mod finder; // scores and events
mod injection; // simulated events: truth and trait
mod not_a_number; // kept as null in JSON
mod parameters; // of the analysis as a whole
mod quality; // good and bad epochs
mod registry; // all classes, and what a project says of them
mod settings; // of an analysis, read and checked
mod shape; // how brightness goes during an event
mod standard; // all parts joined
mod whole; // a source in one call

pub use analysed::{Analysed, Injected, Source};
pub use axis_names::AxisNames;
pub use bank::{Bank, Template};
pub use classes::NoParameters;
pub use coincidence::{Clock, ClockTimes, link};
pub use detection::{Detection, Part};
pub use finder::{
    Event, Finder, Found, Level, MatchedFilter, MatchedFilterParameters, Noise, Scores, SnrFinder,
    SnrParameters, TemplateMatch, noise_probability,
};
pub use injection::{Injection, Simulator, Truth};
pub use parameters::AnalysisParameters;
pub use quality::{
    Checked, Cut, CutName, Quality, QualityChecker, QualityParameters, Side, StandardQuality,
};
pub use registry::Registry;
pub use settings::AnalysisSettings;
pub use shape::Shape;
pub use standard::{AnalysisParts, StandardAnalysis};
pub use whole::{Analysis, AnalysisError};

mod efficiency; // which injections were recovered
pub mod histogram; // counts of epochs
mod periodogram; // periods
mod properties; // statistics of a source in each filter
mod rates; // how often it happens in the sky that was searched
mod simulator; // draws of simulated events

pub use efficiency::{
    Efficiency, EfficiencyBin, Interval, Recovered, Tally, Trial, binomial_interval,
};
pub use periodogram::{Grid, Period, Periodogram, PeriodogramParameters, false_alarm_probability};
pub use properties::{FilterProperties, Properties, PropertiesParameters};
pub use rates::{Exposure, Rate, SimulatedTime, poisson_interval, poisson_upper_limit};
pub use simulator::{
    EventSimulator, SimulatorParameters, TemplateShape, TimeDistribution, inject,
    number_of_injections, recovered, recovering, repeats,
};

use serde_json::Map;

use crate::photometry::{Epochs, Lightcurve, Statistics};
use crate::time::TimeFrame;

/// A lightcurve of these epochs, for examples and for data that no observatory gave: MJD in UTC at mid-exposure.
pub fn lightcurve(
    observatory: &str,
    source_name: &str,
    filter: &str,
    epochs: Epochs,
) -> Lightcurve {
    Lightcurve {
        observatory: observatory.to_owned(),
        source_name: source_name.to_owned(),
        filter: filter.to_owned(),
        series_number: 1,
        series_total: 1,
        frame: TimeFrame::UTC_MID_EXPOSURE,
        statistics: Statistics::of(&epochs),
        epochs,
        altdata: Map::new(),
    }
}
