//go:build js

// Package scene shows display lists of package view by Ebitengine. It keeps an
// image for each tile and pictures of the texts, and draws a frame only when it is
// asked to.
package scene

import (
	"image"
	"image/color"
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"edgeboard/wasmclient/view"
)

// Scene is the canvas. Make one with New and give it to Run.
type Scene struct {
	frame   func(width, height int, ratio float64) *view.Frame
	tiles   tiles
	white   *ebiten.Image
	texts   texts
	letters letters
	photos  photos
	frames  int

	// Items that can be seen through are drawn on one of these first, so that what
	// overlaps in them is not darker: one for tiles, one for the screen.
	tileVeil, screenVeil *ebiten.Image

	shader *ebiten.Shader // of lines

	origin image.Point // of what is drawn, on the image that is drawn on

	// Scratch, so that a frame takes no memory.
	corners   []ebiten.Vertex
	lines     ebiten.DrawTrianglesShaderOptions
	triangles ebiten.DrawTrianglesOptions
	lay       ebiten.DrawImageOptions
	simple    []fedRegion
}

// New returns a scene that asks frame what to show, for a canvas of the given
// size in device pixels, of which ratio make a CSS pixel.
//
// It asks raster for the picture of a part of a line of text: premultiplied RGBA
// of the pixels in at, where the left end of the baseline is shift pixels right of the
// origin. If there is none to be had, that is nil.
//
// It asks pictures for the pixels of a picture, as premultiplied RGBA of a width
// and a height that are at most MaxPicture, and keeps a copy for as long as there is
// room. ok is false if they are not to be had now: then what shows the picture is to
// be painted again when they are, see view.View.PictureReady.
func New(
	frame func(width, height int, ratio float64) *view.Frame,
	raster func(text string, size float64, color uint32, rightToLeft bool, at image.Rectangle, shift float64) []byte,
	pictures func(blob string) (rgba []byte, width, height int, ok bool),
) *Scene {
	// Triangles take their colour from a source image. The border keeps the
	// sampling of its middle from reaching beyond it.
	border := ebiten.NewImage(3, 3)
	border.Fill(color.White)
	shader, err := ebiten.NewShader([]byte(lineShader))
	if err != nil {
		panic("scene: " + err.Error()) // it is a constant
	}
	return &Scene{
		shader:    shader,
		frame:     frame,
		tiles:     tiles{map[int]*sheet{}, map[view.TileID]*ebiten.Image{}},
		white:     border.SubImage(image.Rect(1, 1, 2, 2)).(*ebiten.Image),
		texts:     texts{raster: raster, strips: map[stripKey]*strip{}},
		letters:   letters{raster: raster, known: map[letterKey]letter{}},
		photos:    photos{pictures: pictures, kept: map[string]*photo{}},
		corners:   make([]ebiten.Vertex, 0, view.MaxMesh),
		triangles: ebiten.DrawTrianglesOptions{ColorScaleMode: ebiten.ColorScaleModePremultipliedAlpha},
	}
}

// lineShader covers pixels as view.Vertex says: custom is U, V and R, and the
// colour comes with the Level in it.
const lineShader = `//kage:unit pixels
package main

func Fragment(dst vec4, src vec2, color vec4, custom vec4) vec4 {
	d, r := length(custom.xy), custom.z
	return color * max(min(d+0.5, r)-max(d-0.5, -r), 0)
}
`

