//! What a project file may say of the database.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// Section `database`: where the rows are kept.
///
/// `Debug` and serialisation show the URL without its password, so neither can carry one into a log or a product.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseParameters {
    /// `postgres://user@host/database` or `sqlite:///absolute/path.db`; default: `retriever.db` in the data root.
    #[serde(serialize_with = "without_password")]
    #[schemars(extend("critical" = false))]
    pub url: Option<String>,
    /// How long to try again while the database is away or locked (s).
    #[schemars(range(min = 0.0, max = 86_400.0), extend("critical" = false))]
    pub retry_window: f64,
    /// Connections that this process may hold open at once.
    #[schemars(range(min = 1, max = 1_000), extend("critical" = false))]
    pub max_connections: u32,
}

impl crate::parameters::Parameters for DatabaseParameters {}

impl Default for DatabaseParameters {
    fn default() -> Self {
        DatabaseParameters {
            url: None,
            retry_window: 60.0,
            max_connections: 4,
        }
    }
}

impl fmt::Debug for DatabaseParameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DatabaseParameters")
            .field("url", &self.url.as_deref().map(redact_url))
            .field("retry_window", &self.retry_window)
            .field("max_connections", &self.max_connections)
            .finish()
    }
}

fn without_password<S: Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_deref().map(redact_url).serialize(serializer)
}

/// A database URL without its password, wherever it stands: fit for messages.
///
/// Text that cannot be read as a URL is not shown but for its scheme, since nobody knows where its secret is.
///
/// ```
/// use retriever::database::redact_url;
/// assert_eq!(redact_url("postgres://me:secret@host/db"), "postgres://me:***@host/db");
/// assert_eq!(redact_url("postgres://host/db?user=me&password=secret"), "postgres://host/db?user=me&password=***");
/// ```
pub fn redact_url(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    // without slashes it has no place for a password, which may then be anywhere: `me:secret@host`
    let is_plain = |url: &Url| !url.cannot_be_a_base() || url.scheme() == "sqlite";
    let Some(mut parsed) = parsed.filter(is_plain) else {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let scheme = scheme.filter(|scheme| scheme.chars().all(|c| c.is_ascii_alphanumeric()));
        return format!("{}:…", scheme.unwrap_or_default());
    };
    let has_userinfo = parsed.password().is_some();
    if has_userinfo && parsed.set_password(Some("***")).is_err() {
        return format!("{}:…", parsed.scheme());
    }
    if let Some(query) = parsed.query() {
        let shown: Vec<String> = query.split('&').map(redact_pair).collect();
        parsed.set_query(Some(&shown.join("&")));
    }
    parsed.to_string()
}

/// `key=value` of a query, the value hidden where the key speaks of a secret.
fn redact_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((key, _)) if is_secret(key) => format!("{key}=***"),
        _ => pair.to_owned(),
    }
}

/// True of a key that names a secret, also when its letters are percent-encoded.
fn is_secret(key: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
    let key = decoded.to_ascii_lowercase();
    ["pass", "secret", "token", "key"]
        .iter()
        .any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "h0rse";

    #[test]
    fn no_form_of_a_url_shows_its_password() {
        for url in [
            "postgres://me:h0rse@host:5432/db",
            "postgresql://me:h0rse@%2Frun%2Fpostgresql/db?sslmode=disable",
            "postgres:///db?host=/run&password=h0rse",
            "postgres:///db?host=/run&pass%77ord=h0rse",
            "postgres://me:h0rse@ho st/db",
            "me:h0rse@host",
        ] {
            assert!(!redact_url(url).contains(SECRET), "{}", redact_url(url));
            let parameters = DatabaseParameters {
                url: Some(url.to_owned()),
                ..DatabaseParameters::default()
            };
            assert!(!format!("{parameters:?}").contains(SECRET));
            let written = serde_json::to_string(&parameters).expect("serialises");
            assert!(!written.contains(SECRET), "{written}");
        }
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(serde_json::from_str::<DatabaseParameters>(r#"{"uri": "x"}"#).is_err());
        let given: DatabaseParameters =
            serde_json::from_str(r#"{"retry_window": 5}"#).expect("the rest has defaults");
        assert_eq!((given.retry_window, given.max_connections), (5.0, 4));
    }

    #[test]
    fn the_schema_says_that_nothing_here_changes_results() {
        let schema = schemars::schema_for!(DatabaseParameters);
        for name in ["url", "retry_window", "max_connections"] {
            let property = &schema.as_value()["properties"][name];
            assert_eq!(property["critical"], false, "{name}");
            assert!(
                property["description"].is_string() && !property["type"].is_null(),
                "{property}"
            );
        }
    }
}
