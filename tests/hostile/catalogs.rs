//! Catalogs in every format, plain and compressed.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use retriever::catalog::{Catalog, CatalogParameters, make};

use super::{CASES, FLOOR, at_hostile_hands, memory};

/// A file catalog as a work of this test: written, read, refused in words.
fn read(folder: &Path, name: &str, bytes: &[u8]) -> Result<usize, String> {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the folder is writable");
    let catalog = Catalog::from_file(&path, &CatalogParameters::default());
    match catalog {
        Ok(catalog) => {
            let _ = catalog.describe();
            let _ = catalog.targets().take(100).count();
            let _ = catalog.nearest(10.0, 20.0, 5.0);
            Ok(catalog.len())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// A catalog of a few rows in that format.
fn written(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    make(40, 1).write(&path).unwrap();
    fs::read(&path).unwrap()
}

fn hostile(name: &str, cases: u32) {
    let folder = tempfile::tempdir().unwrap();
    let document = written(folder.path(), name);
    at_hostile_hands(&document, cases, |bytes| read(folder.path(), name, bytes));
}

#[test]
fn a_hostile_csv_file_is_read_or_refused() {
    hostile("targets.csv", 2 * CASES);
    hostile("targets.tsv", CASES);
}

#[test]
fn a_hostile_fits_file_is_read_or_refused() {
    hostile("targets.fits", 2 * CASES);
}

#[test]
fn a_hostile_votable_is_read_or_refused() {
    hostile("targets.vot", 2 * CASES);
}

#[test]
fn a_hostile_parquet_file_is_read_or_refused() {
    hostile("targets.parquet", CASES);
}

/// A VOTable as services send it: numbers beyond 2^53, nulls, text, the note after the table.
fn of_a_service(data: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n\
         <RESOURCE type=\"results\"><INFO name=\"QUERY_STATUS\" value=\"OK\"/>\n<TABLE>\n\
         <FIELD datatype=\"long\" name=\"source_id\"/>\n<FIELD datatype=\"double\" name=\"ra\" unit=\"deg\"/>\n\
         <FIELD datatype=\"double\" name=\"dec\" unit=\"deg\"/>\n<FIELD arraysize=\"*\" datatype=\"char\" name=\"note\"/>\n\
         <DATA>{data}</DATA>\n</TABLE>\n<INFO name=\"QUERY_STATUS\" value=\"OVERFLOW\"/>\n</RESOURCE>\n</VOTABLE>\n"
    )
}

#[test]
fn a_hostile_answer_of_a_service_is_read_or_refused() {
    let row = |id: u64, note: &str| {
        format!("<TR><TD>{id}</TD><TD>10.5</TD><TD>-20.25</TD><TD>{note}</TD></TR>\n")
    };
    let rows: String = (0..20)
        .map(|place| row(4_583_627_001_381_815_936 + place, "a &lt; b"))
        .collect();
    let plain = of_a_service(&format!("<TABLEDATA>\n{rows}</TABLEDATA>"));
    // by hand: no nulls; the number; 10.5; -20.25; three letters
    let mut bytes = Vec::new();
    for place in 0..20u64 {
        bytes.push(0);
        bytes.extend((4_583_627_001_381_815_936 + place).to_be_bytes());
        bytes.extend(10.5f64.to_be_bytes());
        bytes.extend((-20.25f64).to_be_bytes());
        bytes.extend([0, 0, 0, 3, b'a', b'b', b'c']);
    }
    use base64::Engine;
    let coded = base64::prelude::BASE64_STANDARD.encode(bytes);
    let binary = format!("<BINARY2><STREAM encoding='base64'>\n{coded}\n</STREAM></BINARY2>");
    let folder = tempfile::tempdir().unwrap();
    for document in [plain, of_a_service(&binary)] {
        at_hostile_hands(document.as_bytes(), 2 * CASES, |bytes| {
            read(folder.path(), "answer.vot", bytes)
        });
    }
}

/// So many mebibytes of what `piece` says, after `head`, compressed.
fn bomb(head: &[u8], piece: &[u8], mebibytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(head).unwrap();
    let block = piece.repeat((1 << 20) / piece.len());
    for _ in 0..mebibytes {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

/// Compressed files that unpack to much more than may be taken.
#[test]
fn a_bomb_is_refused_before_it_fills_memory() {
    const MEBIBYTES: usize = 128;
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("line.csv.gz", bomb(b"name,ra,dec\na,1,", b"9", MEBIBYTES)),
        ("quote.csv.gz", bomb(b"name,ra,dec\n\"", b"x", MEBIBYTES)),
        ("head.csv.gz", bomb(b"", b"ra,", MEBIBYTES)),
        (
            "header.fits.gz",
            bomb(
                format!("{:80}", "SIMPLE  =                    T").as_bytes(),
                format!("{:80}", "COMMENT x").as_bytes(),
                MEBIBYTES,
            ),
        ),
        (
            "attribute.vot.gz",
            bomb(
                b"<?xml version=\"1.0\"?>\n<VOTABLE version=\"",
                b"1",
                MEBIBYTES,
            ),
        ),
        (
            "words.vot.gz",
            bomb(
                b"<?xml version=\"1.0\"?>\n<VOTABLE><DESCRIPTION>",
                b"word ",
                MEBIBYTES,
            ),
        ),
        (
            "depth.vot.gz",
            bomb(
                b"<?xml version=\"1.0\"?>\n<VOTABLE>",
                b"<RESOURCE>",
                MEBIBYTES,
            ),
        ),
        (
            "cell.vot.gz",
            bomb(
                of_a_service("<TABLEDATA><TR><TD>")
                    .split("</DATA>")
                    .next()
                    .unwrap()
                    .as_bytes(),
                b"7",
                MEBIBYTES,
            ),
        ),
        (
            "errors.vot.gz",
            bomb(
                b"<?xml version=\"1.0\"?>\n<VOTABLE>",
                b"<INFO name=\"Error\" value=\"no connection\"/>",
                MEBIBYTES,
            ),
        ),
        (
            "fields.vot.gz",
            bomb(
                b"<?xml version=\"1.0\"?>\n<VOTABLE><RESOURCE><TABLE>",
                b"<FIELD name=\"ra\" datatype=\"double\"/>",
                MEBIBYTES,
            ),
        ),
    ] {
        memory::alone(|| {
            let (result, peak) = memory::peak_of(|| read(folder.path(), name, &bytes));
            assert!(result.is_err_and(|words| !words.is_empty()), "{name}");
            assert!(peak < 2 * FLOOR, "{name}: {} MiB", peak >> 20);
        });
    }
}
