//! Results as services write them: VOTable with BINARY2 or with TABLEDATA, CSV, JSON; and their errors.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::table::{Table, TapColumn, TapType, TapValue};
use crate::votable::escaped;

/// What a result is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Binary2,
    TableData,
    /// A VOTable that is compressed and says so only by its content.
    Gzip,
    Csv,
    Json,
}

/// How a cut at a limit is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Whole,
    Overflow,
}

impl Format {
    /// By the names that services take; `usual` stands for a bare "votable".
    pub(crate) fn named(name: &str, usual: Format) -> Result<Format, String> {
        let lower = name.to_ascii_lowercase().replace(' ', "");
        Ok(match lower.as_str() {
            "votable" | "application/x-votable+xml" | "text/xml" => usual,
            "votable/b2" | "application/x-votable+xml;serialization=binary2" => Format::Binary2,
            "votable/td"
            | "votable_plain"
            | "application/x-votable+xml;serialization=tabledata" => Format::TableData,
            "votable_gzip" => Format::Gzip,
            "csv" | "text/csv" => Format::Csv,
            "json" | "application/json" => Format::Json,
            _ => return Err(format!("Unsupported output format: {name:?}")),
        })
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Format::Binary2 => "application/x-votable+xml",
            Format::TableData => "application/x-votable+xml;serialization=TABLEDATA",
            Format::Gzip => "application/x-votable+xml",
            Format::Csv => "text/csv",
            Format::Json => "application/json",
        }
    }
}

/// The whole document.
pub(crate) fn written(table: &Table, format: Format, status: Status, query: &str) -> Vec<u8> {
    match format {
        Format::Binary2 => votable(table, &binary2(table), status, query).into_bytes(),
        Format::TableData => votable(table, &table_data(table), status, query).into_bytes(),
        Format::Gzip => {
            let plain = votable(table, &binary2(table), status, query);
            crate::connection::gzip(plain.as_bytes()).expect("memory takes all that is written")
        }
        Format::Csv => csv(table).into_bytes(),
        Format::Json => json_text(table).into_bytes(),
    }
}

fn votable(table: &Table, data: &str, status: Status, query: &str) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n\
         <RESOURCE type=\"results\">\n<INFO name=\"QUERY_STATUS\" value=\"OK\"/>\n\
         <INFO name=\"QUERY\" value=\"{0}\"><![CDATA[{query}]]></INFO>\n\
         <COOSYS ID=\"GAIADR3\" epoch=\"J2016.0\" system=\"ICRS\"/>\n\
         <RESOURCE>\n<COOSYS ID=\"t1593-coosys-1\" epoch=\"J2016.0\" system=\"ICRS\"/>\n</RESOURCE>\n<TABLE>\n",
        escaped(query).replace('"', "&quot;")
    );
    for column in &table.columns {
        text.push_str(&field(column));
    }
    text.push_str(&format!("<DATA>\n{data}</DATA>\n</TABLE>\n"));
    if status == Status::Overflow {
        // it comes last of all
        text.push_str("<INFO name=\"QUERY_STATUS\" value=\"OVERFLOW\"/>\n");
    }
    text.push_str("</RESOURCE>\n</VOTABLE>\n");
    text
}

fn field(column: &TapColumn) -> String {
    let kind = match column.kind {
        TapType::Boolean => "datatype=\"boolean\"",
        TapType::Short => "datatype=\"short\"",
        TapType::Int => "datatype=\"int\"",
        TapType::Long => "datatype=\"long\"",
        TapType::Float => "datatype=\"float\"",
        TapType::Double => "datatype=\"double\"",
        TapType::Text => "arraysize=\"*\" datatype=\"char\"",
        TapType::Unicode => "arraysize=\"*\" datatype=\"unicodeChar\"",
    };
    let unit = match column.unit.as_str() {
        "" => String::new(),
        unit => format!(" unit=\"{}\"", escaped(unit)),
    };
    format!(
        "<FIELD {kind} name=\"{}\"{unit}>\n<DESCRIPTION>{}</DESCRIPTION>\n</FIELD>\n",
        escaped(&column.name),
        escaped(&column.description)
    )
}

