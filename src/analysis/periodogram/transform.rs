//! Σ c e^{2πi(a + kb)} for all k of a grid at once: a non-uniform Fourier transform (type 1).
//!
//! Each term is spread over a few points of a fine even grid by a smooth [`Kernel`], the grid is transformed, and the
//! transform of the kernel divided out.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustfft::num_complex::{Complex, Complex64};
use rustfft::{Fft, FftNum, FftPlanner};

use super::kernel::{Kernel, number};
use super::wave::ROUND;

/// One term of several sums with the same a and b.
#[derive(Clone, Copy)]
pub(super) struct Term<const N: usize> {
    /// e^{2πi(a + mb)} with m = [`middle`] of the number of frequencies.
    pub wave: Complex64,
    /// b, in turns.
    pub step: f64,
    /// c, for each sum.
    pub coefficients: [f64; N],
}

/// Frequencies are counted from here, where the kernel's transform is largest.
pub(super) fn middle(frequencies: usize) -> usize {
    frequencies / 2
}

/// `L` lists of sums: terms are added, then all are transformed at once.
pub(super) struct Spectra<T: Width, const L: usize, const W: usize, const D: usize> {
    kernel: &'static Kernel<T, W, D>,
    /// One after the other, each with room for what a kernel has beyond its end: that belongs to the beginning.
    grids: Vec<Complex<T>>,
    frequencies: usize,
    plan: Plan<T>,
}

/// Neighbouring values of each list, and what they are to be multiplied by.
pub(super) struct Stretch<'a, T, const L: usize> {
    pub values: [&'a [Complex<T>]; L],
    pub corrections: &'a [T],
}

impl<T: Width, const L: usize, const W: usize, const D: usize> Spectra<T, L, W, D> {
    /// No terms yet, for k = 0, 1, … below `frequencies`.
    pub fn new(kernel: &'static Kernel<T, W, D>, frequencies: usize) -> Self {
        let fine = fine_size(kernel.least_size(frequencies));
        let mut grids = T::with_workspace(|workspace| std::mem::take(&mut workspace.grids));
        grids.clear();
        grids.resize(L * (fine + W), Complex::new(T::zero(), T::zero()));
        Spectra {
            kernel,
            grids,
            frequencies,
            plan: T::with_workspace(|workspace| workspace.plan(fine, kernel)),
        }
    }

    /// Adds a term to the lists from `first` on.
    #[inline(always)]
    pub fn add<const N: usize>(&mut self, first: usize, term: Term<N>) {
        let fine = self.plan.fine;
        // from half a grid to one and a half
        let place = (term.step - (term.step + ROUND - ROUND) + 1.0) * fine as f64;
        let (start, heights) = self.kernel.at(place);
        let start = start + 1 - W / 2;
        let start = if start < fine { start } else { start - fine };
        for (list, coefficient) in term.coefficients.into_iter().enumerate() {
            let re: T = number(term.wave.re * coefficient);
            let im: T = number(term.wave.im * coefficient);
            let begin = (first + list) * (fine + W) + start;
            let cells = &mut self.grids[begin..begin + W];
            for (cell, height) in cells.iter_mut().zip(heights) {
                *cell = Complex::new(cell.re + re * height, cell.im + im * height);
            }
        }
    }

    /// From terms to sums.
    pub fn transform(&mut self) {
        let Plan { fine, fft, .. } = &self.plan;
        T::with_workspace(|workspace| {
            let scratch = &mut workspace.scratch;
            let needed = fft.get_inplace_scratch_len();
            if scratch.len() < needed {
                scratch.resize(needed, Complex::new(T::zero(), T::zero()));
            }
            for list in self.grids.chunks_exact_mut(fine + W) {
                let (grid, beyond) = list.split_at_mut(*fine);
                for (cell, &beyond) in grid.iter_mut().zip(&*beyond) {
                    *cell = *cell + beyond;
                }
                fft.process_with_scratch(grid, &mut scratch[..needed]);
            }
        });
    }

    /// The sums at k = 0, 1, …, once they are transformed, in two stretches.
    pub fn stretches(&self) -> [Stretch<'_, T, L>; 2] {
        let fine = self.plan.fine;
        let middle = middle(self.frequencies);
        let above = self.frequencies - middle;
        let stretch = |begin: usize, end: usize| {
            std::array::from_fn(|list| &self.grids[list * (fine + W)..][begin..end])
        };
        let zero = self.plan.corrections.len() / 2;
        let corrections = &self.plan.corrections[zero - middle..][..self.frequencies];
        // modes below the middle are at the end of the grid
        [
            Stretch {
                values: stretch(fine - middle, fine),
                corrections: &corrections[..middle],
            },
            Stretch {
                values: stretch(0, above),
                corrections: &corrections[middle..],
            },
        ]
    }
}

impl<T: Width, const L: usize, const W: usize, const D: usize> Drop for Spectra<T, L, W, D> {
    /// The memory is for the next source.
    fn drop(&mut self) {
        /// More of it is not kept: it would be so for each thread.
        const MOST_CELLS: usize = 1 << 16;
        if self.grids.capacity() <= MOST_CELLS {
            T::with_workspace(|workspace| workspace.grids = std::mem::take(&mut self.grids));
        }
    }
}

/// How grids of one size are transformed. Plans take longer to make than to use, and sizes are few.
#[derive(Clone)]
struct Plan<T> {
    fine: usize,
    fft: Arc<dyn Fft<T>>,
    /// One over the kernel's transform, with that at mode 0 in the middle.
    corrections: Rc<[T]>,
}

/// What a thread keeps from one source to the next.
pub(super) struct Workspace<T: FftNum> {
    planner: FftPlanner<T>,
    plans: Vec<Plan<T>>,
    grids: Vec<Complex<T>>,
    scratch: Vec<Complex<T>>,
}

impl<T: FftNum> Workspace<T> {
    fn new() -> Workspace<T> {
        Workspace {
            planner: FftPlanner::new(),
            plans: Vec::new(),
            grids: Vec::new(),
            scratch: Vec::new(),
        }
    }

    fn plan<const W: usize, const D: usize>(
        &mut self,
        fine: usize,
        kernel: &Kernel<T, W, D>,
    ) -> Plan<T> {
        if let Some(plan) = self.plans.iter().find(|plan| plan.fine == fine) {
            return plan.clone();
        }
        let above = kernel.corrections(fine);
        let below = above[1..].iter().rev();
        let plan = Plan {
            fine,
            fft: self.planner.plan_fft_inverse(fine),
            corrections: below.chain(&above).copied().collect(),
        };
        self.plans.push(plan.clone());
        plan
    }
}

/// A width of numbers, with a workspace for its one kernel.
pub(super) trait Width: FftNum {
    fn with_workspace<R>(work: impl FnOnce(&mut Workspace<Self>) -> R) -> R;
}

thread_local! {
    static WORKSPACE_64: RefCell<Workspace<f64>> = RefCell::new(Workspace::new());
    static WORKSPACE_32: RefCell<Workspace<f32>> = RefCell::new(Workspace::new());
}

impl Width for f64 {
    fn with_workspace<R>(work: impl FnOnce(&mut Workspace<f64>) -> R) -> R {
        WORKSPACE_64.with_borrow_mut(work)
    }
}

impl Width for f32 {
    fn with_workspace<R>(work: impl FnOnce(&mut Workspace<f32>) -> R) -> R {
        WORKSPACE_32.with_borrow_mut(work)
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
