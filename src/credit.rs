//! Whom a result owes thanks, and what it should cite.
//!
//! A survey, a catalog and a method each bring their own words ([`Credit`]) from their own folder; a project joins those
//! of everything that it used ([`Project::credits`](crate::project::Project::credits)).

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// What one survey, catalog, service or method asks of those who publish with it.
///
/// ```
/// use retriever::credit::{Credit, Reference};
///
/// let credit = Credit::of("MYSURVEY")
///     .thanking("This work made use of MYSURVEY.")
///     .citing(Reference::new("article", "Me2025").with("author", "Me, A. and Them, B.").with("year", "2025"));
/// assert_eq!(
///     credit.references[0].bibtex(),
///     "@article{Me2025,\n  author = {Me, A. and Them, B.},\n  year = {2025},\n}\n"
/// );
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Credit {
    /// What is credited: `ZTF`, `Gaia`.
    pub subject: String,
    /// Sentences for the acknowledgements of a paper, in the words that are asked for.
    pub acknowledgements: Vec<String>,
    /// What is to be cited.
    pub references: Vec<Reference>,
}

impl Credit {
    /// Nothing yet for this subject.
    pub fn of(subject: &str) -> Credit {
        Credit {
            subject: subject.to_owned(),
            ..Credit::default()
        }
    }

    /// Adds a text for the acknowledgements.
    pub fn thanking(mut self, words: &str) -> Credit {
        self.acknowledgements.push(words.to_owned());
        self
    }

    /// Adds something to cite.
    pub fn citing(mut self, reference: Reference) -> Credit {
        self.references.push(reference);
        self
    }

    /// The same subjects, each once, and each text and reference once: with the first that has it.
    pub fn joined(credits: impl IntoIterator<Item = Credit>) -> Vec<Credit> {
        let mut joined: Vec<Credit> = Vec::new();
        for credit in credits {
            let words = credit.acknowledgements.into_iter();
            let words: Vec<String> = words
                .filter(|words| !joined.iter().any(|c| c.acknowledgements.contains(words)))
                .collect();
            let references = credit.references.into_iter();
            let references: Vec<Reference> = references
                .filter(|own| !joined.iter().any(|c| c.cites(&own.key)))
                .collect();
            match joined.iter_mut().find(|c| c.subject == credit.subject) {
                Some(same) => {
                    same.acknowledgements.extend(words);
                    same.references.extend(references);
                }
                None => joined.push(Credit {
                    subject: credit.subject,
                    acknowledgements: words,
                    references,
                }),
            }
        }
        joined.retain(|c| !c.acknowledgements.is_empty() || !c.references.is_empty());
        joined
    }

    fn cites(&self, key: &str) -> bool {
        self.references.iter().any(|own| own.key == key)
    }
}

/// A publication, data set or program, as BibTeX has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Type of the entry: `article`, `inproceedings`, `misc`.
    pub kind: String,
    /// What it is cited by.
    pub key: String,
    /// Names and values of its fields, in their order; the values are LaTeX.
    pub fields: Vec<(String, String)>,
}

impl Reference {
    /// An entry without fields.
    pub fn new(kind: &str, key: &str) -> Reference {
        Reference {
            kind: kind.to_owned(),
            key: key.to_owned(),
            fields: Vec::new(),
        }
    }

    /// Adds a field.
    pub fn with(mut self, name: &str, value: &str) -> Reference {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A paper in a journal; authors as BibTeX joins them, the DOI without `https://doi.org/`.
    pub(crate) fn article(key: &str, authors: &str, title: &str, place: Place<'_>) -> Reference {
        Reference::new("article", key)
            .with("author", authors)
            // braces keep the capitals
            .with("title", &format!("{{{title}}}"))
            .with("journal", place.journal)
            .with("volume", place.volume)
            .with("pages", place.pages)
            .with("year", place.year)
            .with("doi", place.doi)
    }

    /// The value of a field; none if the entry does not have it.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(own, _)| own == name);
        field.map(|(_, value)| value.as_str())
    }

    /// The entry in BibTeX, with a line for each field.
    pub fn bibtex(&self) -> String {
        let mut text = format!("@{}{{{},\n", self.kind, self.key);
        for (name, value) in &self.fields {
            text.push_str(&format!("  {name} = {{{value}}},\n"));
        }
        text.push_str("}\n");
        text
    }

