"""Opens a HATS collection with LSDB, and compares it with the project's own files.

Takes a folder with `lightcurves` (a collection cut into several files), `sources`, `detections` and `filters` (collections),
`sources.json`, `detections.json` and `products`, the data root.
"""

import json
import sys
import warnings
from collections import defaultdict
from pathlib import Path

try:
    import lsdb
except ImportError:
    print("skipped: no lsdb here")
    sys.exit()
import numpy as np
from hats.io.validation import is_valid_catalog

from products import COLUMNS, lightcurves, same

folder = Path(sys.argv[1])


def rows(what):
    return json.loads((folder / f"{what}.json").read_text())


def main():
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)
    catalog = lsdb.open_catalog(folder / "lightcurves")
    sources = {row["name"]: row for row in rows("sources")}
    assert len(catalog) == len(sources)
    pixels = catalog.get_healpix_pixels()
    assert len(pixels) > 2, pixels
    assert is_valid_catalog(folder / "lightcurves" / "exported_lightcurves", strict=False)

    frame = catalog.compute()
    assert frame.index.name == "_healpix_29" and frame.index.is_unique
    for healpix, row in frame.iterrows():
        source = sources[row["name"]]
        assert (healpix, row["ra"], row["dec"]) == (source["healpix"], source["ra"], source["dec"])

    curves = defaultdict(list)
    for attributes, columns in lightcurves(folder):
        curves[attributes["source_name"]].append((attributes, columns))
    epochs = 0
    for _, row in frame.iterrows():
        nested, own = row["lightcurves"], curves[row["name"]]
        for name in COLUMNS:
            same(nested[name], np.concatenate([columns[name] for _, columns in own]), f"{row['name']}: {name}")
        filters = [attributes["filter"] for attributes, columns in own for _ in columns["mjd"]]
        assert list(nested["filter"]) == filters
        epochs += len(nested)
    assert epochs == sum(len(c["mjd"]) for of_source in curves.values() for _, c in of_source) > 0

    # a query on the epochs, as LSDB's users write it
    bright = catalog.query("lightcurves.flag == False").compute()
    assert not bright["lightcurves.flag"].any()

    # a cone holds exactly the sources that are in it
    star = sources["Vega"]
    found = catalog.cone_search(star["ra"], star["dec"], radius_arcsec=5).compute()
    assert "Vega" in list(found["name"]) and len(found) < len(sources)

    # pairs across the edges of files are found, thanks to the margin
    assert catalog.margin is not None
    pairs = catalog.crossmatch(catalog, radius_arcsec=9, n_neighbors=5, suffixes=("_one", "_other"))
    pairs = pairs.compute()
    names = {tuple(sorted(pair)) for pair in zip(pairs["name_one"], pairs["name_other"]) if pair[0] != pair[1]}
    assert names == {("edge east", "edge west")}, names

    for what in ("sources", "detections"):
        table = lsdb.open_catalog(folder / what).compute()
        assert len(table) == len(rows(what)), what
    # a row for each filter of a source, and all of them have one
    filters = lsdb.open_catalog(folder / "filters").compute()
    assert sorted(filters["source_name"]) == sorted(sources), list(filters["source_name"])
    snr = sorted(row["snr"] for row in rows("detections"))
    same(sorted(lsdb.open_catalog(folder / "detections").compute()["snr"]), snr, "detections")
    print(f"{len(frame)} sources in {len(pixels)} files, {epochs} epochs")


if __name__ == "__main__":
    main()
