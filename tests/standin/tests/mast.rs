//! What the stand-in's MAST answers, asked over a plain socket.

mod support;

use std::path::PathBuf;

use retriever_standin::{Fault, Service, StandIn, TessStar};
use serde_json::{Value, json};
use support::{Answer, encoded, get, send};

fn star() -> TessStar {
    TessStar::at(188_589_164, 239.578, 35.407)
        .motion(-143.3, 318.2)
        .tmag(10.27)
        .spoc(24)
        .spoc(25)
        .fast(62)
        .tess_spoc(24)
        .qlp(24)
        .qlp(56)
}

fn invoke(stand_in: &StandIn, call: &Value) -> Answer {
    let form = format!("request={}", encoded(&call.to_string()));
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    let answer = send(stand_in, "POST", "/api/v0/invoke", headers, &form);
    assert_eq!(answer.status, 200);
    answer
}

fn asked(stand_in: &StandIn, call: &Value) -> Value {
    serde_json::from_str(invoke(stand_in, call).text()).unwrap()
}

fn of_target(tic: &str) -> Value {
    json!({
        "service": "Mast.Caom.Filtered",
        "params": {"columns": "*", "filters": [
            {"paramName": "target_name", "values": [tic]},
            {"paramName": "project", "separator": ";", "values": ["TESS"]},
            {"paramName": "dataproduct_type", "values": ["cube", "timeseries"]},
        ]},
        "format": "json", "pagesize": 50_000, "page": 1,
    })
}

fn urls(reply: &Value) -> Vec<&str> {
    let rows = reply["data"].as_array().unwrap();
    rows.iter()
        .filter_map(|row| row["dataURL"].as_str())
        .collect()
}

#[test]
fn a_search_by_target_finds_its_light_curves_among_other_things() {
    let stand_in = StandIn::empty().with_tess([star(), TessStar::at(5, 10.0, 10.0).spoc(1)]);
    let reply = asked(&stand_in, &of_target("188589164"));
    assert_eq!(reply["status"], "COMPLETE");
    let found = urls(&reply);
    for wanted in stand_in.tess_uris() {
        let is_its = !wanted.contains("-0000000000000005-");
        assert_eq!(found.contains(&wanted.as_str()), is_its, "{wanted}");
    }
    assert!(found.iter().any(|url| url.ends_with("_dvt.fits")));
    assert!(found.iter().any(|url| url.contains("diamante")));
    assert_eq!(found.len(), 6 + 2);
    assert_eq!(reply["paging"]["rowsFiltered"], 8);
    assert_eq!(reply["fields"].as_array().unwrap().len(), 33);
    let tess_spoc = reply["data"].as_array().unwrap();
    let tess_spoc = tess_spoc
        .iter()
        .find(|row| row["provenance_name"] == "TESS-SPOC");
    let tess_spoc = tess_spoc.unwrap();
    assert!(tess_spoc["obs_id"].as_str().unwrap().ends_with("_tp"));
    assert!(tess_spoc["dataURL"].as_str().unwrap().ends_with("_lc.fits"));
    assert!(tess_spoc["objID"].as_u64().unwrap() > 1 << 53);
    assert_eq!(tess_spoc["t_exptime"], 1800);
}

#[test]
fn pages_hold_every_row_once() {
    let stand_in = StandIn::empty().with_tess([star()]);
    let whole = asked(&stand_in, &of_target("188589164"));
    let mut rows = Vec::new();
    for page in 1..=3 {
        let mut call = of_target("188589164");
        call["pagesize"] = json!(3);
        call["page"] = json!(page);
        let reply = asked(&stand_in, &call);
        assert_eq!(reply["paging"]["pagesFiltered"], 3);
        assert_eq!(reply["paging"]["rowsFiltered"], 8);
        rows.extend(reply["data"].as_array().unwrap().clone());
    }
    assert_eq!(Value::Array(rows), whole["data"]);
}

