//! The plainest of questions to the stand-in archive.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use retriever_standin::StandIn;

/// CSV of all light curves around a position (deg).
pub fn ask(archive: &StandIn, ra: f64, dec: f64) -> Vec<u8> {
    let address = archive.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).expect("the stand-in listens");
    let request = format!(
        "GET /cgi-bin/ZTF/nph_light_curves?POS=CIRCLE+{ra}+{dec}+0.0006&FORMAT=CSV HTTP/1.1\r\n\
         Host: {address}\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .expect("the stand-in reads");
    // no further request comes: the stand-in closes after the reply
    stream
        .shutdown(Shutdown::Write)
        .expect("half a connection is closed");
    let mut reply = Vec::new();
    stream
        .read_to_end(&mut reply)
        .expect("the stand-in answers");
    let head = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    reply.split_off(head.expect("a reply has a head") + 4)
}
