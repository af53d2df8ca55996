//! Calendar dates along an axis of modified Julian dates.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use super::text;

/// A mark of the calendar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DateTick {
    pub mjd: f64,
    pub label: String,
}

/// How far marks are apart.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// From midnight on.
    Minutes(i64),
    /// From the 1st of each month on.
    Days(i8),
    /// From January on.
    Months(i32),
}

/// The finest first, and how a date is written with them.
const STEPS: [(Step, &str); 17] = [
    (Step::Minutes(5), "%Y-%m-%d %H:%M"),
    (Step::Minutes(15), "%Y-%m-%d %H:%M"),
    (Step::Minutes(60), "%Y-%m-%d %H:%M"),
    (Step::Minutes(180), "%Y-%m-%d %H:%M"),
    (Step::Minutes(360), "%Y-%m-%d %H:%M"),
    (Step::Minutes(720), "%Y-%m-%d %H:%M"),
    (Step::Days(1), "%Y-%m-%d"),
    (Step::Days(2), "%Y-%m-%d"),
    (Step::Days(5), "%Y-%m-%d"),
    (Step::Days(10), "%Y-%m-%d"),
    (Step::Months(1), "%Y-%m"),
    (Step::Months(3), "%Y-%m"),
    (Step::Months(6), "%Y-%m"),
    (Step::Months(12), "%Y"),
    (Step::Months(24), "%Y"),
    (Step::Months(60), "%Y"),
    (Step::Months(240), "%Y"),
];

/// As many dates between two times (d) as fit into `space` side by side; none where the calendar has none.
pub(super) fn ticks(low: f64, high: f64, size: f64, space: f64) -> Vec<DateTick> {
    let Some((first, last)) = date_of_mjd(low).zip(date_of_mjd(high)) else {
        return Vec::new();
    };
    for (step, format) in STEPS {
        let wide = text::width(&first.strftime(format).to_string(), size) + 1.5 * size;
        let most = (space / wide) as usize;
        // seconds are cut off: a mark at the very end may be beyond it
        let inside = |date: &DateTime| (low..=high).contains(&mjd_of_date(*date));
        let marks: Vec<DateTime> = (step.marks(first, last))
            .filter(inside)
            .take(most + 1)
            .collect();
        if marks.len() <= most.max(1) {
            let tick = |date: DateTime| DateTick {
                mjd: mjd_of_date(date),
                label: date.strftime(format).to_string(),
            };
            return marks.into_iter().map(tick).collect();
        }
    }
    Vec::new()
}

impl Step {
    /// All marks from about one date to another, rising; it may begin a little early.
    fn marks(self, first: DateTime, last: DateTime) -> Box<dyn Iterator<Item = DateTime>> {
        match self {
            Step::Minutes(step) => {
                let midnight = first.date().at(0, 0, 0, 0);
                let minute = move |place: i64| midnight.checked_add((place * step).minutes()).ok();
                Box::new(
                    (0..)
                        .map_while(minute)
                        .take_while(move |date| *date <= last),
                )
            }
            Step::Days(step) => Box::new(
                months(first, last, 1)
                    .flat_map(move |month| {
                        // none so late that the 1st of the next month is next to it
                        let days = (1..=month.days_in_month() - step / 2).step_by(step as usize);
                        days.filter_map(move |day| Date::new(month.year(), month.month(), day).ok())
                    })
                    .map(|date| date.at(0, 0, 0, 0)),
            ),
            Step::Months(step) => {
                Box::new(months(first, last, step).map(|date| date.at(0, 0, 0, 0)))
            }
        }
    }
}

/// The first days of every `step` months.
fn months(first: DateTime, last: DateTime, step: i32) -> impl Iterator<Item = Date> {
    let count = |date: DateTime| i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
    let (from, to) = (count(first).div_euclid(step) * step, count(last));
    (from..=to).step_by(step as usize).filter_map(|month| {
        let year = i16::try_from(month.div_euclid(12)).ok()?;
        Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()
    })
}

/// The date of a modified Julian date, to the second; none beyond the years of the calendar.
pub(super) fn date_of_mjd(mjd: f64) -> Option<DateTime> {
    if !mjd.is_finite() || mjd.abs() > 3e6 {
        return None;
    }
    let seconds = (mjd * 86_400.0).floor() as i64;
    zero().checked_add(seconds.seconds()).ok()
}

fn mjd_of_date(date: DateTime) -> f64 {
    date.duration_since(zero()).as_secs_f64() / 86_400.0
}

/// MJD 0.
fn zero() -> DateTime {
    jiff::civil::date(1858, 11, 17).at(0, 0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, space: f64) -> Vec<String> {
        let ticks = ticks(low, high, 10.0, space);
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    // astropy: Time("2018-03-25").mjd = 58202, Time("2024-01-01").mjd = 60310
    #[test]
    fn dates_are_those_of_the_calendar() {
        let date = date_of_mjd(58_202.5).unwrap();
        assert_eq!(date.to_string(), "2018-03-25T12:00:00");
        assert_eq!(mjd_of_date(date), 58_202.5);
        let new_year = date_of_mjd(60_310.0).unwrap();
        assert_eq!(new_year.to_string(), "2024-01-01T00:00:00");
        assert_eq!(date_of_mjd(f64::NAN), None);
        assert_eq!(date_of_mjd(1e9), None);
    }

    #[test]
    fn marks_are_years_months_days_or_hours() {
        let years = labels(58_202.0, 60_310.0, 300.0);
        assert_eq!(years, ["2019", "2020", "2021", "2022", "2023", "2024"]);
        let months = labels(60_310.0, 60_400.0, 200.0);
        assert_eq!(months, ["2024-01", "2024-02", "2024-03"]);
        let days = labels(58_900.2, 58_927.0, 400.0);
        assert_eq!(
            days,
            [
                "2020-02-26",
                "2020-03-01",
                "2020-03-06",
                "2020-03-11",
                "2020-03-16"
            ]
        );
        let hours = labels(60_310.1, 60_310.9, 400.0);
        assert_eq!(
            hours,
            ["2024-01-01 06:00", "2024-01-01 12:00", "2024-01-01 18:00"]
        );
    }

    #[test]
    fn marks_are_never_too_many_for_the_space() {
        for days in [0.01, 0.5, 3.0, 27.0, 200.0, 2_000.0, 20_000.0] {
            for space in [80.0, 200.0, 500.0] {
                let ticks = ticks(58_000.0, 58_000.0 + days, 9.0, space);
                let wide: f64 = (ticks.iter())
                    .map(|tick| text::width(&tick.label, 9.0) + 4.0)
                    .sum();
                assert!(
                    wide <= space || ticks.len() <= 1,
                    "{days} {space} {ticks:?}"
                );
            }
        }
    }
}
