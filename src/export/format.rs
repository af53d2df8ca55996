//! Which formats there are, and how a user names them.

use std::path::Path;

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Apache Parquet with the VOTable header in its metadata (VOParquet).
    Parquet,
    /// A FITS binary table.
    Fits,
    /// VOTable 1.4 with its rows as BINARY2.
    Votable,
    /// Astropy's enhanced comma-separated values.
    Ecsv,
    /// Comma-separated values below remarks that begin with `#`.
    Csv,
    /// A folder: a collection of catalogs by place on the sky, for LSDB.
    Hats,
}

impl Format {
    /// All formats, in the order in which a user is told of them.
    pub const ALL: [Format; 6] = [
        Format::Parquet,
        Format::Fits,
        Format::Votable,
        Format::Ecsv,
        Format::Csv,
        Format::Hats,
    ];

    /// The word that a user chooses it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Fits => "fits",
            Format::Votable => "votable",
            Format::Ecsv => "ecsv",
            Format::Csv => "csv",
            Format::Hats => "hats",
        }
    }

    /// The format that the end of a name stands for, in any case; none if it stands for none.
    ///
    /// ```
    /// use retriever::export::Format;
    /// assert_eq!(Format::of_name("curves.parquet".as_ref()), Some(Format::Parquet));
    /// assert_eq!(Format::of_name("out/Table.VOT".as_ref()), Some(Format::Votable));
    /// assert_eq!(Format::of_name("folder".as_ref()), None);
    /// ```
    pub fn of_name(name: &Path) -> Option<Format> {
        let extension = name.extension()?.to_str()?.to_lowercase();
        match extension.as_str() {
            "parquet" | "parq" | "pq" => Some(Format::Parquet),
            "fits" | "fit" | "fts" => Some(Format::Fits),
            "vot" | "votable" | "xml" => Some(Format::Votable),
            "ecsv" => Some(Format::Ecsv),
            "csv" => Some(Format::Csv),
            "hats" => Some(Format::Hats),
            _ => None,
        }
    }

    /// It can be written from its first to its last byte: also to a pipe.
    pub fn streams(self) -> bool {
        matches!(self, Format::Votable | Format::Ecsv | Format::Csv)
    }

    /// Cells may hold lists.
    pub fn has_lists(self) -> bool {
        matches!(self, Format::Parquet | Format::Hats)
    }
}
