package view

import (
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// by is a draft that moves elements.
func by(t geom.Transform, ids ...board.ID) *figure.Draft { return &figure.Draft{IDs: ids, By: t} }

// wantShown expects the screen to show the board with what is dragged where it
// is, whatever is in tiles and what lies over them. At the edges of what is drawn
// twice, pixels may be darker.
func (k *sight) wantShown(when string, f *Frame) {
	k.t.Helper()
	if n, x, y := k.show(f).unlike(k.painted()); n > k.s.Width*k.s.Height/250 {
		k.t.Errorf("%s: %d pixels are not as they should be, the first at %d, %d", when, n, x, y)
	}
}

// What somebody drags is where the hand is in every frame, below what it is
// below, and when it is laid down nothing flickers.
func TestDrag(t *testing.T) {
	k := look(t, 700, 300)
	add(k.doc, board.KindRectangle, 20, 20, 600, 30, with{board.KeyFill: 0xffc9c9}, "")
	id := add(k.doc, board.KindRectangle, 40, 40, 120, 120, with{board.KeyFill: 0xa5d8ff}, "label")
	add(k.doc, board.KindEllipse, 300, 60, 120, 120, with{board.KeyFill: 0xb2f2bb}, "")
	add(k.doc, board.KindDiamond, 380, 60, 120, 120, with{board.KeyFill: 0xffec99}, "")
	k.wantPainted("at rest")
	for i := range 20 {
		k.s.Now += 16
		k.figures.SetDraft(0, by(geom.Translate(pt(20*float64(i), float64(i))), id))
		f := k.frame()
		k.wantShown("dragged", f)
		if i > 0 && len(f.Paints) > 0 {
			t.Errorf("step %d of a drag paints %d tiles", i, len(f.Paints))
		}
	}
	e := k.doc.Edit()
	figure.SetPlace(e, k.doc.Element(id), k.figures.Of(id).Place)
	e.Commit()
	k.wantShown("written", k.frame())
	k.figures.SetDraft(0, nil)
	for range 5 {
		k.wantShown("laid down", k.frame())
		k.s.Now += 16
	}
	k.wantPainted("at rest again")

	// A gesture that is cancelled leaves everything as it was.
	k.figures.SetDraft(3, by(geom.Rotate(0.3), id))
	k.wantShown("turned by somebody else", k.frame())
	k.figures.SetDraft(3, nil)
	k.wantPainted("given up")

	// What is deleted in somebody's hands is gone.
	k.figures.SetDraft(0, by(geom.Translate(pt(9, 9)), id))
	k.frame()
	set(k.doc, id, board.KeyDeleted, 1)
	k.wantShown("deleted", k.frame())
	k.figures.SetDraft(0, nil)
	k.wantPainted("gone")
}

// What takes several frames to paint is not seen twice, nor not at all, when
// something in it is taken or laid down.
func TestDragOverMuch(t *testing.T) {
	doc := board.New(ownReplica)
	for i := range 250 {
		draw(doc, 0x1971c2, 2, zigzag(150, pt(5, float64(i)), pt(490, float64(i)+4))...)
	}
	id := add(doc, board.KindRectangle, 100, 100, 150, 80, with{board.KeyFill: 0xe03131}, "")
	k := lookAt(t, doc, Screen{Width: 500, Height: 300, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
	k.settle()
	d := pt(0, 0)
	several := false
	for i := range 60 {
		k.s.Now += 16
		switch {
		case i < 30:
			d.X = 5 * float64(i)
			k.figures.SetDraft(0, by(geom.Translate(d), id))
		case i == 30:
			e := k.doc.Edit()
			figure.SetPlace(e, k.doc.Element(id), k.figures.Of(id).Place)
			e.Commit()
			k.figures.SetDraft(0, nil)
		}
		f := k.frame()
		several = several || i > 30 && f.Again
		// The middle of what is dragged is always there, in its colour.
		p := k.show(f)
		if at := p.at(175+int(d.X), 140); far(at, channels(0xe03131)) > 0.02 {
			t.Fatalf("frame %d: in the middle of what is dragged there is %v", i, at)
		}
	}
	if !several {
		t.Error("it took no more than a frame to paint it")
	}
	k.wantPainted("laid down")
}

// Thousands of strokes are dragged as tiles of their own.
func TestDragOfVeryMuch(t *testing.T) {
	doc := board.New(ownReplica)
	r := rand.New(rand.NewPCG(6, 6))
	var ids []board.ID
	for range 3000 {
		at := pt(r.Float64()*600, r.Float64()*400)
		id, _ := draw(doc, int64(r.IntN(0xffffff)), 3, line(20, at, at.Add(pt(r.Float64()*60-30, r.Float64()*60-30)))...)
		ids = append(ids, id)
	}
	under := add(doc, board.KindEllipse, 20, 20, 300, 200, with{board.KeyFill: 0xffec99}, "")
	k := lookAt(t, doc, Screen{Width: 700, Height: 500, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
	k.settle()
	ids = append(ids, under)
	step := 0
	move := func() {
		k.s.Now += 16
		step++
		k.figures.SetDraft(0, by(geom.Translate(pt(2*float64(step), float64(step))), ids...))
		k.frame()
		if k.vertices > mostVertices {
			t.Fatalf("step %d has %d vertices", step, k.vertices)
		}
	}
	for range 40 {
		move()
	}
	if k.v.drag == nil {
		t.Fatal("it is not dragged as tiles")
	}
	f := k.v.Frame(k.s)
	if len(f.Dragged) == 0 || len(f.Paints) > 0 || len(f.Live) > 0 {
		t.Errorf("when all is painted, a frame of the drag has %d tiles that move, %d paints, %d items over them", len(f.Dragged), len(f.Paints), len(f.Live))
	}
	k.wantShown("dragged", f)
	// Resized, the tiles are stretched, and nothing is painted.
	k.figures.SetDraft(0, by(geom.Translate(pt(80, 40)).Then(geom.ScaleAbout(pt(300, 300), 1.1, 1.1)), ids...))
	if f := k.frame(); len(f.Dragged) == 0 || f.Dragged[0].By.A != 1.1 {
		t.Errorf("while it is resized, tiles lie by %+v", f.Dragged)
	}
	k.figures.SetDraft(0, by(geom.Translate(pt(80, 40)), ids...))
	e := k.doc.Edit()
	for _, id := range ids {
		figure.SetPlace(e, k.doc.Element(id), k.figures.Of(id).Place)
	}
	e.Commit()
	k.figures.SetDraft(0, nil)
	for range 3 {
		k.wantShown("laid down", k.frame())
		k.s.Now += 16
	}
	k.wantPainted("in the end")
	if k.v.drag != nil || len(k.v.lifted) > 0 {
		t.Error("the tiles of the drag are never given back")
	}
}
