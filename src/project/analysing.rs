//! The analysis of one source: lightcurves of all its observatories in, detections, properties and files out.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::memory::Room;
use super::plan::AnalysisTask;
use super::summary::{SourceFailure, Stopped};
use super::work::{KeepError, StepResult, chain, stops_the_run};
use super::workshop::Workshop;
use crate::analysis::{Analysed, Source};
use crate::catalog::Target;
use crate::database::{
    AnalysisFile, AnalysisOutcome, AnalysisRecord, AnalysisResult, AnalysisState, LightcurveName,
    LightcurveRecord, ReductionOutcome, analysis_inputs,
};
use crate::photometry::{Kind, Lightcurve};
use crate::storage::{self, StorageError};

/// Lightcurves of one observatory that are not held in memory until the others are there, if they are larger (bytes).
pub(super) const LARGEST_HELD: u64 = 512 << 10;

/// What became of the analysis of one source.
#[derive(Default)]
pub(super) struct AnalysisStep {
    pub record: Option<AnalysisRecord>,
    pub failure: Option<SourceFailure>,
    pub fatal: Option<Stopped>,
    /// Bytes of files written.
    pub bytes: u64,
}

/// Lightcurves of one observatory, in memory or in a file.
struct Input {
    observatory: String,
    /// None if there is no lightcurve.
    file: Option<ReducedFile>,
    held: Option<Arc<[Lightcurve]>>,
}

/// A file of reduced lightcurves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReducedFile {
    pub path: String,
    pub checksum: String,
}

/// Analyses a source, unless what the steps have left is what was analysed before.
pub(super) async fn analyse(
    workshop: &Arc<Workshop>,
    target: &Target,
    task: AnalysisTask,
    results: &mut [(usize, StepResult)],
) -> AnalysisStep {
    let inputs = inputs(workshop, &task, results);
    if inputs.is_empty() {
        return AnalysisStep::default();
    }
    let checksums = inputs.iter().map(|input| {
        let checksum = input.file.as_ref().map(|file| file.checksum.as_str());
        (input.observatory.as_str(), checksum)
    });
    let identity = analysis_inputs(checksums);
    // an analysis goes with the reduction that it was made of, also if the new one is equal
    let is_gone = results.iter().any(|(_, result)| result.reduction.is_some());
    let again = task.is_due
        || is_gone
        || task.state.as_ref().is_none_or(|state| {
            state.outcome == AnalysisOutcome::Failed || state.inputs != identity
        });
    if !again {
        return AnalysisStep::default();
    }
    let mut at = Desk {
        workshop,
        target,
        // a row that is there goes before its files are replaced
        row: task.state.is_some().then_some(task.source_id).flatten(),
        step: AnalysisStep::default(),
    };
    let result = match at.lightcurves(&inputs).await {
        // the room is given back when the products are on disk
        Ok((lightcurves, _room)) => at.analysed(lightcurves, &inputs).await,
        Err(error) => {
            let message = at.reading_failed(&error);
            let was_good = |state: &AnalysisState| state.outcome == AnalysisOutcome::Ok;
            if !is_gone && task.state.as_ref().is_some_and(was_good) {
                // what was found in a file that is lost now is not lost with it
                return at.step;
            }
            Err(message)
        }
    };
    at.step.record = Some(AnalysisRecord {
        fingerprint: workshop.analysis.fingerprint.clone(),
        inputs: identity,
        result,
    });
    at.step
}

/// Removes the files that an analysis of the source may have left; its rows must be gone.
pub(super) async fn remove_files(workshop: &Workshop, target: &Target) -> Result<(), KeepError> {
    for observatory in &workshop.observatories {
        for kind in [Kind::Processed, Kind::Simulated] {
            let path = path(workshop, observatory.name(), target, kind)?;
            workshop.store.remove(&path).await?;
        }
    }
    Ok(())
}

fn path(
    workshop: &Workshop,
    observatory: &str,
    target: &Target,
    kind: Kind,
) -> Result<String, StorageError> {
    storage::lightcurve_path(&workshop.folder, observatory, target.ra, &target.name, kind)
}

/// What is reduced of the source once its steps are done, in the order of the names of the observatories.
fn inputs(
    workshop: &Workshop,
    task: &AnalysisTask,
    results: &mut [(usize, StepResult)],
) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (index, before) in task.reduced.iter().enumerate() {
        let observatory = workshop.observatories[index].name().to_owned();
        let step = results.iter_mut().find(|(step, _)| *step == index);
        let made = step.and_then(|(_, result)| {
            let record = result.reduction.as_ref()?;
            Some((record, result.lightcurves.take()))
        });
        let (file, held) = match made {
            Some((record, _)) if record.outcome != ReductionOutcome::Ok => continue,
            Some((record, held)) => {
                let file = match (&record.file, &record.checksum) {
                    (Some(path), Some(checksum)) => Some(ReducedFile {
                        path: path.clone(),
                        checksum: checksum.clone(),
                    }),
                    _ => None,
                };
                (file, held)
            }
            None => match before {
                Some(file) => (file.clone(), None),
                None => continue,
            },
        };
        inputs.push(Input {
            observatory,
            file,
            held,
        });
    }
    inputs.sort_by(|a, b| a.observatory.cmp(&b.observatory));
    inputs
}

/// One source, and what has become of its analysis so far.
struct Desk<'a> {
    workshop: &'a Arc<Workshop>,
    target: &'a Target,
    row: Option<i64>,
    step: AnalysisStep,
}

