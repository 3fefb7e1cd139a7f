package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/supervise"
	"github.com/rxscope/rxscope/scope/timer"
)

// startTimers starts what the application does by the clock. A tick that is
// under way when the scope begins to drain is waited for; none starts after.
func startTimers(ctx context.Context, s *scope.Scope, st *store) error {
	if _, err := timer.Every(ctx, s, 500*time.Millisecond, st.heartbeat, timer.Named("heartbeat"), timer.Immediately()); err != nil {
		return err
	}
	_, err := timer.Every(ctx, s, 2*time.Second, st.rollUp, timer.Named("rollup"))
	return err
}

// startJobs starts what the application does in the background. An import
// that fails is told to the error sink and started again after a back-off,
// which grows if it never stays up for a second.
func startJobs(ctx context.Context, s *scope.Scope, st *store) error {
	im := &importer{from: new(feed), to: st, pause: 400 * time.Millisecond}
	_, err := supervise.Go(ctx, s, "import", im.run, supervise.Healthy(time.Second))
	return err
}

// An importer copies notes from a source that is not always there.
type importer struct {
	from  *feed // outlives the attempts, so each goes on where the last one failed
	to    *store
	pause time.Duration
}

// run imports until the source fails or the scope drains. It looks at Draining
// between two notes, so that none is left half imported.
func (im *importer) run(ctx context.Context) error {
	for {
		text, err := im.from.next()
		if err != nil {
			return fmt.Errorf("importing: %w", err)
		}
		if _, err := im.to.add(ctx, "import", text); err != nil {
			return err
		}
		select {
		case <-scope.Draining(ctx):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(im.pause):
		}
	}
}

var errFeedDown = errors.New("feed: no answer")

// A feed stands for the unreliable service at the other end: every fourth call
// of it fails.
type feed struct{ calls int }

func (f *feed) next() (string, error) {
	f.calls++
	if f.calls%4 == 0 {
		return "", errFeedDown
	}
	return fmt.Sprintf("news %d", f.calls), nil
}
