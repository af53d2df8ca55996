//! Project files into typed parameters, and back into a canonical text with its hash.
//!
//! Here: YAML with the place of every name and value ([`Document`], [`Node`]), putting layers over each other
//! ([`Node::merged`]), reading a section into a struct with exact errors ([`read`]), telling what a struct knows
//! ([`describe`], [`show`], [`json_schema`]), the [`canonical`] form that is hashed, and credentials, which never
//! get into any of it.
//! Not here: what any parameter means. Each room declares its own struct and implements [`Parameters`].
//!
//! ```
//! use retriever::parameters::{self, Document, Parameters};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! /// What a project may set under `finder:`.
//! #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
//! #[serde(default, deny_unknown_fields)]
//! struct FinderParameters {
//!     /// Score above which an epoch is a detection.
//!     #[serde(alias = "threshold")]
//!     #[schemars(range(min = 0.0), extend("unit" = "σ"))]
//!     snr_threshold: f64,
//! }
//! impl Default for FinderParameters {
//!     fn default() -> Self {
//!         FinderParameters { snr_threshold: 5.0 }
//!     }
//! }
//! impl Parameters for FinderParameters {}
//!
//! let project = Document::parse("finder:\n  snr_treshold: 6\n", "project.yaml")?;
//! let section = project.root().get("finder").unwrap();
//! let errors = parameters::read::<FinderParameters>("finder", section).unwrap_err();
//! assert_eq!(
//!     errors.to_string(),
//!     r#"project.yaml:2:3: unknown parameter "snr_treshold" in section finder"#
//! );
//! # Ok::<(), parameters::ParameterError>(())
//! ```

mod canonical;
mod credentials;
mod describe;
mod deserialize;
mod document;
mod error;
mod fault;
#[cfg(test)]
mod fixture;
mod legal_name;
mod limits;
mod merge;
mod node;
mod origin;
mod read;
mod scalar;
mod secret;
mod shape;
mod show;
mod yaml;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use canonical::{Canonical, canonical, sha256_hex};
pub use credentials::{CredentialError, Credentials};
pub use describe::{Description, describe, describe_text, json_schema, known_names};
pub use document::Document;
pub use error::{ParameterError, ParameterErrors, Suggestion};
pub use legal_name::legalize;
pub use limits::{Bound, Range};
pub use node::{Key, Node, NodeValue};
pub use origin::Origin;
pub use read::{Check, read, resolve};
pub use secret::Secret;
pub use show::{Shown, show};
pub use yaml::{to_yaml, to_yaml_line};

/// A struct that a section of a project file is read into.
///
/// Derive `Serialize`, `Deserialize` and `JsonSchema`, put `#[serde(default, deny_unknown_fields)]` on it, and say
/// all about a parameter at its field: the doc comment is its meaning, `#[serde(alias = "…")]` another name,
/// `#[schemars(range(min = …, max = …))]` its limits (`inner(range(…))` for the items of a list, `length(…)` for how
/// many), `extend("exclusiveMinimum" = 0)` an open limit, `extend("unit" = "arcsec")` its unit, and
/// `extend("critical" = false)` that it cannot change results and stays out of the canonical form. `Default` gives
/// the defaults. Without `flatten`: it loses places and names. Structs in a list or a map are read as exactly, but
/// should have no aliases and no uncritical fields: limits and the canonical form know their own names only.
///
/// Numbers are finite, always: a parameter that can be unlimited is an `Option`, and null means so.
pub trait Parameters:
    Serialize + DeserializeOwned + schemars::JsonSchema + Default + Send + Sync + 'static
{
    /// Rules across parameters; limits of a single one belong to its field.
    fn check(&self, check: &mut Check) {
        let _ = check;
    }
}
