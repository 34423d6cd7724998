package figure

import (
	"math"
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure/figuretest"
	"edgeboard/shared/geom"
)

// desk is a board with its figures, and what they told.
type desk struct {
	*Set
	t       *testing.T
	doc     *board.Board
	changes []Change
}

func newDesk(t *testing.T) *desk {
	doc := board.New(1)
	d := &desk{t: t, doc: doc, Set: New(doc, figuretest.Even{})}
	doc.Observe(d.Changed)
	d.Observe(func(c Change) { d.changes = append(d.changes, c) })
	return d
}

// edit changes the board, and forgets what was told before.
func (d *desk) edit(f func(e *board.Edit)) {
	d.t.Helper()
	d.changes = nil
	e := d.doc.Edit()
	f(e)
	e.Commit()
	if err := e.Err(); err != nil {
		d.t.Fatal(err)
	}
}

// shape makes an element in a box.
func (d *desk) shape(kind board.Kind, x, y, w, h float64) (id board.ID) {
	d.t.Helper()
	d.edit(func(e *board.Edit) {
		id = e.Create(kind)
		for key, v := range map[board.Key]float64{board.KeyX: x, board.KeyY: y, board.KeyWidth: w, board.KeyHeight: h} {
			e.Set(id, key, board.Float(v))
		}
	})
	return id
}

func (d *desk) set(id board.ID, key board.Key, v board.Value) {
	d.t.Helper()
	d.edit(func(e *board.Edit) { e.Set(id, key, v) })
}

// stroke makes a stroke through points, in board units.
func (d *desk) stroke(points ...geom.Point) (id board.ID) {
	d.t.Helper()
	d.edit(func(e *board.Edit) {
		id = e.Create(board.KindStroke)
		e.Append(id, samples(points...)...)
	})
	return id
}

func samples(points ...geom.Point) (list []board.Point) {
	for _, p := range points {
		list = append(list, board.Point{X: int32(p.X * board.PointsPerUnit), Y: int32(p.Y * board.PointsPerUnit), Pressure: 128})
	}
	return list
}

