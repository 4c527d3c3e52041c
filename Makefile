# `make` alone lists what there is. GNU make and Python are enough; the first target that needs it
# makes .venv from the committed lock, which every later one reuses as long as the lock stays.

PYTHON ?= python3
UV ?= uv
ARGS ?=
# Tests wait for servers more than they compute: one more process than there are cores.
WORKERS ?= $(shell expr $$(nproc) + 1)

VENV := .venv
RUN := $(VENV)/bin/python -m
READY := $(VENV)/.ready

export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo up test chaos lint bench lock clean

help: ## List the targets
	@echo "GovManager. Targets:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@echo "PYTHON=python3.13 names another interpreter, ARGS=\"-k cron\" adds options to a command."

demo: $(READY) ## Show the whole line: server, worker, endpoints, three transfers, a table of proofs
	@$(RUN) demo $(ARGS)

up: $(READY) ## The same, but keep everything running until Ctrl-C
	@$(RUN) demo --keep $(ARGS)

test: $(READY) ## Run the tests against real servers on 127.0.0.1
	@$(RUN) pytest --numprocesses $(WORKERS) --dist loadfile $(ARGS)

chaos: $(READY) ## Kill a run at every point of every protocol, continue, and count what is lost or twice
	@$(RUN) tests.chaos $(ARGS)

lint: $(READY) ## Check style, format, types and import directions
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(VENV)/bin/lint-imports

bench: $(READY) ## Measure the transports, each beside rclone
	@$(RUN) benchmarks.transports --quick $(ARGS)

# uv keeps what is locked already; ARGS=--upgrade moves everything to the newest that fits.
LOCK := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" --extra postgres

lock: ## Resolve the dependencies of pyproject.toml anew (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(LOCK) $(ARGS) --output-file requirements.lock
	$(LOCK) $(ARGS) --group dev --constraints requirements.lock --output-file requirements-dev.lock

clean: ## Remove .venv, builds and caches; what transfers left in .govmanager stays
	rm -rf $(VENV) build dist *.egg-info
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The lock is complete, so nothing is left to resolve; and pip 23.2, which comes with Python 3.11.7,
# picks a package that is asked for with an extra (sqlalchemy[asyncio]) past its pin and then fails.
# Python compiles what is imported anyway; doing it for everything takes a third of the time.
$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "GovManager needs Python 3.11 or newer; $(PYTHON) is not." >&2; \
	  echo "Name another one: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "$(PYTHON) cannot make virtual environments." >&2; \
	  echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing the locked dependencies into $(VENV); this takes a minute or two, once."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) pip install --quiet --no-deps --no-compile --require-hashes \
	  --requirement requirements-dev.lock
	@$(RUN) pip install --quiet --no-deps --no-build-isolation --editable .
	@$(RUN) pip check --quiet
	@touch $@
