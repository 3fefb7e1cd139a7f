// Package house holds the tests of the house as a whole: which room may import
// which, and what the root module may require. It has no code of its own.
package house
