//! The page of a project.

use std::collections::BTreeMap;

use retriever::plot::{CoverageFigure, CoverageRow};
use retriever::report::{DetectionRow, Report, ReportWriter, SmallPicture};

use super::driver::{Browser, Mouse};
use super::{Page, star};

/// A report of so many detections, of S/N 5 and upwards, every third in zg; the lightcurves of the first `shown` sources
/// are on the page, and one simulated detection, the best of all.
fn page(detections: usize, shown: usize) -> Page {
    let report = Report {
        project: "WD_FLARES".to_owned(),
        sources: 2000,
        lightcurves: 4000,
        epochs: 400_000,
        detections: detections as u64,
        simulated: 1,
        coverage: CoverageFigure {
            title: String::new(),
            sources: 2000,
            observatories: vec![CoverageRow {
                observatory: "ZTF".to_owned(),
                ok: 2000,
                ..CoverageRow::default()
            }],
        },
        ..Report::default()
    };
    let mut page = ReportWriter::begin(Vec::new(), &report).unwrap();
    for number in 0..detections {
        page.detection(&DetectionRow {
            source_name: format!("star {number}"),
            ra: Some(120.5),
            dec: Some(-5.25),
            observatory: "ZTF".to_owned(),
            filter: if number % 3 == 0 { "zg" } else { "zr" }.to_owned(),
            series_number: 1,
            time: Some(59_050.0),
            start: Some(59_049.5),
            end: Some(59_050.5),
            snr: Some(5.0 + 0.01 * number as f64),
            flagged: number % 10 == 0,
            detection_number: 1,
            place: (number < shown).then_some(number),
            ..DetectionRow::default()
        })
        .unwrap();
    }
    page.detection(&DetectionRow {
        source_name: "star 0".to_owned(),
        observatory: "ZTF".to_owned(),
        filter: "zr".to_owned(),
        snr: Some(99.0),
        injection: 1,
        detection_number: 1,
        place: Some(0),
        ..DetectionRow::default()
    })
    .unwrap();
    for place in 0..shown {
        let figure = star(&format!("star {place}"));
        let small = SmallPicture::of(&figure.series[1], 59_049.5, 59_050.5);
        let small = BTreeMap::from([((0, 1), small)]);
        page.source(place, &small, Some(&figure), None).unwrap();
    }
    let left_out = (shown < detections).then(|| "Some lightcurves are left out.".to_owned());
    Page::of(&page.finish(left_out.as_slice()).unwrap())
}

/// Cells of a column, from the top of the page that is shown.
fn column(browser: &Browser, number: usize) -> Vec<String> {
    let cells = browser.script(&format!(
        "return [...document.querySelectorAll('.detections tbody tr')].map((row) => row.children[{number}].textContent)"
    ));
    let cells = cells.as_array().expect("a list").iter();
    cells
        .map(|cell| cell.as_str().expect("text").to_owned())
        .collect()
}

fn told(browser: &Browser) -> String {
    let text = browser.text("return document.querySelector('#detections .seen').textContent");
    text.replace('\u{2009}', "")
}

#[test]
fn a_click_on_a_head_sorts() {
    let Some(browser) = Browser::open(1300, 1000) else {
        return;
    };
    browser.go(&page(120, 120).file);
    assert_eq!(
        column(&browser, 1)[..2],
        ["star 119", "star 118"],
        "the best first"
    );
    assert_eq!(told(&browser), "1 to 50 of 121 detections");
    browser.click(".detections thead th:nth-child(3) button");
    assert_eq!(
        column(&browser, 1)[..2],
        ["star 0", "star 1"],
        "the worst first"
    );
    browser.click(".detections thead th:nth-child(2) button");
    assert_eq!(
        column(&browser, 1)[9..11],
        ["star 9", "star 10"],
        "numbers in names are numbers"
    );
    let sorted = "return document.querySelector('.detections th[aria-sort]').textContent + document.querySelector('.detections th[aria-sort]').ariaSort";
    assert_eq!(browser.text(sorted), "Sourceascending");
    browser.click("button[aria-label='Next page']");
    browser.click("button[aria-label='Next page']");
    assert_eq!(told(&browser), "101 to 121 of 121 detections");
    let last = column(&browser, 14);
    assert_eq!(
        last.last().map(String::as_str),
        Some("event 1"),
        "simulated ones stand behind real ones"
    );
    browser.assert_quiet();
}

