//! From files of the usual kinds to plain columns, a file per kind.
//!
//! Here: what bytes mean as a table. A reader is asked twice: it shows its columns, is told which are
//! wanted, and gives those only. It trusts no number in the file: what a header claims is compared with
//! the size of the file before room is made for it.
//! Not here: what the columns mean, and which rows are good.

mod caught;
mod csv;
mod fits;
mod fits_header;
mod hdf5;
mod hdf5_cells;
mod pandas;
mod parquet;
mod votable;
mod votable_base64;
mod votable_binary;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

pub(super) use caught::caught;

use super::CatalogError;
use super::strings::Strings;

/// Name, unit and meaning of a column, as the file has them; empty where it has none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) description: String,
}

/// Cells of a column in the type of the file. Missing: NaN, none, empty text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cells {
    Float(Vec<f64>),
    Integer(Vec<Option<i64>>),
    Unsigned(Vec<Option<u64>>),
    Text(Strings),
}

/// The wanted columns, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct RawTable {
    pub(super) columns: Vec<Cells>,
    pub(super) rows: usize,
    /// Line of the file that each row ends on, from 1, where the file has lines.
    pub(super) lines: Option<Vec<u64>>,
    /// Rows that are not whole, and why; only the first ones, the others have empty cells.
    pub(super) broken: Vec<(usize, String)>,
    /// The file itself says that rows are missing at its end.
    pub(super) is_cut: bool,
    /// Lines among the rows that are taken as comments and may be meant as rows.
    pub(super) commented: Commented,
}

/// Lines that begin with `#` and have as many fields as the header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Commented {
    pub(super) lines: usize,
    /// Line of the first of them, from 1; none if there are none.
    pub(super) first: Option<u64>,
}

/// Takes rows as they are read, a part at a time, by wanted column.
pub(super) type Sink<'a> = dyn FnMut(&[Cells]) -> Result<(), CatalogError> + 'a;

/// Chooses the places of the wanted columns.
pub(super) type Choose<'a> = dyn FnMut(&[Head]) -> Result<Vec<usize>, CatalogError> + 'a;

/// How a table is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Fits,
    VoTable,
    Hdf5,
    Parquet,
}

/// A file that is read from its beginning, and how far the reader has come.
pub(super) struct Input<'a> {
    pub(super) path: &'a Path,
    reader: Box<dyn BufRead>,
}

impl Head {
    pub(super) fn new(name: &str, unit: &str) -> Head {
        Head {
            name: name.to_owned(),
            unit: unit.to_owned(),
            description: String::new(),
        }
    }
}

/// Reads the columns that `choose` picks from a file of any known kind.
pub(super) fn read(path: &Path, choose: &mut Choose) -> Result<RawTable, CatalogError> {
    match format_of(path)? {
        Format::Csv => csv::read(Input::open(path)?, choose),
        Format::Fits => fits::read(Input::open(path)?, choose),
        Format::VoTable => votable::read(Input::open(path)?, choose),
        Format::Hdf5 => hdf5::read(path, choose),
        Format::Parquet => parquet::read(path, choose),
    }
}

/// Reads a VOTable and hands the wanted columns on part by part, so that they need not fit into memory.
/// The columns of the table that is returned are empty.
pub(super) fn pass_votable(
    path: &Path,
    begin: &mut Choose,
    sink: &mut Sink,
) -> Result<RawTable, CatalogError> {
    match format_of(path)? {
        Format::VoTable => votable::pass(Input::open(path)?, begin, sink),
        _ => Err(CatalogError::malformed(
            path,
            "its beginning",
            "it is a table of another kind",
        )),
    }
}

/// The same of a Parquet file.
pub(super) fn pass_parquet(
    path: &Path,
    begin: &mut Choose,
    sink: &mut Sink,
) -> Result<RawTable, CatalogError> {
    parquet::pass(path, begin, sink)
}

/// Bytes that tell the kind of a file; its extension tells less and is asked last.
const START: usize = 512;

