//! The TESS Input Catalog around the stars that are held: each of them, and neighbours that are easily mistaken.

use serde_json::{Value, json};

use super::holdings::Mast;
use super::tables::{Field, Row, number, row};
use crate::irsa::separation;
use crate::random::draw;
use crate::tess::star::TessStar;

/// Columns of a recorded reply, and two that were added later.
pub(crate) const FIELDS: [Field; 91] = [
    ("ID", "string"),
    ("version", "string"),
    ("HIP", "int"),
    ("TYC", "string"),
    ("UCAC", "string"),
    ("TWOMASS", "string"),
    ("SDSS", "string"),
    ("ALLWISE", "string"),
    ("GAIA", "string"),
    ("APASS", "string"),
    ("KIC", "int"),
    ("objType", "string"),
    ("typeSrc", "string"),
    ("ra", "float"),
    ("dec", "float"),
    ("POSflag", "string"),
    ("pmRA", "float"),
    ("e_pmRA", "float"),
    ("pmDEC", "float"),
    ("e_pmDEC", "float"),
    ("PMflag", "string"),
    ("plx", "float"),
    ("e_plx", "float"),
    ("PARflag", "string"),
    ("gallong", "float"),
    ("gallat", "float"),
    ("eclong", "float"),
    ("eclat", "float"),
    ("Bmag", "float"),
    ("e_Bmag", "float"),
    ("Vmag", "float"),
    ("e_Vmag", "float"),
    ("umag", "float"),
    ("e_umag", "float"),
    ("gmag", "float"),
    ("e_gmag", "float"),
    ("rmag", "float"),
    ("e_rmag", "float"),
    ("imag", "float"),
    ("e_imag", "float"),
    ("zmag", "float"),
    ("e_zmag", "float"),
    ("Jmag", "float"),
    ("e_Jmag", "float"),
    ("Hmag", "float"),
    ("e_Hmag", "float"),
    ("Kmag", "float"),
    ("e_Kmag", "float"),
    ("TWOMflag", "string"),
    ("prox", "float"),
    ("w1mag", "float"),
    ("e_w1mag", "float"),
    ("w2mag", "float"),
    ("e_w2mag", "float"),
    ("w3mag", "float"),
    ("e_w3mag", "float"),
    ("w4mag", "float"),
    ("e_w4mag", "float"),
    ("GAIAmag", "float"),
    ("e_GAIAmag", "float"),
    ("Tmag", "float"),
    ("e_Tmag", "float"),
    ("TESSflag", "string"),
    ("SPFlag", "string"),
    ("Teff", "float"),
    ("e_Teff", "float"),
    ("logg", "float"),
    ("e_logg", "float"),
    ("MH", "float"),
    ("e_MH", "float"),
    ("rad", "float"),
    ("e_rad", "float"),
    ("mass", "float"),
    ("e_mass", "float"),
    ("rho", "float"),
    ("e_rho", "float"),
    ("lumclass", "string"),
    ("lum", "float"),
    ("e_lum", "float"),
    ("d", "float"),
    ("e_d", "float"),
    ("ebv", "float"),
    ("e_ebv", "float"),
    ("numcont", "int"),
    ("contratio", "float"),
    ("disposition", "string"),
    ("duplicate_id", "string"),
    ("priority", "float"),
    ("objID", "string"),
    ("wdflag", "int"),
    ("dstArcSec", "float"),
];

/// An entry of the catalog; `None` is a null.
struct Entry {
    tic: u64,
    ra: f64,
    dec: f64,
    pm: Option<(f64, f64)>,
    tmag: Option<f64>,
    gaia_mag: Option<f64>,
    kind: &'static str,
}

