package board

import (
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The hash is how replicas find out that they differ, so it is the same on every
// machine: natively, as wasm, today and later. hashes.txt has the hash of each of
// these boards and the SHA-256 of its whole diff; the test runs on every platform
// that the product runs on. With -update lines that are missing are written: who
// changes a workload removes its line first. That a line changes without that
// means that two versions of the program do not understand each other.

// dice are random numbers that depend on nothing but this line (SplitMix64).
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (d *dice) n(k int) int { return int(d.next() % uint64(k)) }

// workload draws on boards, of which the first one in the end knows everything.
var workloads = map[string]func(t *testing.T, d *dice) *Board{
	"strokes": func(t *testing.T, d *dice) *Board {
		b := New(11)
		for range 40 {
			e := b.Edit()
			id := e.Create(KindStroke)
			x, y, p := int32(d.next()>>40), int32(d.next()>>44), uint8(d.next())
			dx, dy := 0, 0
			for range 1 + d.n(8) {
				var list []Point
				for range 1 + d.n(60) {
					dx, dy = dx+d.n(9)-4, dy+d.n(9)-4
					x, y, p = x+int32(dx), y+int32(dy), p+uint8(d.n(5)-2)
					list = append(list, Point{X: x, Y: y, Pressure: p})
				}
				e.Append(id, list...)
				if d.n(3) == 0 {
					e.Set(id, KeyThickness, Float(float64(d.n(64))/8)) // the next points are a run of their own
				}
			}
			commit(t, e)
		}
		return b
	},
	"extremes": func(t *testing.T, d *dice) *Board {
		b := New(MaxReplica)
		ends := []int32{math.MinInt32, math.MinInt32 + 1, -1, 0, 1, 1 << 20, math.MaxInt32 - 1, math.MaxInt32}
		e := b.Edit()
		for range 10 {
			id := e.Create(KindStroke)
			for range 1 + d.n(70) {
				e.Append(id, Point{X: ends[d.n(8)], Y: ends[d.n(8)], Pressure: uint8(d.next())}, Point{X: int32(d.next()), Y: int32(d.next())})
			}
			e.Set(id, Key(d.next()), Int(int64(d.next())))
			e.Set(id, KeyFrame, Ref(ID{Replica(1 + d.next()%MaxReplica), 1 + d.next()%MaxSeq}))
		}
		commit(t, e)
		return b
	},
	"floats": func(t *testing.T, d *dice) *Board {
		b := New(12)
		odd := []float64{0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(0xfff8000000000001), math.Inf(1), math.Inf(-1),
			math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, math.Float64frombits(0x000fffffffffffff), math.MaxFloat64,
			1.0 / 64, 1.0 / 128, 1 << 43, 1<<44 - 1.0/64, 1 << 44, -1 << 44, 1 << 53, 1<<53 + 2, 0.1, -1.0 / 3, math.Pi}
		e := b.Edit()
		for i := range 200 {
			id := e.Create(KindRectangle)
			e.Set(id, KeyX, Float(odd[i%len(odd)]))
			e.Set(id, KeyY, Float(math.Float64frombits(d.next())))
			e.Set(id, KeyWidth, Float(float64(int64(d.next()))/64))
			e.Set(id, KeyHeight, Float(float64(d.n(1<<20))/64))
			e.Set(id, KeyTime, Int(Float(odd[d.n(len(odd))]).Int())) // a float that becomes a whole number
		}
		commit(t, e)
		// The same by way of small updates.
		a := New(0)
		mustApply(t, a, diff(t, b, nil))
		for i := range 60 {
			e := b.Edit()
			e.Set(b.order[i].id, KeyX, Float(odd[d.n(len(odd))]))
			if err := a.Apply(e.Commit()); err != nil {
				t.Fatal(err)
			}
		}
		mustEqual(t, a, b)
		return b
	},
	"texts": func(t *testing.T, d *dice) *Board {
		b := New(13)
		e := b.Edit()
		for range 5 {
			id := e.Create(KindText)
			for range 200 {
				splat(e, id, d)
			}
		}
		commit(t, e)
		return b
	},
	"undo": func(t *testing.T, d *dice) *Board {
		b := New(14)
		h := NewHistory(b)
		e := h.Edit()
		id := e.Create(KindNote)
		splat(e, id, d)
		commit(t, e)
		for range 300 {
			switch d.n(5) {
			case 0:
				h.Undo()
			case 1:
				h.Redo()
			case 2:
				e := h.Edit()
				e.Set(id, KeyColor, Int(int64(d.n(4))))
				commit(t, e)
			default:
				e := h.Edit()
				splat(e, id, d)
				commit(t, e)
			}
		}
		return b
	},
	"order": func(t *testing.T, d *dice) *Board {
		boards := []*Board{New(15), New(1 << 50), New(3)}
		for _, b := range boards {
			e := b.Edit()
			for range 10 {
				e.Create(KindNote)
			}
			commit(t, e)
		}
		for range 40 {
			for _, b := range boards {
				e := b.Edit()
				for range 5 {
					i := d.n(len(b.order) + 1)
					var below, above *Element
					if i > 0 {
						below = b.order[i-1]
					}
					if i < len(b.order) {
						above = b.order[i]
					}
					e.Set(b.order[d.n(len(b.order))].id, KeyOrder, String(b.Between(below, above)))
				}
				commit(t, e)
			}
			meet(t, boards, d)
		}
		meetAll(t, boards)
		return boards[0]
	},
	"merges": func(t *testing.T, d *dice) *Board {
		boards := []*Board{New(16), New(9), New(1 << 40), New(17)}
		e := boards[0].Edit()
		note := e.Create(KindNote)
		e.Splice(note, Chars, 0, 0, "all write here")
		commit(t, e)
		meetAll(t, boards)
		for range 60 {
			for _, b := range boards {
				e := b.Edit()
				for range d.n(4) {
					switch id := b.order[d.n(len(b.order))].id; d.n(6) {
					case 0:
						e.Append(e.Create(KindStroke), Point{X: int32(d.next()), Pressure: uint8(d.next())}, Point{Y: int32(d.n(99))})
					case 1:
						e.Set(id, KeyDeleted, Int(int64(d.n(2))))
					case 2:
						e.Set(id, KeyX, Float(float64(d.n(9999))/7))
					default:
						splat(e, note, d)
					}
				}
				commit(t, e)
			}
			meet(t, boards, d)
		}
		meetAll(t, boards)
		return boards[0]
	},
}

// splat replaces some of a text, in any unit, by characters of every length.
func splat(e *Edit, id ID, d *dice) {
	el := e.b.Element(id)
	n := el.TextLen(Chars)
	at := d.n(n + 1)
	remove := min(d.n(4), n-at)
	var insert strings.Builder
	for range d.n(4) {
		insert.WriteRune([]rune{'a', 'é', '中', '😀', '𝔘', '\u0301', '\n', 0x10ffff, rune('a' + d.n(26))}[d.n(9)])
	}
	u := Unit(d.n(3))
	from, err := el.Convert(at, Chars, u)
	to, err2 := el.Convert(at+remove, Chars, u)
	if err != nil || err2 != nil {
		panic("a position of the text")
	}
	e.Splice(id, u, from, to-from, insert.String())
}

func commit(t *testing.T, e *Edit) []byte {
	t.Helper()
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	return e.Commit()
}

// meet gives one board what another has.
func meet(t *testing.T, boards []*Board, d *dice) {
	t.Helper()
	from, to := boards[d.n(len(boards))], boards[d.n(len(boards))]
	if err := to.Apply(diff(t, from, to.Vector())); err != nil {
		t.Fatal(err)
	}
}

func meetAll(t *testing.T, boards []*Board) {
	t.Helper()
	for _, b := range boards[1:] {
		mustApply(t, boards[0], diff(t, b, boards[0].Vector()))
	}
	for _, b := range boards[1:] {
		mustApply(t, b, diff(t, boards[0], b.Vector()))
	}
	mustEqual(t, boards...)
}

func TestB28HashesOfWorkloads(t *testing.T) {
	file := filepath.Join("testdata", "v1", "hashes.txt")
	text, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	frozen := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, hashes, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			frozen[name] = hashes
		}
	}
	var lines []string
	for name, workload := range workloads {
		seed := dice(1)
		b := workload(t, &seed)
		whole := diff(t, b, nil)
		got := fmt.Sprintf("%x %x", b.Hash(), sha256.Sum256(whole))
		want, ok := frozen[name]
		switch {
		case !ok && *update:
			want = got
		case !ok:
			t.Errorf("%s: no line in %s", name, file)
		case got != want:
			t.Errorf("%s: snapshot and diff have the hashes %s, want %s", name, got, want)
		}
		lines = append(lines, name+" "+want+"\n")
		delete(frozen, name)
		if n := len(b.Snapshot()); n < 500 {
			t.Errorf("%s: a snapshot of %d bytes is little work", name, n)
		}
		if err := checkReload(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name := range frozen {
		t.Errorf("%s: a line of %s without a workload", name, file)
	}
	if *update && !t.Failed() {
		slices.Sort(lines)
		head := "# SHA-256 of the snapshot and of the whole diff of each workload in hash_test.go.\n"
		if err := os.WriteFile(file, []byte(head+strings.Join(lines, "")), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
