package text

import (
	"slices"
	"testing"
)

// B39: who types on goes on behind the own last character and before what was
// behind it. Anything else is looked at like any other insertion.
func TestTypingOn(t *testing.T) {
	start := func() (*Arena, Text, Slot) {
		a := New()
		x, y := a.AddReplica(1), a.AddReplica(2)
		n := a.NewText()
		for _, c := range []struct {
			id, left, right ID
			s               string
		}{
			{ID{y, 1}, None, None, "yz"},
			{ID{x, 1}, ID{y, 1}, ID{y, 2}, "a"}, // "yaz", and x types
		} {
			if _, err := a.ApplyInsert(n, c.id, c.left, c.right, []byte(c.s)); err != nil {
				t.Fatal(err)
			}
		}
		return a, n, x
	}
	for why, c := range map[string]struct {
		left, right ID
		want        error
	}{
		"goes on":                           {ID{0, 1}, ID{1, 2}, nil},
		"before what is not behind":         {ID{0, 1}, ID{1, 1}, ErrOrigin},
		"before the end":                    {ID{0, 1}, None, ErrOrigin},
		"before itself":                     {ID{0, 1}, ID{0, 1}, ErrOrigin},
		"before what has not come":          {ID{0, 1}, ID{1, 3}, ErrNotReady},
		"behind what has not come":          {ID{0, 7}, ID{1, 2}, ErrNotReady},
		"behind another's, the same number": {ID{1, 1}, ID{1, 2}, nil},
	} {
		a, n, x := start()
		if _, err := a.ApplyInsert(n, ID{x, 2}, c.left, c.right, []byte("b")); err != c.want {
			t.Errorf("%s: %v, want %v", why, err, c.want)
		}
		if err := a.Check(); err != nil {
			t.Errorf("%s: %v", why, err)
		}
		want := "yaz"
		if c.want == nil {
			want = "yabz"
		}
		if got := a.String(n); got != want {
			t.Errorf("%s: %q, want %q", why, got, want)
		}
	}
}

// The delete and the backspace key name the right characters where what looks like one stretch of text was
// typed with other operations in between, or by two.
func TestErasingOverRuns(t *testing.T) {
	for _, back := range []bool{false, true} {
		p := newPen(t)
		n := p.a.NewText()
		first := p.seq
		p.insert(n, 0, "ab")
		p.seq += 5 // operations that are none on texts
		p.insert(n, 2, "cd")
		peer := p.a.AddReplica(9)
		if _, err := p.a.ApplyInsert(n, ID{peer, 1}, ID{p.me, first + 8}, None, []byte("ef")); err != nil {
			t.Fatal(err)
		}
		want := []ID{{p.me, first}, {p.me, first + 1}, {p.me, first + 7}, {p.me, first + 8}, {peer, 1}, {peer, 2}}
		pos := 0
		if back {
			slices.Reverse(want)
			pos = 5
		}
		for i, id := range want {
			got, err := p.a.Delete(n, pos, 1, ID{p.me, p.seq}, nil)
			if err != nil || len(got) != 1 || got[0].ID != id {
				t.Errorf("back %v: deletion %d hides %v, %v, want %v", back, i, got, err, id)
			}
			p.seq++
			if back {
				pos--
			}
			p.check()
		}
	}
}
