// Server keeps notes for two applications, and ends in order.
//
//	server [-addr 127.0.0.1:8080] [-dir folder] [-demo 5s]
//
// It is what the tree of scopes is for:
//
//	/server                  owns the folder, the journal, the HTTP server
//	/server/service          a reader of all failures, which ends last
//	/server/app-a            owns its database
//	/server/app-a/handlers   requests to /myapp-a/
//	/server/app-a/timers     a heartbeat and a roll-up
//	/server/app-a/background an import that fails now and then
//	/server/app-b            the same again
//
// After Ctrl-C or kill -TERM it accepts no more, answers what it has accepted,
// lets ticks and imports finish, closes each database after its last user, and
// exits with status 0. What does not end in time is named, with its stack, and
// the status is 3.
package main

import (
	"io"
	"log"
	"os"

	"github.com/rxscope/rxscope/scope"
)

func main() {
	log.SetFlags(log.Ltime | log.Lmicroseconds)
	os.Exit(run(os.Args[1:], os.Stderr))
}

// run is the program: it does what args say and returns the exit status.
func run(args []string, stderr io.Writer) int {
	opts, status, ok := parse(args, stderr)
	if !ok {
		return status
	}
	srv := newServer(opts)
	how := []scope.Option{
		scope.FailFast(),         // a server that cannot accept any more is to end
		scope.WithSink(srv.errs), // what fails anywhere below goes to the summary
		scope.WithHooks(closings),
		scope.WithTimeouts(opts.timeouts),
		scope.WithShutdownTime(opts.total),
		scope.WithReport(stderr),
	}
	if opts.demo == 0 {
		return scope.Main("server", srv.run, how...)
	}
	demo := newDemo(opts.demo)
	srv.listening = demo.start
	status = scope.Main("server", srv.run, append(how, scope.WithSignals(demo.signals))...)
	return demo.judge(status, srv.accepted(), stderr)
}
