package sqlite_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
	"edgeboard/relay/store/sqlite"
)

// textOf is what a message of these tests is found by: all of it.
func textOf(data []byte) string { return string(data) }

// journaled is a store that follows a journal.
type journaled struct {
	*sqlite.Store
	*sqlite.Steps
	t  *testing.T
	at uint64
}

func openJournaled(t *testing.T, dir string) *journaled {
	s, err := sqlite.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	j := &journaled{Store: s, Steps: s.Steps(textOf), t: t}
	if _, j.at, err = j.Applied(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j
}

// does applies a Step at the next position.
func (j *journaled) does(step message.Step) message.Done {
	j.t.Helper()
	step.After, step.At, step.Journal = j.at, j.at+1, "j"
	done, err := j.apply(step)
	if err != nil {
		j.t.Fatal(err)
	}
	j.at++
	return done
}

func (j *journaled) apply(step message.Step) (done message.Done, err error) {
	wait := make(chan struct{})
	j.Apply(step, func(d message.Done, e error) {
		done, err = d, e
		close(wait)
	})
	<-wait
	return done, err
}

func (j *journaled) spools(step message.Step) message.Done {
	j.t.Helper()
	var done message.Done
	wait := make(chan error, 1)
	j.Spool(step, func(d message.Done, e error) {
		done = d
		wait <- e
	})
	if err := <-wait; err != nil {
		j.t.Fatal(err)
	}
	return done
}

// dump is all that is read from a store.
func (j *journaled) dump() string {
	j.t.Helper()
	var b strings.Builder
	err := j.Kept(j.t.Context(), func(step message.Step) error {
		text, err := json.Marshal(step)
		fmt.Fprintf(&b, "%s\n", text)
		return err
	})
	if err != nil {
		j.t.Fatal(err)
	}
	for _, key := range keys {
		for _, find := range []string{"word", "1", "no such"} {
			page, more, damaged, err := j.Messages().Page(j.t.Context(), key, message.Query{Stamp: 1 << 60, Find: find, Limit: 50, Bytes: 1 << 20})
			fmt.Fprintf(&b, "%s %s %v %v %v %v\n", key, find, page, more, damaged, err)
		}
		for p := range byte(4) {
			list, err := j.Messages().Standings(j.t.Context(), [16]byte{p + 1}, key, 10, 100)
			fmt.Fprintf(&b, "%s %d %v %v\n", key, p, list, err)
		}
	}
	due, next, err := j.Notices().Due(j.t.Context(), 1<<40, 1000)
	fmt.Fprintf(&b, "%v %v %v\n", due, next, err)
	return b.String()
}

var keys = []string{"b:one", "b:two", "p:pair"}

// randomStep is one that makes sense to a store, most of the time. clocks are those of
// the conversations.
func randomStep(rnd *rand.Rand, n int, clocks map[string]uint64, ids map[string][]message.Message) (step message.Step) {
	person := func() [16]byte { return [16]byte{1 + byte(rnd.IntN(4))} }
	key := keys[rnd.IntN(len(keys))]
	switch rnd.IntN(12) {
	case 0:
		step.Mark = &message.Mark{Key: key, Person: person(), Stamp: uint64(rnd.IntN(int(clocks[key]) + 2))}
	case 1:
		step.Settle = &message.Settle{Person: person(), What: notice.Settled{Talk: key, Stamp: uint64(rnd.IntN(int(clocks[key]) + 2)), Spans: [][2]uint64{{uint64(rnd.IntN(5)), uint64(rnd.IntN(9))}}}}
	case 2:
		step.Name = &message.Name{Person: person(), Name: fmt.Sprint("name", n)}
	case 3:
		step.Notices = &notice.Batch{Put: []notice.Put{{Targets: []string{"hook/0"}, Entry: notice.Entry{Person: person(), Source: [16]byte{1, byte(n)}, Time: int64(n), Data: []byte("told")}}}}
	case 4:
		step.Delivered = []notice.Outcome{{Target: "hook/0", Person: person(), Seq: uint64(1 + rnd.IntN(9)), Done: rnd.IntN(2) == 0, Due: int64(n)}}
	case 5:
		if rnd.IntN(8) == 0 {
			step.Forget, step.ForgetEntries = 3, 0
		} else {
			step.ForgetEntries = int64(1 + n/4)
		}
	default:
		c := &message.Change{Key: key, Base: clocks[key]}
		for range 1 + rnd.IntN(3) {
			clocks[key]++
			m := message.Message{ID: [16]byte{2, byte(n), byte(n >> 8), byte(len(c.Messages))}, Author: person(), Stamp: clocks[key], Retext: true}
			if old := ids[key]; len(old) > 0 && rnd.IntN(3) == 0 {
				m = old[rnd.IntN(len(old))]
				m.Gone, m.Retext = rnd.IntN(4) == 0, rnd.IntN(2) == 0
				c.Changes = append(c.Changes, [16]byte{3, byte(n), byte(n >> 8), byte(len(c.Messages))})
			}
			if m.Changed = clocks[key]; m.Retext {
				m.Data = fmt.Appendf(nil, "word%d", rnd.IntN(30))
			}
			at := slices.IndexFunc(ids[key], func(have message.Message) bool { return have.ID == m.ID })
			if at < 0 {
				ids[key] = append(ids[key], m)
			} else {
				ids[key][at] = m
			}
			if c.Messages = append(c.Messages, m); rnd.IntN(2) == 0 {
				c.Notices.Put = append(c.Notices.Put, notice.Put{Targets: []string{"hook/0"}, Edit: rnd.IntN(3) == 0, Entry: notice.Entry{Person: person(), Source: m.ID, Talk: key, Stamp: m.Stamp, Time: int64(n), Data: m.Data}})
			} else if rnd.IntN(4) == 0 {
				c.Notices.Gone = append(c.Notices.Gone, m.ID)
			}
		}
		if c.Clock = clocks[key]; key == "p:pair" {
			c.Persons, c.Names = [][16]byte{{1}, {2}}, []string{fmt.Sprint("n", n%7), ""}
		}
		step.Said = c
	}
	return step
}

// Two stores that apply the same Steps have the same, also where one was cut off again and
// again, and stopped, and was told the same Steps twice.
func TestStepsSame(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		dir := t.TempDir()
		a, b := openJournaled(t, t.TempDir()), openJournaled(t, dir)
		clocks, ids := map[string]uint64{}, map[string][]message.Message{}
		var last message.Step
		for n := range 150 {
			step := randomStep(rnd, n, clocks, ids)
			a.does(step)
			switch rnd.IntN(6) {
			case 0: // b is cut off, and takes something else meanwhile, which is to be taken back
				edge := map[string]uint64{}
				for _, key := range keys {
					_, _, edge[key], _ = b.Messages().Load(t.Context(), key, nil)
				}
				ids := map[string][]message.Message{}
				for _, key := range keys {
					ids[key], _, _, _ = b.Messages().Page(t.Context(), key, message.Query{Stamp: 1 << 60, Limit: 100, Bytes: 1 << 20})
				}
				for k := range 3 {
					if s := randomStep(rnd, 1000+3*n+k, edge, ids); s.Said != nil {
						if b.spools(s).Changed {
							t.Fatalf("seed %d: what is said at the edge is not stored", seed)
						}
					}
				}
			case 1: // it was stopped
				if rnd.IntN(3) == 0 {
					b.Store.Close()
					b = openJournaled(t, dir)
				}
			case 2: // it is told twice
				if last.At = b.at; b.at > 0 {
					last.Journal, last.After = "j", b.at-1
					if _, err := b.apply(last); err != nil {
						t.Fatalf("seed %d: what comes twice fails: %v", seed, err)
					}
				}
			}
			b.does(step)
			last = step
		}
		wantSame(t, fmt.Sprintf("seed %d: of two that were told the same one", seed), b.dump(), a.dump())
		if err := errors.Join(a.Check(t.Context()), b.Check(t.Context())); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		// A store that lacks all, or some, of it has the same when it was told what there is.
		c, d := openJournaled(t, t.TempDir()), openJournaled(t, t.TempDir())
		var parts []message.Step
		if err := a.Kept(t.Context(), func(step message.Step) error { parts = append(parts, step); return nil }); err != nil {
			t.Fatal(err)
		}
		for i, part := range parts {
			c.does(part)
			if i%2 == 0 {
				d.does(part)
			}
		}
		for _, part := range parts {
			c.does(part)
			d.does(part)
		}
		want := withoutDue(a.dump())
		wantSame(t, fmt.Sprintf("seed %d: a store that was told all twice", seed), withoutDue(c.dump()), want)
		wantSame(t, fmt.Sprintf("seed %d: a store that had a part", seed), withoutDue(d.dump()), want)
	}
}

