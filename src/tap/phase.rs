//! Phases of a job (UWS 1.1, section 2.1.3) and what they call for.

use std::time::Duration;

use super::words;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Pending,
    Queued,
    Executing,
    Completed,
    Error,
    Aborted,
    Unknown,
    Held,
    Suspended,
    Archived,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It waits to be told to run.
    Start,
    Wait,
    /// The result is there.
    Download,
    /// It failed: the service says why.
    AskWhy,
    /// It and its result are no more.
    Replace,
}

impl Phase {
    /// The phase that a reply names: the word itself, or the element of a job's description.
    pub(super) fn parse(reply: &str) -> Option<Phase> {
        let reply = reply.trim();
        let word = match reply.starts_with('<') {
            true => words::element(reply.as_bytes(), "phase")?,
            false => reply.to_owned(),
        };
        Some(match word.trim().to_ascii_uppercase().as_str() {
            "PENDING" => Phase::Pending,
            "QUEUED" => Phase::Queued,
            "EXECUTING" | "RUN" => Phase::Executing,
            "COMPLETED" => Phase::Completed,
            "ERROR" => Phase::Error,
            "ABORTED" => Phase::Aborted,
            "UNKNOWN" => Phase::Unknown,
            "HELD" => Phase::Held,
            "SUSPENDED" => Phase::Suspended,
            "ARCHIVED" => Phase::Archived,
            _ => return None,
        })
    }

    /// The next step.
    pub(super) fn step(self) -> Step {
        match self {
            // also if it was told before: that may not have arrived, and to be told twice does no harm
            Phase::Pending | Phase::Held => Step::Start,
            Phase::Completed => Step::Download,
            Phase::Error | Phase::Aborted => Step::AskWhy,
            Phase::Archived => Step::Replace,
            Phase::Queued | Phase::Executing | Phase::Suspended | Phase::Unknown => Step::Wait,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Phase::Pending => "pending",
            Phase::Queued => "queued",
            Phase::Executing => "executing",
            Phase::Completed => "completed",
            Phase::Error => "in error",
            Phase::Aborted => "aborted",
            Phase::Unknown => "in an unknown phase",
            Phase::Held => "held",
            Phase::Suspended => "suspended",
            Phase::Archived => "archived",
        }
    }
}

/// How often a job is looked at, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// Wait before the second look; half as long again before each further one.
    pub first: Duration,
    /// Longest wait between two looks.
    pub longest: Duration,
    /// Longest time from the first look of this process to the end of the job.
    pub overall: Duration,
}

impl Default for Patience {
    /// Half a second at first, as the Gaia archive's own client; ten seconds in the end; two hours, the archive's limit.
    fn default() -> Patience {
        Patience {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(10),
            overall: Duration::from_secs(7_200),
        }
    }
}

impl Patience {
    /// Wait before look number `look` (from 1: the look after the first one).
    pub(super) fn wait(&self, look: u32) -> Duration {
        let factor = 1.5f64.powi(look.saturating_sub(1).min(100) as i32);
        self.longest.min(
            Duration::try_from_secs_f64(self.first.as_secs_f64() * factor).unwrap_or(self.longest),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_read_as_a_word_or_from_a_job() {
        assert_eq!(Phase::parse("EXECUTING\n"), Some(Phase::Executing));
        let job = r#"<?xml version="1.0"?><uws:job xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0">
            <uws:jobId>7</uws:jobId><uws:phase>QUEUED</uws:phase></uws:job>"#;
        assert_eq!(Phase::parse(job), Some(Phase::Queued));
        for page in ["<html><body>Please log in</body></html>", "", "DONE", "<a"] {
            assert_eq!(Phase::parse(page), None, "{page}");
        }
    }

    #[test]
    fn a_job_is_started_waited_for_and_fetched_or_asked_why() {
        for (phase, step) in [
            (Phase::Pending, Step::Start),
            (Phase::Held, Step::Start),
            (Phase::Queued, Step::Wait),
            (Phase::Executing, Step::Wait),
            (Phase::Suspended, Step::Wait),
            (Phase::Unknown, Step::Wait),
            (Phase::Completed, Step::Download),
            (Phase::Error, Step::AskWhy),
            (Phase::Aborted, Step::AskWhy),
            (Phase::Archived, Step::Replace),
        ] {
            assert_eq!(phase.step(), step, "{phase:?}");
        }
    }

    #[test]
    fn waits_grow_from_half_a_second_to_ten() {
        let patience = Patience::default();
        let waits: Vec<f64> = [1, 2, 3, 8, 9, 500]
            .map(|look| patience.wait(look).as_secs_f64())
            .into();
        // 0.5 · 1.5^(n − 1), by hand
        assert_eq!(waits, [0.5, 0.75, 1.125, 8.54296875, 10.0, 10.0]);
    }
}
