//! What happens to a run when the world around it breaks: killed processes, several at once, full disks, databases
//! that go away, damaged files, names that mean harm. The real program, as a user starts it.

#[path = "support/postgres.rs"]
mod postgres;

#[path = "resilience/process.rs"]
mod process;
#[path = "resilience/workplace.rs"]
mod workplace;

#[path = "resilience/analysis.rs"]
mod analysis;
#[path = "resilience/asked_again.rs"]
mod asked_again;
#[path = "resilience/databases.rs"]
mod databases;
#[path = "resilience/disks.rs"]
mod disks;
#[path = "resilience/failures.rs"]
mod failures;
#[path = "resilience/files.rs"]
mod files;
#[path = "resilience/interrupted.rs"]
mod interrupted;
#[path = "resilience/killed.rs"]
mod killed;
#[path = "resilience/mending.rs"]
mod mending;
#[path = "resilience/names.rs"]
mod names;
#[path = "resilience/stages.rs"]
mod stages;
#[path = "resilience/together.rs"]
mod together;
#[path = "resilience/versions.rs"]
mod versions;
