//! The draws: shape, width, sign, time, amplitude, in this order.

use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use super::flux::Star;
use super::uniform;
use super::{SimulatorParameters, TimeDistribution};
use crate::analysis::{Shape, Truth};

pub(super) fn truth(
    parameters: &SimulatorParameters,
    star: &Star<'_>,
    random: &mut ChaCha12Rng,
) -> Truth {
    let choices = parameters.template_shape.choices();
    let shape = choices[random.random_range(0..choices.len())];
    let logarithm = uniform(parameters.min_width.ln(), parameters.max_width.ln(), random);
    // exp(ln x) may miss the ends by the last bit
    let width = logarithm
        .exp()
        .clamp(parameters.min_width, parameters.max_width);
    let fading = random.random::<f64>() < parameters.fading_fraction;
    let (time, searched) = match parameters.time_distribution {
        TimeDistribution::Observed => observed_time(star, shape, width, random),
        TimeDistribution::Span => {
            let (first, last) = star.span();
            (uniform(first, last, random), last - first)
        }
    };
    let sign = if fading { -1.0 } else { 1.0 };
    let share = parameters.source_noise_fraction;
    let event = star.event(shape, width, time);
    let amplitude = match parameters.mag_range {
        Some([low, high]) => {
            (sign * 0.4 * uniform(low, high, random) * std::f64::consts::LN_10).exp_m1()
        }
        None => {
            let [low, high] = parameters.snr_range;
            let amplitude = event.amplitude_of(uniform(low, high, random), sign, share);
            amplitude.max(-1.0)
        }
    };
    Truth {
        shape,
        width,
        time,
        searched,
        amplitude,
        snr_expected: event.snr(amplitude, share),
        amplitude_mag: star.magnitudes(amplitude),
    }
}

/// A time of the peak at which some good epoch sees half of it or more, evenly over all such times; and how long those are.
fn observed_time(
    star: &Star<'_>,
    shape: Shape,
    width: f64,
    random: &mut ChaCha12Rng,
) -> (f64, f64) {
    let half = shape.extent(0.5);
    let times = star.good_times();
    // an epoch at t sees the peak at t₀ if (t − t₀)/width is in the extent
    let stretches: Vec<(f64, f64)> = merged(
        times
            .iter()
            .map(|time| (time - half.end() * width, time - half.start() * width)),
    );
    let total: f64 = stretches.iter().map(|(begin, end)| end - begin).sum();
    let mut left = total * random.random::<f64>();
    for (begin, end) in &stretches {
        if left <= end - begin {
            return (begin + left, total);
        }
        left -= end - begin;
    }
    let last = stretches.last().map_or(f64::NAN, |(_, end)| *end);
    (last, total)
}

/// Stretches in the order of their begin, those that touch as one.
fn merged(sorted: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut stretches: Vec<(f64, f64)> = Vec::new();
    for (begin, end) in sorted {
        match stretches.last_mut() {
            Some(last) if begin <= last.1 => last.1 = last.1.max(end),
            _ => stretches.push((begin, end)),
        }
    }
    stretches
}
