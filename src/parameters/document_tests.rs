use proptest::prelude::*;
use serde_json::json;

use super::*;

fn parsed(text: &str) -> Node {
    Document::parse(text, "p.yaml").unwrap().into_root()
}

fn refused(text: &str) -> String {
    Document::parse(text, "p.yaml").unwrap_err().to_string()
}

#[test]
fn each_name_and_value_knows_its_line_and_column() {
    let text = "\u{feff}# targets\r\nproject:\r\n  name: wd\r\n  obs: [ZTF, 'Ä', \"T\"]\r\ncatalog: {é: 1,  x: y}\r\nempty:\r\nlast: 1\r\n";
    let root = parsed(text);
    let place = |path: &[&str]| root.at(path).unwrap().origin.to_string();
    assert_eq!(place(&["project", "name"]), "p.yaml:3:9");
    assert_eq!(place(&["project", "obs"]), "p.yaml:4:8");
    assert_eq!(place(&["catalog", "é"]), "p.yaml:5:14");
    assert_eq!(place(&["catalog", "x"]), "p.yaml:5:21");
    assert_eq!(place(&["empty"]), "p.yaml:6:1");
    let NodeValue::Sequence(items) = &root.at(&["project", "obs"]).unwrap().value else {
        panic!()
    };
    let places: Vec<String> = items.iter().map(|item| item.origin.to_string()).collect();
    assert_eq!(places, ["p.yaml:4:9", "p.yaml:4:14", "p.yaml:4:19"]);
    let catalog = root.get("catalog").unwrap();
    assert_eq!(
        catalog.entry("x").unwrap().0.origin.to_string(),
        "p.yaml:5:18"
    );
}

#[test]
fn quoted_scalars_are_text_and_plain_ones_follow_yaml_1_2() {
    let root = parsed(
        "a: no\nb: 'true'\nc: \"5\"\nd: 5\ne: 5.0\nf: |\n  1\ng: ~\nh: !!str 5\ni: !!float 5\n",
    );
    assert_eq!(
        root.to_json(),
        json!({"a": "no", "b": "true", "c": "5", "d": 5, "e": 5.0, "f": "1\n", "g": null, "h": "5", "i": 5.0})
    );
}

#[test]
fn an_empty_file_is_an_empty_mapping() {
    for text in [
        "",
        "\n\n",
        "# nothing\n",
        "---\n",
        "---\n...\n",
        "null\n",
        "\u{feff}",
    ] {
        assert_eq!(parsed(text).to_json(), json!({}), "{text:?}");
    }
}

#[test]
fn what_is_not_one_mapping_is_refused_with_its_place() {
    assert_eq!(
        refused("- a\n"),
        "p.yaml:1:1: the file must be a mapping of names to values, found a list"
    );
    assert_eq!(
        refused("\nword\n"),
        "p.yaml:2:1: the file must be a mapping of names to values, found text"
    );
    assert_eq!(
        refused("a: 1\n---\nb: 2\n"),
        "p.yaml:2:1: a second document begins here; a parameter file has one"
    );
}

#[test]
fn a_name_that_stands_twice_is_refused_with_both_places() {
    assert_eq!(
        refused("finder:\n  gap: 1\n  x: 2\n  'gap': 3\n"),
        "p.yaml:4:3: \"gap\" stands here a second time; first at p.yaml:2:3"
    );
}

#[test]
fn names_are_text() {
    assert_eq!(
        refused("a:\n  1: x\n"),
        "p.yaml:2:3: a name must be text, found a whole number"
    );
    assert_eq!(
        refused("true: x\n"),
        "p.yaml:1:1: a name must be text, found a truth value"
    );
    assert_eq!(
        refused("[a]: x\n"),
        "p.yaml:1:1: a name must be text, found a list"
    );
    assert_eq!(
        parsed("'1': x\nno: y\n").to_json(),
        json!({"1": "x", "no": "y"})
    );
}

#[test]
fn syntax_errors_tell_line_and_column() {
    let nowhere = "mapping values are not allowed in this context";
    for (text, error) in [
        ("a: [1, 2\n", "1:4: unclosed bracket '['"),
        ("a: 1\n b: 2\n", &format!("2:3: {nowhere}")),
        ("a: b: c\n", &format!("1:5: {nowhere}")),
        ("a: *x\n", "1:4: while parsing node, found unknown anchor"),
        (
            "a: \"x\n",
            "2:1: invalid indentation in multiline quoted scalar",
        ),
        (
            "a:\n\tb: 1\n",
            "2:2: tabs disallowed within this context (block indentation)",
        ),
        ("a: 1\nb\n", "2:1: simple key expected ':'"),
        (
            "a: {b: 1\nc: 2\n",
            "2:2: while parsing a flow mapping, did not find expected ',' or '}'",
        ),
        ("a: @x\n", "1:4: unexpected character: `@'"),
    ] {
        assert_eq!(refused(text), format!("p.yaml:{error}"), "{text:?}");
    }
}

