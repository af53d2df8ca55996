//! Σ c e^{2πi(a + kb)} for all k of a grid at once: a non-uniform Fourier transform (type 1).
//!
//! Each term is spread over a few points of a fine even grid by a smooth kernel, the grid is transformed, and the
//! transform of the kernel divided out. The kernel is the exponential of a semicircle, exp(β(√(1 − z²) − 1)), of
//! Barnett, Magland & af Klinteberg 2019 (SIAM J. Sci. Comput. 41, C479): with a grid twice as fine as needed, 12
//! points and β = 2.3·12 the sums are good to about 1e-11 of Σ|c|.

use std::cell::RefCell;
use std::f64::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex64;
use rustfft::{Fft, FftPlanner};

/// Points of the fine grid under the kernel.
const WIDTH: usize = 12;
const BETA: f64 = 2.3 * WIDTH as f64;
/// Intervals of the trapezoidal rule for the kernel's transform. The kernel is smooth and ends at e^{−β}, so the rule
/// converges geometrically: beyond 12 intervals nothing is gained.
const INTERVALS: usize = 28;

/// What does not depend on the data: the fine grid, and one over the transform of the kernel.
pub(super) struct Modes {
    number: usize,
    fine: usize,
    transform: Arc<dyn Fft<f64>>,
    /// For modes 0, 1, … up to half the number.
    correction: Vec<f64>,
}

thread_local! {
    /// Plans of transforms, which take longer to make than to use; sizes are few.
    static PLANNER: RefCell<FftPlanner<f64>> = RefCell::new(FftPlanner::new());
}

impl Modes {
    pub fn new(number: usize) -> Modes {
        let fine = fine_size(2 * number.max(WIDTH));
        Modes {
            number,
            fine,
            transform: PLANNER.with_borrow_mut(|planner| planner.plan_fft_inverse(fine)),
            correction: corrections(number / 2 + 1, fine),
        }
    }

    /// Modes are counted from the middle, where the kernel's transform is largest.
    fn middle(&self) -> usize {
        self.number / 2
    }
}

/// For each k in 0..number: Σ c e^{2πi(a + kb)} over the terms with phases (a, b), in turns, for each list of c.
pub(super) fn exponential_sums<const N: usize>(
    modes: &Modes,
    phases: &[(f64, f64)],
    coefficients: [&[f64]; N],
) -> [Vec<Complex64>; N] {
    let mut grids: [Vec<Complex64>; N] = std::array::from_fn(|_| vec![Complex64::ZERO; modes.fine]);
    for (term, &(start, step)) in phases.iter().enumerate() {
        let turns = (start + modes.middle() as f64 * step).fract();
        let (sine, cosine) = (TAU * turns).sin_cos();
        let wave = Complex64::new(cosine, sine);
        let place = (step - step.floor()) * modes.fine as f64;
        let (first, kernel) = kernel(place);
        // WIDTH points before the end of the grid and around it; first is above −WIDTH
        let mut point = (first + modes.fine as i64) as usize % modes.fine;
        let values: [Complex64; N] = std::array::from_fn(|list| wave * coefficients[list][term]);
        for height in kernel {
            for (grid, value) in grids.iter_mut().zip(values) {
                grid[point] += value * height;
            }
            point += 1;
            if point == modes.fine {
                point = 0;
            }
        }
    }
    grids.map(|mut grid| {
        modes.transform.process(&mut grid);
        (0..modes.number)
            .map(|k| {
                let mode = k as i64 - modes.middle() as i64;
                let point = mode.rem_euclid(modes.fine as i64) as usize;
                grid[point] * modes.correction[mode.unsigned_abs() as usize]
            })
            .collect()
    })
}

/// The points under the kernel centred on a place: the first, and the height at each.
fn kernel(place: f64) -> (i64, [f64; WIDTH]) {
    let half = WIDTH as f64 / 2.0;
    let first = (place - half).ceil();
    let heights = std::array::from_fn(|point| height((first + point as f64 - place) / half));
    (first as i64, heights)
}

fn height(z: f64) -> f64 {
    let square = 1.0 - z * z;
    if square < 0.0 {
        return 0.0;
    }
    (BETA * (square.sqrt() - 1.0)).exp()
}

/// One over the transform of the kernel at modes 0, 1, …: (w/2) ∫ φ(z) cos(π w m z / fine) dz.
fn corrections(number: usize, fine: usize) -> Vec<f64> {
    let mut transform = vec![0.0; number];
    let spacing = 2.0 / INTERVALS as f64;
    for node in 0..=INTERVALS / 2 {
        let z = node as f64 * spacing;
        // all but the middle stand for two
        let weight = if node == 0 { 0.5 } else { 1.0 } * WIDTH as f64 * spacing * height(z);
        let (sine, cosine) = (TAU / 2.0 * WIDTH as f64 * z / fine as f64).sin_cos();
        let turn = Complex64::new(cosine, sine);
        let mut wave = Complex64::ONE;
        for value in &mut transform {
            *value += weight * wave.re;
            wave *= turn;
        }
    }
    transform.iter().map(|value| 1.0 / value).collect()
}

/// The smallest 2^n or 3·2^n that is not smaller.
fn fine_size(least: usize) -> usize {
    let power = least.next_power_of_two();
    if power / 4 * 3 >= least {
        power / 4 * 3
    } else {
        power
    }
}
