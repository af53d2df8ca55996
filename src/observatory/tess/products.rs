//! What the files of the archive are, by their names, and which of them are taken.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TessParameters;
use super::parameters::Keep;
use super::reply::Observation;

/// So many different reasons are told for which nothing is taken.
const REASONS_TOLD: usize = 5;

/// Who made the light curves of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pipeline {
    /// The mission's own pipeline on its preselected targets: 120 s, and 20 s when asked for.
    Spoc,
    /// The same pipeline on stars in the full-frame images.
    TessSpoc,
    /// The Quick-Look Pipeline of MIT on stars in the full-frame images: relative fluxes.
    Qlp,
}

impl Pipeline {
    /// The word that parameters and tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Pipeline::Spoc => "spoc",
            Pipeline::TessSpoc => "tess-spoc",
            Pipeline::Qlp => "qlp",
        }
    }

    /// The pipeline of a word; none for any other text.
    pub fn from_word(word: &str) -> Option<Pipeline> {
        [Pipeline::Spoc, Pipeline::TessSpoc, Pipeline::Qlp]
            .into_iter()
            .find(|pipeline| pipeline.as_str() == word)
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A file with light curves, as its name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Product {
    /// `mast:…`, which names the file in the archive.
    pub(super) uri: String,
    pub(super) pipeline: Pipeline,
    /// 20 s instead of 120 s.
    pub(super) fast: bool,
    pub(super) sector: i32,
    pub(super) tic: u64,
}

/// A product that is taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) product: Product,
    pub(super) why: String,
}

/// What is taken, in the order of sectors, and what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) chosen: Vec<Chosen>,
    /// URI and reason.
    pub(super) left_out: Vec<(String, String)>,
}

impl Product {
    /// Takes the name of a file apart; none for anything that is no light curve of these pipelines.
    pub(super) fn of(uri: &str) -> Option<Product> {
        let name = uri.strip_prefix("mast:")?.rsplit('/').next()?;
        let mut rest = Name(name);
        let (pipeline, fast, sector, tic) = if rest.word("hlsp_qlp_tess_ffi_s") {
            let (sector, tic) = (rest.digits(4)?, rest.after("-")?.digits(16)?);
            rest.after("_tess_v")?.version()?.end("_llc.fits")?;
            (Pipeline::Qlp, false, sector, tic)
        } else if rest.word("hlsp_tess-spoc_tess_phot_") {
            let (tic, sector) = (rest.digits(16)?, rest.after("-s")?.digits(4)?);
            rest.after("_tess_v")?.version()?.end("_lc.fits")?;
            (Pipeline::TessSpoc, false, sector, tic)
        } else if rest.word("tess") {
            rest.digits(13)?;
            let (sector, tic) = (rest.after("-s")?.digits(4)?, rest.after("-")?.digits(16)?);
            rest.after("-")?.digits(4)?;
            let fast = rest.0 == "-a_fast-lc.fits";
            (fast || rest.0 == "-s_lc.fits").then_some(())?;
            (Pipeline::Spoc, fast, sector, tic)
        } else {
            return None;
        };
        Some(Product {
            uri: uri.to_owned(),
            pipeline,
            fast,
            sector: i32::try_from(sector).ok()?,
            tic,
        })
    }
}

/// What is left of a file's name.
struct Name<'a>(&'a str);

impl Name<'_> {
    fn word(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn after(&mut self, word: &str) -> Option<&mut Self> {
        self.word(word).then_some(self)
    }

    /// A number of exactly so many digits.
    fn digits(&mut self, number: usize) -> Option<u64> {
        let (digits, rest) = self.0.split_at_checked(number)?;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(())?;
        self.0 = rest;
        digits.parse().ok()
    }

    /// Digits and dots.
    fn version(&mut self) -> Option<&mut Self> {
        let rest = self
            .0
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        (rest.len() < self.0.len()).then_some(())?;
        self.0 = rest;
        Some(self)
    }

    fn end(&mut self, word: &str) -> Option<()> {
        (self.0 == word).then_some(())
    }
}

