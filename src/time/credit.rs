//! Who made the routines behind the barycentric times.

use crate::credit::{Credit, Reference};

/// For results with times at the barycentre that were computed here. (SOFA's licence, §3, asks that its use is told, and that
/// nothing which differs from its routines is passed off as them.)
pub fn credit() -> Credit {
    let sofa = Reference::new("misc", "SOFA")
        .with("author", "{IAU SOFA Board}")
        .with("title", "{IAU SOFA Software Collection}")
        .with("url", "http://www.iausofa.org");
    Credit::of("Barycentric times")
        .thanking(
            "Barycentric times were computed with software based on routines of the IAU's Standards of Fundamental Astronomy \
             (SOFA) collection, translated to Rust (crate sofars); it is neither provided nor endorsed by SOFA.",
        )
        .citing(sofa)
}
