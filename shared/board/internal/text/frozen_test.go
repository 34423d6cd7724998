package text

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/v1 where a file is missing")

// exhibit is a text with something in each column of a snapshot: three authors at
// one place, hidden characters with text and without, lives of 3 and more, origins
// that are no nearest elders.
func exhibit(t *testing.T) (a *Arena, index []uint32) {
	a = New()
	x, y, z := a.AddReplica(5), a.AddReplica(1), a.AddReplica(9)
	n := a.NewText()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Check(); err != nil {
			t.Fatal(err)
		}
	}
	apply := func(id, left, right ID, s string) {
		t.Helper()
		_, err := a.ApplyInsert(n, id, left, right, []byte(s))
		do(err)
	}
	life := func(id ID, target Target, content string) {
		t.Helper()
		_, err := a.ApplyLife(n, id, target, []byte(content), nil)
		do(err)
	}
	_, _, err := a.Insert(n, 0, "héllo wörld", ID{x, 1})
	do(err)
	_, err = a.Delete(n, 2, 3, ID{x, 12}, nil)
	do(err)
	a.DropText() // "llo" is gone
	apply(ID{y, 7}, ID{x, 1}, ID{x, 2}, "XY😀")
	apply(ID{z, 1}, ID{x, 1}, ID{x, 2}, "123")
	apply(ID{z, 4}, ID{x, 1}, ID{z, 1}, "0")
	apply(ID{y, 10}, ID{x, 1}, ID{x, 2}, "W")
	apply(ID{y, 300}, ID{x, 11}, None, "!")
	apply(ID{z, 70000}, ID{y, 8}, ID{y, 9}, "中")
	life(ID{x, 15}, Target{ID: ID{x, 6}, Len: 3, Life: 2}, "")
	life(ID{y, 301}, Target{ID: ID{x, 7}, Len: 2, Life: 3, Back: true}, "w ")
	life(ID{z, 70001}, Target{ID: ID{z, 1}, Len: 2, Life: MaxLife - 1}, "")
	life(ID{z, 70003}, Target{ID: ID{x, 4}, Len: 1, Life: 3}, "l")
	life(ID{z, 70004}, Target{ID: ID{y, 9}, Len: 1, Life: MaxLife}, "😀")
	do(a.ApplyForgotten(n, ID{y, 400}, ID{x, 9}, ID{x, 10}, 200))
	return a, []uint32{1, 0, 2} // by ascending id
}

var columnNames = [columns]string{"replica", "rank", "gap", "length", "hidden", "life", "gone", "left", "right", "text"}

// TestFrozen holds the layout still: files of testdata/v1 load for ever, to the text
// in their first line, and are written in the same way to this day.
func TestFrozen(t *testing.T) {
	a, index := exhibit(t)
	empty := a.NewText()
	for name, c := range map[string]struct {
		text Text
		keep bool
	}{"visible": {0, false}, "all": {0, true}, "empty": {empty, false}, "empty-all": {empty, true}} {
		file := filepath.Join("testdata", "v1", name+".hex")
		made := a.AppendSnapshot(nil, c.text, index, c.keep)
		if _, err := os.Stat(file); *update && err != nil {
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(annotate(a.String(c.text), made)), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		frozen, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var digits strings.Builder
		want := ""
		for line := range strings.Lines(string(frozen)) {
			if _, err := fmt.Sscanf(line, "# text %q", &want); err == nil {
				continue
			}
			line, _, _ = strings.Cut(line, "#")
			digits.WriteString(strings.Join(strings.Fields(line), ""))
		}
		b, err := hex.DecodeString(digits.String())
		if err != nil {
			t.Fatal(name, err)
		}
		l := New()
		slots := []Slot{l.AddReplica(1), l.AddReplica(5), l.AddReplica(9)}
		n, err := l.LoadSnapshot(b, slots, 1000)
		if err == nil {
			err = l.Check()
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := l.String(n); got != want {
			t.Errorf("%s: loads as %q, want %q", name, got, want)
		}
		if got := l.AppendSnapshot(nil, n, []uint32{0, 1, 2}, c.keep); !bytes.Equal(got, b) {
			t.Errorf("%s: written again as %x, want %x", name, got, b)
		}
		if !bytes.Equal(made, b) {
			t.Errorf("%s: the same text is written as %x, want %x", name, made, b)
		}
		if c.keep && c.text == 0 {
			// Hidden text that was kept is there, and what was forgotten is not.
			if got, err := l.Content(Target{ID: ID{slots[1], 6}, Len: 1}, nil); err != nil || string(got) != " " {
				t.Errorf("%s: the hidden space is %q, %v", name, got, err)
			}
			if got, err := l.Content(Target{ID: ID{slots[1], 5}, Len: 1}, nil); err != ErrTextDropped {
				t.Errorf("%s: the forgotten o is %q, %v", name, got, err)
			}
		}
	}
}

// annotate writes a snapshot in hexadecimal, a line for each column.
func annotate(text string, b []byte) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# text %q\n%02x # form\n", text, b[0])
	r := reader{b: b[1:]}
	n := r.number()
	fmt.Fprintf(&out, "% x # pieces: %d\n", b[1:len(b)-len(r.b)], n)
	for i, name := range columnNames {
		if i == colGone && b[0] != formAll || n == 0 {
			continue
		}
		at := len(b) - len(r.b)
		r.b = r.b[r.number():]
		fmt.Fprintf(&out, "% x # %s\n", b[at:len(b)-len(r.b)], name)
	}
	return out.String()
}
