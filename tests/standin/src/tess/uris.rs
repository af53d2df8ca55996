//! Names of products at MAST, as seen in recorded replies.

use super::star::{Pipeline, TessProduct};

/// URI of a product of a star.
pub(crate) fn of_product(tic: u64, product: &TessProduct) -> String {
    match product.pipeline {
        Pipeline::Spoc | Pipeline::SpocFast => {
            let fast = product.pipeline == Pipeline::SpocFast;
            of_spoc_name(&spoc_name(tic, product.sector, product.begin(), fast))
        }
        Pipeline::TessSpoc => tess_spoc(tic, product.sector),
        Pipeline::Qlp => qlp(tic, product.sector),
    }
}

/// URI of a file that SPOC named itself.
pub(crate) fn of_spoc_name(name: &str) -> String {
    format!("mast:TESS/product/{name}")
}

/// `tess{YYYYDDDHHMMSS}-s{SSSS}-{TIC:016}-{SCID:04}-s_lc.fits`, or `-a_fast-lc.fits`.
fn spoc_name(tic: u64, sector: u32, begin: f64, fast: bool) -> String {
    let kind = if fast { "a_fast-lc" } else { "s_lc" };
    // configuration numbers grow by about two a sector, from 120 at the first
    let configuration = 118 + 2 * sector;
    format!(
        "tess{}-s{sector:04}-{tic:016}-{configuration:04}-{kind}.fits",
        stamp(begin)
    )
}

pub(crate) fn tess_spoc(tic: u64, sector: u32) -> String {
    let folders = folders(tic);
    format!(
        "mast:HLSP/tess-spoc/s{sector:04}/target/{folders}/\
         hlsp_tess-spoc_tess_phot_{tic:016}-s{sector:04}_tess_v1_lc.fits"
    )
}

pub(crate) fn qlp(tic: u64, sector: u32) -> String {
    let folders = folders(tic);
    format!(
        "mast:HLSP/qlp/s{sector:04}/{folders}/\
         hlsp_qlp_tess_ffi_s{sector:04}-{tic:016}_tess_v01_llc.fits"
    )
}

/// A time series of data validation over several sectors: it sits among the light curves and is none.
pub(crate) fn validation(tic: u64, first: u32, last: u32, begin: f64) -> String {
    of_spoc_name(&format!(
        "tess{}-s{first:04}-s{last:04}-{tic:016}-00471_dvt.fits",
        stamp(begin)
    ))
}

/// A light curve of a team that came late. (Its name is of the known form; the folders were not seen.)
pub(crate) fn diamante(tic: u64) -> String {
    let folders = folders(tic);
    format!(
        "mast:HLSP/diamante/{folders}/hlsp_diamante_tess_lightcurve_tic-{tic:016}_tess_v1_llc.fits"
    )
}

/// The sixteen digits of a number cut in fours.
fn folders(tic: u64) -> String {
    let digits = format!("{tic:016}");
    let four = |start: usize| &digits[start..start + 4];
    format!("{}/{}/{}/{}", four(0), four(4), four(8), four(12))
}

/// Year, day of the year and time of a BTJD, as in the names of files. (Leap seconds are left out.)
fn stamp(btjd: f64) -> String {
    // BTJD 0 is 2014-12-08T12:00; BTJD 1461.5 is 2018-12-09T00:00
    const FIRST_OF_2018: f64 = 1_119.5;
    let since = btjd - FIRST_OF_2018;
    let (mut days, mut year) = (since.floor() as u32, 2018);
    loop {
        let length = if year % 4 == 0 { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let second = ((since - since.floor()) * 86_400.0) as u32;
    format!(
        "{year:04}{:03}{:02}{:02}{:02}",
        days + 1,
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // Names of files that were recorded.
    #[test]
    fn names_are_those_of_mast() {
        assert_eq!(
            tess_spoc(273_985_862, 27),
            "mast:HLSP/tess-spoc/s0027/target/0000/0002/7398/5862/\
             hlsp_tess-spoc_tess_phot_0000000273985862-s0027_tess_v1_lc.fits"
        );
        assert_eq!(
            qlp(273_985_862, 12),
            "mast:HLSP/qlp/s0012/0000/0002/7398/5862/\
             hlsp_qlp_tess_ffi_s0012-0000000273985862_tess_v01_llc.fits"
        );
    }

    // astropy: Time(2457000 + 1325.2077, format="jd").yday = 2018:206:16:59; day 104 of 2020 is BTJD 1952.5
    #[test]
    fn stamps_are_days_of_the_year() {
        assert_eq!(&stamp(1325.2078)[..9], "201820616");
        assert_eq!(stamp(1952.5), "2020104000000");
    }
}
