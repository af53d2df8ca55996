//! The columns of the database's rows: name, type, unit, content descriptor, description.
//!
//! Numbers of rows (`id`, `project_id`, `source_id`) are left out: they differ from database to database, and names say the same.

use super::{Column, ColumnKind};

type Words = (
    &'static str,
    ColumnKind,
    &'static str,
    &'static str,
    &'static str,
);

use ColumnKind::{Boolean, Float64, Int32, Int64, Json, Text};

/// In each row.
const NAME: Words = (
    "source_name",
    Text,
    "",
    "meta.id;src",
    "name of the source, as in the catalog",
);

pub(super) const SOURCES: &[Words] = &[
    (
        "name",
        Text,
        "",
        "meta.id;meta.main",
        "name of the source, as in the catalog",
    ),
    (
        "ra",
        Float64,
        "deg",
        "pos.eq.ra;meta.main",
        "right ascension, ICRS, at the epoch of the catalog",
    ),
    (
        "dec",
        Float64,
        "deg",
        "pos.eq.dec;meta.main",
        "declination, ICRS, at the epoch of the catalog",
    ),
    (
        "healpix",
        Int64,
        "",
        "pos.healpix",
        "HEALPix cell of the position, nested, order 29",
    ),
    ("catalog_row", Int64, "", "", "row of the catalog, from 0"),
    (
        "cat_row",
        Json,
        "",
        "",
        "all that the catalog says of it, as JSON",
    ),
];
pub(super) const SOURCES_NULLABLE: &[Words] = &[(
    "mag",
    Float64,
    "mag",
    "phot.mag",
    "magnitude in the catalog",
)];

pub(super) const DETECTIONS: &[Words] = &[
    NAME,
    (
        "injection_number",
        Int32,
        "",
        "",
        "number of the simulated event in the lightcurves, 0 for lightcurves as they were observed",
    ),
    (
        "detection_number",
        Int32,
        "",
        "",
        "by time, from 1, among those of the same source and injection",
    ),
    (
        "simulated",
        Boolean,
        "",
        "",
        "found in lightcurves with a simulated event",
    ),
    ("method", Text, "", "", "the finder"),
    (
        "observatory",
        Text,
        "",
        "meta.id;instr.obsty",
        "who observed the lightcurve of the peak",
    ),
    (
        "filter",
        Text,
        "",
        "meta.id;instr.filter",
        "filter of the lightcurve of the peak",
    ),
    (
        "series_number",
        Int32,
        "",
        "",
        "number of the lightcurve of the peak",
    ),
    (
        "peak_epoch",
        Int64,
        "",
        "",
        "epoch of the peak in its lightcurve, from 0",
    ),
    (
        "clock",
        Text,
        "",
        "",
        "what the times are: bjd_tdb (JD at the barycentre) or mjd (of the lightcurve)",
    ),
    (
        "quality_flag",
        Boolean,
        "",
        "meta.code.qual",
        "one of its epochs fails a cut",
    ),
    (
        "quality_values",
        Json,
        "",
        "",
        "for each cut the most extreme value, as JSON",
    ),
    (
        "extra_scores",
        Json,
        "",
        "",
        "further scores at the peak, as JSON",
    ),
    (
        "parts",
        Json,
        "",
        "",
        "the detection in each lightcurve that has it, as JSON",
    ),
];
pub(super) const DETECTIONS_NULLABLE: &[Words] = &[
    (
        "ra",
        Float64,
        "deg",
        "pos.eq.ra",
        "right ascension of the source in the catalog, ICRS",
    ),
    (
        "dec",
        Float64,
        "deg",
        "pos.eq.dec",
        "declination of the source in the catalog, ICRS",
    ),
    (
        "time_start",
        Float64,
        "d",
        "time.start",
        "first epoch of any part, on the clock",
    ),
    (
        "time_end",
        Float64,
        "d",
        "time.end",
        "last epoch of any part, on the clock",
    ),
    (
        "peak_time",
        Float64,
        "d",
        "time.epoch",
        "epoch of the peak, on the clock",
    ),
    (
        "peak_start",
        Float64,
        "d",
        "time.start",
        "first epoch of the part that has the peak",
    ),
    (
        "peak_end",
        Float64,
        "d",
        "time.end",
        "last epoch of the part that has the peak",
    ),
    (
        "snr",
        Float64,
        "",
        "stat.snr",
        "signal to noise at the peak, negative for a dip",
    ),
    (
        "score",
        Float64,
        "",
        "",
        "what the finder compared with its threshold",
    ),
    (
        "peak_mag",
        Float64,
        "mag",
        "phot.mag",
        "magnitude at the peak",
    ),
    (
        "peak_mag_diff",
        Float64,
        "mag",
        "phot.mag;arith.diff",
        "robust mean less the peak: positive = brighter",
    ),
    (
        "false_alarm_probability",
        Float64,
        "",
        "stat.probability",
        "how likely noise gives such a score anywhere in the lightcurves of the source",
    ),
    (
        "template_index",
        Int64,
        "",
        "",
        "which template of the bank fits best",
    ),
    ("template_shape", Text, "", "", "its shape"),
    (
        "template_width",
        Float64,
        "d",
        "time.duration",
        "its full width at half maximum",
    ),
    (
        "template_time",
        Float64,
        "d",
        "time.epoch",
        "where it fits best, on the clock",
    ),
    (
        "template_amplitude",
        Float64,
        "",
        "",
        "its amplitude, in the unit of the flux",
    ),
    (
        "template_amplitude_error",
        Float64,
        "",
        "",
        "error of its amplitude",
    ),
];

