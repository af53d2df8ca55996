//! Just enough ADQL: `SELECT [TOP n] columns FROM table [WHERE … AND …] [ORDER BY …]`, and a cone.
//!
//! Quoted identifiers are case-sensitive and others are not; one that is not quoted and fits several columns
//! is ambiguous.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::tokens::{Token, tokens};

/// A name as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

impl Name {
    pub(crate) fn fits(&self, other: &str) -> bool {
        match self.quoted {
            true => self.text == other,
            false => self.text.eq_ignore_ascii_case(other),
        }
    }
}

/// What is selected.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    All,
    Count(Option<String>),
    Column(Name, Option<String>),
}

/// A number or a text in a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// Kept as it was written: an integer of 19 digits is no double.
    Number(String),
    Text(String),
}

/// One condition; all must hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Compare(Name, String, Literal),
    Between(Name, Literal, Literal),
    OneOf(Name, Vec<Literal>),
    IsNull(Name, bool),
    /// Longitude and latitude columns; centre and radius (degrees).
    Cone(Name, Name, [f64; 3]),
}

/// A query that was understood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Select {
    pub(crate) top: Option<usize>,
    pub(crate) items: Vec<Item>,
    /// The table's name, schema and all.
    pub(crate) table: Vec<Name>,
    pub(crate) conditions: Vec<Condition>,
    /// Columns to sort by; true where the largest comes first.
    pub(crate) order: Vec<(Name, bool)>,
}

/// Reads a query; the error is in words as a service's.
pub(crate) fn parse(query: &str) -> Result<Select, String> {
    let mut parser = Parser {
        tokens: tokens(query)?.into_iter().peekable(),
    };
    parser.keyword("SELECT")?;
    let top = match parser.take_keyword("TOP") {
        true => Some(parser.integer()?),
        false => None,
    };
    let items = parser.items()?;
    parser.keyword("FROM")?;
    let table = parser.path()?;
    parser.alias()?;
    let mut conditions = Vec::new();
    if parser.take_keyword("WHERE") {
        conditions.push(parser.condition()?);
        while parser.take_keyword("AND") {
            conditions.push(parser.condition()?);
        }
    }
    let mut order = Vec::new();
    if parser.take_keyword("ORDER") {
        parser.keyword("BY")?;
        order = parser.order()?;
    }
    parser.take(";");
    match parser.tokens.next() {
        None => Ok(Select {
            top,
            items,
            table,
            conditions,
            order,
        }),
        Some(token) => Err(encountered(&token)),
    }
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
}

fn encountered(token: &Token) -> String {
    format!(
        " Encountered \"{}\". Was expecting something else.",
        token.text()
    )
}

impl Parser {
    fn next(&mut self) -> Result<Token, String> {
        let end = || " Encountered \"<EOF>\". Was expecting something else.".to_owned();
        self.tokens.next().ok_or_else(end)
    }

    fn is_keyword(&mut self, word: &str) -> bool {
        matches!(self.tokens.peek(), Some(Token::Word(text)) if text.eq_ignore_ascii_case(word))
    }

    fn take_keyword(&mut self, word: &str) -> bool {
        let found = self.is_keyword(word);
        if found {
            self.tokens.next();
        }
        found
    }

    fn keyword(&mut self, word: &str) -> Result<(), String> {
        match self.take_keyword(word) {
            true => Ok(()),
            false => Err(encountered(&self.next()?)),
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.peek(), Some(Token::Sign(text)) if text == sign);
        if found {
            self.tokens.next();
        }
        found
    }

    fn sign(&mut self, sign: &str) -> Result<(), String> {
        match self.take(sign) {
            true => Ok(()),
            false => Err(encountered(&self.next()?)),
        }
    }

    fn name(&mut self) -> Result<Name, String> {
        match self.next()? {
            Token::Word(text) => Ok(Name {
                text,
                quoted: false,
            }),
            Token::Quoted(text) => Ok(Name { text, quoted: true }),
            other => Err(encountered(&other)),
        }
    }

    /// Names with dots between.
    fn path(&mut self) -> Result<Vec<Name>, String> {
        let mut path = vec![self.name()?];
        while self.take(".") {
            path.push(self.name()?);
        }
        Ok(path)
    }

    /// A column; its table, if it is named, is the only one there is.
    fn column(&mut self) -> Result<Name, String> {
        let mut path = self.path()?;
        path.pop().ok_or_else(|| "no column".into())
    }

    /// `AS name`, or a name alone.
    fn alias(&mut self) -> Result<Option<String>, String> {
        const NEXT: [&str; 4] = ["FROM", "WHERE", "ORDER", "AND"];
        let named = self.take_keyword("AS")
            || match self.tokens.peek() {
                Some(Token::Word(word)) => !NEXT.iter().any(|k| word.eq_ignore_ascii_case(k)),
                Some(Token::Quoted(_)) => true,
                _ => false,
            };
        named.then(|| Ok(self.name()?.text)).transpose()
    }

    fn integer(&mut self) -> Result<usize, String> {
        match self.next()? {
            Token::Number(text) => text.parse().map_err(|_| encountered(&Token::Number(text))),
            other => Err(encountered(&other)),
        }
    }

    fn items(&mut self) -> Result<Vec<Item>, String> {
        let mut items = Vec::new();
        loop {
            items.push(self.item()?);
            if !self.take(",") {
                return Ok(items);
            }
        }
    }