    /// The entry in a line: authors, year, place, DOI or address.
    ///
    /// ```
    /// use retriever::credit::Reference;
    /// let paper = Reference::new("article", "Me2025")
    ///     .with("author", "Me, A. and Them, B. and others")
    ///     .with("journal", "MNRAS")
    ///     .with("volume", "1")
    ///     .with("pages", "23")
    ///     .with("year", "2025")
    ///     .with("doi", "10.1000/182");
    /// assert_eq!(paper.line(), "Me et al. 2025, MNRAS, 1, 23, https://doi.org/10.1000/182");
    /// ```
    pub fn line(&self) -> String {
        let plain = |name| self.field(name).map(without_tex);
        let who = self.field("author").map(short_authors);
        let mut parts: Vec<String> = match (who, plain("year")) {
            (Some(who), Some(year)) => vec![format!("{who} {year}")],
            (Some(who), None) => vec![who],
            (None, year) => year.into_iter().collect(),
        };
        let journal = plain("journal").or(plain("booktitle"));
        if journal.is_none() {
            parts.extend(plain("title"));
        }
        parts.extend(journal);
        parts.extend(["volume", "pages", "note"].into_iter().filter_map(plain));
        let doi = plain("doi").map(|doi| format!("https://doi.org/{doi}"));
        let eprint = plain("eprint").map(|number| format!("arXiv:{number}"));
        parts.extend(doi.or(eprint).or(plain("url")));
        parts.join(", ")
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("key", &self.key)?;
        map.serialize_entry("type", &self.kind)?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("bibtex", &self.bibtex())?;
        map.end()
    }
}

/// Where a paper stands.
pub(crate) struct Place<'a> {
    pub journal: &'a str,
    pub volume: &'a str,
    /// First page or number of the article.
    pub pages: &'a str,
    pub year: &'a str,
    pub doi: &'a str,
}

/// `Masci et al.`, `Me & Them`: family names stand before their comma, or in braces as a whole.
fn short_authors(authors: &str) -> String {
    let all: Vec<&str> = authors.split(" and ").collect();
    let family = |name: &str| without_tex(name.split(", ").next().unwrap_or(name));
    match all[..] {
        [one] => family(one),
        [one, two] if two != "others" => format!("{} & {}", family(one), family(two)),
        [one, ..] => format!("{} et al.", family(one)),
        [] => String::new(),
    }
}

/// Text of a value for the eye: without braces and the commands of the accents.
fn without_tex(value: &str) -> String {
    value
        .replace("\\'a", "á")
        .replace("\\&", "&")
        .replace("--", "–")
        .chars()
        .filter(|letter| !matches!(letter, '{' | '}'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(key: &str) -> Reference {
        Reference::new("article", key).with("year", "2000")
    }

    #[test]
    fn what_two_ask_for_is_told_once() {
        let survey = Credit::of("A").thanking("Thanks.").citing(paper("x"));
        let catalog = Credit::of("B").thanking("Thanks.").citing(paper("x"));
        let more = Credit::of("A").citing(paper("y"));
        let joined = Credit::joined([survey, catalog, more]);
        assert_eq!(joined.len(), 1);
        let keys: Vec<&str> = joined[0].references.iter().map(|r| &*r.key).collect();
        assert_eq!(keys, ["x", "y"]);
        assert_eq!(joined[0].acknowledgements, ["Thanks."]);
    }

    #[test]
    fn a_line_names_authors_place_and_address() {
        let data = Reference::new("misc", "data")
            .with("author", "{The Team}")
            .with("title", "{Light Curves -- All Sectors}")
            .with("year", "2021")
            .with("doi", "10.1/x");
        assert_eq!(
            data.line(),
            "The Team 2021, Light Curves – All Sectors, https://doi.org/10.1/x"
        );
        let two = Reference::new("misc", "two")
            .with("author", "P{\\'a}l, A. and Other, B.")
            .with("eprint", "2108.04778");
        assert_eq!(two.line(), "Pál & Other, arXiv:2108.04778");
    }

    #[test]
    fn json_has_the_fields_and_the_entry() {
        let json = serde_json::to_value(paper("x")).unwrap();
        assert_eq!(json["type"], "article");
        assert_eq!(json["year"], "2000");
        assert_eq!(json["bibtex"], "@article{x,\n  year = {2000},\n}\n");
    }
}
