//! The services that the stand-in plays, and which faults each of them can have.

use crate::faults::Fault;
use crate::http::HttpRequest;
use crate::mast::{self, portal};
use crate::{files, irsa, tap};

/// One of the archives' services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// IRSA's ZTF light curves.
    LightCurves,
    /// Plain files.
    Files,
    /// MAST's portal: searches and the input catalog.
    Portal,
    /// MAST's files.
    Downloads,
    /// TAP of Gaia's archive.
    Gaia,
    /// TAP of VizieR.
    Vizier,
}

impl Service {
    /// Every service, so that a test over the list meets a new one at once.
    pub const ALL: [Service; 6] = [
        Service::LightCurves,
        Service::Files,
        Service::Portal,
        Service::Downloads,
        Service::Gaia,
        Service::Vizier,
    ];

    /// Its path, or the beginning of its paths.
    pub fn path(self) -> &'static str {
        match self {
            Service::LightCurves => irsa::PATH,
            Service::Files => files::PREFIX,
            Service::Portal => portal::PATH,
            Service::Downloads => mast::DOWNLOAD_PATH,
            Service::Gaia => tap::GAIA,
            Service::Vizier => tap::VIZIER,
        }
    }

    /// The faults that it can have: those of any service, and its own.
    pub fn faults(self) -> Vec<Fault> {
        Fault::ALL
            .into_iter()
            .chain(Fault::FLOODS)
            .chain(Fault::OWN.into_iter().filter(|f| f.is_of(self)))
            .collect()
    }

    pub(crate) fn of(request: &HttpRequest) -> Option<Service> {
        Service::ALL
            .into_iter()
            .find(|service| request.path.starts_with(service.path()))
    }

    /// This request can meet that fault.
    pub(crate) fn can_fail(self, request: &HttpRequest, fault: Fault) -> bool {
        match fault {
            Fault::PageError => self == Service::Portal && portal::page_of(request) > 1,
            Fault::Executing if self != Service::Portal => {
                fault.is_of(self) && tap::is_poll(request)
            }
            fault => !Fault::OWN.contains(&fault) || fault.is_of(self),
        }
    }

    /// What makes two requests to it the same: method and target, and the form if there is one.
    pub(crate) fn identity(self, request: &HttpRequest) -> String {
        let target = format!("{} {}", request.method, request.target);
        match self {
            Service::Portal => format!("{target} {}", portal::identity(request)),
            Service::Gaia | Service::Vizier if request.method == "POST" => {
                let form: Vec<String> = request
                    .parameters
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                format!("{target} {}", form.join("&"))
            }
            _ => target,
        }
    }
}
