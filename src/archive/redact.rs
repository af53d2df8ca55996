//! URLs and words without secrets.

use std::fmt;

use url::Url;

const HIDDEN: &str = "***";

/// A URL for logs and messages: user information and the values of secret query parameters are replaced.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RedactedUrl(String);

impl RedactedUrl {
    /// The shareable form of `url`.
    pub fn new(url: &Url) -> RedactedUrl {
        RedactedUrl::hiding(url, &[])
    }

    /// The same, hiding also the query parameters of these names.
    pub(super) fn hiding(url: &Url, names: &[String]) -> RedactedUrl {
        let mut shown = url.clone();
        shown.set_fragment(None);
        if !url.username().is_empty() || url.password().is_some() {
            // neither fails for a URL that has a user
            let _ = shown.set_username(HIDDEN);
            let _ = shown.set_password(None);
        }
        if let Some(query) = url.query() {
            let pairs: Vec<String> = query
                .split('&')
                .map(|pair| match pair.split_once('=') {
                    Some((name, _)) if is_secret(name) || names.iter().any(|n| n == name) => {
                        format!("{name}={HIDDEN}")
                    }
                    _ => pair.to_owned(),
                })
                .collect();
            shown.set_query(Some(&pairs.join("&")));
        }
        RedactedUrl(shown.into())
    }

    /// Of a text that may not be a URL at all: nothing after `?` or before `@` is shown.
    pub(crate) fn of_text(text: &str) -> RedactedUrl {
        match Url::parse(text) {
            Ok(url) if url.has_host() => RedactedUrl::new(&url),
            // `user:password@host` parses too, with the user as its scheme
            _ => {
                let without_query = text.split(['?', '#']).next().unwrap_or_default();
                let shown = without_query
                    .rsplit_once('@')
                    .map_or(without_query.to_owned(), |(_, rest)| {
                        format!("{HIDDEN}@{rest}")
                    });
                RedactedUrl(shown.escape_debug().to_string())
            }
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Whether a parameter or header of that name carries a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "pwd", "token", "secret", "signature", "credential"]
        .iter()
        .any(|word| name.contains(word))
        || name.ends_with("key")
        || matches!(name.as_str(), "auth" | "authorization" | "sig" | "cookie")
}

/// A server's own words, cut to a readable length, with every known secret replaced.
///
/// Servers like to repeat the request in their error pages.
pub(super) fn words(body: &[u8], secrets: &[String]) -> String {
    const LONGEST: usize = 2_048;
    let cut = body.len() > LONGEST;
    // a secret may lie across the cut: replace first, with room for it
    let reach = body.len().min(2 * LONGEST);
    let mut text = String::from_utf8_lossy(&body[..reach]).trim().to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.as_str(), HIDDEN);
    }
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
    }
    if cut {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        RedactedUrl::new(&Url::parse(url).unwrap()).to_string()
    }

    #[test]
    fn secrets_in_urls_are_hidden_and_the_rest_stays_readable() {
        for (url, expected) in [
            (
                "https://irsa.example/login.do?josso_cmd=login&josso_username=u&josso_password=pw",
                "https://irsa.example/login.do?josso_cmd=login&josso_username=u&josso_password=***",
            ),
            (
                "https://user:pw@host.example/a?b=c#token",
                "https://***@host.example/a?b=c",
            ),
            (
                "http://host.example/?API_KEY=1&apikey=2&access_token=3&userpass=4&keyword=5",
                "http://host.example/?API_KEY=***&apikey=***&access_token=***&userpass=***&keyword=5",
            ),
        ] {
            assert_eq!(shown(url), expected);
        }
        let other = Url::parse("http://h.example/?pin=17&x=1").unwrap();
        let hidden = RedactedUrl::hiding(&other, &["pin".into()]);
        assert_eq!(format!("{hidden:?}"), "\"http://h.example/?pin=***&x=1\"");
    }

    #[test]
    fn what_is_no_url_shows_neither_query_nor_user() {
        let shown = RedactedUrl::of_text("u:pw@host\n/path?password=x");
        assert_eq!(shown.as_str(), "***@host\\n/path");
    }

    #[test]
    fn a_server_that_repeats_the_password_is_not_quoted_with_it() {
        let body = b"no such user: u with hunter2 ";
        assert_eq!(words(body, &["hunter2".into()]), "no such user: u with ***");
        let long = "ä".repeat(5_000);
        let cut = words(long.as_bytes(), &[]);
        assert!(cut.len() <= 2_051 && cut.ends_with('…'));
    }
}
