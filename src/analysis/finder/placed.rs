//! A template at a time: the epochs that it has, and what it is at each of them.

use std::ops::Range;

use super::matched_sums::{Residuals, Trial};
use crate::analysis::{Shape, Template};

/// Below this fraction of its peak a template is no part of the event.
const EDGE: f64 = 0.1;

/// Times are rounded, and so is the middle of a box: neither must lose the epochs at the very edge of a width (d).
pub(super) const SLACK: f64 = 1e-9;

/// A template that peaks at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'t> {
    template: &'t Template,
    time: f64,
}

impl Template {
    /// The template with its peak at this time (d).
    pub(super) fn at(&self, time: f64) -> Placed<'_> {
        Placed {
            template: self,
            time,
        }
    }
}

impl Placed<'_> {
    /// What it is at a time (d).
    pub(super) fn value(&self, time: f64) -> f64 {
        let since_peak = time - self.time;
        match self.template.shape {
            Shape::Box => f64::from(since_peak.abs() <= self.template.width / 2.0 + SLACK),
            _ => self.template.value(since_peak),
        }
    }

    /// From when to when it is above a tenth of its peak (d).
    pub(super) fn extent(&self) -> (f64, f64) {
        let extent = self.template.shape.extent(EDGE);
        (
            self.time + extent.start() * self.template.width - SLACK,
            self.time + extent.end() * self.template.width + SLACK,
        )
    }

    /// The good epochs within its extent, at least one.
    pub(super) fn epochs(&self, times: &[f64]) -> Range<usize> {
        let (from, to) = self.extent();
        let begin = times.partition_point(|&time| time < from);
        let end = times.partition_point(|&time| time <= to);
        begin..end.max(begin + 1).min(times.len())
    }

    /// The epochs where it differs from 0.
    pub(super) fn support(&self, times: &[f64]) -> Range<usize> {
        let support = match self.template.shape {
            // sums over flares have no end: this is as near to it as to rounding
            Shape::Flare => self.template.shape.extent(1e-7),
            shape => shape.support(),
        };
        let from = self.time + support.start() * self.template.width - SLACK;
        let to = self.time + support.end() * self.template.width + SLACK;
        times.partition_point(|&time| time < from)..times.partition_point(|&time| time <= to)
    }

    /// Its signal to noise and Σ w T² with these fluxes.
    pub(super) fn fit(&self, residuals: &Residuals, flux: &[f64]) -> Trial {
        let (mut signal, mut power) = (0.0, 0.0);
        for index in self.support(&residuals.time) {
            let value = self.value(residuals.time[index]);
            signal += residuals.weight[index] * value * flux[index];
            power += residuals.weight[index] * value * value;
        }
        Trial {
            time: self.time,
            snr: signal / power.sqrt(),
            power,
        }
    }
}
