package feed

import (
	"time"

	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// schedule has what was published told: at once if nothing was told for a while.
func (s *shelf) schedule(now time.Time) {
	for _, c := range s.classes {
		if c.fresh {
			s.arm(s.spacing(c) - now.Sub(c.at))
		}
	}
	if s.renews {
		s.arm(every - now.Sub(s.renewed))
	}
}

// spacing is how far apart a class is told something.
func (s *shelf) spacing(c *class) time.Duration {
	return max(c.interval, every, time.Duration(len(s.viewers))*each)
}

// arm has flush called after a time, or before.
func (s *shelf) arm(after time.Duration) {
	at := s.desk.now().Add(max(after, 0))
	if s.closed || s.armed && !at.Before(s.due) {
		return
	}
	s.due = at
	if s.armed && s.timer.Stop() {
		s.timer.Reset(max(after, 0))
		return
	}
	// It is not armed, or has fired and waits for mu: then it will see what is due.
	if !s.armed {
		s.armed = true
		s.desk.wg.Add(1)
		s.timer = time.AfterFunc(max(after, 0), s.fired)
	}
}

func (s *shelf) fired() {
	defer s.desk.wg.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = false
	if !s.closed {
		s.flush()
	}
}

// flush tells what is due, and arms the timer if there will be more.
func (s *shelf) flush() {
	now := s.desk.now()
	for _, c := range s.classes {
		if c.fresh && now.Sub(c.at) >= s.spacing(c) {
			s.tell(c, now)
		}
	}
	waits := false
	for _, v := range s.viewers {
		switch {
		case !v.waits():
		case !v.to.Caught():
			waits = true
		case v.pending != nil:
			s.watch(v, v.pending)
		case v.renew:
			s.begin(v, v.class, false)
		default:
			s.catchUp(v, now)
		}
	}
	s.renewed, s.renews = now, false
	s.schedule(now)
	if waits {
		s.arm(slowly)
	}
}

// tell tells a class what is new.
func (s *shelf) tell(c *class, now time.Time) {
	c.fresh, c.at = false, now
	ms := now.UnixMilli()
	for k, t := range c.told {
		t.points = 0
		from, n := k.ring.After(t.upTo), k.ring.Len()
		if !t.any {
			from = 0
		}
		if from == n {
			continue
		}
		if c.interval > 0 {
			from = n - 1
		}
		points := fitting(feed.Thin(k.ring.Points(nil, from, n), maxPoints))
		t.run = t.chain.More(ms, points, c.digits)
		t.points, t.texts = len(points), appendTexts(nil, points)
		t.any, t.upTo = true, points[len(points)-1].Time
	}
	for _, of := range c.sets {
		s.tellSet(c, of, ms)
	}
	for _, t := range c.told {
		t.run, t.texts, t.points = feed.Run{}, nil, 0
	}
}

// tellSet tells the viewers of a set what is new, in one frame or as many as it takes.
func (s *shelf) tellSet(c *class, of *set, ms int64) {
	frame := wire.Points{Time: uint64(ms)}
	last, points, size := uint32(0), 0, 0
	send := func() {
		b := wire.AppendFrame(nil, 0, &frame)
		for v := range of.viewers {
			switch {
			case v.behind:
			case v.to.Tell(b, false):
				s.desk.metrics.Told(points, len(b))
			default:
				v.behind = true
				s.desk.metrics.Conflated()
			}
		}
		frame, last, points, size = wire.Points{Time: uint64(ms)}, 0, 0, 0
	}
	for _, k := range of.feeds {
		t := c.told[k]
		if t.points == 0 {
			continue
		}
		more := t.run.Size() + sizeOf(t.texts)
		if size+more > maxFrame && points > 0 {
			send()
		}
		size += more
		frame.Runs = t.run.Append(frame.Runs, last, k.number)
		frame.Texts = append(frame.Texts, t.texts...)
		last = k.number
		points += t.points
	}
	if points > 0 {
		send()
	}
}

// catchUp tells a viewer that has missed some the last point of each feed.
func (s *shelf) catchUp(v *viewer, now time.Time) {
	v.behind = false
	out := owed{shelf: s, to: v.to, now: now.UnixMilli()}
	for _, k := range v.set.feeds {
		out.again(k, v.class.told[k])
	}
	out.send()
}

// owed puts together what one viewer is told beside what is new, in as many frames as it
// takes.
type owed struct {
	shelf *shelf
	to    Viewer
	now   int64

	frame  wire.Points
	last   uint32
	points int
	size   int // of frame in bytes, about
}

// add tells a run of points, of a feed that the viewer may not know yet.
func (o *owed) add(k *kept, run feed.Run, points []feed.Point, fresh bool) {
	f := &o.frame
	texts := appendTexts(nil, points)
	more := run.Size() + sizeOf(texts)
	if fresh {
		more += len(k.name) + feedSize
	}
	if len(f.Runs) > 0 && o.size+more > maxFrame {
		o.send()
	}
	o.size += more
	if fresh {
		f.Feeds = append(f.Feeds, wire.Feed{Number: k.number, Name: k.name, Type: k.ring.Type()})
	}
	f.Runs = run.Append(f.Runs, o.last, k.number)
	f.Texts = append(f.Texts, texts...)
	o.last = k.number
	o.points += len(points)
}

// again tells the last point that others of the class were told.
func (o *owed) again(k *kept, t *told) {
	i := k.ring.After(t.upTo) - 1
	if !t.any || i < 0 {
		t.chain.Begin()
		return
	}
	p := k.ring.At(i)
	o.add(k, t.chain.Again(o.now, p), []feed.Point{p}, false)
}

// send tells what there is.
func (o *owed) send() {
	f := &o.frame
	if len(f.Runs) == 0 && len(f.Gone) == 0 && !f.More {
		return
	}
	f.Time = uint64(o.now)
	b := wire.AppendFrame(nil, 0, f)
	o.shelf.desk.metrics.Told(o.points, len(b))
	o.to.Tell(b, true)
	o.frame, o.last, o.points, o.size = wire.Points{}, 0, 0, 0
}

// What a text and a feed take in a frame beside their letters, at most.
const (
	textSize = 3
	feedSize = 16
)

func sizeOf(texts []string) int {
	n := 0
	for _, text := range texts {
		n += len(text) + textSize
	}
	return n
}

// fitting returns the last of points whose texts fit into a frame, at least one.
func fitting(points []feed.Point) []feed.Point {
	size := 0
	for i := len(points) - 1; i >= 0; i-- {
		if size += len(points[i].Text) + textSize; size > maxFrame && points[i].Text != "" && i < len(points)-1 {
			return points[i+1:]
		}
	}
	return points
}
