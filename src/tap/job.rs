//! A job at a service, from its beginning or from the note of an earlier process to its result on disk.

use std::path::{Path, PathBuf};

use tokio::time::Instant;

use super::error::TapError;
use super::note::Note;
use super::phase::{Patience, Phase, Step};
use super::query::{Query, asking};
use super::words;
use crate::archive::{
    Answer, Archive, ArchiveError, ErrorClass, RedactedUrl, Reply, Request, Verdict,
};

/// Jobs begun by one call at most: a service that loses this many is not asked for another.
const JOBS: u32 = 2;

/// A job whose result is on disk. Its note stays until it is dropped.
#[derive(Debug)]
#[must_use = "the job stays at the service and its note on disk"]
pub struct Job {
    archive: Archive,
    address: String,
    note: PathBuf,
}

/// How a job ended.
enum End {
    Downloaded,
    /// It is not there any more.
    Gone,
}

/// Lets a service answer in its own time: the result goes to `destination`, as it comes.
///
/// A job that `note` tells of is waited for, if it is of the same query; otherwise one is begun, noted, and only
/// then started, so that a job that nobody knows of never runs.
///
/// # Errors
/// [`TapError`]. The note stays where the same call may go on later.
pub async fn job(
    archive: &Archive,
    query: &Query,
    note: &Path,
    patience: &Patience,
    destination: &Path,
) -> Result<Job, TapError> {
    let mut begun = 0;
    loop {
        let job = match Job::noted(archive, query, note).await? {
            Some(job) => job,
            None => {
                begun += 1;
                Job::begin(archive, query, note).await?
            }
        };
        match job.wait_and_download(query, patience, destination).await? {
            End::Downloaded => return Ok(job),
            End::Gone => Note::remove(note)?,
        }
        if begun == JOBS {
            return Err(TapError::Lost {
                service: query.service(),
                job: job.shown(),
            });
        }
        tracing::warn!(job = %job.shown(), "the service does not know the job any more: another one is begun");
    }
}

impl Job {
    /// The job that the note tells of, if it is of this query. One of another query is dropped: nobody waits for it.
    async fn noted(archive: &Archive, query: &Query, note: &Path) -> Result<Option<Job>, TapError> {
        let Some(found) = Note::read(note) else {
            return Ok(None);
        };
        let job = Job {
            archive: archive.clone(),
            address: found.job.clone(),
            note: note.to_owned(),
        };
        if found.is_of(query) {
            tracing::info!(job = %job.shown(), begun = %found.begun, "waiting for the job of an earlier run");
            return Ok(Some(job));
        }
        if let Err(error) = job.drop_at_service().await
            && error.class() == ErrorClass::Network
        {
            // nor could another one be begun: the note stays for when the service is there
            return Err(error.into());
        }
        Note::remove(note)?;
        Ok(None)
    }

    async fn begin(archive: &Archive, query: &Query, note: &Path) -> Result<Job, TapError> {
        let answer = archive
            .location(query.form("async"))
            .await
            .map_err(TapError::of)?;
        let url = match answer {
            Answer::Elsewhere(url) => url,
            Answer::Here(page) => return Err(no_job(query, &page)),
        };
        Note::new(url.to_string(), query).write(note)?;
        tracing::info!(job = %RedactedUrl::new(&url), "the service begins a job");
        Ok(Job {
            archive: archive.clone(),
            address: url.into(),
            note: note.to_owned(),
        })
    }

    async fn wait_and_download(
        &self,
        query: &Query,
        patience: &Patience,
        destination: &Path,
    ) -> Result<End, TapError> {
        let begin = Instant::now();
        let mut started = false;
        for look in 1.. {
            let phase = match self.phase().await {
                Ok(phase) => phase,
                Err(ArchiveError::NotFound { .. }) => return Ok(End::Gone),
                Err(error) => return Err(error.into()),
            };
            match phase.step() {
                Step::Start => {
                    self.start().await?;
                    // looked at without a wait, but only once: a service may take a moment to see it
                    if !std::mem::replace(&mut started, true) {
                        continue;
                    }
                }
                Step::Wait => {}
                Step::Download => return self.download(query, destination).await,
                Step::AskWhy => return Err(self.failed(phase).await?),
                Step::Replace => return Ok(End::Gone),
            }
            let waited = begin.elapsed();
            if waited >= patience.overall {
                return Err(TapError::Unfinished {
                    job: self.shown(),
                    phase: phase.as_str().to_owned(),
                    waited,
                });
            }
            tracing::debug!(job = %self.shown(), phase = phase.as_str(), "waiting");
            let left = patience.overall - waited;
            tokio::time::sleep(patience.wait(look).min(left)).await;
        }
        unreachable!("looks are counted without end")
    }

