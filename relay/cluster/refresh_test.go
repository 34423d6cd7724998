package cluster_test

import (
	"testing"
	"testing/synctest"

	"edgeboard/relay/store/memory"
	"edgeboard/shared/board"
)

// TestRefresh: who reads a relay's copy after Refresh has all that was stored on the
// others before, whether there is a room that has not heard it, one that has not applied
// it, or none.
func TestRefresh(t *testing.T) { synctest.Test(t, testRefresh) }

func testRefresh(t *testing.T) {
	m, _, b, x, y := two(t)
	b.engine.Pause(true)
	ids := []board.ID{x.draw("it was not told")}
	synctest.Wait()
	b.copyHas("of a room that was not told", ids...)
	b.engine.Pause(false)
	y.lag(true)
	ids = append(ids, x.draw("it waits in the room"))
	synctest.Wait()
	b.copyHas("of a room that is late", ids...)
	y.lag(false)
	synctest.Wait()
	b.close("x")
	ids = append(ids, x.draw("nobody hears it"))
	synctest.Wait()
	b.copyHas("without a room", ids...)
	sameBoards(t, x, b.open("x"))
	c := newRelay(t, m, "c", new(memory.Store))
	c.copyHas("of a relay that has just come", ids...)
}

// copyHas refreshes the copy of board "x", and expects it to have elements.
func (r *roomRelay) copyHas(what string, ids ...board.ID) {
	r.t.Helper()
	if err := r.b.Refresh(r.t.Context(), "x"); err != nil {
		r.t.Errorf("%s: %v", what, err)
	}
	doc := board.New(0)
	err := r.store.Load(r.t.Context(), "x", func(data []byte) (err error) {
		doc, err = board.Load(0, data)
		return err
	}, func(data []byte) error { return doc.Apply(data) })
	if err != nil {
		r.t.Fatal(err)
	}
	for _, id := range ids {
		if doc.Element(id) == nil {
			r.t.Errorf("%s: the copy lacks %v", what, id)
		}
	}
}
