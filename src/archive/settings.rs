//! How patient and how polite: time-outs, retries, limits.

use std::path::PathBuf;
use std::time::Duration;

/// Manners of an [`Archive`](super::Archive) towards all hosts.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchiveSettings {
    /// Sent as User-Agent; see [`user_agent`](Self::user_agent).
    pub user_agent: String,
    /// Longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// Longest wait for the next bytes of a reply (IRSA's cone searches take minutes to begin).
    pub read_timeout: Duration,
    /// Longest time of one attempt whose body is kept in memory. Downloads have none: they resume.
    pub total_timeout: Duration,
    /// Attempts after the first. A download that got further starts counting anew.
    pub retries: u32,
    /// Wait before the first retry, before jitter; doubled for each further one.
    pub base_delay: Duration,
    /// Longest wait of one's own choosing.
    pub max_delay: Duration,
    /// Longest wait that a server may ask for; a longer one fails the request.
    pub max_retry_after: Duration,
    /// Largest body kept in memory (bytes, after decompression), unless a request says otherwise.
    pub max_body: u64,
    /// Largest file (bytes) that [`file`](super::Archive::file) takes, unless a request says otherwise.
    pub max_file: u64,
    /// Folder where whole files are kept until they are used; none: they are in a temporary one, and not found again.
    pub downloads: Option<PathBuf>,
    /// Flush downloads to the disk before they get their final name.
    pub fsync: bool,
    /// Limits of hosts that no handle says otherwise of.
    pub limits: Limits,
    /// Root of the jitter.
    pub seed: u64,
}

impl ArchiveSettings {
    /// `retriever/<version> (+<contact>)`: who asks, and where to complain (a URL or an address).
    pub fn user_agent(contact: &str) -> String {
        format!("retriever/{} (+{contact})", env!("CARGO_PKG_VERSION"))
    }
}

impl Default for ArchiveSettings {
    fn default() -> ArchiveSettings {
        ArchiveSettings {
            user_agent: format!("retriever/{}", env!("CARGO_PKG_VERSION")),
            connect_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(240),
            total_timeout: Duration::from_secs(1_800),
            retries: 5,
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(60),
            max_retry_after: Duration::from_secs(3_600),
            max_body: 256 << 20,
            max_file: 1 << 30,
            downloads: None,
            fsync: false,
            limits: Limits::default(),
            seed: 0,
        }
    }
}

/// What one host is asked at most. Of all handles that ask a host, the strictest limits hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Requests in flight; at least 1.
    pub max_concurrency: usize,
    /// Requests per second, evenly spaced; `None`: as many as there are. Not above zero is taken as `None`.
    pub rate_limit: Option<f64>,
}

/// How one survey is asked: who asks, how long to wait, how often again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manner {
    /// Whom the archive's staff may write to, as part of the User-Agent.
    pub contact: Option<String>,
    /// Longest wait for the next bytes of a reply.
    pub read_timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// Wait before the first retry, before jitter.
    pub base_delay: Duration,
}

impl Default for Limits {
    /// Four at once, four a second: what archives tolerate without having published a number.
    fn default() -> Limits {
        Limits {
            max_concurrency: 4,
            rate_limit: Some(4.0),
        }
    }
}

impl Limits {
    /// Time between two requests.
    pub(super) fn interval(&self) -> Duration {
        self.rate_limit
            .filter(|rate| *rate > 0.0)
            .and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok())
            .unwrap_or(Duration::ZERO)
    }
}
