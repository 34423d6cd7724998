//go:build !js

package sse

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"edgeboard/shared/conn"
)

// readAll returns all events of a text, and why there are no more.
func readAll(r io.Reader, limit int) (events []string, err error) {
	e := newEventReader(r, limit)
	for {
		one, err := e.next()
		if err != nil {
			return events, err
		}
		events = append(events, fmt.Sprintf("%s|%s|%s", one.id, one.name, one.data))
	}
}

// As the standard says, with its own examples.
func TestEventStream(t *testing.T) {
	for _, c := range []struct {
		why, text string
		want      []string
	}{
		{"lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", []string{"||YHOO\n+2\n10"}},
		{"comments, ids and one without an id", ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
			[]string{"1||first event", "||second event", "|| third event"}},
		{"data that is empty", "data\n\ndata\ndata\n\ndata:", []string{"||", "||\n"}},
		{"a space is left out", "data:test\n\ndata: test\n\n", []string{"||test", "||test"}},
		{"each end of a line", "data: a\rdata: b\r\ndata: c\n\r\r\n\rdata: d\n\n", []string{"||a\nb\nc", "||d"}},
		{"a mark of the byte order", "\ufeffdata: a\n\n", []string{"||a"}},
		{"an id stays, a name does not", "id: 7\nevent: close\ndata: x\n\nevent: lost\n\ndata: y\n\n", []string{"7|close|x", "7||y"}},
		{"an id with a zero byte is none", "id: 7\ndata: x\n\nid: 8\x00\ndata: y\n\n", []string{"7||x", "7||y"}},
		{"fields that are not known", "data: x\nretry: 10\nfoo: bar\nfoo\n:\n\n", []string{"||x"}},
		{"an event that is cut off", "data: x\n\ndata: y\n", []string{"||x"}},
	} {
		for name, r := range map[string]io.Reader{
			"at once": strings.NewReader(c.text), "byte by byte": iotest.OneByteReader(strings.NewReader(c.text)),
		} {
			got, err := readAll(r, 100)
			if !slices.Equal(got, c.want) || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s, %s: %q, %v, want %q", c.why, name, got, err, c.want)
			}
		}
	}
}

func TestEventLimits(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for _, c := range []struct {
		why, text string
		fits      bool
	}{
		{"data up to the limit", "data: " + long + "\n\n", true},
		{"a byte more", "data: x" + long + "\n\n", false},
		{"data in parts", strings.Repeat("data: "+long[:300]+"\n", 4) + "\n", false},
		{"an endless line", "foo" + long + long, false},
		{"an endless comment", ":" + long + long, false},
	} {
		if _, err := readAll(strings.NewReader(c.text), 1000); errors.Is(err, conn.ErrTooLarge) == c.fits {
			t.Errorf("%s: %v", c.why, err)
		}
	}
	// The memory of a large event does not stay.
	e := newEventReader(strings.NewReader("data: "+strings.Repeat("x", 1<<20)+"\n\ndata: y\n\n"), 1<<20)
	for range 2 {
		if _, err := e.next(); err != nil {
			t.Fatal(err)
		}
	}
	if cap(e.line)+cap(e.data) > largeBuffer {
		t.Errorf("%d bytes are kept", cap(e.line)+cap(e.data))
	}
}

// Whatever comes is bounded, is the same however it is cut, and the data of
// what was read can be written so that it is read again.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("\ufeffid: s.1\r\ndata: b25l\r\n\r\n:\n\nevent: close\rdata: {\"code\":1}\r\r"), 3)
	f.Add([]byte("data\n\ndata:\ndata: \n\nid: \x00\nid\n\n"), 1)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		const limit = 64
		whole, wholeErr := readAll(bytes.NewReader(text), limit)
		parts, partsErr := readAll(&inParts{text, max(1, size%20)}, limit)
		if !slices.Equal(whole, parts) || !errors.Is(partsErr, wholeErr) {
			t.Errorf("at once %q, %v; in parts %q, %v", whole, wholeErr, parts, partsErr)
		}
		if !errors.Is(wholeErr, io.ErrUnexpectedEOF) && !errors.Is(wholeErr, conn.ErrTooLarge) {
			t.Errorf("the end is %v", wholeErr)
		}
		e := newEventReader(bytes.NewReader(text), limit)
		for {
			one, err := e.next()
			if err != nil {
				return
			}
			if len(one.data) > 2*limit || len(one.id)+len(one.name) > 2*(limit+6) {
				t.Errorf("an event of %d bytes", len(one.data))
			}
			var again []byte
			for line := range bytes.SplitSeq(one.data, []byte("\n")) {
				again = append(append(append(again, "data: "...), line...), '\n')
			}
			back, err := newEventReader(bytes.NewReader(append(again, '\n')), 2*limit).next()
			if err != nil || !bytes.Equal(back.data, one.data) {
				t.Errorf("%q was written and read again as %q, %v", one.data, back.data, err)
			}
		}
	})
}

// inParts gives a text a few bytes at a time.
type inParts struct {
	text []byte
	size int
}

func (p *inParts) Read(b []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.size)], p.text)
	p.text = p.text[n:]
	return n, nil
}