pub(super) const PROPERTIES: &[Words] = &[
    NAME,
    ("outcome", Text, "", "meta.code.status", "ok, or failed"),
    (
        "fingerprint",
        Text,
        "",
        "",
        "of the parameters and the code of the analysis",
    ),
    (
        "inputs",
        Text,
        "",
        "",
        "of the lightcurves that it was made of",
    ),
    ("lightcurves", Int64, "", "meta.number", "lightcurves"),
    ("epochs", Int64, "", "meta.number;obs", "epochs"),
    (
        "good_epochs",
        Int64,
        "",
        "meta.number;obs",
        "epochs that pass the cuts",
    ),
    (
        "open_ms",
        Int64,
        "ms",
        "time.duration",
        "time with the shutter open",
    ),
    (
        "watched_ms",
        Int64,
        "ms",
        "time.duration",
        "time within half an event of a good epoch",
    ),
    (
        "span_ms",
        Int64,
        "ms",
        "time.duration",
        "from the first to the last epoch of each lightcurve, added up",
    ),
    (
        "detections",
        Int64,
        "",
        "meta.number",
        "detections in the lightcurves as they were observed",
    ),
    ("injections", Int64, "", "meta.number", "simulated events"),
    (
        "recovered",
        Int64,
        "",
        "meta.number",
        "simulated events that were found",
    ),
    ("notes", Json, "", "", "what was passed over, as JSON"),
];
pub(super) const PROPERTIES_NULLABLE: &[Words] = &[
    (
        "ra",
        Float64,
        "deg",
        "pos.eq.ra",
        "right ascension of the source in the catalog, ICRS",
    ),
    (
        "dec",
        Float64,
        "deg",
        "pos.eq.dec",
        "declination of the source in the catalog, ICRS",
    ),
    ("message", Text, "", "meta.note", "why the analysis failed"),
    (
        "clock",
        Text,
        "",
        "",
        "what the times are: bjd_tdb (JD at the barycentre) or mjd (of the lightcurve)",
    ),
    (
        "best_snr",
        Float64,
        "",
        "stat.snr",
        "largest deviation of one epoch, of the filter where it is least likely noise",
    ),
    (
        "best_snr_time",
        Float64,
        "d",
        "time.epoch",
        "its time, on the clock",
    ),
    (
        "best_snr_false_alarm_probability",
        Float64,
        "",
        "stat.probability",
        "how likely noise has one so large",
    ),
    (
        "period",
        Float64,
        "d",
        "time.period",
        "best period, of the filter where it is least likely noise",
    ),
    (
        "period_power",
        Float64,
        "",
        "",
        "power of the periodogram there, 0 to 1",
    ),
    (
        "period_false_alarm_probability",
        Float64,
        "",
        "stat.probability",
        "how likely noise has such a power",
    ),
];

