//! Pictures: what stands in the documents and files, from figures made by hand and from whole projects.

mod figures; // what a project gathers
mod lightcurves;
mod made; // figures by hand
mod svg; // documents, taken apart
mod whole; // pictures of all sources
