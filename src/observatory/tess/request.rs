//! What is sent to MAST: questions to its portal, and names of files.

use serde_json::{Value, json};

use super::TessParameters;
use crate::archive::Request;

/// The requests are made here and are right: this is a server that could not answer now.
const PASSING: &[u16] = &[400];

/// A question to the portal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    service: &'static str,
    params: Value,
    /// Sent so that the server asks its database and not its cache; the same while one question is asked.
    cache_breaker: Option<String>,
}

/// All time series of a star in projects of TESS. Without the type, the rows of every full-frame image would come too.
pub(super) fn observations(tic: u64) -> Query {
    Query::new(
        "Mast.Caom.Filtered",
        json!({
            "columns": "*",
            "filters": [
                {"paramName": "target_name", "values": [tic.to_string()]},
                {"paramName": "project", "separator": ";", "values": ["TESS"]},
                {"paramName": "dataproduct_type", "values": ["timeseries"]},
            ],
        }),
    )
}

/// Stars of the TESS Input Catalog in a cone (deg).
pub(super) fn cone(ra: f64, dec: f64, radius: f64) -> Query {
    Query::new(
        "Mast.Catalogs.Tic.Cone",
        json!({"ra": ra, "dec": dec, "radius": radius}),
    )
}

/// The star of the TESS Input Catalog with that number.
pub(super) fn star(tic: u64) -> Query {
    Query::new(
        "Mast.Catalogs.Filtered.Tic.Rows",
        json!({
            "columns": "*",
            "filters": [{"paramName": "ID", "values": [tic.to_string()]}],
        }),
    )
}

/// A file, by its URI.
pub(super) fn file(parameters: &TessParameters, uri: &str) -> Request {
    Request::get(address(parameters, "api/v0.1/Download/file"))
        .query("uri", uri)
        .transient_statuses(PASSING)
}

impl Query {
    fn new(service: &'static str, params: Value) -> Query {
        Query {
            service,
            params,
            cache_breaker: None,
        }
    }

    /// The same question, answered from the database whatever the server remembers.
    pub(super) fn uncached(self, breaker: u64) -> Query {
        Query {
            cache_breaker: Some(format!("{breaker:016x}")),
            ..self
        }
    }

    /// The request for a page, from 1.
    pub(super) fn page(&self, parameters: &TessParameters, page: u64) -> Request {
        let mut question = json!({
            "service": self.service,
            "params": self.params,
            "format": "json",
            "pagesize": parameters.page_size,
            "page": page,
        });
        if let (Some(breaker), Some(question)) = (&self.cache_breaker, question.as_object_mut()) {
            question.insert("cacheBreaker".to_owned(), json!(breaker));
        }
        Request::post(address(parameters, "api/v0/invoke"))
            .accept("text/plain")
            .form("request", question)
            .transient_statuses(PASSING)
    }

    /// The question as it is told in messages and kept as provenance.
    pub(super) fn told(&self, parameters: &TessParameters) -> String {
        let question = json!({"service": self.service, "params": self.params});
        format!(
            "{}?request={question}",
            address(parameters, "api/v0/invoke")
        )
    }
}

fn address(parameters: &TessParameters, path: &str) -> String {
    format!("{}/{path}", parameters.url.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_asked_for_by_its_bare_number() {
        let told = observations(188_589_164).told(&TessParameters::default());
        assert!(
            told.starts_with("https://mast.stsci.edu/api/v0/invoke?request="),
            "{told}"
        );
        assert!(
            told.contains(r#"{"paramName":"target_name","values":["188589164"]}"#),
            "{told}"
        );
        assert!(told.contains(r#""values":["timeseries"]"#), "{told}");
    }

    #[test]
    fn a_file_is_asked_for_with_its_uri_as_it_is() {
        let request = file(&TessParameters::default(), "mast:TESS/product/x_lc.fits");
        let text = format!("{request:?}");
        assert!(
            text.contains(
                "https://mast.stsci.edu/api/v0.1/Download/file?uri=mast:TESS/product/x_lc.fits"
            ),
            "{text}"
        );
    }
}
