//! Statistics of plain slices. NaN means "no value" and is left out.

use std::cmp::Ordering;

/// Of fewer values the median is found by a selection at once.
const FEW: usize = 40;

/// The median of a Gaussian's distances from its mean, over their mean, and their standard deviation over it.
const HALF_NORMAL: (f64, f64) = (0.845_347_8, 0.755_510_6);

/// Standard deviation of a Gaussian over its median absolute deviation, 1/Φ⁻¹(3/4).
pub(crate) const SIGMA_OF_MAD: f64 = 1.482_602_218_505_602;

/// So many values are looked at together.
const BLOCK: usize = 64;

/// Mean of the values that are not NaN; none if there is none.
pub fn mean(values: &[f64]) -> Option<f64> {
    let [count, sum] = sums(values, counted);
    (count > 0.0).then(|| sum / count)
}

/// Population standard deviation (divided by n) of the values that are not NaN; none if there is none.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let [count, _, squares] = sums(values, |value| distance_if(!value.is_nan(), value - mean));
    Some((squares / count).sqrt())
}

/// Median of the values that are not NaN; none if there is none.
pub fn median(values: &[f64]) -> Option<f64> {
    if values.len() < FEW {
        return median_in_place(&mut without_nan(values));
    }
    // a sum of squares around one of them loses no more digits than a guess can spare
    let origin = if values[0].is_nan() { 0.0 } else { values[0] };
    let [number, sum, squares] = sums(values, |value| distance_if(!value.is_nan(), value - origin));
    let shift = sum / number;
    let spread = (squares / number - shift * shift).max(0.0).sqrt();
    median_near(values, number as usize, origin + shift, spread)
}

/// Median distance from `center` of the values that are not NaN; none if there is none.
pub(crate) fn median_distance(values: &[f64], center: f64) -> Option<f64> {
    let distances: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    if values.len() < FEW {
        return median_in_place(&mut without_nan(&distances));
    }
    let [number, sum] = sums(&distances, counted);
    let mean = sum / number;
    let (guess, spread) = (HALF_NORMAL.0 * mean, HALF_NORMAL.1 * mean);
    median_near(&distances, number as usize, guess, spread)
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
    const FEWEST: f64 = 5.0;
    let [number, sum] = sums(values, counted);
    let mean = sum / number;
    let [_, _, squares] = sums(values, |value| distance_if(!value.is_nan(), value - mean));
    let mut scatter = (squares / number).sqrt();
    let mut center = median_near(values, number as usize, mean, scatter)?;
    let mut before = number;
    if before < FEWEST {
        return Some((center, scatter));
    }
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        // none is moved: what is left lies between two limits. A scatter of zero drops nothing that equals the centre
        low = low.max(center - SIGMA * scatter);
        high = high.min(center + SIGMA * scatter);
        let is_inside = |value: f64| (value >= low) & (value <= high);
        let [number, sum, squares] = sums(values, |value| {
            distance_if(is_inside(value), value - center)
        });
        if number == before || number < FEWEST {
            break;
        }
        let shift = sum / number;
        center += shift;
        scatter = (squares / number - shift * shift).max(0.0).sqrt();
        before = number;
    }
    Some((center, scatter))
}

/// Sums of terms of the values, four side by side: an addition need not wait for the one before.
#[inline]
pub(crate) fn sums<const N: usize>(values: &[f64], terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let mut sums = [[0.0; N]; 4];
    let (fours, rest) = values.as_chunks::<4>();
    for four in fours {
        for (sums, terms) in sums.iter_mut().zip(four.map(&terms)) {
            for (sum, term) in sums.iter_mut().zip(terms) {
                *sum += term;
            }
        }
    }
    for (sums, &value) in sums.iter_mut().zip(rest) {
        for (sum, term) in sums.iter_mut().zip(terms(value)) {
            *sum += term;
        }
    }
    let [first, second, third, fourth] = sums;
    std::array::from_fn(|term| (first[term] + second[term]) + (third[term] + fourth[term]))
}

/// 1 and the number itself, 0 and 0 for NaN.
fn counted(value: f64) -> [f64; 2] {
    if value.is_nan() {
        [0.0; 2]
    } else {
        [1.0, value]
    }
}

/// 1, the distance from a center and its square, three times 0 if the number is not to be counted.
#[inline]
pub(crate) fn distance_if(is_counted: bool, distance: f64) -> [f64; 3] {
    let number = if is_counted { 1.0 } else { 0.0 };
    let distance = if is_counted { distance } else { 0.0 };
    [number, distance, distance * distance]
}

