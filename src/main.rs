//! The command `retriever` with the observatories that come with it.

fn main() -> std::process::ExitCode {
    retriever::cli::main(retriever::observatory::Registry::standard())
}
