use super::*;
use crate::catalog::make;

const ARCSEC: f64 = 1.0 / 3600.0;

#[test]
fn the_nearest_row_is_found_at_and_beside_its_position() {
    let catalog = make(10, 1);
    let (ra, dec) = (catalog.positions().0[2], catalog.positions().1[2]);
    assert_eq!(catalog.nearest(ra, dec, 2.0), Some((2, 0.0)));
    let (row, separation) = catalog
        .nearest(ra + 0.3 * ARCSEC, dec - 0.3 * ARCSEC, 2.0)
        .unwrap();
    assert_eq!(row, 2);
    // the offset in RA shrinks with cos Dec
    let expected = (0.3 * dec.to_radians().cos()).hypot(0.3);
    assert!(
        (separation - expected).abs() < 1e-4,
        "{separation} {expected}"
    );
    assert_eq!(catalog.nearest(ra, dec + 3.0 * ARCSEC, 2.0), None);
}

#[test]
fn a_star_at_ra_zero_is_found_from_both_sides() {
    let catalog = load_plain("name,ra,dec\na,180,0\nzero,0,12.5\nb,90,0\n");
    for ra in [0.1 * ARCSEC, -0.1 * ARCSEC, 360.0 - 0.1 * ARCSEC] {
        assert_eq!(catalog.nearest(ra, 12.5, 2.0).unwrap().0, 1, "{ra}");
    }
}

#[test]
fn of_rows_at_one_place_the_first_is_nearest() {
    let catalog = load_plain("name,ra,dec\na,10,5\nb,10,5\n");
    assert_eq!(catalog.nearest(10.0, 5.0, 1.0), Some((0, 0.0)));
    assert_eq!(catalog.cone(10.0, 5.0, 0.0), [(0, 0.0), (1, 0.0)]);
}

#[test]
fn an_empty_catalog_has_nothing_near() {
    let catalog = load_plain("name,ra,dec\n");
    assert!(catalog.is_empty());
    assert_eq!(catalog.nearest(0.0, 0.0, 1e6), None);
    assert_eq!(catalog.target(0), None);
    assert_eq!(catalog.describe().ra_range, None);
}

// Case 12 of the original's catalog tests, with what it should have given: errors and both proper motions.
#[test]
fn a_row_gives_all_that_the_file_has() {
    let parameters = CatalogParameters {
        catalog_observation_year: Some(2016.0),
        mag_column: Some("g".to_owned()),
        mag_error_column: Some("g_error".to_owned()),
        mag_filter_name: Some("Gaia_G".to_owned()),
        alias_column: Some("alias".to_owned()),
        mag_to_column_map: [("gaia_bp".to_owned(), "bp".to_owned())].into(),
        ..CatalogParameters::default()
    };
    let text = "source_id,ra,dec,pmra,pmdec,parallax,g,g_error,bp,alias\n\
                2868734963397148672,269.4485025254384,4.739420051112412,-801.551,10362.394,546.9,9.5,0.003,11.2,Barnard\n\
                7,1,2,,,,,,,\n";
    let catalog = load(text, &parameters).unwrap();
    let target = catalog.target(0).unwrap();
    assert_eq!(target.name, "2868734963397148672");
    assert_eq!(
        (target.pmra, target.pmdec),
        (Some(-801.551), Some(10362.394))
    );
    assert_eq!(
        (target.mag, target.mag_err, target.parallax),
        (Some(9.5), Some(0.003), Some(546.9))
    );
    assert_eq!(target.mag_filter.as_deref(), Some("Gaia_G"));
    assert_eq!(target.alias.as_deref(), Some("Barnard"));
    assert_eq!(target.mags["gaia_bp"], 11.2);
    assert_eq!(catalog.row_of("7"), Some(1));
    let bare = catalog.target(1).unwrap();
    assert_eq!(
        (bare.mag, bare.pmra, bare.alias, bare.mags.len()),
        (None, None, None, 0)
    );
    // astropy's apply_space_motion, 2016 to 2022
    let (ra, dec) = target.position_at(2022.0);
    assert!((ra - 269.4471619901289).abs() < 1e-10 && (dec - 4.7566907059600565).abs() < 1e-10);
}

// astropy gives NaN for a negative parallax; the direction does not depend on the parallax.
#[test]
fn a_negative_parallax_does_not_spoil_the_position() {
    let parameters = CatalogParameters {
        catalog_observation_year: Some(2016.0),
        ..CatalogParameters::default()
    };
    let catalog = load(
        "name,ra,dec,pmra,pmdec,parallax\na,180,-45,50,-20,-0.3\n",
        &parameters,
    )
    .unwrap();
    let (ra, dec) = catalog.target(0).unwrap().position_at(2022.0);
    assert!((ra - 180.000117851199).abs() < 1e-10 && (dec + 45.000033333273).abs() < 1e-10);
}

#[test]
fn object_numbers_belong_to_the_target_and_to_the_content_only_where_there_are_any() {
    let plain = load_plain("name,ra,dec\na,10,5\nb,20,5\n");
    let empty = load_plain("name,ra,dec,TIC\na,10,5,\nb,20,5,\n");
    let numbered = load_plain("name,ra,dec,TIC\na,10,5,188589164\nb,20,5,\n");
    assert_eq!(plain.content_sha256(), empty.content_sha256());
    assert_ne!(plain.content_sha256(), numbered.content_sha256());
    assert_eq!(numbered.target(0).unwrap().id("tic"), Some("188589164"));
    assert_eq!(numbered.target(1).unwrap().id("TIC"), None);
    assert!(plain.target(0).unwrap().ids.is_empty());
}
