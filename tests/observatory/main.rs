//! The promises that every observatory keeps, checked on each that comes with Retriever, and the suite that
//! checks them, checked on observatories that break one each.

mod broken; // observatories that break a promise
mod standard; // the ones that come with Retriever
