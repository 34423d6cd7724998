package notify

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

func (d *desk) settles(p wire.Person, spans ...wire.Span) {
	d.t.Helper()
	if err := d.Settle(d.t.Context(), p, &wire.Settle{Read: spans}); err != nil {
		d.t.Errorf("Settle: %v", err)
	}
	synctest.Wait()
}

// last is what a person was told last.
func (d *desk) last(p wire.Person) wire.Inbox {
	d.t.Helper()
	if len(d.told[p]) == 0 {
		d.t.Fatalf("%s was told nothing", p[:3])
	}
	return d.told[p][len(d.told[p])-1]
}

// What was read is told to all connections, with how many are left; what was read before
// is told to nobody.
func TestW97Settle(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		for i := range 5 {
			d.says(d.on(fmt.Sprint(i), "x", bo))
		}
		d.settles(bo, wire.Span{From: 1, To: 2}, wire.Span{From: 4, To: 4}, wire.Span{From: 9, To: 3})
		if got := d.last(bo); got.Unread != 2 || got.Last != 5 || len(got.Entries) != 0 || !slices.Equal(got.Read, []wire.Span{{From: 1, To: 2}, {From: 4, To: 4}}) {
			t.Errorf("it is told as %+v", got)
		}
		n := len(d.told[bo])
		d.settles(bo, wire.Span{From: 1, To: 2})
		d.settles(bo)
		d.settles(nobody, wire.Span{From: 1, To: 2})
		d.settles(bo, wire.Span{From: math.MaxUint64, To: math.MaxUint64})
		if len(d.told[bo]) != n {
			t.Error("what was read before is told again")
		}
		d.settles(bo, wire.Span{From: 0, To: math.MaxUint64}) // no number that a client can send breaks a store
		if got := d.last(bo); got.Unread != 0 {
			t.Errorf("it is told as %+v", got)
		}
		d.store.Fail(errDisk)
		if err := d.Settle(t.Context(), bo, &wire.Settle{Read: []wire.Span{{From: 1, To: 1}}}); err == nil {
			t.Error("it is not told that nothing was stored")
		}
		d.store.Fail(nil)
	})
}

// Who reads a conversation has read its entries, up to there, and no others.
func TestW94Read(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		d.says(d.on("1", "x", bo))
		d.says(d.between("2", "x"))
		d.says(d.on("3", "x", bo))
		d.says(d.on("4", "x", bo))
		d.Read(t.Context(), bo, "b:plans", 3)
		synctest.Wait()
		if got := d.last(bo); got.Unread != 2 || !slices.Equal(got.Read, []wire.Span{{From: 1, To: 1}, {From: 3, To: 3}}) {
			t.Errorf("it is told as %+v", got)
		}
		d.Read(t.Context(), nobody, "b:plans", 3)
		d.Read(t.Context(), bo, "", 3)
		d.Read(t.Context(), bo, "b:plans", math.MaxUint64)
		synctest.Wait()
		if got := d.last(bo); got.Unread != 1 {
			t.Errorf("it is told as %+v", got)
		}
		d.store.Fail(errDisk)
		d.Read(t.Context(), bo, "p:ada+bo", 9)
		d.store.Fail(nil)
		if d.log.Count("were read") != 1 {
			t.Error("that it failed is not logged")
		}
	})
}

