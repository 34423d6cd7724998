package board

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/wire"
)

// Files that are there are never written over: a layout that changes gets a
// version of its own, and a folder.
var update = flag.Bool("update", false, "write testdata/v1 where a file, or a line of hashes.txt, is missing")

// exhibits are the boards of which testdata/v1 has a snapshot.
var exhibits = map[string]func(t testing.TB) *Board{
	"empty": func(t testing.TB) *Board { return New(7) },

	// Whatever a property can hold, in the short form and in the long one.
	"values": func(t testing.TB) *Board {
		id := ID{7, 1}
		b := New(0)
		mustApply(t, b, forge(7, 1, 1, create(KindNote), create(999), create(KindArrow),
			set(id, 0, Int(math.MinInt64)), set(id, KeyColor, Int(math.MaxInt64)), set(id, KeyFill, Value{}),
			set(id, KeyX, Float(-1.5)), set(id, KeyY, Float(1.0/3)), set(id, KeyWidth, Float(0)),
			set(id, KeyHeight, Float(math.MaxFloat64)), set(id, KeyAngle, Float(math.SmallestNonzeroFloat64)),
			set(id, KeyOpacity, Float(1<<43)), set(id, KeyFontSize, Float(1<<44)),
			set(id, KeyLink, String("héllo 😀")), set(id, KeyBlob, String("")),
			set(id, KeyFrame, Ref(ID{MaxReplica, MaxSeq})), set(id, KeyParent, Ref(ID{7, 2})), set(id, 1<<16-1, Int(-1)),
			set(ID{7, 2}, KeyDeleted, Int(1)), set(ID{7, 3}, KeyDeleted, Int(0)), set(ID{7, 3}, KeyOrder, String("-0")),
			set(ID{7, 2}, KeyLocked, Int(1)), set(ID{7, 3}, KeyLocked, Int(1)))) // half as many: just a dictionary
		// Few colours, many times: a dictionary. The clock leaps, and two write at once.
		for i := range uint64(7) {
			mustApply(t, b, forge(8, 2*i+1, 90+7*i, create(KindRectangle), set(ID{8, 2*i + 1}, KeyColor, Int(int64(i%2)*0xe03131))))
			mustApply(t, b, forge(9, i+1, 50, set(ID{7, 2}, KeyThickness, Int(int64(i)))))
		}
		return b
	},

	// A pen that was interrupted, more than one group of points, the farthest ones.
	"strokes": func(t testing.TB) *Board {
		b := New(0)
		long := make([]Point, 70)
		for i := range long {
			long[i] = Point{X: int32(100 + 9*i - i*i/7), Y: int32(i*i/5 - 80), Pressure: uint8(128 + i/3)}
		}
		far := []Point{{X: math.MinInt32, Y: math.MaxInt32}, {X: math.MaxInt32, Y: math.MinInt32, Pressure: 255}, {}}
		mustApply(t, b, forge(5, 1, 3, create(KindStroke), samples(ID{5, 1}, 0, long[:9]...), create(KindStroke),
			samples(ID{5, 1}, 9, long[9:11]...), set(ID{5, 1}, KeyColor, Int(0x2f9e44)), skip(300),
			samples(ID{5, 11}, 0, far...), samples(ID{5, 1}, 11, long[11:]...), create(KindStroke)))
		mustApply(t, b, forge(4, 1, 2, create(KindStroke), samples(ID{4, 1}, 0, Point{X: -80, Y: 8}), set(ID{5, 11}, KeyThickness, Float(2.5))))
		return b
	},

	// One person's text: deleted at both ends and within, restored, deleted again.
	"text": func(t testing.TB) *Board {
		b := New(3)
		h := NewHistory(b)
		var id ID
		do := func(f func(e *Edit)) {
			e := h.Edit()
			f(e)
			if e.Commit(); e.Err() != nil {
				t.Fatal(e.Err())
			}
		}
		do(func(e *Edit) { id = e.Create(KindText); e.Splice(id, Chars, 0, 0, "Zoë says: 𝔘nïcode 😀!") })
		do(func(e *Edit) { e.Splice(id, Chars, 4, 5, "wrote") })
		do(func(e *Edit) { e.Splice(id, Chars, 0, 1, "") })
		h.Undo()
		h.Redo()
		h.Undo()
		do(func(e *Edit) { e.Splice(id, Chars, 2, 3, "") })
		h.Undo()
		do(func(e *Edit) { e.Splice(id, Chars, 0, 2, "J") })
		do(func(e *Edit) { e.Splice(id, Bytes, b.Element(id).TextLen(Bytes)-1, 1, "?") })
		do(func(e *Edit) { e.Splice(e.Create(KindNote), Chars, 0, 0, "and another") })
		return b
	},

	// Several at one place, typed and made up; lives up to the last.
	"merged": func(t testing.TB) *Board {
		id := ID{20, 1}
		b := New(0)
		for _, u := range [][]byte{
			forge(20, 1, 1, create(KindNote), insert(id, ID{}, ID{}, "ab")), // 20.2, 20.3
			forge(1<<40, 1, 4, insert(id, ID{20, 2}, ID{20, 3}, "XYZ"), life(id, ID{20, 3}, 1, false, 2, "")),
			forge(10, 1, 4, insert(id, ID{20, 2}, ID{20, 3}, "é"), insert(id, ID{20, 2}, ID{10, 1}, "1"), insert(id, ID{20, 3}, ID{}, "$")),
			forge(30, 1, 9, insert(id, ID{1 << 40, 1}, ID{1 << 40, 2}, "-"), hidden(id, ID{10, 1}, ID{1 << 40, 1}, 3)),
			forge(10, 4, 30, life(id, ID{20, 3}, 2, true, 3, "ba"), life(id, ID{1 << 40, 1}, 2, false, maxLife-1, "XY"), life(id, ID{30, 2}, 1, false, 4, "")),
			forge(20, 4, 35, life(id, ID{20, 2}, 1, false, maxLife, ""), insert(id, ID{}, ID{20, 2}, "😀"), insert(id, ID{}, ID{20, 2}, "^")),
		} {
			mustApply(t, b, u)
		}
		return b
	},

	// Operations of later versions, skipped ones, and what waits, which is not in it.
	"later": func(t testing.TB) *Board {
		b := New(0)
		for _, u := range [][]byte{
			forge(9, 1, 1, unknown(1<<32, 1, "")),
			forge(7, 1, 5, create(KindNote), unknown(16, 3, "wxyz"), skip(100), unknown(17, 1<<20, "\x00\xff")),
			forge(7, 2<<20, 4<<20, create(KindFrame)), // waits
			forge(6, 1, 1<<21, insert(ID{7, 1}, ID{}, ID{8, 1}, "waits")),
		} {
			mustApply(t, b, u)
		}
		if b.Parked() == 0 {
			t.Fatal("nothing waits")
		}
		return b
	},
}

