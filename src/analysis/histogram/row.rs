//! The counts of one score in one cell of the common axes.

/// Counts over a stretch of the lattice: as long as what was seen, so that a cell with few epochs costs little.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Place on the lattice of the first count.
    first: i32,
    counts: Vec<u64>,
}

impl Row {
    pub fn new(first: i32, counts: Vec<u64>) -> Row {
        Row { first, counts }
    }

    /// One more at each of these places.
    pub fn count_all(&mut self, places: &[i32]) {
        let Some(&one) = places.first() else {
            return;
        };
        let ends = (one, one);
        let (low, high) = (places.iter()).fold(ends, |(low, high), &p| (low.min(p), high.max(p)));
        self.reach(low, high);
        for place in places {
            self.counts[(place - self.first) as usize] += 1;
        }
    }

    /// Makes room from `low` to `high`, inclusive.
    fn reach(&mut self, low: i32, high: i32) {
        if self.counts.is_empty() {
            self.first = low;
        }
        if low < self.first {
            let more = (self.first - low) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = low;
        }
        let length = (high - self.first) as usize + 1;
        if length > self.counts.len() {
            self.counts.resize(length, 0);
        }
    }

    /// Adds another row. A sum that would not fit stays at the largest number.
    pub fn add(&mut self, other: &Row) {
        let Some(last) = other.counts.len().checked_sub(1) else {
            return;
        };
        self.reach(other.first, other.first + last as i32);
        let from = (other.first - self.first) as usize;
        for (count, more) in self.counts[from..].iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
    }

    /// Takes another row out of this one; none, and nothing is changed, if it does not hold it.
    pub fn take(&mut self, other: &Row) -> Option<()> {
        let Some((first, taken)) = other.trimmed() else {
            return Some(());
        };
        let from = usize::try_from(i64::from(first) - i64::from(self.first)).ok()?;
        let counts = self.counts.get_mut(from..from.checked_add(taken.len())?)?;
        if counts.iter().zip(taken).any(|(count, less)| count < less) {
            return None;
        }
        for (count, less) in counts.iter_mut().zip(taken) {
            *count -= less;
        }
        Some(())
    }

    pub fn total(&self) -> u64 {
        self.counts
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The counts from the first to the last that is not zero, and the place of the first; none if all are.
    pub fn trimmed(&self) -> Option<(i32, &[u64])> {
        let begin = self.counts.iter().position(|&count| count > 0)?;
        let end = self.counts.iter().rposition(|&count| count > 0)? + 1;
        Some((self.first + begin as i32, &self.counts[begin..end]))
    }

    pub fn bytes(&self) -> usize {
        self.counts.capacity() * size_of::<u64>()
    }
}
