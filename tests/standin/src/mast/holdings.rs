//! What MAST holds, and changes of it while it runs.

use std::collections::{BTreeMap, HashMap};

use crate::body::Contents;
use crate::files::ServedFile;
use crate::tess::recorded::Recorded;
use crate::tess::star::{Pipeline, TessStar};
use crate::tess::{self, uris};

/// Stars, their light curves and the files.
#[derive(Debug, Default)]
pub(crate) struct Mast {
    /// By number, so that replies have an order.
    pub(crate) stars: BTreeMap<u64, TessStar>,
    /// Light curves of each star.
    pub(crate) curves: BTreeMap<u64, Vec<Curve>>,
    pub(crate) files: HashMap<String, ServedFile>,
    /// How often each search says EXECUTING before it is done.
    pub(crate) executing: u32,
    /// How often each search has said so.
    pub(crate) executed: HashMap<String, u32>,
}

/// One light curve that can be found.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    pub(crate) tic: u64,
    pub(crate) pipeline: Pipeline,
    pub(crate) sector: u32,
    /// Length of a cadence (s).
    pub(crate) cadence: f64,
    /// First and last time (BTJD).
    pub(crate) span: (f64, f64),
    pub(crate) uri: String,
}

impl Mast {
    /// A star with its light curves. Of a star that is there already, the light curves are added.
    pub(crate) fn add(&mut self, star: TessStar, seed: u64) {
        for product in star.products.clone() {
            let uri = uris::of_product(star.tic, &product);
            let of = star.clone();
            let contents = Contents::made(move || tess::file(&of, &product, seed));
            let curve = Curve {
                tic: star.tic,
                pipeline: product.pipeline,
                sector: product.sector,
                cadence: product.cadence(),
                span: (product.begin(), product.end()),
                uri,
            };
            self.hold(curve, contents);
        }
        self.stars.insert(star.tic, star);
    }

    /// A real file.
    pub(crate) fn add_recorded(&mut self, recorded: Recorded) {
        let curve = Curve {
            tic: recorded.star.tic,
            pipeline: recorded.pipeline,
            sector: recorded.sector,
            cadence: recorded.cadence,
            span: recorded.span,
            uri: recorded.uri,
        };
        self.hold(curve, Contents::new(recorded.bytes));
        self.stars.entry(recorded.star.tic).or_insert(recorded.star);
    }

    fn hold(&mut self, curve: Curve, contents: Contents) {
        if self.files.contains_key(&curve.uri) {
            return;
        }
        self.files
            .insert(curve.uri.clone(), ServedFile::new(contents));
        self.curves.entry(curve.tic).or_default().push(curve);
    }

    /// Another version of a file, or a file of one's own.
    pub(crate) fn replace(&mut self, uri: &str, bytes: Vec<u8>) {
        let contents = Contents::new(bytes);
        match self.files.get_mut(uri) {
            Some(file) => file.replace(contents),
            None => {
                self.files.insert(uri.to_owned(), ServedFile::new(contents));
            }
        }
    }

    /// The light curve stays in the search and its file is gone.
    pub(crate) fn lose(&mut self, uri: &str) {
        self.files.remove(uri);
    }
}
