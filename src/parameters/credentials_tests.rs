use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;

const ALIASES: [(&str, &str); 1] = [("ZTF_USERNAME", "ZTF_PASSWORD")];

fn environment<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    |name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

fn file_with(text: &str, mode: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.yaml");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    (folder, file)
}

fn in_file(text: &str) -> Result<Option<Credentials>, CredentialError> {
    let (_folder, file) = file_with(text, 0o600);
    Credentials::find("ZTF", &ALIASES, Some(&file), environment(&[]))
}

fn guy(password: &str) -> Option<Credentials> {
    Some(Credentials {
        username: "guy".into(),
        password: Secret::new(password),
    })
}

#[test]
fn the_environment_wins_over_the_aliases_and_these_over_the_file() {
    let (_folder, file) = file_with("Ztf: {username: guy, password: \"12345\"}\n", 0o600);
    let own = [
        ("RETRIEVER_ZTF_USERNAME", "guy"),
        ("RETRIEVER_ZTF_PASSWORD", "own"),
    ];
    let alias = [("ZTF_USERNAME", "guy"), ("ZTF_PASSWORD", "alias")];
    let all = [own, alias].concat();
    let find = |variables| Credentials::find("ztf", &ALIASES, Some(&file), environment(variables));
    assert_eq!(find(&all).unwrap(), guy("own"));
    assert_eq!(find(&alias).unwrap(), guy("alias"));
    assert_eq!(find(&[("ZTF_USERNAME", "")]).unwrap(), guy("12345"));
}

#[test]
fn nothing_given_is_no_error() {
    let missing = Path::new("/nowhere/credentials.yaml");
    let none = Credentials::find("ZTF", &ALIASES, Some(missing), environment(&[]));
    assert_eq!(none.unwrap(), None);
    assert_eq!(
        Credentials::find("ZTF", &[], None, environment(&[])).unwrap(),
        None
    );
    assert_eq!(in_file("tess: {username: a, password: b}\n").unwrap(), None);
}

#[test]
fn half_a_pair_says_which_variable_is_missing() {
    let error = Credentials::find(
        "ZTF",
        &ALIASES,
        None,
        environment(&[("ZTF_PASSWORD", "hunter2")]),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "ZTF_PASSWORD is set, but ZTF_USERNAME is not"
    );
}

#[test]
fn a_file_that_others_can_read_is_refused_with_the_remedy() {
    for mode in [0o644, 0o640, 0o604, 0o660] {
        let (_folder, file) = file_with("ztf: {username: guy, password: pw}\n", mode);
        let error = Credentials::find("ZTF", &[], Some(&file), environment(&[])).unwrap_err();
        assert!(
            error.to_string().ends_with(&format!("(mode {mode:04o})")),
            "{error}"
        );
        let help = error.help().unwrap().to_string();
        assert_eq!(help, format!("chmod 600 {}", file.display()));
    }
    let (_folder, file) = file_with("ztf: {username: guy, password: pw}\n", 0o400);
    assert!(Credentials::find("ZTF", &[], Some(&file), environment(&[])).is_ok());
}

#[test]
fn mistakes_in_the_file_tell_the_place_and_never_the_words() {
    for (text, end) in [
        ("ztf:\n  username: guy\n", ":2:3: password is missing"),
        (
            "ztf: {username: guy, password: 271828}\n",
            ":1:32: password must be text: put it in quotes",
        ),
        (
            "ztf: {username: guy, passwd: hunter2}\n",
            ":1:22: only username and password may stand here",
        ),
        (
            "ztf: {username: guy, password: *hunter2}\n",
            ":1:32: not valid YAML",
        ),
        (
            "ztf: {username: guy, password: !hunter2 x}\n",
            ":1:41: not valid YAML",
        ),
        ("ztf: hunter2\n", ":1:6: username is missing"),
        (
            "ztf: {}\nZTF: {}\n",
            ":2:1: the service stands here a second time",
        ),
    ] {
        let error = in_file(text).unwrap_err();
        let shown = format!("{error} {error:?} {}", error.help().unwrap());
        assert!(error.to_string().ends_with(end), "{error}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("271828"),
            "{shown}"
        );
    }
}
