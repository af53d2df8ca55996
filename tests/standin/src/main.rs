//! `retriever-standin [--irsa DIR] [--tess DIR] [--port N] [--latency-ms N]`: serves recorded replies by hand.

use std::process::ExitCode;
use std::time::Duration;

use retriever_standin::StandIn;

const USAGE: &str =
    "usage: retriever-standin [--irsa DIR] [--tess DIR] [--port N] [--latency-ms N]

Serves the recorded CSV replies in one folder as IRSA's light-curve service, and the light curves of TESS
below another one as MAST, both on loopback under one URL, which it prints; it ends with Ctrl-C.

Example:
  retriever-standin --irsa replies --tess fits --port 8080";

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
    let (mut irsa, mut tess, mut port, mut latency_ms) = (None, None, 0u16, 0u64);
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| USAGE.to_owned());
        match flag.as_str() {
            "--irsa" => irsa = Some(value()?),
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
    if irsa.is_none() && tess.is_none() {
        return Err(USAGE.to_owned());
    }
    let archive =
        serve(irsa.as_deref(), tess.as_deref(), port)?.latency(Duration::from_millis(latency_ms));
    println!("{}", archive.url());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime
        .block_on(tokio::signal::ctrl_c())
        .map_err(|error| error.to_string())
}

fn serve(irsa: Option<&str>, tess: Option<&str>, port: u16) -> Result<StandIn, String> {
    let unfit = |folder: &str, error: std::io::Error| format!("cannot serve {folder:?}: {error}");
    let archive = match irsa {
        Some(folder) => {
            StandIn::load_csv_dir_on(folder, port).map_err(|error| unfit(folder, error))?
        }
        None => StandIn::empty_on(port).map_err(|error| format!("port {port}: {error}"))?,
    };
    match tess {
        Some(folder) => archive
            .with_tess_dir(folder)
            .map_err(|error| unfit(folder, error)),
        None => Ok(archive),
    }
}
