# Each target sets up .venv by itself; nothing else is needed but Python 3.11, git and make.
PYTHON ?= python3
BIN := .venv/bin
.PHONY: setup demo test check ui lock

setup: .venv/ready .venv/compiled

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or 3.12 is needed; name it: make PYTHON=python3.11 ...") if not (3, 11) <= sys.version_info[:2] <= (3, 12) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# What numba keeps of a function knows nothing of changes in the functions that it calls.
.venv/compiled: .venv/ready $(wildcard medcd_platform/deid/*.py medcd_platform/deid/*/*.py)
	find medcd_platform -name '*.nb[ic]' -delete
	touch $@

# A make-believe hospital, taken in and de-identified. Exit code 3 (some partitions were refused) is part of the show.
demo: setup
	test -d landing || $(BIN)/medcd synth landing
	test -f lake/demo.key || $(BIN)/medcd key --demo lake/demo.key
	MEDCD_KEY_FILE=lake/demo.key $(BIN)/medcd build || test $$? = 3
	$(BIN)/medcd status

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

ui: setup
	MEDCD_KEY_FILE=lake/demo.key $(BIN)/medcd ui

# Pins for Python 3.11 and 3.12, without index addresses.
lock: setup
	$(BIN)/pip-compile --quiet --extra dev --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --output-file requirements.lock pyproject.toml
