# make demo | test | test-slow | check | bench | new-model NAME=x
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow check bench new-model format
.DELETE_ON_ERROR:

$(BIN)/.installed: setup.cfg setup.py pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "keras_facegan needs Python 3.11 or later: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(BIN)/.tested: $(BIN)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

demo: $(BIN)/.installed
	$(BIN)/python train.py --model pfa_gan

test: $(BIN)/.tested
	$(BIN)/python -m pytest

test-slow: $(BIN)/.tested
	$(BIN)/python -m pytest -m slow

check: $(BIN)/.tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(MAKE) --no-print-directory test

format: $(BIN)/.tested
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(BIN)/.tested
	$(BIN)/python -m benchmarks

new-model: $(BIN)/.installed
	$(BIN)/facegan new-model $(NAME)
