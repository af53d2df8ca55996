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

/// A table of all rows in the order of the parts, with every column that any part has.
///
/// Where a part has no such column, floats are NaN, integers −1, and the description says so. A unit on which the
/// parts disagree is left empty and told in the description.
pub(super) fn table(parts: &[Part]) -> Result<Table, TableError> {
    let mut names: Vec<&str> = Vec::new();
    for column in parts.iter().flat_map(|part| &part.columns) {
        // the two columns that are made here
        let is_ours = [SECTOR, PRODUCT].contains(&column.name.as_str());
        if !is_ours && !names.contains(&column.name.as_str()) {
            names.push(&column.name);
        }
    }
    let mut table = Table::default();
    for name in names {
        table.push(joined(name, parts)?)?;
    }
    let number = |part: usize| i32::try_from(part).unwrap_or(i32::MAX);
    let sectors = parts.iter().flat_map(|part| vec![part.sector; part.rows]);
    let places = (0..)
        .zip(parts)
        .flat_map(|(place, part)| vec![number(place); part.rows]);
    for (name, description, values) in [
        (SECTOR, "sector of observation", sectors.collect()),
        (
            PRODUCT,
            "place in `products` of altdata, from 0",
            places.collect(),
        ),
    ] {
        table.push(Column::new(name, "", description, Values::Int32(values)))?;
    }
    Ok(table)
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
    let mut values = kind.none();
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

/// The products of raw photometry with their rows and their own units, as they were before they were joined.
pub(super) fn parts(raw: &RawPhotometry) -> Vec<Part> {
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
        .filter_map(|(record, rows)| part(raw, record.as_object()?, &rows))
        .collect()
}

fn part(raw: &RawPhotometry, record: &Map<String, Value>, rows: &[usize]) -> Option<Part> {
    let own = record.get("columns")?.as_array()?;
    let column = |own: &Value| {
        let text = |place: usize| own.get(place).and_then(Value::as_str);
        let joined = raw.table.column(text(0)?)?;
        Some(Column::new(
            text(0)?,
            text(1)?,
            text(2)?,
            joined.values.take(rows),
        ))
    };
    Some(Part {
        sector: i32::try_from(record.get("sector")?.as_i64()?).ok()?,
        rows: rows.len(),
        columns: own.iter().map(column).collect::<Option<Vec<_>>>()?,
        record: record.clone(),
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

    fn none(self) -> Values {
        match self {
            Kind::Boolean => Values::Boolean(Vec::new()),
            Kind::Int32 => Values::Int32(Vec::new()),
            Kind::Int64 => Values::Int64(Vec::new()),
            Kind::Float32 => Values::Float32(Vec::new()),
            Kind::Float64 => Values::Float64(Vec::new()),
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
        let table = table(&two()).unwrap();
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
        let records: Vec<Value> = before.iter().map(|part| json!(part.record)).collect();
        let raw = RawPhotometry {
            observatory: "TESS".to_owned(),
            source_name: "star".to_owned(),
            time: None,
            table: table(&before).unwrap(),
            altdata: json!({"products": records}).as_object().cloned().unwrap(),
        };
        assert_eq!(parts(&raw), before);
    }

    #[test]
    fn text_and_numbers_under_one_name_are_an_error() {
        let mut parts = two();
        parts[1].columns[0].values = Values::Text(["x"].into_iter().collect());
        assert!(matches!(table(&parts), Err(TableError::Type { .. })));
    }
}
