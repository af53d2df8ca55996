//! The sums of the histograms: each source once, whoever counted it, in whatever order.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use retriever::analysis::histogram::{Histogram, HistogramParameters};
use retriever::database::{Database, Session, SourceRecord};

use crate::analysed::{analysed, analysed_alone, empty, failed, histograms};
use crate::on_both;
use crate::place::{Place, project, source};

on_both!(
    every_writer_has_a_row_of_its_own,
    any_order_of_any_writers_gives_the_same_sums,
    writers_at_the_same_time_lose_nothing_and_count_nothing_twice,
    a_commit_that_is_given_up_counts_all_or_nothing,
    histograms_of_other_axes_are_other_histograms,
    sessions_that_are_over_are_added_up,
    a_histogram_that_nobody_counted_into_is_empty,
);

async fn session(database: &Database, pid: u32) -> i64 {
    let session = Session {
        host: "here".to_owned(),
        pid,
        process_start: "now".to_owned(),
    };
    database.begin_session(&session).await.expect("begins")
}

/// What the histograms are when each source is counted once in its last variant.
fn expected(variants: &BTreeMap<usize, usize>) -> Vec<Histogram> {
    let mut sums = [
        empty("all_scores", "snr"),
        empty("good_scores", "snr"),
        empty("quality_values", "offset"),
    ];
    for (&number, &variant) in variants {
        for (sum, histogram) in sums.iter_mut().zip(histograms(number, variant)) {
            sum.merge(&histogram).expect("they are alike");
        }
    }
    sums.to_vec()
}

async fn sums(database: &Database, project: i64) -> Vec<Histogram> {
    database.histogram_sums(project).await.expect("adds up")
}

/// The sums are right, and so is what they would be counted anew.
async fn assert_counted(
    database: &Database,
    project: i64,
    variants: &BTreeMap<usize, usize>,
    when: &str,
) {
    let found = sums(database, project).await;
    if found.is_empty() {
        assert!(variants.is_empty(), "{when}");
        return;
    }
    let expected = expected(variants);
    assert_eq!(found, expected, "{when}");
    let recounted = database.recounted_histograms(project).await;
    assert_eq!(recounted.expect("counts"), expected, "{when}");
}

async fn every_writer_has_a_row_of_its_own(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let (one, two) = (session(&database, 1).await, session(&database, 2).await);
    for (writer, number) in [(one, 0), (two, 1), (one, 2), (two, 3)] {
        let batch = [analysed(number, 0)];
        database
            .commit_by(writer, project, &batch)
            .await
            .expect("commits");
    }
    let count = "SELECT count(*) FROM histograms";
    assert_eq!(place.count(count).await, 6);
    let variants = (0..4).map(|number| (number, 0)).collect();
    assert_counted(&database, project, &variants, "after both").await;
    // the second analyses what the first has counted, and leaves the first's row alone
    let row = format!("SELECT count(*) FROM histograms WHERE writer = {one} AND added = ");
    let before = place.count(&format!("{row} added")).await;
    database
        .commit_by(two, project, &[analysed_alone(0, 2)])
        .await
        .expect("commits");
    assert_eq!(place.count(&format!("{row} added")).await, before);
    let mut variants: BTreeMap<usize, usize> = variants;
    variants.insert(0, 2);
    assert_counted(&database, project, &variants, "after the second again").await;
}

async fn any_order_of_any_writers_gives_the_same_sums(place: Place) {
    for seed in 0..6 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let database = place.open().await;
        let name = format!("PROJECT {seed}");
        let project = database
            .open_project(&name, "", "{}")
            .await
            .expect("opens")
            .id;
        let mut writers = vec![0];
        let mut variants: BTreeMap<usize, usize> = BTreeMap::new();
        for step in 0..40 {
            let when = format!("seed {seed}, step {step}");
            let writer = writers[random.random_range(0..writers.len())];
            let number = random.random_range(0..12);
            match random.random_range(0..10) {
                0 => {
                    let session = session(&database, step).await;
                    writers.push(session);
                }
                1 if writers.len() > 1 => {
                    // also one that goes on writing, as one that was taken for dead does
                    database.drop_session(writer).await.expect("ends");
                    database.fold_histograms(project).await.expect("adds up");
                }
                2 => {
                    let batch = [source(number)];
                    database
                        .commit_by(writer, project, &batch)
                        .await
                        .expect("commits");
                    variants.remove(&number);
                }
                3 => {
                    let batch = [failed(number)];
                    database
                        .commit_by(writer, project, &batch)
                        .await
                        .expect("commits");
                    variants.remove(&number);
                }
                _ => {
                    let numbers = number..number + random.random_range(1..4);
                    let batch: Vec<SourceRecord> = numbers
                        .map(|number| {
                            let variant = random.random_range(0..4);
                            variants.insert(number, variant);
                            match random.random::<bool>() {
                                true => analysed(number, variant),
                                false => analysed_alone(number, variant),
                            }
                        })
                        .collect();
                    database
                        .commit_by(writer, project, &batch)
                        .await
                        .expect("commits");
                }
            }
            if step % 5 == 0 {
                assert_counted(&database, project, &variants, &when).await;
            }
        }
        assert_counted(&database, project, &variants, &format!("seed {seed}")).await;
        database.fold_histograms(project).await.expect("adds up");
        assert_counted(
            &database,
            project,
            &variants,
            &format!("seed {seed}, folded"),
        )
        .await;
        database.close().await.expect("closes");
    }
}

