package scope

import (
	"bufio"
	"bytes"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// reading is the state of goroutinesNow.
var reading struct {
	asked  atomic.Uint64 // calls that have begun
	mu     sync.Mutex    // is held while a profile is read, and guards what follows
	served uint64        // of these calls, how many had begun before last was read
	left   uint64        // and how many have got theirs
	last   *Profile
}

// goroutinesNow returns a profile that was read since it was called. Many calls
// at once share one: thousands of scopes may give up in the same instant.
func goroutinesNow() *Profile {
	call := reading.asked.Add(1)
	reading.mu.Lock()
	defer reading.mu.Unlock()
	if reading.served < call {
		reading.served = reading.asked.Load()
		reading.last = readGoroutines()
	}
	p := reading.last
	if reading.left++; reading.left == reading.asked.Load() {
		reading.last = nil // nobody else waits for it
	}
	return p
}

// readGoroutines reads the goroutine profile once, in the form that does not
// stop the world for as long as there are goroutines to print.
func readGoroutines() *Profile {
	var text bytes.Buffer
	p := &Profile{groups: make(map[string]*labelled)}
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err == nil {
		p.parse(&text)
	}
	return p
}

// parse reads blocks of a count, the labels, and the frames.
func (p *Profile) parse(text *bytes.Buffer) {
	var count int
	var id, path string
	var frames strings.Builder
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for more := true; more; {
		more = lines.Scan()
		line := lines.Text()
		switch {
		case !more || line == "":
			p.add(id, path, Stack{count, frames.String()})
			count, id, path = 0, "", ""
			frames.Reset()
		case strings.HasPrefix(line, "# labels: "):
			id, path = labelIn(line, LabelID), labelIn(line, LabelPath)
		case strings.HasPrefix(line, "#"):
			if fields := strings.SplitN(line, "\t", 3); len(fields) == 3 {
				frames.WriteString(fields[2] + "\n")
			}
		default:
			n, _, _ := strings.Cut(line, " @ ")
			count, _ = strconv.Atoi(n)
		}
	}
}

// add adds a stack of a scope.
func (p *Profile) add(id, path string, s Stack) {
	if id == "" || s.Count == 0 {
		return
	}
	g := p.groups[id]
	if g == nil {
		g = &labelled{path: path}
		p.groups[id] = g
	}
	g.stacks = append(g.stacks, s)
}

// labelIn returns the value of a label in a line of labels, which are quoted.
func labelIn(line, key string) string {
	_, rest, ok := strings.Cut(line, `"`+key+`":`)
	if !ok {
		return ""
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return ""
	}
	value, _ := strconv.Unquote(quoted)
	return value
}
