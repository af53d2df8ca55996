//! From text to a syntax tree. The words of SQL that no condition needs are names here, so that what the parser could do
//! beyond conditions (sub-queries, casts, statements) cannot even be written.

use sqlparser::ast::{Expr, Spanned};
use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::{Columns, Condition, QueryError, convert};

/// Bytes of a condition: a list of a few thousand names.
const LONGEST: usize = 65_536;
/// Operators. SQLite refuses expressions that are a thousand deep, and a chain is as deep as it is long.
const MOST_OPERATORS: usize = 400;
/// Values in all: SQLite takes 32 766 parameters in a statement.
const MOST_VALUES: usize = 10_000;

/// Words that mean something. All others are names.
const WORDS: [Keyword; 11] = [
    Keyword::AND,
    Keyword::OR,
    Keyword::NOT,
    Keyword::IN,
    Keyword::BETWEEN,
    Keyword::LIKE,
    Keyword::ILIKE,
    Keyword::IS,
    Keyword::NULL,
    Keyword::TRUE,
    Keyword::FALSE,
];

impl Condition {
    /// Reads a condition on rows with these columns, in the words of SQL's WHERE.
    ///
    /// `= != < <= > >=`, `and`, `or`, `not`, `in (...)`, `between ... and ...`, `like` and `ilike` with `%` and `_`,
    /// `is null`, `is not null`, `+ - * /`, `abs(...)`. Text stands in single or double quotes, names of columns in
    /// none; a quote in a text is doubled. Names and words count in either case. A boolean column is a condition by itself.
    ///
    /// ```
    /// use retriever::query::{ColumnKind, Columns, Condition, Table};
    ///
    /// let columns = [("snr", ColumnKind::Number), ("filter", ColumnKind::Text)];
    /// let columns = Columns::new(Table::Detections, columns);
    /// assert!(Condition::parse("abs(snr) > 8 and filter in ('zg', 'zr')", &columns).is_ok());
    /// let error = Condition::parse("snrr > 8", &columns).unwrap_err();
    /// assert!(error.to_string().contains("\"snrr\" (character 1)"));
    /// ```
    ///
    /// # Errors
    /// What is no condition, a column that the table does not have (the nearest one is told, and all of them), a comparison of
    /// text with a number; all with the character at which it stands.
    pub fn parse(text: &str, columns: &Columns) -> Result<Condition, QueryError> {
        let source = Source { text };
        let tree = source.tree()?;
        convert::condition(&tree, &source, columns)
    }
}

/// The text of a condition, for positions in it.
pub(super) struct Source<'a> {
    text: &'a str,
}

impl Source<'_> {
    /// Character at which a part begins, from 1.
    pub(super) fn position(&self, part: &impl Spanned) -> usize {
        self.character(part.span().start)
    }

    fn character(&self, location: Location) -> usize {
        let Some(lines) = (location.line as usize).checked_sub(1) else {
            return 1; // what has no place of its own
        };
        let before = self.text.split_inclusive('\n').take(lines);
        before.map(|line| line.chars().count()).sum::<usize>() + location.column as usize
    }

    fn end(&self) -> usize {
        self.text.chars().count() + 1
    }

    fn tree(&self) -> Result<Expr, QueryError> {
        if self.text.len() > LONGEST {
            return Err(QueryError::TooLong {
                words: format!("{} bytes, where {LONGEST} are allowed", self.text.len()),
            });
        }
        let tokens = self.tokens()?;
        let mut parser = Parser::new(&Words).with_tokens_with_locations(tokens);
        let tree = parser
            .parse_expr()
            .map_err(|error| self.syntax_error(error))?;
        match parser.next_token() {
            TokenWithSpan {
                token: Token::EOF, ..
            } => Ok(tree),
            TokenWithSpan { token, span } => Err(QueryError::Syntax {
                position: self.character(span.start),
                words: format!("{:?} stands where it should end", token.to_string()),
            }),
        }
    }

    fn tokens(&self) -> Result<Vec<TokenWithSpan>, QueryError> {
        let mut tokens = Tokenizer::new(&Words, self.text)
            .tokenize_with_location()
            .map_err(|error| QueryError::Syntax {
                position: self.character(error.location),
                words: error.message,
            })?;
        let (mut operators, mut values) = (0, 0);
        for TokenWithSpan { token, span } in &mut tokens {
            match token {
                Token::Word(word) if WORDS.contains(&word.keyword) => operators += 1,
                Token::Word(word) => word.keyword = Keyword::NoKeyword,
                Token::Whitespace(
                    Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_),
                ) => {
                    return Err(QueryError::Unsupported {
                        position: self.character(span.start),
                        what: "a comment".to_owned(),
                    });
                }
                Token::Whitespace(_) | Token::Comma | Token::LParen | Token::RParen => {}
                Token::Number(..) | Token::SingleQuotedString(_) | Token::DoubleQuotedString(_) => {
                    values += 1;
                }
                _ => operators += 1,
            }
        }
        for (what, number, most) in [
            ("operators", operators, MOST_OPERATORS),
            ("values", values, MOST_VALUES),
        ] {
            if number > most {
                return Err(QueryError::TooLong {
                    words: format!("{number} {what}, where {most} are allowed"),
                });
            }
        }
        Ok(tokens)
    }

    /// The parser tells the place in its words.
    fn syntax_error(&self, error: ParserError) -> QueryError {
        let words = match error {
            ParserError::RecursionLimitExceeded => {
                return QueryError::TooLong {
                    words: "its parts are nested too deep".to_owned(),
                };
            }
            ParserError::TokenizerError(words) | ParserError::ParserError(words) => words,
        };
        let place = words
            .rsplit_once(" at Line: ")
            .and_then(|(words, place)| {
                let (line, column) = place.split_once(", Column: ")?;
                Some((
                    words,
                    Location::new(line.parse().ok()?, column.parse().ok()?),
                ))
            })
            .map(|(words, location)| (words.to_owned(), self.character(location)));
        let (words, position) = place.unwrap_or_else(|| (words, self.end()));
        QueryError::Syntax {
            position,
            words: words.replacen("Expected: ", "expected ", 1).replacen(
                "found: EOF",
                "but it ends",
                1,
            ),
        }
    }
}

/// Names as in SQL, text in single or double quotes, nothing else in quotes.
#[derive(Debug)]
struct Words;

impl Dialect for Words {
    fn is_identifier_start(&self, character: char) -> bool {
        character.is_alphabetic() || character == '_'
    }

    fn is_identifier_part(&self, character: char) -> bool {
        character.is_alphanumeric() || character == '_'
    }

    fn is_delimited_identifier_start(&self, _: char) -> bool {
        false
    }

    fn supports_national_string_literal(&self) -> bool {
        false
    }

    /// A word that means something is never a name: else the parser takes a `not` that is too deep for one, and stops there.
    fn is_reserved_for_identifier(&self, word: Keyword) -> bool {
        WORDS.contains(&word)
    }
}
