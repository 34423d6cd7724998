package clustertest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"edgeboard/relay/cluster"
)

// wantTold waits until all of a log from a position on was told, and holds that it was in
// order, and that each entry says which one was before it.
func wantTold(t *testing.T, e cluster.Engine, log string, after uint64, f *told) {
	t.Helper()
	want := read(t, e, log, after)
	if len(want) == 0 {
		t.Fatalf("%s has nothing after %d", log, after)
	}
	wait(t, fmt.Sprintf("all %d entries of %s are told", len(want), log), func() bool { return f.has(want[len(want)-1].Position) })
	got := f.list()
	if !slices.Equal(data(got), data(want)) {
		t.Fatalf("%s: %.300q were told, want %.300q", log, data(got), data(want))
	}
	previous := after
	for i, x := range got {
		if x.Position != want[i].Position || x.Key != want[i].Key || x.From != want[i].From {
			t.Fatalf("%s: %+v was told, want %+v", log, x, want[i])
		}
		if x.Previous != previous {
			t.Fatalf("%s: the entry at %d says that %d was before it, want %d", log, x.Position, x.Previous, previous)
		}
		previous = x.Position
	}
}

var followTests = []test{
	{"what is appended is told by all ways", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		for _, log := range []string{cluster.BoardLog("b"), cluster.Journal} {
			before := add(t, e, log, about("", "before"))
			a1, a2, o := follow(t, e, log), follow(t, e, log), follow(t, other, log)
			for i := range 100 {
				x := entry(fmt.Sprint(i))
				if log == cluster.Journal {
					x.Key = fmt.Sprint("key\n", i%7)
				}
				way := []cluster.Engine{e, other}[i%2]
				add(t, way, log, x)
				if i%10 == 0 {
					add(t, way, cluster.BoardLog("another"), entry("not told"))
				}
			}
			for _, f := range []*told{a1, a2, o} {
				wantTold(t, e, log, before, f)
			}
		}
	}},
	{"the first entry has none before it", func(t *testing.T, b *bed) {
		e := b.way()
		for _, log := range []string{cluster.BoardLog("b"), cluster.Journal} {
			f := follow(t, e, log)
			addAll(t, e, log, "one", "two")
			wantTold(t, e, log, 0, f)
		}
	}},
	{"it is told when it can be read", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		log := cluster.BoardLog("b")
		heard := make(chan cluster.Entry, 64)
		stop, err := other.Follow(log, func(x cluster.Entry) { heard <- x })
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		for i := range 20 {
			c := begin(t, e, log, entry(fmt.Sprint(i)))
			x := <-heard
			if got := read(t, other, log, x.Position-1); len(got) == 0 || got[0].Position != x.Position {
				t.Fatalf("the entry at %d was told and could not be read", x.Position)
			}
			if a := <-c; a.err != nil || a.position != x.Position {
				t.Fatalf("append: %d, %v; told as %d", a.position, a.err, x.Position)
			}
		}
	}},
	{"who has stopped is told no more", func(t *testing.T, b *bed) {
		e, log := b.way(), cluster.BoardLog("b")
		f, g := &told{}, follow(t, e, log)
		stop, err := e.Follow(log, f.hear)
		if err != nil {
			t.Fatal(err)
		}
		at := add(t, e, log, entry("one"))
		wait(t, "it is told", func() bool { return f.has(at) })
		stop()
		stop() // Once more does no harm.
		at = add(t, e, log, entry("two"))
		wait(t, "the other one is told", func() bool { return g.has(at) })
		// Again following begins with what comes then.
		again := follow(t, e, log)
		next := add(t, e, log, entry("three"))
		wait(t, "it is told again", func() bool { return again.has(next) && g.has(next) })
		if f.has(at) || f.has(next) || again.has(at) {
			t.Fatalf("told after stop: %q; to who came later: %q", data(f.list()), data(again.list()))
		}
	}},
	{"many logs are followed at once", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		var w sync.WaitGroup
		followers := make([]*told, 50)
		for i := range followers {
			log := cluster.BoardLog(fmt.Sprint("b", i))
			followers[i] = follow(t, other, log)
			w.Go(func() {
				for j := range 10 {
					if a := <-begin(t, e, log, entry(fmt.Sprint(j))); a.err != nil {
						t.Error(a.err)
					}
				}
			})
		}
		w.Wait()
		for i, f := range followers {
			wantTold(t, other, cluster.BoardLog(fmt.Sprint("b", i)), 0, f)
		}
	}},
	{"a gap of what was trimmed can be seen", func(t *testing.T, b *bed) {
		// Somebody who has heard up to `one` alone must see by `four` that something is
		// missing, though the log was trimmed to its end meanwhile.
		e, log := b.way(), cluster.BoardLog("b")
		positions := addAll(t, e, log, "one", "two", "three")
		put(t, e, log, 0, positions[2], "all")
		f := follow(t, e, log)
		four := add(t, e, log, entry("four"))
		wait(t, "it is told", func() bool { return f.has(four) })
		if got := f.list()[0].Previous; got != positions[2] {
			t.Fatalf("the entry says that %d was before it, want %d", got, positions[2])
		}
	}},
}
