//! TAP as Gaia's archive and VizieR have it: queries that are answered at once, and jobs.
//!
//! Here: `/tap-server/tap/…` and `/TAPVizieR/tap/…`, which see the same tables and jobs.
//! Not here: faults of the connection (`connection`).

mod adql; // queries taken apart
mod formats; // results and errors as text and bytes
mod jobs; // the asynchronous way
mod select; // queries carried out
mod serving; // what tests say to it
pub(crate) mod table; // columns and rows
mod tokens; // words and signs of a query

use std::collections::BTreeMap;

use crate::faults::Fault;
use crate::http::{HttpRequest, Reply};
use crate::votable;

use formats::{Format, Status};
use jobs::{Job, Jobs, Stage};
pub use serving::TapErrors;
use table::Table;

/// Where Gaia's archive has it.
pub(crate) const GAIA: &str = "/tap-server/tap";
/// Where VizieR has it.
pub(crate) const VIZIER: &str = "/TAPVizieR/tap";

/// Tables, jobs, and the service's ways.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    tables: BTreeMap<String, Table>,
    jobs: Jobs,
    /// Most rows of a synchronous answer.
    sync_rows: Option<usize>,
    /// A cut is not told.
    silent: bool,
    /// Synchronous answers are behind a 303.
    redirects: bool,
    errors: TapErrors,
    /// Results of redirected answers.
    waiting: Vec<Reply>,
}

/// What a query asks for besides its text.
struct Wish {
    query: String,
    format: Format,
    maxrec: Option<usize>,
}

/// A polling of this path brings "ask again" more often than not.
pub(crate) fn is_poll(request: &HttpRequest) -> bool {
    request.method == "GET" && request.path.ends_with("/phase")
}

/// What the service says; `base` is its own URL. `fault` is one of its own kind.
pub(crate) fn answer(
    request: &HttpRequest,
    tap: &mut Tap,
    base: &str,
    fault: Option<Fault>,
) -> Reply {
    let root = [GAIA, VIZIER]
        .into_iter()
        .find(|root| request.path.starts_with(root))
        .unwrap_or(GAIA);
    let rest = request.path[root.len()..].trim_matches('/');
    let parts: Vec<&str> = rest.split('/').collect();
    let here = format!("{base}{root}");
    match (request.method.as_str(), &parts[..]) {
        (_, ["sync"]) => tap.sync(request, &here, root),
        ("GET", ["sync", "results", number]) => {
            let place = number.parse::<usize>().ok();
            let kept = place.and_then(|place| tap.waiting.get(place)).cloned();
            kept.unwrap_or_else(not_found)
        }
        ("POST", ["async"]) => tap.begin(request, &here, root),
        ("DELETE", ["async", number]) => tap.delete(number, &here),
        ("POST", ["async", number]) => match request.parameter("ACTION").unwrap_or_default() {
            "DELETE" => tap.delete(number, &here),
            _ => not_found(),
        },
        ("POST", ["async", number, "phase"]) => tap.set_phase(request, number, &here),
        ("GET", ["async", number]) => tap.describe(number),
        ("GET", ["async", number, "phase"]) if fault == Some(Fault::Executing) => {
            match tap.jobs.all.contains_key(*number) {
                true => unsettled(Reply::new(200, "text/plain", "EXECUTING")),
                false => not_found(),
            }
        }
        ("GET", ["async", number, "phase"]) => tap.phase(number),
        ("GET", ["async", number, "results"]) => {
            see_other(format!("{here}/async/{number}/results/result"))
        }
        ("GET", ["async", number, "results", "result"]) => tap.result(number),
        ("GET", ["async", number, "error"]) => tap.words(number),
        _ => not_found(),
    }
}

impl Tap {
    fn sync(&mut self, request: &HttpRequest, here: &str, root: &str) -> Reply {
        let found = wish(request, root).and_then(|wish| {
            let table = select::run(&wish.query, &self.tables)?;
            let limits = [wish.maxrec, self.sync_rows];
            Ok(self.written(table, &limits, wish.format, &wish.query))
        });
        let reply = found.unwrap_or_else(|words| self.error(&words, root));
        match self.redirects {
            true => {
                self.waiting.push(reply);
                see_other(format!("{here}/sync/results/{}", self.waiting.len() - 1))
            }
            false => reply,
        }
    }

    fn begin(&mut self, request: &HttpRequest, here: &str, root: &str) -> Reply {
        let wish = match wish(request, root) {
            Ok(wish) => wish,
            Err(words) => return self.error(&words, root),
        };
        let runs = request.parameter("PHASE") == Some("RUN");
        let job = Job {
            outcome: select::run(&wish.query, &self.tables),
            query: wish.query,
            format: wish.format,
            maxrec: wish.maxrec,
            stage: if runs {
                Stage::Running(0)
            } else {
                Stage::Pending
            },
        };
        let number = self.jobs.begin(job);
        see_other(format!("{here}/async/{number}"))
    }

    fn delete(&mut self, number: &str, here: &str) -> Reply {
        match self.jobs.all.remove(number) {
            Some(_) => {
                self.jobs.deleted += 1;
                see_other(format!("{here}/async"))
            }
            None => not_found(),
        }
    }

