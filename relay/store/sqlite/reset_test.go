package sqlite_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/sqlite"
)

// keeps takes parts of another store.
func (j *journaled) keeps(parts []message.Step) {
	j.t.Helper()
	for _, part := range parts {
		wait := make(chan error, 1)
		j.Keep(part, func(err error) { wait <- err })
		if err := <-wait; err != nil {
			j.t.Fatal(err)
		}
	}
}

func (j *journaled) resets() map[string]uint64 {
	j.t.Helper()
	clocks, err := j.Reset(j.t.Context())
	if err != nil {
		j.t.Fatal(err)
	}
	return clocks
}

// whole is all that it has, and up to where.
func (j *journaled) whole(journal string) (at uint64, parts []message.Step) {
	j.t.Helper()
	err := j.Whole(j.t.Context(), journal, func(n uint64) error { at = n; return nil }, func(step message.Step) error {
		parts = append(parts, step)
		return nil
	})
	if err != nil {
		j.t.Fatal(err)
	}
	return at, parts
}

// A store becomes another one, whatever it had before, and goes on as that does: also if
// it was interrupted, and with what it has spooled in between taken back.
func TestStoreBecomesAnother(t *testing.T) {
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 10))
		dir := t.TempDir()
		a, b, other := openJournaled(t, t.TempDir()), openJournaled(t, dir), openJournaled(t, t.TempDir())
		clocks, ids := map[string]uint64{}, map[string][]message.Message{}
		for n := range 150 {
			a.does(randomStep(rnd, n, clocks, ids))
		}
		lateClocks, lateIDs := map[string]uint64{}, map[string][]message.Message{}
		for n := range 60 {
			b.does(randomStep(rnd, 5000+n, lateClocks, lateIDs))
		}
		at, parts := a.whole("j")
		if at != a.at {
			t.Fatalf("seed %d: it has Steps up to %d, and says %d", seed, a.at, at)
		}
		if _, ok := b.resets()["b:one"]; !ok {
			t.Errorf("seed %d: it does not say which conversations there were", seed)
		}
		wantSame(t, fmt.Sprintf("seed %d: a store that was emptied", seed), withoutDue(b.dump()), withoutDue(other.dump()))
		b.keeps(parts[:len(parts)/2])
		if name, _, err := b.Applied(t.Context()); name != "" || err != nil {
			t.Errorf("seed %d: a store with a half is of journal %q, %v", seed, name, err)
		}
		// It was stopped, and something is said in the meantime.
		b.Store.Close()
		b = openJournaled(t, dir)
		b.resets()
		b.spools(message.Step{Said: &message.Change{Key: "b:one", Clock: 1, Messages: []message.Message{{ID: [16]byte{77}, Stamp: 1, Changed: 1, Data: []byte("edge"), Retext: true}}}})
		b.keeps(parts)
		if err := b.GoOn(t.Context(), "j", at); err != nil {
			t.Fatal(err)
		}
		b.at = at
		for n := range 50 {
			wantSame(t, fmt.Sprintf("seed %d, %d: a store that became another one", seed, n), withoutDue(b.dump()), withoutDue(a.dump()))
			step := randomStep(rnd, 1000+n, clocks, ids)
			a.does(step)
			b.does(step)
		}
		if err := b.Check(t.Context()); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// What is not the same on all relays is no state for others.
func TestWholeWithoutSpooled(t *testing.T) {
	j := openJournaled(t, t.TempDir())
	said := func(base uint64) message.Step {
		return message.Step{Said: &message.Change{Key: "b:b", Base: base, Clock: base + 1, Messages: []message.Message{{ID: [16]byte{byte(base)}, Stamp: base + 1, Changed: base + 1, Data: []byte("x"), Retext: true}}}}
	}
	j.does(said(0))
	if at, parts := j.whole("another"); at != 0 || len(parts) == 0 {
		t.Errorf("of another journal it has Steps up to %d, and %d parts", at, len(parts))
	}
	j.spools(said(1))
	err := j.Whole(t.Context(), "j", func(uint64) error { return nil }, func(message.Step) error { return nil })
	if !errors.Is(err, sqlite.ErrStep) {
		t.Errorf("with something spooled: %v", err)
	}
	if err := j.TakeBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at, _ := j.whole("j"); at != j.at {
		t.Errorf("it has Steps up to %d", at)
	}
}
