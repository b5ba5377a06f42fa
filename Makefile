# Everything a newcomer needs: `make demo` and `make test`. Only Python 3.11, git and make are required.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
.DEFAULT_GOAL := help
# Tools of this project only: a developer's own settings must not change what runs here.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Many tests start processes; where Python may not keep what it compiled, each of them compiles the project again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test chaos fuzz corpus pickles licence-texts docs lock clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: $(VENV)/demo.stamp ## Play three merge requests through the real bot (ARGS=--once to end after the third)
	@$(BIN)/weighbridge demo $(ARGS)

test: $(VENV)/dev.stamp ## Run the linters, the type checker, the import contracts and all the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist worksteal -m "not corpus and not chaos" $(ARGS)

chaos: $(VENV)/dev.stamp ## Kill workers in mid-work, on SQLite and Postgres, and count what was lost or done twice (five minutes)
	$(BIN)/pytest -m chaos $(ARGS)

fuzz: $(VENV)/dev.stamp $(VENV)/fuzz.stamp ## Feed mutated bytes to every parser for five minutes (ARGS=seconds; Linux)
	$(BIN)/python -m tests.fuzz $(ARGS)

corpus: $(VENV)/dev.stamp ## Measure the detector on packages of the registries and write docs/detection.md (hours, 20 GB)
	$(BIN)/pytest -m corpus $(ARGS)

pickles: $(VENV)/dev.stamp ## Compare five pickle scanners (WEIGHBRIDGE_PICKLE_TOOLS, WEIGHBRIDGE_PICKLE_SUITES; half an hour)
	$(BIN)/python -m tests.pickle_suites.compare

licence-texts: $(VENV)/dev.stamp ## Compare identifiers of licence texts and write docs/licence-texts.md (WEIGHBRIDGE_LICENCE_TOOLS; hours)
	$(BIN)/python -m tests.licence_texts.compare

bench: $(VENV)/dev.stamp ## Measure what detection reads of files up to 10 GB, a scan of 50,000 files beside git, and judging 10,000 artifacts
	$(BIN)/python -m tests.benchmarks.reading
	$(BIN)/python -m tests.benchmarks.scanning
	$(BIN)/python -m tests.benchmarks.judging

docs: $(VENV)/dev.stamp ## Write the pages that are made from the code
	$(BIN)/python -m bot.documentation

lock: ## Write the locked requirements again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras -q --extra demo --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras -q --extra demo --constraint requirements/dev.txt --group build pyproject.toml -o requirements/demo.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras -q --constraint requirements/dev.txt --group build pyproject.toml -o requirements/runtime.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q --group fuzz -o requirements/fuzz.txt

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Weighbridge needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 demo"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The project itself is installed in place with the build tools of the lock file, so nothing is fetched unchecked.
$(VENV)/%.stamp: requirements/%.txt pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing the locked requirements of requirements/$*.txt (about a minute the first time)"
	@$(BIN)/pip install --quiet --require-hashes -r requirements/$*.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q bot rules
	@$(BIN)/python -m bot.scanner.modules
	@touch $@
