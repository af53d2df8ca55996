//! What can go wrong between a product and its file.

use std::io;

/// Why a file could not be written, read or understood.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum StorageError {
    #[error("the path {path:?} is refused: {reason}")]
    #[diagnostic(
        code(storage::path),
        help("products have relative paths below the data root")
    )]
    Path { path: String, reason: &'static str },

    #[error("the right ascension {ra} of {source_name:?} is not in [0, 360) degrees")]
    #[diagnostic(
        code(storage::right_ascension),
        help("correct the coordinates of this source in the catalog")
    )]
    RightAscension { source_name: String, ra: f64 },

    #[error("{what} cannot be kept in an HDF5 file: {reason}")]
    #[diagnostic(code(storage::unencodable))]
    Unencodable { what: String, reason: &'static str },

    #[error("the HDF5 library could not {doing}: {cause}")]
    #[diagnostic(code(storage::hdf5))]
    Hdf5 { doing: &'static str, cause: String },

    #[error("the file is damaged, or not one of Retriever's: {reason}")]
    #[diagnostic(
        code(storage::damaged),
        help("`retriever check --repair` removes damaged products, the next run makes them again")
    )]
    Damaged { reason: String },

    #[error("the file is of schema version {found}; this program reads up to {newest}")]
    #[diagnostic(
        code(storage::schema),
        help("use the version of Retriever that wrote it, or a newer one")
    )]
    SchemaVersion { found: i64, newest: i64 },

    #[error("could not {doing} {path:?}")]
    #[diagnostic(code(storage::file), help("{}", advice(doing, cause)))]
    File {
        doing: &'static str,
        path: String,
        #[source]
        cause: io::Error,
    },

    #[error("could not {doing} {path:?}")]
    #[diagnostic(code(storage::store))]
    ObjectStore {
        doing: &'static str,
        path: String,
        #[source]
        cause: object_store::Error,
    },

    /// What is wrong with a file, in one sentence.
    #[error("{}", words_within(.path, .cause))]
    #[diagnostic(code(storage::content), help("{}", advice_within(cause)))]
    Content {
        path: String,
        // not the source: its words are in the text
        cause: Box<StorageError>,
    },

    #[error("the thread that writes HDF5 files ended while it was needed")]
    #[diagnostic(
        code(storage::thread),
        help("this is a fault of the program: please report it with the log")
    )]
    ThreadEnded,
}

/// What a caller can do about an error: stop, ask for space or rights, do the work again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageClass {
    /// No space left, or a quota is used up: everything would fail (C3).
    DiskFull,
    /// Not allowed to write (or read) there, or no folder can be there: everything would fail.
    ReadOnly,
    /// There is no such file.
    Missing,
    /// The file is there but is not what was written.
    Damaged,
    /// Concerns this product only.
    Other,
}

impl StorageError {
    pub fn class(&self) -> StorageClass {
        match self {
            StorageError::File { doing, cause, .. } => match class_of(cause) {
                // a path below a file, or below what is no real file system
                StorageClass::Missing | StorageClass::Other if *doing == MAKE_FOLDER => {
                    StorageClass::ReadOnly
                }
                class => class,
            },
            StorageError::ObjectStore { cause, .. } => match cause {
                object_store::Error::NotFound { .. } => StorageClass::Missing,
                object_store::Error::PermissionDenied { .. }
                | object_store::Error::Unauthenticated { .. } => StorageClass::ReadOnly,
                other => io_cause(other).map_or(StorageClass::Other, class_of),
            },
            StorageError::Content { cause, .. } => cause.class(),
            StorageError::Damaged { .. } | StorageError::Hdf5 { .. } => StorageClass::Damaged,
            _ => StorageClass::Other,
        }
    }

    /// The same error with the file it happened in.
    pub(crate) fn within(self, path: &str) -> StorageError {
        StorageError::Content {
            path: path.to_owned(),
            cause: Box::new(self),
        }
    }
}

fn class_of(cause: &io::Error) -> StorageClass {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StorageClass::DiskFull,
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            StorageClass::ReadOnly
        }
        // something else stands where a folder is needed
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => StorageClass::ReadOnly,
        io::ErrorKind::NotFound => StorageClass::Missing,
        _ => StorageClass::Other,
    }
}

/// The operating system's error at the end of a chain of causes.
fn io_cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(cause) = error.downcast_ref::<io::Error>() {
            return Some(cause);
        }
        next = error.source();
    }
    None
}

/// What making a folder is called: without it nothing can be written at all.
pub(super) const MAKE_FOLDER: &str = "make the folder";

