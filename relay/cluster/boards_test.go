package cluster_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/memory"
	"edgeboard/shared/board"
)

// two starts two relays with empty disks and a room of board "x" each.
func two(t *testing.T) (m *clustertest.Memory, a, b *roomRelay, x, y *room) {
	m = clustertest.NewMemory()
	a, b = newRelay(t, m, "a", new(memory.Store)), newRelay(t, m, "b", new(memory.Store))
	return m, a, b, a.open("x"), b.open("x")
}

func TestTwoRelays(t *testing.T) { synctest.Test(t, testTwoRelays) }

func testTwoRelays(t *testing.T) {
	m, a, b, x, y := two(t)
	for i := range 10 {
		x.draw(fmt.Sprint("a", i))
		y.draw(fmt.Sprint("b", i))
	}
	synctest.Wait()
	sameBoards(t, x, y)
	if n := len(all(x, y)); n != 20 {
		t.Errorf("%d edits are stored, want 20", n)
	}
	if x.known+y.known > 0 {
		t.Errorf("rooms were told %d times what they had", x.known+y.known)
	}
	if len(a.edges)+len(b.edges) > 0 {
		t.Errorf("told to be cut off: %v, %v", a.edges, b.edges)
	}
	// What comes twice is told once.
	m.Twice()
	x.draw("twice")
	synctest.Wait()
	sameBoards(t, x, y)
	if y.known > 0 {
		t.Error("what came twice was told twice")
	}

	// A relay with an empty disk has all of it.
	c := newRelay(t, m, "c", new(memory.Store))
	z := c.open("x")
	sameBoards(t, x, y, z)
	y.compact()
	synctest.Wait()
	d := newRelay(t, m, "d", new(memory.Store))
	w := d.open("x")
	x.draw("later")
	synctest.Wait()
	sameBoards(t, x, y, z, w)
	if n, _ := logged(m, "x"); n != 1 {
		t.Errorf("after a snapshot the log has %d entries, want 1", n)
	}
	acked := all(x, y)
	for _, r := range []*roomRelay{a, b, c, d} {
		r.stop()
	}
	// The copies have followed: cut off, each relay has the board.
	for _, r := range []*roomRelay{a, b, c, d} {
		r := cutRelay(t, m, r.name, r.store)
		has(t, r.open("x"), acked...)
		if !r.edge() {
			t.Error("members are not told that the relay is cut off")
		}
		r.stop()
	}
}

func TestCutOff(t *testing.T) { synctest.Test(t, testCutOff) }

func testCutOff(t *testing.T) {
	_, a, b, x, y := two(t)
	x.draw("before")
	synctest.Wait()
	a.engine.Cut()
	for i := range 5 {
		x.draw(fmt.Sprint("a", i))
		y.draw(fmt.Sprint("b", i))
	}
	synctest.Wait()
	if len(x.stored()) != 6 || len(y.stored()) != 5 {
		t.Fatalf("%d and %d edits are stored, want 6 and 5: both sides go on", len(x.stored()), len(y.stored()))
	}
	if !a.edge() || b.edge() {
		t.Errorf("told to be cut off: %v, %v, want a alone", a.edge(), b.edge())
	}
	// A new board, and one that the other relay has too.
	n := a.open("new")
	n.draw("at the edge")
	m := b.open("new")
	m.draw("in the core")
	time.Sleep(30 * time.Second)
	a.engine.Heal()
	time.Sleep(time.Second)
	synctest.Wait()
	if a.edge() {
		t.Error("a second after healing the relay is still cut off")
	}
	sameBoards(t, x, y)
	sameBoards(t, n, m)
	if x.known+y.known > 1 { // what was spooled comes back to who has spooled it
		t.Errorf("rooms were told %d times what they had", x.known+y.known)
	}
	x.draw("after")
	synctest.Wait()
	sameBoards(t, x, y)
}

// TestBoardsAfterARestart: what was stored on a relay alone survives it.
func TestBoardsAfterARestart(t *testing.T) { synctest.Test(t, testRestartCutOff) }

