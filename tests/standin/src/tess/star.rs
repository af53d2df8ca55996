//! What a test says of a star: where it is, how bright, and which pipelines made light curves of it.

/// A star with TESS light curves. Begin with [`TessStar::at`].
///
/// ```
/// use retriever_standin::TessStar;
/// let star = TessStar::at(188589164, 239.578, 35.407)
///     .motion(-143.3, 318.2)
///     .tmag(10.27)
///     .spoc(24)
///     .tess_spoc(24)
///     .qlp(24);
/// assert_eq!(star.products.len(), 3);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TessStar {
    /// Number in the TESS Input Catalog.
    pub tic: u64,
    /// Right ascension (degrees, J2000).
    pub ra: f64,
    /// Declination (degrees, J2000).
    pub dec: f64,
    /// Proper motion in right ascension, with cos(dec) (mas/yr).
    pub pm_ra: f64,
    /// Proper motion in declination (mas/yr).
    pub pm_dec: f64,
    /// TESS magnitude.
    pub tmag: f64,
    /// Gaia G magnitude; `None` is a null in the catalog.
    pub gaia_mag: Option<f64>,
    /// Its light curves.
    pub products: Vec<TessProduct>,
}

/// One light-curve file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TessProduct {
    pub pipeline: Pipeline,
    pub sector: u32,
    /// Rows of the table; SPOC's tables count gaps too.
    pub rows: usize,
}

/// Who made a light curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pipeline {
    /// SPOC, 120 s.
    Spoc,
    /// SPOC, 20 s (`a_fast-lc`).
    SpocFast,
    /// TESS-SPOC, of full-frame images.
    TessSpoc,
    /// QLP, of full-frame images: 13 columns up to sector 55, then 14.
    Qlp,
}

/// Rows of a file unless [`TessStar::rows`] says otherwise.
const ROWS: usize = 300;

impl TessStar {
    /// A star of Tmag 12 without a proper motion and, so far, without light curves.
    pub fn at(tic: u64, ra: f64, dec: f64) -> TessStar {
        TessStar {
            tic,
            ra,
            dec,
            pm_ra: 0.0,
            pm_dec: 0.0,
            tmag: 12.0,
            gaia_mag: Some(12.5),
            products: Vec::new(),
        }
    }

    /// Proper motion (mas/yr).
    #[must_use]
    pub fn motion(mut self, pm_ra: f64, pm_dec: f64) -> TessStar {
        (self.pm_ra, self.pm_dec) = (pm_ra, pm_dec);
        self
    }

    /// TESS magnitude; Gaia's G is half a magnitude fainter.
    #[must_use]
    pub fn tmag(mut self, tmag: f64) -> TessStar {
        (self.tmag, self.gaia_mag) = (tmag, Some(tmag + 0.5));
        self
    }

    /// A 120-s light curve of a sector.
    #[must_use]
    pub fn spoc(self, sector: u32) -> TessStar {
        self.product(Pipeline::Spoc, sector)
    }

    /// A 20-s light curve of a sector.
    #[must_use]
    pub fn fast(self, sector: u32) -> TessStar {
        self.product(Pipeline::SpocFast, sector)
    }

    /// A TESS-SPOC light curve of a sector.
    #[must_use]
    pub fn tess_spoc(self, sector: u32) -> TessStar {
        self.product(Pipeline::TessSpoc, sector)
    }

    /// A QLP light curve of a sector.
    #[must_use]
    pub fn qlp(self, sector: u32) -> TessStar {
        self.product(Pipeline::Qlp, sector)
    }

    /// All its light curves have so many rows.
    #[must_use]
    pub fn rows(mut self, rows: usize) -> TessStar {
        for product in &mut self.products {
            product.rows = rows;
        }
        self
    }

    fn product(mut self, pipeline: Pipeline, sector: u32) -> TessStar {
        self.products.push(TessProduct {
            pipeline,
            sector,
            rows: ROWS,
        });
        self
    }
}

impl TessProduct {
    /// Length of a cadence (s): full-frame images came every 30, then 10 minutes, then 200 s.
    pub(crate) fn cadence(&self) -> f64 {
        match (self.pipeline, self.sector) {
            (Pipeline::Spoc, _) => 120.0,
            (Pipeline::SpocFast, _) => 20.0,
            (_, ..=26) => 1800.0,
            (_, ..=55) => 600.0,
            _ => 200.0,
        }
    }

    /// Begin of the sector (BTJD): 27.4 days after that of the one before.
    pub(crate) fn begin(&self) -> f64 {
        1325.3 + 27.4 * (f64::from(self.sector) - 1.0)
    }

    /// End of the last cadence (BTJD).
    pub(crate) fn end(&self) -> f64 {
        self.begin() + self.rows as f64 * self.cadence() / 86_400.0
    }
}
