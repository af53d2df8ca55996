//! A table's description as VOTable 1.4 has it: of VOTables, and in the metadata of Parquet files (VOParquet).

use std::collections::BTreeMap;
use std::fmt::Write;

use quick_xml::escape::escape;

use super::{Column, ColumnKind, Description, TimeSystem};
use crate::time::TimeReference;

/// For text columns the length of the longest text, in UTF-16 units.
pub(super) type Lengths = BTreeMap<String, usize>;

/// All that stands before the data. Texts are of any length, or padded to those that are given: astropy's reader of
/// VOParquet needs a number.
pub(super) fn head(description: &Description, lengths: Option<&Lengths>) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n\
         <RESOURCE type=\"results\">\n",
    );
    if description.columns.iter().any(is_position) {
        xml.push_str("<COOSYS ID=\"icrs\" system=\"ICRS\"/>\n");
    }
    for column in &description.columns {
        if let Some(time) = &column.time {
            push_time_system(&mut xml, column, time);
        }
    }
    for fact in &description.facts {
        let (value, words) = (clean(&fact.value), clean(fact.description));
        push(
            &mut xml,
            format_args!(
                "<INFO name=\"{}\" value=\"{value}\">{words}</INFO>",
                fact.name
            ),
        );
    }
    push(
        &mut xml,
        format_args!("<TABLE name=\"{}\">", clean(&description.name)),
    );
    push(
        &mut xml,
        format_args!("<DESCRIPTION>{}</DESCRIPTION>", clean(&description.title)),
    );
    for column in &description.columns {
        let length = lengths.and_then(|lengths| lengths.get(&column.name));
        push_field(&mut xml, column, length.copied());
    }
    xml
}

/// What closes the table.
pub(super) const TAIL: &str = "</TABLE>\n</RESOURCE>\n</VOTABLE>\n";

fn push_time_system(xml: &mut String, column: &Column, time: &TimeSystem) {
    let place = match time.reference {
        TimeReference::Topocenter => "TOPOCENTER",
        TimeReference::Heliocenter => "HELIOCENTER",
        TimeReference::Barycenter => "BARYCENTER",
    };
    let scale = time.scale.as_str().to_uppercase();
    let (id, origin) = (time_id(column), time.origin);
    push(
        xml,
        format_args!(
            "<TIMESYS ID=\"{id}\" timeorigin=\"{origin}\" timescale=\"{scale}\" refposition=\"{place}\"/>"
        ),
    );
}

fn push_field(xml: &mut String, column: &Column, length: Option<usize>) {
    let (kind, is_list) = match &column.kind {
        ColumnKind::List(item) => (item.as_ref(), true),
        kind => (kind, false),
    };
    let datatype = match kind {
        ColumnKind::Boolean => "boolean",
        ColumnKind::Int32 => "int",
        ColumnKind::Int64 => "long",
        ColumnKind::Float32 => "float",
        ColumnKind::Float64 => "double",
        _ => "unicodeChar",
    };
    let mut field = format!(
        "<FIELD name=\"{}\" datatype=\"{datatype}\"",
        clean(&column.name)
    );
    match length {
        Some(length) if !is_list => {
            let _ = write!(field, " arraysize=\"{}\"", length.max(1));
        }
        _ if is_list || kind.is_text() => field.push_str(" arraysize=\"*\""),
        _ => {}
    }
    let (unit, words) = column.in_standard_units();
    if !unit.is_empty() {
        let _ = write!(field, " unit=\"{}\"", clean(unit));
    }
    if !column.ucd.is_empty() {
        let _ = write!(field, " ucd=\"{}\"", column.ucd);
    }
    if column.time.is_some() {
        let _ = write!(field, " ref=\"{}\"", time_id(column));
    } else if is_position(column) {
        field.push_str(" ref=\"icrs\"");
    }
    push(
        xml,
        format_args!(
            "{field}><DESCRIPTION>{}</DESCRIPTION></FIELD>",
            clean(&words)
        ),
    );
}

fn is_position(column: &Column) -> bool {
    column.ucd.starts_with("pos.eq")
}

fn time_id(column: &Column) -> String {
    let name = column.name.chars();
    let name: String = name.filter(char::is_ascii_alphanumeric).collect();
    format!("time_{name}")
}

/// Text that XML can hold: escaped, and without the control characters that it has no way to write.
fn clean(text: &str) -> String {
    let legal = |letter: char| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}');
    let text: String = text
        .chars()
        .map(|letter| if legal(letter) { letter } else { ' ' })
        .collect();
    escape(&text).into_owned()
}

fn push(xml: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(xml, "{line}");
}
