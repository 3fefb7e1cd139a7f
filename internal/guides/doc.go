// Package guides holds the tables of docs/from-*.md: what users of other
// libraries write here instead. Each row is an example that runs; the tables
// are made of them. It has no code of its own for others to import.
package guides

//go:generate go test -run TestGuides -update .
