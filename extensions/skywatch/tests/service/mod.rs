//! The survey's service: a folder of CSV files behind a real HTTP server on loopback.

#![allow(dead_code)] // the example that serves for good does not count

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A running service; it goes on until the program ends.
pub struct Service {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    folder: PathBuf,
    requests: AtomicUsize,
    /// So many requests are answered with 503 first.
    busy: AtomicUsize,
}

impl Service {
    /// Serves `objects.csv` and `lightcurves/` of a folder; port 0 takes any.
    pub fn start(folder: &Path, port: u16) -> io::Result<Service> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            folder: folder.to_owned(),
            requests: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
        });
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&served);
                // a client that goes in the middle is no concern of the others
                std::thread::spawn(move || answer(stream, &state).ok());
            }
        });
        Ok(Service { address, state })
    }

    /// The same, busy at first.
    pub fn busy_for(self, requests: usize) -> Service {
        self.state.busy.store(requests, Ordering::SeqCst);
        self
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }
}

fn answer(stream: TcpStream, state: &State) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    state.requests.fetch_add(1, Ordering::SeqCst);
    let was_busy = state
        .busy
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
    let path = request.split(' ').nth(1).unwrap_or("/");
    let (status, body) = match (was_busy, body_of(path, &state.folder)) {
        (Ok(_), _) => ("503 Service Unavailable", "busy\n".to_owned()),
        (Err(_), Some(body)) => ("200 OK", body),
        (Err(_), None) => ("404 Not Found", "nothing there\n".to_owned()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/csv\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn body_of(path: &str, folder: &Path) -> Option<String> {
    if let Some(query) = path.strip_prefix("/objects?") {
        let objects = std::fs::read_to_string(folder.join("objects.csv")).ok()?;
        return Some(within(&objects, query));
    }
    let name = path.strip_prefix("/lightcurves/")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let file = folder.join("lightcurves").join(name);
    (name.chars().all(is_plain)).then(|| std::fs::read_to_string(file).ok())?
}

/// The lines of the objects in the cone, with the header.
fn within(objects: &str, query: &str) -> String {
    let number = |name: &str| -> f64 {
        let value = query.split('&').find_map(|part| part.strip_prefix(name));
        value
            .and_then(|value| value.parse().ok())
            .unwrap_or(f64::NAN)
    };
    let (ra, dec, radius) = (number("ra="), number("dec="), number("radius="));
    let lines = objects.lines().enumerate().filter(|(line, text)| {
        let fields: Vec<f64> = text
            .split(',')
            .map(|field| field.parse().unwrap_or(f64::NAN))
            .collect();
        let across = (fields[1] - ra) * dec.to_radians().cos();
        *line == 0 || across.hypot(fields[2] - dec) * 3600.0 <= radius
    });
    lines.map(|(_, text)| format!("{text}\n")).collect()
}
