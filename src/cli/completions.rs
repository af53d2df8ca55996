//! `retriever completions` and `retriever man`: the command line told to a shell and to `man`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::exit::Exit;
use super::{Failure, program};
use crate::project::{ProjectError, StartError};

/// `retriever completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever completions bash > ~/.local/share/bash-completion/completions/retriever
  retriever completions zsh > ~/.zfunc/_retriever
  retriever completions fish > ~/.config/fish/completions/retriever.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// `retriever man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  retriever man | man -l -
  retriever man catalog make | man -l -
  retriever man -o ~/.local/share/man/man1")]
pub(crate) struct Pages {
    /// The command that the page is of; none: the program
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    command: Vec<String>,
    /// Write a page for each command into this folder, which is made if it is not there
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// The text that a shell reads to complete what is typed.
pub(crate) fn completions(arguments: &Completions, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, program(), &mut text);
    out.write_all(&text)?;
    Ok(Exit::Success)
}

/// One page, or all of them as files.
pub(crate) fn pages(arguments: &Pages, out: &mut impl Write) -> Result<Exit, Failure> {
    let program = program();
    let mut whole = super::Arguments::command()
        .display_name(program.clone())
        .bin_name(program)
        .disable_help_subcommand(true);
    whole.build();
    let Some(folder) = &arguments.output else {
        let page = Man::new(chosen(&whole, &arguments.command)?.clone());
        let mut text = Vec::new();
        page.render(&mut text)?;
        out.write_all(&text)?;
        return Ok(Exit::Success);
    };
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(whole, folder));
    written.map_err(|cause| {
        let file = folder.clone();
        ProjectError::from(StartError::Unwritable { file, cause })
    })?;
    Ok(Exit::Success)
}

/// The command of these words.
fn chosen<'a>(whole: &'a clap::Command, words: &[String]) -> Result<&'a clap::Command, Failure> {
    let mut command = whole;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| {
            let names: Vec<&str> = command
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            let name = command.get_bin_name().unwrap_or_default();
            Failure::Usage(miette::miette!(
                help = format!("known are {}", names.join(", ")),
                "{name} has no command {word:?}"
            ))
        })?;
    }
    Ok(command)
}
