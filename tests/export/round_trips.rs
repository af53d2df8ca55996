//! Lightcurves of any columns through a format and back by our own readers.

use std::io::Cursor;

use arrow::array::{Array, BooleanArray, Float64Array, Int32Array, StringArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use retriever::export::{self, Description, Format, Layout, LightcurveColumns, Widths};
use retriever::fits;
use retriever::photometry::{Column, Epochs, Kind, Lightcurve, Statistics, Values};
use retriever::time::TimeFrame;

/// A lightcurve with a survey's own columns, of one of two surveys.
fn lightcurve() -> impl Strategy<Value = Lightcurve> {
    let epoch = (
        any::<f64>(),
        any::<f64>(),
        any::<bool>(),
        any::<i32>(),
        "[ -~]{0,6}",
    );
    (
        any::<bool>(),
        "\\PC{1,8}",
        prop::collection::vec(epoch, 1..20),
    )
        .prop_map(|(is_tess, name, epochs)| {
            let number = epochs.len();
            let flags = epochs.iter().map(|epoch| epoch.2).collect();
            let own = epochs.iter().map(|epoch| epoch.3).collect();
            let words = epochs.iter().map(|epoch| epoch.4.as_str()).collect();
            let extra = match is_tess {
                true => vec![
                    Column::new("quality", "", "bits", Values::Int32(own)),
                    Column::new("filter", "", "a name that is taken", Values::Text(words)),
                ],
                false => vec![Column::new(
                    "quality",
                    "",
                    "as a number",
                    Values::Float64(own.into_iter().map(f64::from).collect()),
                )],
            };
            let epochs = Epochs {
                mjd: epochs.iter().map(|epoch| epoch.0).collect(),
                flux: epochs.iter().map(|epoch| epoch.1).collect(),
                flag: flags,
                mag: vec![f64::NAN; number],
                magerr: vec![0.1; number],
                fluxerr: vec![1.0; number],
                exptime: vec![30.0; number],
                ra: vec![1.0; number],
                dec: vec![2.0; number],
                flux_unit: if is_tess { "e-/s" } else { "uJy" }.to_owned(),
                zero_point: if is_tess { 20.44 } else { 23.9 },
                extra,
            };
            Lightcurve {
                observatory: if is_tess { "TESS" } else { "ZTF" }.to_owned(),
                source_name: name,
                filter: "x".to_owned(),
                series_number: 1,
                series_total: 1,
                frame: match is_tess {
                    true => TimeFrame::TDB_BARYCENTER_MIDDLE,
                    false => TimeFrame::UTC_MID_EXPOSURE,
                },
                statistics: Statistics::of(&epochs),
                epochs,
                altdata: serde_json::Map::new(),
            }
        })
}

/// The lightcurves in a format, all in one table.
fn written(
    lightcurves: &[Lightcurve],
    format: Format,
    layout: Layout,
) -> (LightcurveColumns, Vec<u8>) {
    let mut columns = LightcurveColumns::new(Kind::Reduced);
    columns.learn(lightcurves);
    let all: Vec<&Lightcurve> = lightcurves.iter().collect();
    let rows = columns.batch(layout, &all).unwrap();
    let table = Description {
        name: "t".to_owned(),
        title: "a table".to_owned(),
        columns: columns.columns(layout),
        facts: columns.facts(),
    };
    let mut widths = Widths::new();
    if format == Format::Fits {
        export::text_widths(&table, &rows, &mut widths).unwrap();
    }
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = export::file(format, &table, &widths, &mut bytes).unwrap();
    // in two pieces, as a stream brings them
    let half = rows.num_rows() / 2;
    writer.write(&rows.slice(0, half)).unwrap();
    writer
        .write(&rows.slice(half, rows.num_rows() - half))
        .unwrap();
    writer.finish().unwrap();
    (columns, bytes.into_inner())
}

fn bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
    // of all NaN one: which is not what the formats promise to tell apart
    let canonical = |value: f64| if value.is_nan() { f64::NAN } else { value };
    values
        .into_iter()
        .map(|value| canonical(value).to_bits())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fits_gives_back_numbers_bit_for_bit(lightcurves in prop::collection::vec(lightcurve(), 1..5)) {
        let (_, bytes) = written(&lightcurves, Format::Fits, Layout::Flat);
        let units = fits::units(&bytes).unwrap();
        let table = fits::binary_table(&units[1]).unwrap();
        let epochs: usize = lightcurves.iter().map(|lightcurve| lightcurve.epochs.len()).sum();
        prop_assert_eq!(table.rows, epochs);
        let column = |name: &str| {
            let mut columns = table.columns.iter();
            columns.find(|column| column.column.name == name).expect("the column is there")
        };
        for (name, of) in [("mjd", (|e: &Epochs| &e.mjd) as fn(&Epochs) -> &Vec<f64>), ("flux", |e| &e.flux)] {
            let expected = lightcurves.iter().flat_map(|lightcurve| of(&lightcurve.epochs).clone());
            let found = column(name).column.values.to_floats().unwrap();
            prop_assert_eq!(bits(found), bits(expected), "{}", name);
        }
        let expected: Vec<bool> = lightcurves.iter().flat_map(|lightcurve| lightcurve.epochs.flag.clone()).collect();
        prop_assert_eq!(&column("flag").column.values, &Values::Boolean(expected));
    }

    #[test]
    fn parquet_gives_back_numbers_and_any_text(lightcurves in prop::collection::vec(lightcurve(), 1..5)) {
        let (_, bytes) = written(&lightcurves, Format::Parquet, Layout::Flat);
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap().build().unwrap();
        let batches: Vec<_> = reader.map(Result::unwrap).collect();
        prop_assert_eq!(batches.len(), 1);
        let column = |name: &str| batches[0].column_by_name(name).expect("the column is there");
        let floats = |name: &str| column(name).as_any().downcast_ref::<Float64Array>().unwrap().clone();
        let expected = lightcurves.iter().flat_map(|lightcurve| lightcurve.epochs.flux.clone());
        prop_assert_eq!(bits(floats("flux").values().iter().copied()), bits(expected));
        let names = column("source_name").as_any().downcast_ref::<StringArray>().unwrap();
        let expected: Vec<&str> = lightcurves.iter()
            .flat_map(|lightcurve| vec![lightcurve.source_name.as_str(); lightcurve.epochs.len()]).collect();
        prop_assert_eq!(names.iter().flatten().collect::<Vec<_>>(), expected);
        let flags = column("flag").as_any().downcast_ref::<BooleanArray>().unwrap();
        let expected: Vec<bool> = lightcurves.iter().flat_map(|lightcurve| lightcurve.epochs.flag.clone()).collect();
        prop_assert_eq!(flags.iter().flatten().collect::<Vec<_>>(), expected);
        // a column that one survey has as integers and the other as floats holds both
        let qualities: Vec<f64> = lightcurves.iter()
            .flat_map(|lightcurve| lightcurve.epochs.extra[0].values.to_floats().unwrap()).collect();
        let quality = column("quality").as_any();
        let found: Vec<f64> = match (quality.downcast_ref::<Float64Array>(), quality.downcast_ref::<Int32Array>()) {
            (Some(floats), _) => floats.values().to_vec(),
            (_, Some(integers)) => integers.values().iter().map(|&value| f64::from(value)).collect(),
            _ => panic!("neither integers nor floats"),
        };
        prop_assert_eq!(found, qualities);
        // what only one survey has is missing in the rows of the other
        if let Some(words) = batches[0].column_by_name("survey_filter") {
            let without = lightcurves.iter().filter(|lightcurve| lightcurve.observatory == "ZTF");
            let without: usize = without.map(|lightcurve| lightcurve.epochs.len()).sum();
            prop_assert_eq!(words.null_count(), without);
        }
    }
}

