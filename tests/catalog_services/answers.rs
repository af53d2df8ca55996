//! An answer is stored once and used from there.

use retriever::catalog::{Catalog, CatalogParameters};
use serde_json::Value;

use super::{Journey, Service, gaia, impatient, stored, tables, vizier};

const ADQL: &str = "SELECT source_id, ra, dec FROM gaiadr3.gaia_source WHERE parallax > 10";

#[test]
fn a_query_of_gaia_becomes_a_run_and_is_asked_once() {
    let service = Service::answering(tables::gaia(3));
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let names: Vec<String> = journey.raw().into_keys().collect();
    assert_eq!(
        names,
        [
            "4583627001381815937",
            "4583627001381815938",
            "4583627001381815939"
        ],
        "ids above 2^53 keep their last digits"
    );
    {
        let script = service.script();
        assert_eq!(
            script.jobs(),
            0,
            "the job is dropped when its answer is stored"
        );
        let form = &script.queries[0];
        assert_eq!(form["MAXREC"], "3000000");
        assert_eq!(
            (form["LANG"].as_str(), form["REQUEST"].as_str()),
            ("ADQL", "doQuery")
        );
        assert_eq!(form["QUERY"], ADQL);
        assert_eq!(form.get("PHASE"), None, "it is noted before it runs");
    }
    let files = stored(&journey);
    assert_eq!(files.len(), 1, "{files:?}");
    let asked = service.script().requests.len();
    let again = journey.run();
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(
        service.script().requests.len(),
        asked,
        "nothing is asked twice"
    );
    let config = journey.command(&["catalog", "info", "project.yaml", "--json"], &[]);
    let told: Value = serde_json::from_str(&config.out).unwrap();
    assert_eq!(told[0]["rows"], 3);
    assert_eq!(told[0]["epoch"], 2016.0);
    assert_eq!(told[0]["mag_filter"], "Gaia_G");
    assert_eq!(told[0]["service"]["adql"], ADQL);
    assert_eq!(told[0]["service"]["url"], service.url());
    assert_eq!(told[0]["service"]["rows"], 3);
    assert_eq!(service.script().requests.len(), asked);
}

#[test]
fn the_stored_file_tells_where_it_is_from_also_by_itself() {
    let service = Service::answering(tables::gaia(2));
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    assert_eq!(
        journey
            .command(&["catalog", "get", "project.yaml", "--row", "1"], &[])
            .code,
        0
    );
    let file = &stored(&journey)[0];
    let info = journey.command(&["catalog", "info", file.to_str().unwrap()], &[]);
    assert_eq!(info.code, 0, "{info:?}");
    assert!(
        info.out.contains(ADQL) && info.out.contains(&service.url()),
        "{}",
        info.out
    );
    assert!(
        info.out.contains("\nasked ") && info.out.contains("\nservice "),
        "{}",
        info.out
    );
}

#[test]
fn columns_that_differ_by_case_are_both_kept_and_can_be_chosen() {
    let service = Service::answering(tables::vizier());
    let columns = "GaiaEDR3, RA_ICRS, DE_ICRS, Gmag, gmag";
    let journey = Journey::new(&[], &vizier(&service, columns, "  mag_column: gmag\n"));
    let get = |row: &str| {
        let ended = journey.command(
            &["catalog", "get", "project.yaml", "--row", row, "--json"],
            &[],
        );
        assert_eq!(ended.code, 0, "{ended:?}");
        serde_json::from_str::<Value>(&ended.out).unwrap()[0].clone()
    };
    assert_eq!(get("0")["mag"], 14.25);
    assert_eq!(get("0")["name"], "2868734963397148673");
    assert_eq!(
        get("1").get("mag"),
        None,
        "a cell without a value is no number"
    );
    let other = vizier(&service, columns, "  mag_column: Gmag\n");
    journey.describe(&other);
    assert_eq!(get("0")["mag"], 14.5);
    assert_eq!(
        service.script().requests.len(),
        1,
        "the choice of a column is no other query"
    );
    assert_eq!(
        service.script().queries[0]["QUERY"],
        "SELECT \"GaiaEDR3\", \"RA_ICRS\", \"DE_ICRS\", \"Gmag\", \"gmag\" FROM \"J/MNRAS/508/3877/maincat\" WHERE Pwd > 0.75"
    );
    let parameters = CatalogParameters {
        mag_column: Some("Gmag".into()),
        ..CatalogParameters::default()
    };
    let catalog = Catalog::from_file(&stored(&journey)[0], &parameters).unwrap();
    assert_eq!(catalog.target(1).unwrap().mag, Some(16.5));
}

