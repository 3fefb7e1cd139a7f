package scope

// Repanic lets a panic of a task crash the process, as one of a goroutine that
// belongs to nobody does: with its value and with the stack it happened on, and
// at once, so that nothing is released and nothing is told. It holds for the
// tasks of the scope and of all scopes below it, their [OnDrain] and
// [Interrupt], and the releases. A [runtime.Goexit] stays the failure
// [ErrGoexit]. Sinks, hooks and functions given to [Discard] are protected as
// ever, and so are functions that an operator calls, which makes errors of
// their panics before a scope sees them.
//
// It is for programs whose state cannot be trusted after any panic. It is not
// the default, because a scope is there to keep the failure of one task from
// its siblings, a [*PanicError] has the same stack, and under [FailFast] the
// scope ends in order.
func Repanic() Option { return optionFunc(func(o *options) { o.repanic = true }) }

// unwound is the function of that name for what s calls: under Repanic a panic
// goes on, from the deferred function on the stack it happened on.
func (s *Scope) unwound(recovered any) error {
	if recovered != nil && s.repanics() {
		panic(recovered)
	}
	return unwound(recovered)
}

func (s *Scope) repanics() bool {
	for ; s != nil; s = s.parent {
		if s.options != nil && s.options.repanic {
			return true
		}
	}
	return false
}
