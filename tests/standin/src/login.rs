//! IRSA's sign-on: status 200 whatever happens, a cookie only for the right password.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::http::{HttpRequest, Reply};
use crate::server::Account;

/// Where one signs on.
pub(crate) const PATH: &str = "/account/signon/login.do";
const COOKIE: &str = "JOSSO_SESSIONID";
/// The cookie's value: a stand-in needs no secret ones.
const TICKET: &str = "stand-in-session";

pub(crate) fn answer(request: &HttpRequest, account: Option<&Account>) -> Reply {
    let user = request.parameter("josso_username").unwrap_or_default();
    let password = request.parameter("josso_password").unwrap_or_default();
    let known = account.is_some_and(|a| a.user == user && a.password == password);
    let mut reply = Reply::new(200, "text/html", "<html><body>Sign on</body></html>\n");
    if known {
        reply
            .headers
            .push(("Set-Cookie".into(), format!("{COOKIE}={TICKET}; Path=/")));
    }
    reply
}

/// The request carries the cookie of a good sign-on, or the password itself.
pub(crate) fn is_signed_on(request: &HttpRequest, account: Option<&Account>) -> bool {
    let cookie = request.header("cookie").is_some_and(|cookies| {
        cookies
            .split(';')
            .any(|c| c.trim() == format!("{COOKIE}={TICKET}"))
    });
    let basic = account.is_some_and(|account| {
        request.header("authorization")
            == Some(&format!(
                "Basic {}",
                BASE64_STANDARD.encode(format!("{}:{}", account.user, account.password))
            ))
    });
    cookie || basic
}
