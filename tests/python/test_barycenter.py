"""Compares times of tests/ztf/barycenter.rs with astropy's; arguments: a CSV of mjd,bjd_tdb, and RA and Dec in degrees."""

import sys
import warnings

import astropy.units as u
import numpy as np
import pandas as pd
from astropy.coordinates import EarthLocation, SkyCoord
from astropy.time import Time
from astropy.utils import iers

warnings.simplefilter("ignore")
iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = "warn"

TABLE = pd.read_csv(sys.argv[1], float_precision="round_trip")
STAR = SkyCoord(float(sys.argv[2]) * u.deg, float(sys.argv[3]) * u.deg)
PALOMAR = EarthLocation.from_geodetic(-116.865 * u.deg, 33.356 * u.deg, 1706 * u.m)

times = Time(TABLE.mjd.to_numpy(), format="mjd", scale="utc", location=PALOMAR)
barycentric = times.tdb + times.light_travel_time(STAR, "barycentric", ephemeris="builtin")
ours = Time(TABLE.bjd_tdb.to_numpy(), format="jd", scale="tdb")
off = np.abs((ours - barycentric).to_value(u.us))
assert len(off) > 1000, len(off)
assert off.max() < 50, off.max()
