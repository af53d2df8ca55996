use retriever::analysis::{Efficiency, Interval};
use retriever::plot::{
    Brightness, CoverageFigure, CoverageRow, EfficiencyFigure, Figure, LightcurveFigure,
    ScoresFigure, SkyFigure, SkyPoint, SkyStatus,
};

use super::driver::{Browser, Mouse};
use super::{Page, series, star};

/// The chart that was made last, and where its canvas is in the window.
const CHART: &str =
    "const chart = [...charts].at(-1); const box = chart.cover.getBoundingClientRect();";

/// Its picture, in a place that is made for reading: the console complains of reading the canvas itself.
const COPY: &str = "const ratio = devicePixelRatio; \
    const copy = new OffscreenCanvas(chart.canvas.width, chart.canvas.height).getContext('2d', { willReadFrequently: true }); \
    copy.drawImage(chart.canvas, 0, 0);";

/// Where a value of a panel is in the window.
fn place(browser: &Browser, x: f64, panel: usize, y: f64) -> (f64, f64) {
    let at = |what: &str| browser.number(&format!("{CHART} return {what}"));
    (
        at(&format!("box.left + chart.toX({x})")),
        at(&format!("box.top + chart.toY({panel}, {y})")),
    )
}

fn point_at(browser: &Browser, x: f64, panel: usize, y: f64) -> String {
    let (x, y) = place(browser, x, panel, y);
    browser.mouse(&[Mouse::To(x + 2.0, y + 2.0)]);
    browser.text("return document.querySelector('.tip').hidden ? '' : document.querySelector('.tip').innerText")
}

fn in_sight(browser: &Browser) -> String {
    let text = browser.text("return document.querySelector('.seen').textContent");
    text.replace('\u{2009}', "")
}

#[test]
fn an_epoch_that_is_pointed_at_is_named() {
    let Some(browser) = Browser::open(1200, 1000) else {
        return;
    };
    browser.go(&Page::of_figure(&Figure::Lightcurve(star("a star"))).file);
    assert_eq!(browser.text("return document.title"), "a star");
    let tip = point_at(&browser, 59_020.0, 0, 18.0);
    // MJD 59020 is 2020-06-20
    for words in [
        "ZTF zg",
        "59020.00000",
        "2020-06-20 00:00:00",
        "18 ± 0.01 mag",
        "flagged",
    ] {
        assert!(tip.contains(words), "{words}: {tip}");
    }
    let tip = point_at(&browser, 59_051.0, 1, 1.0);
    assert!(
        tip.contains("TESS TESS") && tip.contains("1 ± 0.01"),
        "{tip}"
    );
    assert!(!tip.contains("flagged"), "{tip}");
    let (x, y) = place(&browser, 59_050.0, 0, 17.0);
    let top = browser.number(&format!("{CHART} return box.top + chart.boxes[0].top + 9"));
    assert!(top < y);
    browser.mouse(&[Mouse::To(x, top)]);
    let tip = browser.text("return document.querySelector('.tip').innerText");
    assert!(tip.contains("detection: S/N 12.0"), "{tip}");
    browser.picture("lightcurve");
    browser.assert_quiet();
}

#[test]
fn brighter_is_up_and_flagged_epochs_are_hollow() {
    let Some(browser) = Browser::open(1200, 1000) else {
        return;
    };
    browser.go(&Page::of_figure(&Figure::Lightcurve(star("a star"))).file);
    let height = |panel, value| place(&browser, 59_000.0, panel, value).1;
    assert!(
        height(0, 16.0) < height(0, 18.0),
        "magnitudes grow downwards"
    );
    assert!(height(1, 1.01) < height(1, 1.0), "fluxes grow upwards");
    browser.mouse(&[Mouse::To(1.0, 1.0)]);
    // without errors, whose bars go through the middle
    browser.click(".tools label:nth-of-type(2) input");
    let ink_at = |day: f64| {
        browser.script(&format!(
            "{CHART} {COPY} return [...copy.getImageData(
             Math.round(chart.toX({day}) * ratio), Math.round(chart.toY(0, 18) * ratio), 1, 1).data.slice(0, 3)]"
        ))
    };
    let white = serde_json::json!([255, 255, 255]);
    assert_eq!(ink_at(59_020.0), white, "hollow");
    assert_ne!(ink_at(59_021.0), white, "filled");
    browser.assert_quiet();
}

