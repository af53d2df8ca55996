//! Layers over layers: general and specific sections, flags over files.

use super::read::{place_words, unknown_name};
use super::{Key, Node, NodeValue, ParameterError, ParameterErrors};

impl Node {
    /// Two sections put together: what is specific wins, mappings are merged name by name, every value keeps its origin.
    ///
    /// An empty section (null) changes nothing; a null inside is a value and wins.
    pub fn merged(general: &Node, specific: &Node) -> Node {
        match specific.value {
            NodeValue::Null => general.clone(),
            _ => overlaid(general, specific),
        }
    }

    /// The entries whose names are among `known`, and the others. Anything but a mapping has neither.
    pub fn split<S: AsRef<str>>(&self, known: &[S]) -> (Node, Node) {
        let (mine, rest) = self
            .entries()
            .iter()
            .cloned()
            .partition(|(key, _)| known.iter().any(|name| name.as_ref() == key.name));
        let with = |entries| Node {
            value: NodeValue::Mapping(entries),
            origin: self.origin.clone(),
        };
        (with(mine), with(rest))
    }

    /// Moves what stands in the mappings under `names` one level up; what already stands there wins.
    ///
    /// For `reducer: {gap: 40}` where `gap: 40` is meant. Anything but a mapping stays, to be refused as unknown.
    pub fn hoist(&self, names: &[&str]) -> Node {
        let is_hoisted = |key: &Key, node: &Node| {
            names.contains(&key.name.as_str()) && matches!(node.value, NodeValue::Mapping(_))
        };
        let (inner, own): (Vec<_>, Vec<_>) = self
            .entries()
            .iter()
            .cloned()
            .partition(|(key, node)| is_hoisted(key, node));
        let own = Node {
            value: NodeValue::Mapping(own),
            origin: self.origin.clone(),
        };
        match self.value {
            NodeValue::Mapping(_) => inner
                .iter()
                .fold(own, |own, (_, node)| overlaid(node, &own)),
            _ => self.clone(),
        }
    }

    /// Takes the section of a name in any case out of a mapping.
    ///
    /// # Errors
    /// The name stands there in two spellings.
    pub fn take_ignoring_case(&mut self, name: &str) -> Result<Option<Node>, ParameterError> {
        let NodeValue::Mapping(entries) = &mut self.value else {
            return Ok(None);
        };
        let wanted = name.to_lowercase();
        let mut matching =
            (0..entries.len()).filter(|i| entries[*i].0.name.to_lowercase() == wanted);
        match (matching.next(), matching.next()) {
            (Some(first), Some(second)) => {
                let (first, second) = (&entries[first].0, &entries[second].0);
                Err(ParameterError::DuplicateKey {
                    origin: second.origin.clone(),
                    name: second.name.clone(),
                    first: first.origin.clone(),
                })
            }
            (Some(only), None) => Ok(Some(entries.remove(only).1)),
            _ => Ok(None),
        }
    }

    /// Refuses names that are not among `known`; `kind` is `section` or `parameter`, `place` the path of the mapping.
    ///
    /// # Errors
    /// Every unknown name, each with the nearest known one; not a mapping at all.
    pub fn refuse_unknown<S: AsRef<str>>(
        &self,
        kind: &'static str,
        place: &str,
        known: &[S],
    ) -> Result<(), ParameterErrors> {
        match &self.value {
            NodeValue::Null => Ok(()),
            NodeValue::Mapping(entries) => ParameterErrors::check(
                entries
                    .iter()
                    .filter(|(key, _)| known.iter().all(|name| name.as_ref() != key.name))
                    .map(|(key, _)| unknown_name(key, kind, place, known.iter().map(AsRef::as_ref)))
                    .collect(),
            ),
            _ => Err(ParameterError::NotAMapping {
                origin: self.origin.clone(),
                place: place_words(place),
                found: self.kind().to_owned(),
            }
            .into()),
        }
    }
}

