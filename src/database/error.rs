//! What can go wrong, and of which class it is.

use miette::Diagnostic;
use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use thiserror::Error;

/// What a caller decides on: try again, stop the run, or blame one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DatabaseErrorClass {
    /// The database cannot be reached, and was not for the whole retry window.
    Lost,
    /// Others held it locked for the whole retry window.
    Busy,
    /// What stands there is not a database of this program, or of a newer one.
    Schema,
    /// The rows contradict each other or the table's rules.
    Constraint,
    /// No space left.
    DiskFull,
    /// It may be read but not written.
    ReadOnly,
    /// The server does not accept the user or the password.
    Refused,
    /// A value from outside that cannot be stored.
    Invalid,
    /// Anything else.
    Other,
}

/// Why the database did not do it. URLs in it are without passwords.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum DatabaseError {
    #[error("the database {place} was away for {seconds} s while {doing}: {words}")]
    #[diagnostic(
        code(database::lost),
        help(
            "start it again and repeat the command: what is done is kept; `retry_window` in section `database` sets how long to wait"
        )
    )]
    Lost {
        place: String,
        doing: &'static str,
        seconds: f64,
        words: String,
    },

    #[error("the database {place} was locked by others for {seconds} s while {doing}: {words}")]
    #[diagnostic(
        code(database::busy),
        help("wait for the other program to end and repeat the command")
    )]
    Busy {
        place: String,
        doing: &'static str,
        seconds: f64,
        words: String,
    },

    #[error(
        "the database {place} was made by a newer version of this program (it has the migration {version:?})"
    )]
    #[diagnostic(
        code(database::newer),
        help("update the program, or use another database")
    )]
    Newer { place: String, version: String },

    #[error(
        "the database {place} was made by an older version of this program (it lacks the migration {version:?}), and \
         it cannot be written"
    )]
    #[diagnostic(
        code(database::older),
        help(
            "have somebody who may write there look at the project once, with `retriever status`: that brings it up to date"
        )
    )]
    Older { place: String, version: String },

    #[error("the database {place} can neither be written nor read where it stands: {words}")]
    #[diagnostic(
        code(database::unreadable),
        help(
            "check the permissions of the file and of its folder; if a killed run has left a journal beside it (`-wal`), the next command of somebody who may write there puts that in order"
        )
    )]
    Unreadable { place: String, words: String },

    #[error("{place} is not a database that can be used, found while {doing}: {words}")]
    #[diagnostic(
        code(database::schema),
        help(
            "set `url` in section `database` to one that is empty or of this program; a damaged file can be moved away, `check --repair` then finds the raw files again"
        )
    )]
    Schema {
        place: String,
        doing: &'static str,
        words: String,
    },

    #[error("the rows contradict the tables of {place} while {doing}: {words}")]
    #[diagnostic(code(database::constraint))]
    Constraint {
        place: String,
        doing: &'static str,
        words: String,
    },

    #[error("no space left for the database {place} while {doing}: {words}")]
    #[diagnostic(
        code(database::disk_full),
        help("free some space and repeat the command")
    )]
    DiskFull {
        place: String,
        doing: &'static str,
        words: String,
    },

    #[error("the database {place} cannot be written while {doing}: {words}")]
    #[diagnostic(
        code(database::read_only),
        help("check the permissions of the file and of its folder, or set another data root")
    )]
    ReadOnly {
        place: String,
        doing: &'static str,
        words: String,
    },

    #[error("the database {place} refused the user: {words}")]
    #[diagnostic(
        code(database::refused),
        help("check the user in `url`; the password can come from PGPASSWORD or ~/.pgpass")
    )]
    Refused { place: String, words: String },

    #[error("{url:?} is not the address of a database: {words}")]
    #[diagnostic(
        code(database::url),
        help("write postgres://user@host/database or sqlite:///absolute/path.db")
    )]
    Url { url: String, words: String },

    #[error("{value:?} cannot be stored as {what}: {reason}")]
    #[diagnostic(code(database::invalid))]
    Invalid {
        what: &'static str,
        value: String,
        reason: &'static str,
    },

    #[error("session {session} was ended by another process, which took this one for dead")]
    #[diagnostic(
        code(database::session_gone),
        help("this process was held up for too long; repeat the command")
    )]
    SessionGone { session: i64 },

    #[error("the database {place} failed while {doing}: {words}")]
    #[diagnostic(code(database::other))]
    Other {
        place: String,
        doing: &'static str,
        words: String,
    },
}

impl DatabaseError {
    /// What a caller decides on.
    pub fn class(&self) -> DatabaseErrorClass {
        match self {
            DatabaseError::Lost { .. } => DatabaseErrorClass::Lost,
            DatabaseError::Busy { .. } => DatabaseErrorClass::Busy,
            DatabaseError::Newer { .. }
            | DatabaseError::Older { .. }
            | DatabaseError::Schema { .. } => DatabaseErrorClass::Schema,
            DatabaseError::Constraint { .. } => DatabaseErrorClass::Constraint,
            DatabaseError::DiskFull { .. } => DatabaseErrorClass::DiskFull,
            DatabaseError::ReadOnly { .. } | DatabaseError::Unreadable { .. } => {
                DatabaseErrorClass::ReadOnly
            }
            DatabaseError::Refused { .. } => DatabaseErrorClass::Refused,
            DatabaseError::Url { .. } | DatabaseError::Invalid { .. } => {
                DatabaseErrorClass::Invalid
            }
            DatabaseError::SessionGone { .. } => DatabaseErrorClass::Lost,
            DatabaseError::Other { .. } => DatabaseErrorClass::Other,
        }
    }

