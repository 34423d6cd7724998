package view

import (
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

func TestEmptyBoard(t *testing.T) {
	k := look(t, 700, 300)
	f := k.frame()
	if len(f.Tiles) != 2 || len(f.Paints) != 2 || len(f.Live) != 0 {
		t.Errorf("a screen of 700 by 300 shows %d tiles, %d are painted, %d strokes live", len(f.Tiles), len(f.Paints), len(f.Live))
	}
	k.wantPainted("empty")
}

// Tiles lie side by side on whole pixels, also where rounding is a near thing.
func TestTilesLeaveNoGaps(t *testing.T) {
	k := look(t, 1100, 600)
	for _, x := range []float64{0, 0.5, -0.5, 0.49999999999999994, 255.5, -1024.5, 1e6 + 0.5} {
		k.s.Camera.At = pt(x, -x)
		k.settle()
		f := k.frame()
		var xs []float64
		for _, at := range f.Tiles {
			xs = append(xs, at.X)
		}
		slices.Sort(xs)
		xs = slices.Compact(xs)
		if xs[0] > 0 || xs[len(xs)-1]+TileSize < 1100 {
			t.Errorf("at %v tiles lie at %v: they do not reach the borders", x, xs)
		}
		for i := range len(xs) - 1 {
			if xs[i+1]-xs[i] != TileSize {
				t.Errorf("at %v tiles lie at %v: there is a gap", x, xs)
			}
		}
	}
}

// A pan paints only the tiles that come into sight, and going back none.
func TestPanKeepsTiles(t *testing.T) {
	k := look(t, 500, 500)
	draw(k.doc, 0, 4, line(10, pt(10, 10), pt(900, 400))...)
	k.settle()
	k.s.Camera.At = pt(100, 0)
	if f := k.frame(); len(f.Paints) != 1 {
		t.Errorf("one tile came into sight, %d were painted", len(f.Paints))
	}
	k.s.Camera.At = pt(0, 0)
	if f := k.frame(); len(f.Paints) != 0 {
		t.Errorf("nothing came into sight, %d tiles were painted", len(f.Paints))
	}
	k.wantPainted("back again")
}

// Memory is bounded however far a person goes, and the numbers of tiles come
// back.
func TestEviction(t *testing.T) {
	k := look(t, 1024, 600)
	const onScreen = 3 * 3
	for i := range 18 {
		k.s.Camera.At = pt(float64(i)*1000, 100)
		f := k.frame()
		for _, p := range f.Paints {
			if int(p.Tile) >= keepTiles+3*onScreen {
				t.Fatalf("tile number %d: numbers do not come back", p.Tile)
			}
		}
	}
	if k.most > keepTiles+2*onScreen {
		t.Errorf("there were %d tiles at once", k.most)
	}
	k.wantPainted("far away")
}

// While the zoom changes the tiles there are are stretched; then new ones take
// their place.
func TestZoom(t *testing.T) {
	k := look(t, 400, 300)
	draw(k.doc, 0xe03131, 6, line(20, pt(20, 30), pt(350, 250))...)
	k.settle()
	for zoom := 1.1; zoom < 1.9; zoom *= 1.1 {
		k.s.Camera.Zoom, k.s.Now = zoom, k.s.Now+16
		f := k.frame()
		if len(f.Paints) > 0 {
			t.Errorf("zoom %v: %d tiles are painted while it changes", zoom, len(f.Paints))
		}
		if len(f.Tiles) == 0 || f.Tiles[0].Size != TileSize*zoom {
			t.Errorf("zoom %v: tiles %v, want stretched ones", zoom, f.Tiles)
		}
		if f.Wake != k.s.Now+settleZoom {
			t.Errorf("zoom %v at %v: the next frame is at %v", zoom, k.s.Now, f.Wake)
		}
	}
	k.s.Now += settleZoom
	f := k.frame()
	if len(f.Paints) == 0 || f.Tiles[0].Size != TileSize {
		t.Errorf("when the zoom has settled, %d tiles are painted, and they lie as %v", len(f.Paints), f.Tiles)
	}
	if f = k.frame(); len(f.Drop)+len(k.tiles) == 0 {
		t.Error("the tiles of the scale before are never dropped")
	}
	k.wantPainted("at another zoom")
	if len(k.tiles) != 1 {
		t.Errorf("%d tiles are left, want the one on the screen", len(k.tiles))
	}
}

// A leap is too far for stretching: tiles of the new scale are painted at once.
func TestZoomLeap(t *testing.T) {
	k := look(t, 400, 300)
	draw(k.doc, 0xe03131, 6, line(20, pt(20, 30), pt(350, 250))...)
	k.settle()
	k.s.Camera.Zoom = 5
	if f := k.frame(); len(f.Paints) == 0 || f.Tiles[len(f.Tiles)-1].Size != TileSize {
		t.Errorf("after a leap %d tiles are painted", len(f.Paints))
	}
	k.wantPainted("after a leap")
}

// A stroke beside a tile's border shows its soft edge in the next tile, at any
// zoom.
func TestInkOnBorders(t *testing.T) {
	for _, zoom := range []float64{0.15, 1, 3} {
		k := look(t, 900, 260)
		k.s.Camera = geom.Camera{At: pt(100, 0).Mul(1 / zoom), Zoom: zoom}
		for i, off := range []float64{-1.4, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 1.4} {
			x, y := (TileSize+off)/zoom, float64(20+25*i)/zoom
			draw(k.doc, 0x1e1e1e, 0.4/zoom, line(8, pt(x, y), pt(x, y+20/zoom))...)
		}
		k.wantPainted("lines along a border")
	}
}

// Painting a full screen takes several frames, with all that is there already
// shown meanwhile, and comes to an end.
func TestBudget(t *testing.T) {
	doc := board.New(ownReplica)
	for i := range 150 {
		draw(doc, 0x1971c2, 1, line(100, pt(5, float64(i)*3), pt(1900, float64(i)*3+4))...)
	}
	k := lookAt(t, doc, Screen{Width: 2000, Height: 500, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
	f := k.frame()
	if !f.Again {
		t.Fatal("all was painted in one frame")
	}
	frames, tiles := 1, len(f.Tiles)
	for ; f.Again; frames++ {
		f = k.frame()
		if len(f.Paints) == 0 || len(f.Tiles) <= tiles {
			t.Fatalf("frame %d paints %d tiles and shows %d", frames, len(f.Paints), len(f.Tiles))
		}
		tiles = len(f.Tiles)
	}
	if tiles != 4 || frames > 4 {
		t.Errorf("%d tiles are shown after %d frames", tiles, frames)
	}
	k.wantRest("when all is painted")
}

// In the dark greys are turned round and colours stay.
func TestDark(t *testing.T) {
	k := look(t, 300, 200)
	for i, c := range []int64{0x1e1e1e, 0xe03131, 0xffffff, 0x123456} {
		draw(k.doc, c, 10, line(5, pt(20, float64(30+40*i)), pt(250, float64(30+40*i)))...)
	}
	k.settle()
	k.s.Dark = true
	f := k.frame()
	if f.Background != 0x121212 || len(f.Drop) != 1 || len(f.Paints) != 1 {
		t.Fatalf("in the dark: background %#x, %d drops, %d paints", f.Background, len(f.Drop), len(f.Paints))
	}
	var inks []uint32
	for _, m := range f.Paints[0].Meshes {
		inks = append(inks, m.Color)
	}
	if want := []uint32{0xe1e1e1, 0xe03131, 0x000000, 0x123456}; !slices.Equal(inks, want) {
		t.Errorf("in the dark the inks are %x, want %x", inks, want)
	}
	k.wantPainted("in the dark")
	k.s.Dark = false
	k.wantPainted("in the light again")
}
