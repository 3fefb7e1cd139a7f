// Package scope owns what runs: tasks, child scopes and resources.
//
// A [Scope] is a place in a tree, the way a server is one: root, application,
// handlers, timers, background work. A task is one function running in a
// scope. When a scope closes, everything it owns has stopped, children before
// parents, and what failed has been told to exactly one place.
//
//	err := scope.Run(ctx, "fetch", func(ctx context.Context, s *scope.Scope) error {
//		for _, url := range urls {
//			if err := s.Go(ctx, func(ctx context.Context) error { return fetch(ctx, url) }); err != nil {
//				return err
//			}
//		}
//		return nil
//	}, scope.FailFast(), scope.WithLimit(8))
//
// # The context of a call
//
// A scope is the context of its tasks. In s.Go(ctx, fn) the life of the task
// is the scope's and its values are those of ctx, so that a request's trace
// goes on in a background scope that outlives the request; ctx bounds only the
// call itself. In [Spawn] and [Scope.Do] the task derives from ctx as well. A
// task with a handle has an end of its own besides, for [Task.Cancel]. A
// context also tells inside from outside: a task of the subtree may still
// start work while the scope drains, and so may the body of Run; others may
// not.
//
// # Two ways to hang in the tree
//
// Attached scopes ([New], [Scope.Child], and [Run] outside a task) are ended
// by the tree, whatever the trigger: Shutdown, Close, Cancel, a failure under
// [FailFast], the end of the context that a root was made with. A scope's
// context ends only when its attached children have closed, so nothing loses
// what it stands on while it still runs; only when the time for a whole tree is
// over do all contexts end at once. Nested scopes (Run inside a task, and the
// asynchronous operators) are part of that task and end with its context
// at once; closing waits for the task, not for them.
//
// A scope goes from open to draining (waits for attached children, and in a
// [Scope.Shutdown] for its tasks; refuses work from outside), cancelling (its
// context has ended; waits for tasks, refuses all work), releasing (tells
// unread errors, runs what [Scope.Defer] registered) and closed. Each phase of
// an attached scope is bound by its [Timeouts]; what does not end in time is
// abandoned and named by a [*StuckError], and is listed by [Abandoned] until it
// ends. [Main] ties the shutdown of a process to SIGINT and SIGTERM.
//
// # Time
//
// [Timeout] gives a scope a time of its own and [MoveOn] one that may run out
// without error. [Grace] is the context for cleanup that goes on when all else
// has ended, and [Remaining] says how long work may still take.
//
// # Cancelled or failed
//
// A task was cancelled if its context had ended and every leaf of its error is
// that context's error or cause. All else is a failure, also while the scope
// closes; a stray [context.Canceled] in a live task is one too. The cause of a
// context that this package ends is a [*Cancelled], which says who did it,
// from where and why, or a [*TimeoutError].
//
// # Where errors go
//
// To the one who reads them: the handle that [Go] returned, the stream of
// [Tasks], [Start] until the task is ready, [Scope.Do],
// [Scope.Wait] and [Run] under FailFast, the call that closes. Else to the
// [ErrorSink] of the scope, which is inherited, and at the top to the log.
//
// # Guides
//
// In the repository docs/shutdown.md shows what a closing tree does when, and
// what to look at if it does not stop; docs/errors.md has the place of each
// error.
//
// # Attribution
//
// Every task runs under pprof labels that name its scope, and goroutines
// started inside it, also by third-party code, inherit them. They do not reach
// goroutines that a library started earlier, elsewhere: a connection pool
// opened lazily inside a task is charged to that task's scope, and one opened
// before is not. Code that calls [runtime/pprof.Do] with a context of another
// origin hides them meanwhile.
//
// # Looking at the tree
//
// [Roots], [Scope.Children], [Walk] and [Find] lead to the scopes that are
// open, [Scope.Statistics] counts the tasks of a scope and of all that were
// below it, and a [Snapshot] is all of that as plain data. What would cost each
// task something is an option, inherited: [WithDurations] measures, [WithSites]
// notes who started what. Package [record] keeps what ended lately.
//
// [record]: https://pkg.go.dev/github.com/rxscope/rxscope/scope/record
package scope
