//! What a run works on: rows of the catalog, and objects that the catalog does not have.

use std::sync::Arc;

use crate::catalog::{Catalog, Target};

/// Targets by number: those of the catalog by their rows, further ones behind its last row.
#[derive(Debug, Clone)]
pub(super) struct Targets {
    catalog: Arc<Catalog>,
    /// Objects that stand in for rows, or behind the last one; their `index` is their number.
    further: Vec<Target>,
    /// The numbers of a run, in its order.
    selected: Vec<usize>,
}

impl Targets {
    /// These rows of the catalog.
    pub(super) fn rows(catalog: Arc<Catalog>, rows: Vec<usize>) -> Targets {
        Targets {
            catalog,
            further: Vec::new(),
            selected: rows,
        }
    }

    /// These objects, once each: an `index` within the catalog is kept, others are put behind its last row.
    pub(super) fn objects(catalog: Arc<Catalog>, objects: Vec<Target>) -> Targets {
        let mut targets = Targets::rows(catalog, Vec::new());
        for mut object in objects {
            if object.index >= targets.catalog.len() {
                object.index = targets.catalog.len() + targets.further.len();
            }
            if targets
                .further
                .iter()
                .all(|known| known.name != object.name)
            {
                targets.selected.push(object.index);
                targets.further.push(object);
            }
        }
        targets
    }

    /// The numbers of all of them.
    pub(super) fn selected(&self) -> &[usize] {
        &self.selected
    }

    /// Whether it is the whole catalog.
    pub(super) fn is_everything(&self) -> bool {
        self.further.is_empty() && self.selected.len() == self.catalog.len()
    }

    pub(super) fn target(&self, number: usize) -> Option<Target> {
        self.among_further(number)
            .cloned()
            .or_else(|| self.catalog.target(number))
    }

    pub(super) fn name(&self, number: usize) -> Option<&str> {
        self.among_further(number)
            .map(|target| target.name.as_str())
            .or_else(|| self.catalog.name(number))
    }

    fn among_further(&self, number: usize) -> Option<&Target> {
        self.further.iter().find(|target| target.index == number)
    }
}
