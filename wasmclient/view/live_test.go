package view

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// A stroke that grows lies over the tiles, and becomes a part of them when it
// has not grown for a while.
func TestStrokeSettles(t *testing.T) {
	k := look(t, 300, 200)
	k.settle()
	id, _ := draw(k.doc, 0x1e1e1e, 4, line(5, pt(20, 20), pt(60, 40))...)
	for i := range 10 {
		f := k.frame()
		if len(f.Paints) != 0 || len(f.Live) != 1 {
			t.Fatalf("while it grows, %d tiles are painted and %d strokes lie over them", len(f.Paints), len(f.Live))
		}
		if f.Wake != k.s.Now+settleStroke {
			t.Errorf("at %v, just after a new point, the next frame is at %v", k.s.Now, f.Wake)
		}
		k.s.Now += 100
		grow(k.doc, id, line(2, pt(60+10*float64(i), 40), pt(65+10*float64(i), 50))...)
	}
	k.frame()
	k.s.Now += settleStroke - 1
	if f := k.frame(); len(f.Paints) != 0 || len(f.Live) != 1 || f.Wake != k.s.Now+1 {
		t.Errorf("a moment before it settles: %d paints, %d live, wake in %v", len(f.Paints), len(f.Live), f.Wake-k.s.Now)
	}
	k.s.Now++
	if f := k.frame(); len(f.Paints) != 1 || !f.Paints[0].Clear || len(f.Live) != 0 || f.Wake != 0 {
		t.Errorf("when it settles: paints %d, want the tile whole; %d live; wake %v", len(f.Paints), len(f.Live), f.Wake)
	}
	k.wantPainted("settled")

	k.s.Now += 5000
	grow(k.doc, id, line(4, pt(170, 60), pt(250, 150))...)
	if f := k.frame(); len(f.Live) != 1 {
		t.Error("a stroke that goes on growing does not lie over the tiles")
	}
	k.wantPainted("grown once more")
}

// The way of the last piece depends on where the stroke goes on: what is
// painted of it is painted anew, in all the tiles it is in.
func TestSettledStrokeGoesOn(t *testing.T) {
	k := look(t, 700, 300)
	id, _ := draw(k.doc, 0x1971c2, 8, line(2, pt(420, 150), pt(500, 150))...)
	k.wantPainted("a straight piece")
	for _, to := range []geom.Point{pt(560, 20), pt(600, 200), pt(450, 280), pt(440, 20)} {
		grow(k.doc, id, line(1, to, to)...)
		k.frame()
		k.s.Now += 10
		grow(k.doc, id, line(1, to.Add(pt(30, 9)), pt(0, 0))...)
		k.frame()
		k.wantPainted("gone on")
	}
}

// The pen is not slowed by a long stroke: what lies over the tiles is bounded.
func TestLongStrokeIsPaintedInParts(t *testing.T) {
	k := look(t, 400, 300)
	k.settle()
	id, _ := draw(k.doc, 0x1971c2, 3, line(2, pt(10, 10), pt(11, 10))...)
	painted := 0
	for i := range 60 {
		y := 10 + float64(i)*4
		grow(k.doc, id, line(20, pt(10, y), pt(390, y+4))...)
		k.s.Now += 16
		f := k.frame()
		painted += len(f.Paints)
		if over := k.doc.Element(id).NumPoints() - k.v.live[id].painted; over > longLive+2*unsure+20 {
			t.Fatalf("%d points lie over the tiles", over)
		}
	}
	if painted == 0 || painted > 10 {
		t.Errorf("1200 points were painted in %d parts", painted)
	}
	// Others draw over it and below it, and it changes, while it goes on.
	set(k.doc, id, board.KeyColor, 0xe03131)
	k.wantPainted("long")
}

// What is drawn below something is painted below it, whatever of that is
// painted already.
func TestStrokesOverAndUnder(t *testing.T) {
	late := board.New(lateReplica) // it has seen nothing: its strokes belong below
	k := look(t, 300, 200)
	draw(k.doc, 0x2f9e44, 12, line(9, pt(150, 20), pt(150, 180))...)
	k.wantPainted("the upper one")
	_, update := draw(late, 0xe03131, 12, line(9, pt(20, 100), pt(280, 100))...)
	apply(t, k.doc, update)
	if f := k.frame(); len(f.Live) != 1 {
		t.Error("the lower stroke does not show at once")
	}
	k.wantPainted("the lower one")

	// The upper stroke is long and still grows: only a part is in the tiles.
	id, _ := draw(k.doc, 0x1971c2, 12, line(longLive+20, pt(60, 20), pt(60, 180))...)
	k.frame()
	_, update = draw(late, 0xf08c00, 12, line(9, pt(20, 60), pt(100, 60))...)
	apply(t, k.doc, update)
	for range 8 {
		k.frame()
		k.s.Now += 100
		grow(k.doc, id, line(2, pt(60, 180), pt(70, 180))...)
	}
	k.wantPainted("below a stroke that is painted in part")
}

