//! Which templates a matched filter tries: widths so close that no signal between them is missed.

use super::Shape;

/// Templates by shape and width, numbered in this order.
#[derive(Debug, Clone, PartialEq)]
pub struct Bank {
    templates: Vec<Template>,
}

/// A shape of one width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Template {
    /// How it goes with time.
    pub shape: Shape,
    /// Full width at half maximum (d).
    pub width: f64,
    /// Trial times are this far apart (d): neighbours overlap by what was required.
    pub step: f64,
    /// Overlap with the next narrower template of its shape; none of the narrowest.
    pub narrower: Option<f64>,
    /// Overlap with the next wider template of its shape; none of the widest.
    pub wider: Option<f64>,
}

impl Bank {
    /// Widths from `min_width` to `max_width` (d, FWHM, both included) in equal ratios, as few as give neighbours an
    /// overlap of `overlap_required` or more; for each of the shapes.
    ///
    /// A signal of the right shape keeps at least the fraction (1 + `overlap_required`)/2 of its signal to noise in
    /// the nearer of two neighbours, roughly.
    ///
    /// # Panics
    /// If the widths are not positive and in order, or the overlap is not between 0 and 1: parameters are checked
    /// when they are read.
    ///
    /// ```
    /// use retriever::analysis::{Bank, Shape};
    /// let bank = Bank::new(&[Shape::Gaussian], 0.01, 3.0, 0.95);
    /// assert_eq!(bank.templates().len(), 14);
    /// assert!(bank.templates().iter().all(|template| template.wider.is_none_or(|overlap| overlap >= 0.95)));
    /// ```
    pub fn new(shapes: &[Shape], min_width: f64, max_width: f64, overlap_required: f64) -> Bank {
        assert!(
            0.0 < min_width && min_width <= max_width,
            "widths are positive and in order"
        );
        assert!(
            0.0 < overlap_required && overlap_required < 1.0,
            "an overlap is between 0 and 1"
        );
        let mut templates = Vec::new();
        for &shape in shapes {
            let range = (max_width / min_width).ln();
            let intervals = (range / shape.width_ratio(overlap_required).ln()).ceil();
            let ratio = if intervals > 0.0 {
                (range / intervals).exp()
            } else {
                1.0
            };
            let neighbour = shape.overlap(1.0, ratio, 0.0);
            let last = intervals as usize;
            templates.extend((0..=last).map(|index| {
                let width = min_width * ratio.powi(index as i32);
                Template {
                    shape,
                    width: if index == last { max_width } else { width },
                    step: width * shape.time_shift(overlap_required),
                    narrower: (index > 0).then_some(neighbour),
                    wider: (index < last).then_some(neighbour),
                }
            }));
        }
        Bank { templates }
    }

    /// All templates, by shape and width.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }
}

impl Template {
    /// The template at some time after its peak (d).
    pub fn value(&self, since_peak: f64) -> f64 {
        self.shape.value(since_peak / self.width)
    }
}
