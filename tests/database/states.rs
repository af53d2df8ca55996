//! What is done of a batch, and at what cost.

use retriever::database::{Outcome, RawState, ReductionOutcome, ReductionState};

use sea_orm::ConnectionTrait;

use crate::on_both;
use crate::place::{Place, project, raw, source, sources};

on_both!(
    states_tell_pending_from_done,
    every_query_of_the_states_goes_through_an_index,
);

async fn states_tell_pending_from_done(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut empty = source(1);
    empty.raw = vec![raw(Outcome::Empty, &empty.name)];
    empty.reductions.clear();
    let mut tess = source(2);
    tess.raw[0].observatory = "TESS".to_owned();
    tess.reductions.clear();
    database
        .commit(project, &[source(0), empty, tess])
        .await
        .expect("commits");
    let names = [
        "nobody",
        "source 000002",
        "source 000000",
        "source 000001",
        "nobody",
    ];
    let states = database
        .states(project, &names, &["TESS", "ZTF"])
        .await
        .expect("answers");
    assert_eq!(
        states
            .iter()
            .map(|state| state.name.as_str())
            .collect::<Vec<_>>(),
        names
    );
    assert_eq!(states[0].source_id, None);
    let outcomes: Vec<[Option<Outcome>; 2]> = states
        .iter()
        .map(|state| {
            [0, 1].map(|place| {
                state.observatories[place]
                    .raw
                    .as_ref()
                    .map(|raw| raw.outcome)
            })
        })
        .collect();
    let (ok, empty) = (Some(Outcome::Ok), Some(Outcome::Empty));
    assert_eq!(
        outcomes,
        [
            [None, None],
            [ok, None],
            [None, ok],
            [None, empty],
            [None, None]
        ]
    );
    let done = &states[2].observatories[1];
    assert_eq!(done.observatory, "ZTF");
    assert_eq!(
        done.raw,
        Some(RawState {
            id: done.raw.as_ref().map_or(0, |raw| raw.id),
            outcome: Outcome::Ok,
            checksum: Some("a".repeat(64)),
            parameters: "radius 2".to_owned(),
            attempts: 1,
            file: Some("ZTF/RA000/ZTF_photometry_source 000000.h5".to_owned()),
            key: Some("source 000000".to_owned()),
            length: Some(1_000),
            epochs: Some(100),
        })
    );
    assert_eq!(
        done.reduction,
        Some(ReductionState {
            id: done.reduction.as_ref().map_or(0, |reduction| reduction.id),
            outcome: ReductionOutcome::Ok,
            raw_checksum: Some("a".repeat(64)),
            fingerprint: "gap 40".to_owned(),
            file: Some("TEST/RA000/ZTF_photometry_source 000000_reduced.h5".to_owned()),
            checksum: Some("b".repeat(64)),
        })
    );
    assert_eq!(states[3].observatories[1].reduction, None);
    assert_eq!(
        database
            .states(project, &[], &["ZTF"])
            .await
            .expect("answers"),
        []
    );
    let unasked = database
        .states(project, &["nobody"], &[])
        .await
        .expect("answers");
    assert_eq!(unasked[0].observatories, []);
}

/// Cost per batch then grows with the logarithm of what the tables hold.
async fn every_query_of_the_states_goes_through_an_index(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &sources(0..2_000))
        .await
        .expect("commits");
    // without statistics PostgreSQL guesses that a project is a small part of its table
    let connection = place.raw_connection().await;
    connection
        .execute_unprepared("ANALYZE")
        .await
        .expect("analyzes");
    connection.close().await.expect("closes");
    let names: Vec<String> = (0..100).map(|number| source(number).name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let plan = database
        .explain_states(project, &names, &["ZTF", "TESS"])
        .await
        .expect("explains");
    let plan = plan.join("\n");
    for index in [
        "sources_project_id_name",
        "raw_photometry_source_name",
        "reductions_source_id_observatory",
        "properties_source_id",
    ] {
        assert!(plan.contains(index), "no {index} in\n{plan}");
    }
    let whole_table = plan
        .lines()
        .any(|line| line.contains("Seq Scan") || line.starts_with("SCAN"));
    assert!(!whole_table, "{plan}");
}
