PREFIX ?= /usr/local
DESTDIR ?=
PYTHON := .venv/bin/python

# The program and its tests share one set of flags, so that they share a build. The tests run the release
# build: --disable-testable-imports keeps SwiftPM from compiling everything again for them.
SWIFT_FLAGS := -c release
SWIFT_TEST := swift test $(SWIFT_FLAGS) --disable-testable-imports --disable-xctest

.PHONY: help setup ready build static run stop test unit soak fuzz sanitize check format lint layers prose targets diagram fixtures schema model findings picture \
	figures bench bench-check bench-record sbom install uninstall dist dist-check clean

help: ## list all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install missing Debian packages, and .venv with the stand-in server, also for the tests
	@scripts/setup --tests patch=patch age=age

# Installs what building and running need, without what only the tests need.
ready:
	@scripts/setup

build: ready ## build the program in release mode
	swift build $(SWIFT_FLAGS) --product strava-store

run: build ## import the fixtures into a stand-in server and show what is stored
	@scripts/run

stop: ## stop the server that `make run` started; its data stays
	@scripts/server stop

test: setup ## run all tests, with a real server process (or the one of MONGODB_URI); FILTER=NAME runs some of them
	$(SWIFT_TEST) $(if $(FILTER),--filter '$(FILTER)')

# The test targets that start no server, and the suites in a folder WithoutServer of the other targets.
UNIT_TARGETS := $(filter-out EndToEndTests MongoTests,$(notdir $(patsubst %/,%,$(wildcard Tests/*Tests/)))) FuzzTests
UNIT_SUITES := $(basename $(notdir $(wildcard Tests/*/WithoutServer/*.swift)))

unit: setup ## run the tests that need no server; under a minute once they are built
	$(SWIFT_TEST) --filter "^($$(echo $(UNIT_TARGETS) | tr ' ' '|'))[.]|[.]($$(echo $(UNIT_SUITES) | tr ' ' '|'))/"

soak: setup ## run the same tests with more to do, and fuzzing, for hours; FILTER=NAME runs some of the tests
	STRAVA_STORE_SOAK=1 $(SWIFT_TEST) $(if $(FILTER),--filter '$(FILTER)')
	$(if $(FILTER),,@$(PYTHON) scripts/fuzz.py --seconds $(or $(SECONDS),1200))
	$(if $(FILTER),,@$(MAKE) dist-check)

# KEEP=1 writes the corpus again.
fuzz: setup ## look for inputs that break a promise, with libFuzzer; TARGET=NAME fuzzes one, SECONDS=600 each for longer
	@$(PYTHON) scripts/fuzz.py $(if $(SECONDS),--seconds $(SECONDS)) $(if $(KEEP),--keep) $(TARGET)

# Builds everything twice more, and takes long. ONLY=thread or ONLY=address uses one sanitizer.
sanitize: setup ## run the tests with the address sanitizer, then with the thread sanitizer; FILTER=NAME runs some
	@scripts/sanitize $(if $(ONLY),--only $(ONLY)) $(if $(FILTER),'$(FILTER)')

check: setup lint layers targets prose fixtures figures test ## run all checks that a change must pass

format: ## rewrite the Swift files in the project's format
	swift format --in-place --recursive Sources Tests Package.swift

lint: ## check the format of the Swift files
	swift format lint --strict --recursive Sources Tests Package.swift

fixtures: ready ## check the fixtures against fixtures/README.md
	@$(PYTHON) fixtures/check.py

schema: build ## render docs/schema again
	@scripts/render-schema .build/release/strava-store docs/schema

model: setup ## render Activity.swift from its schema, after a field has been added there
	STRAVA_STORE_RECORD=1 $(SWIFT_TEST) --filter theModelIsRenderedFromTheSchema

picture: setup ## draw docs/weekly-distance.svg again, from the fixtures
	STRAVA_STORE_RECORD=1 $(SWIFT_TEST) --filter theExampleDrawsThePicture

findings: build ## render docs/findings.md again
	.build/release/strava-store validate --explain all > docs/findings.md

layers: ready ## check which module imports which
	@$(PYTHON) scripts/layers.py --self-test
	@$(PYTHON) scripts/layers.py

targets: ready ## check that docs/architecture.svg shows the targets of Package.swift
	@$(PYTHON) scripts/architecture.py --check

diagram: ready ## draw docs/architecture.svg again, from Package.swift
	@$(PYTHON) scripts/architecture.py

prose: build ## check phrases, links, commands and options in the project's texts
	@$(PYTHON) scripts/prose.py --self-test
	@$(PYTHON) scripts/prose.py

figures: ready ## check that docs/performance.md shows its figures
	@$(PYTHON) Tests/Bench/report.py --check

# BENCH has its options, such as BENCH=--quick.
bench: static ## measure the program and other importers, and write the figures of docs/performance.md
	@scripts/setup cc=gcc taskset=util-linux
	@$(PYTHON) Tests/Bench/bench.py $(BENCH)

bench-check: static ## compare the number of instructions for fixed inputs with the recorded one
	@scripts/setup cc=gcc valgrind=valgrind
	@$(PYTHON) Tests/Bench/instructions.py

bench-record: static ## record these numbers again, if a change of them is intended
	@scripts/setup cc=gcc valgrind=valgrind
	@$(PYTHON) Tests/Bench/instructions.py --record

sbom: build setup ## write the program's components to .build/strava-store.cdx.json (CycloneDX)
	@$(PYTHON) scripts/dependencies.py sbom .build/release/strava-store .build/strava-store.cdx.json

# Swift's libraries are linked in, so the program runs without a Swift installation, and calls into them are faster.
static: ready ## build the program as it is installed
	swift build $(SWIFT_FLAGS) --product strava-store --static-swift-stdlib --scratch-path .build/static
	@.build/static/release/strava-store --version | grep -q '^[0-9]' || { echo "the static build does not run"; exit 1; }

install: static ## install the program, its manual pages and completions under PREFIX (/usr/local)
	install -D -m 0755 .build/static/release/strava-store "$(DESTDIR)$(PREFIX)/bin/strava-store"
	@scripts/dist --texts "$(DESTDIR)$(PREFIX)"

uninstall: ## remove the installed files
	rm -f "$(DESTDIR)$(PREFIX)/bin/strava-store" "$(DESTDIR)$(PREFIX)"/share/man/man1/strava-store*.1
	rm -f "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/strava-store"
	rm -f "$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_strava-store"
	rm -f "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/strava-store.fish"

dist: static ## make a tarball and a Debian package in .build/dist
	@scripts/setup --tests strip=binutils dpkg-shlibdeps=dpkg-dev
	@scripts/dist

dist-check: dist ## install both in bare Debian 12 systems and run them there; needs root
	@scripts/setup debootstrap=debootstrap lintian=lintian
	@scripts/dist-check

clean: ## remove the build products and .venv; the data and keys in .data stay
	@if [ -x $(PYTHON) ]; then scripts/server stop; fi
	rm -rf .build .venv .venv-bench
