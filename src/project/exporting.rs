//! Tables of a project, written for other programs.

use std::io::Write;
use std::path::Path;

use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use super::{Project, ProjectError, Table};
use crate::database::{Row, RowFilter};
use crate::export::{
    self, Description, ExportError, Fact, FilePlace, Format, Layout, LightcurveColumns, RowTable,
    RowWriter, Widths,
};
use crate::photometry::{Kind, Lightcurve};

mod gaps; // what is not in them yet

/// Epochs that are written together.
const EPOCHS: usize = 1 << 16;
/// Rows of the database that are written together.
const ROWS: usize = 1 << 12;
/// Pieces that wait for the one that is being written.
const AHEAD: usize = 2;

/// What to export, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// What is exported.
    pub table: ExportTable,
    /// As what.
    pub format: Format,
    /// Which lightcurves.
    pub kind: Kind,
    /// What a row is; none: an epoch of a lightcurve, the properties of a source. HATS has a row for each source.
    pub layout: Option<Layout>,
    /// Largest number of epochs, or of rows, in a file of a HATS collection; none: a million.
    pub partition_rows: Option<u64>,
}

/// The tables of a project that other programs may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportTable {
    /// Epochs of lightcurves, out of their files.
    Lightcurves,
    /// Targets that the project has taken up.
    Sources,
    /// What was found, also of simulated events.
    Detections,
    /// Numbers that describe each analysed source.
    Properties,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportSummary {
    /// Rows that were written.
    pub rows: u64,
    /// Length of what was written; none of a stream or a folder.
    pub bytes: Option<u64>,
}

impl Export {
    /// That table in that format: reduced lightcurves, rows as the table has them by itself.
    pub fn new(table: ExportTable, format: Format) -> Export {
        Export {
            table,
            format,
            kind: Kind::Reduced,
            layout: None,
            partition_rows: None,
        }
    }

    /// What makes rows where there are none.
    pub fn advice(&self) -> &'static str {
        match (self.table, self.kind) {
            (ExportTable::Lightcurves, Kind::Simulated) => super::figures::SIMULATED_ARE_KEPT,
            (ExportTable::Lightcurves, Kind::Processed) => {
                "`retriever run` makes some, unless `analysis: {save_processed: false}` forbids it"
            }
            _ => "`retriever run` makes some",
        }
    }
}

impl Project {
    /// Writes a table of the project to a file (HATS: a folder), which appears there whole or not at all; in place of an older
    /// one.
    ///
    /// Rows stand in the order of the catalog. The same project gives the same bytes. Memory does not grow with the rows.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use retriever::export::Format;
    /// use retriever::project::{Export, ExportTable, Project};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let project = Project::builder("doc").observatory("DEMO").set("catalog.default", "test")
    /// #     .set("observatories.demo.num_points", 20).data_root(folder.path()).open().await?;
    /// project.run().await?;
    /// let file = folder.path().join("epochs.parquet");
    /// let export = Export::new(ExportTable::Lightcurves, Format::Parquet);
    /// let written = project.export(&export, &file).await?;
    /// assert_eq!(written.rows, 10 * 20);
    /// # Ok::<(), retriever::project::ProjectError>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    /// A file of lightcurves that is missing or damaged: nothing is left out silently. What the format cannot hold, see
    /// [`ExportError`]; a place that cannot be written to.
    pub async fn export(
        &self,
        export: &Export,
        target: &Path,
    ) -> Result<ExportSummary, ProjectError> {
        if export.format == Format::Hats {
            return self.export_hats(export, target).await;
        }
        let mut place = FilePlace::begin(target)?;
        let mut table = self.table(export).await?;
        let rows = loop {
            let description = table.description();
            let widths = table.widths.clone();
            let out = place.writer()?;
            let writer = export::file(export.format, &description, &widths, out);
            let mut writer = writer.map_err(|error| error.in_file(target))?;
            let written = self.pass(export, &mut table, Some(writer.as_mut())).await;
            let written = written.map_err(|error| in_file(error, target))?;
            if let Some(rows) = written {
                writer.finish().map_err(|error| error.in_file(target))?;
                break rows;
            }
        };
        Ok(ExportSummary {
            rows,
            bytes: Some(place.keep()?),
        })
    }

    /// The same into a stream, of a format that does without going back: VOTable, ECSV, CSV.
    ///
    /// Which columns lightcurves have is found out before the first byte, so they are read twice.
    ///
    /// # Errors
    /// As [`Project::export`]; [`ExportError::Stream`] if the stream takes no more.
    pub async fn export_to(
        &self,
        export: &Export,
        out: &mut (dyn Write + Send),
    ) -> Result<ExportSummary, ProjectError> {
        let mut table = self.table(export).await?;
        if !matches!(table.content, Content::Rows(..)) {
            self.pass(export, &mut table, None).await?;
        }
        let description = table.description();
        let mut writer = export::stream(export.format, &description, out)?;
        let written = self.pass(export, &mut table, Some(writer.as_mut())).await?;
        let rows = written.ok_or_else(|| ExportError::Rows {
            words: "lightcurves were changed while they were read".to_owned(),
        })?;
        writer.finish()?;
        Ok(ExportSummary { rows, bytes: None })
    }

