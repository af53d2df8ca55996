//! The final values and where each comes from.

use serde_json::Value;

use super::limits::join;
use super::shape::{Field, Shape};
use super::{Node, Origin, Parameters};

/// A parameter as `retriever config show --origin` prints it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// With the names of the structs around it, joined by dots.
    pub name: String,
    /// The final value; secrets are `***`.
    pub value: Value,
    /// Where the value comes from.
    pub origin: Origin,
}

/// A row for each parameter, in the order of declaration. `section` is what the parameters were read from.
pub fn show<P: Parameters>(parameters: &P, section: &Node) -> Vec<Shown> {
    let values = serde_json::to_value(parameters)
        .expect("parameters are structs with text for names, which JSON can hold");
    let mut rows = Vec::new();
    collect(&Shape::of::<P>(), &values, Some(section), "", &mut rows);
    rows
}

fn collect(
    shape: &Shape,
    values: &Value,
    section: Option<&Node>,
    place: &str,
    rows: &mut Vec<Shown>,
) {
    for field in &shape.fields {
        let name = join(place, &field.name);
        let value = values.get(&field.name).cloned().unwrap_or(Value::Null);
        let given = section.and_then(|section| given(field, section));
        match &field.inner {
            Some(inner) if value.is_object() => collect(inner, &value, given, &name, rows),
            _ => rows.push(Shown {
                name,
                value,
                origin: given.map_or(Origin::Default, |node| node.origin.clone()),
            }),
        }
    }
}

/// The value in the section, under its own name or another.
fn given<'a>(field: &Field, section: &'a Node) -> Option<&'a Node> {
    let names = std::iter::once(&field.name).chain(&field.aliases);
    names.filter_map(|name| section.get(name)).next()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Finder;
    use super::super::{Document, NodeValue, read, to_yaml_line};
    use super::*;

    #[test]
    fn each_value_tells_where_it_was_set() {
        let document = Document::parse("threshold: 6\nnested:\n  levels: 3\n", "p.yaml").unwrap();
        let mut section = document.into_root();
        section.set(&["num_kernels"], 7, Origin::command_line("--kernels"));
        section.set(&["password"], "hunter2", Origin::Builder);
        let finder: Finder = read("finder", &section).unwrap();
        let rows: Vec<String> = show(&finder, &section)
            .iter()
            .map(|row| {
                format!(
                    "{} = {} ({})",
                    row.name,
                    to_yaml_line(&row.value),
                    row.origin
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "snr_threshold = 6.0 (p.yaml:1:12)",
                "num_kernels = 7 (--kernels)",
                "kind = snr (default)",
                "rate_limit = null (default)",
                "limits = [3.0, 20.0] (default)",
                "words = {} (default)",
                "url = \"https://example.org\" (default)",
                "password = \"***\" (builder)",
                "nested.depth = 3 (p.yaml:3:11)",
                "nested.threads = 1 (default)",
            ]
        );
    }

    #[test]
    fn without_a_section_all_is_default() {
        let nothing = Node::new(NodeValue::Null, Origin::Default);
        assert!(
            show(&Finder::default(), &nothing)
                .iter()
                .all(|row| row.origin == Origin::Default)
        );
    }
}
