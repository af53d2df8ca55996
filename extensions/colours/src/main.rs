//! `retriever-colours`: the whole command line, which knows `analysis: {class: colours}` too.

fn main() -> std::process::ExitCode {
    let observatories = retriever::observatory::Registry::standard();
    retriever::cli::main_with(observatories, colours::classes())
}
