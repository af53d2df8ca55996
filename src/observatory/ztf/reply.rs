//! What IRSA sends back: CSV of 24 columns, or something else under the status 200.

use hashbrown::HashSet;

use crate::archive::{Cookies, Reply, Verdict};
use crate::photometry::{Column, Table, Text, Values};

/// How a column is kept. The numbers of the `Float32` columns are printed with nine digits, which is
/// exactly a 32-bit float; the others need all 64 bits.
#[derive(Clone, Copy)]
enum Type {
    Int64,
    Int32,
    Float64,
    Float32,
    Text,
}

/// Name, type, unit and meaning of the columns that the service documents.
const COLUMNS: [(&str, Type, &str, &str); 24] = [
    (
        "oid",
        Type::Int64,
        "",
        "object number, per field, quadrant and filter",
    ),
    ("expid", Type::Int64, "", "exposure number"),
    (
        "hjd",
        Type::Float64,
        "d",
        "heliocentric Julian date of mid-exposure, UTC",
    ),
    (
        "mjd",
        Type::Float64,
        "d",
        "modified Julian date of the start of the exposure, UTC",
    ),
    (
        "mag",
        Type::Float32,
        "mag",
        "calibrated PSF magnitude, AB, without colour term",
    ),
    ("magerr", Type::Float32, "mag", "error of mag"),
    (
        "catflags",
        Type::Int32,
        "",
        "flags of the epoch, bit by bit",
    ),
    ("filtercode", Type::Text, "", "filter: zg, zr, zi"),
    (
        "ra",
        Type::Float64,
        "deg",
        "right ascension measured at the epoch",
    ),
    (
        "dec",
        Type::Float64,
        "deg",
        "declination measured at the epoch",
    ),
    ("chi", Type::Float32, "", "chi of the PSF fit"),
    ("sharp", Type::Float32, "", "sharpness of the PSF fit"),
    (
        "filefracday",
        Type::Int64,
        "",
        "date and fraction of the day in file names, YYYYMMDDffffff",
    ),
    ("field", Type::Int32, "", "field of the survey grid"),
    ("ccdid", Type::Text, "", "CCD, hexadecimal"),
    ("qid", Type::Text, "", "quadrant of the CCD, hexadecimal"),
    (
        "limitmag",
        Type::Float32,
        "mag",
        "5-sigma limiting magnitude of the frame",
    ),
    ("magzp", Type::Float32, "mag", "zero point of the frame"),
    (
        "magzprms",
        Type::Float32,
        "mag",
        "scatter of the zero point",
    ),
    ("clrcoeff", Type::Float32, "", "linear colour coefficient"),
    ("clrcounc", Type::Float32, "", "error of clrcoeff"),
    ("exptime", Type::Float32, "s", "exposure time"),
    ("airmass", Type::Float32, "", "airmass"),
    (
        "programid",
        Type::Int32,
        "",
        "1 public survey, 2 partnership, 3 Caltech",
    ),
];

/// Without these there is no lightcurve; the others may come and go with releases.
const REQUIRED: [&str; 9] = [
    "oid",
    "mjd",
    "mag",
    "magerr",
    "catflags",
    "filtercode",
    "ra",
    "dec",
    "exptime",
];

/// Longest part of a reply that is quoted in a message (bytes).
const QUOTED: usize = 300;

/// Whether a reply is what was asked for. Errors of the service arrive as XML, its login page as HTML, and
/// both with status 200: they may pass, so the request is sent again.
pub(super) fn judge(reply: &Reply) -> Verdict {
    let body = reply.body.trim_ascii_start();
    let start = &body[..body.len().min(2048)];
    let words = || service_words(start);
    if start.starts_with(b"<") || contains(start, b"QUERY_STATUS") {
        Verdict::Retry(words())
    } else if start.is_empty() {
        Verdict::Retry("an empty body".to_owned())
    } else if contains(start, b"No rows returned") {
        Verdict::Accept
    } else if !contains(first_line(start), b"oid,") {
        Verdict::Retry(words())
    } else if !reply.body.ends_with(b"\n") {
        Verdict::Retry("a table whose last line is cut off".to_owned())
    } else {
        Verdict::Accept
    }
}