    async fn phase(&self) -> Result<Phase, ArchiveError> {
        let is_phase = |reply: &Reply| match phase_in(reply) {
            Some(_) => Verdict::Accept,
            None => Verdict::Retry("it is no phase of a job".to_owned()),
        };
        let request = asking(Request::get(self.at("phase"))).max_bytes(1 << 20);
        let reply = self.archive.get(request, is_phase).await?;
        Ok(phase_in(&reply).expect("only a phase was accepted"))
    }

    async fn start(&self) -> Result<(), TapError> {
        let request = asking(Request::post(self.at("phase"))).form("PHASE", "RUN");
        match self.archive.location(request).await {
            // it runs already: an earlier attempt arrived though its answer did not; the next look tells
            Ok(_) | Err(ArchiveError::Rejected { .. }) => Ok(()),
            Err(error) => Err(TapError::of(error)),
        }
    }

    async fn download(&self, query: &Query, destination: &Path) -> Result<End, TapError> {
        let request = asking(Request::get(self.at("results/result"))).max_bytes(query.largest());
        match self.archive.download(request, destination).await {
            Ok(_) => Ok(End::Downloaded),
            Err(ArchiveError::NotFound { .. }) => Ok(End::Gone),
            Err(error) => Err(TapError::of(error)),
        }
    }

    /// The service's own words on a job that failed, which is then dropped.
    async fn failed(&self, phase: Phase) -> Result<TapError, TapError> {
        let words = match self.words_at("error").await? {
            Some(words) => words,
            None => match self.words_at("").await? {
                Some(words) => words,
                None => format!("the job is {}", phase.as_str()),
            },
        };
        self.dismiss().await?;
        Ok(TapError::said(self.shown(), words))
    }

    /// What stands at an address of the job; none if there is nothing or no words.
    async fn words_at(&self, door: &str) -> Result<Option<String>, TapError> {
        let request = asking(Request::get(self.at(door))).max_bytes(1 << 20);
        match self.archive.get(request, |_| Verdict::Accept).await {
            Ok(reply) => Ok(words::in_reply(&reply.body)),
            // some send the reason with a status of its own
            Err(ArchiveError::Rejected { words, .. }) => Ok(words::in_reply(words.as_bytes())),
            Err(ArchiveError::NotFound { .. } | ArchiveError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Drops the job at the service, then its note. That the service keeps what it was to drop is no error: it
    /// drops old jobs by itself.
    pub async fn dismiss(&self) -> Result<(), TapError> {
        if let Err(error) = self.drop_at_service().await {
            tracing::debug!(job = %self.shown(), %error, "the job stays at the service");
        }
        Note::remove(&self.note)
    }

    async fn drop_at_service(&self) -> Result<(), ArchiveError> {
        match self.archive.location(Request::delete(&self.address)).await {
            Ok(_) | Err(ArchiveError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn at(&self, door: &str) -> String {
        match door {
            "" => self.address.clone(),
            door => format!("{}/{door}", self.address.trim_end_matches('/')),
        }
    }

    fn shown(&self) -> RedactedUrl {
        RedactedUrl::of_text(&self.address)
    }
}

fn phase_in(reply: &Reply) -> Option<Phase> {
    Phase::parse(&String::from_utf8_lossy(&reply.body))
}

/// A service that answered where it should have named a job: with its refusal, or with something else.
fn no_job(query: &Query, page: &[u8]) -> TapError {
    match words::in_page(page) {
        Some(words) => TapError::said(query.service(), words),
        None => TapError::NoJob {
            url: query.service(),
            words: String::from_utf8_lossy(&page[..page.len().min(200)]).into_owned(),
        },
    }
}
