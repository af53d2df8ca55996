//! What was asked of the stand-in: how often, how much at once, when.

use std::collections::HashMap;
use std::time::Instant;

use crate::faults::Fault;
use crate::services::Service;

/// One request and what became of it.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    /// Path without query.
    pub endpoint: String,
    /// Method, path and query as they were sent, and the form of a search (without its cacheBreaker).
    pub target: String,
    /// The Range header, if any.
    pub range: Option<String>,
    /// The User-Agent header, if any.
    pub user_agent: Option<String>,
    /// An Authorization or a Cookie header came with it.
    pub has_credentials: bool,
    /// It asked for a file only if that had changed (If-None-Match).
    pub is_conditional: bool,
    /// The reply was no "ask again later".
    pub is_settled: bool,
    /// When its head had arrived.
    pub at: Instant,
    /// Requests being answered at that moment, this one included.
    pub concurrency: usize,
    /// The fault that it met.
    pub fault: Option<Fault>,
}

impl RequestRecord {
    /// It was answered as a healthy archive would.
    fn was_answered(&self) -> bool {
        self.is_settled && self.fault.is_none_or(Fault::is_harmless)
    }
}

/// A snapshot of all that was asked so far.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    pub(crate) records: Vec<RequestRecord>,
    /// Records that were forgotten.
    pub(crate) forgotten: usize,
    pub(crate) in_flight: usize,
    pub(crate) peak: usize,
}

impl Counters {
    /// All requests.
    pub fn requests(&self) -> usize {
        self.records.len()
    }

    /// Requests to one service.
    pub fn requests_of(&self, service: Service) -> usize {
        self.records
            .iter()
            .filter(|record| record.endpoint.starts_with(service.path()))
            .count()
    }

    /// Requests of one path.
    pub fn requests_to(&self, endpoint: &str) -> usize {
        self.records
            .iter()
            .filter(|record| record.endpoint == endpoint)
            .count()
    }

    /// Most requests that were being answered at one moment.
    pub fn peak_concurrency(&self) -> usize {
        self.peak
    }

    /// Requests of the same method and target as an earlier one, for whatever reason.
    pub fn repeated(&self) -> usize {
        let mut seen = HashMap::new();
        for record in &self.records {
            *seen.entry(record.target.as_str()).or_insert(0usize) += 1;
        }
        seen.values().map(|count| count - 1).sum()
    }

    /// Requests that had been answered rightly before: the impolite ones. To ask whether a file has changed is not.
    pub fn asked_again_after_an_answer(&self) -> usize {
        let mut answered = HashMap::new();
        let mut again = 0;
        for record in &self.records {
            let before = answered.entry(record.target.as_str()).or_insert(false);
            again += usize::from(*before && !record.is_conditional);
            *before |= record.was_answered();
        }
        again
    }

    /// Requests by target.
    pub fn by_target(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for record in &self.records {
            *counts.entry(record.target.clone()).or_insert(0) += 1;
        }
        counts
    }

    /// Every request in the order of arrival.
    pub fn records(&self) -> &[RequestRecord] {
        &self.records
    }
}
