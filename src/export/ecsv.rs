//! Enhanced comma-separated values 1.0 (Astropy Proposal for Enhancement 6): a header in YAML, then CSV.
//!
//! Units, types, descriptions and facts are there; a missing value is empty, and astropy masks it. It masks an empty text
//! as well, because the format has no other word for either. JSON columns come back as objects.

use std::io::Write;

use arrow::array::RecordBatch;
use serde_json::{Value, json};

use super::{Column, ColumnKind, Description, ExportError, RowWriter, cells, delimited};

const NAME: &str = "ECSV";

pub(super) struct EcsvWriter<'a, W> {
    description: &'a Description,
    out: W,
}

impl<'a, W: Write> EcsvWriter<'a, W> {
    pub fn begin(description: &'a Description, mut out: W) -> Result<Self, ExportError> {
        let mut head = header(description)?;
        delimited::write_names(&description.columns, &mut head)?;
        out.write_all(&head)?;
        Ok(EcsvWriter { description, out })
    }
}

impl<W: Write> RowWriter for EcsvWriter<'_, W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        delimited::write_rows(NAME, &self.description.columns, batch, &mut self.out)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.out.flush()?)
    }
}

/// JSON in one line is YAML too.
fn header(description: &Description) -> Result<Vec<u8>, ExportError> {
    let mut lines = vec![
        "%ECSV 1.0".to_owned(),
        "---".to_owned(),
        "delimiter: ','".to_owned(),
        "datatype:".to_owned(),
    ];
    for column in &description.columns {
        lines.push(format!("- {}", datatype(column)?));
    }
    lines.push("meta: !!omap".to_owned());
    lines.push(format!("- {}", json!({"name": description.name})));
    lines.push(format!("- {}", json!({"description": description.title})));
    for fact in &description.facts {
        lines.push(format!("- {}", json!({fact.name: fact.value})));
    }
    for column in &description.columns {
        if let Some(time) = &column.time {
            let words = json!({
                "scale": time.scale.as_str(),
                "reference": time.reference.as_str(),
                "alignment": time.alignment.as_str(),
                "origin_jd": time.origin,
            });
            lines.push(format!(
                "- {}",
                json!({format!("time_of_{}", column.name): words})
            ));
        }
    }
    lines.push("schema: astropy-2.0".to_owned());
    let mut head = Vec::new();
    for line in lines {
        writeln!(head, "# {line}")?;
    }
    Ok(head)
}

fn datatype(column: &Column) -> Result<Value, ExportError> {
    let datatype = match column.kind {
        ColumnKind::Boolean => "bool",
        ColumnKind::Int32 => "int32",
        ColumnKind::Int64 => "int64",
        ColumnKind::Float32 => "float32",
        ColumnKind::Float64 => "float64",
        ColumnKind::Text | ColumnKind::Json => "string",
        ColumnKind::List(_) | ColumnKind::Nested(_) => {
            return Err(cells::no_lists(NAME, &column.name));
        }
    };
    let mut words = json!({"name": column.name, "datatype": datatype});
    if column.kind == ColumnKind::Json {
        words["subtype"] = json!("json");
    }
    let (unit, description) = column.in_units_of_astropy();
    if !unit.is_empty() {
        words["unit"] = json!(unit);
    }
    words["description"] = json!(description);
    if !column.ucd.is_empty() {
        words["meta"] = json!({"ucd": column.ucd});
    }
    Ok(words)
}