fn overlaid(general: &Node, specific: &Node) -> Node {
    let (NodeValue::Mapping(below), NodeValue::Mapping(above)) = (&general.value, &specific.value)
    else {
        return specific.clone();
    };
    let mut entries = below.clone();
    for (key, node) in above {
        match entries.iter_mut().find(|(known, _)| known.name == key.name) {
            Some((known, value)) => {
                *value = overlaid(value, node);
                *known = key.clone();
            }
            None => entries.push((key.clone(), node.clone())),
        }
    }
    Node {
        value: NodeValue::Mapping(entries),
        origin: specific.origin.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Document, Origin};
    use super::*;

    fn parsed(text: &str) -> Node {
        Document::parse(text, "project.yaml").unwrap().into_root()
    }

    #[test]
    fn specific_wins_name_by_name_and_origins_stay() {
        let root = parsed("a: {x: 1, y: {z: 2, w: 3}}\nb: {y: {z: 20}, v: null}\n");
        let merged = Node::merged(root.get("a").unwrap(), root.get("b").unwrap());
        assert_eq!(
            merged.to_json(),
            json!({"x": 1, "y": {"z": 20, "w": 3}, "v": null})
        );
        let origin = |path: &[&str]| merged.at(path).unwrap().origin.to_string();
        assert_eq!(origin(&["x"]), "project.yaml:1:8");
        assert_eq!(origin(&["y", "z"]), "project.yaml:2:12");
        assert_eq!(origin(&["y", "w"]), "project.yaml:1:24");
        assert_eq!(root.to_json()["a"], json!({"x": 1, "y": {"z": 2, "w": 3}}));
    }

    #[test]
    fn a_list_is_replaced_whole_and_an_empty_section_changes_nothing() {
        let general = Node::new(json!({"products": ["spoc", "qlp"]}), Origin::Default);
        let specific = Node::new(json!({"products": ["qlp"]}), Origin::Builder);
        let merged = Node::merged(&general, &specific);
        assert_eq!(merged.to_json(), json!({"products": ["qlp"]}));
        let nothing = Node::new(NodeValue::Null, Origin::Builder);
        assert_eq!(Node::merged(&general, &nothing), general);
    }

    #[test]
    fn the_reducers_mapping_moves_up_and_the_own_name_wins() {
        let node = parsed("gap: 30\nreducer: {gap: 40, radius: 2}\nreduce_kwargs: 7\n");
        assert_eq!(
            node.hoist(&["reducer", "reduce_kwargs"]).to_json(),
            json!({"gap": 30, "radius": 2, "reduce_kwargs": 7})
        );
    }

    #[test]
    fn a_section_is_found_in_any_case_but_only_once() {
        let mut node = parsed("gap: 1\nZtf: {gap: 2}\n");
        let ztf = node.take_ignoring_case("ZTF").unwrap().unwrap();
        assert_eq!(ztf.to_json(), json!({"gap": 2}));
        assert_eq!(node.to_json(), json!({"gap": 1}));
        assert!(node.take_ignoring_case("ztf").unwrap().is_none());
        let mut twice = parsed("ztf: {}\nZTF: {}\n");
        assert_eq!(
            twice.take_ignoring_case("ztf").unwrap_err().to_string(),
            "project.yaml:2:1: \"ZTF\" stands here a second time; first at project.yaml:1:1"
        );
    }

    #[test]
    fn a_misspelt_section_is_refused_with_its_place_and_the_nearest_name() {
        let known = ["project", "catalog", "finder"];
        let errors = parsed("projct: {}\ncatalog: {}\n")
            .refuse_unknown("section", "", &known)
            .unwrap_err();
        assert_eq!(
            errors.to_string(),
            "project.yaml:1:1: unknown section \"projct\" in the file"
        );
        assert_eq!(
            errors.iter().next().unwrap().advice().unwrap(),
            "did you mean \"project\"? known: project, catalog, finder"
        );
    }

    #[test]
    fn split_keeps_order_and_loses_nothing() {
        let (mine, rest) = parsed("a: 1\nb: 2\nc: 3\n").split(&["c", "a"]);
        assert_eq!(mine.to_json(), json!({"a": 1, "c": 3}));
        assert_eq!(rest.to_json(), json!({"b": 2}));
    }
}
