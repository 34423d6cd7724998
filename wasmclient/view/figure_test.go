package view

import (
	"math"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// with is the properties of an element.
type with map[board.Key]float64

// add adds an element at a place.
func add(doc *board.Board, kind board.Kind, x, y, w, h float64, other with, text string) board.ID {
	e := doc.Edit()
	id := e.Create(kind)
	for key, v := range (with{board.KeyX: x, board.KeyY: y, board.KeyWidth: w, board.KeyHeight: h}) {
		e.Set(id, key, board.Float(v))
	}
	for key, v := range other {
		e.Set(id, key, board.Float(v))
	}
	if text != "" {
		e.Splice(id, board.UTF16, 0, 0, text)
	}
	e.Commit()
	return id
}

// Shapes have as much ink as geometry says.
func TestInkOfShapes(t *testing.T) {
	black := with{board.KeyColor: 0, board.KeyThickness: 0, board.KeyFill: 0}
	for name, c := range map[string]struct {
		kind  board.Kind
		w, h  float64
		other with
		want  float64
	}{
		"filled rectangle":  {board.KindRectangle, 100, 60, black, 100*60 - (4-math.Pi)*64},
		"filled ellipse":    {board.KindEllipse, 100, 60, black, math.Pi * 50 * 30},
		"filled diamond":    {board.KindDiamond, 100, 60, black, 100 * 60 / 2},
		"turned ellipse":    {board.KindEllipse, 100, 60, with{board.KeyColor: 0, board.KeyThickness: 0, board.KeyFill: 0, board.KeyAngle: 1}, math.Pi * 50 * 30},
		"line":              {board.KindLine, 100, 60, with{board.KeyColor: 0, board.KeyThickness: 6}, math.Hypot(100, 60)*6 + math.Pi*9},
		"thin line":         {board.KindLine, 100, -50, with{board.KeyColor: 0, board.KeyThickness: 0.5}, math.Hypot(100, 50) * 0.5},
		"outlined ellipse":  {board.KindEllipse, 100, 100, with{board.KeyColor: 0, board.KeyThickness: 5}, math.Pi * 100 * 5},
		"outlined diamond":  {board.KindDiamond, 100, 100, with{board.KeyColor: 0, board.KeyThickness: 4}, 4*math.Hypot(50, 50)*4 - 4*4*4 + math.Pi*4 + 3*4},
		"half-seen ellipse": {board.KindEllipse, 100, 60, with{board.KeyColor: 0, board.KeyThickness: 0, board.KeyFill: 0, board.KeyOpacity: 0.5}, math.Pi * 50 * 30 / 2},
		"dotted line":       {board.KindLine, 120, 0, with{board.KeyColor: 0, board.KeyThickness: 5, board.KeyDash: 2}, 11 * math.Pi * 6.25},
	} {
		k := look(t, 220, 200)
		y := 60.0
		if c.h < 0 {
			y -= c.h
		}
		add(k.doc, c.kind, 50, y, c.w, c.h, c.other, "")
		if got := k.show(k.settle()).ink(); !within(got, c.want, 0.06) {
			t.Errorf("%s: %.0f pixels of ink, want %.0f", name, got, c.want)
		}
		k.wantPainted(name)
	}
}

// Dashes leave gaps that are as long as what they leave, in whatever tile.
func TestDashesGoThroughTiles(t *testing.T) {
	k := look(t, 1100, 100)
	add(k.doc, board.KindLine, 20, 50, 1000, 0, with{board.KeyColor: 0, board.KeyThickness: 4, board.KeyDash: 1}, "")
	k.wantPainted("dashed")
	p := k.show(k.settle())
	var begins []int
	for x := 1; x < p.w; x++ {
		if p.at(x, 50)[0] < 0.5 && p.at(x-1, 50)[0] >= 0.5 {
			begins = append(begins, x)
		}
	}
	if len(begins) < 40 {
		t.Fatalf("there are %d dashes", len(begins))
	}
	for i := 1; i < len(begins); i++ {
		if d := begins[i] - begins[i-1]; d != 24 {
			t.Errorf("dash %d begins %d pixels after the one before", i, d)
		}
	}
}

// What overlaps in a stroke that can be seen through is no darker.
func TestOpacityIsOfTheWhole(t *testing.T) {
	k := look(t, 300, 200)
	id, _ := draw(k.doc, 0, 24, line(30, pt(40, 100), pt(260, 100))...)
	grow(k.doc, id, line(30, pt(260, 100), pt(40, 100))...) // over itself
	set(k.doc, id, board.KeyOpacity, 1)
	e := k.doc.Edit()
	e.Set(id, board.KeyOpacity, board.Float(0.4))
	e.Commit()
	for _, p := range []*picture{k.show(k.frame()), k.show(k.settle())} {
		for _, x := range []int{60, 150, 230} {
			if got := p.at(x, 100)[0]; math.Abs(float64(got)-0.6) > 0.01 {
				t.Errorf("at %d the paper shines through by %.2f, want 0.6", x, got)
			}
		}
	}
	e = k.doc.Edit()
	e.Set(id, board.KeyOpacity, board.Float(0))
	e.Commit()
	k.wantPainted("not to be seen at all")
}

// Letters lie over what is below them and under what is above them, are left out
// while they are written, and are bars when they are too small.
func TestTexts(t *testing.T) {
	k := look(t, 500, 300)
	add(k.doc, board.KindRectangle, 20, 20, 200, 100, with{board.KeyFill: 0xffec99}, "below")
	id := add(k.doc, board.KindText, 40, 60, 0, 0, with{board.KeyFontSize: 20}, "over\nit")
	add(k.doc, board.KindRectangle, 60, 70, 200, 100, with{board.KeyFill: 0xa5d8ff}, "")
	add(k.doc, board.KindNote, 280, 40, 180, 180, with{board.KeyAngle: 0.2}, "a note that is long enough for two lines")
	k.wantPainted("texts")
	runs := func() (all []Run) {
		k.v.dropAll()
		f := k.v.Frame(k.s)
		for _, p := range f.Paints {
			for _, item := range p.Items {
				all = append(all, item.Runs...)
			}
		}
		return all
	}
	k.tiles = map[TileID]*picture{}
	list := runs()
	if list[0].Text != "below" || list[1].Text != "over" || list[2].Text != "it" || list[1].Size != 20 || list[3].Angle != 0.2 {
		t.Errorf("the lines are %+v", list)
	}
	k.v.Writing(id)
	if got := runs(); len(got) != len(list)-2 {
		t.Errorf("while one is written, %d lines are shown of %d", len(got), len(list))
	}
	k.v.Writing(board.ID{})
	k.s.Camera.Zoom = 0.1
	if got := runs(); len(got) != 0 {
		t.Errorf("letters of two pixels are drawn: %+v", got)
	}
}

// What begins to be written disappears at once, and comes back.
func TestWritingRepaints(t *testing.T) {
	k := look(t, 300, 200)
	id := add(k.doc, board.KindText, 40, 60, 0, 0, with{board.KeyFontSize: 40}, "words")
	k.wantPainted("shown")
	before := k.show(k.settle()).ink()
	k.v.Writing(id)
	k.wantPainted("written")
	if ink := k.show(k.settle()).ink(); before < 500 || ink != 0 {
		t.Errorf("a text has %.0f pixels of ink, and %.0f while it is written", before, ink)
	}
	k.v.Writing(board.ID{})
	k.wantPainted("shown again")
}

// In the dark letters keep their colour on a paper that does.
func TestLettersInTheDark(t *testing.T) {
	for fill, want := range map[float64]uint32{figure.NoteColor: 0x1e1e1e, 0xffffff: 0xe1e1e1} {
		doc := board.New(ownReplica)
		add(doc, board.KindNote, 20, 20, 100, 100, with{board.KeyFill: fill}, "words")
		k := lookAt(t, doc, Screen{Width: 200, Height: 200, Ratio: 1, Dark: true, Camera: geom.Camera{Zoom: 1}, Now: 1000})
		items := k.frame().Paints[0].Items
		if got := items[len(items)-1].Runs[0].Color; got != want {
			t.Errorf("on %06x letters are %06x, want %06x", uint32(fill), got, want)
		}
	}
}

// The overlay lies over everything, in CSS pixels, and is drawn for its frame
// alone.
func TestOverlay(t *testing.T) {
	k := look(t, 300, 200)
	k.s.Ratio = 2
	box := []geom.Point{pt(20, 20), pt(100, 20), pt(100, 80), pt(20, 80)}
	k.s.Overlay = []Stroke{
		{Points: box, Closed: true, Width: 1, Color: 0},
		{Points: box, Closed: true, Fill: 0, FillAlpha: 0.5},
		{Points: box[:2], Width: 1, Color: 0, Dash: []float64{4, 4}},
		{Points: []geom.Point{pt(1, 1), pt(math.NaN(), 3)}, Width: 3},
		{},
	}
	f := k.settle()
	want := 2*(80+60)*2*2/2 + 160*120/2.0
	if got := k.show(f).ink(); !within(got, want, 0.05) {
		t.Errorf("the overlay has %.0f pixels of ink, want %.0f", got, want)
	}
	k.s.Overlay = nil
	if f := k.frame(); len(f.Live) != 0 || len(f.Paints) != 0 {
		t.Errorf("when it has gone, %d items are left and %d tiles painted", len(f.Live), len(f.Paints))
	}
}
