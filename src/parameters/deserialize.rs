//! Nodes into Rust values through serde, each fault with the path and the origin of what is wrong.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::error::quoted;
use super::fault::{Fault, FaultKind, Path};
use super::{Key, Node, NodeValue};

/// The names that the structs on the way know, aliases included, by path.
pub(super) type KnownNames = RefCell<BTreeMap<Path, &'static [&'static str]>>;

/// Reads one node.
pub(super) struct NodeReader<'a> {
    pub node: &'a Node,
    pub path: Path,
    pub names: &'a KnownNames,
}

impl<'a> NodeReader<'a> {
    fn fault(&self, kind: FaultKind) -> Fault {
        Fault::at(kind, &self.path, &self.node.origin)
    }

    fn placed<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|mut fault| {
            if fault.place.is_none() {
                fault.place = Some((self.path.clone(), self.node.origin.clone()));
            }
            fault
        })
    }

    fn wrong_type(&self, expected: &str) -> Fault {
        let advice = match (&self.node.value, expected) {
            (NodeValue::Text(_), "true or false") => {
                Some("YAML 1.2 knows only the words true and false")
            }
            (NodeValue::Text(text), _)
                if expected.ends_with("number") && super::scalar::number(text).is_some() =>
            {
                Some("write the number without quotes")
            }
            (
                NodeValue::Bool(_) | NodeValue::Integer(_) | NodeValue::Float(_) | NodeValue::Null,
                "text",
            ) => Some("put it in quotes to make it text"),
            _ => None,
        };
        self.fault(FaultKind::WrongType {
            expected: expected.to_owned(),
            found: found(self.node),
            advice,
        })
    }

    /// A whole number that fits the type, with the limits for the message.
    fn whole<T>(&self, lowest: impl fmt::Display, highest: impl fmt::Display) -> Result<T, Fault>
    where
        T: TryFrom<i128>,
    {
        let NodeValue::Integer(value) = &self.node.value else {
            return Err(self.wrong_type("a whole number"));
        };
        T::try_from(*value).map_err(|_| {
            self.fault(FaultKind::OutOfRange {
                range: format!("a whole number from {lowest} to {highest}"),
                found: value.to_string(),
            })
        })
    }

    fn float(&self) -> Result<f64, Fault> {
        match &self.node.value {
            NodeValue::Integer(value) => Ok(*value as f64),
            NodeValue::Float(value) if value.is_finite() => Ok(*value),
            NodeValue::Float(_) => Err(self.wrong_type("a finite number")),
            _ => Err(self.wrong_type("a number")),
        }
    }

    fn text(&self, expected: &str) -> Result<&'a str, Fault> {
        match &self.node.value {
            NodeValue::Text(text) => Ok(text),
            _ => Err(self.wrong_type(expected)),
        }
    }

    fn items<V: Visitor<'a>>(&self, visitor: V) -> Result<V::Value, Fault> {
        let NodeValue::Sequence(items) = &self.node.value else {
            return Err(self.wrong_type("a list"));
        };
        let reader = ItemReader {
            outer: self,
            items: items.iter().enumerate(),
        };
        self.placed(visitor.visit_seq(reader))
    }

    fn pairs<V: Visitor<'a>>(&self, visitor: V) -> Result<V::Value, Fault> {
        let NodeValue::Mapping(entries) = &self.node.value else {
            return Err(self.wrong_type("a mapping"));
        };
        let reader = PairReader {
            outer: self,
            entries: entries.iter(),
            value: None,
        };
        self.placed(visitor.visit_map(reader))
    }
}

/// The value for a message: short, without what may be secret.
pub(super) fn found(node: &Node) -> String {
    match &node.value {
        NodeValue::Bool(value) => value.to_string(),
        NodeValue::Integer(value) => value.to_string(),
        NodeValue::Float(value) if value.is_nan() => ".nan".to_owned(),
        NodeValue::Float(value) if value.is_infinite() => {
            if *value > 0.0 { ".inf" } else { "-.inf" }.to_owned()
        }
        NodeValue::Float(value) => format!("{value:?}"),
        NodeValue::Text(text) => format!("text {}", quoted(text)),
        _ => node.kind().to_owned(),
    }
}

macro_rules! whole_numbers {
    ($($deserialize:ident $visit:ident $type:ty;)*) => {$(
        fn $deserialize<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
            let value = self.whole::<$type>(<$type>::MIN, <$type>::MAX)?;
            self.placed(visitor.$visit(value))
        }
    )*};
}