// How an inbox stands, and pages of it.
func TestW96Browse(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		for i := range 250 {
			d.says(d.on(fmt.Sprint(i), fmt.Sprint("m", i+1), bo))
		}
		d.settles(bo, wire.Span{From: 2, To: 249})
		page := func(q wire.Browse) wire.Inbox {
			t.Helper()
			frame, err := d.Browse(t.Context(), bo, &q)
			if err != nil {
				t.Fatal(err)
			}
			return inboxIn(t, frame)
		}
		for _, c := range []struct {
			q           wire.Browse
			n           int
			first, last uint64
			more        bool
		}{
			{wire.Browse{Ask: 1}, 100, 250, 151, true}, // no more than a frame takes
			{wire.Browse{Ask: 2, Limit: 1 << 31}, 100, 250, 151, true},
			{wire.Browse{Ask: 3, Before: 51, Limit: 60}, 50, 50, 1, false},
			{wire.Browse{Ask: 4, Before: 51, Limit: 50}, 50, 50, 1, false},
			{wire.Browse{Ask: 5, Unread: true}, 2, 250, 1, false},
			{wire.Browse{Ask: 6, Before: math.MaxUint64, Limit: 3}, 3, 250, 248, true},
			{wire.Browse{Ask: 7, Before: 1}, 0, 0, 0, false},
		} {
			got := page(c.q)
			if len(got.Entries) != c.n || got.More != c.more || got.Answers != c.q.Ask || got.Unread != 2 || got.Last != 250 || got.Anew {
				t.Errorf("%+v: %d entries, more %v, answers %d, %d unread", c.q, len(got.Entries), got.More, got.Answers, got.Unread)
			} else if c.n > 0 && (got.Entries[0].Seq != c.first || got.Entries[c.n-1].Seq != c.last) {
				t.Errorf("%+v: from %d to %d", c.q, got.Entries[0].Seq, got.Entries[c.n-1].Seq)
			}
		}
		frame, err := d.Standing(t.Context(), bo)
		if err != nil {
			t.Fatal(err)
		}
		if got := inboxIn(t, frame); !got.Anew || got.Unread != 2 || got.Last != 250 || got.Answers != 0 {
			t.Errorf("it stands as %+v", got)
		}
		// Who has no name has no inbox, and is answered all the same.
		if frame, err := d.Standing(t.Context(), nobody); err != nil || inboxIn(t, frame).Unread != 0 {
			t.Errorf("nobody's inbox: %v", err)
		}
		if in := d.inbox(nobody); len(in.Entries) > 0 {
			t.Errorf("nobody's inbox is %+v", in)
		}

		// One whose bytes are garbled is left out.
		d.store.put(t, notice.Put{Entry: notice.Entry{Person: bo, Source: [16]byte{1}, Data: []byte{0xff}}})
		if got := page(wire.Browse{Ask: 8, Limit: 2}); len(got.Entries) != 1 || got.Last != 251 || d.log.Count("damaged") != 1 {
			t.Errorf("%d entries", len(got.Entries))
		}
		d.store.Fail(errDisk)
		if _, err := d.Browse(t.Context(), bo, &wire.Browse{Ask: 1}); err == nil {
			t.Error("a store that fails answers")
		}
		if _, err := d.Standing(t.Context(), bo); err == nil {
			t.Error("a store that fails answers")
		}
		d.store.Fail(nil)
	})
}

// A page that was read before something came, and would be told after it, is read again:
// the number of the unread in it would be the last that is told.
func TestW95PageIsReadAgain(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		d.says(d.on("1", "x", bo))
		d.store.paged = func() { d.says(d.on("2", "y", bo)) }
		if in := d.inbox(bo); in.Unread != 2 || len(in.Entries) != 2 {
			t.Errorf("the page is %+v", in)
		}
	})
}

// Stores tell what they have stored from any goroutine, in any order. What is told last
// is how the inbox stands.
func TestW95LastToldCounts(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		d.says(d.on("1", "x", bo))
		d.says(d.on("2", "x", bo))
		d.settles(bo, wire.Span{From: 1, To: 1})
		// The news of the second message comes once more, late, as it stood then.
		d.Changed([]notice.Change{{Person: bo, Entries: nil, Standing: notice.Standing{Unread: 2, Last: 2}}})
		synctest.Wait()
		if got := d.last(bo); got.Unread != 1 {
			t.Errorf("the last one says %d unread, and there is 1", got.Unread)
		}
		// Where that cannot be read it is told as it was stored.
		d.store.Fail(errDisk)
		d.Changed([]notice.Change{{Person: bo, Standing: notice.Standing{Unread: 9, Last: 9}}})
		synctest.Wait()
		d.store.Fail(nil)
		if got := d.last(bo); got.Unread != 9 || got.Last != 9 {
			t.Errorf("it is told as %+v", got)
		}
		// Nobody is nobody's audience.
		d.Changed([]notice.Change{{}})
		synctest.Wait()
		if len(d.told[nobody]) > 0 {
			t.Error("nobody is told")
		}
	})
}

