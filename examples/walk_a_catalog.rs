//! A catalog: write one, read it, walk through it, look around a place.

use retriever::catalog::{self, Catalog, CatalogParameters};

pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("targets.fits");
    catalog::make(1000, 1).write(&file)?; // the format follows from the name

    // columns are found by their usual names; the parameters are those of the section `catalog`
    let parameters = CatalogParameters {
        mag_filter_name: Some("R".to_owned()),
        ..CatalogParameters::default()
    };
    let catalog = Catalog::from_file(&file, &parameters)?;
    println!(
        "{} targets, magnitudes in {:?}",
        catalog.len(),
        catalog.describe().mag_filter
    );

    let bright = catalog
        .targets()
        .filter(|target| target.mag.is_some_and(|mag| mag < 15.5));
    println!("{} are brighter than 15.5 mag", bright.count());

    let first = catalog.target(0).ok_or("an empty catalog")?;
    let (ra, dec) = first.position_at(2026.5); // moved by its proper motion
    println!("{} stands at {ra:.6} {dec:+.6} in 2026.5", first.name);
    assert_eq!(catalog.row_of(&first.name), Some(0));

    for (row, separation) in catalog.cone(first.ra, first.dec, 3.0) {
        println!("  {:?} is {separation:.3} deg away", catalog.name(row));
    }
    Ok(())
}
