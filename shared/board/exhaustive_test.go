package board

import (
	"bytes"
	"fmt"
	"testing"
)

// B6, all of it, for what is small: someone makes a note that says "ab", which
// everybody gets, and then three people do three or four things to it. Each time
// one of them does any of the deeds, knowing any of what the others have done
// that can be known alone. Everything that comes of it is delivered to new boards
// in every order in which nothing comes before what its writer knew.

// event is one operation before it is known which: who makes it, and how many
// operations of each person that person knows then, the own one included.
type event struct {
	who   int
	knows [people]int
}

const people = 3

// Not in the order in which boards hear of them, which is that of the first event.
var peopleIDs = [people]Replica{500, 70, 1 << 40}

// pattern is who knew what when: the events of each person. It says nothing of
// the order of events that did not know of each other.
type pattern [people][]event

func (p *pattern) key() string { return fmt.Sprint(*p) }

// extend calls f with every event that may come next.
func (p *pattern) extend(f func(event)) {
	for who := range people {
		least := [people]int{}
		if n := len(p[who]); n > 0 {
			least = p[who][n-1].knows
		}
		knows := least
		var choose func(other int)
		choose = func(other int) {
			switch {
			case other == people:
				if p.closed(who, knows) {
					ev := event{who, knows}
					ev.knows[who]++
					f(ev)
				}
			case other == who:
				choose(other + 1)
			default:
				for knows[other] = least[other]; knows[other] <= len(p[other]); knows[other]++ {
					choose(other + 1)
				}
			}
		}
		choose(0)
	}
}

// closed reports whether who knows all that the known ones knew. Of nobody's
// operations one can know some without those before.
func (p *pattern) closed(who int, knows [people]int) bool {
	for other, n := range knows {
		if other == who || n == 0 {
			continue
		}
		for x, k := range p[other][n-1].knows {
			if k > knows[x] {
				return false
			}
		}
	}
	return true
}

func (p pattern) with(ev event) pattern {
	list := p[ev.who]
	p[ev.who] = append(list[:len(list):len(list)], ev)
	return p
}

// sequences counts the ways in which n more events can happen one after the
// other.
func (p pattern) sequences(n int) int {
	if n == 0 {
		return 1
	}
	total := 0
	p.extend(func(ev event) { total += p.with(ev).sequences(n - 1) })
	return total
}

// patterns lists the patterns of n events, each with one order in which it may
// have happened.
func patterns(n int) (list [][]event) {
	level := map[string][]event{(&pattern{}).key(): nil}
	for range n {
		next := map[string][]event{}
		for _, events := range level {
			var p pattern
			for _, ev := range events {
				p = p.with(ev)
			}
			p.extend(func(ev event) {
				q := p.with(ev)
				next[q.key()] = append(events[:len(events):len(events)], ev)
			})
		}
		level = next
	}
	for _, events := range level {
		list = append(list, events)
	}
	return list
}

// orders calls f with every order of events in which none comes before what it
// knew, as their indexes.
func orders(events []event, f func([]int)) {
	var have [people]int
	order := make([]int, 0, len(events))
	var visit func()
	visit = func() {
		if len(order) == len(events) {
			f(order)
			return
		}
		for i, ev := range events {
			ready := have[ev.who] == ev.knows[ev.who]-1
			for x, k := range ev.knows {
				ready = ready && (x == ev.who || have[x] >= k)
			}
			if ready {
				have[ev.who]++
				order = append(order, i)
				visit()
				order = order[:len(order)-1]
				have[ev.who]--
			}
		}
	}
	visit()
}

// performer is one person with a board and a history.
type performer struct {
	b *Board
	h *History
}

// deeds are what a person can do. n is different each time.
var deeds = map[string]func(p performer, n int) []byte{
	"recolour": func(p performer, n int) []byte {
		return p.edit(func(e *Edit) { e.Set(p.top().id, KeyColor, Int(int64(n))) })
	},
	"delete or restore": func(p performer, n int) []byte {
		return p.edit(func(e *Edit) { e.Set(p.top().id, KeyDeleted, Int(1-p.top().Int(KeyDeleted, 0))) })
	},
	"create": func(p performer, n int) []byte {
		return p.edit(func(e *Edit) { e.Create(KindNote) })
	},
	"to the bottom": func(p performer, n int) []byte {
		return p.edit(func(e *Edit) { e.Set(p.top().id, KeyOrder, String(p.b.Between(nil, p.b.order[0]))) })
	},
	"write in front": func(p performer, n int) []byte {
		return p.edit(func(e *Edit) { e.Splice(p.bottom().id, Chars, 0, 0, string(rune('c'+n))+"😀") })
	},
	"write behind the first": func(p performer, n int) []byte {
		return p.edit(func(e *Edit) {
			e.Splice(p.bottom().id, Chars, min(1, p.bottom().TextLen(Chars)), 0, string(rune('c'+n)))
		})
	},
	"erase the first": func(p performer, n int) []byte {
		return p.edit(func(e *Edit) { e.Splice(p.bottom().id, Chars, 0, min(1, p.bottom().TextLen(Chars)), "") })
	},
	"undo": func(p performer, n int) []byte { return p.h.Undo() },
}

func (p performer) top() *Element    { return p.b.order[len(p.b.order)-1] }
func (p performer) bottom() *Element { return p.b.order[0] }

