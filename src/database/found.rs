//! What analyses have found: detections, simulated events, properties, and how much was searched for them.

use std::collections::{BTreeMap, HashMap};

use futures::stream::BoxStream;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::entity::{detection, filter_properties, injection, properties};
use super::list::{row, with_row};
use super::walk::Page;
use super::{AnalysisOutcome, Database, DatabaseError, Row, RowFilter};
use crate::analysis::{Exposure, Trial};

/// A simulated event, found or not, as the efficiency and the rates count it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTrial {
    /// Its filters are joined by commas.
    pub trial: Trial,
    /// How long the time is of which that of its peak was drawn (d); NaN if that is not known.
    pub searched: f64,
    /// Each of the filters, and whether the event was found in it.
    pub filters: BTreeMap<String, bool>,
}

impl StoredTrial {
    /// A trial for each filter, recovered if it was found there.
    pub fn by_filter(&self) -> impl Iterator<Item = Trial> {
        self.filters.iter().map(|(filter, &recovered)| Trial {
            recovered,
            filter: filter.clone(),
            ..self.trial.clone()
        })
    }
}

/// Source, S/N, magnitude, width, searched time, filter, recovered, filters.
type TrialTuple = (
    i64,
    Option<f64>,
    Option<f64>,
    Option<f64>,
    Option<f64>,
    String,
    bool,
    serde_json::Value,
);

