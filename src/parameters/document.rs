//! YAML text to [`Node`]s.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

// The parser that serde-saphyr is built on, and re-exports. Its events carry the place of every key and every
// value, which the serde layer above passes on for values only.
use serde_saphyr::granit_parser::{self, Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::error::quoted;
use super::{Key, Node, NodeValue, Origin, ParameterError, scalar};

/// Largest file (bytes).
const MAX_BYTES: usize = 4 << 20;
/// Deepest nesting, aliases followed.
const MAX_DEPTH: usize = 48;
/// Most values and names, each alias counted with all that it stands for.
const MAX_NODES: usize = 200_000;
/// Most bytes of text, each alias counted with all that it stands for.
const MAX_TEXT: usize = 16 << 20;

/// A parameter file: one mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    root: Node,
}

impl Document {
    /// Reads a YAML file.
    ///
    /// # Errors
    /// The file cannot be read, is not UTF-8, not YAML, has more than one document or a name twice, is not a mapping,
    /// or is larger than any parameter file can be.
    pub fn read(path: &Path) -> Result<Self, ParameterError> {
        let unreadable = |cause| ParameterError::Unreadable {
            file: path.to_owned(),
            cause,
        };
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Self::parse(text, path),
            // A character may be cut at the size limit: the size is then what is wrong.
            Err(_) if bytes.len() > MAX_BYTES => Err(too_large(path)),
            Err(error) => Err(not_utf8(&bytes, error.valid_up_to(), path)),
        }
    }

    /// Parses YAML text; `file` is what errors and origins call it. An empty text is an empty mapping.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn parse(text: &str, file: impl AsRef<Path>) -> Result<Self, ParameterError> {
        let file = file.as_ref();
        if text.len() > MAX_BYTES {
            return Err(too_large(file));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut root = Loader::new(text, file).document()?;
        match root.value {
            NodeValue::Mapping(_) => {}
            NodeValue::Null => root = Node::empty_mapping(root.origin),
            _ => {
                return Err(ParameterError::NotAMapping {
                    place: "the file".to_owned(),
                    found: root.kind().to_owned(),
                    origin: root.origin,
                });
            }
        }
        Ok(Document { root })
    }

    /// The mapping of the file.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The mapping of the file, to be taken apart.
    pub fn into_root(self) -> Node {
        self.root
    }
}

impl Node {
    /// Reads one value as YAML would (`3`, `true`, `[a, b]`, `{gap: 40}`), for overrides on the command line.
    ///
    /// # Errors
    /// The text is not YAML; the error's place counts within the text.
    pub fn from_yaml(text: &str, origin: Origin) -> Result<Self, ParameterError> {
        if text.len() > MAX_BYTES {
            return Err(too_large(Path::new(&origin.to_string())));
        }
        let mut node = Loader::new(text, Path::new(&origin.to_string())).document()?;
        node.relocate(&origin);
        Ok(node)
    }
}

fn start_of(file: &Path) -> Origin {
    Origin::File {
        file: file.into(),
        line: 1,
        column: 1,
    }
}

fn too_large(file: &Path) -> ParameterError {
    ParameterError::TooLarge {
        origin: start_of(file),
        what: "too many bytes",
        limit: MAX_BYTES,
    }
}

fn not_utf8(bytes: &[u8], valid: usize, file: &Path) -> ParameterError {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line = before.rsplit('\n').next().unwrap_or("");
    ParameterError::Syntax {
        origin: Origin::file(
            &file.into(),
            before.matches('\n').count() + 1,
            line.trim_start_matches('\u{feff}').chars().count() + 1,
        ),
        message: format!(
            "not UTF-8 text: byte {:#04x}",
            bytes.get(valid).copied().unwrap_or_default()
        ),
    }
}

/// Turns the parser's events into nodes and watches the budget.
struct Loader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    file: Arc<Path>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    text: usize,
}

impl<'a> Loader<'a> {
    fn new(text: &'a str, file: &Path) -> Self {
        let mut options = granit_parser::options! {
            // One more than is allowed, so that the limit is reported in our words.
            flow_nesting_limit: MAX_DEPTH + 2,
            block_nesting_limit: MAX_DEPTH + 2,
            simple_key_max_lookahead: 1024,
        };
        options.set_emit_comments(false);
        Loader {
            parser: Parser::new_from_str_with_options(text, options),
            file: file.into(),
            anchors: HashMap::new(),
            nodes: 0,
            text: 0,
        }
    }

