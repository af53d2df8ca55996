//! The service's other dialect: tables and errors as VOTable.

/// A VOTable document that tells of an error, as IRSA sends with status 200.
pub(crate) fn error(words: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <VOTABLE version=\"1.3\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n\
         <RESOURCE type=\"results\">\n\
         <INFO name=\"QUERY_STATUS\" value=\"ERROR\">{}</INFO>\n\
         </RESOURCE>\n</VOTABLE>\n",
        escaped(words)
    )
}

/// The same document with a prefix before every name, as VizieR was seen to send it.
pub(crate) fn prefixed(document: &str) -> String {
    let mut text = document
        .replace("xmlns=", "xmlns:ns0=")
        .replace("</", "</ns0:");
    for name in ["VOTABLE", "RESOURCE", "INFO"] {
        text = text.replace(&format!("<{name}"), &format!("<ns0:{name}"));
    }
    text
}

/// The rows of a CSV text as a VOTable of characters. (That of the real service was not seen.)
pub(crate) fn table(header: &str, rows: &str) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <VOTABLE version=\"1.3\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n\
         <RESOURCE type=\"results\">\n<INFO name=\"QUERY_STATUS\" value=\"OK\"/>\n<TABLE>\n",
    );
    for name in header.split(',') {
        text.push_str(&format!(
            "<FIELD name=\"{name}\" datatype=\"char\" arraysize=\"*\"/>\n"
        ));
    }
    text.push_str("<DATA><TABLEDATA>\n");
    for row in rows.lines() {
        text.push_str("<TR>");
        for value in row.split(',') {
            text.push_str(&format!("<TD>{}</TD>", escaped(value)));
        }
        text.push_str("</TR>\n");
    }
    text.push_str("</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n");
    text
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