#[test]
fn wheel_box_double_click_and_keys_move_the_view() {
    let Some(browser) = Browser::open(1200, 1000) else {
        return;
    };
    browser.go(&Page::of_figure(&Figure::Lightcurve(star("a star"))).file);
    assert_eq!(in_sight(&browser), "300 of 300 epochs in this span");
    let (x, y) = place(&browser, 59_050.0, 0, 17.0);
    browser.wheel(x, y, -400);
    let zoomed = browser.number(&format!("{CHART} return chart.x[1] - chart.x[0]"));
    assert!((20.0..90.0).contains(&zoomed), "{zoomed}");
    let middle = browser.number(&format!("{CHART} return chart.fromX({x} - box.left)"));
    assert!(
        (middle - 59_050.0).abs() < 0.2,
        "what is under the mouse stays there: {middle}"
    );
    browser.mouse(&[
        Mouse::To(x, y),
        Mouse::Down,
        Mouse::Up,
        Mouse::Down,
        Mouse::Up,
    ]);
    assert_eq!(in_sight(&browser), "300 of 300 epochs in this span");

    // a box from day 9.5 to day 19.5 holds ten epochs of each of the three
    let (left, top) = place(&browser, 59_009.5, 0, 16.5);
    let (right, bottom) = place(&browser, 59_019.5, 0, 18.0);
    browser.mouse(&[
        Mouse::To(left, top),
        Mouse::Down,
        Mouse::To(right, bottom),
        Mouse::Up,
    ]);
    assert_eq!(in_sight(&browser), "30 of 300 epochs in this span");
    browser.picture("zoomed");
    browser.key("0");
    assert_eq!(in_sight(&browser), "300 of 300 epochs in this span");
    browser.key("+");
    let closer = browser.number(&format!("{CHART} return chart.x[1] - chart.x[0]"));
    let left = || browser.number(&format!("{CHART} return chart.x[0]"));
    let before = left();
    browser.key("\u{e014}"); // right arrow
    let moved = (left() - before) / closer;
    let all = browser.number(&format!("{CHART} return chart.home.x[1] - chart.home.x[0]"));
    assert!((closer * 1.5 - all).abs() < 1e-6 * all);
    assert!(
        (moved - 0.1).abs() < 0.01,
        "a tenth of what is seen: {moved}"
    );
    browser.key("0");
    browser.key("n");
    let said = browser.text("return document.querySelector('.unseen').textContent");
    assert!(
        said.contains("59000.00000"),
        "a screen reader is told: {said}"
    );
    browser.assert_quiet();
}

#[test]
fn a_press_on_the_legend_hides_and_shows() {
    let Some(browser) = Browser::open(1200, 1000) else {
        return;
    };
    browser.go(&Page::of_figure(&Figure::Lightcurve(star("a star"))).file);
    let labels = browser.text("return document.querySelector('.legend').innerText");
    assert!(
        labels.contains("ZTF zg · 100 epochs, 1 flagged (hollow)"),
        "{labels}"
    );
    assert!(labels.contains("1 detection"), "{labels}");
    browser.click(".legend button:nth-child(2)");
    assert_eq!(in_sight(&browser), "200 of 300 epochs in this span");
    assert_eq!(
        point_at(&browser, 59_010.0, 0, 17.0),
        "",
        "what is hidden has no name"
    );
    let pressed =
        "return document.querySelector('.legend button:nth-child(2)').getAttribute('aria-pressed')";
    assert_eq!(browser.text(pressed), "false");
    browser.click(".legend button:nth-child(2)");
    assert_eq!(in_sight(&browser), "300 of 300 epochs in this span");
    browser.assert_quiet();
}

#[test]
fn a_period_that_is_typed_folds_at_once() {
    let Some(browser) = Browser::open(1200, 1000) else {
        return;
    };
    browser.go(&Page::of_figure(&Figure::Lightcurve(star("a star"))).file);
    browser.write("input[type=number]", "40");
    let place = browser.text("return document.querySelector('.place').textContent");
    assert!(place.contains("folded by 40 d"), "{place}");
    // day 50 is a quarter of the second cycle; it stands at 0.25 and at 1.25
    for phase in [0.25, 1.25] {
        let tip = point_at(&browser, phase, 0, 16.0);
        assert!(
            tip.contains("59050.00000") && tip.contains("phase 0.2500"),
            "{tip}"
        );
    }
    browser.picture("folded");
    browser.click("button[title='Half the period']");
    let place = browser.text("return document.querySelector('.place').textContent");
    assert!(place.contains("folded by 20 d"), "{place}");
    browser.write("input[type=number]", "0");
    let label = browser.text(&format!("{CHART} return chart.options.x.label"));
    assert_eq!(label, "MJD (UTC, mid-exposure)", "no period is none");
    browser.assert_quiet();
}

