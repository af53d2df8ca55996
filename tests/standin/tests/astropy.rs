//! Synthetic light curves as astropy reads them: the stand-in's writer is not its own judge.

use std::io::Write;
use std::process::{Command, Stdio};

use retriever_standin::{StandIn, TessStar};

/// Prints what a file is: right checksums, number and columns of the table, gaps, and cards that are undefined.
const SCRIPT: &str = r#"
import io, sys, warnings
warnings.simplefilter("error")
import numpy
from astropy.io import fits
content = sys.stdin.buffer.read()
hdus = fits.open(io.BytesIO(content))
hdus.verify("exception")
for hdu in hdus:
    # astropy itself wants a DATASUM card beside CHECKSUM, which real files of TESS do not have
    place = hdu.fileinfo()
    words = numpy.frombuffer(content[place["hdrLoc"]:place["datLoc"] + place["datSpan"]], ">u4")
    total = int(words.astype("u8").sum())
    while total >> 32:
        total = (total & 0xffffffff) + (total >> 32)
    assert "CHECKSUM" not in hdu.header or total == 0xffffffff, hdu.name
table = hdus[1].data
print(hdus[0].header["OBJECT"], hdus[1].header["NAXIS1"], len(table), len(table.names), table.names[3])
print(int(numpy.isnan(table["TIME"]).sum()), int(numpy.nanmax(numpy.diff(table["CADENCENO"]))), round(hdus[1].header["TIMEDEL"] * 86400))
print([name for name in hdus[0].header if hdus[0].header[name] is None], hdus[0].header["TICVER"])
print(round(float(numpy.nanmedian(table[table.names[3]])), 1), hdus[1].header["RA_OBJ"] == hdus[0].header["RA_OBJ"])
"#;

fn read(python: &std::ffi::OsStr, bytes: &[u8]) -> String {
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn astropy_reads_the_files_of_every_pipeline() {
    let Some(python) = std::env::var_os("RETRIEVER_PYTHON") else {
        println!("skipped: RETRIEVER_PYTHON names no Python with astropy");
        return;
    };
    let star = TessStar::at(188_589_164, 239.578, 35.407)
        .motion(-143.3, 318.2)
        .tmag(10.44)
        .spoc(24)
        .fast(62)
        .tess_spoc(27)
        .qlp(24)
        .qlp(56);
    let stand_in = StandIn::empty().with_tess([star]);
    // 10^((20.44 - 10.44) / 2.5) = 10 000 e-/s, of which the simple aperture holds nine tenths
    for (name, expected) in [
        (
            "-s_lc.fits",
            "TIC 188589164 100 300 20 SAP_FLUX\n12 1 120\n['TEFF', 'LOGG', 'MH', 'RADIUS'] 8\n",
        ),
        (
            "-a_fast-lc.fits",
            "TIC 188589164 100 300 20 SAP_FLUX\n12 1 20\n['TEFF', 'LOGG', 'MH', 'RADIUS'] 8.2\n",
        ),
        (
            "_tess_v1_lc.fits",
            "TIC 188589164 100 300 20 SAP_FLUX\n12 1 600\n['TEFF', 'LOGG', 'MH', 'RADIUS'] 8.2\n",
        ),
        (
            "s0024-0000000188589164_tess_v01_llc.fits",
            "TIC 188589164 56 300 13 KSPSAP_FLUX\n0 47 1800\n[] 8\n1.0 True\n",
        ),
        (
            "s0056-0000000188589164_tess_v01_llc.fits",
            "TIC 188589164 60 300 14 DET_FLUX\n0 47 200\n[] 8\n1.0 True\n",
        ),
    ] {
        let uris = stand_in.tess_uris();
        let uri = uris.iter().find(|uri| uri.ends_with(name)).unwrap();
        let found = read(&python, &stand_in.tess_file(uri).unwrap());
        assert!(found.starts_with(expected), "{name}: {found}");
        if !name.ends_with("llc.fits") {
            let last: Vec<&str> = found.lines().last().unwrap().split(' ').collect();
            let median: f64 = last[0].parse().unwrap();
            assert!((median - 9000.0).abs() < 200.0, "{name}: {found}");
            assert_eq!(last[1], "False", "{name}: RA_OBJ of the table is moved");
        }
    }
}
