//! The rows of several products in one table, and back.

use serde_json::{Map, Value};

use crate::photometry::{Column, RawPhotometry, Table, TableError, Text, Values};

/// Column with the sector of a row.
pub(super) const SECTOR: &str = "SECTOR";

/// Column with the product of a row: its place in `products` of `altdata`.
pub(super) const PRODUCT: &str = "PRODUCT";

/// One product: what is known of it, and its rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// As it stands in `products` of `altdata`.
    pub(super) record: Map<String, Value>,
    pub(super) sector: i32,
    pub(super) rows: usize,
    pub(super) columns: Vec<Column>,
}

impl Part {
    /// The word for its pipeline.
    fn label(&self) -> &str {
        self.record
            .get("product")
            .and_then(Value::as_str)
            .unwrap_or("?")
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A table of all rows in the order of the parts, with every column that any part has; and the records of the parts.
///
/// Where a part has no such column, floats are NaN, integers −1, and the description says so. A unit on which the
/// parts disagree is left empty and told in the description.
pub(super) fn table(mut parts: Vec<Part>) -> Result<(Table, Vec<Map<String, Value>>), TableError> {
    let number = |part: usize| i32::try_from(part).unwrap_or(i32::MAX);
    let sectors = parts.iter().flat_map(|part| vec![part.sector; part.rows]);
    let places = (0..)
        .zip(&parts)
        .flat_map(|(place, part)| vec![number(place); part.rows]);
    let ours = [
        (SECTOR, "sector of observation", sectors.collect()),
        (
            PRODUCT,
            "place in `products` of altdata, from 0",
            places.collect(),
        ),
    ];
    let mut table = Table::default();
    for column in columns(&mut parts)? {
        table.push(column)?;
    }
    for (name, description, values) in ours {
        table.push(Column::new(name, "", description, Values::Int32(values)))?;
    }
    Ok((table, parts.into_iter().map(|part| part.record).collect()))
}

/// All columns but the two that are made here.
fn columns(parts: &mut [Part]) -> Result<Vec<Column>, TableError> {
    let is_theirs = |column: &Column| ![SECTOR, PRODUCT].contains(&column.name.as_str());
    if let [only] = parts {
        // as they are: nothing is copied
        only.columns.retain(is_theirs);
        return Ok(std::mem::take(&mut only.columns));
    }
    let mut names: Vec<&str> = Vec::new();
    let all = parts.iter().flat_map(|part| &part.columns);
    for column in all.filter(|column| is_theirs(column)) {
        if !names.contains(&column.name.as_str()) {
            names.push(&column.name);
        }
    }
    names.into_iter().map(|name| joined(name, parts)).collect()
}

fn joined(name: &str, parts: &[Part]) -> Result<Column, TableError> {
    let present: Vec<(&Part, &Column)> = parts
        .iter()
        .filter_map(|part| Some((part, part.column(name)?)))
        .collect();
    let mut kind = None;
    for (_, column) in &present {
        let own = Kind::of(&column.values);
        kind = Some(match kind {
            None => own,
            Some(kind) => own.or_wider(kind).ok_or_else(|| TableError::Type {
                name: name.to_owned(),
                found: "text in one product and numbers in another",
                expected: "one of the two",
            })?,
        });
    }
    let kind = kind.unwrap_or(Kind::Float64);
    let mut values = kind.with_capacity(parts.iter().map(|part| part.rows).sum());
    for part in parts {
        match part.column(name) {
            Some(column) => values.extend_from(&column.values),
            None => values.fill(part.rows),
        }
    }
    let (unit, told) = unit(&present);
    let described = present
        .iter()
        .find(|(_, column)| !column.description.is_empty());
    let mut remarks: Vec<String> = described
        .map(|(_, column)| column.description.clone())
        .into_iter()
        .collect();
    remarks.extend(told);
    if present.len() < parts.len() {
        let fill = match kind {
            Kind::Float32 | Kind::Float64 => "NaN",
            Kind::Int32 | Kind::Int64 => "-1",
            Kind::Boolean => "false",
            Kind::Text => "empty",
        };
        remarks.push(format!("{fill} where a product has no such column"));
    }
    Ok(Column::new(name, &unit, &remarks.join("; "), values))
}

/// The unit on which all agree (blanks do not count), or none and the units by pipeline.
fn unit(present: &[(&Part, &Column)]) -> (String, Option<String>) {
    let plain = |unit: &str| {
        unit.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let Some((_, first)) = present.first() else {
        return (String::new(), None);
    };
    if present
        .iter()
        .all(|(_, column)| plain(&column.unit) == plain(&first.unit))
    {
        return (first.unit.clone(), None);
    }
    let mut told: Vec<String> = Vec::new();
    for (part, column) in present {
        let unit = if column.unit.is_empty() {
            "no unit"
        } else {
            &column.unit
        };
        let words = format!("{unit} in {}", part.label());
        if !told.contains(&words) {
            told.push(words);
        }
    }
    (String::new(), Some(told.join(", ")))
}

/// A product as it stands in the joined table: nothing of it is copied until it is taken.
#[derive(Debug)]
pub(super) struct Joined<'a> {
    pub(super) record: &'a Map<String, Value>,
    pub(super) sector: i32,
    columns: Vec<OwnColumn<'a>>,
    rows: Vec<usize>,
}

/// A column of one product: its own name, unit and description, and the values of all products.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnColumn<'a> {
    pub(super) name: &'a str,
    pub(super) unit: &'a str,
    description: &'a str,
    joined: &'a Values,
}

impl<'a> Joined<'a> {
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn column(&self, name: &str) -> Option<OwnColumn<'a>> {
        let mut columns = self.columns.iter().copied();
        columns.find(|column| column.name == name)
    }

