//! A section into a struct: all that is wrong with it at once.

use super::deserialize::{KnownNames, NodeReader};
use super::error::Suggestion;
use super::fault::{Fault, FaultKind, Path};
use super::limits::{self, join};
use super::shape::{Field, Shape};
use super::{Key, Node, NodeValue, Origin, ParameterError, ParameterErrors, Parameters};

/// Reads a section into its parameters. What is not given keeps its default; null is an empty section.
///
/// `place` is what messages call the section: `finder`, `observatories.ztf`.
///
/// # Errors
/// Unknown names, a name beside its alias, wrong types, numbers outside their limits, words that do not exist: all that
/// are found, each at its place. Rules across parameters ([`Parameters::check`]) are tried when the rest is right.
pub fn read<P: Parameters>(place: &str, section: &Node) -> Result<P, ParameterErrors> {
    let shape = Shape::of::<P>();
    let mut errors = Vec::new();
    let node = own_names(&shape, section, place, &mut errors)?;
    limits::check(&shape, &node, "", &mut errors);
    let parameters = deserialize::<P>(&shape, node.clone(), place, &mut errors);
    match parameters {
        Some(parameters) if errors.is_empty() => {
            let mut check = Check { node, errors };
            parameters.check(&mut check);
            ParameterErrors::check(check.errors).map(|()| parameters)
        }
        _ => Err(ParameterErrors::check(errors)
            .expect_err("reading gives parameters or tells what is wrong")),
    }
}

/// The section with every alias replaced by the parameter's own name, so that layers can be put over each other.
///
/// # Errors
/// Names that `P` does not know, and parameters that are given under two names.
pub fn resolve<P: Parameters>(place: &str, section: &Node) -> Result<Node, ParameterErrors> {
    let mut errors = Vec::new();
    let node = own_names(&Shape::of::<P>(), section, place, &mut errors)?;
    ParameterErrors::check(errors).map(|()| node)
}

/// Collects what is wrong between parameters.
#[derive(Debug)]
pub struct Check {
    node: Node,
    errors: Vec<ParameterError>,
}

impl Check {
    /// Tells that a parameter (a path of names joined by dots) breaks a rule. The error stands where the parameter was
    /// given, or at its section if it has its default.
    pub fn fail(&mut self, name: &str, message: impl Into<String>) {
        let path: Vec<&str> = name.split('.').collect();
        let origin = &self.node.at(&path).unwrap_or(&self.node).origin;
        self.errors.push(ParameterError::Rule {
            origin: origin.clone(),
            name: name.to_owned(),
            message: message.into(),
        });
    }

    /// [`Check::fail`] unless the condition holds.
    pub fn require(&mut self, holds: bool, name: &str, message: impl Into<String>) {
        if !holds {
            self.fail(name, message);
        }
    }
}

/// How messages call a section.
pub(super) fn place_words(place: &str) -> String {
    match place {
        "" => "the file".to_owned(),
        place => format!("section {place}"),
    }
}

/// The known entries of a section under their own names; what is unknown or given twice goes to `errors`.
fn own_names(
    shape: &Shape,
    section: &Node,
    place: &str,
    errors: &mut Vec<ParameterError>,
) -> Result<Node, ParameterError> {
    match &section.value {
        NodeValue::Null => Ok(Node::empty_mapping(section.origin.clone())),
        NodeValue::Mapping(_) => Ok(rename(shape, section, place, errors)),
        _ => Err(ParameterError::NotAMapping {
            origin: section.origin.clone(),
            place: place_words(place),
            found: section.kind().to_owned(),
        }),
    }
}

fn rename(shape: &Shape, node: &Node, place: &str, errors: &mut Vec<ParameterError>) -> Node {
    let mut entries: Vec<(Key, Node)> = Vec::new();
    let mut written: Vec<(&str, &Key)> = Vec::new();
    for (key, value) in node.entries() {
        let Some(field) = shape.field(&key.name) else {
            if shape.open {
                entries.push((key.clone(), value.clone()));
            } else {
                errors.push(unknown_name(key, "parameter", place, shape.names()));
            }
            continue;
        };
        if let Some((_, first)) = written.iter().find(|(name, _)| *name == field.name) {
            errors.push(ParameterError::GivenTwice {
                origin: key.origin.clone(),
                name: key.name.clone(),
                other: first.name.clone(),
                first: first.origin.clone(),
            });
            continue;
        }
        written.push((&field.name, key));
        let key = Key {
            name: field.name.clone(),
            origin: key.origin.clone(),
        };
        entries.push((key, rename_inner(field, value, place, errors)));
    }
    Node {
        value: NodeValue::Mapping(entries),
        origin: node.origin.clone(),
    }
}

fn rename_inner(
    field: &Field,
    value: &Node,
    place: &str,
    errors: &mut Vec<ParameterError>,
) -> Node {
    match (&field.inner, &value.value) {
        (Some(inner), NodeValue::Mapping(_)) => {
            rename(inner, value, &join(place, &field.name), errors)
        }
        (Some(_), NodeValue::Null) if !field.schema.contains_key("nullable") => {
            Node::empty_mapping(value.origin.clone())
        }
        _ => value.clone(),
    }
}

