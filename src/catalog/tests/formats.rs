use fitsio::FitsFile;

use super::*;
use crate::catalog::make;

const EXTENSIONS: [&str; 6] = ["csv", "tsv", "fits", "vot", "h5", "parquet"];

// Cases 9 and 10 of the original's catalog tests, for every format.
#[test]
fn what_is_written_reads_back_equal_in_every_format() {
    let folder = Folder::new();
    let made = make(10, 1);
    for extension in EXTENSIONS {
        let file = folder.0.path().join(format!("test.{extension}"));
        made.write(&file).unwrap();
        let read = Catalog::from_file(&file, &CatalogParameters::default()).unwrap();
        assert_eq!(read.len(), 10, "{extension}");
        assert_eq!(read.content_sha256(), made.content_sha256(), "{extension}");
        assert_eq!(read.describe().skipped, 0, "{extension}");
    }
    let left = std::fs::read_dir(folder.0.path()).unwrap().count();
    assert_eq!(left, EXTENSIONS.len(), "no part files stay");
}

#[test]
fn the_same_catalog_is_written_as_the_same_bytes() {
    let folder = Folder::new();
    for extension in EXTENSIONS {
        let bytes = ["a", "b"].map(|stem| {
            let file = folder.0.path().join(format!("{stem}.{extension}"));
            make(50, 7).write(&file).unwrap();
            std::fs::read(file).unwrap()
        });
        assert!(bytes[0] == bytes[1], "{extension}");
    }
}

#[test]
fn missing_values_hostile_names_and_no_rows_survive_every_format() {
    let folder = Folder::new();
    let parameters = CatalogParameters {
        alias_column: Some("alias".to_owned()),
        ..CatalogParameters::default()
    };
    let text = "name,ra,dec,mag,alias\n\"a,\"\"<b>&/../x\",1,2,,Ä\n007,3,4,15.5,\n";
    for text in [text, "name,ra,dec,mag,alias\n"] {
        let catalog = load(text, &parameters).unwrap();
        for extension in EXTENSIONS {
            let file = folder.0.path().join(format!("t.{extension}"));
            catalog.write(&file).unwrap();
            let read = Catalog::from_file(&file, &parameters).unwrap();
            assert_eq!(
                read.content_sha256(),
                catalog.content_sha256(),
                "{extension}"
            );
        }
    }
}

#[test]
fn packed_files_are_read_whatever_their_name() {
    let folder = Folder::new();
    for extension in ["csv", "fits", "vot"] {
        let file = folder.0.path().join(format!("t.{extension}"));
        make(20, 2).write(&file).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, &std::fs::read(&file).unwrap()).unwrap();
        let packed = folder.file(&format!("t.{extension}.gz"), encoder.finish().unwrap());
        let read = Catalog::from_file(&packed, &CatalogParameters::default()).unwrap();
        assert_eq!(
            read.content_sha256(),
            make(20, 2).content_sha256(),
            "{extension}"
        );
    }
}

// cfitsio is the reference implementation of the format.
#[test]
fn cfitsio_reads_what_we_write() {
    let folder = Folder::new();
    let file = folder.0.path().join("t.fits");
    let made = make(5, 1);
    made.write(&file).unwrap();
    let mut fits = FitsFile::open(&file).unwrap();
    let table = fits.hdu(1).unwrap();
    let names: Vec<String> = table.read_col(&mut fits, "name").unwrap();
    let ra: Vec<f64> = table.read_col(&mut fits, "ra").unwrap();
    assert_eq!(names[4], made.name(4).unwrap());
    assert_eq!(ra, made.positions().0);
}

#[test]
fn we_read_what_cfitsio_writes() {
    use fitsio::tables::{ColumnDataType, ColumnDescription};
    let folder = Folder::new();
    let file = folder.0.path().join("t.fits");
    let mut fits = FitsFile::create(&file).open().unwrap();
    let column = |name: &str, kind: ColumnDataType| {
        ColumnDescription::new(name)
            .with_type(kind)
            .create()
            .unwrap()
    };
    let columns = [
        column("SOURCE_ID", ColumnDataType::LongLong),
        column("ra", ColumnDataType::Double),
        column("dec", ColumnDataType::Float),
        ColumnDescription::new("spectrum")
            .with_type(ColumnDataType::Double)
            .that_repeats(3)
            .create()
            .unwrap(),
    ];
    let table = fits.create_table("stars", &columns).unwrap();
    table
        .write_col(&mut fits, "SOURCE_ID", &[5_937_083_312_263_887_616i64, -1])
        .unwrap();
    table.write_col(&mut fits, "ra", &[10.5, 359.75]).unwrap();
    table.write_col(&mut fits, "dec", &[-0.5f32, 89.5]).unwrap();
    drop(fits);
    let catalog = Catalog::from_file(&file, &CatalogParameters::default()).unwrap();
    assert_eq!(catalog.name(0), Some("5937083312263887616"));
    assert_eq!(catalog.name(1), Some("-1"));
    assert_eq!(
        catalog.positions(),
        (&[10.5, 359.75][..], &[-0.5, 89.5][..])
    );
}

