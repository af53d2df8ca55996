"""Reads the files of tests/storage/python.rs as users do; the first argument is their folder."""

import json
import pathlib
import sys
import warnings

import h5py
import numpy as np
import pandas as pd
import xarray as xr

warnings.simplefilter("error", category=xr.coding.variables.SerializationWarning)
FOLDER = pathlib.Path(sys.argv[1])
ENGINES = ("netcdf4", "h5netcdf")
FRAME = {"time_format": "mjd", "time_scale": "utc", "time_reference": "topocenter"}


def same(one, other):
    np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def check_frame(attributes, alignment):
    for name, word in {**FRAME, "time_alignment": alignment}.items():
        assert attributes[name] == word, (name, attributes[name])


def check_ordinary(columns, attributes, of):
    rows = np.arange(100)
    same(columns["mjd"], 58000 + 1.25 * rows)
    same(columns["mag"], 17 + 0.001 * rows)
    same(columns["oid"], np.full(100, 1234567890123456789))
    same(columns["exptime"], np.full(100, 30, "f4"))
    same(columns["filtercode"], np.array(["zg", "zr"])[rows % 2])
    same(columns["note"], np.array(["", "Ä", "a longer text"])[rows % 3])
    same(columns["bad"], rows % 2 == 1)
    assert of("mjd")["units"] == "d" and of("mag")["units"] == "mag"
    assert of("exptime")["units"] == "s" and of("mag")["description"] == "magnitude"
    check_frame(of("mjd"), "start")
    check_frame(attributes, "start")
    assert attributes["source_name"] == "J134913.43-211252.3"
    assert attributes["observatory"] == "ZTF" and attributes["schema_version"] == 1
    assert json.loads(attributes["altdata"])["catalog"]["ra"] == 123.456789


def with_h5py():
    with h5py.File(FOLDER / "ordinary.h5") as file:
        assert list(file) == ["J134913.43-211252.3"]
        group = file["J134913.43-211252.3"]
        columns = {}
        for name, dataset in group.items():
            text = h5py.check_string_dtype(dataset.dtype) is not None
            columns[name] = dataset.asstr()[:] if text else dataset[:]
            if name != "epoch":
                assert dataset.dims[0][0] == group["epoch"], name
        assert group["bad"].attrs["dtype"] == "bool"
        check_ordinary(columns, dict(group.attrs), lambda name: dict(group[name].attrs))
        frame = pd.DataFrame({name: columns[name] for name in columns if name != "epoch"})
        assert len(frame) == 100 and frame.mag.median() > 17
    with h5py.File(FOLDER / "hostile.h5") as file:
        (key,) = file
        group = file[key]
        assert group.attrs["source_name"] == "../a/Ä B\u0308"
        assert len(json.loads(group.attrs["altdata"])["headers"]) == 100000
        assert group["a%2Fb"].attrs["column_name"] == "a/b"
        same(group["epoch"][:], [np.nan, np.inf, 0])


def with_xarray(engine):
    def open_group(name, key):
        return xr.open_dataset(FOLDER / name, group=key, engine=engine)

    with open_group("ordinary.h5", "J134913.43-211252.3") as data:
        assert dict(data.sizes) == {"epoch": 100}, data.sizes
        assert data.bad.dtype == bool and data.mjd.dtype == "f8"
        assert list(data)[:3] == ["oid", "mjd", "mag"] or engine == "h5netcdf", list(data)
        check_ordinary(data, data.attrs, lambda name: {**data[name].encoding, **data[name].attrs})
        assert data.to_dataframe().shape == (100, 11)
    with h5py.File(FOLDER / "hostile.h5") as file:
        (key,) = file
    with open_group("hostile.h5", key) as data:
        same(data["a%2Fb"], [np.nan, np.inf, 0])
        same(data["epoch"], [np.nan, np.inf, 0])
        assert len(json.loads(data.attrs["altdata"])["headers"]) == 100000
    with open_group("empty.h5", "S") as data:
        assert dict(data.sizes) == {"epoch": 0} and data.mag.attrs["units"] == "mag"
        data.load()
    with open_group("long.h5", "S") as data:
        same(data.mjd, 58000 + 1.25 * np.arange(20000))
        same(data.filtercode[-2:], ["zg", "zr"])
    for number in (1, 2, 3):
        with open_group("reduced.h5", f"S%2F1_reduction_0{number}_of_03") as data:
            same(data.mjd, 58000 + 100 * number + np.arange(50))
            same(data.flag, np.arange(50) % 7 == 3)
            assert np.isnan(data.dec).all() and data.flux.attrs["units"] == "uJy"
            assert all("units" in data[name].attrs for name in data if data[name].dtype.kind == "f")
            check_frame(data.attrs, "middle")
            check_frame(data.mjd.attrs, "middle")
            assert data.attrs["filter"] == "zg" and data.attrs["zero_point"] == 23.9
            assert (data.attrs["series_number"], data.attrs["series_total"]) == (number, 3)
            assert json.loads(data.attrs["statistics"])["number"] == 50


def edited():
    """libhdf5 goes on with a file as with one of its own: adds, replaces, removes, copies."""
    path = FOLDER / "edited.h5"
    path.write_bytes((FOLDER / "ordinary.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        group = file["J134913.43-211252.3"]
        before = {name: group[name][:] for name in group}
        for number in range(100):
            group.attrs[f"more {number}"] = "text" * number
            group["mag"].attrs[f"more {number}"] = number
            group[f"more {number}"] = np.arange(number)
        group["mag"].attrs["units"] = "another unit, which is longer"
        group["note"][1] = "another text, which is longer"
        del group["bad"], group.attrs["kind"]
        file.copy(group, "copy")
    with h5py.File(path) as file:
        for key in ("J134913.43-211252.3", "copy"):
            group = file[key]
            assert "bad" not in group and "kind" not in group.attrs
            assert group.attrs["more 99"] == "text" * 99 and group["mag"].attrs["more 99"] == 99
            assert group["mag"].attrs["units"] == "another unit, which is longer"
            assert list(group["more 99"]) == list(range(99))
            for name, values in before.items():
                if name == "note":
                    values[1] = b"another text, which is longer"
                if name not in ("bad", "epoch"):
                    np.testing.assert_array_equal(group[name][:], values)


with_h5py()
edited()
for each in ENGINES:
    with_xarray(each)
