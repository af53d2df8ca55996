//! Which rows lie near a direction, through HEALPix cells.
//!
//! Rows are sorted by their nested cell at the deepest level (0.4 mas), where the cells of any coarser one
//! are ranges. A cone is covered with cells about its own size, their ranges are looked up by bisection and
//! the few rows in them are measured exactly.

use std::ops::Range;

use rayon::prelude::*;

use crate::sky::{self, cell};

/// Rows in the order of their cells.
#[derive(Debug, Clone, Default)]
pub(crate) struct SkyIndex {
    cells: Vec<(u64, u32)>,
}

impl SkyIndex {
    /// Index of positions (deg); those that are not finite are not in it.
    pub(crate) fn new(ra: &[f64], dec: &[f64]) -> SkyIndex {
        let mut cells: Vec<(u64, u32)> = (0..ra.len())
            .into_par_iter()
            .filter(|&row| ra[row].is_finite() && dec[row].is_finite())
            .map(|row| (cell(ra[row], dec[row]), row as u32))
            .collect();
        cells.par_sort_unstable();
        SkyIndex { cells }
    }

    /// Rows within `radius` (deg) of a direction with their separation (deg), nearest first, then by row.
    pub(crate) fn cone(
        &self,
        positions: (&[f64], &[f64]),
        center: (f64, f64),
        radius: f64,
    ) -> Vec<(usize, f64)> {
        let (ra, dec) = center;
        // a comparison that is false for NaN too
        let sound = ra.is_finite() && (-90.0..=90.0).contains(&dec) && radius >= 0.0;
        if !sound {
            return Vec::new();
        }
        let mut found: Vec<(usize, f64)> = sky::cone_cells(sky::normalize_ra(ra), dec, radius)
            .into_iter()
            .flat_map(|cells| self.rows(cells))
            .map(|&(_, row)| {
                let row = row as usize;
                (
                    row,
                    sky::separation(ra, dec, positions.0[row], positions.1[row]),
                )
            })
            .filter(|(_, separation)| *separation <= radius)
            .collect();
        found.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found
    }

    fn rows(&self, cells: Range<u64>) -> &[(u64, u32)] {
        let start = self.cells.partition_point(|(cell, _)| *cell < cells.start);
        let length = self.cells[start..].partition_point(|(cell, _)| *cell < cells.end);
        &self.cells[start..start + length]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_measuring_all(ra: &[f64], dec: &[f64], center: (f64, f64), radius: f64) -> Vec<usize> {
        let mut rows: Vec<(f64, usize)> = (0..ra.len())
            .map(|row| (sky::separation(center.0, center.1, ra[row], dec[row]), row))
            .filter(|(separation, _)| *separation <= radius)
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn rows(found: Vec<(usize, f64)>) -> Vec<usize> {
        found.into_iter().map(|(row, _)| row).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn a_cone_finds_what_measuring_every_row_finds(
            stars in proptest::collection::vec((0.0..360.0f64, -1.0..=1.0f64), 1..200),
            center in 0usize..200,
            off in (-1.0..1.0f64, -1.0..1.0f64),
            exponent in -5.0..2.2553f64,
        ) {
            let ra: Vec<f64> = stars.iter().map(|star| star.0).collect();
            let dec: Vec<f64> = stars.iter().map(|star| star.1.asin().to_degrees()).collect();
            let radius = 10f64.powf(exponent).min(180.0);
            let near = center % stars.len();
            let center = (ra[near] + off.0 * radius, (dec[near] + off.1 * radius).clamp(-90.0, 90.0));
            let index = SkyIndex::new(&ra, &dec);
            prop_assert_eq!(
                rows(index.cone((&ra, &dec), center, radius)),
                by_measuring_all(&ra, &dec, center, radius)
            );
        }
    }

    #[test]
    fn cones_at_the_poles_and_across_ra_zero_are_whole() {
        let ra = [0.0, 90.0, 180.0, 359.9999, 0.0002, 45.0];
        let dec = [89.9999, 89.9998, 90.0, 0.0, 0.0, -90.0];
        let index = SkyIndex::new(&ra, &dec);
        let cone = |ra_center, dec_center, radius| {
            rows(index.cone((&ra, &dec), (ra_center, dec_center), radius))
        };
        assert_eq!(cone(270.0, 90.0, 0.001), [2, 0, 1]);
        assert_eq!(cone(0.0, 0.0, 0.001), [3, 4]);
        assert_eq!(cone(360.0, 0.0, 0.001), [3, 4]);
        // the cosine of 90 degrees is 6e-17 and not 0
        assert_eq!(cone(123.0, -90.0, 1e-9), [5]);
        assert_eq!(cone(10.0, 20.0, 180.0).len(), 6);
    }

    #[test]
    fn positions_that_are_none_are_never_found_and_hide_no_others() {
        let (ra, dec) = ([f64::NAN, 10.0, 20.0], [0.0, 10.0, f64::NAN]);
        let index = SkyIndex::new(&ra, &dec);
        assert_eq!(rows(index.cone((&ra, &dec), (0.0, 0.0), 180.0)), [1]);
        assert!(index.cone((&ra, &dec), (f64::NAN, 0.0), 180.0).is_empty());
        assert!(index.cone((&ra, &dec), (0.0, 0.0), f64::NAN).is_empty());
    }
}
