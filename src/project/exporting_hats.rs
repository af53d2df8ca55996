//! A project as a HATS collection: sources by their place on the sky, with what belongs to them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use futures::stream::TryStreamExt;

use super::exporting::{Content, Exported, Piece};
use super::lightcurves::Files;
use super::{Export, ExportSummary, ExportTable, Project, ProjectError};
use crate::database::{Database, Row, RowFilter, SourcePlace};
use crate::export::hats::{
    Collection, HEALPIX_COLUMN, MARGIN_ARCSEC, Position, healpix_column, margins, partitions,
};
use crate::export::{Column, ColumnKind, ExportError, FolderPlace, Layout, RowTable};
use crate::photometry::Lightcurve;

/// Epochs (or rows) of a partition, if nothing else is wanted: a file of some ten MB.
const ROWS_OF_PARTITION: u64 = 1_000_000;
/// What is read together: at most so many sources, or epochs.
const SOURCES: usize = 200;
const EPOCHS: u64 = 1 << 16;

/// What the rows of sources are made of.
struct Reader {
    database: Database,
    project_id: i64,
    files: Files,
    export: Export,
}

impl Project {
    /// As [`Project::export`], into a folder.
    pub(super) async fn export_hats(
        &self,
        export: &Export,
        target: &Path,
    ) -> Result<ExportSummary, ProjectError> {
        let place = FolderPlace::begin(target)?;
        let mut table = self.table(export).await?;
        let Some(reader) = self.reader(export).await? else {
            return Err(nothing().into());
        };
        let kind = (export.table == ExportTable::Lightcurves).then_some(export.kind);
        let places = reader.database.source_places(reader.project_id, kind);
        let mut places: Vec<SourcePlace> = places.try_collect().await?;
        places.sort_by(|one, other| (one.healpix, &one.name).cmp(&(other.healpix, &other.name)));
        if places.is_empty() {
            return Err(nothing().into());
        }
        if kind.is_some() && places.iter().all(|place| place.epochs == 0) {
            let advice = export.advice();
            tracing::warn!(
                "no source has {} lightcurves: {advice}",
                export.kind.as_str()
            );
        }
        let name = format!(
            "{}_{}",
            self.name().to_lowercase(),
            table.description().name
        );
        let rows = loop {
            let written = reader.write(&mut table, &places, &place, &name).await;
            let written = written.map_err(|error| super::exporting::in_file(error, target))?;
            if let Some(rows) = written {
                break rows;
            }
        };
        super::close(reader.database).await;
        place.keep()?;
        Ok(ExportSummary { rows, bytes: None })
    }

    async fn reader(&self, export: &Export) -> Result<Option<Reader>, ProjectError> {
        let Some(database) = self.existing_database().await? else {
            return Ok(None);
        };
        let Some(row) = self.existing_row(&database).await? else {
            return Ok(None);
        };
        Ok(Some(Reader {
            database,
            project_id: row.id,
            files: self.files()?,
            export: export.clone(),
        }))
    }
}

fn nothing() -> ExportError {
    ExportError::Unrepresentable {
        format: "HATS",
        what: "a sky without sources".to_owned(),
        advice: "`retriever run` makes rows",
    }
}

impl Reader {
    /// Writes all of it; none if more came to light than the columns say, which the table has learnt then.
    async fn write(
        &self,
        table: &mut Exported,
        places: &[SourcePlace],
        folder: &FolderPlace,
        name: &str,
    ) -> Result<Option<u64>, ProjectError> {
        let mut description = table.description();
        description.columns = columns(table);
        if self.export.table == ExportTable::Lightcurves {
            description.title = "sources, each with the epochs of its lightcurves".to_owned();
        }
        let catalog_type = match (self.export.table, self.export.layout) {
            // several rows for each of the catalog's sources
            (ExportTable::Detections, _) | (ExportTable::Properties, Some(Layout::Flat)) => {
                "source"
            }
            _ => "object",
        };
        let mut collection = Collection::begin(folder, name, &description, catalog_type)?;
        let positions: Vec<Position> = places.iter().map(position).collect();
        let most = self.export.partition_rows.unwrap_or(ROWS_OF_PARTITION);
        let pieces = partitions(&positions, most);
        let edges = margins(&positions, &pieces, MARGIN_ARCSEC);
        let inside = pieces.iter().map(|piece| {
            let sources: Vec<usize> = piece.sources.clone().collect();
            (piece, sources, false)
        });
        let outside = pieces
            .iter()
            .zip(edges)
            .map(|(piece, edge)| (piece, edge, true));
        let mut known = true;
        for (piece, sources, is_margin) in inside.chain(outside) {
            let mut begun = false;
            for chunk in chunks(places, &sources) {
                let (rows, lightcurves) = self.read(chunk).await?;
                let piece_of_table = Piece::Lightcurves(lightcurves);
                known &= table.learn(&piece_of_table)?;
                let Piece::Lightcurves(lightcurves) = piece_of_table else {
                    continue;
                };
                if !known || rows.is_empty() {
                    continue;
                }
                let written = batch(table, &description.columns, &rows, &lightcurves)?;
                // an analysis that failed has no filters
                if written.num_rows() == 0 {
                    continue;
                }
                if !begun {
                    collection.partition(piece, is_margin)?;
                    begun = true;
                }
                collection.write(&written)?;
            }
        }
        if !known {
            return Ok(None);
        }
        let rows = collection.finish()?;
        if rows == 0 {
            return Err(nothing().into());
        }
        Ok(Some(rows))
    }

