//! What is done of a batch of sources: four queries for all of it.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait, Select, Statement,
};

use super::entity::{properties, raw_photometry, reduction, source};
use super::insert::LIST;
use super::{AnalysisOutcome, Database, DatabaseError, Outcome, ReductionOutcome, analysis_inputs};

/// What is done of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    pub name: String,
    /// None as long as the project has no row of it.
    pub source_id: Option<i64>,
    /// In the order in which the observatories were asked for.
    pub observatories: Vec<ObservatoryState>,
    /// None: not analysed yet, or what it was made of has changed since.
    pub analysis: Option<AnalysisState>,
}

/// How analysing a source ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisState {
    pub outcome: AnalysisOutcome,
    /// Fingerprint of the analysis's parameters and code.
    pub fingerprint: String,
    /// Fingerprint of what it was made of: if it is not [`SourceState::analysis_inputs`], the analysis is of other
    /// lightcurves (the project has got another observatory, or lost one).
    pub inputs: String,
}

/// What is done of one source at one observatory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservatoryState {
    pub observatory: String,
    /// None: pending. It may stem from another project.
    pub raw: Option<RawState>,
    /// None: not reduced yet for this project.
    pub reduction: Option<ReductionState>,
}

/// How asking ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawState {
    /// Of the row.
    pub id: i64,
    pub outcome: Outcome,
    pub checksum: Option<String>,
    /// Fingerprint of the download parameters.
    pub parameters: String,
    pub attempts: u32,
    pub file: Option<String>,
    pub key: Option<String>,
    pub length: Option<u64>,
    pub epochs: Option<u64>,
}

/// How reducing ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReductionState {
    /// Of the row.
    pub id: i64,
    pub outcome: ReductionOutcome,
    pub raw_checksum: Option<String>,
    pub fingerprint: String,
    /// File of the reduced lightcurves and its SHA-256; none if there is no lightcurve.
    pub file: Option<String>,
    pub checksum: Option<String>,
}

impl SourceState {
    /// Fingerprint of what an analysis would be made of now; none if nothing is reduced.
    pub fn analysis_inputs(&self) -> Option<String> {
        let reduced: Vec<(&str, Option<&str>)> = self
            .observatories
            .iter()
            .filter_map(|observed| {
                let reduction = observed.reduction.as_ref()?;
                (reduction.outcome == ReductionOutcome::Ok)
                    .then_some((observed.observatory.as_str(), reduction.checksum.as_deref()))
            })
            .collect();
        (!reduced.is_empty()).then(|| analysis_inputs(reduced))
    }
}

/// A raw row as it is read: name, observatory, then the fields of [`RawState`].
type RawTuple = (
    String,
    String,
    i64,
    Outcome,
    Option<String>,
    String,
    i32,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
);
/// A reduction as it is read: source id, observatory, then the fields of [`ReductionState`].
type ReductionTuple = (
    i64,
    String,
    i64,
    ReductionOutcome,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
);
/// An analysis as it is read: source id, then the fields of [`AnalysisState`].
type AnalysisTuple = (i64, AnalysisOutcome, String, String);

impl Database {
    /// What is done of these sources at these observatories, in the order of `names`.
    ///
    /// Four queries for each thousand names, whatever else the database holds.
    pub async fn states(
        &self,
        project_id: i64,
        names: &[&str],
        observatories: &[&str],
    ) -> Result<Vec<SourceState>, DatabaseError> {
        let mut states = Vec::with_capacity(names.len());
        for names in names.chunks(LIST) {
            let chunk = self
                .retry("asking what is done", || {
                    states_of_chunk(&self.connection, project_id, names, observatories)
                })
                .await?;
            states.extend(chunk);
        }
        Ok(states)
    }

    /// How the database goes about the queries of [`states`](Database::states): a line per step, in its own words.
    #[doc(hidden)]
    pub async fn explain_states(
        &self,
        project_id: i64,
        names: &[&str],
        observatories: &[&str],
    ) -> Result<Vec<String>, DatabaseError> {
        self.retry("explaining a query", || async {
            let transaction = self.begin().await?;
            let (explain, column) = match self.backend() {
                DbBackend::Postgres => {
                    // a table of a page or two is always read whole, which is no answer
                    transaction
                        .execute_unprepared("SET LOCAL enable_seqscan = off")
                        .await?;
                    ("EXPLAIN", "QUERY PLAN")
                }
                _ => ("EXPLAIN QUERY PLAN", "detail"),
            };
            let mut lines = Vec::new();
            let queries = [
                sources_query(project_id, names).build(self.backend()),
                raw_query(names, observatories).build(self.backend()),
                reductions_query(&[1, 2, 3], observatories).build(self.backend()),
                analyses_query(&[1, 2, 3]).build(self.backend()),
            ];
            for query in queries {
                let sql = format!("{explain} {query}");
                let statement = Statement::from_string(self.backend(), sql);
                for row in transaction.query_all_raw(statement).await? {
                    lines.push(row.try_get::<String>("", column)?);
                }
            }
            transaction.rollback().await?;
            Ok(lines)
        })
        .await
    }
}

