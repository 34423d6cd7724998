package figure

import (
	"math/rand/v2"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Find finds what In finds, in its order.
func TestFindIsIn(t *testing.T) {
	doc := board.New(1)
	r := rand.New(rand.NewPCG(2, 7))
	e := doc.Edit()
	for range 300 {
		id := e.Create(board.KindRectangle)
		for _, key := range []board.Key{board.KeyX, board.KeyY, board.KeyWidth, board.KeyHeight} {
			e.Set(id, key, board.Float(r.Float64()*500))
		}
	}
	e.Commit()
	s := New(doc, nil)
	for range 50 {
		part := geom.Rect(r.Float64()*800, r.Float64()*800, r.Float64()*300, r.Float64()*300)
		in, found := s.In(part), s.Find(nil, part)
		if len(in) != len(found) {
			t.Fatalf("in %v, In returns %d figures and Find %d", part, len(in), len(found))
		}
		for i, f := range in {
			if found[i].Element != f.Element || found[i].Bounds != f.Bounds {
				t.Errorf("in %v, figure %d is %v in %v, found as %v in %v", part, i, f.ID(), f.Bounds, found[i].Element.ID(), found[i].Bounds)
			}
		}
	}
}
