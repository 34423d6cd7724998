package cluster_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/memory"
)

// TestTrimmedWhileCutOff: what a relay missed is there as a snapshot alone.
func TestTrimmedWhileCutOff(t *testing.T) { synctest.Test(t, testTrimmedCutOff) }

func testTrimmedCutOff(t *testing.T) {
	_, a, b, x, y := two(t)
	x.draw("before")
	synctest.Wait()
	a.engine.Cut()
	x.draw("at the edge")
	for i := range 5 {
		y.draw(fmt.Sprint(i))
		synctest.Wait()
		y.compact()
		synctest.Wait()
	}
	x.compact()
	synctest.Wait()
	x.draw("at the edge, after a snapshot")
	synctest.Wait()
	a.engine.Heal()
	settle(t, a, b)
	sameBoards(t, x, y)
}

// TestSnapshotsAtOnce: one is taken, and nothing is lost whoever it is.
func TestSnapshotsAtOnce(t *testing.T) { synctest.Test(t, testSnapshotsAtOnce) }

func testSnapshotsAtOnce(t *testing.T) {
	m, _, _, x, y := two(t)
	for i := range 20 {
		x.draw(fmt.Sprint("a", i))
		y.draw(fmt.Sprint("b", i))
		x.compact()
		y.compact()
		synctest.Wait()
	}
	sameBoards(t, x, y)
	if n := len(all(x, y)); n != 40 {
		t.Errorf("%d edits are stored, want 40", n)
	}
	c := newRelay(t, m, "c", new(memory.Store))
	z := c.open("x")
	has(t, z, all(x, y)...)
	sameBoards(t, x, y, z)
}

// TestSnapshotOfALateRoom: a room makes a snapshot while it has not applied what it was
// told. That is not trimmed.
func TestSnapshotOfALateRoom(t *testing.T) { synctest.Test(t, testLateRoom) }

func testLateRoom(t *testing.T) {
	m, a, b, x, y := two(t)
	y.draw("1")
	synctest.Wait()
	check := func(why string) {
		t.Helper()
		c := newRelay(t, m, "c", new(memory.Store))
		z := c.open("x")
		has(t, z, all(x, y)...)
		if t.Failed() {
			t.Fatal(why)
		}
		c.stop()
	}
	x.lag(true)
	y.draw("2")
	synctest.Wait()
	x.compact()
	synctest.Wait()
	check("what waits in the room")
	y.draw("3")
	x.lag(false)
	synctest.Wait()
	sameBoards(t, x, y)

	// What the room has dropped, and what comes before it has that again.
	x.refuse(true)
	y.draw("4")
	synctest.Wait()
	x.compact()
	synctest.Wait()
	check("what the room has dropped")
	a.engine.Pause(true)
	x.refuse(false)
	y.draw("5")
	x.compact()
	synctest.Wait()
	check("what the room asked for again and has not got")
	a.engine.Pause(false)
	time.Sleep(20 * time.Second)
	synctest.Wait()
	sameBoards(t, x, y)
	x.compact()
	synctest.Wait()
	check("all of it")

	// An engine that counts from 1 again: positions that the room has applied are of
	// another log.
	for i := range 10 {
		y.draw(fmt.Sprint("old ", i))
	}
	synctest.Wait()
	x.lag(true)
	m.Lose()
	x.compact()
	synctest.Wait()
	settle(t, a, b)
	for i := range 20 {
		y.draw(fmt.Sprint("new ", i))
	}
	synctest.Wait()
	x.compact()
	synctest.Wait()
	check("positions of a log that is lost")
	x.lag(false)
	synctest.Wait()
	sameBoards(t, x, y)
	x.compact()
	synctest.Wait()
	check("all of the new log")
}

// joinless is an engine that loses what is said of joins, or has it wait.
type joinless struct {
	*clustertest.Handle
	lose atomic.Bool
	gate chan struct{} // nil: it does not wait
}

func (j *joinless) Append(log string, e cluster.Entry, done func(uint64, error)) {
	switch {
	case e.Data[0] != 2:
		j.Handle.Append(log, e, done)
	case j.gate != nil:
		go func() {
			<-j.gate
			j.Handle.Append(log, e, done)
		}()
	case !j.lose.Load():
		j.Handle.Append(log, e, done)
	}
}

// TestSnapshotBesidesAJoin: a room has applied what stands behind a join in the log, and
// not yet the join. Its snapshot does not take the place of that.
func TestSnapshotBesidesAJoin(t *testing.T) { synctest.Test(t, testBesidesJoin) }

