//! Fewer points that look the same: the extremes of each column of a picture, and one point for each place that has any.

/// Which of the points to draw, rising. `x` and `y` are places in the picture, in units in which no two points can be
/// told apart: from 0, below `columns` and `rows`; what is outside is taken to the edge, what is not finite left out. Of
/// each column the points with the smallest and the largest `y` are always there, of several in one place the first.
pub(super) fn thinned(x: &[f64], y: &[f64], columns: usize, rows: usize) -> Vec<usize> {
    if columns == 0 || rows == 0 {
        return Vec::new();
    }
    let mut extremes: Vec<Option<(usize, usize)>> = vec![None; columns];
    let mut taken = vec![false; columns * rows];
    let mut kept = Vec::new();
    for point in 0..x.len() {
        if !(x[point].is_finite() && y[point].is_finite()) {
            continue;
        }
        // below 0 is cut to 0
        let (column, row) = (x[point] as usize, y[point] as usize);
        let (column, row) = (column.min(columns - 1), row.min(rows - 1));
        let place = &mut taken[column * rows + row];
        if !*place {
            *place = true;
            kept.push(point);
        }
        extremes[column] = Some(match extremes[column] {
            None => (point, point),
            Some((low, high)) => (
                if y[point] < y[low] { point } else { low },
                if y[point] > y[high] { point } else { high },
            ),
        });
    }
    let ends = extremes.into_iter().flatten();
    kept.extend(ends.flat_map(|(low, high)| [low, high]));
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_million_points_become_no_more_than_there_are_places() {
        let x: Vec<f64> = (0..1_000_000)
            .map(|point| f64::from(point) * 4e-4)
            .collect();
        let y: Vec<f64> = (0..1_000_000)
            .map(|point| 20.0 + 10.0 * (f64::from(point) * 0.7).sin())
            .collect();
        let kept = thinned(&x, &y, 400, 200);
        assert!(kept.len() <= 400 * (22 + 2), "{}", kept.len());
    }

    proptest! {
        #[test]
        fn thinning_keeps_the_extremes_of_every_column(
            points in prop::collection::vec((0.0..50.0f64, 0.0..60.0f64), 0..400)
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
            let kept = thinned(&x, &y, 50, 60);
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            for column in 0..50 {
                let of = |points: &mut dyn Iterator<Item = usize>| {
                    points
                        .filter(|&point| x[point] as usize == column)
                        .map(|point| y[point])
                        .fold(None, |ends: Option<(f64, f64)>, y| {
                            Some(ends.map_or((y, y), |(low, high)| (low.min(y), high.max(y))))
                        })
                };
                prop_assert_eq!(of(&mut kept.iter().copied()), of(&mut (0..x.len())));
            }
            // and every place that has a point still has one
            let places = |points: &mut dyn Iterator<Item = usize>| {
                points
                    .map(|point| (x[point] as usize, y[point] as usize))
                    .collect::<std::collections::BTreeSet<_>>()
            };
            prop_assert_eq!(places(&mut kept.iter().copied()), places(&mut (0..x.len())));
        }
    }
}
