//! Signing on: once a run, only with credentials, and never a word of the password.

use retriever_standin::StandIn;

use super::journey::{Ended, Journey};

const SIGN_ON: &str = "/account/signon/login.do";
/// With characters that would break an address that is glued together.
const PASSWORD: &str = "h&nter2 ?#%41/ü";
const USER: &str = "astronomer@example.org";

fn setting() -> (StandIn, Journey) {
    let positions: Vec<(f64, f64)> = (0..12).map(|star| (30.0 * f64::from(star), 10.0)).collect();
    let mut catalog = String::from("name,ra,dec\n");
    for (star, (ra, dec)) in positions.iter().enumerate() {
        catalog.push_str(&format!("star{star},{ra},{dec}\n"));
    }
    let archive = StandIn::synthetic(5, &positions).account(USER, PASSWORD);
    let project = format!(
        "project: {{name: members, obs_names: [ZTF]}}\ncatalog: {{filename: targets.csv}}\n\
         observatories: {{ztf: {{url: \"{}\", rate_limit: null, collection: ztf_dr24}}}}\n",
        archive.url()
    );
    let journey = Journey::new(&[("targets.csv", &catalog)], &project);
    (archive, journey)
}

fn run_as(journey: &Journey, names: [&str; 2], password: &str) -> Ended {
    let environment = [(names[0], USER), (names[1], password)];
    journey.command(&["-vv", "run", "project.yaml"], &environment)
}

/// Neither in what was said nor in any file, as it is or encoded for an address.
fn assert_secret(journey: &Journey, ended: &Ended, password: &str) {
    let encoded: String = password
        .bytes()
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() || b"-._~:/,".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    let mut places = vec![("stdout".to_owned(), ended.out.clone().into_bytes())];
    places.push(("stderr".to_owned(), ended.err.clone().into_bytes()));
    places.extend(journey.products());
    for name in ["retriever.db", "retriever.db-wal", "MEMBERS/run.yaml"] {
        let bytes = std::fs::read(journey.data().join(name)).unwrap_or_default();
        places.push((name.to_owned(), bytes));
    }
    for (place, bytes) in places {
        for secret in [password, encoded.as_str()] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} is in {place}");
        }
    }
}

#[test]
fn without_credentials_nobody_signs_on() {
    let (archive, journey) = setting();
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let asked = archive.counters();
    assert_eq!((asked.requests(), asked.requests_to(SIGN_ON)), (12, 0));
    assert!(
        asked
            .records()
            .iter()
            .all(|request| !request.has_credentials)
    );
}

#[test]
fn with_credentials_there_is_one_sign_on_a_run() {
    for names in [
        ["RETRIEVER_ZTF_USERNAME", "RETRIEVER_ZTF_PASSWORD"],
        ["ZTF_USERNAME", "ZTF_PASSWORD"],
    ] {
        let (archive, journey) = setting();
        let ended = run_as(&journey, names, PASSWORD);
        assert_eq!(ended.code, 0, "{ended:?}");
        let asked = archive.counters();
        assert_eq!(
            (asked.requests(), asked.requests_to(SIGN_ON)),
            (13, 1),
            "{names:?}"
        );
        let signed_on = |path: &str| {
            let of_path = asked
                .records()
                .iter()
                .filter(|request| request.endpoint == path);
            of_path.filter(|request| request.has_credentials).count()
        };
        assert_eq!(signed_on("/cgi-bin/ZTF/nph_light_curves"), 12);
        assert_secret(&journey, &ended, PASSWORD);
        archive.reset_counters();
        let again = run_as(&journey, names, PASSWORD);
        assert!(again.out.contains("all was already done"), "{again:?}");
        assert_eq!(
            archive.counters().requests(),
            0,
            "who has nothing to ask does not sign on"
        );
    }
}

#[test]
fn wrong_credentials_end_the_run_with_a_message_that_keeps_the_password() {
    let (archive, journey) = setting();
    let wrong = "wr&ng hunter3";
    let ended = run_as(&journey, ["ZTF_USERNAME", "ZTF_PASSWORD"], wrong);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.out.contains("credentials refused"), "{ended:?}");
    let asked = archive.counters();
    assert_eq!(
        (asked.requests(), asked.requests_to(SIGN_ON)),
        (1, 1),
        "sent once, and nothing after it"
    );
    assert_secret(&journey, &ended, wrong);
    let right = run_as(&journey, ["ZTF_USERNAME", "ZTF_PASSWORD"], PASSWORD);
    assert_eq!(right.code, 0, "{right:?}");
    assert_eq!(journey.status()["observatories"]["ZTF"]["ok"], 12);
}

#[test]
fn credentials_may_stand_in_a_file_of_ones_own() {
    let (archive, journey) = setting();
    let file = journey.path("credentials.yaml");
    let text = format!("ztf:\n  username: {USER}\n  password: {PASSWORD:?}\n");
    std::fs::write(&file, text).unwrap();
    set_mode(&file, 0o644);
    let ended = journey.run();
    assert_eq!(
        ended.code, 4,
        "a file that others can read is not taken: {ended:?}"
    );
    assert_eq!(archive.counters().requests(), 0);
    assert_secret(&journey, &ended, PASSWORD);
    set_mode(&file, 0o600);
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(archive.counters().requests_to(SIGN_ON), 1);
    assert_secret(&journey, &ended, PASSWORD);
}

fn set_mode(file: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}
