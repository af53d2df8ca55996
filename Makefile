# `make demo` and `make test` do everything, from a fresh Debian or Ubuntu machine with a Rust toolchain.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

RETRIEVER := target/release/retriever
LIBRARIES := libhdf5-dev libcfitsio-dev pkg-config build-essential
POSTGRES := postgresql
VENV := target/venv
BROWSER := chromium chromium-driver
PYTHON_PACKAGES := h5py netCDF4 h5netcdf xarray pandas numpy astropy pyarrow lightkurve lsdb

.PHONY: help demo test man check-format lint unit doc python-packages libraries postgres browser bench

help: ## What can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

demo: libraries ## Build, and run the demonstration project
	cargo build --release --locked
	@test -f catalogs/demo.csv || $(RETRIEVER) catalog make --rows 100 --seed 1 -o catalogs/demo.csv
	$(RETRIEVER) run configs/demo.yaml

test: libraries postgres browser python-packages check-format lint unit doc ## Everything that must pass

man: libraries ## Manual pages, into target/man/man1: `man -M target/man retriever`
	cargo build --release --locked
	$(RETRIEVER) man -o target/man/man1

check-format:
	cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets --locked -- -D warnings

unit:
	INSTA_UPDATE=no RETRIEVER_PYTHON="$(abspath $(VENV))/bin/python" cargo test --workspace --lib --bins --tests --locked
	cargo test --workspace --doc --locked

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

bench: libraries ## Measure: lines of `name value unit`
	cargo bench --locked

libraries:
	@scripts/install $(LIBRARIES)

postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || scripts/install $(POSTGRES)

# without it the tests that click through pages say that they skip; RETRIEVER_BROWSER=required makes them fail
browser:
	@command -v chromedriver >/dev/null 2>&1 || scripts/install $(BROWSER) || echo "There is no browser: its tests are skipped" >&2

python-packages:
	@scripts/venv $(VENV) $(PYTHON_PACKAGES)
