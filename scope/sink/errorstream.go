package sink

import (
	"context"
	"fmt"
	"sync"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// An ErrorStream is a sink that is a stream: what goes in as an error comes
// out as a value, for operators to compose. Make one with [NewErrorStream].
type ErrorStream struct {
	wake   chan struct{} // has a token if a reader may find something
	closed chan struct{}

	mu      sync.Mutex // guards what follows
	queue   ring
	readers int
	over    bool
}

// NewErrorStream returns an open stream that holds up to n errors for its
// reader. What comes on top goes up at once, and so does all that comes after
// [ErrorStream.Close]. It panics if n < 1.
//
// Whoever makes an ErrorStream closes it, when the scopes have closed whose
// sink it is, but before the scope of its reader waits for the reader. A
// [scope.Service] task of the scope above them is such a reader:
//
//	err := s.Go(ctx, read, scope.Service(), scope.OnDrain(
//		func(context.Context) error { errs.Close(); return nil }))
//
// With a reader that is an ordinary task, the scope that has the sink closes
// it, as what it has deferred first and so runs last. A Defer of the reader's
// own scope comes too late: it runs when the reader has ended, which costs the
// time to drain, and the reader does not see the end of the stream.
func NewErrorStream(n int) *ErrorStream {
	if n < 1 {
		panic(fmt.Sprintf("sink: NewErrorStream: n is %d, want at least 1", n))
	}
	return &ErrorStream{
		wake:   make(chan struct{}, 1),
		closed: make(chan struct{}),
		queue:  ring{max: n},
	}
}

// HandleError holds e for the reader. It does not block.
func (s *ErrorStream) HandleError(ctx context.Context, e *scope.TaskError) {
	if s.push(held{ctx, e}) {
		s.signal()
	} else {
		scope.Escalate(ctx, e)
	}
}

func (s *ErrorStream) push(h held) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.over && s.queue.push(h)
}

func (s *ErrorStream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Stream returns the errors as a stream of values, in the order in which they
// came. It is hot: runs share what comes, and each error goes to one of them.
// A run waits for errors and ends when s is closed and has none left; if its
// context ends before, the cause is its last event. It delivers no other error
// events.
//
// What is held when a run ends otherwise, because its reader left or its
// context ended, stays for the next run. The errors of the reader itself
// belong in another sink.
func (s *ErrorStream) Stream() stream.Stream[*scope.TaskError] {
	return func(ctx context.Context, yield func(*scope.TaskError, error) bool) {
		s.enter()
		defer s.leave()
		for {
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			switch h, more := s.pop(); {
			case h.err != nil:
				if !yield(h.err, nil) {
					return
				}
				continue
			case !more:
				return
			}
			select {
			case <-s.wake:
			case <-s.closed:
			case <-ctx.Done():
			}
		}
	}
}

func (s *ErrorStream) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers++
}

// pop takes out an error, if there is one, and reports whether more may come.
func (s *ErrorStream) pop() (h held, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, _ = s.queue.pop()
	if s.queue.n > 0 {
		s.signal() // for another reader; it never waits
	}
	return h, !s.over
}

// leave lets another reader have what is held; if there will be none, it goes
// up.
func (s *ErrorStream) leave() {
	s.mu.Lock()
	s.readers--
	if s.queue.n > 0 {
		s.signal() // the token may have been spent on the one who leaves
	}
	rest := s.orphans()
	s.mu.Unlock()
	tellAll(Escalate(), rest)
}

// orphans takes out what nobody will read. The caller holds s.mu.
func (s *ErrorStream) orphans() []held {
	if !s.over || s.readers > 0 {
		return nil
	}
	return s.queue.popAll()
}

// Close ends the stream: a run in progress delivers what is held and ends,
// and a later one ends at once. What is held while nobody reads goes up before
// Close returns, and what a last reader leaves behind goes up when it leaves.
// So does every error that comes after. Closing again changes nothing.
func (s *ErrorStream) Close() {
	s.mu.Lock()
	if !s.over {
		s.over = true
		close(s.closed)
	}
	rest := s.orphans()
	s.mu.Unlock()
	tellAll(Escalate(), rest)
}
