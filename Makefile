# The targets are what CI runs (.ci/run). They use the Go that is on the PATH,
# or the one that GOTOOLCHAIN names; only the linter brings its own.
#
#	make test                      all modules
#	make race MODULES=.            one module
#	make nightly                   what takes too long for CI
#	make digest-check TREE=/usr    another tree
#	make bench BENCH="-rows spawn" some workloads

MODULES ?= $(shell find . -name '.?*' -prune -o -name testdata -prune -o \
	-name go.mod -print | sed 's|/go\.mod$$||' | sort)
TREE ?= .
BENCH ?=
PLANTED ?=
FUZZTIME ?= 10s

LINT_VERSION := v2.15.0
LINT_GO := go1.27.3
TOOLS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/rxscope-tools
LINT_DIR := $(TOOLS)/golangci-lint-$(LINT_VERSION)-$(LINT_GO)
LINT := $(LINT_DIR)/golangci-lint

# A workspace of one's own must not change what is tested.
export GOWORK := off

# each runs a command in the folder of every module.
each = @set -e; for m in $(MODULES); do echo "$$m: $(1)"; (cd "$$m" && $(1)); done

.PHONY: test race planted fuzz nightly fmt vet lint tidy examples digest-check bench ci

test: ## build and test
	$(call each,go build -buildvcs=false -o /dev/null ./...)
	$(call each,go test ./...)

race: ## test under the race detector, in random order, nothing cached
	$(call each,go test -race -shuffle=on -count=1 ./...)

planted: ## bugs that the random programs must find; PLANTED is a regular expression
	go run ./internal/planted -only '$(PLANTED)'

fuzz: ## each fuzz target for FUZZTIME
	@set -e; for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
		for target in $$(grep -ho '^func Fuzz[A-Za-z0-9]*' $$dir/*_test.go | cut -d' ' -f2); do \
			echo "$$dir: $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$dir; \
		done; \
	done

nightly: planted ## memory over ten million events, more random programs and histories
	go test -count=1 -timeout 2h -run Memory ./operators ./merge -events 10000000
	go test -count=1 -timeout 2h -run 'Random|Against' ./scope -times 100
	go test -C internal/linear -count=1 -timeout 2h . -histories 1000000
	$(MAKE) fuzz FUZZTIME=30m

fmt: ## fail if a file is not formatted
	@list="$$("$$(go env GOROOT)"/bin/gofmt -l $$(find . -name '.?*' -prune -o -name '*.go' -print))" && \
		if [ -n "$$list" ]; then echo "not formatted:"; echo "$$list"; exit 1; fi

vet:
	$(call each,go vet ./...)

lint: $(LINT)
	$(call each,$(LINT) run --allow-parallel-runners ./...)

# Built with the newest Go that is tested, for a linter reads no code of a
# newer Go than its own.
$(LINT):
	mkdir -p "$(LINT_DIR)"
	cd "$(LINT_DIR)" && GOTOOLCHAIN=$(LINT_GO) GOFLAGS= GOBIN="$(LINT_DIR)" \
		go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

tidy: ## fail if a go.mod or go.sum is not tidy
	$(call each,go mod tidy -diff)

examples: ## run the programs that the README shows
	.ci/readme 'go run'

digest-check: ## compare the digest of TREE with sha256sum
	bash examples/digest/check.sh "$(TREE)"

bench: ## the benchmarks beside their peers
	go run -C benchmarks ./report $(BENCH)

ci: ## everything, on both Go versions
	bash .ci/run
