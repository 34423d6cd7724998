package board

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// ids lists the elements bottom to top.
func ids(b *Board) (list []ID) {
	for _, e := range b.order {
		list = append(list, e.ID())
	}
	return list
}

// row returns a board of n elements and what makes another of it.
func row(t testing.TB, replica Replica, n int) (*Board, []byte) {
	t.Helper()
	b := New(replica)
	e := b.Edit()
	for range n {
		e.Create(2)
	}
	return b, e.Commit()
}

// put moves an element above another; nil is the bottom.
func put(t testing.TB, b *Board, e, below *Element) []byte {
	t.Helper()
	var above *Element
	if i := slices.Index(b.order, below) + 1; i < len(b.order) {
		above = b.order[i]
	}
	edit := b.Edit()
	edit.Set(e.ID(), KeyOrder, String(b.Between(below, above)))
	if edit.Err() != nil {
		t.Fatal(edit.Err())
	}
	u := edit.Commit()
	if i := slices.Index(b.order, e); below != nil && (i == 0 || b.order[i-1] != below) || below == nil && i != 0 {
		t.Fatalf("B37: %v lies at %d of %v, not above %v", e.ID(), i, ids(b), below)
	}
	return u
}

// B37: between two keys there is always another, and what one may append to it
// does not matter.
func TestB37BetweenIsBetween(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	keys := []string{creationKey(1), creationKey(2), creationKey(63), creationKey(64), creationKey(65), creationKey(1 << 40), creationKey(MaxLamport - 1)}
	for range 3000 {
		i := rnd.IntN(len(keys) + 1)
		if rnd.IntN(3) == 0 {
			i = min(rnd.IntN(3), len(keys)) // crowds
		}
		lo, hi := "", ""
		if i > 0 {
			lo = keys[i-1]
		}
		if i < len(keys) {
			hi = keys[i]
		}
		key := between(lo, hi)
		for _, jitter := range []string{"-0", "zz", "-z", "z0", "V9"} {
			if k := key + jitter; k <= lo || hi != "" && k >= hi {
				t.Fatalf("between %q and %q: %q", lo, hi, k)
			}
		}
		key += []string{"-0", "zz", "V9"}[rnd.IntN(3)]
		keys = slices.Insert(keys, i, key)
	}
}

// B37: putting things at one place over and over makes keys grow by a digit in
// five, not more.
func TestB37KeysStayShort(t *testing.T) {
	for why, where := range map[string]func(b *Board, last *Element) *Element{
		"above the bottom one":          func(b *Board, _ *Element) *Element { return b.order[0] },
		"at the bottom":                 func(*Board, *Element) *Element { return nil },
		"each above the last":           func(_ *Board, last *Element) *Element { return last },
		"above and below in turn":       func(b *Board, last *Element) *Element { return b.order[slices.Index(b.order, last)-b.Len()%2] },
		"on top of all":                 func(b *Board, _ *Element) *Element { return b.order[len(b.order)-1] },
		"below what is on top":          func(b *Board, _ *Element) *Element { return b.order[len(b.order)-2] },
		"at random among the first few": func(b *Board, _ *Element) *Element { return b.order[b.Len()*7%5] },
	} {
		b, _ := row(t, 77, 10)
		last := b.order[3]
		for range 200 {
			at := where(b, last)
			e := b.Edit()
			id := e.Create(2)
			e.Commit()
			put(t, b, b.Element(id), at)
			last = b.Element(id)
			if k := last.Get(KeyOrder).Str(); len(k) > 10+200/5 {
				t.Fatalf("%s: a key of %d: %s", why, len(k), k)
			}
		}
	}
}

