//! The typed condition: every column is known, every comparison fits.

use super::{Column, ColumnKind};

/// What must be true of a row. A comparison with a value that is missing is neither true nor false, and neither is its
/// opposite; `is null` asks for such rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// Two numbers, two texts, or (equal or not) two booleans.
    Compare {
        /// One side.
        left: Operand,
        /// How.
        comparison: Comparison,
        /// The other side.
        right: Operand,
    },
    /// A boolean column that is true.
    Flag(Column),
    /// One of these values, all of the kind of the operand.
    OneOf {
        /// What is compared.
        operand: Operand,
        /// Constants.
        values: Vec<Operand>,
    },
    /// A text column that looks like this.
    Like {
        /// The column.
        column: Column,
        /// What it is to look like.
        pattern: Pattern,
        /// `ilike`: letters from a to z count in either case.
        any_case: bool,
    },
    /// No value.
    Missing(Operand),
}

/// How two values compare: text by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=` or `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Something that has a value in each row.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// The value of a column.
    Column(Column),
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Finite.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// Of doubles; a division by zero has no value.
    Arithmetic {
        /// One side.
        left: Box<Operand>,
        /// What is done with them.
        operation: Arithmetic,
        /// The other side.
        right: Box<Operand>,
    },
    /// `-x`, a double.
    Negative(Box<Operand>),
    /// `abs(x)`, a double.
    Absolute(Box<Operand>),
}

/// What is calculated of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
}

/// What a text looks like: `%` in a condition is any text, `_` any one character, `\` takes the next as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

/// A part of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// `%`
    AnyText,
    /// `_`
    AnyCharacter,
    /// This one.
    Character(char),
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Pattern {
        let mut characters = text.chars();
        let mut pieces = Vec::new();
        while let Some(character) = characters.next() {
            pieces.push(match character {
                '%' => Piece::AnyText,
                '_' => Piece::AnyCharacter,
                '\\' => Piece::Character(characters.next().unwrap_or('\\')),
                other => Piece::Character(other),
            });
        }
        Pattern(pieces)
    }

    /// Its parts, from the left.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }
}

impl Operand {
    /// What its values are.
    pub fn kind(&self) -> ColumnKind {
        match self {
            Operand::Column(column) => column.kind,
            Operand::Text(_) => ColumnKind::Text,
            Operand::Integer(_) => ColumnKind::Integer,
            Operand::Boolean(_) => ColumnKind::Boolean,
            Operand::Number(_)
            | Operand::Arithmetic { .. }
            | Operand::Negative(_)
            | Operand::Absolute(_) => ColumnKind::Number,
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind(), ColumnKind::Integer | ColumnKind::Number)
    }

    pub(super) fn is_constant(&self) -> bool {
        let mut constant = true;
        self.visit(&mut |_| constant = false);
        constant
    }

    fn visit(&self, visitor: &mut impl FnMut(&Column)) {
        match self {
            Operand::Column(column) => visitor(column),
            Operand::Arithmetic { left, right, .. } => {
                left.visit(visitor);
                right.visit(visitor);
            }
            Operand::Negative(inner) | Operand::Absolute(inner) => inner.visit(visitor),
            Operand::Text(_) | Operand::Integer(_) | Operand::Number(_) | Operand::Boolean(_) => {}
        }
    }
}

impl Condition {
    /// The columns that it names, each once, in the order in which it does.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        self.visit(&mut |column: &Column| {
            if !columns.contains(column) {
                columns.push(*column);
            }
        });
        columns
    }

    fn visit(&self, visitor: &mut impl FnMut(&Column)) {
        match self {
            Condition::All(conditions) | Condition::Any(conditions) => {
                for condition in conditions {
                    condition.visit(visitor);
                }
            }
            Condition::Not(condition) => condition.visit(visitor),
            Condition::Compare { left, right, .. } => {
                left.visit(visitor);
                right.visit(visitor);
            }
            Condition::Flag(column) | Condition::Like { column, .. } => visitor(column),
            Condition::OneOf { operand, .. } | Condition::Missing(operand) => {
                operand.visit(visitor);
            }
        }
    }
}