/// A FITS file of one table from its cards and the bytes of its rows.
fn fits(cards: &[&str], data: &[u8]) -> Vec<u8> {
    let block = |cards: &[&str]| {
        let mut bytes: Vec<u8> = cards
            .iter()
            .chain(&["END"])
            .flat_map(|card| format!("{card:80}").into_bytes())
            .collect();
        bytes.resize(bytes.len().next_multiple_of(2880), b' ');
        bytes
    };
    let mut bytes = block(&[
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
    ]);
    bytes.extend(block(cards));
    bytes.extend(data);
    bytes
}

// TZERO = 2^63 makes unsigned 64-bit integers, TNULL missing ones (FITS standard 4.0, sections 7.3.2 and 7.3.3).
#[test]
fn unsigned_and_missing_integers_in_fits_are_exact() {
    let cards = [
        "XTENSION= 'BINTABLE'",
        "BITPIX  = 8",
        "NAXIS   = 2",
        "NAXIS1  = 18",
        "NAXIS2  = 2",
        "PCOUNT  = 0",
        "GCOUNT  = 1",
        "TFIELDS = 4",
        "TTYPE1  = 'name'",
        "TFORM1  = 'K'",
        "TZERO1  = 9223372036854775808",
        "TTYPE2  = 'ra'",
        "TFORM2  = 'E'",
        "TTYPE3  = 'dec'",
        "TFORM3  = 'I'",
        "TSCAL3  = 0.5",
        "TTYPE4  = 'mag'",
        "TFORM4  = 'J'",
        "TNULL4  = -99",
    ];
    let mut data = Vec::new();
    for (name, dec, mag) in [(i64::MAX, 3i16, 15i32), (i64::MIN, -3, -99)] {
        data.extend(name.to_be_bytes());
        data.extend(10f32.to_be_bytes());
        data.extend(dec.to_be_bytes());
        data.extend(mag.to_be_bytes());
    }
    let folder = Folder::new();
    let file = folder.file("t.fits", fits(&cards, &data));
    let catalog = Catalog::from_file(&file, &CatalogParameters::default()).unwrap();
    assert_eq!(catalog.name(0), Some("18446744073709551615"));
    assert_eq!(catalog.name(1), Some("0"));
    assert_eq!(catalog.positions().1, [1.5, -1.5]);
    assert_eq!(catalog.target(0).unwrap().mag, Some(15.0));
    assert_eq!(catalog.target(1).unwrap().mag, None);
}

#[test]
fn names_that_are_floating_point_numbers_are_refused() {
    let folder = Folder::new();
    let cards = [
        "XTENSION= 'BINTABLE'",
        "BITPIX  = 8",
        "NAXIS   = 2",
        "NAXIS1  = 24",
        "NAXIS2  = 0",
        "PCOUNT  = 0",
        "GCOUNT  = 1",
        "TFIELDS = 3",
        "TTYPE1  = 'name'",
        "TFORM1  = 'D'",
        "TTYPE2  = 'ra'",
        "TFORM2  = 'D'",
        "TTYPE3  = 'dec'",
        "TFORM3  = 'D'",
    ];
    let file = folder.file("t.fits", fits(&cards, &[]));
    let error = Catalog::from_file(&file, &CatalogParameters::default()).unwrap_err();
    assert!(
        matches!(error, CatalogError::InexactNames { .. }),
        "{error}"
    );
}

// The stream was packed by hand: for each row a byte of null flags, two doubles, a text with its length, an int.
#[test]
fn binary2_votables_with_flags_for_missing_values_are_read() {
    use base64::Engine;
    let mut data = Vec::new();
    for (flags, ra, name, mag) in [(0u8, 1.5f64, "a&b", 15i32), (0b0001_0000, 2.5, "c", 99)] {
        data.push(flags);
        data.extend(ra.to_be_bytes());
        data.extend((-ra).to_be_bytes());
        data.extend((name.len() as u32).to_be_bytes());
        data.extend(name.as_bytes());
        data.extend(mag.to_be_bytes());
    }
    let stream = base64::engine::general_purpose::STANDARD.encode(&data);
    let text = format!(
        r#"<?xml version="1.0"?><v:VOTABLE xmlns:v="x"><v:RESOURCE><v:INFO name="QUERY_STATUS" value="OK"/><v:TABLE>
        <v:FIELD name="ra" datatype="double" unit="deg"/><v:FIELD name="dec" datatype="double"/>
        <v:FIELD name="name" datatype="char" arraysize="*"/><v:FIELD name="mag" datatype="int"/>
        <v:DATA><v:BINARY2><v:STREAM encoding="base64">{stream}</v:STREAM></v:BINARY2></v:DATA></v:TABLE></v:RESOURCE></v:VOTABLE>"#
    );
    let folder = Folder::new();
    let catalog =
        Catalog::from_file(&folder.file("t.vot", text), &CatalogParameters::default()).unwrap();
    assert_eq!(catalog.name(0), Some("a&b"));
    assert_eq!(catalog.positions(), (&[1.5, 2.5][..], &[-1.5, -2.5][..]));
    assert_eq!(catalog.target(0).unwrap().mag, Some(15.0));
    assert_eq!(catalog.target(1).unwrap().mag, None);
}

