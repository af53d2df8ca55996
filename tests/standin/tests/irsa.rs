//! What the stand-in's light-curve service answers, asked over a plain socket.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;

use retriever_standin::{StandIn, SyntheticShape};

const HEADER: &str = "oid,expid,hjd,mjd,mag,magerr,catflags,filtercode,ra,dec,chi,sharp,filefracday,field,ccdid,qid,limitmag,magzp,magzprms,clrcoeff,clrcounc,exptime,airmass,programid";

/// Status 200's body. A connection of its own, closed by this side once the announced length has come.
fn ask(stand_in: &StandIn, query: &str) -> String {
    let address = stand_in.url();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    let head = format!("GET /cgi-bin/ZTF/nph_light_curves?{query} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut received = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "))
                .unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
                return body.to_owned();
            }
        }
        let mut buffer = vec![0; 1 << 20];
        match stream.read(&mut buffer).unwrap() {
            0 => panic!("the stand-in closed the connection"),
            read => received.extend_from_slice(&buffer[..read]),
        }
    }
}

fn rows(body: &str) -> Vec<Vec<String>> {
    let mut lines = body.lines();
    assert_eq!(lines.next(), Some(HEADER));
    lines
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

fn sky() -> StandIn {
    let shape = SyntheticShape {
        secondary_every: 1,
        ..SyntheticShape::default()
    };
    StandIn::synthetic_shaped(9, &[(359.9999, 10.0), (120.0, -20.0)], shape)
}

#[test]
fn rows_are_sorted_by_object_and_time_and_the_ids_tell_their_parts() {
    let table = rows(&ask(
        &sky(),
        "POS=CIRCLE%20120.0%20-20%200.0006&FORMAT=csv&collection=ztf_dr24",
    ));
    // two filters of two fields: 3 seasons of 40 and of 4 epochs
    assert_eq!(table.len(), 2 * 3 * 40 + 2 * 3 * 4);
    let keys: Vec<(i64, f64)> = table
        .iter()
        .map(|row| (row[0].parse().unwrap(), row[3].parse().unwrap()))
        .collect();
    assert!(keys.is_sorted_by(|a, b| a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)));
    for row in &table {
        let oid: i64 = row[0].parse().unwrap();
        let filter = ["zg", "zr", "zi"][(oid / 100_000_000_000 % 10) as usize - 1];
        assert_eq!(row[7], filter);
        assert_eq!(row[13], (oid / 1_000_000_000_000).to_string());
        assert_eq!(row[14], format!("{:#x}", oid / 1_000_000_000 % 100));
        assert_eq!(row[15], format!("{:#x}", oid / 100_000_000 % 10));
    }
}

#[test]
fn a_cone_across_ra_zero_finds_its_star() {
    let table = rows(&ask(&sky(), "pos=CIRCLE+0.0001+10+0.001&format=CSV"));
    assert!(!table.is_empty());
}

#[test]
fn filters_ids_flags_and_times_select() {
    let sky = sky();
    let star = "POS=CIRCLE%20120%20-20%200.0006&FORMAT=CSV";
    let all = rows(&ask(&sky, star));
    let count = |query: &str, keep: &dyn Fn(&[String]) -> bool| {
        let expected: Vec<_> = all.iter().filter(|row| keep(row)).cloned().collect();
        assert_eq!(rows(&ask(&sky, query)), expected, "{query}");
        assert!(
            !expected.is_empty() && expected.len() < all.len(),
            "{query}"
        );
    };
    count(&format!("{star}&BANDNAME=r"), &|row| row[7] == "zr");
    count(&format!("{star}&BAD_CATFLAGS_MASK=32768"), &|row| {
        row[6].parse::<u32>().unwrap() & 32_768 == 0
    });
    count(&format!("{star}&TIME=-Inf%2058400"), &|row| {
        row[3].parse::<f64>().unwrap() <= 58_400.0
    });
    count(&format!("{star}&NOBS_MIN=50"), &|row| {
        row[13].parse::<u32>().unwrap() < 1_000
    });
    let oid = all[0][0].clone();
    count(&format!("ID={oid}&FORMAT=CSV"), &|row| row[0] == oid);
}

#[test]
fn nothing_there_is_a_header_alone() {
    let body = ask(&sky(), "POS=CIRCLE%2050%2050%200.001&FORMAT=CSV");
    assert_eq!(body, format!("{HEADER}\n"));
}

#[test]
fn without_a_format_the_answer_is_a_votable() {
    let body = ask(&sky(), "POS=CIRCLE%20120%20-20%200.0006");
    assert!(body.starts_with("<?xml") && body.contains("<TR><TD>"));
}

#[test]
fn errors_are_xml_with_status_200() {
    let sky = sky();
    for query in [
        "POS=CIRCLE%20120%20-20%200.001&FORMAT=CSV&COLLECTION=ztf_dr99",
        "POS=CIRCLE%20120%20-20%205&FORMAT=CSV",
        "POS=CIRCLE%20nan%20-20%200.001&FORMAT=CSV",
        "FORMAT=CSV",
        "ID=1&BANDNAME=g&FORMAT=CSV",
    ] {
        let body = ask(&sky, query);
        assert!(body.contains("value=\"ERROR\""), "{query}: {body}");
    }
}

/// Real replies, where they are at hand: asked for at the place of their own star, each comes back byte for byte.
#[test]
fn recorded_replies_come_back_word_for_word() {
    let Some(data) = std::env::var_os("RETRIEVER_REAL_DATA") else {
        return;
    };
    let folder = PathBuf::from(data).join("ztf/irsa_lc_csv");
    let stand_in = StandIn::load_csv_dir(&folder).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let reply = fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut by_id: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
        for row in rows(&reply) {
            let place = (row[8].parse().unwrap(), row[9].parse().unwrap());
            by_id
                .entry(row[0].parse().unwrap())
                .or_default()
                .push(place);
        }
        let Some((ra, dec)) = by_id.values().next().map(|places| places[0]) else {
            continue;
        };
        let query = format!("POS=CIRCLE%20{ra}%20{dec}%200.001&FORMAT=CSV");
        assert_eq!(ask(&stand_in, &query), reply);
    }
}