    /// The values of one of its columns.
    pub(super) fn take(&self, column: OwnColumn<'_>) -> Values {
        column.joined.take(&self.rows)
    }

    /// The product by itself, as it was before it was joined.
    fn part(&self) -> Part {
        let columns = self.columns.iter().map(|own| {
            let values = self.take(*own);
            Column::new(own.name, own.unit, own.description, values)
        });
        Part {
            record: self.record.clone(),
            sector: self.sector,
            rows: self.rows(),
            columns: columns.collect(),
        }
    }
}

/// The products of raw photometry with their rows and their own units, as they were before they were joined.
pub(super) fn parts(raw: &RawPhotometry) -> Vec<Part> {
    products(raw).iter().map(Joined::part).collect()
}

/// The products of raw photometry.
pub(super) fn products(raw: &RawPhotometry) -> Vec<Joined<'_>> {
    let products = raw.altdata.get("products").and_then(Value::as_array);
    let Some(Values::Int32(places)) = raw.table.column(PRODUCT).map(|column| &column.values) else {
        return Vec::new();
    };
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); products.map_or(0, Vec::len)];
    for (row, &place) in places.iter().enumerate() {
        if let Some(rows) = usize::try_from(place)
            .ok()
            .and_then(|place| rows_of.get_mut(place))
        {
            rows.push(row);
        }
    }
    products
        .into_iter()
        .flatten()
        .zip(rows_of)
        .filter_map(|(record, rows)| product(raw, record.as_object()?, rows))
        .collect()
}

fn product<'a>(
    raw: &'a RawPhotometry,
    record: &'a Map<String, Value>,
    rows: Vec<usize>,
) -> Option<Joined<'a>> {
    let column = |own: &'a Value| {
        let text = |place: usize| own.get(place).and_then(Value::as_str);
        Some(OwnColumn {
            name: text(0)?,
            unit: text(1)?,
            description: text(2)?,
            joined: &raw.table.column(text(0)?)?.values,
        })
    };
    let own = record.get("columns")?.as_array()?;
    Some(Joined {
        sector: i32::try_from(record.get("sector")?.as_i64()?).ok()?,
        columns: own.iter().map(column).collect::<Option<Vec<_>>>()?,
        record,
        rows,
    })
}

/// Type of a column, the wider the later; text stands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Boolean,
    Int32,
    Int64,
    Float32,
    Float64,
    Text,
}

impl Kind {
    fn of(values: &Values) -> Kind {
        match values {
            Values::Boolean(_) => Kind::Boolean,
            Values::Int32(_) => Kind::Int32,
            Values::Int64(_) => Kind::Int64,
            Values::Float32(_) => Kind::Float32,
            Values::Float64(_) => Kind::Float64,
            Values::Text(_) => Kind::Text,
        }
    }

    /// The type that holds both; none for text and numbers.
    fn or_wider(self, other: Kind) -> Option<Kind> {
        if self == other {
            return Some(self);
        }
        match (self, other) {
            (Kind::Text, _) | (_, Kind::Text) => None,
            (Kind::Float64 | Kind::Float32, _) | (_, Kind::Float64 | Kind::Float32) => {
                Some(Kind::Float64)
            }
            (Kind::Int64, _) | (_, Kind::Int64) => Some(Kind::Int64),
            _ => Some(Kind::Int32),
        }
    }

    /// No values yet, with room for so many.
    fn with_capacity(self, rows: usize) -> Values {
        match self {
            Kind::Boolean => Values::Boolean(Vec::with_capacity(rows)),
            Kind::Int32 => Values::Int32(Vec::with_capacity(rows)),
            Kind::Int64 => Values::Int64(Vec::with_capacity(rows)),
            Kind::Float32 => Values::Float32(Vec::with_capacity(rows)),
            Kind::Float64 => Values::Float64(Vec::with_capacity(rows)),
            Kind::Text => Values::Text(Text::new()),
        }
    }
}

