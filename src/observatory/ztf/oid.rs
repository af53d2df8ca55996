//! ZTF's object numbers: oid = field·10¹² + fid·10¹¹ + ccdid·10⁹ + qid·10⁸ + running number.

/// What an object number says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid {
    /// Field of the survey's grid.
    pub field: i64,
    /// 1 g, 2 r, 3 i.
    pub fid: i64,
    /// CCD, 1 to 16.
    pub ccdid: i64,
    /// Quadrant of the CCD, 1 to 4.
    pub qid: i64,
}

impl Oid {
    /// Takes a number apart.
    ///
    /// ```
    /// let oid = retriever::observatory::ztf::Oid::of(736115200001082);
    /// assert_eq!((oid.field, oid.fid, oid.ccdid, oid.qid), (736, 1, 15, 2));
    /// assert_eq!(oid.filtercode(), Some("zg"));
    /// ```
    pub fn of(number: i64) -> Oid {
        Oid {
            field: number / 1_000_000_000_000,
            fid: number / 100_000_000_000 % 10,
            ccdid: number / 1_000_000_000 % 100,
            qid: number / 100_000_000 % 10,
        }
    }

    /// The filter's name in the service's replies; none for an unknown number.
    pub fn filtercode(self) -> Option<&'static str> {
        match self.fid {
            1 => Some("zg"),
            2 => Some("zr"),
            3 => Some("zi"),
            _ => None,
        }
    }
}
