//! One HATS catalog: a Parquet file for each partition, and the files that say what they are together.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use parquet::file::metadata::{
    FileMetaData, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
};

use super::Partition;
use super::collection::HEALPIX_COLUMN;
use super::partitions::ORDER_OF_SOURCES;
use crate::export::parquet::ParquetWriter;
use crate::export::place::PlaceWriter;
use crate::export::{Description, ExportError};

/// Files of a folder: more are kept apart.
const PIXELS_OF_FOLDER: u64 = 10_000;

/// A catalog that is being written.
pub(super) struct CatalogWriter<'a> {
    folder: PathBuf,
    description: &'a Description,
    open: Option<Open<'a>>,
    /// Of all files that are done, as `_metadata` has them.
    row_groups: Vec<RowGroupMetaData>,
    file_metadata: Option<FileMetaData>,
    pixels: Vec<(u8, u64)>,
    rows: u64,
    most_rows: u64,
    bytes: u64,
}

/// The file of the partition that is being written.
struct Open<'a> {
    path: PathBuf,
    /// Below `dataset`.
    name: String,
    rows: u64,
    writer: ParquetWriter<'a, PlaceWriter<fs::File>>,
}

impl<'a> CatalogWriter<'a> {
    pub fn begin(folder: PathBuf, description: &'a Description) -> Result<Self, ExportError> {
        make_folder(&folder.join("dataset"))?;
        Ok(CatalogWriter {
            folder,
            description,
            open: None,
            row_groups: Vec::new(),
            file_metadata: None,
            pixels: Vec::new(),
            rows: 0,
            most_rows: 0,
            bytes: 0,
        })
    }

    /// Begins the file of a partition; the one before has ended.
    pub fn partition(&mut self, partition: &Partition) -> Result<(), ExportError> {
        self.close()?;
        let (order, pixel) = (partition.order, partition.pixel);
        let folder = format!(
            "Norder={order}/Dir={}",
            pixel / PIXELS_OF_FOLDER * PIXELS_OF_FOLDER
        );
        make_folder(&self.folder.join("dataset").join(&folder))?;
        let name = format!("{folder}/Npix={pixel}.parquet");
        let path = self.folder.join("dataset").join(&name);
        let file = create(&path)?;
        let writer = ParquetWriter::begin(self.description, PlaceWriter { file })?;
        self.pixels.push((order, pixel));
        self.open = Some(Open {
            path,
            name,
            rows: 0,
            writer,
        });
        Ok(())
    }

