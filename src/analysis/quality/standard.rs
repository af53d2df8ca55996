//! The checker that projects use unless they bring their own.

use super::{Cut, CutName, Quality, QualityChecker, QualityParameters, cuts, offset};
use crate::photometry::{Column, Lightcurve, Values};

/// Bad are epochs that the survey flags, without a time or a flux, and those that fail one of the cuts of
/// [`QualityParameters::cut_names`].
#[derive(Debug, Clone, Default)]
pub struct StandardQuality {
    parameters: QualityParameters,
}

impl StandardQuality {
    /// With these parameters.
    pub fn new(parameters: QualityParameters) -> StandardQuality {
        StandardQuality { parameters }
    }
}

impl QualityChecker for StandardQuality {
    fn cuts(&self) -> Vec<Cut> {
        let names = self.parameters.cut_names.iter();
        names.map(|&name| self.parameters.cut(name)).collect()
    }

    fn check(&self, lightcurve: &Lightcurve) -> Quality {
        let epochs = &lightcurve.epochs;
        let mut quality = Quality {
            qflag: (0..epochs.len())
                .map(|epoch| !epochs.is_good(epoch))
                .collect(),
            ..Quality::default()
        };
        for &name in &self.parameters.cut_names {
            let cut = self.parameters.cut(name);
            // scales are taken from the epochs that the survey calls good, whatever other cuts say of them
            match values(name, lightcurve) {
                Some((values, description)) => {
                    for (flag, &value) in quality.qflag.iter_mut().zip(&values) {
                        *flag |= cut.fails(value);
                    }
                    let values = Values::Float64(values);
                    let column = Column::new(&cut.name, &cut.unit, description, values);
                    quality.columns.push(column);
                }
                None => quality.notes.push(format!(
                    "{}: passed, for the lightcurve has no {}",
                    cut.name,
                    needed(name)
                )),
            }
        }
        quality
    }
}

/// The value of a cut at each epoch, and what it is; none without the data that it needs.
fn values(name: CutName, lightcurve: &Lightcurve) -> Option<(Vec<f64>, &'static str)> {
    let epochs = &lightcurve.epochs;
    let own = |column, description| Some((cuts::own_column(epochs, column)?, description));
    match name {
        CutName::Offset => Some((
            offset::offset(epochs)?,
            "distance from the median position, as likely as a Gaussian number this far from 0",
        )),
        CutName::LimitingMagnitude => own("limitmag", "limiting magnitude of the image"),
        CutName::Airmass => own("airmass", "airmass"),
        CutName::Sharp => own("sharp", "sharpness of the image of the star"),
        CutName::Chi => own("chi", "chi of the fit of the image of the star"),
        CutName::Background => Some((
            cuts::background(epochs)?,
            "background above its median over its robust scatter",
        )),
        CutName::ScatteredLight => Some((
            cuts::scattered_light(epochs)?,
            "background in the aperture over the median flux of the star",
        )),
        CutName::Isolated => Some((
            cuts::isolation(epochs),
            "time to the nearest other good epoch",
        )),
    }
}

/// What a cut needs, in words.
fn needed(name: CutName) -> &'static str {
    match name {
        CutName::Offset => "positions of its epochs",
        CutName::LimitingMagnitude => "column limitmag",
        CutName::Airmass => "column airmass",
        CutName::Sharp => "column sharp",
        CutName::Chi => "column chi",
        CutName::Background => "column bg with a scatter",
        CutName::ScatteredLight => "column bg in the unit of its flux, or no positive median flux",
        CutName::Isolated => "times",
    }
}