// What is more than a frame takes is not told, but that it is to be asked for.
func TestTooMuchIsAskedForAnew(t *testing.T) {
	entry := func(seq uint64) notice.Entry {
		return notice.Entry{Person: bo, Seq: seq, Data: encode(wire.Entry{What: 1, Text: "x"})}
	}
	var many, spread, all []uint64
	var entries []notice.Entry
	for i := range uint64(wire.MaxEntries + 1) {
		entries = append(entries, entry(i+1))
		spread = append(spread, 2*i+1)
	}
	for i := range uint64(100_000) {
		all = append(all, i+1)
	}
	many = append(many, all[:500]...)
	for name, c := range map[string]struct {
		changes []notice.Change
		anew    bool
		entries int
	}{
		"as many entries as it takes": {[]notice.Change{{Entries: entries[:100]}}, false, 100},
		"too many":                    {[]notice.Change{{Entries: entries}}, true, 0},
		"too many in two":             {[]notice.Change{{Entries: entries[:60]}, {Entries: entries[60:]}}, true, 0},
		"the same twice":              {[]notice.Change{{Entries: entries[:60]}, {Entries: entries[:60]}}, false, 60},
		"then all are gone":           {[]notice.Change{{Entries: entries[:60]}, {Gone: many}, {Entries: entries[:60]}}, false, 0},
		"all are read":                {[]notice.Change{{Entries: entries[:60]}, {Read: all}}, false, 60},
		"too many runs of read ones":  {[]notice.Change{{Read: spread}}, true, 0},
		"too many runs of gone ones":  {[]notice.Change{{Gone: spread}}, true, 0},
		"and then something more":     {[]notice.Change{{Gone: spread}, {Entries: entries[:1]}}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			u := &untold{}
			for i := range c.changes {
				c.changes[i].Standing.Last = uint64(i + 1)
				u.join(&c.changes[i])
			}
			if u.anew != c.anew || len(u.entries) != c.entries || u.Last != uint64(len(c.changes)) {
				t.Errorf("anew %v, %d entries, last %d", u.anew, len(u.entries), u.Last)
			}
			for _, e := range u.entries {
				if e.Read != within(u.read, e.Seq) {
					t.Errorf("entry %d is read: %v", e.Seq, e.Read)
				}
			}
		})
	}
	// So many persons have something that of the others it is told that there is something.
	n := newNews()
	for i := range maxUntold + 1 {
		n.add(&notice.Change{Person: named(fmt.Sprint(i)), Entries: entries[:1]})
	}
	for i := range maxUntold + 1 {
		if p, u := n.take(); p != named(fmt.Sprint(i)) || u.anew != (i == maxUntold) {
			t.Fatalf("the person at %d is %s, anew %v", i, p[:5], u.anew)
		}
	}
	if _, u := n.take(); u != nil {
		t.Error("there is more")
	}
}

// Runs of places are what a set of them is, whatever the order they came in.
func TestJoined(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var list []wire.Span
		has := map[uint64]bool{}
		for range rnd.IntN(20) {
			var places []uint64
			for range rnd.IntN(10) {
				at := 1 + rnd.Uint64N(60)
				places = append(places, at)
				has[at] = true
			}
			list = joined(list, places)
		}
		for at := range uint64(62) {
			if within(list, at) != has[at] {
				t.Fatalf("seed %d: %d is in %v: %v", seed, at, list, within(list, at))
			}
		}
		for i := 1; i < len(list); i++ {
			if list[i].From <= list[i-1].To+1 {
				t.Fatalf("seed %d: %v are not the fewest runs", seed, list)
			}
		}
	}
}

// What was read and is old enough is removed, step by step, at once and each hour.
func TestForget(t *testing.T) {
	atDesk(t, Config{Keep: 24 * time.Hour}, func(t *testing.T, d *desk) {
		d.says(d.on("1", "x", bo))
		d.says(d.on("2", "y", bo))
		d.says(d.on("3", "z", bo))
		d.settles(bo, wire.Span{From: 1, To: 2})
		time.Sleep(24*time.Hour - time.Minute)
		d.wants("before", bo, "1 z", "1 y", "1 x")
		time.Sleep(forgetEvery + 2*time.Minute)
		d.wants("what was not read stays", bo, "1 z")
		d.store.Fail(errDisk)
		time.Sleep(forgetEvery)
		d.store.Fail(nil)
		if d.log.Count("not removed") == 0 {
			t.Error("that it fails is not logged")
		}
	})
}

// After Close nothing is taken, and what was stored before was told.
func TestClose(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		var b notice.Batch
		d.Of(&b, d.on("1", "x", bo))
		d.store.Put(b, func(list []notice.Change, _ error) { d.Changed(list) })
		d.close()
		if got := d.last(bo); got.Unread != 1 {
			t.Errorf("it is told as %+v", got)
		}
		d.close()
		if _, err := d.Tell(t.Context(), Event{Persons: []wire.Person{bo}, What: 6}); err != ErrClosed {
			t.Errorf("an event is taken: %v", err)
		}
		// What is said is stored nevertheless: the conversations are closed after this.
		d.says(d.on("2", "y", bo))
		d.wants("the inbox", bo, "1 y", "1 x")
	})
}
