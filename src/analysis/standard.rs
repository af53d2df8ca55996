//! The analysis that projects use unless they bring their own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::histogram::{Histogram, HistogramParameters};
use super::{
    Analysed, Analysis, AnalysisError, AnalysisParameters, Checked, Detection, EventSimulator,
    Exposure, Finder, Found, Injected, Injection, Properties, Quality, QualityChecker, Simulator,
    SnrFinder, Source, StandardQuality, answers, columns, counted, inject, link,
    number_of_injections, recovering, repeats,
};
use crate::photometry::{Column, Lightcurve, Values};

/// What an analysis is made of.
#[derive(Debug, Clone)]
pub struct AnalysisParts {
    /// What the project says of the analysis as a whole.
    pub parameters: AnalysisParameters,
    /// The axes of the histograms.
    pub histograms: HistogramParameters,
    /// Looks for events.
    pub finder: Arc<dyn Finder>,
    /// Tells good epochs from bad ones.
    pub checker: Arc<dyn QualityChecker>,
    /// Draws events to be put in.
    pub simulator: Arc<dyn Simulator>,
}

impl Default for AnalysisParts {
    fn default() -> AnalysisParts {
        AnalysisParts {
            parameters: AnalysisParameters::default(),
            histograms: HistogramParameters::default(),
            finder: Arc::new(SnrFinder::default()),
            checker: Arc::new(StandardQuality::default()),
            simulator: Arc::new(EventSimulator::default()),
        }
    }
}

/// Quality, scores, events, detections, properties, histograms; then, for each simulated event, quality, scores, events
/// and detections again, by the same objects, in the lightcurves that have it.
///
/// Levels and noise are worked out anew in lightcurves with an event, as they would be had it happened.
///
/// ```
/// use retriever::analysis::{self, Analysis, AnalysisParts, Source, StandardAnalysis};
/// # use retriever::photometry::Epochs;
/// # let mut flux: Vec<f64> = (0..100).map(|epoch| 100.0 + f64::from(epoch * 7 % 11)).collect();
/// # flux[40] = 200.0;
/// # let epochs = Epochs {
/// #     mjd: (0..100).map(|day| 58_000.0 + f64::from(day)).collect(),
/// #     mag: flux.iter().map(|flux| 23.9 - 2.5 * flux.log10()).collect(),
/// #     flux, fluxerr: vec![4.0; 100], magerr: vec![0.04; 100], flag: vec![false; 100], exptime: vec![30.0; 100],
/// #     ra: vec![f64::NAN; 100], dec: vec![f64::NAN; 100], flux_unit: "uJy".into(), zero_point: 23.9, extra: vec![],
/// # };
/// # let lightcurves = [analysis::lightcurve("DEMO", "star", "R", epochs)];
/// let analysis = StandardAnalysis::new(AnalysisParts::default())?;
/// let source = Source { name: "star".to_owned(), ..Source::default() };
/// let analysed = analysis.analyze(&source, &lightcurves, 0)?;
/// assert_eq!(analysed.real().count(), 1);
/// assert_eq!(analysed.injections.len(), 1);
/// # Ok::<(), analysis::AnalysisError>(())
/// ```
#[derive(Debug)]
pub struct StandardAnalysis {
    parts: AnalysisParts,
    histograms: Vec<Histogram>,
}

/// Quality, scores and detections of a set of lightcurves.
struct Searched<'a> {
    quality: Cow<'a, [Quality]>,
    found: Found,
    detections: Vec<Detection>,
}

impl StandardAnalysis {
    /// # Errors
    /// Histograms whose axes have no bins.
    pub fn new(parts: AnalysisParts) -> Result<StandardAnalysis, AnalysisError> {
        let (finder, checker) = (&*parts.finder, &*parts.checker);
        let histograms = counted::empty(&parts.histograms, finder, checker)?;
        Ok(StandardAnalysis { parts, histograms })
    }

