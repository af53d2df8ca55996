//! Counts of a project.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use serde::Serialize;

use super::entity::{analysis_file, detection, properties, raw_photometry, reduction, source};
use super::{AnalysisOutcome, Database, DatabaseError, Outcome, ReductionOutcome};

/// How far a project is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ProjectStatus {
    /// Sources that the project has taken up.
    pub sources: u64,
    /// In the order in which they were asked for.
    pub observatories: Vec<ObservatoryStatus>,
    pub analyses: AnalysisStatus,
    /// The last ones first.
    pub failures: Vec<Failure>,
}

/// How far a project is at one observatory.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ObservatoryStatus {
    pub observatory: String,
    /// Sources by the outcome of asking; those without one are pending.
    pub pending: u64,
    pub ok: u64,
    pub empty: u64,
    pub skipped: u64,
    pub failed: u64,
    /// Rows and bytes of the raw files.
    pub raw_epochs: u64,
    pub raw_bytes: u64,
    /// Sources that were reduced, and whose reduction failed.
    pub reduced: u64,
    pub reduction_failed: u64,
    /// Reduced lightcurves, their epochs, and bytes of their files.
    pub lightcurves: u64,
    pub epochs: u64,
    pub reduced_bytes: u64,
}

/// How far the analysis of a project is, and what it found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AnalysisStatus {
    /// Sources that are analysed, and whose analysis failed.
    pub analysed: u64,
    pub failed: u64,
    /// Detections in the lightcurves as they were observed, and in those with a simulated event.
    pub real: u64,
    pub simulated: u64,
    /// Simulated events, and those of them that were found.
    pub injected: u64,
    pub recovered: u64,
    /// Of the files of processed and simulated lightcurves.
    pub bytes: u64,
}

/// A source that failed, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    pub source_name: String,
    /// Empty for the analysis, which is of all of them.
    pub observatory: String,
    pub stage: Stage,
    pub error_class: Option<String>,
    pub message: Option<String>,
    /// How often it was tried; unknown of later stages.
    pub attempts: Option<u32>,
    /// When it was last tried (ISO 8601, UTC); unknown of later stages.
    pub requested_at: Option<String>,
}

/// Where a source failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Fetch,
    Reduce,
    Analyze,
}

/// Observatory, outcome, rows, epochs, bytes.
type RawCount = (String, Outcome, i64, i64, i64);
/// Observatory, outcome, rows, lightcurves, epochs, bytes.
type ReductionCount = (String, ReductionOutcome, i64, i64, i64, i64);
/// Name, observatory, class, message, attempts, time.
type RawFailure = (
    String,
    String,
    Option<String>,
    Option<String>,
    i32,
    Option<String>,
);
/// Name, observatory, message.
type ReductionFailure = (String, String, Option<String>);

impl Database {
    /// Counts of a project at these observatories, and the last `failures` of its sources.
    pub async fn status(
        &self,
        project_id: i64,
        observatories: &[&str],
        failures: u64,
    ) -> Result<ProjectStatus, DatabaseError> {
        self.retry("counting", || async {
            let connection = &self.connection;
            let sources = source::Entity::find()
                .filter(source::Column::ProjectId.eq(project_id))
                .count(connection)
                .await?;
            let mut status = ProjectStatus {
                sources,
                observatories: observatories
                    .iter()
                    .map(|name| ObservatoryStatus::of(name))
                    .collect(),
                analyses: analyses(connection, project_id).await?,
                failures: failures_of(connection, project_id, observatories, failures).await?,
            };
            for count in raw_counts(project_id).into_tuple().all(connection).await? {
                status.add_raw(count);
            }
            for count in reduction_counts(project_id)
                .into_tuple()
                .all(connection)
                .await?
            {
                status.add_reductions(count);
            }
            for observatory in &mut status.observatories {
                observatory.pending = sources.saturating_sub(observatory.asked());
            }
            Ok(status)
        })
        .await
    }
}

impl ProjectStatus {
    fn of(&mut self, observatory: &str) -> Option<&mut ObservatoryStatus> {
        self.observatories
            .iter_mut()
            .find(|status| status.observatory == observatory)
    }

