package editor

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// A timer is started, stands still and goes on where it was, is given more time, and
// begins anew.
func TestTimer(t *testing.T) {
	h := newDesk(t)
	h.do(InsertTimer)
	id := h.e.Selection()[0]
	const noon = 1_700_000_000_000
	shows := func(when string, now int64, want string, running bool) {
		t.Helper()
		if c := figure.ClockOf(h.doc.Element(id), now); c.String() != want || c.Running != running {
			t.Errorf("%s: it shows %v, running %v, want %s, %v", when, c, c.Running, want, running)
		}
	}
	shows("new", noon, "05:00", false)
	h.e.StartTimer(id, noon)
	shows("started", noon+10_000, "04:50", true)
	if h.e.StartTimer(id, noon+11_000) {
		t.Error("what runs was started again")
	}
	h.e.PauseTimer(id, noon+20_000)
	shows("paused", noon+99_000, "04:40", false)
	h.e.StartTimer(id, noon+100_000)
	h.e.ProlongTimer(id, noon+100_000, 60_000)
	shows("a minute more", noon+110_000, "05:30", true)
	h.e.ProlongTimer(id, noon+900_000, 60_000)
	shows("over, and a minute more", noon+900_000, "01:00", true)
	h.e.StartTimer(id, noon+1_000_000)
	shows("over, and started anew", noon+1_000_000, "07:00", true)
	h.e.ResetTimer(id, noon+1_000_001)
	shows("reset", noon+1_000_001, "07:00", false)
	h.e.SetTimer(id, noon, 90_000)
	shows("set", noon, "01:30", false)
	h.e.ProlongTimer(id, noon, -1<<62)
	shows("all of it taken away", noon, "00:00", false)

	h.theySet(id, board.KeyDeleted, board.Int(1))
	if h.e.StartTimer(id, noon) {
		t.Error("a timer that is gone was started")
	}
	h.wantNothing("at the end")
}