/// The kind of a file by its first bytes where they are telling, else by its extension.
pub(super) fn format_of(path: &Path) -> Result<Format, CatalogError> {
    let mut input = Input::open(path)?;
    let mut start = Vec::with_capacity(START);
    let mut limited = (&mut input.reader).take(START as u64);
    limited
        .read_to_end(&mut start)
        .map_err(|cause| input.damaged("its beginning", cause))?;
    by_first_bytes(&start)
        .or_else(|| by_extension(path, &start))
        .ok_or_else(|| CatalogError::UnknownFormat {
            file: path.to_owned(),
            start: String::from_utf8_lossy(&start[..start.len().min(60)]).into_owned(),
        })
}

fn by_first_bytes(start: &[u8]) -> Option<Format> {
    let text = String::from_utf8_lossy(start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start));
    let text = text.trim_start();
    if start.starts_with(b"SIMPLE  =") {
        Some(Format::Fits)
    } else if start.starts_with(b"\x89HDF\r\n\x1a\n") {
        Some(Format::Hdf5)
    } else if start.starts_with(b"PAR1") {
        Some(Format::Parquet)
    } else if text.starts_with("<?xml") || text.starts_with("<VOTABLE") || text.contains(":VOTABLE")
    {
        Some(Format::VoTable)
    } else {
        None
    }
}

/// Text has no signature, so its extension decides; a binary kind without its signature is not that kind,
/// and a page of HTML is no table whatever its name.
fn by_extension(path: &Path, start: &[u8]) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let is_text = [".csv", ".tsv", ".txt", ".dat", ".ecsv"]
        .iter()
        .any(|extension| name.ends_with(extension));
    let is_page = start.trim_ascii_start().first() == Some(&b'<');
    (is_text && !is_page).then_some(Format::Csv)
}

impl<'a> Input<'a> {
    /// Opens a file, unpacking it on the way if it is compressed with gzip.
    pub(super) fn open(path: &'a Path) -> Result<Input<'a>, CatalogError> {
        const BUFFER: usize = 256 * 1024;
        let unreadable = |cause| CatalogError::unreadable(path, cause);
        let mut reader = BufReader::with_capacity(BUFFER, File::open(path).map_err(unreadable)?);
        let is_packed = reader
            .fill_buf()
            .map_err(unreadable)?
            .starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn BufRead> = if is_packed {
            Box::new(BufReader::with_capacity(
                BUFFER,
                MultiGzDecoder::new(reader),
            ))
        } else {
            Box::new(reader)
        };
        Ok(Input { path, reader })
    }

    #[cfg(test)]
    pub(super) fn from_bytes(path: &'a Path, bytes: Vec<u8>) -> Input<'a> {
        Input {
            path,
            reader: Box::new(std::io::Cursor::new(bytes)),
        }
    }

    pub(super) fn malformed(
        &self,
        place: impl Into<String>,
        problem: impl Into<String>,
    ) -> CatalogError {
        CatalogError::malformed(self.path, place, problem)
    }

    /// A read that failed half-way: an early end of packed data counts as damage of the file.
    pub(super) fn damaged(&self, place: &str, cause: std::io::Error) -> CatalogError {
        match cause.kind() {
            std::io::ErrorKind::UnexpectedEof => self.malformed(place, "the file ends too early"),
            std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
                self.malformed(place, cause.to_string())
            }
            _ => CatalogError::unreadable(self.path, cause),
        }
    }
}

impl Cells {
    /// No cells of the same type.
    pub(super) fn emptied(&self) -> Cells {
        match self {
            Cells::Float(_) => Cells::Float(Vec::new()),
            Cells::Integer(_) => Cells::Integer(Vec::new()),
            Cells::Unsigned(_) => Cells::Unsigned(Vec::new()),
            Cells::Text(_) => Cells::Text(Strings::default()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Cells::Float(values) => values.len(),
            Cells::Integer(values) => values.len(),
            Cells::Unsigned(values) => values.len(),
            Cells::Text(texts) => texts.len(),
        }
    }
}
