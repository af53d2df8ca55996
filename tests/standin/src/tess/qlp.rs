//! Light-curve files of QLP: normalised flux, no rows for gaps, no aperture, and other columns from sector 56 on.

use crate::random::{Stream, draw};
use crate::tess::fits::{Column, Header, Rows, table};
use crate::tess::star::{TessProduct, TessStar};

const OLD: [Column; 13] = [
    Column("TIME", "D", "BJD-2457000, days", ""),
    Column("CADENCENO", "J", "", ""),
    Column("SAP_FLUX", "E", "", ""),
    Column("KSPSAP_FLUX", "E", "", ""),
    Column("KSPSAP_FLUX_ERR", "E", "", ""),
    Column("QUALITY", "J", "", ""),
    Column("ORBITID", "J", "", ""),
    Column("SAP_X", "E", "pixel", ""),
    Column("SAP_Y", "E", "pixel", ""),
    Column("SAP_BKG", "E", "", ""),
    Column("SAP_BKG_ERR", "E", "", ""),
    Column("KSPSAP_FLUX_SML", "E", "", ""),
    Column("KSPSAP_FLUX_LAG", "E", "", ""),
];

const NEW: [Column; 14] = [
    Column("TIME", "D", "BJD-2457000, days", ""),
    Column("CADENCENO", "J", "", ""),
    Column("SAP_FLUX", "E", "", ""),
    Column("DET_FLUX", "E", "", ""),
    Column("DET_FLUX_ERR", "E", "", ""),
    Column("QUALITY", "J", "", ""),
    Column("ORBITID", "J", "", ""),
    Column("SAP_X", "E", "pixel", ""),
    Column("SAP_Y", "E", "pixel", ""),
    Column("SAP_BKG", "E", "", ""),
    Column("SAP_BKG_ERR", "E", "", ""),
    Column("DET_FLUX_SML", "E", "", ""),
    Column("DET_FLUX_LAG", "E", "", ""),
    Column("SYS_RM_FLUX", "E", "", ""),
];

/// Cadences missing between the two orbits.
const GAP: i32 = 46;

fn is_new(product: &TessProduct) -> bool {
    product.sector >= 56
}

/// The whole file.
pub(crate) fn file(star: &TessStar, product: &TessProduct, seed: u64) -> Vec<u8> {
    let mut bytes = primary(star, product).with_data(&[]);
    bytes.extend(light_curve(star, product).with_data(&rows(star, product, seed)));
    bytes
}

fn object(header: &mut Header, star: &TessStar) {
    header.text(
        "OBJECT",
        &format!("TIC {}", star.tic),
        "string version of TICID",
    );
    header.integer("TICID", star.tic as i64, "unique TESS target identifier");
    header.text("RADESYS", "ICRS", "reference frame");
    header.exact("RA_OBJ", star.ra, "[deg] right ascension, J2000");
    header.exact("DEC_OBJ", star.dec, "[deg] declination, J2000");
}

fn primary(star: &TessStar, product: &TessProduct) -> Header {
    let mut header = Header::default();
    header.logical("SIMPLE", true, "conforms to FITS standard");
    header.integer("BITPIX", 8, "array data type");
    header.integer("NAXIS", 0, "number of array dimensions");
    header.logical("EXTEND", true, "");
    header.integer("NEXTEND", 1, "number of standard extensions");
    header.text("EXTNAME", "PRIMARY", "name of extension");
    header.text("ORIGIN", "MIT/QLP", "institution");
    header.text("TELESCOP", "TESS", "telescope");
    header.text("FILTER", "TESS", "the filter used for the observations");
    object(&mut header, star);
    header.integer("SECTOR", product.sector.into(), "last observed sector");
    header.integer("CAMERA", 1, "camera");
    header.integer("CCD", 2, "ccd");
    if is_new(product) {
        header.exact("RA_ORIG", star.ra, "[deg] right ascension, J2015.5");
        header.exact("DEC_ORIG", star.dec, "[deg] declination, J2015.5");
    }
    header.exact("TESSMAG", star.tmag, "[mag] TESS magnitude, TIC v8");
    for (name, comment) in [
        ("LOGG", "[cm/s2] log10 surface gravity"),
        ("MASS", "[solar mass] log10 stellar mass"),
        ("MH", "metallicity"),
    ] {
        // missing parameters are -1
        header.exact(name, -1.0, comment);
    }
    header.exact("PMRA", star.pm_ra, "[mas/yr] RA proper motion");
    header.exact("PMDEC", star.pm_dec, "[mas/yr] DEC proper motion");
    header.integer("TICVER", 8, "TIC Version");
    let calibration = if is_new(product) {
        "TICA v1.2.0"
    } else {
        "TICA"
    };
    header.text("CALIB", calibration, "pipeline used for image calibration");
    header
}