async fn writers_at_the_same_time_lose_nothing_and_count_nothing_twice(place: Place) {
    let mut tasks = Vec::new();
    for writer in 0..4usize {
        let database = place.open().await;
        tasks.push(tokio::spawn(async move {
            let project = project(&database).await;
            let session = match writer {
                0 => 0,
                number => session(&database, number as u32).await,
            };
            for step in 0..12 {
                let start = (writer * 3 + step * 2) % 16;
                let mut batch: Vec<SourceRecord> = (start..start + 6)
                    .map(|number| analysed(number, (writer + step) % 4))
                    .collect();
                if writer % 2 == 1 {
                    batch.reverse();
                }
                database
                    .commit_by(session, project, &batch)
                    .await
                    .expect("commits");
                match step % 4 {
                    1 => database.fold_histograms(project).await.expect("adds up"),
                    2 => {
                        let again = [source(start)];
                        database
                            .commit_by(session, project, &again)
                            .await
                            .expect("commits");
                    }
                    _ => {}
                }
            }
            // all of them the same in the end
            let batch: Vec<SourceRecord> =
                (0..24).map(|number| analysed_alone(number, 1)).collect();
            database
                .commit_by(session, project, &batch)
                .await
                .expect("commits");
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    let database = place.open().await;
    let project = project(&database).await;
    let variants = (0..24).map(|number| (number, 1)).collect();
    assert_counted(&database, project, &variants, "in the end").await;
    assert_eq!(place.count("SELECT count(*) FROM properties").await, 24);
    assert_eq!(place.count("SELECT count(*) FROM detections").await, 48);
}

/// Polls the commit so many times and drops it, as a process does that stops at once.
async fn a_commit_that_is_given_up_counts_all_or_nothing(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut given_up = 0;
    for polls in 1..60 {
        let batch: Vec<SourceRecord> = (0..10).map(|number| analysed(number, polls % 4)).collect();
        let mut commit = Box::pin(database.commit(project, &batch));
        let mut left = polls;
        let ended = std::future::poll_fn(|context| {
            left -= 1;
            match commit.as_mut().poll(context) {
                std::task::Poll::Ready(result) => std::task::Poll::Ready(Some(result)),
                std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        });
        match ended.await {
            Some(result) => result.expect("commits"),
            None => given_up += 1,
        }
        drop(commit);
        let found = sums(&database, project).await;
        let recounted = database.recounted_histograms(project).await;
        assert_eq!(found, recounted.expect("counts"), "{polls} polls");
        let whole = (0..4).any(|variant| {
            let variants = (0..10).map(|number| (number, variant)).collect();
            found == expected(&variants)
        });
        assert!(whole || found.is_empty(), "{polls} polls");
    }
    assert!(
        given_up > 0,
        "the commits were over before they could be given up"
    );
}

async fn histograms_of_other_axes_are_other_histograms(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    database
        .commit(project, &[analysed(0, 0), analysed(1, 0)])
        .await
        .expect("commits");
    let parameters = HistogramParameters {
        max_growth: 77,
        ..HistogramParameters::default()
    };
    let other = Histogram::new("all_scores", &parameters, &["snr"]).expect("it has axes");
    let mut record = analysed_alone(1, 0);
    if let Some(Ok(result)) = record
        .analysis
        .as_mut()
        .map(|analysis| analysis.result.as_mut())
    {
        result.analysed.histograms = vec![other.clone()];
    }
    database.commit(project, &[record]).await.expect("commits");
    let sum = database
        .histogram_sum(project, &empty("all_scores", "snr"))
        .await;
    assert_eq!(sum.expect("adds up"), histograms(0, 0)[0]);
    let sum = database
        .histogram_sum(project, &other)
        .await
        .expect("adds up");
    assert_eq!((sum.epochs(), sum.layout()), (0, other.layout()));
    let all = sums(&database, project).await;
    let names: Vec<&str> = all.iter().map(Histogram::name).collect();
    assert_eq!(
        names,
        ["all_scores", "all_scores", "good_scores", "quality_values"]
    );
    // and back again
    database
        .commit(project, &[analysed_alone(1, 2)])
        .await
        .expect("commits");
    let sum = database
        .histogram_sum(project, &empty("all_scores", "snr"))
        .await;
    let expected = expected(&BTreeMap::from([(0, 0), (1, 2)]));
    assert_eq!(sum.expect("adds up"), expected[0]);
}

async fn sessions_that_are_over_are_added_up(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let mut variants = BTreeMap::new();
    for number in 0..5 {
        let writer = session(&database, number as u32).await;
        let batch = [analysed(number, 0), analysed(number + 1, 1)];
        database
            .commit_by(writer, project, &batch)
            .await
            .expect("commits");
        variants.extend([(number, 0), (number + 1, 1)]);
        if number < 4 {
            database.drop_session(writer).await.expect("ends");
        }
    }
    database
        .commit(project, &[source(0)])
        .await
        .expect("commits");
    variants.remove(&0);
    assert_counted(&database, project, &variants, "before").await;
    assert_eq!(
        place
            .count("SELECT count(DISTINCT writer) FROM histograms")
            .await,
        5
    );
    database.fold_histograms(project).await.expect("adds up");
    assert_counted(&database, project, &variants, "after").await;
    // those that are over, and the one that goes on
    assert_eq!(
        place
            .count("SELECT count(DISTINCT writer) FROM histograms")
            .await,
        2
    );
    assert_eq!(
        place
            .count("SELECT count(*) FROM contributions WHERE withdrawn")
            .await,
        0
    );
    database.fold_histograms(project).await.expect("adds up");
    assert_counted(&database, project, &variants, "after again").await;
}

async fn a_histogram_that_nobody_counted_into_is_empty(place: Place) {
    let database = place.open().await;
    let project = project(&database).await;
    let like = histograms(3, 1).remove(0);
    let sum = database
        .histogram_sum(project, &like)
        .await
        .expect("adds up");
    assert_eq!((sum.epochs(), sum.layout()), (0, like.layout()));
    assert_eq!(sums(&database, project).await, []);
}
