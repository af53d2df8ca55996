//! Many short texts in one buffer, and an index over them that copies none.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Texts in one buffer: 8 bytes a text beside its own letters, instead of an allocation each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    letters: String,
    ends: Vec<usize>,
}

impl Strings {
    pub(crate) fn push(&mut self, text: &str) {
        self.letters.push_str(text);
        self.ends.push(self.letters.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a row.
    ///
    /// # Panics
    /// If there is no such row, as a slice does.
    pub(crate) fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.letters[start..self.ends[row]]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl<T: AsRef<str>> FromIterator<T> for Strings {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Strings {
        let mut strings = Strings::default();
        for text in texts {
            strings.push(text.as_ref());
        }
        strings
    }
}

/// Different names in order, found by row and by text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    strings: Strings,
    rows: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Names {
    /// Adds a name; the row that has it already, if one does.
    pub(crate) fn push(&mut self, name: &str) -> Result<(), usize> {
        if let Some(row) = self.row_of(name) {
            return Err(row);
        }
        let row = u32::try_from(self.strings.len()).expect("loading refuses 2^32 rows");
        let (strings, hasher) = (&mut self.strings, &self.hasher);
        strings.push(name);
        self.rows.insert_unique(hasher.hash_one(name), row, |&row| {
            hasher.hash_one(strings.get(row as usize))
        });
        Ok(())
    }

    pub(crate) fn row_of(&self, name: &str) -> Option<usize> {
        self.rows
            .find(self.hasher.hash_one(name), |&row| {
                self.strings.get(row as usize) == name
            })
            .map(|&row| row as usize)
    }

    pub(crate) fn strings(&self) -> &Strings {
        &self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_text_and_a_second_one_is_refused() {
        let mut names = Names::default();
        for number in 0..5_000 {
            assert_eq!(names.push(&format!("star {number}")), Ok(()));
        }
        assert_eq!(names.push("star 17"), Err(17));
        assert_eq!(names.strings().len(), 5_000);
        assert_eq!(names.row_of("star 4999"), Some(4_999));
        assert_eq!(names.row_of("star 5000"), None);
        assert_eq!(names.strings().get(0), "star 0");
    }
}
