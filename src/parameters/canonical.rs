//! The form of the parameters that is hashed: all that can change results, and nothing else.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::shape::Shape;
use super::{Parameters, to_yaml};

/// The final values of all parameters that can change results, sorted by name.
///
/// Parameters marked `critical: false` are left out, and structs with nothing else in them. Secrets are never in it.
pub fn canonical<P: Parameters>(parameters: &P) -> Value {
    let mut value = serde_json::to_value(parameters)
        .expect("parameters are structs with text for names, which JSON can hold");
    remove_uncritical(&Shape::of::<P>(), &mut value);
    value.sort_all_objects();
    value
}

fn remove_uncritical(shape: &Shape, value: &mut Value) {
    let Value::Object(entries) = value else {
        return;
    };
    for field in &shape.fields {
        let emptied = match (&field.inner, entries.get_mut(&field.name)) {
            (Some(inner), Some(value @ Value::Object(_))) => {
                remove_uncritical(inner, value);
                value.as_object().is_some_and(Map::is_empty)
            }
            _ => false,
        };
        if emptied || !field.critical {
            entries.shift_remove(&field.name);
        }
    }
}

/// A configuration that is the same text for the same results, whatever the order in which it was put together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Canonical(Map<String, Value>);

impl Canonical {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value (such as [`canonical`] of a section) at the end of a path of names.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value>) {
        let Some((last, way)) = path.split_last() else {
            return;
        };
        let mut here = &mut self.0;
        for name in way {
            let next = here
                .entry(*name)
                .or_insert_with(|| Value::Object(Map::new()));
            if !next.is_object() {
                *next = Value::Object(Map::new());
            }
            here = next
                .as_object_mut()
                .expect("it was made an object one line above");
        }
        here.insert((*last).to_owned(), value.into());
    }

    /// The text to be kept as `config.yaml`: sorted at every level, line feeds, one at the end.
    pub fn to_yaml(&self) -> String {
        let mut value = Value::Object(self.0.clone());
        value.sort_all_objects();
        to_yaml(&value)
    }

    /// SHA-256 of [`Canonical::to_yaml`], which is what `sha256sum config.yaml` shows.
    pub fn hash(&self) -> String {
        sha256_hex(self.to_yaml())
    }
}

/// SHA-256 in 64 hexadecimal digits.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{Finder, Nested};
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // FIPS 180-4 example: SHA-256("abc").
        assert_eq!(
            sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_cannot_change_results_stays_out_at_every_level() {
        let finder = Finder {
            url: "http://mirror".into(),
            nested: Nested {
                threads: 9,
                ..Nested::default()
            },
            ..Finder::default()
        };
        assert_eq!(canonical(&finder), canonical(&Finder::default()));
        assert_eq!(
            canonical(&finder),
            json!({
                "kind": "snr", "limits": [3.0, 20.0], "nested": {"depth": 2},
                "num_kernels": 20, "rate_limit": null, "snr_threshold": 5.0, "words": {},
            })
        );
    }

    #[test]
    fn the_order_of_putting_it_together_does_not_matter() {
        let mut one = Canonical::new();
        one.set(&["finder"], canonical(&Finder::default()));
        one.set(&["code", "version"], "0.1.0");
        one.set(&["observatories", "ZTF"], json!({"b": 1, "a": 2.0}));
        let mut two = Canonical::new();
        two.set(&["observatories", "ZTF"], json!({"a": 2.0, "b": 1}));
        two.set(&["code", "version"], "0.1.0");
        two.set(&["finder"], canonical(&Finder::default()));
        assert_eq!(one.to_yaml(), two.to_yaml());
        assert_eq!(one.hash(), sha256_hex(one.to_yaml()));
        assert!(
            one.to_yaml()
                .starts_with("code:\n  version: \"0.1.0\"\nfinder:\n  kind: snr\n")
        );
    }
}