impl Database {
    /// The detections of a project's sources, as a stream that holds a page at a time: in the order of the catalog,
    /// the real ones of a source first.
    pub fn list_detections(
        &self,
        project_id: i64,
        filter: &RowFilter,
    ) -> BoxStream<'static, Result<Row, DatabaseError>> {
        self.listed(project_id, filter, async |database, page, filter| {
            database.detections_of(&page, &filter).await
        })
    }

    /// The simulated events of a project's sources, in the same way.
    pub fn list_injections(
        &self,
        project_id: i64,
        filter: &RowFilter,
    ) -> BoxStream<'static, Result<Row, DatabaseError>> {
        self.listed(project_id, filter, async |database, page, filter| {
            database.injections_of(&page, &filter).await
        })
    }

    /// The properties of a project's sources, in the same way; `filters` of each is a list, a row for each filter.
    pub fn list_properties(
        &self,
        project_id: i64,
        filter: &RowFilter,
    ) -> BoxStream<'static, Result<Row, DatabaseError>> {
        let pages = self.walk(project_id, filter.source_names.as_deref());
        self.rows_of_pages(pages, |database, page| async move {
            database.properties_of(&page).await
        })
    }

    /// All simulated events of a project, in the same order, as trials of the efficiency.
    pub fn trials(
        &self,
        project_id: i64,
    ) -> BoxStream<'static, Result<StoredTrial, DatabaseError>> {
        let pages = self.walk(project_id, None);
        self.rows_of_pages(pages, |database, page| async move {
            database.trials_of(&page).await
        })
    }

    /// Detections in the lightcurves as they were observed, all of whose epochs pass the cuts.
    pub async fn good_detections(&self, project_id: i64) -> Result<u64, DatabaseError> {
        use detection::{Column, Entity};
        self.retry("counting detections", || {
            Entity::find()
                .filter(Column::ProjectId.eq(project_id))
                .filter(Column::Simulated.eq(false))
                .filter(Column::QualityFlag.eq(false))
                .count(&self.connection)
        })
        .await
    }

    /// The fingerprints of a project's analyses, and how many sources have each.
    pub async fn analysis_fingerprints(
        &self,
        project_id: i64,
    ) -> Result<Vec<(String, u64)>, DatabaseError> {
        use properties::{Column, Entity};
        let rows: Vec<(String, i64)> = self
            .retry("counting analyses", || {
                Entity::find()
                    .select_only()
                    .column(Column::Fingerprint)
                    .expr(Column::Id.count())
                    .filter(Column::ProjectId.eq(project_id))
                    .filter(Column::Outcome.eq(AnalysisOutcome::Ok))
                    .group_by(Column::Fingerprint)
                    .order_by_asc(Column::Fingerprint)
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        let counted = rows.into_iter();
        Ok(counted
            .map(|(fingerprint, sources)| (fingerprint, u64::try_from(sources).unwrap_or_default()))
            .collect())
    }

    /// What was searched, over all sources of a project that are analysed.
    pub async fn searched(&self, project_id: i64) -> Result<Exposure, DatabaseError> {
        use properties::{Column, Entity};
        let total = |column: Column| {
            // PostgreSQL would widen it to a decimal
            let sum = Func::coalesce([Expr::col((Entity, column)).sum(), 0.into()]);
            Expr::expr(sum).cast_as(Alias::new("bigint"))
        };
        let sums: Option<(i64, i64, i64, i64, i64, i64, i64)> = self
            .retry("adding up what was searched", || {
                Entity::find()
                    .select_only()
                    .expr(Column::Id.count())
                    .expr(total(Column::Lightcurves))
                    .expr(total(Column::Epochs))
                    .expr(total(Column::GoodEpochs))
                    .expr(total(Column::OpenMs))
                    .expr(total(Column::WatchedMs))
                    .expr(total(Column::SpanMs))
                    .filter(Column::ProjectId.eq(project_id))
                    .filter(Column::Outcome.eq(AnalysisOutcome::Ok))
                    .into_tuple()
                    .one(&self.connection)
            })
            .await?;
        let number = |value: i64| u64::try_from(value).unwrap_or_default();
        let (sources, lightcurves, epochs, good_epochs, open_ms, watched_ms, span_ms) =
            sums.unwrap_or_default();
        Ok(Exposure {
            sources: number(sources),
            lightcurves: number(lightcurves),
            epochs: number(epochs),
            good_epochs: number(good_epochs),
            open_ms: number(open_ms),
            watched_ms: number(watched_ms),
            span_ms: number(span_ms),
        })
    }

    /// Sources with an analysis that found a good epoch in them.
    pub async fn sources_with_good_epochs(&self, project_id: i64) -> Result<u64, DatabaseError> {
        use properties::{Column, Entity};
        self.retry("counting sources with good epochs", || {
            Entity::find()
                .filter(Column::ProjectId.eq(project_id))
                .filter(Column::Outcome.eq(AnalysisOutcome::Ok))
                .filter(Column::GoodEpochs.gt(0))
                .count(&self.connection)
        })
        .await
    }

    async fn detections_of(
        &self,
        page: &Page,
        filter: &RowFilter,
    ) -> Result<Vec<Row>, DatabaseError> {
        use detection::{Column, Entity};
        let query = Entity::find()
            .filter(Column::SourceId.is_in(page.ids.iter().copied()))
            .apply_if(filter.simulated, |query, simulated| {
                query.filter(Column::Simulated.eq(simulated))
            })
            .apply_if(filter.observatory.as_deref(), |query, observatory| {
                query.filter(Column::Observatory.eq(observatory))
            })
            .order_by_asc(Column::InjectionNumber)
            .order_by_asc(Column::DetectionNumber);
        let rows = self
            .retry("listing detections", || query.clone().all(&self.connection))
            .await?;
        Ok(by_source(page, rows, |row| row.source_id)
            .map(|model| row(&model))
            .collect())
    }

    async fn injections_of(
        &self,
        page: &Page,
        filter: &RowFilter,
    ) -> Result<Vec<Row>, DatabaseError> {
        use injection::{Column, Entity};
        let query = Entity::find()
            .filter(Column::SourceId.is_in(page.ids.iter().copied()))
            .apply_if(filter.recovered, |query, recovered| {
                query.filter(Column::Recovered.eq(recovered))
            })
            .order_by_asc(Column::InjectionNumber);
        let rows = self
            .retry("listing injections", || query.clone().all(&self.connection))
            .await?;
        Ok(by_source(page, rows, |row| row.source_id)
            .map(|model| row(&model))
            .collect())
    }

    async fn properties_of(&self, page: &Page) -> Result<Vec<Row>, DatabaseError> {
        let ids = || page.ids.iter().copied();
        let rows = self
            .retry("listing properties", || {
                properties::Entity::find()
                    .filter(properties::Column::SourceId.is_in(ids()))
                    .all(&self.connection)
            })
            .await?;
        let filters = self
            .retry("listing properties", || {
                filter_properties::Entity::find()
                    .filter(filter_properties::Column::SourceId.is_in(ids()))
                    .order_by_asc(filter_properties::Column::Observatory)
                    .order_by_asc(filter_properties::Column::Filter)
                    .order_by_asc(filter_properties::Column::FluxUnit)
                    .all(&self.connection)
            })
            .await?;
        let mut of_source: HashMap<i64, Vec<Row>> = HashMap::new();
        for filter in filters {
            let rows = of_source.entry(filter.source_id).or_default();
            rows.push(row(&filter));
        }
        let rows = by_source(page, rows, |row| row.source_id);
        let rows = rows.map(|model| {
            let filters = of_source.remove(&model.source_id).unwrap_or_default();
            with_row(row(&model), "filters", filters)
        });
        Ok(rows.collect())
    }

    async fn trials_of(&self, page: &Page) -> Result<Vec<StoredTrial>, DatabaseError> {
        use injection::{Column, Entity};
        let rows: Vec<TrialTuple> = self
            .retry("listing injections", || {
                Entity::find()
                    .select_only()
                    .columns([
                        Column::SourceId,
                        Column::SnrExpected,
                        Column::Magnitude,
                        Column::Width,
                        Column::Searched,
                        Column::Filter,
                        Column::Recovered,
                        Column::Filters,
                    ])
                    .filter(Column::SourceId.is_in(page.ids.iter().copied()))
                    .order_by_asc(Column::InjectionNumber)
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        Ok(by_source(page, rows, |row| row.0)
            .map(stored_trial)
            .collect())
    }
}

fn stored_trial(row: TrialTuple) -> StoredTrial {
    let (_, snr, magnitude, width, searched, filter, recovered, filters) = row;
    let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
    StoredTrial {
        trial: Trial {
            recovered,
            snr: number(snr),
            magnitude: number(magnitude),
            width: number(width),
            filter,
        },
        searched: number(searched),
        // it was written from such a map
        filters: serde_json::from_value(filters).unwrap_or_default(),
    }
}

/// Rows in the order of their sources in the page, those of one source as they came.
fn by_source<T>(page: &Page, mut rows: Vec<T>, id: impl Fn(&T) -> i64) -> std::vec::IntoIter<T> {
    let places: HashMap<i64, usize> = page.ids.iter().copied().zip(0..).collect();
    rows.sort_by_key(|row| places.get(&id(row)).copied());
    rows.into_iter()
}
