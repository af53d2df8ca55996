//! The handle and the threads behind it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::body::Contents;
use crate::connection;
use crate::counters::Counters;
use crate::fault_plan::{FaultPlan, FaultPlans};
use crate::faults::Fault;
use crate::files::{self, ServedFile};
use crate::http::Reply;
use crate::irsa::Holdings;
use crate::services::Service;
use crate::shared::{Shared, lock};
use crate::synthetic::{Synthetic, SyntheticShape};
use crate::table;

/// A user of the archive, for the sign-on and for Basic authorisation.
#[derive(Debug, Clone)]
pub struct Account {
    pub user: String,
    pub password: String,
}

/// A running stand-in. Dropping it ends the server and closes its connections.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Serves light curves of nothing: every cone is empty. Good for files and the sign-on.
    pub fn empty() -> StandIn {
        StandIn::start(Holdings::Loaded(Vec::new()), 0)
    }

    /// The same, on a port of one's choice (0: any).
    ///
    /// # Errors
    /// When the port is taken.
    pub fn empty_on(port: u16) -> io::Result<StandIn> {
        StandIn::try_start(Holdings::Loaded(Vec::new()), port)
    }

    /// Serves the rows of all recorded CSV replies in a folder, word for word.
    ///
    /// # Errors
    /// When the folder cannot be read or a `.csv` in it is not such a reply.
    pub fn load_csv_dir(folder: impl AsRef<Path>) -> io::Result<StandIn> {
        StandIn::load_csv_dir_on(folder, 0)
    }

    /// The same, on a port of one's choice (0: any).
    ///
    /// # Errors
    /// As [`load_csv_dir`](Self::load_csv_dir), and when the port is taken.
    pub fn load_csv_dir_on(folder: impl AsRef<Path>, port: u16) -> io::Result<StandIn> {
        let objects = table::load(folder.as_ref())?;
        StandIn::try_start(Holdings::Loaded(objects), port)
    }

    /// Serves plausible rows for each of `positions` (RA and Dec in degrees), made from the seed.
    pub fn synthetic(seed: u64, positions: &[(f64, f64)]) -> StandIn {
        StandIn::synthetic_shaped(seed, positions, SyntheticShape::default())
    }

    /// The same, with a say in how many rows there are.
    pub fn synthetic_shaped(seed: u64, positions: &[(f64, f64)], shape: SyntheticShape) -> StandIn {
        let sky = Synthetic::new(seed, shape, positions);
        StandIn::start(Holdings::Synthetic(sky), 0)
    }

    fn start(holdings: Holdings, port: u16) -> StandIn {
        StandIn::try_start(holdings, port).expect("loopback has a free port and a thread to spare")
    }

    fn try_start(holdings: Holdings, port: u16) -> io::Result<StandIn> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(holdings));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("stand-in")
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let for_server = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("stand-in".into())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        () = accept(listener, for_server) => {}
                    }
                });
                // connections that still stall end with their runtime
                runtime.shutdown_background();
            })?;
        Ok(StandIn {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:<port>`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of a file on offer.
    pub fn file_url(&self, name: &str) -> String {
        format!("{}{}{name}", self.url(), files::PREFIX)
    }

    /// The first 1 to `times` replies to each distinct request fail so; the seed draws how many, and where cuts are.
    #[must_use]
    pub fn failing(self, fault: Fault, seed: u64, times: u32) -> StandIn {
        self.set_faults(FaultPlan::first(fault, seed, times));
        self
    }

    /// The same with a fault drawn from `faults` for each failing reply.
    #[must_use]
    pub fn failing_variously(self, faults: &[Fault], seed: u64, times: u32) -> StandIn {
        self.set_faults(FaultPlan::various(faults.to_vec(), seed, times));
        self
    }

    /// Every reply fails so.
    #[must_use]
    pub fn always(self, fault: Fault) -> StandIn {
        self.fail_always(fault);
        self
    }

    /// From now on every reply fails so.
    pub fn fail_always(&self, fault: Fault) {
        self.set_faults(FaultPlan::always(fault));
    }

    /// From now on nothing fails.
    pub fn calm(&self) {
        self.set_faults(FaultPlan::calm());
    }

    fn set_faults(&self, plan: FaultPlan) {
        *lock(&self.shared.faults) = FaultPlans::everywhere(plan);
    }

    /// The same as [`failing`](Self::failing) for one service; the others go on as they were told.
    #[must_use]
    pub fn failing_at(self, service: Service, fault: Fault, seed: u64, times: u32) -> StandIn {
        lock(&self.shared.faults).at(service, FaultPlan::first(fault, seed, times));
        self
    }

    /// From now on every reply of this service fails so; the others go on as they were told.
    pub fn fail_always_at(&self, service: Service, fault: Fault) {
        lock(&self.shared.faults).at(service, FaultPlan::always(fault));
    }

    /// Waits so long before each reply.
    #[must_use]
    pub fn latency(self, latency: Duration) -> StandIn {
        lock(&self.shared.manner).latency = latency;
        self
    }

    /// What Retry-After says in the faults that send one; whole seconds (default 1 s).
    #[must_use]
    pub fn retry_after(self, pause: Duration) -> StandIn {
        lock(&self.shared.manner).retry_after = pause;
        self
    }

    /// Pause between the kilobytes of [`Fault::SlowDrip`] (default 1 ms).
    #[must_use]
    pub fn drip(self, pause: Duration) -> StandIn {
        lock(&self.shared.manner).drip = pause;
        self
    }

    /// Bytes, once unpacked, of [`Fault::Endless`] and [`Fault::GzipBomb`] (default 512 MiB).
    #[must_use]
    pub fn flood(self, bytes: u64) -> StandIn {
        lock(&self.shared.manner).flood = bytes;
        self
    }

    /// The one user who may sign on.
    #[must_use]
    pub fn account(self, user: &str, password: &str) -> StandIn {
        lock(&self.shared.manner).account = Some(Account {
            user: user.into(),
            password: password.into(),
        });
        self
    }

    /// Offers a file at [`file_url`](Self::file_url), in place of an older version.
    pub fn put_file(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        let mut files = lock(&self.shared.files);
        let contents = Contents::new(bytes.into());
        match files.get_mut(name) {
            Some(file) => file.replace(contents),
            None => {
                files.insert(name.to_owned(), ServedFile::new(contents));
            }
        }
    }

    /// Answers `path` with a status, headers and a body of one's choice, without faults.
    pub fn put_reply(&self, path: &str, status: u16, headers: &[(&str, &str)], body: &[u8]) {
        let mut reply = Reply::new(status, "text/plain", body);
        for (name, value) in headers {
            reply = reply.with(name, *value);
        }
        lock(&self.shared.fixed).insert(path.to_owned(), reply);
    }

    /// What was asked so far.
    pub fn counters(&self) -> Counters {
        lock(&self.shared.counters).clone()
    }

    /// Forgets what was asked so far.
    pub fn reset_counters(&self) {
        let mut counters = lock(&self.shared.counters);
        counters.forgotten += counters.records.len();
        counters.records.clear();
        counters.peak = counters.in_flight;
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // an error means that the server has ended already
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                // a client that goes in mid-reply is everyday life for a server
                let _ = connection::serve(stream, shared).await;
            });
        }
    }
}