// wantSame compares dumps, and says where the first difference is.
func wantSame(t *testing.T, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	x, y := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			t.Fatalf("%s has\n%s\nwant\n%s", what, x[i], y[i])
		}
	}
	t.Fatalf("%s has %d lines, want %d", what, len(x), len(y))
}

// withoutDue is a dump without what is to be delivered.
func withoutDue(dump string) string {
	lines := strings.Split(strings.TrimSpace(dump), "\n")
	return strings.Join(lines[:len(lines)-1], "\n")
}

// A Change that was made from what there is no longer is not stored, and a Step that comes
// before another one neither.
func TestStepsRefused(t *testing.T) {
	j := openJournaled(t, t.TempDir())
	said := func(base uint64, id byte) *message.Change {
		return &message.Change{Key: "b:b", Base: base, Clock: base + 1, Messages: []message.Message{{ID: [16]byte{id}, Stamp: base + 1, Changed: base + 1, Data: []byte("x"), Retext: true}}}
	}
	if j.does(message.Step{Said: said(0, 1)}).Changed {
		t.Error("the first is refused")
	}
	if !j.does(message.Step{Said: said(0, 2)}).Changed {
		t.Error("two are made from nothing")
	}
	if !j.spools(message.Step{Said: said(0, 2)}).Changed {
		t.Error("what is spooled is made from nothing")
	}
	if _, err := j.apply(message.Step{Journal: "j", After: 7, At: 8, Said: said(1, 3)}); !errors.Is(err, sqlite.ErrStep) {
		t.Errorf("a step before which one is missing is answered %v", err)
	}
	// Another journal begins at its beginning.
	if _, err := j.apply(message.Step{Journal: "k", After: 0, At: 5, Said: said(1, 3)}); err != nil {
		t.Error(err)
	}
	if name, at, err := j.Applied(t.Context()); name != "k" || at != 5 || err != nil {
		t.Errorf("the last step is %d of %q: %v", at, name, err)
	}
}