#[test]
fn a_long_lightcurve_is_drawn_in_a_moment_and_keeps_its_extremes() {
    let Some(browser) = Browser::open(1200, 1000) else {
        return;
    };
    let mut long = series("TESS", "TESS", Brightness::Flux, vec![1.0; 20_000]);
    long.value[12_345] = 1.5;
    let figure = LightcurveFigure {
        series: vec![long],
        marks: Vec::new(),
        ..star("a long one")
    };
    browser.go(&Page::of_figure(&Figure::Lightcurve(figure)).file);
    let inked = browser.number(&format!(
        "{CHART} {COPY} const data = copy.getImageData(
         Math.round((chart.toX(71345) - 2) * ratio), Math.round((chart.toY(0, 1.5) - 2) * ratio), 4, 4).data;
         return data.filter((_, i) => i % 4 === 0).filter((red) => red < 200).length"
    ));
    assert!(inked >= 1.0, "the one bright epoch is to be seen");
    // told, not asserted: a busy machine is no defect
    let milliseconds = browser.number(&format!(
        "{CHART} const began = performance.now(); for (let i = 0; i < 10; i++) chart.paint(); return (performance.now() - began) / 10"
    ));
    eprintln!("20 000 epochs are drawn in {milliseconds:.1} ms");
    let tip = point_at(&browser, 71_345.0, 0, 1.5);
    assert!(tip.contains("1.5 ± 0.01"), "{tip}");
    browser.assert_quiet();
}

#[test]
fn pictures_without_anything_in_them_say_so() {
    let Some(browser) = Browser::open(800, 600) else {
        return;
    };
    let empty = [
        Figure::Lightcurve(LightcurveFigure::default()),
        Figure::Sky(SkyFigure::default()),
        Figure::Scores(ScoresFigure::default()),
        Figure::Efficiency(EfficiencyFigure::default()),
        Figure::Coverage(CoverageFigure::default()),
    ];
    for figure in empty {
        browser.go(&Page::of_figure(&figure).file);
        let words = browser.text("return document.querySelector('.nothing').textContent");
        assert!(words.ends_with('.'), "{words}");
        browser.assert_quiet();
    }
}

#[test]
fn sources_on_the_sky_are_named_and_hidden_by_status() {
    let Some(browser) = Browser::open(1200, 900) else {
        return;
    };
    let point = |name: &str, ra, dec, status| SkyPoint {
        name: name.to_owned(),
        ra,
        dec,
        status,
    };
    let figure = SkyFigure {
        title: "DEMO: sources on the sky".to_owned(),
        points: vec![
            point("Vega", 279.2347, 38.7837, SkyStatus::Detected),
            point("Sirius", 101.2872, -16.7161, SkyStatus::Ok),
        ],
    };
    browser.go(&Page::of_figure(&Figure::Sky(figure)).file);
    // by astropy: WCS with CTYPE MOL, CRVAL 180 as in pictures; x grows to the left with right ascension
    let sirius = browser.script("return mollweide(101.2872, -16.7161)");
    let (x, y) = (sirius[0].as_f64().unwrap(), sirius[1].as_f64().unwrap());
    assert!(
        (x - 1.204_306).abs() < 1e-4 && (y - -0.322_288).abs() < 1e-4,
        "{x} {y}"
    );
    let name_at = |ra: f64, dec: f64| {
        let place = browser.script(&format!(
            "{CHART} const [x, y] = mollweide({ra}, {dec}); return [box.left + chart.toX(x), box.top + chart.toY(0, y)]"
        ));
        browser.mouse(&[Mouse::To(
            place[0].as_f64().unwrap(),
            place[1].as_f64().unwrap(),
        )]);
        browser.text("return document.querySelector('.tip').hidden ? '' : document.querySelector('.tip').innerText")
    };
    assert!(name_at(279.2347, 38.7837).starts_with("Vega"));
    let tip = name_at(101.2872, -16.7161);
    assert!(
        tip.starts_with("Sirius") && tip.contains("with photometry"),
        "{tip}"
    );
    browser.picture("sky");
    browser.click(".legend button:nth-child(1)");
    assert_eq!(name_at(279.2347, 38.7837), "", "a status that is hidden");
    // the galactic centre and the north pole of the plane's circle, by astropy
    let plane = browser.script("return galacticPlane(0)");
    let (ra, dec) = (plane[0].as_f64().unwrap(), plane[1].as_f64().unwrap());
    assert!(
        (ra.rem_euclid(360.0) - 266.404_99).abs() < 1e-3 && (dec - -28.936_17).abs() < 1e-3,
        "{ra} {dec}"
    );
    browser.assert_quiet();
}

