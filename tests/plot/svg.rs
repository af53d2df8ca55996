//! An SVG document, taken apart.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::Event;
use retriever::plot::{self, Figure, Size};

/// An element: its name and attributes; of a text also what it says.
#[derive(Debug, Clone, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
}

/// All elements of the picture in the order in which they are drawn. Panics if it is no well-formed document.
pub fn elements(figure: &Figure) -> Vec<Element> {
    let document = plot::svg(figure, Size::of(figure)).unwrap();
    let mut reader = Reader::from_str(&document);
    let mut elements: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().expect("a well-formed document") {
            Event::Start(tag) | Event::Empty(tag) => {
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    (
                        String::from_utf8(attribute.key.as_ref().to_vec()).unwrap(),
                        attribute
                            .normalized_value(XmlVersion::Implicit1_0)
                            .unwrap()
                            .into_owned(),
                    )
                });
                elements.push(Element {
                    name: String::from_utf8(tag.name().as_ref().to_vec()).unwrap(),
                    attributes: attributes.collect(),
                    text: String::new(),
                });
            }
            Event::Text(text) => {
                if let Some(last) = elements.last_mut() {
                    last.text.push_str(&text.decode().unwrap());
                }
            }
            Event::GeneralRef(name) => {
                let character = match &*name.decode().unwrap() {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("&{other};"),
                };
                elements.last_mut().unwrap().text.push(character);
            }
            Event::Eof => return elements,
            _ => {}
        }
    }
}

/// What the picture says, line by line.
pub fn words(elements: &[Element]) -> Vec<String> {
    let texts = elements.iter().filter(|element| element.name == "text");
    texts
        .map(|element| element.text.trim().to_owned())
        .collect()
}

impl Element {
    pub fn get(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn number(&self, name: &str) -> f64 {
        self.get(name).parse().expect(name)
    }

    /// Discs and rings of this colour and radius (tenths of a point).
    pub fn is_circle(&self, colour: &str, radius: f64) -> bool {
        self.name == "circle"
            && self.number("r") == radius
            && (self.get("fill") == colour || self.get("stroke") == colour)
    }

    pub fn is_hollow(&self) -> bool {
        self.get("fill") == "none"
    }
}