// After a compaction everything is drawn anew: elements are gone, others are
// not the ones that were.
func TestResetDrawsAnew(t *testing.T) {
	k := look(t, 300, 200)
	gone, _ := draw(k.doc, 0x2f9e44, 12, line(9, pt(150, 20), pt(150, 180))...)
	stays, _ := draw(k.doc, 0xe03131, 12, line(9, pt(20, 100), pt(280, 100))...)
	k.settle()
	set(k.doc, gone, board.KeyDeleted, 1)
	before := k.show(k.frame()).ink()
	k.doc.Compact()
	if ink := k.show(k.frame()).ink(); before < 300 || ink < before/2 {
		t.Errorf("the screen had %.0f pixels of ink, and has %.0f just after the compaction", before, ink)
	}
	k.doc.Compact()
	grow(k.doc, stays, line(2, pt(280, 100), pt(290, 120))...) // before there is a frame
	k.wantPainted("after the compaction")
	grow(k.doc, stays, line(2, pt(290, 120), pt(280, 140))...)
	k.wantPainted("drawing on")
}

func TestDeletion(t *testing.T) {
	k := look(t, 300, 200)
	under, _ := draw(k.doc, 0x2f9e44, 12, line(9, pt(150, 20), pt(150, 180))...)
	over, _ := draw(k.doc, 0xe03131, 12, line(9, pt(20, 100), pt(280, 100))...)
	k.settle()
	set(k.doc, over, board.KeyDeleted, 1)
	if f := k.frame(); len(f.Paints) != 1 || !f.Paints[0].Clear {
		t.Errorf("a deletion paints %d tiles, want the one anew, at once", len(f.Paints))
	}
	k.wantPainted("the upper one deleted")
	set(k.doc, over, board.KeyDeleted, 0)
	set(k.doc, under, board.KeyDeleted, 1)
	k.wantPainted("the other way round")
	grow(k.doc, under, line(5, pt(150, 180), pt(200, 190))...)
	k.wantPainted("a deleted stroke grows")
	set(k.doc, under, board.KeyDeleted, 0)
	k.wantPainted("and comes back")

	// Deleted before it was ever shown, or while it grows.
	id, _ := draw(k.doc, 0x1971c2, 5, line(5, pt(20, 20), pt(60, 40))...)
	k.frame()
	set(k.doc, id, board.KeyDeleted, 1)
	if f := k.frame(); len(f.Live) != 0 {
		t.Error("a stroke that was deleted while it grew still shows")
	}
	k.wantPainted("deleted while it grew")
}

// The ink of a wider stroke is gone when it is made thin, also in the tiles
// that the thin one does not touch.
func TestWidthChanges(t *testing.T) {
	k := look(t, 900, 200)
	k.s.Camera.At = pt(100, 0)
	id, _ := draw(k.doc, 0xe03131, 60, line(9, pt(TileSize-20, 20), pt(TileSize-20, 180))...)
	k.wantPainted("wide")
	set(k.doc, id, board.KeyThickness, 2)
	k.wantPainted("thin")
	set(k.doc, id, board.KeyThickness, -5)
	k.wantPainted("of no width")
	set(k.doc, id, board.KeyThickness, 80)
	k.wantPainted("wide again")
}

// A board that is loaded goes into the tiles at once: nothing lies over them.
func TestBulkLoad(t *testing.T) {
	source := board.New(otherReplica)
	for i := range 10 * manyLive {
		x, y := float64(i%32)*9, float64(i/32)*18
		draw(source, int64(i)*0x030507&0xffffff, 3, line(6, pt(x, y), pt(x+30, y+15))...)
	}
	k := look(t, 300, 200)
	k.settle()
	apply(t, k.doc, diff(t, source, nil))
	var f *Frame
	frames := 0
	for f = k.frame(); f.Again; f = k.frame() {
		frames++
	}
	if len(f.Live) != 0 || f.Wake != 0 || frames > 4 {
		t.Errorf("%d frames after loading, %d items lie over the tiles, wake %v", frames, len(f.Live), f.Wake)
	}
	k.wantPainted("loaded")
}

// Changes outside the screen cost nothing but the tiles that lie there.
func TestChangeOutOfSight(t *testing.T) {
	k := look(t, 400, 400)
	id, _ := draw(k.doc, 0xe03131, 6, line(9, pt(20, 20), pt(100, 180))...)
	k.settle()
	k.s.Camera.At = pt(5000, 5000)
	k.settle()
	set(k.doc, id, board.KeyColor, 0x2f9e44)
	if f := k.frame(); len(f.Paints) != 0 {
		t.Errorf("out of sight, a change of colour paints %d tiles", len(f.Paints))
	}
	k.s.Camera.At = geom.Point{}
	k.wantPainted("back again")
}

