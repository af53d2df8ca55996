//! ZTF from the request to the lightcurve: real replies through a stand-in of the service, and numbers that
//! were computed elsewhere or are computed here from the text of the replies.

#[path = "../support/journey.rs"]
mod journey;

mod barycenter;
mod events; // what is found in them
mod golden; // the table of 1 852 rows that the original tool was tested with
mod login;
mod properties; // what holds for any table
mod real; // where the real replies are
mod request; // what is sent
mod roster; // eight real replies, from the catalog to rows and files

use retriever::observatory::{Observatory, Registry, Surroundings};
use retriever::parameters::{Node, NodeValue, Origin};

/// ZTF with these parameters, without a project.
fn ztf(parameters: &[(&str, NodeValue)]) -> Observatory {
    let mut section = Node::empty_mapping(Origin::Builder);
    for (name, value) in parameters {
        section.set(&[name], value.clone(), Origin::Builder);
    }
    let surroundings = Surroundings::new(0).with_environment(|_| None);
    Registry::standard()
        .observatory("ZTF", &section, &surroundings)
        .expect("parameters in range")
}

/// Magnitude to flux in µJy, written anew: f = 10^((23.9 − m)/2.5).
fn microjansky(mag: f64) -> f64 {
    10f64.powf((23.9 - mag) / 2.5)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Standard deviation with the number of values below the line.
fn scatter(values: &[f64]) -> f64 {
    let mean = mean(values);
    mean_of(values, |value| (value - mean).powi(2)).sqrt()
}

fn mean_of(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    mean(&values.iter().map(|&value| of(value)).collect::<Vec<_>>())
}

/// The value in the middle, or the mean of the two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 {
        values[half]
    } else {
        (values[half - 1] + values[half]) / 2.0
    }
}
