package text

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// insertions returns a peer that has got the first text's insertions, those that were forgotten without text.
func (p *pen) insertions() *Arena {
	p.t.Helper()
	q := New()
	q.AddReplica(1)
	q.NewText()
	for r := range p.a.InsertRuns(p.me, 0) {
		var err error
		if r.Forgotten {
			err = q.ApplyForgotten(0, r.ID, r.Left, r.Right, r.Len)
		} else {
			_, err = q.ApplyInsert(0, r.ID, r.Left, r.Right, r.Content)
		}
		if err == nil {
			err = q.Check()
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	return q
}

// TestDropText forgets hidden text: it cannot be shown again without content, everything else works on.
func TestDropText(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, strings.Repeat("0123456789", 30)+"é😀")
	p.delete(n, 10, 280) // whole pages and parts of pages
	p.delete(n, 20, 1)
	kept := p.a.AppendSnapshot(nil, n, []uint32{0}, true)
	p.a.DropText()
	p.check()
	p.want(n, "01234567890123456789"+"😀")
	if _, err := p.life(n, Target{ID: ID{p.me, 9}, Len: 3, Life: 3}); err != ErrTextDropped {
		t.Fatalf("showing forgotten text: %v", err)
	}
	if _, err := p.life(n, Target{ID: ID{p.me, 300}, Len: 1, Life: 3}); err != ErrTextDropped {
		t.Fatalf("showing a forgotten wide character: %v", err)
	}
	if _, err := p.life(n, Target{ID: ID{p.me, 50}, Len: 3, Life: 4}); err != nil {
		t.Fatalf("hiding forgotten text anew: %v", err)
	}
	p.insert(n, 15, "und so weiter ∅")
	p.a.DropText()
	p.check()
	if all := p.a.AppendSnapshot(nil, n, []uint32{0}, true); len(all) > len(kept)-200 {
		t.Errorf("snapshot of all text has %d bytes, had %d", len(all), len(kept))
	}
	// A peer gets the forgotten runs without text and ends up in the same state.
	q := p.insertions()
	if _, err := q.ApplyLife(0, ID{p.me, p.seq}, Target{ID: ID{p.me, 50}, Len: 3, Life: 4}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if q.String(0) != p.a.String(n) {
		t.Fatalf("copy is %q", q.String(0))
	}
	for _, keep := range []bool{true, false} {
		if string(q.AppendSnapshot(nil, 0, []uint32{0}, keep)) != string(p.a.AppendSnapshot(nil, n, []uint32{0}, keep)) {
			t.Errorf("snapshots differ (keep %v)", keep)
		}
	}
}

// TestRestore shows forgotten text again by its content, in both directions, with characters that were never
// forgotten between.
func TestRestore(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, strings.Repeat("0123456789", 30)+"é😀→z")
	p.delete(n, 302, 2)
	p.delete(n, 5, 290)
	p.a.DropText()
	p.want(n, "01234"+"56789é😀")
	life := func(g Target, content string, want error, shown string) {
		t.Helper()
		p.seq++ // others took a number
		changes, err := p.a.ApplyLife(n, ID{p.me, p.seq}, g, []byte(content), nil)
		if err != want {
			t.Fatalf("%v %q: %v, want %v", g, content, err, want)
		}
		if err == nil {
			p.seq += g.Len
		}
		p.check()
		var got []byte
		for _, c := range changes {
			got = p.a.AppendChange(got, c)
		}
		if string(got) != shown {
			t.Fatalf("%v shows %q, want %q", g, got, shown)
		}
	}
	id := func(seq uint32) ID { return ID{p.me, seq} }
	life(Target{ID: id(10), Len: 3, Life: 3}, "", ErrTextDropped, "")
	life(Target{ID: id(10), Len: 3, Life: 3}, "01", ErrRange, "")
	life(Target{ID: id(10), Len: 3, Life: 3}, "0123", ErrRange, "")
	life(Target{ID: id(10), Len: 3, Life: 3}, "01\xff", ErrUTF8, "")
	life(Target{ID: id(10), Len: 3, Life: 4}, "012", ErrRange, "") // hiding carries no content
	life(Target{ID: id(0), Len: 3, Life: 1}, "012", ErrRange, "")  // showing nothing does not either
	life(Target{ID: id(10), Len: 3, Life: 3}, "012", nil, "012")
	p.want(n, "01234"+"012"+"56789é😀")
	// The items go backwards, and so does their content; the arena's own text stays where there is any.
	life(Target{ID: id(14), Len: 5, Life: 3, Back: true}, "43xyz", nil, "34")
	p.want(n, "01234"+"01234"+"56789é😀")
	// Whole pages that took no space, and wide characters behind them.
	life(Target{ID: id(80), Len: 130, Life: 3}, strings.Repeat("0123456789", 13), nil, strings.Repeat("0123456789", 13))
	life(Target{ID: id(303), Len: 2, Life: 3, Back: true}, "z→", nil, "→z")
	p.want(n, "01234"+"01234"+strings.Repeat("0123456789", 13)+"56789é😀→z")
	for unit, want := range []int{149, 150, 155} {
		if got := p.a.Len(n, Unit(unit)); got != want {
			t.Errorf("length in unit %d: %d, want %d", unit, got, want)
		}
	}
	// Content for what was hidden anew and forgotten anew is remembered, though it shows nothing.
	life(Target{ID: id(20), Len: 2, Life: 4}, "", nil, "")
	life(Target{ID: id(20), Len: 2, Life: 3}, "é😀", nil, "")
	life(Target{ID: id(20), Len: 2, Life: 5}, "", nil, "é😀")
}

// TestContent reads the text of hidden characters in the order of a life operation's items.
func TestContent(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, "aé")
	p.insert(p.a.NewText(), 0, "elsewhere") // so that the names lie in two runs
	p.insert(n, 2, "😀z")
	p.delete(n, 1, 2)
	for _, c := range []struct {
		g    Target
		want string
		err  error
	}{
		{Target{ID: ID{p.me, 0}, Len: 2}, "aé", nil},
		{Target{ID: ID{p.me, 11}, Len: 4, Back: true}, "😀ere", nil}, // of whatever text
		{Target{ID: ID{p.me, 12}, Len: 2}, "", ErrNotReady},
		{Target{ID: ID{p.me, 0}, Len: 0}, "", ErrRange},
		{Target{ID: ID{p.me, 2}, Len: 4, Back: true}, "", ErrRange},
		{Target{ID: ID{p.me, MaxSeq}, Len: 2}, "", ErrRange},
		{Target{ID: ID{7, 0}, Len: 1}, "", ErrReplica},
	} {
		got, err := p.a.Content(c.g, []byte(">"))
		if string(got) != ">"+c.want || err != c.err {
			t.Errorf("content of %v: %q, %v, want %q, %v", c.g, got, err, c.want, c.err)
		}
	}
	p.a.DropText()
	if got, err := p.a.Content(Target{ID: ID{p.me, 0}, Len: 2}, nil); err != ErrTextDropped || len(got) > 0 {
		t.Errorf("content of forgotten characters: %q, %v", got, err)
	}
	if got, err := p.a.Content(Target{ID: ID{p.me, 0}, Len: 1}, nil); err != nil || string(got) != "a" {
		t.Errorf("content of a visible character: %q, %v", got, err)
	}
}

