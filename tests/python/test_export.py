"""Reads a project's exported tables with the programs of the field, and compares them with the project's own files.

Takes a folder with: reduced and processed lightcurves of each format, the tables of the database of each format with what `retriever ls` says of
them (JSON), hostile values in each format with their truth (JSON), and `products`, the data root.
"""

import json
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from astropy import units as u
from astropy.io import fits, votable
from astropy.table import Table

from products import COLUMNS, lightcurves, same

folder = Path(sys.argv[1])
FORMATS = {"fits": "fits", "vot": "votable", "ecsv": "ascii.ecsv"}


def unescaped(word):
    """A text of FITS with the characters that its escapes stand for."""
    return word.encode().decode("unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16")


def check_epochs(read, curves, what):
    for name in COLUMNS:
        expected = np.concatenate([columns[name] for _, columns in curves])
        same(read(name), expected, f"{what}: {name}")
    for name in ("source_name", "observatory", "filter", "series_number"):
        expected = [a[name] for a, columns in curves for _ in columns["mjd"]]
        found = [type(e)(v) for e, v in zip(expected, read(name), strict=True)]
        if what == "fits" and name == "source_name":
            found = [unescaped(word) for word in found]
        assert found == expected, f"{what}: {name}"


def check_astropy(curves):
    for extension, name in FORMATS.items():
        table = Table.read(folder / f"lightcurves.{extension}", format=name)
        check_epochs(lambda column: table[column].tolist(), curves, extension)
        for column, unit in {"mjd": u.d, "mag": u.mag, "flux": u.uJy, "exptime": u.s, "ra": u.deg}.items():
            assert table[column].unit == unit, f"{extension}: unit of {column} is {table[column].unit}"
        for column, word in {"mjd": "exposure", "flag": "bad"}.items():
            number = table.colnames.index(column) + 1
            # astropy leaves descriptions of FITS in the header
            told = table.meta[f"TCOMM{number}"] if extension == "fits" else table[column].info.description
            assert word in told, f"{extension}: {column} is {told!r}"


def check_headers():
    with fits.open(folder / "lightcurves.fits", checksum=True) as units:
        units.verify("exception")
        header = units[1].header
        for keyword, value in {"TIMESYS": "UTC", "MJDREF": 0.0, "TREFPOS": "TOPOCENTER", "PROJECT": "EXPORTED"}.items():
            assert header[keyword] == value, keyword
        assert header["ZEROPTS"] == "uJy: 23.9" and len(header["RTRCOMM"]) >= 7
    # the times, as astropy's own Time
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the place of the observatory is not told
        times = Table.read(folder / "lightcurves.fits", astropy_native=True)["mjd"]
    assert times.scale == "utc" and 50_000 < times[0].mjd < 70_000, times[0]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = votable.parse(folder / "lightcurves.vot", verify="exception")
    resource = document.resources[0]
    told = {system.ID: (system.timescale, system.refposition, float(system.timeorigin)) for system in resource.time_systems}
    assert told["time_mjd"] == ("UTC", "TOPOCENTER", 2400000.5), told
    assert told["time_bjdtdb"] == ("TDB", "BARYCENTER", 0.0), told
    infos = {info.name: info.value for info in resource.infos}
    assert infos["project"] == "EXPORTED" and infos["observatories"] == "DEMO", infos
    field = document.get_first_table().get_field_by_id_or_name("mjd")
    assert field.ref == "time_mjd" and field.ucd == "time.epoch"

    meta = Table.read(folder / "lightcurves.ecsv", format="ascii.ecsv").meta
    assert meta["project"] == "EXPORTED" and meta["time_of_mjd"]["scale"] == "utc", meta


def check_quiet():
    """Lightcurves after the analysis, which has columns in no unit of physics: nothing is warned of."""
    for extension, name in FORMATS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = Table.read(folder / f"processed.{extension}", format=name)
        assert table["offset"].unit is None and table["dmag"].unit == u.mag, extension


def check_pandas(curves):
    # the usual parser is one digit off now and then
    table = folder / "lightcurves.csv"
    text = {"source_name": str}
    frame = pd.read_csv(table, comment="#", dtype=text, float_precision="round_trip")
    check_epochs(lambda column: frame[column].tolist(), curves, "csv")
    remarks = (folder / "lightcurves.csv").read_text().split("source_name,")[0]
    assert "# project: EXPORTED" in remarks and "# mjd [d]: time of the epoch (MJD, UTC, topocenter, middle of the exposure)" in remarks
    frame = pd.read_parquet(folder / "lightcurves.parquet")
    check_epochs(lambda column: frame[column].tolist(), curves, "parquet")


