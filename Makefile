# The commands of this repository; `make help` lists them. Everything that is made
# goes to out/, except what a person reviews and commits: golden files, the picture
# in the README and generated code.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

SETUP    ?= packaging/setup
ONLY     ?=
FUZZTIME ?= 10s
SEEDS    ?= 500
FIRST    ?= 1

version  = $(shell git describe --always --dirty --tags 2>/dev/null || echo development)
compile  = go build -buildvcs=false -ldflags '-X main.version=$(version)' -o out/bin/
# Programs that need neither a display nor a C compiler; without one, kioskd has no USB.
headless = ./cmd/kioskd ./cmd/centrald ./cmd/kioskctl ./cmd/hwsim

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: setup build ## Start the whole kiosk: the real window and the simulated cabinet
	@out/bin/hwsim run

.PHONY: demo
demo: ## Scripted citizens against real programs, no display needed; ONLY=<scenario> runs one
	@$(SETUP) demo
	@CGO_ENABLED=0 $(compile) $(headless)
	@out/bin/hwsim demo $(if $(ONLY),--only $(ONLY))

.PHONY: test
test: setup lint current ## Run every check and every test
	go test -timeout 10m ./...
	@$(MAKE) --no-print-directory broken

.PHONY: campaign
campaign: ## Try to break the kiosk: random citizens, faults and power cuts; SEEDS=n FIRST=s
	go test -timeout 0 ./cmd/hwsim/internal/campaign -count=1 -run 'TestCampaign$$' -v -seeds $(SEEDS) -first $(FIRST) | grep -avE '^=== |^ *--- '

.PHONY: broken
broken: ## Check that the campaign notices kiosks that are broken on purpose
	go test -tags broken ./cmd/hwsim/internal/campaign -run TestBroken

.PHONY: vmlab
vmlab: ## Drive USB devices of a real kernel in a virtual machine; skipped where that cannot be
	@$(SETUP) vmlab || true
	go test -tags vmlab -count=1 -v ./packaging/vmlab | grep -av '^=== '

.PHONY: lint
lint: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo 'gofmt would change the files above' >&2; exit 1; }
	go vet ./...
	go vet -tags vmlab ./packaging/vmlab/...
	go tool staticcheck ./...
	go tool staticcheck -tags vmlab ./packaging/vmlab/...

.PHONY: current
current: ## Check that generated code is what the generators write
	@mkdir -p out && grep -rlE --include='*.go' '^// Code generated .* DO NOT EDIT' . | xargs sha256sum > out/generated.sum
	go generate ./...
	@sha256sum --check --quiet out/generated.sum || { echo 'the files above were not current; now they are' >&2; exit 1; }

.PHONY: build
build: ## Build every program into out/bin
	@$(compile) ./cmd/...

.PHONY: generate
generate: ## Write the generated code again
	go generate ./...

.PHONY: golden
golden: ## Write the golden files again; review them as pictures before you commit
	go test $$(grep -rlE --include='*_test.go' 'flag\.Bool\("update"' . | xargs -n1 dirname | sort -u) -update

.PHONY: screens
screens: setup build ## Draw every screen, in every language and layout, and contact sheets: out/screens
	@out/bin/kiosk-ui -render out/screens

.PHONY: screenshot
screenshot: setup build ## Draw the picture in the README again
	@out/bin/kiosk-ui -render out/screens -only '^(welcome|fines|pay-insert_card|take-licence)$$'
	@cd out/screens && convert ar/portrait-default/welcome.png ar/portrait-default/fines.png en/portrait-default/pay-insert_card.png ar/portrait-default/take-licence.png \
		-bordercolor '#D9D4C8' -border 6 +append -resize 1600x -strip -colors 64 "$(CURDIR)/kiosk/doc/screens.png"

.PHONY: bench
bench: setup build ## Measure, and print the ratios that matter
	go test -run "^$$" -bench . ./kiosk/ledger ./devices/terminal/zvt ./devices/terminal/zvtsim ./devices/receipt/layout ./devices/smartcard/profile ./ui/gtk
	@out/bin/hwsim bench

.PHONY: fuzz
fuzz: ## Fuzz each parser for FUZZTIME (10s)
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' . | while IFS=: read -r file name; do \
		go test -run '^$$' -fuzz "^$${name#func }$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")"; \
	done

.PHONY: completion
completion: build ## Write kioskctl's shell completion into out/completion
	@mkdir -p out/completion
	@for shell in bash zsh fish; do out/bin/kioskctl completion $$shell > out/completion/kioskctl.$$shell; done

.PHONY: setup
setup: ## Install the Debian packages that are missing
	@$(SETUP)

.PHONY: clean
clean: ## Remove everything that was made
	rm -rf out