// TestShownRuns makes operations anew that showed characters: with content, or as the hiding that overwrote
// them if they have been forgotten since.
func TestShownRuns(t *testing.T) {
	p := newPen(t)
	n := p.a.NewText()
	p.insert(n, 0, "abcdéf")
	p.delete(n, 0, 6)
	g := Target{ID: ID{p.me, 5}, Len: 6, Life: 3, Back: true}
	if _, err := p.life(n, g); err != nil {
		t.Fatal(err)
	}
	p.delete(n, 1, 2) // bc
	p.delete(n, 2, 1) // é
	p.delete(n, 1, 1) // d, between them
	if _, err := p.life(n, Target{ID: ID{p.me, 4}, Len: 1, Life: 6}); err != nil {
		t.Fatal(err)
	}
	list := func() (s string) {
		for r := range p.a.LifeRuns(p.me, 12) { // from the showing on
			if r.ID.Seq >= 18 {
				break
			}
			if r.Target.shows() {
				s += string(r.Content)
			} else {
				s += strings.Repeat(string('0'+rune(r.Target.Life)), int(r.Target.Len))
			}
		}
		return s
	}
	if got := list(); got != "fédcba" {
		t.Errorf("as long as it is known: %q", got)
	}
	p.a.DropText()
	if got := list(); got != "f6444a" {
		t.Errorf("when it was forgotten: %q", got)
	}
	q := p.insertions()
	for r := range p.a.LifeRuns(p.me, 0) {
		if _, err := q.IntegrateLife(0, r.ID, r.Target, r.Content, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, keep := range []bool{true, false} {
		if string(q.AppendSnapshot(nil, 0, []uint32{0}, keep)) != string(p.a.AppendSnapshot(nil, n, []uint32{0}, keep)) {
			t.Errorf("snapshots differ (keep %v)", keep)
		}
	}
}

// TestRemember fills holes in the store of characters at random, beside a list of characters.
func TestRemember(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	for range 30 {
		a := New()
		size := 1 + r.IntN(500)
		all := make([]rune, size)
		for i := range all {
			all[i] = letters[r.IntN(len(letters))]
		}
		me := a.AddReplica(1)
		a.NewText()
		if _, _, err := a.Insert(0, 0, string(all), ID{me, 0}); err != nil {
			t.Fatal(err)
		}
		seq := uint32(size)
		for range 1 + r.IntN(5) {
			if size := a.Len(0, Chars); size > 0 {
				pos := r.IntN(size)
				k := 1 + r.IntN(size-pos)
				if _, err := a.Delete(0, pos, k, ID{me, seq}, nil); err != nil {
					t.Fatal(err)
				}
				seq += uint32(k)
			}
		}
		a.DropText()
		for range 12 {
			id := uint32(r.IntN(size))
			n := 1 + uint32(r.IntN(min(size-int(id), 200)))
			a.chars.remember(id, n, []byte(string(all[id:id+n])))
			if !a.checkChars() {
				t.Fatal("the store is inconsistent")
			}
			if got := string(a.chars.slice(id, n)); got != string(all[id:id+n]) {
				t.Fatalf("remembers %q, want %q", got, string(all[id:id+n]))
			}
			for i, c := range all {
				i := uint32(i)
				if !a.chars.isForgotten(i) && string(a.chars.slice(i, 1)) != string(c) {
					t.Fatalf("character %d changed", i)
				}
			}
		}
	}
}
