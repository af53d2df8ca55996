//! From a syntax tree to a typed condition. What is not named here is refused.

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, InTarget,
    ObjectNamePart, UnaryOperator, Value,
};

use super::parse::Source;
use super::{
    Arithmetic, Column, ColumnKind, Columns, Comparison, Condition, Operand, Pattern, QueryError,
};

pub(super) fn condition(
    tree: &Expr,
    source: &Source<'_>,
    columns: &Columns,
) -> Result<Condition, QueryError> {
    Converter { source, columns }.condition(tree)
}

struct Converter<'a> {
    source: &'a Source<'a>,
    columns: &'a Columns,
}

impl Converter<'_> {
    fn condition(&self, tree: &Expr) -> Result<Condition, QueryError> {
        match tree {
            Expr::Nested(inner) => self.condition(inner),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => Ok(not(self.condition(expr)?)),
            Expr::BinaryOp {
                op: op @ (BinaryOperator::And | BinaryOperator::Or),
                ..
            } => {
                let parts: Result<Vec<Condition>, QueryError> = chain(tree, op)
                    .into_iter()
                    .map(|part| self.condition(part))
                    .collect();
                Ok(match op {
                    BinaryOperator::And => Condition::All(parts?),
                    _ => Condition::Any(parts?),
                })
            }
            Expr::BinaryOp { left, op, right } => match comparison(op) {
                Some(comparison) => self.compare(left, comparison, right),
                None => Err(self.not_a_condition(tree)),
            },
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let between = Condition::All(vec![
                    self.compare(expr, Comparison::GreaterOrEqual, low)?,
                    self.compare(expr, Comparison::LessOrEqual, high)?,
                ]);
                Ok(negate(*negated, between))
            }
            Expr::In {
                expr,
                target: InTarget::List(list),
                negated,
                global: false,
            } => Ok(negate(*negated, self.one_of(expr, list)?)),
            Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => Ok(negate(*negated, self.like(expr, pattern, false)?)),
            Expr::ILike {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => Ok(negate(*negated, self.like(expr, pattern, true)?)),
            Expr::IsNull(inner) => self.missing(inner),
            Expr::IsNotNull(inner) => Ok(not(self.missing(inner)?)),
            Expr::Identifier(_) => match self.operand(tree)? {
                Operand::Column(column) if column.kind == ColumnKind::Boolean => {
                    Ok(Condition::Flag(column))
                }
                _ => Err(self.not_a_condition(tree)),
            },
            Expr::Value(_) | Expr::Function(_) | Expr::UnaryOp { .. } => {
                self.operand(tree)?;
                Err(self.not_a_condition(tree))
            }
            other => Err(self.unsupported(other)),
        }
    }

    fn compare(
        &self,
        left: &Expr,
        comparison: Comparison,
        right: &Expr,
    ) -> Result<Condition, QueryError> {
        let position = self.source.position(right);
        let tree = left;
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        if left.is_constant() && right.is_constant() {
            return Err(QueryError::Types {
                position: self.source.position(tree),
                words: "neither side is a column".to_owned(),
                advice: "names of columns stand without quotes".to_owned(),
            });
        }
        self.check_same(&left, &right, position)?;
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if ordered && left.kind() == ColumnKind::Boolean {
            return Err(QueryError::Types {
                position,
                words: "true and false have no order".to_owned(),
                advice: "use = or !=".to_owned(),
            });
        }
        Ok(Condition::Compare {
            left,
            comparison,
            right,
        })
    }

    fn one_of(&self, tree: &Expr, list: &[Expr]) -> Result<Condition, QueryError> {
        let operand = self.operand(tree)?;
        let mut values = Vec::with_capacity(list.len());
        for value in list {
            let position = self.source.position(value);
            let value = self.operand(value)?;
            if !value.is_constant() {
                return Err(QueryError::Unsupported {
                    position,
                    what: "a list with something else than values".to_owned(),
                });
            }
            self.check_same(&operand, &value, position)?;
            values.push(value);
        }
        if operand.is_constant() {
            return Err(self.not_a_condition(tree));
        }
        Ok(Condition::OneOf { operand, values })
    }

    fn like(&self, tree: &Expr, pattern: &Expr, any_case: bool) -> Result<Condition, QueryError> {
        let position = self.source.position(pattern);
        let (column, pattern) = (self.operand(tree)?, self.operand(pattern)?);
        match (column, pattern) {
            (Operand::Column(column), Operand::Text(pattern))
                if column.kind == ColumnKind::Text =>
            {
                Ok(Condition::Like {
                    column,
                    pattern: Pattern::parse(&pattern),
                    any_case,
                })
            }
            _ => Err(QueryError::Types {
                position,
                words: "`like` is for a text column and a pattern".to_owned(),
                advice: "write for example source_name like 'J12%'".to_owned(),
            }),
        }
    }

    fn missing(&self, tree: &Expr) -> Result<Condition, QueryError> {
        let operand = self.operand(tree)?;
        if operand.is_constant() {
            return Err(self.not_a_condition(tree));
        }
        Ok(Condition::Missing(operand))
    }

    fn operand(&self, tree: &Expr) -> Result<Operand, QueryError> {
        match tree {
            Expr::Nested(inner) => self.operand(inner),
            Expr::Identifier(name) => self.column(&name.value, self.source.position(tree)),
            Expr::Value(value) => self.value(&value.value, tree),
            Expr::UnaryOp {
                op: UnaryOperator::Plus,
                expr,
            } => self.number(expr),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => Ok(match self.number(expr)? {
                Operand::Integer(value) => Operand::Integer(-value),
                Operand::Number(value) => Operand::Number(-value),
                other => Operand::Negative(Box::new(other)),
            }),
            Expr::BinaryOp { left, op, right } => match arithmetic(op) {
                Some(operation) => Ok(Operand::Arithmetic {
                    left: Box::new(self.number(left)?),
                    operation,
                    right: Box::new(self.number(right)?),
                }),
                None => Err(self.unsupported(tree)),
            },
            Expr::Function(function) => match absolute(function) {
                Some(inner) => Ok(Operand::Absolute(Box::new(self.number(inner)?))),
                None => Err(self.unsupported(tree)),
            },
            other => Err(self.unsupported(other)),
        }
    }

    fn column(&self, name: &str, position: usize) -> Result<Operand, QueryError> {
        let Some(&column) = self.columns.find(name) else {
            return Err(QueryError::unknown_column(position, name, self.columns));
        };
        match column.kind {
            ColumnKind::Json => Err(unreadable(column, position)),
            _ => Ok(Operand::Column(column)),
        }
    }

    fn value(&self, value: &Value, tree: &Expr) -> Result<Operand, QueryError> {
        match value {
            Value::Boolean(value) => Ok(Operand::Boolean(*value)),
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                match text.contains('\0') {
                    false => Ok(Operand::Text(text.clone())),
                    true => Err(QueryError::Unsupported {
                        position: self.source.position(tree),
                        what: "text with a NUL character".to_owned(),
                    }),
                }
            }
            Value::Number(digits, false) => number(digits).ok_or_else(|| QueryError::Syntax {
                position: self.source.position(tree),
                words: format!("{digits:?} is no number that can be compared"),
            }),
            Value::Null => Err(QueryError::Types {
                position: self.source.position(tree),
                words: "nothing equals null".to_owned(),
                advice: "write `is null` or `is not null`".to_owned(),
            }),
            _ => Err(self.unsupported(tree)),
        }
    }

    /// An operand that is a number.
    fn number(&self, tree: &Expr) -> Result<Operand, QueryError> {
        let operand = self.operand(tree)?;
        if operand.is_number() {
            return Ok(operand);
        }
        Err(QueryError::Types {
            position: self.source.position(tree),
            words: format!(
                "{} is {}, not a number",
                said(&operand),
                operand.kind().words()
            ),
            advice: "only numbers can be added, multiplied or negated".to_owned(),
        })
    }

    fn check_same(
        &self,
        left: &Operand,
        right: &Operand,
        position: usize,
    ) -> Result<(), QueryError> {
        if left.kind() == right.kind() || (left.is_number() && right.is_number()) {
            return Ok(());
        }
        let advice = match (left, right) {
            (Operand::Column(column), Operand::Text(text)) if left.is_number() => {
                match number(text).is_some() || self.is_number_column(text) {
                    true => format!("write {text} without quotes"),
                    false => {
                        format!("{0} is compared with a number, as in {0} > 8", column.name)
                    }
                }
            }
            (Operand::Column(column), value) if column.kind == ColumnKind::Text => {
                format!(
                    "write what {} is compared with in quotes: '{}'",
                    column.name,
                    bare(value)
                )
            }
            (Operand::Column(column), _) if column.kind == ColumnKind::Boolean => {
                format!("write {0} or not {0}", column.name)
            }
            _ => "both sides have to be of one kind".to_owned(),
        };
        Err(QueryError::Types {
            position,
            words: format!(
                "{} is {}, {} is {}",
                said(left),
                left.kind().words(),
                said(right),
                right.kind().words()
            ),
            advice,
        })
    }

    fn is_number_column(&self, name: &str) -> bool {
        let column = self.columns.find(name);
        column.is_some_and(|&column| Operand::Column(column).is_number())
    }

    fn not_a_condition(&self, tree: &Expr) -> QueryError {
        QueryError::Syntax {
            position: self.source.position(tree),
            words: format!("{:?} by itself is neither true nor false", shortened(tree)),
        }
    }

    fn unsupported(&self, tree: &Expr) -> QueryError {
        QueryError::Unsupported {
            position: self.source.position(tree),
            what: format!("{:?}", shortened(tree)),
        }
    }
}

