//! Where an axis has its marks: at round numbers, few enough that their labels do not touch.

use super::text;

/// The marks of an axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Ticks {
    /// With their labels.
    pub major: Vec<(f64, String)>,
    pub minor: Vec<f64>,
    /// The labels are to be multiplied by ten to this.
    pub exponent: i32,
}

/// Marks between two numbers (in any order), at most `most`, at multiples of 1, 2 or 5 times a power of ten.
pub(super) fn linear(start: f64, end: f64, most: usize) -> Ticks {
    let (low, high) = (start.min(end), start.max(end));
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || most == 0 {
        return Ticks::default();
    }
    let (step, parts) = step(span, most);
    let exponent = exponent(low.abs().max(high.abs()), step);
    let decimals = decimals(step / 10f64.powi(exponent));
    let label = |value: f64| number(value / 10f64.powi(exponent), decimals);
    Ticks {
        major: multiples(low, high, step)
            .map(|value| (value, label(value)))
            .collect(),
        minor: multiples(low, high, step / f64::from(parts)).collect(),
        exponent,
    }
}

/// As many marks as fit into `space`, where labels stand side by side.
pub(super) fn beside(start: f64, end: f64, size: f64, space: f64) -> Ticks {
    let fits = |ticks: &Ticks| {
        let wide = |(_, label): &(f64, String)| text::width(label, size);
        let widest = ticks.major.iter().map(wide).fold(0.0, f64::max);
        (widest + 1.2 * size) * ticks.major.len() as f64 <= space
    };
    let choices = (2..=9).rev().map(|most| linear(start, end, most));
    let mut choices = choices.filter(fits);
    choices.next().unwrap_or_else(|| linear(start, end, 2))
}

/// As many marks as fit into `space`, where labels stand above one another.
pub(super) fn above(start: f64, end: f64, size: f64, space: f64) -> Ticks {
    linear(start, end, ((space / (2.2 * size)) as usize).clamp(2, 8))
}

/// Powers of ten, and their multiples as minor marks; 1, 2 and 5 times a power of ten where there are few powers.
pub(super) fn logarithmic(start: f64, end: f64) -> Ticks {
    let (low, high) = (start.min(end), start.max(end));
    if !(low > 0.0 && high.is_finite()) {
        return Ticks::default();
    }
    let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
    let powers = high.log10() - low.log10();
    let labelled: &[i32] = if powers < 1.0 {
        &[1, 2, 3, 5, 7]
    } else if powers < 2.5 {
        &[1, 2, 5]
    } else {
        &[1]
    };
    let every = (powers / 7.0).ceil().max(1.0) as i32;
    let mut ticks = Ticks::default();
    for decade in decades {
        for digit in 1..10 {
            let value = f64::from(digit) * 10f64.powi(decade);
            // an edge that is a power of ten to the last bits
            if value < low * (1.0 - 1e-9) || value > high * (1.0 + 1e-9) {
                continue;
            }
            if labelled.contains(&digit) && decade.rem_euclid(every) == 0 {
                ticks.major.push((value, of_power(digit, decade)));
            } else {
                ticks.minor.push(value);
            }
        }
    }
    ticks
}

/// `5000`, `0.02`, `1e6`.
fn of_power(digit: i32, decade: i32) -> String {
    match decade {
        -3..=-1 => number(
            f64::from(digit) * 10f64.powi(decade),
            decade.unsigned_abs() as usize,
        ),
        0..=4 => (digit * 10i32.pow(decade as u32)).to_string(),
        _ => format!("{digit}e{}", number(f64::from(decade), 0)),
    }
}

/// `1e−5`: raised signs are not in every font.
pub(super) fn power_of_ten(exponent: i32) -> String {
    of_power(1, exponent)
}

/// A number with this many decimals and a minus that is as wide as a plus.
pub(super) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|digit| matches!(digit, '0' | '.')) => zero.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// A whole number with its thousands apart.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digits.len() > 4 {
            text.push(' '); // a thin space is not in every font
        }
        text.push(digit);
    }
    text
}

