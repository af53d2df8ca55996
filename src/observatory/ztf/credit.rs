//! What ZTF and IRSA ask of those who publish with their data.
//!
//! The texts are those of the release notes (<https://irsa.ipac.caltech.edu/data/ZTF/docs/releases/>), which tell data taken
//! before and since 1 December 2020 apart, and of IRSA (<https://irsa.ipac.caltech.edu/ack.html>).

use crate::credit::{Credit, Place, Reference};
use crate::observatory::Used;
use crate::time;

/// 1 December 2020 (MJD), when the second phase of the survey began.
const SECOND_PHASE: f64 = 59_184.0;

const FIRST: &str = "Based on observations obtained with the Samuel Oschin 48-inch Telescope at the Palomar Observatory as \
    part of the Zwicky Transient Facility project. ZTF is supported by the National Science Foundation under Grant No. \
    AST-1440341 and a collaboration including Caltech, IPAC, the Weizmann Institute for Science, the Oskar Klein Center at \
    Stockholm University, the University of Maryland, the University of Washington, Deutsches Elektronen-Synchrotron and \
    Humboldt University, Los Alamos National Laboratories, the TANGO Consortium of Taiwan, the University of Wisconsin at \
    Milwaukee, and Lawrence Berkeley National Laboratories. Operations are conducted by COO, IPAC, and UW.";

const SECOND: &str = "Based on observations obtained with the Samuel Oschin Telescope 48-inch and the 60-inch Telescope at \
    the Palomar Observatory as part of the Zwicky Transient Facility project. ZTF is supported by the National Science \
    Foundation under Grants No. AST-1440341 and AST-2034437 and a collaboration including current partners Caltech, IPAC, \
    the Oskar Klein Center at Stockholm University, the University of Maryland, University of California, Berkeley, the \
    University of Wisconsin at Milwaukee, University of Warwick, Ruhr University, Cornell University, Northwestern \
    University and Drexel University. Operations are conducted by COO, IPAC, and UW.";

const IRSA: &str = "This research has made use of the NASA/IPAC Infrared Science Archive, which is funded by the National \
    Aeronautics and Space Administration and operated by the California Institute of Technology.";

/// The survey in the words for the phases that the data are of, its archive, and what the times at the barycentre are from.
pub(super) fn credits(used: &Used) -> Vec<Credit> {
    let mut ztf = Credit::of(super::NAME);
    let [first, last] = used.mjd_range.unwrap_or([f64::MIN, f64::MAX]);
    if first < SECOND_PHASE {
        ztf = ztf.thanking(FIRST);
    }
    if last >= SECOND_PHASE {
        ztf = ztf.thanking(SECOND);
    }
    let ztf = ztf.citing(masci()).citing(bellm()).citing(graham());
    vec![ztf, Credit::of("IRSA").thanking(IRSA), time::credit()]
}

fn pasp<'a>(volume: &'a str, pages: &'a str, doi: &'a str) -> Place<'a> {
    Place {
        journal: "Publications of the Astronomical Society of the Pacific",
        volume,
        pages,
        year: "2019",
        doi,
    }
}

fn masci() -> Reference {
    Reference::article(
        "Masci2019",
        "Masci, F. J. and Laher, R. R. and Rusholme, B. and others",
        "The Zwicky Transient Facility: Data Processing, Products, and Archive",
        pasp("131", "018003", "10.1088/1538-3873/aae8ac"),
    )
}

fn bellm() -> Reference {
    Reference::article(
        "Bellm2019",
        "Bellm, E. C. and Kulkarni, S. R. and Graham, M. J. and others",
        "The Zwicky Transient Facility: System Overview, Performance, and First Results",
        pasp("131", "018002", "10.1088/1538-3873/aaecbe"),
    )
}

fn graham() -> Reference {
    Reference::article(
        "Graham2019",
        "Graham, M. J. and Kulkarni, S. R. and Bellm, E. C. and others",
        "The Zwicky Transient Facility: Science Objectives",
        pasp("131", "078001", "10.1088/1538-3873/ab006c"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(mjd_range: Option<[f64; 2]>) -> Vec<bool> {
        let used = Used {
            mjd_range,
            ..Used::default()
        };
        let ztf = credits(&used).swap_remove(0);
        let second = |words: &String| words.contains("AST-2034437");
        ztf.acknowledgements.iter().map(second).collect()
    }

    #[test]
    fn the_words_are_those_of_the_phases_that_the_data_are_of() {
        assert_eq!(grants(Some([58_200.0, 58_900.0])), [false]);
        assert_eq!(grants(Some([59_200.0, 60_000.0])), [true]);
        assert_eq!(grants(Some([58_200.0, 60_000.0])), [false, true]);
        assert_eq!(grants(None), [false, true]);
    }
}
