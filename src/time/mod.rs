//! Times: days, always with a stated frame, and how they are brought to the barycentre of the solar system.
//!
//! Not here: I/O, and what a survey's own time columns mean.

mod barycenter;
mod credit;

pub use barycenter::{Direction, Site, barycentric_julian_dates};
pub use credit::credit;

use serde::{Deserialize, Serialize};

/// Julian date of MJD 0.
pub const JD_OF_MJD_ZERO: f64 = 2_400_000.5;

/// Seconds in a day.
pub const SECONDS_IN_A_DAY: f64 = 86_400.0;

/// What a number of days means: format, scale, where the clock stands, and which part of the exposure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeFrame {
    /// How days are counted.
    pub format: TimeFormat,
    /// The time scale.
    pub scale: TimeScale,
    /// Where the clock stands.
    pub reference: TimeReference,
    /// Which part of the exposure it is.
    pub alignment: TimeAlignment,
}

/// How the days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeFormat {
    /// Modified Julian date, JD − 2400000.5.
    Mjd,
    /// The days of TESS, BJD − 2457000.
    Btjd,
}

/// The time scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeScale {
    /// Coordinated universal time.
    Utc,
    /// Barycentric dynamical time.
    Tdb,
}

/// Where the light was timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeReference {
    /// At the telescope.
    Topocenter,
    /// At the centre of the Sun.
    Heliocenter,
    /// At the barycentre of the solar system.
    Barycenter,
}

/// Which part of the exposure the time stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeAlignment {
    /// Its start.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

impl TimeFrame {
    /// MJD, UTC, at the telescope, start of the exposure: what ground-based archives send.
    pub const UTC_START_OF_EXPOSURE: TimeFrame = TimeFrame {
        alignment: TimeAlignment::Start,
        ..TimeFrame::UTC_MID_EXPOSURE
    };

    /// MJD, TDB, at the barycentre of the solar system, middle of the exposure: surveys from space.
    pub const TDB_BARYCENTER_MIDDLE: TimeFrame = TimeFrame {
        scale: TimeScale::Tdb,
        reference: TimeReference::Barycenter,
        ..TimeFrame::UTC_MID_EXPOSURE
    };

    /// MJD, UTC, at the telescope, middle of the exposure: ground-based surveys after reduction.
    pub const UTC_MID_EXPOSURE: TimeFrame = TimeFrame {
        format: TimeFormat::Mjd,
        scale: TimeScale::Utc,
        reference: TimeReference::Topocenter,
        alignment: TimeAlignment::Middle,
    };
}

impl TimeFormat {
    /// The same instant as modified Julian date.
    ///
    /// ```
    /// use retriever::time::TimeFormat;
    /// assert_eq!(TimeFormat::Btjd.to_mjd(1955.25), 58954.75);
    /// assert_eq!(TimeFormat::Mjd.to_mjd(58954.75), 58954.75);
    /// ```
    pub fn to_mjd(self, time: f64) -> f64 {
        match self {
            TimeFormat::Mjd => time,
            TimeFormat::Btjd => time + 56_999.5,
        }
    }
}

macro_rules! words {
    ($type:ty { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word that files and tables use.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word; none for any other text.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(TimeFormat { Mjd => "mjd", Btjd => "btjd" });
words!(TimeScale { Utc => "utc", Tdb => "tdb" });
words!(TimeReference { Topocenter => "topocenter", Heliocenter => "heliocenter", Barycenter => "barycenter" });
words!(TimeAlignment { Start => "start", Middle => "middle", End => "end" });

/// Modified Julian date of a Julian year (both TDB): MJD 51544.5 is J2000.0, 365.25 days a year.
pub fn mjd_from_julian_year(year: f64) -> f64 {
    51_544.5 + (year - 2000.0) * 365.25
}

/// Julian year of a modified Julian date.
pub fn julian_year_from_mjd(mjd: f64) -> f64 {
    2000.0 + (mjd - 51_544.5) / 365.25
}
