//! How axes are written in a project file.

use super::*;

fn read(yaml: &str) -> Result<HistogramParameters, String> {
    let document = crate::parameters::Document::parse(yaml, "project.yaml").unwrap();
    let section = document.root().get("histograms").unwrap();
    crate::parameters::read("histograms", section).map_err(|error| error.to_string())
}

#[test]
fn axes_are_written_as_in_the_original() {
    let found = read(
        "histograms:\n  score_coords: {snr: [-10, 10, 0.5], jump: [0, 0.1, mJy]}\n  obs_coords: {band: []}\n",
    )
    .unwrap();
    assert_eq!(found.score_coords["snr"], AxisSpec::fixed(-10.0, 10.0, 0.5));
    let histogram = Histogram::new("x", &found, &["jump"]).unwrap();
    assert_eq!(histogram.score_axes().next().unwrap().unit, "mJy");
    let names: Vec<&str> = histogram
        .axes()
        .iter()
        .map(|axis| axis.name.as_str())
        .collect();
    assert_eq!(names, ["mag", "band"]);
    let written = serde_json::to_string(&found).unwrap();
    assert_eq!(
        serde_json::from_str::<HistogramParameters>(&written).unwrap(),
        found
    );
    let shown = crate::parameters::describe::<HistogramParameters>();
    assert_eq!(shown.len(), 4);
}

#[test]
fn axes_that_make_no_sense_are_errors_at_their_place() {
    for (yaml, place, words) in [
        ("snr: [1, 2, 3, 4]", "2:23", "3"),
        ("snr: [5]", "2:23", "start"),
        ("snr: [0, 10, -1]", "2:23", "step must be above 0"),
        ("snr: [10, 0, 1]", "2:23", "stop must not be below"),
        ("snr: [0, 1e9, 1]", "2:23", "million"),
        ("snr: []", "2:23", "a score is a number"),
        ("mag: [0, 1, 0.1]", "2:23", "name of another axis"),
        (
            "overflow: [0, 1, 0.1]",
            "2:28",
            "something else of this name",
        ),
        (
            "snr_bounds: [0, 1, 0.1]",
            "2:30",
            "something else of this name",
        ),
    ] {
        let error = read(&format!("histograms:\n  score_coords: {{{yaml}}}\n")).unwrap_err();
        assert!(
            error.contains(place) && error.contains(words),
            "{yaml}: {error}"
        );
    }
}