/// Chooses among the observations of a star.
///
/// A file that is listed twice is taken once. Of two versions of the same product the one with the later name is
/// taken: names begin with the time of the sector, or end with the version.
pub(super) fn choose(tic: u64, rows: &[Observation], parameters: &TessParameters) -> Choice {
    let mut choice = Choice::default();
    let mut products: Vec<Product> = Vec::new();
    let mut uris: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.data_uri.as_deref())
        .collect();
    uris.sort_unstable();
    uris.dedup();
    for uri in uris {
        match Product::of(uri).ok_or("no light curve of spoc, tess-spoc or qlp".to_owned()) {
            Ok(product) => match parameters.refuses(&product, tic) {
                Some(reason) => choice.left_out.push((product.uri, reason)),
                None => products.push(product),
            },
            Err(reason) => choice.left_out.push((uri.to_owned(), reason)),
        }
    }
    let rank = |product: &Product| {
        let listed = parameters.products.iter();
        let place = listed
            .clone()
            .position(|&pipeline| pipeline == product.pipeline);
        (product.sector, place, product.fast)
    };
    // stable: of equal products the latest name comes last
    products.sort_by_key(rank);
    let mut kept: Vec<Product> = Vec::new();
    for product in products {
        match kept.last_mut() {
            Some(last) if rank(last) == rank(&product) => {
                let older = std::mem::replace(last, product);
                choice
                    .left_out
                    .push((older.uri, "there is a later version".to_owned()));
            }
            _ => kept.push(product),
        }
    }
    choice.take(kept, parameters);
    choice
}