/// The error of a name that nothing is known under.
pub(super) fn unknown_name<'a>(
    key: &Key,
    kind: &'static str,
    place: &str,
    known: impl Iterator<Item = &'a str>,
) -> ParameterError {
    ParameterError::UnknownName {
        origin: key.origin.clone(),
        kind,
        name: key.name.clone(),
        place: place_words(place),
        suggestion: Suggestion::new(&key.name, known),
    }
}

/// Reads again without each value that stopped the reading, until all of those are known.
fn deserialize<P: Parameters>(
    shape: &Shape,
    mut node: Node,
    place: &str,
    errors: &mut Vec<ParameterError>,
) -> Option<P> {
    let mut first = true;
    loop {
        let fault = match read_once::<P>(&node) {
            Ok(parameters) => return Some(parameters),
            Err(fault) => fault,
        };
        // Something may be missing only because it was taken away here.
        if !first && matches!(*fault.kind, FaultKind::Missing(_)) {
            return None;
        }
        first = false;
        let (path, origin) = fault
            .place
            .unwrap_or_else(|| (Path::new(), node.origin.clone()));
        let error = to_error(*fault.kind, shape, place, &path, origin);
        if !errors.iter().any(|known| is_about(known, &error)) {
            errors.push(error);
        }
        if !remove(&mut node, &path) {
            return None;
        }
    }
}

fn read_once<P: Parameters>(node: &Node) -> Result<P, Fault> {
    P::deserialize(NodeReader {
        node,
        path: Path::new(),
        names: &KnownNames::default(),
    })
}

/// A list of the wrong length is told once, though both the schema and serde know.
fn is_about(known: &ParameterError, error: &ParameterError) -> bool {
    match (known, error) {
        (
            ParameterError::OutOfRange { name, origin, .. },
            ParameterError::WrongType {
                name: other,
                origin: at,
                ..
            }
            | ParameterError::OutOfRange {
                name: other,
                origin: at,
                ..
            },
        ) => name == other && origin == at,
        _ => false,
    }
}

/// Removes the value at a path, or the last named one on the way to it.
fn remove(node: &mut Node, path: &[String]) -> bool {
    let (Some((name, rest)), NodeValue::Mapping(entries)) = (path.split_first(), &mut node.value)
    else {
        return false;
    };
    let Some(index) = entries.iter().position(|(key, _)| key.name == *name) else {
        return false;
    };
    if !remove(&mut entries[index].1, rest) {
        entries.remove(index);
    }
    true
}

fn to_error(
    kind: FaultKind,
    shape: &Shape,
    place: &str,
    path: &Path,
    origin: Origin,
) -> ParameterError {
    let name = match path.as_slice() {
        [] => place_words(place),
        path => path.iter().fold(String::new(), |name, step| {
            if step.starts_with('[') {
                name + step
            } else {
                join(&name, step)
            }
        }),
    };
    match kind {
        FaultKind::WrongType {
            expected,
            found,
            advice,
        } => ParameterError::WrongType {
            found: hide_secret(shape, path, found),
            origin,
            name,
            expected,
            advice,
        },
        FaultKind::OutOfRange { range, found } => ParameterError::OutOfRange {
            origin,
            name,
            range,
            found,
        },
        FaultKind::UnknownWord { found, words } => ParameterError::UnknownWord {
            suggestion: Suggestion::new(&found, words.iter().copied()),
            origin,
            name,
            found,
        },
        FaultKind::UnknownName {
            name: unknown,
            known,
        } => ParameterError::UnknownName {
            suggestion: Suggestion::new(&unknown, known.iter().copied()),
            kind: "parameter",
            place: if path.is_empty() {
                name
            } else {
                join(place, &name)
            },
            name: unknown,
            origin,
        },
        FaultKind::Missing(missing) => ParameterError::Missing {
            place: if path.is_empty() {
                name
            } else {
                join(place, &name)
            },
            name: missing.to_owned(),
            origin,
        },
        FaultKind::Duplicate(name) => ParameterError::Rule {
            origin,
            name: name.to_owned(),
            message: "is given twice, under two of its names".to_owned(),
        },
        FaultKind::Ignored => ParameterError::Rule {
            origin,
            name,
            message: "is given, but has no use".to_owned(),
        },
        FaultKind::Other(message) => ParameterError::Rule {
            origin,
            name,
            message,
        },
    }
}

fn hide_secret(shape: &Shape, path: &Path, found: String) -> String {
    let mut shape = Some(shape);
    let mut field = None;
    for name in path {
        field = shape.and_then(|shape| shape.field(name));
        shape = field.and_then(|field| field.inner.as_ref());
    }
    match field.and_then(|field| field.word("format")) {
        Some("password") => "something else".to_owned(),
        _ => found,
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "read_deep_tests.rs"]
mod deep_tests;