impl Desk<'_> {
    /// All lightcurves, those of each observatory in their order, and the room that those from files take.
    async fn lightcurves(
        &self,
        inputs: &[Input],
    ) -> Result<(Vec<Lightcurve>, Option<Room>), KeepError> {
        let workshop = self.workshop;
        let mut images = Vec::new();
        for input in inputs {
            images.push(match (&input.held, &input.file) {
                (None, Some(file)) => Some(workshop.load(&file.path, &file.checksum).await?),
                _ => None,
            });
        }
        let loaded: usize = images.iter().flatten().map(Bytes::len).sum();
        let room = match loaded {
            0 => None,
            bytes => Some(workshop.memory.room(bytes as u64).await),
        };
        let mut all = Vec::new();
        for (input, image) in inputs.iter().zip(images) {
            match (&input.held, image) {
                (Some(held), _) => all.extend(held.iter().cloned()),
                (None, Some(image)) => {
                    all.extend(workshop.hdf5.decode_lightcurves(image).await?);
                }
                (None, None) => {}
            }
        }
        Ok((all, room))
    }

    async fn analysed(
        &mut self,
        lightcurves: Vec<Lightcurve>,
        inputs: &[Input],
    ) -> Result<AnalysisResult, String> {
        let names = lightcurves.iter().map(LightcurveName::of).collect();
        let source = source(self.target);
        let analysis = self.workshop.analysis.clone();
        let computed = self
            .workshop
            .compute(move || {
                analysis
                    .object
                    .analyze(&source, &lightcurves, analysis.seed)
            })
            .await;
        let mut analysed = match computed {
            Ok(Ok(analysed)) => analysed,
            Ok(Err(error)) => return Err(self.failed("analyze", chain(&error))),
            Err(panicked) => return Err(self.failed("analyze", panicked)),
        };
        match self.put(&mut analysed, inputs).await {
            Ok(files) => Ok(AnalysisResult {
                lightcurves: names,
                analysed,
                files,
            }),
            Err(error) => Err(self.keeping_failed(&error)),
        }
    }

    /// Puts the lightcurves that are to be kept into files; what else is there under their names goes.
    async fn put(
        &mut self,
        analysed: &mut Analysed,
        inputs: &[Input],
    ) -> Result<Vec<AnalysisFile>, KeepError> {
        if let Some(row) = self.row {
            self.workshop.database.forget_analyses(&[row]).await?;
        }
        let mut files = Vec::new();
        for (kind, lightcurves) in [
            (Kind::Processed, std::mem::take(&mut analysed.processed)),
            (Kind::Simulated, std::mem::take(&mut analysed.simulated)),
        ] {
            let mut left = lightcurves;
            for input in inputs {
                let own: Vec<Lightcurve> = left
                    .extract_if(.., |lightcurve| lightcurve.observatory == input.observatory)
                    .collect();
                files.extend(self.put_one(&input.observatory, kind, own).await?);
            }
        }
        Ok(files)
    }

    async fn put_one(
        &mut self,
        observatory: &str,
        kind: Kind,
        lightcurves: Vec<Lightcurve>,
    ) -> Result<Option<AnalysisFile>, KeepError> {
        let workshop = self.workshop;
        let path = path(workshop, observatory, self.target, kind)?;
        if lightcurves.is_empty() {
            // of other parameters, or without a row, from a process that was killed
            workshop.store.remove(&path).await?;
            return Ok(None);
        }
        let lightcurves: Arc<[Lightcurve]> = lightcurves.into();
        let image = workshop
            .encode_lightcurves(Arc::clone(&lightcurves), kind)
            .await?;
        let stored = workshop.store.put(&path, image).await?;
        self.step.bytes += stored.length;
        let keys = storage::lightcurve_keys(&lightcurves, kind);
        let records = lightcurves.iter().zip(&keys);
        Ok(Some(AnalysisFile {
            observatory: observatory.to_owned(),
            kind,
            length: stored.length,
            checksum: stored.sha256,
            lightcurves: records
                .map(|(lightcurve, key)| LightcurveRecord::of(lightcurve, &path, key))
                .collect(),
            file: path,
        }))
    }

    fn keeping_failed(&mut self, error: &KeepError) -> String {
        self.step.fatal = stops_the_run(error);
        self.failed("store", chain(error))
    }

    /// Lightcurves that were reduced before could not be read.
    fn reading_failed(&mut self, error: &KeepError) -> String {
        self.step.fatal = stops_the_run(error);
        let advice = "`retriever check --repair`, and then a run, makes it again";
        self.failed("analyze", format!("{} ({advice})", chain(error)))
    }

    fn failed(&mut self, stage: &'static str, message: String) -> String {
        self.step.failure = Some(SourceFailure {
            source_name: self.target.name.clone(),
            observatory: String::new(),
            stage,
            message: message.clone(),
        });
        message
    }
}

/// The names of what the analysis is told of a target in one number or word.
pub(super) fn fact_names() -> Vec<String> {
    let known = Target {
        pmra: Some(0.0),
        pmdec: Some(0.0),
        parallax: Some(0.0),
        mag: Some(0.0),
        mag_err: Some(0.0),
        mag_filter: Some(String::new()),
        alias: Some(String::new()),
        ..Target::default()
    };
    let facts = source(&known).facts.into_iter();
    let single = facts.filter(|(_, value)| value.is_number() || value.is_string());
    single.map(|(name, _)| name).collect()
}

/// What the analysis is told of a target: its name, and the catalog row by the names of the fields.
fn source(target: &Target) -> Source {
    Source {
        name: target.name.clone(),
        facts: match serde_json::to_value(target) {
            Ok(Value::Object(facts)) => facts,
            _ => serde_json::Map::new(),
        },
    }
}
