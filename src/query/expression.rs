//! The typed condition: every column is known, every comparison fits.

use super::{Column, ColumnKind};

/// What must be true of a row. A comparison with a value that is missing is neither true nor false, and neither is its
/// opposite; `is null` asks for such rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// Two numbers, two texts, or (equal or not) two booleans.
    Compare {
        left: Operand,
        comparison: Comparison,
        right: Operand,
    },
    /// A boolean column that is true.
    Flag(Column),
    /// One of these values, all of the kind of the operand.
    OneOf {
        operand: Operand,
        values: Vec<Operand>,
    },
    /// A text column that looks like this.
    Like {
        column: Column,
        pattern: Pattern,
        /// `ilike`: letters from a to z count in either case.
        any_case: bool,
    },
    Missing(Operand),
}

/// How two values compare: text by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Something that has a value in each row.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Column(Column),
    Text(String),
    Integer(i64),
    /// Finite.
    Number(f64),
    Boolean(bool),
    /// Of doubles; a division by zero has no value.
    Arithmetic {
        left: Box<Operand>,
        operation: Arithmetic,
        right: Box<Operand>,
    },
    Negative(Box<Operand>),
    Absolute(Box<Operand>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Plus,
    Minus,
    Times,
    Over,
}

/// What a text looks like: `%` in a condition is any text, `_` any one character, `\` takes the next as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

/// A part of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    AnyText,
    AnyCharacter,
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