#[test]
fn images_come_unless_the_kind_of_data_is_asked() {
    let stand_in = StandIn::empty().with_tess([star()]);
    let mut call = json!({
        "service": "Mast.Caom.Filtered.Position",
        "params": {"columns": "*", "position": "239.578, 35.407, 0.01", "filters": [
            {"paramName": "project", "values": ["TESS"]},
        ]},
    });
    let images = |reply: &Value| {
        let rows = reply["data"].as_array().unwrap().clone();
        rows.iter()
            .filter(|row| row["dataproduct_type"] == "image")
            .count()
    };
    assert_eq!(images(&asked(&stand_in, &call)), 4 * 4);
    let filters = call["params"]["filters"].as_array_mut().unwrap();
    filters.push(json!({"paramName": "dataproduct_type", "values": ["timeseries"]}));
    assert_eq!(images(&asked(&stand_in, &call)), 0);
    call["params"]["columns"] = json!("COUNT_BIG(*)");
    assert_eq!(asked(&stand_in, &call)["data"], json!([{"Column1": 8}]));
}

#[test]
fn the_input_catalog_lists_the_nearest_first_and_nulls_are_null() {
    let stand_in = StandIn::empty().with_tess([star()]);
    for service in ["Mast.Catalogs.Tic.Cone", "Mast.Catalogs.TIC.Cone"] {
        let params = json!({"ra": 239.578, "dec": 35.407, "radius": 0.005});
        let reply = asked(&stand_in, &json!({"service": service, "params": params}));
        let rows = reply["data"].as_array().unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0]["ID"], 188_589_164);
        assert_eq!(rows[0]["dstArcSec"], 0);
        assert_eq!(rows[1]["GAIAmag"], Value::Null);
        assert_eq!(rows[2]["Tmag"], Value::Null);
        assert!(rows[2]["SDSS"].as_u64().unwrap() > 1 << 53);
        let distances: Vec<f64> = rows
            .iter()
            .map(|r| r["dstArcSec"].as_f64().unwrap())
            .collect();
        assert!(distances.is_sorted(), "{distances:?}");
    }
    let by_number = json!({
        "service": "Mast.Catalogs.Filtered.Tic.Rows",
        "params": {"columns": "ID,ra,dec,Tmag", "filters": [{"paramName": "ID", "values": ["188589164"]}]},
    });
    let reply = asked(&stand_in, &by_number);
    assert_eq!(
        reply["data"],
        json!([{"ID": 188_589_164, "ra": 239.578, "dec": 35.407, "Tmag": 10.27}])
    );
    let name = json!({"service": "Mast.Name.Lookup", "params": {"input": "TIC 188589164", "format": "json"}});
    assert_eq!(
        asked(&stand_in, &name)["resolvedCoordinate"][0]["ra"],
        239.578
    );
}

#[test]
fn products_of_an_observation_are_its_light_curve_and_its_pixels() {
    let stand_in = StandIn::empty().with_tess([star()]);
    let reply = asked(&stand_in, &of_target("188589164"));
    let obsid = &reply["data"][0]["obsid"];
    let call = json!({"service": "Mast.Caom.Products", "params": {"obsid": obsid.to_string()}});
    let products = asked(&stand_in, &call);
    assert_eq!(products["data"].as_array().unwrap().len(), 2);
    assert_eq!(products["data"][0]["obsID"], *obsid);
    let uri = products["data"][0]["dataURI"].as_str().unwrap();
    let length = stand_in.tess_file(uri).unwrap().len();
    assert_eq!(products["data"][0]["size"], length);
}

#[test]
fn searches_execute_before_they_are_done_and_errors_come_under_status_200() {
    let stand_in = StandIn::empty().with_tess([star()]).executing(2);
    let call = of_target("188589164");
    for _ in 0..2 {
        assert_eq!(asked(&stand_in, &call)["status"], "EXECUTING");
    }
    assert_eq!(asked(&stand_in, &call)["status"], "COMPLETE");
    let counters = stand_in.counters();
    assert_eq!(counters.requests_of(Service::Portal), 3);
    assert_eq!(counters.asked_again_after_an_answer(), 0);
    let wrong = json!({"service": "Mast.Catalogs.Filtered.Tic.Rows", "params": {"columns": "COUNT_BIG(*)", "filters": []}});
    asked(&stand_in, &wrong);
    asked(&stand_in, &wrong);
    let reply = asked(&stand_in, &wrong);
    assert_eq!(
        (&reply["status"], &reply["msg"]),
        (&json!("ERROR"), &json!("Incorrect syntax near '*'."))
    );
}

