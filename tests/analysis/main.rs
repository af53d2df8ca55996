//! The analysis of lightcurves: quality, events, detections.

mod finder_link;
mod finder_matched;
mod finder_noise;
mod finder_quality;
mod finder_snr;
mod finder_support;
