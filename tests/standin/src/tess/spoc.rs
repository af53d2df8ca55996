//! Light-curve files of SPOC and TESS-SPOC: twenty columns of a hundred bytes a row, and an aperture.

use crate::random::{Stream, draw};
use crate::tess::fits::{Column, Header, Rows, table};
use crate::tess::star::{Pipeline, TessProduct, TessStar};

const COLUMNS: [Column; 20] = [
    Column("TIME", "D", "BJD - 2457000, days", "D14.7"),
    Column("TIMECORR", "E", "d", "E14.7"),
    Column("CADENCENO", "J", "", "I10"),
    Column("SAP_FLUX", "E", "e-/s", "E14.7"),
    Column("SAP_FLUX_ERR", "E", "e-/s", "E14.7"),
    Column("SAP_BKG", "E", "e-/s", "E14.7"),
    Column("SAP_BKG_ERR", "E", "e-/s", "E14.7"),
    Column("PDCSAP_FLUX", "E", "e-/s", "E14.7"),
    Column("PDCSAP_FLUX_ERR", "E", "e-/s", "E14.7"),
    Column("QUALITY", "J", "", "B16.16"),
    Column("PSF_CENTR1", "D", "pixel", "F10.5"),
    Column("PSF_CENTR1_ERR", "E", "pixel", "E14.7"),
    Column("PSF_CENTR2", "D", "pixel", "F10.5"),
    Column("PSF_CENTR2_ERR", "E", "pixel", "E14.7"),
    Column("MOM_CENTR1", "D", "pixel", "F10.5"),
    Column("MOM_CENTR1_ERR", "E", "pixel", "E14.7"),
    Column("MOM_CENTR2", "D", "pixel", "F10.5"),
    Column("MOM_CENTR2_ERR", "E", "pixel", "E14.7"),
    Column("POS_CORR1", "E", "pixels", "E14.7"),
    Column("POS_CORR2", "E", "pixels", "E14.7"),
];

/// Flux of a star of Tmag 0 (e-/s): 10^(20.44/2.5).
pub(crate) fn flux(tmag: f64) -> f64 {
    10f64.powf((20.44 - tmag) / 2.5)
}

/// On-board removal of cosmic rays takes 2 of 10 frames; it is off at 20 s.
fn dead_time_correction(product: &TessProduct) -> f64 {
    match product.pipeline {
        Pipeline::SpocFast => 0.99,
        _ => 0.99 * 0.8,
    }
}

/// The whole file.
pub(crate) fn file(star: &TessStar, product: &TessProduct, seed: u64) -> Vec<u8> {
    let mut bytes = primary(star, product).summed(&[]);
    bytes.extend(light_curve(star, product).summed(&rows(star, product, seed)));
    bytes.extend(aperture(star));
    bytes
}

/// What all three headers say of the star; right ascension is moved in the extensions.
fn object(header: &mut Header, star: &TessStar, ra: f64) {
    header.text("OBJECT", &format!("TIC {}", star.tic), "target");
    header.integer("TICID", star.tic as i64, "unique tess target identifier");
    header.text("RADESYS", "ICRS", "reference frame");
    header.fixed("RA_OBJ", ra, 13, "[deg] right ascension");
    header.fixed("DEC_OBJ", star.dec, 13, "[deg] declination");
    header.exact("EQUINOX", 2000.0, "equinox of celestial coordinate system");
}

