package stream

import "errors"

// A FatalError marks the error that a source ended with, in contrast to one
// that it went on after. Make one with [Fatal], look for one with [IsFatal] or
// [errors.As].
type FatalError struct {
	Err error // never nil
}

// Error returns the text of the marked error: the mark adds none of its own.
func (e *FatalError) Error() string { return e.Err.Error() }

// Unwrap returns the marked error.
func (e *FatalError) Unwrap() error { return e.Err }

// Fatal marks err as the reason for which a source ended. It returns nil for
// nil, and err itself if that is marked already, however deep.
func Fatal(err error) error {
	if err == nil || IsFatal(err) {
		return err
	}
	return &FatalError{Err: err}
}

// IsFatal reports whether err, or an error that it wraps, carries the mark of
// [Fatal]. The cause of a run that was cut carries none.
func IsFatal(err error) bool {
	_, ok := errors.AsType[*FatalError](err)
	return ok
}
