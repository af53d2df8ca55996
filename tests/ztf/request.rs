//! What is sent to the archive, as it arrives there.

use retriever_standin::{RequestRecord, StandIn};

use super::journey::Journey;

const CATALOG: &str = "\
name,ra,dec,pmra,pmdec
still,10.5,20.25,,
fast,200.0,-10.0,3000,-4000
edge,359.99995,5.0,-500,0
";

/// The requests of a run over the catalog, with these lines for ZTF.
fn requests(more: &str) -> Vec<RequestRecord> {
    let archive = StandIn::empty();
    let project = format!(
        "project: {{name: asking, obs_names: [ZTF]}}\n\
         catalog: {{filename: targets.csv, pm_ra_column: pmra, pm_dec_column: pmdec, catalog_observation_year: 2016.0}}\n\
         observatories:\n  ztf:\n    url: {}\n    rate_limit: null\n{more}",
        archive.url()
    );
    let journey = Journey::new(&[("targets.csv", CATALOG)], &project);
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let records = archive.counters().records().to_vec();
    assert_eq!(records.len(), 3);
    records
}

/// A parameter of a request, with its blanks.
fn parameter(request: &RequestRecord, name: &str) -> Option<String> {
    let (_, query) = request.target.split_once('?')?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.replace("%20", " "))
}

/// Right ascension, declination and radius (deg) of a request's circle.
fn circle(request: &RequestRecord) -> [f64; 3] {
    let position = parameter(request, "POS").expect("a position");
    let numbers = position.strip_prefix("CIRCLE ").expect("a circle");
    let numbers: Vec<f64> = numbers.split(' ').map(|n| n.parse().unwrap()).collect();
    numbers.try_into().expect("three numbers")
}

/// The circle with a declination within a degree of this one.
fn circle_near(requests: &[RequestRecord], dec: f64) -> [f64; 3] {
    let near = |circle: &[f64; 3]| (circle[1] - dec).abs() < 1.0;
    requests.iter().map(circle).find(near).expect("a request")
}

#[test]
fn format_release_and_mask_are_always_stated() {
    for request in requests("") {
        assert!(
            request
                .target
                .starts_with("GET /cgi-bin/ZTF/nph_light_curves?")
        );
        assert_eq!(parameter(&request, "FORMAT").as_deref(), Some("CSV"));
        assert_eq!(
            parameter(&request, "COLLECTION").as_deref(),
            Some("ztf_dr24")
        );
        assert_eq!(
            parameter(&request, "BAD_CATFLAGS_MASK").as_deref(),
            Some("0")
        );
        assert_eq!(parameter(&request, "BANDNAME"), None);
    }
    for request in
        requests("    collection: ztf_dr18\n    bad_catflags_mask: 32768\n    bands: [g, r]\n")
    {
        assert_eq!(
            parameter(&request, "COLLECTION").as_deref(),
            Some("ztf_dr18")
        );
        assert_eq!(
            parameter(&request, "BAD_CATFLAGS_MASK").as_deref(),
            Some("32768")
        );
        assert_eq!(parameter(&request, "BANDNAME").as_deref(), Some("g,r"));
    }
}

#[test]
fn the_cone_is_moved_and_widened_for_proper_motion() {
    let requests = requests("");
    let [ra, dec, radius] = circle_near(&requests, 20.25);
    assert_eq!((ra, dec), (10.5, 20.25));
    assert!((radius * 3600.0 - 2.0).abs() < 1e-9);
    // 5 arcsec a year, six years to the middle of the survey, four years to either side of it
    let [ra, dec, radius] = circle_near(&requests, -10.0);
    let east = 3.0 * 6.0 / 3600.0 / 10f64.to_radians().cos();
    assert!((ra - (200.0 + east)).abs() < 1e-5, "{ra}");
    assert!((dec - (-10.0 - 4.0 * 6.0 / 3600.0)).abs() < 1e-5, "{dec}");
    assert!(
        (radius * 3600.0 - (2.0 + 5.0 * 4.0)).abs() < 1e-9,
        "{radius}"
    );
    // 3 arcsec to the west from 0.18 arcsec west of RA 0
    let [ra, _, _] = circle_near(&requests, 5.0);
    assert!(
        (0.0..360.0).contains(&ra) && (ra - 359.999_114).abs() < 1e-5,
        "{ra}"
    );
}

#[test]
fn one_position_is_one_request_and_the_agent_says_who_asks() {
    let requests = requests("");
    let mut targets: Vec<&str> = requests
        .iter()
        .map(|request| request.target.as_str())
        .collect();
    targets.sort_unstable();
    targets.dedup();
    assert_eq!(targets.len(), 3);
    for request in &requests {
        assert!(
            request
                .user_agent
                .as_deref()
                .unwrap_or_default()
                .starts_with("retriever/")
        );
    }
}
