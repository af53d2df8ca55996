use super::*;
use crate::catalog::{NamedCatalog, Places};

fn strict() -> CatalogParameters {
    CatalogParameters {
        strict: true,
        ..CatalogParameters::default()
    }
}

const BAD_ROWS: &str = "name,ra,dec,mag\n\
    good,10,5,15\n\
    ,10,5,15\n\
    north,10,90.1,15\n\
    east,360.5,5,15\n\
    nothing,NaN,5,15\n\
    words,ten,5,15\n\
    good,11,6,16\n\
    faint,12,7,unknown\n";

#[test]
fn bad_rows_are_skipped_and_counted_with_row_line_and_reason() {
    let catalog = load_plain(BAD_ROWS);
    let summary = catalog.describe();
    assert_eq!(
        (catalog.name(0), catalog.name(1)),
        (Some("good"), Some("faint"))
    );
    assert_eq!((summary.rows, summary.rows_in_file), (2, 8));
    assert_eq!(
        (
            summary.skipped,
            summary.duplicates,
            summary.unreadable_values
        ),
        (5, 1, 1)
    );
    assert_eq!(catalog.target(1).unwrap().mag, None);
    let told = summary.problems.join("\n");
    for expected in [
        "row 2 (line 3): it has no name",
        "row 3 (line 4): \"north\": Dec is 90.1",
        "row 4 (line 5): \"east\": RA is 360.5",
        "row 5 (line 6): \"nothing\": RA is",
        "row 6 (line 7): \"words\": RA is \"ten\"",
        "row 7 (line 8): \"good\" is the name of row 1",
        "row 8 (line 9): Mag is \"unknown\"",
    ] {
        assert!(told.contains(expected), "{expected} is not in\n{told}");
    }
}

#[test]
fn with_strict_bad_rows_are_an_error_that_lists_them() {
    let error = load(BAD_ROWS, &strict()).unwrap_err();
    assert!(
        matches!(&error, CatalogError::BadRows { count: 7, listed, .. } if listed.len() == 7),
        "{error}"
    );
    assert!(load("name,ra,dec\na,1,2\n", &strict()).is_ok());
}

#[test]
fn names_stay_as_they_are_written() {
    let catalog =
        load_plain("name,ra,dec\n007,1,1\n7,2,2\n18446744073709551615,3,3\n1e5,4,4\nÄ/b,5,5\n");
    let names: Vec<&str> = (0..5).filter_map(|row| catalog.name(row)).collect();
    assert_eq!(names, ["007", "7", "18446744073709551615", "1e5", "Ä/b"]);
}

#[test]
fn right_ascensions_around_zero_are_brought_into_range() {
    let catalog = load_plain("name,ra,dec\na,360,0\nb,-0.1,0\nc,-180,0\nd,-180.1,0\n");
    let (ra, _) = catalog.positions();
    assert_eq!(ra, [0.0, 359.9, 180.0]);
    assert_eq!(catalog.describe().skipped, 1);
}

#[test]
fn sexagesimal_positions_are_read_as_hours_and_degrees() {
    let catalog = load_plain("name,ra,dec\na,13:49:13.43,-00:30:00\nb,00 00 60,0\n");
    let target = catalog.target(0).unwrap();
    assert!((target.ra - 207.305_958_333_333_33).abs() < 1e-11);
    assert_eq!(target.dec, -0.5);
    assert_eq!(catalog.describe().skipped, 1);
}

#[test]
fn a_catalog_is_looked_for_beside_the_project_and_in_its_folder_of_catalogs() {
    let folder = Folder::new();
    let places = Places {
        project: Some(folder.0.path().to_owned()),
        data_root: None,
    };
    let parameters = CatalogParameters {
        filename: Some("stars.csv".to_owned()),
        ..CatalogParameters::default()
    };
    let error = Catalog::load(&parameters, &places).unwrap_err();
    assert!(
        matches!(&error, CatalogError::NotFound { tried, .. } if tried[0] == folder.0.path().join("stars.csv") && tried.len() == 3),
        "{error}"
    );
    std::fs::create_dir(folder.0.path().join("catalogs")).unwrap();
    folder.file("catalogs/stars.csv", "name,ra,dec\ninner,1,1\n");
    assert_eq!(
        Catalog::load(&parameters, &places).unwrap().name(0),
        Some("inner")
    );
    folder.file("stars.csv", "name,ra,dec\nouter,1,1\n");
    let catalog = Catalog::load(&parameters, &places).unwrap();
    assert_eq!(catalog.name(0), Some("outer"));
    assert_eq!(catalog.describe().catalog_name, "stars");
}

#[test]
fn the_test_catalog_needs_no_file_and_none_at_all_is_an_error() {
    let parameters = CatalogParameters {
        default: Some(NamedCatalog::Test),
        ..CatalogParameters::default()
    };
    let catalog = Catalog::load(&parameters, &Places::default()).unwrap();
    assert_eq!(
        (catalog.len(), catalog.describe().catalog_name.as_str()),
        (10, "test catalog")
    );
    let nothing = Catalog::load(&CatalogParameters::default(), &Places::default());
    assert!(matches!(nothing, Err(CatalogError::NoFile)));
}

#[test]
fn the_content_hash_changes_with_any_value_and_not_with_the_format_of_the_file() {
    let hash = |text: &str| load_plain(text).content_sha256();
    let plain = hash("name,ra,dec,mag\na,1,2,3\nb,4,5,6\n");
    assert_eq!(
        plain,
        hash("dec\tmag\tname\tra\n2.0\t3\ta\t1\n5\t6\tb\t4e0\n")
    );
    for other in [
        "name,ra,dec,mag\nb,4,5,6\na,1,2,3\n",
        "name,ra,dec,mag\na,1,2,3\nb,4,5,\n",
        "name,ra,dec,mag\na,1,2,3.0000000000000004\nb,4,5,6\n",
        "name,ra,dec\na,1,2\nb,4,5\n",
        "name,ra,dec,mag\nab,1,2,3\n,4,5,6\n",
    ] {
        assert_ne!(plain, hash(other), "{other}");
    }
}
