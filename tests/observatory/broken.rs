//! An observatory that keeps all promises but the one it is told to break: the suite has to find each.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use futures::FutureExt;
use retriever::archive::{Archive, ArchiveSettings, ErrorClass};
use retriever::catalog::Target;
use retriever::observatory::{
    FetchError, Fetched, Observatory, ObservatoryParameters, Provenance, ReduceError, Reduction,
    VirtualObservatory, conformance,
};
use retriever::photometry::{
    Column, Epochs, RawPhotometry, Series, Statistics, Table, Text, TimeColumn, Values,
    number_by_start_time,
};
use retriever::time::TimeFrame;
use serde_json::{Map, Value};

/// The ways to break a promise, and the word by which the suite tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breach {
    None,
    LowerCaseName,
    EmptyTable,
    OtherSource,
    NothingIsAnError,
    SilentRule,
    OtherTableEachTime,
    TimeInAltdata,
    NoUnits,
    StartOfExposure,
    NotSorted,
    NotNumbered,
    WrongStatistics,
    ShortColumn,
    NoFilter,
    InventedEpochs,
    EmptyIsAnError,
}

const BREACHES: [(Breach, &str); 16] = [
    (Breach::LowerCaseName, "not upper-case"),
    (Breach::EmptyTable, "must be Fetched::Empty"),
    (Breach::OtherSource, "names another source"),
    (Breach::NothingIsAnError, "nothing there gave"),
    (Breach::SilentRule, "the rule says nothing"),
    (
        Breach::OtherTableEachTime,
        "two tables of one target differ",
    ),
    (Breach::TimeInAltdata, "altdata of one target differ"),
    (Breach::NoUnits, "has a unit"),
    (Breach::StartOfExposure, "mid-exposure"),
    (Breach::NotSorted, "not sorted"),
    (Breach::NotNumbered, "numbered from 1"),
    (Breach::WrongStatistics, "statistics of other epochs"),
    (Breach::ShortColumn, "different length"),
    (Breach::NoFilter, "without a filter"),
    (Breach::InventedEpochs, "out of"),
    (Breach::EmptyIsAnError, "an empty table"),
];

/// A survey that has ten epochs of everything north of the equator.
#[derive(Debug)]
struct Survey {
    breach: Breach,
    asked: AtomicU32,
}

impl Survey {
    fn breaks(&self, breach: Breach) -> bool {
        self.breach == breach
    }

    fn table(&self) -> Table {
        let rows = if self.breaks(Breach::EmptyTable) {
            0
        } else {
            10
        };
        let asked = f64::from(self.asked.fetch_add(1, Ordering::Relaxed));
        let shift = if self.breaks(Breach::OtherTableEachTime) {
            asked
        } else {
            0.0
        };
        let unit = if self.breaks(Breach::NoUnits) {
            ""
        } else {
            "d"
        };
        let times = (0..rows)
            .map(|row| 58_000.0 + f64::from(row) + shift)
            .collect();
        let filters: Text = (0..rows).map(|_| "r").collect();
        Table::new(vec![
            Column::new(
                "time",
                unit,
                "start of the exposure",
                Values::Float64(times),
            ),
            Column::new("filter", "", "", Values::Text(filters)),
        ])
        .unwrap()
    }
}

#[async_trait]
impl VirtualObservatory for Survey {
    fn name(&self) -> &str {
        if self.breaks(Breach::LowerCaseName) {
            "survey"
        } else {
            "SURVEY"
        }
    }

    fn skips(&self, target: &Target) -> Option<String> {
        let rule = if self.breaks(Breach::SilentRule) {
            ""
        } else {
            "too close to the pole"
        };
        (target.dec > 80.0).then(|| rule.to_owned())
    }

    fn download_parameters(&self) -> Map<String, Value> {
        Map::new()
    }

