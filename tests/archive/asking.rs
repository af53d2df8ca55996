//! Replies that are kept in memory.

use std::io::Write;
use std::time::Duration;

use futures::future::join_all;
use retriever::archive::{ArchiveError, ErrorClass, Limits, Reply, Request, Verdict};
use retriever_standin::{Fault, StandIn};

use crate::{archive, impatient, names};

const LIGHT_CURVES: &str = "/cgi-bin/ZTF/nph_light_curves";
const STAR: (f64, f64) = (208.29, 48.67);

fn cone(stand_in: &StandIn, (ra, dec): (f64, f64)) -> Request {
    Request::get(format!("{}{LIGHT_CURVES}", stand_in.url()))
        .query("POS", format!("CIRCLE {ra} {dec} 0.0006"))
        .query("COLLECTION", "ztf_dr24")
        .query("FORMAT", "CSV")
        .transient_statuses(&[400])
}

/// What a survey that wants a table says.
fn table(reply: &Reply) -> Verdict {
    match &reply.body[..] {
        body if !body.starts_with(b"oid,") => Verdict::Retry("not a table".into()),
        body if !body.ends_with(b"\n") => Verdict::Retry("cut inside a row".into()),
        _ => Verdict::Accept,
    }
}

fn anything(_: &Reply) -> Verdict {
    Verdict::Accept
}

