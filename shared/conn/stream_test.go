package conn_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"edgeboard/shared/conn"
)

func TestStreamReader(t *testing.T) {
	var stream []byte
	sizes := []int{0, 1, 127, 128, 1 << 10, 100_000, 0, 3, 1 << 20, 5}
	for i, size := range sizes {
		stream = conn.AppendMessage(stream, bytes.Repeat([]byte{byte(i)}, size))
	}
	for name, r := range map[string]io.Reader{
		"as it comes":             bytes.NewReader(stream),
		"a byte at a time":        iotest.OneByteReader(bytes.NewReader(stream)),
		"the end with the last":   iotest.DataErrReader(bytes.NewReader(stream)),
		"halves of what is asked": iotest.HalfReader(bytes.NewReader(stream)),
	} {
		s := conn.NewStreamReader(r, 1<<20)
		for i, size := range sizes {
			msg, err := s.Next()
			if err != nil || !bytes.Equal(msg, bytes.Repeat([]byte{byte(i)}, size)) {
				t.Fatalf("%s: message %d of %d bytes came as one of %d, %v", name, i, size, len(msg), err)
			}
			// What a large message took is not kept.
			if size <= 5 && cap(msg) > 64<<10 {
				t.Errorf("%s: a message of %d bytes lies in a buffer of %d", name, size, cap(msg))
			}
		}
		if _, err := s.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: at the end Next returned %v", name, err)
		}
	}
}

func TestStreamReaderRefuses(t *testing.T) {
	for _, c := range []struct {
		why    string
		stream []byte
		want   error
	}{
		{"one over the limit", binary.AppendUvarint(nil, 101), conn.ErrTooLarge},
		{"the greatest length there is", binary.AppendUvarint(nil, 1<<64-1), conn.ErrTooLarge},
		{"a length that does not end", bytes.Repeat([]byte{0xff}, 11), conn.ErrMalformed},
		{"the end within a length", []byte{0x80}, io.ErrUnexpectedEOF},
		{"the end within a message", []byte{3, 1, 2}, io.ErrUnexpectedEOF},
		{"the end before a message", []byte{3}, io.ErrUnexpectedEOF},
	} {
		if _, err := conn.NewStreamReader(bytes.NewReader(c.stream), 100).Next(); !errors.Is(err, c.want) {
			t.Errorf("%s: Next returned %v, want %v", c.why, err, c.want)
		}
	}
}

// Memory is taken for what has come, not for what is announced.
func TestStreamReaderTakesNoMemoryForPromises(t *testing.T) {
	promise := binary.AppendUvarint(nil, 1<<30)
	if n := testing.AllocsPerRun(1, func() {
		most := 0
		s := conn.NewStreamReader(io.MultiReader(bytes.NewReader(promise), readerFunc(func(p []byte) (int, error) {
			most = max(most, len(p))
			return 0, io.EOF
		})), 1<<30)
		s.Next()
		if most > 1<<10 {
			t.Errorf("for a promise alone a buffer of %d bytes was made", most)
		}
	}); n > 20 {
		t.Errorf("%v allocations", n)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func FuzzStreamReader(f *testing.F) {
	f.Add(conn.AppendMessage(conn.AppendMessage(nil, []byte("one")), []byte("two")))
	f.Add([]byte{0x80, 0x00})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02})
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 300
		whole, bytewise := readAll(bytes.NewReader(stream), limit), readAll(iotest.OneByteReader(bytes.NewReader(stream)), limit)
		if !slices.EqualFunc(whole, bytewise, bytes.Equal) {
			t.Fatal("how the stream is cut makes a difference")
		}
		var again []byte
		for _, m := range whole {
			if len(m) > limit {
				t.Fatal("a message over the limit")
			}
			again = conn.AppendMessage(again, m)
		}
		if got := readAll(bytes.NewReader(again), limit); !slices.EqualFunc(whole, got, bytes.Equal) {
			t.Fatal("what was accepted does not come back")
		}
	})
}

func readAll(r io.Reader, limit int) (all [][]byte) {
	for s := conn.NewStreamReader(r, limit); ; {
		msg, err := s.Next()
		if err != nil {
			return all
		}
		all = append(all, slices.Clone(msg))
	}
}
