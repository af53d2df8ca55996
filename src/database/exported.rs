//! What an export has to know before its first row: which groups of lightcurves there are, of which releases, and where on the
//! sky.

use std::collections::HashMap;

use futures::stream::BoxStream;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{lightcurve, source};
use super::walk::Page;
use super::{Database, DatabaseError};
use crate::photometry::Kind;

/// Lightcurves of one observatory with fluxes in one unit and times in one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LightcurveGroup {
    pub observatory: String,
    /// The first and the last of their sources by name.
    pub source_names: [String; 2],
    pub lightcurves: u64,
    pub epochs: u64,
}

/// Where a source is, and how many epochs it has.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcePlace {
    pub name: String,
    /// HEALPix cell, nested, order 29.
    pub healpix: u64,
    /// Degrees, ICRS.
    pub ra: f64,
    pub dec: f64,
    /// Of its lightcurves of the kind that was asked for.
    pub epochs: u64,
}

/// Id, name, HEALPix cell, RA, Dec.
type PlaceTuple = (i64, String, i64, f64, f64);

type GroupTuple = (String, Option<String>, Option<String>, i64, i64);

impl Database {
    /// The groups of a project's lightcurves of one kind, in a fixed order.
    pub async fn lightcurve_groups(
        &self,
        project_id: i64,
        kind: Kind,
    ) -> Result<Vec<LightcurveGroup>, DatabaseError> {
        use lightcurve::{Column, Entity};
        let keys = [
            Column::Observatory,
            Column::FluxUnit,
            Column::TimeFormat,
            Column::TimeScale,
            Column::TimeReference,
            Column::TimeAlignment,
        ];
        let rows: Vec<GroupTuple> = self
            .retry("looking for groups of lightcurves", || {
                // PostgreSQL would widen the sum to a decimal
                let epochs = Expr::col((Entity, Column::Number)).sum();
                let epochs = Expr::expr(epochs).cast_as(Alias::new("bigint"));
                let query = Entity::find()
                    .select_only()
                    .column(Column::Observatory)
                    .expr(Column::SourceName.min())
                    .expr(Column::SourceName.max())
                    .expr(Column::Id.count())
                    .expr(epochs)
                    .filter(Column::ProjectId.eq(project_id))
                    .filter(Column::Kind.eq(kind.as_str()));
                let query = keys
                    .into_iter()
                    .fold(query, |query, key| query.group_by(key).order_by_asc(key));
                query.into_tuple().all(&self.connection)
            })
            .await?;
        let number = |value: i64| u64::try_from(value).unwrap_or_default();
        let groups = rows.into_iter();
        Ok(groups
            .map(
                |(observatory, first, last, lightcurves, epochs)| LightcurveGroup {
                    observatory,
                    source_names: [first, last].map(Option::unwrap_or_default),
                    lightcurves: number(lightcurves),
                    epochs: number(epochs),
                },
            )
            .collect())
    }

    /// The places of a project's sources, as a stream that holds a page at a time; epochs are those of lightcurves of a
    /// kind, or none.
    pub fn source_places(
        &self,
        project_id: i64,
        kind: Option<Kind>,
    ) -> BoxStream<'static, Result<SourcePlace, DatabaseError>> {
        let pages = self.walk(project_id, None);
        self.rows_of_pages(pages, move |database, page| async move {
            database.places_of(&page, kind).await
        })
    }

    async fn places_of(
        &self,
        page: &Page,
        kind: Option<Kind>,
    ) -> Result<Vec<SourcePlace>, DatabaseError> {
        let ids = || page.ids.iter().copied();
        let places: Vec<PlaceTuple> = self
            .retry("listing places of sources", || {
                use source::{Column, Entity};
                Entity::find()
                    .select_only()
                    .columns([
                        Column::Id,
                        Column::Name,
                        Column::Healpix,
                        Column::Ra,
                        Column::Dec,
                    ])
                    .filter(Column::Id.is_in(ids()))
                    .order_by_asc(Column::CatalogRow)
                    .order_by_asc(Column::Id)
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        let mut epochs: HashMap<i64, i64> = HashMap::new();
        if let Some(kind) = kind {
            use lightcurve::{Column, Entity};
            let counts: Vec<(i64, i64)> = self
                .retry("counting epochs", || {
                    Entity::find()
                        .select_only()
                        .column(Column::SourceId)
                        .column(Column::Number)
                        .filter(Column::SourceId.is_in(ids()))
                        .filter(Column::Kind.eq(kind.as_str()))
                        .into_tuple()
                        .all(&self.connection)
                })
                .await?;
            for (id, number) in counts {
                *epochs.entry(id).or_default() += number;
            }
        }
        let unsigned = |value: i64| u64::try_from(value).unwrap_or_default();
        let places = places.into_iter();
        Ok(places
            .map(|(id, name, healpix, ra, dec)| SourcePlace {
                name,
                healpix: unsigned(healpix),
                ra,
                dec,
                epochs: epochs.get(&id).copied().map_or(0, unsigned),
            })
            .collect())
    }
}
