package figure

import (
	"math"
	"testing"

	"edgeboard/shared/board"
)

// noon is a time by the relay's clock.
const noon = 1_700_000_000_000

// timer makes a timer of so many milliseconds.
func (d *desk) timer(duration int64) (id board.ID) {
	d.t.Helper()
	d.edit(func(e *board.Edit) {
		id = e.Create(board.KindTimer)
		e.Set(id, board.KeyDuration, board.Int(duration))
	})
	return id
}

// digits is what a timer shows.
func (d *desk) digits(id board.ID) string {
	for _, p := range d.Of(id).Parts() {
		if p.Text != nil {
			return p.Text.Lines[0].Text
		}
	}
	return ""
}

// A timer runs from when it was started, and shows whole seconds. It is drawn when
// it shows another one, and no more often.
func TestTimer(t *testing.T) {
	d := newDesk(t)
	id := d.timer(5 * 60_000)
	next, _ := d.Tick(noon)
	d.want("it stands still", next, int64(0))
	d.want("and shows all of its time", d.digits(id), "05:00")

	d.set(id, board.KeyTime, board.Int(noon))
	next, _ = d.Tick(noon)
	d.want("it shows something else in a second", next, int64(noon+1000))
	d.changes = nil
	next, _ = d.Tick(noon + 400)
	d.want("too early: the same", next, int64(noon+1000))
	d.want("nothing is drawn", len(d.changes), 0)
	next, _ = d.Tick(noon + 1000)
	d.want("a second later", d.digits(id), "04:59")
	d.want("drawn", len(d.changes), 1)
	d.want("and the next", next, int64(noon+2000))

	d.edit(func(e *board.Edit) { // it pauses after 90 s
		e.Set(id, board.KeyElapsed, board.Int(90_000))
		e.Set(id, board.KeyTime, board.Value{})
	})
	next, _ = d.Tick(noon + 200_000)
	d.want("paused", d.digits(id), "03:30")
	d.want("nothing runs", next, int64(0))

	d.set(id, board.KeyTime, board.Int(noon+200_000))
	_, over := d.Tick(noon + 200_000 + 209_999)
	d.want("a moment before its end", d.digits(id), "00:01")
	d.want("not over", len(over), 0)
	next, over = d.Tick(noon + 200_000 + 210_000)
	if len(over) != 1 || over[0] != id || next != 0 {
		t.Errorf("at its end: over are %v, the next is at %d, want the timer and none", over, next)
	}
	d.want("it shows that it is over", d.digits(id), "00:00")
	_, over = d.Tick(noon + 500_000)
	d.want("told once", len(over), 0)
}

// What was over before anybody looked is no news, and a clock that is behind shows
// no more time than there is.
func TestTimerOfOthers(t *testing.T) {
	d := newDesk(t)
	id := d.timer(60_000)
	d.set(id, board.KeyTime, board.Int(noon))
	_, over := d.Tick(noon + 100_000)
	d.want("over", d.digits(id), "00:00")
	d.want("but nothing happened", len(over), 0)
	d.set(id, board.KeyTime, board.Int(noon+101_000))
	d.Tick(noon + 100_000)
	d.want("started by a clock that is ahead", d.digits(id), "01:00")

	far := d.timer(60_000)
	second := d.page("", false)
	d.page("", true)
	d.ShowPage(second)
	d.set(far, board.KeyTime, board.Int(noon+200_000))
	_, over = d.Tick(noon + 200_000)
	d.want("on another page it comes to its end too", len(over), 1)
	_, over = d.Tick(noon + 260_000)
	d.want("and so does the other", len(over), 1)
}

// Numbers come from outside.
func TestTimerHostile(t *testing.T) {
	for _, v := range []int64{0, -1, 1, math.MaxInt64, math.MinInt64, MaxTimer, noon} {
		for _, w := range []int64{0, -1, 1, math.MaxInt64, math.MinInt64, noon} {
			d := newDesk(t)
			id := d.timer(v)
			d.edit(func(e *board.Edit) {
				e.Set(id, board.KeyElapsed, board.Int(w))
				e.Set(id, board.KeyTime, board.Int(v))
				e.Set(id, board.KeyWidth, board.Float(float64(w)))
			})
			d.Tick(noon)
			if next, _ := d.Tick(noon + 1); next != 0 && (next <= noon+1 || next > noon+2001) {
				t.Errorf("duration %d, elapsed %d: the next tick is at %d", v, w, next)
			}
			c := d.Timer(d.doc.Element(id))
			if c.Left < 0 || c.Left > MaxTimer || len(c.String()) > len("23:59:59") {
				t.Errorf("duration %d, elapsed %d: it shows %q", v, w, c)
			}
		}
	}
}
