//! What the standard analysis gives, through files and rows and out again.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};
use retriever::analysis::{self, Analysed, Analysis, AnalysisParts, Source, StandardAnalysis};
use retriever::database::{
    AnalysisFile, AnalysisRecord, AnalysisResult, LightcurveName, LightcurveRecord, Row, RowFilter,
    SourceRecord, analysis_inputs,
};
use retriever::photometry::{Epochs, Kind, Lightcurve, magnitude_from_flux};
use retriever::storage::{encode_lightcurves, lightcurve_keys, lightcurve_path};
use serde_json::json;

use crate::on_both;
use crate::place::{Place, project, source};

on_both!(the_standard_analysis_is_stored_and_counted_whole);

/// A hundred epochs of noise; every other source has a flare of twenty sigma at epoch 40.
fn lightcurve(number: usize) -> Lightcurve {
    let mut random = ChaCha8Rng::seed_from_u64(number as u64);
    let noise = Normal::new(0.0, 4.0).expect("a width");
    let mut flux: Vec<f64> = (0..100)
        .map(|_| 200.0 + noise.sample(&mut random))
        .collect();
    if number.is_multiple_of(2) {
        flux[40] += 80.0;
    }
    let magnitudes = flux
        .iter()
        .map(|&flux| magnitude_from_flux(flux, 4.0, 23.9));
    let (mag, magerr) = magnitudes.unzip();
    let epochs = Epochs {
        mjd: (0..100).map(|day| 58_000.0 + f64::from(day)).collect(),
        mag,
        magerr,
        flux,
        fluxerr: vec![4.0; 100],
        flag: (0..100).map(|epoch| epoch == 3).collect(),
        exptime: vec![30.0; 100],
        ra: vec![f64::NAN; 100],
        dec: vec![f64::NAN; 100],
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: Vec::new(),
    };
    analysis::lightcurve("DEMO", &source(number).name, "R", epochs)
}

fn analyse(number: usize) -> Analysed {
    let mut parts = AnalysisParts::default();
    parts.parameters.save_simulated = true;
    let standard = StandardAnalysis::new(parts).expect("usual axes");
    let star = Source {
        name: source(number).name,
        facts: [("mag".to_owned(), json!(18.5))].into_iter().collect(),
    };
    standard
        .analyze(&star, &[lightcurve(number)], 7)
        .expect("it analyses")
}

fn record(number: usize, analysed: Analysed) -> SourceRecord {
    let kinds = [
        (Kind::Processed, &analysed.processed),
        (Kind::Simulated, &analysed.simulated),
    ];
    let files = kinds.map(|(kind, lightcurves)| {
        let name = source(number).name;
        let file = lightcurve_path("TEST", "DEMO", 12.5, &name, kind).expect("a legal name");
        let image = encode_lightcurves(lightcurves, kind).expect("it encodes");
        let keys = lightcurve_keys(lightcurves, kind);
        let pairs = lightcurves.iter().zip(&keys);
        AnalysisFile {
            observatory: "DEMO".to_owned(),
            kind,
            length: image.len() as u64,
            checksum: retriever::parameters::sha256_hex(&image[..]),
            lightcurves: pairs
                .map(|(lightcurve, key)| LightcurveRecord::of(lightcurve, &file, key))
                .collect(),
            file,
        }
    });
    SourceRecord {
        raw: Vec::new(),
        reductions: Vec::new(),
        analysis: Some(AnalysisRecord {
            fingerprint: "as usual".to_owned(),
            inputs: analysis_inputs([("DEMO", None)]),
            result: Ok(AnalysisResult {
                lightcurves: vec![LightcurveName::of(&lightcurve(number))],
                analysed,
                files: files.to_vec(),
            }),
        }),
        ..source(number)
    }
}

async fn the_standard_analysis_is_stored_and_counted_whole(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let analysed: Vec<Analysed> = (0..6).map(analyse).collect();
    let batch: Vec<SourceRecord> = analysed
        .iter()
        .enumerate()
        .map(|(number, analysed)| record(number, analysed.clone()))
        .collect();
    database.commit(project, &batch).await.expect("commits");
    let filter = RowFilter {
        simulated: Some(false),
        ..RowFilter::default()
    };
    let real: Vec<Row> = database
        .list_detections(project, &filter)
        .try_collect()
        .await
        .expect("lists");
    let names: Vec<&str> = real
        .iter()
        .filter_map(|row| row["source_name"].as_str())
        .collect();
    assert_eq!(names, [source(0).name, source(2).name, source(4).name]);
    for row in &real {
        assert_eq!(
            (&row["peak_time"], &row["peak_epoch"]),
            (&json!(58_040.0), &json!(40))
        );
        assert_eq!(
            (&row["observatory"], &row["series_number"]),
            (&json!("DEMO"), &json!(1))
        );
    }
    let status = database
        .status(project, &["DEMO"], 0)
        .await
        .expect("counts");
    let injections: usize = analysed.iter().map(|one| one.injections.len()).sum();
    let detections: usize = analysed.iter().map(|one| one.detections.len()).sum();
    let analyses = status.analyses;
    assert_eq!(
        (analyses.analysed, analyses.failed, analyses.injected),
        (6, 0, injections as u64)
    );
    assert_eq!(analyses.real + analyses.simulated, detections as u64);
    for (kind, number) in [(Kind::Processed, 6), (Kind::Simulated, injections)] {
        let filter = RowFilter {
            kind: Some(kind),
            ..RowFilter::default()
        };
        let rows: Vec<Row> = database
            .list_lightcurves(project, &filter)
            .try_collect()
            .await
            .expect("lists");
        assert_eq!(rows.len(), number, "{kind:?}");
        let injection = i64::from(kind == Kind::Simulated);
        assert!(
            rows.iter().all(|row| row["injection_number"] == injection),
            "{kind:?}"
        );
    }
    let epochs: BTreeMap<String, u64> = database
        .histogram_sums(project)
        .await
        .expect("adds up")
        .iter()
        .map(|sum| (sum.name().to_owned(), sum.epochs()))
        .collect();
    // one epoch of each is flagged
    assert_eq!((epochs["all_scores"], epochs["good_scores"]), (600, 594));
    let searched = database.searched(project).await.expect("adds up");
    assert_eq!(
        (searched.sources, searched.epochs, searched.good_epochs),
        (6, 600, 594)
    );
    let trials: Vec<_> = database.trials(project).try_collect().await.expect("lists");
    let expected = analysed.iter().flat_map(|one| &one.injections);
    let expected: Vec<_> = expected.map(|injected| injected.trial()).collect();
    let stored: Vec<_> = trials.iter().map(|stored| stored.trial.clone()).collect();
    assert_eq!(stored, expected);
}
