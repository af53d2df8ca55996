//! The handle that everybody shares: hosts, clients, and the loop that asks until there is an answer.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::cookie::Jar;
use reqwest::header::HeaderMap;
use url::Url;

use super::error::ArchiveError;
use super::exchange::{Exchange, Failure, Trouble, read};
use super::kept::{KeptFiles, Noted};
use super::limit::{Host, Place};
use super::policy::back_off;
use super::redact::RedactedUrl;
use super::reply::{Reply, Verdict};
use super::request::Request;
use super::session::Sessions;
use super::settings::{ArchiveSettings, Limits, Manner};

/// A shorter pause is everyday life; of a longer one the user is told.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// The way out of the house. Clones are cheap and share limits, pauses, connections and sessions.
#[derive(Clone)]
pub struct Archive {
    shared: Arc<Shared>,
    settings: Arc<ArchiveSettings>,
    clients: Clients,
    limits: Limits,
    kept: Arc<KeptFiles>,
    noted: Option<Noted>,
    offline: bool,
}

struct Shared {
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    sessions: Sessions,
}

/// Connections: with decompression for what is kept in memory, without for what goes to the disk as it is.
#[derive(Clone)]
pub(super) struct Clients {
    pub(super) decoding: reqwest::Client,
    pub(super) verbatim: reqwest::Client,
}

impl Archive {
    /// A way out with these manners.
    ///
    /// # Errors
    /// [`ArchiveError::Client`] when the User-Agent is no header text or TLS cannot be set up.
    pub fn new(settings: ArchiveSettings) -> Result<Archive, ArchiveError> {
        // an error says that somebody else in the process chose a provider first: theirs is as good
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clients = Clients::new(&settings, None)?;
        Ok(Archive {
            limits: settings.limits,
            clients,
            kept: Arc::new(KeptFiles::new(settings.downloads.clone())),
            noted: None,
            offline: false,
            settings: Arc::new(settings),
            shared: Arc::new(Shared {
                hosts: Mutex::default(),
                sessions: Sessions::default(),
            }),
        })
    }

    /// The same archive, asked under these limits. Of all limits that a host is asked under, the strictest hold.
    #[must_use]
    pub fn limited(&self, limits: Limits) -> Archive {
        Archive {
            limits,
            ..self.clone()
        }
    }

    /// The same archive, asked in this manner. Limits, pauses and sessions stay shared.
    ///
    /// # Errors
    /// [`ArchiveError::Client`] when a client of that manner cannot be set up.
    pub fn in_manner(&self, manner: Manner) -> Result<Archive, ArchiveError> {
        let mut settings = ArchiveSettings {
            read_timeout: manner.read_timeout,
            retries: manner.retries,
            base_delay: manner.base_delay,
            ..ArchiveSettings::clone(&self.settings)
        };
        if let Some(contact) = &manner.contact {
            settings.user_agent = ArchiveSettings::user_agent(contact);
        }
        Ok(Archive {
            clients: Clients::new(&settings, None)?,
            settings: Arc::new(settings),
            ..self.clone()
        })
    }

    /// The same archive, keeping whole files in that folder until they are used (see [`file`](Archive::file)).
    #[must_use]
    pub fn keeping_downloads(&self, folder: impl Into<PathBuf>) -> Archive {
        Archive {
            kept: Arc::new(KeptFiles::new(Some(folder.into()))),
            ..self.clone()
        }
    }

    /// The same archive, cut off: it gives what whole files it has on disk, and every request that would leave the
    /// process is [`ArchiveError::Offline`].
    #[must_use]
    pub fn offline(&self) -> Archive {
        Archive {
            offline: true,
            ..self.clone()
        }
    }

    /// Whether it asks nobody.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// Takes one of the places in flight in a queue of that name: for archives that are not asked over HTTP.
    /// There is no rate to keep with them.
    pub async fn place(&self, name: &str) -> Place {
        let unhurried = self.limited(Limits {
            rate_limit: None,
            ..self.limits
        });
        let host = unhurried.host(format!("place:{name}"));
        host.place(Duration::MAX)
            .await
            .expect("no pause is longer than the longest duration")
    }

    /// Asks until `verdict` accepts the reply, within the retries of the settings.
    ///
    /// `verdict` sees replies of success only; other statuses are settled by the policy of this room. A POST is
    /// repeated like a GET: archives take their questions by POST, and a question may be asked twice.
    ///
    /// # Errors
    /// [`ArchiveError`]; its [`class`](ArchiveError::class) says what it means for other requests.
    pub async fn get(
        &self,
        request: Request,
        verdict: impl Fn(&Reply) -> Verdict + Send + Sync,
    ) -> Result<Reply, ArchiveError> {
        let mut retry = 0;
        loop {
            let trouble = match self.attempt(&request, retry + 1, &verdict).await {
                Ok(reply) => return Ok(reply),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Retry(trouble)) => trouble,
            };
            self.wait_or_give_up(&request, trouble, retry).await?;
            retry += 1;
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        attempts: u32,
        verdict: &(impl Fn(&Reply) -> Verdict + Send + Sync),
    ) -> Result<Reply, Failure> {
        let exchange = Exchange {
            archive: self,
            request,
            verbatim: false,
            extra: HeaderMap::new(),
            let_through: &[],
        };
        let open = exchange.open().await?;
        let mut reply = Reply {
            status: open.response.status().as_u16(),
            headers: open.response.headers().clone(),
            body: bytes::Bytes::new(),
            url: open.url.clone(),
            attempts,
        };
        let limit = request.size_limit().unwrap_or(self.settings.max_body);
        reply.body = read(open, limit).await?;
        judged(reply, verdict, request)
    }

