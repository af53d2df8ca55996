//! Several writers on one database.

use crate::on_both;
use crate::place::{Place, project, sources};

on_both!(writers_that_overlap_give_the_union);

async fn writers_that_overlap_give_the_union(place: Place) {
    let mut tasks = Vec::new();
    for writer in 0..4 {
        let database = place.open().await;
        tasks.push(tokio::spawn(async move {
            let project = project(&database).await;
            for step in 0..15 {
                let start = writer * 50 + step * 10;
                let mut batch = sources(start..start + 20);
                if writer % 2 == 1 {
                    batch.reverse();
                }
                database.commit(project, &batch).await.expect("commits");
            }
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    // the writers cover 0..160, 50..210, 100..260 and 150..310
    for (table, rows) in [
        ("sources", 310),
        ("raw_photometry", 310),
        ("reductions", 310),
        ("lightcurves", 620),
    ] {
        assert_eq!(
            place.count(&format!("SELECT count(*) FROM {table}")).await,
            rows,
            "{table}"
        );
    }
}
