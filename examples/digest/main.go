// Digest prints the SHA-256 of every regular file under the given paths, in
// the form of sha256sum:
//
//	digest [-j N] [-ordered] [-quiet] PATH...
//
// Files are read N at a time and told as they are done; with -ordered, in the
// order of the walk, which is that of find. Like find it follows no symbolic
// link, unless that is an argument and ends in a slash. What cannot be read is
// a line on standard error and the run goes on. On a terminal, standard error
// shows the progress; its last line sums up.
//
// The exit status is 0, or 1 if anything failed, 2 on bad usage and 130 after
// an interrupt. (go run says it in words and itself exits with 1.)
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

func main() {
	if err := backToUser(); err != nil {
		say(os.Stderr, "digest: %v", err)
		os.Exit(failed)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// What the kernel holds up, such as a read from a dead file server or a
	// write to a pager that waits for its reader, must not hold up the user.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second/2, func() { os.Exit(interrupted) }) })
	signal.Ignore(syscall.SIGPIPE) // a reader that has left shows as an error of the write

	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program: it digests what args say and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, status, ok := parse(args, stderr)
	if !ok {
		return status
	}
	out := newConsole(stdout, stderr, opts.quiet)
	files := hasher{read: &out.read}

	err := scope.Run(ctx, "digest", func(ctx context.Context, s *scope.Scope) error {
		progress := s.Child("progress")
		defer progress.Cancel(nil) // the end of Run waits for it
		if err := progress.Go(ctx, out.showProgress); err != nil {
			return err
		}

		var trees []stream.Stream[string]
		for _, arg := range opts.paths {
			trees = append(trees, regularFiles(tree(arg)))
		}
		parallel := operators.MapParallel[string, sum]
		if opts.ordered {
			parallel = operators.MapOrdered[string, sum]
		}
		// An error is an event among the others: the loop goes on after it. The
		// last one, if the run is cut, is the cause, which is told elsewhere.
		for sum, err := range parallel(merge.Concat(trees...), opts.jobs, files.hash).All(ctx) {
			switch {
			case err == nil:
				if err := out.sum(sum); err != nil {
					return err // leaves the loop: what still runs is stopped
				}
			case !stream.IsCut(ctx, err):
				out.fail(err)
			}
		}
		return context.Cause(ctx)
	}, scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
		out.fail(e) // nobody was left to read it from the stream
	})))
	return out.finish(ctx, err)
}

// regularFiles walks a tree and streams the paths of its regular files.
func regularFiles(t tree) stream.Stream[string] {
	entries := operators.Filter(stream.Walk(t, "."), func(e stream.WalkEntry) bool {
		return e.Type().IsRegular()
	})
	return operators.Map(entries, func(e stream.WalkEntry) string { return t.path(e.Path) })
}
