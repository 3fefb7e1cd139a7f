package discard

import "context"

// All hands what next returns to give until there is no more. It goes on where
// a function of the user has left by runtime.Goexit.
func All[T any](ctx context.Context, next func() (T, bool), give func(context.Context, T)) {
	over := false
	defer func() {
		if !over {
			All(ctx, next, give)
		}
	}()
	for v, ok := next(); ok; v, ok = next() {
		give(ctx, v)
	}
	over = true
}

// Shift takes the first element off s.
func Shift[T any](s *[]T) (first T, ok bool) {
	if len(*s) == 0 {
		return first, false
	}
	first = (*s)[0]
	*s = (*s)[1:]
	return first, true
}