    fn add_raw(&mut self, (observatory, outcome, rows, epochs, bytes): RawCount) {
        let Some(status) = self.of(&observatory) else {
            return;
        };
        let place = match outcome {
            Outcome::Ok => &mut status.ok,
            Outcome::Empty => &mut status.empty,
            Outcome::Skipped => &mut status.skipped,
            Outcome::Failed => &mut status.failed,
        };
        *place = count(rows);
        status.raw_epochs += count(epochs);
        status.raw_bytes += count(bytes);
    }

    fn add_reductions(&mut self, row: ReductionCount) {
        let (observatory, outcome, rows, lightcurves, epochs, bytes) = row;
        let Some(status) = self.of(&observatory) else {
            return;
        };
        let place = match outcome {
            ReductionOutcome::Ok => &mut status.reduced,
            ReductionOutcome::Failed => &mut status.reduction_failed,
        };
        *place = count(rows);
        status.lightcurves += count(lightcurves);
        status.epochs += count(epochs);
        status.reduced_bytes += count(bytes);
    }
}

impl ObservatoryStatus {
    fn of(observatory: &str) -> ObservatoryStatus {
        ObservatoryStatus {
            observatory: observatory.to_owned(),
            ..ObservatoryStatus::default()
        }
    }

    fn asked(&self) -> u64 {
        self.ok + self.empty + self.skipped + self.failed
    }
}

fn raw_counts(project_id: i64) -> Select<raw_photometry::Entity> {
    use raw_photometry::{Column, Entity};
    Entity::find()
        .select_only()
        .columns([Column::Observatory, Column::Outcome])
        .expr(Column::Id.count())
        .expr(total((Entity, Column::Epochs)))
        .expr(total((Entity, Column::Length)))
        .filter(Column::SourceName.in_subquery(names(project_id)))
        .group_by(Column::Observatory)
        .group_by(Column::Outcome)
}

fn reduction_counts(project_id: i64) -> Select<reduction::Entity> {
    use reduction::{Column, Entity};
    Entity::find()
        .select_only()
        .columns([Column::Observatory, Column::Outcome])
        .expr(Column::Id.count())
        .expr(total((Entity, Column::Lightcurves)))
        .expr(total((Entity, Column::Epochs)))
        .expr(total((Entity, Column::Length)))
        .filter(Column::SourceId.in_subquery(ids(project_id)))
        .group_by(Column::Observatory)
        .group_by(Column::Outcome)
}

async fn analyses(
    connection: &impl ConnectionTrait,
    project_id: i64,
) -> Result<AnalysisStatus, DbErr> {
    let mut status = AnalysisStatus::default();
    let outcomes: Vec<(AnalysisOutcome, i64, i64, i64)> = {
        use properties::{Column, Entity};
        Entity::find()
            .select_only()
            .column(Column::Outcome)
            .expr(Column::Id.count())
            .expr(total((Entity, Column::Injections)))
            .expr(total((Entity, Column::Recovered)))
            .filter(Column::ProjectId.eq(project_id))
            .group_by(Column::Outcome)
            .into_tuple()
            .all(connection)
            .await?
    };
    for (outcome, rows, injected, recovered) in outcomes {
        match outcome {
            AnalysisOutcome::Ok => status.analysed = count(rows),
            AnalysisOutcome::Failed => status.failed = count(rows),
        }
        status.injected += count(injected);
        status.recovered += count(recovered);
    }
    let detections = |simulated: bool| {
        detection::Entity::find()
            .filter(detection::Column::ProjectId.eq(project_id))
            .filter(detection::Column::Simulated.eq(simulated))
            .count(connection)
    };
    status.real = detections(false).await?;
    status.simulated = detections(true).await?;
    let bytes: Option<i64> = {
        use analysis_file::{Column, Entity};
        Entity::find()
            .select_only()
            .expr(total((Entity, Column::Length)))
            .filter(Column::SourceId.in_subquery(ids(project_id)))
            .into_tuple()
            .one(connection)
            .await?
    };
    status.bytes = count(bytes.unwrap_or_default());
    Ok(status)
}

