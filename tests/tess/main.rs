//! TESS light curves, from the portal's reply to the reduced lightcurve: a stand-in of the archive with made-up
//! stars, and real files where somebody has them.

#[path = "../support/journey.rs"]
mod journey;

mod changes; // what is asked again, and what is not
mod faults; // an archive that misbehaves
mod finding; // from a target to its number
mod kept; // headers beside the rows
mod project; // through the whole program
mod python; // the same columns as astropy's
mod real; // real files, and numbers that were computed elsewhere
mod taking; // products, sectors, files

use retriever::catalog::Target;
use retriever::observatory::{FetchError, Fetched, Observatory, Registry, Surroundings};
use retriever::parameters::{Node, NodeValue, Origin};
use retriever::photometry::RawPhotometry;
use retriever_standin::StandIn;
use serde_json::Value;

/// TESS that asks this stand-in, with further parameters, without waiting between attempts.
fn tess(archive: &StandIn, parameters: &[(&str, NodeValue)]) -> Observatory {
    let mut section = Node::empty_mapping(Origin::Builder);
    let quick: [(&str, NodeValue); 4] = [
        ("url", NodeValue::Text(archive.url())),
        ("retry_delay", NodeValue::Float(0.0)),
        ("rate_limit", NodeValue::Null),
        ("poll_delay", NodeValue::Float(0.0)),
    ];
    for (name, value) in quick.iter().chain(parameters) {
        section.set(&[name], value.clone(), Origin::Builder);
    }
    let surroundings = Surroundings::new(0).with_environment(|_| None);
    Registry::standard()
        .observatory("TESS", &section, &surroundings)
        .expect("parameters in range")
}

fn text(words: &str) -> NodeValue {
    NodeValue::Text(words.to_owned())
}

/// A target that the catalog knows the number of.
fn numbered(tic: u64) -> Target {
    Target {
        name: format!("TIC {tic}"),
        ra: 10.0,
        dec: 5.0,
        epoch: 2000.0,
        ..Target::default()
    }
}

fn data(fetched: Result<Fetched, FetchError>) -> RawPhotometry {
    match fetched {
        Ok(Fetched::Data { raw, .. }) => raw,
        other => panic!("there are data, but: {other:?}"),
    }
}

/// A value of each product of raw photometry.
fn of_products<'a>(raw: &'a RawPhotometry, name: &str) -> Vec<&'a Value> {
    let products = raw.altdata["products"].as_array().expect("a list");
    products.iter().map(|product| &product[name]).collect()
}
