//! Real survey files, where the environment says where they are.

use std::path::Path;

use super::*;

/// Loads a real file; none, with a line that says so, where there are no such files.
fn load_real(file: &str, set: impl Fn(&mut CatalogParameters)) -> Option<Catalog> {
    let Some(root) = std::env::var_os("RETRIEVER_REAL_DATA") else {
        println!("skipped: RETRIEVER_REAL_DATA is not set, {file} is not read");
        return None;
    };
    let mut parameters = CatalogParameters::default();
    set(&mut parameters);
    Some(Catalog::from_file(&Path::new(&root).join(file), &parameters).unwrap())
}

#[test]
fn a_roster_of_white_dwarfs_is_read() {
    let set = |parameters: &mut CatalogParameters| {
        parameters.name_column = Some("source_id".to_owned());
        parameters.mag_column = Some("gaia_g_mag".to_owned());
        parameters.strict = true;
    };
    let Some(catalog) = load_real("gaia/jestin2026_roster.csv", set) else {
        return;
    };
    assert_eq!(catalog.len(), 20);
    let target = catalog.target(0).unwrap();
    assert_eq!(target.name, "1510467090935595008");
    assert_eq!(
        (target.ra, target.mag),
        (208.2917443902799, Some(16.678228))
    );
}

#[test]
fn the_white_dwarfs_of_vizier_are_recognised() {
    let Some(catalog) = load_real("gaia/wd_gf21_vizier_MontWarWDs.csv", |_| {}) else {
        return;
    };
    let summary = catalog.describe();
    assert_eq!(summary.rows_in_file, 7077);
    assert_eq!(catalog.len() + summary.skipped + summary.duplicates, 7077);
    let target = catalog
        .target(catalog.row_of("3222350478553854464").unwrap())
        .unwrap();
    assert_eq!(
        (target.ra, target.pmdec, target.mag),
        (84.246336024, Some(-14.753), Some(18.86829948425293))
    );
    assert_eq!(target.mag_filter.as_deref(), Some("Gaia_G"));
    assert_eq!(
        catalog.nearest(84.246336024, 0.37084590494, 1.0).unwrap().0,
        target.index
    );
}

#[test]
fn a_votable_of_the_gaia_archive_is_read() {
    let Some(catalog) = load_real("gaia/1710099405832VAL-result.vot", |parameters| {
        parameters.name_column = Some("source_id".to_owned());
    }) else {
        return;
    };
    assert_eq!(catalog.len(), 2);
    assert!(catalog.row_of("4583627001381815936").is_some());
    assert!(catalog.row_of("5348723816842275584").is_some());
}

#[test]
fn a_binary2_votable_without_padding_of_its_lines_is_read() {
    let set = |parameters: &mut CatalogParameters| {
        parameters.ra_column = Some("alpha".to_owned());
        parameters.dec_column = Some("delta".to_owned());
    };
    let Some(catalog) = load_real("gaia/job_1.vot", set) else {
        return;
    };
    assert_eq!(
        catalog.positions(),
        (&[1.0, 3.0, 5.0][..], &[2.0, 4.0, 6.0][..])
    );
    assert_eq!(catalog.name(2), Some("c"));
}

#[test]
fn the_words_of_a_failed_vizier_query_are_told() {
    let Some(root) = std::env::var_os("RETRIEVER_REAL_DATA") else {
        println!("skipped: RETRIEVER_REAL_DATA is not set");
        return;
    };
    let file = Path::new(&root).join("vizier/no_server_error.xml");
    let error = Catalog::from_file(&file, &CatalogParameters::default()).unwrap_err();
    assert!(
        matches!(&error, CatalogError::ServerError { words, .. } if words.contains("not currently reachable")),
        "{error}"
    );
}

#[test]
fn a_parquet_file_of_ztf_objects_is_recognised() {
    let Some(catalog) = load_real("ztf/bulk_parquet/ztf_000202_zg_c16_q2_dr5.parquet", |_| {})
    else {
        return;
    };
    let summary = catalog.describe();
    let columns: Vec<&str> = summary
        .columns
        .iter()
        .map(|used| used.column.as_str())
        .collect();
    assert_eq!(columns, ["objectid", "objra", "objdec"]);
    assert_eq!((catalog.len(), summary.skipped), (summary.rows_in_file, 0));
    assert!(!catalog.is_empty());
}

#[test]
fn a_parquet_file_of_variable_stars_is_recognised() {
    let Some(catalog) = load_real("ztf/bulk_parquet/vsx-x-ztfdr22_lc-m31.parquet", |_| {}) else {
        return;
    };
    let summary = catalog.describe();
    let columns: Vec<&str> = summary
        .columns
        .iter()
        .map(|used| used.column.as_str())
        .collect();
    assert_eq!(columns, ["Name", "RAdeg", "DEdeg"]);
    assert_eq!(
        catalog.len() + summary.skipped + summary.duplicates,
        summary.rows_in_file
    );
    assert!(
        catalog.nearest(10.68, 41.27, 36_000.0).is_some(),
        "M 31 is within ten degrees"
    );
}
