//! Whether lightcurves, and what a class of somebody's own says of them, can be built on.

use super::{AnalysisError, Event, Finder, Found, Injection, Quality, QualityChecker, Simulator};
use crate::photometry::{Column, Lightcurve};

/// All columns as long as the times, which rise, with those that are NaN at the end.
pub(super) fn check_lightcurve(lightcurve: &Lightcurve, place: usize) -> Result<(), AnalysisError> {
    let failed = |message: String| AnalysisError::Lightcurve {
        observatory: lightcurve.observatory.clone(),
        filter: lightcurve.filter.clone(),
        number: place + 1,
        message,
    };
    let epochs = &lightcurve.epochs;
    let own = [
        ("mag", epochs.mag.len()),
        ("magerr", epochs.magerr.len()),
        ("flux", epochs.flux.len()),
        ("fluxerr", epochs.fluxerr.len()),
        ("flag", epochs.flag.len()),
        ("exptime", epochs.exptime.len()),
        ("ra", epochs.ra.len()),
        ("dec", epochs.dec.len()),
    ];
    let further = epochs.extra.iter();
    let further = further.map(|column| (column.name.as_str(), column.values.len()));
    for (name, length) in own.into_iter().chain(further) {
        if length != epochs.len() {
            let message = format!(
                "column {name:?} has {length} values, and there are {} epochs",
                epochs.len()
            );
            return Err(failed(message));
        }
    }
    let out_of_order = |pair: &[f64]| !(pair[0] <= pair[1] || pair[1].is_nan());
    match epochs.mjd.windows(2).position(out_of_order) {
        Some(epoch) => Err(failed(format!(
            "its epochs are not in the order of time: {} follows on {} at epoch {}",
            epochs.mjd[epoch + 1],
            epochs.mjd[epoch],
            epoch + 1
        ))),
        None => Ok(()),
    }
}

/// One flag, and one value of each column, for each epoch.
pub(super) fn check_quality(
    checker: &dyn QualityChecker,
    lightcurve: &Lightcurve,
    quality: &Quality,
) -> Result<(), AnalysisError> {
    let epochs = lightcurve.epochs.len();
    let failed = |message| answer("checker", format!("{checker:?}"), message);
    if quality.qflag.len() != epochs {
        let flags = quality.qflag.len();
        return Err(failed(format!("{flags} flags for {epochs} epochs")));
    }
    check_columns(&quality.columns, epochs).map_err(failed)
}

/// Scores for each lightcurve, and events that have epochs.
pub(super) fn check_found(
    finder: &dyn Finder,
    lightcurves: &[Lightcurve],
    found: &Found,
) -> Result<(), AnalysisError> {
    let failed = |message| answer("finder", finder.method().to_owned(), message);
    let (scored, there) = (found.scores.len(), lightcurves.len());
    if scored != there {
        return Err(failed(format!("scores of {scored} of {there} lightcurves")));
    }
    for (scores, lightcurve) in found.scores.iter().zip(lightcurves) {
        check_columns(&scores.columns, lightcurve.epochs.len()).map_err(failed)?;
    }
    let fits = |event: &Event| {
        lightcurves.get(event.lightcurve).is_some_and(|lightcurve| {
            let all = 0..lightcurve.epochs.len();
            let inside = &event.epochs;
            inside.start < inside.end
                && inside.end <= all.end
                && all.contains(&event.peak)
                && event.members.iter().all(|epoch| all.contains(epoch))
        })
    };
    match found.events.iter().find(|event| !fits(event)) {
        Some(event) => Err(failed(format!(
            "an event at epochs {:?} of lightcurve {}, which there are not",
            event.epochs, event.lightcurve
        ))),
        None => Ok(()),
    }
}

/// Each lightcurve as it came, with other numbers.
pub(super) fn check_injection(
    simulator: &dyn Simulator,
    lightcurves: &[Lightcurve],
    injection: &Injection,
) -> Result<(), AnalysisError> {
    let failed = |message| answer("simulator", format!("{simulator:?}"), message);
    let (changed, there) = (injection.lightcurves.len(), lightcurves.len());
    if changed != there {
        return Err(failed(format!("{changed} of {there} lightcurves")));
    }
    for (place, (changed, own)) in injection.lightcurves.iter().zip(lightcurves).enumerate() {
        check_lightcurve(changed, place)?;
        let (epochs, there) = (changed.epochs.len(), own.epochs.len());
        if epochs != there {
            return Err(failed(format!("{epochs} of {there} epochs")));
        }
    }
    Ok(())
}

fn check_columns(columns: &[Column], epochs: usize) -> Result<(), String> {
    match columns.iter().find(|column| column.values.len() != epochs) {
        Some(column) => Err(format!(
            "{} values of {:?} for {epochs} epochs",
            column.values.len(),
            column.name
        )),
        None => Ok(()),
    }
}

fn answer(part: &'static str, name: String, message: String) -> AnalysisError {
    AnalysisError::Answer {
        part,
        name,
        message,
    }
}
