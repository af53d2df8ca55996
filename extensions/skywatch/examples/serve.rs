//! The survey's service on this machine: `cargo run -p retriever-skywatch --example serve -- extensions/skywatch/data 8765`.

#[path = "../tests/service/mod.rs"]
mod service;

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (folder, port) = match &words[..] {
        [folder, port] => (folder.as_str(), port.parse().unwrap_or(8765)),
        [folder] => (folder.as_str(), 8765),
        _ => ("data", 8765),
    };
    let service = service::Service::start(folder.as_ref(), port)?;
    println!("{folder} at {}; Ctrl-C ends it", service.url());
    loop {
        std::thread::park();
    }
}
