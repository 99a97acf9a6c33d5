# Everything here needs Python 3.11 or newer with venv, and nothing else: pip fetches the rest.

PYTHON ?= python3
PORT ?= 8000
DEMO := build/demo

.PHONY: help demo demo-check test check clean

help:
	@echo "make demo        generate the bakery into $(DEMO)/bakery and serve it (PORT=8000)"
	@echo "make demo-check  the same up to a first request, then stop"
	@echo "make test        every test, in an environment of its own (.venv)"
	@echo "make check       ruff, black and mypy"
	@echo "make clean       remove what these made, except .venv"

# The bakery as a user would make it: an environment, the generator, a new folder, a database.
$(DEMO)/venv/.installed: pyproject.toml runtime/pyproject.toml
	$(PYTHON) -m venv $(DEMO)/venv
	$(DEMO)/venv/bin/pip install --quiet --disable-pip-version-check -e ./runtime -e .
	@touch $@

.PHONY: demo-ready
demo-ready: $(DEMO)/venv/.installed
	rm -rf $(DEMO)/bakery
	$(DEMO)/venv/bin/freehold new $(DEMO)/bakery --example bakery >/dev/null
	$(DEMO)/venv/bin/pip install --quiet --disable-pip-version-check -e $(DEMO)/bakery
	cd $(DEMO)/bakery && ../venv/bin/alembic upgrade head
	cd $(DEMO)/bakery && ../venv/bin/python -m bakery.seed

demo: demo-ready
	@echo
	@echo "The project:        $(DEMO)/bakery"
	@echo "The API:            http://127.0.0.1:$(PORT)"
	@echo "Its documentation:  http://127.0.0.1:$(PORT)/docs"
	@echo "A first request, from another terminal:"
	@echo
	@echo "  TOKEN=\$$(curl -s http://127.0.0.1:$(PORT)/dev/token --json '{\"id\": \"ada\", \"roles\": [\"staff\"]}' \\"
	@echo "    | $(PYTHON) -c 'import json, sys; print(json.load(sys.stdin)[\"token\"])')"
	@echo "  curl -H \"Authorization: Bearer \$$TOKEN\" http://127.0.0.1:$(PORT)/products"
	@echo
	cd $(DEMO)/bakery && BAKERY_DEVELOPMENT=true ../venv/bin/uvicorn bakery.app:create_app --factory --port $(PORT)

demo-check: demo-ready
	cd $(DEMO)/bakery && ../venv/bin/python ../../../.ci/first_request.py

.venv/.installed: pyproject.toml runtime/pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	.venv/bin/pip install --quiet --disable-pip-version-check -e ./runtime -e . --group dev
	@touch $@

test: .venv/.installed
	.venv/bin/python -m pytest -n 2 --dist worksteal

check: .venv/.installed
	.venv/bin/ruff check .
	.venv/bin/black --quiet --check . || .venv/bin/black --check .
	.venv/bin/mypy

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache
