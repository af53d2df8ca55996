//! VOTable: the first table of the file, as TABLEDATA, BINARY or BINARY2 (VOTable 1.4, section 5).
//!
//! Namespaces are passed over. A file that carries `QUERY_STATUS` `ERROR`, before or after its table, is the
//! message of a server and no catalog; `OVERFLOW` means that the server cut the table.

use std::cell::Cell;
use std::io::BufRead;
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::votable_base64::{Bounded, LONGEST_TEXT, too_long};
use super::votable_binary::{Field, RowReader};
use super::{Cells, Choose, Input, RawTable, Sink};
use crate::catalog::CatalogError;

/// Elements within elements: tables of services have five.
const DEEPEST: usize = 100;
/// As many columns as a text file may have.
const MOST_FIELDS: usize = 1 << 14;
/// Errors that are told; VizieR sends up to some twenty.
const MOST_ERRORS: usize = 100;

/// Rows that are handed on at a time.
const PART: usize = 1 << 16;

pub(super) fn read(input: Input, choose: &mut Choose) -> Result<RawTable, CatalogError> {
    read_document(input, Document::new(choose, None))
}

/// The same, with the rows handed to `sink` as they come.
pub(super) fn pass(
    input: Input,
    choose: &mut Choose,
    sink: &mut Sink,
) -> Result<RawTable, CatalogError> {
    read_document(input, Document::new(choose, Some(sink)))
}

fn read_document(input: Input, mut document: Document) -> Result<RawTable, CatalogError> {
    let path = input.path;
    let is_counting = Rc::new(Cell::new(true));
    let mut reader = Reader::from_reader(Bounded::new(input.reader, Rc::clone(&is_counting)));
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    loop {
        let event = reader.read_event_into(&mut buffer);
        let place = reader.buffer_position();
        let event = event.map_err(|error| {
            CatalogError::malformed(path, format!("byte {place}"), error.to_string())
        })?;
        if matches!(event, Event::Eof) {
            return document.finish(path);
        }
        document
            .take(event)
            .and_then(|()| match document.stream {
                Some(form) => {
                    is_counting.set(false);
                    let decoded = document.decode(reader.stream(), form);
                    is_counting.set(true);
                    decoded
                }
                None => Ok(()),
            })
            .map_err(|fault| match fault {
                Fault::Catalog(error) => *error,
                Fault::Here(problem) => {
                    let place = format!("byte {}", reader.buffer_position());
                    CatalogError::malformed(path, place, problem)
                }
            })?;
        buffer.clear();
    }
}

/// What stops the reading: an error with its own place, or a problem at the place of the reader.
enum Fault {
    Catalog(Box<CatalogError>),
    Here(String),
}

impl From<String> for Fault {
    fn from(problem: String) -> Fault {
        Fault::Here(problem)
    }
}

/// What has been read of a document.
struct Document<'a, 'b> {
    choose: &'a mut Choose<'b>,
    /// Elements that are open, from the outside in.
    open: usize,
    stage: Stage,
    text: String,
    fields: Vec<Field>,
    /// Fields that a catalog can use, by place.
    usable: Vec<usize>,
    /// For each field, the cells it fills.
    targets: Vec<Option<usize>>,
    cells: Vec<Cells>,
    rows: usize,
    /// Field of the next cell of the row.
    next: usize,
    /// How the rows of the stream are written that is open and not yet read.
    stream: Option<Form>,
    form: Form,
    sink: Option<&'a mut Sink<'b>>,
    is_cut: bool,
    errors: Vec<String>,
    is_error: bool,
    info: Option<(String, String)>,
}

/// The two binary forms.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Binary,
    /// With a flag for each cell that is missing.
    Binary2,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Before,
    /// In the first table, before its data.
    Fields,
    Data,
    After,
}

impl<'a, 'b> Document<'a, 'b> {
    fn new(choose: &'a mut Choose<'b>, sink: Option<&'a mut Sink<'b>>) -> Document<'a, 'b> {
        Document {
            choose,
            open: 0,
            stage: Stage::Before,
            text: String::new(),
            fields: Vec::new(),
            usable: Vec::new(),
            targets: Vec::new(),
            cells: Vec::new(),
            rows: 0,
            next: 0,
            stream: None,
            form: Form::Binary,
            sink,
            is_cut: false,
            errors: Vec::new(),
            is_error: false,
            info: None,
        }
    }

