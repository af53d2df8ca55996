//! What a project may set for TESS, and the rules by which targets and products are not asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::identify;
use super::products::{Pipeline, Product};
use super::quality::Quality;
use crate::catalog::Target;
use crate::parameters::{Check, Parameters};

/// What a project may set under `observatories: tess:`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TessParameters {
    /// Address of the archive, or of a mirror.
    #[schemars(extend("critical" = false))]
    pub url: String,
    /// Pipelines whose light curves are taken, the preferred one first.
    pub products: Vec<Pipeline>,
    /// `best` takes the first of `products` that there is in a sector, `all` takes every one of them.
    pub keep: Keep,
    /// Take 20-s light curves too, as products of their own beside those of 120 s: six times the volume.
    pub fast: bool,
    /// Only these sectors; null = all.
    pub sectors: Option<Vec<i32>>,
    /// Targets fainter than this are skipped, in the catalog's magnitude nearest to the TESS band; null = none.
    /// A target without a magnitude is asked for.
    #[schemars(range(min = 0.0, max = 40.0), extend("unit" = "mag"))]
    pub mag_limit: Option<f64>,
    /// Stars of the TESS Input Catalog further from the target (both at J2000) are not it.
    #[schemars(range(min = 0.1, max = 600.0), extend("unit" = "arcsec"))]
    pub distance_thresh: f64,
    /// Stars of the TESS Input Catalog that differ more from the catalog's magnitude in the same band are not the target.
    #[schemars(range(min = 0.0, max = 40.0), extend("unit" = "mag"))]
    pub magdiff_thresh: f64,
    /// The same where the catalog's magnitude is of another band, so that colours are allowed for.
    #[schemars(range(min = 0.0, max = 40.0), extend("unit" = "mag"))]
    pub magdiff_thresh_other_filter: f64,
    /// Cone in which stars of the TESS Input Catalog are looked for; no smaller than `distance_thresh`.
    #[serde(alias = "cat_query_radius")]
    #[schemars(range(min = 0.1, max = 3600.0), extend("unit" = "arcsec"))]
    pub query_radius: f64,
    /// Take the plain aperture sum (SAP_FLUX) as the flux instead of the corrected one (PDCSAP_FLUX, KSPSAP_FLUX).
    pub use_simple_flux: bool,
    /// Take positions of the fitted point-spread function instead of flux-weighted centroids; most stars have none.
    pub use_psf_positions: bool,
    /// Epochs with any of these quality bits are flagged: none, default, hard, hardest, or a list of names of bits.
    pub quality: Quality,
    /// Rows of a page of the archive's replies.
    #[schemars(range(min = 1, max = 50_000), extend("critical" = false))]
    pub page_size: u32,
    /// First pause before a query that the archive is still executing is asked for again; it doubles up to 10 s.
    #[schemars(range(min = 0.0, max = 10.0), extend("unit" = "s", "critical" = false))]
    pub poll_delay: f64,
    /// Longest time that the archive may execute a query.
    #[schemars(range(min = 0.0, max = 86_400.0), extend("unit" = "s", "critical" = false))]
    pub poll_limit: f64,
}

/// How many products of a sector are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the words of the project file
pub enum Keep {
    Best,
    All,
}

impl Default for TessParameters {
    fn default() -> TessParameters {
        TessParameters {
            url: "https://mast.stsci.edu".to_owned(),
            products: vec![Pipeline::Spoc, Pipeline::TessSpoc, Pipeline::Qlp],
            keep: Keep::Best,
            fast: false,
            sectors: None,
            mag_limit: Some(18.0),
            distance_thresh: 10.0,
            magdiff_thresh: 0.75,
            magdiff_thresh_other_filter: 3.0,
            // enough to see the neighbours that a match could be mistaken for
            query_radius: 30.0,
            use_simple_flux: false,
            use_psf_positions: false,
            quality: Quality::Default,
            page_size: 50_000,
            poll_delay: 0.5,
            poll_limit: 600.0,
        }
    }
}

impl Parameters for TessParameters {
    fn check(&self, check: &mut Check) {
        let has_host = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        check.require(
            url::Url::parse(&self.url).is_ok_and(has_host),
            "url",
            "an address begins with https:// or http:// and a host",
        );
        let products = &self.products;
        let repeated =
            (1..products.len()).any(|place| products[..place].contains(&products[place]));
        check.require(
            !products.is_empty() && !repeated,
            "products",
            "list some of spoc, tess-spoc, qlp, each once",
        );
        let sectors = self.sectors.as_deref();
        check.require(
            sectors.is_none_or(|list| !list.is_empty() && list.iter().all(|&sector| sector > 0)),
            "sectors",
            "list the numbers of sectors, from 1, or set null for all",
        );
        check.require(
            self.query_radius >= self.distance_thresh,
            "query_radius",
            "stars up to distance_thresh must be in the cone",
        );
        if let Some(problem) = self.quality.problem() {
            let known: Vec<&str> = super::quality::BITS.iter().map(|(name, _)| *name).collect();
            let problem = format!(
                "{problem}; the bits are {}, {}",
                known.join(", "),
                super::quality::LOW_PRECISION
            );
            check.require(false, "quality", &problem);
        }
    }
}

impl TessParameters {
    /// The rule by which a target is not asked for, in words.
    pub(super) fn skips(&self, target: &Target) -> Option<String> {
        let (filter, mag) = identify::magnitude_for_limit(target)?;
        let limit = self.mag_limit.filter(|&limit| mag > limit)?;
        let filter = filter.map_or_else(String::new, |filter| format!(" in {filter:?}"));
        Some(format!(
            "magnitude {mag:.3}{filter} is fainter than mag_limit {limit}"
        ))
    }

    /// Why a product is not taken, whatever else there is.
    pub(super) fn refuses(&self, product: &Product, tic: u64) -> Option<String> {
        if product.tic != tic {
            return Some(format!("it is of TIC {}", product.tic));
        }
        if !self.products.contains(&product.pipeline) {
            return Some(format!("{} is not among the products", product.pipeline));
        }
        if product.fast && !self.fast {
            return Some("20-s data were not asked for (fast)".to_owned());
        }
        let sectors = self.sectors.as_ref()?;
        (!sectors.contains(&product.sector))
            .then(|| format!("sector {} is not among the sectors", product.sector))
    }

    /// The parameters that change what is downloaded.
    pub(super) fn download_parameters(&self) -> Map<String, Value> {
        let value = json!({
            "products": self.products,
            "keep": self.keep,
            "fast": self.fast,
            "sectors": self.sectors,
            "distance_thresh": self.distance_thresh,
            "magdiff_thresh": self.magdiff_thresh,
            "magdiff_thresh_other_filter": self.magdiff_thresh_other_filter,
        });
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}
