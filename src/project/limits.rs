//! When failing sources stop a run.

use std::collections::BTreeMap;

use super::ProjectParameters;

/// Counts failures: all of them as they come, those in sequence in the order in which the sources were begun.
///
/// Where many sources are in flight, failures are often the first to come back, one after the other, from
/// an archive that is well: the order in which sources end says nothing about it.
#[derive(Debug, Clone)]
pub(super) struct FailureLimits {
    most_total: usize,
    most_in_sequence: usize,
    total: usize,
    in_sequence: usize,
    /// The source that is next in sequence, and those after it that have ended already.
    next: usize,
    ended: BTreeMap<usize, bool>,
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
            next: 0,
            ended: BTreeMap::new(),
        }
    }

    /// Takes note of how the source that was begun as number `order` (from 0) ended; the text says which
    /// limit is reached.
    pub(super) fn note(&mut self, order: usize, failed: bool) -> Option<String> {
        self.total += usize::from(failed);
        self.ended.insert(order, failed);
        let longest = self.follow_sequence();
        if failed && self.total >= self.most_total {
            Some(match self.most_total {
                1 => "a source failed (--fail-fast, or max_num_total_exceptions is 1)".to_owned(),
                most => format!("{most} sources failed (max_num_total_exceptions)"),
            })
        } else if longest >= self.most_in_sequence {
            Some(format!(
                "{longest} sources failed one after the other (max_num_sequence_exceptions)"
            ))
        } else {
            None
        }
    }

    /// Goes on to the first source that has not ended; the longest sequence of failures on the way.
    fn follow_sequence(&mut self) -> usize {
        let mut longest = 0;
        while let Some(failed) = self.ended.remove(&self.next) {
            self.next += 1;
            self.in_sequence = if failed { self.in_sequence + 1 } else { 0 };
            longest = longest.max(self.in_sequence);
        }
        longest
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

    /// Notes these in the order in which they end; which limit each reaches.
    fn notes(limits: &mut FailureLimits, ended: &[(usize, bool)]) -> Vec<Option<String>> {
        let note = |&(order, failed)| limits.note(order, failed);
        ended.iter().map(note).collect()
    }

    #[test]
    fn a_success_ends_a_sequence_but_not_the_total() {
        let mut limits = limits(4, 3);
        let ended = [(0, true), (1, true), (2, false), (3, true), (4, true)];
        let reached = notes(&mut limits, &ended);
        assert!(reached[..4].iter().all(Option::is_none), "{reached:?}");
        let words = reached[4].as_deref().unwrap();
        assert!(words.contains("max_num_total_exceptions"), "{words}");
    }

    #[test]
    fn a_sequence_of_failures_stops() {
        let mut limits = limits(100, 2);
        let reached = notes(&mut limits, &[(0, true), (1, true)]);
        assert!(reached[0].is_none());
        let words = reached[1].as_deref().unwrap();
        assert!(words.contains("max_num_sequence_exceptions"), "{words}");
    }

    #[test]
    fn failures_that_end_before_slower_successes_are_no_sequence() {
        let mut limits = limits(100, 3);
        let ended = [
            (1, true),
            (3, true),
            (5, true),
            (0, false),
            (2, false),
            (4, false),
        ];
        let reached = notes(&mut limits, &ended);
        assert!(reached.iter().all(Option::is_none), "{reached:?}");
        let reached = notes(&mut limits, &[(7, true), (6, true), (8, false)]);
        assert!(reached[1].is_some(), "5, 6 and 7 failed: {reached:?}");
    }
}
