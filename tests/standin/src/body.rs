//! Bytes of a reply, shared with whoever keeps them: a file of megabytes is not copied for each request.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

type Recipe = Box<dyn FnOnce() -> Vec<u8> + Send>;

/// Bytes that are made when they are first looked at, and then kept.
#[derive(Clone)]
pub(crate) struct Contents(Arc<LazyLock<Vec<u8>, Recipe>>);

impl Contents {
    pub(crate) fn new(bytes: Vec<u8>) -> Contents {
        Contents::made(move || bytes)
    }

    pub(crate) fn made(recipe: impl FnOnce() -> Vec<u8> + Send + 'static) -> Contents {
        Contents(Arc::new(LazyLock::new(Box::new(recipe))))
    }
}

impl Deref for Contents {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Contents")
    }
}

/// A part of some contents: what one reply carries.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    contents: Contents,
    start: usize,
    end: usize,
}

impl Body {
    /// The bytes `start..end`, which must be inside the contents.
    pub(crate) fn part(contents: &Contents, start: usize, end: usize) -> Body {
        Body {
            contents: contents.clone(),
            start,
            end,
        }
    }

    pub(crate) fn whole(contents: &Contents) -> Body {
        Body::part(contents, 0, contents.len())
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.contents[self.start..self.end]
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        let end = bytes.len();
        Body {
            contents: Contents::new(bytes),
            start: 0,
            end,
        }
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        text.into_bytes().into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Body {
        text.as_bytes().to_vec().into()
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Body {
        bytes.to_vec().into()
    }
}
