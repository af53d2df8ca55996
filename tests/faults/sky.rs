//! A few stars of TESS, and projects on them.

use retriever_standin::{StandIn, TessStar};

use crate::journey::Journey;

/// Numbers of the stars with light curves, by the name of their source.
pub const FOUND: [&str; 3] = ["TIC 100001", "TIC 100002", "by place"];
/// All sources: the last one has no light curve.
pub const SOURCES: usize = 4;
/// Files that are taken of these stars.
pub const FILES: usize = 7;

/// Four stars: of many products and pages, of full-frame images alone, found by a cone, and without any product.
pub fn stars() -> [TessStar; 4] {
    [
        TessStar::at(100_001, 239.578, 35.407)
            .motion(-143.3, 318.2)
            .tmag(10.27)
            .spoc(24)
            .spoc(25)
            .fast(25)
            .tess_spoc(24)
            .qlp(24)
            .rows(1_000),
        TessStar::at(100_002, 30.5, -20.25).tess_spoc(27).qlp(56),
        TessStar::at(100_003, 120.0, 45.0),
        TessStar::at(100_004, 300.0, 10.0).tmag(11.5).spoc(1),
    ]
}

/// MAST with these stars.
pub fn mast() -> StandIn {
    StandIn::empty().with_tess(stars())
}

/// A project on these stars, with these lines for TESS.
pub fn journey(archive: &StandIn, tess: &str) -> Journey {
    let catalog = "name,ra,dec,tess_mag\n\
                   TIC 100001,239.578,35.407,10.27\n\
                   TIC 100002,30.5,-20.25,12\n\
                   TIC 100003,120.0,45.0,12\n\
                   by place,300.0,10.0,11.5\n";
    Journey::new(&[("targets.csv", catalog)], &project(archive, tess))
}

pub fn project(archive: &StandIn, tess: &str) -> String {
    let url = archive.url();
    format!(
        "project:\n  name: sky\n  obs_names: [TESS]\n  max_num_sequence_exceptions: 50\n\
         catalog:\n  filename: targets.csv\n\
         observatories:\n  tess:\n    url: {url}\n    rate_limit: null\n    retry_delay: 0.01\n\
         \x20   poll_delay: 0.01\n    keep: all\n    page_size: 3\n{tess}"
    )
}
