//! How far a run is, on a terminal as a bar, elsewhere as a line every half minute.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use super::output;
use crate::project::{Progress, Snapshot};
use crate::words::counted;

const LINE_EVERY: Duration = Duration::from_secs(30);
const BAR_EVERY: Duration = Duration::from_millis(200);

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
        if can_draw() {
            let bar = ProgressBar::new(0).with_style(style());
            output::show_above(bar.clone());
            let task = tokio::spawn(draw(progress, bar.clone()));
            Display {
                task: Some(task),
                bar: Some(bar),
            }
        } else {
            let say = |line: &str| output::say(line);
            Display {
                task: Some(tokio::spawn(tell(progress, LINE_EVERY, say))),
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

/// A terminal that can move its cursor.
fn can_draw() -> bool {
    let able = |kind: std::ffi::OsString| !kind.is_empty() && kind != "dumb";
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(able)
}

/// The words give way where the terminal is narrow: a bar that wraps leaves its traces.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:20} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

async fn draw(progress: Arc<Progress>, bar: ProgressBar) {
    let began = Instant::now();
    let mut ticks = tokio::time::interval(BAR_EVERY);
    loop {
        ticks.tick().await;
        let now = progress.snapshot();
        bar.set_length(now.total);
        bar.set_position(now.settled + now.done);
        bar.set_message(line(&now, began.elapsed()));
    }
}

/// Says a line whenever `every` has passed, and none at once.
async fn tell(progress: Arc<Progress>, every: Duration, mut say: impl FnMut(&str) + Send) {
    let began = Instant::now();
    let mut ticks = tokio::time::interval(every);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        say(&line(&progress.snapshot(), began.elapsed()));
    }
}

/// One plain line: done of total, rate, time to go, failures.
fn line(now: &Snapshot, elapsed: Duration) -> String {
    let settled = now.settled + now.done;
    // what was done before does not count for the rate
    let rate = now.done as f64 / elapsed.as_secs_f64().max(1e-9);
    let pace = match now.total.saturating_sub(settled) {
        left if left > 0 && rate > 0.0 => {
            format!("{}, {} to go, ", speed(rate), duration(left as f64 / rate))
        }
        left if left > 0 => String::new(),
        _ => format!("{}, ", speed(rate)),
    };
    format!(
        "{settled} of {}, {} failed, {pace}{} written",
        counted(now.total, "source"),
        now.failed,
        output::bytes(now.bytes)
    )
}

/// Sources a second, or a minute where that says more.
pub(crate) fn speed(per_second: f64) -> String {
    if per_second >= 10.0 {
        format!("{per_second:.0} a second")
    } else if per_second >= 1.0 {
        format!("{per_second:.1} a second")
    } else {
        format!("{:.1} a minute", per_second * 60.0)
    }
}

/// A time as a person says it: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (minutes, hours, days) = (whole / 60, whole / 3600, whole / 86_400);
    if whole < 10 {
        format!("{seconds:.1} s")
    } else if minutes < 2 {
        format!("{whole} s")
    } else if hours < 1 {
        format!("{minutes} min")
    } else if days < 1 {
        format!("{hours} h {} min", minutes % 60)
    } else {
        format!("{days} d {} h", hours % 24)
    }
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
            "400 of 1000 sources, 2 failed, 10 a second, 60 s to go, 3.5 MB written"
        );
        assert_eq!(
            line(&Snapshot { done: 0, ..now }, Duration::from_secs(30)),
            "100 of 1000 sources, 2 failed, 3.5 MB written"
        );
    }

    #[test]
    fn times_and_speeds_have_the_unit_that_suits_them() {
        let times = [0.04, 9.3, 61.0, 119.0, 125.0, 3599.0, 3661.0, 90_000.0];
        assert_eq!(
            times.map(duration),
            [
                "0.0 s",
                "9.3 s",
                "61 s",
                "119 s",
                "2 min",
                "59 min",
                "1 h 1 min",
                "1 d 1 h"
            ]
        );
        assert_eq!(
            [612.4, 3.96, 0.2].map(speed),
            ["612 a second", "4.0 a second", "12.0 a minute"]
        );
    }

    #[tokio::test]
    async fn without_a_terminal_lines_are_said_again_and_again_half_a_minute_apart() {
        assert_eq!(LINE_EVERY, Duration::from_secs(30));
        let (said, mut lines) = tokio::sync::mpsc::unbounded_channel();
        let say = move |line: &str| drop(said.send(line.to_owned()));
        let progress = Arc::new(Progress::default());
        let telling = tokio::spawn(tell(progress, Duration::from_millis(1), say));
        for _ in 0..3 {
            assert!(lines.recv().await.unwrap().contains("of 0 sources"));
        }
        telling.abort();
    }
}
