package feed

import (
	"errors"
	"math"

	"edgeboard/shared/wire"
)

// ErrRuns is of Points that make no sense (W104).
var ErrRuns = errors.New("live data that cannot be read")

// Batch is what Points say of one feed.
type Batch struct {
	Name string
	Type Type
	// Anew says that Points stand in the place of all that was told of the feed before.
	Anew   bool
	Points []Point // the oldest first
}

// Decoder reads the Points of one connection. The zero Decoder is that of a new one.
type Decoder struct {
	feeds map[uint32]*known
}

type known struct {
	name  string
	typ   Type
	begun bool // by a run that stands for all before it
	chain Chain
}

// Decode returns the names of feeds that are no more, and what m says then, feed by feed:
// a feed that is gone may be there again at once, as another one. After
// an error nothing of m counts, and nothing that comes until the Decoder is made anew and
// the feeds are asked for again.
func (d *Decoder) Decode(m *wire.Points) (batches []Batch, gone []string, err error) {
	if d.feeds == nil {
		d.feeds = map[uint32]*known{}
	}
	for _, f := range m.Gone {
		if known := d.feeds[f.Number]; known != nil {
			gone = append(gone, known.name)
			delete(d.feeds, f.Number)
		}
	}
	for _, f := range m.Feeds {
		if f.Number == 0 || !ValidName(f.Name) || f.Type != Numbers && f.Type != Texts {
			return nil, nil, ErrRuns
		}
		if d.feeds[f.Number] == nil && len(d.feeds) >= 2*wire.MaxFeeds {
			return nil, nil, ErrRuns // the relay has told of more than it may
		}
		d.feeds[f.Number] = &known{name: f.Name, typ: f.Type}
	}
	r := reader{b: m.Runs, now: int64(m.Time), texts: m.Texts}
	number := uint32(0)
	for len(r.b) > 0 {
		head := r.uvarint()
		number += uint32(head >> formBits)
		f := d.feeds[number]
		if f == nil || head>>formBits > math.MaxUint32 {
			return nil, nil, ErrRuns
		}
		form := byte(head & (1<<formBits - 1))
		if f.typ == Texts != (form >= formTexts) {
			return nil, nil, ErrRuns
		}
		anew := form >= formNumbers && form&1 != 0
		r.bad = r.bad || !anew && !f.begun
		if f.begun = true; anew {
			f.chain = Chain{}
		}
		points := r.run(form&^flag(anew), anew, &f.chain)
		if r.bad {
			return nil, nil, ErrRuns
		}
		if last := len(batches) - 1; last >= 0 && !anew && batches[last].Name == f.name {
			batches[last].Points = append(batches[last].Points, points...)
			continue
		}
		batches = append(batches, Batch{f.name, f.typ, anew, points})
	}
	return batches, gone, nil
}

// reader reads runs. Once something was bad all that it reads is zero.
type reader struct {
	b     []byte
	now   int64
	texts []string
	bad   bool
}

func (r *reader) uvarint() uint64 {
	v, rest, err := wire.Uvarint(r.b)
	if err != nil {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = rest
	return v
}

func (r *reader) signed() int64 { return wire.Unzigzag(r.uvarint()) }

// count reads how many points a run has, each of which takes so many bytes at least.
func (r *reader) count(least uint64, none bool) int {
	n := r.uvarint()
	if n > wire.MaxSamples || n*least > uint64(len(r.b)) || n == 0 && !none {
		r.bad = true
		return 0
	}
	return int(n)
}

// run reads a run but its head, in a form without the bit that says anew. none says that it
// may have no points.
func (r *reader) run(form byte, none bool, c *Chain) []Point {
	switch form {
	case formTexts:
		return r.words(none)
	case formDoubles:
		c.has = false
		return r.doubles(none)
	}
	n := 1
	switch form {
	case formNumbers:
		scale := r.signed()
		if scale < -maxScale || scale > maxScale {
			r.bad = true
			return nil
		}
		c.last = decimal{scale: int(scale)}
		n = r.count(2, none)
		c.has = n > 0
	case formMore:
		n = r.count(2, false)
		fallthrough
	default:
		r.bad = r.bad || !c.has
	}
	points := make([]Point, 0, n)
	at := r.now
	for i := range n {
		at = r.time(i, at)
		c.last.value += r.signed()
		if r.bad || c.last.value > maxValue || c.last.value < -maxValue {
			r.bad = true
			return nil
		}
		points = append(points, Point{Time: at, Number: c.last.number()})
	}
	return points
}

// time reads when a point is: the first of a run before now, each other after the one
// before.
func (r *reader) time(i int, before int64) int64 {
	if i == 0 {
		return before - r.signed()
	}
	return before + r.signed()
}

func (r *reader) doubles(none bool) []Point {
	n := r.count(2, none)
	points := make([]Point, 0, n)
	at, bits := r.now, uint64(0)
	for i := range n {
		at = r.time(i, at)
		bits ^= r.uvarint()
		p := Point{Time: at, Number: math.Float64frombits(bits)}
		if p.Check() != nil {
			r.bad = true
			return nil
		}
		points = append(points, p)
	}
	return points
}

func (r *reader) words(none bool) []Point {
	n := r.count(1, none)
	if n > len(r.texts) {
		r.bad = true
		return nil
	}
	points := make([]Point, 0, n)
	at := r.now
	for i := range n {
		at = r.time(i, at)
		p := Point{Time: at, Text: r.texts[i]}
		if p.Text == "" || p.Check() != nil {
			r.bad = true
			return nil
		}
		points = append(points, p)
	}
	r.texts = r.texts[n:]
	return points
}