func testRestartCutOff(t *testing.T) {
	for _, how := range []string{"log", "snapshot", "closed"} {
		m, a, b, x, y := two(t)
		x.draw("before")
		synctest.Wait()
		y.compact()
		synctest.Wait()
		a.engine.Cut()
		x.draw("at the edge")
		y.draw("in the core")
		synctest.Wait()
		if how == "snapshot" {
			x.compact() // the copy forgets its history: only a join can bring it back
			synctest.Wait()
		}
		acked := all(x, y)
		a.stop()
		a = cutRelay(t, m, "a", a.store)
		x = a.open("x")
		x.draw("after the restart")
		synctest.Wait()
		acked = append(acked, x.stored()...)
		if how == "closed" {
			a.close("x")
		}
		a.engine.Heal()
		settle(t, a, b)
		has(t, y, acked...)
		if how == "closed" {
			x = a.open("x")
		}
		has(t, x, acked...)
		sameBoards(t, x, y)
		if _, joins := logged(m, "x"); (joins > 0) != (how == "snapshot") {
			t.Errorf("%s: %d joins", how, joins)
		}
		a.stop()
		b.stop()
	}
}

// TestBoardsOfALostEngine: relays that live bring it back.
func TestBoardsOfALostEngine(t *testing.T) { synctest.Test(t, testEngineLost) }

func testEngineLost(t *testing.T) {
	m, a, b, x, y := two(t)
	closed := map[string][]board.ID{}
	for i := range 100 {
		name := fmt.Sprint("closed", i)
		o := a.open(name)
		o.draw("1")
		synctest.Wait()
		if i%2 == 0 {
			o.compact()
			synctest.Wait()
		}
		o.draw("2")
		a.close(name)
		closed[name] = o.stored()
	}
	x.draw("1")
	synctest.Wait()
	y.compact()
	synctest.Wait()
	y.draw("2")
	time.Sleep(5 * time.Second)
	m.Lose()
	x.draw("3") // before anybody knows
	y.draw("4")
	settle(t, a, b)
	time.Sleep(20 * time.Second)
	sameBoards(t, x, y)
	if len(all(x, y)) != 4 {
		t.Errorf("%d edits are stored, want 4", len(all(x, y)))
	}
	y.draw("5")
	synctest.Wait()
	y.compact()
	synctest.Wait()
	acked := all(x, y)
	c := newRelay(t, m, "c", new(memory.Store))
	has(t, c.open("x"), acked...)
	for name, ids := range closed {
		has(t, c.open(name), ids...)
	}
	// A relay that starts with a disk and an engine that has nothing.
	a.stop()
	b.stop()
	c.stop()
	m.Lose()
	newRelay(t, m, "a", a.store)
	time.Sleep(20 * time.Second)
	c = newRelay(t, m, "c", new(memory.Store))
	has(t, c.open("x"), acked...)
	for name, ids := range closed {
		has(t, c.open(name), ids...)
	}
}

// TestLoadFromALostEngine: before a relay has noticed that the engine has lost its data it
// opens a board. What its copy alone has is not replaced.
func TestLoadFromALostEngine(t *testing.T) { synctest.Test(t, testLoadLost) }

func testLoadLost(t *testing.T) {
	m, a, b, x, _ := two(t)
	x.draw("the copy has it")
	synctest.Wait()
	x.compact()
	synctest.Wait()
	a.close("x")
	b.stop()
	time.Sleep(5 * time.Second)
	acked := x.stored()
	a.engine.Pause(true) // so that it has to find out
	m.Lose()
	b = newRelay(t, m, "b", new(memory.Store))
	y := b.open("x")
	for i := range 3 {
		y.draw(fmt.Sprint("on the new engine ", i))
		synctest.Wait()
		y.compact()
		synctest.Wait()
	}
	x = a.open("x")
	x.draw("at once")
	x.compact()
	synctest.Wait()
	a.engine.Pause(false)
	settle(t, a, b)
	has(t, y, acked...)
	sameBoards(t, x, y)
	a.stop()
	a = cutRelay(t, m, "a", a.store)
	has(t, a.open("x"), acked...)
}

// TestLostAndTwice: what is not heard is read.
func TestLostAndTwice(t *testing.T) { synctest.Test(t, testLostAndTwice) }

func testLostAndTwice(t *testing.T) {
	m, _, _, x, y := two(t)
	m.Twice()
	m.Drop(3)
	for i := range 50 {
		x.draw(fmt.Sprint("a", i))
		y.draw(fmt.Sprint("b", i))
		if i%10 == 0 {
			synctest.Wait()
			x.compact()
		}
		synctest.Wait()
	}
	m.Drop(1)
	y.draw("the last one, which nobody hears of")
	synctest.Wait()
	m.Drop(0)
	time.Sleep(20 * time.Second)
	synctest.Wait()
	sameBoards(t, x, y)
	if n := len(all(x, y)); n != 101 {
		t.Errorf("%d edits are stored, want 101", n)
	}
	if x.known+y.known > 0 {
		t.Errorf("rooms were told %d times what they had", x.known+y.known)
	}
}

