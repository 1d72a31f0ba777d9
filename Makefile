# Everything here is a plain go command; `go test ./...` alone runs all tests.

GO          ?= go
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 60s
SOAK        ?= 1000
SOAKSIZE    ?= 10000000
WORLDS      ?= 20000

.PHONY: check test golden diagrams bench soak bulk worlds fuzz

check: # what must be clean before a commit
	@bad=$$(gofmt -l .); if [ -n "$$bad" ]; then echo "gofmt these files:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

test:
	$(GO) test ./...

golden: # rewrite every golden file and ladder; read the difference before committing it
	$(GO) run ./cmd/simrun test -update sim/catalogue/*/*.sim
	@for dir in $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n 1 dirname | sort -u); do \
		$(GO) test "$$dir" -update || exit 1; \
	done

diagrams: # rewrite what is generated from the code in README.md and docs
	$(GO) test ./internal/tidy -run '^TestGenerated$$' -count=1 -update
	$(GO) test ./sim/conformance ./sctp -count=1 -update

bench:
	$(GO) test ./... -run '^$$' -bench . -benchmem

soak: bulk worlds fuzz

bulk: # SOAK transfers of SOAKSIZE octets for each rate of loss
	$(GO) test ./sim -run '^TestSoak$$' -count=1 -v -timeout 0 -soak $(SOAK) -soaksize $(SOAKSIZE)

worlds: # WORLDS random worlds
	$(GO) test ./sim -run '^TestRandomWorlds$$' -count=1 -v -timeout 0 -worlds $(WORLDS)

fuzz: # every fuzz target in turn, FUZZTIME each
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test "$$pkg" -list '^Fuzz' | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test "$$pkg" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) || exit 1; \
		done; \
	done