    /// Waits as the server or the back-off says.
    ///
    /// # Errors
    /// The trouble itself when it was the last attempt, or when the server asks for too long a pause.
    pub(super) async fn wait_or_give_up(
        &self,
        request: &Request,
        trouble: Trouble,
        retry: u32,
    ) -> Result<(), ArchiveError> {
        let settings = &self.settings;
        let wait = back_off(settings, request.identity(), retry);
        let pause = match trouble.pause {
            None if trouble.is_overload() => Some(wait),
            pause => pause,
        };
        if let Some((host, pause)) = trouble.host.as_ref().zip(pause) {
            // also when this request gives up: the others are not to go on as if nothing had been said
            host.pause(pause);
            if pause >= WORTH_TELLING {
                tracing::warn!(url = %request.shown(), pause_s = pause.as_secs(), "the archive asks for a pause");
            }
            if pause > settings.max_retry_after {
                let url = request.shown();
                return Err(ArchiveError::Paused { url, pause });
            }
        }
        if retry >= settings.retries {
            return Err(trouble.into_error(request.shown(), retry + 1));
        }
        tracing::debug!(
            url = %request.shown(),
            attempt = retry + 1,
            wait_ms = pause.unwrap_or(wait).as_millis() as u64,
            "asking again"
        );
        if pause.is_none() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// A place in the queue of a URL's host, and that host.
    ///
    /// # Errors
    /// [`ArchiveError::Paused`] when the host has asked for a longer pause than the settings allow.
    pub(super) async fn place_for(
        &self,
        url: &Url,
        shown: &RedactedUrl,
    ) -> Result<(Place, Arc<Host>), ArchiveError> {
        let host = self.host(url.origin().ascii_serialization());
        match host.place(self.settings.max_retry_after).await {
            Ok(place) => Ok((place, host)),
            Err(pause) => Err(ArchiveError::Paused {
                url: shown.clone(),
                pause,
            }),
        }
    }

    fn host(&self, key: String) -> Arc<Host> {
        let mut hosts = self
            .shared
            .hosts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let host = hosts
            .entry(key)
            .or_insert_with(|| Arc::new(Host::new(self.limits)));
        host.tighten(self.limits);
        Arc::clone(host)
    }

    /// The same archive with connections of its own that keep cookies in `jar`.
    pub(super) fn with_cookies(&self, jar: Arc<Jar>) -> Result<Archive, ArchiveError> {
        Ok(Archive {
            clients: Clients::new(&self.settings, Some(jar))?,
            ..self.clone()
        })
    }

    pub(super) fn with_clients(&self, clients: Clients) -> Archive {
        Archive {
            clients,
            ..self.clone()
        }
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.shared.sessions
    }

    pub(super) fn kept(&self) -> &Arc<KeptFiles> {
        &self.kept
    }

    pub(super) fn noted(&self) -> Option<&Noted> {
        self.noted.as_ref()
    }

    pub(super) fn with_noted(&self, noted: Noted) -> Archive {
        Archive {
            noted: Some(noted),
            ..self.clone()
        }
    }

    pub(super) fn settings(&self) -> &ArchiveSettings {
        &self.settings
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("limits", &self.limits)
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}

impl Clients {
    fn new(settings: &ArchiveSettings, jar: Option<Arc<Jar>>) -> Result<Clients, ArchiveError> {
        let build = |decoding: bool| {
            let mut builder = reqwest::Client::builder()
                .user_agent(&settings.user_agent)
                .connect_timeout(settings.connect_timeout)
                .read_timeout(settings.read_timeout)
                .pool_idle_timeout(Duration::from_secs(30))
                // redirects and retries are this room's own: they have to pass the limits of each host
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .gzip(decoding);
            if let Some(jar) = &jar {
                builder = builder.cookie_provider(Arc::clone(jar));
            }
            builder.build().map_err(ArchiveError::client)
        };
        Ok(Clients {
            decoding: build(true)?,
            verbatim: build(false)?,
        })
    }
}

fn judged(
    reply: Reply,
    verdict: &impl Fn(&Reply) -> Verdict,
    request: &Request,
) -> Result<Reply, Failure> {
    match Failure::of(
        verdict(&reply),
        request,
        &reply.url,
        reply.status,
        &reply.body,
    ) {
        Some(failure) => Err(failure),
        None => Ok(reply),
    }
}
