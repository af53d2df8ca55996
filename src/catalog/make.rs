//! Made-up catalogs for demonstrations and tests.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::list::Numbers;
use super::strings::Names;
use super::summary::range;
use super::{Catalog, Summary, sexagesimal};

/// A catalog of `rows` targets, always the same for the same seed.
///
/// Directions are uniform on the sphere (RA uniform, sin Dec uniform), magnitudes uniform in 15 to 20 with
/// errors in 0.1 to 0.5 (filter R), proper motions within ±20 mas/yr. Names are `J` + HHMMSS.ss + ±DDMMSS.s;
/// of two directions with the same name the second is drawn again.
pub fn make(rows: usize, seed: u64) -> Catalog {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut names = Names::default();
    let mut numbers = Numbers::default();
    while numbers.ra.len() < rows {
        let ra: f64 = random.random_range(0.0..360.0);
        let dec = random.random_range(-1.0f64..=1.0).asin().to_degrees();
        if names.push(&sexagesimal::designation(ra, dec)).is_err() {
            continue;
        }
        numbers.ra.push(ra);
        numbers.dec.push(dec);
        numbers.mag.push(random.random_range(15.0..20.0));
        numbers.mag_err.push(random.random_range(0.1..0.5));
        numbers.pmra.push(random.random_range(-20.0..20.0));
        numbers.pmdec.push(random.random_range(-20.0..20.0));
    }
    let summary = Summary {
        catalog_name: format!("made with seed {seed}"),
        rows,
        rows_in_file: rows,
        epoch: 2000.0,
        mag_filter: Some("R".to_owned()),
        ra_range: range(&numbers.ra),
        dec_range: range(&numbers.dec),
        mag_range: range(&numbers.mag),
        ..Summary::default()
    };
    Catalog {
        names,
        numbers,
        mag_filter: summary.mag_filter.clone(),
        summary,
        ..Catalog::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_catalog_and_another_one_does_not() {
        assert_eq!(make(50, 3).content_sha256(), make(50, 3).content_sha256());
        assert_ne!(make(50, 3).content_sha256(), make(50, 4).content_sha256());
    }

    // Uniform on the sphere: half of the area lies within 30 degrees of the equator; uniform in angle a third.
    #[test]
    fn directions_are_uniform_on_the_sphere() {
        let catalog = make(20_000, 1);
        let (_, dec) = catalog.positions();
        let near = dec.iter().filter(|dec| dec.abs() < 30.0).count();
        // standard deviation of the count is 71
        assert!(near.abs_diff(10_000) < 400, "{near}");
    }
}
