//! Photometry that the tests write.

use proptest::prelude::*;
use retriever::photometry::{
    Column, Epochs, Lightcurve, RawPhotometry, Statistics, Table, TimeColumn, Values,
};
use retriever::time::{TimeAlignment, TimeFrame};
use serde_json::{Map, Value, json};

/// A hundred epochs as an archive gives them.
pub fn raw(source_name: &str, rows: usize) -> RawPhotometry {
    let column = |name, unit, description, values| Column::new(name, unit, description, values);
    let floats = |start: f64, step: f64| {
        Values::Float64((0..rows).map(|row| start + step * row as f64).collect())
    };
    let columns = vec![
        column(
            "oid",
            "",
            "object",
            Values::Int64(vec![1_234_567_890_123_456_789; rows]),
        ),
        column("mjd", "d", "time of the start", floats(58_000.0, 1.25)),
        column("mag", "mag", "magnitude", floats(17.0, 0.001)),
        column("magerr", "mag", "", floats(0.01, 0.0)),
        column("ra", "deg", "", floats(123.456_789, 0.0)),
        column("dec", "deg", "", floats(-21.0, 0.0)),
        column("catflags", "", "bits", Values::Int32(vec![0; rows])),
        column("exptime", "s", "", Values::Float32(vec![30.0; rows])),
        column(
            "filtercode",
            "",
            "",
            Values::Text((0..rows).map(|row| ["zg", "zr"][row % 2]).collect()),
        ),
    ];
    RawPhotometry {
        observatory: "ZTF".to_owned(),
        source_name: source_name.to_owned(),
        time: Some(TimeColumn {
            name: "mjd".to_owned(),
            frame: TimeFrame {
                alignment: TimeAlignment::Start,
                ..TimeFrame::UTC_MID_EXPOSURE
            },
        }),
        table: Table::new(columns).unwrap(),
        altdata: object(json!({
            "catalog": {"name": source_name, "ra": 123.456789, "dec": -21.0, "epoch": 2016.0, "mag": 17.2},
            "request": {"collection": "ztf_dr24", "cone_search_radius": 2.0},
        })),
    }
}

/// A reduced lightcurve, the n-th of `total`.
pub fn lightcurve(source_name: &str, number: u32, total: u32, rows: usize) -> Lightcurve {
    let mag: Vec<f64> = (0..rows).map(|row| 17.0 + 0.001 * row as f64).collect();
    let epochs = Epochs {
        mjd: (0..rows)
            .map(|row| 58_000.0 + 100.0 * f64::from(number) + row as f64)
            .collect(),
        flux: mag
            .iter()
            .map(|mag| 10f64.powf((23.9 - mag) / 2.5))
            .collect(),
        fluxerr: vec![1.5; rows],
        magerr: vec![0.01; rows],
        flag: (0..rows).map(|row| row % 7 == 3).collect(),
        exptime: vec![30.0; rows],
        ra: vec![123.4; rows],
        dec: vec![f64::NAN; rows],
        flux_unit: "uJy".to_owned(),
        zero_point: 23.9,
        extra: vec![Column::new(
            "airmass",
            "",
            "",
            Values::Float64(vec![1.1; rows]),
        )],
        mag,
    };
    Lightcurve {
        observatory: "ZTF".to_owned(),
        source_name: source_name.to_owned(),
        filter: "zg".to_owned(),
        series_number: number,
        series_total: total,
        frame: TimeFrame::UTC_MID_EXPOSURE,
        statistics: Statistics::of(&epochs),
        epochs,
        altdata: object(json!({"object_id": 1234567890123456789i64})),
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9_ .+-]{0,12}",
        "[^\\x00]{0,12}",
        Just(String::new()),
        Just("../..".to_owned()),
        Just("epoch".to_owned()),
        Just("ſ/Ä%\n".to_owned()),
    ]
}

fn any_values(rows: usize) -> impl Strategy<Value = Values> {
    use proptest::collection::vec;
    prop_oneof![
        vec(any::<f64>(), rows).prop_map(Values::Float64),
        vec(any::<f32>(), rows).prop_map(Values::Float32),
        vec(any::<i64>(), rows).prop_map(Values::Int64),
        vec(any::<i32>(), rows).prop_map(Values::Int32),
        vec(any::<bool>(), rows).prop_map(Values::Boolean),
        vec(any_text(), rows)
            .prop_map(|words| { Values::Text(words.iter().map(String::as_str).collect()) }),
    ]
}

/// Any table that an archive could answer, with any names.
pub fn any_raw() -> impl Strategy<Value = RawPhotometry> {
    let columns = (0..20usize).prop_flat_map(|rows| {
        let column = (any_text(), any_text(), any_text(), any_values(rows));
        proptest::collection::vec(column, 0..8)
    });
    (columns, any::<String>(), any_text(), any_text()).prop_map(
        |(columns, source_name, observatory, note)| {
            let mut table = Table::default();
            for (name, unit, description, values) in columns {
                // a name that is there already is refused by the table itself
                let _ = table.push(Column::new(&name, &unit, &description, values));
            }
            RawPhotometry {
                observatory,
                source_name,
                time: None,
                table,
                altdata: object(json!({ "note": note, "number": 0.1 })),
            }
        },
    )
}

/// Bit for bit, so that NaN equals itself.
pub fn same_values(one: &Values, other: &Values) -> bool {
    match (one, other) {
        (Values::Float64(one), Values::Float64(other)) => one
            .iter()
            .map(|v| v.to_bits())
            .eq(other.iter().map(|v| v.to_bits())),
        (Values::Float32(one), Values::Float32(other)) => one
            .iter()
            .map(|v| v.to_bits())
            .eq(other.iter().map(|v| v.to_bits())),
        _ => one == other,
    }
}
