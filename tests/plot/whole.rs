//! Pictures of all sources together.

use retriever::analysis::{Efficiency, Trial};
use retriever::plot::{
    CoverageFigure, CoverageRow, EfficiencyFigure, Figure, ScoresFigure, SkyFigure, SkyPoint,
    SkyStatus,
};

use crate::svg::{Element, elements, words};

fn point(ra: f64, dec: f64, status: SkyStatus) -> SkyPoint {
    SkyPoint {
        name: "star".to_owned(),
        ra,
        dec,
        status,
    }
}

fn sky(points: Vec<SkyPoint>) -> Vec<Element> {
    elements(&Figure::Sky(SkyFigure {
        title: "P: sources on the sky".to_owned(),
        points,
    }))
}

#[test]
fn the_map_has_east_to_the_left_and_says_how_many() {
    let drawn = sky(vec![
        point(200.0, 10.0, SkyStatus::Ok),
        point(160.0, -10.0, SkyStatus::Ok),
        point(f64::NAN, 0.0, SkyStatus::Ok),
        point(10.0, 80.0, SkyStatus::Pending),
    ]);
    let dots: Vec<&Element> = (drawn.iter())
        .filter(|element| element.is_circle("#0072B2", 20.0))
        .collect();
    assert_eq!(dots.len(), 2);
    assert!(dots[0].number("cx") < dots[1].number("cx"));
    assert!(dots[0].number("cy") < dots[1].number("cy"));
    let said = words(&drawn);
    for line in [
        "photometry (3)",
        "pending (1)",
        "galactic plane",
        "180°",
        "+30°",
    ] {
        assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
    }
}

#[test]
fn a_hundred_thousand_sources_are_a_density() {
    let points = (0..100_000).map(|number| {
        let part = f64::from(number) / 100_000.0;
        let dec = (2.0 * part - 1.0).asin().to_degrees();
        point(f64::from(number) * 137.508 % 360.0, dec, SkyStatus::Ok)
    });
    let drawn = sky(points.collect());
    assert!(drawn.len() < 50_000, "{}", drawn.len());
    let said = words(&drawn);
    assert!(
        said.contains(&"photometry (100 000)".to_owned()),
        "{said:?}"
    );
}

fn scores() -> ScoresFigure {
    ScoresFigure {
        title: "P: scores of all epochs".to_owned(),
        score: "snr".to_owned(),
        edges: (0..=40).map(|edge| -10.0 + 0.5 * f64::from(edge)).collect(),
        all: (0..40)
            .map(|bin| if bin == 20 { 1_000 } else { 1 })
            .collect(),
        good: (0..40).map(|bin| u64::from(bin == 20) * 900).collect(),
        filters: vec![
            ("zg".to_owned(), vec![0; 40]),
            ("zr".to_owned(), vec![1; 40]),
        ],
        threshold: Some(5.0),
        underflow: 3,
        overflow: 12_345,
        nan: 0,
    }
}

#[test]
fn scores_have_logarithmic_counts_and_both_thresholds() {
    let drawn = elements(&Figure::Scores(scores()));
    let said = words(&drawn);
    for line in [
        "all epochs (1039)",
        "good epochs (900)",
        "good, zr",
        "threshold ±5",
        "epochs in no bin: 3 below the axes, 12 345 above the axes",
        "1000",
        "Signal to noise ratio",
    ] {
        assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
    }
    // dashes of two upright lines, the same way from the middle of the axis
    let mut dashed: Vec<i64> = (drawn.iter())
        .filter(|element| element.name == "line" && element.get("stroke") == "#D55E00")
        .filter(|element| element.get("x1") == element.get("x2"))
        .map(|element| element.number("x1") as i64)
        .collect();
    dashed.dedup();
    assert_eq!(dashed.len(), 2, "{dashed:?}");
}

#[test]
fn efficiency_shows_each_bin_with_its_interval() {
    let trials: Vec<Trial> = (0..200)
        .map(|number| Trial {
            recovered: number >= 60,
            snr: f64::from(number) / 10.0,
            magnitude: if number == 0 { f64::NAN } else { 0.5 },
            width: 0.01 * 1.02f64.powi(number),
            filter: ["zg", "zr"][number as usize % 2].to_owned(),
        })
        .collect();
    let tables = Efficiency::tables(&trials, &trials);
    let bins = (tables.iter().flat_map(|table| &table.bins))
        .filter(|bin| bin.recovered.injected > 0)
        .filter(|bin| bin.range.is_some() || bin.word.as_deref() != Some("none"))
        .count();
    let figure = Figure::Efficiency(EfficiencyFigure {
        title: "P: simulated events".to_owned(),
        tables,
    });
    let drawn = elements(&figure);
    let dots = drawn
        .iter()
        .filter(|element| element.is_circle("#0072B2", 24.0));
    assert_eq!(dots.count(), bins);
    // an interval is a line and two ends
    let intervals = drawn.iter().filter(|element| {
        element.name == "line"
            && element.get("stroke") == "#0072B2"
            && element.get("opacity") == "1"
    });
    assert_eq!(intervals.count(), 3 * bins);
    let said = words(&drawn);
    // by hand, for one standard deviation: (140.5 ± √200 √(0.21 + 1/800)) / 201
    let total = "140 of 200 found: 70.0 % (66.7 to 73.1 % at 68 % confidence)";
    for line in [
        total,
        "1 without a value",
        "zg",
        "zr",
        "Expected S/N",
        "Width at half maximum (d)",
    ] {
        assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
    }
}

#[test]
fn coverage_bars_are_as_long_as_the_counts() {
    let row = CoverageRow {
        observatory: "ZTF".to_owned(),
        ok: 600,
        empty: 300,
        failed: 100,
        lightcurves: 4_200,
        epochs: 123_456,
        ..CoverageRow::default()
    };
    let figure = Figure::Coverage(CoverageFigure {
        title: "P: sources by observatory".to_owned(),
        sources: 1_000,
        observatories: vec![row],
    });
    let drawn = elements(&figure);
    let width = |colour: &str| {
        let bars = drawn.iter().filter(|element| element.name == "rect");
        let bars = bars.filter(|element| element.get("fill") == colour);
        bars.map(|element| element.number("width"))
            .fold(0.0, f64::max)
    };
    let [ok, empty, failed] = ["#0072B2", "#56B4E9", "#D55E00"].map(width);
    assert!((ok / empty - 2.0).abs() < 0.01 && (ok / failed - 6.0).abs() < 0.03);
    let said = words(&drawn);
    for line in [
        "ZTF",
        "600",
        "4200 lightcurves, 123 456 epochs",
        "ok",
        "Sources",
    ] {
        assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
    }
    assert!(!said.contains(&"skipped".to_owned()), "{said:?}");
}

#[test]
fn pictures_of_nothing_say_so() {
    let tables = Efficiency::tables(&[], &[]);
    for (figure, expected) in [
        (Figure::Sky(SkyFigure::default()), "no sources"),
        (
            Figure::Scores(ScoresFigure::default()),
            "no scores: nothing has been analysed",
        ),
        (
            Figure::Efficiency(EfficiencyFigure {
                title: String::new(),
                tables,
            }),
            "no simulated events: `retriever analyze` makes them",
        ),
        (
            Figure::Efficiency(EfficiencyFigure::default()),
            "no simulated events: `retriever analyze` makes them",
        ),
        (Figure::Coverage(CoverageFigure::default()), "no sources"),
    ] {
        let said = words(&elements(&figure));
        assert!(said.contains(&expected.to_owned()), "{expected}: {said:?}");
    }
}
