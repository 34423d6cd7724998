package text

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// snapshotSeeds are snapshots of all forms.
func snapshotSeeds(tb testing.TB) (list [][]byte) {
	for seed := range uint64(6) {
		m := newSim(seed, 3, 2)
		if err := m.run(60); err != nil {
			tb.Fatal(err)
		}
		a := m.sites[0].a
		index := m.sites[0].index(m.ids)
		if seed%2 == 0 {
			a.DropText()
		}
		for t := range Text(2) {
			for _, keep := range []bool{true, false} {
				list = append(list, a.AppendSnapshot(nil, t, index, keep))
			}
		}
	}
	return append(list, New().snapshotOfEmpty())
}

func (a *Arena) snapshotOfEmpty() []byte { return a.AppendSnapshot(nil, a.NewText(), nil, false) }

// loadAnything holds LoadSnapshot to its word: whatever it accepts is consistent and comes out again as the
// same bytes, and whatever it refuses leaves no trace.
func loadAnything(t *testing.T, b []byte) bool {
	t.Helper()
	a := New()
	slots := []Slot{a.AddReplica(5), a.AddReplica(1), a.AddReplica(9)}
	n := a.NewText()
	if _, _, err := a.Insert(n, 0, "here already", ID{1, 1000}); err != nil {
		t.Fatal(err)
	}
	held := a.Memory()
	got, err := a.LoadSnapshot(b, slots, 1<<16)
	if cerr := a.Check(); cerr != nil {
		t.Fatalf("%v after %v\n%x", cerr, err, b)
	}
	if err != nil {
		if a.Texts() != 1 || a.Memory() != held || a.String(n) != "here already" {
			t.Fatalf("refused bytes left a trace\n%x", b)
		}
		return false
	}
	if again := a.AppendSnapshot(nil, got, []uint32{0, 1, 2}, b[0] == formAll); !bytes.Equal(again, b) {
		t.Fatalf("accepted\n%x\nwhich is\n%x", b, again)
	}
	if grown := a.Memory() - held; grown > 1000+40*len(b)+1<<16 {
		t.Fatalf("%d bytes of snapshot make %d", len(b), grown)
	}
	a.String(got)
	a.Compact()
	return true
}

// TestLoadStrict reads snapshots written by hand: only one way of writing a state is accepted.
func TestLoadStrict(t *testing.T) {
	for _, c := range []struct {
		why string
		b   []byte
		ok  bool
	}{
		// form, pieces; replica; rank; gap; length; hidden; life; left; right; text
		{"one piece", []byte{1, 1, 2, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 2, 'a', 'b'}, true},
		{"the same as two pieces", []byte{1, 2, 2, 0, 2, 2, 0, 0, 1, 2, 2, 0, 0, 1, 2, 0, 0, 0, 2, 'a', 'b'}, false},
		{"a byte behind the end", []byte{1, 1, 2, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 2, 'a', 'b', 0}, false},
		{"a number that is not minimal", []byte{1, 0x81, 0, 2, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 2, 'a', 'b'}, false},
		{"a left origin that need not be said", []byte{1, 1, 2, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 2, 0, 2, 0, 2, 'a', 'b'}, false},
		{"text missing", []byte{1, 1, 2, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 'a'}, false},
		{"text not UTF-8", []byte{1, 1, 2, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 2, 'a', 0xff}, false},
		{"another form", []byte{3, 0}, false},
		{"no text", []byte{2, 0}, true},
		{"nothing", nil, false},
	} {
		if got := loadAnything(t, c.b); got != c.ok {
			t.Errorf("%s: accepted %v", c.why, got)
		}
	}
}

func FuzzLoadSnapshot(f *testing.F) {
	for _, b := range snapshotSeeds(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { loadAnything(t, b) })
}

// TestLoadMutated changes bytes of good snapshots; a fuzzer that always runs.
func TestLoadMutated(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 9))
	accepted := 0
	for _, b := range snapshotSeeds(t) {
		if !loadAnything(t, b) {
			t.Fatalf("refused\n%x", b)
		}
		for range 400 {
			c := bytes.Clone(b)
			for range 1 + r.IntN(3) {
				i := r.IntN(len(c))
				switch r.IntN(4) {
				case 0:
					c[i] = byte(r.Uint32())
				case 1:
					c[i] ^= 1 << r.IntN(8)
				case 2:
					c = append(c[:i], c[i+1:]...)
				case 3:
					c = append(c[:i+1], c[i:]...)
				}
				if len(c) == 0 {
					break
				}
			}
			if loadAnything(t, c) {
				accepted++
			}
		}
	}
	t.Logf("%d mutants accepted", accepted)
}