    fn item(&mut self) -> Result<Item, String> {
        if self.take("*") {
            return Ok(Item::All);
        }
        let column = self.column()?;
        if !column.quoted && column.text.eq_ignore_ascii_case("COUNT") && self.take("(") {
            self.sign("*")?;
            self.sign(")")?;
            return Ok(Item::Count(self.alias()?));
        }
        Ok(Item::Column(column, self.alias()?))
    }

    fn condition(&mut self) -> Result<Condition, String> {
        if matches!(self.tokens.peek(), Some(Token::Number(_))) {
            // 1 = CONTAINS(…)
            self.next()?;
            self.sign("=")?;
            return self.cone();
        }
        if self.is_keyword("CONTAINS") {
            let cone = self.cone()?;
            self.sign("=")?;
            self.integer()?;
            return Ok(cone);
        }
        let column = self.column()?;
        if self.take_keyword("BETWEEN") {
            let low = self.literal()?;
            self.keyword("AND")?;
            return Ok(Condition::Between(column, low, self.literal()?));
        }
        if self.take_keyword("IS") {
            let null = !self.take_keyword("NOT");
            self.keyword("NULL")?;
            return Ok(Condition::IsNull(column, null));
        }
        if self.take_keyword("IN") {
            self.sign("(")?;
            let mut values = vec![self.literal()?];
            while self.take(",") {
                values.push(self.literal()?);
            }
            self.sign(")")?;
            return Ok(Condition::OneOf(column, values));
        }
        match self.next()? {
            Token::Sign(sign) if ["=", "<", ">", "<=", ">=", "<>", "!="].contains(&&*sign) => {
                Ok(Condition::Compare(column, sign, self.literal()?))
            }
            other => Err(encountered(&other)),
        }
    }

    fn literal(&mut self) -> Result<Literal, String> {
        let sign = if self.take("-") { "-" } else { "" };
        self.take("+");
        match self.next()? {
            Token::Number(text) => Ok(Literal::Number(format!("{sign}{text}"))),
            Token::Text(text) if sign.is_empty() => Ok(Literal::Text(text)),
            other => Err(encountered(&other)),
        }
    }

    /// `CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', r, d, radius))`
    fn cone(&mut self) -> Result<Condition, String> {
        self.keyword("CONTAINS")?;
        self.sign("(")?;
        self.keyword("POINT")?;
        self.sign("(")?;
        self.frame()?;
        let longitude = self.column()?;
        self.sign(",")?;
        let latitude = self.column()?;
        self.sign(")")?;
        self.sign(",")?;
        self.keyword("CIRCLE")?;
        self.sign("(")?;
        self.frame()?;
        let mut circle = [0.0; 3];
        for (place, number) in circle.iter_mut().enumerate() {
            if place > 0 {
                self.sign(",")?;
            }
            if let Literal::Number(text) = self.literal()? {
                *number = text.parse().map_err(|_| format!("bad number {text}"))?;
            }
        }
        self.sign(")")?;
        self.sign(")")?;
        Ok(Condition::Cone(longitude, latitude, circle))
    }

    fn frame(&mut self) -> Result<(), String> {
        if matches!(self.tokens.peek(), Some(Token::Text(_))) {
            self.next()?;
            self.sign(",")?;
        }
        Ok(())
    }

    fn order(&mut self) -> Result<Vec<(Name, bool)>, String> {
        let mut order = Vec::new();
        loop {
            let column = self.column()?;
            let descending = self.take_keyword("DESC");
            if !descending {
                self.take_keyword("ASC");
            }
            order.push((column, descending));
            if !self.take(",") {
                return Ok(order);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_taken_apart() {
        let query = "select top 5 source_id, \"Gmag\" as g from gaiadr3.gaia_source where ra > 1.5 \
                     and source_id = 4583627001381815936 and name <> 'it''s' order by \"Gmag\" desc";
        let select = parse(query).unwrap();
        assert_eq!(select.top, Some(5));
        assert_eq!(select.items.len(), 2);
        let gmag = Name {
            text: "Gmag".into(),
            quoted: true,
        };
        assert_eq!(
            select.items[1],
            Item::Column(gmag.clone(), Some("g".into()))
        );
        assert_eq!(select.table.len(), 2);
        assert_eq!(select.conditions.len(), 3);
        assert_eq!(select.order, [(gmag, true)]);
        let Condition::Compare(_, _, Literal::Text(text)) = &select.conditions[2] else {
            panic!("{:?}", select.conditions);
        };
        assert_eq!(text, "it's");
    }

    #[test]
    fn a_table_with_slashes_must_be_quoted() {
        assert!(parse("SELECT * FROM \"J/MNRAS/508/3877/maincat\"").is_ok());
        let words = parse("SELECT * FROM J/MNRAS/508/3877/maincat").unwrap_err();
        assert!(words.contains("Encountered \"/\""), "{words}");
    }

    #[test]
    fn a_cone_is_a_condition() {
        let query = "SELECT COUNT(*) FROM t WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), \
                     CIRCLE('ICRS', 10, -20.5, 0.1))";
        let select = parse(query).unwrap();
        assert_eq!(select.items, [Item::Count(None)]);
        let Condition::Cone(_, _, circle) = &select.conditions[0] else {
            panic!("{:?}", select.conditions);
        };
        assert_eq!(circle, &[10.0, -20.5, 0.1]);
    }
}