impl Values {
    /// Adds the values of another column, which is of the same type or a narrower one.
    fn extend_from(&mut self, other: &Values) {
        match (self, other) {
            (Values::Boolean(all), Values::Boolean(more)) => all.extend(more),
            (Values::Int32(all), Values::Int32(more)) => all.extend(more),
            (Values::Int32(all), Values::Boolean(more)) => {
                all.extend(more.iter().map(|&value| i32::from(value)));
            }
            (Values::Int64(all), Values::Int64(more)) => all.extend(more),
            (Values::Int64(all), Values::Int32(more)) => {
                all.extend(more.iter().map(|&value| i64::from(value)));
            }
            (Values::Int64(all), Values::Boolean(more)) => {
                all.extend(more.iter().map(|&value| i64::from(value)));
            }
            (Values::Float32(all), Values::Float32(more)) => all.extend(more),
            (Values::Float64(all), Values::Float64(more)) => all.extend(more),
            (Values::Float64(all), other) => all.extend(other.to_floats().unwrap_or_default()),
            (Values::Text(all), Values::Text(more)) => more.iter().for_each(|word| all.push(word)),
            _ => unreachable!("the type was chosen to hold all"),
        }
    }

    /// Adds rows without a value.
    fn fill(&mut self, rows: usize) {
        match self {
            Values::Boolean(all) => all.resize(all.len() + rows, false),
            Values::Int32(all) => all.resize(all.len() + rows, -1),
            Values::Int64(all) => all.resize(all.len() + rows, -1),
            Values::Float32(all) => all.resize(all.len() + rows, f32::NAN),
            Values::Float64(all) => all.resize(all.len() + rows, f64::NAN),
            Values::Text(all) => (0..rows).for_each(|_| all.push("")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn part_of(product: &str, sector: i32, columns: Vec<Column>) -> Part {
        let own: Vec<Value> = columns
            .iter()
            .map(|column| json!([column.name, column.unit, column.description]))
            .collect();
        let record = json!({"product": product, "sector": sector, "columns": own});
        Part {
            record: record.as_object().cloned().unwrap(),
            sector,
            rows: columns[0].values.len(),
            columns,
        }
    }

    fn two() -> [Part; 2] {
        let spoc = part_of(
            "spoc",
            1,
            vec![
                Column::new(
                    "TIME",
                    "BJD - 2457000, days",
                    "time",
                    Values::Float64(vec![1.0, 2.0]),
                ),
                Column::new("SAP_FLUX", "e-/s", "flux", Values::Float32(vec![5.0, 6.0])),
                Column::new("CADENCENO", "", "", Values::Int32(vec![7, 8])),
            ],
        );
        let qlp = part_of(
            "qlp",
            2,
            vec![
                Column::new("TIME", "BJD-2457000, days", "", Values::Float64(vec![3.0])),
                Column::new("SAP_FLUX", "", "", Values::Float32(vec![1.0])),
                Column::new("ORBITID", "", "", Values::Int32(vec![9])),
            ],
        );
        [spoc, qlp]
    }

    #[test]
    fn what_a_product_lacks_is_nan_or_minus_one_and_said() {
        let (table, _) = table(two().into()).unwrap();
        let column = |name: &str| table.column(name).unwrap();
        assert_eq!(column("TIME").values, Values::Float64(vec![1.0, 2.0, 3.0]));
        assert_eq!(column("TIME").unit, "BJD - 2457000, days");
        assert_eq!(column("SAP_FLUX").unit, "");
        assert_eq!(
            column("SAP_FLUX").description,
            "flux; e-/s in spoc, no unit in qlp"
        );
        assert_eq!(column("CADENCENO").values, Values::Int32(vec![7, 8, -1]));
        assert_eq!(column("ORBITID").values, Values::Int32(vec![-1, -1, 9]));
        assert!(
            column("ORBITID")
                .description
                .contains("-1 where a product has no such column")
        );
        assert_eq!(column(SECTOR).values, Values::Int32(vec![1, 1, 2]));
        assert_eq!(column(PRODUCT).values, Values::Int32(vec![0, 0, 1]));
    }

    #[test]
    fn a_joined_table_comes_apart_as_it_was() {
        let before = two();
        let (table, records) = table(before.to_vec()).unwrap();
        let raw = RawPhotometry {
            observatory: "TESS".to_owned(),
            source_name: "star".to_owned(),
            time: None,
            table,
            altdata: json!({"products": records}).as_object().cloned().unwrap(),
        };
        assert_eq!(parts(&raw), before);
    }

    #[test]
    fn text_and_numbers_under_one_name_are_an_error() {
        let mut parts = two();
        parts[1].columns[0].values = Values::Text(["x"].into_iter().collect());
        assert!(matches!(table(parts.into()), Err(TableError::Type { .. })));
    }
}
