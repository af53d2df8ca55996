//! Tells the program which commit it is built from: products are named after it.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=RETRIEVER_GIT_HASH");
    // in a worktree, `.git` is a file that says where these are; a path that is not there would build all anew each time
    let state = ["HEAD", "index"].map(|name| git(&["rev-parse", "--git-path", name]));
    let sources = ["src", "Cargo.lock"].map(|path| Some(path.to_owned()));
    for path in state.into_iter().chain(sources).flatten() {
        println!("cargo:rerun-if-changed={path}");
    }
    let commit = std::env::var("RETRIEVER_GIT_HASH")
        .ok()
        .filter(|hash| !hash.is_empty())
        .or_else(commit);
    println!(
        "cargo:rustc-env=RETRIEVER_COMMIT={}",
        commit.unwrap_or_else(|| "unknown".to_owned())
    );
}

/// The commit of the checked-out source; a change that is not committed is marked.
fn commit() -> Option<String> {
    let head = git(&["rev-parse", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() {
        head
    } else {
        format!("{head}-dirty")
    })
}

fn git(arguments: &[&str]) -> Option<String> {
    // without its lock git leaves the index as it is, whose change would build everything once more
    let output = Command::new("git")
        .arg("--no-optional-locks")
        .args(arguments)
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