// describe lists what a board shows.
func describe(b *Board) (list []string) {
	for _, d := range stateOf(b) {
		var properties []string
		for _, r := range b.Element(d.id).registers {
			properties = append(properties, fmt.Sprintf("%d: %s", r.key, show(d.properties[r.key])))
		}
		list = append(list, fmt.Sprintf("%v kind %d {%s} %v %q", d.id, d.kind, strings.Join(properties, ", "), d.points, d.text))
	}
	return list
}

// B34, B28: snapshots that were written once load for ever, to the board that is
// described in them, and are written in the same way to this day.
func TestB34FrozenSnapshots(t *testing.T) {
	for name, exhibit := range exhibits {
		made := exhibit(t)
		file := filepath.Join("testdata", "v1", "snapshot-"+name+".hex")
		if _, err := os.Stat(file); *update && err != nil {
			if err := os.WriteFile(file, []byte(annotate(made)), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		snapshot := readHex(t, "snapshot-"+name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for line := range strings.Lines(string(text)) {
			if s, ok := strings.CutPrefix(line, "#= "); ok {
				want = append(want, strings.TrimSuffix(s, "\n"))
			}
		}
		loaded, err := Load(7, snapshot)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := checkBoard(loaded); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := describe(loaded); !slices.Equal(got, want) {
			t.Errorf("%s: loads as\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := loaded.Snapshot(); !bytes.Equal(got, snapshot) {
			t.Errorf("B28, %s: written again as\n% x, want\n% x", name, got, snapshot)
		}
		if got := made.Snapshot(); !bytes.Equal(got, snapshot) {
			t.Errorf("B28, %s: the same board is written as\n% x, want\n% x", name, got, snapshot)
		}
		if loaded.Parked() != 0 || loaded.Len() != made.Len() {
			t.Errorf("%s: %d bytes parked, %d elements of %d", name, loaded.Parked(), loaded.Len(), made.Len())
		}
		// B24: what a diff brings is the same.
		fresh := New(0)
		mustApply(t, fresh, diff(t, made, nil))
		if !slices.Equal(describe(fresh), want) || fresh.Parked() != 0 || !bytes.Equal(fresh.Snapshot(), snapshot) {
			t.Errorf("B24, %s: its diff makes\n%s", name, strings.Join(describe(fresh), "\n"))
		}
		// B46: a loaded board has a diff for those who have as much, and no other.
		if got := diff(t, loaded, made.Vector()); len(got) != 0 {
			t.Errorf("B46, %s: % x for one who has all", name, got)
		}
		if _, err := loaded.Diff(nil); len(want)+len(made.Vector()) > 0 && !errors.Is(err, ErrCompacted) {
			t.Errorf("B46, %s: %v for one who has nothing", name, err)
		}
		since := splice(t, loaded, newNote(t, loaded), 0, 0, "since")
		mustApply(t, fresh, diff(t, loaded, made.Vector()))
		if !bytes.Equal(fresh.Snapshot(), loaded.Snapshot()) || len(since) == 0 {
			t.Errorf("B29, %s: what was written since makes %v, want %v", name, describe(fresh), describe(loaded))
		}
	}
	files, err := filepath.Glob("testdata/v1/snapshot-*.hex")
	if err != nil || len(files) != len(exhibits) {
		t.Errorf("%d files for %d boards, %v", len(files), len(exhibits), err)
	}
}

// annotate writes a snapshot in hexadecimal, with what each part is beside it.
// It follows the layout at the head of snapshot.go.
func annotate(b *Board) string {
	var out strings.Builder
	for _, line := range describe(b) {
		fmt.Fprintf(&out, "#= %s\n", line)
	}
	in := b.Snapshot()
	part := func(n int, format string, args ...any) {
		out.WriteString(fmt.Sprintf("% -34x", in[:n]))
		out.WriteString(strings.TrimRight(" # "+fmt.Sprintf(format, args...), " ") + "\n")
		in = in[n:]
	}
	number := func(what string) uint64 {
		v, rest, _ := wire.Uvarint(in)
		part(len(in)-len(rest), "%s %d", what, v)
		return v
	}
	columns := func(names ...string) {
		for _, name := range names {
			all, rest, _ := wire.Bytes(in)
			var values []uint64
			for c := (&reader{in: in}).column(); c.left > 0 || len(c.r.in) > 0; {
				values = append(values, c.next(math.MaxUint64))
			}
			if len(all) > 0 {
				name += ": " + fmt.Sprint(values)
			} else {
				name = "(" + name + ")"
			}
			part(len(in)-len(rest), "  %s", name)
		}
	}
	block := func(what string) {
		_, rest, _ := wire.Bytes(in)
		part(len(in)-len(rest), "%s", what)
	}
	part(1, "version")
	for range number("replicas:") {
		part(8, "  replica")
		number("    operations:")
	}
	number("elements:")
	columns("replica", "number", "shift, zigzag", "kind", "points", "first point", "runs beyond the first", "first point of a run", "its number", "length of the block")
	block("blocks")
	for range number("keys:") {
		number("key")
		columns("without and with, in turn", "type", "distance", "replica", "number", "shift", "whole numbers", "floats in steps", "lengths of strings", "elements", "dictionary")
		block("  floats and strings")
	}
	for range number("texts:") {
		number("  element, from the one before:")
		block("    text")
	}
	for range number("operations of later versions:") {
		number("  replica")
		number("  number")
		number("  items:")
		number("  Lamport time")
		number("  tag")
		block("  payload")
	}
	return out.String()
}
