//! What of each survey a project has rows of.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::entity::{lightcurve, raw_photometry};
use super::status::names;
use super::{Database, DatabaseError, Outcome};
use crate::photometry::Kind;

/// What of one survey a project has rows of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UsedObservatory {
    /// First and last epoch of the reduced lightcurves (d, as they stand); none without lightcurves.
    pub time_range: Option<[f64; 2]>,
    /// Each word that stands as `product` in their altdata.
    pub products: BTreeSet<String>,
}

impl Database {
    /// The observatories that have data of the project's sources, by name, and what of them it has.
    pub async fn used_observatories(
        &self,
        project_id: i64,
    ) -> Result<BTreeMap<String, UsedObservatory>, DatabaseError> {
        self.retry("looking what was used", || self.used(project_id))
            .await
    }

    async fn used(&self, project_id: i64) -> Result<BTreeMap<String, UsedObservatory>, DbErr> {
        let connection = &self.connection;
        let with_data: Vec<String> = {
            use raw_photometry::{Column, Entity};
            Entity::find()
                .select_only()
                .column(Column::Observatory)
                .distinct()
                .filter(Column::Outcome.eq(Outcome::Ok))
                .filter(Column::SourceName.in_subquery(names(project_id)))
                .into_tuple()
                .all(connection)
                .await?
        };
        let named = |name: String| (name, UsedObservatory::default());
        let mut used: BTreeMap<String, UsedObservatory> =
            with_data.into_iter().map(named).collect();
        use lightcurve::{Column, Entity};
        let reduced = Entity::find()
            .select_only()
            .column(Column::Observatory)
            .filter(Column::ProjectId.eq(project_id))
            .filter(Column::Kind.eq(Kind::Reduced.as_str()));
        let ranges: Vec<(String, Option<f64>, Option<f64>)> = reduced
            .clone()
            .expr(Column::TimeStart.min())
            .expr(Column::TimeEnd.max())
            .group_by(Column::Observatory)
            .into_tuple()
            .all(connection)
            .await?;
        for (observatory, first, last) in ranges {
            used.entry(observatory).or_default().time_range = first.zip(last).map(|(a, b)| [a, b]);
        }
        // both databases spell it so
        let products: Vec<(String, Option<String>)> = reduced
            .expr(Expr::cust("altdata ->> 'product'"))
            .distinct()
            .into_tuple()
            .all(connection)
            .await?;
        for (observatory, product) in products {
            used.entry(observatory)
                .or_default()
                .products
                .extend(product);
        }
        Ok(used)
    }
}