// Run shows the scene. It returns only when something is wrong beyond repair.
func (s *Scene) Run() error {
	// No frame is drawn until Redraw asks for one.
	//lint:ignore SA1019 no other mode draws on demand alone.
	ebiten.SetFPSMode(ebiten.FPSModeVsyncOffMinimum)
	ebiten.SetScreenClearedEveryFrame(false)
	return ebiten.RunGameWithOptions(s, &ebiten.RunGameOptions{
		// The scene fills itself; the colour space is the one of CSS colours.
		ColorSpace: ebiten.ColorSpaceSRGB,
		// The canvas would swallow the keys that it hears: Tab, and all that copies
		// and pastes.
		InitUnfocused: true,
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

// LayoutF is called by Ebitengine for the size of an image between the scene and
// the canvas. There is next to none: to draw all pixels once more takes longer than
// all the rest where there is no graphics processor.
func (s *Scene) LayoutF(float64, float64) (float64, float64) { return 1, 1 }

// Draw is called by Ebitengine for a frame that was asked for, before
// DrawFinalScreen, which is not called unless something is drawn here.
func (s *Scene) Draw(next *ebiten.Image) { next.Fill(color.Black) }

// DrawFinalScreen is called by Ebitengine with the canvas, which has a pixel for
// each of the device's.
func (s *Scene) DrawFinalScreen(screen ebiten.FinalScreen, _ *ebiten.Image, _ ebiten.GeoM) {
	s.frames++
	size := screen.Bounds().Size()
	f := s.frame(size.X, size.Y, ebiten.Monitor().DeviceScaleFactor())
	if f == nil {
		return
	}
	ground := rgb(f.Background)
	for _, id := range f.Drop {
		s.tiles.drop(id)
	}
	for i := range f.Paints {
		s.paint(&f.Paints[i], ground)
	}
	s.paintFed(f.Fed)
	screen.Fill(ground)
	for _, t := range f.Tiles {
		if t.Size == view.TileSize {
			s.tiles.add(t)
			continue
		}
		// Alone, so that nothing of its neighbours in the sheet is mixed in.
		s.tiles.lay(screen)
		s.lay = ebiten.DrawImageOptions{}
		s.lay.GeoM.Scale(t.Size/view.TileSize, t.Size/view.TileSize)
		s.stretched()
		s.lay.GeoM.Translate(t.X, t.Y)
		screen.DrawImage(s.tiles.image(t.Tile), &s.lay)
	}
	s.tiles.lay(screen)
	s.layFed(screen, f.Laid)
	for _, d := range f.Dragged {
		s.drag(screen, d)
	}
	for i := range f.Live {
		item := &f.Live[i]
		clipped := item.Clip.Max.X > item.Clip.Min.X
		if item.Alpha == 1 && !clipped {
			s.draw(screen, item)
			continue
		}
		if s.screenVeil == nil || s.screenVeil.Bounds().Size() != size {
			if s.screenVeil != nil {
				s.screenVeil.Deallocate()
			}
			s.screenVeil = unmanaged(size.X, size.Y)
		}
		s.clear(s.screenVeil, item)
		s.draw(s.screenVeil, item)
		if clipped {
			item.Box = item.Box.Intersect(item.Clip)
		}
		s.layOver(screen, s.screenVeil, item)
	}
	s.texts.evict()
	s.letters.evict()
	s.photos.evict()
}

// stretched makes the next image be drawn smoothly, without smaller copies of it,
// which would have to be made again and again.
func (s *Scene) stretched() {
	s.lay.Filter = ebiten.FilterLinear
	s.lay.DisableMipmaps = true
}

func (s *Scene) drag(screen ebiten.FinalScreen, d view.Dragged) {
	by := d.By
	s.lay = ebiten.DrawImageOptions{}
	if by.A == 1 && by.D == 1 && by.B == 0 && by.C == 0 {
		by.E, by.F = math.Round(by.E), math.Round(by.F)
	} else {
		s.stretched()
	}
	for i, v := range [...]float64{by.A, by.C, by.E, by.B, by.D, by.F} {
		s.lay.GeoM.SetElement(i/3, i%3, v)
	}
	screen.DrawImage(s.tiles.image(d.Tile), &s.lay)
}

// paint paints a tile.
func (s *Scene) paint(p *view.Paint, ground color.RGBA) {
	tile := s.tiles.region(p.Tile, p.Region)
	// A part of an image is drawn on where it lies in the whole.
	s.origin = tile.Bounds().Min
	defer func() { s.origin = image.Point{} }()
	switch {
	case p.Clear && p.Bare:
		tile.Clear()
	case p.Clear:
		tile.Fill(ground)
	}
	for i := range p.Items {
		item := &p.Items[i]
		if item.Alpha == 1 {
			s.draw(tile, item)
			continue
		}
		if s.tileVeil == nil {
			s.tileVeil = unmanaged(view.TileSize, view.TileSize)
		}
		s.origin = image.Point{}
		if !item.Resumed {
			s.clear(s.tileVeil, item)
		}
		s.draw(s.tileVeil, item)
		s.origin = tile.Bounds().Min
		if !item.More {
			s.layOver(tile, s.tileVeil, item)
		}
	}
}

// unmanaged returns an image apart from the others: one that is drawn to and from
// all the time.
func unmanaged(width, height int) *ebiten.Image {
	return ebiten.NewImageWithOptions(image.Rect(0, 0, width, height), &ebiten.NewImageOptions{Unmanaged: true})
}

// surface is an image, or the canvas.
type surface interface {
	Bounds() image.Rectangle
	DrawImage(img *ebiten.Image, options *ebiten.DrawImageOptions)
	DrawTriangles32(vertices []ebiten.Vertex, indices []uint32, img *ebiten.Image, options *ebiten.DrawTrianglesOptions)
	DrawTrianglesShader32(vertices []ebiten.Vertex, indices []uint32, shader *ebiten.Shader, options *ebiten.DrawTrianglesShaderOptions)
}

func (s *Scene) draw(to surface, item *view.Item) {
	for _, m := range item.Meshes {
		s.mesh(to, m)
	}
	for i := range item.Pictures {
		s.picture(to, &item.Pictures[i])
	}
	s.runs(to, item)
	s.flushLetters(to)
}

// runs draws the lines of text of an item, but for letters that wait for flushLetters.
func (s *Scene) runs(to surface, item *view.Item) {
	for i := range item.Runs {
		if r := &item.Runs[i]; r.Steps != nil {
			s.drawLetters(to, r)
		} else {
			s.run(to, r)
		}
	}
}

// snap, added and taken away again, leaves 64ths of a pixel of a float32. Wherever a
// tile lies in its sheet, its corners are then the same to the last bit, and so is
// each pixel: what people see does not depend on when their tiles were made.
const snap = 3 << 16

func (s *Scene) mesh(to surface, m *view.Mesh) {
	corners := s.corners[:len(m.Vertices)]
	last, r, g, b := uint32(0), float32(0), float32(0), float32(0)
	left, top := float32(s.origin.X), float32(s.origin.Y)
	for i := range m.Vertices {
		v := &m.Vertices[i]
		if v.Color != last {
			last = v.Color
			r, g, b = float32(last>>16&0xff)/255, float32(last>>8&0xff)/255, float32(last&0xff)/255
		}
		corners[i] = ebiten.Vertex{
			DstX: left + (v.X + snap - snap), DstY: top + (v.Y + snap - snap),
			ColorR: r * v.Level, ColorG: g * v.Level, ColorB: b * v.Level, ColorA: v.Level,
			Custom0: v.U, Custom1: v.V, Custom2: v.R,
		}
	}
	to.DrawTrianglesShader32(corners, m.Indices, s.shader, &s.lines)
}

var quad = []uint32{0, 1, 2, 1, 2, 3}

// clear clears the part of a veil that an item is in.
func (s *Scene) clear(veil *ebiten.Image, item *view.Item) {
	s.triangles.Blend = ebiten.BlendClear
	veil.DrawTriangles32(s.box(veil, item, 1, false), quad, s.white, &s.triangles)
}

// layOver lays the part of a veil that an item is in over an image.
func (s *Scene) layOver(to surface, veil *ebiten.Image, item *view.Item) {
	s.triangles.Blend = ebiten.BlendSourceOver
	to.DrawTriangles32(s.box(veil, item, float32(item.Alpha), true), quad, veil, &s.triangles)
}

// box is the corners of the part of a veil that an item is in: whole pixels.
func (s *Scene) box(veil *ebiten.Image, item *view.Item, alpha float32, itself bool) []ebiten.Vertex {
	size := veil.Bounds().Size()
	within := func(v float64, most int) float32 { return float32(min(max(v, 0), float64(most))) }
	x0, y0 := within(math.Floor(item.Box.Min.X), size.X), within(math.Floor(item.Box.Min.Y), size.Y)
	x1, y1 := within(math.Ceil(item.Box.Max.X), size.X), within(math.Ceil(item.Box.Max.Y), size.Y)
	s.corners = s.corners[:4]
	for i := range s.corners {
		x, y := x0, y0
		if i&1 != 0 {
			x = x1
		}
		if i&2 != 0 {
			y = y1
		}
		c := &s.corners[i]
		*c = ebiten.Vertex{DstX: x, DstY: y, SrcX: 1.5, SrcY: 1.5, ColorR: alpha, ColorG: alpha, ColorB: alpha, ColorA: alpha}
		if itself {
			c.SrcX, c.SrcY = x, y
			c.DstX, c.DstY = float32(s.origin.X)+x, float32(s.origin.Y)+y
		}
	}
	return s.corners
}

func rgb(c uint32) color.RGBA {
	return color.RGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 0xff}
}