fn primary(star: &TessStar, product: &TessProduct) -> Header {
    let mut header = Header::default();
    header.logical("SIMPLE", true, "conforms to FITS standards");
    header.integer("BITPIX", 8, "array data type");
    header.integer("NAXIS", 0, "number of array dimensions");
    header.logical("EXTEND", true, "file contains extensions");
    header.integer("NEXTEND", 2, "number of standard extensions");
    header.text("EXTNAME", "PRIMARY", "name of extension");
    header.text("ORIGIN", "NASA/Ames", "institution");
    header.fixed(
        "TSTART",
        product.begin(),
        12,
        "observation start time in BTJD",
    );
    header.fixed("TSTOP", product.end(), 12, "observation stop time in BTJD");
    header.text("CREATOR", "1 LightCurveExporterPipelineModule", "program");
    header.text("PROCVER", "spoc-4.0.36-20200520", "SW version");
    header.text("TELESCOP", "TESS", "telescope");
    header.text("INSTRUME", "TESS Photometer", "detector type");
    header.integer("DATA_REL", 35, "data release version number");
    header.integer("SECTOR", product.sector.into(), "Observing sector");
    header.integer("CAMERA", 1, "Camera number");
    header.integer("CCD", 2, "CCD chip number");
    object(&mut header, star, star.ra);
    header.fixed("PMRA", star.pm_ra, 8, "[mas/yr] RA proper motion");
    header.fixed("PMDEC", star.pm_dec, 8, "[mas/yr] Dec proper motion");
    header.fixed("TESSMAG", star.tmag, 8, "[mag] TESS magnitude");
    header.undefined("TEFF", "[K] Effective temperature");
    header.undefined("LOGG", "[cm/s2] log10 surface gravity");
    header.undefined("MH", "[log10([M/H])] metallicity");
    header.undefined("RADIUS", "[solar radii] stellar radius");
    match product.sector {
        ..=26 => header.integer("TICVER", 8, "TICVER"),
        _ => header.text("TICVER", "8.2", "TIC version"),
    }
    let mitigated = product.pipeline != Pipeline::SpocFast;
    header.logical("CRMITEN", mitigated, "spacecraft cosmic ray mitigation");
    header.integer("CRBLKSZ", 10, "[exposures] mitigation block size");
    header.logical("CRSPOC", false, "SPOC cosmic ray cleaning enabled");
    header
}

fn light_curve(star: &TessStar, product: &TessProduct) -> Header {
    let mut header = table(&COLUMNS, product.rows);
    header.logical("INHERIT", true, "inherit the primary header");
    header.text("EXTNAME", "LIGHTCURVE", "name of extension");
    header.integer("EXTVER", 1, "extension version number");
    header.text("TELESCOP", "TESS", "telescope");
    object(&mut header, star, moved_ra(star, product));
    let elapsed = product.end() - product.begin();
    let live = elapsed * dead_time_correction(product);
    header.fixed("EXPOSURE", live, 12, "[d] time on source");
    header.text("TIMEREF", "SOLARSYSTEM", "barycentric correction applied");
    header.text("TASSIGN", "SPACECRAFT", "where time is assigned");
    header.text("TIMESYS", "TDB", "Barycentric Dynamical Time");
    header.integer("BJDREFI", 2_457_000, "integer part of BTJD reference date");
    header.fixed(
        "BJDREFF",
        0.0,
        8,
        "fraction of the day in BTJD reference date",
    );
    header.text("TIMEUNIT", "d", "time unit for TIME, TSTART and TSTOP");
    header.fixed("TELAPSE", elapsed, 12, "[d] TSTOP - TSTART");
    header.fixed("LIVETIME", live, 12, "[d] TELAPSE multiplied by DEADC");
    header.fixed(
        "TSTART",
        product.begin(),
        12,
        "observation start time in BTJD",
    );
    header.fixed("TSTOP", product.end(), 12, "observation stop time in BTJD");
    header.fixed(
        "DEADC",
        dead_time_correction(product),
        16,
        "deadtime correction",
    );
    header.exact("TIMEPIXR", 0.5, "bin time beginning=0 middle=0.5 end=1");
    header.fixed(
        "INT_TIME",
        1.98,
        12,
        "[s] photon accumulation time per frame",
    );
    header.fixed("READTIME", 0.02, 12, "[s] readout time per frame");
    header.fixed("FRAMETIM", 2.0, 12, "[s] frame time (INT_TIME + READTIME)");
    header.integer(
        "NUM_FRM",
        (product.cadence() / 2.0) as i64,
        "number of frames",
    );
    header.exact(
        "TIMEDEL",
        product.cadence() / 86_400.0,
        "[d] time resolution",
    );
    header.undefined("CDPP0_5", "RMS CDPP on 0.5-hr time scales");
    header.fixed("CDPP2_0", 198.0007, 8, "RMS CDPP on 2.0-hr time scales");
    header.fixed("CROWDSAP", 0.998, 8, "Ratio of target flux to total flux");
    header.fixed(
        "FLFRCSAP",
        0.903,
        8,
        "Frac. of target flux in the op. aperture",
    );
    header.undefined("PDC_VAR", "PDC variability goodness metric for target");
    header
}

