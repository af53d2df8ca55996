//! What a catalog asks of those who publish with it, by where it comes from.
//!
//! Texts: <https://www.cosmos.esa.int/web/gaia-users/credits>, <https://cds.unistra.fr/help/acknowledgement/>.

use super::{CatalogParameters, NamedCatalog};
use crate::credit::{Credit, Place, Reference};

const GAIA: &str = "This work has made use of data from the European Space Agency (ESA) mission Gaia \
    (https://www.cosmos.esa.int/gaia), processed by the Gaia Data Processing and Analysis Consortium (DPAC, \
    https://www.cosmos.esa.int/web/gaia/dpac/consortium). Funding for the DPAC has been provided by national institutions, in \
    particular the institutions participating in the Gaia Multilateral Agreement.";

const VIZIER: &str = "This research has made use of the VizieR catalogue access tool, CDS, Strasbourg, France (DOI: \
    10.26093/cds/vizier).";

/// Data releases of Gaia: how their tables begin at the Gaia archive and at VizieR.
const RELEASES: [(Release, &str, &str); 3] = [
    (Release::Dr2, "gaiadr2.", "I/345/"),
    (Release::Edr3, "gaiaedr3.", "I/350/"),
    (Release::Dr3, "gaiadr3.", "I/355/"),
];

/// The white dwarfs of Gaia EDR3 at VizieR.
const WHITE_DWARFS: &str = "J/MNRAS/508/3877/";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Release {
    Dr2,
    Edr3,
    Dr3,
}

impl CatalogParameters {
    /// Whom to thank and what to cite for the catalog: the services that are asked, the tables of theirs that are known, and
    /// `reference`. Of a file nothing is known but that.
    pub fn credits(&self) -> Vec<Credit> {
        let mut credits = Vec::new();
        if let Some(gaia) = &self.gaia {
            let adql = gaia.adql.to_lowercase();
            let about = |tables: &str| adql.contains(tables);
            let releases = RELEASES.iter().filter(|(_, tables, _)| about(tables));
            credits.push(of_gaia(releases.map(|&(release, ..)| release)));
        }
        if let Some(vizier) = &self.vizier {
            let table = vizier.table.trim();
            credits.extend(of_vizier(table));
            if table.starts_with(WHITE_DWARFS) {
                credits.extend(white_dwarfs());
            }
        }
        match self.default {
            Some(NamedCatalog::WhiteDwarfs) => credits.extend(white_dwarfs()),
            Some(NamedCatalog::Test) | None => {}
        }
        if let Some(reference) = &self.reference {
            let own =
                Reference::new("misc", "catalog").with("note", &reference.replace(['{', '}'], ""));
            credits.push(Credit::of("Catalog").citing(own));
        }
        credits
    }
}

/// The mission, and the releases that a query names; of a query that names none, the mission alone.
fn of_gaia(releases: impl Iterator<Item = Release>) -> Credit {
    let mission = Reference::article(
        "GaiaMission",
        "{Gaia Collaboration} and Prusti, T. and de Bruijne, J. H. J. and Brown, A. G. A. and others",
        "The Gaia mission",
        astronomy_and_astrophysics("595", "2016", "10.1051/0004-6361/201629272"),
    );
    let credit = Credit::of("Gaia").thanking(GAIA).citing(mission);
    releases.map(paper_of).fold(credit, Credit::citing)
}

fn paper_of(release: Release) -> Reference {
    match release {
        Release::Dr2 => Reference::article(
            "GaiaDR2",
            "{Gaia Collaboration} and Brown, A. G. A. and Vallenari, A. and Prusti, T. and others",
            "Gaia Data Release 2. Summary of the contents and survey properties",
            astronomy_and_astrophysics("616", "2018", "10.1051/0004-6361/201833051"),
        ),
        Release::Edr3 => Reference::article(
            "GaiaEDR3",
            "{Gaia Collaboration} and Brown, A. G. A. and Vallenari, A. and Prusti, T. and others",
            "Gaia Early Data Release 3. Summary of the contents and survey properties",
            astronomy_and_astrophysics("649", "2021", "10.1051/0004-6361/202039657"),
        ),
        Release::Dr3 => Reference::article(
            "GaiaDR3",
            "{Gaia Collaboration} and Vallenari, A. and Brown, A. G. A. and Prusti, T. and others",
            "Gaia Data Release 3. Summary of the content and survey properties",
            astronomy_and_astrophysics("674", "2023", "10.1051/0004-6361/202243940"),
        ),
    }
}

/// The papers on the releases all stand first in a volume.
fn astronomy_and_astrophysics<'a>(volume: &'a str, year: &'a str, doi: &'a str) -> Place<'a> {
    Place {
        journal: "Astronomy and Astrophysics",
        volume,
        pages: "A1",
        year,
        doi,
    }
}

