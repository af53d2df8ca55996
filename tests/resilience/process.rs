//! The real program as a process: started, watched, signalled, and never left behind.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up on it: only a hang is that slow.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// None if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// It ended with this code; what it said is shown if not.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ended {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// All that it said.
    pub fn words(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// Its standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A process that goes on; killed when dropped.
pub struct Running {
    child: Option<Child>,
}

impl Running {
    pub fn start(mut command: Command) -> Running {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        Running { child: Some(child) }
    }

    /// Waits for its own end.
    pub fn end(mut self) -> Ended {
        self.collect()
    }

    /// Ends it at once, as a power cut would, and collects it.
    pub fn kill(mut self) -> Ended {
        self.child().kill().expect("a child can be killed");
        self.collect()
    }

    /// Sends a signal by name, like `INT`.
    pub fn signal(&mut self, name: &str) {
        let id = self.child().id().to_string();
        let status = Command::new("sh")
            .args(["-c", &format!("kill -{name} {id}")])
            .status()
            .expect("a shell starts");
        assert!(status.success(), "kill -{name} {id}");
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        let status = self.child().try_wait();
        status.expect("a child can be asked").is_none()
    }

    /// Asks Linux how many bytes it has read so far; 0 when it has ended.
    pub fn bytes_read(&mut self) -> impl Fn() -> u64 + use<> {
        let place = format!("/proc/{}/io", self.child().id());
        move || {
            let facts = std::fs::read_to_string(&place).unwrap_or_default();
            let mut lines = facts.lines();
            let read = lines.find_map(|line| line.strip_prefix("rchar: "));
            read.and_then(|read| read.parse().ok()).unwrap_or(0)
        }
    }

    /// Waits until something is so, or the process has ended. False if it has ended first.
    pub fn wait_until(&mut self, mut is_so: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if is_so() {
                return true;
            }
            if !self.runs() {
                return is_so();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("it did not come so far in {PATIENCE:?}");
    }

    fn collect(&mut self) -> Ended {
        let child = self.child.take().expect("it is taken only once");
        child
            .wait_with_output()
            .expect("a child can be waited for")
            .into()
    }

    fn child(&mut self) -> &mut Child {
        self.child.as_mut().expect("it is there until the end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