/// Right ascension at the middle of the observation. (Declination is not moved in many real files.)
fn moved_ra(star: &TessStar, product: &TessProduct) -> f64 {
    // BTJD 0 is 2014.94
    let years = 2014.94 + product.begin() / 365.25 - 2000.0;
    star.ra + star.pm_ra / 3.6e6 * years / star.dec.to_radians().cos()
}

/// Cadences of the gap between the two orbits of a sector: rows without a time.
fn is_gap(product: &TessProduct, row: usize) -> bool {
    (product.rows * 12 / 25..product.rows * 13 / 25).contains(&row)
}

fn rows(star: &TessStar, product: &TessProduct, seed: u64) -> Vec<u8> {
    let words: [&[u8]; 3] = [
        &star.tic.to_le_bytes(),
        &product.sector.to_le_bytes(),
        &[product.pipeline as u8],
    ];
    let mut stream = Stream::new(draw(seed, &words));
    let step = product.cadence() / 86_400.0;
    let first_cadence = ((product.begin() - 1300.0) / step) as i32;
    let level = flux(star.tmag);
    // photons of one cadence, and a floor
    let error = (level / product.cadence()).sqrt() + 1e-4 * level;
    let mut rows = Rows(Vec::with_capacity(100 * product.rows));
    for row in 0..product.rows {
        let mid = product.begin() + (row as f64 + 0.5) * step;
        let correction = 0.003 * (mid / 58.0).sin();
        let gap = is_gap(product, row);
        let quality = if gap { 8 } else { quality(&mut stream) };
        let value = |value: f64| if gap { f64::NAN } else { value };
        let clean = |value: f64| match quality & 17_087 {
            0 => value,
            _ => f64::NAN,
        };
        let wave = 1.0 + 0.01 * (mid * std::f64::consts::TAU / 0.7).sin();
        let simple = level * wave + error * stream.normal();
        rows.double(value(mid + correction));
        rows.single(correction);
        rows.integer(first_cadence + row as i32);
        rows.single(value(simple * 0.9));
        rows.single(value(error * 0.9));
        rows.single(value(150.0 + 5.0 * stream.normal()));
        rows.single(value(2.5));
        rows.single(clean(simple));
        rows.single(clean(error));
        rows.integer(quality);
        for _ in 0..2 {
            // no PSF centroids for ordinary targets
            rows.double(f64::NAN);
            rows.single(f64::NAN);
        }
        for place in [1596.0, 1190.0] {
            rows.double(value(place + 0.01 * stream.normal()));
            rows.single(value(1e-3));
        }
        rows.single(value(0.02 * stream.normal()));
        rows.single(value(0.02 * stream.normal()));
    }
    rows.0
}

/// Bits of one cadence: mostly none, now and then one of those that occur.
fn quality(stream: &mut Stream) -> i32 {
    match stream.uniform() {
        u if u < 0.95 => 0,
        u if u < 0.97 => 4096,
        u if u < 0.98 => 32,
        u if u < 0.99 => 16,
        _ => 128,
    }
}

/// Eleven by eleven pixels; the nine in the middle are the optimal aperture.
fn aperture(star: &TessStar) -> Vec<u8> {
    let mut header = Header::default();
    header.text("XTENSION", "IMAGE", "marks the beginning of a new HDU");
    header.integer("BITPIX", 32, "array data type");
    header.integer("NAXIS", 2, "number of array dimensions");
    header.integer("NAXIS1", 11, "length of first array dimension");
    header.integer("NAXIS2", 11, "length of second array dimension");
    header.integer("PCOUNT", 0, "group parameter count (not used)");
    header.integer("GCOUNT", 1, "group count (not used)");
    header.text("EXTNAME", "APERTURE", "name of extension");
    object(&mut header, star, star.ra);
    header.integer("NPIXSAP", 9, "Number of pixels in optimal aperture");
    header.integer("NPIXMISS", 0, "Number of op. aperture pixels not collected");
    let mut pixels = Rows::default();
    for row in 0..11 {
        for column in 0..11 {
            let inside = (4..7).contains(&row) && (4..7).contains(&column);
            pixels.integer(64 + 1 + if inside { 2 } else { 0 });
        }
    }
    header.summed(&pixels.0)
}
