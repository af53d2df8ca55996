//! This process as others on the same database see it, and whether another one still lives.

use std::collections::HashSet;
use std::time::Duration;

use crate::database::{Database, DatabaseError, Session, SessionRecord};

/// A process on another machine is taken for dead after this time without a sign of life (s).
const LONGEST_SILENCE: i64 = 120;

/// How often a session gives a sign of life (s).
const HEARTBEAT_SECONDS: u64 = 20;

/// This process.
pub(super) fn this_process() -> Session {
    let pid = std::process::id();
    Session {
        host: host(),
        pid,
        process_start: process_start(pid).unwrap_or_default(),
    }
}

/// The sessions of a database whose process lives.
pub(super) async fn living(database: &Database) -> Result<Vec<SessionRecord>, DatabaseError> {
    let mut sessions = database.sessions().await?;
    let gone = dead(&sessions, now());
    sessions.retain(|session| !gone.contains(&session.id));
    Ok(sessions)
}

/// Ends the sessions of processes that are gone: what they held is free again.
pub(super) async fn drop_dead(database: &Database) -> Result<(), DatabaseError> {
    let sessions = database.sessions().await?;
    for gone in dead(&sessions, now()) {
        database.drop_session(gone).await?;
    }
    Ok(())
}

/// Gives signs of life until it is aborted.
pub(super) async fn beat(database: Database, session: i64) {
    let mut ticks = tokio::time::interval(Duration::from_secs(HEARTBEAT_SECONDS));
    loop {
        ticks.tick().await;
        if let Err(error) = database.heartbeat(session).await {
            tracing::warn!(%error, "no sign of life given");
        }
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The sessions whose process is gone: nobody will finish what they hold.
fn dead(sessions: &[SessionRecord], now: i64) -> HashSet<i64> {
    let here = host();
    sessions
        .iter()
        .filter(|record| !lives(record, &here, now))
        .map(|record| record.id)
        .collect()
}

/// On this machine the process table knows; elsewhere only the time since the last sign of life.
fn lives(record: &SessionRecord, here: &str, now: i64) -> bool {
    if record.session.host == here && !record.session.process_start.is_empty() {
        return process_start(record.session.pid)
            .is_some_and(|start| start == record.session.process_start);
    }
    now - record.heartbeat < LONGEST_SILENCE
}

/// Name of the machine, with the identity of its boot where there is one: containers may share a name.
fn host() -> String {
    let read = |path: &str| {
        std::fs::read_to_string(path)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let name = match read("/proc/sys/kernel/hostname") {
        name if name.is_empty() => {
            std::env::var("HOSTNAME").unwrap_or_else(|_| "localhost".to_owned())
        }
        name => name,
    };
    let namespace = std::fs::read_link("/proc/self/ns/pid")
        .map(|link| link.display().to_string())
        .unwrap_or_default();
    format!(
        "{name} {} {namespace}",
        read("/proc/sys/kernel/random/boot_id")
    )
    .trim()
    .to_owned()
}

/// When a process began, in clock ticks since boot: tells it from a later one with the same number.
/// None if there is no such process, or no process table to look in.
fn process_start(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name stands in parentheses and may hold anything; field 22 counts from the one after it
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    if state == "Z" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: i64, session: Session, heartbeat: i64) -> SessionRecord {
        SessionRecord {
            id,
            session,
            heartbeat,
        }
    }

    #[test]
    fn this_process_lives_and_one_that_began_at_another_time_is_dead() {
        let me = this_process();
        let earlier = Session {
            process_start: "1".to_owned(),
            ..me.clone()
        };
        let dead = dead(&[record(1, me, 0), record(2, earlier, 1_000)], 1_000);
        assert_eq!(dead, HashSet::from([2]));
    }

    #[test]
    fn a_process_elsewhere_lives_as_long_as_it_gives_signs() {
        let elsewhere = |id, heartbeat| {
            let session = Session {
                host: "elsewhere".to_owned(),
                pid: 1,
                process_start: "7".to_owned(),
            };
            record(id, session, heartbeat)
        };
        assert_eq!(
            dead(&[elsewhere(1, 990), elsewhere(2, 100)], 1_000),
            HashSet::from([2])
        );
    }
}
