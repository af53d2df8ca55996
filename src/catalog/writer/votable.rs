//! VOTable 1.4 with TABLEDATA.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use quick_xml::escape::escape;

use crate::catalog::Catalog;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE>
<TABLE>
"#;
const TAIL: &str = "</TABLEDATA>\n</DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n";

pub(super) fn write(catalog: &Catalog, path: &Path) -> io::Result<()> {
    let (texts, numbers) = (catalog.text_columns(), catalog.number_columns());
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(HEAD.as_bytes())?;
    for (name, _) in &texts {
        writeln!(
            out,
            r#"<FIELD name="{}" datatype="char" arraysize="*"/>"#,
            escape(*name)
        )?;
    }
    for column in &numbers {
        let (name, unit) = (escape(column.name), column.unit);
        writeln!(
            out,
            r#"<FIELD name="{name}" datatype="double" unit="{unit}"/>"#
        )?;
    }
    writeln!(out, "<DATA>\n<TABLEDATA>")?;
    for row in 0..catalog.len() {
        write!(out, "<TR>")?;
        for (_, texts) in &texts {
            write!(out, "<TD>{}</TD>", escape(texts.get(row)))?;
        }
        for column in &numbers {
            write!(out, "<TD>{}</TD>", column.values[row])?;
        }
        writeln!(out, "</TR>")?;
    }
    out.write_all(TAIL.as_bytes())?;
    out.flush()
}
