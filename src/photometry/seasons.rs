//! Seasons: stretches of epochs without a gap longer than a limit.

use std::ops::Range;

/// Splits sorted times (days) where the step to the next one is longer than `gap` (days), strictly.
///
/// Ranges of indices in order; every time is in exactly one. A NaN `gap` never splits.
///
/// ```
/// use retriever::photometry::seasons;
/// assert_eq!(seasons(&[0.0, 40.0, 80.1], 40.0), vec![0..2, 2..3]);
/// ```
pub fn seasons(times: &[f64], gap: f64) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for (index, step) in times.windows(2).enumerate() {
        if step[1] - step[0] > gap {
            ranges.push(start..index + 1);
            start = index + 1;
        }
    }
    if start < times.len() {
        ranges.push(start..times.len());
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_step_of_exactly_the_gap_does_not_split() {
        assert_eq!(seasons(&[0.0, 40.0], 40.0), vec![0..2]);
        assert_eq!(seasons(&[], 40.0), Vec::<Range<usize>>::new());
        assert_eq!(seasons(&[5.0], 40.0), vec![0..1]);
    }

    proptest! {
        #[test]
        fn no_step_inside_a_season_exceeds_the_gap_and_nothing_is_lost(
            mut times in proptest::collection::vec(0.0..1e4f64, 0..200), gap in 0.1..100.0f64,
        ) {
            times.sort_by(f64::total_cmp);
            let ranges = seasons(&times, gap);
            prop_assert_eq!(ranges.iter().map(|range| range.len()).sum::<usize>(), times.len());
            for range in &ranges {
                for step in times[range.clone()].windows(2) {
                    prop_assert!(step[1] - step[0] <= gap);
                }
            }
            for pair in ranges.windows(2) {
                prop_assert!(times[pair[1].start] - times[pair[0].end - 1] > gap);
            }
        }
    }
}
