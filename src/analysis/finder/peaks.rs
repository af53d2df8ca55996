//! Stretches of epochs that stand out on one side.

/// What to look for in scores.
pub(super) struct Search {
    /// The largest score of a stretch is beyond this, strictly.
    pub(super) threshold: f64,
    /// All its scores are beyond this, strictly.
    pub(super) sideband: f64,
    /// Negative scores count as well.
    pub(super) both_sides: bool,
    /// Of more stretches the strongest are kept.
    pub(super) most: usize,
}

/// The peak (the first, of equals) and the epochs of each stretch, by time.
///
/// Epochs that are not usable, or have no score, are passed over. Stretches that are not accepted do not count
/// towards the most that are kept.
pub(super) fn peaks(
    scores: &[f64],
    usable: impl Fn(usize) -> bool,
    accept: impl Fn(&[usize]) -> bool,
    search: &Search,
) -> Vec<(usize, Vec<usize>)> {
    let mut found = Vec::new();
    let mut members: Vec<usize> = Vec::new();
    let mut positive = true;
    let mut close = |members: &mut Vec<usize>| {
        let peak = members.iter().copied().reduce(|peak, epoch| {
            if scores[epoch].abs() > scores[peak].abs() {
                epoch
            } else {
                peak
            }
        });
        if let Some(peak) = peak
            && scores[peak].abs() > search.threshold
            && accept(members)
        {
            found.push((peak, members.clone()));
        }
        members.clear();
    };
    for (epoch, &score) in scores.iter().enumerate() {
        if score.is_nan() || !usable(epoch) {
            continue;
        }
        let beyond = score > search.sideband || (search.both_sides && score < -search.sideband);
        if !members.is_empty() && (!beyond || positive != (score > 0.0)) {
            close(&mut members);
        }
        if beyond {
            positive = score > 0.0;
            members.push(epoch);
        }
    }
    close(&mut members);
    if found.len() > search.most {
        found
            .sort_by(|(a, _), (b, _)| scores[*b].abs().total_cmp(&scores[*a].abs()).then(a.cmp(b)));
        found.truncate(search.most);
        found.sort_by_key(|(peak, _)| *peak);
    }
    found
}