/// IRSA answers a login with 200 in any case and sets a cookie only if it was right.
pub(super) fn judge_login(_: &Reply, cookies: &Cookies) -> Verdict {
    if cookies.is_empty() {
        Verdict::Unauthorised("no cookie came back from the login".to_owned())
    } else {
        Verdict::Accept
    }
}

/// The table in a reply; without rows if the archive has nothing. An error says what is wrong and where.
///
/// A row that repeats an earlier one (same `oid` and `expid`) is left out.
pub fn parse(body: &[u8]) -> Result<Table, String> {
    if contains(&body[..body.len().min(2048)], b"No rows returned") {
        return Ok(Table::default());
    }
    let mut reader = csv::ReaderBuilder::new().from_reader(body);
    let header = reader
        .byte_headers()
        .map_err(|error| error.to_string())?
        .clone();
    let names = column_names(&header)?;
    let mut builders: Vec<Builder> = names
        .iter()
        .map(|name| Builder::of(name, body.len() / 256))
        .collect();
    let (oid, expid) = (place(&names, "oid"), place(&names, "expid"));
    let mut seen = HashSet::new();
    let mut record = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(error.to_string()),
        }
        if let (Some(oid), Some(expid)) = (oid, expid)
            && let (Some(oid), Some(expid)) =
                (integer::<i64>(&record[oid]), integer::<i64>(&record[expid]))
            && !seen.insert((oid, expid))
        {
            continue;
        }
        for ((builder, field), name) in builders.iter_mut().zip(record.iter()).zip(&names) {
            builder.push(field).ok_or_else(|| {
                let line = record.position().map_or(0, csv::Position::line);
                format!(
                    "line {line}, column {name}: {:?} is not a number",
                    String::from_utf8_lossy(field)
                )
            })?;
        }
    }
    let columns = names
        .iter()
        .zip(builders)
        .map(|(name, builder)| builder.finish(name))
        .collect();
    Table::new(columns).map_err(|error| error.to_string())
}

fn column_names(header: &csv::ByteRecord) -> Result<Vec<String>, String> {
    let names: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim().to_owned())
        .collect();
    for required in REQUIRED {
        if !names.iter().any(|name| name == required) {
            return Err(format!(
                "the column {required} is missing; the header is {:?}",
                names.join(",")
            ));
        }
    }
    Ok(names)
}

fn place(names: &[String], wanted: &str) -> Option<usize> {
    names.iter().position(|name| name == wanted)
}

/// A column while it is read.
struct Builder {
    values: Values,
}

impl Builder {
    /// A column that is not documented is kept as text.
    fn of(name: &str, rows: usize) -> Builder {
        let known = COLUMNS
            .iter()
            .find(|column| column.0 == name)
            .map_or(Type::Text, |column| column.1);
        let values = match known {
            Type::Int64 => Values::Int64(Vec::with_capacity(rows)),
            Type::Int32 => Values::Int32(Vec::with_capacity(rows)),
            Type::Float64 => Values::Float64(Vec::with_capacity(rows)),
            Type::Float32 => Values::Float32(Vec::with_capacity(rows)),
            Type::Text => Values::Text(Text::new()),
        };
        Builder { values }
    }

    /// None if the field does not fit the column's type. An empty float is NaN.
    fn push(&mut self, field: &[u8]) -> Option<()> {
        match &mut self.values {
            Values::Int64(values) => values.push(integer(field)?),
            Values::Int32(values) => values.push(integer(field)?),
            Values::Float64(values) => values.push(float(field, f64::NAN)?),
            Values::Float32(values) => values.push(float(field, f32::NAN)?),
            Values::Text(text) => text.push(std::str::from_utf8(field).ok()?),
            Values::Boolean(_) => return None,
        }
        Some(())
    }

    fn finish(self, name: &str) -> Column {
        let (unit, description) = COLUMNS
            .iter()
            .find(|column| column.0 == name)
            .map_or(("", ""), |&(_, _, unit, description)| (unit, description));
        Column::new(name, unit, description, self.values)
    }
}

fn integer<T: std::str::FromStr>(field: &[u8]) -> Option<T> {
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}

