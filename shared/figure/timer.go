package figure

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// What timers look like, in board units.
const (
	TimerWidth, TimerHeight = 200, 92
	timerPaper              = 0xd0ebff // grown pale, so that its letters are black in the dark too
	timerInk                = 0x0b3a66
	timerOver               = 0xffc9c9 // when its time is over
	timerOverInk            = 0x7d1313
)

// MaxTimer bounds the time of a timer, in milliseconds: a day less a second.
const MaxTimer = 24*60*60*1000 - 1000

// Clock is what a timer shows.
type Clock struct {
	Duration int64 // milliseconds in all
	Left     int64 // milliseconds
	Running  bool  // and not over
	Over     bool
}

// ClockOf returns what a timer shows at a time, in milliseconds since 1970 by the
// relay's clock. Before it was started it has not begun.
func ClockOf(e *board.Element, now int64) Clock {
	within := func(v int64) int64 { return min(max(v, 0), MaxTimer) }
	c := Clock{Duration: within(e.Int(board.KeyDuration, 0))}
	gone := within(e.Int(board.KeyElapsed, 0))
	started := e.Int(board.KeyTime, 0)
	if started > 0 {
		gone += within(now - min(started, now))
	}
	c.Left = max(c.Duration-gone, 0)
	c.Over = c.Left == 0 && c.Duration > 0
	c.Running = started > 0 && c.Left > 0
	return c
}

// seconds is what it shows: it is over when it shows 0.
func (c Clock) seconds() int64 { return (c.Left + 999) / 1000 }

// String returns the time that is left: "4:59", "1:04:59".
func (c Clock) String() string {
	s := c.seconds()
	b := make([]byte, 0, 8)
	two := func(v int64) { b = append(b, byte('0'+v/10), byte('0'+v%10)) }
	if hours := s / 3600; hours > 0 {
		if hours >= 10 {
			b = append(b, byte('0'+hours/10))
		}
		b = append(b, byte('0'+hours%10), ':')
	}
	two(s / 60 % 60)
	b = append(b, ':')
	two(s % 60)
	return string(b)
}

// clocks are the timers of a board, on whatever page.
type clocks struct {
	now int64 // as Tick said; 0: it has said nothing
	of  map[board.ID]*ticking
}

// ticking is a timer and what was last told of it.
type ticking struct {
	element *board.Element
	shown   int64 // seconds
	running bool
}

// Tick tells the time by the relay's clock, in milliseconds since 1970. Timers that
// show something else, and tiles of which something has grown stale or older, are drawn
// otherwise from now on. It returns the time at which to be called again, 0 if there is
// none before something changes, and the timers that have come to their end since the
// last call.
func (s *Set) Tick(now int64) (next int64, over []board.ID) {
	first := s.clocks.now == 0 // what was over before is no news
	s.clocks.now = now
	for id, t := range s.clocks.of {
		c := ClockOf(t.element, now)
		if t.running && c.Over && !first {
			over = append(over, id)
		}
		t.running = c.Running
		if shown := c.seconds(); shown != t.shown {
			t.shown = shown
			s.draw(id)
		}
		if c.Running {
			at := now + (c.Left-1)%1000 + 1
			if next == 0 || at < next {
				next = at
			}
		}
	}
	if at := s.tickTiles(now); at > 0 && (next == 0 || at < next) {
		next = at
	}
	return next, over
}

// Timer returns what a timer shows by what Tick has said last.
func (s *Set) Timer(e *board.Element) Clock { return ClockOf(e, s.clocks.now) }

// heedTimer follows a timer that has changed.
func (s *Set) heedTimer(e *board.Element) {
	t := s.clocks.of[e.ID()]
	switch {
	case e.Deleted():
		delete(s.clocks.of, e.ID())
	case t == nil:
		c := ClockOf(e, s.clocks.now)
		s.clocks.of[e.ID()] = &ticking{e, c.seconds(), c.Running}
	default:
		// Whether it has come to its end is for Tick to see.
		c := ClockOf(e, s.clocks.now)
		t.shown, t.running = c.seconds(), c.Running
	}
}

// readTimer lays a timer out: the time that is left, and how much of all that is.
func (s *Set) readTimer(f *Figure) {
	p := &f.Place
	if p.W == 0 {
		p.W = TimerWidth
	}
	if p.H == 0 {
		p.H = TimerHeight
	}
	upright(p)
	c := s.Timer(f.Element)
	f.Style.Fill, f.Style.Filled, f.Style.Thickness = timerPaper, true, 0
	ink := uint32(timerInk)
	if c.Over {
		f.Style.Fill, ink = timerOver, timerOverInk
	}
	f.Style.Color = ink
	f.Frame = p.Frame()
	f.Bounds = f.Frame.Bounds()
	box := f.Frame.Box
	size := box.Size()

	digits := layOut(c.String(), 1, 0, AlignMiddle, s.fonts)
	const lines = LineHeight
	letters := min(size.Y*0.62/lines, size.X*0.8/max(digits.Box.Size().X, 1))
	if letters >= MinFontSize {
		digits = layOut(c.String(), letters, 0, AlignMiddle, s.fonts)
		at := geom.Pt(box.Center().X, box.Min.Y+size.Y*0.42).Sub(digits.Box.Size().Mul(0.5))
		f.parts = append(f.parts, Part{Text: digits.move(at), Color: ink, Fixed: true})
	}
	// What is left of the time is a bar along the bottom.
	thick := min(size.Y, size.X) * 0.08
	from, to := geom.Pt(box.Min.X+size.X*0.1, box.Max.Y-size.Y*0.18), geom.Pt(box.Max.X-size.X*0.1, box.Max.Y-size.Y*0.18)
	bar := func(to geom.Point, color uint32) {
		path := geom.PolylinePath([]geom.Point{f.Frame.ToBoard(from), f.Frame.ToBoard(to)}, false)
		f.parts = append(f.parts, Part{Path: path, Thickness: thick, Color: color, Fixed: true})
	}
	bar(to, 0xffffff)
	if c.Left > 0 {
		color := uint32(0x1971c2)
		if !c.Running {
			color = 0x748ea6 // it stands still
		}
		bar(from.Lerp(to, float64(c.Left)/float64(c.Duration)), color)
	}
}

// upright gives a place sides that are not negative.
func upright(p *Place) {
	if p.W < 0 {
		p.X, p.W = p.X+p.W, -p.W
	}
	if p.H < 0 {
		p.Y, p.H = p.Y+p.H, -p.H
	}
}
