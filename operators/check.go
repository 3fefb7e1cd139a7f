package operators

import "fmt"

// mustBe panics unless ok: the argument called name of the operator op is nil.
func mustBe(op, name string, ok bool) {
	if !ok {
		panic(fmt.Sprintf("operators: %s: %s is nil", op, name))
	}
}

// atLeast panics if the argument called name of the operator op is below least.
func atLeast(op, name string, n, least int) {
	if n < least {
		panic(fmt.Sprintf("operators: %s: %s is %d, want at least %d", op, name, n, least))
	}
}
