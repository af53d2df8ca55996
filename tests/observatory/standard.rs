//! Each observatory of the standard registry passes the suite. One without a case here fails the test.

use retriever::catalog::Target;
use retriever::observatory::{Fetched, Observatory, Registry, Surroundings, conformance};
use retriever::parameters::{Node, Origin};
use retriever_standin::{StandIn, TessStar};

fn target(name: &str, ra: f64, dec: f64) -> Target {
    Target {
        name: name.to_owned(),
        ra,
        dec,
        epoch: 2016.0,
        ..Target::default()
    }
}

fn observatory(name: &str, parameters: &[(&str, &str)]) -> Observatory {
    let mut section = Node::empty_mapping(Origin::Builder);
    for (key, value) in parameters {
        section.set(&[key], *value, Origin::Builder);
    }
    // the stand-in is asked as often as it can answer
    section.set(&["rate_limit"], 10_000.0, Origin::Builder);
    let surroundings = Surroundings::new(3).with_environment(|_| None);
    Registry::standard()
        .observatory(name, &section, &surroundings)
        .unwrap()
}

/// Targets whose outcome is known, and the archive that knows them, which lives as long as the case.
fn case(name: &str) -> (conformance::Case, Option<StandIn>) {
    match name {
        "DEMO" => {
            let case = conformance::Case {
                observatory: observatory(name, &[]),
                somewhere: target("star", 10.0, -5.0),
                nowhere: None,
                skipped: None,
            };
            (case, None)
        }
        "ZTF" => {
            let archive = StandIn::synthetic(1, &[(0.000_01, 48.5)]);
            let case = conformance::Case {
                observatory: observatory(name, &[("url", &archive.url())]),
                somewhere: target("across RA 0", 0.000_01, 48.5),
                nowhere: Some(target("nothing", 180.0, 30.0)),
                skipped: Some(target("southern", 180.0, -60.0)),
            };
            (case, Some(archive))
        }
        "TESS" => {
            let star = TessStar::at(188_589_164, 239.578, 35.407).tmag(12.0);
            let archive =
                StandIn::empty().with_tess([star.spoc(24).tess_spoc(25).qlp(60).rows(60)]);
            let case = conformance::Case {
                observatory: observatory(name, &[("url", &archive.url()), ("keep", "all")]),
                somewhere: target("a star of the TESS Input Catalog", 239.578, 35.407),
                nowhere: Some(target("nothing", 180.0, 30.0)),
                skipped: Some(Target {
                    mag: Some(19.5),
                    ..target("faint", 180.0, 30.0)
                }),
            };
            (case, Some(archive))
        }
        other => panic!("{other} has no case: add one, so that it is held to the promises"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_observatory_keeps_the_promises() {
    let registry = Registry::standard();
    let names: Vec<&str> = registry.names().collect();
    assert!(
        names.contains(&"ZTF") && names.contains(&"DEMO"),
        "{names:?}"
    );
    for name in names {
        let (case, _archive) = case(name);
        conformance::all(&case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_observatory_has_empties_where_it_is_told_to() {
    let mut section = Node::empty_mapping(Origin::Builder);
    section.set(&["empty_rate"], 1.0, Origin::Builder);
    let empty = Registry::standard()
        .observatory("demo", &section, &Surroundings::new(3))
        .unwrap();
    let case = conformance::Case {
        observatory: empty,
        somewhere: target("star", 10.0, -5.0),
        nowhere: Some(target("star", 10.0, -5.0)),
        skipped: None,
    };
    conformance::nothing_there_is_empty_and_no_error(&case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_observatory_names_all_that_its_lightcurves_tell_of_epochs() {
    let registry = Registry::standard();
    for name in registry.names() {
        let names = registry.epoch_names(&[name.to_lowercase()]).unwrap();
        let (case, _archive) = case(name);
        let Ok(Fetched::Data { raw, .. }) = case.observatory.fetch(&case.somewhere).await else {
            panic!("{name} has nothing");
        };
        let lightcurves = case.observatory.reduce(&raw).unwrap().lightcurves;
        assert!(!lightcurves.is_empty());
        for lightcurve in lightcurves {
            let columns = lightcurve.epochs.extra.iter();
            let columns = columns.map(|column| column.name.clone());
            let single = lightcurve.altdata.iter();
            let single = single.filter(|(_, value)| value.is_number() || value.is_string());
            let single = single.map(|(name, _)| name.clone());
            // a place of the object is asked for as that of the epoch
            for told in columns.chain(single.filter(|name| name != "ra" && name != "dec")) {
                assert!(names.contains(&told), "{name} does not say {told:?}");
            }
        }
    }
    assert_eq!(registry.epoch_names(&["SDSS".to_owned()]), None);
}