/// VOTable 1.3, section 6.4: bits that say which are null, then the values, big-endian.
fn binary2(table: &Table) -> String {
    let mut bytes = Vec::new();
    for row in &table.rows {
        let mut nulls = vec![0u8; table.columns.len().div_ceil(8)];
        for (place, value) in row.iter().enumerate() {
            if *value == TapValue::Null {
                nulls[place / 8] |= 0x80 >> (place % 8);
            }
        }
        bytes.extend(nulls);
        for (column, value) in table.columns.iter().zip(row) {
            put(&mut bytes, column.kind, value);
        }
    }
    let coded = BASE64_STANDARD.encode(bytes);
    let mut text = String::from("<BINARY2>\n<STREAM encoding='base64'>\n");
    for line in coded.as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        text.push('\n');
    }
    text.push_str("</STREAM>\n</BINARY2>\n");
    text
}

fn put(bytes: &mut Vec<u8>, kind: TapType, value: &TapValue) {
    let integer = match value {
        TapValue::Integer(value) => *value,
        _ => 0,
    };
    let number = value.number().unwrap_or(f64::NAN);
    let text = match value {
        TapValue::Text(text) => text.as_str(),
        _ => "",
    };
    match kind {
        TapType::Boolean => bytes.push(match value {
            TapValue::Boolean(true) => b'T',
            TapValue::Boolean(false) => b'F',
            _ => b'?',
        }),
        TapType::Short => bytes.extend((integer as i16).to_be_bytes()),
        TapType::Int => bytes.extend((integer as i32).to_be_bytes()),
        TapType::Long => bytes.extend(integer.to_be_bytes()),
        TapType::Float => bytes.extend((number as f32).to_be_bytes()),
        TapType::Double => bytes.extend(number.to_be_bytes()),
        TapType::Text => {
            bytes.extend((text.len() as u32).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        TapType::Unicode => {
            let units: Vec<u16> = text.encode_utf16().collect();
            bytes.extend((units.len() as u32).to_be_bytes());
            bytes.extend(units.into_iter().flat_map(u16::to_be_bytes));
        }
    }
}

fn table_data(table: &Table) -> String {
    let mut text = String::from("<TABLEDATA>\n");
    for row in &table.rows {
        text.push_str("<TR>");
        for (column, value) in table.columns.iter().zip(row) {
            let plain = escaped(&plain(column.kind, value));
            match plain.is_empty() {
                true => text.push_str("<TD/>"),
                false => text.push_str(&format!("<TD>{plain}</TD>")),
            }
        }
        text.push_str("</TR>\n");
    }
    text.push_str("</TABLEDATA>\n");
    text
}

/// A value as text; nothing for a null.
fn plain(kind: TapType, value: &TapValue) -> String {
    match value {
        TapValue::Null => String::new(),
        TapValue::Integer(value) => value.to_string(),
        TapValue::Number(value) if kind == TapType::Float => (*value as f32).to_string(),
        TapValue::Number(value) => value.to_string(),
        TapValue::Boolean(value) => value.to_string(),
        TapValue::Text(text) => text.clone(),
    }
}

fn csv(table: &Table) -> String {
    let quoted = |text: String| match text.contains([',', '"', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    };
    let mut text = String::new();
    let names = table
        .columns
        .iter()
        .map(|column| quoted(column.name.clone()));
    text.push_str(&names.collect::<Vec<_>>().join(","));
    text.push('\n');
    for row in &table.rows {
        let values = table.columns.iter().zip(row);
        let line = values.map(|(column, value)| quoted(plain(column.kind, value)));
        text.push_str(&line.collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text
}

fn json_text(table: &Table) -> String {
    let nothing = |text: &str| match text {
        "" => Value::Null,
        text => json!(text),
    };
    let metadata: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            let (kind, size) = match column.kind {
                TapType::Boolean => ("boolean", Value::Null),
                TapType::Short => ("short", Value::Null),
                TapType::Int => ("int", Value::Null),
                TapType::Long => ("long", Value::Null),
                TapType::Float => ("float", Value::Null),
                TapType::Double => ("double", Value::Null),
                TapType::Text => ("char", json!("*")),
                TapType::Unicode => ("unicodeChar", json!("*")),
            };
            json!({
                "name": column.name, "datatype": kind, "xtype": null, "arraysize": size,
                "description": nothing(&column.description), "unit": nothing(&column.unit),
                "ucd": null, "utype": null,
            })
        })
        .collect();
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|row| Value::Array(row.iter().map(json_value).collect()))
        .collect();
    json!({"metadata": metadata, "data": rows}).to_string()
}

fn json_value(value: &TapValue) -> Value {
    match value {
        TapValue::Null => Value::Null,
        TapValue::Integer(value) => json!(value),
        TapValue::Number(value) => json!(value),
        TapValue::Boolean(value) => json!(value),
        TapValue::Text(text) => json!(text),
    }
}
