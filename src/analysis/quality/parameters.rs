//! What a project may set for the quality of epochs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Cut, Side};
use crate::parameters::{Check, Parameters};

/// What a project may set under `quality:`.
///
/// A cut needs data that not every survey has: a lightcurve without them passes it, with a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QualityParameters {
    /// Cuts to apply, each with a column of its name in processed lightcurves and a histogram of its values.
    pub cut_names: Vec<CutName>,
    /// Epochs further than this from the median position are flagged. In σ of one Gaussian number: of good positions
    /// as many are flagged as Gaussian numbers are further from 0 than this (0.05 % at 3.5), however many epochs the
    /// lightcurve has. The fewer they are, the further off a position has to be, for its own scatter is known less well:
    /// at 3.5 by 4 times the scatter with some hundred epochs, 10 times with 10, 60 times with 5. A lightcurve
    /// of fewer than five good positions passes, with a note.
    #[schemars(range(max = 30.0), extend("exclusiveMinimum" = 0, "unit" = "σ"))]
    pub offset_threshold: f64,
    /// Epochs whose image did not reach this magnitude are flagged.
    #[schemars(range(min = -30.0, max = 40.0), extend("unit" = "mag"))]
    pub limiting_magnitude_threshold: f64,
    /// Epochs at a higher airmass are flagged.
    #[schemars(range(min = 1.0, max = 100.0))]
    pub airmass_threshold: f64,
    /// Epochs whose sharpness is further from 0 are flagged: cosmic rays below, galaxies and trails above.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub sharp_threshold: f64,
    /// Epochs whose fit of the star's image has a larger χ are flagged.
    #[schemars(range(min = 0.0, max = 1.0e6))]
    pub chi_threshold: f64,
    /// Epochs whose background is further above its median are flagged, in units of its robust scatter.
    #[schemars(range(max = 1.0e6), extend("exclusiveMinimum" = 0, "unit" = "σ"))]
    pub background_threshold: f64,
    /// Epochs with more background light in the aperture than this multiple of the star's own median flux are flagged.
    #[schemars(range(min = 0.0, max = 1.0e9))]
    pub scattered_light_threshold: f64,
    /// Epochs without another good epoch within this time are flagged.
    #[schemars(range(max = 100_000.0), extend("exclusiveMinimum" = 0, "unit" = "d"))]
    pub isolated_threshold: f64,
}

/// A cut that the standard checker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words of the project file
pub enum CutName {
    Offset,
    LimitingMagnitude,
    Airmass,
    Sharp,
    Chi,
    Background,
    ScatteredLight,
    Isolated,
}

impl CutName {
    /// All of them.
    pub const ALL: [CutName; 8] = [
        CutName::Offset,
        CutName::LimitingMagnitude,
        CutName::Airmass,
        CutName::Sharp,
        CutName::Chi,
        CutName::Background,
        CutName::ScatteredLight,
        CutName::Isolated,
    ];

    /// The word that files and tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            CutName::Offset => "offset",
            CutName::LimitingMagnitude => "limiting_magnitude",
            CutName::Airmass => "airmass",
            CutName::Sharp => "sharp",
            CutName::Chi => "chi",
            CutName::Background => "background",
            CutName::ScatteredLight => "scattered_light",
            CutName::Isolated => "isolated",
        }
    }
}

impl Default for QualityParameters {
    fn default() -> QualityParameters {
        QualityParameters {
            cut_names: vec![CutName::Offset],
            offset_threshold: 3.5,
            limiting_magnitude_threshold: 19.0,
            airmass_threshold: 2.5,
            sharp_threshold: 0.5,
            chi_threshold: 4.0,
            background_threshold: 5.0,
            scattered_light_threshold: 1.0,
            isolated_threshold: 5.0,
        }
    }
}

impl Parameters for QualityParameters {
    fn check(&self, check: &mut Check) {
        let different = |(index, name)| !self.cut_names[..index].contains(name);
        check.require(
            self.cut_names.iter().enumerate().all(different),
            "cut_names",
            "list each cut once",
        );
    }
}

impl QualityParameters {
    /// The cut of this name, with its threshold.
    pub(super) fn cut(&self, name: CutName) -> Cut {
        let (unit, threshold, side) = match name {
            CutName::Offset => ("sigma", self.offset_threshold, Side::Above),
            CutName::LimitingMagnitude => ("mag", self.limiting_magnitude_threshold, Side::Below),
            CutName::Airmass => ("", self.airmass_threshold, Side::Above),
            CutName::Sharp => ("", self.sharp_threshold, Side::Both),
            CutName::Chi => ("", self.chi_threshold, Side::Above),
            CutName::Background => ("sigma", self.background_threshold, Side::Above),
            CutName::ScatteredLight => ("", self.scattered_light_threshold, Side::Above),
            CutName::Isolated => ("d", self.isolated_threshold, Side::Above),
        };
        Cut {
            name: name.as_str().to_owned(),
            unit: unit.to_owned(),
            threshold,
            side,
        }
    }
}