// B13, B36: what is new lies on top, also of what was put on top.
func TestB36NewOnTop(t *testing.T) {
	b, _ := row(t, 5, 3)
	put(t, b, b.order[0], b.order[2])
	if got, want := fmt.Sprint(ids(b)), "[{5 2} {5 3} {5 1}]"; got != want {
		t.Errorf("put on top: %s, want %s", got, want)
	}
	e := b.Edit()
	id := e.Create(2)
	e.Set(id, KeyOrder, Value{}) // none: its place is that of its creation
	e.Commit()
	put(t, b, b.order[0], b.order[3])
	if got, want := fmt.Sprint(ids(b)), "[{5 3} {5 1} {5 5} {5 2}]"; got != want {
		t.Errorf("a new one, and one on top of it: %s, want %s", got, want)
	}
	// Clearing the key brings an element back to where it was made.
	e = b.Edit()
	e.Set(ID{5, 1}, KeyOrder, Value{})
	e.Set(ID{5, 2}, KeyOrder, String(""))
	e.Set(ID{5, 3}, KeyOrder, Int(99)) // no string: as if there were none
	e.Commit()
	if got, want := fmt.Sprint(ids(b)), "[{5 1} {5 2} {5 3} {5 5}]"; got != want {
		t.Errorf("cleared: %s, want %s", got, want)
	}
}

// B37: two who put something at one place at the same time get different keys,
// and all see the same order.
func TestB37ConcurrentMoves(t *testing.T) {
	a, u := row(t, 1, 4)
	b := New(2)
	mustApply(t, b, u)
	fromA := put(t, a, a.Element(ID{1, 3}), a.order[0])
	fromB := put(t, b, b.Element(ID{1, 4}), b.order[0])
	if x, y := a.Element(ID{1, 3}).Get(KeyOrder), b.Element(ID{1, 4}).Get(KeyOrder); x == y {
		t.Errorf("both have the key %q", x.Str())
	}
	mustApply(t, a, fromB)
	mustApply(t, b, fromA)
	mustEqual(t, a, b)
	if fmt.Sprint(ids(a)) != fmt.Sprint(ids(b)) {
		t.Errorf("%v and %v", ids(a), ids(b))
	}
	// There is room between the two.
	put(t, a, a.order[0], a.order[1])

	// Both move the same one: the later write wins everywhere.
	put(t, a, a.order[3], nil)
	mustApply(t, b, diff(t, a, b.Vector()))
	fromA = put(t, a, a.order[0], a.order[3])
	fromB = put(t, b, b.order[0], b.order[2])
	mustApply(t, a, fromB)
	mustApply(t, b, fromA)
	mustEqual(t, a, b)

	seen := map[string]int{}
	for r := range Replica(2000) {
		key := New(r+1).Between(nil, nil)
		seen[key[len(key)-2:]]++
	}
	for key, n := range seen {
		if n > 12 {
			t.Errorf("%d of 2000 replicas have the digits %q", n, key)
		}
	}
}

// B36: equal keys are told apart by the creations, whatever the order of arrival.
func TestB36EqualKeys(t *testing.T) {
	_, base := row(t, 1, 3)
	moves := forge(2, 1, 9, set(ID{1, 3}, KeyOrder, String("K")), set(ID{1, 1}, KeyOrder, String("K")), set(ID{1, 2}, KeyOrder, String("K")))
	b := New(0)
	mustApply(t, b, append(base, moves...))
	if got, want := fmt.Sprint(ids(b)), "[{1 1} {1 2} {1 3}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// B36: keys are strings of any kind where someone breaks the rules. Nothing
// breaks with them, and what is between others is still put there.
func TestB37HostileKeys(t *testing.T) {
	for _, key := range []string{"-", "--", "z", strings.Repeat("z", 300), strings.Repeat("-", 300), "\x00", "\x7f", "é", "~~", "A ", " ", "V-", "V--"} {
		b, _ := row(t, 1, 4)
		mustApply(t, b, forge(2, 1, 9, set(ID{1, 2}, KeyOrder, String(key)), set(ID{1, 3}, KeyOrder, String(key))))
		e := b.Edit()
		for i := range len(b.order) + 1 {
			var lo, hi *Element
			if i > 0 {
				lo = b.order[i-1]
			}
			if i < len(b.order) {
				hi = b.order[i]
			}
			k := b.Between(lo, hi)
			if k == "" || len(k) > 310 || strings.Trim(k, digits) != "" {
				t.Errorf("key %q between %v and %v", k, lo, hi)
			}
			b.Between(hi, lo) // the wrong way round
		}
		e.Set(ID{1, 1}, KeyOrder, String(b.Between(b.order[3], nil)))
		e.Commit()
		if err := checkReload(b); err != nil {
			t.Error(err)
		}
	}
}
