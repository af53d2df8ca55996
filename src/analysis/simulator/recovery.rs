//! What "recovered" means.

use crate::analysis::{Detection, Truth};

/// True if a detection in the lightcurves with the event is the event.
///
/// It must overlap the time during which the template is at a tenth of its peak or more, have its sign, and not be one
/// of `real`, the detections in the lightcurves as they were observed: those have their peak at the same epoch of the
/// same lightcurve, and the event did not raise their S/N by 1 or more.
pub fn recovered(truth: &Truth, detections: &[Detection], real: &[Detection]) -> bool {
    let extent = truth.shape.extent(0.1);
    let begin = truth.time + extent.start() * truth.width;
    let end = truth.time + extent.end() * truth.width;
    detections.iter().any(|detection| {
        detection.time_start <= end
            && detection.time_end >= begin
            && detection.snr.is_sign_negative() == truth.amplitude.is_sign_negative()
            && !real.iter().any(|real| is_the_same(detection, real))
    })
}

fn is_the_same(detection: &Detection, real: &Detection) -> bool {
    let (new, old) = (detection.peak(), real.peak());
    new.lightcurve == old.lightcurve
        && new.peak == old.peak
        && detection.snr.abs() < real.snr.abs() + 1.0
}