// applyAnything feeds an arena operations made of arbitrary numbers. Nothing may panic, refused operations
// change nothing, and the arena stays consistent.
func applyAnything(t *testing.T, b []byte, often bool) (applied int) {
	t.Helper()
	a := New()
	for id := range uint64(3) {
		a.AddReplica(9 - id)
	}
	a.NewText()
	a.NewText()
	var screen [2][]rune
	next := func() uint32 {
		if len(b) == 0 {
			return 0
		}
		v := b[0]
		b = b[1:]
		if v < 250 || len(b) < 4 {
			return uint32(v)
		}
		w := binary.LittleEndian.Uint32(b)
		b = b[4:]
		return w
	}
	id := func() ID {
		if v := next(); v%8 < 5 {
			return ID{Slot(v % 3), next()}
		} else if v%8 == 5 {
			return ID{Slot(v), next()}
		}
		return None
	}
	var changes []Change
	var err error
	for len(b) > 0 {
		kind := next()
		n := Text(kind >> 4 & 1)
		if kind == 249 {
			n = Text(next())
		}
		of := id()
		if kind&8 == 0 && int(of.Slot) < 3 {
			of.Seq = a.Next(of.Slot) + of.Seq%3 // plausible numbers, so that most get further
		}
		ok := uint(n) < 2
		switch kind % 8 {
		case 0, 1:
			s := []rune("abé😀cdefghijklmnop")[:next()%16]
			var pos int
			apply := a.ApplyInsert
			if kind&32 != 0 {
				apply = a.IntegrateInsert
			}
			if pos, err = apply(n, of, id(), id(), []byte(string(s))); err == nil {
				screen[n] = append(screen[n][:pos:pos], append(s, screen[n][pos:]...)...)
			}
		case 2:
			apply := a.ApplyForgotten
			if kind&32 != 0 {
				apply = a.IntegrateForgotten
			}
			err = apply(n, of, id(), id(), int(next()%200))
		case 3, 4:
			apply := a.ApplyLife
			if kind&64 != 0 {
				apply = a.IntegrateLife
			}
			g := Target{id(), next(), next(), kind&32 != 0}
			var content []byte
			if g.Life&1 != 0 && kind&128 == 0 && g.Len < 300 {
				for i := range g.Len {
					content = append(content, string([]rune("aé😀")[i%3])...)
				}
			}
			changes, err = apply(n, of, g, content, changes[:0])
			for _, c := range changes {
				v := screen[n]
				if c.Shown {
					screen[n] = append(v[:c.Pos:c.Pos], append([]rune(string(a.AppendChange(nil, c))), v[c.Pos:]...)...)
				} else {
					screen[n] = append(v[:c.Pos:c.Pos], v[c.Pos+c.Len:]...)
				}
			}
		case 5:
			pos := int(int32(next()))
			if _, _, err = a.Insert(n, pos, "L∅", of); err == nil {
				screen[n] = append(screen[n][:pos:pos], append([]rune("L∅"), screen[n][pos:]...)...)
			}
		case 6:
			pos, k := int(int32(next())), int(int32(next()))
			if _, err = a.Delete(n, pos, k, of, nil); err == nil {
				screen[n] = append(screen[n][:pos:pos], screen[n][pos+k:]...)
			}
		case 7:
			_, err = a.Offset(n, Unit(of.Seq%3), int(of.Seq>>2))
			if kind&64 != 0 {
				a.DropText()
			}
			p, e := a.Anchor(n, int(of.Seq), kind&128 != 0)
			if e == nil {
				if _, e = a.Position(n, p); e != nil {
					t.Fatal(e)
				}
			}
			a.Lives(of, int(int32(next())), nil)
		}
		if err == nil && ok {
			applied++
		}
		neutral := kind%8 < 3 && kind&32 != 0 || kind%8 > 2 && kind%8 < 5 && kind&64 != 0
		if neutral && (err == ErrNotReady || err == ErrGone || err == ErrOrigin || err == ErrTarget || err == ErrTextDropped) {
			t.Fatalf("refused because of what is in the text: %v", err)
		}
		if often {
			if err := a.Check(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
	for n := range screen {
		if got := a.String(Text(n)); got != string(screen[n]) {
			t.Fatalf("text %d is\n%q, the screen has\n%q", n, got, string(screen[n]))
		}
	}
	return applied
}

func FuzzApply(f *testing.F) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 20 {
		b := make([]byte, 300)
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 4000 {
			applyAnything(t, b, false)
		}
	})
}

func TestApplyAnything(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(6, 6))
	applied := 0
	for range 300 {
		b := make([]byte, 2000)
		for i := range b {
			if b[i] = byte(r.IntN(256)); r.IntN(3) > 0 {
				b[i] &= 31
			}
		}
		applied += applyAnything(t, b, true)
	}
	if applied < 10000 {
		t.Errorf("only %d operations were accepted: the test does not test", applied)
	}
}
