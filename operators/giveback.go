package operators

import "context"

// giveBack hands what next returns to discard until there is no more. It goes
// on where a discard function has left by runtime.Goexit.
func giveBack[T any](ctx context.Context, next func() (T, bool), discard func(context.Context, T)) {
	over := false
	defer func() {
		if !over {
			giveBack(ctx, next, discard)
		}
	}()
	for v, ok := next(); ok; v, ok = next() {
		discard(ctx, v)
	}
	over = true
}

// shift takes the first element off s.
func shift[T any](s *[]T) (first T, ok bool) {
	if len(*s) == 0 {
		return first, false
	}
	first = (*s)[0]
	*s = (*s)[1:]
	return first, true
}
