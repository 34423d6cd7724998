package clustertest

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"edgeboard/relay/cluster"
)

var faultTests = []test{
	{"the incarnation is one for all", func(t *testing.T, b *bed) {
		// Several come first at once.
		ways := []cluster.Engine{b.way(), b.way(), b.way(), b.way()}
		names := make(chan string, len(ways))
		for _, e := range ways {
			go func() {
				name, err := e.Ping(t.Context())
				if err != nil {
					t.Error(err)
				}
				names <- name
			}()
		}
		first := <-names
		for range ways[1:] {
			if name := <-names; name != first {
				t.Fatalf("the incarnation is %q and %q", first, name)
			}
		}
		add(t, ways[0], cluster.Journal, about("k", "x"))
		if name := reached(t, b.way()); name != first || name == "" {
			t.Fatalf("it was %q and is %q", first, name)
		}
	}},
	{"appends under way are done when it is closed", func(t *testing.T, b *bed) {
		e, other, log := b.Open(t), b.way(), cluster.BoardLog("b")
		add(t, e, log, entry("first"))
		var answers []<-chan answer
		for i := range 200 {
			answers = append(answers, begin(t, e, log, entry(fmt.Sprint(i))))
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, begin(t, e, log, entry("late")))
		stored := map[string]bool{}
		for _, x := range read(t, other, log, 0) {
			stored[string(x.Data)] = true
		}
		for i, c := range answers {
			if a := <-c; a.err == nil && (i == 200 || !stored[fmt.Sprint(i)]) {
				t.Fatalf("append %d was acknowledged and is not there", i)
			}
		}
		if _, err := e.Ping(t.Context()); err == nil {
			t.Error("one that is closed says that it would store")
		}
		if err := e.Close(); err != nil {
			t.Errorf("closed twice: %v", err)
		}
	}},
	{"a way that was cut off reads what it did not hear", func(t *testing.T, b *bed) {
		if b.Cut == nil {
			t.Skip("this kind cannot be cut off")
		}
		e, other, log := b.way(), b.way(), cluster.BoardLog("b")
		reached(t, e, other)
		var lost atomic.Int32
		e.OnLost(func() { lost.Add(1) })
		f := follow(t, e, log)
		h := subscribe(t, e, "s")
		before := add(t, other, log, entry("before"))
		wait(t, "it is told", func() bool { return f.has(before) })

		heal := b.Cut(t, e)
		if _, err := e.Ping(t.Context()); err == nil {
			t.Fatal("one that is cut off says that it would store")
		}
		if _, err := tryAppend(t, e, log, entry("cut off")); err == nil {
			t.Fatal("one that is cut off stored something")
		}
		if _, err := e.Snapshot(t.Context(), log); err == nil {
			t.Fatal("one that is cut off knows whether there is a snapshot")
		}
		// To follow something new is possible, and holds from when it is healed.
		newLog := follow(t, e, cluster.BoardLog("new"))
		meanwhile := addAll(t, other, log, "meanwhile", "meanwhile, too")
		if n := lost.Load(); n != 0 {
			t.Fatalf("OnLost's function was called %d times before it was reached again", n)
		}
		heal()
		reached(t, e)
		wait(t, "it is said that something may be lost", func() bool { return lost.Load() > 0 })
		wantData(t, e, log, before, "meanwhile", "meanwhile, too")
		// From now on all is told again, and the gap can be seen.
		after := add(t, e, log, entry("after"))
		wait(t, "it is told again", func() bool { return f.has(after) })
		for _, x := range f.list() {
			if x.Position == after && x.Previous != meanwhile[1] {
				t.Fatalf("the entry says that %d was before it, want %d", x.Previous, meanwhile[1])
			}
		}
		at := add(t, other, cluster.BoardLog("new"), entry("new"))
		wait(t, "what was followed while cut off is told", func() bool { return newLog.has(at) })
		publish(t, other, "s", "again")
		wait(t, "messages come again", func() bool { return len(h.all()) > 0 })
	}},
	{"all is there after a restart", func(t *testing.T, b *bed) {
		if b.Restart == nil {
			t.Skip("this kind cannot be restarted")
		}
		e, other, log := b.way(), b.way(), cluster.BoardLog("b")
		name := reached(t, e, other)
		var lost atomic.Int32
		other.OnLost(func() { lost.Add(1) })
		f := follow(t, other, log)
		p := addAll(t, e, log, "one", "two")
		put(t, e, log, 0, p[0], "snapshot")
		add(t, e, cluster.Journal, about("k", "x"))
		if err := e.PutBlob(t.Context(), "blob", strings.NewReader("blob")); err != nil {
			t.Fatal(err)
		}
		b.Restart(t)
		if again := reached(t, e, other); again != name {
			t.Fatalf("the incarnation was %q, and is %q", name, again)
		}
		wait(t, "it is said that something may be lost", func() bool { return lost.Load() > 0 })
		for _, e := range []cluster.Engine{e, other} {
			wantData(t, e, log, p[0], "two")
			wantSnapshot(t, e, log, p[0], "snapshot")
			wantData(t, e, cluster.Journal, 0, "x")
			if got := blob(t, e, "blob"); string(got) != "blob" {
				t.Fatalf("the blob has %q", got)
			}
		}
		add(t, e, cluster.Journal, expecting("k", "y", 1))
		at := add(t, e, log, entry("three"))
		wait(t, "it is told again", func() bool { return f.has(at) })
	}},
	{"nothing acknowledged is lost in a restart", func(t *testing.T, b *bed) {
		if b.Restart == nil {
			t.Skip("this kind cannot be restarted")
		}
		e, log := b.way(), cluster.BoardLog("b")
		reached(t, e)
		KeepAppending(t, e, log, func() { b.Restart(t) })
	}},
	{"one that has lost its disk is another one", func(t *testing.T, b *bed) {
		if b.Lose == nil {
			t.Skip("this kind cannot lose its data")
		}
		e, other, log := b.way(), b.way(), cluster.BoardLog("b")
		name := reached(t, e, other)
		var lost atomic.Int32
		other.OnLost(func() { lost.Add(1) })
		f := follow(t, other, log)
		p := addAll(t, e, log, "one", "two", "three")
		put(t, e, log, 0, p[0], "snapshot")
		add(t, e, cluster.Journal, about("k", "x"))
		if !hold(t, e, "lease", "a") {
			t.Fatal("a does not get it")
		}
		b.Lose(t)
		if again := reached(t, e, other); again == name || again == "" {
			t.Fatalf("the incarnation was %q, and is %q", name, again)
		}
		wait(t, "it is said that something may be lost", func() bool { return lost.Load() > 0 })
		for _, e := range []cluster.Engine{e, other} {
			wantData(t, e, log, 0)
			wantSnapshot(t, e, log, 0, "")
			wantLast(t, e, cluster.Journal, "k", 0)
			_, err := e.Blob(t.Context(), "blob")
			wantError(t, "Blob", err, cluster.ErrNoBlob)
		}
		if at := add(t, e, cluster.Journal, expecting("k", "y", 0)); at != 1 {
			t.Fatalf("the Journal begins at %d", at)
		}
		at := add(t, e, log, entry("new"))
		wantData(t, other, log, 0, "new")
		wait(t, "it is told again", func() bool { return f.has(at) })
		if !hold(t, other, "lease", "b") {
			t.Fatal("b does not get a lease that nobody has any more")
		}
	}},
}

