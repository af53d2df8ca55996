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
            qflag: cuts::is_good(epochs).map(|is_good| !is_good).collect(),
            ..Quality::default()
        };
        for &name in &self.parameters.cut_names {
            let cut = self.parameters.cut(name);
            // scales are taken from the epochs that the survey calls good, whatever other cuts say of them
            match values(name, lightcurve) {
                Ok((values, description)) => {
                    for (flag, &value) in quality.qflag.iter_mut().zip(&values) {
                        *flag |= cut.fails(value);
                    }
                    quality.columns.push(Column {
                        name: cut.name,
                        unit: cut.unit,
                        description: description.to_owned(),
                        values: Values::Float64(values),
                    });
                }
                Err(lacking) => quality.notes.push(format!(
                    "{}: passed, for the lightcurve has {lacking}",
                    cut.name
                )),
            }
        }
        quality
    }

    fn looks_at_brightness(&self) -> bool {
        self.parameters.cut_names.iter().any(|name| match name {
            CutName::ScatteredLight => true,
            CutName::Offset
            | CutName::LimitingMagnitude
            | CutName::Airmass
            | CutName::Sharp
            | CutName::Chi
            | CutName::Background
            | CutName::Isolated => false,
        })
    }
}

/// The value of a cut at each epoch, and what it is; or what the lightcurve has instead of the data that it needs.
fn values(
    name: CutName,
    lightcurve: &Lightcurve,
) -> Result<(Vec<f64>, &'static str), &'static str> {
    let epochs = &lightcurve.epochs;
    let own = |column, description| Some((cuts::own_column(epochs, column)?, description));
    match name {
        CutName::Offset => Ok((
            offset::offset(epochs)?,
            "distance from the median position, as likely as a Gaussian number this far from 0",
        )),
        CutName::LimitingMagnitude => {
            own("limitmag", "limiting magnitude of the image").ok_or("no column limitmag")
        }
        CutName::Airmass => own("airmass", "airmass").ok_or("no column airmass"),
        CutName::Sharp => {
            own("sharp", "sharpness of the image of the star").ok_or("no column sharp")
        }
        CutName::Chi => {
            own("chi", "chi of the fit of the image of the star").ok_or("no column chi")
        }
        CutName::Background => Ok((
            cuts::background(epochs).ok_or("no column bg with a scatter")?,
            "background above its median over its robust scatter",
        )),
        CutName::ScatteredLight => Ok((
            cuts::scattered_light(epochs)
                .ok_or("no column bg in the unit of its flux, or no positive median flux")?,
            "background in the aperture over the median flux of the star",
        )),
        CutName::Isolated => Ok((
            cuts::isolation(epochs),
            "time to the nearest other good epoch",
        )),
    }
}