    fn set_phase(&mut self, request: &HttpRequest, number: &str, here: &str) -> Reply {
        let Some(job) = self.jobs.all.get_mut(number) else {
            return not_found();
        };
        match (request.parameter("PHASE"), job.stage) {
            (Some("RUN"), Stage::Pending) => job.stage = Stage::Running(0),
            (Some("ABORT"), _) => job.stage = Stage::Aborted,
            _ => {}
        }
        see_other(format!("{here}/async/{number}"))
    }

    fn phase(&mut self, number: &str) -> Reply {
        let Some(phase) = self.jobs.look(number, true) else {
            return not_found();
        };
        let reply = Reply::new(200, "text/plain", phase);
        match phase {
            "PENDING" | "QUEUED" | "EXECUTING" => unsettled(reply),
            _ => reply,
        }
    }

    fn describe(&mut self, number: &str) -> Reply {
        let Some(phase) = self.jobs.look(number, false) else {
            return not_found();
        };
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <uws:job xmlns:uws=\"http://www.ivoa.net/xml/UWS/v1.0\">\n\
             <uws:jobId>{number}</uws:jobId>\n<uws:phase>{phase}</uws:phase>\n</uws:job>\n"
        );
        let reply = Reply::new(200, "application/xml", text);
        match phase {
            "QUEUED" | "EXECUTING" | "PENDING" => unsettled(reply),
            _ => reply,
        }
    }

    fn result(&mut self, number: &str) -> Reply {
        if self.jobs.look(number, false) != Some("COMPLETED") {
            return not_found();
        }
        let job = self.jobs.all.get(number).cloned();
        match job {
            Some(Job {
                outcome: Ok(table),
                maxrec,
                format,
                query,
                ..
            }) => self.written(table, &[maxrec], format, &query),
            _ => not_found(),
        }
    }

    /// What went wrong, as plain text.
    fn words(&mut self, number: &str) -> Reply {
        match self.jobs.all.get(number).map(|job| &job.outcome) {
            Some(Err(words)) => Reply::new(200, "text/plain", words.as_str()),
            _ => not_found(),
        }
    }

    fn written(
        &self,
        mut table: Table,
        limits: &[Option<usize>],
        format: Format,
        query: &str,
    ) -> Reply {
        let limit = limits.iter().flatten().min().copied();
        let cut = limit.is_some_and(|limit| table.rows.len() > limit);
        table.rows.truncate(limit.unwrap_or(usize::MAX));
        let status = match cut && !self.silent {
            true => Status::Overflow,
            false => Status::Whole,
        };
        let bytes = formats::written(&table, format, status, query);
        let reply = Reply::new(200, format.content_type(), bytes);
        match format {
            Format::Gzip => reply.with("Content-Encoding", "gzip"),
            _ => reply,
        }
    }

    fn error(&self, words: &str, root: &str) -> Reply {
        let errors = match (self.errors, root) {
            (TapErrors::AsUsual, VIZIER) => TapErrors::VoTable { status: 200 },
            (TapErrors::AsUsual, _) => TapErrors::VoTable { status: 400 },
            (other, _) => other,
        };
        match errors {
            TapErrors::Html { status } => Reply::new(
                status,
                "text/html;charset=UTF-8",
                format!(
                    "<html><head><title>SERVICE ERROR - {status}</title></head><body><h1>SERVICE ERROR - {status}</h1>\
                     <ul><li><b>Message: </b>{}</li></ul></body></html>\n",
                    votable::escaped(words)
                ),
            ),
            TapErrors::VoTable { status } => {
                let plain = votable::error(words);
                let text = match root {
                    VIZIER => votable::prefixed(&plain),
                    _ => plain,
                };
                Reply::new(status, "application/x-votable+xml", text)
            }
            TapErrors::AsUsual => not_found(),
        }
    }
}

fn wish(request: &HttpRequest, root: &str) -> Result<Wish, String> {
    let required = |name: &str| {
        let missing = || format!("The parameter \"{name}\" must be provided and can not be null.");
        request.parameter(name).ok_or_else(missing)
    };
    if !required("REQUEST")?.eq_ignore_ascii_case("doQuery") {
        return Err("REQUEST must be doQuery".into());
    }
    if !required("LANG")?.to_ascii_uppercase().starts_with("ADQL") {
        return Err("LANG must be ADQL".into());
    }
    let usual = if root == VIZIER {
        Format::TableData
    } else {
        Format::Binary2
    };
    let named = request
        .parameter("RESPONSEFORMAT")
        .or(request.parameter("FORMAT"));
    let maxrec = request.parameter("MAXREC").map(|text| {
        let bad = |_| format!("MAXREC {text:?} is not a number");
        text.parse().map_err(bad)
    });
    Ok(Wish {
        query: required("QUERY")?.to_owned(),
        format: named.map_or(Ok(usual), |name| Format::named(name, usual))?,
        maxrec: maxrec.transpose()?,
    })
}

fn see_other(location: String) -> Reply {
    Reply::new(303, "text/plain", "").with("Location", location)
}

fn unsettled(mut reply: Reply) -> Reply {
    reply.settled = false;
    reply
}

fn not_found() -> Reply {
    Reply::new(404, "text/html", "<html><body>Not Found</body></html>\n")
}
