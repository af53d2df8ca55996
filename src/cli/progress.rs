//! How far a run is, on a terminal as a bar, elsewhere as a line every half minute.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use super::output;
use crate::project::{Progress, Snapshot};

const LINE_EVERY: Duration = Duration::from_secs(30);
const BAR_EVERY: Duration = Duration::from_millis(100);

/// Shows progress until it is told to end.
pub(crate) struct Display {
    task: Option<JoinHandle<()>>,
    bar: Option<ProgressBar>,
}

impl Display {
    /// Nothing is shown when quiet.
    pub(crate) fn start(progress: Arc<Progress>, quiet: bool) -> Display {
        if quiet {
            return Display {
                task: None,
                bar: None,
            };
        }
        let terminal =
            std::io::stderr().is_terminal() && std::env::var("TERM").as_deref() != Ok("dumb");
        if terminal {
            let bar = ProgressBar::new(0).with_style(style());
            output::show_above(bar.clone());
            let task = tokio::spawn(draw(progress, bar.clone()));
            Display {
                task: Some(task),
                bar: Some(bar),
            }
        } else {
            Display {
                task: Some(tokio::spawn(tell(progress))),
                bar: None,
            }
        }
    }

    pub(crate) async fn end(self) {
        if let Some(task) = self.task {
            task.abort();
            // it is over, however it ended
            let _ = task.await;
        }
        if let Some(bar) = self.bar {
            output::show_plainly();
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len} sources  {per_sec}  ETA {eta}  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

async fn draw(progress: Arc<Progress>, bar: ProgressBar) {
    let mut ticks = tokio::time::interval(BAR_EVERY);
    let mut settled = 0;
    loop {
        ticks.tick().await;
        let now = progress.snapshot();
        bar.set_length(now.total);
        if now.settled != settled {
            // what was done before does not count for the rate
            settled = now.settled;
            bar.set_position(now.settled + now.done);
            bar.reset_eta();
        }
        bar.set_position(now.settled + now.done);
        bar.set_message(format!(
            "{} failed, {}",
            now.failed,
            output::bytes(now.bytes)
        ));
    }
}

async fn tell(progress: Arc<Progress>) {
    let began = Instant::now();
    let mut ticks = tokio::time::interval(LINE_EVERY);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        output::say(&line(&progress.snapshot(), began.elapsed()));
    }
}

/// One plain line: done of total, rate, time to go, failures.
fn line(now: &Snapshot, elapsed: Duration) -> String {
    let rate = now.done as f64 / elapsed.as_secs_f64().max(1e-9);
    let left = now.total.saturating_sub(now.settled + now.done);
    let eta = if rate > 0.0 {
        format!("{:.0} s to go", left as f64 / rate)
    } else {
        "no rate yet".to_owned()
    };
    format!(
        "{} of {} sources, {rate:.1} a second, {eta}, {} failed, {} written",
        now.settled + now.done,
        now.total,
        now.failed,
        output::bytes(now.bytes)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        let now = Snapshot {
            total: 1000,
            settled: 100,
            done: 300,
            failed: 2,
            bytes: 3_500_000,
        };
        assert_eq!(
            line(&now, Duration::from_secs(30)),
            "400 of 1000 sources, 10.0 a second, 60 s to go, 2 failed, 3.5 MB written"
        );
    }
}
