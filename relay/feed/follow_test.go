package feed

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/feed"
)

// listener is a Follow call under way.
type listener struct {
	mu     sync.Mutex
	got    []Marked
	missed int
	hold   chan struct{} // not nil: it takes nothing until it is closed
	err    error
	ended  chan struct{}
	stop   func()
}

func follow(d *Desk, pattern string, after Mark, hold chan struct{}) *listener {
	ctx, stop := context.WithCancel(context.Background())
	l := &listener{hold: hold, ended: make(chan struct{}), stop: stop}
	go func() {
		defer close(l.ended)
		l.err = d.Follow(ctx, "plan", pattern, after, func(points []Marked, missed bool) error {
			if l.hold != nil {
				<-l.hold
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			l.got = append(l.got, points...)
			if missed {
				l.missed++
			}
			return nil
		})
	}()
	synctest.Wait()
	return l
}

func (l *listener) values() (list []float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.got {
		list = append(list, m.Point.Number)
	}
	return list
}

// Who follows is told the last point of each feed, and then each one that comes, in order;
// who comes again with the mark of the last one, what it has missed.
func TestFollow(t *testing.T) { synctest.Test(t, testFollow) }
func testFollow(t *testing.T) {
	d := New(Config{Limits: Limits{Points: 5}})
	publish(t, d, "cpu.0", 1, 2)
	publish(t, d, "cpu.1", 10)
	publish(t, d, "mem", 100)
	a := follow(d, "cpu.*", 0, nil)
	if got := a.values(); !slices.Equal(got, []float64{2, 10}) {
		t.Errorf("who comes is told %v, want the last of each feed", got)
	}
	publish(t, d, "cpu.1", 11)
	publish(t, d, "mem", 101)
	publish(t, d, "cpu.2", 20)
	synctest.Wait()
	if got := a.values(); !slices.Equal(got, []float64{2, 10, 11, 20}) {
		t.Errorf("then %v, want what comes, of feeds that come too", got)
	}
	last := a.got[len(a.got)-1].Mark
	a.stop()
	<-a.ended
	if !errors.Is(a.err, context.Canceled) {
		t.Errorf("it ended with %v", a.err)
	}

	publish(t, d, "cpu.0", 3)
	publish(t, d, "cpu.1", 12, 13)
	b := follow(d, "cpu.*", last, nil)
	if got := b.values(); !slices.Equal(got, []float64{3, 12, 13}) || b.missed != 0 {
		t.Errorf("who comes again is told %v, missed %d, want what came since", got, b.missed)
	}
	b.stop()
	<-b.ended
	publish(t, d, "cpu.0", 4, 5, 6, 7, 8, 9)
	c := follow(d, "cpu.0", last, nil)
	if got := c.values(); !slices.Equal(got, []float64{5, 6, 7, 8, 9}) || c.missed != 1 {
		t.Errorf("who comes too late is told %v, missed %d, want what is kept, and that some is not", got, c.missed)
	}
	d.Close()
	<-c.ended
	if c.err == nil {
		t.Error("it did not end with the Desk")
	}
}

// A reader that does not take what it is told has a bounded queue, and learns that it has
// missed some; the last ones are there.
func TestFollowSlowly(t *testing.T) { synctest.Test(t, testFollowSlowly) }
func testFollowSlowly(t *testing.T) {
	d := New(Config{})
	hold := make(chan struct{})
	publish(t, d, "cpu", 0)
	l := follow(d, "cpu", 0, hold)
	for i := range 3 * maxQueue {
		publish(t, d, "cpu", float64(i+1))
		time.Sleep(time.Millisecond)
	}
	close(hold)
	synctest.Wait()
	got := l.values()
	if len(got) > maxQueue+1 || l.missed != 1 || got[len(got)-1] != 3*maxQueue || !slices.IsSorted(got) {
		t.Errorf("it was told %d points up to %v, missed %d; want at most %d and the last one", len(got), got[len(got)-1], l.missed, maxQueue+1)
	}
	l.stop()
	<-l.ended
	d.Close()
}

// What cannot be told ends it.
func TestFollowFails(t *testing.T) { synctest.Test(t, testFollowFails) }
func testFollowFails(t *testing.T) {
	d := New(Config{})
	defer d.Close()
	publish(t, d, "cpu", 1)
	gone := errors.New("gone")
	err := d.Follow(t.Context(), "plan", "cpu", 0, func([]Marked, bool) error { return gone })
	if !errors.Is(err, gone) {
		t.Errorf("it ended with %v, want %v", err, gone)
	}
}

// Heard is told what was taken, and only that.
func TestHeard(t *testing.T) {
	var heard []float64
	d := New(Config{Heard: func(board, name string, points []feed.Point) {
		if board != "plan" || name != "cpu" {
			t.Errorf("heard of %s on %s", name, board)
		}
		heard = append(heard, values(points)...)
	}})
	defer d.Close()
	publish(t, d, "cpu", 1, 2)
	_ = d.Publish("plan", Batch{"cpu", []feed.Point{{Text: "x"}}}) // refused
	publish(t, d, "cpu", 3)
	if !slices.Equal(heard, []float64{1, 2, 3}) {
		t.Errorf("heard of %v, want 1, 2, 3", heard)
	}
}

// Who has nothing is told all that there is, the first point among it; of many feeds as
// much as can be told at once, the last points of each.
func TestFollowFromTheBeginning(t *testing.T) { synctest.Test(t, testFollowFromTheBeginning) }
func testFollowFromTheBeginning(t *testing.T) {
	d := New(Config{Limits: Limits{Points: maxReplay/2 + 2, Rate: maxReplay}})
	defer d.Close()
	publish(t, d, "a", 0)
	l := follow(d, "a", Beginning, nil)
	if got := l.values(); !slices.Equal(got, []float64{0}) || l.missed != 0 {
		t.Errorf("who has nothing is told %v, missed %d", got, l.missed)
	}
	l.stop()
	<-l.ended
	for _, name := range []string{"a", "b"} {
		var values []float64
		for i := range maxReplay/2 + 1 {
			values = append(values, float64(i+1))
		}
		publish(t, d, name, values...)
	}
	l = follow(d, "*", Beginning, nil)
	if got := l.values(); len(got) != maxReplay || got[0] != 2 || got[len(got)-1] != maxReplay/2+1 || l.missed != 1 {
		t.Errorf("of two full feeds %d points are told, from %v to %v, missed %d", len(got), got[0], got[len(got)-1], l.missed)
	}
	l.stop()
	<-l.ended
}