    /// The rows of these sources in their order, and their lightcurves.
    async fn read(
        &self,
        places: Vec<&SourcePlace>,
    ) -> Result<(Vec<Row>, Vec<Lightcurve>), ProjectError> {
        let filter = RowFilter {
            source_names: Some(places.iter().map(|place| place.name.clone()).collect()),
            ..RowFilter::default()
        };
        let (database, id) = (&self.database, self.project_id);
        let (rows, key) = match self.export.table {
            ExportTable::Sources | ExportTable::Lightcurves => {
                (database.list_sources(id, &filter), "name")
            }
            ExportTable::Detections => (database.list_detections(id, &filter), "source_name"),
            ExportTable::Properties => (database.list_properties(id, &filter), "source_name"),
        };
        let order: HashMap<&str, usize> = places
            .iter()
            .enumerate()
            .map(|(order, place)| (place.name.as_str(), order))
            .collect();
        let place_of = |name: &str| order.get(name).copied().unwrap_or(usize::MAX);
        let mut rows: Vec<Row> = rows.try_collect().await?;
        rows.sort_by_key(|row| row.get(key).and_then(|name| name.as_str()).map(place_of));
        for row in &mut rows {
            let name = row.get(key).and_then(|name| name.as_str());
            if let Some(place) = name.and_then(|name| places.get(place_of(name))) {
                row.insert(HEALPIX_COLUMN.to_owned(), place.healpix.into());
                row.insert("ra".to_owned(), place.ra.into());
                row.insert("dec".to_owned(), place.dec.into());
            }
        }
        let mut lightcurves: Vec<Lightcurve> = Vec::new();
        if self.export.table == ExportTable::Lightcurves {
            let files = self
                .files
                .lightcurves(database, id, self.export.kind, &filter);
            lightcurves = files.try_concat().await?;
            lightcurves.sort_by_key(|lightcurve| place_of(&lightcurve.source_name));
        }
        Ok((rows, lightcurves))
    }
}

/// Sources of a catalog that are read together.
fn chunks<'p>(places: &'p [SourcePlace], sources: &[usize]) -> Vec<Vec<&'p SourcePlace>> {
    let mut chunks: Vec<Vec<&SourcePlace>> = Vec::new();
    let mut epochs = 0;
    for place in sources.iter().map(|&source| &places[source]) {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < SOURCES && epochs + place.epochs <= EPOCHS => {
                chunk.push(place);
            }
            _ => {
                chunks.push(vec![place]);
                epochs = 0;
            }
        }
        epochs += place.epochs;
    }
    chunks
}

fn position(place: &SourcePlace) -> Position {
    Position {
        healpix: place.healpix,
        ra: place.ra,
        dec: place.dec,
        weight: place.epochs.max(1),
    }
}

/// The columns of a table with positions; lightcurves stand in their source's row.
fn columns(table: &Exported) -> Vec<Column> {
    let mut columns = vec![healpix_column()];
    let of_rows = |columns: &[Column]| -> Vec<Column> {
        let others = columns.iter().filter(|column| column.name != "healpix");
        others.cloned().collect()
    };
    match &table.content {
        Content::Lightcurves(lightcurves, _) => {
            columns.extend(of_rows(&RowTable::Sources.columns(true)));
            let nested = ColumnKind::Nested(lightcurves.nested_columns());
            let words = "epochs of all lightcurves of the source";
            columns.push(Column::new("lightcurves", nested, "", words));
        }
        Content::Rows(_, own) => columns.extend(of_rows(own)),
    }
    columns
}

fn batch(
    table: &Exported,
    columns: &[Column],
    rows: &[Row],
    lightcurves: &[Lightcurve],
) -> Result<RecordBatch, ExportError> {
    let (row_table, of_rows) = match &table.content {
        Content::Lightcurves(..) => (RowTable::Sources, &columns[..columns.len() - 1]),
        Content::Rows(row_table, _) => (*row_table, columns),
    };
    let batch = row_table.batch(of_rows, rows)?;
    let Content::Lightcurves(known, _) = &table.content else {
        return Ok(batch);
    };
    let mut of_source: HashMap<&str, Vec<&Lightcurve>> = HashMap::new();
    for lightcurve in lightcurves {
        let of_source = of_source.entry(&lightcurve.source_name).or_default();
        of_source.push(lightcurve);
    }
    let groups = rows.iter().map(|row| {
        let name = row.get("name").and_then(|name| name.as_str());
        name.and_then(|name| of_source.remove(name))
            .unwrap_or_default()
    });
    let groups: Vec<Vec<&Lightcurve>> = groups.collect();
    let nested = known.nested(&groups)?;
    let mut arrays = batch.columns().to_vec();
    arrays.push(Arc::new(nested) as ArrayRef);
    let schema = crate::export::schema_of(columns);
    Ok(RecordBatch::try_new(schema, arrays)?)
}
