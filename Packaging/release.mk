# What is handed out: one file for any Linux, and a Debian package. Included by the Makefile.

VERSION = $(shell sed -n 's/.*static let version = "\(.*\)"/\1/p' Sources/Rendering/Generator.swift)
ARCH := $(shell uname -m)
PORTABLE := .build/portable/release/tcptimeline
DIST := .build/dist
NAME = tcptimeline-$(VERSION)-linux-$(ARCH)

.PHONY: portable man dist deb uninstall version

version:
	@echo $(VERSION)

# Nothing but the kernel is needed to run it: the C library and libxml2 are linked in too.
portable: packages
	Packaging/stamp.sh
	Packaging/static-libraries.sh .build/archives-all all
	PKG_CONFIG_PATH=$(CURDIR)/.build/archives-all/pkgconfig $(SWIFT) build -c release \
	  --scratch-path .build/portable --product tcptimeline --static-swift-stdlib \
	  -Xswiftc -static-executable $(NO_PATHS) $(LEAN) \
	  $$(cat .build/archives-all/flags)

# From the options themselves; .build/man holds a page a command.
man: build
	Packaging/man.sh $(PROGRAM) .build/man

# tar.gz of the portable program with its completions, man pages and units, an installer, and checksums.
dist: portable
	Packaging/man.sh $(PORTABLE) .build/portable/man
	Packaging/dist.sh $(PORTABLE) .build/portable/man $(DIST) $(NAME)

# Against the system's libxml2, everything else linked in.
deb: build man
	Packaging/deb.sh $(PROGRAM) .build/man $(DIST) $(VERSION)

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/tcptimeline \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/tcptimeline \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_tcptimeline \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/tcptimeline.fish \
	  $(DESTDIR)$(PREFIX)/share/man/man1/tcptimeline.1 \
	  $(DESTDIR)$(PREFIX)/share/man/man1/tcptimeline-*.1
