PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Many tests wait for processes: a few more workers than cores keep the cores busy.
WORKERS ?= 5
# Hundreds of processes start in a run: what one has compiled is kept for the others, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install browser promtool demo chaos test test-city test-chaos test-compose test-long check format lint types imports docs release lock clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target what; do \
	  printf '  make %-13s %s\n' "$$target" "$$what"; done

install: $(VENV)/installed  ## own virtual environment, exactly the locked versions

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

browser:  ## a Chromium for the browser tests, by apt-get (as root) where there is none
	@command -v chromium-headless-shell > /dev/null || command -v chromium > /dev/null || \
	  { apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends chromium-headless-shell; }

promtool:  ## a promtool for the rules of alerts, by apt-get (as root) where there is none
	@command -v promtool > /dev/null || \
	  { apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends prometheus; }

demo: install  ## a synthetic Zoetermeer through all services; ARGS="--clients 1000 --months 12"
	$(BIN)/wijkzorg demo $(ARGS)

chaos: install  ## the whole system attacked under load, then every promise checked; ARGS="--minutes 10 --seed 7"
	$(BIN)/python -m tests.chaos $(ARGS)

test: install  ## the suite, on a real Kafka, PostgreSQL and Chromium
	$(BIN)/python -m pytest -m "not long and not city and not compose" --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

test-city: install  ## whole systems: journeys and cities, services killed, doubled and started again, restores, full disks
	$(BIN)/python -m pytest -m "city and not long" --numprocesses $(WORKERS) --dist loadscope $(ARGS)

test-chaos: install  ## two minutes of chaos, always the same ones
	$(BIN)/python -m tests.chaos --minutes 2 --seed 7 --until 2026-10

test-compose: install  ## the composed system in containers; says loudly where no Docker engine answers
	@if docker info > /dev/null 2>&1 && docker compose version > /dev/null 2>&1; then \
	  $(BIN)/python -m pytest -m compose $(ARGS); \
	else \
	  echo "!! NO DOCKER ENGINE WITH COMPOSE ANSWERS: THE COMPOSED SYSTEM WAS NOT TESTED. !!" >&2; \
	fi

test-long: install  ## the property tests with many thousands of examples
	$(BIN)/python -m pytest -m long --timeout 3600 $(ARGS)

check: format lint types imports test test-city test-chaos test-compose  ## everything CI asks

format: install  ## is everything formatted
	$(BIN)/ruff format --check .

lint: install  ## ruff, every rule
	$(BIN)/ruff check .

types: install  ## mypy, strict
	$(BIN)/mypy

imports: install  ## who may import whom
	$(BIN)/lint-imports

docs: install  ## renew what is generated from the contracts: docs/events.md and the JSON Schemas
	$(BIN)/python -m wijkzorg.docs

release: install  ## make the contracts as they are a promise; ARGS=--same-meaning where only words changed
	$(BIN)/python -m wijkzorg.docs --release $(ARGS)

COMPILE = uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock" --quiet pyproject.toml

lock:  ## renew the locked versions from pyproject.toml (needs uv)
	$(COMPILE) --extra command --extra local --extra dev --output-file requirements.lock
	$(COMPILE) --constraint requirements.lock --output-file deploy/service.lock
	$(COMPILE) --constraint requirements.lock --extra command --output-file deploy/command.lock

clean:  ## away with the environment
	rm -rf $(VENV) build *.egg-info
