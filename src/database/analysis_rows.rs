//! From what an analysis gives to the values of its rows.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::{NotSet, Set};
use serde_json::{Map, Value, json};

use super::entity::{analysis_file, detection, filter_properties, injection, properties};
use super::insert::{finite, signed, signed_small, storable, storable_json};
use super::lightcurves::Entry;
use super::{AnalysisFile, AnalysisOutcome, AnalysisRecord, AnalysisResult, LightcurveName};
use crate::analysis::{Detection, FilterProperties, Injected, Part};

/// An analysis, and to what it belongs.
#[derive(Clone, Copy)]
pub(super) struct Analysis<'a> {
    pub project_id: i64,
    pub source_id: i64,
    pub source_name: &'a str,
    pub record: &'a AnalysisRecord,
}

/// A detection, its number from 1 among those of the same injection.
pub(super) type DetectionEntry<'a> = (Analysis<'a>, &'a AnalysisResult, &'a Detection, u32);

impl<'a> Analysis<'a> {
    fn result(&self) -> Option<&'a AnalysisResult> {
        self.record.result.as_ref().ok()
    }

    pub fn filters(&self) -> impl Iterator<Item = (i64, &'a FilterProperties)> + use<'a> {
        let source_id = self.source_id;
        let filters = self.result().into_iter();
        filters
            .flat_map(|result| &result.analysed.properties.filters)
            .map(move |filter| (source_id, filter))
    }

    pub fn detections(&self) -> impl Iterator<Item = DetectionEntry<'a>> + use<'a> {
        let analysis = *self;
        self.result().into_iter().flat_map(move |result| {
            let detections = &result.analysed.detections;
            let numbers = detection_numbers(detections);
            let numbered = detections.iter().zip(numbers);
            numbered.map(move |(detection, number)| (analysis, result, detection, number))
        })
    }

    pub fn injections(
        &self,
    ) -> impl Iterator<Item = (Analysis<'a>, &'a AnalysisResult, &'a Injected)> + use<'a> {
        let analysis = *self;
        self.result().into_iter().flat_map(move |result| {
            let injections = result.analysed.injections.iter();
            injections.map(move |injected| (analysis, result, injected))
        })
    }

    pub fn files(&self) -> impl Iterator<Item = (i64, &'a AnalysisFile)> + use<'a> {
        let source_id = self.source_id;
        let files = self.result().into_iter().flat_map(|result| &result.files);
        files.map(move |file| (source_id, file))
    }

    pub fn lightcurves(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let analysis = *self;
        self.files().flat_map(move |(_, file)| {
            file.lightcurves.iter().map(move |record| Entry {
                project_id: analysis.project_id,
                source_id: analysis.source_id,
                source_name: analysis.source_name,
                observatory: &file.observatory,
                kind: file.kind,
                record,
            })
        })
    }
}

/// From 1 among those of the same injection, in the order given.
fn detection_numbers(detections: &[Detection]) -> Vec<u32> {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    let number = |detection: &Detection| {
        let count = counts.entry(injection_number(detection)).or_default();
        *count += 1;
        *count
    };
    detections.iter().map(number).collect()
}

fn injection_number(detection: &Detection) -> u32 {
    detection.injection.unwrap_or(0)
}

pub(super) fn properties(analysis: &Analysis<'_>) -> properties::ActiveModel {
    let record = analysis.record;
    let none = properties::ActiveModel {
        id: NotSet,
        project_id: Set(analysis.project_id),
        source_id: Set(analysis.source_id),
        source_name: Set(analysis.source_name.to_owned()),
        outcome: Set(AnalysisOutcome::Failed),
        message: Set(record.result.as_ref().err().map(|words| storable(words))),
        fingerprint: Set(storable(&record.fingerprint)),
        inputs: Set(storable(&record.inputs)),
        clock: Set(None),
        lightcurves: Set(0),
        epochs: Set(0),
        good_epochs: Set(0),
        open_ms: Set(0),
        watched_ms: Set(0),
        span_ms: Set(0),
        detections: Set(0),
        injections: Set(0),
        recovered: Set(0),
        best_snr: Set(None),
        best_snr_time: Set(None),
        best_snr_false_alarm_probability: Set(None),
        period: Set(None),
        period_power: Set(None),
        period_false_alarm_probability: Set(None),
        notes: Set(json!([])),
        extra: Set(json!({})),
    };
    let Some(result) = analysis.result() else {
        return none;
    };
    let (analysed, exposure) = (&result.analysed, &result.analysed.exposure);
    let recovered = analysed
        .injections
        .iter()
        .filter(|injected| injected.recovered());
    let filters = &analysed.properties.filters;
    let best = likeliest(filters, |filter| filter.best_snr_false_alarm_probability);
    let period = likeliest(filters, |filter| {
        filter.period.map(|period| period.false_alarm_probability)
    })
    .and_then(|filter| filter.period);
    properties::ActiveModel {
        outcome: Set(AnalysisOutcome::Ok),
        clock: Set(Some(analysed.properties.clock.as_str().to_owned())),
        lightcurves: Set(signed(exposure.lightcurves)),
        epochs: Set(signed(exposure.epochs)),
        good_epochs: Set(signed(exposure.good_epochs)),
        open_ms: Set(signed(exposure.open_ms)),
        watched_ms: Set(signed(exposure.watched_ms)),
        span_ms: Set(signed(exposure.span_ms)),
        detections: Set(signed(analysed.real().count() as u64)),
        injections: Set(signed(analysed.injections.len() as u64)),
        recovered: Set(signed(recovered.count() as u64)),
        best_snr: Set(finite(best.and_then(|filter| filter.best_snr))),
        best_snr_time: Set(finite(best.and_then(|filter| filter.best_snr_time))),
        best_snr_false_alarm_probability: Set(finite(
            best.and_then(|filter| filter.best_snr_false_alarm_probability),
        )),
        period: Set(finite(period.map(|period| period.period))),
        period_power: Set(finite(period.map(|period| period.power))),
        period_false_alarm_probability: Set(finite(
            period.map(|period| period.false_alarm_probability),
        )),
        notes: Set(storable_json(&json!(analysed.notes))),
        extra: Set(storable_json(&json!(analysed.properties.extra))),
        ..none
    }
}

/// The filter whose number noise gives most rarely; the first of several.
fn likeliest(
    filters: &[FilterProperties],
    probability: impl Fn(&FilterProperties) -> Option<f64>,
) -> Option<&FilterProperties> {
    let with = filters
        .iter()
        .filter_map(|filter| Some((filter, probability(filter)?)));
    with.min_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(filter, _)| filter)
}

pub(super) fn filter(
    &(source_id, filter): &(i64, &FilterProperties),
) -> filter_properties::ActiveModel {
    let period = filter.period;
    filter_properties::ActiveModel {
        id: NotSet,
        source_id: Set(source_id),
        observatory: Set(filter.observatory.clone()),
        filter: Set(storable(&filter.filter)),
        flux_unit: Set(storable(&filter.flux_unit)),
        lightcurves: Set(signed(filter.lightcurves as u64)),
        number: Set(signed(filter.number as u64)),
        num_good: Set(signed(filter.num_good as u64)),
        time_start: Set(finite(filter.time_start)),
        time_end: Set(finite(filter.time_end)),
        flux_mean: Set(finite(filter.flux_mean)),
        flux_rms: Set(finite(filter.flux_rms)),
        mag_mean: Set(finite(filter.mag_mean)),
        chi2: Set(finite(filter.chi2)),
        degrees_of_freedom: Set(signed(filter.degrees_of_freedom as u64)),
        chi2_probability: Set(finite(filter.chi2_probability)),
        von_neumann: Set(finite(filter.von_neumann)),
        excess_variance: Set(finite(filter.excess_variance)),
        stetson_j: Set(finite(filter.stetson_j)),
        stetson_k: Set(finite(filter.stetson_k)),
        amplitude: Set(finite(filter.amplitude)),
        amplitude_mag: Set(finite(filter.amplitude_mag)),
        best_snr: Set(finite(filter.best_snr)),
        best_snr_time: Set(finite(filter.best_snr_time)),
        best_snr_false_alarm_probability: Set(finite(filter.best_snr_false_alarm_probability)),
        frequency: Set(finite(period.map(|period| period.frequency))),
        period: Set(finite(period.map(|period| period.period))),
        period_power: Set(finite(period.map(|period| period.power))),
        period_false_alarm_probability: Set(finite(
            period.map(|period| period.false_alarm_probability),
        )),
    }
}

pub(super) fn detection(
    &(analysis, result, detection, number): &DetectionEntry<'_>,
) -> detection::ActiveModel {
    let peak = detection.peak();
    let name = result.lightcurves.get(peak.lightcurve);
    let template = detection.template;
    let some = |value| Set(finite(Some(value)));
    detection::ActiveModel {
        id: NotSet,
        project_id: Set(analysis.project_id),
        source_id: Set(analysis.source_id),
        source_name: Set(analysis.source_name.to_owned()),
        injection_number: Set(signed_small(injection_number(detection))),
        detection_number: Set(signed_small(number)),
        simulated: Set(detection.simulated),
        method: Set(storable(&detection.method)),
        observatory: Set(name.map_or_else(String::new, |name| name.observatory.clone())),
        filter: Set(name.map_or_else(String::new, |name| storable(&name.filter))),
        series_number: Set(name.map_or(0, |name| signed_small(name.series_number))),
        peak_epoch: Set(signed(peak.peak as u64)),
        clock: Set(detection.clock.as_str().to_owned()),
        time_start: some(detection.time_start),
        time_end: some(detection.time_end),
        peak_time: some(detection.peak_time),
        peak_start: some(detection.peak_start),
        peak_end: some(detection.peak_end),
        snr: some(detection.snr),
        score: some(detection.score),
        peak_mag: some(detection.peak_mag),
        peak_mag_diff: some(detection.peak_mag_diff),
        false_alarm_probability: some(detection.false_alarm_probability),
        quality_flag: Set(detection.quality_flag),
        quality_values: Set(storable_json(&json!(detection.quality_values))),
        extra_scores: Set(storable_json(&json!(detection.extra_scores))),
        template_index: Set(template.map(|template| signed(template.index as u64))),
        template_shape: Set(template.map(|template| template.shape.as_str().to_owned())),
        template_width: Set(finite(template.map(|template| template.width))),
        template_time: Set(finite(template.map(|template| template.time))),
        template_amplitude: Set(finite(template.map(|template| template.amplitude))),
        template_amplitude_error: Set(finite(template.map(|template| template.amplitude_error))),
        parts: Set(detection
            .parts
            .iter()
            .map(|part| part_json(part, result.lightcurves.get(part.lightcurve)))
            .collect()),
    }
}

fn part_json(part: &Part, name: Option<&LightcurveName>) -> Value {
    let mut object = name_json(name);
    // first and last epoch, as the columns of a row have them
    object.insert("peak_epoch".to_owned(), json!(part.peak));
    object.insert("first_epoch".to_owned(), json!(part.epochs.start));
    object.insert("last_epoch".to_owned(), json!(part.epochs.end.max(1) - 1));
    for (key, value) in [
        ("peak_time", part.peak_time),
        ("time_start", part.time_start),
        ("time_end", part.time_end),
        ("snr", part.snr),
        ("score", part.score),
        ("false_alarm_probability", part.false_alarm_probability),
    ] {
        object.insert(key.to_owned(), json!(value));
    }
    object.insert("quality_flag".to_owned(), json!(part.quality_flag));
    object.insert("template".to_owned(), json!(part.template));
    Value::Object(object)
}

fn name_json(name: Option<&LightcurveName>) -> Map<String, Value> {
    let mut object = Map::new();
    if let Some(name) = name {
        object.insert("observatory".to_owned(), json!(name.observatory));
        object.insert("filter".to_owned(), json!(storable(&name.filter)));
        object.insert("series_number".to_owned(), json!(name.series_number));
    }
    object
}

pub(super) fn injection(
    &(analysis, result, injected): &(Analysis<'_>, &AnalysisResult, &Injected),
) -> injection::ActiveModel {
    let truth = &injected.truth;
    let trial = injected.trial();
    let detections = &result.analysed.detections;
    let number = injected
        .detection
        .and_then(|place| detection_numbers(detections).get(place).copied());
    let some = |value| Set(finite(Some(value)));
    injection::ActiveModel {
        id: NotSet,
        project_id: Set(analysis.project_id),
        source_id: Set(analysis.source_id),
        source_name: Set(analysis.source_name.to_owned()),
        injection_number: Set(signed_small(injected.number)),
        shape: Set(truth.shape.as_str().to_owned()),
        filter: Set(storable(&trial.filter)),
        clock: Set(result.analysed.properties.clock.as_str().to_owned()),
        time: some(truth.time),
        width: some(truth.width),
        searched: some(truth.searched),
        amplitude: some(truth.amplitude),
        magnitude: some(trial.magnitude),
        snr_expected: some(truth.snr_expected),
        recovered: Set(trial.recovered),
        detection_number: Set(number.map(signed_small)),
        filters: Set(storable_json(&json!(injected.filters))),
        parts: Set(truth
            .amplitude_mag
            .iter()
            .zip(&result.lightcurves)
            .map(|(magnitude, name)| {
                let mut object = name_json(Some(name));
                object.insert("magnitude".to_owned(), json!(magnitude));
                Value::Object(object)
            })
            .collect()),
    }
}

pub(super) fn file(&(source_id, file): &(i64, &AnalysisFile)) -> analysis_file::ActiveModel {
    analysis_file::ActiveModel {
        id: NotSet,
        source_id: Set(source_id),
        observatory: Set(file.observatory.clone()),
        kind: Set(file.kind.as_str().to_owned()),
        file: Set(storable(&file.file)),
        length: Set(signed(file.length)),
        checksum: Set(storable(&file.checksum)),
    }
}
