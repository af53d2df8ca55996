//! When failing sources stop a run.

use super::ProjectParameters;

/// Counts failures in the order in which sources end.
#[derive(Debug, Clone)]
pub(super) struct FailureLimits {
    most_total: usize,
    most_in_sequence: usize,
    total: usize,
    in_sequence: usize,
}

impl FailureLimits {
    /// `fail_fast` stops at the first failure.
    pub(super) fn new(parameters: &ProjectParameters, fail_fast: bool) -> FailureLimits {
        FailureLimits {
            most_total: if fail_fast {
                1
            } else {
                parameters.max_num_total_exceptions
            },
            most_in_sequence: parameters.max_num_sequence_exceptions,
            total: 0,
            in_sequence: 0,
        }
    }

    /// Takes note of how a source ended; the text says which limit is reached.
    pub(super) fn note(&mut self, failed: bool) -> Option<String> {
        if !failed {
            self.in_sequence = 0;
            return None;
        }
        self.total += 1;
        self.in_sequence += 1;
        if self.total >= self.most_total {
            Some(match self.most_total {
                1 => "a source failed (--fail-fast, or max_num_total_exceptions is 1)".to_owned(),
                most => format!("{most} sources failed (max_num_total_exceptions)"),
            })
        } else if self.in_sequence >= self.most_in_sequence {
            Some(format!(
                "{} sources failed one after the other (max_num_sequence_exceptions)",
                self.in_sequence
            ))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(total: usize, sequence: usize) -> FailureLimits {
        let parameters = ProjectParameters {
            max_num_total_exceptions: total,
            max_num_sequence_exceptions: sequence,
            ..ProjectParameters::default()
        };
        FailureLimits::new(&parameters, false)
    }

    #[test]
    fn a_success_ends_a_sequence_but_not_the_total() {
        let mut limits = limits(4, 3);
        assert_eq!(
            [true, true, false, true].map(|failed| limits.note(failed).is_some()),
            [false; 4]
        );
        assert!(
            limits
                .note(true)
                .unwrap()
                .contains("max_num_total_exceptions")
        );
    }

    #[test]
    fn a_sequence_of_failures_stops() {
        let mut limits = limits(100, 2);
        assert!(limits.note(true).is_none());
        assert!(
            limits
                .note(true)
                .unwrap()
                .contains("max_num_sequence_exceptions")
        );
    }
}