    fn judge(&self, lightcurves: &[Lightcurve]) -> Result<Vec<Quality>, AnalysisError> {
        let checker = &*self.parts.checker;
        let mut quality = Vec::with_capacity(lightcurves.len());
        for lightcurve in lightcurves {
            let judged = checker.check(lightcurve);
            answers::check_quality(checker, lightcurve, &judged)?;
            quality.push(judged);
        }
        Ok(quality)
    }

    fn search<'a>(
        &self,
        lightcurves: &[Lightcurve],
        quality: Cow<'a, [Quality]>,
    ) -> Result<Searched<'a>, AnalysisError> {
        let finder = &*self.parts.finder;
        let checked = checked(lightcurves, &quality);
        let found = finder.find(&checked);
        answers::check_found(finder, lightcurves, &found)?;
        // `link` adds its tolerance to both of two events
        let tolerance = self.parts.parameters.coincidence_time / 2.0;
        let detections = link(finder.method(), &checked, &found, tolerance);
        Ok(Searched {
            quality,
            found,
            detections,
        })
    }

    /// Puts in one event after the other, and looks for each.
    fn simulate(
        &self,
        source: &Source,
        lightcurves: &[Lightcurve],
        real: &Searched<'_>,
        seed: u64,
        analysed: &mut Analysed,
    ) -> Result<(), AnalysisError> {
        let simulator = &*self.parts.simulator;
        let checked = checked(lightcurves, &real.quality);
        let number = number_of_injections(self.parts.parameters.num_injections, seed, &source.name);
        let mut missing = 0;
        for draw in 1..=number {
            let Some(injection) = inject(simulator, &checked, seed, &source.name, draw) else {
                missing += 1;
                continue;
            };
            answers::check_injection(simulator, lightcurves, &injection)?;
            let number = draw - missing;
            self.recover(number, injection, lightcurves, real, analysed)?;
        }
        if missing > 0 {
            let note = format!("{missing} of {number} simulated events had no place to be put in");
            analysed.notes.push(note);
        }
        Ok(())
    }

    /// Looks for one event.
    fn recover(
        &self,
        number: u32,
        injection: Injection,
        lightcurves: &[Lightcurve],
        real: &Searched<'_>,
        analysed: &mut Analysed,
    ) -> Result<(), AnalysisError> {
        let Injection {
            truth,
            lightcurves: mut changed,
        } = injection;
        let both = || changed.iter().zip(lightcurves);
        let same = || both().all(|(changed, own)| differ_in_brightness_only(changed, own));
        let quality = match !self.parts.checker.looks_at_brightness() && same() {
            true => Cow::Borrowed(&*real.quality),
            false => Cow::Owned(self.judge(&changed)?),
        };
        let mut searched = self.search(&changed, quality)?;
        let known = &real.detections;
        (searched.detections).retain(|found| !repeats(found, known, &truth));
        let own = recovering(&truth, &searched.detections, known);
        let mut filters: BTreeMap<String, bool> = BTreeMap::new();
        for (place, lightcurve) in lightcurves.iter().enumerate() {
            let bright = truth.amplitude_mag.get(place).copied();
            let bright = bright.is_some_and(f64::is_finite);
            if bright || differ(&changed[place].epochs.flux, &lightcurve.epochs.flux) {
                let parts = own.map_or(&[][..], |own| &searched.detections[own].parts);
                let here = parts.iter().any(|part| part.lightcurve == place);
                *filters.entry(lightcurve.filter.clone()).or_default() |= here;
            }
        }
        analysed.injections.push(Injected {
            number,
            detection: own.map(|own| analysed.detections.len() + own),
            filters,
            truth,
        });
        if self.parts.parameters.save_simulated {
            for lightcurve in &mut changed {
                let injection = Value::from(number);
                lightcurve.altdata.insert("injection".to_owned(), injection);
            }
            add_columns(&mut changed, &searched);
            analysed.simulated.append(&mut changed);
        }
        let found = searched.detections.into_iter();
        analysed
            .detections
            .extend(found.map(|found| found.of_injection(number)));
        Ok(())
    }
}

