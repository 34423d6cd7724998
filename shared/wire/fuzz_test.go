package wire

import (
	"bytes"
	"path/filepath"
	"testing"

	"edgeboard/shared/hextest"
)

// newMessage returns an empty message of a kind, or nil.
func newMessage(k Kind) Message {
	full, _ := everyMessage()
	for _, m := range full {
		if m.Kind() == k {
			return fresh(m)
		}
	}
	return nil
}

// What is accepted is written again such that it reads the same, and then no
// longer changes.
func FuzzFrames(f *testing.F) {
	full, zero := everyMessage()
	for i := range full {
		f.Add(AppendFrame(nil, uint64(i), full[i]))
		f.Add(AppendFrame(nil, 0, zero[i]))
	}
	files, _ := filepath.Glob("testdata/v1/*.hex")
	for _, name := range files {
		f.Add(hextest.Read(f, name))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		before := bytes.Clone(msg)
		for fr, err := range Frames(msg) {
			if err != nil {
				return
			}
			m := newMessage(fr.Kind)
			if m == nil || m.Parse(fr.Body) != nil {
				continue
			}
			once := AppendFrame(nil, fr.Seq, m)
			n := 0
			for again, err := range Frames(once) {
				if n++; err != nil || again.Kind != fr.Kind || again.Seq != fr.Seq {
					t.Fatalf("%+v was written as % x, which reads as %+v, %v", m, once, again, err)
				}
				m2 := newMessage(again.Kind)
				if err := m2.Parse(again.Body); err != nil {
					t.Fatalf("%+v was written as % x: %v", m, once, err)
				}
				if twice := AppendFrame(nil, again.Seq, m2); !bytes.Equal(twice, once) {
					t.Fatalf("%T: % x, then % x", m, once, twice)
				}
			}
			if n != 1 {
				t.Fatalf("%d frames in % x, want 1", n, once)
			}
		}
		if !bytes.Equal(msg, before) {
			t.Fatal("reading has changed the message")
		}
	})
}

func FuzzUvarint(f *testing.F) {
	f.Add([]byte{0x80, 0x01})
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, rest, err := Uvarint(b)
		if err != nil {
			return
		}
		if n := len(b) - len(rest); n > 10 || n < SizeUvarint(v) {
			t.Errorf("%d from %d bytes", v, n)
		}
		if again, _, err := Uvarint(AppendUvarint(nil, v)); err != nil || again != v {
			t.Errorf("%d came back as %d, %v", v, again, err)
		}
		if Unzigzag(Zigzag(int64(v))) != int64(v) || Zigzag(Unzigzag(v)) != v {
			t.Errorf("zigzag of %d is not its own inverse", v)
		}
	})
}