def check_arrow(curves):
    file = pq.ParquetFile(folder / "lightcurves.parquet")
    metadata = {key.decode(): value.decode() for key, value in file.metadata.metadata.items()}
    assert metadata["retriever.project"] == "EXPORTED" and metadata["retriever.zero_points"] == "uJy: 23.9"
    field = file.schema_arrow.field("flux")
    assert field.metadata[b"unit"] == b"uJy" and b"flux" in field.metadata[b"description"]
    # VOParquet, as astropy reads it
    table = Table.read(folder / "lightcurves.parquet", format="parquet.votable")
    assert table["flux"].unit == u.uJy and table["mjd"].unit == u.d
    check_epochs(lambda column: table[column].tolist(), curves, "VOParquet")

    rows = pq.read_table(folder / "nested.parquet").to_pylist()
    assert len(rows) == len(curves)
    for row, (attributes, columns) in zip(rows, curves):
        assert {name: row[name] for name in attributes} == attributes
        for name in COLUMNS:
            same(row[name], columns[name], f"nested: {name}")


def cell(value):
    """A cell as JSON has it; a missing one is None."""
    if value is None or value is np.ma.masked:
        return None
    if isinstance(value, (bytes, np.bytes_)):
        return value.decode()
    return value.item() if isinstance(value, np.generic) else value


def close_to(found, expected, missing_is_nan):
    if expected is None:
        return found in (None, "") or (missing_is_nan and isinstance(found, float) and math.isnan(found))
    if isinstance(expected, (dict, list)):
        return (json.loads(found) if isinstance(found, str) else found) == expected
    return found == expected


def check_rows():
    """The tables of the database, against what `retriever ls` says."""
    for what in ("sources", "detections"):
        expected = json.loads((folder / f"{what}.json").read_text())
        assert expected, what
        tables = {extension: Table.read(folder / f"{what}.{extension}", format=name) for extension, name in FORMATS.items()}
        read = {extension: (lambda column, row, table=table: cell(table[column][row])) for extension, table in tables.items()}
        arrow = pq.read_table(folder / f"{what}.parquet").to_pydict()
        read["parquet"] = lambda column, row: arrow[column][row]
        for extension, get in read.items():
            count = len(arrow["ra"]) if extension == "parquet" else len(tables[extension])
            assert count == len(expected), f"{what}.{extension}"
            for number, row in enumerate(expected):
                for name, value in row.items():
                    if name in ("id", "project_id", "source_id"):
                        continue
                    found = get(name, number)
                    if extension == "fits" and isinstance(value, str):
                        found = unescaped(found)
                    assert close_to(found, value, extension == "fits"), f"{what}.{extension}: {name} {found!r}, not {value!r}"
    flat = pq.read_table(folder / "filters.parquet").to_pandas()
    nested = pq.read_table(folder / "properties.parquet").to_pylist()
    assert len(nested) == len(json.loads((folder / "sources.json").read_text()))
    assert len(flat) == sum(len(row["filters"]["filter"]) for row in nested) > 0
    means = [mean for row in nested for mean in row["filters"]["mag_mean"]]
    same(flat["mag_mean"], means, "properties by filter")


def hostile_value(found, expected, kind, extension):
    found = cell(found)
    if extension in ("fits", "vot") and kind == "float64" and expected in ("NULL", "NaN"):
        return found is None or math.isnan(found)  # the same in FITS, and to astropy in VOTable too
    if expected == "NULL":
        # FITS has one word for a missing and an empty text; astropy does not heed VOTable's mark on texts, nor FITS's on truths
        unmarked = (kind == "text" and extension in ("fits", "vot") and found == "") or (kind, extension) == ("bool", "fits")
        return found is None or unmarked
    if kind == "float64":
        return float(expected) == found or (math.isnan(float(expected)) and math.isnan(found))
    if kind == "text" and extension == "fits":
        return unescaped(found or "") == expected  # astropy masks an empty text
    if kind == "text" and expected == "" and extension == "ecsv":
        return found is None or found == ""  # the format has one word for both
    if kind == "text" and extension == "ecsv":
        return found == expected.rstrip(" ")  # astropy strips them
    return found == type(found)(expected) if kind != "bool" else found is (expected == "true")


def check_hostile():
    told = json.loads((folder / "hostile.json").read_text())
    for extension in ("fits", "vot", "ecsv", "parquet"):
        if extension == "parquet":
            table = pq.read_table(folder / "hostile.parquet").to_pydict()
        else:
            table = Table.read(folder / f"hostile.{extension}", format=FORMATS[extension])
        for name, (kind, values) in told.items():
            column = table[name]
            assert len(column) == len(values)
            for row, expected in enumerate(values):
                assert hostile_value(column[row], expected, kind, extension), (
                    f"hostile.{extension}: {name}[{row}] is {column[row]!r}, not {expected!r}"
                )


def main():
    curves = lightcurves(folder)
    assert len(curves) >= 4
    check_astropy(curves)
    check_headers()
    check_quiet()
    check_pandas(curves)
    check_arrow(curves)
    check_rows()
    check_hostile()
    print("all tables are the same")


if __name__ == "__main__":
    main()
