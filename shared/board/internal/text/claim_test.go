package text

import (
	"slices"
	"testing"
)

// TestClaims keeps origins that were stated and do not count, gives them back with the insertion, and takes them
// along into an arena that is loaded.
func TestClaims(t *testing.T) {
	p := newPen(t)
	n, other := p.a.NewText(), p.a.NewText()
	p.insert(n, 0, "abc")     // 0 to 2
	p.insert(other, 0, "xyz") // 3 to 5
	peer := p.a.AddReplica(2)
	must := func(seq uint32, left, right ID, s string) {
		t.Helper()
		if _, err := p.a.IntegrateInsert(n, ID{peer, seq}, left, right, []byte(s)); err != nil {
			t.Fatal(err)
		}
		p.check()
	}
	char := func(seq uint32) ID { return ID{p.me, seq} }
	must(0, char(0), char(1), "pq")    // as it should be
	must(2, char(4), char(0), "rs")    // behind a character of another text: only the first one is told from it
	must(4, char(2), char(0), "tu")    // the wrong way round: the right origin of both does not count
	must(6, ID{peer, 5}, char(0), "v") // goes on with that
	if err := p.a.IntegrateForgotten(n, ID{peer, 7}, char(1), char(4), 3); err != nil {
		t.Fatal(err)
	}
	want := []Claim{
		{ID{peer, 2}, 1, char(4), char(0)},
		{ID{peer, 4}, 3, char(2), char(0)},
		{ID{peer, 7}, 3, char(1), char(4)},
	}
	place := []uint32{0, 1}
	if got := slices.Collect(p.a.Claims(place)); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	stated := func(a *Arena) (list []Claim) {
		for r := range a.InsertRuns(peer, 3) {
			list = append(list, Claim{r.ID, uint32(r.Len), r.Stated[0], r.Stated[1]})
		}
		return list
	}
	runs := []Claim{
		{ID{peer, 3}, 1, ID{peer, 2}, char(0)},
		{ID{peer, 4}, 3, char(2), char(0)},
		{ID{peer, 7}, 3, char(1), char(4)},
	}
	if got := stated(p.a); !slices.Equal(got, runs) {
		t.Errorf("insertions made anew: %v, want %v", got, runs)
	}
	// Loaded, the same characters have other local ids.
	l := New()
	l.AddReplica(p.a.ReplicaID(p.me))
	l.AddReplica(2)
	slots := []Slot{p.me, peer}
	for _, x := range []Text{n, other} {
		if _, err := l.LoadSnapshot(p.a.AppendSnapshot(nil, x, place, true), slots, 100); err != nil {
			t.Fatal(err)
		}
	}
	if !l.LoadClaims(want) || l.Check() != nil || !slices.Equal(stated(l), runs) || !slices.Equal(slices.Collect(l.Claims(place)), want) {
		t.Errorf("loaded: %v", stated(l))
	}
	if l.LoadClaims(want[:1]) {
		t.Error("a character has two claims")
	}
	if p.a.LoadClaims([]Claim{{ID{peer, 9}, 2, None, None}}) {
		t.Error("a claim of what is no character")
	}
	if c := l.Compact(); c.HasClaims() {
		t.Error("origins that are made anew have claims")
	}
}

// TestRaise gives characters lives that are known without the operations.
func TestRaise(t *testing.T) {
	p := newPen(t)
	n, other := p.a.NewText(), p.a.NewText()
	p.insert(n, 0, "ab")     // 0, 1
	p.insert(other, 0, "xy") // 2, 3
	p.insert(n, 2, "cdé")    // 4 to 6
	next, log := p.a.Next(p.me), len(p.a.replicas[p.me].log)
	raise := func(life uint32, content string, want int) {
		t.Helper()
		if got := p.a.Raise(n, ID{p.me, 1}, 20, life, []byte(content), nil); len(got) != want {
			t.Errorf("life %d: %v, want %d changes", life, got, want)
		}
		p.check()
	}
	raise(2, "", 2) // others lie between
	p.want(n, "a")
	p.want(other, "xy")
	raise(2, "", 0)
	p.a.DropText()
	raise(3, "", 0) // nobody knows what they are
	p.want(n, "a")
	raise(3, "b--cdé-------------", 2)
	p.want(n, "abcdé")
	raise(3, "", 0)
	raise(1, "", 0)
	raise(MaxLife+1, "", 0)
	if p.a.Next(p.me) != next || len(p.a.replicas[p.me].log) != log {
		t.Error("it counts as an operation")
	}
	if got := p.a.LivesLeft(ID{p.me, 0}, 20, nil); len(got) != 4 || got[1].Life != 3 {
		t.Errorf("lives: %v", got)
	}
	if !p.a.Holds(n, ID{p.me, 4}, 3) || p.a.Holds(n, ID{p.me, 1}, 2) || !p.a.Elsewhere(n, ID{p.me, 1}, 2) || p.a.Elsewhere(n, ID{p.me, 4}, 90) {
		t.Error("which characters are in which text")
	}
}