fn light_curve(star: &TessStar, product: &TessProduct) -> Header {
    let mut header = match is_new(product) {
        true => table(&NEW, product.rows),
        false => table(&OLD, product.rows),
    };
    header.text("INHERIT", "T", "inherit the primary header");
    header.text("EXTNAME", "LIGHTCURVE", "name of extension");
    header.text("TELESCOP", "TESS", "telescope");
    object(&mut header, star);
    header.text(
        "TIMEREF",
        "SOLARSYSTEM",
        "barycentric correction applied to times",
    );
    header.text("TASSIGN", "SPACECRAFT", "where time is assigned");
    header.text("TIMESYS", "TDB", "time is Barycentric Dynamic TIME (TDB)");
    header.integer("BJDREFI", 2_457_000, "integer part of BJD reference date");
    // a misspelt BJDREFF: it is missing, and zero
    header.exact("BJDREFR", 0.0, "fraction of the day in BJD reference date");
    header.text("TIMEUNIT", "d", "time unit for TIME, TSTART-TSTOP");
    header.exact(
        "TELAPS",
        product.end() - product.begin(),
        "[d] TSTOP-TSTART",
    );
    header.exact("TSTART", product.begin(), "observation start time in TBJD");
    header.exact("TSTOP", product.end(), "observation stop time in TBJD");
    header.exact(
        "TIMEDEL",
        product.cadence() / 86_400.0,
        "[d] time resolution",
    );
    // "MJD" as BJD - 2400000.5
    header.exact(
        "MJD-BEG",
        56_999.5 + product.begin(),
        "observation start time in MJD",
    );
    header.exact(
        "MJD-END",
        56_999.5 + product.end(),
        "observation end time in MJD",
    );
    header.text(
        "BESTAP",
        "3.0:4.0:3.0",
        "[pix] the parameters of the best aperture",
    );
    header
}

fn rows(star: &TessStar, product: &TessProduct, seed: u64) -> Vec<u8> {
    let words: [&[u8]; 3] = [
        &star.tic.to_le_bytes(),
        &product.sector.to_le_bytes(),
        b"qlp",
    ];
    let mut stream = Stream::new(draw(seed, &words));
    let step = product.cadence() / 86_400.0;
    let new = is_new(product);
    // the flag of low precision moved to the 31st bit
    let low_precision = if new { 1 << 30 } else { 4096 };
    let error = 2e-4 * 10f64.powf(0.2 * (star.tmag - 10.0));
    let mut rows = Rows::default();
    for row in 0..product.rows {
        let after_gap = if row >= product.rows / 2 { GAP } else { 0 };
        let cadence = row as i32 + after_gap;
        let time = product.begin() + (f64::from(cadence) + 0.5) * step;
        let wave = 1.0 + 0.01 * (time * std::f64::consts::TAU / 0.7).sin();
        let flux = wave + error * stream.normal();
        let quality = match stream.uniform() {
            u if u < 0.95 => 0,
            u if u < 0.98 => low_precision,
            _ => 128,
        };
        rows.double(time);
        rows.integer(10_000 + cadence);
        rows.single(flux);
        rows.single(flux + 1e-4 * stream.normal());
        rows.single(error);
        rows.integer(quality);
        rows.integer(2 * product.sector as i32 + 7 + i32::from(after_gap > 0));
        rows.single(1596.0 + 0.01 * stream.normal());
        rows.single(1190.0 + 0.01 * stream.normal());
        rows.single(20.0 * stream.normal());
        rows.single(30.0);
        rows.single(flux + 2e-4 * stream.normal());
        rows.single(flux + 3e-4 * stream.normal());
        if new {
            rows.single(flux);
        }
    }
    rows.0
}
