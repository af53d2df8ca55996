//! TESS light curves, from the portal's reply to the reduced lightcurve.

mod kept;
