//go:build js

// Package scene shows display lists of package view by Ebitengine. It keeps an
// image for each tile, and draws a frame only when it is asked to.
package scene

import (
	"image"
	"image/color"

	"github.com/hajimehoshi/ebiten/v2"

	"edgeboard/wasmclient/view"
)

// Scene is the canvas. Make one with New and give it to Run.
type Scene struct {
	frame  func(width, height int, ratio float64) *view.Frame
	tiles  map[view.TileID]*ebiten.Image
	white  *ebiten.Image
	corner []ebiten.Vertex // scratch
	frames int
}

// New returns a scene that asks frame what to show, for a canvas of the given
// size in device pixels, of which ratio make a CSS pixel.
func New(frame func(width, height int, ratio float64) *view.Frame) *Scene {
	// Triangles take their colour from a source image. The border keeps the
	// sampling of its middle from reaching beyond it.
	border := ebiten.NewImage(3, 3)
	border.Fill(color.White)
	return &Scene{
		frame: frame,
		tiles: map[view.TileID]*ebiten.Image{},
		white: border.SubImage(image.Rect(1, 1, 2, 2)).(*ebiten.Image),
	}
}

// Run shows the scene. It returns only when something is wrong beyond repair.
func (s *Scene) Run() error {
	// No frame is drawn until Redraw asks for one.
	//lint:ignore SA1019 no other mode draws on demand alone.
	ebiten.SetFPSMode(ebiten.FPSModeVsyncOffMinimum)
	ebiten.SetScreenClearedEveryFrame(false)
	return ebiten.RunGameWithOptions(s, &ebiten.RunGameOptions{
		// The scene fills itself; the colour space is the one of CSS colours.
		ColorSpace: ebiten.ColorSpaceSRGB,
	})
}

// Redraw asks for a frame.
func (s *Scene) Redraw() {
	//lint:ignore SA1019 goes with the mode that Run sets.
	ebiten.ScheduleFrame()
}

// Frames returns how many frames were drawn.
func (s *Scene) Frames() int { return s.frames }

// Update is called by Ebitengine before each frame. All that moves is moved
// elsewhere.
func (s *Scene) Update() error { return nil }

// Layout is called by Ebitengine with the size of the page in CSS pixels.
func (s *Scene) Layout(int, int) (int, int) { panic("scene: LayoutF is called instead") }

// LayoutF is called by Ebitengine with the size of the page in CSS pixels. The
// canvas gets a pixel for each of the device's.
func (s *Scene) LayoutF(width, height float64) (float64, float64) {
	ratio := ebiten.Monitor().DeviceScaleFactor()
	return width * ratio, height * ratio
}

// Draw is called by Ebitengine for a frame that was asked for.
func (s *Scene) Draw(screen *ebiten.Image) {
	s.frames++
	size := screen.Bounds().Size()
	f := s.frame(size.X, size.Y, ebiten.Monitor().DeviceScaleFactor())
	if f == nil {
		return
	}
	ground := rgb(f.Background)
	for _, id := range f.Drop {
		s.tiles[id].Deallocate()
	}
	for _, p := range f.Paints {
		tile := s.tile(p.Tile)
		if p.Clear {
			tile.Fill(ground)
		}
		for i := range p.Meshes {
			s.draw(tile, &p.Meshes[i])
		}
	}
	screen.Fill(ground)
	for _, t := range f.Tiles {
		var op ebiten.DrawImageOptions
		if t.Size != view.TileSize {
			op.GeoM.Scale(t.Size/view.TileSize, t.Size/view.TileSize)
			op.Filter = ebiten.FilterLinear
		}
		op.GeoM.Translate(t.X, t.Y)
		screen.DrawImage(s.tiles[t.Tile], &op)
	}
	for i := range f.Live {
		s.draw(screen, &f.Live[i])
	}
}

// tile returns the image of a tile. One that was dropped is used again.
func (s *Scene) tile(id view.TileID) *ebiten.Image {
	tile := s.tiles[id]
	if tile == nil {
		// Apart from the others: a tile is drawn to and from all the time.
		tile = ebiten.NewImageWithOptions(image.Rect(0, 0, view.TileSize, view.TileSize), &ebiten.NewImageOptions{Unmanaged: true})
		s.tiles[id] = tile
	}
	return tile
}

func (s *Scene) draw(to *ebiten.Image, m *view.Mesh) {
	c := rgb(m.Color)
	r, g, b := float32(c.R)/255, float32(c.G)/255, float32(c.B)/255
	s.corner = s.corner[:0]
	for _, v := range m.Vertices {
		s.corner = append(s.corner, ebiten.Vertex{
			DstX: v.X, DstY: v.Y, SrcX: 1.5, SrcY: 1.5,
			ColorR: r * v.Cover, ColorG: g * v.Cover, ColorB: b * v.Cover, ColorA: v.Cover,
		})
	}
	to.DrawTriangles32(s.corner, m.Indices, s.white, &ebiten.DrawTrianglesOptions{
		ColorScaleMode: ebiten.ColorScaleModePremultipliedAlpha,
	})
}

func rgb(c uint32) color.RGBA {
	return color.RGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 0xff}
}
