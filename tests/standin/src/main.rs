//! `retriever-standin --irsa DIR [--tess DIR] [--port N] [--latency-ms N]`: serves recorded replies by hand.

use std::process::ExitCode;
use std::time::Duration;

use retriever_standin::StandIn;

const USAGE: &str = "usage: retriever-standin --irsa DIR [--tess DIR] [--port N] [--latency-ms N]

Serves the recorded CSV replies in DIR as IRSA's light-curve service, and the FITS files below the
other DIR as MAST's light curves of TESS, on loopback; prints its URL, and ends with Ctrl-C.

Example:
  retriever-standin --irsa replies --tess files --port 8080";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("{words}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let (mut folder, mut tess, mut port, mut latency_ms) = (None, None, 0u16, 0u64);
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| USAGE.to_owned());
        match flag.as_str() {
            "--irsa" => folder = Some(value()?),
            "--tess" => tess = Some(value()?),
            "--port" => port = value()?.parse().map_err(|_| USAGE)?,
            "--latency-ms" => latency_ms = value()?.parse().map_err(|_| USAGE)?,
            "-h" | "--help" => {
                println!("{USAGE}");
                return Ok(());
            }
            _ => return Err(USAGE.to_owned()),
        }
    }
    let folder = folder.ok_or(USAGE)?;
    let mut archive = StandIn::load_csv_dir_on(&folder, port)
        .map_err(|error| format!("cannot serve {folder:?}: {error}"))?
        .latency(Duration::from_millis(latency_ms));
    if let Some(folder) = tess {
        archive = archive
            .with_tess_dir(&folder)
            .map_err(|error| format!("cannot serve {folder:?}: {error}"))?;
    }
    println!("{}", archive.url());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime
        .block_on(tokio::signal::ctrl_c())
        .map_err(|error| error.to_string())
}
