package editor

import (
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// newTimer is what a new timer has, in milliseconds.
const newTimer = 5 * 60_000

// insertTimer puts a timer in the middle of the screen.
func (e *Editor) insertTimer() bool {
	return e.insert(board.KindTimer, figure.TimerWidth, figure.TimerHeight, func(edit *board.Edit, id board.ID) {
		edit.Set(id, board.KeyDuration, board.Int(newTimer))
	}) != (board.ID{})
}

// setTimer changes a timer: by is given what it shows at a time, in milliseconds
// since 1970 by the relay's clock.
func (e *Editor) setTimer(id board.ID, now int64, by func(edit *board.Edit, c figure.Clock)) bool {
	e.refresh()
	el := e.doc.Element(id)
	if el == nil || el.Deleted() || el.Kind() != board.KindTimer || e.viewOnly || e.gesture != nil {
		return false
	}
	c := figure.ClockOf(el, now)
	return e.step(func(edit *board.Edit) { by(edit, c) })
}

// StartTimer lets a timer run; one that is over begins anew.
func (e *Editor) StartTimer(id board.ID, now int64) bool {
	return e.setTimer(id, now, func(edit *board.Edit, c figure.Clock) {
		if c.Running || c.Duration == 0 {
			return
		}
		if c.Over {
			edit.Set(id, board.KeyElapsed, board.Value{})
		}
		edit.Set(id, board.KeyTime, board.Int(now))
	})
}

// PauseTimer makes a timer stand still.
func (e *Editor) PauseTimer(id board.ID, now int64) bool {
	return e.setTimer(id, now, func(edit *board.Edit, c figure.Clock) {
		if c.Running {
			edit.Set(id, board.KeyElapsed, board.Int(c.Duration-c.Left))
			edit.Set(id, board.KeyTime, board.Value{})
		}
	})
}

// ResetTimer makes a timer stand still with all of its time.
func (e *Editor) ResetTimer(id board.ID, now int64) bool {
	return e.setTimer(id, now, func(edit *board.Edit, _ figure.Clock) {
		edit.Set(id, board.KeyElapsed, board.Value{})
		edit.Set(id, board.KeyTime, board.Value{})
	})
}

// ProlongTimer gives a timer more milliseconds, or less. One that is over runs on
// from now.
func (e *Editor) ProlongTimer(id board.ID, now, by int64) bool {
	return e.setTimer(id, now, func(edit *board.Edit, c figure.Clock) {
		duration := min(max(c.Duration+by, 0), figure.MaxTimer)
		if c.Over && by > 0 {
			edit.Set(id, board.KeyElapsed, board.Int(c.Duration))
			edit.Set(id, board.KeyTime, board.Int(now))
		}
		if duration != c.Duration {
			edit.Set(id, board.KeyDuration, board.Int(duration))
		}
	})
}

// SetTimer sets the whole time of a timer, in milliseconds, and makes it stand
// still.
func (e *Editor) SetTimer(id board.ID, now, duration int64) bool {
	return e.setTimer(id, now, func(edit *board.Edit, _ figure.Clock) {
		edit.Set(id, board.KeyDuration, board.Int(min(max(duration, 1000), figure.MaxTimer)))
		edit.Set(id, board.KeyElapsed, board.Value{})
		edit.Set(id, board.KeyTime, board.Value{})
	})
}
