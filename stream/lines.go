package stream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// MaxLineLength is the length in bytes, the end of the line not counted, of
// the longest line that [Lines] delivers.
const MaxLineLength = 1 << 20

// lineBuffer is how much is read at a time.
const lineBuffer = 64 << 10

// Lines returns a stream of the lines of r without their ends, which are \n or
// \r\n. A last line without an end counts if it is not empty. Bytes that are
// not valid UTF-8 are passed on as they are.
//
// A line longer than [MaxLineLength] is one error event, which wraps
// [bufio.ErrTooLong] and names the number of the line; the run goes on with
// the next line. Memory stays bounded whatever the length of a line. A read
// error is marked by [Fatal] and names the line that could not be completed.
//
// The stream is hot: it uses r up. It also reads ahead, so r is best left
// alone afterwards, but a later run goes on exactly where this one stopped: one
// can take a header with [Stream.First] and the rest with another run. After a
// read error that has passed, not even the line it fell into is lost. There can
// be one run at a time.
//
// The context is looked at before each read and before each line. A read that
// blocks is not interrupted: close r for that, for example in
// [context.AfterFunc]; if r then answers with the context's own error, the
// cause alone is told. Lines panics if r is nil.
func Lines(r io.Reader) Stream[string] {
	if r == nil {
		panic("stream: Lines: r is nil")
	}
	l := &lineReader{src: bufio.NewReaderSize(r, lineBuffer)}
	return FromFunc(func(ctx context.Context) (string, error) {
		for {
			line, whole, err := l.step()
			if whole || err != nil {
				return line, err
			}
			if err := ctx.Err(); err != nil {
				return "", err
			}
		}
	})
}

// A lineReader cuts a reader into lines, one bufferful at a time.
type lineReader struct {
	src     *bufio.Reader
	done    int    // lines passed, those too long included
	begun   []byte // what came before of a line that spans bufferfuls
	inside  bool   // src is inside a line already told as too long
	stopped bool   // r has ended, behind a line without an end
}

// step reads up to a bufferful. It returns a line if that made one whole, and
// io.EOF when there are no more.
func (l *lineReader) step() (line string, whole bool, err error) {
	if l.stopped {
		l.stopped = false
		return "", false, io.EOF
	}
	part, err := l.src.ReadSlice('\n')
	more := errors.Is(err, bufio.ErrBufferFull)
	switch {
	case err != nil && err != io.EOF && !more: //nolint:errorlint // as io.Reader has it
		err = Fatal(fmt.Errorf("reading line %d: %w", l.done+1, err))
		if tooLong := l.hold(part); tooLong != nil {
			err = errors.Join(tooLong, err)
		}
		return "", false, err
	case more:
		return "", false, l.hold(part)
	case l.inside:
		l.inside = false
		l.done++
		return "", false, err
	case err != nil && len(part)+len(l.begun) == 0:
		return "", false, io.EOF
	}
	l.stopped = err != nil
	return l.finish(part)
}

// hold keeps part, which does not end its line, or lets go of the line if it
// has become too long.
func (l *lineReader) hold(part []byte) error {
	if l.inside {
		return nil
	}
	l.begun = append(l.begun, part...)
	// One byte more may still be the \r of the line's end.
	if len(l.begun) <= MaxLineLength+1 {
		return nil
	}
	l.inside = true
	return l.tooLong()
}

// finish returns the line that ends with part.
func (l *lineReader) finish(part []byte) (line string, whole bool, err error) {
	text := part
	if len(l.begun) > 0 {
		l.begun = append(l.begun, part...)
		text = l.begun
	}
	if rest, ended := bytes.CutSuffix(text, []byte("\n")); ended {
		text = bytes.TrimSuffix(rest, []byte("\r"))
	}
	if len(text) > MaxLineLength {
		err = l.tooLong()
		l.done++
		return "", false, err
	}
	line = string(text)
	l.begun = l.begun[:0]
	l.done++
	return line, true, nil
}

// tooLong gives up the line at hand.
func (l *lineReader) tooLong() error {
	l.begun = l.begun[:0]
	return fmt.Errorf("reading line %d: more than %d bytes: %w", l.done+1, MaxLineLength, bufio.ErrTooLong)
}