// Strokes that cross each other settle out of sight: their tile is dropped, and
// nothing is painted on it in the same frame.
func TestSettlesOutOfSight(t *testing.T) {
	k := look(t, 300, 200)
	k.settle()
	for i := range 10 {
		draw(k.doc, 0x1971c2, 8, line(9, pt(20, float64(20*i)), pt(280, float64(200-20*i)))...)
	}
	k.frame()
	k.s.Camera.At = pt(5000, 5000)
	k.s.Now += settleStroke
	k.frame()
	k.s.Camera.At = geom.Point{}
	k.wantPainted("back again")
}

// An element without points, or of a kind that this version does not know, is
// not to be seen.
func TestNothingToSee(t *testing.T) {
	k := look(t, 300, 200)
	k.settle()
	e := k.doc.Edit()
	id := e.Create(board.KindStroke)
	e.Set(e.Create(77), board.KeyColor, board.Int(5))
	e.Commit()
	if f := k.frame(); len(f.Live)+len(f.Paints) != 0 {
		t.Errorf("%d live and %d paints for nothing", len(f.Live), len(f.Paints))
	}
	k.wantPainted("elements without ink")
	grow(k.doc, id, line(1, pt(50, 50), pt(50, 50))...)
	k.wantPainted("a dot")
}

// What others draw comes in batches, and is shown evenly: a batch over the time
// since the one before. What one draws oneself is shown at once.
func TestOthersDrawEvenly(t *testing.T) {
	for _, c := range []struct {
		who     board.Replica
		halfway func(n int) bool
	}{{ownReplica, func(n int) bool { return n == 21 }}, {otherReplica, func(n int) bool { return n >= 15 && n <= 17 }}} {
		k := look(t, 300, 200)
		k.settle()
		hand := board.New(c.who)
		if c.who == ownReplica {
			hand = k.doc
		}
		tell := func(update []byte) {
			if err := k.doc.Apply(update); err != nil {
				t.Fatal(err)
			}
		}
		id, u := draw(hand, 0x1e1e1e, 4, line(10, pt(20, 20), pt(60, 40))...)
		tell(u)
		k.frame()
		l := k.v.live[id]
		if n := l.shown(11, k.v.now); n != 11 {
			t.Errorf("of the first batch %d points are shown", n)
		}
		k.s.Now += 100
		tell(grow(hand, id, line(9, pt(70, 40), pt(160, 90))...))
		k.frame()
		k.s.Now += 50
		f := k.frame()
		if n := l.shown(21, k.v.now); !c.halfway(n) {
			t.Errorf("of replica %d, 50 ms after a batch that took 100 ms %d points of 21 are shown", c.who, n)
		}
		if c.who != ownReplica && f.Wake > k.s.Now+20 {
			t.Errorf("the next frame is in %v ms", f.Wake-k.s.Now)
		}
		k.s.Now += 50
		k.frame()
		if n := l.shown(21, k.v.now); n != 21 {
			t.Errorf("when as much time has passed again %d points are shown", n)
		}
		// After a long rest it does not lag for as long.
		k.s.Now += 250
		tell(grow(hand, id, line(9, pt(170, 90), pt(200, 190))...))
		k.frame()
		k.s.Now += mostOver
		k.frame()
		if n := l.shown(31, k.v.now); n != 31 {
			t.Errorf("%d points of 31 are shown in the end", n)
		}
		k.wantPainted("in the end")
	}
}

// What others draw lies over the tiles as it is told, in ink as everything else,
// and leaves nothing behind.
func TestSketches(t *testing.T) {
	k := look(t, 300, 200)
	k.settle()
	draw(k.doc, 0x1e1e1e, 4, line(5, pt(20, 20), pt(60, 40))...)
	k.settle()
	k.v.Sketches([]Sketch{{Color: 0xe03131, Thickness: 4, Points: line(5, pt(20, 20), pt(60, 40))}, {}, {Color: 0x1e1e1e, Thickness: -1, Points: line(1, pt(9, 9), pt(9, 9))}})
	f := k.frame()
	if len(f.Paints) != 0 || len(f.Live) == 0 || f.Live[0].Meshes[0].Vertices[0].Color != 0xe03131 {
		t.Fatalf("%d tiles are painted, over them lie %d meshes", len(f.Paints), len(f.Live))
	}
	k.s.Dark = true
	k.v.Sketches([]Sketch{{Color: 0x1e1e1e, Thickness: 4, Points: line(5, pt(20, 20), pt(60, 40))}})
	if f := k.frame(); len(f.Live) != 1 || f.Live[0].Meshes[0].Vertices[0].Color != 0xe1e1e1 {
		t.Errorf("in the dark: %+v", f.Live)
	}
	k.v.Sketches(nil)
	if f := k.frame(); len(f.Live) != 0 {
		t.Error("what is told no longer is still shown")
	}
}