impl Analysis for StandardAnalysis {
    fn histograms(&self) -> Vec<Histogram> {
        self.histograms.clone()
    }

    fn analyze(
        &self,
        source: &Source,
        lightcurves: &[Lightcurve],
        seed: u64,
    ) -> Result<Analysed, AnalysisError> {
        for (place, lightcurve) in lightcurves.iter().enumerate() {
            answers::check_lightcurve(lightcurve, place)?;
        }
        let parameters = &self.parts.parameters;
        let quality = self.judge(lightcurves)?;
        let searched = self.search(lightcurves, quality.into())?;
        let checked = checked(lightcurves, &searched.quality);
        let mut analysed = Analysed {
            processed: Vec::new(),
            simulated: Vec::new(),
            detections: searched.detections.clone(),
            injections: Vec::new(),
            properties: Properties::of(&checked, &parameters.properties),
            exposure: Exposure::of(&checked, parameters.event_duration),
            histograms: self.histograms(),
            notes: notes(&checked),
        };
        let histograms = &mut analysed.histograms;
        let (quality, found) = (&searched.quality, &searched.found);
        counted::count(histograms, source, lightcurves, quality, found)?;
        if parameters.save_processed {
            analysed.processed = lightcurves.to_vec();
            add_columns(&mut analysed.processed, &searched);
        }
        self.simulate(source, lightcurves, &searched, seed, &mut analysed)?;
        Ok(analysed)
    }
}

fn checked<'a>(lightcurves: &'a [Lightcurve], quality: &'a [Quality]) -> Vec<Checked<'a>> {
    let both = lightcurves.iter().zip(quality);
    both.map(|(lightcurve, quality)| Checked {
        lightcurve,
        quality,
    })
    .collect()
}

fn add_columns(lightcurves: &mut [Lightcurve], searched: &Searched<'_>) {
    let (quality, found) = (&searched.quality, &searched.found);
    for (place, lightcurve) in lightcurves.iter_mut().enumerate() {
        let scores = &found.scores[place];
        columns::add(lightcurve, &quality[place], scores, &found.events, place);
    }
}

/// True if a number has changed; NaN equals itself.
fn differ(one: &[f64], other: &[f64]) -> bool {
    let differs = |(one, other): (&f64, &f64)| one.to_bits() != other.to_bits();
    one.len() != other.len() || one.iter().zip(other).any(differs)
}

/// True if only magnitudes, fluxes and their errors differ, and both have a flux at the same epochs.
fn differ_in_brightness_only(one: &Lightcurve, other: &Lightcurve) -> bool {
    let (one, other) = (&one.epochs, &other.epochs);
    let columns = [
        (&one.mjd, &other.mjd),
        (&one.exptime, &other.exptime),
        (&one.ra, &other.ra),
        (&one.dec, &other.dec),
    ];
    let same = |(one, other): (&Column, &Column)| {
        one.name == other.name
            && match (&one.values, &other.values) {
                (Values::Float64(one), Values::Float64(other)) => !differ(one, other),
                (Values::Text(one), Values::Text(other)) => {
                    one.codes() == other.codes() && one.words() == other.words()
                }
                (one, other) => one == other,
            }
    };
    let finite = |(one, other): (&f64, &f64)| one.is_finite() == other.is_finite();
    columns.iter().all(|(one, other)| !differ(one, other))
        && one.flag == other.flag
        && one.flux.iter().zip(&other.flux).all(finite)
        && one.extra.len() == other.extra.len()
        && one.extra.iter().zip(&other.extra).all(same)
}

/// What the checker says of each lightcurve, with its observatory and filter, each text once.
fn notes(lightcurves: &[Checked<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    for checked in lightcurves {
        for note in &checked.quality.notes {
            let Lightcurve {
                observatory,
                filter,
                ..
            } = checked.lightcurve;
            let note = format!("{observatory} {filter}: {note}");
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}