fn float<T: std::str::FromStr>(field: &[u8], missing: T) -> Option<T> {
    match std::str::from_utf8(field).ok()?.trim() {
        "" | "null" => Some(missing),
        text => text.parse().ok(),
    }
}

fn first_line(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())]
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

/// What the server said, without its mark-up, on one line.
fn service_words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut words = String::new();
    let mut inside_tag = false;
    for c in text.chars() {
        match c {
            '<' => inside_tag = true,
            '>' => {
                inside_tag = false;
                words.push(' ');
            }
            c if !inside_tag => words.push(c),
            _ => {}
        }
    }
    let mut words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if words.len() > QUOTED {
        let cut = (0..=QUOTED)
            .rev()
            .find(|&at| words.is_char_boundary(at))
            .unwrap_or(0);
        words.truncate(cut);
        words.push('…');
    }
    let lower = text.to_lowercase();
    if lower.contains("<html")
        && ["login", "sign in", "password"]
            .iter()
            .any(|word| lower.contains(word))
    {
        format!("a login page instead of a table ({words}): the archive wants an authorised user")
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str = "oid,expid,hjd,mjd,mag,magerr,catflags,filtercode,ra,dec,chi,sharp,filefracday,field,ccdid,qid,limitmag,magzp,magzprms,clrcoeff,clrcounc,exptime,airmass,programid\n";
    const ROW: &str = "1342108400003276,63039579,,58384.395798600002,17.7356262,0.026785586,32768,zg,37.3,-15.06,1.16,-0.118,20180923395787,1342,0x8,0x4,20.04,26.0874596,0.0367,-0.0336,7.97e-05,30,1.5,2\n";

    #[test]
    fn every_documented_column_keeps_its_value() {
        let table = parse(format!("{HEADER}{ROW}").as_bytes()).unwrap();
        assert_eq!(table.rows(), 1);
        assert_eq!(table.columns().len(), 24);
        assert_eq!(table.integers("oid").unwrap(), [1342108400003276]);
        assert_eq!(table.floats("mjd").unwrap(), [58_384.395_798_6]);
        assert_eq!(
            table.column("mag").unwrap().values,
            Values::Float32(vec![17.735_626])
        );
        assert!(table.floats("hjd").unwrap()[0].is_nan());
        assert_eq!(table.text("ccdid").unwrap().get(0), "0x8");
        assert_eq!(table.column("mjd").unwrap().unit, "d");
    }

    #[test]
    fn a_header_alone_is_an_empty_table_and_a_repeated_row_counts_once() {
        assert!(parse(HEADER.as_bytes()).unwrap().is_empty());
        assert!(parse(b"No rows returned\n").unwrap().is_empty());
        assert_eq!(
            parse(format!("{HEADER}{ROW}{ROW}").as_bytes())
                .unwrap()
                .rows(),
            1
        );
    }

    #[test]
    fn errors_name_the_line_and_the_column() {
        let bad = format!(
            "{HEADER}{ROW}{}",
            ROW.replace("63039579", "7").replace("17.7356262", "bright")
        );
        assert_eq!(
            parse(bad.as_bytes()).unwrap_err(),
            "line 3, column mag: \"bright\" is not a number"
        );
        assert!(
            parse(b"oid,mjd\n1,2\n")
                .unwrap_err()
                .contains("the column mag is missing")
        );
        assert!(
            parse(format!("{HEADER}1,2,3\n").as_bytes())
                .unwrap_err()
                .contains("line: 2")
        );
    }

    #[test]
    fn words_of_the_server_are_freed_of_their_markup() {
        let xml = br#"<?xml version="1.0"?><VOTABLE><INFO name="QUERY_STATUS" value="ERROR">unknown COLLECTION ztf_dr99</INFO></VOTABLE>"#;
        assert_eq!(service_words(xml), "unknown COLLECTION ztf_dr99");
        assert!(service_words(b"<html><body>Please login</body></html>").contains("authorised"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(rows in proptest::collection::vec("[ -~\u{e9}\n,\"]{0,80}", 0..10)) {
            let _ = parse(format!("{HEADER}{}", rows.join("\n")).as_bytes());
            let _ = parse(rows.join("\n").as_bytes());
            let _ = service_words(rows.join("<").as_bytes());
        }
    }
}
