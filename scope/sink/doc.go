// Package sink has the error sinks of package scope, made to be composed.
//
// A sink gets the errors that nobody else reads. One that does not want an
// error, or not now, says in its documentation where the error goes instead:
// to another sink, up to the next sink of the tree ([scope.Escalate]), or into
// a report that says how many there were. Only [Discard] drops errors, and it
// counts them.
//
//	app := scope.New(ctx, "app")
//	jobs := app.Child("jobs", scope.WithSink(
//		sink.Breaker(app, 100, time.Minute,
//			sink.Limit(app, 10, time.Second,
//				sink.Slog(slog.Default(), slog.LevelError)))))
//
// # Where up is
//
// Up is counted from the scope that has the sink, for each error on its own:
// one sink may serve many scopes, also one above the other, and then gets an
// error once at each level. That ends at the root, whose errors go to the log.
//
// # Sinks that hold back
//
// [Limit], [Group] and [Async] take a scope and hold nothing back longer than
// it lives. The scope exists before the sink does, so it is one above those
// whose errors the sink gets. What must be done later, such as telling what a
// window held back, is done by a task of a scope below it that bears the name
// of the sink, and is bound by the same [scope.Timeouts]: what takes longer is
// abandoned, named, and goes on. Once the scope has closed, they hand every
// error straight on.
//
// Their next sink gets the context of the error that it is told of, or of the
// last of several, so that it can hand it up from the right place.
//
// # Sinks that break
//
// A sink that panics or leaves by [runtime.Goexit] breaks one call. If it was
// called for the error at hand, on the goroutine that failed, that goes on to
// the scope, which hands up both the error and the panic. If it was called
// later, or for another, the sink here does the same in the scope's place. All
// sinks may be called by many goroutines at once and hold no lock while they
// call another.
package sink
