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
	if len(f.Tiles) != 0 || len(f.Paints) != 0 || len(f.Live) != 0 {
		t.Errorf("an empty screen shows %d tiles, %d are painted, %d strokes live", len(f.Tiles), len(f.Paints), len(f.Live))
	}
	k.wantPainted("empty")
}

// fillBoard draws lines all over a part of the board, so that there is something
// in every tile.
func fillBoard(doc *board.Board, width, height int) {
	for y := 0; y < height; y += 200 {
		draw(doc, 0x1971c2, 4, line(20, pt(0, float64(y)), pt(float64(width), float64(y+30)))...)
	}
}

// Tiles lie side by side on whole pixels, also where rounding is a near thing.
func TestTilesLeaveNoGaps(t *testing.T) {
	for _, x := range []float64{0, 0.5, -0.5, 0.49999999999999994, 255.5, -1024.5, 1e6 + 0.5} {
		k := look(t, 1100, 600)
		k.s.Camera.At = pt(x, -x)
		draw(k.doc, 0x1971c2, 4, line(9, pt(x-100, 200-x), pt(x+1200, 210-x))...)
		k.settle()
		f := k.frame()
		var xs []float64
		for _, at := range f.Tiles {
			xs = append(xs, at.X)
		}
		slices.Sort(xs)
		xs = slices.Compact(xs)
		if len(xs) == 0 || xs[0] > 0 || xs[len(xs)-1]+TileSize < 1100 {
			t.Fatalf("at %v tiles lie at %v: they do not reach the borders", x, xs)
		}
		for i := range len(xs) - 1 {
			if xs[i+1]-xs[i] != TileSize {
				t.Errorf("at %v tiles lie at %v: there is a gap", x, xs)
			}
		}
	}
}

// A tile with nothing in it has no image.
func TestEmptyTilesHaveNoImage(t *testing.T) {
	k := look(t, 1500, 1500)
	draw(k.doc, 0xe03131, 4, line(5, pt(600, 600), pt(700, 700))...)
	k.settle()
	if len(k.tiles) != 1 {
		t.Errorf("a stroke in one tile has %d images", len(k.tiles))
	}
	k.wantPainted("one stroke")
	var id board.ID
	for e := range k.doc.Elements() {
		id = e.ID()
	}
	set(k.doc, id, board.KeyDeleted, 1)
	k.wantPainted("none")
	if f := k.frame(); len(f.Tiles) != 0 {
		t.Errorf("with nothing left, %d tiles are shown", len(f.Tiles))
	}
}

// What comes into sight by a pan has been painted before, and what comes back
// too.
func TestPanShowsWhatWasPaintedAhead(t *testing.T) {
	k := look(t, 500, 500)
	fillBoard(k.doc, 3000, 1000)
	k.settle()
	for x := 0.0; x <= 1500; x += 5 {
		k.s.Camera.At = pt(x, 0)
		k.s.Now += 16
		f := k.frame()
		at := k.v.front
		for _, p := range k.v.seen.places {
			if at.tiles[p] == nil {
				t.Fatalf("at %v a tile on the screen is not painted", x)
			}
		}
		if k.vertices > movingBudget+MaxMesh {
			t.Errorf("at %v a frame paints %d vertices", x, k.vertices)
		}
		_ = f
	}
	k.s.Camera.At = pt(1000, 0)
	if f := k.frame(); len(f.Paints) != 0 {
		t.Errorf("what was just left is painted again: %d tiles", len(f.Paints))
	}
	k.wantPainted("back again")
}

// Memory is bounded however far a person goes, and the numbers of tiles come
// back.
func TestEviction(t *testing.T) {
	k := look(t, 1024, 600)
	fillBoard(k.doc, 19_000, 800)
	k.settle()
	const most = keepTiles + keepSpare + 2*3*3
	for i := range 180 {
		k.s.Camera.At = pt(float64(i)*100, 100)
		for range 3 {
			f := k.frame()
			for _, p := range f.Paints {
				if int(p.Tile) >= most {
					t.Fatalf("tile number %d: numbers do not come back", p.Tile)
				}
			}
		}
	}
	if k.most > most {
		t.Errorf("there were %d tiles at once", k.most)
	}
	if k.most < keepTiles/2 {
		t.Errorf("there were never more than %d tiles: the budget is not used", k.most)
	}
	if n := len(k.v.front.tiles); n > 2*keepTiles {
		t.Errorf("%d places are remembered", n)
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
	k.wantPainted("at another zoom")
	if n := len(k.tiles); n > 2+keepSpare {
		t.Errorf("%d images are left", n)
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
	for i := range 350 {
		draw(doc, 0x1971c2, 1, zigzag(200, pt(5, float64(i)), pt(1900, float64(i)+4))...)
	}
	k := lookAt(t, doc, Screen{Width: 2000, Height: 500, Ratio: 1, Camera: geom.Camera{Zoom: 1}, Now: 1000})
	f := k.frame()
	if !f.Again {
		t.Fatal("all was painted in one frame")
	}
	frames, tiles := 1, len(f.Tiles)
	for ; f.Again && frames < 100; frames++ {
		f = k.frame()
		if len(f.Tiles) < tiles {
			t.Fatalf("frame %d shows %d tiles, the one before %d", frames, len(f.Tiles), tiles)
		}
		if k.vertices > stillBudget+MaxMesh {
			t.Errorf("frame %d has %d vertices", frames, k.vertices)
		}
		tiles = len(f.Tiles)
	}
	if tiles != 4 || frames > 25 {
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
	if f.Background != 0x121212 || len(f.Paints) != 1 || len(f.Paints[0].Items) != 1 {
		t.Fatalf("in the dark: background %#x, %d paints", f.Background, len(f.Paints))
	}
	var inks []uint32
	for _, m := range f.Paints[0].Items[0].Meshes {
		for _, v := range m.Vertices {
			inks = append(inks, v.Color)
		}
	}
	if want := []uint32{0xe1e1e1, 0xe03131, 0x000000, 0x123456}; !slices.Equal(slices.Compact(inks), want) {
		t.Errorf("in the dark the inks are %x, want %x", slices.Compact(inks), want)
	}
	k.wantPainted("in the dark")
	k.s.Dark = false
	k.wantPainted("in the light again")
}