#[tokio::test]
async fn every_fault_that_passes_ends_in_the_right_table() {
    let calm = StandIn::synthetic(1, &[STAR]);
    let expected = archive().get(cone(&calm, STAR), table).await.unwrap();
    assert!(expected.body.len() > 10_000 && expected.attempts == 1);
    for fault in Fault::ALL {
        let stand_in = StandIn::synthetic(1, &[STAR])
            .failing(fault, 42, 1)
            .retry_after(Duration::ZERO);
        let archive = if fault.stalls() {
            impatient()
        } else {
            archive()
        };
        let reply = archive.get(cone(&stand_in, STAR), table).await;
        let reply = reply.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(reply.body, expected.body, "{fault:?}");
        let counters = stand_in.counters();
        let requests = if fault.is_harmless() { 1 } else { 2 };
        assert_eq!(counters.requests(), requests, "{fault:?}");
        assert_eq!(reply.attempts as usize, requests, "{fault:?}");
        assert_eq!(counters.asked_again_after_an_answer(), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_fault_that_stays_is_told_after_so_many_attempts() {
    for fault in Fault::ALL {
        if fault.is_harmless() || fault.stalls() || fault.asks_for_a_pause() {
            continue;
        }
        let stand_in = StandIn::synthetic(1, &[STAR]).always(fault);
        let error = archive().get(cone(&stand_in, STAR), table).await;
        let error = error.expect_err("it always fails");
        assert_eq!(error.class(), ErrorClass::Transient, "{fault:?}: {error}");
        assert_eq!(error.attempts(), 5, "{fault:?}");
        assert_eq!(stand_in.counters().requests(), 5, "{fault:?}");
    }
}

#[tokio::test]
async fn the_server_s_own_words_are_told() {
    let stand_in = StandIn::synthetic(1, &[STAR]).always(Fault::XmlError);
    let error = archive().get(cone(&stand_in, STAR), table).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("Internal database error"), "{text}");
    assert!(text.contains("not a table"), "{text}");
}

#[tokio::test]
async fn a_stall_ends_with_the_read_timeout() {
    let stand_in = StandIn::synthetic(1, &[STAR]).always(Fault::StallInBody);
    let error = impatient().get(cone(&stand_in, STAR), table).await;
    assert!(
        matches!(error, Err(ArchiveError::TimedOut { attempts: 2, .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn many_faults_at_once_change_no_table_and_exceed_no_limit() {
    let stars: Vec<_> = (0..30).map(|i| (10.0 + f64::from(i), -5.0)).collect();
    let faults: Vec<_> = Fault::ALL
        .into_iter()
        .filter(|fault| !fault.stalls() && !fault.asks_for_a_pause())
        .collect();
    let calm = StandIn::synthetic(3, &stars);
    let stormy = StandIn::synthetic(3, &stars)
        .failing_variously(&faults, 7, 3)
        .latency(Duration::from_millis(2));
    let archive = archive();
    let ask = |stand_in: &StandIn| {
        let requests: Vec<_> = stars.iter().map(|star| cone(stand_in, *star)).collect();
        let archive = &archive;
        join_all(requests.into_iter().map(|r| archive.get(r, table)))
    };
    let (expected, replies) = (ask(&calm).await, ask(&stormy).await);
    for (expected, reply) in expected.into_iter().zip(replies) {
        assert_eq!(reply.unwrap().body, expected.unwrap().body);
    }
    let counters = stormy.counters();
    assert!(counters.peak_concurrency() <= 3, "{counters:?}");
    assert_eq!(counters.asked_again_after_an_answer(), 0);
}

#[tokio::test]
async fn the_strictest_limit_on_a_host_holds_for_all_handles() {
    let stand_in = StandIn::synthetic(1, &[STAR]).latency(Duration::from_millis(5));
    let generous = archive();
    let strict = generous.limited(Limits {
        max_concurrency: 2,
        rate_limit: None,
    });
    strict.get(cone(&stand_in, STAR), table).await.unwrap();
    let asked = (0..20).map(|i| {
        let request = cone(&stand_in, (f64::from(i), 0.0));
        generous.get(request, table)
    });
    for reply in join_all(asked).await {
        reply.unwrap();
    }
    assert_eq!(stand_in.counters().peak_concurrency(), 2);
}

#[tokio::test]
async fn a_pause_that_one_request_is_told_of_is_kept_by_all() {
    for fault in [
        Fault::TooManyRequestsRetryAfter,
        Fault::UnavailableRetryAfter,
    ] {
        let stand_in = StandIn::synthetic(1, &[STAR]).failing(fault, 1, 1);
        let one_by_one = archive().limited(Limits {
            max_concurrency: 1,
            rate_limit: None,
        });
        let first = one_by_one.get(cone(&stand_in, STAR), table);
        let second = one_by_one.get(cone(&stand_in, (1.0, 2.0)), table);
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first.unwrap().attempts, second.unwrap().attempts), (2, 2));
        let counters = stand_in.counters();
        for pair in counters.records().windows(2) {
            if pair[0].fault.is_some() {
                let pause = pair[1].at - pair[0].at;
                assert!(pause >= Duration::from_secs(1), "{fault:?}: {pause:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_pause_of_days_fails_at_once() {
    let stand_in = StandIn::synthetic(1, &[STAR])
        .always(Fault::UnavailableRetryAfter)
        .retry_after(Duration::from_secs(200_000));
    let archive = archive();
    for star in [STAR, (1.0, 2.0), STAR] {
        let error = archive.get(cone(&stand_in, star), table).await;
        let error = error.unwrap_err();
        assert!(matches!(&error, ArchiveError::Paused { pause, .. } if pause.as_secs() > 190_000));
    }
    // the others do not ask, and do not wait for days either
    assert_eq!(stand_in.counters().requests(), 1);
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let stand_in = StandIn::empty();
    for (status, class) in [
        (400, ErrorClass::Permanent),
        (401, ErrorClass::Authorisation),
        (403, ErrorClass::Authorisation),
        (404, ErrorClass::Permanent),
        (413, ErrorClass::Permanent),
        (414, ErrorClass::Permanent),
        (501, ErrorClass::Permanent),
    ] {
        let path = format!("/{status}");
        stand_in.put_reply(&path, status, &[], b"no");
        let request = Request::get(format!("{}{path}", stand_in.url()));
        let error = archive().get(request, anything).await.unwrap_err();
        assert_eq!(error.class(), class, "{status}: {error}");
        assert_eq!(stand_in.counters().requests_to(&path), 1, "{status}");
    }
}

#[tokio::test]
async fn a_verdict_can_refuse_for_good() {
    let stand_in = StandIn::synthetic(1, &[STAR]);
    let refuse = |_: &Reply| Verdict::Refuse("unknown release".into());
    let error = archive().get(cone(&stand_in, STAR), refuse).await;
    assert!(
        matches!(&error, Err(ArchiveError::Rejected { words, .. }) if words == "unknown release")
    );
    let unauthorised = |_: &Reply| Verdict::Unauthorised("who are you?".into());
    let error = archive().get(cone(&stand_in, STAR), unauthorised).await;
    assert_eq!(error.unwrap_err().class(), ErrorClass::Authorisation);
    assert_eq!(stand_in.counters().requests(), 2);
}

#[tokio::test]
async fn nobody_there_is_a_network_error() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = archive()
        .get(Request::get(format!("http://{port}/")), anything)
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Network, "{error}");
    assert_eq!(error.attempts(), 5);
}

#[tokio::test]
async fn requests_say_who_asks() {
    let stand_in = StandIn::synthetic(1, &[STAR]);
    archive().get(cone(&stand_in, STAR), table).await.unwrap();
    let agent = stand_in.counters().records()[0].user_agent.clone().unwrap();
    assert!(agent.starts_with("retriever/") && agent.contains("(+tests@retriever.example)"));
}

#[tokio::test]
async fn a_bomb_is_stopped_at_the_unpacked_size() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let stand_in = StandIn::empty();
    stand_in.put_reply("/bomb", 200, &[("Content-Encoding", "gzip")], &bomb);
    let request = Request::get(format!("{}/bomb", stand_in.url())).max_bytes(1 << 20);
    let error = archive().get(request.clone(), anything).await;
    assert!(matches!(error, Err(ArchiveError::TooLarge { limit, .. }) if limit == 1 << 20));
    let folder = tempfile::tempdir().unwrap();
    let error = archive()
        .download(request, &folder.path().join("bomb"))
        .await;
    assert!(
        matches!(error, Err(ArchiveError::TooLarge { .. })),
        "{error:?}"
    );
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_redirect_is_followed_without_the_credentials() {
    let (front, back) = (StandIn::empty(), StandIn::empty());
    back.put_reply("/there", 200, &[], b"found");
    let there = format!("{}/there", back.url());
    front.put_reply("/elsewhere", 302, &[("Location", &there)], b"");
    front.put_reply("/here", 302, &[("Location", "/elsewhere")], b"");
    front.put_reply("/loop", 302, &[("Location", "/loop")], b"");
    let request = Request::get(format!("{}/here", front.url()))
        .basic_auth("me", "hunter2")
        .cookie("ticket=hunter2")
        .header("X-Token", "hunter2");
    let reply = archive().get(request, anything).await.unwrap();
    assert_eq!(&reply.body[..], b"found");
    let with: Vec<bool> = front
        .counters()
        .records()
        .iter()
        .map(|record| record.has_credentials)
        .collect();
    assert_eq!(with, [true, true]);
    assert!(!back.counters().records()[0].has_credentials);
    let error = archive()
        .get(Request::get(format!("{}/loop", front.url())), anything)
        .await;
    assert!(
        matches!(error, Err(ArchiveError::Redirected { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn no_error_repeats_a_secret_even_if_the_server_does() {
    let stand_in = StandIn::empty();
    stand_in.put_reply("/a", 400, &[], b"bad request: password=hunter2%20x");
    let request = Request::get(format!("{}/a", stand_in.url()))
        .query("user", "me")
        .query_secret("pin", "hunter2 x");
    let error = archive().get(request, anything).await.unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(!told.contains("hunter2"), "{told}");
    assert!(
        told.contains("pin=***") && told.contains("user=me"),
        "{told}"
    );
}

fn sign_on(stand_in: &StandIn, password: &str) -> Request {
    Request::get(format!("{}/account/signon/login.do", stand_in.url()))
        .query("josso_cmd", "login")
        .query("josso_username", "me")
        .query_secret("josso_password", password)
}

#[tokio::test]
async fn many_who_need_a_sign_on_share_one() {
    let stand_in = StandIn::synthetic(1, &[STAR])
        .account("me", "hunter2")
        .latency(Duration::from_millis(2));
    let archive = archive();
    let request = || {
        Request::get(format!("{}{LIGHT_CURVES}", stand_in.url()))
            .query("POS", format!("CIRCLE {} {} 0.0006", STAR.0, STAR.1))
            .query("COLLECTION", "ztf")
            .query("FORMAT", "CSV")
    };
    let public = archive.get(request(), table).await.unwrap();
    let all = join_all((0..8).map(async |_| {
        let signed_on = archive
            .session(
                "ZTF",
                sign_on(&stand_in, "hunter2"),
                |_, cookies| match cookies.is_empty() {
                    true => Verdict::Unauthorised("no cookie".into()),
                    false => Verdict::Accept,
                },
            )
            .await?;
        signed_on.get(request(), table).await
    }))
    .await;
    for reply in all {
        assert!(reply.unwrap().body.len() > public.body.len());
    }
    let counters = stand_in.counters();
    assert_eq!(counters.requests_to("/account/signon/login.do"), 1);
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    let stand_in = StandIn::empty().account("me", "hunter2");
    let archive = archive();
    for _ in 0..3 {
        let error = archive
            .session(
                "ZTF",
                sign_on(&stand_in, "hunter3"),
                |_, cookies| match cookies.is_empty() {
                    true => Verdict::Unauthorised("no cookie".into()),
                    false => Verdict::Accept,
                },
            )
            .await
            .unwrap_err();
        assert_eq!(error.class(), ErrorClass::Authorisation);
        assert!(!format!("{error:?} {error}").contains("hunter3"));
    }
    assert_eq!(stand_in.counters().requests(), 1);
}

#[tokio::test]
async fn places_without_http_keep_the_same_limits() {
    let archive = archive().limited(Limits {
        max_concurrency: 2,
        rate_limit: None,
    });
    let taken = [archive.place("demo").await, archive.place("demo").await];
    assert!(futures::poll!(Box::pin(archive.place("demo"))).is_pending());
    drop(taken);
    let _third = archive.place("demo").await;
}
