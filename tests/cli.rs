//! The command line as a user meets it: the real program in an empty folder.

#[path = "cli/catalogs.rs"]
mod catalogs;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/credits.rs"]
mod credits;
#[path = "cli/desk.rs"]
mod desk;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/exit_codes.rs"]
mod exit_codes;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/lists.rs"]
mod lists;
#[path = "cli/look.rs"]
mod look;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/pages.rs"]
mod pages;
#[path = "cli/places.rs"]
mod places;
#[path = "cli/plots.rs"]
mod plots;
#[path = "cli/runs.rs"]
mod runs;
#[path = "cli/start.rs"]
mod start;
