//! Tables, and the columns that each of them has.

use crate::photometry::Kind;

/// The tables that can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Targets that the project has taken up.
    Sources,
    /// What observatories answered.
    Raw,
    /// Lightcurves of this kind; none: of all.
    Lightcurves(Option<Kind>),
    /// Events that were found.
    Detections,
    /// Simulated events, found or not.
    Injections,
    /// What describes each analysed source over all its lightcurves.
    Properties,
    /// Sources that failed, and at which stage: `fetch`, `reduce` or `analyze`.
    Failures,
}

impl Table {
    /// Its name as the user says it.
    pub fn name(self) -> &'static str {
        match self {
            Table::Sources => "sources",
            Table::Raw => "raw",
            Table::Lightcurves(_) => "lightcurves",
            Table::Detections => "detections",
            Table::Injections => "injections",
            Table::Properties => "properties",
            Table::Failures => "failures",
        }
    }
}

/// What the values of a column are. Any of them may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Any text.
    Text,
    /// Up to 64 bits.
    Integer,
    /// A double.
    Number,
    /// True or false.
    Boolean,
    /// An object or a list, which no condition looks into.
    Json,
}

impl ColumnKind {
    pub(super) fn words(self) -> &'static str {
        match self {
            ColumnKind::Text => "text",
            ColumnKind::Integer | ColumnKind::Number => "a number",
            ColumnKind::Boolean => "true or false",
            ColumnKind::Json => "JSON",
        }
    }
}

/// Whose column it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The table's own: it is in the rows.
    Table,
    /// Of the source that the row belongs to: conditions and orders may name it.
    Source,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name in the database.
    pub name: &'static str,
    /// What its values are.
    pub kind: ColumnKind,
    /// The table's own, or of the source.
    pub owner: Owner,
}

/// The columns of a table, in its order, then what may be asked of the source of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    table: &'static str,
    columns: Vec<Column>,
}

/// What conditions on rows of other tables may say of their source.
const OF_THE_SOURCE: [(&str, ColumnKind); 4] = [
    ("ra", ColumnKind::Number),
    ("dec", ColumnKind::Number),
    ("mag", ColumnKind::Number),
    ("catalog_row", ColumnKind::Integer),
];

/// The name of a source, in its own table and in all others.
const NAMES: [&str; 2] = ["name", "source_name"];

impl Columns {
    /// Of a table with these columns of its own.
    pub fn new(table: Table, own: impl IntoIterator<Item = (&'static str, ColumnKind)>) -> Columns {
        let column = |owner| move |(name, kind)| Column { name, kind, owner };
        let mut columns: Vec<Column> = own.into_iter().map(column(Owner::Table)).collect();
        for (name, kind) in OF_THE_SOURCE {
            if !columns.iter().any(|known| known.name == name) {
                columns.push(column(Owner::Source)((name, kind)));
            }
        }
        Columns {
            table: table.name(),
            columns,
        }
    }

    /// Name of the table as the user says it.
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// Those that are in the rows.
    pub fn own(&self) -> impl Iterator<Item = &Column> {
        let columns = self.columns.iter();
        columns.filter(|column| column.owner == Owner::Table)
    }

    /// Those that conditions may name.
    pub fn all(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter()
    }

    /// The column of that name, in any case. The name of the source is `name` and `source_name` everywhere.
    pub fn find(&self, name: &str) -> Option<&Column> {
        let called = |wanted: &str| {
            let mut columns = self.columns.iter();
            columns.find(|column| column.name.eq_ignore_ascii_case(wanted))
        };
        called(name).or_else(|| {
            let is_name = NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
            NAMES.into_iter().filter(|_| is_name).find_map(called)
        })
    }

    /// The name that is most like this one, if any is.
    pub(super) fn nearest(&self, name: &str) -> Option<&'static str> {
        const LIKE_ENOUGH: f64 = 0.5;
        let name = name.to_ascii_lowercase();
        let likeness = |column: &Column| strsim::normalized_damerau_levenshtein(&name, column.name);
        let best = self.columns.iter().map(|column| (likeness(column), column));
        best.max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
            .map(|(_, column)| column.name)
    }
}

#[cfg(test)]
pub(super) fn detections() -> Columns {
    Columns::new(
        Table::Detections,
        [
            ("source_name", ColumnKind::Text),
            ("filter", ColumnKind::Text),
            ("simulated", ColumnKind::Boolean),
            ("peak_epoch", ColumnKind::Integer),
            ("time", ColumnKind::Number),
            ("snr", ColumnKind::Number),
            ("parts", ColumnKind::Json),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_the_source_stand_behind_those_of_the_table() {
        let columns = detections();
        let own: Vec<&str> = columns.own().map(|column| column.name).collect();
        assert_eq!(own.len(), 7);
        let ra = columns.find("RA").unwrap();
        assert_eq!((ra.name, ra.owner), ("ra", Owner::Source));
        assert_eq!(columns.find("name").unwrap().name, "source_name");
        assert_eq!(columns.find("nam"), None);
    }

    #[test]
    fn the_own_column_hides_that_of_the_source() {
        let columns = Columns::new(Table::Sources, [("mag", ColumnKind::Number)]);
        assert_eq!(columns.find("mag").unwrap().owner, Owner::Table);
        assert_eq!(columns.all().count(), 4);
    }

    #[test]
    fn a_misspelt_name_finds_the_nearest() {
        assert_eq!(detections().nearest("snrr"), Some("snr"));
        assert_eq!(detections().nearest("Sourcename"), Some("source_name"));
        assert_eq!(detections().nearest("qqqqqqqq"), None);
    }
}
