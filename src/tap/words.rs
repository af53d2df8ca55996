//! What a service says in a page that is no table: a VOTable with an error, or a page for people.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Longest text that is passed on (characters).
const LONGEST: usize = 1_000;

/// What a service says in an error page of status 400 or 500, by which a refusal of the query is known.
pub(super) fn of_refusal(status: u16, page: &[u8]) -> Option<String> {
    matches!(status, 400 | 500).then(|| in_page(page)).flatten()
}

/// The message in a page: of a VOTable, else of the list in a page of HTML.
pub(super) fn in_page(page: &[u8]) -> Option<String> {
    in_votable(page).or_else(|| in_html(&String::from_utf8_lossy(page)))
}

/// The words in the error document of a job, or in the description of the job itself: a page, or plain text.
pub(super) fn in_reply(reply: &[u8]) -> Option<String> {
    let is_markup = reply.trim_ascii_start().starts_with(b"<");
    let words = in_page(reply).or_else(|| match is_markup {
        true => element(reply, "message"),
        false => Some(one_line(&String::from_utf8_lossy(reply))),
    });
    words
        .map(|words| shortened(&words))
        .filter(|words| !words.is_empty())
}

/// Whether the words tell of a trouble of the service that passes, and not of the query.
pub(super) fn is_trouble(words: &str) -> bool {
    let words = words.to_lowercase();
    [
        "not currently reachable",
        "no connection",
        "connect to",
        "connect with",
        "temporarily",
        "try again later",
        "too many",
        "maintenance",
        "unavailable",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}

/// The text of an INFO that says QUERY_STATUS ERROR, and the values of those called Error; prefixes are passed over,
/// and what follows a damaged place.
fn in_votable(page: &[u8]) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    let mut is_error = false;
    each_element(page, |element, text| {
        if element.local_name().as_ref() != b"INFO" {
            return;
        }
        let name = attribute(element, b"name").unwrap_or_default();
        let value = attribute(element, b"value").unwrap_or_default();
        if name == "QUERY_STATUS" && value.trim().eq_ignore_ascii_case("ERROR") {
            is_error = true;
            said.push(text.to_owned());
        } else if name == "Error" {
            is_error = true;
            said.push(value);
        }
    });
    is_error.then(|| {
        said.iter_mut().for_each(|words| *words = one_line(words));
        said.retain(|words| !words.is_empty());
        said.dedup();
        match said.is_empty() {
            true => "it gives no reason".to_owned(),
            false => shortened(&said.join("; ")),
        }
    })
}

/// The text of the first element of that name.
pub(super) fn element(page: &[u8], name: &str) -> Option<String> {
    let mut found = None;
    each_element(page, |element, text| {
        if found.is_none() && element.local_name().as_ref() == name.as_bytes() {
            found = Some(one_line(text));
        }
    });
    found
}

/// Shows each element, when it ends, with the text directly before its end.
fn each_element(page: &[u8], mut show: impl FnMut(&BytesStart, &str)) {
    let mut reader = Reader::from_reader(page);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<BytesStart> = Vec::new();
    let mut text = String::new();
    // a page that breaks off has still said something
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(element) => {
                open.push(element.into_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&String::from_utf8_lossy(&part)),
            Event::CData(part) => text.push_str(&String::from_utf8_lossy(&part)),
            Event::GeneralRef(name) => text.push_str(&entity(&String::from_utf8_lossy(&name))),
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    show(&element, &text);
                }
                text.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    // the element that the page breaks off in
    if let Some(element) = open.pop() {
        show(&element, &text);
    }
}

fn attribute(element: &BytesStart, name: &[u8]) -> Option<String> {
    let attribute = element
        .attributes()
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    Some(match value {
        Ok(value) => value.into_owned(),
        Err(_) => String::from_utf8_lossy(&attribute.value).into_owned(),
    })
}

/// The item of the first list that says message, else the first item.
fn in_html(page: &str) -> Option<String> {
    // ASCII only, so that places in one are places in the other
    let folded = page.to_ascii_lowercase();
    let mut items = folded.match_indices("<li").filter_map(|(start, _)| {
        let begin = start + folded[start..].find('>')? + 1;
        let end = folded[begin..]
            .find("</li")
            .map_or(page.len(), |length| begin + length);
        let words = without_tags(&page[begin..end]);
        (!words.is_empty()).then_some(words)
    });
    let first = items.next()?;
    let says_message = |words: &String| words.to_ascii_lowercase().starts_with("message");
    let told = match says_message(&first) {
        true => first,
        false => items.find(says_message).unwrap_or(first),
    };
    let message = match told.split_once(':') {
        Some((label, message)) if label.trim().eq_ignore_ascii_case("message") => message,
        _ => &told,
    };
    Some(shortened(message.trim()))
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find(['<', '&']) {
        text.push_str(&rest[..start]);
        let is_tag = rest[start..].starts_with('<');
        let end = rest[start..].find(if is_tag { '>' } else { ';' });
        match end {
            Some(end) if is_tag => {
                text.push(' ');
                rest = &rest[start + end + 1..];
            }
            Some(end) if end < 10 => {
                text.push_str(&entity(&rest[start + 1..start + end]));
                rest = &rest[start + end + 1..];
            }
            _ => {
                text.push_str(&rest[start..start + 1]);
                rest = &rest[start + 1..];
            }
        }
    }
    text.push_str(rest);
    one_line(&text)
}

