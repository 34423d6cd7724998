package clustertest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"edgeboard/relay/cluster"
)

// put replaces a snapshot, and returns the revision of the new one.
func put(t *testing.T, e cluster.Engine, log string, revision, through uint64, data string) uint64 {
	t.Helper()
	if err := e.PutSnapshot(t.Context(), log, cluster.Snapshot{Revision: revision, Through: through, Data: []byte(data)}); err != nil {
		t.Fatalf("PutSnapshot of %s: %v", log, err)
	}
	s := wantSnapshot(t, e, log, through, data)
	if s.Revision == 0 || s.Revision == revision {
		t.Fatalf("the snapshot after that of revision %d has revision %d", revision, s.Revision)
	}
	return s.Revision
}

func wantSnapshot(t *testing.T, e cluster.Engine, log string, through uint64, data string) cluster.Snapshot {
	t.Helper()
	s, err := e.Snapshot(t.Context(), log)
	if err != nil || string(s.Data) != data || s.Through != through {
		t.Fatalf("the snapshot of %s goes through %d with %d bytes, %.50q, %v; want %d with %d bytes, %.50q", log, s.Through, len(s.Data), s.Data, err, through, len(data), data)
	}
	return s
}

// noise is bytes that nothing makes smaller.
func noise(seed uint64, size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b) // It never fails.
	return b
}

