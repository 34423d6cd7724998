package figure

import (
	"math"
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// A box that is turned, moved or stretched along its sides lies where its corners
// are brought.
func TestMoveBox(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		p := Place{X: r.NormFloat64() * 100, Y: r.NormFloat64() * 100, W: 1 + r.Float64()*100, H: 1 + r.Float64()*100, Angle: r.Float64()*6 - 3, Size: 20}
		k := 0.5 + r.Float64()
		by := geom.Rotate(r.Float64() * 6).Then(geom.Scale(k, k)).Then(geom.Translate(geom.Pt(r.NormFloat64()*50, 7)))
		moved := p.Move(board.KindRectangle, by)
		if math.Abs(moved.Size-20*k) > 1e-9 {
			t.Fatalf("letters of 20 are %v high, %v times as large", moved.Size, k)
		}
		want := p.Frame().Corners()
		for i, c := range moved.Frame().Corners() {
			if !near(c, by.Apply(want[i])) {
				t.Fatalf("%+v by %+v: corner %d is at %v, want %v", p, by, i, c, by.Apply(want[i]))
			}
		}
	}
}

// A mirror leaves texts upright, and turns a stroke over.
func TestMirror(t *testing.T) {
	text := Place{X: 10, Y: 10, W: 30, H: 20, Size: 20}
	for _, by := range []geom.Transform{geom.Scale(-1, 1), geom.Scale(1, -1)} {
		if moved := text.Move(board.KindText, by); moved.Angle != 0 || moved.W != 30 || moved.H != 20 {
			t.Errorf("a text mirrored by %+v: %+v", by, moved)
		}
	}
	d := newDesk(t)
	id := d.stroke(geom.Pt(0, 0), geom.Pt(50, 0), geom.Pt(100, 40))
	ink := d.Of(id).AppendInk(nil)
	for _, by := range []geom.Transform{
		geom.Scale(-1, 1), geom.Scale(1, -1), geom.Scale(-1, -1), geom.Scale(-2, 3),
		geom.RotateAbout(geom.Pt(5, 5), 1), geom.Rotate(1).Then(geom.Scale(-1, 1)), geom.Translate(geom.Pt(3, 4)),
	} {
		e := d.doc.Edit()
		was := d.Of(id).Place
		moved := was.Move(board.KindStroke, by)
		SetPlace(e, d.doc.Element(id), moved)
		e.Commit()
		for i, k := range d.Of(id).AppendInk(nil) {
			if want := by.Apply(ink[i].At); k.At.Dist(want) > 1e-6 {
				t.Errorf("by %+v: ink %d is at %v, want %v", by, i, k.At, want)
			}
		}
		e = d.doc.Edit() // back to how it was drawn
		for _, key := range []board.Key{board.KeyX, board.KeyY, board.KeyWidth, board.KeyHeight, board.KeyAngle} {
			e.Set(id, key, board.Value{})
		}
		e.Commit()
	}
}

// A stroke that was mirrored, and then turned and mirrored again, is where the
// transforms bring it.
func TestMirrorTwice(t *testing.T) {
	d := newDesk(t)
	id := d.stroke(geom.Pt(0, 0), geom.Pt(50, 10), geom.Pt(100, 40), geom.Pt(20, 80))
	want := d.Of(id).AppendInk(nil)
	for _, by := range []geom.Transform{geom.Scale(-1, 1), geom.RotateAbout(geom.Pt(30, 1), 2), geom.Scale(2, -2), geom.Rotate(-1), geom.Scale(-1, 1)} {
		e := d.doc.Edit()
		SetPlace(e, d.doc.Element(id), d.Of(id).Place.Move(board.KindStroke, by))
		e.Commit()
		got := d.Of(id).AppendInk(nil)
		for i := range want {
			want[i].At = by.Apply(want[i].At)
			if got[i].At.Dist(want[i].At) > 1e-6 {
				t.Fatalf("after %+v: ink %d is at %v, want %v", by, i, got[i].At, want[i].At)
			}
		}
	}
}

// The ends of a line go where they are brought, whichever way it goes.
func TestMoveLine(t *testing.T) {
	p := Place{}.WithEnds(geom.Pt(10, 10), geom.Pt(-20, 40))
	from, to := p.Move(board.KindLine, geom.Scale(-1, 2)).Ends()
	if from != geom.Pt(-10, 20) || to != geom.Pt(20, 80) {
		t.Errorf("from %v to %v", from, to)
	}
}

// Only what differs is written.
func TestSetPlace(t *testing.T) {
	d := newDesk(t)
	id := d.shape(board.KindRectangle, 1, 2, 3, 4)
	before := d.doc.Seq(1)
	d.edit(func(e *board.Edit) {
		p, given := PlaceOf(d.doc.Element(id))
		d.want("a place is given", given, true)
		p.X = 9
		SetPlace(e, d.doc.Element(id), p)
	})
	d.want("operations", d.doc.Seq(1)-before, uint64(1))
	d.want("x", d.Of(id).Place.X, 9.0)
}