/// Rows within a radius (degrees) of a position at J2000, the nearest first, with their distance.
pub(crate) fn cone(mast: &Mast, ra: f64, dec: f64, radius: f64) -> Vec<Row> {
    let mut found: Vec<(f64, Row)> = mast
        .stars
        .values()
        .filter(|star| separation(ra, dec, star.ra, star.dec) <= radius + 0.01)
        .flat_map(entries)
        .filter_map(|entry| {
            let distance = separation(ra, dec, entry.ra, entry.dec);
            (distance <= radius).then(|| {
                let arcsec = distance * 3600.0;
                let mut row = entry.row();
                row.insert("dstArcSec".into(), number(arcsec));
                (arcsec, row)
            })
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, row)| row).collect()
}

/// All rows, without a distance.
pub(crate) fn rows(mast: &Mast) -> Vec<Row> {
    mast.stars
        .values()
        .flat_map(entries)
        .map(|entry| entry.row())
        .collect()
}

/// The star; a fainter one that Gaia did not measure; a galaxy without any magnitude; one as bright, far off.
fn entries(star: &TessStar) -> [Entry; 4] {
    let finite = |value: f64| value.is_finite().then_some(value);
    let number = draw(3, &[&star.tic.to_le_bytes()]) % 100_000_000;
    let beside = |east_arcsec: f64, north_arcsec: f64| {
        let shrunk = star.dec.to_radians().cos();
        let ra = star.ra + east_arcsec / 3600.0 / shrunk;
        (ra.rem_euclid(360.0), star.dec + north_arcsec / 3600.0)
    };
    let entry = |tic, (ra, dec), tmag, gaia_mag, kind| Entry {
        tic,
        ra,
        dec,
        pm: None,
        tmag,
        gaia_mag,
        kind,
    };
    [
        Entry {
            pm: finite(star.pm_ra).zip(finite(star.pm_dec)),
            ..entry(
                star.tic,
                (star.ra, star.dec),
                finite(star.tmag),
                star.gaia_mag,
                "STAR",
            )
        },
        entry(
            2_000_000_000 + number,
            beside(3.0, 2.5),
            Some(star.tmag + 2.5),
            None,
            "STAR",
        ),
        entry(
            10_000_000_000 + number,
            beside(-11.0, 4.0),
            None,
            None,
            "EXTENDED",
        ),
        entry(
            2_200_000_000 + number,
            beside(9.0, -23.0),
            Some(star.tmag + 0.3),
            star.gaia_mag.map(|mag| mag + 0.3),
            "STAR",
        ),
    ]
}

impl Entry {
    fn row(&self) -> Row {
        let some = |value: Option<f64>| value.map_or(Value::Null, number);
        let is_star = self.kind == "STAR";
        row(
            &FIELDS,
            [
                // declared as text, and numbers all the same
                ("ID", json!(self.tic)),
                ("version", json!("20190415")),
                ("SDSS", json!(1_237_668_629_461_992_674 + self.tic % 1000)),
                // Gaia's numbers come as text (of DR2)
                ("GAIA", self.gaia_id()),
                ("objType", json!(self.kind)),
                ("typeSrc", json!(if is_star { "tmgaia2" } else { "2mass" })),
                ("ra", number(self.ra)),
                ("dec", number(self.dec)),
                (
                    "POSflag",
                    json!(if is_star { "tmgaia2" } else { "2MASSEXT" }),
                ),
                ("pmRA", some(self.pm.map(|pm| pm.0))),
                ("pmDEC", some(self.pm.map(|pm| pm.1))),
                ("TWOMflag", json!("   -   -   -  0-0- ")),
                ("GAIAmag", some(self.gaia_mag)),
                ("e_GAIAmag", some(self.gaia_mag.map(|_| 0.0003))),
                ("Tmag", some(self.tmag)),
                ("e_Tmag", some(self.tmag.map(|_| 0.0073))),
                ("wdflag", json!(0)),
                ("objID", json!(353_285_958 + self.tic % 1_000_000)),
            ],
        )
    }

    fn gaia_id(&self) -> Value {
        match self.gaia_mag {
            Some(_) => json!((4_618_025_841_129_646_336 + self.tic).to_string()),
            None => Value::Null,
        }
    }
}