/// The service, the table, and the mission where it is a table of Gaia.
fn of_vizier(table: &str) -> Vec<Credit> {
    let service = Reference::article(
        "Ochsenbein2000",
        "Ochsenbein, F. and Bauer, P. and Marcout, J.",
        "The VizieR database of astronomical catalogues",
        Place {
            journal: "Astronomy and Astrophysics Supplement Series",
            volume: "143",
            pages: "23",
            year: "2000",
            doi: "10.1051/aas:2000169",
        },
    );
    let service = Credit::of("VizieR").thanking(VIZIER).citing(service);
    let table_itself = Reference::new("misc", &key_of(table))
        .with(
            "title",
            &format!("{{VizieR On-line Data Catalog: {}}}", plain(table)),
        )
        .with("note", &note_of(table));
    let mut credits = vec![service.citing(table_itself)];
    let of_release = RELEASES
        .iter()
        .filter(|(_, _, tables)| table.starts_with(tables));
    let releases: Vec<Release> = of_release.map(|&(release, ..)| release).collect();
    if !releases.is_empty() {
        credits.push(of_gaia(releases.into_iter()));
    }
    credits
}

/// A table of a paper is named after it: `J/MNRAS/508/3877/maincat` is of MNRAS 508, 3877.
fn note_of(table: &str) -> String {
    let parts: Vec<&str> = table.split('/').collect();
    match parts[..] {
        ["J", journal, volume, page, ..] => format!(
            "cite the paper that the table is of: {} {}, {}",
            plain(journal),
            plain(volume),
            plain(page)
        ),
        _ => "cite what the catalog's page at VizieR asks for".to_owned(),
    }
}

fn key_of(table: &str) -> String {
    let letters = table.chars();
    let key = letters.map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    format!("VizieR-{}", key.collect::<String>())
}

/// A name from outside as LaTeX takes it for text.
fn plain(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '{' | '}' | '\\' | '~' | '^' => {}
            '&' | '%' | '$' | '#' | '_' => text.extend(['\\', letter]),
            letter => text.push(letter),
        }
    }
    text
}

fn white_dwarfs() -> [Credit; 2] {
    let paper = Reference::article(
        "GentileFusillo2021",
        "Gentile Fusillo, N. P. and Tremblay, P.-E. and Cukanovaite, E. and others",
        "A catalogue of white dwarfs in Gaia EDR3",
        Place {
            journal: "Monthly Notices of the Royal Astronomical Society",
            volume: "508",
            pages: "3877--3896",
            year: "2021",
            doi: "10.1093/mnras/stab2672",
        },
    );
    [
        Credit::of("White dwarfs of Gaia EDR3").citing(paper),
        of_gaia([Release::Edr3].into_iter()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(json: &str) -> Vec<String> {
        let parameters: CatalogParameters = serde_json::from_str(json).unwrap();
        let references = parameters
            .credits()
            .into_iter()
            .flat_map(|credit| credit.references);
        references.map(|reference| reference.key).collect()
    }

    #[test]
    fn a_query_of_gaia_is_credited_by_its_release() {
        let query = |release: &str| {
            keys(&format!(
                r#"{{"gaia": {{"adql": "SELECT * FROM {release}gaia_source"}}}}"#
            ))
        };
        assert_eq!(query("gaiadr3."), ["GaiaMission", "GaiaDR3"]);
        assert_eq!(query("GaiaEDR3."), ["GaiaMission", "GaiaEDR3"]);
        assert_eq!(query(""), ["GaiaMission"]);
    }

    #[test]
    fn a_table_of_vizier_is_credited_with_its_service_and_its_paper() {
        let found = keys(r#"{"vizier": {"table": "J/MNRAS/508/3877/maincat"}}"#);
        let table = "VizieR-J-MNRAS-508-3877-maincat";
        assert_eq!(
            found,
            [
                "Ochsenbein2000",
                table,
                "GentileFusillo2021",
                "GaiaMission",
                "GaiaEDR3"
            ]
        );
        assert_eq!(
            keys(r#"{"vizier": {"table": "I/355/gaiadr3"}}"#)[2..],
            ["GaiaMission", "GaiaDR3"]
        );
        assert_eq!(
            note_of("J/A+A/674/A1/x_y"),
            "cite the paper that the table is of: A+A 674, A1"
        );
        assert_eq!(plain("a_b{c}\u{1b}\\&"), "a\\_bc\\&");
    }

    #[test]
    fn a_file_is_credited_by_what_the_project_says_of_it() {
        assert!(keys(r#"{"filename": "mine.csv"}"#).is_empty());
        assert_eq!(
            keys(r#"{"filename": "mine.csv", "reference": "Me et al. 2025"}"#),
            ["catalog"]
        );
        assert_eq!(
            keys(r#"{"default": "WD"}"#),
            ["GentileFusillo2021", "GaiaMission", "GaiaEDR3"]
        );
    }
}