#[test]
fn bins_are_named_with_their_counts() {
    let Some(browser) = Browser::open(1000, 800) else {
        return;
    };
    let figure = ScoresFigure {
        title: "scores".to_owned(),
        score: "snr".to_owned(),
        edges: vec![-10.0, -5.0, 0.0, 5.0, 10.0],
        all: vec![1, 1000, 2000, 3],
        good: vec![0, 900, 1900, 2],
        filters: vec![("zg".to_owned(), vec![0, 900, 1900, 2])],
        threshold: Some(5.0),
        underflow: 4,
        overflow: 0,
        nan: 7,
    };
    browser.go(&Page::of_figure(&Figure::Scores(figure)).file);
    let tip = point_at(&browser, 2.5, 0, 2.0);
    assert!(
        tip.contains("snr 0 to 5") && tip.contains("all epochs: 2\u{2009}000"),
        "{tip}"
    );
    let page = browser.text("return document.body.innerText");
    assert!(page.contains("Threshold: ±5."), "{page}");
    assert!(
        page.contains("4 epochs below the axis, 7 epochs without a score"),
        "{page}"
    );
    browser.picture("scores");
    browser.assert_quiet();
}

#[test]
fn fractions_and_outcomes_are_told_in_numbers() {
    let Some(browser) = Browser::open(1000, 800) else {
        return;
    };
    let events = (0..10).map(|event| (5.0, event < 8));
    let table = Efficiency::against(
        "snr",
        "",
        &[3.0, 6.0, 9.0],
        events,
        Interval::Wilson,
        0.682_689,
    );
    let figure = EfficiencyFigure {
        title: "efficiency".to_owned(),
        tables: vec![table],
    };
    browser.go(&Page::of_figure(&Figure::Efficiency(figure)).file);
    let page = browser.text("return document.body.innerText");
    // by statsmodels: proportion_confint(8, 10, alpha=1 - 0.682689, method="wilson")
    assert!(
        page.contains("8 of 10 simulated events found: 0.800 (0.649 to 0.896)"),
        "{page}"
    );
    let tip = point_at(&browser, 4.5, 0, 0.8);
    assert!(tip.contains("8 of 10 found"), "{tip}");
    browser.assert_quiet();

    // widths are on a logarithmic axis, as in pictures: in the middle of 1 to 10 is 10^0.5
    let table = Efficiency::against(
        "width",
        "d",
        &[1.0, 10.0],
        (0..10).map(|event| (5.0, event < 8)),
        Interval::Wilson,
        0.682_689,
    );
    let figure = EfficiencyFigure {
        title: "efficiency".to_owned(),
        tables: vec![table],
    };
    browser.go(&Page::of_figure(&Figure::Efficiency(figure)).file);
    let tip = point_at(&browser, 0.5, 0, 0.8);
    assert!(tip.contains("8 of 10 found"), "{tip}");
    browser.assert_quiet();

    let row = CoverageRow {
        observatory: "ZTF".to_owned(),
        ok: 70,
        empty: 20,
        failed: 10,
        ..CoverageRow::default()
    };
    let figure = CoverageFigure {
        title: "coverage".to_owned(),
        sources: 100,
        observatories: vec![row],
    };
    browser.go(&Page::of_figure(&Figure::Coverage(figure)).file);
    let wide = |part: usize| {
        browser.number(&format!(
            "return document.querySelectorAll('.bar span')[{part}].offsetWidth"
        ))
    };
    let ratio = wide(0) / wide(1);
    assert!(
        (ratio - 3.5).abs() < 0.1,
        "as wide as there are sources: {ratio}"
    );
    browser.assert_quiet();
}
