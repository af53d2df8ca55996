//! A picture as one page of HTML that needs nothing else: it opens from a disk, asks no network, and zooms.
//!
//! The page is a frame, the figure as JSON, and a script and a style sheet of our own (`html/*.js`, `html/style.css`).
//! Its Content-Security-Policy allows exactly these two, by their SHA-256, and forbids everything else, so a name
//! that looks like markup stays a name even if the script had a fault.

mod embed; // JSON that cannot leave its element
mod packed; // columns as base64 instead of digits

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Figure;
pub(crate) use embed::write_json;
pub(crate) use packed::Packed;

/// What draws the pictures, in the order in which the files need each other.
pub(crate) const SCRIPTS: [&str; 5] = [
    include_str!("html/base.js"),
    include_str!("html/chart.js"),
    include_str!("html/lightcurve.js"),
    include_str!("html/sky.js"),
    include_str!("html/counts.js"),
];
pub(crate) const STYLE: &str = include_str!("html/style.css");
const FIGURE: &str = include_str!("html/figure.js");

/// Writes a figure as a page that stands for itself.
///
/// Numbers keep the digits that a screen can show: values are embedded as 32-bit floats, times to 2⁻³² of their span.
///
/// ```
/// use retriever::plot::{Figure, SkyFigure, write_html};
///
/// let mut page = Vec::new();
/// write_html(&Figure::Sky(SkyFigure::default()), &mut page)?;
/// assert!(page.starts_with(b"<!doctype html>"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Those of the writer.
pub fn write_html(figure: &Figure, out: &mut impl Write) -> io::Result<()> {
    let script = [&SCRIPTS[..], &[FIGURE, "showFigure();\n"]]
        .concat()
        .concat();
    begin(out, STYLE, &script)?;
    out.write_all(b"<main>\n<h1></h1>\n<div id=\"view\"></div>\n</main>\n")?;
    embed(out, "figure", &Packed::of(figure))?;
    end(out, &script)
}

/// Writes a page up to its body. The script is named here, so that nothing else is ever run.
pub(crate) fn begin(out: &mut impl Write, style: &str, script: &str) -> io::Result<()> {
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{}'; style-src '{}'; \
         img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"retriever {}\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>Retriever</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <noscript><p>This page draws its pictures with a script, which is switched off.</p></noscript>\n",
        source_of(script),
        source_of(style),
        env!("CARGO_PKG_VERSION"),
    )
}

/// Embeds a value for the script to find under a name of ours.
pub(crate) fn embed(out: &mut impl Write, id: &str, value: &impl Serialize) -> io::Result<()> {
    open(out, id)?;
    write_json(out, value)?;
    close(out)
}

/// The same in pieces: JSON that is written by and by stands between these two.
pub(crate) fn open(out: &mut impl Write, id: &str) -> io::Result<()> {
    write!(out, "<script type=\"application/json\" id=\"data-{id}\">")
}

pub(crate) fn close(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"</script>\n")
}

/// Writes the script, and the end of the page.
pub(crate) fn end(out: &mut impl Write, script: &str) -> io::Result<()> {
    write!(out, "<script>{script}</script>\n</body>\n</html>\n")
}

/// How a policy names an inline script or style sheet.
fn source_of(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{LightcurveFigure, SkyFigure, SkyPoint, SkyStatus};

    fn page(figure: &Figure) -> String {
        let mut page = Vec::new();
        write_html(figure, &mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn names_cannot_end_the_element_they_stand_in() {
        let hostile = "</script><script>alert(1)</script><!--\u{2028}&amp;]]>";
        let page = page(&Figure::Lightcurve(LightcurveFigure {
            source_name: hostile.to_owned(),
            ..LightcurveFigure::default()
        }));
        assert_eq!(page.matches("</script").count(), 2, "the data, the script");
        assert!(!page.contains("alert(1)</"));
        assert!(!page.contains('\u{2028}'));
        let json = page.split("id=\"data-figure\">").nth(1).unwrap();
        let json = json.split("</script>").next().unwrap();
        let figure: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(figure["source_name"], hostile);
    }

    #[test]
    fn the_policy_names_exactly_the_script_and_the_style_that_are_there() {
        let page = page(&Figure::Sky(SkyFigure::default()));
        let between = |start: &str, end: &str| {
            let rest = page.split(start).nth(1).unwrap();
            rest.split(end).next().unwrap().to_owned()
        };
        let script = between("<script>", "</script>");
        let style = between("<style>", "</style>");
        let policy = between("Content-Security-Policy\" content=\"", "\">");
        for text in [script, style] {
            let hash = STANDARD.encode(Sha256::digest(text));
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{policy}");
        }
        assert!(policy.starts_with("default-src 'none';"));
        assert!(!policy.contains("unsafe") && !policy.contains("http"));
    }

    #[test]
    fn the_same_figure_is_the_same_page() {
        let figure = Figure::Sky(SkyFigure {
            title: "Sky".to_owned(),
            points: vec![SkyPoint {
                name: "a".to_owned(),
                ra: 1.0,
                dec: 2.0,
                status: SkyStatus::Ok,
            }],
        });
        assert_eq!(page(&figure), page(&figure));
    }
}
