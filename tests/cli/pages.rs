//! `retriever completions` and `retriever man`.

use std::fs;

use super::desk::Desk;

#[test]
fn every_shell_learns_the_commands() {
    let desk = Desk::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = desk.good(&["completions", shell]);
        assert_eq!(said.err, "");
        for word in ["retriever", "efficiency", "origin", "dry-run"] {
            assert!(said.out.contains(word), "{shell}: {word}");
        }
    }
    assert!(desk.refused(&["completions", "csh"]).contains("bash"));
}

/// The shell itself completes: the first word after the program begins with `eff`.
#[test]
fn bash_completes_a_command() {
    let desk = Desk::empty();
    let script = desk.good(&["completions", "bash"]).out;
    desk.write("completions", script);
    let typed = "source completions; COMP_WORDS=(retriever eff); COMP_CWORD=1; \
                 _retriever retriever eff retriever; echo \"${COMPREPLY[@]}\"";
    let Ok(output) = std::process::Command::new("bash")
        .args(["--norc", "-c", typed])
        .current_dir(desk.path(""))
        .output()
    else {
        eprintln!("there is no bash: not tried");
        return;
    };
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "efficiency",
        "{output:?}"
    );
}

#[test]
fn each_command_has_a_page() {
    let desk = Desk::empty();
    let page = desk.good(&["man", "catalog", "make"]).out;
    assert!(page.contains(".TH retriever-catalog-make 1"), "{page}");
    assert!(
        page.contains("\\-\\-rows") && page.contains("Example:"),
        "{page}"
    );
    assert!(desk.good(&["man"]).out.contains(".TH retriever 1"));
    let refused = desk.refused(&["man", "catalog", "mak"]);
    assert!(
        refused.contains("known are make, info, get, cone"),
        "{refused}"
    );
    desk.good(&["man", "-o", "pages"]);
    let pages = desk.path("pages");
    for name in ["retriever.1", "retriever-run.1", "retriever-config-show.1"] {
        assert!(
            fs::read_to_string(pages.join(name))
                .unwrap()
                .contains(".TH"),
            "{name}"
        );
    }
    desk.write("file", "");
    assert_eq!(desk.call(&["man", "-o", "file"]).code, Some(7));
}
