//! From the rows of TESS's products to lightcurves: one for each product of a sector.

use serde_json::{Map, Value, json};

use super::identify;
use super::joined::{self, Joined, OwnColumn};
use super::products::Pipeline;
use super::{NAME, TessParameters};
use crate::catalog::Target;
use crate::observatory::{ReduceError, Reduction};
use crate::photometry::{
    Column, Epochs, RawPhotometry, Series, TableError, Values, magnitude_from_flux,
    number_by_start_time,
};
use crate::statistics::median;
use crate::time::{JD_OF_MJD_ZERO, SECONDS_IN_A_DAY, TimeFrame};
use crate::{sky, time};

/// Magnitude of a star that gives 1 e-/s (TESS Instrument Handbook, section 7.1: 20.44 ± 0.05).
pub const ZERO_POINT: f64 = 20.44;

/// A star so far from the target (arcsec) is another one, whatever its number: no proper motion that a catalog may not know
/// goes as far in fifty years (Barnard's star: 10.4 arcsec a year, and known).
const FAR: f64 = 60.0;

/// Part of the time in which a full-frame image collects light: 1.98 s of each 2 s, and 8 of 10 exposures are left
/// by the cosmic-ray mitigation on board. The headers of SPOC say so (DEADC), those of QLP say nothing.
const DUTY_CYCLE: f64 = 0.792;

/// Columns that a lightcurve may have beside those of all, and what is said of it in one word or number.
pub(super) const EPOCH_NAMES: [&str; 30] = [
    "sap_flux",
    "sap_fluxerr",
    "bg",
    "bgerr",
    "pdcsap_flux",
    "pdcsap_fluxerr",
    "pos1",
    "pos2",
    "pos1err",
    "pos2err",
    "pos_corr1",
    "pos_corr2",
    "timecorr",
    "cadence",
    "quality",
    "object_id",
    "sector",
    "camera",
    "ccd",
    "product",
    "uri",
    "why",
    "flux_column",
    "quality_mask",
    "tessmag",
    "position_source",
    "separation_arcsec",
    "exptime_source",
    "zero_point_source",
    "zero_point_measured",
];

/// A lightcurve for each product and sector, numbered by start time.
///
/// Times become MJD, TDB at the barycentre, mid-exposure. No row is dropped: those without a time or a flux, and
/// those with a quality bit that counts, are flagged.
pub(super) fn by_product(
    raw: &RawPhotometry,
    target: Option<&Target>,
    parameters: &TessParameters,
) -> Result<Reduction, ReduceError> {
    let mut reduction = Reduction::default();
    if raw.table.is_empty() {
        return Ok(reduction);
    }
    let products = joined::products(raw);
    let found: usize = products.iter().map(Joined::rows).sum();
    if found != raw.table.rows() {
        return Err(ReduceError::Other {
            message: format!(
                "{} of {} rows of {NAME} belong to none of the products that its altdata list",
                raw.table.rows() - found,
                raw.table.rows()
            ),
        });
    }
    let wanted = target.and_then(|target| target.id("TIC")?.trim().parse::<u64>().ok());
    for joined in &products {
        let product = Product::of(joined, parameters)?;
        match (wanted, product.tic()) {
            (Some(wanted), Some(tic)) if wanted != tic => {
                let told = format!("sector {}: TIC {tic} is not TIC {wanted}", joined.sector);
                reduction.rejected.push(told);
            }
            _ if product.is_far_from(target) => {
                let told = format!(
                    "sector {}: TIC {} is {:.0} arcsec from the target: another star, or a wrong number in the catalog",
                    joined.sector,
                    product.tic().unwrap_or_default(),
                    product.separation(target).unwrap_or_default(),
                );
                reduction.rejected.push(told);
            }
            _ if joined.rows() > 0 => {
                let series = product.series(target, parameters).map_err(table_error)?;
                let curves = series.into_lightcurves(NAME, &raw.source_name, f64::INFINITY);
                reduction.lightcurves.extend(curves);
            }
            _ => {}
        }
    }
    number_by_start_time(&mut reduction.lightcurves);
    Ok(reduction)
}

fn table_error(problem: TableError) -> ReduceError {
    ReduceError::Table {
        observatory: NAME.to_owned(),
        problem,
    }
}

/// The rows of a product with its headers.
struct Product<'a> {
    joined: &'a Joined<'a>,
    pipeline: Pipeline,
    primary: &'a Map<String, Value>,
    lightcurve: &'a Map<String, Value>,
    mask: u32,
}

