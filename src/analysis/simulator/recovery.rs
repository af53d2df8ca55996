//! What "recovered" means.

use crate::analysis::{Detection, Truth};

/// How much a simulated event must raise the S/N of a real one to be more than that.
const RAISED: f64 = 1.0;

/// True if one of the detections in the lightcurves with the event is the event: see [`recovering`].
pub fn recovered(truth: &Truth, detections: &[Detection], real: &[Detection]) -> bool {
    recovering(truth, detections, real).is_some()
}

/// Which of the detections in the lightcurves with the event is the event; of several, the one with the highest score.
///
/// It must overlap the time during which the template is at a tenth of its peak or more, have its sign, and not
/// [`repeat`](repeats) one of `real`, the detections in the lightcurves as they were observed.
pub fn recovering(truth: &Truth, detections: &[Detection], real: &[Detection]) -> Option<usize> {
    let extent = truth.shape.extent(0.1);
    let begin = truth.time + extent.start() * truth.width;
    let end = truth.time + extent.end() * truth.width;
    let fits = |detection: &Detection| {
        detection.time_start <= end
            && detection.time_end >= begin
            && detection.snr.is_sign_negative() == truth.amplitude.is_sign_negative()
            && !repeats(detection, real)
    };
    (0..detections.len())
        .filter(|&index| fits(&detections[index]))
        .reduce(|best, other| {
            if detections[other].score > detections[best].score {
                other
            } else {
                best
            }
        })
}

/// True if a detection in lightcurves with a simulated event is one that is there without it: it shares an epoch of the
/// lightcurve of its peak with one of `real` of the same sign, and the event did not raise the S/N of that by 1 or more.
pub fn repeats(detection: &Detection, real: &[Detection]) -> bool {
    let new = detection.peak();
    real.iter().any(|real| {
        let mut old = real.parts.iter();
        real.snr.is_sign_negative() == detection.snr.is_sign_negative()
            && detection.snr.abs() < real.snr.abs() + RAISED
            && old.any(|old| {
                old.lightcurve == new.lightcurve
                    && old.epochs.start < new.epochs.end
                    && new.epochs.start < old.epochs.end
            })
    })
}
