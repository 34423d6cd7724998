package editor

import (
	"reflect"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/tile"
)

func (h *hand) values() board.ID {
	id, _ := h.e.Values()
	return id
}

// A click puts a tile of its own size, a drag one as large as it goes, and neither
// begins to write.
func TestTile(t *testing.T) {
	h := newDesk(t)
	before := h.picture()
	h.do("tool-tile")
	h.click(0, 400, 300, 1)
	id := h.e.Selection()[0]
	if k := h.doc.Element(id).Kind(); k != board.KindTile || h.e.Writing() != nil || h.e.Tool() != Select {
		t.Errorf("a click makes kind %d, writing %v, with %v afterwards", k, h.e.Writing(), h.e.Tool())
	}
	h.wantBox("a click", id, 400-figure.TileWidth/2, 300-figure.TileHeight/2, figure.TileWidth, figure.TileHeight)
	if got, want := tile.Of(h.doc.Element(id)), (tile.Settings{Decimals: -1, Window: tile.DefaultWindow, Stale: tile.DefaultStale}); !reflect.DeepEqual(got, want) {
		t.Errorf("a new tile has %+v, want %+v", got, want)
	}
	h.wantOneStep("a click", before)

	h.e.Use(Tile)
	h.swipe(0, pt(100, 500), pt(300, 650))
	h.wantBox("a drag", h.e.Selection()[0], 100, 500, 200, 150)
	if h.e.Writing() != nil {
		t.Error("somebody writes in a tile")
	}
	h.e.Use(Tile)
	h.do(EditText)
	if f := h.e.selected(); len(f) != 1 || f[0].Kind() != board.KindTile {
		t.Error("Enter with the tool puts no tile")
	}
}

// How the last shape was filled says nothing of tiles, and what was said of a tile
// goes for the next one.
func TestTileLook(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Rectangle)
	h.e.SetStyle(board.KeyFill, board.Int(0xffc9c9))
	h.e.Use(Tile)
	h.click(0, 400, 300, 1)
	if f := h.e.selected()[0]; !f.Element.Get(board.KeyFill).IsNone() {
		t.Error("a new tile is filled as the last rectangle")
	}
	h.e.SetStyle(board.KeyOpacity, board.Float(0.5))
	h.e.Use(Tile)
	h.click(0, 700, 300, 1)
	if got := h.e.selected()[0].Style.Opacity; got != 0.5 {
		t.Errorf("the next one's opacity is %v, want that of the first", got)
	}
}

// Settings and the title are a step each. Who may not change the tile changes nothing.
func TestSetTile(t *testing.T) {
	h := newDesk(t)
	id := h.make(board.KindTile, 100, 100, 200, 100)
	s := tile.Of(h.doc.Element(id))
	s.Feeds, s.Chart, s.Unit, s.Steps = []string{"cpu.*"}, tile.Lines, "%", tile.ParseSteps("70 f0a000;90 e03131!")
	if !h.e.SetTile(id, s) || h.e.SetTile(id, s) {
		t.Error("settings are written once")
	}
	if got := tile.Of(h.doc.Element(id)); !reflect.DeepEqual(got, s) {
		t.Errorf("it has %+v, want %+v", got, s)
	}
	if !h.e.Retitle(id, "CPU 负载") || h.e.Retitle(id, "CPU 负载") || h.e.Retitle(id, "\xff") {
		t.Error("a title is written once, and only what is a text")
	}
	h.e.Retitle(id, "CPU")
	h.do(Undo)
	if got := h.doc.Element(id).Text(); got != "CPU 负载" {
		t.Errorf("undone, the title is %q", got)
	}
	h.do(Undo)
	h.do(Undo)
	if got := tile.Of(h.doc.Element(id)); len(got.Feeds) != 0 || got.Chart != tile.Number || h.doc.Element(id).Text() != "" {
		t.Errorf("all undone, it has %+v and the title %q", got, h.doc.Element(id).Text())
	}
	h.wantNothing("at the end")

	s.Chart = tile.Gauge
	note := h.make(board.KindNote, 400, 100, 200, 200)
	h.e.ViewOnly(true)
	if h.e.SetTile(id, s) || h.e.Retitle(id, "x") {
		t.Error("who may only look has changed a tile")
	}
	h.e.ViewOnly(false)
	if h.e.SetTile(note, s) {
		t.Error("a note has the settings of a tile")
	}
	h.set(id, board.KeyLocked, board.Int(1))
	if h.e.SetTile(id, s) {
		t.Error("a locked tile was changed")
	}
}