/// The parts of a chain of one operator, from the left.
fn chain<'a>(tree: &'a Expr, wanted: &BinaryOperator) -> Vec<&'a Expr> {
    let mut parts = Vec::new();
    let mut rest = tree;
    while let Expr::BinaryOp { left, op, right } = rest
        && op == wanted
    {
        parts.push(&**right);
        rest = left;
    }
    parts.push(rest);
    parts.reverse();
    parts
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

fn negate(negated: bool, condition: Condition) -> Condition {
    if negated { not(condition) } else { condition }
}

fn comparison(operator: &BinaryOperator) -> Option<Comparison> {
    Some(match operator {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn arithmetic(operator: &BinaryOperator) -> Option<Arithmetic> {
    Some(match operator {
        BinaryOperator::Plus => Arithmetic::Plus,
        BinaryOperator::Minus => Arithmetic::Minus,
        BinaryOperator::Multiply => Arithmetic::Times,
        BinaryOperator::Divide => Arithmetic::Over,
        _ => return None,
    })
}

/// What stands in `abs(...)`.
fn absolute(function: &Function) -> Option<&Expr> {
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else {
        return None;
    };
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let plain = name.value.eq_ignore_ascii_case("abs")
        && matches!(function.parameters, FunctionArguments::None)
        && function.within_group.is_empty()
        && function.filter.is_none()
        && function.null_treatment.is_none()
        && function.over.is_none()
        && list.duplicate_treatment.is_none()
        && list.clauses.is_empty();
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(inner))] if plain => Some(inner),
        _ => None,
    }
}

