module github.com/rxscope/rxscope/contrib/dialtest

go 1.26.0

require (
	github.com/miekg/dns v1.1.73
	github.com/rxscope/rxscope v0.0.0
	go.uber.org/goleak v1.3.0
)

require (
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sync v0.25.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)

replace github.com/rxscope/rxscope => ../..
