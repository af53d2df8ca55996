//! Who asks for what: so that two processes on one database never ask an archive for the same thing at once.
//!
//! Whether a session is still alive is decided outside, from host, process and heartbeat.

use std::collections::BTreeSet;

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::connection::finish;
use super::entity::{claim, session};
use super::insert::{LIST, check_name, insert_rows};
use super::{Database, DatabaseError, DatabaseErrorClass};

/// What a session claims that repairs: no observatory and no source has these names.
const REPAIR: (&str, &str) = ("check --repair", "all files");

/// A process that works on the database, as it presents itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub host: String,
    pub pid: u32,
    /// When the process began, in any notation of that host: tells it from a later one with the same number.
    pub process_start: String,
}

/// A session in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    pub id: i64,
    pub session: Session,
    /// Last sign of life (s since 1970-01-01 UTC).
    pub heartbeat: i64,
}

impl Database {
    /// Begins a session and gives its number, which no later session will have.
    ///
    /// If the database breaks away just then a second row may remain that nobody uses; it dies with the process.
    pub async fn begin_session(&self, session: &Session) -> Result<i64, DatabaseError> {
        self.retry("beginning a session", || async {
            let row = session::ActiveModel {
                id: NotSet,
                host: Set(session.host.clone()),
                pid: Set(i64::from(session.pid)),
                process_start: Set(session.process_start.clone()),
                heartbeat: Set(now()),
            };
            Ok(session::Entity::insert(row)
                .exec(&self.connection)
                .await?
                .last_insert_id)
        })
        .await
    }

    /// All sessions that have not ended, dead ones included.
    pub async fn sessions(&self) -> Result<Vec<SessionRecord>, DatabaseError> {
        let rows = self
            .retry("listing sessions", || {
                session::Entity::find()
                    .order_by_asc(session::Column::Id)
                    .all(&self.connection)
            })
            .await?;
        Ok(rows.into_iter().map(session_record).collect())
    }

    /// Gives a sign of life.
    ///
    /// # Errors
    /// [`SessionGone`](DatabaseError::SessionGone) if another process has dropped the session: its claims may be
    /// somebody else's by now.
    pub async fn heartbeat(&self, session: i64) -> Result<(), DatabaseError> {
        let updated = self
            .retry("giving a sign of life", || async {
                session::Entity::update_many()
                    .col_expr(session::Column::Heartbeat, now().into())
                    .filter(session::Column::Id.eq(session))
                    .exec(&self.connection)
                    .await
            })
            .await?;
        match updated.rows_affected {
            0 => Err(DatabaseError::SessionGone { session }),
            _ => Ok(()),
        }
    }

    /// Claims what of `names` no other session has claimed, and gives what this session now holds of them, in the
    /// order of `names`.
    ///
    /// To take what a dead session holds, drop that session first. A session may claim twice what it holds.
    pub async fn claim(
        &self,
        session: i64,
        observatory: &str,
        names: &[&str],
    ) -> Result<Vec<String>, DatabaseError> {
        for name in names {
            check_name("the name of a source", name)?;
        }
        let held = self
            .retry("claiming sources", || async {
                let transaction = self.begin().await?;
                let outcome = claim_all(&transaction, session, observatory, names).await;
                finish(transaction, outcome).await
            })
            .await;
        let held = match held {
            Err(cause) if cause.class() == DatabaseErrorClass::Constraint => {
                return Err(DatabaseError::SessionGone { session });
            }
            held => held?,
        };
        let obtained = names.iter().filter(|name| held.contains(**name));
        Ok(obtained.map(|name| (*name).to_owned()).collect())
    }

    /// Gives back what this session holds of `names`.
    pub async fn release(
        &self,
        session: i64,
        observatory: &str,
        names: &[&str],
    ) -> Result<(), DatabaseError> {
        for names in names.chunks(LIST) {
            self.retry("giving back claims", || async {
                claim::Entity::delete_many()
                    .filter(claim::Column::Observatory.eq(observatory))
                    .filter(claim::Column::SourceName.is_in(names.iter().copied()))
                    .filter(claim::Column::Session.eq(session))
                    .exec(&self.connection)
                    .await
            })
            .await?;
        }
        Ok(())
    }

    /// Makes a session the one that repairs; false if another one is, be its process alive or not.
    ///
    /// Who begins a session to work on files looks for it afterwards ([`repairing`](Database::repairing)), and who
    /// repairs looks for sessions after this: so at least one of the two sees the other.
    pub async fn claim_repair(&self, session: i64) -> Result<bool, DatabaseError> {
        let (key, name) = REPAIR;
        Ok(!self.claim(session, key, &[name]).await?.is_empty())
    }

    /// The session that repairs, if there is one, be its process alive or not.
    pub async fn repairing(&self) -> Result<Option<SessionRecord>, DatabaseError> {
        let row = self
            .retry("looking who repairs", || async {
                let claim = claim::Entity::find()
                    .filter(claim::Column::Observatory.eq(REPAIR.0))
                    .filter(claim::Column::SourceName.eq(REPAIR.1))
                    .one(&self.connection)
                    .await?;
                let Some(claim) = claim else {
                    return Ok(None);
                };
                session::Entity::find_by_id(claim.session)
                    .one(&self.connection)
                    .await
            })
            .await?;
        Ok(row.map(session_record))
    }

    /// Ends a session, this process's or a dead one's, and gives back all that it holds.
    pub async fn drop_session(&self, session: i64) -> Result<(), DatabaseError> {
        self.retry("ending a session", || async {
            session::Entity::delete_by_id(session)
                .exec(&self.connection)
                .await
        })
        .await
        .map(|_| ())
    }
}

/// Session, observatory, name of the source.
type Wish<'a> = (i64, &'a str, &'a str);

/// Sorted, so that two processes that want the same names wait for each other in the same order.
async fn claim_all(
    transaction: &DatabaseTransaction,
    session: i64,
    observatory: &str,
    names: &[&str],
) -> Result<BTreeSet<String>, DbErr> {
    let sorted: BTreeSet<&str> = names.iter().copied().collect();
    let wishes: Vec<Wish> = sorted
        .into_iter()
        .map(|name| (session, observatory, name))
        .collect();
    let key = [claim::Column::Observatory, claim::Column::SourceName];
    let first_come = OnConflict::columns(key).do_nothing().to_owned();
    insert_rows(transaction, &wishes, claim_row, Some(&first_come)).await?;
    let mut held = BTreeSet::new();
    for names in names.chunks(LIST) {
        let found: Vec<String> = claim::Entity::find()
            .select_only()
            .column(claim::Column::SourceName)
            .filter(claim::Column::Observatory.eq(observatory))
            .filter(claim::Column::SourceName.is_in(names.iter().copied()))
            .filter(claim::Column::Session.eq(session))
            .into_tuple()
            .all(transaction)
            .await?;
        held.extend(found);
    }
    Ok(held)
}

fn claim_row(&(session, observatory, name): &Wish<'_>) -> claim::ActiveModel {
    claim::ActiveModel {
        observatory: Set(observatory.to_owned()),
        source_name: Set(name.to_owned()),
        session: Set(session),
    }
}

fn session_record(row: session::Model) -> SessionRecord {
    SessionRecord {
        id: row.id,
        session: Session {
            host: row.host,
            pid: u32::try_from(row.pid).unwrap_or_default(),
            process_start: row.process_start,
        },
        heartbeat: row.heartbeat,
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
