//! Answers of services: read in parts, stored with all columns, checked when they are used.

use std::io::Write as _;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use arrow::record_batch::RecordBatch;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use super::*;
use crate::catalog::{GaiaParameters, ServiceQuery, keep, notes, stored};

fn query(adql: &str) -> ServiceQuery {
    let parameters = CatalogParameters {
        gaia: Some(GaiaParameters {
            adql: adql.to_owned(),
            ..GaiaParameters::default()
        }),
        ..CatalogParameters::default()
    };
    parameters.service_query().unwrap()
}

/// A VOTable in the form BINARY2: an id that may be missing, an array that is passed over, a name, a magnitude.
fn binary2(rows: i64, prefix: &str, after: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in 0..rows {
        let has_no_id = row % 3 == 1;
        bytes.push(if has_no_id { 0b1000_0000 } else { 0 });
        bytes.extend((9_007_199_254_740_993 + row).to_be_bytes());
        let lengths = (row % 4) as u32;
        bytes.extend(lengths.to_be_bytes());
        (0..lengths).for_each(|place| bytes.extend((place as f32).to_be_bytes()));
        let name = format!("s{row}");
        bytes.extend((name.len() as u32).to_be_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend((row as f64 / 8.0).to_be_bytes());
    }
    let text = STANDARD.encode(bytes);
    // services break lines, and not where four letters end
    let lines: Vec<&str> = (0..text.len())
        .step_by(71)
        .map(|start| &text[start..text.len().min(start + 71)])
        .collect();
    let p = prefix;
    let stream = lines.join("\n");
    format!(
        "<?xml version=\"1.0\"?><{p}VOTABLE><{p}RESOURCE type=\"results\"><{p}INFO name=\"QUERY_STATUS\" value=\"OK\"/>\
         <{p}TABLE><{p}DESCRIPTION>all of it</{p}DESCRIPTION>\
         <{p}FIELD name=\"id\" datatype=\"long\"/><{p}FIELD name=\"flux\" datatype=\"float\" arraysize=\"*\"/>\
         <{p}FIELD name=\"Name\" datatype=\"char\" arraysize=\"*\"/>\
         <{p}FIELD name=\"Gmag\" datatype=\"double\" unit=\"mag\"><{p}DESCRIPTION>G &amp; so on</{p}DESCRIPTION></{p}FIELD>\
         <{p}DATA><{p}BINARY2><{p}STREAM encoding=\"base64\">\n{stream}\n</{p}STREAM></{p}BINARY2></{p}DATA></{p}TABLE>\
         {after}</{p}RESOURCE></{p}VOTABLE>"
    )
    .into_bytes()
}

fn batches(file: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(file).unwrap());
    let batches = reader.unwrap().build().unwrap();
    batches.map(Result::unwrap).collect()
}

#[test]
fn an_answer_is_stored_with_exact_numbers_units_and_meanings() {
    let folder = Folder::new();
    let kept = folder.0.path().join("kept.parquet");
    for prefix in ["", "vot:"] {
        let answer = folder.file("answer.vot", binary2(70_001, prefix, ""));
        let query = query("SELECT * FROM t");
        let told = keep(&query, &answer, &kept).unwrap();
        assert_eq!(told.rows, 70_001);
        assert_eq!(notes(&kept).unwrap(), told);
        assert_eq!(stored(&query, &kept).unwrap(), Some(told));
        let batches = batches(&kept);
        let first = &batches[0];
        let schema = first.schema();
        let names: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(names, ["id", "Name", "Gmag"], "the array is passed over");
        assert_eq!(schema.field(2).metadata()["unit"], "mag");
        assert_eq!(schema.field(2).metadata()["description"], "G & so on");
        let ids = first.column(0).as_primitive::<Int64Type>();
        assert_eq!(
            ids.iter().take(3).collect::<Vec<_>>(),
            [
                Some(9_007_199_254_740_993),
                None,
                Some(9_007_199_254_740_995)
            ]
        );
        let last = batches.last().unwrap();
        let row = last.num_rows() - 1;
        assert_eq!(last.column(1).as_string::<i32>().value(row), "s70000");
        assert_eq!(
            last.column(2).as_primitive::<Float64Type>().value(row),
            8750.0
        );
    }
}

