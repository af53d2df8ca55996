//! `retriever-skywatch`: the whole command line, which knows the observatory SKYWATCH too.

fn main() -> std::process::ExitCode {
    retriever::cli::main(skywatch::observatories())
}
