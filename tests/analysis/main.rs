//! The analysis of lightcurves: quality, events, detections, and what is counted of them.

mod histogram;
mod properties;
mod simulator;