#[test]
fn a_table_without_rows_is_stored_and_checked_too() {
    let folder = Folder::new();
    let kept = folder.0.path().join("kept.parquet");
    let query = query("SELECT * FROM t");
    let answer = folder.file("answer.vot", binary2(0, "", ""));
    assert_eq!(keep(&query, &answer, &kept).unwrap().rows, 0);
    assert_eq!(stored(&query, &kept).unwrap().unwrap().rows, 0);
}

#[test]
fn words_after_the_table_count() {
    let folder = Folder::new();
    let kept = folder.0.path().join("kept.parquet");
    for (after, is_cut) in [
        ("<INFO name=\"QUERY_STATUS\" value=\"OVERFLOW\"/>", true),
        (
            "<INFO name=\"QUERY_STATUS\" value=\"ERROR\">disk full</INFO>",
            false,
        ),
    ] {
        let answer = folder.file("answer.vot", binary2(10, "", after));
        let error = keep(&query("SELECT * FROM t"), &answer, &kept).unwrap_err();
        let is_right = match &error {
            CatalogError::Cut { rows: 10, .. } => is_cut,
            CatalogError::ServerError { words, .. } => !is_cut && words == "disk full",
            _ => false,
        };
        assert!(is_right, "{error}");
        assert!(!kept.exists());
        assert_eq!(
            folder.0.path().read_dir().unwrap().count(),
            1,
            "nothing half-written stays"
        );
    }
}

#[test]
fn a_stored_file_of_another_query_or_with_other_numbers_is_not_taken() {
    let folder = Folder::new();
    let kept = folder.0.path().join("kept.parquet");
    let answer = folder.file("answer.vot", binary2(10, "", ""));
    keep(&query("SELECT * FROM t"), &answer, &kept).unwrap();
    assert!(
        stored(&query("SELECT * FROM t"), &folder.0.path().join("other"))
            .unwrap()
            .is_none()
    );
    assert!(stored(&query("SELECT * FROM u"), &kept).is_err());
    // a file that was made by hand, in place of the stored one
    crate::catalog::make(5, 1).write(&kept).unwrap();
    assert!(stored(&query("SELECT * FROM t"), &kept).is_err());
}

#[test]
fn a_table_of_blanks_and_cells_of_gigabytes_are_refused_without_making_room() {
    let folder = Folder::new();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed
        .write_all(b"<VOTABLE><RESOURCE><TABLE><FIELD name=\"name\" datatype=\"char\" arraysize=\"*\"/><FIELD name=\"ra\" datatype=\"double\"/><FIELD name=\"dec\" datatype=\"double\"/><DATA><TABLEDATA><TR><TD>")
        .unwrap();
    let blanks = vec![b' '; 1 << 20];
    (0..64).for_each(|_| packed.write_all(&blanks).unwrap());
    let bomb = folder.file("bomb.vot", packed.finish().unwrap());
    let error = Catalog::from_file(&bomb, &CatalogParameters::default()).unwrap_err();
    assert!(error.to_string().contains("a text of more than"), "{error}");

    let claim = STANDARD.encode([&[0u8][..], &u32::MAX.to_be_bytes(), b"abc"].concat());
    let text = format!(
        "<VOTABLE><RESOURCE><TABLE><FIELD name=\"name\" datatype=\"char\" arraysize=\"*\"/><DATA><BINARY2>\
         <STREAM encoding=\"base64\">{claim}</STREAM></BINARY2></DATA></TABLE></RESOURCE></VOTABLE>"
    );
    let claim = folder.file("claim.vot", text);
    let kept = folder.0.path().join("kept.parquet");
    let error = keep(&query("SELECT 1"), &claim, &kept).unwrap_err();
    assert!(
        error.to_string().contains("a cell of 4294967295 bytes"),
        "{error}"
    );
}

#[test]
fn binary_data_that_go_on_after_a_comment_are_not_lost_unnoticed() {
    let folder = Folder::new();
    let text = String::from_utf8(binary2(10, "", "")).unwrap();
    let place = text.find("STREAM encoding").unwrap() + 80;
    let text = format!("{}<!-- x -->{}", &text[..place], &text[place..]);
    let answer = folder.file("answer.vot", text);
    let kept = folder.0.path().join("kept.parquet");
    let error = keep(&query("SELECT 1"), &answer, &kept).unwrap_err();
    assert!(matches!(error, CatalogError::Malformed { .. }), "{error}");
}

