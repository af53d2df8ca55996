//! The statement that gives the rows of a [`Selection`].

use sea_orm::sea_query::{
    Alias, Cond, Expr, ExprTrait, IntoTableRef, JoinType, NullOrdering, Order, Query,
    SelectStatement, UnionType,
};
use sea_orm::{DbBackend, EntityTrait};

use super::super::entity::{
    detection, injection, lightcurve, properties, raw_photometry, reduction, source,
};
use super::condition::Names;
use super::records::Stored;
use super::{stored, table_name};
use crate::query::{Cone, Direction, Owner, Selection, SortKey, Table};

/// What is known of a failure, whatever the stage.
pub(super) const FAILURE_COLUMNS: [(&str, Stored); 7] = [
    ("source_name", Stored::Text),
    ("observatory", Stored::Text),
    ("stage", Stored::Text),
    ("error_class", Stored::Text),
    ("message", Stored::Text),
    ("attempts", Stored::Small),
    ("requested_at", Stored::Text),
];

/// The table whose rows come out, and the sources of a project.
const TABLE: &str = "t";
const SOURCES: &str = "s";

pub(super) struct Statement<'a> {
    pub backend: DbBackend,
    pub project_id: i64,
    pub observatories: &'a [&'a str],
    pub table: Table,
    pub selection: &'a Selection,
}

impl Statement<'_> {
    /// Columns of the table in its order; with a cone, right ascension and declination of the source behind them.
    pub(super) fn build(&self) -> SelectStatement {
        let mut select = Query::select();
        for (name, _) in stored(self.table) {
            select.column((TABLE, name));
        }
        let sources = match self.table {
            Table::Sources => TABLE,
            _ => SOURCES,
        };
        let names = Names {
            backend: self.backend,
            table: TABLE,
            sources,
        };
        select.from_as(table_name::<source::Entity>(), sources);
        self.join(&mut select);
        self.restrict_to_project(&mut select, sources);
        if let Table::Lightcurves(Some(kind)) = self.table {
            select.and_where(Expr::col((TABLE, "kind")).eq(kind.as_str()));
        }
        if let Some(condition) = &self.selection.condition {
            select.cond_where(names.condition(condition));
        }
        if let Some(cone) = &self.selection.cone {
            select.column((sources, "ra")).column((sources, "dec"));
            if let Some(cells) = near(cone) {
                select.and_where(Expr::col((sources, "id")).in_subquery(cells));
            }
        }
        for key in &self.selection.sort {
            let order = match key.direction {
                Direction::Up => Order::Asc,
                Direction::Down => Order::Desc,
            };
            let column = names.ordered(&key.column);
            select.order_by_expr_with_nulls(column, order, NullOrdering::Last);
        }
        for column in ["catalog_row", "id"] {
            select.order_by((sources, column), Order::Asc);
        }
        for column in self.order_within_source() {
            select.order_by((TABLE, *column), Order::Asc);
        }
        // a cone is measured when the rows are here, and the limit counts what is left
        if let (Some(limit), None) = (self.selection.limit, &self.selection.cone) {
            select.limit(limit);
        }
        select
    }

    /// SQLite would rather go through all sources of a project, which stand in the order that is wanted, than to the few
    /// in a cone: an expression is no way to go for it. Detections are found by their S/N within their project; without
    /// an order of their own they would then all be sorted.
    fn restrict_to_project(&self, select: &mut SelectStatement, sources: &'static str) {
        let project = Expr::col((sources, "project_id"));
        let project = match self.selection.cone.as_ref().and_then(near) {
            Some(_) => Expr::val(0i64).add(project),
            None => project,
        };
        select.and_where(project.eq(self.project_id));
        let by_own_column = |key: &SortKey| key.column.owner == Owner::Table;
        let first = self.selection.sort.first();
        if self.table == Table::Detections && first.is_some_and(by_own_column) {
            select.and_where(Expr::col((TABLE, "project_id")).eq(self.project_id));
        }
    }

    fn join(&self, select: &mut SelectStatement) {
        let by_id = || Expr::col((TABLE, "source_id")).equals((SOURCES, "id"));
        let (table, on) = match self.table {
            Table::Sources => return,
            Table::Raw => (
                table_name::<raw_photometry::Entity>(),
                Expr::col((TABLE, "source_name")).equals((SOURCES, "name")),
            ),
            Table::Lightcurves(_) => (table_name::<lightcurve::Entity>(), by_id()),
            Table::Detections => (table_name::<detection::Entity>(), by_id()),
            Table::Injections => (table_name::<injection::Entity>(), by_id()),
            Table::Properties => (table_name::<properties::Entity>(), by_id()),
            Table::Failures => {
                select.join_subquery(JoinType::InnerJoin, self.failures(), TABLE, by_id());
                return;
            }
        };
        let table = table.into_table_ref().alias(TABLE);
        select.join(JoinType::InnerJoin, table, on);
    }

    /// Behind the place in the catalog.
    fn order_within_source(&self) -> &'static [&'static str] {
        match self.table {
            Table::Sources | Table::Properties => &[],
            Table::Raw => &["observatory"],
            Table::Lightcurves(_) => &["observatory", "kind", "series_number", "injection_number"],
            Table::Detections => &["injection_number", "detection_number"],
            Table::Injections => &["injection_number"],
            Table::Failures => &["stage_number", "observatory"],
        }
    }

    /// What failed at each stage, as one table.
    fn failures(&self) -> SelectStatement {
        let at_observatories = || {
            let names = self.observatories.iter().copied();
            Expr::col((TABLE, "observatory")).is_in(names)
        };
        let mut fetch = self.failed::<raw_photometry::Entity>("fetch", 0, "name", "source_name");
        fetch
            .and_where(at_observatories())
            .columns([
                (TABLE, "error_class"),
                (TABLE, "message"),
                (TABLE, "attempts"),
            ])
            .column((TABLE, "requested_at"))
            .column((TABLE, "observatory"));
        let mut reduce = self.failed::<reduction::Entity>("reduce", 1, "id", "source_id");
        later(reduce.and_where(at_observatories())).column((TABLE, "observatory"));
        let mut analyze = self.failed::<properties::Entity>("analyze", 2, "id", "source_id");
        later(&mut analyze).expr_as(Expr::val(""), "observatory");
        fetch
            .union(UnionType::All, reduce)
            .union(UnionType::All, analyze)
            .to_owned()
    }

    /// Rows of a table whose outcome is `failed`, and whose `key` is that of a source.
    fn failed<E: EntityTrait>(
        &self,
        stage: &'static str,
        number: i32,
        source_key: &'static str,
        key: &'static str,
    ) -> SelectStatement {
        let table = table_name::<E>().into_table_ref().alias(TABLE);
        let on = Expr::col((TABLE, key)).equals((SOURCES, source_key));
        Query::select()
            .expr_as(Expr::col((SOURCES, "id")), "source_id")
            .expr_as(Expr::col((SOURCES, "name")), "source_name")
            .expr_as(Expr::val(stage).cast_as(Alias::new("text")), "stage")
            .expr_as(Expr::val(number), "stage_number")
            .from_as(table_name::<source::Entity>(), SOURCES)
            .join(JoinType::InnerJoin, table, on)
            .and_where(Expr::col((SOURCES, "project_id")).eq(self.project_id))
            .and_where(Expr::col((TABLE, "outcome")).eq("failed"))
            .to_owned()
    }
}