// What was spooled is there until it is taken back, also after a start, and then as if it had
// never been.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	j := openJournaled(t, dir)
	j.does(message.Step{Said: &message.Change{Key: "b:b", Clock: 1, Messages: []message.Message{{ID: [16]byte{1}, Stamp: 1, Changed: 1, Data: []byte("before"), Retext: true}}}})
	before := j.dump()
	change := &message.Change{Key: "b:b", Base: 1, Clock: 3, Changes: [][16]byte{{9}}, Messages: []message.Message{
		{ID: [16]byte{1}, Stamp: 1, Changed: 2, Data: []byte("edited word"), Retext: true},
		{ID: [16]byte{2}, Stamp: 3, Changed: 3, Data: []byte("new word"), Retext: true},
	}}
	j.spools(message.Step{Said: change})
	j.spools(message.Step{Notices: &notice.Batch{Put: []notice.Put{{Entry: notice.Entry{Person: [16]byte{1}}}}}})
	if page, _, _, err := j.Messages().Page(t.Context(), "b:b", message.Query{Stamp: 9, Find: "word", Limit: 9, Bytes: 99}); len(page) != 2 || err != nil {
		t.Errorf("what was said at the edge is not found there: %v %v", page, err)
	}
	if _, _, _, now, err := j.Notices().Page(t.Context(), [16]byte{1}, notice.Query{Limit: 9}); now.Last != 0 || err != nil {
		t.Errorf("an inbox has %v at the edge: %v", now, err)
	}
	if err := j.Check(t.Context()); err != nil {
		t.Error(err)
	}
	j.Store.Close()
	j = openJournaled(t, dir)
	if err := j.TakeBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantSame(t, "after it was taken back the store", j.dump(), before)
}
