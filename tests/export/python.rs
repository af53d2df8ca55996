//! Tables as astropy, pandas, pyarrow, lightkurve and LSDB read them, against h5py's reading of the project's own files.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use retriever::export::{self, Column, ColumnKind, Description, Format, Widths};
use retriever_standin::{StandIn, TessStar};
use serde_json::{Map, Value, json};

use crate::journey::Journey;
use crate::{TARGETS, export, project};

/// The interpreter that is to read them; none: the test is skipped, and says so.
fn python() -> Option<std::ffi::OsString> {
    let python = std::env::var_os("RETRIEVER_PYTHON");
    if python.is_none() {
        eprintln!(
            "skipped: RETRIEVER_PYTHON names no Python with astropy, pandas, pyarrow, lightkurve, lsdb"
        );
    }
    python
}

fn check(python: &std::ffi::OsStr, script: &str, folder: &Path) {
    let script = format!("{}/tests/python/{script}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(script)
        .arg(folder)
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}{err}");
    out.lines()
        .filter(|line| line.starts_with("skipped"))
        .for_each(|line| eprintln!("{line}"));
}

#[test]
fn tables_are_read_as_they_are_kept() {
    let Some(python) = python() else {
        return;
    };
    let journey = project();
    for extension in ["parquet", "fits", "vot", "ecsv", "csv"] {
        for what in ["lightcurves", "sources", "detections"] {
            export(&journey, &[what, "-o", &format!("{what}.{extension}")]);
        }
    }
    for extension in ["fits", "vot", "ecsv"] {
        let name = format!("processed.{extension}");
        export(
            &journey,
            &["lightcurves", "--kind", "processed", "-o", &name],
        );
    }
    for words in [
        &["lightcurves", "--layout", "nested", "-o", "nested.parquet"][..],
        &["properties", "-o", "properties.parquet"],
        &["properties", "--layout", "flat", "-o", "filters.parquet"],
    ] {
        export(&journey, words);
    }
    for what in ["sources", "detections"] {
        let rows = serde_json::to_string(&journey.rows(what)).unwrap();
        fs::write(journey.path(&format!("{what}.json")), rows).unwrap();
    }
    std::os::unix::fs::symlink(journey.data(), journey.path("products")).unwrap();
    write_hostile(&journey.path(""));
    check(&python, "test_export.py", &journey.path(""));
}

/// Two surveys' ways to write a flux, and a zero point for each star of one of them.
#[test]
fn curves_of_tess_become_those_of_lightkurve() {
    let Some(python) = python() else {
        return;
    };
    let archive = StandIn::empty().with_tess([
        TessStar::at(701, 150.0, 20.0)
            .tmag(12.0)
            .spoc(24)
            .qlp(25)
            .rows(60),
        TessStar::at(702, 250.0, -60.0)
            .tmag(11.0)
            .tess_spoc(27)
            .rows(60),
        TessStar::at(703, 30.0, 10.0).tmag(10.0).qlp(40).rows(60),
    ]);
    let catalog = "name,ra,dec,tic\nTIC 701,150,20,701\nTIC 702,250,-60,702\nTIC 703,30,10,703\n";
    let project = format!(
        "project: {{name: exported, obs_names: [TESS]}}\ncatalog: {{filename: stars.csv}}\n\
         observatories: {{tess: {{url: \"{}\", rate_limit: null}}}}\nanalysis: {{enabled: false}}\n",
        archive.url()
    );
    let journey = Journey::new(&[("stars.csv", catalog)], &project);
    assert_eq!(journey.run().code, 0);
    for name in ["lightcurves.fits", "lightcurves.parquet"] {
        export(&journey, &["lightcurves", "-o", name]);
    }
    let rows = serde_json::to_string(&journey.rows("sources")).unwrap();
    fs::write(journey.path("sources.json"), rows).unwrap();
    std::os::unix::fs::symlink(journey.data(), journey.path("products")).unwrap();
    check(&python, "test_export_tess.py", &journey.path(""));
}