fn advice(doing: &str, cause: &io::Error) -> &'static str {
    if matches!(
        cause.kind(),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists
    ) {
        return "a file stands where a folder is needed: move it away, or choose another data root with RETRIEVER_DATA or --data";
    }
    match class_of(cause) {
        StorageClass::Missing | StorageClass::Other if doing == MAKE_FOLDER => {
            "choose another data root with RETRIEVER_DATA or --data: this cannot be made a folder"
        }
        StorageClass::DiskFull => {
            "make space on the disk (or raise the quota) and run the same command again: it goes on where it stopped"
        }
        StorageClass::ReadOnly => {
            "make the folder writable for you, or choose another data root with RETRIEVER_DATA or --data"
        }
        StorageClass::Missing => {
            "`retriever check --repair` finds what is missing, the next run makes it again"
        }
        StorageClass::Damaged | StorageClass::Other => {
            "mend the cause and run the same command again: it goes on where it stopped"
        }
    }
}

/// What happened to a file, which is named once.
fn words_within(path: &str, cause: &StorageError) -> String {
    match cause {
        _ if cause.class() == StorageClass::Missing => format!("the file {path:?} is missing"),
        StorageError::Damaged { reason } => {
            format!("the file {path:?} is damaged, or not one of Retriever's: {reason}")
        }
        StorageError::File { doing, cause, .. } => format!("could not {doing} {path:?}: {cause}"),
        StorageError::ObjectStore { doing, cause, .. } => match io_cause(cause) {
            Some(cause) => format!("could not {doing} {path:?}: {cause}"),
            None => format!("could not {doing} {path:?}: {cause}"),
        },
        cause => format!("in {path:?}: {cause}"),
    }
}

fn advice_within(cause: &StorageError) -> String {
    use miette::Diagnostic;
    match cause.class() {
        StorageClass::Missing | StorageClass::Damaged => {
            "`retriever check --repair project.yaml` finds what is missing or damaged, \
             `retriever run project.yaml` makes it again"
                .to_owned()
        }
        _ => cause
            .help()
            .map(|help| help.to_string())
            .unwrap_or_else(|| "`retriever check --repair` finds what is wrong".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_a_file_is_one_sentence_that_names_it_once() {
        use std::error::Error;

        use miette::Diagnostic;

        let told = |cause: StorageError| {
            let error = cause.within("X/RA165/star.h5");
            assert!(error.source().is_none(), "its words are in the text");
            let help = error
                .help()
                .map(|help| help.to_string())
                .unwrap_or_default();
            (error.to_string(), help)
        };
        let missing = object_store::Error::NotFound {
            path: "/data/X/RA165/star.h5".to_owned(),
            source: Box::new(io::Error::from_raw_os_error(2)),
        };
        let (words, help) = told(StorageError::ObjectStore {
            doing: "read",
            path: "X/RA165/star.h5".to_owned(),
            cause: missing,
        });
        assert_eq!(words, "the file \"X/RA165/star.h5\" is missing");
        assert!(
            help.contains("check --repair") && help.contains("run"),
            "{help}"
        );
        let (words, help) = told(StorageError::Damaged {
            reason: "its checksum is not that of its row".to_owned(),
        });
        assert_eq!(
            words,
            "the file \"X/RA165/star.h5\" is damaged, or not one of Retriever's: its checksum is not that of its row"
        );
        assert!(
            help.contains("check --repair") && help.contains("run"),
            "{help}"
        );
        let refused = object_store::Error::Generic {
            store: "LocalFileSystem",
            source: Box::new(io::Error::from_raw_os_error(13)),
        };
        let (words, _) = told(StorageError::ObjectStore {
            doing: "read",
            path: "X/RA165/star.h5".to_owned(),
            cause: refused,
        });
        assert_eq!(words.matches("star.h5").count(), 1, "{words}");
        assert!(words.contains("ermission denied"), "{words}");
    }

    #[test]
    fn errors_of_the_operating_system_are_told_apart_by_what_can_be_done() {
        // numbers of Linux, errno(3): ENOENT 2, EACCES 13, EEXIST 17, ENOTDIR 20, ENOSPC 28, EROFS 30, EDQUOT 122, EIO 5
        for (number, class) in [
            (2, StorageClass::Missing),
            (13, StorageClass::ReadOnly),
            (17, StorageClass::ReadOnly),
            (20, StorageClass::ReadOnly),
            (28, StorageClass::DiskFull),
            (30, StorageClass::ReadOnly),
            (122, StorageClass::DiskFull),
            (5, StorageClass::Other),
        ] {
            let error = StorageError::File {
                doing: "write",
                path: "x".to_owned(),
                cause: io::Error::from_raw_os_error(number),
            };
            assert_eq!(error.class(), class, "{number}");
            let wrapped = StorageError::ObjectStore {
                doing: "write",
                path: "x".to_owned(),
                cause: object_store::Error::Generic {
                    store: "test",
                    source: Box::new(io::Error::from_raw_os_error(number)),
                },
            };
            assert_eq!(wrapped.class(), class, "{number} in a chain");
        }
    }
}