func testBesidesJoin(t *testing.T) {
	m := clustertest.NewMemory()
	b := newRelay(t, m, "b", new(memory.Store))
	y := b.open("x")
	a := &roomRelay{t: t, m: m, name: "a", store: new(memory.Store), engine: m.Handle(), rooms: map[string]*room{}}
	engine := &joinless{Handle: a.engine, gate: make(chan struct{})}
	a.startWith(engine)
	x := a.open("x")
	a.engine.Cut()
	x.draw("at the edge")
	synctest.Wait()
	x.compact()
	synctest.Wait()
	a.engine.Heal()
	time.Sleep(time.Second)
	y.draw("between the join and the word of it")
	synctest.Wait()
	y.lag(true)
	close(engine.gate)
	settle(t, a, b)
	if _, joins := logged(m, "x"); joins != 1 {
		t.Fatalf("%d joins", joins)
	}
	y.compact()
	synctest.Wait()
	c := newRelay(t, m, "c", new(memory.Store))
	z := c.open("x")
	has(t, z, all(x, y)...)
	y.lag(false)
	synctest.Wait()
	sameBoards(t, x, y, z)
}

// TestCopyOfALateRoom: what a room was told and has not applied is in the copy when the
// relay is cut off, whatever the room has that replaced by.
func TestCopyOfALateRoom(t *testing.T) { synctest.Test(t, testCopyOfLate) }

func testCopyOfLate(t *testing.T) {
	m, a, _, x, y := two(t)
	x.lag(true)
	y.draw("waits in the room")
	synctest.Wait()
	a.engine.Cut()
	x.draw("at the edge")
	synctest.Wait()
	x.compact()
	synctest.Wait()
	acked := all(x, y)
	a.stop()
	a = cutRelay(t, m, "a", a.store)
	has(t, a.open("x"), acked...)
}

// TestJoinThatNobodyHeardOf: a relay has put a snapshot that is a join, and was cut off
// before it said so. Who makes a snapshot then has not got what the join has.
func TestJoinThatNobodyHeardOf(t *testing.T) { synctest.Test(t, testUnheardJoin) }

func testUnheardJoin(t *testing.T) {
	m := clustertest.NewMemory()
	b := newRelay(t, m, "b", new(memory.Store))
	y := b.open("x")
	y.draw("before")
	a := &roomRelay{t: t, m: m, name: "a", store: new(memory.Store), engine: m.Handle(), rooms: map[string]*room{}}
	engine := &joinless{Handle: a.engine}
	engine.lose.Store(true)
	a.startWith(engine)
	x := a.open("x")
	synctest.Wait()
	a.engine.Cut()
	x.draw("at the edge")
	synctest.Wait()
	x.compact()
	synctest.Wait()
	y.draw("in the core")
	synctest.Wait()
	a.engine.Heal()
	time.Sleep(10 * time.Second)
	if s, err := b.engine.Snapshot(t.Context(), "b.x"); err != nil || s.Revision == 0 {
		t.Fatalf("there is no join: %v", err)
	}
	if !a.edge() {
		t.Error("a relay takes part whose board is not reconciled")
	}
	for range 3 {
		y.draw("after the join")
		synctest.Wait()
		y.compact()
		synctest.Wait()
	}
	engine.lose.Store(false)
	settle(t, a, b)
	sameBoards(t, x, y)
	y.compact()
	synctest.Wait()
	c := newRelay(t, m, "c", new(memory.Store))
	sameBoards(t, x, y, c.open("x"))
	if _, joins := logged(m, "x"); joins > 0 {
		t.Error("a room that has taken the join does not compact the log")
	}
}

// TestLastToHaveHeard: an edit is in the engine and waits in one room, when the relay that
// made it is gone and the engine loses its data.
func TestLastToHaveHeard(t *testing.T) { synctest.Test(t, testLastToHaveHeard) }

func testLastToHaveHeard(t *testing.T) {
	m, a, b, x, y := two(t)
	x.draw("before")
	synctest.Wait()
	x.lag(true)
	y.draw("waits in a's room")
	synctest.Wait()
	acked := all(x, y)
	b.stop() // and its disk is gone
	m.Lose()
	settle(t, a)
	x.compact()
	synctest.Wait()
	c := newRelay(t, m, "c", new(memory.Store))
	z := c.open("x")
	has(t, z, acked...)
	x.lag(false)
	synctest.Wait()
	sameBoards(t, x, z)
	a.stop()
	a = cutRelay(t, m, "a", a.store)
	has(t, a.open("x"), acked...)
}
