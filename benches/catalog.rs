//! Speed of the catalog, printed as `name value unit`.

use std::hint::black_box;
use std::time::Instant;

use retriever::catalog::{Catalog, CatalogParameters, make};

const ROWS: usize = 1_000_000;
const CONES: usize = 10_000;

fn main() {
    let catalog = timed("catalog_make_1M", || make(ROWS, 1));
    // the first cone builds the index
    timed("catalog_index_build_1M", || catalog.cone(0.0, 0.0, 0.0));
    for radius_arcsec in [2.0, 10.0, 3600.0] {
        let begin = Instant::now();
        for number in 0..CONES {
            let target = catalog
                .target(number * (ROWS / CONES))
                .expect("the row exists");
            black_box(catalog.cone(target.ra, target.dec, radius_arcsec / 3600.0));
        }
        let each = begin.elapsed().as_secs_f64() / CONES as f64;
        println!("catalog_cone_{radius_arcsec}_arcsec {:.2} us", each * 1e6);
    }
    let begin = Instant::now();
    for number in 0..CONES {
        let name = catalog
            .name(number * (ROWS / CONES))
            .expect("the row exists");
        black_box(catalog.row_of(name));
    }
    println!(
        "catalog_row_of_name {:.3} us",
        begin.elapsed().as_secs_f64() / CONES as f64 * 1e6
    );
    timed("catalog_content_sha256_1M", || catalog.content_sha256());
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for extension in ["csv", "fits", "parquet"] {
        let file = folder.path().join(format!("catalog.{extension}"));
        timed(&format!("catalog_write_{extension}_1M"), || {
            catalog.write(&file)
        })
        .expect("it is written");
        timed(&format!("catalog_load_{extension}_1M"), || {
            Catalog::from_file(&file, &CatalogParameters::default())
        })
        .expect("it is read");
    }
}

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let value = black_box(work());
    println!("{name} {:.3} s", begin.elapsed().as_secs_f64());
    value
}
