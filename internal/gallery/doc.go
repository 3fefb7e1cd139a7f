// Package gallery holds the generator of docs/operators: one picture for each
// operator, drawn from a run of it on the virtual clock, and the page that
// shows them. Its tests fail when a picture differs from what the code does.
// It has no code of its own for others to import.
package gallery

//go:generate go test -run TestGallery -update .
