//go:build js

package scene

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"

	"edgeboard/wasmclient/view"
)

// tiles keeps the images of tiles. Many are parts of one sheet, so that those of a
// screen are laid down by one call for each sheet rather than for each tile: calls
// are most of what a frame costs that only moves.
type tiles struct {
	sheets map[int]*sheet
	images map[view.TileID]*ebiten.Image // parts of the sheets
}

// sheet has the tiles whose numbers it is a whole part of.
type sheet struct {
	image   *ebiten.Image
	used    int // tiles
	corners []ebiten.Vertex
	indices []uint32
}

const (
	// A sheet has sheetSide by sheetSide tiles: 16 MB of graphics memory.
	sheetSide  = 4
	sheetTiles = sheetSide * sheetSide
)

// image returns that of a tile. What is in a new one is not said.
func (t *tiles) image(id view.TileID) *ebiten.Image {
	if img := t.images[id]; img != nil {
		return img
	}
	s := t.sheets[int(id)/sheetTiles]
	if s == nil {
		s = &sheet{image: unmanaged(sheetSide*view.TileSize, sheetSide*view.TileSize)}
		t.sheets[int(id)/sheetTiles] = s
	}
	s.used++
	at := place(id)
	img := s.image.SubImage(image.Rectangle{Min: at, Max: at.Add(image.Pt(view.TileSize, view.TileSize))}).(*ebiten.Image)
	t.images[id] = img
	return img
}

// place returns where a tile lies in its sheet.
func place(id view.TileID) image.Point {
	slot := int(id) % sheetTiles
	return image.Pt(slot%sheetSide*view.TileSize, slot/sheetSide*view.TileSize)
}

// drop gives a tile's image up.
func (t *tiles) drop(id view.TileID) {
	if t.images[id] == nil {
		return
	}
	delete(t.images, id)
	n := int(id) / sheetTiles
	if s := t.sheets[n]; s.used > 1 {
		s.used--
	} else {
		s.image.Deallocate()
		delete(t.sheets, n)
	}
}

// add takes note of a tile that is to be laid on the canvas as it is.
func (t *tiles) add(p view.Placed) {
	t.sheets[int(p.Tile)/sheetTiles].add(place(p.Tile), view.TileSize, view.TileSize, p.X, p.Y, 1)
}

// addRegion takes note of a part of a tile that is to be laid on the canvas as it is.
func (t *tiles) addRegion(l *view.Laid) {
	t.sheets[int(l.Tile)/sheetTiles].add(place(l.Tile).Add(image.Pt(l.X, l.Y)), l.W, l.H, l.At.X, l.At.Y, l.Alpha)
}

func (s *sheet) add(at image.Point, wide, high int, left, top, alpha float64) {
	first := uint32(len(s.corners))
	for i := range 4 {
		x, y := float32(i&1*wide), float32(i>>1*high)
		s.corners = append(s.corners, ebiten.Vertex{
			DstX: float32(left) + x, DstY: float32(top) + y, SrcX: float32(at.X) + x, SrcY: float32(at.Y) + y,
			ColorR: 1, ColorG: 1, ColorB: 1, ColorA: float32(alpha),
		})
	}
	for _, i := range quad {
		s.indices = append(s.indices, first+i)
	}
}

// lay lays the tiles that were added on the canvas.
func (t *tiles) lay(screen ebiten.FinalScreen) {
	for _, s := range t.sheets {
		if len(s.corners) > 0 {
			screen.DrawTriangles32(s.corners, s.indices, s.image, nil)
			s.corners, s.indices = s.corners[:0], s.indices[:0]
		}
	}
}
