package client

import (
	"iter"
	"slices"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// What is kept of the strokes that others draw (W42, W43).
const (
	forgetSketch = 10 * time.Second // after nothing was heard of it
	maxSketches  = 16               // of one member: further ones take the place of the one heard longest ago
)

// Sketch is a stroke that another member draws, before it is stored. The
// document may have some of it already, or all.
type Sketch struct {
	Member    uint32
	Color     uint32       // 0xRRGGBB
	Thickness float64      // in board units
	Points    []wire.Point // in eighths of a board unit; valid until the Session is called again
}

// theirs is what has come of a Sketch.
type theirs struct {
	color, thickness uint32
	at               []uint32 // where in the stroke each of points stands, ascending
	points           []wire.Point
	done             bool
	heard            time.Time
}

// Sketches returns what others draw that is not stored yet, in the order in
// which they came and began.
func (s *Session) Sketches() iter.Seq[Sketch] {
	return func(yield func(Sketch) bool) {
		for _, m := range s.Others() {
			for _, number := range sortedKeys(m.sketches) {
				t := m.sketches[number]
				if len(t.points) == 0 {
					continue
				}
				if !yield(Sketch{m.ID, t.color, float64(t.thickness) / board.PointsPerUnit, t.points}) {
					return
				}
			}
		}
	}
}

func sortedKeys(m map[uint32]*theirs) []uint32 {
	keys := make([]uint32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// sketched takes a Preview.
func (s *Session) sketched(p *wire.Preview) {
	m := s.members[p.Member]
	if m == nil {
		return
	}
	t := m.sketches[p.Stroke]
	if t == nil {
		m.roomForSketch()
		t = &theirs{}
		m.sketches[p.Stroke] = t
	}
	t.heard = s.now
	s.forgetAt = earlier(s.forgetAt, s.now.Add(forgetSketch))
	shown := len(t.points) > 0
	switch {
	case t.done: // overtaken
		return
	case p.Done:
		// The number is remembered, so that what was overtaken is known as such.
		*t = theirs{done: true, heard: s.now}
	default:
		t.color, t.thickness = p.Color, p.Thickness
		t.add(p.Offset, p.Points)
	}
	if shown || len(t.points) > 0 {
		s.tell(SketchesChanged)
	}
}

// roomForSketch makes room for one more.
func (m *Member) roomForSketch() {
	if m.sketches == nil {
		m.sketches = map[uint32]*theirs{}
	}
	if len(m.sketches) < maxSketches {
		return
	}
	var oldest uint32
	for number, t := range m.sketches {
		if o := m.sketches[oldest]; o == nil || t.heard.Before(o.heard) || t.heard.Equal(o.heard) && number < oldest {
			oldest = number
		}
	}
	delete(m.sketches, oldest)
}

// add puts points where they belong. Those that are there are the same.
func (t *theirs) add(offset uint32, points []wire.Point) {
	for i, p := range points {
		at := uint64(offset) + uint64(i)
		if at >= board.MaxPoints || len(t.points) >= board.MaxPoints {
			return
		}
		n := len(t.at)
		if n > 0 && uint32(at) <= t.at[n-1] {
			where, there := slices.BinarySearch(t.at, uint32(at))
			if there {
				continue
			}
			n = where
		}
		t.at = slices.Insert(t.at, n, uint32(at))
		t.points = slices.Insert(t.points, n, p)
	}
}

// forgetSketches drops those of which nothing was heard for long: the end may
// have been lost.
func (s *Session) forgetSketches(now time.Time) {
	if s.forgetAt.IsZero() || now.Before(s.forgetAt) {
		return
	}
	changed := false
	s.forgetAt = time.Time{}
	for _, m := range s.members {
		for number, t := range m.sketches {
			if now.Sub(t.heard) >= forgetSketch {
				changed = changed || len(t.points) > 0
				delete(m.sketches, number)
				continue
			}
			s.forgetAt = earlier(s.forgetAt, t.heard.Add(forgetSketch))
		}
	}
	if changed {
		s.tell(SketchesChanged)
	}
}