    async fn fetch(&self, target: &Target, _: &Archive) -> Result<Fetched, FetchError> {
        let provenance = Provenance::default();
        if target.dec < 0.0 {
            return if self.breaks(Breach::NothingIsAnError) {
                let message = "no rows".to_owned();
                Err(FetchError::Other {
                    class: ErrorClass::Permanent,
                    message,
                })
            } else {
                Ok(Fetched::Empty { provenance })
            };
        }
        let table = self.table();
        let mut altdata = Map::new();
        if self.breaks(Breach::TimeInAltdata) {
            altdata.insert(
                "asked".to_owned(),
                self.asked.load(Ordering::Relaxed).into(),
            );
        }
        let other = self.breaks(Breach::OtherSource);
        let raw = RawPhotometry {
            observatory: self.name().to_owned(),
            source_name: if other {
                "another".to_owned()
            } else {
                target.name.clone()
            },
            time: Some(TimeColumn {
                name: "time".to_owned(),
                frame: TimeFrame::UTC_START_OF_EXPOSURE,
            }),
            table,
            altdata,
        };
        Ok(Fetched::Data { raw, provenance })
    }

    fn reduce(&self, raw: &RawPhotometry, _: Option<&Target>) -> Result<Reduction, ReduceError> {
        if raw.table.is_empty() {
            return if self.breaks(Breach::EmptyIsAnError) {
                Err(ReduceError::Other {
                    message: "no rows".to_owned(),
                })
            } else {
                Ok(Reduction::default())
            };
        }
        let mut epochs = epochs(&raw.table.floats("time").unwrap());
        if self.breaks(Breach::InventedEpochs) {
            let doubled: Vec<usize> = (0..epochs.len()).chain(0..epochs.len()).collect();
            epochs = epochs.take(&doubled);
        }
        let frame = if self.breaks(Breach::StartOfExposure) {
            TimeFrame::UTC_START_OF_EXPOSURE
        } else {
            TimeFrame::UTC_MID_EXPOSURE
        };
        let filter = if self.breaks(Breach::NoFilter) {
            ""
        } else {
            "r"
        };
        let series = Series {
            filter: filter.to_owned(),
            frame,
            epochs,
            altdata: Map::new(),
        };
        let mut lightcurves = series.into_lightcurves(self.name(), &raw.source_name, 40.0);
        number_by_start_time(&mut lightcurves);
        for curve in &mut lightcurves {
            match self.breach {
                Breach::NotSorted => {
                    curve.epochs.mjd.reverse();
                    curve.statistics = Statistics::of(&curve.epochs);
                }
                Breach::NotNumbered => curve.series_number = 0,
                Breach::WrongStatistics => curve.statistics.num_good += 1,
                Breach::ShortColumn => {
                    curve.epochs.ra.pop();
                }
                _ => {}
            }
        }
        Ok(Reduction {
            lightcurves,
            rejected: Vec::new(),
        })
    }
}

fn epochs(starts: &[f64]) -> Epochs {
    let number = starts.len();
    Epochs {
        mjd: starts.iter().map(|start| start + 15.0 / 86_400.0).collect(),
        mag: vec![18.0; number],
        magerr: vec![0.1; number],
        flux: (0..number).map(|epoch| 200.0 + epoch as f64).collect(),
        fluxerr: vec![20.0; number],
        flag: vec![false; number],
        exptime: vec![30.0; number],
        ra: vec![10.0; number],
        dec: vec![20.0; number],
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: Vec::new(),
    }
}

fn case(breach: Breach) -> conformance::Case {
    let target = |name: &str, dec: f64| Target {
        name: name.to_owned(),
        ra: 10.0,
        dec,
        epoch: 2016.0,
        ..Target::default()
    };
    let survey = Survey {
        breach,
        asked: AtomicU32::new(0),
    };
    let archive = Archive::new(ArchiveSettings::default()).unwrap();
    let parameters = ObservatoryParameters::default();
    conformance::Case {
        observatory: Observatory::new(Arc::new(survey), archive, parameters, Value::Null),
        somewhere: target("star", 20.0),
        nowhere: Some(target("southern", -20.0)),
        skipped: Some(target("polar", 85.0)),
    }
}

#[tokio::test]
async fn an_observatory_that_keeps_all_promises_passes() {
    conformance::all(&case(Breach::None)).await;
}

#[tokio::test]
async fn each_broken_promise_is_found_and_named() {
    for (breach, words) in BREACHES {
        let case = case(breach);
        let passed = AssertUnwindSafe(conformance::all(&case))
            .catch_unwind()
            .await;
        let Err(panic) = passed else {
            panic!("{breach:?} went unseen");
        };
        let said = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| {
                panic
                    .downcast_ref::<&str>()
                    .map(|words| (*words).to_owned())
            })
            .unwrap_or_default();
        assert!(said.contains(words), "{breach:?} was told as {said:?}");
    }
}