#[test]
fn a_collection_is_opened_by_lsdb() {
    let Some(python) = python() else {
        return;
    };
    let journey = project();
    let edge = "edge east,45.0011111,0.0,15\nedge west,44.9988889,0.0,15\n";
    fs::write(journey.path("targets.csv"), format!("{TARGETS}{edge}")).unwrap();
    assert_eq!(journey.run().code, 0);
    let words = [
        "--format",
        "hats",
        "--partition-rows",
        "500",
        "-o",
        "lightcurves",
    ];
    export(&journey, &[&["lightcurves"], &words[..]].concat());
    // in place of the collection that stands there
    export(&journey, &[&["lightcurves"], &words[..]].concat());
    export(
        &journey,
        &[
            "properties",
            "--format",
            "hats",
            "--layout",
            "flat",
            "-o",
            "filters",
        ],
    );
    for what in ["sources", "detections"] {
        export(&journey, &[what, "--format", "hats", "-o", what]);
        let rows = serde_json::to_string(&journey.rows(what)).unwrap();
        fs::write(journey.path(&format!("{what}.json")), rows).unwrap();
    }
    std::os::unix::fs::symlink(journey.data(), journey.path("products")).unwrap();
    check(&python, "test_hats.py", &journey.path(""));
}

/// Values that formats like to lose: in each format, and as JSON texts.
fn write_hostile(folder: &Path) {
    let texts = [
        Some("plain"),
        Some(""),
        None,
        Some("comma, \"quotes\", #hash"),
        Some("two\nlines"),
        Some("Ä λ 𝛼 \\u00e4 \\"),
        Some("blanks at the end  "),
        Some("nan"),
    ];
    let floats = [
        Some(f64::NAN),
        Some(f64::INFINITY),
        Some(f64::NEG_INFINITY),
        None,
        Some(-0.0),
        Some(5e-324),
        Some(f64::MAX),
        Some(0.1),
    ];
    let integers = [
        Some(i64::MAX),
        Some(-1),
        None,
        Some(0),
        Some(i64::MIN + 1),
        Some(1),
        Some(2),
        Some(3),
    ];
    let small = [
        Some(i32::MAX),
        Some(-1),
        None,
        Some(0),
        Some(i32::MIN + 1),
        Some(1),
        Some(2),
        Some(3),
    ];
    let truths = [
        Some(true),
        Some(false),
        None,
        Some(true),
        Some(false),
        None,
        Some(true),
        Some(true),
    ];
    let column = |name: &str, kind| Column::new(name, kind, "", "hostile values").nullable();
    let table = Description {
        name: "hostile".to_owned(),
        title: "values that are easily lost <&>".to_owned(),
        columns: vec![
            column("texts", ColumnKind::Text),
            column("floats", ColumnKind::Float64),
            column("integers", ColumnKind::Int64),
            column("small", ColumnKind::Int32),
            column("truths", ColumnKind::Boolean),
        ],
        facts: Vec::new(),
    };
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(texts.to_vec())),
        Arc::new(Float64Array::from(floats.to_vec())),
        Arc::new(Int64Array::from(integers.to_vec())),
        Arc::new(Int32Array::from(small.to_vec())),
        Arc::new(BooleanArray::from(truths.to_vec())),
    ];
    let rows = RecordBatch::try_new(table.schema(), arrays).unwrap();
    let mut widths = Widths::new();
    export::text_widths(&table, &rows, &mut widths).unwrap();
    for (format, extension) in [
        (Format::Parquet, "parquet"),
        (Format::Fits, "fits"),
        (Format::Votable, "vot"),
        (Format::Ecsv, "ecsv"),
    ] {
        let file = fs::File::create(folder.join(format!("hostile.{extension}"))).unwrap();
        let mut writer = export::file(format, &table, &widths, file).unwrap();
        writer.write(&rows).unwrap();
        writer.finish().unwrap();
    }
    fn words<T>(values: &[Option<T>], word: impl Fn(&T) -> String) -> Vec<String> {
        let word = |value: &Option<T>| value.as_ref().map_or("NULL".to_owned(), &word);
        values.iter().map(word).collect()
    }
    let told: Map<String, Value> = [
        ("texts", "text", words(&texts, |text| (*text).to_owned())),
        (
            "floats",
            "float64",
            words(&floats, |value| format!("{value:?}")),
        ),
        ("integers", "int64", words(&integers, i64::to_string)),
        ("small", "int32", words(&small, i32::to_string)),
        ("truths", "bool", words(&truths, bool::to_string)),
    ]
    .into_iter()
    .map(|(name, kind, values)| (name.to_owned(), json!([kind, values])))
    .collect();
    fs::write(folder.join("hostile.json"), Value::Object(told).to_string()).unwrap();
}
