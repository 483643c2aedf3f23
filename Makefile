# Two commands do everything: `make repro` and `make test`.  Python 3.11 or newer is all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Installs the same lock as pip, ten times as fast.
UV_VERSION := 0.13.9
# `make TORCH=cpu …` installs PyTorch without CUDA: 1 GB instead of 6, where there is no GPU.
TORCH ?=
# The pipeline's stages call `python`: it must be the environment's.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Containers often forbid compiled modules to be kept; each of some sixty processes would compile
# PyTorch's anew, 3 to 8 s every time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: repro scm test test-all report lint theory bench cluster faults audit clean help

help:        ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 12

repro: $(INSTALLED)   ## environment, then the pipeline in the profile in force (params.yaml)
	$(BIN)/python -m zerosnet sweep
	@test -e .git || $(MAKE) --no-print-directory scm
	$(BIN)/python -m zerosnet repro
	@$(BIN)/python -m zerosnet where

# DVC looks for git's repository; a source archive has none, and needs none.
scm:
	$(BIN)/dvc config --local core.no_scm true

test: $(INSTALLED)    ## tests of every module and every claim, on all cores, in minutes
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not long"

test-all: $(INSTALLED)  ## these and the long campaigns: faults, wide fuzzing, launchers, simulations
	$(BIN)/python -m pytest -n auto --dist loadgroup

theory: $(INSTALLED)  ## theorems and roots, decided exactly, without training
	$(BIN)/python -m pytest claims -m theory

report: $(INSTALLED)  ## results, pages and dvc.lock anew from the records at hand, without training
	$(BIN)/python -m zerosnet report --rejudge
	$(BIN)/python -m zerosnet lock

lint: $(INSTALLED)    ## style, types, and which folder may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED)   ## how fast the suite is here, against a plain loop; to its page of the report
	@mkdir -p .zerosnet
	$(BIN)/python -m pytest benchmarks -q --benchmark-json=.zerosnet/benchmark.json
	$(BIN)/python -m zerosnet performance .zerosnet/benchmark.json

faults: $(INSTALLED)  ## what kills, full disks and damaged files do to results; to its page of the report
	@mkdir -p .zerosnet
	ZEROSNET_FAULTS=$(CURDIR)/.zerosnet/faults.json $(BIN)/python -m pytest tests/faults -q
	$(BIN)/python -m zerosnet reliability .zerosnet/faults.json

audit:                ## known vulnerabilities of the pinned packages; asks a public database
	$(PYTHON) -m venv .zerosnet/audit
	.zerosnet/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	.zerosnet/audit/bin/pip-audit --strict --no-deps --disable-pip -r requirements.lock

cluster: $(INSTALLED) ## what sweeps on more than one machine need: Ray, submitit
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-cluster.lock

clean:                ## the environment and all scratch; records and reports stay
	rm -rf $(VENV) .zerosnet

# The stamp makes a second call start at once.
$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) uv==$(UV_VERSION) || echo "uv cannot be had here: pip installs instead, in minutes"
ifeq ($(TORCH),cpu)
	grep -vE '^(cuda|nvidia|triton)' requirements.lock > $(VENV)/cpu.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --torch-backend cpu -r $(VENV)/cpu.lock
else
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.lock || \
	    $(PIP) -r requirements.lock
endif
	$(PIP) --no-deps -e .
	@touch $(INSTALLED)
