//! What "recovered" means.

use crate::analysis::{Detection, Truth};

/// How much a simulated event must raise the S/N of a real one to be more than that: this, and this part of it. A change of
/// the noise alone changes a high S/N by some percent.
const RAISED: f64 = 1.0;
const RAISED_PART: f64 = 0.05;

/// True if one of the detections in the lightcurves with the event is the event: see [`recovering`].
pub fn recovered(truth: &Truth, detections: &[Detection], real: &[Detection]) -> bool {
    recovering(truth, detections, real).is_some()
}

/// Which of the detections in the lightcurves with the event is the event; of several, the one with the highest score.
///
/// It must overlap the time during which the template is at a tenth of its peak or more, have its sign, and not
/// [`repeat`](repeats) one of `real`, the detections in the lightcurves as they were observed.
pub fn recovering(truth: &Truth, detections: &[Detection], real: &[Detection]) -> Option<usize> {
    let (begin, end) = extent(truth);
    let fits = |detection: &Detection| {
        detection.time_start <= end
            && detection.time_end >= begin
            && detection.snr.is_sign_negative() == truth.amplitude.is_sign_negative()
            && !repeats(detection, real, truth)
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
/// lightcurve of its peak with one of `real` of the same sign, and it was not the event that made it what it is. That is so
/// if the event raised the S/N by 1 and by 5 % or more, and the peak is while the template is at a tenth of its own or
/// more: the wing of an event makes a neighbour brighter, too.
pub fn repeats(detection: &Detection, real: &[Detection], truth: &Truth) -> bool {
    let new = detection.peak();
    let (begin, end) = extent(truth);
    let in_event = (begin..=end).contains(&detection.peak_time);
    real.iter().any(|real| {
        let mut old = real.parts.iter();
        let size = real.snr.abs();
        let raised = detection.snr.abs() >= size + RAISED.max(RAISED_PART * size);
        real.snr.is_sign_negative() == detection.snr.is_sign_negative()
            && !(raised && in_event)
            && old.any(|old| {
                old.lightcurve == new.lightcurve
                    && old.epochs.start < new.epochs.end
                    && new.epochs.start < old.epochs.end
            })
    })
}

/// From when to when the template is at a tenth of its peak or more (d).
fn extent(truth: &Truth) -> (f64, f64) {
    let extent = truth.shape.extent(0.1);
    let at = |widths: &f64| truth.time + widths * truth.width;
    (at(extent.start()), at(extent.end()))
}