var snapshotTests = []test{
	{"there is none at first", func(t *testing.T, b *bed) {
		s, err := b.way().Snapshot(t.Context(), cluster.BoardLog("b"))
		if err != nil || s.Revision != 0 || s.Through != 0 || len(s.Data) != 0 {
			t.Fatalf("%+v, %v", s, err)
		}
	}},
	{"one stands for the beginning of a log", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		log := cluster.BoardLog("b")
		p := addAll(t, e, log, "one", "two", "three", "four")
		addAll(t, e, "b.other", "stays")
		r := put(t, e, log, 0, p[1], "one and two")
		for _, e := range []cluster.Engine{e, other} {
			wantSnapshot(t, e, log, p[1], "one and two")
			wantData(t, e, log, p[1], "three", "four")
			wantData(t, e, log, p[2], "four")
			wantData(t, e, log, p[3])
			for _, after := range []uint64{0, p[0]} {
				_, err := tryRead(t, e, log, after)
				wantError(t, fmt.Sprintf("Read of %d after what was trimmed", after), err, cluster.ErrTrimmed)
			}
			wantLast(t, e, log, "", p[3])
			wantData(t, e, "b.other", 0, "stays")
		}
		put(t, other, log, r, p[3], "one to four")
		for _, e := range []cluster.Engine{e, other} {
			wantData(t, e, log, p[3])
			for _, after := range []uint64{0, p[0], p[1], p[2]} {
				_, err := tryRead(t, e, log, after)
				wantError(t, fmt.Sprintf("Read after %d of a log that was trimmed to its end", after), err, cluster.ErrTrimmed)
			}
			wantLast(t, e, log, "", p[3])
		}
		five := add(t, e, log, entry("five"))
		if five <= p[3] {
			t.Fatalf("five stands at %d, not after %d", five, p[3])
		}
		wantData(t, e, log, p[3], "five")
		wantLast(t, e, log, "", five)
	}},
	{"one may be all there is", func(t *testing.T, b *bed) {
		e, log := b.way(), cluster.BoardLog("b")
		r := put(t, e, log, 0, 0, "from elsewhere")
		wantData(t, e, log, 0)
		wantLast(t, e, log, "", 0)
		p := addAll(t, e, log, "one")
		wantData(t, e, log, 0, "one")
		// Another one that stands for no more entries.
		r = put(t, e, log, r, 0, "from elsewhere, again")
		wantData(t, e, log, 0, "one")
		put(t, e, log, r, p[0], "and one")
		wantData(t, e, log, p[0])
	}},
	{"one may be empty", func(t *testing.T, b *bed) {
		e, log := b.way(), cluster.BoardLog("b")
		r := put(t, e, log, 0, 0, "")
		put(t, e, log, r, 0, "x")
	}},
	{"one that replaces another than there is is refused", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		log := cluster.BoardLog("b")
		p := addAll(t, e, log, "one", "two")
		refused := func(revision, through uint64) {
			t.Helper()
			err := other.PutSnapshot(t.Context(), log, cluster.Snapshot{Revision: revision, Through: through, Data: []byte("refused")})
			wantError(t, fmt.Sprintf("PutSnapshot in the place of revision %d", revision), err, cluster.ErrConflict)
		}
		refused(7, p[1])
		wantData(t, e, log, 0, "one", "two")
		first := put(t, e, log, 0, p[0], "one")
		refused(0, p[1])
		second := put(t, e, log, first, p[0], "one, again")
		refused(first, p[1])
		wantSnapshot(t, other, log, p[0], "one, again")
		wantData(t, e, log, p[0], "two")
		put(t, e, log, second, p[1], "one and two")
	}},
	{"one through what the log has not is refused", func(t *testing.T, b *bed) {
		// A relay that thinks of an engine which has lost its data would hide what comes.
		e, log := b.way(), cluster.BoardLog("b")
		p := addAll(t, e, log, "one")
		for _, log := range []string{log, "b.empty"} {
			err := e.PutSnapshot(t.Context(), log, cluster.Snapshot{Through: p[0] + 1000, Data: []byte("x")})
			wantError(t, "PutSnapshot through what is not there", err, cluster.ErrConflict)
		}
		wantData(t, e, log, 0, "one")
		wantSnapshot(t, e, log, 0, "")
	}},
	{"of several at once one is taken", func(t *testing.T, b *bed) {
		ways := []cluster.Engine{b.way(), b.way(), b.way()}
		log := cluster.BoardLog("b")
		p := addAll(t, ways[0], log, "one", "two")
		var revision uint64
		for round := range 10 {
			errs := make([]error, len(ways))
			var w sync.WaitGroup
			for i, e := range ways {
				w.Go(func() {
					errs[i] = e.PutSnapshot(t.Context(), log, cluster.Snapshot{Revision: revision, Through: p[0], Data: fmt.Append(nil, "by ", i)})
				})
			}
			w.Wait()
			winner := -1
			for i, err := range errs {
				switch {
				case err == nil && winner >= 0:
					t.Fatalf("round %d: both %d and %d were taken", round, winner, i)
				case err == nil:
					winner = i
				case !errors.Is(err, cluster.ErrConflict):
					t.Fatalf("round %d: %v", round, err)
				}
			}
			if winner < 0 {
				t.Fatalf("round %d: nobody's was taken", round)
			}
			revision = wantSnapshot(t, ways[0], log, p[0], fmt.Sprint("by ", winner)).Revision
		}
		wantData(t, ways[1], log, p[0], "two")
	}},
	{"one may be large", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		log := cluster.BoardLog("b")
		var revision uint64
		for i, size := range []int{20 << 20, 1<<20 + 1, 1 << 20, 1<<20 - 1, 1} {
			want := noise(uint64(i), size)
			if err := e.PutSnapshot(t.Context(), log, cluster.Snapshot{Revision: revision, Data: want}); err != nil {
				t.Fatal(err)
			}
			s, err := other.Snapshot(t.Context(), log)
			if err != nil || !bytes.Equal(s.Data, want) {
				t.Fatalf("%d bytes came back as %d, or others: %v", size, len(s.Data), err)
			}
			revision = s.Revision
		}
	}},
	{"one is read whole while it is replaced", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		log := cluster.BoardLog("b")
		data := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 3<<20+i) }
		done := make(chan struct{})
		var w sync.WaitGroup
		w.Go(func() {
			defer close(done)
			var revision uint64
			for i := range 8 {
				at := add(t, e, log, entry("x"))
				if err := e.PutSnapshot(t.Context(), log, cluster.Snapshot{Revision: revision, Through: at, Data: data(i)}); err != nil {
					t.Error(err)
					return
				}
				s, err := e.Snapshot(t.Context(), log)
				if err != nil {
					t.Error(err)
					return
				}
				revision = s.Revision
			}
		})
		last := -1
		for over := false; !over; {
			select {
			case <-done:
				over = true
			default:
			}
			s, err := other.Snapshot(t.Context(), log)
			switch {
			case err != nil:
				t.Fatal(err)
			case s.Revision == 0 && last >= 0:
				t.Fatal("there was one, and is none")
			case s.Revision == 0:
				continue
			}
			i := len(s.Data) - 3<<20
			if i < last || i > 7 || !bytes.Equal(s.Data, data(i)) {
				t.Fatalf("a snapshot of %d bytes is no whole one, or an older one than %d", len(s.Data), last)
			}
			last = i
		}
		w.Wait()
		if last != 7 && !t.Failed() {
			t.Fatalf("the last snapshot that was read is %d", last)
		}
	}},
	{"keys of the Journal whose entries were trimmed are as new", func(t *testing.T, b *bed) {
		e, other := b.way(), b.way()
		gone := add(t, e, cluster.Journal, about("gone", "one"))
		add(t, e, cluster.Journal, about("stays", "two"))
		through := add(t, e, cluster.Journal, about("edge", "three"))
		stays := add(t, e, cluster.Journal, about("stays", "four"))
		r := put(t, e, cluster.Journal, 0, through, "one to three")
		for _, e := range []cluster.Engine{e, other} {
			wantSnapshot(t, e, cluster.Journal, through, "one to three")
			wantData(t, e, cluster.Journal, through, "four")
			_, err := tryRead(t, e, cluster.Journal, gone)
			wantError(t, "Read of what was trimmed", err, cluster.ErrTrimmed)
			wantLast(t, e, cluster.Journal, "", stays)
			wantLast(t, e, cluster.Journal, "stays", stays)
		}
		// It may be forgotten later; what Last says fits.
		fits := func(key string, was uint64) uint64 {
			t.Helper()
			last, err := other.Last(t.Context(), cluster.Journal, key)
			if err != nil || last != 0 && last != was {
				t.Fatalf("the last of %s, which was trimmed, stands at %d, %v; it was %d", key, last, err, was)
			}
			_, err = tryAppend(t, other, cluster.Journal, expecting(key, "wrong", stays))
			wantError(t, "append that expects an entry of another key", err, cluster.ErrConflict)
			at := add(t, other, cluster.Journal, expecting(key, "again", last))
			_, err = tryAppend(t, e, cluster.Journal, expecting(key, "late", last))
			wantError(t, "append that expects what was trimmed", err, cluster.ErrConflict)
			wantLast(t, e, cluster.Journal, key, at)
			return at
		}
		fits("gone", gone)
		end := fits("edge", through)
		_, err := tryAppend(t, e, cluster.Journal, expecting("stays", "wrong", 0))
		wantError(t, "append that expects nothing", err, cluster.ErrConflict)
		// To its end.
		put(t, other, cluster.Journal, r, end, "all")
		wantLast(t, e, cluster.Journal, "", end)
		wantData(t, e, cluster.Journal, end)
		_, err = tryRead(t, e, cluster.Journal, through)
		wantError(t, "Read of what was trimmed", err, cluster.ErrTrimmed)
		fits("stays", stays)
		wantData(t, e, cluster.Journal, end, "again")
	}},
	{"what was handed over may be used again", func(t *testing.T, b *bed) {
		e, log := b.way(), cluster.BoardLog("b")
		buffer := []byte("all")
		if err := e.PutSnapshot(t.Context(), log, cluster.Snapshot{Data: buffer}); err != nil {
			t.Fatal(err)
		}
		copy(buffer, "XXX")
		copy(wantSnapshot(t, e, log, 0, "all").Data, "YYY")
		wantSnapshot(t, e, log, 0, "all")
	}},
}
