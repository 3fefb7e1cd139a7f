package scope

// A Ledger counts what has become of the events that somebody must be told of,
// or be given back: each failure of a task and each reported error, each value
// of a handle that is to be discarded if nobody reads it, and each event that
// an asynchronous operator has taken from its tasks. What a handle holds that
// needs no giving back is not counted.
//
// Once all has closed and the calls that close have returned, nothing is
// pending: Produced is the sum of the other three.
type Ledger struct {
	Produced  int64 `json:"produced"`
	Delivered int64 `json:"delivered"` // to the one who reads: a handle, a stream, a call that returned it
	Sunk      int64 `json:"sunk"`      // sent to the sink
	Discarded int64 `json:"discarded"` // values that were given back
}

// Pending returns how many events wait for their reader, or their end.
func (l Ledger) Pending() int64 { return l.Produced - l.Delivered - l.Sunk - l.Discarded }

func (l *Ledger) add(o Ledger) {
	l.Produced += o.Produced
	l.Delivered += o.Delivered
	l.Sunk += o.Sunk
	l.Discarded += o.Discarded
}

// Ledger returns what has become of the events of s and of all scopes below
// it, also of those that have closed. It is [Statistics.Ledger].
func (s *Scope) Ledger() Ledger { return s.Statistics().Ledger }

// Book adds l to the ledger of s. It is for operators, which produce, deliver
// and discard events that no task of s returns; [Scope.Report] books what it
// is given itself.
func (s *Scope) Book(l Ledger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book(l)
}

// book is Book for a caller who holds s.mu. What comes after the close goes to
// the parent too, as the rest did.
func (s *Scope) book(l Ledger) {
	r := s.rarely()
	if r.ledger == nil {
		r.ledger = new(Ledger)
	}
	r.ledger.add(l)
	s.share()
	if p := s.parent; p != nil && s.state == StateClosed {
		p.mu.Lock()
		p.takeOver(&Statistics{Ledger: l})
		p.mu.Unlock()
	}
}