#[test]
fn words_and_numbers_filter() {
    let Some(browser) = Browser::open(1300, 1000) else {
        return;
    };
    browser.go(&page(120, 10).file);
    browser.write("input[type=search]", "ZG");
    assert_eq!(told(&browser), "1 to 40 of 40 detections (121 in all)");
    assert!(column(&browser, 9).iter().all(|filter| filter == "zg"));
    browser.write("#detections input[type=number]", "6");
    // of S/N 6 and more are 100 to 119; 102, 105, ... 117 are in zg
    assert_eq!(column(&browser, 1).len(), 6);
    browser.write("input[type=search]", "no such star");
    assert_eq!(told(&browser), "0 detections (121 in all)");
    browser.write("input[type=search]", "");
    browser.write("#detections input[type=number]", "");
    browser.click("#detections label:nth-of-type(2) input");
    assert_eq!(
        told(&browser),
        "1 to 50 of 109 detections (121 in all)",
        "12 are of bad quality"
    );
    browser.click("#detections label:nth-of-type(3) input");
    assert_eq!(
        told(&browser),
        "1 to 50 of 108 detections (121 in all)",
        "without simulated ones"
    );
    let page = browser.text("return document.body.innerText");
    assert!(page.contains("Some lightcurves are left out."), "{page}");
    browser.assert_quiet();
}

#[test]
fn a_small_picture_opens_the_whole_lightcurve() {
    let Some(browser) = Browser::open(1300, 1000) else {
        return;
    };
    browser.go(&page(1000, 1000).file);
    browser.picture("report");
    browser.script("document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('#detections').scrollIntoView()");
    browser.settle();
    browser.picture("report-detections");
    let points =
        "return document.querySelectorAll('.detections tbody tr:first-child svg path').length";
    assert!(
        browser.number(points) >= 2.0,
        "the event has a colour of its own"
    );
    browser.click(".detections tbody tr:nth-child(2) .thumbnail");
    assert_eq!(
        browser.text("return document.querySelector('dialog h3').textContent"),
        "star 998"
    );
    let seen = "return document.querySelector('dialog .seen').textContent";
    assert_eq!(browser.text(seen), "300 of 300 epochs in this span");
    browser.picture("report-dialog");

    let chart =
        "const chart = [...charts].at(-1); const box = chart.cover.getBoundingClientRect();";
    let place = browser.script(&format!(
        "{chart} return [box.left + chart.toX(59050), box.top + chart.toY(0, 16)]"
    ));
    let (x, y) = (place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    browser.mouse(&[Mouse::To(x + 1.0, y + 1.0)]);
    let tip = browser.text("return document.querySelector('dialog .tip').innerText");
    assert!(
        tip.contains("ZTF zr") && tip.contains("16 ± 0.01 mag"),
        "{tip}"
    );
    browser.wheel(x, y, -400);
    assert_ne!(browser.text(seen), "300 of 300 epochs in this span");
    browser.click("dialog .tools > button:last-of-type");
    let span = browser.number(&format!("{chart} return chart.x[1] - chart.x[0]"));
    assert!(
        (10.0..13.0).contains(&span),
        "five days on either side of a day: {span}"
    );
    browser.click("dialog .legend button:nth-child(1)");
    browser.click("dialog button[aria-label='Next detection']");
    assert_eq!(
        browser.text("return document.querySelector('dialog h3').textContent"),
        "star 997"
    );
    browser.key("\u{e00c}"); // escape
    assert_eq!(
        browser.number("return document.querySelectorAll('dialog').length"),
        0.0
    );
    browser.assert_quiet();
}

#[test]
fn a_narrow_window_scrolls_tables_and_nothing_else() {
    let Some(browser) = Browser::open(500, 900) else {
        return;
    };
    browser.go(&page(60, 60).file);
    let wide = browser.number("return document.documentElement.scrollWidth - innerWidth");
    assert!(wide <= 0.0, "{wide} pixels too wide");
    browser.picture("report-narrow");
    browser.assert_quiet();
}

#[test]
fn the_wheel_scrolls_the_page_until_a_picture_is_chosen() {
    let Some(browser) = Browser::open(1300, 1000) else {
        return;
    };
    browser.go(&page(60, 60).file);
    browser.script("document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('#sky').scrollIntoView()");
    browser.settle();
    let chart = "const chart = [...charts][0]; const box = chart.cover.getBoundingClientRect();";
    let place = browser.script(&format!(
        "{chart} return [box.left + box.width / 2, box.top + box.height / 2]"
    ));
    let (x, y) = (place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    let span = || browser.number(&format!("{chart} return chart.x[1] - chart.x[0]"));
    let whole = span();
    browser.wheel(x, y, 100);
    assert_eq!(span(), whole, "not chosen");
    browser.script(&format!("{chart} chart.cover.focus()"));
    browser.wheel(x, y, -300);
    assert!(span() < whole, "chosen");
    browser.assert_quiet();
}