/// The smallest round step that gives at most so many marks, and into how many parts minor marks cut it.
fn step(span: f64, most: usize) -> (f64, u32) {
    let least = span / most as f64;
    let power = 10f64.powf(least.log10().floor());
    for (times, parts) in [(1.0, 5), (2.0, 4), (5.0, 5), (10.0, 5)] {
        if times * power >= least * (1.0 - 1e-9) {
            return (times * power, parts);
        }
    }
    (10.0 * power, 5)
}

fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    // within a millionth of a step of the edge is on it
    let first = (low / step - 1e-6).ceil();
    let number = ((high / step + 1e-6).floor() - first).max(-1.0) as usize;
    (0..number.wrapping_add(1)).map(move |place| (first + place as f64) * step)
}

/// Very large and very small numbers are written without their power of ten.
fn exponent(largest: f64, step: f64) -> i32 {
    if largest >= 1e6 || (largest < 1e-3 && step < 1e-4) {
        largest.log10().floor() as i32
    } else {
        0
    }
}

fn decimals(step: f64) -> usize {
    (-(step * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 12.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks
            .major
            .iter()
            .map(|(_, label)| label.as_str())
            .collect()
    }

    #[test]
    fn marks_are_at_round_numbers_inside() {
        let ticks = linear(17.93, 18.41, 6);
        assert_eq!(labels(&ticks), ["18.0", "18.1", "18.2", "18.3", "18.4"]);
        assert!(
            ticks
                .minor
                .iter()
                .all(|value| (17.93..=18.41).contains(value))
        );
        assert_eq!(
            labels(&linear(58_000.0, 59_000.0, 5)),
            ["58000", "58200", "58400", "58600", "58800", "59000"]
        );
        assert_eq!(
            labels(&linear(20.0, -20.0, 4)),
            ["−20", "−10", "0", "10", "20"]
        );
        assert_eq!(labels(&linear(-0.3, 0.3, 4)), ["−0.2", "0.0", "0.2"]);
    }

    #[test]
    fn large_and_small_numbers_lose_their_power_of_ten() {
        let ticks = linear(0.0, 3.2e7, 4);
        assert_eq!(
            (ticks.exponent, labels(&ticks)),
            (7, vec!["0", "1", "2", "3"])
        );
        let ticks = linear(0.0, 4.4e-6, 5);
        assert_eq!(ticks.exponent, -6);
        assert_eq!(labels(&ticks), ["0", "1", "2", "3", "4"]);
        assert_eq!(power_of_ten(-12), "1e−12");
    }

    #[test]
    fn an_axis_without_length_has_no_marks() {
        for (start, end) in [(1.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert_eq!(linear(start, end, 5), Ticks::default());
        }
        assert_eq!(logarithmic(0.0, 10.0), Ticks::default());
    }

    #[test]
    fn powers_of_ten_are_marked() {
        assert_eq!(
            labels(&logarithmic(1.0, 1e6)),
            ["1", "10", "100", "1000", "10000", "1e5", "1e6"]
        );
        assert_eq!(
            labels(&logarithmic(0.01, 1.0)),
            ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]
        );
        let ticks = logarithmic(1.0, 1e12);
        assert!(ticks.major.len() <= 8, "{ticks:?}");
    }

    #[test]
    fn labels_beside_each_other_do_not_touch() {
        for space in [60.0, 120.0, 300.0, 900.0] {
            let ticks = beside(58_000.0, 58_400.0, 10.0, space);
            let wide: f64 = (ticks.major.iter())
                .map(|(_, label)| text::width(label, 10.0) + 5.0)
                .sum();
            assert!(wide <= space || ticks.major.len() <= 3, "{space} {ticks:?}");
        }
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [
                thousands(7),
                thousands(1234),
                thousands(12_345),
                thousands(1_234_567)
            ],
            ["7", "1234", "12 345", "1 234 567"]
        );
    }
}