async fn failures_of(
    connection: &impl ConnectionTrait,
    project_id: i64,
    observatories: &[&str],
    limit: u64,
) -> Result<Vec<Failure>, DbErr> {
    let raw: Vec<RawFailure> = {
        use raw_photometry::Column;
        raw_photometry::Entity::find()
            .select_only()
            .columns([
                Column::SourceName,
                Column::Observatory,
                Column::ErrorClass,
                Column::Message,
                Column::Attempts,
                Column::RequestedAt,
            ])
            .filter(Column::Outcome.eq(Outcome::Failed))
            .filter(Column::Observatory.is_in(observatories.iter().copied()))
            .filter(Column::SourceName.in_subquery(names(project_id)))
            .order_by_desc(Column::RequestedAt)
            .order_by_desc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(connection)
            .await?
    };
    let reductions: Vec<ReductionFailure> = {
        use reduction::Column;
        reduction::Entity::find()
            .select_only()
            .column_as(
                Expr::col((source::Entity, source::Column::Name)),
                "source_name",
            )
            .columns([Column::Observatory, Column::Message])
            .join(sea_orm::JoinType::InnerJoin, source_of_reduction())
            .filter(source::Column::ProjectId.eq(project_id))
            .filter(Column::Outcome.eq(ReductionOutcome::Failed))
            .filter(Column::Observatory.is_in(observatories.iter().copied()))
            .order_by_desc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(connection)
            .await?
    };
    let analyses: Vec<(String, Option<String>)> = {
        use properties::Column;
        properties::Entity::find()
            .select_only()
            .columns([Column::SourceName, Column::Message])
            .filter(Column::ProjectId.eq(project_id))
            .filter(Column::Outcome.eq(AnalysisOutcome::Failed))
            .order_by_desc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(connection)
            .await?
    };
    let raw = raw.into_iter().map(Failure::of_fetch);
    let reductions = reductions.into_iter().map(Failure::of_reduction);
    let analyses = analyses.into_iter().map(Failure::of_analysis);
    let all = raw.chain(reductions).chain(analyses);
    Ok(all.take(limit as usize).collect())
}

impl Failure {
    fn of_fetch(row: RawFailure) -> Failure {
        let (source_name, observatory, error_class, message, attempts, requested_at) = row;
        Failure {
            source_name,
            observatory,
            stage: Stage::Fetch,
            error_class,
            message,
            attempts: u32::try_from(attempts).ok(),
            requested_at,
        }
    }

    fn of_reduction((source_name, observatory, message): ReductionFailure) -> Failure {
        Failure::later(source_name, observatory, Stage::Reduce, message)
    }

    fn of_analysis((source_name, message): (String, Option<String>)) -> Failure {
        Failure::later(source_name, String::new(), Stage::Analyze, message)
    }

    fn later(
        source_name: String,
        observatory: String,
        stage: Stage,
        message: Option<String>,
    ) -> Failure {
        Failure {
            source_name,
            observatory,
            stage,
            error_class: None,
            message,
            attempts: None,
            requested_at: None,
        }
    }
}

fn source_of_reduction() -> sea_orm::RelationDef {
    reduction::Entity::belongs_to(source::Entity)
        .from(reduction::Column::SourceId)
        .to(source::Column::Id)
        .into()
}

pub(super) fn names(project_id: i64) -> SelectStatement {
    of_sources(project_id, source::Column::Name)
}

fn ids(project_id: i64) -> SelectStatement {
    of_sources(project_id, source::Column::Id)
}

fn of_sources(project_id: i64, column: source::Column) -> SelectStatement {
    source::Entity::find()
        .select_only()
        .column(column)
        .filter(source::Column::ProjectId.eq(project_id))
        .into_query()
}

/// A sum as a 64-bit integer, 0 of nothing; PostgreSQL would widen it to a decimal.
fn total<C: sea_orm::sea_query::IntoColumnRef>(column: C) -> Expr {
    Expr::expr(Func::coalesce([Expr::col(column).sum(), 0.into()])).cast_as(Alias::new("bigint"))
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}
