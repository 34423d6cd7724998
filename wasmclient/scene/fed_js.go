//go:build js

package scene

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"

	"edgeboard/wasmclient/view"
)

// region returns the image of a part of a tile.
func (t *tiles) region(id view.TileID, r view.Region) *ebiten.Image {
	tile := t.image(id)
	if r == (view.Region{}) {
		return tile
	}
	at := tile.Bounds().Min.Add(image.Pt(r.X, r.Y))
	return tile.SubImage(image.Rectangle{Min: at, Max: at.Add(image.Pt(r.W, r.H))}).(*ebiten.Image)
}

// sheet returns the image of the sheet that a tile is a part of.
func (t *tiles) sheet(id view.TileID) *ebiten.Image {
	t.image(id)
	return t.sheets[int(id)/sheetTiles].image
}

// paintFed paints what live tiles show. It is drawn by as few calls as can be: first all
// that is drawn, then all that is written, as the regions do not overlap.
func (s *Scene) paintFed(paints []view.Paint) {
	simple := s.simple[:0]
	for i := range paints {
		p := &paints[i]
		if len(p.Items) != 1 || p.Items[0].Alpha != 1 || len(p.Items[0].Pictures) > 0 {
			s.paint(p, rgb(0))
			continue
		}
		r := fedRegion{item: &p.Items[0]}
		if p.Within {
			// On the whole sheet: what is drawn on one image is drawn by one call.
			r.image, r.origin = s.tiles.sheet(p.Tile), place(p.Tile).Add(image.Pt(p.X, p.Y))
		} else {
			r.image = s.tiles.region(p.Tile, p.Region)
			r.origin = r.image.Bounds().Min
		}
		if p.Clear {
			r.image.Clear()
		}
		simple = append(simple, r)
	}
	for _, r := range simple {
		s.origin = r.origin
		for _, m := range r.item.Meshes {
			s.mesh(r.image, m)
		}
	}
	var on *ebiten.Image
	for _, r := range simple {
		if on != nil && on != r.image {
			s.flushLetters(on)
		}
		s.origin, on = r.origin, r.image
		s.runs(r.image, r.item)
	}
	if on != nil {
		s.flushLetters(on)
	}
	s.origin = image.Point{}
	clear(simple)
	s.simple = simple
}

// fedRegion is a part of a tile that is painted, and what with.
type fedRegion struct {
	image  *ebiten.Image
	origin image.Point
	item   *view.Item
}

// layFed lays what live tiles show on the canvas: what lies apart from all else by one
// call for each sheet.
func (s *Scene) layFed(screen ebiten.FinalScreen, laid []view.Laid) {
	sheet := -1
	for i := range laid {
		l := &laid[i]
		if l.Scale != 1 {
			s.tiles.lay(screen)
			s.lay = ebiten.DrawImageOptions{}
			s.lay.GeoM.Scale(l.Scale, l.Scale)
			s.lay.GeoM.Translate(l.At.X, l.At.Y)
			s.lay.ColorScale.ScaleAlpha(float32(l.Alpha))
			s.stretched()
			screen.DrawImage(s.tiles.region(l.Tile, l.Region), &s.lay)
			continue
		}
		if n := int(l.Tile) / sheetTiles; !l.Apart && n != sheet {
			s.tiles.lay(screen)
			sheet = n
		}
		if !l.Apart {
			s.tiles.addRegion(l)
		}
	}
	s.tiles.lay(screen)
	for i := range laid {
		if l := &laid[i]; l.Scale == 1 && l.Apart {
			s.tiles.addRegion(l)
		}
	}
	s.tiles.lay(screen)
}
