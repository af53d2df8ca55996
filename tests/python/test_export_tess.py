"""Reads exported lightcurves of TESS with astropy and lightkurve, and compares them with the project's own files.

Takes a folder with `lightcurves.fits`, `lightcurves.parquet`, `sources.json`, and `products`, the data root.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from astropy import units as u
from astropy.table import Table
from astropy.time import Time

from products import lightcurves, same

folder = Path(sys.argv[1])


def check_table(table, curves):
    """Fluxes in two units: the column has none, the rows tell."""
    assert table["flux"].unit is None and table["mag"].unit == u.mag
    units = {str(unit) for unit in table["flux_unit"]}
    assert units == {"electron/s", "relative"}, units
    for name in ("mjd", "flux", "fluxerr", "mag"):
        same(table[name], np.concatenate([columns[name] for _, columns in curves]), name)
    assert table.meta["TIMESYS"] == "TDB" and table.meta["TREFPOS"] == "BARYCENTER"
    same(table["bjd_tdb"], np.asarray(table["mjd"]) + 2400000.5, "bjd_tdb")
    # what only one pipeline has is missing in the rows of the other
    relative = np.array([unit == "relative" for unit in table["flux_unit"]])
    background = np.ma.filled(table["pos1err"], np.nan)
    assert np.isnan(background[relative]).all() and np.isfinite(background[~relative]).any()
    zero_points = {float(value) for value in table["zero_point"]}
    assert 20.44 in zero_points and len(zero_points) == 3, zero_points
    quality = pq.read_table(folder / "lightcurves.parquet")["quality"].to_pylist()
    assert all(isinstance(value, int) for value in quality)
    same(table["quality"], quality, "quality")


def check_lightkurve(table, curves):
    try:
        import lightkurve
    except ImportError:
        print("skipped: no lightkurve here")
        return
    checked = 0
    for attributes, columns in curves:
        rows = (table["source_name"] == attributes["source_name"]) & (table["series_number"] == attributes["series_number"])
        rows &= np.isfinite(table["mjd"])
        star = table[rows]
        unit = u.Unit("") if star["flux_unit"][0] == "relative" else u.Unit(star["flux_unit"][0])
        curve = lightkurve.LightCurve(
            time=Time(star["mjd"], format="mjd", scale=star["time_scale"][0]),
            flux=star["flux"] * unit,
            flux_err=star["fluxerr"] * unit,
        )
        assert curve.time.scale == "tdb"
        same(curve.time.value, columns["mjd"][np.isfinite(columns["mjd"])], "times")
        same(curve.flux.value, columns["flux"][np.isfinite(columns["mjd"])], "fluxes")
        normal = curve.remove_nans().normalize()
        assert abs(np.nanmedian(normal.flux.value) - 1) < 1e-6
        checked += 1
    assert checked == 4, checked


def main():
    curves = lightcurves(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # astropy knows the electron in all formats but FITS
        warnings.filterwarnings("ignore", "'electron/s' did not parse as fits unit")
        table = Table.read(folder / "lightcurves.fits")
    check_table(table, curves)
    check_lightkurve(table, curves)
    print("curves are the same")


if __name__ == "__main__":
    main()