/// Names of the columns that hold the flux and its error.
struct FluxColumns {
    flux: &'static str,
    error: Option<&'static str>,
}

impl<'a> Product<'a> {
    fn of(joined: &'a Joined<'a>, parameters: &TessParameters) -> Result<Product<'a>, ReduceError> {
        let record = joined.record;
        let header = |name: &str| record.get(name).and_then(Value::as_object);
        let word = record.get("product").and_then(Value::as_str);
        let known = word.and_then(Pipeline::from_word);
        let (Some(pipeline), Some(primary), Some(lightcurve)) =
            (known, header("primary_header"), header("lightcurve_header"))
        else {
            return Err(ReduceError::Other {
                message: format!(
                    "a product of {NAME} in sector {} has no headers",
                    joined.sector
                ),
            });
        };
        Ok(Product {
            joined,
            pipeline,
            primary,
            lightcurve,
            mask: parameters.quality.mask(pipeline, joined.sector),
        })
    }

    fn tic(&self) -> Option<u64> {
        self.joined.record.get("tic")?.as_u64()
    }

    /// From the star of the header to the target, both at J2000 (arcsec).
    fn separation(&self, target: Option<&Target>) -> Option<f64> {
        let (ra, dec) = (self.card("RA_OBJ")?, self.card("DEC_OBJ")?);
        let (target_ra, target_dec) = target?.position_at(identify::TIC_EPOCH);
        Some(sky::separation(target_ra, target_dec, ra, dec) * 3600.0)
    }

    fn is_far_from(&self, target: Option<&Target>) -> bool {
        self.separation(target).is_some_and(|arcsec| arcsec > FAR)
    }

    fn series(
        &self,
        target: Option<&Target>,
        parameters: &TessParameters,
    ) -> Result<Series, TableError> {
        let names = self.flux_columns(parameters);
        let flux = self.floats(names.flux)?;
        let rows = flux.len();
        let fluxerr = match names.error {
            Some(name) => self.floats(name)?,
            None => vec![f64::NAN; rows],
        };
        let (zero_point, source) = self.zero_point();
        let (mag, magerr) = flux
            .iter()
            .zip(&fluxerr)
            .map(|(&flux, &error)| magnitude_from_flux(flux, error, zero_point))
            .unzip();
        let mjd = self.mjd()?;
        let (exptime, exptime_source) = self.exposure_time();
        let (ra, dec) = (self.card("RA_OBJ"), self.card("DEC_OBJ"));
        let epochs = Epochs {
            flag: self.flags(&mjd, &flux),
            mjd,
            mag,
            magerr,
            exptime: vec![exptime; rows],
            ra: vec![ra.unwrap_or(f64::NAN); rows],
            dec: vec![dec.unwrap_or(f64::NAN); rows],
            flux_unit: match self.pipeline {
                Pipeline::Spoc | Pipeline::TessSpoc => "e-/s".to_owned(),
                Pipeline::Qlp => "relative".to_owned(),
            },
            zero_point,
            extra: self.further_columns(parameters),
            flux,
            fluxerr,
        };
        let mut altdata = self.altdata(target, names.flux);
        altdata.insert("exptime_source".to_owned(), json!(exptime_source));
        altdata.insert("zero_point_source".to_owned(), json!(source));
        let measured = self.measured_zero_point(&epochs);
        altdata.insert("zero_point_measured".to_owned(), json!(measured));
        Ok(Series {
            filter: "TESS".to_owned(),
            frame: TimeFrame::TDB_BARYCENTER_MIDDLE,
            epochs,
            altdata,
        })
    }

    /// BJD of the file as MJD: first the whole days, which a float holds exactly, then the fraction.
    fn mjd(&self) -> Result<Vec<f64>, TableError> {
        let number = |name: &str| self.lightcurve.get(name).and_then(Value::as_f64);
        let days = number("BJDREFI").unwrap_or(2_457_000.0) - JD_OF_MJD_ZERO;
        // QLP writes BJDREFR, others may write neither
        let fraction = number("BJDREFF").or(number("BJDREFR")).unwrap_or(0.0);
        let to_middle = self.to_middle();
        let time = self.floats("TIME")?;
        Ok(time
            .into_iter()
            .map(|time| time + days + fraction + to_middle)
            .collect())
    }

    /// From the stated part of the exposure to its middle (d); everybody states the middle.
    fn to_middle(&self) -> f64 {
        let number = |name: &str| self.lightcurve.get(name).and_then(Value::as_f64);
        match (number("TIMEPIXR"), number("TIMEDEL")) {
            (Some(part), Some(step)) if (0.0..=1.0).contains(&part) => (0.5 - part) * step,
            _ => 0.0,
        }
    }

    fn flux_columns(&self, parameters: &TessParameters) -> FluxColumns {
        let simple = parameters.use_simple_flux;
        match self.pipeline {
            Pipeline::Spoc | Pipeline::TessSpoc if simple => FluxColumns {
                flux: "SAP_FLUX",
                error: Some("SAP_FLUX_ERR"),
            },
            Pipeline::Spoc | Pipeline::TessSpoc => FluxColumns {
                flux: "PDCSAP_FLUX",
                error: Some("PDCSAP_FLUX_ERR"),
            },
            Pipeline::Qlp if simple => FluxColumns {
                flux: "SAP_FLUX",
                error: None,
            },
            // the columns were renamed with sector 56
            Pipeline::Qlp if self.column("DET_FLUX").is_some() => FluxColumns {
                flux: "DET_FLUX",
                error: Some("DET_FLUX_ERR"),
            },
            Pipeline::Qlp => FluxColumns {
                flux: "KSPSAP_FLUX",
                error: Some("KSPSAP_FLUX_ERR"),
            },
        }
    }

    /// Zero point in the unit of the flux, and where it comes from.
    fn zero_point(&self) -> (f64, &'static str) {
        match self.pipeline {
            Pipeline::Spoc | Pipeline::TessSpoc => {
                (ZERO_POINT, "TESS Instrument Handbook: 20.44 mag for 1 e-/s")
            }
            Pipeline::Qlp => (
                self.card("TESSMAG").unwrap_or(f64::NAN),
                "TESSMAG of the header: fluxes are relative to the star's median",
            ),
        }
    }

    /// Zero point with which the median of the good fluxes is the star's magnitude in the TESS Input Catalog.
    fn measured_zero_point(&self, epochs: &Epochs) -> Option<f64> {
        let good: Vec<f64> = (0..epochs.len())
            .filter(|&epoch| epochs.is_good(epoch))
            .map(|epoch| epochs.flux[epoch])
            .collect();
        let flux = median(&good).filter(|&flux| flux > 0.0)?;
        Some(self.card("TESSMAG")? + 2.5 * flux.log10())
    }

    /// Time in which light was collected (s), and from which cards.
    fn exposure_time(&self) -> (f64, &'static str) {
        let number = |name: &str| self.lightcurve.get(name).and_then(Value::as_f64);
        let cadence = number("TIMEDEL").map(|days| days * SECONDS_IN_A_DAY);
        if let (Some(cadence), Some(live)) = (cadence, number("DEADC")) {
            return (cadence * live, "TIMEDEL * DEADC");
        }
        if let (Some(frames), Some(each)) = (number("NUM_FRM"), number("INT_TIME")) {
            let mitigated = self.primary.get("CRMITEN") == Some(&Value::Bool(true));
            let block = self
                .card("CRBLKSZ")
                .filter(|&block| mitigated && block > 2.0);
            let kept = block.map_or(1.0, |block| 1.0 - 2.0 / block);
            return (
                frames * each * kept,
                "NUM_FRM * INT_TIME, without two of CRBLKSZ exposures",
            );
        }
        match cadence {
            Some(cadence) => (
                cadence * DUTY_CYCLE,
                "TIMEDEL * 0.792, as of all full-frame images",
            ),
            None => (f64::NAN, "the header does not say"),
        }
    }

    fn flags(&self, mjd: &[f64], flux: &[f64]) -> Vec<bool> {
        let quality = self.column("QUALITY").map(|own| self.joined.take(own));
        let quality = match quality {
            Some(Values::Int32(bits)) => bits,
            _ => vec![0; flux.len()],
        };
        quality
            .into_iter()
            .map(|bits| bits as u32)
            .zip(mjd.iter().zip(flux))
            .map(|(bits, (mjd, flux))| {
                bits & self.mask != 0 || !mjd.is_finite() || !flux.is_finite()
            })
            .collect()
    }

    /// What the file has beside times and the flux, under names that are the same for all pipelines.
    fn further_columns(&self, parameters: &TessParameters) -> Vec<Column> {
        let position = if parameters.use_psf_positions {
            [
                "PSF_CENTR1",
                "PSF_CENTR2",
                "PSF_CENTR1_ERR",
                "PSF_CENTR2_ERR",
            ]
        } else {
            [
                "MOM_CENTR1",
                "MOM_CENTR2",
                "MOM_CENTR1_ERR",
                "MOM_CENTR2_ERR",
            ]
        };
        let corrected = parameters.use_simple_flux.then_some([
            (
                "pdcsap_flux",
                "PDCSAP_FLUX",
                "flux corrected for systematics",
            ),
            ("pdcsap_fluxerr", "PDCSAP_FLUX_ERR", "error of pdcsap_flux"),
        ]);
        let mut names = vec![
            ("sap_flux", "SAP_FLUX", "sum over the aperture"),
            ("sap_fluxerr", "SAP_FLUX_ERR", "error of sap_flux"),
            ("bg", "SAP_BKG", "background in the aperture"),
            ("bgerr", "SAP_BKG_ERR", "error of bg"),
        ];
        names.extend(corrected.into_iter().flatten());
        names.extend(match self.pipeline {
            Pipeline::Qlp => [
                ("pos1", "SAP_X", "column of the star on the CCD"),
                ("pos2", "SAP_Y", "row of the star on the CCD"),
                ("pos1err", "", ""),
                ("pos2err", "", ""),
            ],
            Pipeline::Spoc | Pipeline::TessSpoc => [
                ("pos1", position[0], "column of the star on the CCD"),
                ("pos2", position[1], "row of the star on the CCD"),
                ("pos1err", position[2], "error of pos1"),
                ("pos2err", position[3], "error of pos2"),
            ],
        });
        names.extend([
            ("pos_corr1", "POS_CORR1", "pointing offset along columns"),
            ("pos_corr2", "POS_CORR2", "pointing offset along rows"),
            (
                "timecorr",
                "TIMECORR",
                "barycentric correction that is in mjd",
            ),
            (
                "cadence",
                "CADENCENO",
                "number of the cadence, without gaps",
            ),
            ("quality", "QUALITY", "quality bits of the archive"),
        ]);
        names
            .into_iter()
            .filter_map(|(name, own, description)| {
                let own = self.column(own)?;
                let values = self.joined.take(own);
                Some(Column::new(name, self.unit(own), description, values))
            })
            .collect()
    }

    /// The unit of the file; relative fluxes have none there.
    fn unit(&self, column: OwnColumn<'a>) -> &'a str {
        // not the background of QLP, which is in a unit of its own that the file does not tell
        let is_flux = column.name.contains("FLUX");
        match column.unit {
            "" if is_flux && self.pipeline == Pipeline::Qlp => "relative",
            unit => unit,
        }
    }

    fn altdata(&self, target: Option<&Target>, flux_column: &str) -> Map<String, Value> {
        let record = |name: &str| self.joined.record.get(name).cloned().unwrap_or_default();
        let (ra, dec) = (self.card("RA_OBJ"), self.card("DEC_OBJ"));
        let separation = self.separation(target);
        let altdata = json!({
            "object_id": self.tic().map(|tic| format!("TIC {tic}")),
            "sector": self.joined.sector,
            "camera": record("camera"),
            "ccd": record("ccd"),
            "product": record("product"),
            "cadence": record("cadence"),
            "uri": record("uri"),
            "why": record("why"),
            "flux_column": flux_column,
            "quality_mask": self.mask,
            "tessmag": self.card("TESSMAG"),
            "ra": ra,
            "dec": dec,
            "position_source": "RA_OBJ and DEC_OBJ of the primary header: the TESS Input Catalog's, J2000",
            "separation_arcsec": separation.filter(|separation| separation.is_finite()),
        });
        match altdata {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// A number of the primary header.
    fn card(&self, name: &str) -> Option<f64> {
        self.primary.get(name)?.as_f64()
    }

    fn column(&self, name: &str) -> Option<OwnColumn<'a>> {
        self.joined.column(name)
    }

    fn floats(&self, name: &str) -> Result<Vec<f64>, TableError> {
        let own = self.column(name).ok_or_else(|| TableError::Missing {
            name: name.to_owned(),
        })?;
        let values = self.joined.take(own);
        let found = values.kind();
        values.into_floats().ok_or_else(|| TableError::Type {
            name: name.to_owned(),
            found,
            expected: "numbers",
        })
    }
}

/// The frame of the times in raw tables.
pub(super) const RAW_FRAME: TimeFrame = TimeFrame {
    format: time::TimeFormat::Btjd,
    ..TimeFrame::TDB_BARYCENTER_MIDDLE
};
