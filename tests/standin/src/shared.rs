//! What all connections share: what is held, how it behaves, and who answers what.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::body::Contents;
use crate::counters::{Counters, RequestRecord};
use crate::fault_plan::{FaultPlans, Injected};
use crate::faults::Fault;
use crate::files::{self, ServedFile};
use crate::http::{HttpRequest, Reply};
use crate::irsa::{self, Holdings};
use crate::login;
use crate::mast::{self, Mast, portal};
use crate::server::Account;
use crate::services::Service;
use crate::tap::{self, Tap};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    holdings: Holdings,
    pub(crate) faults: Mutex<FaultPlans>,
    pub(crate) manner: Mutex<Manner>,
    pub(crate) files: Mutex<HashMap<String, ServedFile>>,
    pub(crate) fixed: Mutex<HashMap<String, Reply>>,
    pub(crate) mast: Mutex<Mast>,
    pub(crate) tap: Mutex<Tap>,
    pub(crate) counters: Mutex<Counters>,
}

#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) latency: Duration,
    pub(crate) retry_after: Duration,
    pub(crate) drip: Duration,
    /// Bytes of a flood, unpacked.
    pub(crate) flood: u64,
    pub(crate) account: Option<Account>,
}

/// A request being answered; counted until dropped.
pub(crate) struct InFlight<'a> {
    shared: &'a Shared,
    pub(crate) injected: Option<Injected>,
    number: usize,
}

impl InFlight<'_> {
    /// The reply says to ask again.
    pub(crate) fn is_not_settled(&self) {
        let mut counters = lock(&self.shared.counters);
        let place = self.number.checked_sub(counters.forgotten);
        if let Some(record) = place.and_then(|place| counters.records.get_mut(place)) {
            record.is_settled = false;
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        lock(&self.shared.counters).in_flight -= 1;
    }
}

impl Shared {
    pub(crate) fn new(holdings: Holdings) -> Shared {
        Shared {
            holdings,
            faults: Mutex::default(),
            manner: Mutex::new(Manner {
                latency: Duration::ZERO,
                retry_after: Duration::from_secs(1),
                drip: Duration::from_millis(1),
                flood: 512 << 20,
                account: None,
            }),
            files: Mutex::default(),
            fixed: Mutex::default(),
            mast: Mutex::default(),
            tap: Mutex::default(),
            counters: Mutex::default(),
        }
    }

    pub(crate) fn latency(&self) -> Duration {
        lock(&self.manner).latency
    }

    pub(crate) fn retry_after(&self) -> Duration {
        lock(&self.manner).retry_after
    }

    pub(crate) fn drip(&self) -> Duration {
        lock(&self.manner).drip
    }

    pub(crate) fn flood(&self) -> u64 {
        lock(&self.manner).flood
    }

    /// Counts a request and draws its fault: the sign-on and fixed replies have none.
    pub(crate) fn begin(&self, request: &HttpRequest) -> InFlight<'_> {
        let service = Service::of(request);
        let target = match service {
            Some(service) => service.identity(request),
            None => format!("{} {}", request.method, request.target),
        };
        let injected = service.and_then(|service| {
            let possible = |fault| service.can_fail(request, fault);
            lock(&self.faults).of(service).next(&target, possible)
        });
        let mut counters = lock(&self.counters);
        counters.in_flight += 1;
        counters.peak = counters.peak.max(counters.in_flight);
        let record = RequestRecord {
            endpoint: request.path.clone(),
            target,
            range: request.header("range").map(str::to_owned),
            user_agent: request.header("user-agent").map(str::to_owned),
            has_credentials: ["authorization", "cookie"]
                .iter()
                .any(|name| request.header(name).is_some()),
            is_conditional: request.header("if-none-match").is_some(),
            is_settled: true,
            at: Instant::now(),
            concurrency: counters.in_flight,
            fault: injected.map(|injected| injected.fault),
        };
        let number = counters.forgotten + counters.records.len();
        counters.records.push(record);
        InFlight {
            shared: self,
            injected,
            number,
        }
    }

    /// The reply of a healthy archive (but for the faults that only a file server can have).
    pub(crate) fn answer(&self, request: &HttpRequest, fault: Option<Fault>) -> Reply {
        if let Some(reply) = lock(&self.fixed).get(&request.path) {
            return reply.clone();
        }
        let account = lock(&self.manner).account.clone();
        if request.path == irsa::PATH {
            let signed_on = login::is_signed_on(request, account.as_ref());
            return irsa::answer(request, &self.holdings, signed_on);
        }
        if request.path == login::PATH {
            return login::answer(request, account.as_ref());
        }
        if request.path == portal::PATH {
            return portal::answer(request, &mut lock(&self.mast), fault);
        }
        if [tap::GAIA, tap::VIZIER]
            .iter()
            .any(|root| request.path.starts_with(root))
        {
            // clients are told to go on where they asked
            let host = request.header("host").unwrap_or_default();
            let base = format!("http://{host}");
            return tap::answer(request, &mut lock(&self.tap), &base, fault);
        }
        if request.path.trim_end_matches('/') == mast::DOWNLOAD_PATH {
            let uri = request.parameter("uri").unwrap_or_default();
            // a new version of the same light curve
            if let Some(file) = self.mast_file(uri, changes(request, fault)) {
                return mast::download(request, &file, fault);
            }
        }
        if let Some(name) = request.path.strip_prefix(files::PREFIX) {
            let mut files = lock(&self.files);
            if let Some(file) = files.get_mut(name) {
                if changes(request, fault) {
                    let reversed = file.contents.iter().rev().copied().collect();
                    file.replace(Contents::new(reversed));
                }
                let file = file.clone();
                drop(files);
                return files::answer(request, &file, fault);
            }
        }
        Reply::new(404, "text/html", "<html><body>Not Found</body></html>\n")
    }

    /// A file of MAST's. Its bytes may have to be made, so the lock is not held for longer.
    pub(crate) fn mast_file(&self, uri: &str, changes: bool) -> Option<ServedFile> {
        let mut mast = lock(&self.mast);
        let file = mast.files.get_mut(uri)?;
        if changes {
            file.replace(file.contents.clone());
        }
        Some(file.clone())
    }
}

/// The file has another version from this request on.
fn changes(request: &HttpRequest, fault: Option<Fault>) -> bool {
    fault == Some(Fault::TagChanged) && request.header("range").is_some()
}

/// A thread that panicked with the lock has failed its test already; the others may go on.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