/// A copy that is made at once, and shortened if need be: one that grows is moved many times.
fn without_nan(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.retain(|value| !value.is_nan());
    values
}

/// For values that are not NaN: one comparison, where a total order takes several.
fn by_size(one: &f64, other: &f64) -> Ordering {
    one.partial_cmp(other).unwrap_or(Ordering::Equal)
}

/// The median of so many values that are not NaN, looked for around a guess: exact, whatever the guess.
///
/// One pass takes the few values out that are near the guess; only if the median is not among them those on its own side
/// are gone through.
fn median_near(values: &[f64], number: usize, guess: f64, spread: f64) -> Option<f64> {
    if number < FEW {
        return median_in_place(&mut without_nan(values));
    }
    // three errors of a median, and what a mean may be off; equal values are near their mean
    let reach = (0.1 + 1.5 / (number as f64).sqrt()) * spread + 1e-12 * guess.abs();
    let mut near = Vec::with_capacity(number / 2);
    let mut below = 0;
    let mut block = [0.0; BLOCK];
    for values in values.chunks(BLOCK) {
        let mut inside = 0;
        for &value in values {
            // always written, and written over if it was not near: no branch that could be guessed wrong
            block[inside % BLOCK] = value;
            inside += usize::from((value - guess).abs() <= reach);
        }
        near.extend_from_slice(&block[..inside]);
        let lower = values.iter().map(|value| u64::from(value - guess < -reach));
        below += lower.sum::<u64>();
    }
    let below = below as usize;
    let half = number / 2;
    let is_even = number.is_multiple_of(2);
    let lowest = half - usize::from(is_even);
    if below <= lowest && half < below + near.len() {
        return median_at(&mut near, half - below, is_even);
    }
    let above = below + near.len();
    near.clear();
    if half < below {
        near.extend(values.iter().filter(|value| **value - guess < -reach));
        median_at(&mut near, half, is_even)
    } else if lowest >= above {
        near.extend(values.iter().filter(|value| **value - guess > reach));
        if near.len() == number - above {
            return median_at(&mut near, half - above, is_even);
        }
        median_in_place(&mut without_nan(values)) // the guess is NaN
    } else {
        median_in_place(&mut without_nan(values))
    }
}

fn median_in_place(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    let is_even = values.len().is_multiple_of(2);
    (!values.is_empty()).then(|| median_at(values, half, is_even))?
}

/// The value at this place in the order of size, or the middle between it and the one below.
fn median_at(values: &mut [f64], place: usize, with_below: bool) -> Option<f64> {
    let (below, &mut upper, _) = values.select_nth_unstable_by(place, by_size);
    if with_below {
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

    /// Against a sort, from even and skewed to equal and infinite values.
    #[test]
    fn medians_of_many_are_exact() {
        for number in [40, 41, 99, 100, 1000, 1001] {
            let of = |value: fn(f64) -> f64| -> Vec<f64> {
                (0..number)
                    .map(|place| value(f64::from(place * 7919 % 1009) / 1009.0))
                    .collect()
            };
            let kinds: [fn(f64) -> f64; 9] = [
                |even| even,
                |even| 1e9 + even,
                |even| (10.0 * even).exp(),
                |even| -(10.0 * even).exp(),
                |even| f64::from(even > 0.45),
                |even| f64::from(even > 0.501) * 1e300,
                |_| 0.1,
                |even| if even > 0.7 { f64::INFINITY } else { even },
                |even| if even > 0.4 { even.sin() } else { f64::NAN },
            ];
            for (kind, value) in kinds.into_iter().enumerate() {
                let values = of(value);
                let sorted = |values: &[f64]| {
                    let mut values = without_nan(values);
                    values.sort_by(f64::total_cmp);
                    let half = values.len() / 2;
                    match values.len() % 2 {
                        0 => values[half - 1] + (values[half] - values[half - 1]) / 2.0,
                        _ => values[half],
                    }
                };
                assert_eq!(median(&values), Some(sorted(&values)), "{kind} {number}");
                let distances: Vec<f64> = values.iter().map(|value| (value - 0.3).abs()).collect();
                let distance = median_distance(&values, 0.3);
                assert_eq!(distance, Some(sorted(&distances)), "{kind} {number}");
            }
        }
    }

    #[test]
    fn median_of_even_and_odd_counts_skips_nan() {
        assert_eq!(median(&[3.0, f64::NAN, 1.0]), Some(2.0));
        assert_eq!(median(&[3.0, 9.0, 1.0]), Some(3.0));
        assert_eq!(median(&[f64::NAN]), None);
    }
}