    /// Writes all rows; none if more came to light than the description said, which the table has learnt then.
    async fn pass(
        &self,
        export: &Export,
        table: &mut Exported,
        mut writer: Option<&mut (dyn RowWriter + Send + '_)>,
    ) -> Result<Option<u64>, ProjectError> {
        let mut pieces = ahead(self.pieces(export).await?);
        let mut rows = 0;
        while let Some(piece) = pieces.recv().await {
            let piece = piece?;
            let known = table.learn(&piece)?;
            if !known {
                writer = None;
            }
            if let Some(writer) = &mut writer {
                let batch = table.batch(&piece)?;
                rows += batch.num_rows() as u64;
                writer.write(&batch)?;
            }
        }
        Ok(writer.is_some().then_some(rows))
    }

    /// What the rows will be made of.
    async fn pieces(
        &self,
        export: &Export,
    ) -> Result<BoxStream<'static, Result<Piece, ProjectError>>, ProjectError> {
        let table = match export.table {
            ExportTable::Lightcurves => {
                let files = self.lightcurves(export.kind).await?;
                return Ok(bundled(files));
            }
            ExportTable::Sources => Table::Sources,
            ExportTable::Detections => Table::Detections,
            ExportTable::Properties => Table::Properties,
        };
        let catalog = std::sync::Arc::clone(&self.catalog);
        let placed = export.table != ExportTable::Sources;
        let rows = self.list(table).await?.map_ok(move |mut row| {
            if placed {
                let name = row.get("source_name").and_then(serde_json::Value::as_str);
                let place = name.and_then(|name| catalog.row_of(name));
                let (ra, dec) = catalog.positions();
                let degrees = |values: &[f64]| place.map(|row| values[row]).into();
                let (ra, dec) = (degrees(ra), degrees(dec));
                row.insert("ra".to_owned(), ra);
                row.insert("dec".to_owned(), dec);
            }
            row
        });
        let chunks = rows.chunks(ROWS).map(|chunk| {
            let rows: Result<Vec<Row>, ProjectError> = chunk.into_iter().collect();
            rows.map(Piece::Rows)
        });
        Ok(chunks.boxed())
    }

    /// What is known of the table before its first row.
    pub(super) async fn table(&self, export: &Export) -> Result<Exported, ProjectError> {
        let mut facts = self.provenance_facts();
        let mut widths = Widths::new();
        let content = match export.table {
            ExportTable::Lightcurves => {
                let layout = export.layout.unwrap_or(Layout::Flat);
                let names = (0..self.catalog.len()).filter_map(|row| self.catalog.name(row));
                let longest = names.map(export::text_width).max();
                widths.insert("source_name".to_owned(), longest.unwrap_or(0));
                Content::Lightcurves(LightcurveColumns::new(export.kind), layout)
            }
            ExportTable::Sources => Content::of_rows(RowTable::Sources, export.format),
            ExportTable::Detections => Content::of_rows(RowTable::Detections, export.format),
            ExportTable::Properties => {
                let layout = export.layout.unwrap_or(Layout::Nested);
                Content::of_rows(RowTable::Properties(layout), export.format)
            }
        };
        if export.table == ExportTable::Lightcurves {
            facts.push(fact(
                "kind",
                "KIND",
                export.kind.as_str(),
                "kind of lightcurves",
            ));
        }
        let mut table = Exported {
            content,
            facts,
            measured: export.format == Format::Fits,
            widths,
        };
        self.learn_before(export, &mut table).await?;
        Ok(table)
    }

    /// Looks at the releases, and at two sources of each group of lightcurves.
    async fn learn_before(
        &self,
        export: &Export,
        table: &mut Exported,
    ) -> Result<(), ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok(());
        };
        if let Some(row) = self.existing_row(&database).await? {
            let observatories = self.observatories.iter().map(|one| one.name());
            let observatories: Vec<&str> = observatories.collect();
            let mut releases = database.releases(row.id, &observatories).await?;
            releases.retain(|one| !one.release.is_empty());
            if !releases.is_empty() {
                let words: Vec<String> = releases
                    .iter()
                    .map(|one| format!("{}: {}", one.observatory, one.release))
                    .collect();
                let words = words.join("; ");
                table
                    .facts
                    .push(fact("releases", "RELEASES", &words, "of the archives"));
            }
            if export.table == ExportTable::Lightcurves {
                let files = self.files()?;
                for group in database.lightcurve_groups(row.id, export.kind).await? {
                    let filter = RowFilter {
                        source_names: Some(group.source_names.to_vec()),
                        observatory: Some(group.observatory),
                        ..RowFilter::default()
                    };
                    let mut found = files.lightcurves(&database, row.id, export.kind, &filter);
                    while let Some(lightcurves) = found.try_next().await? {
                        table.learn(&Piece::Lightcurves(lightcurves))?;
                    }
                }
            }
        }
        super::close(database).await;
        Ok(())
    }

    /// Where all of it comes from.
    fn provenance_facts(&self) -> Vec<Fact> {
        let names: Vec<&str> = self
            .observatories
            .iter()
            .map(|observatory| observatory.name())
            .collect();
        let mut facts = vec![
            fact("project", "PROJECT", self.name(), "project"),
            fact(
                "retriever_version",
                "RTRVERS",
                env!("CARGO_PKG_VERSION"),
                "program",
            ),
            fact(
                "retriever_commit",
                "RTRCOMM",
                env!("RETRIEVER_COMMIT"),
                "commit of the program",
            ),
            fact(
                "observatories",
                "OBSNAMES",
                &names.join(", "),
                "that were asked",
            ),
        ];
        if !self.cfg_hash().is_empty() {
            let words = "SHA-256 of the configuration";
            facts.insert(1, fact("cfg_hash", "CFGHASH", self.cfg_hash(), words));
        }
        facts
    }
}

