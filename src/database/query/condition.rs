//! A typed condition as SQL that means the same on both databases. Values are bound, never written out.
//!
//! What differs between the two and is evened out here: SQLite's LIKE takes letters in either case (GLOB does not);
//! PostgreSQL orders text by the language of the database; integers divide to integers; a division by zero is an
//! error there and NULL here. Calculations are therefore in doubles, and text is compared by its bytes.

use sea_orm::DbBackend;
use sea_orm::sea_query::extension::sqlite::SqliteBinOper;
use sea_orm::sea_query::{Alias, BinOper, Cond, Condition as Sql, Expr, ExprTrait, Func};

use crate::query::{
    Arithmetic, Column, ColumnKind, Comparison, Condition, Operand, Owner, Pattern, Piece,
};

/// How the statement calls the table itself, and the sources.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub backend: DbBackend,
    pub table: &'static str,
    pub sources: &'static str,
}

impl Names {
    pub(super) fn column(self, column: &Column) -> Expr {
        match (column.owner, column.name) {
            // they are the same, and sources are found by their name
            (_, "source_name") => Expr::col((self.sources, "name")),
            (Owner::Table, name) => Expr::col((self.table, name)),
            (Owner::Source, name) => Expr::col((self.sources, name)),
        }
    }

    /// A column to sort by.
    pub(super) fn ordered(self, column: &Column) -> Expr {
        let expression = self.column(column);
        match column.kind {
            ColumnKind::Text => self.by_bytes(expression),
            _ => expression,
        }
    }

    pub(super) fn condition(self, condition: &Condition) -> Sql {
        match condition {
            Condition::All(parts) => {
                let parts = parts.iter().map(|part| self.condition(part));
                parts.fold(Cond::all(), Cond::add)
            }
            Condition::Any(parts) => {
                let parts = parts.iter().map(|part| self.condition(part));
                parts.fold(Cond::any(), Cond::add)
            }
            Condition::Not(inner) => self.condition(inner).not(),
            other => Cond::all().add(self.single(other)),
        }
    }

    fn single(self, condition: &Condition) -> Expr {
        match condition {
            Condition::Compare {
                left,
                comparison,
                right,
            } => {
                let (left, right) = match (left.kind(), right.kind()) {
                    (ColumnKind::Text, _) if comparison.is_order() => (
                        self.by_bytes(self.plain(left)),
                        self.by_bytes(self.plain(right)),
                    ),
                    (ColumnKind::Text | ColumnKind::Boolean, _)
                    | (ColumnKind::Integer, ColumnKind::Integer) => {
                        (self.plain(left), self.plain(right))
                    }
                    _ => (self.double(left), self.double(right)),
                };
                left.binary(comparison.operator(), right)
            }
            Condition::Flag(column) => self.column(column).eq(true),
            Condition::OneOf { operand, values } => {
                let kinds = || values.iter().map(Operand::kind);
                let plain = match operand.kind() {
                    ColumnKind::Integer => kinds().all(|kind| kind == ColumnKind::Integer),
                    ColumnKind::Number => false,
                    _ => true,
                };
                let expression = |operand: &Operand| match plain {
                    true => self.plain(operand),
                    false => self.double(operand),
                };
                expression(operand).is_in(values.iter().map(expression))
            }
            Condition::Like {
                column,
                pattern,
                any_case,
            } => self.like(column, pattern, *any_case),
            Condition::Missing(operand) => match operand {
                Operand::Column(column) => self.column(column).is_null(),
                calculated => self.double(calculated).is_null(),
            },
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => {
                Expr::cust("TRUE") // not met: `condition` takes them apart
            }
        }
    }

    /// As the database keeps it.
    fn plain(self, operand: &Operand) -> Expr {
        match operand {
            Operand::Column(column) => self.column(column),
            Operand::Text(text) => Expr::val(text.as_str()),
            Operand::Integer(value) => Expr::val(*value),
            Operand::Boolean(value) => Expr::val(*value),
            calculated => self.double(calculated),
        }
    }

    /// As a double.
    fn double(self, operand: &Operand) -> Expr {
        match operand {
            Operand::Column(column) if column.kind == ColumnKind::Integer => {
                self.column(column).cast_as(Alias::new("double precision"))
            }
            Operand::Integer(value) => Expr::val(*value as f64),
            Operand::Number(value) => Expr::val(*value),
            Operand::Arithmetic {
                left,
                operation,
                right,
            } => {
                let (left, right) = (self.double(left), self.double(right));
                match operation {
                    Arithmetic::Plus => left.add(right),
                    Arithmetic::Minus => left.sub(right),
                    Arithmetic::Times => left.mul(right),
                    Arithmetic::Over => {
                        let right = Func::cust("NULLIF").args([right, Expr::val(0.0)]);
                        left.div(right)
                    }
                }
            }
            Operand::Negative(inner) => Expr::val(0.0).sub(self.double(inner)),
            Operand::Absolute(inner) => Func::abs(self.double(inner)).into(),
            plain => self.plain(plain),
        }
    }

    fn like(self, column: &Column, pattern: &Pattern, any_case: bool) -> Expr {
        let text = self.by_bytes(self.column(column));
        let text = match any_case {
            true => Func::lower(text).into(),
            false => text,
        };
        match self.backend {
            DbBackend::Sqlite => {
                text.binary(SqliteBinOper::Glob, Expr::val(glob(pattern, any_case)))
            }
            _ => text.binary(BinOper::Like, Expr::val(like(pattern, any_case))),
        }
    }

    /// Text in the order of its bytes, and only ASCII letters with two cases.
    fn by_bytes(self, text: Expr) -> Expr {
        match self.backend {
            DbBackend::Postgres => Expr::cust_with_expr("$1 COLLATE \"C\"", text),
            _ => text,
        }
    }
}

impl Comparison {
    fn operator(self) -> BinOper {
        match self {
            Comparison::Equal => BinOper::Equal,
            Comparison::NotEqual => BinOper::NotEqual,
            Comparison::Less => BinOper::SmallerThan,
            Comparison::LessOrEqual => BinOper::SmallerThanOrEqual,
            Comparison::Greater => BinOper::GreaterThan,
            Comparison::GreaterOrEqual => BinOper::GreaterThanOrEqual,
        }
    }

    fn is_order(self) -> bool {
        !matches!(self, Comparison::Equal | Comparison::NotEqual)
    }
}

/// The pattern of PostgreSQL's LIKE.
fn like(pattern: &Pattern, any_case: bool) -> String {
    spelt(pattern, any_case, ["%", "_"], |character, text| {
        if matches!(character, '%' | '_' | '\\') {
            text.push('\\');
        }
        text.push(character);
    })
}

/// The pattern of SQLite's GLOB.
fn glob(pattern: &Pattern, any_case: bool) -> String {
    spelt(pattern, any_case, ["*", "?"], |character, text| {
        if matches!(character, '*' | '?' | '[') {
            text.extend(['[', character, ']']);
        } else {
            text.push(character);
        }
    })
}

fn spelt(
    pattern: &Pattern,
    any_case: bool,
    [any_text, any_character]: [&str; 2],
    literal: impl Fn(char, &mut String),
) -> String {
    let mut text = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::AnyText => text.push_str(any_text),
            Piece::AnyCharacter => text.push_str(any_character),
            Piece::Character(character) if any_case => {
                literal(character.to_ascii_lowercase(), &mut text);
            }
            Piece::Character(character) => literal(*character, &mut text),
        }
    }
    text
}
