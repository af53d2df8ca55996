//! Noise as surveys have it: how it goes with the flux, and what their errors say of it.

use rand::RngExt;
use rand_distr::{Distribution, Poisson, StandardNormal};
use retriever::photometry::{Lightcurve, flux_from_magnitude};

use super::finder_support::{of_flux, random};

/// Magnitude of the star, and its flux with the zero point 23.9.
const MAG: f64 = 16.4;
const FLUX: f64 = 1_000.0;

/// Noise of a star that does nothing.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Gaussian in magnitude with these errors, epoch by epoch in turn; fluxes and their errors are worked out from the
    /// magnitudes that were drawn.
    Magnitude(&'static [f64]),
    /// Gaussian in flux with these errors, over the flux of the star.
    Flux(&'static [f64]),
    /// So many photons on the mean; the error is the root of their number.
    Photons(f64),
}

impl Kind {
    pub fn all() -> Vec<Kind> {
        vec![
            Kind::Magnitude(&[0.01]),
            Kind::Magnitude(&[0.05]),
            Kind::Magnitude(&[0.1]),
            Kind::Magnitude(&[0.2]),
            Kind::Magnitude(&[0.3]),
            Kind::Magnitude(&[0.01, 0.05, 0.1, 0.2, 0.3]),
            Kind::Flux(&[0.05, 0.07, 0.1, 0.13, 0.17, 0.2]),
            // some of the fluxes are negative
            Kind::Flux(&[0.3]),
            Kind::Photons(1_000.0),
            Kind::Photons(100.0),
            // a bright star of TESS: equal errors
            Kind::Flux(&[0.001]),
        ]
    }

    /// Epochs 0.01 d apart, with gaps.
    pub fn lightcurve(&self, seed: u64, number: usize) -> Lightcurve {
        let mut random = random(seed);
        let mut time = 58_000.0;
        let (mut mjd, mut flux, mut error) = (Vec::new(), Vec::new(), Vec::new());
        for epoch in 0..number {
            time += if epoch % 701 == 700 { 1.7 } else { 0.01 };
            mjd.push(time);
            // in turn would be regular; a step that has no common factor with any of them is not
            let turn = |errors: &[f64]| errors[random_place(epoch, seed) % errors.len()];
            let normal: f64 = random.sample(StandardNormal);
            let (value, its_error) = match self {
                Kind::Magnitude(errors) => {
                    let error = turn(errors);
                    flux_from_magnitude(MAG + error * normal, error, 23.9)
                }
                Kind::Flux(errors) => {
                    let error = turn(errors) * FLUX;
                    (FLUX + error * normal, error)
                }
                Kind::Photons(mean) => {
                    let photons: f64 = Poisson::new(*mean).expect("a mean").sample(&mut random);
                    (photons, photons.sqrt())
                }
            };
            flux.push(value);
            error.push(its_error);
        }
        of_flux(mjd, flux, error)
    }
}

/// A number that has nothing to do with the noise of the epoch.
fn random_place(epoch: usize, seed: u64) -> usize {
    let mixed = (epoch as u64 + 1_000_003 * seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 33) as usize
}
