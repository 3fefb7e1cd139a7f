module github.com/rxscope/rxscope/benchmarks

go 1.26.0

replace (
	github.com/rxscope/rxscope => ..
	github.com/rxscope/rxscope/contrib/dialtest => ../contrib/dialtest
)

require (
	github.com/creachadair/taskgroup v0.14.5
	github.com/miekg/dns v1.1.73
	github.com/rxscope/rxscope v0.0.0
	github.com/rxscope/rxscope/contrib/dialtest v0.0.0-00010101000000-000000000000
	github.com/sourcegraph/conc v0.3.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sync v0.25.0
)

require (
	github.com/samber/lo v1.53.0 // indirect
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.40.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)