impl Choice {
    /// Why there is nothing of a star, in words: what there is and was left out, for the most frequent reasons.
    pub(super) fn why_nothing(&self, tic: u64) -> String {
        let mut reasons: Vec<&str> = self.left_out.iter().map(|(_, why)| why.as_str()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        if reasons.is_empty() {
            return format!("there is no light curve of TIC {tic}");
        }
        reasons.truncate(REASONS_TOLD);
        format!(
            "nothing is taken of {} files of TIC {tic}: {}",
            self.left_out.len(),
            reasons.join("; ")
        )
    }

    /// Takes all, or the first pipeline of each sector; fast data go beside it.
    fn take(&mut self, products: Vec<Product>, parameters: &TessParameters) {
        let listed: Vec<&str> = parameters.products.iter().map(|p| p.as_str()).collect();
        let listed = listed.join(", ");
        let mut best: Option<(i32, Pipeline)> = None;
        for product in products {
            let sector = product.sector;
            if product.fast {
                let why = "20-s data were asked for (fast)".to_owned();
                self.chosen.push(Chosen { product, why });
                continue;
            }
            let why = match (parameters.keep, best) {
                (Keep::All, _) => format!("all of {listed} are kept"),
                (Keep::Best, Some((taken, pipeline))) if taken == sector => {
                    let reason = format!("{pipeline} of sector {sector} is preferred");
                    self.left_out.push((product.uri, reason));
                    continue;
                }
                (Keep::Best, _) => {
                    best = Some((sector, product.pipeline));
                    format!("the first of {listed} in sector {sector}")
                }
            };
            self.chosen.push(Chosen { product, why });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPOC: &str = "mast:TESS/product/tess2020106103520-s0024-0000000188589164-0180-s_lc.fits";
    const FAST: &str =
        "mast:TESS/product/tess2020106103520-s0024-0000000188589164-0180-a_fast-lc.fits";
    const TESS_SPOC: &str = "mast:HLSP/tess-spoc/s0024/target/0000/0001/8858/9164/hlsp_tess-spoc_tess_phot_0000000188589164-s0024_tess_v1_lc.fits";
    const QLP: &str = "mast:HLSP/qlp/s0024/0000/0001/8858/9164/hlsp_qlp_tess_ffi_s0024-0000000188589164_tess_v01_llc.fits";

    fn rows(uris: &[&str]) -> Vec<Observation> {
        let row = |uri: &&str| Observation {
            target_name: "188589164".to_owned(),
            data_uri: Some((*uri).to_owned()),
        };
        uris.iter().map(row).collect()
    }

    fn taken(uris: &[&str], parameters: &TessParameters) -> Vec<(Pipeline, bool)> {
        let choice = choose(188_589_164, &rows(uris), parameters);
        let short = |chosen: Chosen| (chosen.product.pipeline, chosen.product.fast);
        choice.chosen.into_iter().map(short).collect()
    }

    #[test]
    fn light_curves_are_told_by_the_names_of_their_files() {
        for (uri, pipeline, fast) in [
            (SPOC, Pipeline::Spoc, false),
            (FAST, Pipeline::Spoc, true),
            (TESS_SPOC, Pipeline::TessSpoc, false),
            (QLP, Pipeline::Qlp, false),
        ] {
            let product = Product::of(uri).expect(uri);
            assert_eq!((product.pipeline, product.fast), (pipeline, fast));
            assert_eq!((product.sector, product.tic), (24, 188_589_164));
        }
    }

    #[test]
    fn other_products_of_the_archive_are_not_taken_for_light_curves() {
        for uri in [
            "mast:TESS/product/tess2018206190142-s0001-s0036-0000000074534430-00471_dvt.fits",
            "mast:TESS/product/tess2020106103520-s0024-0000000188589164-0180-s_tp.fits",
            "mast:HLSP/tasoc/s0001/c0120/0000/0002/7398/5862/hlsp_tasoc_tess_tpf_tic00273985862-s0001-cam3-ccd3-c0120_tess_v05_cbv-lc.fits",
            "mast:HLSP/tglc/s0001/cam3-ccd3/0046/1802/5841/1296/hlsp_tglc_tess_ffi_gaiaid-4618025841129646336-s0001-cam3-ccd3_tess_v1_llc.fits",
            "mast:HLSP/gsfc-eleanor-lite/s0001/0/0/0/1/hlsp_gsfc-eleanor-lite_tess_ffi_s0001-0000000188589164_tess_v1.0_lc.fits",
            "http://elsewhere/tess2020106103520-s0024-0000000188589164-0180-s_lc.fits",
            "mast:",
            "",
        ] {
            assert_eq!(Product::of(uri), None, "{uri}");
        }
    }

    #[test]
    fn one_product_a_sector_is_taken_by_priority() {
        let mut parameters = TessParameters::default();
        let all = [QLP, FAST, SPOC, TESS_SPOC, SPOC];
        assert_eq!(taken(&all, &parameters), [(Pipeline::Spoc, false)]);
        assert_eq!(
            taken(&[QLP, TESS_SPOC], &parameters),
            [(Pipeline::TessSpoc, false)]
        );
        parameters.products = vec![Pipeline::Qlp, Pipeline::Spoc];
        assert_eq!(taken(&all, &parameters), [(Pipeline::Qlp, false)]);
        assert_eq!(taken(&[TESS_SPOC], &parameters), []);
    }

    #[test]
    fn all_listed_products_are_taken_when_asked_for_and_fast_ones_only_then() {
        let mut parameters = TessParameters {
            keep: Keep::All,
            ..TessParameters::default()
        };
        let all = [QLP, FAST, SPOC, TESS_SPOC];
        let three = [
            (Pipeline::Spoc, false),
            (Pipeline::TessSpoc, false),
            (Pipeline::Qlp, false),
        ];
        assert_eq!(taken(&all, &parameters), three);
        parameters.fast = true;
        assert_eq!(taken(&all, &parameters)[1], (Pipeline::Spoc, true));
        parameters.keep = Keep::Best;
        assert_eq!(
            taken(&all, &parameters),
            [(Pipeline::Spoc, false), (Pipeline::Spoc, true)]
        );
    }

    #[test]
    fn what_is_left_out_is_named_with_its_reason() {
        let newer = QLP.replace("_v01_", "_v02_");
        let other = SPOC.replace("188589164", "188589165");
        let parameters = TessParameters {
            sectors: Some(vec![24]),
            ..TessParameters::default()
        };
        let uris = [
            QLP,
            &newer,
            &other,
            "mast:x_dvt.fits",
            &SPOC.replace("s0024", "s0025"),
        ];
        let choice = choose(188_589_164, &rows(&uris), &parameters);
        assert_eq!(choice.chosen.len(), 1);
        assert_eq!(choice.chosen[0].product.uri, newer);
        let reasons = format!("{:?}", choice.left_out);
        for reason in [
            "later version",
            "TIC 188589165",
            "no light curve",
            "sector 25",
        ] {
            assert!(reasons.contains(reason), "{reason}: {reasons}");
        }
    }
}
