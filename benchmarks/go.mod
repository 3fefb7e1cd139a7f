module github.com/rxscope/rxscope/benchmarks

go 1.26.0

replace github.com/rxscope/rxscope => ..

require (
	github.com/creachadair/taskgroup v0.14.5
	github.com/rxscope/rxscope v0.0.0
	github.com/sourcegraph/conc v0.3.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sync v0.25.0
)

require (
	github.com/samber/lo v1.53.0 // indirect
	golang.org/x/text v0.22.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)
