//! Σ c e^{2πi(a + kb)} for all k of a grid at once: a non-uniform Fourier transform (type 1).
//!
//! Each term is spread over a few points of a fine even grid by a smooth [`Kernel`], the grid is transformed, and the
//! transform of the kernel divided out.

use std::cell::RefCell;
use std::sync::Arc;

use rustfft::num_complex::{Complex, Complex64};
use rustfft::{Fft, FftNum, FftPlanner};

use super::kernel::{Kernel, number};

/// One term of the sums.
#[derive(Clone, Copy)]
pub(super) struct Term<const N: usize> {
    /// e^{2πi(a + mb)} with m = [`middle`] of the number of frequencies.
    pub wave: Complex64,
    /// b, in turns.
    pub step: f64,
    /// c, for each list.
    pub coefficients: [f64; N],
}

/// Frequencies are counted from here, where the kernel's transform is largest.
pub(super) fn middle(frequencies: usize) -> usize {
    frequencies / 2
}

/// The sums over all terms, for each list of c.
pub(super) struct Spectrum<T> {
    /// Transformed grids, one after the other.
    grids: Vec<Complex<T>>,
    fine: usize,
    frequencies: usize,
    corrections: Vec<T>,
}

impl<T: Width> Spectrum<T> {
    /// Of these terms at k = 0, 1, … below `frequencies`.
    pub fn of<const N: usize, const W: usize>(
        kernel: &Kernel<T, W>,
        frequencies: usize,
        terms: impl Iterator<Item = Term<N>>,
    ) -> Spectrum<T> {
        let fine = fine_size(2 * frequencies.max(W));
        let mut grids = vec![Complex::new(T::zero(), T::zero()); N * fine];
        let mut lists = grids.chunks_exact_mut(fine);
        let mut lists: [&mut [Complex<T>]; N] =
            std::array::from_fn(|_| lists.next().expect("as many grids as lists"));
        for term in terms {
            spread(kernel, term, &mut lists);
        }
        T::plan(fine).process(&mut grids);
        Spectrum {
            grids,
            fine,
            frequencies,
            corrections: kernel.corrections(middle(frequencies) + 1, fine),
        }
    }

    /// The sums of a list, at k = 0, 1, ….
    pub fn sums(&self, list: usize) -> Vec<Complex<T>> {
        let middle = middle(self.frequencies);
        let grid = &self.grids[list * self.fine..][..self.fine];
        // modes below the middle are at the end of the grid
        let below = grid[self.fine - middle..].iter();
        let below = below.zip(self.corrections[1..=middle].iter().rev());
        let above = grid[..self.frequencies - middle].iter();
        let above = above.zip(&self.corrections);
        let corrected = |(value, &correction): (&Complex<T>, &T)| {
            Complex::new(value.re * correction, value.im * correction)
        };
        let mut sums = Vec::with_capacity(self.frequencies);
        sums.extend(below.map(corrected));
        sums.extend(above.map(corrected));
        sums
    }
}

/// Adds a term to each grid.
#[inline]
fn spread<T: Width, const N: usize, const W: usize>(
    kernel: &Kernel<T, W>,
    term: Term<N>,
    grids: &mut [&mut [Complex<T>]; N],
) {
    let fine = grids[0].len();
    let (first, heights) = kernel.at((term.step - term.step.floor()) * fine as f64);
    // a step just below a whole turn may be rounded to one
    let first = (first + fine + 1 - W / 2) % fine;
    for (grid, coefficient) in grids.iter_mut().zip(term.coefficients) {
        let re: T = number(term.wave.re * coefficient);
        let im: T = number(term.wave.im * coefficient);
        let add = |cell: &mut Complex<T>, height: T| {
            *cell = Complex::new(cell.re + re * height, cell.im + im * height);
        };
        match grid.get_mut(first..first + W) {
            Some(cells) => {
                (cells.iter_mut().zip(heights)).for_each(|(cell, height)| add(cell, height))
            }
            // around the end of the grid
            None => (heights.into_iter().enumerate())
                .for_each(|(point, height)| add(&mut grid[(first + point) % fine], height)),
        }
    }
}

/// A width of numbers, with its plans of transforms: they take longer to make than to use, and sizes are few.
pub(super) trait Width: FftNum {
    fn plan(size: usize) -> Arc<dyn Fft<Self>>;
}

thread_local! {
    static PLANNER_64: RefCell<FftPlanner<f64>> = RefCell::new(FftPlanner::new());
    static PLANNER_32: RefCell<FftPlanner<f32>> = RefCell::new(FftPlanner::new());
}

impl Width for f64 {
    fn plan(size: usize) -> Arc<dyn Fft<f64>> {
        PLANNER_64.with_borrow_mut(|planner| planner.plan_fft_inverse(size))
    }
}

impl Width for f32 {
    fn plan(size: usize) -> Arc<dyn Fft<f32>> {
        PLANNER_32.with_borrow_mut(|planner| planner.plan_fft_inverse(size))
    }
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
