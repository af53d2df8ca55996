//! VOTables as services write them, by hand.

use crate::service::Page;

/// A table of these fields (name, type, unit) and rows, with this text after it.
pub fn votable(fields: &[(&str, &str, &str)], rows: &[Vec<String>], after: &str) -> Page {
    let fields: String = fields
        .iter()
        .map(|(name, kind, unit)| {
            let size = if *kind == "char" { " arraysize=\"*\"" } else { "" };
            format!(
                "<FIELD name=\"{name}\" datatype=\"{kind}\"{size} unit=\"{unit}\"><DESCRIPTION>what {name} is</DESCRIPTION></FIELD>\n"
            )
        })
        .collect();
    let rows: String = rows
        .iter()
        .map(|row| {
            let cells: String = row.iter().map(|cell| format!("<TD>{cell}</TD>")).collect();
            format!("<TR>{cells}</TR>\n")
        })
        .collect();
    let text = format!(
        "<?xml version=\"1.0\"?>\n<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n\
         <RESOURCE type=\"results\"><INFO name=\"QUERY_STATUS\" value=\"OK\"/>\n\
         <TABLE>{fields}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE>\n{after}</RESOURCE></VOTABLE>\n"
    );
    (200, "application/x-votable+xml", text.into_bytes())
}

/// What a service writes after a table that it cut.
pub const OVERFLOW: &str = "<INFO name=\"QUERY_STATUS\" value=\"OVERFLOW\"/>";

/// Stars of Gaia with ids above 2^53, in the archive's columns.
pub fn gaia(rows: usize) -> Page {
    gaia_with(rows, "")
}

pub fn gaia_with(rows: usize, after: &str) -> Page {
    let fields = [
        ("source_id", "long", ""),
        ("ra", "double", "deg"),
        ("dec", "double", "deg"),
        ("pmra", "double", "mas.yr**-1"),
        ("pmdec", "double", "mas.yr**-1"),
        ("parallax", "double", "mas"),
        ("phot_g_mean_mag", "float", "mag"),
    ];
    let rows: Vec<Vec<String>> = (0..rows)
        .map(|row| {
            let id = 4_583_627_001_381_815_937_i64 + row as i64;
            let ra = (10.0 + row as f64 * 0.618) % 360.0;
            let words = [
                id.to_string(),
                ra.to_string(),
                "-5.25".to_owned(),
                "1.5".to_owned(),
                "-3.25".to_owned(),
                "10.5".to_owned(),
                "15.5".to_owned(),
            ];
            words.to_vec()
        })
        .collect();
    votable(&fields, &rows, after)
}

/// The white dwarfs of VizieR with two columns that differ by case alone, and one without a value.
pub fn vizier() -> Page {
    let fields = [
        ("GaiaEDR3", "long", ""),
        ("RA_ICRS", "double", "deg"),
        ("DE_ICRS", "double", "deg"),
        ("Gmag", "float", "mag"),
        ("gmag", "float", "mag"),
    ];
    let rows = [
        ["2868734963397148673", "357.0313", "32.08", "14.5", "14.25"],
        ["2868734963397148675", "3.5", "-1.5", "16.5", ""],
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.map(str::to_owned).to_vec())
        .collect();
    votable(&fields, &rows, "")
}

/// What the schema of a service says of those columns.
pub fn vizier_columns() -> Page {
    let names = ["GaiaEDR3", "RA_ICRS", "DE_ICRS", "Gmag", "gmag", "Pwd"];
    let rows: Vec<Vec<String>> = names.iter().map(|name| vec![name.to_string()]).collect();
    votable(&[("column_name", "char", "")], &rows, "")
}

/// An error in the form of a table.
pub fn refusal(status: u16, words: &str) -> Page {
    let text = format!(
        "<?xml version=\"1.0\"?><vot:VOTABLE xmlns:vot=\"http://www.ivoa.net/xml/VOTable/v1.3\"><vot:RESOURCE type=\"results\">\
         <vot:INFO name=\"QUERY_STATUS\" value=\"ERROR\">{words}</vot:INFO></vot:RESOURCE></vot:VOTABLE>"
    );
    (status, "application/x-votable+xml", text.into_bytes())
}
