//! Statistics of plain slices. NaN means "no value" and is left out.

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
    median_in_place(&mut finite(values).collect::<Vec<_>>())
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
    let mut values: Vec<f64> = finite(values).collect();
    let last = values.len().checked_sub(1)?;
    Some(fractions.map(|fraction| {
        let place = fraction.clamp(0.0, 1.0) * last as f64;
        let below = place.floor() as usize;
        // a selection, not a sort: time grows with the number of values only
        let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
        let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
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
    let mut kept: Vec<f64> = finite(values).collect();
    let mut center = median_in_place(&mut kept.clone())?;
    let mut scatter = standard_deviation(&kept)?;
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
        center = mean(&kept)?;
        scatter = standard_deviation(&kept)?;
    }
    Some((center, scatter))
}

fn finite(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().copied().filter(|v| !v.is_nan())
}

fn median_in_place(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if even {
        let lower = below.iter().copied().max_by(f64::total_cmp)?;
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
