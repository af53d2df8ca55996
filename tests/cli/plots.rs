//! `retriever plot`.

use std::fs;

use super::desk::{DEMO, Desk};

fn done() -> Desk {
    let desk = Desk::with(DEMO);
    desk.good(&["run", "p.yaml"]);
    desk
}

#[test]
fn every_picture_is_drawn_in_both_formats() {
    let desk = done();
    for what in [
        "Vega",
        "Barnard's star",
        "sky",
        "scores",
        "efficiency",
        "coverage",
    ] {
        for (file, begin) in [
            ("x.png", &b"\x89PNG"[..]),
            ("x.svg", b"<svg"),
            ("x.html", b"<!doctype html>"),
        ] {
            let said = desk.good(&["plot", what, "p.yaml", "-o", file, "-q"]);
            assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""));
            let bytes = fs::read(desk.path(file)).unwrap();
            assert!(bytes.starts_with(begin), "{what} {file}");
            fs::remove_file(desk.path(file)).unwrap();
        }
    }
    assert_eq!(desk.names(), ["p.yaml", "results", "targets.csv"]);
}

#[test]
fn options_shape_the_picture() {
    let desk = done();
    desk.good(&[
        "plot", "Vega", "p.yaml", "-o", "a.svg", "--period", "1.5", "--flux", "--width", "600",
        "--height", "400",
    ]);
    let text = fs::read_to_string(desk.path("a.svg")).unwrap();
    assert!(
        text.starts_with("<svg width=\"600\" height=\"400\""),
        "{text:.200}"
    );
    assert!(text.contains("P = 1.5 d") && text.contains("Flux (µJy)"));
    let said = desk.good(&["plot", "Vega", "p.yaml", "-o", "b.PNG", "--width", "300"]);
    assert!(said.err.contains("300 x 200 pixels"), "{said:?}");
}

#[test]
fn a_source_may_be_called_like_a_picture() {
    let desk = Desk::empty();
    desk.write("targets.csv", "name,ra,dec,mag\nsky,10,20,15\n");
    desk.write("p.yaml", DEMO);
    desk.good(&["run", "p.yaml"]);
    desk.good(&["plot", "sky", "p.yaml", "-o", "map.svg"]);
    desk.good(&["plot", "--source", "sky", "p.yaml", "-o", "star.svg"]);
    let read = |name: &str| fs::read_to_string(desk.path(name)).unwrap();
    assert!(read("map.svg").contains("galactic plane"));
    assert!(!read("star.svg").contains("galactic plane"));
    assert!(read("star.svg").contains("Magnitude (mag)"));
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let desk = done();
    let refused = |words: &[&str]| {
        let mut all = vec!["plot"];
        all.extend(words);
        desk.refused(&all)
    };
    let err = refused(&["Vega", "p.yaml", "-o", "x.gif"]);
    assert!(err.contains(".png") && err.contains(".svg"), "{err}");
    let err = refused(&["Vga", "p.yaml", "-o", "x.png"]);
    assert!(err.contains("did you mean \"Vega\"?"), "{err}");
    let err = refused(&["sky", "p.yaml", "-o", "x.png", "--period", "2"]);
    assert!(err.contains("--source sky"), "{err}");
    for (word, picture) in [("skyy", "sky"), ("scoers", "scores")] {
        let err = refused(&[word, "p.yaml", "-o", "x.png"]);
        let told = format!("did you mean \"{picture}\", a picture of all sources?");
        assert!(err.contains(&told), "{err}");
    }
    let err = refused(&["p.yaml", "Vega", "-o", "x.png"]);
    assert!(err.contains("swap the two"), "{err}");
    let err = refused(&["Vega", "p.yaml", "-o", "x.png", "--source", "Sirius"]);
    assert!(err.contains("leave one of the two out"), "{err}");
    refused(&["Vega", "-o", "x.png"]);
    for wrong in ["0", "-1", "nan", "long"] {
        let err = refused(&[
            "Vega",
            "p.yaml",
            "-o",
            "x.png",
            &format!("--period={wrong}"),
        ]);
        assert!(err.contains("above 0, or `best`"), "{err}");
    }
    let err = refused(&["Vega", "p.yaml", "-o", "x.png", "--width", "20000"]);
    assert!(err.contains("200..=10000"), "{err}");
    let err = refused(&["Vega", "p.yaml", "-o", "x.png", "--injection", "1"]);
    assert!(err.contains("save_simulated"), "{err}");
    refused(&[
        "Vega",
        "p.yaml",
        "-o",
        "x.png",
        "--injection",
        "1",
        "--kind",
        "reduced",
    ]);
    refused(&["p.yaml", "-o", "x.png"]);
    assert_eq!(desk.names(), ["p.yaml", "results", "targets.csv"]);
}

#[test]
fn a_source_whose_name_begins_with_a_minus_stands_behind_two() {
    let desk = Desk::empty();
    desk.write("targets.csv", "name,ra,dec,mag\n-dash,10,20,15\n");
    desk.write("p.yaml", DEMO);
    desk.good(&["run", "p.yaml"]);
    desk.good(&["plot", "-o", "a.svg", "--", "-dash", "p.yaml"]);
    desk.good(&["plot", "-o", "b.svg", "--source=-dash", "--", "p.yaml"]);
    let read = |name: &str| fs::read(desk.path(name)).unwrap();
    assert_eq!(read("a.svg"), read("b.svg"));
}

#[test]
fn a_place_that_cannot_be_written_ends_with_7() {
    let desk = done();
    desk.write("file", "");
    for place in ["nowhere/x.png", "file/x.png"] {
        let said = desk.call(&["plot", "Vega", "p.yaml", "-o", place]);
        assert_eq!(said.code, Some(7), "{said:?}");
        assert!(
            said.err.contains("cannot write") && said.err.contains("help:"),
            "{said:?}"
        );
    }
}
