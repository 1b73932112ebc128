# The jobs of a working day. The tests need more than Go; tools/bring brings it.

.DEFAULT_GOAL := help
.PHONY: help run test test-kill test-many test-r bench check clean bring fuzz

withpostgres := go run ./assess/assesstest/withpostgres

# The race detector watches everything. Its companion, which asks of every pointer
# what it points into, leaves out SQLite: C put into Go keeps its own memory, and
# these questions were near a third of the time of tests with a database.
race := -race -gcflags=modernc.org/...=-d=checkptr=0

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

run: ## start a demo on an embedded database and print its links
	go run ./cmd/fourfold serve --demo

# More packages at once than processors, as tests wait for disks and browsers; memory
# is there, so that less is collected.
test: check ## everything: vet, staticcheck, and all tests with the race detector on SQLite and PostgreSQL
	GOGC=400 $(withpostgres) go test $(race) -p=4 -count=1 -timeout=20m ./...

test-kill: bring ## kill the server again and again on each database: every acknowledged answer, every event
	FOURFOLD_TEST_KILLS=200 FOURFOLD_TEST_EVENT_KILLS=500 $(withpostgres) go test -count=1 -timeout=2h -v -run='^TestKill' ./cmd/fourfold

test-many: ## verify 1,000 receipts and 1,000 changed ones; find planted unfairness under 200 seeds
	FOURFOLD_TEST_RECEIPTS=1000 go test -count=1 -timeout=30m -run='OneByte' ./assess
	FOURFOLD_TEST_SEEDS=200 go test -count=1 -timeout=30m ./assess/simulate

test-r: ## ask R (with psych) and Fourfold for the same statistics and compare them
	tools/compare-with-r

fuzz: ## try the readers of YAML and QTI on made-up bytes, half a minute each
	go test ./questions -run='^$$' -fuzz=FuzzReader -fuzztime=30s -fuzzminimizetime=10x
	go test ./questions/qti -run='^$$' -fuzz=FuzzItem -fuzztime=30s -fuzzminimizetime=10x
	go test ./questions/qti -run='^$$' -fuzz=FuzzImport -fuzztime=30s -fuzzminimizetime=10x

bench: bring ## measure beside a reference, one figure a line (docs/performance.md)
bench: SHELL := /bin/bash
bench: .SHELLFLAGS := -o pipefail -c
bench: export TMPDIR := /var/tmp
bench: export FOURFOLD_TEST_POSTGRES_FOLDER := /var/tmp
bench:
	@$(withpostgres) go test -run='^$$' -bench=. -benchtime=1x -timeout=30m ./assess ./cmd/fourfold | grep --line-buffered -v '^Benchmark\|^[a-z]*: \|^PASS\|^ok'

# Built as the tests are, so that nothing is compiled twice; the tag is that of the
# comparison with R, which make test leaves out.
check: bring ## vet and staticcheck alone
	go vet $(race) -tags=r ./...
	GOFLAGS='$(race)' $$(go tool -modfile=tools/go.mod -n staticcheck) -tags=r ./...

clean: ## remove what the tests brought into this folder
	rm -rf .cache

bring:
	@tools/bring