// slow is an engine that does not answer, though it does what it is asked.
type slow struct {
	*clustertest.Handle
	mute atomic.Bool
}

func (s *slow) Append(log string, e cluster.Entry, done func(uint64, error)) {
	s.Handle.Append(log, e, func(at uint64, err error) {
		if !s.mute.Load() {
			done(at, err)
		}
	})
}

// TestAppendWithoutAnswer: what was under way when the relay is cut off is acknowledged
// once, and stored on both sides.
func TestAppendWithoutAnswer(t *testing.T) { synctest.Test(t, testNoAnswer) }

func testNoAnswer(t *testing.T) {
	m := clustertest.NewMemory()
	b := newRelay(t, m, "b", new(memory.Store))
	y := b.open("x")
	a := &roomRelay{t: t, m: m, name: "a", store: new(memory.Store), rooms: map[string]*room{}}
	engine := &slow{Handle: m.Handle()}
	a.startWith(engine)
	x := a.open("x")
	x.draw("before")
	synctest.Wait()
	engine.mute.Store(true)
	x.draw("without an answer")
	synctest.Wait()
	if len(x.stored()) != 1 {
		t.Fatal("it is acknowledged before anybody knows that it is stored")
	}
	has(t, y, x.unstored()...)
	time.Sleep(3 * time.Second)
	synctest.Wait()
	if len(x.stored()) != 2 || len(a.edges) == 0 {
		t.Errorf("%d edits are stored, want 2; told to be cut off: %v", len(x.stored()), a.edges)
	}
	engine.mute.Store(false)
	settle(t, a, b)
	x.draw("after")
	synctest.Wait()
	sameBoards(t, x, y)
	if n := len(x.stored()); n != 3 {
		t.Errorf("%d edits are stored, want 3", n)
	}
}

// TestNothingStores: an edit that neither the engine nor the disk has is not acknowledged.
func TestNothingStores(t *testing.T) { synctest.Test(t, testNothingStores) }

func testNothingStores(t *testing.T) {
	_, a, b, x, y := two(t)
	x.draw("before")
	synctest.Wait()
	a.engine.Cut()
	a.store.Fail(errors.New("the disk is full"))
	x.draw("nowhere")
	time.Sleep(10 * time.Second)
	synctest.Wait()
	if n := len(x.stored()); n != 1 || x.failed == 0 {
		t.Errorf("%d edits are stored, want 1; %d commits have failed", n, x.failed)
	}
	a.store.Fail(nil)
	time.Sleep(5 * time.Second)
	synctest.Wait()
	if n := len(x.stored()); n != 2 {
		t.Errorf("%d edits are stored, want 2", n)
	}
	a.engine.Heal()
	settle(t, a, b)
	sameBoards(t, x, y)

	// The disk alone fails: the board goes on, and the copy is made good.
	a.store.Fail(errors.New("the disk is full"))
	x.draw("on the engine")
	y.draw("there too")
	time.Sleep(10 * time.Second)
	a.store.Fail(nil)
	time.Sleep(10 * time.Second)
	sameBoards(t, x, y)
	acked := all(x, y)
	a.stop()
	a = cutRelay(t, a.m, "a", a.store)
	has(t, a.open("x"), acked...)
}

// TestLargeUpdates: what does not fit into an entry is cut.
func TestLargeUpdates(t *testing.T) { synctest.Test(t, testLarge) }

func testLarge(t *testing.T) {
	m, a, b, x, y := two(t)
	x.r.mu.Lock()
	x.busy = true // so that all goes into one commit
	x.r.mu.Unlock()
	for range 40 {
		x.draw(strings.Repeat("large ", 10_000))
	}
	x.r.mu.Lock()
	x.busy = false
	size := len(x.waiting)
	x.r.mu.Unlock()
	if size <= 2*cluster.MaxEntry {
		t.Fatalf("%d bytes prove nothing", size)
	}
	x.commit()
	synctest.Wait()
	sameBoards(t, x, y)
	if n, _ := logged(m, "x"); n < 3 {
		t.Errorf("%d bytes are %d entries", size, n)
	}
	a.engine.Cut()
	for range 20 {
		x.draw(strings.Repeat("larger ", 10_000))
	}
	synctest.Wait()
	a.engine.Heal()
	settle(t, a, b)
	sameBoards(t, x, y)
	if n := len(x.stored()); n != 60 {
		t.Errorf("%d edits are stored, want 60", n)
	}
}

