//! The columns of real files against astropy's reading of them, bit for bit.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use retriever::fits;
use retriever::photometry::Values;

use crate::real;

#[test]
fn columns_headers_and_apertures_are_those_that_astropy_reads() {
    let Some(python) = std::env::var_os("RETRIEVER_PYTHON") else {
        eprintln!("skipped: RETRIEVER_PYTHON names no Python with astropy and numpy");
        return;
    };
    let Some(folder) = real::path("tess") else {
        return;
    };
    let files = real::files(&folder);
    assert!(files.len() >= 7, "{files:?}");
    let out = tempfile::tempdir().unwrap();
    let mut list = String::new();
    for (number, file) in files.iter().enumerate() {
        let told = out.path().join(number.to_string());
        std::fs::create_dir(&told).unwrap();
        tell(file, &told);
        writeln!(list, "{}\t{}", file.display(), told.display()).unwrap();
    }
    let list_file = out.path().join("files.txt");
    std::fs::write(&list_file, list).unwrap();
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/python/test_tess_files.py"
    );
    let output = Command::new(python)
        .arg(script)
        .arg(&list_file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Writes what is read of a file: for each unit its header as JSON, and each column as bytes in this machine's order.
fn tell(file: &Path, out: &Path) {
    let bytes = std::fs::read(file).unwrap();
    // cut short by their owners, who left the checksums of the whole files in them
    let is_excerpt = file.components().any(|part| part.as_os_str() == "other");
    for unit in fits::units(&bytes).unwrap() {
        if !is_excerpt {
            unit.verify()
                .unwrap_or_else(|error| panic!("{file:?}: {error}"));
        }
        let place = |name: &str| -> PathBuf { out.join(format!("{}_{name}", unit.number)) };
        let header = serde_json::to_string(&unit.header.to_json()).unwrap();
        std::fs::write(place("header.json"), header).unwrap();
        match unit.header.text("XTENSION") {
            Some("BINTABLE") => {
                let table = fits::binary_table(&unit).unwrap();
                for read in table.columns {
                    let values = &read.column.values;
                    let name = format!("{}.{}", read.column.name, kind(values));
                    std::fs::write(place(&name), in_bytes(values)).unwrap();
                }
                std::fs::write(place("passed_over.txt"), table.passed_over.join("\n")).unwrap();
            }
            // an aperture is an image of integers; excerpts have others
            Some("IMAGE") if !(is_excerpt && fits::integer_image(&unit).is_err()) => {
                let pixels = serde_json::to_string(&fits::integer_image(&unit).unwrap()).unwrap();
                std::fs::write(place("image.json"), pixels).unwrap();
            }
            _ => {}
        }
    }
}

fn kind(values: &Values) -> &'static str {
    match values {
        Values::Float64(_) => "f8",
        Values::Float32(_) => "f4",
        Values::Int64(_) => "i8",
        Values::Int32(_) => "i4",
        Values::Boolean(_) => "b1",
        Values::Text(_) => "text",
    }
}

fn in_bytes(values: &Values) -> Vec<u8> {
    match values {
        Values::Float64(values) => values
            .iter()
            .flat_map(|value| value.to_ne_bytes())
            .collect(),
        Values::Float32(values) => values
            .iter()
            .flat_map(|value| value.to_ne_bytes())
            .collect(),
        Values::Int64(values) => values
            .iter()
            .flat_map(|value| value.to_ne_bytes())
            .collect(),
        Values::Int32(values) => values
            .iter()
            .flat_map(|value| value.to_ne_bytes())
            .collect(),
        Values::Boolean(values) => values.iter().map(|&value| u8::from(value)).collect(),
        Values::Text(text) => text.iter().collect::<Vec<_>>().join("\n").into_bytes(),
    }
}
