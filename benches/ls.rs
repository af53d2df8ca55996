//! `retriever ls` on a million lightcurves of 100 000 sources in SQLite: rows a second and peak memory, whole, with a condition, sorted,
//! in a cone, and what is left when the reader stops after the first lines.

#[path = "support/child.rs"]
mod child;

use std::path::Path;

use retriever::database::{Database, DatabaseParameters};
use sea_orm::{ConnectionTrait, Statement};

use child::{Cost, lines};

const SOURCES: u64 = 100_000;
const LIGHTCURVES: u64 = 10;
const ROWS: u64 = SOURCES * LIGHTCURVES;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    std::fs::write(root.join("targets.csv"), "name,ra,dec\na,10,10\n").expect("a catalog");
    let project = "project: {name: ls, obs_names: [demo]}\ncatalog: {filename: targets.csv}\n";
    let file = root.join("p.yaml");
    std::fs::write(&file, project).expect("a project");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(fill(root));
    let file = file.to_str().expect("a path in UTF-8");
    let list = |more: &[&str], most| {
        let words = [&["ls", "lightcurves", file][..], more].concat();
        lines(&words, root, most)
    };
    let all = u64::MAX;
    for (name, more, rows) in [
        ("jsonl", &["--jsonl"][..], ROWS),
        ("csv", &["--csv"], ROWS + 1),
        ("json", &["--json"], ROWS + 2),
        ("table", &[], ROWS + 1),
        (
            "jsonl_where_half",
            &[
                "--jsonl",
                "--where",
                "mag_mean_robust < 17.5 and filter in ('zg', 'zr')",
            ],
            ROWS / 2,
        ),
        (
            "jsonl_sorted",
            &["--jsonl", "--sort=-mag_mean_robust"],
            ROWS,
        ),
        (
            "csv_where_half_sorted",
            &[
                "--csv",
                "--where",
                "mag_mean_robust < 17.5",
                "--sort",
                "flux_rms",
            ],
            ROWS / 2 + 1,
        ),
    ] {
        let cost = list(more, all);
        assert_eq!(cost.stdout, rows.to_string(), "{name}");
        println!("ls_{ROWS}_{name} {:.0} rows/s", rows as f64 / cost.seconds);
        println!("ls_{ROWS}_{name}_peak_memory {:.1} MB", cost.peak_megabytes);
        println!("ls_{ROWS}_{name}_processor {:.2} s", cost.processor_seconds);
    }
    for (name, more, most) in [
        ("head", &["--jsonl"][..], 10),
        ("head_sorted", &["--jsonl", "--sort=-mag_mean_robust"], 10),
        (
            "limit_10_sorted",
            &["--limit", "10", "--sort=-mag_mean_robust"],
            all,
        ),
        (
            "where_one_in_1000",
            &["--where", "number = 7 and snr_max > 99", "--jsonl"],
            all,
        ),
        (
            "where_one_source",
            &["--where", "source_name = 'star 77777'"],
            all,
        ),
        (
            "cone_of_a_degree",
            &["--cone", "150.1,2.2,1", "--jsonl"],
            all,
        ),
    ] {
        let Cost {
            seconds, stdout, ..
        } = list(more, most);
        println!("ls_{ROWS}_{name} {:.0} ms ({stdout} lines)", seconds * 1e3);
    }
}

/// Rows as the pipeline makes them, by SQL.
async fn fill(root: &Path) {
    let parameters = DatabaseParameters::default();
    let database = Database::open(&parameters, root).await.expect("opens");
    let project = database.open_project("LS", "", "").await.expect("opens").id;
    database.close().await.expect("closes");
    let url = format!("sqlite://{}", root.join("retriever.db").display());
    let connection = sea_orm::Database::connect(url).await.expect("connects");
    let run = async |statement: String| {
        let statement = Statement::from_string(connection.get_database_backend(), statement);
        connection.execute_raw(statement).await.expect("inserts");
    };
    run("PRAGMA synchronous = OFF".to_owned()).await;
    run(format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {SOURCES}) \
         INSERT INTO sources (project_id, name, ra, dec, healpix, catalog_row, cat_row, mag) \
         SELECT {project}, 'star ' || i, (i * 77 % 36000) / 100.0, (i * 31 % 18000) / 100.0 - 90, 0, i, \
         '{{\"name\": \"star\"}}', 15 + i % 50 / 10.0 FROM n"
    ))
    .await;
    cells(&connection).await;
    let statistics = [
        "flux_mean",
        "flux_rms",
        "flux_mean_robust",
        "flux_rms_robust",
        "flux_max",
        "flux_min",
        "mag_mean",
        "mag_rms",
        "mag_rms_robust",
        "mag_brightest",
        "mag_faintest",
        "snr_max",
        "snr_min",
        "snr_median",
        "dsnr_max",
        "dsnr_min",
        "dmag_brightest",
    ];
    let values: Vec<String> = (0..statistics.len())
        .map(|place| format!("(id * {} + k * 7919) % 100003 / 997.0", place * 2 + 3))
        .collect();
    run(format!(
        "WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < {LIGHTCURVES}) \
         INSERT INTO lightcurves (project_id, source_id, source_name, observatory, kind, series_number, series_total, \
         injection_number, filter, file, key, time_format, time_scale, time_reference, time_alignment, time_start, time_end, \
         number, num_good, exp_time, frame_rate, is_uniformly_sampled, flux_unit, mag_mean_robust, altdata, {}) \
         SELECT project_id, id, name, 'ZTF', 'reduced', k + 1, {LIGHTCURVES}, 0, substr('zgzrzi', k % 2 * 2 + 1, 2), \
         'LS/RA123/ZTF_photometry_' || name || '_reduced.h5', name || '_reduction_' || k, 'mjd', 'utc', 'topocenter', 'middle', \
         58000.25 + k * 100, 58090.75 + k * 100, id % 100, id % 90, 30.0, 0.00001, 0, 'uJy', 15 + (id % 50) / 10.0, \
         '{{\"object_id\": 1234567890123456, \"rules\": [\"catflags\"]}}', {} FROM sources, n",
        statistics.join(", "),
        values.join(", ")
    ))
    .await;
    connection.close().await.expect("closes");
}

/// The cells that belong to the positions: SQL has no function for it.
async fn cells(connection: &sea_orm::DatabaseConnection) {
    use sea_orm::TransactionTrait;
    let backend = connection.get_database_backend();
    let transaction = connection.begin().await.expect("begins");
    for number in 0..SOURCES {
        let (ra, dec) = (
            (number * 77 % 36000) as f64 / 100.0,
            (number * 31 % 18000) as f64 / 100.0 - 90.0,
        );
        let cell = cdshealpix::nested::hash(29, ra.to_radians(), dec.to_radians());
        let update = "UPDATE sources SET healpix = ? WHERE catalog_row = ? AND project_id = 1";
        let values = [(cell as i64).into(), (number as i64).into()];
        let statement = Statement::from_sql_and_values(backend, update, values);
        transaction.execute_raw(statement).await.expect("updates");
    }
    transaction.commit().await.expect("commits");
}