// TestSilentRoom: a room that never says what it has applied, since it refuses something,
// makes no snapshot that trims the log. What it was told is not kept for ever.
func TestSilentRoom(t *testing.T) { synctest.Test(t, testSilent) }

func testSilent(t *testing.T) {
	m, _, b, x, y := two(t)
	y.silent = true
	for range 300 { // 18 MB
		x.draw(strings.Repeat("large ", 10_000))
		synctest.Wait()
	}
	y.compact()
	synctest.Wait()
	if n, _ := logged(m, "x"); n != 300 {
		t.Errorf("the log has %d entries, want 300", n)
	}
	if n := b.c.Heard("x"); n >= 300 {
		t.Errorf("%d entries that were told are remembered", n)
	}
	y.silent = false
	x.draw("more")
	synctest.Wait()
	y.compact()
	synctest.Wait()
	if n, _ := logged(m, "x"); n != 0 {
		t.Errorf("the log has %d entries, want none", n)
	}
	sameBoards(t, x, y)
}

// TestAdopt: a snapshot that is restored is joined with what there is, everywhere.
func TestAdopt(t *testing.T) { synctest.Test(t, testAdopt) }

func testAdopt(t *testing.T) {
	m, a, b, x, y := two(t)
	x.draw("before")
	synctest.Wait()
	old := board.New(nextReplica())
	e := old.Edit()
	restored := e.Create(board.KindNote)
	e.Commit()
	adopt := func() {
		t.Helper()
		x.r.mu.Lock()
		if err := x.board.Merge(old.Snapshot()); err != nil {
			t.Fatal(err)
		}
		snapshot := x.board.Snapshot()
		x.r.mu.Unlock()
		done := make(chan error, 1)
		a.b.Adopt("x", snapshot, func(err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	y.draw("meanwhile")
	adopt()
	synctest.Wait()
	has(t, y, restored)
	sameBoards(t, x, y)
	y.compact()
	synctest.Wait()
	c := newRelay(t, m, "c", new(memory.Store))
	z := c.open("x")
	has(t, z, restored)
	sameBoards(t, x, y, z)

	a.engine.Cut()
	x.draw("at the edge")
	synctest.Wait()
	e = old.Edit()
	restored = e.Create(board.KindNote)
	e.Commit()
	adopt()
	a.engine.Heal()
	settle(t, a, b, c)
	has(t, y, restored)
	sameBoards(t, x, y, z)
}

// TestParked: what a board cannot apply yet is in no snapshot. It stays in the log.
func TestParked(t *testing.T) { synctest.Test(t, testParked) }

func testParked(t *testing.T) {
	m, a, b, x, y := two(t)
	x.draw("before")
	writer := board.New(nextReplica())
	e := writer.Edit()
	note := e.Create(board.KindNote)
	first := e.Commit()
	e = writer.Edit()
	e.Splice(note, board.Chars, 0, 0, "what the first update is needed for")
	second := e.Commit()
	appendUpdates := func(updates []byte) {
		t.Helper()
		done := make(chan error, 1)
		b.engine.Append("b.x", cluster.Entry{From: "other", Data: append([]byte{1}, updates...)}, func(_ uint64, err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	appendUpdates(second)
	synctest.Wait()
	if x.board.Parked() == 0 {
		t.Fatal("nothing is parked")
	}
	x.compact()
	synctest.Wait()
	y.draw("more")
	synctest.Wait()
	y.compact()
	synctest.Wait()
	// A join is made of what has it parked, too.
	a.engine.Cut()
	x.draw("at the edge")
	synctest.Wait()
	x.compact()
	synctest.Wait()
	a.engine.Heal()
	settle(t, a, b)
	c := newRelay(t, m, "c", new(memory.Store))
	z := c.open("x")
	appendUpdates(first)
	synctest.Wait()
	for _, o := range []*room{x, y, z} {
		if el := o.board.Element(note); el == nil || el.Text() == "" {
			t.Errorf("%s lacks what was parked", o.r.name)
		}
	}
	sameBoards(t, x, y, z)
}