#[test]
fn tags_and_merge_keys_are_refused() {
    assert_eq!(
        refused("a: !thing 1\n"),
        "p.yaml:1:11: the tag \"!thing\" has no meaning here"
    );
    assert!(refused("a: &x {b: 1}\nc:\n  <<: *x\n").starts_with("p.yaml:3:3: merge keys"));
    assert!(refused("a: !!int x\n").ends_with("is not what its tag says"));
}

#[test]
fn an_alias_is_the_value_that_it_names() {
    let root = parsed("a: &x {b: [1, 2]}\nc: *x\n");
    assert_eq!(root.to_json()["c"], json!({"b": [1, 2]}));
    assert_eq!(
        root.at(&["c", "b"]).unwrap().origin.to_string(),
        "p.yaml:1:11"
    );
    assert!(refused("a: &x [*x]\n").contains("inside what it names"));
}

#[test]
fn files_made_to_exhaust_the_memory_are_refused() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        laughs += &format!("a{level}: &a{level} [{alias}]\n");
    }
    assert!(refused(&laughs).contains("too many values"));
    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(1 << 20),
        "*a, ".repeat(100)
    );
    assert!(refused(&long).contains("too much text"));
    for deep in [
        "[".repeat(100),
        "{a: ".repeat(100),
        "- ".repeat(100),
        "[".repeat(100_000),
    ] {
        let error = refused(&format!("a:\n  {deep}"));
        assert!(error.starts_with("p.yaml:2:"), "{error}");
    }
    let mut aliases_of_aliases = "a0: &a0 [[[[[x]]]]]\n".to_owned();
    for level in 1..20 {
        aliases_of_aliases += &format!("a{level}: &a{level} [[[[[*a{}]]]]]\n", level - 1);
    }
    assert!(refused(&aliases_of_aliases).contains("too deep"));
    assert!(refused(&"#".repeat(MAX_BYTES + 1)).contains("too many bytes"));
}

#[test]
fn what_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.yaml");
    let error = Document::read(&missing).unwrap_err();
    assert!(error.to_string().contains("missing.yaml"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    assert!(Document::read(folder.path()).is_err());

    let latin = folder.path().join("latin1.yaml");
    std::fs::write(&latin, b"a: 1\nb: \xe9\n").unwrap();
    let error = Document::read(&latin).unwrap_err().to_string();
    assert!(
        error.ends_with("latin1.yaml:2:4: not UTF-8 text: byte 0xe9"),
        "{error}"
    );

    std::fs::write(&latin, "a: 1\n").unwrap();
    assert_eq!(
        Document::read(&latin).unwrap().root().to_json(),
        json!({"a": 1})
    );
}

#[test]
fn a_file_that_was_edited_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.yaml");
    for value in [1, 2] {
        std::fs::write(&file, format!("a: {value}\n")).unwrap();
        assert_eq!(
            Document::read(&file).unwrap().root().to_json(),
            json!({"a": value})
        );
    }
}

#[test]
fn a_value_of_the_command_line_is_read_as_yaml() {
    let flag = Origin::command_line("--set");
    for (text, value) in [
        ("3", json!(3)),
        ("no", json!("no")),
        ("[a, {b: 1.5}]", json!(["a", {"b": 1.5}])),
        ("", json!(null)),
    ] {
        let node = Node::from_yaml(text, flag.clone()).unwrap();
        assert_eq!((node.to_json(), &node.origin), (value, &flag));
    }
    let error = Node::from_yaml("[1", flag).unwrap_err().to_string();
    assert!(error.starts_with("--set:"), "{error}");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = Document::parse(&text, "p.yaml");
    }

    #[test]
    fn no_text_of_yaml_signs_makes_the_parser_panic(text in "[-a1 \\n\\t:?,\\[\\]{}&*!|>'\"%@#~.<]{0,60}") {
        let _ = Document::parse(&text, "p.yaml");
        let _ = Node::from_yaml(&text, Origin::Builder);
    }

    #[test]
    fn no_bytes_make_the_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let _ = Document::read(file.path());
    }
}