    fn take(&mut self, event: Event) -> Result<(), Fault> {
        match event {
            Event::Start(element) => return self.enter(&element),
            Event::End(element) => return self.leave(element.local_name().as_ref()),
            Event::Text(text) => self.text.push_str(&String::from_utf8_lossy(&text)),
            Event::CData(text) => self.text.push_str(&String::from_utf8_lossy(&text)),
            Event::GeneralRef(reference) => self.refer(&String::from_utf8_lossy(&reference)),
            _ => {}
        }
        // all the text of a document without elements, or of one cell made of pieces
        match self.text.len() > LONGEST_TEXT {
            true => Err(too_long().into()),
            false => Ok(()),
        }
    }

    fn enter(&mut self, element: &BytesStart) -> Result<(), Fault> {
        self.open += 1;
        if self.open > DEEPEST {
            return Err(format!("elements are more than {DEEPEST} deep").into());
        }
        match (element.local_name().as_ref(), self.stage) {
            (b"INFO", _) => {
                self.info = Some((
                    attribute(element, "name").unwrap_or_default(),
                    attribute(element, "value").unwrap_or_default(),
                ));
                self.text.clear();
            }
            (b"TABLE", Stage::Before) => self.stage = Stage::Fields,
            (b"FIELD", Stage::Fields) if self.fields.len() >= MOST_FIELDS => {
                return Err(format!("there are more than {MOST_FIELDS} fields").into());
            }
            (b"FIELD", Stage::Fields) => self.fields.push(field(element)?),
            (b"VALUES", Stage::Fields) => {
                let null = attribute(element, "null").filter(|null| !null.is_empty());
                if let Some(field) = self.fields.last_mut() {
                    field.null = field.null.take().or(null);
                }
            }
            (b"DATA", Stage::Fields) => self.begin_data()?,
            (b"FITS", Stage::Data) => {
                return Err("its data are FITS inside XML, which is not read"
                    .to_owned()
                    .into());
            }
            (b"TR", Stage::Data) => self.next = 0,
            (b"TD", Stage::Data) => self.text.clear(),
            (b"DESCRIPTION", Stage::Fields) => self.text.clear(),
            (b"BINARY", Stage::Data) => self.form = Form::Binary,
            (b"BINARY2", Stage::Data) => self.form = Form::Binary2,
            (b"STREAM", Stage::Data) if attribute(element, "href").is_some() => {
                return Err("its data are in another file, which is not fetched"
                    .to_owned()
                    .into());
            }
            (b"STREAM", Stage::Data) => {
                self.text.clear();
                self.stream = Some(self.form);
            }
            _ => {}
        }
        Ok(())
    }

    fn leave(&mut self, name: &[u8]) -> Result<(), Fault> {
        self.open = self.open.saturating_sub(1);
        match (name, self.stage) {
            (b"INFO", _) => self.note_info(),
            (b"TD", Stage::Data) => self.end_cell()?,
            (b"TR", Stage::Data) => self.end_row()?,
            // rows after a comment or the like were not read as such
            (b"STREAM", Stage::Data) if !self.text.trim().is_empty() => {
                return Err("its binary data are interrupted".to_owned().into());
            }
            (b"DESCRIPTION", Stage::Fields) => self.describe(),
            (b"TABLE", Stage::Fields) => {
                self.begin_data()?;
                self.stage = Stage::After;
            }
            (b"TABLE", Stage::Data) => self.stage = Stage::After,
            _ => {}
        }
        Ok(())
    }

    fn begin_data(&mut self) -> Result<(), Fault> {
        self.stage = Stage::Data;
        self.usable = (0..self.fields.len())
            .filter(|&place| self.fields[place].is_usable())
            .collect();
        let heads: Vec<_> = self
            .usable
            .iter()
            .map(|&place| self.fields[place].head.clone())
            .collect();
        let wanted = (self.choose)(&heads).map_err(|error| Fault::Catalog(Box::new(error)))?;
        self.targets = vec![None; self.fields.len()];
        for (target, place) in wanted.into_iter().enumerate() {
            let place = self.usable[place];
            self.targets[place] = Some(target);
            self.cells.push(self.fields[place].no_cells());
        }
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), Fault> {
        let target = self.targets.get(self.next).copied();
        if let Some(Some(target)) = target {
            self.fields[self.next].append_text(self.text.trim(), &mut self.cells[target])?;
        }
        self.next += 1;
        if target.is_none() {
            return Err(
                format!("row {} has more cells than there are fields", self.rows + 1).into(),
            );
        }
        Ok(())
    }

