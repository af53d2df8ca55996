//! The sources that are shown with their lightcurves: those with the most significant detections.

use futures::TryStreamExt;

use crate::project::{Project, ProjectError, Table};

/// Sources that are shown unless somebody says how many.
const USUAL: usize = 1_000;

/// The names of the best sources, best first.
#[derive(Debug, Default)]
pub(super) struct BestSources {
    pub names: Vec<String>,
    /// Sources with a detection.
    pub all: usize,
}

impl Project {
    /// The sources whose detections in lightcurves as they were observed have the highest |S/N|, at most so many. Those of
    /// equal S/N in the order of the catalog.
    pub(super) async fn best_sources(
        &self,
        most: Option<usize>,
    ) -> Result<BestSources, ProjectError> {
        let mut best = Best::of(most.unwrap_or(USUAL));
        let mut rows = self.list(Table::Detections).await?;
        while let Some(row) = rows.try_next().await? {
            let simulated = row.get("simulated").and_then(|flag| flag.as_bool());
            let name = row.get("source_name").and_then(|name| name.as_str());
            if let (Some(name), Some(false)) = (name, simulated) {
                let snr = row.get("snr").and_then(|snr| snr.as_f64());
                best.meet(name, snr.map_or(0.0, f64::abs));
            }
        }
        Ok(best.finish())
    }
}

impl BestSources {
    /// What is to be said of sources that are not among them.
    pub(super) fn left_out(&self) -> Vec<String> {
        let left_out = self.all - self.names.len();
        if left_out == 0 {
            return Vec::new();
        }
        vec![format!(
            "Of {} sources with detections the {} with the highest S/N have pictures of their lightcurves; --max-lightcurves sets \
             their number, `retriever plot` shows any source.",
            self.all,
            self.names.len()
        )]
    }
}

/// Holds the best so far, and twice as many at most.
struct Best {
    most: usize,
    /// S/N and place in the list, with the name.
    kept: Vec<(f64, usize, String)>,
    all: usize,
    /// The source whose detections come one after the other.
    current: Option<(f64, String)>,
}

impl Best {
    fn of(most: usize) -> Best {
        Best {
            most,
            kept: Vec::new(),
            all: 0,
            current: None,
        }
    }

    fn meet(&mut self, name: &str, snr: f64) {
        match &mut self.current {
            Some((best, current)) if current == name => *best = best.max(snr),
            _ => {
                self.close();
                self.current = Some((snr, name.to_owned()));
            }
        }
    }

    fn close(&mut self) {
        if let Some((snr, name)) = self.current.take() {
            self.kept.push((snr, self.all, name));
            self.all += 1;
            if self.kept.len() > 2 * self.most {
                self.cut();
            }
        }
    }

    fn cut(&mut self) {
        self.kept
            .sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        self.kept.truncate(self.most);
    }

    fn finish(mut self) -> BestSources {
        self.close();
        self.cut();
        BestSources {
            names: self.kept.into_iter().map(|(_, _, name)| name).collect(),
            all: self.all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_detection_of_a_source_counts() {
        let mut best = Best::of(2);
        for (name, snr) in [
            ("a", 5.0),
            ("a", 9.0),
            ("b", 6.0),
            ("c", 7.0),
            ("d", 5.5),
            ("e", 7.0),
        ] {
            best.meet(name, snr);
        }
        let best = best.finish();
        assert_eq!(
            (best.names, best.all),
            (vec!["a".to_owned(), "c".to_owned()], 5)
        );
    }

    #[test]
    fn none_are_wanted_and_none_are_there() {
        let mut best = Best::of(0);
        best.meet("a", 5.0);
        let best = best.finish();
        assert_eq!((best.names.len(), best.all), (0, 1));
        assert!(Best::of(5).finish().left_out().is_empty());
    }
}
