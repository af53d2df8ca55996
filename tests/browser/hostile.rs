//! Names from catalogs and archives are data: whatever stands in them, they stay names.

use retriever::plot::{Figure, LightcurveFigure, SkyFigure, SkyPoint, SkyStatus};
use retriever::report::{DetectionRow, FailureRow, Report, ReportWriter};

use super::driver::Browser;
use super::{Page, star};

const NAMES: [&str; 6] = [
    "</script><script>document.title = 'taken'; alert(1)</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "<!--<script>",
    "a\u{2028}b\u{2029}c\u{0}d\u{202e}e",
    "\"'`${document.title = 'taken'}&lt;&amp;",
    "javascript:alert(1)",
];

#[test]
fn a_figure_shows_them_as_they_are() {
    let Some(browser) = Browser::open(800, 600) else {
        return;
    };
    for name in NAMES {
        let mut figure = star(name);
        figure.series[0].filter = name.to_owned();
        figure.series[1].unit = name.to_owned();
        figure.marks[0].text = name.to_owned();
        figure.time_label = name.to_owned();
        let sky = SkyFigure {
            title: name.to_owned(),
            points: vec![SkyPoint {
                name: name.to_owned(),
                ra: 0.0,
                dec: 0.0,
                status: SkyStatus::Ok,
            }],
        };
        for figure in [Figure::Lightcurve(figure), Figure::Sky(sky)] {
            browser.go(&Page::of_figure(&figure).file);
            assert_eq!(
                browser.text("return document.querySelector('h1').textContent"),
                name
            );
            nothing_was_taken(&browser);
        }
    }
}

#[test]
fn a_report_shows_them_as_they_are() {
    let Some(browser) = Browser::open(800, 600) else {
        return;
    };
    for name in NAMES {
        let name = || name.to_owned();
        let report = Report {
            project: name(),
            description: name(),
            config: name(),
            run: Some(name()),
            facts: vec![(name(), name())],
            warnings: vec![name()],
            failures: vec![FailureRow {
                source_name: name(),
                message: Some(name()),
                ..FailureRow::default()
            }],
            ..Report::default()
        };
        let mut page = ReportWriter::begin(Vec::new(), &report).unwrap();
        let row = DetectionRow {
            source_name: name(),
            observatory: name(),
            filter: name(),
            place: Some(0),
            ..DetectionRow::default()
        };
        page.detection(&row).unwrap();
        let figure = LightcurveFigure {
            source_name: name(),
            ..star(&name())
        };
        page.source(0, &Default::default(), Some(&figure), Some(&name()))
            .unwrap();
        let page = Page::of(&page.finish(&[name()]).unwrap());
        browser.go(&page.file);
        browser.click(".thumbnail");
        assert_eq!(
            browser.text("return document.querySelector('dialog h3').textContent"),
            name()
        );
        assert_eq!(
            browser.text("return document.querySelector('td.source').textContent"),
            name()
        );
        nothing_was_taken(&browser);
    }
}

fn nothing_was_taken(browser: &Browser) {
    assert_ne!(browser.text("return document.title"), "taken");
    let strange = browser
        .number("return document.querySelectorAll('img, iframe, object, main script').length");
    assert_eq!(strange, 0.0);
    browser.assert_quiet();
}