// KeepAppending appends to a log while something breaks and after it, until a few are
// taken again, and holds that what was acknowledged is there, in order, once.
func KeepAppending(t *testing.T, e cluster.Engine, log string, breaks func()) {
	t.Helper()
	broken := make(chan struct{})
	go func() {
		defer close(broken)
		breaks()
	}()
	type said struct {
		data string
		c    <-chan answer
	}
	var waiting []said
	acknowledged := map[string]uint64{}
	failed, since := 0, 0 // since: taken after it broke
	for i := 0; since < 20; i++ {
		over := false
		select {
		case <-broken:
			over = true
		default:
		}
		x := fmt.Sprint(i)
		waiting = append(waiting, said{x, begin(t, e, log, entry(x))})
		if len(waiting) < 16 {
			continue
		}
		for _, w := range waiting {
			a := <-w.c
			switch {
			case a.err == nil:
				if acknowledged[w.data] = a.position; over {
					since++
				}
			case errors.Is(a.err, cluster.ErrConflict):
				t.Fatalf("append without Expect: %v", a.err)
			default:
				if failed++; failed%100 == 1 {
					t.Logf("append %s: %v", w.data, a.err)
				}
			}
		}
		if waiting = waiting[:0]; failed > 0 && since == 0 {
			reached(t, e)
		}
	}
	for _, w := range waiting {
		if a := <-w.c; a.err == nil {
			acknowledged[w.data] = a.position
		}
	}
	t.Logf("%d were acknowledged, %d failed", len(acknowledged), failed)
	seen := map[string]bool{}
	for _, x := range read(t, e, log, 0) {
		if seen[string(x.Data)] {
			t.Errorf("%s is there twice", x.Data)
		}
		seen[string(x.Data)] = true
		if at, ok := acknowledged[string(x.Data)]; ok && at != x.Position {
			t.Errorf("%s was acknowledged at %d and stands at %d", x.Data, at, x.Position)
		}
	}
	for x, at := range acknowledged {
		if !seen[x] {
			t.Errorf("%s was acknowledged at %d and is lost", x, at)
		}
	}
}