func (p performer) edit(f func(e *Edit)) []byte {
	e := p.h.Edit()
	f(e)
	if e.Err() != nil {
		panic(e.Err())
	}
	return e.Commit()
}

func TestB6AllSmallHistories(t *testing.T) {
	for _, few := range [][]string{
		{"recolour", "delete or restore", "undo"},
		{"write in front", "erase the first", "undo"},
		{"write in front", "write behind the first", "erase the first"},
		{"create", "to the bottom", "undo"},
		{"to the bottom", "delete or restore", "write in front"},
	} {
		t.Run(fmt.Sprint(few), func(t *testing.T) {
			t.Parallel()
			for n, want := range []struct{ patterns, sequences int }{
				{1, 1},
				{3, 3},   // one of three
				{12, 15}, // twice the same person; two, in either order, or unknown to each other
				{58, 105},
				{321, 933},
			} {
				if n > 3 && (testing.Short() || costly) {
					continue // the same code, in twenty times as many histories
				}
				list := patterns(n)
				if got := (pattern{}).sequences(n); len(list) != want.patterns || got != want.sequences {
					t.Fatalf("%d events: %d patterns and %d sequences, want %v", n, len(list), got, want)
				}
				s := small{t: t, made: []string{}}
				for _, events := range list {
					s.events = events
					s.choose(few)
				}
				power := 1
				for range n {
					power *= len(few)
				}
				// A sequence of events is an order of delivery of one pattern.
				if s.histories != want.patterns*power || s.orders != want.sequences*power {
					t.Errorf("%d events: %d histories in %d orders, want %d and %d", n, s.histories, s.orders, want.patterns*power, want.sequences*power)
				}
				t.Logf("%d events: %d histories in %d orders, %d deeds of %d had no effect", n, s.histories, s.orders, s.idle, n*s.histories)
				if 3*s.idle > n*s.histories {
					t.Error("too often nothing was done: the test does not test")
				}
			}
		})
	}
}

// small goes through the histories of a pattern.
type small struct {
	t         *testing.T
	events    []event
	made      []string // deeds, by event
	histories int
	orders    int
	idle      int // deeds without an update
}

// choose tries every choice of deeds for the events.
func (s *small) choose(few []string) {
	if len(s.made) == len(s.events) {
		s.check()
		return
	}
	for _, d := range few {
		s.made = append(s.made, d)
		s.choose(few)
		s.made = s.made[:len(s.made)-1]
	}
}

// check makes one history and delivers it.
func (s *small) check() {
	s.histories++
	var base []byte
	var all [people]performer
	for i := range all {
		b := New(peopleIDs[i])
		all[i] = performer{b, NewHistory(b)}
	}
	base = all[0].edit(func(e *Edit) { e.Splice(e.Create(KindNote), Chars, 0, 0, "ab") })
	for _, p := range all[1:] {
		s.apply(p.b, base)
	}
	var has [people]*[people]int
	for i := range has {
		has[i] = &[people]int{}
	}
	updates := make([][]byte, len(s.events))
	for i, ev := range s.events {
		p := all[ev.who]
		for j, old := range s.events[:i] { // in an order in which they can come
			if k := old.knows[old.who]; old.who != ev.who && k > has[ev.who][old.who] && k <= ev.knows[old.who] {
				s.apply(p.b, updates[j])
				has[ev.who][old.who] = k
			}
		}
		if updates[i] = deeds[s.made[i]](p, i); updates[i] == nil {
			s.idle++
		}
	}

	var want []byte
	orders(s.events, func(order []int) {
		s.orders++
		b := New(0)
		s.apply(b, base)
		for _, i := range order {
			s.apply(b, updates[i])
		}
		got := b.Snapshot()
		if b.Parked() != 0 {
			s.fail("B21: %d bytes are parked in order %v", b.Parked(), order)
		}
		if want == nil {
			want = got
			s.compare(b, base, updates)
		}
		if !bytes.Equal(got, want) {
			s.fail("B6: another board in order %v: %v", order, stateOf(b))
		}
	})
	// The wrong way round all waits for all, and comes to the same.
	b := New(0)
	for i := range updates {
		s.apply(b, updates[len(updates)-1-i])
	}
	s.apply(b, base)
	if !bytes.Equal(b.Snapshot(), want) {
		s.fail("B21: another board the wrong way round: %v, %d bytes parked", stateOf(b), b.Parked())
	}
}

// compare looks whether a board is what the model makes of the updates, which
// are in an order in which they may have been made.
func (s *small) compare(b *Board, base []byte, updates [][]byte) {
	known := sim{t: s.t, last: Vector{}}
	known.learn(base)
	for _, u := range updates {
		known.learn(u)
	}
	m := newModel()
	m.follow(known.ops, known.last)
	if !sameState(m.state(), stateOf(b)) {
		s.fail("%v, want %v", stateOf(b), m.state())
	}
	if err := checkBoard(b); err != nil {
		s.fail("%v", err)
	}
}

func (s *small) apply(b *Board, update []byte) {
	if err := b.Apply(update); err != nil {
		s.fail("apply % x: %v", update, err)
	}
}

func (s *small) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("after %v by %v:\n%s", s.made, s.events, fmt.Sprintf(format, args...))
}
