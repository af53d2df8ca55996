//! The analysis of lightcurves: quality, events, detections, and what is counted of them.

mod finder_edges;
mod finder_events;
mod finder_link;
mod finder_matched;
mod finder_noise;
mod finder_noise_kinds;
mod finder_quality;
mod finder_snr;
mod finder_support;
mod histogram;
mod project;
mod properties;
mod simulator;
mod simulator_recovery;
mod whole;
mod whole_edges;
mod whole_registry;
