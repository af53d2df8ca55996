//! What a cell of a binary table holds: TFORM (FITS standard 4.0, section 7.3.1, table 18).

/// Repeat count and type letter of a column, such as `D`, `1K`, `19A`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    pub repeat: usize,
    pub letter: char,
}

impl Form {
    /// Reads a TFORM; none if it is none. What follows the letter (`PE(100)`) is not looked at.
    ///
    /// ```
    /// use retriever::fits::Form;
    /// assert_eq!(Form::parse("19A"), Some(Form { repeat: 19, letter: 'A' }));
    /// assert_eq!(Form::parse("E").and_then(Form::bytes), Some(4));
    /// assert_eq!(Form::parse("7"), None);
    /// ```
    pub fn parse(form: &str) -> Option<Form> {
        let form = form.trim();
        let at = form.find(|c: char| !c.is_ascii_digit())?;
        let repeat = if at == 0 { 1 } else { form[..at].parse().ok()? };
        Some(Form {
            repeat,
            letter: form[at..].chars().next()?,
        })
    }

    /// Bytes of a cell; none for a letter that FITS does not have.
    pub fn bytes(self) -> Option<usize> {
        let each = match self.letter {
            'L' | 'B' | 'A' => 1,
            'I' => 2,
            'J' | 'E' => 4,
            'K' | 'D' | 'C' | 'P' => 8,
            'M' | 'Q' => 16,
            'X' => return Some(self.repeat.div_ceil(8)),
            _ => return None,
        };
        self.repeat.checked_mul(each)
    }
}
