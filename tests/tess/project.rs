//! A project on a catalog of Gaia's, through the command line to rows and files.

use retriever::photometry::{Lightcurve, RawPhotometry};
use retriever_standin::{StandIn, TessStar};

use crate::journey::{Journey, number, text};

/// Two stars with light curves, one without, one that is too faint; the first moves.
const CATALOG: &str = "source_id,ra,dec,pmra,pmdec,phot_g_mean_mag,tic_id\n\
    4001,150.0,20.004444,0,1000,12.5,\n\
    4002,250.0,-60.0,0,0,11.5,702\n\
    4003,10.0,10.0,0,0,14.0,\n\
    4004,20.0,10.0,0,0,19.5,\n";

fn archive() -> StandIn {
    StandIn::empty().with_tess([
        TessStar::at(701, 150.0, 20.0)
            .motion(0.0, 1000.0)
            .tmag(12.0)
            .spoc(24)
            .qlp(25)
            .rows(60),
        TessStar::at(702, 250.0, -60.0)
            .tmag(11.0)
            .tess_spoc(27)
            .rows(60),
    ])
}

fn journey(archive: &StandIn) -> Journey {
    let project = format!(
        "project:\n  name: twins\n  obs_names: [TESS]\n\
         catalog:\n  filename: stars.csv\n  catalog_observation_year: 2016\n\
         observatories:\n  tess:\n    url: {}\n    rate_limit: null\n    quality: hard\n",
        archive.url()
    );
    Journey::new(&[("stars.csv", CATALOG)], &project)
}

#[test]
fn a_project_keeps_the_lightcurves_of_each_star_and_says_what_became_of_the_others() {
    let archive = archive();
    let journey = journey(&archive);
    let ended = journey.run();
    assert_eq!(ended.code, 0, "{ended:?}");
    let raw = journey.raw();
    let outcomes: Vec<&str> = raw.values().map(|row| text(row, "outcome")).collect();
    assert_eq!(outcomes, ["ok", "ok", "empty", "skipped"]);

    let file = journey.data().join(text(&raw["4001"], "file"));
    let kept = RawPhotometry::load(&file).unwrap();
    assert_eq!(
        (kept.table.rows(), &kept.altdata["TICID"]),
        (120, &701.into())
    );
    assert_eq!(
        kept.altdata["identification"]["match"]["compared"],
        "Gaia_G and GAIAmag"
    );
    // BTJD 1955.5 of sector 24 is MJD 58955
    let start = number(&raw["4001"], "time_start");
    assert!((58_954.0..58_957.0).contains(&start), "{start}");

    let rows = journey.rows("lightcurves");
    assert_eq!(rows.len(), 3);
    for row in &rows {
        assert_eq!(
            (text(row, "filter"), number(row, "number") as usize),
            ("TESS", 60)
        );
        let curves = Lightcurve::load_all(journey.data().join(text(row, "file"))).unwrap();
        let place = number(row, "series_number") as usize;
        let curve = &curves[place - 1];
        assert_eq!(
            curve.frame,
            retriever::time::TimeFrame::TDB_BARYCENTER_MIDDLE
        );
        assert!(
            curve
                .epochs
                .extra
                .iter()
                .any(|column| column.name == "quality")
        );
    }

    archive.reset_counters();
    let again = journey.run();
    assert_eq!(
        (again.code, archive.counters().requests()),
        (0, 0),
        "{again:?}"
    );
}
