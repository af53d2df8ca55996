//! `retriever plot`.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::selection::refuse_swapped;
use super::target::refuse_own_files;
use super::{Context, Failure, output};
use crate::disk::WholeFile;
use crate::photometry::Kind;
use crate::plot::{self, Figure, Size};
use crate::project::{Fold, LightcurveOptions, Project, ProjectError};

const LIGHTCURVE: &str = "Lightcurves";

/// Pictures of all sources.
const WHOLE: [&str; 4] = ["sky", "scores", "efficiency", "coverage"];

const USAGE: &str = "\
retriever plot [OPTIONS] --output <OUT> <SOURCE|sky|scores|efficiency|coverage> <FILE>
       retriever plot [OPTIONS] --output <OUT> --source <NAME> <FILE>";

#[derive(Debug, Args)]
#[command(
    override_usage = USAGE,
    after_help = "\
Example:
  retriever plot J0123+4567 project.yaml -o lightcurve.png
  retriever plot J0123+4567 project.yaml -o folded.svg --period best
  retriever plot sky project.yaml -o sky.png --width 2400
  retriever plot scores project.yaml -o scores.html
  retriever plot --source sky project.yaml -o a_source_called_sky.png
  retriever plot -o minus.png -- -3.5 project.yaml"
)]
pub(crate) struct Arguments {
    /// Name of a source, or `sky`, `scores`, `efficiency` or `coverage` for a picture of all; left out with --source
    // with --source this is the project file: a word that may be left out before one that may not is what clap cannot
    // tell behind `--`
    #[arg(value_name = "SOURCE|sky|scores|efficiency|coverage")]
    first: OsString,
    /// Project file
    #[arg(required_unless_present = "source")]
    file: Option<PathBuf>,
    /// Picture to write; its ending says what it is: .png, .svg, or .html, a page that zooms
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Width in pixels; words and lines grow with it [default: 1200]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(i64::from(Size::LEAST)..=i64::from(Size::MOST)))]
    width: Option<u32>,
    /// Height in pixels [default: in proportion to the width]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(i64::from(Size::LEAST)..=i64::from(Size::MOST)))]
    height: Option<u32>,
    /// Name of a source, also of one that is called like a picture
    #[arg(long, value_name = "NAME", help_heading = LIGHTCURVE)]
    source: Option<String>,
    /// Fold on this period; `best`: the one of the source's properties
    #[arg(long, value_name = "DAYS|best", value_parser = fold, help_heading = LIGHTCURVE)]
    period: Option<Fold>,
    /// Time of phase 0, on the axis of the times [default: the first epoch]
    #[arg(long, value_name = "DAYS", requires = "period", allow_negative_numbers = true, value_parser = finite, help_heading = LIGHTCURVE)]
    epoch: Option<f64>,
    /// Show fluxes instead of magnitudes
    #[arg(long, help_heading = LIGHTCURVE)]
    flux: bool,
    /// Which lightcurves [default: processed ones where they are kept, reduced ones elsewhere]
    #[arg(long, value_enum, value_name = "KIND", help_heading = LIGHTCURVE)]
    kind: Option<KindWord>,
    /// Show the lightcurves with this simulated event, numbered from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = LIGHTCURVE)]
    injection: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindWord {
    /// As they were observed
    Reduced,
    /// The same with scores and quality
    Processed,
    /// With a simulated event
    Simulated,
}

impl From<KindWord> for Kind {
    fn from(word: KindWord) -> Kind {
        match word {
            KindWord::Reduced => Kind::Reduced,
            KindWord::Processed => Kind::Processed,
            KindWord::Simulated => Kind::Simulated,
        }
    }
}

/// What is to be drawn.
#[derive(Debug)]
enum Drawn {
    /// The source of this name.
    Source(String),
    /// One of [`WHOLE`].
    All(String),
}

/// What a file is, by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Png,
    Svg,
    /// A page that zooms.
    Html,
}

pub(crate) async fn run(
    context: &Context,
    arguments: &Arguments,
    _: &mut impl Write,
) -> Result<Exit, Failure> {
    let format = Format::of(&arguments.output)?;
    let (drawn, file) = arguments.drawn()?;
    arguments.check(&drawn)?;
    let project = context.open(file).await?;
    refuse_own_files(&arguments.output, &project, file)?;
    let figure = arguments.figure(&drawn, &project).await?;
    let size = arguments.size(&figure);
    let picture = match format {
        Format::Png => plot::png(&figure, size),
        Format::Svg => plot::svg(&figure, size).map(String::into_bytes),
        Format::Html => {
            let mut page = Vec::new();
            plot::write_html(&figure, &mut page)?;
            Ok(page)
        }
    };
    let bytes = picture.map_err(|error| Failure::Usage(error.into()))?;
    write(&bytes, &arguments.output)
        .map_err(|cause| Failure::unwritable(&arguments.output, cause))?;
    let pixels = match format {
        Format::Html => String::new(),
        _ => format!("{} x {} pixels, ", size.width, size.height),
    };
    output::say(&format!(
        "{:?} is written: {pixels}{}",
        arguments.output.display().to_string(),
        output::bytes(bytes.len() as u64)
    ));
    Ok(Exit::Success)
}

/// Puts bytes under a name, in place of what was there.
fn write(bytes: &[u8], file: &Path) -> io::Result<()> {
    let mut part = WholeFile::begin(file)?;
    part.write_all(bytes)?;
    part.put().map(drop)
}