#[test]
fn references_and_nulls_in_a_votable_are_understood() {
    let text = r#"<VOTABLE><RESOURCE><TABLE><FIELD name="id" datatype="long"/><FIELD name="RA_ICRS" datatype="double" unit="rad"/>
        <FIELD name="DE_ICRS" datatype="double"/><FIELD name="alias" datatype="char" arraysize="*"/>
        <FIELD name="mag" datatype="short"><VALUES null="-32768"/></FIELD><DATA><TABLEDATA>
        <TR><TD>9223372036854775807</TD><TD>3.141592653589793</TD><TD>5</TD><TD><![CDATA[<x>]]>&#65;&lt;</TD><TD>-32768</TD></TR>
        </TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#;
    let folder = Folder::new();
    let parameters = CatalogParameters {
        alias_column: Some("alias".to_owned()),
        ..CatalogParameters::default()
    };
    let target = Catalog::from_file(&folder.file("t.xml", text), &parameters)
        .unwrap()
        .target(0)
        .unwrap();
    assert_eq!(target.name, "9223372036854775807");
    assert_eq!(
        (target.ra, target.mag, target.alias.as_deref()),
        (180.0, None, Some("<x>A<"))
    );
}

#[test]
fn an_error_of_a_server_is_told_in_its_own_words() {
    let text = r#"<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">no such table: gaia</INFO></RESOURCE></VOTABLE>"#;
    let folder = Folder::new();
    let error =
        Catalog::from_file(&folder.file("t.vot", text), &CatalogParameters::default()).unwrap_err();
    assert!(
        matches!(&error, CatalogError::ServerError { words, .. } if words == "no such table: gaia"),
        "{error}"
    );
}

#[derive(hdf5::H5Type, Clone)]
#[repr(C)]
struct Star {
    name: hdf5::types::FixedAscii<12>,
    ra: f64,
    dec: f32,
}

#[test]
fn a_compound_dataset_is_a_table() {
    let folder = Folder::new();
    let path = folder.0.path().join("t.h5");
    let file = hdf5::File::create(&path).unwrap();
    let star = |name: &str, ra, dec| Star {
        name: hdf5::types::FixedAscii::from_ascii(name).unwrap(),
        ra,
        dec,
    };
    let stars = [star("first", 10.25, -0.5), star("second", 20.5, 1.5)];
    file.create_group("deep")
        .unwrap()
        .new_dataset_builder()
        .with_data(&stars)
        .create("stars")
        .unwrap();
    file.close().unwrap();
    let catalog = Catalog::from_file(&path, &CatalogParameters::default()).unwrap();
    assert_eq!(
        (catalog.name(0), catalog.name(1)),
        (Some("first"), Some("second"))
    );
    assert_eq!(catalog.positions(), (&[10.25, 20.5][..], &[-0.5, 1.5][..]));
}

// The layout that pandas 2.1 writes with format="fixed": values by block of one type, names beside them.
#[test]
fn a_fixed_frame_of_pandas_is_a_table() {
    let folder = Folder::new();
    let path = folder.0.path().join("t.h5");
    let file = hdf5::File::create(&path).unwrap();
    let group = file.create_group("catalog").unwrap();
    let kind: hdf5::types::VarLenUnicode = "frame".parse().unwrap();
    group
        .new_attr::<hdf5::types::VarLenUnicode>()
        .create("pandas_type")
        .unwrap()
        .write_scalar(&kind)
        .unwrap();
    let names = |words: &[&str]| {
        words
            .iter()
            .map(|word| hdf5::types::FixedAscii::<8>::from_ascii(word).unwrap())
            .collect::<Vec<_>>()
    };
    let floats = ndarray::arr2(&[[1.0, -2.0], [3.0, -4.0]]);
    group
        .new_dataset_builder()
        .with_data(&names(&["ra", "dec"]))
        .create("block0_items")
        .unwrap();
    group
        .new_dataset_builder()
        .with_data(&floats)
        .create("block0_values")
        .unwrap();
    group
        .new_dataset_builder()
        .with_data(&names(&["oid"]))
        .create("block1_items")
        .unwrap();
    group
        .new_dataset_builder()
        .with_data(&ndarray::arr2(&[[42i64], [43]]))
        .create("block1_values")
        .unwrap();
    file.close().unwrap();
    let catalog = Catalog::from_file(&path, &CatalogParameters::default()).unwrap();
    assert_eq!((catalog.name(0), catalog.name(1)), (Some("42"), Some("43")));
    assert_eq!(catalog.positions(), (&[1.0, 3.0][..], &[-2.0, -4.0][..]));
}
