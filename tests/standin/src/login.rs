//! IRSA's sign-on: status 200 whatever happens, a cookie only for the right password.

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
                base64(format!("{}:{}", account.user, account.password).as_bytes())
            ))
    });
    cookie || basic
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        for place in 0..4 {
            if place <= chunk.len() {
                text.push(DIGITS[(word >> (18 - 6 * place) & 63) as usize] as char);
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    // The vectors of RFC 4648.
    #[test]
    fn base64_is_that_of_the_rfc() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(super::base64(plain.as_bytes()), coded);
        }
    }
}
