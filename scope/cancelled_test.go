package scope_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// errStop is a cause that a user gives.
var errStop = errors.New("stop")

// An unlikeError is an error that cannot be compared.
type unlikeError []string

func (e unlikeError) Error() string { return fmt.Sprint([]string(e)) }

// dialError is the error of package net for a context that has ended.
func dialError(ctx context.Context) error {
	_, err := new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:9")
	return err
}

func TestCancelledIsWhatSaysOnlyThatTheContextEnded(t *testing.T) {
	const live, canceled, caused, expired, closed, unlike = "in a live task", "when cancelled", "when cancelled with a cause",
		"when its time is up", "when the scope closes", "when cancelled with a cause that cannot be compared"
	const cancelled, failed = false, true
	itself := func(err error) func(context.Context) error {
		return func(context.Context) error { return err }
	}
	ctxErr := func(ctx context.Context) error { return ctx.Err() }
	cause := func(ctx context.Context) error { return context.Cause(ctx) }
	tests := []struct {
		when   string
		what   string
		err    func(ctx context.Context) error
		failed bool
	}{
		{live, "context.Canceled", itself(context.Canceled), failed},
		{live, "context.DeadlineExceeded", itself(context.DeadlineExceeded), failed},
		{live, "an error", itself(errBoom), failed},
		{live, "error of a context of its own", func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return untilEnd(ctx)
		}, failed},

		{canceled, "error of the context", ctxErr, cancelled},
		{canceled, "cause", cause, cancelled},
		{canceled, "context.Canceled", itself(context.Canceled), cancelled},
		{canceled, "error of a context of its own", func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return untilEnd(ctx)
		}, cancelled},
		{canceled, "error of net", dialError, cancelled},
		{canceled, "context.DeadlineExceeded", itself(context.DeadlineExceeded), failed},
		{canceled, "an error", itself(errBoom), failed},
		{canceled, "an error that cannot be compared", itself(unlikeError{"x"}), failed},
		{canceled, "nothing joined", itself(emptyJoin{}), failed},

		{caused, "error of the context", ctxErr, cancelled},
		{caused, "cause", cause, cancelled},
		{caused, "wrapped error", func(ctx context.Context) error {
			return fmt.Errorf("reading: %w", fmt.Errorf("x: %w", ctx.Err()))
		}, cancelled},
		{caused, "wrapped cause", func(ctx context.Context) error {
			return fmt.Errorf("reading: %w", context.Cause(ctx))
		}, cancelled},
		{caused, "error and cause joined", func(ctx context.Context) error {
			return errors.Join(ctx.Err(), context.Cause(ctx))
		}, cancelled},
		{caused, "error and cause in one Errorf", func(ctx context.Context) error {
			return fmt.Errorf("%w because of %w", ctx.Err(), context.Cause(ctx))
		}, cancelled},
		{caused, "joined with an error", func(ctx context.Context) error {
			return errors.Join(ctx.Err(), errBoom)
		}, failed},
		{caused, "joined deep down with an error", func(ctx context.Context) error {
			return fmt.Errorf("x: %w", errors.Join(context.Cause(ctx), fmt.Errorf("y: %w", errors.Join(ctx.Err(), io.EOF))))
		}, failed},
		{caused, "error of net", dialError, cancelled},
		{caused, "an error", itself(errBoom), failed},
		{caused, "an error of the same text", itself(errors.New(errStop.Error())), failed},

		{expired, "error of the context", ctxErr, cancelled},
		{expired, "context.DeadlineExceeded", itself(context.DeadlineExceeded), cancelled},
		{expired, "error of net", dialError, cancelled},
		{expired, "context.Canceled", itself(context.Canceled), failed},
		{expired, "os.ErrDeadlineExceeded", itself(os.ErrDeadlineExceeded), failed},

		{closed, "error of the context", ctxErr, cancelled},
		{closed, "cause", cause, cancelled},
		{closed, "wrapped cause", func(ctx context.Context) error { return fmt.Errorf("x: %w", context.Cause(ctx)) }, cancelled},
		{closed, "an error", itself(errBoom), failed},
		{closed, "a cancellation by another scope", func(context.Context) error {
			other := scope.New(context.Background(), "other")
			other.Cancel(errBoom)
			return context.Cause(other.Context())
		}, failed},

		{unlike, "error of the context", ctxErr, cancelled},
		{unlike, "an error", itself(errBoom), failed},
		{unlike, "an error that cannot be compared", itself(unlikeError{"y"}), failed},
	}
	starts := map[string]func(s *scope.Scope, fn func(context.Context) error){
		"Go":    func(s *scope.Scope, fn func(context.Context) error) { _ = s.Go(context.Background(), fn) },
		"Spawn": func(s *scope.Scope, fn func(context.Context) error) { _ = scope.Spawn(s.Context(), fn) },
		"Go with values": func(s *scope.Scope, fn func(context.Context) error) {
			_ = s.Go(context.WithValue(context.Background(), key{}, 1), fn)
		},
		"typed Go": func(s *scope.Scope, fn func(context.Context) error) {
			scope.Go(context.Background(), s, func(ctx context.Context) (int, error) { return 0, fn(ctx) })
		},
	}
	for _, tt := range tests {
		for start, begin := range starts {
			t.Run(tt.what+" "+tt.when+" "+start, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					outer, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					if tt.when == expired {
						var stop context.CancelFunc
						outer, stop = context.WithTimeout(outer, time.Second)
						defer stop()
					}
					sink := new(told)
					s := scope.New(outer, "s", scope.WithSink(sink))
					begin(s, func(ctx context.Context) error {
						if tt.when != live {
							<-ctx.Done()
						}
						return tt.err(ctx)
					})
					synctest.Wait()
					switch tt.when {
					case live:
						time.Sleep(time.Minute)
					case canceled:
						cancel(nil)
					case caused:
						cancel(errStop)
					case expired:
						time.Sleep(time.Second)
						synctest.Wait() // the scope has seen it
					case unlike:
						cancel(unlikeError{"x"})
					}
					mustClose(t, s)
					if got := len(sink.all()) == 1; got != tt.failed {
						t.Errorf("failed: %v, want %v", got, tt.failed)
					}
				})
			})
		}
	}
}

// emptyJoin is an error that joins no errors.
type emptyJoin struct{}

func (emptyJoin) Error() string   { return "nothing" }
func (emptyJoin) Unwrap() []error { return nil }

func TestFailureWhileTheScopeClosesIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			panic("late")
		})
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("flush: %w", io.ErrShortWrite)
		})
		mustClose(t, s)
		sink.want(t, "/s: panic: late", "/s: flush: short write")
	})
}
