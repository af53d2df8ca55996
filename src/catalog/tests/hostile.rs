use proptest::prelude::*;

use super::*;
use crate::catalog::make;

const EXTENSIONS: [&str; 6] = ["csv", "tsv", "fits", "vot", "h5", "parquet"];

fn written(extension: &str) -> Vec<u8> {
    let folder = Folder::new();
    let file = folder.0.path().join(format!("t.{extension}"));
    make(100, 1).write(&file).unwrap();
    std::fs::read(file).unwrap()
}

fn read(extension: &str, bytes: &[u8]) -> Result<Catalog, CatalogError> {
    let folder = Folder::new();
    Catalog::from_file(
        &folder.file(&format!("t.{extension}"), bytes),
        &CatalogParameters::default(),
    )
}

#[test]
fn a_file_that_is_cut_short_is_an_error_that_says_where() {
    for extension in ["fits", "vot", "h5", "parquet"] {
        let whole = written(extension);
        for part in 1..10 {
            // the last block of a FITS file is filling
            let cut = &whole[..(whole.len() - 2880.min(whole.len() / 2)) * part / 10];
            let error = read(extension, cut).unwrap_err();
            let is_told = matches!(
                error,
                CatalogError::Malformed { .. } | CatalogError::UnknownFormat { .. }
            );
            assert!(is_told, "{extension} {part}: {error}");
        }
    }
}

#[test]
fn a_fits_table_that_claims_a_trillion_rows_is_refused_without_making_room() {
    let bytes = written("fits");
    let text = String::from_utf8_lossy(&bytes[..5760]).replace(
        "NAXIS2  =                  100",
        "NAXIS2  =        1000000000000",
    );
    let mut lying = text.into_bytes();
    lying.extend(&bytes[5760..]);
    let error = read("fits", &lying).unwrap_err();
    assert!(error.to_string().contains("of 1000000000000"), "{error}");
}

#[test]
fn an_hdf5_dataset_that_claims_a_trillion_rows_is_refused_without_making_room() {
    let folder = Folder::new();
    let path = folder.0.path().join("t.h5");
    let file = hdf5::File::create(&path).unwrap();
    for name in ["name", "ra", "dec"] {
        file.new_dataset::<i64>()
            .chunk(1024)
            .shape(1_000_000_000_000usize)
            .create(name)
            .unwrap();
    }
    file.close().unwrap();
    let error = Catalog::from_file(&path, &CatalogParameters::default()).unwrap_err();
    assert!(
        error.to_string().contains("1000000000000 rows are claimed"),
        "{error}"
    );
}

#[test]
fn what_is_no_table_is_told_by_its_beginning() {
    for (extension, content) in [
        ("csv", &b"<html>404</html>"[..]),
        ("fits", b"<html>"),
        ("bin", b"\0\x01\x02"),
        ("h5", b""),
    ] {
        let error = read(extension, content).unwrap_err();
        assert!(
            matches!(error, CatalogError::UnknownFormat { .. }),
            "{extension}: {error}"
        );
    }
}

#[test]
fn a_folder_or_a_missing_file_is_unreadable() {
    let folder = Folder::new();
    for path in [folder.0.path().to_owned(), folder.0.path().join("none.csv")] {
        let error = Catalog::from_file(&path, &CatalogParameters::default()).unwrap_err();
        assert!(matches!(error, CatalogError::Unreadable { .. }), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damaged_files_give_a_catalog_or_an_error_and_never_a_panic(
        place in any::<prop::sample::Index>(),
        change in proptest::collection::vec(any::<u8>(), 1..24),
        format in 0usize..4,
    ) {
        // the C library behind HDF5 is trusted with structure, so that its files are not shaken here
        let extension = ["csv", "fits", "vot", "parquet"][format];
        let mut bytes = written(extension);
        let start = place.index(bytes.len());
        for (byte, changed) in bytes[start..].iter_mut().zip(change) {
            *byte = changed;
        }
        let _ = read(extension, &bytes);
    }

    #[test]
    fn random_bytes_behind_a_signature_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        format in 0usize..6,
    ) {
        let signature: [&[u8]; 6] = [b"name,ra,dec\n", b"name\tra\n", b"SIMPLE  =", b"<VOTABLE><TABLE>", b"\x89HDF\r\n\x1a\n", b"PAR1"];
        let _ = read(EXTENSIONS[format], &[signature[format], &bytes].concat());
    }
}
