//! A TAP service on loopback whose answers are written down by the test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest wait for anything; only a hang takes as long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A status, a content type and a body.
pub type Page = (u16, &'static str, Vec<u8>);

/// What the service does, and what it has seen.
#[derive(Default)]
pub struct Script {
    /// What a query that contains a text is answered with, at once or by its job; the first that fits.
    pub answers: Vec<(String, Page)>,
    /// A job that fails does so with this page as its reason.
    pub job_error: Option<Page>,
    /// Jobs stay in execution.
    pub holds: bool,
    /// Jobs vanish when they are looked at.
    pub forgets: bool,
    /// Every request, as method and path.
    pub requests: Vec<String>,
    /// The forms of all queries.
    pub queries: Vec<BTreeMap<String, String>>,
    jobs: BTreeMap<String, Job>,
}

struct Job {
    query: String,
    phase: &'static str,
}

/// The service; it ends when it is dropped.
pub struct Service {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    pub fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script::default()));
        let ended = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (script, ended) = (Arc::clone(&script), Arc::clone(&ended));
            move || {
                while let Ok((stream, _)) = listener.accept() {
                    if ended.load(Ordering::SeqCst) {
                        return;
                    }
                    let script = Arc::clone(&script);
                    // ends with its one request; a client that goes away is no error here
                    std::thread::spawn(move || drop(serve(stream, &script)));
                }
            }
        });
        Service {
            address,
            script,
            ended,
            thread: Some(thread),
        }
    }

    /// Base address of the TAP service.
    pub fn url(&self) -> String {
        format!("http://{}/tap", self.address)
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// A service that answers every query with this page.
    pub fn answering(page: Page) -> Service {
        let service = Service::start();
        service.script().answers = vec![(String::new(), page)];
        service
    }

    pub fn count(&self, request: &str) -> usize {
        let script = self.script();
        script
            .requests
            .iter()
            .filter(|seen| seen.starts_with(request))
            .count()
    }

    /// Waits until that many such requests were seen.
    pub fn wait_for(&self, request: &str, times: usize) {
        let begin = Instant::now();
        while self.count(request) < times {
            assert!(begin.elapsed() < PATIENCE, "{:?}", self.script().requests);
            std::thread::yield_now();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // wakes the thread, which then sees that it is over
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, path) = (
        words.next().unwrap_or_default().to_owned(),
        words.next().unwrap_or_default().to_owned(),
    );
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    let host = format!("http://{}", stream.local_addr()?);
    let (location, (status, kind, page)) = script.lock().unwrap().reply(&method, &path, form);
    let location = location.map_or(String::new(), |path| format!("Location: {host}{path}\r\n"));
    let mut out = stream;
    write!(
        out,
        "HTTP/1.1 {status} X\r\n{location}Content-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    )?;
    out.write_all(&page)?;
    out.flush()
}

impl Script {
    fn reply(
        &mut self,
        method: &str,
        path: &str,
        form: BTreeMap<String, String>,
    ) -> (Option<String>, Page) {
        let path = path.strip_prefix("/tap").unwrap_or(path);
        self.requests.push(format!("{method} {path}"));
        let query = form.get("QUERY").cloned().unwrap_or_default();
        if !query.is_empty() {
            self.queries.push(form.clone());
        }
        let nowhere = || (None, (404, "text/plain", b"nothing here".to_vec()));
        match (
            method,
            path.split('/').skip(1).collect::<Vec<_>>().as_slice(),
        ) {
            ("POST", ["sync"]) => (None, self.answer(&query)),
            ("POST", ["async"]) => {
                let name = format!("job{}", self.requests.len());
                let job = Job {
                    query,
                    phase: "PENDING",
                };
                self.jobs.insert(name.clone(), job);
                (
                    Some(format!("/tap/async/{name}")),
                    (303, "text/plain", Vec::new()),
                )
            }
            (_, ["async", name, rest @ ..]) => {
                if self.forgets {
                    self.jobs.remove(*name);
                    self.forgets = false;
                }
                let name = (*name).to_owned();
                match self.jobs.contains_key(&name) {
                    true => self.of_job(method, &name, rest, &form),
                    false => nowhere(),
                }
            }
            _ => nowhere(),
        }
    }

    fn of_job(
        &mut self,
        method: &str,
        name: &str,
        rest: &[&str],
        form: &BTreeMap<String, String>,
    ) -> (Option<String>, Page) {
        let holds = self.holds;
        let fails = self.job_error.is_some();
        let job = self.jobs.get_mut(name).unwrap();
        let text = |text: &str| (None, (200, "text/plain", text.as_bytes().to_vec()));
        match (method, rest) {
            ("DELETE", []) => {
                self.jobs.remove(name);
                (
                    Some("/tap/async".to_owned()),
                    (303, "text/plain", Vec::new()),
                )
            }
            ("POST", ["phase"]) => {
                assert_eq!(form["PHASE"], "RUN");
                job.phase = "EXECUTING";
                (
                    Some(format!("/tap/async/{name}")),
                    (303, "text/plain", Vec::new()),
                )
            }
            ("GET", ["phase"]) => {
                let told = job.phase;
                if told == "EXECUTING" && !holds {
                    job.phase = if fails { "ERROR" } else { "COMPLETED" };
                }
                text(told)
            }
            ("GET", ["error"]) => (None, self.job_error.clone().unwrap()),
            ("GET", ["results", "result"]) if job.phase == "COMPLETED" => {
                let query = job.query.clone();
                (None, self.answer(&query))
            }
            _ => (None, (404, "text/plain", Vec::new())),
        }
    }

    fn answer(&self, query: &str) -> Page {
        let found = self
            .answers
            .iter()
            .find(|(part, _)| query.contains(part.as_str()));
        found.map_or_else(|| (500, "text/plain", Vec::new()), |(_, page)| page.clone())
    }

    /// Jobs that are at the service.
    pub fn jobs(&self) -> usize {
        self.jobs.len()
    }
}