func (d *desk) want(what string, got, want any) {
	d.t.Helper()
	if got != want {
		d.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func near(a, b geom.Point) bool { return a.Dist(b) < 1e-6 }

// What is not filled is hit at its line, what is filled inside too, and what is
// deleted not at all.
func TestHit(t *testing.T) {
	d := newDesk(t)
	id := d.shape(board.KindRectangle, 0, 0, 100, 60)
	hit := func(x, y float64) bool { return len(d.At(geom.Pt(x, y), 2)) > 0 }
	d.want("on the line", hit(50, 1), true)
	d.want("in the middle of what is not filled", hit(50, 30), false)
	d.set(id, board.KeyFill, board.Int(0xff0000))
	d.want("in the middle of what is filled", hit(50, 30), true)
	d.want("outside", hit(50, 70), false)
	d.set(id, board.KeyAngle, board.Float(math.Pi/2))
	d.want("outside, where a turn has brought it", hit(50, 70), true)
	d.set(id, board.KeyDeleted, board.Int(1))
	d.want("what is deleted", hit(50, 70), false)
	d.set(id, board.KeyDeleted, board.Value{})
	d.want("what came back", hit(50, 70), true)
}

// The topmost comes first, also after the order has changed.
func TestOrder(t *testing.T) {
	d := newDesk(t)
	a := d.shape(board.KindNote, 0, 0, 100, 100)
	b := d.shape(board.KindNote, 50, 50, 100, 100)
	top := func() board.ID { return d.At(geom.Pt(75, 75), 0)[0].ID() }
	d.want("the newer one is on top", top(), b)
	d.set(a, board.KeyOrder, board.String(d.doc.Between(d.doc.Element(b), nil)))
	d.want("what was brought to the front", top(), a)
	c := d.shape(board.KindNote, 60, 60, 100, 100)
	want := []board.ID{b, a}
	if d.doc.Compare(d.doc.Element(c), d.doc.Element(a)) > 0 {
		want = append(want, c)
	} else {
		want = []board.ID{b, c, a}
	}
	for i, f := range d.In(geom.Rect(0, 0, 200, 200)) {
		d.want("in order", f.ID(), want[i])
	}
}

// The ends of an arrow that is bound lie on the outlines, also when these move,
// turn, or are dragged. What it is bound to goes: it lies where it was written.
func TestBoundArrow(t *testing.T) {
	d := newDesk(t)
	a := d.shape(board.KindRectangle, 0, 0, 100, 100)
	b := d.shape(board.KindEllipse, 300, 0, 100, 100)
	arrow := d.shape(board.KindArrow, 10, 20, 30, 40)
	d.edit(func(e *board.Edit) {
		e.Set(arrow, board.KeyStart, board.Ref(a))
		e.Set(arrow, board.KeyEnd, board.Ref(b))
	})
	gap := bindGap + DefaultThickness/2.0
	ends := func(what string, from, to geom.Point) {
		t.Helper()
		if f := d.Of(arrow); !near(f.From, from) || !near(f.To, to) {
			t.Errorf("%s: from %v to %v, want %v and %v", what, f.From, f.To, from, to)
		}
	}
	ends("side by side", geom.Pt(100+gap, 50), geom.Pt(300-gap, 50))
	d.set(b, board.KeyX, board.Float(500))
	ends("one has moved", geom.Pt(100+gap, 50), geom.Pt(500-gap, 50))
	if n := len(d.changes); n != 2 || d.changes[1].ID != arrow {
		t.Errorf("told of %v, want the shape and the arrow", d.changes)
	}
	d.SetDraft(0, &Draft{IDs: []board.ID{a}, By: geom.Translate(geom.Pt(0, -50))})
	if f := d.Of(arrow); !(f.From.Y < 50) {
		t.Errorf("one is dragged: the arrow still begins at %v", f.From)
	}
	d.want("the arrow is in hand too", d.Drafted(arrow), true)
	d.SetDraft(0, nil)
	ends("the drag was given up", geom.Pt(100+gap, 50), geom.Pt(500-gap, 50))
	d.set(a, board.KeyDeleted, board.Int(1))
	if f := d.Of(arrow); !near(f.From, geom.Pt(10, 20)) {
		t.Errorf("bound to what is deleted: begins at %v, want where it was written", f.From)
	}
	d.set(arrow, board.KeyEnd, board.Value{})
	ends("bound to nothing", geom.Pt(10, 20), geom.Pt(40, 60))
}

// A shape that aims at another from inside has its end where it was told.
func TestArrowInside(t *testing.T) {
	d := newDesk(t)
	outer := d.shape(board.KindRectangle, 0, 0, 400, 400)
	arrow := d.shape(board.KindArrow, 200, 200, 10, 10)
	d.set(arrow, board.KeyEnd, board.Ref(outer))
	if f := d.Of(arrow); !f.To.Finite() || !f.Bounds.Center().Finite() {
		t.Errorf("ends at %v", f.To)
	}
	d.set(arrow, board.KeyStart, board.Ref(outer)) // both ends aim at one place
	if f := d.Of(arrow); !f.From.Finite() || !f.To.Finite() {
		t.Errorf("from %v to %v", f.From, f.To)
	}
}

// What is not to be seen is not told.
func TestUnseen(t *testing.T) {
	d := newDesk(t)
	id := d.shape(board.KindNote, 0, 0, 100, 100)
	for _, key := range []board.Key{board.KeyLocked, board.KeyGroup, board.KeyHead + 100} {
		d.set(id, key, board.Int(1))
		if len(d.changes) > 0 {
			t.Errorf("property %d: told of %v", key, d.changes)
		}
	}
	d.want("it is locked all the same", d.Of(id).Locked(), true)
	d.set(id, board.KeyColor, board.Int(1))
	d.want("a colour is told", len(d.changes), 1)
}

// A draft shows elements elsewhere, and the document stays as it is. Two people
// may hold one: the draft of this person wins.
func TestDrafts(t *testing.T) {
	d := newDesk(t)
	id := d.shape(board.KindNote, 0, 0, 200, 200)
	at := func(x float64) bool { return len(d.At(geom.Pt(x, 100), 0)) == 1 }

	d.changes = nil
	d.SetDraft(7, &Draft{IDs: []board.ID{id}, By: geom.Translate(geom.Pt(1000, 0))})
	d.want("lifted", d.changes[0].Kind, Lifted)
	d.want("from where it was", d.changes[0].Before.Contains(geom.Pt(100, 100)), true)
	d.want("where the other has it", at(1100), true)
	d.want("where it was", at(100), false)
	d.SetDraft(0, &Draft{IDs: []board.ID{id}, By: geom.Translate(geom.Pt(2000, 0))})
	d.want("where this person has it", at(2100), true)

	// A third moves it for good: the drag goes on from there.
	d.set(id, board.KeyX, board.Float(10))
	d.want("the drag takes a change along", d.Of(id).Place.X, 2010.0)
	d.set(id, board.KeyX, board.Float(0))

	hash := d.doc.Hash()
	d.SetDraft(0, nil)
	d.want("the other still has it", at(1100), true)
	d.changes = nil
	d.SetDraft(7, nil)
	d.want("laid down", d.changes[0].Kind, Laid)
	d.want("and back", at(100), true)
	d.want("nothing in hand", d.Drafted(id), false)
	d.want("the document", d.doc.Hash() == hash, true)

	place := Place{X: 5, Y: 6, W: 7, H: 8, Angle: 1, Size: 20}
	d.SetDraft(0, &Draft{IDs: []board.ID{id}, Place: &place})
	d.want("a draft by its place", d.Of(id).Place, place)
	d.set(id, board.KeyDeleted, board.Int(1))
	d.want("what is deleted is in nobody's hand", len(d.Held()), 0)
	d.SetDraft(0, nil)
}

// A text is as wide as its lines, a note at least as high.
func TestTextSize(t *testing.T) {
	d := newDesk(t)
	var id board.ID
	d.edit(func(e *board.Edit) {
		id = e.Create(board.KindText)
		e.Splice(id, board.UTF16, 0, 0, "twelve signs")
	})
	d.want("as wide as its line", d.Of(id).Place.W, 12*0.5*DefaultFontSize)
	d.want("a line high", d.Of(id).Place.H, DefaultFontSize*LineHeight)
	d.want("hit anywhere in its box", len(d.At(geom.Pt(60, 12), 0)), 1)
	d.SetDraft(0, &Draft{IDs: []board.ID{id}, By: geom.Scale(2, 2)})
	d.want("twice as large by a draft", d.Of(id).Place.W, 12*0.5*DefaultFontSize*2.0)
	d.SetDraft(0, nil)

	note := d.shape(board.KindNote, 500, 0, 100, 100)
	d.edit(func(e *board.Edit) { e.Splice(note, board.UTF16, 0, 0, "a\nb\nc\nd\ne\nf\ng\nh") })
	d.want("a note grows with its text", d.Of(note).Place.H, 8*DefaultFontSize*LineHeight+2*NotePadding)
	d.want("and the document does not know", d.doc.Element(note).Float(board.KeyHeight, 0), 100.0)
}

// Figures that a Set has kept up to date are those that a new one reads.
func TestKeptUpToDate(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		d := newDesk(t)
		var ids []board.ID
		pick := func() board.ID { return ids[r.IntN(len(ids))] }
		for range 60 {
			if len(ids) == 0 || r.IntN(4) == 0 {
				ids = append(ids, d.shape(board.Kind(1+r.IntN(8)), r.Float64()*500, r.Float64()*500, r.Float64()*200-50, r.Float64()*200-50))
			}
			id := pick()
			d.edit(func(e *board.Edit) {
				switch r.IntN(8) {
				case 0:
					e.Set(id, board.KeyDeleted, board.Int(int64(r.IntN(2))))
				case 1:
					e.Set(id, board.KeyStart, board.Ref(pick()))
				case 2:
					e.Set(id, board.KeyEnd, board.Ref(pick()))
				case 3:
					e.Splice(id, board.UTF16, 0, 0, "words ")
				case 4:
					e.Set(id, board.KeyOrder, board.String(d.doc.Between(d.doc.Element(pick()), nil)))
				case 5:
					if d.doc.Element(id).Kind() == board.KindStroke {
						e.Append(id, samples(geom.Pt(r.Float64()*300, r.Float64()*300))...)
					}
				default:
					e.Set(id, []board.Key{board.KeyX, board.KeyWidth, board.KeyAngle, board.KeyThickness}[r.IntN(4)], board.Float(r.Float64()*100))
				}
			})
			switch r.IntN(6) {
			case 0:
				d.SetDraft(uint32(r.IntN(3)), &Draft{IDs: []board.ID{pick(), pick()}, By: geom.Rotate(r.Float64())})
			case 1:
				d.SetDraft(uint32(r.IntN(3)), nil)
			}
		}
		for m := range uint32(3) {
			d.SetDraft(m, nil)
		}
		fresh := New(d.doc, figuretest.Even{})
		if d.Len() != fresh.Len() {
			t.Fatalf("seed %d: %d figures, want %d", seed, d.Len(), fresh.Len())
		}
		part := geom.Rect(100, 100, 200, 200)
		mine, theirs := d.In(part), fresh.In(part)
		if len(mine) != len(theirs) {
			t.Fatalf("seed %d: %d figures in a part, want %d", seed, len(mine), len(theirs))
		}
		for i := range mine {
			if mine[i].ID() != theirs[i].ID() || mine[i].Bounds != theirs[i].Bounds || mine[i].Place != theirs[i].Place || mine[i].From != theirs[i].From {
				t.Fatalf("seed %d: figure %v is %+v, want %+v", seed, mine[i].ID(), mine[i], theirs[i])
			}
		}
	}
}

// Boards come from outside: no number harms.
func TestHostile(t *testing.T) {
	odd := []float64{math.MaxFloat64, -math.MaxFloat64, 1e300, 0, -1, math.SmallestNonzeroFloat64, 1e9}
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		d := newDesk(t)
		kind := board.Kind(1 + r.IntN(18))
		id := d.shape(kind, odd[r.IntN(len(odd))], odd[r.IntN(len(odd))], odd[r.IntN(len(odd))], odd[r.IntN(len(odd))])
		d.edit(func(e *board.Edit) {
			for key := board.KeyColor; key <= board.KeyPerson; key++ {
				if r.IntN(3) == 0 {
					e.Set(id, key, []board.Value{board.Float(odd[r.IntN(len(odd))]), board.Int(math.MaxInt64), board.Int(-1), board.Ref(id), board.String("x")}[r.IntN(5)])
				}
			}
			e.Splice(id, board.UTF16, 0, 0, "x")
			if kind == board.KindStroke {
				e.Append(id, board.Point{X: math.MaxInt32, Y: math.MinInt32}, board.Point{X: math.MinInt32, Y: 7, Pressure: 255})
			}
		})
		d.SetDraft(1, &Draft{IDs: []board.ID{id, {}}, By: geom.Transform{A: odd[r.IntN(len(odd))], B: odd[r.IntN(len(odd))], D: math.Inf(1), E: math.NaN()}})
		d.SetDraft(1, nil)
		for _, f := range d.In(geom.Rect(-1e9, -1e9, 2e9, 2e9)) {
			f.Hit(geom.Pt(1, 1), 5)
			f.Touches(geom.Rect(0, 0, 10, 10))
			f.Swept(geom.Pt(0, 0), geom.Pt(10, 10), 5)
			f.HeadPaths()
		}
	}
}
