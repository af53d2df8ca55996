"""The lightcurves of a project out of its own HDF5 files, by h5py: what exports are compared with."""

import json

import h5py
import numpy as np

COLUMNS = ["mjd", "mag", "magerr", "flux", "fluxerr", "flag", "exptime", "ra", "dec"]


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def lightcurves(folder):
    """All reduced lightcurves in the order of the catalog: what they are, and their columns."""
    names = [row["name"] for row in json.loads((folder / "sources.json").read_text())]
    curves = []
    for file in (folder / "products").glob("*/RA*/*_reduced.h5"):
        with h5py.File(file) as groups:
            for group in groups.values():
                attributes = {name: text(group.attrs[name]) for name in ("source_name", "observatory", "filter")}
                attributes["series_number"] = int(group.attrs["series_number"])
                curves.append((attributes, {name: group[name][:] for name in COLUMNS}))
    curves.sort(key=lambda curve: (names.index(curve[0]["source_name"]), curve[0]["observatory"], curve[0]["series_number"]))
    return curves


def same(one, other, what):
    """Equal numbers, bit for bit but for which of the NaN they are."""
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    assert one.tobytes() == other.tobytes() or np.array_equal(one, other, equal_nan=True), what