// A tile that is copied shows the same, here and on another board.
func TestCopyTile(t *testing.T) {
	h := newDesk(t)
	id := h.make(board.KindTile, 100, 100, 200, 100)
	want := tile.Settings{
		Feeds: []string{"a", "b.*"}, Chart: tile.Gauge, Unit: "B/s", Decimals: 2, Min: -1, Max: 9, Bounded: true,
		Window: time.Hour, Steps: tile.ParseSteps("2 e03131!;5 f0a000"), Below: true, Stale: 0,
	}
	h.e.SetTile(id, want)
	h.e.Retitle(id, "Traffic")
	want = tile.Of(h.doc.Element(id)) // the steps in their order
	check := func(how string, on *hand) {
		t.Helper()
		copied := on.e.selected()
		if len(copied) != 1 {
			t.Fatalf("%s: %d are selected", how, len(copied))
		}
		if got := tile.Of(copied[0].Element); !reflect.DeepEqual(got, want) || copied[0].Element.Text() != "Traffic" {
			t.Errorf("%s: %+v and the title %q, want %+v", how, got, copied[0].Element.Text(), want)
		}
	}
	h.e.SelectOnly(id)
	clip := h.e.Copy()
	h.do(Duplicate)
	check("duplicated", h)
	g := newDesk(t)
	if err := g.e.Paste(clip, pt(500, 500)); err != nil {
		t.Fatal(err)
	}
	check("pasted", g)
}

// A double click and Enter ask for the last values; for who may only look a click, or
// a tap, does. A drag asks for nothing.
func TestValues(t *testing.T) {
	h := newDesk(t)
	id := h.make(board.KindTile, 100, 100, 200, 100)
	h.set(id, board.KeyFill, board.Int(0xffffff))
	h.click(0, 200, 150, 1)
	if got := h.values(); got != (board.ID{}) {
		t.Error("one click asks for values")
	}
	h.click(0, 200, 150, 2)
	if got := h.values(); got != id || h.e.Writing() != nil {
		t.Errorf("a double click asks for the values of %v, writing %v", got, h.e.Writing())
	}
	if got := h.values(); got != (board.ID{}) {
		t.Error("it is told twice")
	}
	h.do(EditText)
	if got := h.values(); got != id {
		t.Errorf("Enter asks for the values of %v", got)
	}
	// A locked one can be looked at as well.
	h.set(id, board.KeyLocked, board.Int(1))
	h.click(0, 200, 150, 2)
	if got := h.values(); got != id {
		t.Errorf("a double click, locked, asks for the values of %v", got)
	}
	h.e.SelectOnly(id)
	h.do(EditText)
	if got := h.values(); got != id {
		t.Errorf("Enter, locked, asks for the values of %v", got)
	}

	h.e.ViewOnly(true)
	h.swipe(0, pt(200, 150), pt(210, 150))
	if got := h.values(); got != (board.ID{}) {
		t.Error("who moves the board asks for values")
	}
	h.click(0, 200, 150, 1)
	if got := h.values(); got != id {
		t.Errorf("a click of who may only look asks for the values of %v", got)
	}
	h.down(finger(3, 200, 150))
	h.up(finger(3, 200, 150))
	if got := h.values(); got != id {
		t.Errorf("a tap asks for the values of %v", got)
	}
	h.click(0, 900, 700, 1)
	if got := h.values(); got != (board.ID{}) {
		t.Error("a click beside it asks for its values")
	}
	h.e.SelectOnly(id)
	h.do(EditText)
	if got := h.values(); got != id {
		t.Errorf("Enter of who may only look asks for the values of %v", got)
	}
}
