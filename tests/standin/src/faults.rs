//! The list of faults: everything that archives were seen to do to their users over HTTP.

use crate::services::Service;

/// One way in which a reply goes wrong (or is merely unusual).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection is closed after a multiple of 64 KiB of the body (after half of a shorter one).
    Cut,
    /// Content-Length announces more than is sent; the connection is then closed.
    LengthTooLarge,
    /// Content-Length announces half of the body: what arrives ends inside a row, without any other sign.
    LengthTooSmall,
    /// 408.
    RequestTimeout,
    /// 429 without Retry-After.
    TooManyRequests,
    /// 429 with Retry-After in seconds.
    TooManyRequestsRetryAfter,
    /// 500.
    InternalError,
    /// 502 with an HTML page.
    BadGateway,
    /// 503 without Retry-After.
    Unavailable,
    /// 503 with Retry-After in seconds.
    UnavailableRetryAfter,
    /// 503 with Retry-After as an HTTP date.
    UnavailableRetryDate,
    /// 504.
    GatewayTimeout,
    /// 400 for a valid request, as IRSA did in 2023.
    BadRequest,
    /// 200 with an XML error instead of the table.
    XmlError,
    /// 200 with an HTML login page instead of the table.
    HtmlPage,
    /// 200 with the XML error of a release that is gone.
    UnknownCollection,
    /// Nothing is sent, and the connection stays open.
    StallBeforeReply,
    /// Half of the body is sent, and the connection stays open.
    StallInBody,
    /// Chunked, and cut inside a chunk.
    ChunkedCut,
    /// Gzip, and cut inside the stream.
    GzipCut,
    /// The connection is reset instead of a reply.
    Reset,
    /// The connection is closed instead of a reply.
    EmptyReply,
    /// 200 with a body of no bytes.
    EmptyBody,
    /// What is sent is not HTTP.
    Garbage,
    /// Harmless: chunked, without a length.
    Chunked,
    /// Harmless: compressed although nobody insisted.
    Gzip,
    /// Harmless: no length, the body ends with the connection.
    NoLength,
    /// Harmless: a kilobyte now and then.
    SlowDrip,
    /// Harmless: the whole file in answer to a Range.
    RangeIgnored,
    /// Harmless: the file has another ETag (and so another version) from here on.
    TagChanged,

    /// The reply goes on after its end with blanks, without a length: half a gigabyte unless told otherwise.
    Endless,
    /// A small compressed body of zeros that is half a gigabyte unpacked, unless told otherwise.
    GzipBomb,

    /// The portal says ERROR under status 200.
    PortalError,
    /// The portal, or a job of TAP, says EXECUTING.
    Executing,
    /// The portal's JSON ends in the middle, with a length that agrees.
    TruncatedJson,
    /// The portal says ERROR for every page but the first.
    PageError,
    /// The portal's JSON holds NaN and -Infinity.
    NanTokens,
    /// Harmless: the portal sends every row twice, and counts them twice.
    DuplicateRows,
    /// The FITS file claims 10^12 rows.
    FitsManyRows,
    /// The FITS file ends at a multiple of 64 KiB, with a length that agrees.
    FitsCut,
    /// The FITS file is another star's.
    WrongStar,
}

impl Fault {
    /// Every fault of HTTP that any service can have, so that a test over the list meets a new one at once. Those
    /// that fill memory and those of one service alone are in [`Service::faults`](crate::Service::faults).
    pub const ALL: [Fault; 30] = [
        Fault::Cut,
        Fault::LengthTooLarge,
        Fault::LengthTooSmall,
        Fault::RequestTimeout,
        Fault::TooManyRequests,
        Fault::TooManyRequestsRetryAfter,
        Fault::InternalError,
        Fault::BadGateway,
        Fault::Unavailable,
        Fault::UnavailableRetryAfter,
        Fault::UnavailableRetryDate,
        Fault::GatewayTimeout,
        Fault::BadRequest,
        Fault::XmlError,
        Fault::HtmlPage,
        Fault::UnknownCollection,
        Fault::StallBeforeReply,
        Fault::StallInBody,
        Fault::ChunkedCut,
        Fault::GzipCut,
        Fault::Reset,
        Fault::EmptyReply,
        Fault::EmptyBody,
        Fault::Garbage,
        Fault::Chunked,
        Fault::Gzip,
        Fault::NoLength,
        Fault::SlowDrip,
        Fault::RangeIgnored,
        Fault::TagChanged,
    ];

    /// Replies larger than anyone wants, of any service.
    pub const FLOODS: [Fault; 2] = [Fault::Endless, Fault::GzipBomb];

    /// Faults that not every service can have.
    pub const OWN: [Fault; 9] = [
        Fault::PortalError,
        Fault::Executing,
        Fault::TruncatedJson,
        Fault::PageError,
        Fault::NanTokens,
        Fault::DuplicateRows,
        Fault::FitsManyRows,
        Fault::FitsCut,
        Fault::WrongStar,
    ];

    /// It is a fault of that service, and not of all.
    pub(crate) fn is_of(self, service: Service) -> bool {
        match self {
            Fault::Executing => {
                matches!(service, Service::Portal | Service::Gaia | Service::Vizier)
            }
            Fault::PortalError
            | Fault::TruncatedJson
            | Fault::PageError
            | Fault::NanTokens
            | Fault::DuplicateRows => service == Service::Portal,
            Fault::FitsManyRows | Fault::FitsCut | Fault::WrongStar => {
                service == Service::Downloads
            }
            _ => false,
        }
    }

    /// The reply is right, though unusual: no second request is needed.
    pub fn is_harmless(self) -> bool {
        matches!(
            self,
            Fault::Chunked
                | Fault::Gzip
                | Fault::NoLength
                | Fault::SlowDrip
                | Fault::RangeIgnored
                | Fault::TagChanged
                | Fault::DuplicateRows
        )
    }

    /// The client's read timeout ends it: a test wants a short one.
    pub fn stalls(self) -> bool {
        matches!(self, Fault::StallBeforeReply | Fault::StallInBody)
    }

    /// The server asks for a pause, and a polite client keeps it.
    pub fn asks_for_a_pause(self) -> bool {
        matches!(
            self,
            Fault::TooManyRequestsRetryAfter
                | Fault::UnavailableRetryAfter
                | Fault::UnavailableRetryDate
        )
    }

    /// The status of faults that are no more than one.
    pub(crate) fn status(self) -> Option<u16> {
        Some(match self {
            Fault::RequestTimeout => 408,
            Fault::TooManyRequests | Fault::TooManyRequestsRetryAfter => 429,
            Fault::InternalError => 500,
            Fault::BadGateway => 502,
            Fault::Unavailable | Fault::UnavailableRetryAfter | Fault::UnavailableRetryDate => 503,
            Fault::GatewayTimeout => 504,
            Fault::BadRequest => 400,
            _ => return None,
        })
    }
}