async fn states_of_chunk(
    connection: &impl ConnectionTrait,
    project_id: i64,
    names: &[&str],
    observatories: &[&str],
) -> Result<Vec<SourceState>, DbErr> {
    let sources: Vec<(i64, String)> = sources_query(project_id, names)
        .into_tuple()
        .all(connection)
        .await?;
    let raw: Vec<RawTuple> = raw_query(names, observatories)
        .into_tuple()
        .all(connection)
        .await?;
    let ids: Vec<i64> = sources.iter().map(|(id, _)| *id).collect();
    let mut reductions: Vec<ReductionTuple> = Vec::new();
    let mut analyses: Vec<AnalysisTuple> = Vec::new();
    if !ids.is_empty() {
        let query = reductions_query(&ids, observatories).into_tuple();
        reductions = query.all(connection).await?;
        analyses = analyses_query(&ids).into_tuple().all(connection).await?;
    }
    let ids = sources
        .iter()
        .map(|(id, name)| (name.as_str(), *id))
        .collect();
    let raw = raw.into_iter().map(raw_state).collect();
    let reductions = reductions.into_iter().map(reduction_state).collect();
    let found = Found {
        ids,
        raw,
        reductions,
        analyses: analyses.into_iter().map(analysis_state).collect(),
    };
    Ok(names
        .iter()
        .map(|name| found.state(name, observatories))
        .collect())
}

fn sources_query(project_id: i64, names: &[&str]) -> Select<source::Entity> {
    source::Entity::find()
        .select_only()
        .columns([source::Column::Id, source::Column::Name])
        .filter(source::Column::ProjectId.eq(project_id))
        .filter(source::Column::Name.is_in(names.iter().copied()))
}

fn raw_query(names: &[&str], observatories: &[&str]) -> Select<raw_photometry::Entity> {
    use raw_photometry::Column;
    raw_photometry::Entity::find()
        .select_only()
        .columns([
            Column::SourceName,
            Column::Observatory,
            Column::Id,
            Column::Outcome,
            Column::Checksum,
            Column::Parameters,
            Column::Attempts,
            Column::File,
            Column::Key,
            Column::Length,
            Column::Epochs,
        ])
        .filter(Column::SourceName.is_in(names.iter().copied()))
        .filter(Column::Observatory.is_in(observatories.iter().copied()))
}

fn reductions_query(source_ids: &[i64], observatories: &[&str]) -> Select<reduction::Entity> {
    use reduction::Column;
    reduction::Entity::find()
        .select_only()
        .columns([
            Column::SourceId,
            Column::Observatory,
            Column::Id,
            Column::Outcome,
            Column::RawChecksum,
            Column::Fingerprint,
            Column::File,
            Column::Checksum,
        ])
        .filter(Column::SourceId.is_in(source_ids.iter().copied()))
        .filter(Column::Observatory.is_in(observatories.iter().copied()))
}

fn analyses_query(source_ids: &[i64]) -> Select<properties::Entity> {
    use properties::Column;
    properties::Entity::find()
        .select_only()
        .columns([
            Column::SourceId,
            Column::Outcome,
            Column::Fingerprint,
            Column::Inputs,
        ])
        .filter(Column::SourceId.is_in(source_ids.iter().copied()))
}

/// What the queries found; the few rows of one source stand together, so that no key has to be made to look them up.
struct Found<'a> {
    ids: HashMap<&'a str, i64>,
    raw: Grouped<String, RawState>,
    reductions: Grouped<i64, ReductionState>,
    analyses: HashMap<i64, AnalysisState>,
}

impl Found<'_> {
    fn state(&self, name: &str, observatories: &[&str]) -> SourceState {
        let source_id = self.ids.get(name).copied();
        let observatories = observatories
            .iter()
            .map(|observatory| ObservatoryState {
                observatory: (*observatory).to_owned(),
                raw: self.raw.get(name, observatory),
                reduction: source_id.and_then(|id| self.reductions.get(&id, observatory)),
            })
            .collect();
        SourceState {
            name: name.to_owned(),
            source_id,
            observatories,
            analysis: source_id.and_then(|id| self.analyses.get(&id).cloned()),
        }
    }
}

/// Values by key, each with its observatory.
struct Grouped<Key, Value>(HashMap<Key, Vec<(String, Value)>>);

impl<Key: std::hash::Hash + Eq, Value: Clone> Grouped<Key, Value> {
    fn get<Borrowed>(&self, key: &Borrowed, observatory: &str) -> Option<Value>
    where
        Key: std::borrow::Borrow<Borrowed>,
        Borrowed: std::hash::Hash + Eq + ?Sized,
    {
        let values = self.0.get(key)?;
        let (_, value) = values.iter().find(|(stored, _)| stored == observatory)?;
        Some(value.clone())
    }
}

impl<Key: std::hash::Hash + Eq, Value> FromIterator<(Key, String, Value)> for Grouped<Key, Value> {
    fn from_iter<I: IntoIterator<Item = (Key, String, Value)>>(rows: I) -> Self {
        let mut groups: HashMap<Key, Vec<(String, Value)>> = HashMap::new();
        for (key, observatory, value) in rows {
            groups.entry(key).or_default().push((observatory, value));
        }
        Grouped(groups)
    }
}

fn raw_state(row: RawTuple) -> (String, String, RawState) {
    let (name, observatory, id, outcome, checksum, parameters, attempts, file, key, length, epochs) =
        row;
    let state = RawState {
        id,
        outcome,
        checksum,
        parameters,
        attempts: u32::try_from(attempts).unwrap_or_default(),
        file,
        key,
        length: length.and_then(|length| u64::try_from(length).ok()),
        epochs: epochs.and_then(|epochs| u64::try_from(epochs).ok()),
    };
    (name, observatory, state)
}

fn reduction_state(row: ReductionTuple) -> (i64, String, ReductionState) {
    let (source_id, observatory, id, outcome, raw_checksum, fingerprint, file, checksum) = row;
    (
        source_id,
        observatory,
        ReductionState {
            id,
            outcome,
            raw_checksum,
            fingerprint,
            file,
            checksum,
        },
    )
}

fn analysis_state(
    (source_id, outcome, fingerprint, inputs): AnalysisTuple,
) -> (i64, AnalysisState) {
    let state = AnalysisState {
        outcome,
        fingerprint,
        inputs,
    };
    (source_id, state)
}