impl<'a> Deserializer<'a> for NodeReader<'a> {
    type Error = Fault;

    whole_numbers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
    }

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            NodeValue::Null => self.placed(visitor.visit_unit()),
            NodeValue::Bool(value) => self.placed(visitor.visit_bool(*value)),
            NodeValue::Integer(value) => {
                let value = *value;
                self.placed(match (u64::try_from(value), i64::try_from(value)) {
                    (Ok(value), _) => visitor.visit_u64(value),
                    (_, Ok(value)) => visitor.visit_i64(value),
                    _ => visitor.visit_i128(value),
                })
            }
            NodeValue::Float(_) => {
                let value = self.float()?;
                self.placed(visitor.visit_f64(value))
            }
            NodeValue::Text(text) => self.placed(visitor.visit_borrowed_str(text)),
            NodeValue::Sequence(_) => self.items(visitor),
            NodeValue::Mapping(_) => self.pairs(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            NodeValue::Bool(value) => self.placed(visitor.visit_bool(*value)),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    fn deserialize_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = self.float()?;
        self.placed(visitor.visit_f64(value))
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.text("text")?;
        self.placed(visitor.visit_borrowed_str(text))
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            NodeValue::Null => self.placed(visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            NodeValue::Null => self.placed(visitor.visit_unit()),
            _ => Err(self.wrong_type("null")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.items(visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.value {
            // Serde would stop at the last item that it wants and drop the others without a word.
            NodeValue::Sequence(items) if items.len() != length => {
                Err(self.fault(FaultKind::WrongType {
                    expected: format!("a list of {length}"),
                    found: format!("a list of {}", items.len()),
                    advice: None,
                }))
            }
            _ => self.items(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.pairs(visitor)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.names.borrow_mut().insert(self.path.clone(), fields);
        self.pairs(visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (word, origin, content) = match (&self.node.value, self.node.entries()) {
            (NodeValue::Text(word), _) => (word, &self.node.origin, None),
            (_, [(key, content)]) => (&key.name, &key.origin, Some(content)),
            _ => return Err(self.wrong_type(&format!("one of {}", words.join(", ")))),
        };
        let Some(word) = known_word(word, words) else {
            let found = word.clone();
            let kind = FaultKind::UnknownWord { found, words };
            return Err(Fault::at(kind, &self.path, origin));
        };
        self.placed(visitor.visit_enum(WordReader {
            outer: &self,
            word,
            content,
        }))
    }

    /// Asked for by types without `deny_unknown_fields`, for names that they do not know.
    fn deserialize_ignored_any<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Fault> {
        Err(self.fault(FaultKind::Ignored))
    }

    forward_to_deserialize_any! { <V: Visitor<'a>> bytes byte_buf identifier }
}

/// The word as the type spells it: exact if it can be, else in any case.
fn known_word(word: &str, words: &'static [&'static str]) -> Option<&'static str> {
    let exact = words.iter().find(|known| **known == word);
    let lower = word.to_lowercase();
    exact
        .or_else(|| words.iter().find(|known| known.to_lowercase() == lower))
        .copied()
}

struct ItemReader<'a, 'o> {
    outer: &'o NodeReader<'a>,
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'a> SeqAccess<'a> for ItemReader<'a, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some((index, node)) = self.items.next() else {
            return Ok(None);
        };
        read_inner(self.outer, format!("[{index}]"), node, seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct PairReader<'a, 'o> {
    outer: &'o NodeReader<'a>,
    entries: std::slice::Iter<'a, (Key, Node)>,
    value: Option<(&'a Key, &'a Node)>,
}

impl<'a> MapAccess<'a> for PairReader<'a, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((key, node)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some((key, node));
        let name: StrDeserializer<'_, Fault> = key.name.as_str().into_deserializer();
        seed.deserialize(name).map(Some).map_err(|mut fault| {
            fault.place = Some((self.outer.path.clone(), key.origin.clone()));
            fault
        })
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, node) = self
            .value
            .take()
            .expect("serde asks for a value only after its key");
        read_inner(self.outer, key.name.clone(), node, seed)
            .map_err(|fault| self.name_the_ignored(key, fault))
    }
}

impl PairReader<'_, '_> {
    fn name_the_ignored(&self, key: &Key, fault: Fault) -> Fault {
        if !matches!(*fault.kind, FaultKind::Ignored) {
            return fault;
        }
        let names = self.outer.names.borrow();
        let kind = FaultKind::UnknownName {
            name: key.name.clone(),
            known: names.get(&self.outer.path).copied().unwrap_or_default(),
        };
        Fault::at(kind, &self.outer.path, &key.origin)
    }
}

fn read_inner<'a, T: DeserializeSeed<'a>>(
    outer: &NodeReader<'a>,
    name: String,
    node: &'a Node,
    seed: T,
) -> Result<T::Value, Fault> {
    let mut path = outer.path.clone();
    path.push(name);
    let reader = NodeReader {
        node,
        path: path.clone(),
        names: outer.names,
    };
    seed.deserialize(reader).map_err(|mut fault| {
        fault
            .place
            .get_or_insert_with(|| (path, node.origin.clone()));
        fault
    })
}

/// A word of an enum, alone or as the only name of a mapping.
struct WordReader<'a, 'o> {
    outer: &'o NodeReader<'a>,
    word: &'static str,
    content: Option<&'a Node>,
}

impl<'a> WordReader<'a, '_> {
    /// The content keeps the path of the enum: the word is not a name of a parameter.
    fn inner(&self, expected: &str) -> Result<NodeReader<'a>, Fault> {
        match self.content {
            Some(node) => Ok(NodeReader {
                node,
                path: self.outer.path.clone(),
                names: self.outer.names,
            }),
            None => Err(self.outer.wrong_type(expected)),
        }
    }
}

impl<'a> EnumAccess<'a> for WordReader<'a, '_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let word: StrDeserializer<'_, Fault> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'a> VariantAccess<'a> for WordReader<'a, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content.map(|node| &node.value) {
            None | Some(NodeValue::Null) => Ok(()),
            Some(_) => Err(self.inner("")?.wrong_type("null")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.inner("a mapping of one word to its value")?)
    }

    fn tuple_variant<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.inner("a mapping of one word to a list")?
            .deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.inner("a mapping of one word to a mapping")?
            .deserialize_struct("", fields, visitor)
    }
}
