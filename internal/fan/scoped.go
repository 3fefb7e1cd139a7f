package fan

import (
	"context"
	"reflect"

	"github.com/rxscope/rxscope/scope"
)

// Within opens a scope called name for one run, as [scope.Run] does, calls body
// and closes the scope when its tasks have ended. It reports whether the scope was
// ended before; what else went wrong in closing it goes to the sink. The tasks
// are to be started with [Tells].
func Within(ctx context.Context, name string, body func(ctx context.Context, s *scope.Scope)) (cut bool) {
	var opts []scope.Option
	if scope.Current(ctx) == nil {
		opts = withoutLimit
	}
	var own *scope.Scope
	err := scope.Run(ctx, name, func(ctx context.Context, s *scope.Scope) error {
		own = s
		body(ctx, s)
		return nil
	}, opts...)
	if err == nil {
		return false
	}
	if same(err, own.Cause()) {
		return true
	}
	own.Report(ctx, err)
	return false
}

// withoutLimit is for a run outside every scope: nobody could set how long its
// tasks are waited for, so it waits until they have ended, as it does in a task.
var withoutLimit = []scope.Option{scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1, Release: -1})}

// Tells is what tasks are started with that call functions of the user and tell
// themselves of all that goes wrong there, also of a Goexit.
var Tells = []scope.TaskOption{scope.TellsExit()}

// same reports whether err is the cause, which may be of any type.
func same(err, cause error) bool {
	if v := reflect.ValueOf(err); v.Comparable() {
		return err == cause //nolint:errorlint // the cause itself, not what wraps it
	}
	return reflect.TypeOf(err) == reflect.TypeOf(cause)
}