/// The properties of a source in one filter of one observatory.
pub(super) const FILTERS: &[Words] = &[
    (
        "observatory",
        Text,
        "",
        "meta.id;instr.obsty",
        "who observed",
    ),
    (
        "filter",
        Text,
        "",
        "meta.id;instr.filter",
        "the survey's name of the filter",
    ),
    ("flux_unit", Text, "", "", "unit of the fluxes"),
    ("lightcurves", Int64, "", "meta.number", "lightcurves"),
    ("number", Int64, "", "meta.number;obs", "all epochs"),
    (
        "num_good",
        Int64,
        "",
        "meta.number;obs",
        "good epochs, which the other numbers are of",
    ),
    ("degrees_of_freedom", Int64, "", "stat.fit.dof", "of chi2"),
];
pub(super) const FILTERS_NULLABLE: &[Words] = &[
    (
        "time_start",
        Float64,
        "d",
        "time.start",
        "first good epoch, on the clock",
    ),
    (
        "time_end",
        Float64,
        "d",
        "time.end",
        "last good epoch, on the clock",
    ),
    (
        "flux_mean",
        Float64,
        "",
        "phot.flux;stat.mean",
        "sigma-clipped mean, in flux_unit",
    ),
    (
        "flux_rms",
        Float64,
        "",
        "stat.stdev;phot.flux",
        "sigma-clipped standard deviation, in flux_unit",
    ),
    (
        "mag_mean",
        Float64,
        "mag",
        "phot.mag;stat.mean",
        "flux_mean as magnitude",
    ),
    (
        "chi2",
        Float64,
        "",
        "stat.fit.chi2",
        "around the weighted mean",
    ),
    (
        "chi2_probability",
        Float64,
        "",
        "stat.probability",
        "how likely noise has as much or more",
    ),
    (
        "von_neumann",
        Float64,
        "",
        "",
        "mean squared step between neighbours over the variance; 2 for white noise",
    ),
    (
        "excess_variance",
        Float64,
        "",
        "",
        "normalised excess variance",
    ),
    (
        "stetson_j",
        Float64,
        "",
        "",
        "Stetson's J: neighbours vary together",
    ),
    (
        "stetson_k",
        Float64,
        "",
        "",
        "Stetson's K: 0.798 for a Gaussian",
    ),
    (
        "amplitude",
        Float64,
        "",
        "",
        "from the 5th to the 95th percentile of the flux, in flux_unit",
    ),
    (
        "amplitude_mag",
        Float64,
        "mag",
        "",
        "the same in magnitudes",
    ),
    (
        "best_snr",
        Float64,
        "",
        "stat.snr",
        "largest deviation of one epoch over the noise, with its sign",
    ),
    (
        "best_snr_time",
        Float64,
        "d",
        "time.epoch",
        "its time, on the clock",
    ),
    (
        "best_snr_false_alarm_probability",
        Float64,
        "",
        "stat.probability",
        "how likely noise has one so large",
    ),
    ("frequency", Float64, "d**-1", "", "of the best sine"),
    ("period", Float64, "d", "time.period", "of the best sine"),
    (
        "period_power",
        Float64,
        "",
        "",
        "power of the periodogram there, 0 to 1",
    ),
    (
        "period_false_alarm_probability",
        Float64,
        "",
        "stat.probability",
        "how likely noise has such a power",
    ),
];

/// Columns that always have a value, then those that may have none.
pub(super) fn columns(always: &[Words], nullable: &[Words]) -> Vec<Column> {
    let column = |(name, kind, unit, ucd, description): &Words| {
        Column::new(name, kind.clone(), unit, description).ucd(ucd)
    };
    let always = always.iter().map(column);
    always
        .chain(nullable.iter().map(|words| column(words).nullable()))
        .collect()
}
