module github.com/rxscope/rxscope

go 1.26.0

require (
	github.com/cenkalti/backoff/v5 v5.0.3
	github.com/samber/lo v1.53.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sync v0.25.0
	golang.org/x/time v0.16.0
)

require golang.org/x/text v0.22.0 // indirect
