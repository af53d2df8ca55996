//! One sign-on for all who need it, and the cookies that come of it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::cookie::{CookieStore, Jar};
use tokio::sync::OnceCell;
use url::Url;

use super::client::{Archive, Clients};
use super::error::{ArchiveError, ErrorClass};
use super::reply::{Reply, Verdict};
use super::request::Request;

/// Sign-ons by key: what came of each, once it has been tried.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Arc<SignOn>>>);

/// Tried once: connections with the cookies, or the refusal.
type SignOn = OnceCell<Result<Clients, ArchiveError>>;

/// Names of the cookies that a sign-on left for its own host. The values stay secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookies(Vec<String>);

impl Cookies {
    fn of(jar: &Jar, url: &Url) -> Cookies {
        let header = jar.cookies(url);
        let text = header.as_ref().and_then(|value| value.to_str().ok());
        let names = text.into_iter().flat_map(|text| text.split(';'));
        Cookies(
            names
                .map(|pair| pair.split('=').next().unwrap_or_default().trim().to_owned())
                .collect(),
        )
    }

    /// No cookie at all: with IRSA, the sign of a failed sign-on.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is one of that name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

impl Archive {
    /// The same archive, signed on. All clones share one sign-on per `key`: who comes while it is under way waits for it.
    ///
    /// `verdict` says from the reply and the cookies whether the sign-on worked; a refusal is remembered, so that a
    /// wrong password is sent once and not once per source. A network failure is not.
    ///
    /// # Errors
    /// As [`get`](Archive::get); [`ArchiveError::Refused`] when `verdict` is [`Verdict::Unauthorised`].
    pub async fn session(
        &self,
        key: &str,
        sign_on: Request,
        verdict: impl Fn(&Reply, &Cookies) -> Verdict + Send + Sync,
    ) -> Result<Archive, ArchiveError> {
        let cell = {
            let mut cells = self
                .sessions()
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key.to_owned()).or_default())
        };
        let outcome = cell
            .get_or_try_init(async || match self.sign_on(sign_on, &verdict).await {
                Ok(clients) => Ok(Ok(clients)),
                Err(error) => match error.class() {
                    ErrorClass::Authorisation | ErrorClass::Permanent => Ok(Err(error)),
                    _ => Err(error),
                },
            })
            .await?;
        outcome.clone().map(|clients| self.with_clients(clients))
    }

    async fn sign_on(
        &self,
        request: Request,
        verdict: &(impl Fn(&Reply, &Cookies) -> Verdict + Send + Sync),
    ) -> Result<Clients, ArchiveError> {
        let jar = Arc::new(Jar::default());
        let archive = self.with_cookies(Arc::clone(&jar))?;
        let url = request.url()?;
        archive
            .get(request, |reply| verdict(reply, &Cookies::of(&jar, &url)))
            .await?;
        Ok(archive.clients().clone())
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_known_by_name_only() {
        let jar = Jar::default();
        let url = Url::parse("https://irsa.example/login").unwrap();
        assert!(Cookies::of(&jar, &url).is_empty());
        jar.add_cookie_str("ticket=hunter2; Path=/", &url);
        let cookies = Cookies::of(&jar, &url);
        assert!(cookies.has("ticket") && !format!("{cookies:?}").contains("hunter2"));
        let elsewhere = Url::parse("https://other.example/").unwrap();
        assert!(Cookies::of(&jar, &elsewhere).is_empty());
    }
}