    /// The same of a database that nobody wanted to write.
    pub(super) fn of_reading(self) -> Self {
        match self {
            DatabaseError::ReadOnly { place, words, .. } => {
                DatabaseError::Unreadable { place, words }
            }
            other => other,
        }
    }

    /// The error of a statement that is not tried again, or no longer.
    pub(super) fn new(cause: &DbErr, place: &str, doing: &'static str, seconds: f64) -> Self {
        let place = place.to_owned();
        let words = words(cause);
        match classify(cause) {
            DatabaseErrorClass::Lost => DatabaseError::Lost {
                place,
                doing,
                seconds,
                words,
            },
            DatabaseErrorClass::Busy => DatabaseError::Busy {
                place,
                doing,
                seconds,
                words,
            },
            DatabaseErrorClass::Schema => DatabaseError::Schema {
                place,
                doing,
                words,
            },
            DatabaseErrorClass::Constraint => DatabaseError::Constraint {
                place,
                doing,
                words,
            },
            DatabaseErrorClass::DiskFull => DatabaseError::DiskFull {
                place,
                doing,
                words,
            },
            DatabaseErrorClass::ReadOnly => DatabaseError::ReadOnly {
                place,
                doing,
                words,
            },
            DatabaseErrorClass::Refused => DatabaseError::Refused { place, words },
            _ => DatabaseError::Other {
                place,
                doing,
                words,
            },
        }
    }
}

/// The class of what the driver says.
pub(super) fn classify(cause: &DbErr) -> DatabaseErrorClass {
    match cause {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => DatabaseErrorClass::Lost,
        _ => match driver_error(cause) {
            Some(error) => classify_driver(error),
            None => DatabaseErrorClass::Other,
        },
    }
}

fn classify_driver(error: &SqlxError) -> DatabaseErrorClass {
    match error {
        SqlxError::Io(cause) if cause.kind() == std::io::ErrorKind::StorageFull => {
            DatabaseErrorClass::DiskFull
        }
        // a server that goes down in the middle of an answer leaves half a message
        SqlxError::Io(_)
        | SqlxError::PoolTimedOut
        | SqlxError::WorkerCrashed
        | SqlxError::Protocol(_) => DatabaseErrorClass::Lost,
        SqlxError::Database(error) => {
            let code = error.code().unwrap_or_default();
            match error.try_downcast_ref::<sea_orm::sqlx::sqlite::SqliteError>() {
                Some(_) => classify_sqlite(&code),
                None => classify_postgres(&code),
            }
        }
        _ => DatabaseErrorClass::Other,
    }
}

/// Extended result codes: the lower byte is the primary code (sqlite.org/rescode.html).
fn classify_sqlite(code: &str) -> DatabaseErrorClass {
    const READONLY_DBMOVED: i32 = 1032;
    match code.parse::<i32>() {
        Ok(READONLY_DBMOVED) => DatabaseErrorClass::Schema,
        Ok(code) => match code & 0xff {
            5 | 6 => DatabaseErrorClass::Busy,
            1 | 11 | 26 => DatabaseErrorClass::Schema, // no such table or column; corrupt; not a database
            8 | 14 | 3 | 23 => DatabaseErrorClass::ReadOnly, // read-only; cannot open; permission; authorisation
            13 => DatabaseErrorClass::DiskFull,
            19 => DatabaseErrorClass::Constraint,
            _ => DatabaseErrorClass::Other,
        },
        Err(_) => DatabaseErrorClass::Other,
    }
}

/// SQLSTATE (PostgreSQL documentation, appendix A).
fn classify_postgres(code: &str) -> DatabaseErrorClass {
    match code {
        "40001" | "40P01" | "55P03" => DatabaseErrorClass::Busy,
        "53100" => DatabaseErrorClass::DiskFull,
        "25006" | "42501" => DatabaseErrorClass::ReadOnly,
        "53300" | "57P01" | "57P02" | "57P03" | "57P05" => DatabaseErrorClass::Lost,
        _ => match code.get(..2) {
            Some("08") => DatabaseErrorClass::Lost,
            Some("23") => DatabaseErrorClass::Constraint,
            Some("28") => DatabaseErrorClass::Refused,
            Some("42" | "3D" | "3F") => DatabaseErrorClass::Schema,
            _ => DatabaseErrorClass::Other,
        },
    }
}

/// The innermost words: what the database itself says.
pub(super) fn words(cause: &DbErr) -> String {
    match driver_error(cause) {
        Some(SqlxError::Database(error)) => format!("{:?}", error.message()),
        Some(SqlxError::PoolTimedOut) => "no connection could be made".to_owned(),
        Some(error) => error.to_string(),
        None => cause.to_string(),
    }
}

fn driver_error(cause: &DbErr) -> Option<&SqlxError> {
    match cause {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}
