package fan

import (
	"context"

	"github.com/rxscope/rxscope/scope"
)

// finished is the cause with which an attached scope ends that nobody has ended
// before. That is no news, so nobody needs to know the line.
var finished = &scope.Cancelled{By: "body"}

// Attached is [Within] for a run that may return before its tasks have ended: its
// scope is attached, not nested, and closes when they have. What is wrong in
// closing it then goes to the sink.
func Attached(ctx context.Context, name string, body func(ctx context.Context, s *scope.Scope)) (cut bool) {
	s := scope.New(ctx, name)
	defer s.Cancel(finished)
	own := s.Context()
	body(own, s)
	return own.Err() != nil
}
