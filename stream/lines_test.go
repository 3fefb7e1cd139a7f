package stream_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rxscope/rxscope/stream"
)

func TestLinesCutsAtLineEnds(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"one", "a\n", []string{"a"}},
		{"no end", "a\nb", []string{"a", "b"}},
		{"empty lines", "\n\na\n\n", []string{"", "", "a", ""}},
		{"CRLF", "a\r\n\r\nb\r\n", []string{"a", "", "b"}},
		{"CR inside and alone", "a\rb\n\r\r\nc\r", []string{"a\rb", "\r", "c\r"}},
		{"not UTF-8", "\xff\xfe\n\x00\n", []string{"\xff\xfe", "\x00"}},
	}
	readers := map[string]func(io.Reader) io.Reader{
		"whole":     func(r io.Reader) io.Reader { return r },
		"bytewise":  iotest.OneByteReader,
		"early EOF": iotest.DataErrReader,
		"buffered":  func(r io.Reader) io.Reader { return bufio.NewReaderSize(r, 1<<21) },
	}
	for _, tt := range tests {
		for name, reader := range readers {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				s := stream.Lines(reader(strings.NewReader(tt.text)))
				wantEvents(t, record(t.Context(), s), tt.want...)
			})
		}
	}
}

func TestLinesGoesOnAfterALineThatIsTooLong(t *testing.T) {
	const limit = stream.MaxLineLength
	for _, end := range []string{"\n", "\r\n"} {
		for _, size := range []int{limit - 1, limit, limit + 1, limit + 2, limit + 100_000, 5 * limit} {
			for name, tail := range map[string]string{"last": "", "followed": end + "next" + end, "followed by none": end} {
				t.Run(fmt.Sprintf("%d bytes, %q, %s", size, end, name), func(t *testing.T) {
					text := "first" + end + strings.Repeat("x", size) + tail
					got := record(t.Context(), stream.Lines(strings.NewReader(text)))
					if len(got) < 2 || got[0].Value != "first" {
						t.Fatalf("%d events, want at least 2", len(got))
					}
					long := got[1]
					if size <= limit && (long.Err != nil || len(long.Value) != size) {
						t.Errorf("line of %d bytes, %v, want %d", len(long.Value), long.Err, size)
					}
					if size > limit && (!errors.Is(long.Err, bufio.ErrTooLong) || !strings.Contains(long.Err.Error(), "line 2:")) {
						t.Errorf("error = %v, want %v for line 2", long.Err, bufio.ErrTooLong)
					}
					if stream.IsFatal(long.Err) {
						t.Errorf("%v is fatal", long.Err)
					}
					var rest []string
					if name == "followed" {
						rest = []string{"next"}
					}
					wantEvents(t, got[2:], rest...)
				})
			}
		}
	}
}

func TestLinesSeesTheEndOfALongestLineBehindAFullBuffer(t *testing.T) {
	text := strings.Repeat("x", stream.MaxLineLength) + "\r\nnext"
	r := bufio.NewReaderSize(strings.NewReader(text), stream.MaxLineLength+1)
	got := record(t.Context(), stream.Lines(r))
	wantEvents(t, got, strings.Repeat("x", stream.MaxLineLength), "next")
}

func TestLinesDoesNotReadBeyondTheEnd(t *testing.T) {
	for _, text := range []string{"", "a\n", "a", strings.Repeat("x", 2*stream.MaxLineLength)} {
		rest := strings.NewReader(text)
		over := false
		r := readerFunc(func(p []byte) (int, error) {
			if over {
				t.Errorf("read after the end of %.9q", text) // a terminal would wait for more
			}
			n, err := rest.Read(p)
			over = err != nil
			return n, err
		})
		record(t.Context(), stream.Lines(r))
	}
}

func TestLinesCountsLinesThatAreTooLong(t *testing.T) {
	long := strings.Repeat("x", stream.MaxLineLength+1)
	text := "1\n" + long + "\n3\n" + long + long + "\r\n5\n" + long
	var numbers []string
	for _, e := range record(t.Context(), stream.Lines(strings.NewReader(text))) {
		if e.Err != nil {
			_, number, _ := strings.Cut(e.Err.Error(), "line ")
			number, _, _ = strings.Cut(number, ":")
			numbers = append(numbers, number)
		}
	}
	if want := []string{"2", "4", "6"}; !slices.Equal(numbers, want) {
		t.Errorf("lines too long: %q, want %q", numbers, want)
	}
}

func TestLinesHoldsNoMoreThanALine(t *testing.T) {
	const size = 256 << 20
	endless := io.LimitReader(repeating('x'), size)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := record(t.Context(), stream.Lines(endless))
	runtime.ReadMemStats(&after)
	if len(got) != 1 || !errors.Is(got[0].Err, bufio.ErrTooLong) {
		t.Errorf("events = %q, want one error", show(got))
	}
	if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 16<<20 {
		t.Errorf("%d bytes allocated for a line of %d", bytes, size)
	}
}

// A repeating reader never ends and never ends a line.
type repeating byte

func (r repeating) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func TestLinesCanBeCutInsideALineWithoutEnd(t *testing.T) {
	for _, after := range []int{1, 100} { // before and after the line is given up
		ctx, cut := cuttable(t)
		reads := 0
		r := readerFunc(func(p []byte) (int, error) {
			if reads++; reads == after {
				cut()
			}
			return repeating('x').Read(p)
		})
		got := record(ctx, stream.Lines(r))
		if last := got[len(got)-1].Err; !errors.Is(last, errCut) || reads != after {
			t.Errorf("last event %v after %d reads, want %v after %d", last, reads, errCut, after)
		}
	}
}

func TestLinesReadErrorIsFatalAndNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"":             "reading line 1: boom",
		"one":          "reading line 1: boom",
		"one\n":        "reading line 2: boom",
		"one\r\ntwo\n": "reading line 3: boom",
		"one\ntwo\nth": "reading line 3: boom",
	} {
		got := record(t.Context(), stream.Lines(io.MultiReader(strings.NewReader(text), failing{})))
		last := got[len(got)-1]
		if last.Err == nil || last.Err.Error() != want || !errors.Is(last.Err, errBoom) || !stream.IsFatal(last.Err) {
			t.Errorf("last event after %q = %v, want a fatal %s", text, last, want)
		}
		if lines := strings.Count(text, "\n"); len(got) != lines+1 {
			t.Errorf("%d events after %q, want %d lines and an error", len(got), text, lines)
		}
	}
}

func TestLaterRunOfLinesGoesOnWhereTheFirstStopped(t *testing.T) {
	s := stream.Lines(strings.NewReader("header\n1\n2\n"))
	if header, err := s.First(t.Context()); header != "header" || err != nil {
		t.Errorf("First() = %q, %v", header, err)
	}
	wantEvents(t, record(t.Context(), s), "1", "2")
	wantEvents(t, record(t.Context(), s))
}

func TestLaterRunOfLinesSkipsTheRestOfALineThatWasTooLong(t *testing.T) {
	s := stream.Lines(strings.NewReader(strings.Repeat("x", 3*stream.MaxLineLength) + "\nnext\n"))
	if _, err := s.First(t.Context()); !errors.Is(err, bufio.ErrTooLong) {
		t.Errorf("First() = %v, want %v", err, bufio.ErrTooLong)
	}
	wantEvents(t, record(t.Context(), s), "next")
}

func TestLinesCompletesALineAfterAReadErrorThatPassed(t *testing.T) {
	reads := []string{"one\ntw", "", "o\nthree"}
	r := readerFunc(func(p []byte) (int, error) {
		if len(reads) == 0 {
			return 0, io.EOF
		}
		text := reads[0]
		reads = reads[1:]
		if text == "" {
			return 0, errBoom
		}
		return copy(p, text), nil
	})
	s := stream.Lines(r)
	wantEvents(t, record(t.Context(), s), "one", "!reading line 2: boom")
	wantEvents(t, record(t.Context(), s), "two", "three")
}

func TestLinesStaysBoundedOverReadErrorsInsideALine(t *testing.T) {
	chunk := 40_000
	reads := 0
	r := readerFunc(func(p []byte) (int, error) {
		reads++
		return copy(p, strings.Repeat("x", chunk)), errBoom
	})
	s := stream.Lines(r)
	tooLong := 0
	for range 3 * stream.MaxLineLength / chunk {
		for _, err := range s.All(t.Context()) {
			if !stream.IsFatal(err) || !errors.Is(err, errBoom) {
				t.Fatalf("error = %v, want a fatal %v", err, errBoom)
			}
			if errors.Is(err, bufio.ErrTooLong) {
				tooLong++
			}
		}
	}
	if tooLong != 1 {
		t.Errorf("told %d times that line 1 is too long, want once", tooLong)
	}
}

// FuzzLines compares Lines with a model that has the whole text in memory. The
// text is head, pad bytes and tail, read in pieces.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\r\nb"), []byte("\n\nc\r"), uint32(0), uint16(1), false)
	f.Add([]byte("a\n"), []byte("\r\nb\n"), uint32(stream.MaxLineLength), uint16(60_000), true)
	f.Add([]byte("\r"), []byte("\r\r\n\xff"), uint32(stream.MaxLineLength+1), uint16(4096), false)
	f.Add([]byte{}, []byte("\n"), uint32(1<<16-1), uint16(0), true)
	f.Fuzz(func(t *testing.T, head, tail []byte, pad uint32, piece uint16, early bool) {
		text := slices.Concat(head, bytes.Repeat([]byte("x"), int(pad%(2*stream.MaxLineLength))), tail)
		var r io.Reader = &pieces{text: text, size: int(piece) + 1}
		if early {
			r = iotest.DataErrReader(r)
		}
		got := record(t.Context(), stream.Lines(r))
		want := modelLines(text)
		if len(got) != len(want) {
			t.Fatalf("%d events, want %d", len(got), len(want))
		}
		for i, line := range want {
			tooLong := len(line) > stream.MaxLineLength
			if tooLong && !errors.Is(got[i].Err, bufio.ErrTooLong) || !tooLong && (got[i].Err != nil || got[i].Value != line) {
				t.Fatalf("event %d = line of %d bytes, %v; want line of %d bytes", i, len(got[i].Value), got[i].Err, len(line))
			}
		}
	})
}

func modelLines(text []byte) []string {
	var lines []string
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutSuffix(line, []byte("\r\n")); ok {
			line = rest
		} else {
			line = bytes.TrimSuffix(line, []byte("\n"))
		}
		lines = append(lines, string(line))
	}
	return lines
}

// A pieces reader gives its text size bytes at a time.
type pieces struct {
	text []byte
	size int
}

func (r *pieces) Read(p []byte) (int, error) {
	if len(r.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[:min(r.size, len(r.text))])
	r.text = r.text[n:]
	return n, nil
}