/// The letter that an entity stands for; one that is not known stands for itself.
fn entity(name: &str) -> String {
    let code = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
            None => digits.parse().ok(),
        }
        .and_then(char::from_u32),
        None => {
            quick_xml::escape::resolve_predefined_entity(name).and_then(|text| text.chars().next())
        }
    };
    code.map_or_else(|| format!("&{name};"), String::from)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_service_is_quoted_from_a_votable_with_and_without_prefixes() {
        let plain = br#"<?xml version="1.0"?><VOTABLE><RESOURCE type="results">
            <INFO name="QUERY_STATUS" value="ERROR">Cannot parse query "SELEC 1":
              Encountered &quot;SELEC&quot; at line 1 &lt;EOF></INFO></RESOURCE></VOTABLE>"#;
        assert_eq!(
            in_page(plain).unwrap(),
            r#"Cannot parse query "SELEC 1": Encountered "SELEC" at line 1 <EOF>"#
        );
        // in the form of a recorded reply of VizieR
        let prefixed = br#"<ns0:VOTABLE xmlns:ns0="http://www.ivoa.net/xml/VOTable/v1.3">
            <ns0:INFO ID="Error" name="Error" value="The database is not currently reachable." />
            <ns0:INFO name="Error" value=" " />
            <ns0:INFO name="QUERY_STATUS" value="ERROR" /></ns0:VOTABLE>"#;
        assert_eq!(
            in_page(prefixed).unwrap(),
            "The database is not currently reachable."
        );
        let silent = br#"<VOTABLE><INFO name="QUERY_STATUS" value="ERROR"/></VOTABLE>"#;
        assert_eq!(in_page(silent).unwrap(), "it gives no reason");
    }

    #[test]
    fn a_service_is_quoted_from_the_list_of_its_web_page() {
        let page = b"<html><head><title>Error 500</title></head><body><h1>Error</h1><ul>\
            <li><b>Service: </b>TAP</li>\
            <li><b>Message: </b>Unknown column &quot;parallaxx&quot; &amp; more!</li></ul></body></html>";
        assert_eq!(
            in_page(page).unwrap(),
            r#"Unknown column "parallaxx" & more!"#
        );
        assert_eq!(
            in_page("<ul><li>größer < als".as_bytes()).unwrap(),
            "größer < als"
        );
    }

    #[test]
    fn pages_without_a_message_and_good_tables_say_nothing() {
        let good =
            br#"<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="OK"/></RESOURCE></VOTABLE>"#;
        for page in [good.as_slice(), b"Bad Gateway", b"", b"<html>busy</html>"] {
            assert_eq!(in_page(page), None);
        }
        let error = br#"<VOTABLE><INFO name="QUERY_STATUS" value="ERROR">no</INFO></VOTABLE>"#;
        assert_eq!(of_refusal(500, error).as_deref(), Some("no"));
        assert_eq!(of_refusal(400, error).as_deref(), Some("no"));
        assert_eq!(of_refusal(503, error), None);
    }

    #[test]
    fn a_database_that_is_away_is_no_fault_of_the_query() {
        // VizieR's words in a recorded reply
        assert!(is_trouble("The database is not currently reachable."));
        assert!(!is_trouble("Unknown column \"Pwdd\" in the table maincat"));
    }

    #[test]
    fn a_message_that_breaks_off_is_told_as_far_as_it_goes() {
        let page = br#"<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">too many jo"#;
        assert_eq!(in_page(page).unwrap(), "too many jo");
    }

    proptest! {
        #[test]
        fn any_page_is_read_without_a_panic(page in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = in_page(&page);
        }

        #[test]
        fn any_markup_is_read_without_a_panic(page in "(<li|</li>|<INFO name=\"Error\"|>|/>|&|;|#x|ä|<|QUERY_STATUS|\"| ){0,40}") {
            let _ = in_page(page.as_bytes());
            let _ = element(page.as_bytes(), "phase");
        }
    }
}
