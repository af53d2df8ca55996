//! Lightcurves for the page: of the best sources first, as long as there is room.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::pin::Pin;

use futures::stream::{Peekable, StreamExt, TryStreamExt};

use super::best::BestSources;
use super::{ReportError, ReportOptions};
use crate::database::{Database, Row, RowFilter};
use crate::photometry::{Kind, Lightcurve};
use crate::plot::{LightcurveFigure, Mark, MarkKind};
use crate::project::figures::observed;
use crate::project::{Project, ProjectError};
use crate::report::{ReportWriter, SmallPicture, thinned};

/// Sources that are read together.
const CHUNK: usize = 100;
/// Epochs of all lightcurves of one source that are on the page.
const EPOCHS: usize = 4_000;
/// Bytes of lightcurves, unless somebody says how many there are to be.
const ROOM: usize = 15_000_000;
/// Bytes of an epoch, and of what else stands with a series.
const EPOCH: usize = 17;
const SERIES: usize = 300;

/// What did not get onto the page.
#[derive(Default)]
struct LeftOut {
    /// Bytes of lightcurves on the page.
    used: usize,
    /// Sources without room, those with fewer epochs, and files that cannot be read.
    no_room: usize,
    thinned: usize,
    unreadable: usize,
    /// What was said of the first of them.
    words: String,
}

type Files = Peekable<futures::stream::BoxStream<'static, Result<Vec<Lightcurve>, ProjectError>>>;

impl Project {
    /// Writes small pictures and lightcurves of the best sources, and says what is left out.
    pub(super) async fn write_curves<W: Write>(
        &self,
        best: &BestSources,
        options: ReportOptions,
        page: &mut ReportWriter<W>,
    ) -> Result<Vec<String>, ReportError> {
        let room = match options.max_lightcurves {
            Some(_) => usize::MAX,
            None => ROOM,
        };
        let mut left_out = LeftOut::default();
        if let Some(database) = self.existing_database().await? {
            let written = self
                .write_chunks(&database, best, room, page, &mut left_out)
                .await;
            crate::project::close(database).await;
            written?;
        }
        if let Some(words) = left_out.unreadable_words() {
            tracing::warn!("{words}");
        }
        Ok(left_out.words())
    }

    async fn write_chunks<W: Write>(
        &self,
        database: &Database,
        best: &BestSources,
        room: usize,
        page: &mut ReportWriter<W>,
        left_out: &mut LeftOut,
    ) -> Result<(), ReportError> {
        let Some(project) = self.existing_row(database).await? else {
            return Ok(());
        };
        for (chunk, names) in best.names.chunks(CHUNK).enumerate() {
            let filter = named(names.to_vec());
            let places: HashMap<&str, usize> = (names.iter().enumerate())
                .map(|(place, name)| (name.as_str(), chunk * CHUNK + place))
                .collect();
            let sources: Vec<Row> = database
                .list_sources(project.id, &filter)
                .try_collect()
                .await
                .map_err(ProjectError::from)?;
            let detections = database.list_detections(project.id, &filter);
            let mut detections = by_source(detections).await?;
            let mut injections = by_source(database.list_injections(project.id, &filter)).await?;
            let mut files = self.curves(Kind::Processed, filter).await?;
            // files come in the order of the sources
            for source in &sources {
                let Some(name) = source.get("name").and_then(|name| name.as_str()) else {
                    continue;
                };
                let mut lightcurves = next_of(&mut files, name, left_out).await;
                if lightcurves.is_empty() {
                    // without processed ones: as they were reduced
                    let mut files = self
                        .curves(Kind::Reduced, named(vec![name.to_owned()]))
                        .await?;
                    lightcurves = next_of(&mut files, name, left_out).await;
                }
                let degrees = |column: &str| source.get(column).and_then(|value| value.as_f64());
                let position = (
                    degrees("ra").unwrap_or(f64::NAN),
                    degrees("dec").unwrap_or(f64::NAN),
                );
                let rows = detections.remove(name).unwrap_or_default();
                let events = injections.remove(name).unwrap_or_default();
                let figure = observed(name, position, &lightcurves, rows.clone(), events);
                let place = places.get(name).copied().unwrap_or_default();
                write_source(place, &figure, &rows, room, page, left_out)?;
            }
        }
        Ok(())
    }

    async fn curves(&self, kind: Kind, filter: RowFilter) -> Result<Files, ProjectError> {
        Ok(self.lightcurves_in(kind, filter).await?.peekable())
    }
}

fn named(names: Vec<String>) -> RowFilter {
    RowFilter {
        source_names: Some(names),
        ..RowFilter::default()
    }
}

async fn by_source(
    mut rows: futures::stream::BoxStream<'static, Result<Row, crate::database::DatabaseError>>,
) -> Result<HashMap<String, Vec<Row>>, ProjectError> {
    let mut by_source: HashMap<String, Vec<Row>> = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        if let Some(name) = row.get("source_name").and_then(|name| name.as_str()) {
            by_source.entry(name.to_owned()).or_default().push(row);
        }
    }
    Ok(by_source)
}

