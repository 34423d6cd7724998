package figure

import (
	"math"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// stamp puts a sign in the middle of an element, or at the origin if there is none.
func (d *desk) stamp(on board.ID, symbol int64, more ...board.Value) (id board.ID) {
	d.t.Helper()
	d.edit(func(e *board.Edit) {
		id = e.Create(board.KindStamp)
		e.Set(id, board.KeySymbol, board.Int(symbol))
		if on != (board.ID{}) {
			e.Set(id, board.KeyStart, board.Ref(on))
		}
		for i, key := range []board.Key{board.KeyPerson, board.KeyParent}[:len(more)] {
			e.Set(id, key, more[i])
		}
	})
	return id
}

// A stamp goes where the element goes that it is on, and stays upright. It can be
// moved on it, and goes with it when it is deleted.
func TestStampOnElement(t *testing.T) {
	d := newDesk(t)
	note := d.shape(board.KindNote, 0, 0, 200, 100)
	id := d.stamp(note, 2)
	middle := func(what string, x, y float64) {
		t.Helper()
		if at := d.Of(id).Frame.Center(); !near(at, geom.Pt(x, y)) {
			t.Errorf("%s: it is at %v, want %v, %v", what, at, x, y)
		}
	}
	middle("in its middle", 100, 50)
	d.set(id, board.KeyStartX, board.Float(1))
	middle("on its side", 200, 50)
	d.set(note, board.KeyX, board.Float(1000))
	middle("moved", 1200, 50)
	d.set(note, board.KeyAngle, board.Float(math.Pi))
	middle("turned", 1000, 50)
	d.want("upright", d.Of(id).Frame.Angle, 0.0)
	d.set(note, board.KeyAngle, board.Value{})

	d.want("hit anywhere on its disc", d.At(geom.Pt(1190, 60), 0)[0].ID(), id)
	d.want("not beside it", len(d.At(geom.Pt(1200+StampSize/2*0.9, 50+StampSize/2*0.9), 0)), 0)

	d.SetDraft(0, &Draft{IDs: []board.ID{note}, By: geom.Translate(geom.Pt(0, 7))})
	middle("it is dragged along", 1200, 57)
	d.want("and in hand too", d.Drafted(id), true)
	d.SetDraft(0, &Draft{IDs: []board.ID{note, id}, By: geom.Translate(geom.Pt(0, 7))})
	middle("both are dragged, and it goes as far", 1200, 57)
	d.SetDraft(0, nil)

	d.set(note, board.KeyDeleted, board.Int(1))
	d.want("without the note nothing is seen", d.Of(id).Bounds.Empty(), true)
	d.want("nor hit", len(d.In(geom.Rect(-1e6, -1e6, 2e6, 2e6))), 0)
	d.set(note, board.KeyDeleted, board.Value{})
	middle("it came back", 1200, 50)

	// Two stamps that name each other lie on nothing.
	other := d.stamp(id, 3)
	d.set(id, board.KeyStart, board.Ref(other))
	d.want("on each other", d.Of(id).Bounds.Empty() && d.Of(other).Bounds.Empty(), true)
}

// A stamp by itself lies where it was put.
func TestStampAlone(t *testing.T) {
	d := newDesk(t)
	id := d.stamp(board.ID{}, 4)
	d.set(id, board.KeyX, board.Float(10))
	d.want("where it was put", d.Of(id).Place.X, 10.0)
	d.want("of the usual size", d.Of(id).Place.W, float64(StampSize))
	d.set(id, board.KeyWidth, board.Float(80))
	d.set(id, board.KeyHeight, board.Float(80))
	d.want("or larger", d.Of(id).Bounds.Size(), geom.Pt(80, 80))
	for _, n := range []int64{-1, math.MaxInt64} {
		d.set(id, board.KeySymbol, board.Int(n))
		d.want("a sign that is not known is a dot", d.Of(id).Symbol().Name, "dot")
	}
}

// The signs are within their discs, and all that is said of them is understood.
func TestSymbols(t *testing.T) {
	names := map[string]bool{}
	for n, y := range Symbols {
		if y.Name == "" || names[y.Name] {
			t.Errorf("symbol %d: the name %q is not its own", n, y.Name)
		}
		names[y.Name] = true
		bounds := geom.NoBox
		for _, data := range []string{y.Fill, y.Line, y.Hole} {
			path := ParsePath(data)
			verbs := 0
			for _, c := range data {
				if c >= 'A' && c <= 'Z' {
					verbs++
				}
			}
			if len(path) != verbs {
				t.Errorf("%s: %q has %d segments, of which %d are understood", y.Name, data, verbs, len(path))
			}
			bounds = bounds.Union(path.Bounds())
		}
		if n != SymbolDot && bounds.Empty() {
			t.Errorf("%s shows nothing", y.Name)
		}
		for _, corner := range bounds.Corners() {
			if n != SymbolDot && corner.Dist(geom.Pt(12, 12)) > 11.5 {
				t.Errorf("%s reaches to %v, beyond its disc", y.Name, corner)
			}
		}
	}
}
