//! A repair works alone. What a run has put on disk and not yet committed looks like a file that nobody wants: so a
//! repair does not begin beside a run, and no run begins beside a repair.

use tokio::task::JoinHandle;

use crate::database::Database;
use crate::project::{LONGEST_CLOSING, ProjectError, session};

/// The session of a repair, which runs look for when they begin. That of a killed process is dropped by the next who
/// comes.
pub(super) struct Repairing {
    database: Database,
    session: i64,
    heart: JoinHandle<()>,
}

impl Repairing {
    /// # Errors
    /// Somebody is at work in the database.
    pub(super) async fn begin(database: &Database) -> Result<Repairing, ProjectError> {
        refuse_beside_others(database, None).await?;
        let own = database.begin_session(&session::this_process()).await?;
        if let Err(error) = be_alone(database, own).await {
            database.drop_session(own).await?;
            return Err(error);
        }
        Ok(Repairing {
            database: database.clone(),
            session: own,
            heart: tokio::spawn(session::beat(database.clone(), own)),
        })
    }

    /// Makes sure that nobody has taken this process for dead, and begun a run.
    pub(super) async fn goes_on(&self) -> Result<(), ProjectError> {
        Ok(self.database.heartbeat(self.session).await?)
    }

    pub(super) async fn end(self) {
        self.heart.abort();
        let _ = self.heart.await;
        // a session that cannot be ended now ends with the process
        let ending = self.database.drop_session(self.session);
        let _ = tokio::time::timeout(LONGEST_CLOSING, ending).await;
    }
}

async fn be_alone(database: &Database, own: i64) -> Result<(), ProjectError> {
    session::drop_dead(database).await?;
    while !database.claim_repair(own).await? {
        refuse_beside_others(database, Some(own)).await?;
        // who held it is gone
        session::drop_dead(database).await?;
    }
    // only now: a run that begins later finds the claim
    refuse_beside_others(database, Some(own)).await
}

async fn refuse_beside_others(database: &Database, own: Option<i64>) -> Result<(), ProjectError> {
    let living = session::living(database).await?;
    let Some(other) = living.iter().find(|session| Some(session.id) != own) else {
        return Ok(());
    };
    let pid = other.session.pid;
    let repairing = database.repairing().await?;
    Err(match repairing {
        Some(repair) if repair.id == other.id => ProjectError::Repairing { pid },
        _ => ProjectError::Running { pid },
    })
}