/// The lightcurves of the source whose turn it is. A file that cannot be read is passed over, and counted.
async fn next_of(files: &mut Files, name: &str, left_out: &mut LeftOut) -> Vec<Lightcurve> {
    let mut lightcurves = Vec::new();
    let its = |file: &Result<Vec<Lightcurve>, ProjectError>| match file {
        Ok(file) => file.first().is_none_or(|first| first.source_name == name),
        Err(_) => true,
    };
    while let Some(file) = Pin::new(&mut *files).next_if(its).await {
        match file {
            Ok(file) => lightcurves.extend(file),
            Err(error) => left_out.unreadable(&error),
        }
    }
    lightcurves
}

fn write_source<W: Write>(
    place: usize,
    figure: &LightcurveFigure,
    rows: &[Row],
    room: usize,
    page: &mut ReportWriter<W>,
    left_out: &mut LeftOut,
) -> Result<(), ReportError> {
    let small = small_pictures(figure, rows);
    let thin = thinned(figure, EPOCHS);
    let (shown, words) = match &thin {
        Some((thin, all)) => {
            let words = format!(
                "{} of {all} epochs are on this page: the faintest and the brightest of each stretch, and all of each event.",
                epochs(thin)
            );
            (thin, Some(words))
        }
        None => (figure, None),
    };
    let bytes = EPOCH * epochs(shown) + SERIES * shown.series.len();
    let fits = left_out.used + bytes <= room && !shown.series.is_empty();
    if fits {
        left_out.used += bytes;
        left_out.thinned += usize::from(thin.is_some());
    } else if !shown.series.is_empty() {
        left_out.no_room += 1;
    }
    page.source(place, &small, fits.then_some(shown), words.as_deref())?;
    Ok(())
}

fn epochs(figure: &LightcurveFigure) -> usize {
    figure.series.iter().map(|series| series.time.len()).sum()
}

/// A small picture for each detection in lightcurves as they were observed, by its numbers.
fn small_pictures(figure: &LightcurveFigure, rows: &[Row]) -> BTreeMap<(i64, i64), SmallPicture> {
    let number = |row: &Row, name: &str| row.get(name).and_then(|value| value.as_i64());
    let time = |row: &Row| row.get("peak_time").and_then(|value| value.as_f64());
    // the figure has them as marks on its own time axis, in the order of their peaks
    let mut real: Vec<&Row> = (rows.iter())
        .filter(|row| number(row, "injection_number") == Some(0) && time(row).is_some())
        .collect();
    real.sort_by(|one, other| {
        let peak = |row| time(row).unwrap_or(f64::NAN);
        peak(one).total_cmp(&peak(other))
    });
    let is_real = |mark: &&Mark| mark.kind == MarkKind::Detection;
    let marks = figure.marks.iter().filter(is_real);
    let mut pictures = BTreeMap::new();
    for (row, mark) in real.into_iter().zip(marks) {
        let word = |name: &str| row.get(name).and_then(|value| value.as_str());
        let peaked = figure.series.iter().find(|series| {
            Some(series.observatory.as_str()) == word("observatory")
                && Some(series.filter.as_str()) == word("filter")
                && Some(i64::from(series.series_number)) == number(row, "series_number")
        });
        if let (Some(series), Some(detection)) = (peaked, number(row, "detection_number")) {
            pictures.insert(
                (0, detection),
                SmallPicture::of(series, mark.start, mark.end),
            );
        }
    }
    pictures
}

impl LeftOut {
    fn unreadable(&mut self, error: &ProjectError) {
        if self.unreadable == 0 {
            self.words = error.to_string();
        }
        self.unreadable += 1;
    }

    fn words(self) -> Vec<String> {
        let mut words = Vec::new();
        if self.no_room > 0 {
            words.push(format!(
                "The lightcurves of {} more sources would not fit into the {} MB that this page has for them: they have the \
                 small picture only. --max-lightcurves N shows N of them whatever their size.",
                self.no_room,
                ROOM / 1_000_000
            ));
        }
        if self.thinned > 0 {
            words.push(format!(
                "Of {} sources with more than {EPOCHS} epochs each stretch has its extremes only; each of them says so.",
                self.thinned
            ));
        }
        words.extend(self.unreadable_words());
        words
    }

    fn unreadable_words(&self) -> Option<String> {
        let which = match self.unreadable {
            0 => return None,
            1 => "1 file of lightcurves cannot be read".to_owned(),
            number => format!("{number} files of lightcurves cannot be read, the first"),
        };
        Some(format!(
            "{which}: {}. `retriever check --repair` finds what is missing or damaged, the next run makes it again.",
            self.words
        ))
    }
}