    /// The only document of the text; null if there is none.
    fn document(mut self) -> Result<Node, ParameterError> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(ParameterError::SeveralDocuments {
                        origin: self.origin(&span.start),
                    });
                }
                Event::DocumentStart(..) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, &span, 0)?);
                }
                _ => return Err(self.syntax(&span.start, "unexpected content".to_owned())),
            }
        }
        Ok(root.unwrap_or(Node {
            value: NodeValue::Null,
            origin: start_of(&self.file),
        }))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ParameterError> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.syntax(error.marker(), error.info())),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(
        &mut self,
        event: Event<'a>,
        span: &Span,
        depth: usize,
    ) -> Result<Node, ParameterError> {
        let origin = self.origin(&span.start);
        self.within_depth(depth, &origin)?;
        self.spend(1, 0, &origin)?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.spend(0, text.len(), &origin)?;
                (scalar_value(&text, style, tag.as_deref(), &origin)?, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), "seq", &origin)?;
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), "map", &origin)?;
                (self.mapping(depth)?, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, depth, origin),
            _ => return Err(self.syntax(&span.start, "unexpected content".to_owned())),
        };
        let node = Node { value, origin };
        if anchor != 0 {
            self.charge(&node)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self, depth: usize) -> Result<NodeValue, ParameterError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(NodeValue::Sequence(items));
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<NodeValue, ParameterError> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut places: HashMap<String, Origin> = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(NodeValue::Mapping(entries));
            }
            let key = self.key(event, &span, depth)?;
            if let Some(first) = places.insert(key.name.clone(), key.origin.clone()) {
                return Err(ParameterError::DuplicateKey {
                    origin: key.origin,
                    name: key.name,
                    first,
                });
            }
            let (event, span) = self.next()?;
            let nothing_written = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text.is_empty() || span.is_empty());
            let mut node = self.node(event, &span, depth + 1)?;
            if nothing_written {
                // The parser notices on a later line that there is no value.
                node.origin = key.origin.clone();
            }
            entries.push((key, node));
        }
    }

    fn key(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Key, ParameterError> {
        let is_merge =
            matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
        let node = self.node(event, span, depth + 1)?;
        match node.value {
            NodeValue::Text(_) if is_merge => Err(ParameterError::Unsupported {
                origin: node.origin,
                what: "merge keys (<<) are not part of YAML 1.2".to_owned(),
                advice: "write the names out; what stands under `observatories` goes to all of them",
            }),
            NodeValue::Text(name) => Ok(Key {
                name,
                origin: node.origin,
            }),
            _ => Err(ParameterError::KeyNotText {
                found: node.kind().to_owned(),
                origin: node.origin,
            }),
        }
    }

    fn alias(
        &mut self,
        anchor: usize,
        depth: usize,
        origin: Origin,
    ) -> Result<Node, ParameterError> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(ParameterError::Unsupported {
                origin,
                what: "an alias stands inside what it names".to_owned(),
                advice: "write the value out",
            });
        };
        self.within_depth(depth + depth_of(&node), &origin)?;
        self.charge(&node)?;
        Ok(node)
    }

    /// Counts a copy of a node, before the copy is kept.
    fn charge(&mut self, node: &Node) -> Result<(), ParameterError> {
        let mut pending = vec![node];
        while let Some(next) = pending.pop() {
            self.spend(1, 0, &node.origin)?;
            match &next.value {
                NodeValue::Text(text) => self.spend(0, text.len(), &node.origin)?,
                NodeValue::Sequence(items) => pending.extend(items),
                NodeValue::Mapping(entries) => {
                    for (key, value) in entries {
                        self.spend(1, key.name.len(), &node.origin)?;
                        pending.push(value);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn spend(&mut self, nodes: usize, text: usize, origin: &Origin) -> Result<(), ParameterError> {
        self.nodes += nodes;
        self.text += text;
        let (what, limit) = match (self.nodes > MAX_NODES, self.text > MAX_TEXT) {
            (true, _) => ("too many values", MAX_NODES),
            (_, true) => ("too much text", MAX_TEXT),
            _ => return Ok(()),
        };
        let origin = origin.clone();
        Err(ParameterError::TooLarge {
            origin,
            what,
            limit,
        })
    }

    fn within_depth(&self, depth: usize, origin: &Origin) -> Result<(), ParameterError> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        Err(ParameterError::TooLarge {
            origin: origin.clone(),
            what: "too deep a nesting",
            limit: MAX_DEPTH,
        })
    }

    fn syntax(&self, mark: &Marker, message: String) -> ParameterError {
        ParameterError::Syntax {
            origin: self.origin(mark),
            message,
        }
    }

    fn origin(&self, mark: &Marker) -> Origin {
        Origin::file(&self.file, mark.line().max(1), mark.col() + 1)
    }
}

fn depth_of(node: &Node) -> usize {
    match &node.value {
        NodeValue::Sequence(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        NodeValue::Mapping(entries) => {
            1 + entries
                .iter()
                .map(|(_, node)| depth_of(node))
                .max()
                .unwrap_or(0)
        }
        _ => 0,
    }
}

/// The value of a scalar: quoted text is text, plain text by the core schema, unless a tag says what it is.
fn scalar_value(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    origin: &Origin,
) -> Result<NodeValue, ParameterError> {
    let plain = || scalar::resolve(text);
    let value = match tag.map(|tag| (tag, tag.core_suffix())) {
        None if style == ScalarStyle::Plain => Some(plain()),
        None | Some((_, Some("str"))) => Some(NodeValue::Text(text.to_owned())),
        Some((tag, None)) if tag.original() == "!" => Some(NodeValue::Text(text.to_owned())),
        Some((_, Some("int"))) => Some(plain()).filter(|v| matches!(v, NodeValue::Integer(_))),
        Some((_, Some("bool"))) => Some(plain()).filter(|v| matches!(v, NodeValue::Bool(_))),
        Some((_, Some("null"))) => Some(plain()).filter(|v| matches!(v, NodeValue::Null)),
        Some((_, Some("float"))) => match plain() {
            NodeValue::Integer(value) => Some(NodeValue::Float(value as f64)),
            value => Some(value).filter(|v| matches!(v, NodeValue::Float(_))),
        },
        Some((tag, _)) => return Err(unsupported_tag(tag, origin)),
    };
    value.ok_or_else(|| ParameterError::Syntax {
        origin: origin.clone(),
        message: format!("{} is not what its tag says", quoted(text)),
    })
}

fn refuse_tag(tag: Option<&Tag>, allowed: &str, origin: &Origin) -> Result<(), ParameterError> {
    match tag {
        Some(tag) if tag.core_suffix() != Some(allowed) => Err(unsupported_tag(tag, origin)),
        _ => Ok(()),
    }
}

fn unsupported_tag(tag: &Tag, origin: &Origin) -> ParameterError {
    ParameterError::Unsupported {
        origin: origin.clone(),
        what: format!("the tag {} has no meaning here", quoted(&tag.original())),
        advice: "remove the tag",
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