fn fact(name: &'static str, keyword: &'static str, value: &str, description: &'static str) -> Fact {
    Fact {
        name,
        keyword,
        value: value.to_owned(),
        description,
    }
}

pub(super) fn in_file(error: ProjectError, target: &Path) -> ProjectError {
    match error {
        ProjectError::Export(error) => ProjectError::Export(error.in_file(target)),
        other => other,
    }
}

/// What becomes a batch of rows.
pub(super) enum Piece {
    Lightcurves(Vec<Lightcurve>),
    Rows(Vec<Row>),
}

/// A table as far as it is known.
pub(super) struct Exported {
    pub content: Content,
    facts: Vec<Fact>,
    /// The widths of texts count too.
    measured: bool,
    widths: Widths,
}

pub(super) enum Content {
    Lightcurves(LightcurveColumns, Layout),
    Rows(RowTable, Vec<export::Column>),
}

impl Content {
    fn of_rows(table: RowTable, format: Format) -> Content {
        Content::Rows(table, table.columns(format.has_lists()))
    }
}

impl Exported {
    pub fn description(&self) -> Description {
        let mut facts = self.facts.clone();
        let (name, title, columns) = match &self.content {
            Content::Lightcurves(columns, layout) => {
                facts.extend(columns.facts());
                let title = match layout {
                    Layout::Flat => "epochs of lightcurves",
                    Layout::Nested => "lightcurves, with a list for each column of their epochs",
                };
                ("lightcurves", title, columns.columns(*layout))
            }
            Content::Rows(table, columns) => (table.name(), table.title(), columns.clone()),
        };
        Description {
            name: name.to_owned(),
            title: title.to_owned(),
            columns,
            facts,
        }
    }

    /// Takes in what a piece has; true if the description holds as it was.
    pub fn learn(&mut self, piece: &Piece) -> Result<bool, ExportError> {
        let mut known = match (&mut self.content, piece) {
            (Content::Lightcurves(columns, _), Piece::Lightcurves(lightcurves)) => {
                columns.learn(lightcurves)
            }
            _ => true,
        };
        if self.measured {
            let batch = self.batch(piece)?;
            let mut widths = self.widths.clone();
            export::text_widths(&self.description(), &batch, &mut widths)?;
            known &= widths == self.widths;
            self.widths = widths;
        }
        Ok(known)
    }

    fn batch(&self, piece: &Piece) -> Result<arrow::array::RecordBatch, ExportError> {
        match (&self.content, piece) {
            (Content::Lightcurves(columns, layout), Piece::Lightcurves(lightcurves)) => {
                let lightcurves: Vec<&Lightcurve> = lightcurves.iter().collect();
                columns.batch(*layout, &lightcurves)
            }
            (Content::Rows(table, columns), Piece::Rows(rows)) => table.batch(columns, rows),
            _ => Err(ExportError::Rows {
                words: "rows of another table".to_owned(),
            }),
        }
    }
}

/// Lightcurves of several sources together, up to a number of epochs.
fn bundled(
    files: BoxStream<'static, Result<Vec<Lightcurve>, ProjectError>>,
) -> BoxStream<'static, Result<Piece, ProjectError>> {
    let bundles = futures::stream::try_unfold(files, |mut files| async move {
        let mut bundle = Vec::new();
        let mut epochs = 0;
        while epochs < EPOCHS {
            let Some(lightcurves) = files.try_next().await? else {
                break;
            };
            epochs += lightcurves
                .iter()
                .map(|lightcurve| lightcurve.epochs.len())
                .sum::<usize>();
            bundle.extend(lightcurves);
        }
        let piece = (!bundle.is_empty()).then_some((Piece::Lightcurves(bundle), files));
        Ok::<_, ProjectError>(piece)
    });
    bundles.boxed()
}

/// Reads on while what was read is being written.
fn ahead(
    mut pieces: BoxStream<'static, Result<Piece, ProjectError>>,
) -> mpsc::Receiver<Result<Piece, ProjectError>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        while let Some(piece) = pieces.next().await {
            let failed = piece.is_err();
            if sender.send(piece).await.is_err() || failed {
                break;
            }
        }
    });
    receiver
}
