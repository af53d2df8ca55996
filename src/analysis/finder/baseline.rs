//! The running median: what a slow variable usually is at a time.

/// Fewer epochs than this in a window are no measure of the usual flux: an event could be all of them.
const FEWEST: usize = 5;

/// At each of the times `at`, the median of the values whose time is no further than half a window away.
///
/// `times` are sorted and match `values`, without NaN; `at` is sorted but for NaN at its end. Where a window holds fewer
/// than five values, or the time is NaN, it is `otherwise`. Exact, and n·log n whatever the window.
pub(super) fn running_median(
    times: &[f64],
    values: &[f64],
    window: f64,
    otherwise: f64,
    at: &[f64],
) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut rank = vec![0; values.len()];
    for (place, &index) in order.iter().enumerate() {
        rank[index] = place;
    }
    let mut inside = Ranks::new(values.len());
    let (mut begin, mut end) = (0, 0);
    at.iter()
        .map(|&time| {
            while end < times.len() && times[end] <= time + window / 2.0 {
                inside.change(rank[end], 1);
                end += 1;
            }
            while begin < end && times[begin] < time - window / 2.0 {
                inside.change(rank[begin], -1);
                begin += 1;
            }
            let count = end - begin;
            if count < FEWEST || time.is_nan() {
                return otherwise;
            }
            let nth = |place| values[order[inside.nth(place)]];
            let upper = nth(count / 2);
            if count % 2 == 1 {
                upper
            } else {
                let lower = nth(count / 2 - 1);
                lower + (upper - lower) / 2.0
            }
        })
        .collect()
}

/// Which ranks are inside the window, as a tree of counts (Fenwick 1994): insertion, removal and search in log n.
struct Ranks {
    counts: Vec<i32>,
}

impl Ranks {
    fn new(size: usize) -> Ranks {
        Ranks {
            counts: vec![0; size + 1],
        }
    }

    fn change(&mut self, rank: usize, by: i32) {
        let mut node = rank + 1;
        while node < self.counts.len() {
            self.counts[node] += by;
            node += node & node.wrapping_neg();
        }
    }

    /// The rank that has `place` ranks below it inside.
    fn nth(&self, place: usize) -> usize {
        let mut left = place as i32;
        let mut node = 0;
        let mut step = self.counts.len().next_power_of_two() / 2;
        while step > 0 {
            let next = node + step;
            if next < self.counts.len() && self.counts[next] <= left {
                left -= self.counts[next];
                node = next;
            }
            step /= 2;
        }
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::median;

    #[test]
    fn it_is_the_median_of_each_window() {
        let times: Vec<f64> = (0..200)
            .map(|n| f64::from(n) + f64::from(n * n % 7) / 10.0)
            .collect();
        let values: Vec<f64> = (0..200).map(|n| f64::from(n * 37 % 101)).collect();
        let running = running_median(&times, &values, 11.0, -1.0, &times);
        for (time, found) in times.iter().zip(running) {
            let inside: Vec<f64> = (times.iter().zip(&values))
                .filter(|(other, _)| (*other - time).abs() <= 5.5)
                .map(|(_, value)| *value)
                .collect();
            assert_eq!(Some(found), median(&inside));
        }
    }

    #[test]
    fn a_window_with_few_epochs_says_nothing() {
        let found = running_median(&[0.0, 1.0], &[5.0, 6.0], 10.0, 3.0, &[0.0, f64::NAN]);
        assert_eq!(found, [3.0, 3.0]);
    }
}
