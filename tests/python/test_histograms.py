"""Reads the histograms of tests/storage/histograms.rs as users do; the first argument is their folder."""

import json
import pathlib
import sys

import numpy as np
import xarray as xr

FOLDER = pathlib.Path(sys.argv[1])
ENGINES = ("netcdf4", "h5netcdf")


def same(one, other):
    np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def check_counted(data):
    assert dict(data.sizes) == {
        "mag": 14, "exptime": 2, "filter": 2, "snr": 401, "dmag": 61,
        "score_name": 2, "axis_name": 4, "bound": 2,
    }, data.sizes
    assert data.snr_counts.dims == ("mag", "exptime", "filter", "snr")
    assert data.snr_counts.dtype == "i8" and data.snr_counts.sizes["snr"] == 401
    np.testing.assert_allclose(data.mag[:13], 15 + 0.5 * np.arange(13))
    assert np.isnan(data.mag[13])
    same(data.exptime, [30, 1800])
    same(data["filter"], ["zg", "zr"])
    np.testing.assert_allclose(data.snr, -20 + 0.1 * np.arange(401))
    at = data.snr_counts.sel(mag=18, exptime=30, filter="zg")
    assert int(at.sum()) == 5
    # 0 and 0.04 are in the bin around 0; -20 and 20 are centres of the first bin and the last
    assert [int(at.sel(snr=snr, method="nearest")) for snr in (-20, 0, 0.1, 20)] == [1, 2, 1, 1]
    assert int(data.snr_counts.sel(exptime=1800, filter="zr").sum()) == 1
    assert int(data.snr_counts[13].sum()) == 2, "two epochs of a source without a magnitude"
    assert int(data.snr_counts.sum()) == 8
    for name in ("snr", "dmag"):
        lost = sum(int(data[counter].sel(score_name=name).sum()) for counter in ("underflow", "overflow", "nan"))
        assert int(data[name + "_counts"].sum()) + lost == data.attrs["epochs"] == 13, name
    same(data.score_name, ["snr", "dmag"])
    same(data.axis_name, ["mag", "exptime", "filter", "score"])
    of = data.sel(score_name="snr")
    assert int(of.underflow.sel(axis_name="score")) == 1
    assert int(of.overflow.sel(axis_name="score")) == 1 and int(of.overflow.sel(axis_name="mag")) == 2
    assert int(of.nan.sel(axis_name="score")) == 1


def check_attributes(data):
    mag, snr = data.mag.attrs, data.snr.attrs
    assert (mag["units"], mag["long_name"], mag["type"], mag["input"]) == ("mag", "Magnitude", "fixed", "source")
    same(mag["overflow"], [2, 2])
    assert (snr["overflow"], snr["underflow"], snr["nan"]) == (1, 1, 1)
    assert abs(mag["step"] - 0.5) < 1e-15
    assert data["filter"].attrs["type"] == "dynamic" and data.exptime.attrs["units"] == "s"
    bounds = data[mag.get("bounds", "mag_bounds")]
    assert bounds.dims == ("mag", "bound")
    np.testing.assert_allclose(bounds[0], [14.75, 15.25])
    attributes = data.attrs
    assert attributes["name"] == "all_scores" and attributes["project"] == "WD_FLARES"
    assert attributes["sources"] == 4 and attributes["fraction"] == 0.5
    assert json.loads(attributes["parameters"]) == {"max_growth": 10000}


for engine in ENGINES:
    with xr.open_dataset(FOLDER / "counted.nc", engine=engine) as data:
        check_counted(data.load())
        check_attributes(data)
    with xr.open_dataset(FOLDER / "wide.nc", engine=engine) as data:
        same(data.exptime, 30 + np.arange(50))
        assert int(data.snr_counts.sum()) == 100
        for step in range(1, 50):
            at = data.snr_counts.sel(mag=18, exptime=30 + step, filter="zg")
            assert int(at.sel(snr=step / 10, method="nearest")) == 1
            assert int(at.sel(snr=-step / 10, method="nearest")) == 1
    with xr.open_dataset(FOLDER / "empty.nc", engine=engine) as data:
        assert data.sizes["filter"] == 0 and data.sizes["mag"] == 13 and data.attrs["epochs"] == 0
        assert data.snr_counts.shape == (13, 0, 0, 401)
