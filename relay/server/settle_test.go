package server

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Memory is collected once after many have come, when there is a pause, and never
// because of a few.
func TestSettle(t *testing.T) { synctest.Test(t, testSettle) }
func testSettle(t *testing.T) {
	var collected atomic.Int32
	s := &settler{collect: func() { collected.Add(1) }}
	defer s.stop()
	want := func(when string, n int32) {
		t.Helper()
		synctest.Wait()
		if got := collected.Load(); got != n {
			t.Errorf("%s memory was collected %d times, want %d", when, got, n)
		}
	}
	come := func(n int, every time.Duration) {
		for range n {
			s.count()
			time.Sleep(every)
		}
	}
	come(settleFrom-1, time.Second)
	want("after a few", 0)
	come(1000, time.Millisecond)
	want("while many come", 0)
	time.Sleep(settleAfter)
	want("after a pause", 1)
	time.Sleep(time.Hour)
	want("when nothing happens", 1)
	come(10, time.Minute)
	want("after a few more", 1)
}
