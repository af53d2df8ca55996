//! Rows of the light-curve service, kept word for word, grouped by object.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The header line, without its end.
pub(crate) const HEADER: &str = "oid,expid,hjd,mjd,mag,magerr,catflags,filtercode,ra,dec,chi,sharp,filefracday,field,ccdid,qid,limitmag,magzp,magzprms,clrcoeff,clrcounc,exptime,airmass,programid";

/// One epoch: its line and what queries look at.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) line: String,
    pub(crate) mjd: f64,
    pub(crate) mag: f64,
    pub(crate) ra: f64,
    pub(crate) dec: f64,
    pub(crate) catflags: u32,
    pub(crate) programid: u32,
}

/// All epochs of one oid, sorted by time.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) oid: i64,
    /// Median position (degrees).
    pub(crate) ra: f64,
    pub(crate) dec: f64,
    pub(crate) median_mag: f64,
    pub(crate) rows: Vec<Row>,
}

impl Object {
    /// `None` without rows.
    pub(crate) fn new(oid: i64, mut rows: Vec<Row>) -> Option<Object> {
        rows.sort_by(|a, b| a.mjd.total_cmp(&b.mjd));
        let median_of = |value: fn(&Row) -> f64| median(rows.iter().map(value).collect());
        Some(Object {
            oid,
            ra: median_of(|row| row.ra)?,
            dec: median_of(|row| row.dec)?,
            median_mag: median_of(|row| row.mag)?,
            rows,
        })
    }

    /// 1 g, 2 r, 3 i: the twelfth digit from the right of the oid.
    pub(crate) fn filter(&self) -> i64 {
        self.oid / 100_000_000_000 % 10
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// All objects of the CSV replies in a folder.
///
/// Fails on a file that is not such a reply: a stand-in that serves less than it was given proves nothing.
pub(crate) fn load(folder: &Path) -> io::Result<Vec<Object>> {
    let mut rows: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "csv"));
    paths.sort();
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let bad = |words: &str| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: {words}", path.display()),
            )
        };
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Err(bad("the first line is not the service's header"));
        }
        for line in lines {
            let (oid, row) = parse(line).ok_or_else(|| bad(line))?;
            rows.entry(oid).or_default().push(row);
        }
    }
    Ok(rows
        .into_iter()
        .filter_map(|(oid, rows)| Object::new(oid, rows))
        .collect())
}

fn parse(line: &str) -> Option<(i64, Row)> {
    let fields: Vec<&str> = line.split(',').collect();
    if fields.len() != HEADER.split(',').count() {
        return None;
    }
    let row = Row {
        line: line.to_owned(),
        mjd: fields[3].parse().ok()?,
        mag: fields[4].parse().ok()?,
        catflags: fields[6].parse().ok()?,
        ra: fields[8].parse().ok()?,
        dec: fields[9].parse().ok()?,
        programid: fields[23].parse().ok()?,
    };
    Some((fields[0].parse().ok()?, row))
}