#[test]
fn real_answers_are_stored_whole() {
    let Some(root) = std::env::var_os("RETRIEVER_REAL_DATA") else {
        println!(
            "skipped: RETRIEVER_REAL_DATA is not set, answers of Gaia and VizieR are not read"
        );
        return;
    };
    let folder = Folder::new();
    let kept = folder.0.path().join("kept.parquet");
    // rows, and sums of columns, as astropy reads them, which rounds decimals of a float and not of its value
    for (file, adql, rows, sums) in [
        (
            "gaia/1710099405832VAL-result.vot",
            "SELECT 1",
            2,
            &[
                ("ra", 439.61847640247964),
                ("pmra_error", 0.0632123313844204),
            ][..],
        ),
        (
            "gaia/job_1.vot",
            "SELECT 1",
            3,
            &[("alpha", 9.0), ("delta", 12.0)],
        ),
        (
            "vizier/kang2010.xml",
            "SELECT TOP 50 * FROM t",
            50,
            &[("Jmag", 195.54000186920166), ("_Glon", 2439.9368999999997)],
        ),
        (
            "vizier/cds_xmatch_response.votable",
            "SELECT 1",
            5_553,
            &[("ra", 1027690.12534), ("dec", 138871.47578)],
        ),
    ] {
        let query = query(adql);
        let told = keep(&query, &Path::new(&root).join(file), &kept).unwrap();
        assert_eq!(told.rows, rows, "{file}");
        assert!(stored(&query, &kept).unwrap().is_some());
        for &(name, expected) in sums {
            let sum: f64 = batches(&kept)
                .iter()
                .flat_map(|batch| {
                    let column = batch.column_by_name(name).unwrap();
                    column
                        .as_primitive::<Float64Type>()
                        .iter()
                        .flatten()
                        .collect::<Vec<_>>()
                })
                .sum();
            assert!(
                (sum - expected).abs() < 1e-7 * expected.abs(),
                "{file} {name}: {sum}"
            );
        }
    }
    let kang = Path::new(&root).join("vizier/kang2010.xml");
    let error = keep(&query("SELECT * FROM t"), &kang, &kept).unwrap_err();
    assert!(
        matches!(error, CatalogError::Cut { rows: 50, .. }),
        "{error}"
    );
    let error = Path::new(&root).join("vizier/no_server_error.xml");
    let error = keep(&query("SELECT * FROM t"), &error, &kept).unwrap_err();
    assert!(
        matches!(&error, CatalogError::ServerError { words, .. } if words.contains("not currently reachable")),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_damage_to_an_answer_is_an_answer_or_an_error(
        place in 0.0..1.0f64, byte: u8, cut in 0.0..1.0f64, is_cut: bool,
    ) {
        let folder = Folder::new();
        let mut bytes = binary2(20, "", "");
        let at = (place * bytes.len() as f64) as usize;
        bytes[at] = byte;
        if is_cut {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        let answer = folder.file("answer.vot", bytes);
        let _ = keep(&query("SELECT 1"), &answer, &folder.0.path().join("kept.parquet"));
    }

    #[test]
    fn any_damage_to_the_data_of_a_stored_file_is_found(place in 0.0..1.0f64, flip in 1u8..) {
        let folder = Folder::new();
        let kept = folder.0.path().join("kept.parquet");
        let answer = folder.file("answer.vot", binary2(200, "", ""));
        let whole = keep(&query("SELECT 1"), &answer, &kept).unwrap();
        let mut bytes = std::fs::read(&kept).unwrap();
        let at = (place * bytes.len() as f64) as usize;
        bytes[at] ^= flip;
        std::fs::write(&kept, bytes).unwrap();
        // what is not found has done no harm: the cells and the notes are what they were
        if let Ok(Some(found)) = stored(&query("SELECT 1"), &kept) {
            prop_assert_eq!(found, whole);
        }
    }
}