#[test]
fn a_page_fails_alone_and_whatever_the_cache_breaker_says() {
    let stand_in =
        StandIn::empty()
            .with_tess([star()])
            .failing_at(Service::Portal, Fault::PageError, 1, 1);
    let page = |page: u64, breaker: &str| {
        let mut call = of_target("188589164");
        call["pagesize"] = json!(3);
        call["page"] = json!(page);
        call["cacheBreaker"] = json!(breaker);
        asked(&stand_in, &call)["status"].clone()
    };
    assert_eq!(page(1, "a"), "COMPLETE");
    assert_eq!(page(2, "b"), "ERROR");
    assert_eq!(page(2, "c"), "COMPLETE");
    assert_eq!(stand_in.counters().repeated(), 1);
    assert_eq!(stand_in.counters().asked_again_after_an_answer(), 0);
}

#[test]
fn files_come_whole_in_parts_and_only_if_changed() {
    let stand_in = StandIn::empty().with_tess([star()]);
    let uri = &stand_in.tess_uris()[0];
    let bytes = stand_in.tess_file(uri).unwrap();
    let target = format!("/api/v0.1/Download/file?uri={uri}");
    let whole = get(&stand_in, &target, "");
    assert_eq!((whole.status, &whole.body), (200, &bytes));
    let tag = whole.header("etag").unwrap().to_owned();
    assert!(tag.ends_with(&format!("-{:x}\"", bytes.len())));
    let name = uri.rsplit('/').next().unwrap();
    assert_eq!(
        whole.header("content-disposition"),
        Some(format!("attachment; filename=\"{name}\"").as_str())
    );
    let slashed = target.replace("file?", "file/?");
    let head = send(&stand_in, "HEAD", &slashed, "", "");
    assert_eq!(
        head.header("content-length"),
        Some(bytes.len().to_string().as_str())
    );
    let range = format!("Range: bytes=1000-\r\nIf-Range: {tag}\r\n");
    let part = get(&stand_in, &target, &range);
    assert_eq!((part.status, &part.body[..]), (206, &bytes[1000..]));
    let unchanged = format!("If-None-Match: {tag}\r\n");
    assert_eq!(get(&stand_in, &target, &unchanged).status, 304);
    stand_in.replace_file(uri, bytes.clone());
    assert_eq!(get(&stand_in, &target, &unchanged).status, 200);
    assert_eq!(get(&stand_in, &target, &range).status, 200);
    stand_in.lose_file(uri);
    assert_eq!(get(&stand_in, &target, "").status, 404);
}

#[test]
fn a_new_sector_is_found_on_a_running_server() {
    let stand_in = StandIn::empty().with_tess([star()]);
    stand_in.add_tess(TessStar::at(188_589_164, 239.578, 35.407).spoc(51));
    let reply = asked(&stand_in, &of_target("188589164"));
    assert!(
        urls(&reply)
            .iter()
            .any(|url| url.contains("-s0051-") && url.ends_with("s_lc.fits"))
    );
}

#[test]
fn recorded_files_are_served_under_the_uris_of_their_names() {
    let Some(data) = std::env::var_os("RETRIEVER_REAL_DATA") else {
        println!("skipped: RETRIEVER_REAL_DATA is not set");
        return;
    };
    let folder = PathBuf::from(data).join("tess");
    let stand_in = StandIn::empty().with_tess_dir(&folder).unwrap();
    assert_eq!(stand_in.tess_uris().len(), 7);
    let reply = asked(&stand_in, &of_target("188589164"));
    let found = urls(&reply);
    let recorded = "tess2020106103520-s0024-0000000188589164-0180-s_lc.fits";
    let uri = format!("mast:TESS/product/{recorded}");
    assert!(found.contains(&uri.as_str()));
    let bytes = std::fs::read(folder.join("spoc").join(recorded)).unwrap();
    assert!(stand_in.tess_file(&uri).unwrap() == bytes);
    assert!(
        found
            .iter()
            .any(|url| url.starts_with("mast:HLSP/tess-spoc/s0024/target/0000/0001/8858/9164/"))
    );
    let params = json!({"ra": 239.578324614201, "dec": 35.4067440085437, "radius": 0.001});
    let cone = json!({"service": "Mast.Catalogs.Tic.Cone", "params": params});
    let row = asked(&stand_in, &cone)["data"][0].clone();
    assert_eq!(
        (&row["ID"], &row["pmDEC"]),
        (&json!(188_589_164), &json!(318.219))
    );
}
