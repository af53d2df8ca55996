//! How each source of a project stands, all observatories together: what a map shows.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::entity::{detection, properties, raw_photometry, reduction, source};
use super::{AnalysisOutcome, Database, DatabaseError, Outcome, ReductionOutcome};

/// How a source of a project stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceStanding {
    pub name: String,
    /// Degrees, ICRS.
    pub ra: f64,
    pub dec: f64,
    /// Row of the catalog; behind its end for a source that the project has taken up beside it.
    pub catalog_row: u64,
    /// It has a detection in the lightcurves as they were observed.
    pub detected: bool,
    /// Asking, reducing or analysing it failed.
    pub failed: bool,
    /// An observatory has photometry of it.
    pub has_photometry: bool,
    /// An observatory was asked, or passed over because of a rule.
    pub asked: bool,
}

/// Id, name, RA, Dec, catalog row.
type SourceTuple = (i64, String, f64, f64, i64);

impl Database {
    /// How the sources of a project stand at these observatories, in the order of the catalog. All in memory: some
    /// hundred bytes a source.
    pub async fn standings(
        &self,
        project_id: i64,
        observatories: &[&str],
    ) -> Result<Vec<SourceStanding>, DatabaseError> {
        let sources = self.located_sources(project_id).await?;
        let outcomes = self.outcomes(project_id, observatories).await?;
        let failed = self.failed_later(project_id, observatories).await?;
        let detected = self.detected(project_id).await?;
        let standing = |(id, name, ra, dec, row): SourceTuple| {
            let of_name = outcomes.get(&name);
            let has = |outcome| of_name.is_some_and(|outcomes| outcomes.contains(&outcome));
            SourceStanding {
                ra,
                dec,
                catalog_row: u64::try_from(row).unwrap_or_default(),
                detected: detected.contains(&id),
                failed: has(Outcome::Failed) || failed.contains(&id),
                has_photometry: has(Outcome::Ok),
                asked: of_name.is_some(),
                name,
            }
        };
        Ok(sources.into_iter().map(standing).collect())
    }

    async fn located_sources(&self, project_id: i64) -> Result<Vec<SourceTuple>, DatabaseError> {
        use source::{Column, Entity};
        self.retry("listing sources", || {
            Entity::find()
                .select_only()
                .columns([
                    Column::Id,
                    Column::Name,
                    Column::Ra,
                    Column::Dec,
                    Column::CatalogRow,
                ])
                .filter(Column::ProjectId.eq(project_id))
                .order_by_asc(Column::CatalogRow)
                .order_by_asc(Column::Id)
                .into_tuple()
                .all(&self.connection)
        })
        .await
    }

    /// What asking gave, by the name of the source.
    async fn outcomes(
        &self,
        project_id: i64,
        observatories: &[&str],
    ) -> Result<HashMap<String, Vec<Outcome>>, DatabaseError> {
        use raw_photometry::{Column, Entity};
        let names = source::Entity::find()
            .select_only()
            .column(source::Column::Name)
            .filter(source::Column::ProjectId.eq(project_id))
            .into_query();
        let rows: Vec<(String, Outcome)> = self
            .retry("listing outcomes", || {
                Entity::find()
                    .select_only()
                    .columns([Column::SourceName, Column::Outcome])
                    .filter(Column::Observatory.is_in(observatories.iter().copied()))
                    .filter(Column::SourceName.in_subquery(names.clone()))
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        let mut outcomes: HashMap<String, Vec<Outcome>> = HashMap::new();
        for (name, outcome) in rows {
            outcomes.entry(name).or_default().push(outcome);
        }
        Ok(outcomes)
    }

    /// Sources whose reduction or analysis failed.
    async fn failed_later(
        &self,
        project_id: i64,
        observatories: &[&str],
    ) -> Result<HashSet<i64>, DatabaseError> {
        let ids = source::Entity::find()
            .select_only()
            .column(source::Column::Id)
            .filter(source::Column::ProjectId.eq(project_id))
            .into_query();
        let reductions: Vec<i64> = self
            .retry("listing failures", || {
                use reduction::{Column, Entity};
                Entity::find()
                    .select_only()
                    .column(Column::SourceId)
                    .filter(Column::Outcome.eq(ReductionOutcome::Failed))
                    .filter(Column::Observatory.is_in(observatories.iter().copied()))
                    .filter(Column::SourceId.in_subquery(ids.clone()))
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        let analyses: Vec<i64> = self
            .retry("listing failures", || {
                use properties::{Column, Entity};
                Entity::find()
                    .select_only()
                    .column(Column::SourceId)
                    .filter(Column::ProjectId.eq(project_id))
                    .filter(Column::Outcome.eq(AnalysisOutcome::Failed))
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        Ok(reductions.into_iter().chain(analyses).collect())
    }

    /// Sources with a detection in the lightcurves as they were observed.
    async fn detected(&self, project_id: i64) -> Result<HashSet<i64>, DatabaseError> {
        use detection::{Column, Entity};
        let ids: Vec<i64> = self
            .retry("listing detections", || {
                Entity::find()
                    .select_only()
                    .column(Column::SourceId)
                    .filter(Column::ProjectId.eq(project_id))
                    .filter(Column::Simulated.eq(false))
                    .distinct()
                    .into_tuple()
                    .all(&self.connection)
            })
            .await?;
        Ok(ids.into_iter().collect())
    }
}
