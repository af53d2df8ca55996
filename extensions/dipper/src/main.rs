//! `retriever-dipper`: the whole command line, which knows `finder: {class: dipper}` too.

fn main() -> std::process::ExitCode {
    let observatories = retriever::observatory::Registry::standard();
    retriever::cli::main_with(observatories, dipper::classes())
}
