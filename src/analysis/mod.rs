//! What the lightcurves of one source tell: which epochs are good, what happened, and what would have been missed.
//!
//! Here: cuts on the epochs ([`QualityChecker`]), scores and events ([`Finder`]) with the [`Shape`]s and the
//! template bank that they look for, events of several lightcurves linked to one [`Detection`] ([`link`]), and
//! simulated events ([`Simulator`]).
//! Not here: I/O of any kind, the database, threads. Everything is plain data in and plain data out: objects are
//! stateless (`&self`), inputs are never altered, and random numbers come from a generator that is given.
//!

mod coincidence; // events of one time, linked
mod detection; // what is kept of them
mod finder; // scores and events
mod injection; // simulated events: truth and trait
mod quality; // good and bad epochs
mod shape; // how brightness goes during an event

pub use coincidence::{Clock, ClockTimes, link};
pub use detection::{Detection, Part};
pub use finder::{Event, Finder, Found, Noise, Scores, TemplateMatch};
pub use injection::{Injection, Simulator, Truth};
pub use quality::{Checked, Cut, Quality, QualityChecker, Side};
pub use shape::Shape;

mod efficiency; // which injections were recovered
pub mod histogram; // counts of epochs
mod periodogram; // periods
mod properties; // statistics of a source in each filter
mod rates; // how often it happens in the sky that was searched
mod simulator; // draws of simulated events

pub use efficiency::{
    Efficiency, EfficiencyBin, Interval, Recovered, Trial, binomial_interval,
};
pub use periodogram::{Grid, Period, Periodogram, PeriodogramParameters, false_alarm_probability};
pub use properties::{FilterProperties, Properties, PropertiesParameters};
pub use rates::{Exposure, Rate, poisson_interval, poisson_upper_limit};
pub use simulator::{
    EventSimulator, SimulatorParameters, TemplateShape, TimeDistribution, inject,
    number_of_injections, recovered,
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
