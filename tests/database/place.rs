//! Where a test runs: a fresh database of one kind; and records to put in.

use std::path::Path;

use retriever::database::{
    Database, DatabaseParameters, LightcurveRecord, Outcome, RawRecord, ReductionOutcome,
    ReductionRecord, SourceRecord,
};
use retriever::photometry::Statistics;
use retriever::time::TimeFrame;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tempfile::TempDir;

use crate::postgres::Cluster;

/// Makes a test of each function for each kind of database, so that a failure names both.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::place::Place::sqlite()).await;
            })+
        }
        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(place) = $crate::place::Place::postgres().await {
                    super::$name(place).await;
                }
            })+
        }
    };
}

/// A database that nobody else uses.
pub struct Place {
    pub parameters: DatabaseParameters,
    pub root: TempDir,
}

impl Place {
    pub fn sqlite() -> Place {
        Place {
            parameters: DatabaseParameters {
                retry_window: 60.0,
                ..DatabaseParameters::default()
            },
            root: TempDir::new().expect("a temporary folder"),
        }
    }

    pub async fn postgres() -> Option<Place> {
        let url = Cluster::shared()?.migrated_database().await;
        Some(Place::at(url))
    }

    pub fn at(url: String) -> Place {
        let mut place = Place::sqlite();
        place.parameters.url = Some(url);
        place
    }

    pub fn path(&self) -> &Path {
        self.root.path()
    }

    pub async fn open(&self) -> Database {
        Database::open(&self.parameters, self.path())
            .await
            .expect("it opens")
    }

    /// The same database without this program's rules.
    pub async fn raw_connection(&self) -> DatabaseConnection {
        let url = match &self.parameters.url {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", self.path().join("retriever.db").display()),
        };
        sea_orm::Database::connect(url).await.expect("it connects")
    }

    /// The one number that a query gives.
    pub async fn count(&self, query: &str) -> i64 {
        let connection = self.raw_connection().await;
        let statement = Statement::from_string(connection.get_database_backend(), query);
        let row = connection
            .query_one_raw(statement)
            .await
            .expect("it answers")
            .expect("a row");
        let count = row.try_get_by_index(0).expect("a number");
        connection.close().await.expect("closes");
        count
    }
}

pub async fn project(database: &Database) -> i64 {
    database
        .open_project("TEST", "", "{}")
        .await
        .expect("a project")
        .id
}

/// A source with an `ok` answer of ZTF, reduced to two lightcurves.
pub fn source(number: usize) -> SourceRecord {
    let name = format!("source {number:06}");
    SourceRecord {
        ra: number as f64 % 360.0,
        dec: (number % 180) as f64 - 90.0,
        healpix: number as u64,
        catalog_row: number,
        cat_row: serde_json::json!({"name": name, "zebra": 1, "ant": [1.5, null]}),
        mag: Some(18.5),
        raw: vec![raw(Outcome::Ok, &name)],
        renewed: Vec::new(),
        reductions: vec![reduction(&name, 2)],
        analysis: None,
        name,
    }
}

pub fn sources(numbers: std::ops::Range<usize>) -> Vec<SourceRecord> {
    numbers.map(source).collect()
}

pub fn raw(outcome: Outcome, name: &str) -> RawRecord {
    let mut record = RawRecord::new("ZTF", outcome);
    record.parameters = "radius 2".to_owned();
    record.requested_at = Some("2026-01-02T03:04:05Z".to_owned());
    if outcome == Outcome::Ok {
        record.file = Some(format!("ZTF/RA000/ZTF_photometry_{name}.h5"));
        record.key = Some(name.to_owned());
        record.length = Some(1_000);
        record.checksum = Some("a".repeat(64));
        record.epochs = Some(100);
        record.time_start = Some(58_000.25);
        record.time_end = Some(58_400.75);
    }
    record
}

pub fn reduction(name: &str, lightcurves: u32) -> ReductionRecord {
    let file = format!("TEST/RA000/ZTF_photometry_{name}_reduced.h5");
    let lightcurve = |number| LightcurveRecord {
        series_number: number,
        series_total: lightcurves,
        injection_number: 0,
        filter: "zg".to_owned(),
        key: format!("{name}_reduction_{number:02}"),
        file: file.clone(),
        frame: TimeFrame::UTC_MID_EXPOSURE,
        flux_unit: "uJy".to_owned(),
        statistics: Statistics {
            number: 50,
            num_good: 49,
            time_start: Some(58_000.25),
            flux_mean: Some(145.5),
            is_uniformly_sampled: number == 1,
            ..Statistics::default()
        },
        altdata: serde_json::from_str(r#"{"object_id": 123456789012345678}"#).expect("an object"),
    };
    ReductionRecord {
        observatory: "ZTF".to_owned(),
        outcome: ReductionOutcome::Ok,
        message: None,
        raw_checksum: Some("a".repeat(64)),
        fingerprint: "gap 40".to_owned(),
        lightcurves: (1..=lightcurves).map(lightcurve).collect(),
        length: Some(2_000),
        checksum: Some("b".repeat(64)),
        file: Some(file),
    }
}
