# The toolchain may stand anywhere: make GO=/path/to/go.
GO       ?= go
PREFIX   ?= /usr/local
DESTDIR  ?=
FUZZTIME ?= 30s

# sonde_entry (sysdeps/ptrace) notes what the Go runtime would change before
# the program to be traced inherits it.
LDFLAGS  = -E sonde_entry
TOOL     = $(GO) tool -modfile=tools/go.mod

.PHONY: build test test-kernels test-repeat lint fmt generate bench fuzz completion install uninstall clean

# Without cgo: for the sake of looking up hosts the C library would be linked in, which
# takes a program that only starts and ends a third of its time.
build:
	CGO_ENABLED=0 $(GO) build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

# The programs are tested by themselves: they trace, and are slow enough. SONDE_PACKAGES
# says that nothing is missing, so that a test that lacks something fails.
test: export SONDE_PACKAGES = installed
test:
	tools/packages.sh
	$(GO) test -timeout 15m $$($(GO) list ./... | grep -v '/cmd/')
	$(GO) test -timeout 45m -p 1 ./cmd/...

# fsystest on other kernels, which are fetched and booted in an emulated machine.
test-kernels:
	tools/packages-kernels.sh
	$(GO) run ./regress/kernels

# Whether the verdicts on this kernel are always the same: some ten minutes.
test-repeat: build
	tools/repeat.sh bin/fsystest

lint:
	$(GO) vet ./...
	GOARCH=arm64 $(GO) vet ./...
	GOARCH=386 $(GO) vet ./...
	$(TOOL) staticcheck ./...
	@unformatted=$$($(TOOL) gofumpt -l .) || exit 1; \
	if [ -n "$$unformatted" ]; then echo "make fmt would change:" $$unformatted >&2; exit 1; fi

fmt:
	$(TOOL) gofumpt -w .

# The tables of system calls, and the shipped prototypes that follow from
# libraries' headers. It wants the packages whose versions stand in the files.
generate:
	tools/packages.sh
	$(GO) run ./sysdeps/generate
	$(GO) run ./prototype/generate

# How shells complete the programs' command lines, from what --help says of them.
completion: build
	$(GO) run ./completion/generate bin

bench:
	$(GO) run ./bench

# Every fuzz target that there is, FUZZTIME each.
fuzz:
	@grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | \
	sed -E 's|^(.*)/[^/]*:func (.*)$$|\1 \2|' | while read -r dir target; do \
		echo "$$dir $$target"; \
		$(GO) test "$$dir" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) </dev/null || exit 1; \
	done

# Where each goes, and where its shell looks for it.
BIN      = $(DESTDIR)$(PREFIX)/bin
MAN      = $(DESTDIR)$(PREFIX)/share/man
BASHCOMP = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHCOMP  = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISHCOMP = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
DATA     = $(DESTDIR)$(PREFIX)/share/sonde

install: build
	install -d '$(BIN)' '$(MAN)/man1' '$(MAN)/man5' '$(BASHCOMP)' '$(ZSHCOMP)' '$(FISHCOMP)' '$(DATA)'
	install -m 755 bin/* '$(BIN)'
	install -m 644 man/*.1 '$(MAN)/man1'
	install -m 644 man/*.5 '$(MAN)/man5'
	install -m 644 completion/bash/* '$(BASHCOMP)'
	install -m 644 completion/zsh/* '$(ZSHCOMP)'
	install -m 644 completion/fish/* '$(FISHCOMP)'
	install -m 644 doc/sonde-json.schema.json '$(DATA)'

uninstall:
	cd cmd && for p in *; do rm -f "$(BIN)/$$p" "$(BASHCOMP)/$$p" "$(ZSHCOMP)/_$$p" "$(FISHCOMP)/$$p.fish"; done
	cd man && for p in *; do rm -f "$(MAN)/man$${p##*.}/$$p"; done
	rm -f '$(DATA)/sonde-json.schema.json'

clean:
	rm -rf bin
