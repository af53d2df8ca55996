//! `/api/v0.1/Download/file?uri=`: the files, by their URIs.

use crate::faults::Fault;
use crate::files::{self, ServedFile};
use crate::http::{HttpRequest, Reply};
use crate::tess::damage;

/// Where the files are; a slash may follow.
pub(crate) const PATH: &str = "/api/v0.1/Download/file";

/// A file as nginx sends it, or with its content damaged.
pub(crate) fn answer(request: &HttpRequest, file: &ServedFile, fault: Option<Fault>) -> Reply {
    let uri = request.parameter("uri").unwrap_or_default();
    let name = uri.rsplit('/').next().unwrap_or_default();
    let other = fault.and_then(|fault| damage::of(&file.contents, fault));
    let reply = match other {
        // what is damaged on the server is damaged for every request, with a length and a tag that agree
        Some(bytes) => files::answer(request, &file.holding(bytes), fault),
        None => files::answer(request, file, fault),
    };
    reply.with(
        "content-disposition",
        format!("attachment; filename=\"{name}\""),
    )
}