    /// The meaning of the field that is open; that of the table stands before all fields.
    fn describe(&mut self) {
        if let Some(field) = self.fields.last_mut()
            && field.head.description.is_empty()
        {
            let words = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
            field.head.description = words;
        }
    }

    fn end_row(&mut self) -> Result<(), Fault> {
        for place in self.next..self.fields.len() {
            if let Some(target) = self.targets[place] {
                self.fields[place].append_nothing(&mut self.cells[target]);
            }
        }
        self.count_row()
    }

    fn count_row(&mut self) -> Result<(), Fault> {
        self.rows += 1;
        match self.rows % PART {
            0 => self.hand_on(),
            _ => Ok(()),
        }
    }

    fn hand_on(&mut self) -> Result<(), Fault> {
        if let Some(sink) = &mut self.sink {
            sink(&self.cells).map_err(|error| Fault::Catalog(Box::new(error)))?;
            for cells in &mut self.cells {
                *cells = cells.emptied();
            }
        }
        Ok(())
    }

    /// Reads the rows of the stream that begins here.
    fn decode(&mut self, text: impl BufRead, form: Form) -> Result<(), Fault> {
        self.stream = None;
        let mut rows = RowReader::new(text);
        let (fields, targets) = (
            std::mem::take(&mut self.fields),
            std::mem::take(&mut self.targets),
        );
        while rows
            .next_row(form == Form::Binary2, &fields, &targets, &mut self.cells)
            .map_err(|problem| format!("row {}: {problem}", self.rows + 1))?
        {
            self.count_row()?;
        }
        (self.fields, self.targets) = (fields, targets);
        Ok(())
    }

    fn refer(&mut self, reference: &str) {
        let code = match reference.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
                None => digits.parse().ok(),
            },
            None => quick_xml::escape::resolve_predefined_entity(reference)
                .and_then(|text| text.chars().next())
                .map(u32::from),
        };
        // an entity that is not known stands for itself: nothing from outside is expanded
        match code.and_then(char::from_u32) {
            Some(letter) => self.text.push(letter),
            None => self.text.push_str(&format!("&{reference};")),
        }
    }

    fn note_info(&mut self) {
        let Some((name, value)) = self.info.take() else {
            return;
        };
        let words = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let has_room = self.errors.len() < MOST_ERRORS;
        if name == "QUERY_STATUS" && value.eq_ignore_ascii_case("ERROR") {
            self.is_error = true;
            if has_room {
                self.errors.push(words);
            }
        } else if name == "QUERY_STATUS" && value.eq_ignore_ascii_case("OVERFLOW") {
            self.is_cut = true;
        } else if name == "Error" && has_room {
            self.errors.push(value.trim().to_owned());
        }
    }

    fn finish(mut self, path: &std::path::Path) -> Result<RawTable, CatalogError> {
        let has_table = self.stage != Stage::Before;
        if self.is_error || (!has_table && !self.errors.is_empty()) {
            let mut words = self.errors;
            words.retain(|words| !words.is_empty());
            words.dedup();
            return Err(CatalogError::ServerError {
                file: path.to_owned(),
                words: words.join("; ").chars().take(1_000).collect(),
            });
        }
        if self.open > 0 {
            return Err(CatalogError::malformed(
                path,
                format!("row {}", self.rows),
                "the file ends too early",
            ));
        }
        if !has_table {
            return Err(CatalogError::malformed(
                path,
                "its end",
                "there is no table in it",
            ));
        }
        match self.hand_on() {
            Ok(()) => {}
            Err(Fault::Catalog(error)) => return Err(*error),
            Err(Fault::Here(problem)) => {
                return Err(CatalogError::malformed(path, "its end", problem));
            }
        }
        Ok(RawTable {
            columns: self.cells,
            rows: self.rows,
            is_cut: self.is_cut,
            ..RawTable::default()
        })
    }
}

fn field(element: &BytesStart) -> Result<Field, Fault> {
    let name = attribute(element, "name")
        .or_else(|| attribute(element, "ID"))
        .unwrap_or_default();
    let kind = attribute(element, "datatype").unwrap_or_default();
    let size = attribute(element, "arraysize").unwrap_or_default();
    let unit = attribute(element, "unit").unwrap_or_default();
    Ok(Field::new(&name, &unit, &kind, &size)?)
}

fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let attribute = element
        .attributes()
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name.as_bytes())?;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    Some(match value {
        Ok(value) => value.into_owned(),
        Err(_) => String::from_utf8_lossy(&attribute.value).into_owned(),
    })
}
