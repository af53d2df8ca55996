//! Replies of IRSA's light-curve service.

use retriever::observatory::ztf::parse_reply;

use super::{CASES, at_hostile_hands, memory};

const HEADER: &str = "oid,expid,hjd,mjd,mag,magerr,catflags,filtercode,ra,dec,chi,sharp,filefracday,field,ccdid,qid,limitmag,magzp,magzprms,clrcoeff,clrcounc,exptime,airmass,programid\n";
const ROW: &str = "604103100006917,54347533,2458296.9802463101,58296.475833299999,16.917614,0.0153,0,zg,30.363301100000001,-7.5,0.8,-0.0575410537,20180627475833,604,0x3,0x2,20.6,26.3,0.03,-0.05,8.82756503e-05,30,1.58299994,1\n";

#[test]
fn a_hostile_table_is_read_or_refused() {
    let document = format!("{HEADER}{}", ROW.repeat(30));
    at_hostile_hands(document.as_bytes(), 4 * CASES, |bytes| {
        let table = parse_reply(bytes)?;
        let lines = bytes
            .iter()
            .filter(|byte| matches!(byte, b'\n' | b'\r'))
            .count();
        assert!(table.rows() <= lines + 1);
        Ok(table)
    });
}

#[test]
fn a_line_without_an_end_takes_no_more_than_itself() {
    memory::alone(|| {
        let endless = format!("{HEADER}{}", "9".repeat(8 << 20));
        let (result, peak) = memory::peak_of(|| parse_reply(endless.as_bytes()));
        assert!(result.is_err());
        assert!(peak < 8 * endless.len(), "{peak}");
        let columns = "mag,".repeat(2 << 20);
        let (result, peak) = memory::peak_of(|| parse_reply(columns.as_bytes()));
        assert!(result.is_err());
        assert!(peak < 32 * columns.len(), "{peak}");
    });
}