#[test]
fn units_stand_on_a_column_only_where_all_rows_agree() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut of = |observatory: &str| loop {
        let curve = lightcurve().new_tree(&mut runner).unwrap().current();
        if curve.observatory == observatory {
            return curve;
        }
    };
    let (ztf, tess) = (of("ZTF"), of("TESS"));
    let unit = |curves: &[&Lightcurve], name: &str| {
        let mut columns = LightcurveColumns::new(Kind::Reduced);
        columns.learn(curves.iter().copied());
        let columns = columns.columns(Layout::Flat);
        let column = columns
            .into_iter()
            .find(|column| column.name == name)
            .unwrap();
        (column.unit, column.time.is_some())
    };
    assert_eq!(unit(&[&ztf], "flux").0, "uJy");
    assert_eq!(unit(&[&tess], "flux").0, "electron/s");
    assert_eq!(unit(&[&ztf, &tess], "flux").0, "");
    assert_eq!(unit(&[&ztf, &tess], "mag").0, "mag");
    assert_eq!(
        (unit(&[&ztf], "mjd").1, unit(&[&ztf, &tess], "mjd").1),
        (true, false)
    );
    assert!(unit(&[&ztf, &tess], "bjd_tdb").1);
}

#[test]
fn lightcurves_that_were_not_learnt_are_refused() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let curve = lightcurve().new_tree(&mut runner).unwrap().current();
    let nothing = LightcurveColumns::new(Kind::Reduced);
    assert!(nothing.batch(Layout::Flat, &[&curve]).is_err());
}