/// An integer where it is one that a double holds too or that fits 64 bits, else a finite double.
fn number(digits: &str) -> Option<Operand> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if let Ok(integer) = digits.parse() {
        return Some(Operand::Integer(integer));
    }
    let number: f64 = digits.parse().ok()?;
    if !number.is_finite() {
        None
    } else if number.fract() == 0.0 && number.abs() <= EXACT {
        Some(Operand::Integer(number as i64))
    } else {
        Some(Operand::Number(number))
    }
}

fn unreadable(column: Column, position: usize) -> QueryError {
    QueryError::Types {
        position,
        words: format!(
            "{} holds JSON, which a condition cannot look into",
            column.name
        ),
        advice: "list with --jsonl and choose with a program such as jq".to_owned(),
    }
}

/// An operand as an error names it.
fn said(operand: &Operand) -> String {
    match operand {
        Operand::Column(column) => column.name.to_owned(),
        Operand::Text(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        Operand::Arithmetic { .. } | Operand::Negative(_) | Operand::Absolute(_) => {
            "what is calculated".to_owned()
        }
        value => bare(value),
    }
}

fn bare(value: &Operand) -> String {
    match value {
        Operand::Integer(value) => value.to_string(),
        Operand::Number(value) => value.to_string(),
        Operand::Boolean(value) => value.to_string(),
        _ => "...".to_owned(),
    }
}

/// What was written, in the parser's spelling.
fn shortened(tree: &Expr) -> String {
    const LONGEST: usize = 60;
    let text = tree.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
