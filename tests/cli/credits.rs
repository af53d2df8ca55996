//! `retriever cite`.

use serde_json::Value;

use retriever_standin::{StandIn, TessStar};

use super::desk::{DEMO, Desk, snapshot};

fn subjects(desk: &Desk) -> Vec<String> {
    let credits = desk.json(&["cite", "p.yaml", "--json"]);
    let credits = credits.as_array().unwrap();
    credits
        .iter()
        .map(|credit| credit["subject"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_configured_is_credited_and_nothing_else() {
    let desk = Desk::with(DEMO);
    assert_eq!(subjects(&desk), ["Retriever"]);
    desk.write("p.yaml", DEMO.replace("[demo]", "[ztf, tess]"));
    assert_eq!(
        subjects(&desk),
        [
            "ZTF",
            "IRSA",
            "Barycentric times",
            "TESS",
            "TESS: light curves of SPOC",
            "TESS: light curves of TESS-SPOC",
            "TESS: light curves of QLP",
            "Retriever"
        ]
    );
    desk.write(
        "p.yaml",
        DEMO.replace("[demo]", "[tess]")
            .replace("{demo: {num_points: 30}}", "{tess: {products: [qlp]}}")
            .replace(
                "filename: targets.csv",
                "filename: targets.csv, reference: Me et al. 2025",
            ),
    );
    assert_eq!(
        subjects(&desk),
        ["TESS", "TESS: light curves of QLP", "Catalog", "Retriever"]
    );
}

#[test]
fn a_survey_that_gave_nothing_is_not_credited_once_the_project_ran() {
    // TESS is too faint for these stars: they are skipped, and nobody is asked
    let project = DEMO
        .replace("[demo]", "[demo, tess]")
        .replace("{demo: {num_points: 30}}", "{tess: {mag_limit: 0}}");
    let desk = Desk::with(&project);
    desk.write("targets.csv", "name,ra,dec,mag\nfaint,10,10,15\n");
    assert!(subjects(&desk).contains(&"TESS".to_owned()));
    desk.good(&["run", "p.yaml"]);
    assert_eq!(subjects(&desk), ["Retriever"]);
}

#[test]
fn a_catalog_that_is_not_there_yet_is_not_asked_for() {
    let desk = Desk::empty();
    let query = "SELECT source_id, ra, dec FROM gaiadr3.gaia_source";
    desk.write(
        "p.yaml",
        format!("project: {{name: x, obs_names: [ztf]}}\ncatalog: {{gaia: {{adql: \"{query}\", url: \"http://127.0.0.1:1/tap\"}}}}\n"),
    );
    let said = desk.good(&["cite", "p.yaml", "--bibtex"]);
    assert!(said.err.contains("what the file configures"), "{said:?}");
    for key in ["{Masci2019,", "{GaiaMission,", "{GaiaDR3,", "{SOFA,"] {
        assert!(said.out.contains(key), "{key}: {said:?}");
    }
    assert!(!said.out.contains("Ricker2015"));
}

#[test]
fn the_texts_are_for_the_eye_and_for_latex() {
    let desk = Desk::with(&DEMO.replace("[demo]", "[ztf, tess]"));
    let text = desk.good(&["cite", "p.yaml"]).out;
    assert!(
        text.lines().all(|line| line.chars().count() <= 200),
        "{text}"
    );
    let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    snapshot("cite", &without_commit(&text));
    let bibtex = desk.good(&["cite", "p.yaml", "--bibtex"]).out;
    assert!(bibtex.is_ascii(), "{bibtex}");
    let opened = bibtex.matches('{').count();
    assert_eq!(opened, bibtex.matches('}').count(), "{bibtex}");
    let mut keys: Vec<&str> = bibtex
        .lines()
        .filter_map(|line| line.strip_prefix('@')?.split_once('{').map(|(_, key)| key))
        .collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert!(all > 12 && keys.len() == all, "{keys:?}");
    let refused = desk.refused(&["cite", "p.yaml", "--bibtex", "--json"]);
    assert!(refused.contains("cannot be used with"), "{refused}");
    let json: Value = desk.json(&["cite", "p.yaml", "--json"]);
    assert_eq!(json[0]["references"][0]["doi"], "10.1088/1538-3873/aae8ac");
}

fn without_commit(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("commit ") {
        Some((before, _)) => format!("{before}commit COMMIT"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn after_a_run_with_two_surveys_what_was_used_of_each_is_credited() {
    let archive =
        StandIn::synthetic(1, &[(150.0, 20.0)])
            .with_tess([TessStar::at(701, 150.0, 20.0).tmag(12.0).qlp(25).rows(60)]);
    let url = archive.url();
    let desk = Desk::with(&format!(
        "project: {{name: both, obs_names: [ztf, tess]}}\ncatalog: {{filename: targets.csv}}\n\
         observatories: {{rate_limit: null, ztf: {{url: \"{url}\"}}, tess: {{url: \"{url}\"}}}}\n"
    ));
    desk.write("targets.csv", "name,ra,dec\nTIC 701,150.0,20.0\n");
    let mut command = desk.command(&["run", "p.yaml"]);
    let said = super::desk::said({
        command.env("NO_PROXY", "127.0.0.1");
        command
    });
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(
        subjects(&desk),
        [
            "ZTF",
            "IRSA",
            "Barycentric times",
            "TESS",
            "TESS: light curves of QLP",
            "Retriever"
        ]
    );
    // the stand-in's nights are of the first phase of ZTF
    let text = desk.good(&["cite", "p.yaml"]).out;
    let text = text.replace("\n  ", " ");
    assert!(
        text.contains("Grant No. AST-1440341") && !text.contains("AST-2034437"),
        "{text}"
    );
}
