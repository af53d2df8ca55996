//! Statistics of plain slices. NaN means "no value" and is left out.

use std::cmp::Ordering;

/// Mean of the values that are not NaN; none if there is none.
pub fn mean(values: &[f64]) -> Option<f64> {
    let (sum, count) = finite(values).fold((0.0, 0usize), |(sum, count), v| (sum + v, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Population standard deviation (divided by n) of the values that are not NaN; none if there is none.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let (sum, count) = finite(values).fold((0.0, 0usize), |(sum, count), v| {
        (sum + (v - mean).powi(2), count + 1)
    });
    Some((sum / count as f64).sqrt())
}

/// Median of the values that are not NaN; none if there is none.
pub fn median(values: &[f64]) -> Option<f64> {
    median_in_place(&mut without_nan(values))
}

/// Quantile by linear interpolation between order statistics (numpy's default method); none if empty.
///
/// ```
/// assert_eq!(retriever::statistics::quantile(&[1.0, 2.0, 3.0, 4.0], 0.05), Some(1.15));
/// ```
pub fn quantile(values: &[f64], fraction: f64) -> Option<f64> {
    quantiles(values, [fraction]).map(|[quantile]| quantile)
}

/// Several of them at once: see [`quantile`].
///
/// ```
/// assert_eq!(retriever::statistics::quantiles(&[4.0, 1.0, 3.0, 2.0], [0.05, 1.0]), Some([1.15, 4.0]));
/// ```
pub fn quantiles<const N: usize>(values: &[f64], fractions: [f64; N]) -> Option<[f64; N]> {
    let mut values = without_nan(values);
    let last = values.len().checked_sub(1)?;
    Some(fractions.map(|fraction| {
        let place = fraction.clamp(0.0, 1.0) * last as f64;
        let below = place.floor() as usize;
        // a selection, not a sort: time grows with the number of values only
        let (_, &mut low, above) = values.select_nth_unstable_by(below, by_size);
        let high = above.iter().copied().reduce(f64::min).unwrap_or(low);
        low + (high - low) * (place - below as f64)
    }))
}

/// Location and scatter that a few outliers do not move: up to three rounds of 3σ clipping.
///
/// Fewer than five values: median and standard deviation. Otherwise it starts from those, drops what is
/// further than 3σ from the centre, and goes on with the mean and standard deviation of the rest; it stops
/// when nothing is dropped or fewer than five would be left, *keeping the centre and scatter it had*. So
/// without outliers the location is the median. None if all are NaN.
///
/// ```
/// use retriever::statistics::sigma_clipped;
/// let (location, scatter) = sigma_clipped(&[1.0, 2.0, 3.0, 4.0, 100.0]).unwrap();
/// assert!((location - 3.0).abs() < 1e-12 && (scatter - 39.0128184063).abs() < 1e-9);
/// ```
pub fn sigma_clipped(values: &[f64]) -> Option<(f64, f64)> {
    const ROUNDS: usize = 3;
    const SIGMA: f64 = 3.0;
    const FEWEST: usize = 5;
    let mut kept = without_nan(values);
    let mut center = median_in_place(&mut kept)?;
    let (_, mut scatter) = moments(&kept);
    if kept.len() < FEWEST {
        return Some((center, scatter));
    }
    for _ in 0..ROUNDS {
        let before = kept.len();
        // a product, not a quotient: a scatter of zero drops nothing that equals the centre
        kept.retain(|v| (v - center).abs() <= SIGMA * scatter);
        if kept.len() == before || kept.len() < FEWEST {
            break;
        }
        (center, scatter) = moments(&kept);
    }
    Some((center, scatter))
}

/// Mean and population standard deviation of values without NaN.
fn moments(values: &[f64]) -> (f64, f64) {
    let number = values.len() as f64;
    let mean = sum(values, |value| value) / number;
    let squares = sum(values, |value| (value - mean) * (value - mean));
    (mean, (squares / number).sqrt())
}

/// Four sums side by side: an addition need not wait for the one before.
fn sum(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let (fours, rest) = values.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for four in fours {
        for (sum, &value) in sums.iter_mut().zip(four) {
            *sum += term(value);
        }
    }
    let rest: f64 = rest.iter().map(|&value| term(value)).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// A copy that is made at once, and shortened if need be: one that grows is moved many times.
fn without_nan(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.retain(|value| !value.is_nan());
    values
}

fn finite(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().copied().filter(|v| !v.is_nan())
}

/// For values that are not NaN: one comparison, where a total order takes several.
fn by_size(one: &f64, other: &f64) -> Ordering {
    one.partial_cmp(other).unwrap_or(Ordering::Equal)
}

fn median_in_place(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, by_size);
    if even {
        let lower = below.iter().copied().reduce(f64::max)?;
        Some(lower + (upper - lower) / 2.0)
    } else {
        Some(upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Values computed with numpy (nanmedian, nanstd and the clipping rule of the documentation above).
    #[test]
    fn clipping_agrees_with_numpy() {
        let (location, scatter) = sigma_clipped(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((location - 2.5).abs() < 1e-12 && (scatter - 1.1180339887).abs() < 1e-9);
        let mut one_outlier = vec![1.0; 20];
        one_outlier.push(100.0);
        assert_eq!(sigma_clipped(&one_outlier), Some((1.0, 0.0)));
        assert_eq!(sigma_clipped(&[5.0; 6]), Some((5.0, 0.0)));
        assert_eq!(sigma_clipped(&[f64::NAN; 3]), None);
        assert_eq!(sigma_clipped(&[]), None);
    }

    #[test]
    fn median_of_even_and_odd_counts_skips_nan() {
        assert_eq!(median(&[3.0, f64::NAN, 1.0]), Some(2.0));
        assert_eq!(median(&[3.0, 9.0, 1.0]), Some(3.0));
        assert_eq!(median(&[f64::NAN]), None);
    }
}
