//! A folder of real light-curve files, under the URIs that their names give.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::fits::{BLOCK, cards};
use super::star::{Pipeline, TessStar};
use super::uris;

/// A file, what its headers say of the star, and what its name says of the product.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) star: TessStar,
    pub(crate) pipeline: Pipeline,
    pub(crate) sector: u32,
    /// Length of a cadence (s).
    pub(crate) cadence: f64,
    /// First and last time (BTJD).
    pub(crate) span: (f64, f64),
    pub(crate) uri: String,
    pub(crate) bytes: Vec<u8>,
}

/// All light curves of SPOC, TESS-SPOC and QLP below a folder; other files are passed over.
///
/// Fails on a file of such a name that is none: a stand-in that serves less than it was given proves nothing.
pub(crate) fn load(folder: &Path) -> io::Result<Vec<Recorded>> {
    let mut paths = Vec::new();
    gather(folder, &mut paths)?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(pipeline) = pipeline(&name) {
            let bytes = fs::read(&path)?;
            let recorded = read(&name, pipeline, bytes).ok_or_else(|| {
                let words = format!("{}: not a TESS light curve", path.display());
                io::Error::new(io::ErrorKind::InvalidData, words)
            })?;
            found.push(recorded);
        }
    }
    Ok(found)
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => gather(&path, paths)?,
            false => paths.push(path),
        }
    }
    Ok(())
}

fn pipeline(name: &str) -> Option<Pipeline> {
    let named = |start: &str, end: &str| name.starts_with(start) && name.ends_with(end);
    if named("tess2", "-a_fast-lc.fits") {
        Some(Pipeline::SpocFast)
    } else if named("tess2", "-s_lc.fits") {
        Some(Pipeline::Spoc)
    } else if named("hlsp_tess-spoc_", "_lc.fits") {
        Some(Pipeline::TessSpoc)
    } else if named("hlsp_qlp_", "_llc.fits") {
        Some(Pipeline::Qlp)
    } else {
        None
    }
}

fn read(name: &str, pipeline: Pipeline, bytes: Vec<u8>) -> Option<Recorded> {
    let primary = &bytes;
    let table = after_header(primary)?;
    let number = |hdu: &[u8], name: &str| value(hdu, name)?.parse::<f64>().ok();
    let tic = value(primary, "TICID")?.parse().ok()?;
    let sector = value(primary, "SECTOR")?.parse().ok()?;
    let mut star = TessStar::at(tic, number(primary, "RA_OBJ")?, number(primary, "DEC_OBJ")?);
    star.pm_ra = number(primary, "PMRA").unwrap_or(f64::NAN);
    star.pm_dec = number(primary, "PMDEC").unwrap_or(f64::NAN);
    star.tmag = number(primary, "TESSMAG")?;
    star.gaia_mag = None;
    let cadence = (number(table, "TIMEDEL")? * 86_400.0).round();
    let uri = match pipeline {
        Pipeline::Spoc | Pipeline::SpocFast => uris::of_spoc_name(name),
        Pipeline::TessSpoc => uris::tess_spoc(tic, sector),
        Pipeline::Qlp => uris::qlp(tic, sector),
    };
    let span = (number(table, "TSTART")?, number(table, "TSTOP")?);
    Some(Recorded {
        star,
        pipeline,
        sector,
        cadence,
        span,
        uri,
        bytes,
    })
}

/// The bytes after the first header; the primary HDU of these files has no data.
fn after_header(bytes: &[u8]) -> Option<&[u8]> {
    let end = cards(bytes).count() * 80 + 80;
    bytes.get(end.next_multiple_of(BLOCK)..)
}

/// The value of a card as it stands there; `None` if it is undefined or missing.
fn value(hdu: &[u8], name: &str) -> Option<String> {
    let (_, card) = cards(hdu).find(|(_, card)| {
        card.get(..8)
            .is_some_and(|key| String::from_utf8_lossy(key).trim_end() == name)
    })?;
    let text = String::from_utf8_lossy(card.get(10..)?).into_owned();
    let value = text.split('/').next().unwrap_or_default().trim().to_owned();
    (!value.is_empty()).then_some(value)
}