/// What is known of failures of later stages: attempts and times are of asking archives.
fn later(select: &mut SelectStatement) -> &mut SelectStatement {
    let none = |kind: &'static str| Expr::cust("NULL").cast_as(Alias::new(kind));
    select
        .expr_as(none("text"), "error_class")
        .column((TABLE, "message"))
        .expr_as(none("integer"), "attempts")
        .expr_as(none("text"), "requested_at")
}

/// Ids of the sources in the cells of a cone; none if it is so wide that looking at every source is not slower.
fn near(cone: &Cone) -> Option<SelectStatement> {
    const CELLS: &str = "c";
    const SKY: u64 = 12 << 58;
    let ranges = cone.cells();
    if ranges
        .iter()
        .map(|cells| cells.end - cells.start)
        .sum::<u64>()
        > SKY / 16
    {
        return None;
    }
    let cell = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let ranges = ranges.into_iter().map(|cells| {
        Cond::all()
            .add(Expr::col((CELLS, "healpix")).gte(cell(cells.start)))
            .add(Expr::col((CELLS, "healpix")).lt(cell(cells.end)))
    });
    let select = Query::select()
        .column((CELLS, "id"))
        .from_as(table_name::<source::Entity>(), CELLS)
        .cond_where(ranges.fold(Cond::any(), Cond::add))
        .to_owned();
    Some(select)
}
