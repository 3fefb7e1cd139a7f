package main

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// escapes is how sha256sum (of GNU coreutils 9) writes a name that would not
// keep to its line.
var escapes = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`)

// appendLine appends the line that sha256sum prints: the hash, two spaces and
// the name. If the name had to be escaped, the line begins with a backslash.
func appendLine(b []byte, s sum) []byte {
	escaped := strings.ContainsAny(s.path, "\\\n\r")
	if escaped {
		b = append(b, '\\')
	}
	b = hex.AppendEncode(b, s.hash[:])
	b = append(b, "  "...)
	if escaped {
		b = append(b, escapes.Replace(s.path)...)
	} else {
		b = append(b, s.path...)
	}
	return append(b, '\n')
}

// printable returns a message that keeps to its line, whatever the file name
// in it: as it is if it can be printed so, else as in a Go string.
func printable(msg string) string {
	for _, r := range msg {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			quoted := strconv.Quote(msg)
			return quoted[1 : len(quoted)-1]
		}
	}
	return msg
}
