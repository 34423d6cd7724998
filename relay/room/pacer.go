package room

import "time"

// pacer spaces what costs too much to be done each time there is reason to: the
// first time at once, and then what has gathered. It belongs to the room's
// goroutine.
type pacer struct {
	timer   *time.Timer
	last    time.Time
	waiting bool // timer runs
}

func newPacer() pacer { return pacer{timer: stoppedTimer()} }

// due reports whether it is to be done now. Otherwise the timer says when.
func (p *pacer) due(every time.Duration) bool {
	if p.waiting {
		return false
	}
	wait := every - time.Since(p.last)
	if every <= 0 || wait <= 0 {
		return true
	}
	p.waiting = true
	p.timer.Reset(wait)
	return false
}

// done tells that it was done, for whatever reason.
func (p *pacer) done(every time.Duration) {
	if p.waiting {
		p.timer.Stop()
		p.waiting = false
	}
	if every > 0 {
		p.last = time.Now()
	}
}

// spacing is how far apart what goes to all members is, each of whom costs so
// much. In small rooms it is nothing at all.
func (r *room) spacing(each, most time.Duration) time.Duration {
	if len(r.members) < spaceFrom {
		return 0
	}
	return min(time.Duration(len(r.members))*each, most)
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}
