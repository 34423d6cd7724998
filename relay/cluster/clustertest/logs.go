package clustertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"edgeboard/relay/cluster"
)

var logTests = []test{
	{"one that was never appended to is empty", func(t *testing.T, b *bed) {
		e := b.way()
		for _, log := range []string{cluster.BoardLog("b"), cluster.Journal} {
			wantData(t, e, log, 0)
			wantLast(t, e, log, "", 0)
		}
		wantLast(t, e, cluster.Journal, "r/x/y", 0)
	}},
	{"entries come back in order, whole, by any way", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		log := cluster.BoardLog("b")
		positions := addAll(t, e, log, "one", "two", "", "three")
		if !slices.IsSorted(positions) || len(slices.Compact(slices.Clone(positions))) != 4 {
			t.Fatalf("positions do not ascend: %v", positions)
		}
		for _, e := range []cluster.Engine{e, other} {
			for i, x := range read(t, e, log, 0) {
				if x.Position != positions[i] || x.From != "relay1" || x.Key != "" || x.Expect != nil {
					t.Errorf("entry %d is %+v, want position %d", i, x, positions[i])
				}
			}
			wantData(t, e, log, 0, "one", "two", "", "three")
			wantData(t, e, log, positions[0], "two", "", "three")
			wantData(t, e, log, positions[2], "three")
			wantData(t, e, log, positions[3])
			wantLast(t, e, log, "", positions[3])
		}
	}},
	{"what was appended without waiting stands in order", func(t *testing.T, b *bed) {
		e, log := b.way(), cluster.BoardLog("b")
		var answers []<-chan answer
		var want []string
		for i := range 500 {
			want = append(want, fmt.Sprint(i))
			answers = append(answers, begin(t, e, log, entry(want[i])))
		}
		var last uint64
		for i, c := range answers {
			a := <-c
			if a.err != nil || a.position <= last {
				t.Fatalf("append %d: %d after %d, %v", i, a.position, last, a.err)
			}
			last = a.position
		}
		wantData(t, e, log, 0, want...)
	}},
	{"logs are apart", func(t *testing.T, b *bed) {
		e := b.way()
		logs := []string{"b.a", "b.b", "b.A", "b.a-b_c", "b." + strings.Repeat("x", 64), cluster.Journal}
		for _, log := range logs {
			add(t, e, log, about("", "first of "+log))
		}
		for _, log := range slices.Backward(logs) {
			add(t, e, log, about("", "second of "+log))
		}
		for _, log := range logs {
			wantData(t, e, log, 0, "first of "+log, "second of "+log)
		}
	}},
	{"the Journal has no gaps", func(t *testing.T, b *bed) {
		e := b.way()
		for i := range uint64(20) {
			if i%5 == 0 {
				add(t, e, cluster.BoardLog("b"), entry("between"))
				if _, err := tryAppend(t, e, cluster.Journal, expecting("k", "no", 1000)); !errors.Is(err, cluster.ErrConflict) {
					t.Fatalf("append that expects what is not: %v", err)
				}
			}
			if got := add(t, e, cluster.Journal, about(fmt.Sprint("k", i%3), "x")); got != i+1 {
				t.Fatalf("entry %d of the Journal stands at %d", i+1, got)
			}
		}
	}},
	{"keys have any bytes", func(t *testing.T, b *bed) {
		e := b.way()
		var every []byte
		for i := range 256 {
			every = append(every, byte(i))
		}
		keys := []string{"a", "r/kind/key with spaces", "a.b", "a.*", ">", "\r\nX: y\r\n", "\x00", "你好", " a", "a ", string(every), strings.Repeat("\xff", cluster.MaxKey)}
		at := map[string]uint64{}
		for _, key := range keys {
			at[key] = add(t, e, cluster.Journal, expecting(key, "about "+key, 0))
		}
		at["a"] = add(t, e, cluster.Journal, expecting("a", "again", at["a"]))
		for _, key := range keys {
			wantLast(t, e, cluster.Journal, key, at[key])
		}
		for i, x := range read(t, e, cluster.Journal, 0)[:len(keys)] {
			if x.Key != keys[i] || string(x.Data) != "about "+keys[i] {
				t.Errorf("entry %d is about %q: %q; want %q", i, x.Key, x.Data, keys[i])
			}
		}
		wantLast(t, e, cluster.Journal, "", at["a"])
		wantLast(t, e, cluster.Journal, "b", 0)
	}},
	{"an entry that expects another one is refused", func(t *testing.T, b *bed) {
		e := b.way()
		first := add(t, e, cluster.Journal, expecting("k", "first", 0))
		other := add(t, e, cluster.Journal, expecting("other", "other", 0))
		for _, expect := range []uint64{0, other, first + 100} {
			_, err := tryAppend(t, e, cluster.Journal, expecting("k", "wrong", expect))
			wantError(t, fmt.Sprintf("append that expects %d", expect), err, cluster.ErrConflict)
		}
		second := add(t, e, cluster.Journal, expecting("k", "second", first))
		_, err := tryAppend(t, e, cluster.Journal, expecting("k", "late", first))
		wantError(t, "append that expects the one before the last", err, cluster.ErrConflict)
		wantLast(t, e, cluster.Journal, "k", second)
		wantData(t, e, cluster.Journal, 0, "first", "other", "second")
	}},
	{"of several that expect the same one is taken", func(t *testing.T, b *bed) {
		ways := []cluster.Engine{b.way(), b.way(), b.way()}
		var last uint64
		for round := range 20 {
			var answers []<-chan answer
			for range 2 {
				for _, e := range ways {
					answers = append(answers, begin(t, e, cluster.Journal, expecting("k", "x", last)))
				}
			}
			taken, before := 0, last
			for _, c := range answers {
				switch a := <-c; {
				case a.err == nil:
					taken, last = taken+1, a.position
				case !errors.Is(a.err, cluster.ErrConflict):
					t.Fatalf("round %d: %v", round, a.err)
				}
			}
			if taken != 1 || last <= before {
				t.Fatalf("round %d: %d were taken, the last at %d after %d", round, taken, last, before)
			}
		}
		if n := len(read(t, ways[0], cluster.Journal, 0)); n != 20 {
			t.Fatalf("the Journal has %d entries, want 20", n)
		}
	}},
	{"an entry may be as large as it may be, and no larger", func(t *testing.T, b *bed) {
		e := b.way()
		large := bytes.Repeat([]byte("0123456789abcdef"), cluster.MaxEntry/16)
		for _, log := range []string{cluster.BoardLog("b"), cluster.Journal} {
			f := follow(t, e, log)
			x := cluster.Entry{From: strings.Repeat("r", 64), Data: large}
			if log == cluster.Journal {
				x.Key = strings.Repeat("k", cluster.MaxKey)
			}
			at := add(t, e, log, x)
			if got := read(t, e, log, 0); len(got) != 1 || !bytes.Equal(got[0].Data, large) || got[0].From != x.From || got[0].Key != x.Key {
				t.Fatalf("a large entry of %s came back otherwise", log)
			}
			wait(t, "the large entry is told", func() bool { return f.has(at) })
			x.Data = append(bytes.Clone(large), 'x')
			if _, err := tryAppend(t, e, log, x); err == nil {
				t.Fatalf("%s took an entry over the limit", log)
			}
			if n := len(read(t, e, log, at)); n != 0 {
				t.Fatalf("%d entries after the large one", n)
			}
		}
		x := about(strings.Repeat("k", cluster.MaxKey+1), "x")
		if _, err := tryAppend(t, e, cluster.Journal, x); err == nil {
			t.Fatal("a key over the limit was taken")
		}
	}},
	{"who reads may end it", func(t *testing.T, b *bed) {
		e, log := b.way(), cluster.BoardLog("b")
		addAll(t, e, log, "one", "two", "three")
		enough := errors.New("enough")
		calls := 0
		err := e.Read(t.Context(), log, 0, func(cluster.Entry) error {
			if calls++; calls == 2 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || calls != 2 {
			t.Fatalf("Read returned %v after %d calls", err, calls)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := e.Read(ctx, log, 0, func(cluster.Entry) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Fatalf("Read of who has gone returned %v", err)
		}
	}},
	{"a long log is read whole, and among many", func(t *testing.T, b *bed) {
		e := b.way()
		const long = 3000
		var want []string
		var answers []<-chan answer
		for i := range long {
			want = append(want, fmt.Sprint("entry ", i))
			answers = append(answers, begin(t, e, "b.long", entry(want[i])))
			if i%10 == 0 {
				answers = append(answers, begin(t, e, fmt.Sprint("b.other", i), entry("other")))
			}
			if len(answers) >= 256 {
				for _, c := range answers {
					if a := <-c; a.err != nil {
						t.Fatal(a.err)
					}
				}
				answers = nil
			}
		}
		for _, c := range answers {
			if a := <-c; a.err != nil {
				t.Fatal(a.err)
			}
		}
		entries := read(t, e, "b.long", 0)
		if !slices.Equal(data(entries), want) {
			t.Fatalf("%d entries came back, want %d", len(entries), long)
		}
		wantData(t, e, "b.long", entries[long-3].Position, want[long-2:]...)
		wantData(t, e, "b.long", entries[long-1].Position)
		wantData(t, e, "b.other500", 0, "other")
	}},
	{"many append and read at once", func(t *testing.T, b *bed) {
		var w sync.WaitGroup
		const each = 60
		ways := []cluster.Engine{b.way(), b.way()}
		for i, e := range ways {
			for j := range 4 {
				w.Go(func() {
					name := fmt.Sprint("w", i, "-", j)
					for k := range each {
						if a := <-begin(t, e, "b.all", entry(fmt.Sprint(name, " ", k))); a.err != nil {
							t.Error(a.err)
						}
						if a := <-begin(t, e, cluster.Journal, about(name, fmt.Sprint(k))); a.err != nil {
							t.Error(a.err)
						}
						if k%20 == 0 {
							if _, err := tryRead(t, e, "b.all", 0); err != nil {
								t.Error(err)
							}
						}
					}
				})
			}
		}
		w.Wait()
		for i := range ways {
			entries := read(t, ways[i], "b.all", 0)
			if len(entries) != 8*each {
				t.Fatalf("%d entries, want %d", len(entries), 8*each)
			}
			next := map[string]int{}
			for _, x := range entries {
				var name string
				var k int
				if _, err := fmt.Sscanf(string(x.Data), "%s %d", &name, &k); err != nil {
					t.Fatal(err)
				}
				if next[name] != k {
					t.Fatalf("%s %d stands where %d should", name, k, next[name])
				}
				next[name]++
			}
		}
	}},
	{"what was read is the reader's", func(t *testing.T, b *bed) {
		e, log := b.way(), cluster.BoardLog("b")
		f := follow(t, e, log)
		at := add(t, e, log, entry("one"))
		wait(t, "it is told", func() bool { return f.has(at) })
		copy(f.list()[0].Data, "XXX")
		copy(read(t, e, log, 0)[0].Data, "YYY")
		wantData(t, e, log, 0, "one")
	}},
}
