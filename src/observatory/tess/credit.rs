//! What TESS, its archive and the pipelines ask of those who publish with their data.
//!
//! The texts are those of <https://archive.stsci.edu/publishing/mission-acknowledgements> and of the pages of the
//! pipelines below <https://archive.stsci.edu/hlsp/>.

use super::Pipeline;
use crate::credit::{Credit, Place, Reference};
use crate::observatory::Used;

const TESS: &str = "This paper includes data collected with the TESS mission, obtained from the MAST data archive at the Space \
    Telescope Science Institute (STScI). Funding for US Institutions for the TESS mission is provided by the NASA Explorer \
    Program. STScI is operated by the Association of Universities for Research in Astronomy, Inc., under NASA contract NAS5-26555.";

const SPOC: &str = "Resources supporting this work were provided by the NASA High-End Computing (HEC) Program through the NASA \
    Advanced Supercomputing (NAS) Division at Ames Research Center for the production of the SPOC data products.";

const QLP: &str = "We acknowledge the use of TESS High Level Science Products (HLSP) produced by the Quick-Look Pipeline (QLP) \
    at the TESS Science Office at MIT, which are publicly available from the Mikulski Archive for Space Telescopes (MAST). \
    Funding for the TESS mission is provided by NASA's Science Mission directorate.";

const NOTES: &str = "Research Notes of the American Astronomical Society";

/// The mission and its catalog, and the pipelines whose light curves were used; before a run, those that may be.
pub(super) fn credits(used: &Used, configured: &[Pipeline]) -> Vec<Credit> {
    let pipelines: Vec<Pipeline> = match &used.products {
        Some(products) => products
            .iter()
            .filter_map(|word| Pipeline::from_word(word))
            .collect(),
        None => configured.to_vec(),
    };
    let mut credits = vec![mission()];
    for pipeline in [Pipeline::Spoc, Pipeline::TessSpoc, Pipeline::Qlp] {
        if pipelines.contains(&pipeline) {
            credits.push(of_pipeline(pipeline));
        }
    }
    credits
}

fn mission() -> Credit {
    let place = Place {
        journal: "Journal of Astronomical Telescopes, Instruments, and Systems",
        volume: "1",
        pages: "014003",
        year: "2015",
        doi: "10.1117/1.JATIS.1.1.014003",
    };
    let mission = Reference::article(
        "Ricker2015",
        "Ricker, G. R. and Winn, J. N. and Vanderspek, R. and others",
        "Transiting Exoplanet Survey Satellite (TESS)",
        place,
    );
    let place = Place {
        journal: "The Astronomical Journal",
        volume: "158",
        pages: "138",
        year: "2019",
        doi: "10.3847/1538-3881/ab3467",
    };
    let catalog = Reference::article(
        "Stassun2019",
        "Stassun, K. G. and Oelkers, R. J. and Paegert, M. and others",
        "The Revised TESS Input Catalog and Candidate Target List",
        place,
    );
    let phantoms = Reference::new("misc", "Paegert2021")
        .with("author", "Paegert, M. and Stassun, K. G. and Collins, K. A. and others")
        .with(
            "title",
            "{TESS Input Catalog versions 8.1 and 8.2: Phantoms in the 8.0 Catalog and How to Handle Them}",
        )
        .with("year", "2021")
        .with("eprint", "2108.04778")
        .with("archiveprefix", "arXiv");
    Credit::of(super::NAME)
        .thanking(TESS)
        .citing(mission)
        .citing(catalog)
        .citing(phantoms)
}

