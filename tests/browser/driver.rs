//! A browser that does what a person would: Chromium without a window, through chromedriver (W3C WebDriver).
//!
//! The protocol is a handful of JSON requests; the crates that wrap it bring twenty packages of older releases.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};

/// Set where the browser must be there: without it a test without a browser says so and passes.
const REQUIRED: &str = "RETRIEVER_BROWSER";
/// A condition that is not met by then never is.
const LONGEST: Duration = Duration::from_secs(20);

pub struct Browser {
    driver: Child,
    /// The browser itself, by its process id.
    process: Option<i32>,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    /// Address of chromedriver, and of the session.
    address: String,
    session: String,
    _profile: tempfile::TempDir,
}

/// What the mouse does, in pixels of the window.
#[derive(Debug, Clone, Copy)]
pub enum Mouse {
    To(f64, f64),
    Down,
    Up,
}

impl Browser {
    /// A window of this size; none, and a word about it, where there is no browser.
    pub fn open(width: u32, height: u32) -> Option<Browser> {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped());
        let started = command.stderr(Stdio::null()).process_group(0).spawn();
        let mut driver = match started {
            Ok(driver) => driver,
            Err(error) if std::env::var_os(REQUIRED).is_none() => {
                eprintln!(
                    "skipped: there is no chromedriver ({error}); `make browser` installs it"
                );
                return None;
            }
            Err(error) => panic!("{REQUIRED} is set, and there is no chromedriver: {error}"),
        };
        let port = port_of(&mut driver);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(LONGEST);
        let mut browser = Browser {
            driver,
            process: None,
            runtime: tokio::runtime::Runtime::new().expect("threads"),
            client: client.build().expect("a client of loopback"),
            address: format!("http://127.0.0.1:{port}"),
            session: String::new(),
            _profile: profile,
        };
        browser.begin(width, height);
        Some(browser)
    }

    fn begin(&mut self, width: u32, height: u32) {
        let profile = self._profile.path().display().to_string();
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--force-prefers-reduced-motion".to_owned(),
            format!("--user-data-dir={profile}"),
            format!("--window-size={width},{height}"),
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "unhandledPromptBehavior": "ignore",
        }}});
        let session = self.ask(reqwest::Method::POST, "/session", Some(capabilities));
        let id = session["sessionId"].as_str().expect("a session");
        self.session = format!("/session/{id}");
        let process = session["capabilities"]["goog:processID"].as_i64();
        self.process = process.and_then(|id| i32::try_from(id).ok());
    }

    fn ask(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let answer = self.runtime.block_on(async {
            let request = self
                .client
                .request(method, format!("{}{path}", self.address));
            let request = match body {
                Some(body) => request
                    .header("content-type", "application/json")
                    .body(body.to_string()),
                None => request,
            };
            request.send().await?.bytes().await
        });
        let answer = answer.expect("chromedriver answers");
        let mut answer: Value = serde_json::from_slice(&answer).expect("chromedriver speaks JSON");
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{path}: {value}");
        value
    }

    fn post(&self, path: &str, body: Value) -> Value {
        let path = format!("{}{path}", self.session);
        self.ask(reqwest::Method::POST, &path, Some(body))
    }

    /// Opens a file, as a double click on it would.
    pub fn go(&self, file: &Path) {
        let file = file.canonicalize().expect("the page is there");
        let url = url::Url::from_file_path(file).expect("an absolute path");
        self.post("/url", json!({"url": url.as_str()}));
        self.settle();
    }

    /// Result of a script; a promise is waited for.
    pub fn script(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []}))
    }

    pub fn number(&self, script: &str) -> f64 {
        let value = self.script(script);
        value
            .as_f64()
            .unwrap_or_else(|| panic!("{script}: {value}"))
    }

    pub fn text(&self, script: &str) -> String {
        let value = self.script(script);
        let text = value.as_str().map(str::to_owned);
        text.unwrap_or_else(|| panic!("{script}: {value}"))
    }

    /// Waits until everything that was to be drawn is drawn.
    pub fn settle(&self) {
        self.script(
            "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))",
        );
    }

    /// Moves, presses and lets go of the mouse.
    pub fn mouse(&self, steps: &[Mouse]) {
        let actions: Vec<Value> = steps
            .iter()
            .map(|step| match *step {
                Mouse::To(x, y) => {
                    json!({"type": "pointerMove", "duration": 0, "x": x.round(), "y": y.round()})
                }
                Mouse::Down => json!({"type": "pointerDown", "button": 0}),
                Mouse::Up => json!({"type": "pointerUp", "button": 0}),
            })
            .collect();
        let mouse = json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions});
        self.post("/actions", json!({"actions": [mouse]}));
        self.settle();
    }

    /// Clicks where the mouse can reach the element: what lies above it would take the click.
    pub fn click(&self, selector: &str) {
        let id = self.element(selector);
        self.post(&format!("/element/{id}/click"), json!({}));
        self.settle();
    }

    /// Replaces what stands in a field, key by key.
    pub fn write(&self, selector: &str, text: &str) {
        let id = self.element(selector);
        self.post(&format!("/element/{id}/clear"), json!({}));
        // clearing alone is no input for the page
        let keys = format!("1\u{e003}{text}");
        self.post(&format!("/element/{id}/value"), json!({"text": keys}));
        self.settle();
    }

    fn element(&self, selector: &str) -> String {
        let using = json!({"using": "css selector", "value": selector});
        let element = self.post("/element", using);
        let id = element
            .as_object()
            .and_then(|element| element.values().next());
        id.and_then(Value::as_str).expect("an element").to_owned()
    }

    /// Turns the wheel over a place.
    pub fn wheel(&self, x: f64, y: f64, delta: i64) {
        let scroll = json!({"type": "scroll", "x": x.round() as i64, "y": y.round() as i64, "deltaX": 0, "deltaY": delta, "duration": 0});
        let wheel = json!({"type": "wheel", "id": "wheel", "actions": [scroll]});
        self.post("/actions", json!({"actions": [wheel]}));
        self.settle();
    }

    /// Presses a key.
    pub fn key(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let keys = json!({"type": "key", "id": "keys", "actions": actions});
        self.post("/actions", json!({"actions": [keys]}));
        self.settle();
    }

    /// Asserts that nothing went wrong since the last call: no word on the console, no violation of the page's own
    /// policy, nothing asked but the page.
    pub fn assert_quiet(&self) {
        let said = self.post("/se/log", json!({"type": "browser"}));
        assert_eq!(said, json!([]), "the console is empty");
        let events = self.post("/se/log", json!({"type": "performance"}));
        for event in events.as_array().expect("a list") {
            let message = event["message"].as_str().expect("a message");
            let message: Value = serde_json::from_str(message).expect("JSON");
            let asked = &message["message"]["params"];
            let by = asked["documentURL"].as_str().unwrap_or_default();
            // the browser's own first page asks for its parts
            if message["message"]["method"] == "Network.requestWillBeSent"
                && by.starts_with("file:")
            {
                let url = asked["request"]["url"].as_str().unwrap_or_default();
                let own = url.starts_with("file:") || url.starts_with("data:");
                assert!(own, "the page asked for {url}");
            }
        }
    }

    /// Keeps what is to be seen, if somebody wants to look: in the folder RETRIEVER_SCREENSHOTS.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("RETRIEVER_SCREENSHOTS") else {
            return;
        };
        let path = format!("{}/screenshot", self.session);
        let picture = self.ask(reqwest::Method::GET, &path, None);
        let picture = picture.as_str().expect("a picture in base64");
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture);
        let file = Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(file, bytes.expect("base64")).expect("the folder is writable");
    }
}

/// What was started ends, also when a test fails: first the browser, then its driver, each by its id.
impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(process) = self.process {
            end(process);
        }
        if let Ok(driver) = i32::try_from(self.driver.id()) {
            // SAFETY: a signal to a child of ours that was not waited for yet, so that the id is still its own
            unsafe { libc::kill(driver, libc::SIGTERM) };
        }
        let _ = self.driver.wait();
    }
}

/// Ends a process that is not ours to wait for, and sees that it is gone.
fn end(process: i32) {
    let began = Instant::now();
    let signal = |signal| {
        // SAFETY: the id is that of the browser which chromedriver started for us
        unsafe { libc::kill(process, signal) == 0 }
    };
    signal(libc::SIGTERM);
    while signal(0) && began.elapsed() < Duration::from_secs(5) {
        std::thread::yield_now();
    }
    signal(libc::SIGKILL);
}

/// The free port that chromedriver chose.
fn port_of(driver: &mut Child) -> u16 {
    let out = driver.stdout.take().expect("its output is piped");
    let port = BufReader::new(out).lines().find_map(|line| {
        let line = line.ok()?;
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    port.expect("chromedriver names its port")
}
