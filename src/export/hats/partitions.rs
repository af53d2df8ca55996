//! Cutting the sky into pieces with about equal numbers of rows.

use std::f64::consts::PI;
use std::ops::Range;

use cdshealpix::nested;

/// The order of the cells that sources are sorted by.
pub(crate) const ORDER_OF_SOURCES: u8 = 29;

/// The smallest cells: of order 12, 52 arcsec wide. A margin must be narrower.
const HIGHEST_ORDER: u8 = 12;

/// Arcseconds in a radian.
const ARCSEC_PER_RADIAN: f64 = 180.0 * 3600.0 / PI;

/// Where a source is, and how much there is of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Position {
    /// Cell of order 29, nested.
    pub healpix: u64,
    /// Degrees, ICRS.
    pub ra: f64,
    pub dec: f64,
    /// Rows, or epochs, that come with it.
    pub weight: u64,
}

/// A cell, and the sources that are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    pub order: u8,
    pub pixel: u64,
    pub sources: Range<usize>,
}

impl Partition {
    fn of_cell(cell: u64, order: u8, sources: Range<usize>) -> Partition {
        let pixel = cell >> shift(order);
        Partition {
            order,
            pixel,
            sources,
        }
    }

    /// The cells of order 29 in it.
    fn cells(&self) -> Range<u64> {
        self.pixel << shift(self.order)..(self.pixel + 1) << shift(self.order)
    }
}

/// The largest cells with sources whose weight is at most `most`, or that cannot be cut any further. Sources are sorted by
/// their cells; all of them are in one of the partitions.
pub(crate) fn partitions(sources: &[Position], most: u64) -> Vec<Partition> {
    let mut found = Vec::new();
    cut(sources, 0..sources.len(), 0, most, &mut found);
    found
}

/// Takes apart sources by their cells of an order.
fn cut(
    sources: &[Position],
    range: Range<usize>,
    order: u8,
    most: u64,
    found: &mut Vec<Partition>,
) {
    let mut start = range.start;
    while start < range.end {
        let cell = sources[start].healpix;
        let pixel = cell >> shift(order);
        let inside = sources[start..range.end]
            .partition_point(|source| source.healpix >> shift(order) == pixel);
        let part = start..start + inside;
        let weight: u64 = sources[part.clone()]
            .iter()
            .map(|source| source.weight)
            .sum();
        if weight <= most || inside == 1 || order == HIGHEST_ORDER {
            found.push(Partition::of_cell(cell, order, part));
        } else {
            cut(sources, part, order + 1, most, found);
        }
        start += inside;
    }
}

/// For each partition the sources outside of it that are nearer to it than the margin; a source a little further away may be
/// among them.
pub(crate) fn margins(
    sources: &[Position],
    partitions: &[Partition],
    margin_arcsec: f64,
) -> Vec<Vec<usize>> {
    let mut margins = vec![Vec::new(); partitions.len()];
    let Some(order) = partitions.iter().map(|partition| partition.order).max() else {
        return margins;
    };
    // the cells of the smallest partitions; of the whole sky only when there is one
    let layer = nested::get(order.max(1));
    let depth = layer.depth();
    for (number, source) in sources.iter().enumerate() {
        let (ra, dec) = (source.ra.to_radians(), source.dec.to_radians());
        let near = layer.cone_coverage_approx_custom(2, ra, dec, margin_arcsec / ARCSEC_PER_RADIAN);
        let mut last = None;
        for cell in near.flat_iter() {
            let cell = cell << shift(depth);
            let place = partitions.partition_point(|partition| partition.cells().end <= cell);
            let is_in = partitions
                .get(place)
                .is_some_and(|partition| partition.cells().contains(&cell));
            if !is_in || last == Some(place) || partitions[place].sources.contains(&number) {
                continue;
            }
            last = Some(place);
            if margins[place].last() != Some(&number) {
                margins[place].push(number);
            }
        }
    }
    margins
}

/// Bits between an order and 29.
fn shift(order: u8) -> u32 {
    2 * u32::from(ORDER_OF_SOURCES - order)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sky;

    fn sources(places: &[(f64, f64)]) -> Vec<Position> {
        let mut sources: Vec<Position> = places
            .iter()
            .map(|&(ra, dec)| Position {
                healpix: nested::hash(ORDER_OF_SOURCES, ra.to_radians(), dec.to_radians()),
                ra,
                dec,
                weight: 1,
            })
            .collect();
        sources.sort_by_key(|source| source.healpix);
        sources
    }

    fn place() -> impl Strategy<Value = (f64, f64)> {
        // a small field, so that there is something to cut
        (10.0..10.5f64, -1.0..1.0f64)
    }

    proptest! {
        #[test]
        fn each_source_is_in_the_one_cell_that_holds_it(places in prop::collection::vec(place(), 0..200), most in 1u64..50) {
            let sources = sources(&places);
            let partitions = partitions(&sources, most);
            let mut next = 0;
            for partition in &partitions {
                prop_assert_eq!(partition.sources.start, next);
                next = partition.sources.end;
                let full = partition.sources.len() as u64 > most;
                prop_assert!(!full || partition.order == HIGHEST_ORDER);
                for source in &sources[partition.sources.clone()] {
                    let cell = nested::hash(partition.order, source.ra.to_radians(), source.dec.to_radians());
                    prop_assert_eq!(cell, partition.pixel);
                }
            }
            prop_assert_eq!(next, sources.len());
        }

        #[test]
        fn a_neighbour_across_an_edge_is_in_the_margin(places in prop::collection::vec(place(), 2..60)) {
            const MARGIN: f64 = 300.0;
            let sources = sources(&places);
            let partitions = partitions(&sources, 3);
            let margins = margins(&sources, &partitions, MARGIN);
            for (partition, margin) in partitions.iter().zip(&margins) {
                prop_assert!(margin.windows(2).all(|pair| pair[0] < pair[1]));
                for (number, source) in sources.iter().enumerate() {
                    if partition.sources.contains(&number) {
                        prop_assert!(!margin.contains(&number));
                        continue;
                    }
                    let near = sources[partition.sources.clone()].iter().any(|inside| {
                        sky::separation(inside.ra, inside.dec, source.ra, source.dec) * 3600.0 < MARGIN
                    });
                    prop_assert!(!near || margin.contains(&number));
                }
            }
        }
    }

    #[test]
    fn the_whole_sky_may_be_few_cells() {
        let sources = sources(&[(0.5, 0.5), (90.5, 0.5), (180.0, -45.0)]);
        let partitions = partitions(&sources, 10);
        assert!(partitions.iter().all(|partition| partition.order == 0));
        assert_eq!(partitions.len(), 3);
        assert!(margins(&[], &[], 10.0).is_empty());
    }
}