impl Arguments {
    /// What is to be drawn, and the project file.
    ///
    /// # Errors
    /// Two names, or name and project file in the wrong order.
    fn drawn(&self) -> Result<(Drawn, &Path), Failure> {
        let first = self.first.to_string_lossy();
        match (&self.source, &self.file) {
            (Some(source), None) => Ok((Drawn::Source(source.clone()), Path::new(&self.first))),
            (None, Some(file)) => {
                refuse_swapped(&first, file)?;
                let is_whole = WHOLE.contains(&&*first);
                let drawn = match is_whole {
                    true => Drawn::All(first.into_owned()),
                    false => Drawn::Source(first.into_owned()),
                };
                Ok((drawn, file.as_path()))
            }
            _ => Err(Failure::Usage(miette::miette!(
                help = "leave one of the two out",
                "--source and {first:?} both say what to draw"
            ))),
        }
    }

    /// # Errors
    /// Options that contradict each other, or the picture.
    fn check(&self, drawn: &Drawn) -> Result<(), Failure> {
        let simulated = self.kind.is_none_or(|kind| kind == KindWord::Simulated);
        if self.injection.is_some() && !simulated {
            return Err(Failure::Usage(miette::miette!(
                help = "leave --kind out, or write --kind simulated",
                "--injection shows simulated lightcurves, --kind others"
            )));
        }
        let of_lightcurves = [
            ("--period", self.period.is_some()),
            ("--flux", self.flux),
            ("--kind", self.kind.is_some()),
            ("--injection", self.injection.is_some()),
        ];
        let given = of_lightcurves.iter().find(|(_, given)| *given);
        match (drawn, given) {
            (Drawn::All(what), Some((option, _))) => Err(Failure::Usage(miette::miette!(
                help = format!("for the lightcurves of a source of that name: --source {what}"),
                "{option} is of lightcurves, {what:?} is a picture of all sources"
            ))),
            _ => Ok(()),
        }
    }

    async fn figure(&self, drawn: &Drawn, project: &Project) -> Result<Figure, Failure> {
        let source = match drawn {
            Drawn::Source(source) => source,
            Drawn::All(what) => {
                return Ok(match what.as_str() {
                    "sky" => Figure::Sky(project.sky_figure().await?),
                    "scores" => Figure::Scores(project.scores_figure().await?),
                    "efficiency" => Figure::Efficiency(project.efficiency_figure().await?),
                    _ => Figure::Coverage(project.coverage_figure().await?),
                });
            }
        };
        let options = LightcurveOptions {
            kind: self.kind.map(Kind::from),
            fold: self.period,
            epoch: self.epoch,
            flux: self.flux,
            injection: self.injection,
        };
        let figure = project.lightcurve_figure(source, &options).await;
        let figure = figure.map_err(|error| with_picture(error, source))?;
        if figure.series.is_empty() {
            output::say("there is no photometry of this source: the picture says so");
        }
        Ok(Figure::Lightcurve(figure))
    }

    /// What is not given follows from what suits the figure.
    fn size(&self, figure: &Figure) -> Size {
        let usual = Size::of(figure);
        let in_proportion = |given: u32, of: u32, to: u32| {
            let other = u64::from(given) * u64::from(to) / u64::from(of);
            u32::try_from(other)
                .unwrap_or(Size::MOST)
                .clamp(Size::LEAST, Size::MOST)
        };
        match (self.width, self.height) {
            (None, None) => usual,
            (Some(width), Some(height)) => Size { width, height },
            (Some(width), None) => Size {
                width,
                height: in_proportion(width, usual.width, usual.height),
            },
            (None, Some(height)) => Size {
                width: in_proportion(height, usual.height, usual.width),
                height,
            },
        }
    }
}

/// A name that no source has may be a misspelt picture.
fn with_picture(error: ProjectError, source: &str) -> ProjectError {
    const LIKE_ENOUGH: f64 = 0.6;
    let ProjectError::NotInCatalog(mut refused) = error else {
        return error;
    };
    let is_like = |word: &&str| strsim::normalized_damerau_levenshtein(source, word) >= LIKE_ENOUGH;
    if let Some(picture) = WHOLE.into_iter().find(is_like) {
        let advice = &refused.advice;
        refused.advice =
            format!("did you mean {picture:?}, a picture of all sources? If not: {advice}");
    }
    ProjectError::NotInCatalog(refused)
}

impl Format {
    fn of(file: &Path) -> Result<Format, Failure> {
        let ending = file.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_lowercase).as_deref() {
            Some("png") => Ok(Format::Png),
            Some("svg") => Ok(Format::Svg),
            Some("html") => Ok(Format::Html),
            _ => Err(Failure::Usage(miette::miette!(
                help = "give a file name that ends in .png, .svg or .html",
                "{:?} does not say what picture it is to be",
                file.display().to_string()
            ))),
        }
    }
}

fn fold(text: &str) -> Result<Fold, String> {
    if text.eq_ignore_ascii_case("best") {
        return Ok(Fold::Best);
    }
    match text.parse::<f64>() {
        Ok(days) if days.is_finite() && days > 0.0 => Ok(Fold::Days(days)),
        _ => Err("a period is a number of days above 0, or `best`".to_owned()),
    }
}

fn finite(text: &str) -> Result<f64, String> {
    let time = text.parse::<f64>().ok().filter(|time| time.is_finite());
    time.ok_or_else(|| "a time is a number of days".to_owned())
}