    /// Writes rows of the partition that was begun last, in the order of their cells.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        let Some(open) = &mut self.open else {
            return Err(ExportError::Rows {
                words: "no partition was begun".to_owned(),
            });
        };
        open.rows += batch.num_rows() as u64;
        let written = open.writer.push(batch);
        written.map_err(|error| error.in_file(&open.path))
    }

    fn close(&mut self) -> Result<(), ExportError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let metadata = open.writer.close();
        let metadata = metadata.map_err(|error| error.in_file(&open.path))?;
        for row_group in metadata.row_groups() {
            self.row_groups.push(with_path(row_group, &open.name)?);
        }
        self.file_metadata = Some(metadata.file_metadata().clone());
        self.rows += open.rows;
        self.most_rows = self.most_rows.max(open.rows);
        let length = fs::metadata(&open.path);
        self.bytes += length
            .map_err(|cause| ExportError::unwritable(&open.path, cause))?
            .len();
        Ok(())
    }

    /// Writes what says what the files are together; `properties` are added to those that every catalog has. Gives back
    /// how many rows there are.
    pub fn finish(mut self, properties: &[(&str, String)]) -> Result<u64, ExportError> {
        self.close()?;
        let dataset = self.folder.join("dataset");
        let common = dataset.join("_common_metadata");
        let schema = ParquetWriter::begin(
            self.description,
            PlaceWriter {
                file: create(&common)?,
            },
        );
        schema
            .and_then(ParquetWriter::close)
            .map_err(|error| error.in_file(&common))?;
        self.write_metadata(&dataset.join("_metadata"))?;
        self.write_partitions(&self.folder.join("partition_info.csv"))?;
        let mut all: Vec<(&str, String)> = properties.to_vec();
        all.extend([
            ("hats_nrows", self.rows.to_string()),
            ("hats_max_rows", self.most_rows.to_string()),
            ("hats_estsize", self.bytes.div_ceil(1024).to_string()),
            ("hats_col_healpix", HEALPIX_COLUMN.to_owned()),
            ("hats_col_healpix_order", ORDER_OF_SOURCES.to_string()),
            ("hats_npix_suffix", ".parquet".to_owned()),
            ("hats_version", "v1.0".to_owned()),
        ]);
        let orders = self.pixels.iter().map(|(order, _)| order);
        if let Some(order) = orders.max() {
            all.push(("hats_order", order.to_string()));
        }
        for name in ["hats.properties", "properties"] {
            write_properties(&self.folder.join(name), &all)?;
        }
        Ok(self.rows)
    }

    /// The footers of all files in one, so that a reader need not open each.
    fn write_metadata(&mut self, path: &Path) -> Result<(), ExportError> {
        let Some(of_file) = self.file_metadata.take() else {
            return Ok(());
        };
        let of_all = FileMetaData::new(
            of_file.version(),
            // a catalog of a workstation
            i64::try_from(self.rows).unwrap_or(i64::MAX),
            of_file.created_by().map(str::to_owned),
            of_file.key_value_metadata().cloned(),
            of_file.schema_descr_ptr(),
            of_file.column_orders().cloned(),
        );
        let metadata = ParquetMetaData::new(of_all, std::mem::take(&mut self.row_groups));
        let mut out = PlaceWriter {
            file: create(path)?,
        };
        let begun = out.write_all(b"PAR1").map_err(ExportError::from);
        begun
            .and_then(|()| Ok(ParquetMetaDataWriter::new(out, &metadata).finish()?))
            .map_err(|error| error.in_file(path))
    }

    fn write_partitions(&self, path: &Path) -> Result<(), ExportError> {
        let mut pixels = self.pixels.clone();
        // breadth first, as hats sorts them
        pixels.sort_by_key(|&(order, pixel)| (order, pixel));
        let mut text = String::from("Norder,Npix\n");
        for (order, pixel) in pixels {
            text.push_str(&format!("{order},{pixel}\n"));
        }
        write_text(path, &text)
    }
}

fn with_path(row_group: &RowGroupMetaData, name: &str) -> Result<RowGroupMetaData, ExportError> {
    let columns: Result<Vec<_>, _> = row_group
        .columns()
        .iter()
        .map(|column| {
            let builder = column.clone().into_builder();
            builder.set_file_path(name.to_owned()).build()
        })
        .collect();
    let builder = row_group.clone().into_builder();
    Ok(builder.set_column_metadata(columns?).build()?)
}

/// Writes a properties file as Java has it.
pub(super) fn write_properties(path: &Path, pairs: &[(&str, String)]) -> Result<(), ExportError> {
    let mut text = String::new();
    for (key, value) in pairs {
        // a line break or a backslash would end or change the value
        let value = value.replace('\\', "\\\\").replace(['\n', '\r'], " ");
        text.push_str(&format!("{key}={value}\n"));
    }
    write_text(path, &text)
}

fn write_text(path: &Path, text: &str) -> Result<(), ExportError> {
    fs::write(path, text).map_err(|cause| ExportError::unwritable(path, cause))
}

fn make_folder(path: &Path) -> Result<(), ExportError> {
    fs::create_dir_all(path).map_err(|cause| ExportError::unwritable(path, cause))
}

fn create(path: &Path) -> Result<fs::File, ExportError> {
    let created: io::Result<fs::File> = fs::File::create(path);
    created.map_err(|cause| ExportError::unwritable(path, cause))
}