fn of_pipeline(pipeline: Pipeline) -> Credit {
    let jenkins = || {
        Reference::new("inproceedings", "Jenkins2016")
            .with(
                "author",
                "Jenkins, J. M. and Twicken, J. D. and McCauliff, S. and others",
            )
            .with("title", "{The TESS science processing operations center}")
            .with("booktitle", "Proceedings of the SPIE")
            .with("volume", "9913")
            .with("pages", "99133E")
            .with("year", "2016")
            .with("doi", "10.1117/12.2233418")
    };
    match pipeline {
        Pipeline::Spoc => Credit::of("TESS: light curves of SPOC")
            .thanking(SPOC)
            .citing(jenkins())
            .citing(data_set("MAST-SPOC", "{MAST Team}", "TESS Light Curves -- All Sectors", "10.17909/t9-nmc8-f686")),
        Pipeline::TessSpoc => Credit::of("TESS: light curves of TESS-SPOC")
            .thanking(SPOC)
            .citing(jenkins())
            .citing(Reference::article(
                "Caldwell2020",
                "Caldwell, D. A. and Tenenbaum, P. and Twicken, J. D. and others",
                "TESS Science Processing Operations Center FFI Target List Products",
                Place { journal: NOTES, volume: "4", pages: "201", year: "2020", doi: "10.3847/2515-5172/abc9b3" },
            ))
            .citing(data_set("MAST-TESS-SPOC", "Caldwell, D. A. and others", "TESS-SPOC light curves", "10.17909/t9-wpz1-8s54")),
        Pipeline::Qlp => Credit::of("TESS: light curves of QLP")
            .thanking(QLP)
            .citing(Reference::article(
                "Huang2020a",
                "Huang, C. X. and Vanderburg, A. and P{\\'a}l, A. and others",
                "Photometry of 10 Million Stars from the First Two Years of TESS Full Frame Images: Part I",
                Place { journal: NOTES, volume: "4", pages: "204", year: "2020", doi: "10.3847/2515-5172/abca2e" },
            ))
            .citing(Reference::article(
                "Huang2020b",
                "Huang, C. X. and Vanderburg, A. and P{\\'a}l, A. and others",
                "Photometry of 10 Million Stars from the First Two Years of TESS Full Frame Images: Part II",
                Place { journal: NOTES, volume: "4", pages: "206", year: "2020", doi: "10.3847/2515-5172/abca2d" },
            ))
            .citing(Reference::article(
                "Kunimoto2021",
                "Kunimoto, M. and Huang, C. and Tey, E. and others",
                "Quick-look Pipeline Lightcurves for 9.1 Million Stars Observed over the First Year of the TESS Extended Mission",
                Place { journal: NOTES, volume: "5", pages: "234", year: "2021", doi: "10.3847/2515-5172/ac2ef0" },
            ))
            .citing(Reference::article(
                "Kunimoto2022",
                "Kunimoto, M. and Tey, E. and Fong, W. and others",
                "Quick-look Pipeline Light Curves for 5.7 Million Stars Observed Over the Second Year of TESS' First Extended Mission",
                Place { journal: NOTES, volume: "6", pages: "236", year: "2022", doi: "10.3847/2515-5172/aca158" },
            ))
            .citing(data_set("MAST-QLP", "Huang, C. X. and others", "QLP light curves", "10.17909/t9-r086-e880")),
    }
}

/// Data that an archive keeps under a DOI.
fn data_set(key: &str, authors: &str, title: &str, doi: &str) -> Reference {
    Reference::new("misc", key)
        .with("author", authors)
        .with("title", &format!("{{{title}}}"))
        .with("publisher", "STScI/MAST")
        .with("doi", doi)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects(products: Option<&[&str]>) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        let used = Used {
            products: products.map(words),
            ..Used::default()
        };
        let all = credits(&used, &[Pipeline::Spoc, Pipeline::Qlp]);
        all.into_iter().map(|credit| credit.subject).collect()
    }

    #[test]
    fn only_the_pipelines_that_were_used_are_cited() {
        let [tess, spoc, qlp] = [
            "TESS",
            "TESS: light curves of SPOC",
            "TESS: light curves of QLP",
        ];
        assert_eq!(subjects(Some(&["qlp"])), [tess, qlp]);
        assert_eq!(subjects(Some(&["qlp", "spoc"])), [tess, spoc, qlp]);
        assert_eq!(subjects(None), [tess, spoc, qlp]);
        assert_eq!(subjects(Some(&[])), [tess]);
    }
}