#[test]
fn another_query_is_asked_for_and_kept_beside_the_first() {
    let service = Service::answering(tables::gaia(3));
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    assert_eq!(journey.run().code, 0);
    journey.describe(&gaia(
        &service,
        "SELECT source_id, ra, dec FROM gaiadr3.gaia_source",
        "",
    ));
    assert_eq!(journey.run().code, 0);
    assert_eq!(stored(&journey).len(), 2);
    assert_eq!(
        service.count("POST /async"),
        4,
        "two jobs, each begun and started"
    );
}

#[test]
fn a_damaged_file_is_asked_for_again_with_a_word() {
    let service = Service::answering(tables::gaia(200));
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    let get = ["catalog", "get", "project.yaml", "--row", "199"];
    assert_eq!(journey.command(&get, &[]).code, 0);
    let file = &stored(&journey)[0];
    let whole = std::fs::read(file).unwrap();
    for damage in ["a flipped bit in the data", "a lost end", "an empty file"] {
        let mut bytes = whole.clone();
        match damage {
            "a flipped bit in the data" => bytes[300] ^= 4,
            "a lost end" => bytes.truncate(whole.len() / 2),
            _ => bytes.clear(),
        }
        std::fs::write(file, bytes).unwrap();
        let before = service.count("POST /async");
        let ended = journey.command(&get, &[]);
        assert_eq!(ended.code, 0, "{damage}: {ended:?}");
        assert_eq!(
            ended
                .err
                .matches("is damaged and is asked for again")
                .count(),
            1,
            "{damage}: {}",
            ended.err
        );
        assert_eq!(service.count("POST /async"), before + 2, "{damage}");
        assert_eq!(stored(&journey).len(), 1);
    }
}

#[test]
fn what_is_stored_serves_without_the_service_until_redo_is_said() {
    let service = Service::answering(tables::gaia(3));
    let journey = Journey::new(&[], &gaia(&service, ADQL, ""));
    assert_eq!(journey.run().code, 0);
    service.script().answers = vec![(String::new(), tables::gaia(4))];
    let get = ["catalog", "get", "project.yaml", "--row", "3"];
    assert_eq!(journey.command(&get, &[]).code, 2, "there are three");
    let redo = [&get[..], &["--redo"]].concat();
    assert_eq!(journey.command(&redo, &[]).code, 0);
    // an answer that is none leaves what was stored
    service.script().answers = vec![(String::new(), tables::gaia_with(9, tables::OVERFLOW))];
    assert_eq!(journey.command(&redo, &[]).code, 2);
    drop(service);
    assert_eq!(journey.command(&get, &[]).code, 0, "the service is gone");
    let ended = journey.command(&["catalog", "get", "x.csv", "--row", "0", "--redo"], &[]);
    assert_eq!(ended.code, 2, "{ended:?}");
}

#[tokio::test]
async fn the_same_from_code_has_the_query_in_its_configuration() {
    let service = Service::answering(tables::gaia(3));
    let folder = tempfile::tempdir().unwrap();
    let open = async |adql: &str, rows: i64| {
        impatient("catalog.gaia.adql", adql, folder.path())
            .set("project.version_control", true)
            .set("catalog.gaia.url", service.url().as_str())
            .set("catalog.gaia.mode", "sync")
            .set("catalog.gaia.max_rows", rows)
            .open()
            .await
            .unwrap()
    };
    let one = open(ADQL, 1_000).await;
    assert_eq!(one.catalog().len(), 3);
    assert_eq!(service.count("POST /sync"), 1);
    let same = open(ADQL, 2_000).await;
    assert_eq!(service.count(""), 1);
    assert_eq!(
        one.cfg_hash(),
        same.cfg_hash(),
        "a limit that was not met changes nothing"
    );
    let other = open("SELECT source_id, ra, dec FROM gaiadr3.gaia_source", 1_000).await;
    assert_ne!(
        one.cfg_hash(),
        other.cfg_hash(),
        "another query is another configuration"
    );
}
