//! Words, names, numbers, texts and signs of a query.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Quoted(String),
    Number(String),
    Text(String),
    Sign(String),
}

impl Token {
    pub(super) fn text(&self) -> &str {
        match self {
            Token::Word(text)
            | Token::Quoted(text)
            | Token::Number(text)
            | Token::Text(text)
            | Token::Sign(text) => text,
        }
    }
}

pub(super) fn tokens(query: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' | '"' => {
                let (text, length) = enclosed(rest, first)?;
                match first {
                    '"' => (Token::Quoted(text), length),
                    _ => (Token::Text(text), length),
                }
            }
            '0'..='9' => {
                let length = number(rest);
                (Token::Number(rest[..length].to_owned()), length)
            }
            first if first.is_alphabetic() || first == '_' => {
                let inside = |c: char| c.is_alphanumeric() || c == '_';
                let length = rest.find(|c| !inside(c)).unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
            _ => {
                let double = ["<=", ">=", "<>", "!="].iter().any(|s| rest.starts_with(s));
                let length = if double { 2 } else { first.len_utf8() };
                (Token::Sign(rest[..length].to_owned()), length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// Text between two marks, of which a doubled one stands for itself; and its length with the marks.
fn enclosed(text: &str, mark: char) -> Result<(String, usize), String> {
    let mut inside = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((place, character)) = characters.next() {
        if character != mark {
            inside.push(character);
        } else if characters.peek().is_some_and(|(_, next)| *next == mark) {
            characters.next();
            inside.push(mark);
        } else {
            return Ok((inside, place + 1));
        }
    }
    Err(format!(" Encountered \"{mark}\" without its end."))
}

fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        let exponent =
            matches!(bytes[end], b'+' | b'-') && end > 0 && matches!(bytes[end - 1], b'e' | b'E');
        if bytes[end].is_ascii_digit() || matches!(bytes[end], b'.' | b'e' | b'E') || exponent {
            end += 1;
        } else {
            break;
        }
    }
    end
}
