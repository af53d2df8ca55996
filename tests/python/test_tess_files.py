"""Compares what Retriever reads of FITS files with what astropy reads of them, bit for bit.

Takes a file with lines of: FITS file, tab, folder with Retriever's reading of it.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.io.fits.card import Undefined

warnings.simplefilter("ignore")


def header_value(value):
    """A card as JSON has it: an undefined value is null."""
    return None if isinstance(value, Undefined) or value is None else value


def check_header(place, header):
    told = json.loads(place.read_text())
    for keyword, value in told.items():
        expected = header_value(header[keyword])
        assert value == expected, f"{place}: {keyword} is {value!r}, not {expected!r}"
    layout = ("NAXIS", "TTYPE", "TFORM", "TUNIT", "TDISP", "TNULL", "TSCAL", "TZERO", "TDIM")
    words = {"SIMPLE", "XTENSION", "BITPIX", "EXTEND", "NEXTEND", "PCOUNT", "GCOUNT", "TFIELDS"}
    words |= {"INHERIT", "CHECKSUM", "DATASUM", "COMMENT", "HISTORY", ""}
    for keyword in header:
        if keyword.startswith(layout) or keyword in words:
            continue
        assert keyword in told, f"{place}: {keyword} is not there"
    return len(told)


def check_table(folder, number, hdu):
    passed_over = set((folder / f"{number}_passed_over.txt").read_text().split("\n")) - {""}
    found = 0
    for column in hdu.columns:
        if column.name in passed_over:
            assert hdu.data[column.name].ndim > 1, f"{folder}: {column.name} was passed over"
            continue
        (place,) = folder.glob(f"{number}_{column.name}.*")
        kind = place.suffix[1:]
        expected = np.asarray(hdu.data[column.name])
        if kind == "text":
            assert [str(word) for word in expected] == place.read_text().split("\n"), place
            found += 1
            continue
        told = np.frombuffer(place.read_bytes(), dtype=np.dtype(kind))
        assert expected.dtype.newbyteorder("=") == told.dtype or expected.dtype.kind == "i"
        native = np.ascontiguousarray(expected.astype(told.dtype))
        assert native.tobytes() == told.tobytes(), f"{place} differs"
        found += 1
    return found


def main():
    columns = cards = files = 0
    for line in Path(sys.argv[1]).read_text().splitlines():
        file, folder = line.split("\t")
        folder = Path(folder)
        with fits.open(file) as units:
            for number, hdu in enumerate(units):
                cards += check_header(folder / f"{number}_header.json", hdu.header)
                if isinstance(hdu, fits.BinTableHDU):
                    columns += check_table(folder, number, hdu)
                elif isinstance(hdu, fits.ImageHDU):
                    place = folder / f"{number}_image.json"
                    if not place.exists():
                        assert hdu.data is None or hdu.data.ndim != 2 or hdu.data.dtype.newbyteorder("=") != np.int32, file
                        continue
                    pixels = json.loads(place.read_text())
                    assert np.array_equal(np.asarray(pixels), hdu.data), f"{folder}: pixels"
        files += 1
    print(f"{files} files, {columns} columns and {cards} cards are the same")
    assert columns >= 100


if __name__ == "__main__":
    main()
