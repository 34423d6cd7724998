//go:build js

package scene

import (
	"image"
	"math"
	"unicode/utf8"

	"github.com/hajimehoshi/ebiten/v2"

	"edgeboard/wasmclient/view"
)

// letters keeps pictures of single letters, for texts whose letters stand by themselves:
// numbers that change many times a second are made of a few of them, and nothing is asked
// of the browser. Many are drawn by one call.
type letters struct {
	raster  func(text string, size float64, color uint32, rightToLeft bool, at image.Rectangle, shift float64) []byte
	known   map[letterKey]letter
	sheets  []*letterSheet
	corners []ebiten.Vertex
	indices []uint32
	sheet   int // of what waits to be drawn
	trimmed []byte
}

type letterKey struct {
	letter rune
	size   float64
	light  bool  // browsers draw light letters otherwise than dark ones
	shift  uint8 // how far it lies beyond a whole pixel, in quarters
}

// letter is where the picture of one lies in its sheet, and where it is drawn, counted
// from the left end of the baseline. One that has nothing to be seen is empty.
type letter struct {
	sheet  int
	in     image.Rectangle
	offset image.Point
}

// letterSheet has rows of letters.
type letterSheet struct {
	image     *ebiten.Image
	x, y, row int // where the next one goes, and how high its row is
}

const (
	letterSheetSize = 1024 // 4 MB of graphics memory
	// mostLetterSheets bounds the sheets. With more, all begins anew.
	mostLetterSheets = 3
	// largestLetter is the size up to which letters are kept here, in pixels: larger ones
	// are drawn as lines of text are.
	largestLetter = 128
	letterShifts  = 4
)

// letters draws a text letter by letter, when flushLetters is called.
func (s *Scene) drawLetters(to surface, r *view.Run) {
	if r.Size > largestLetter {
		i := 0
		for at, c := range r.Text {
			one := *r
			one.Text, one.Steps, one.Width = r.Text[at:at+utf8.RuneLen(c)], nil, r.Size
			sin, cos := math.Sincos(r.Angle)
			one.At.X += float64(r.Steps[i]) * cos
			one.At.Y += float64(r.Steps[i]) * sin
			if i++; c != ' ' {
				s.run(to, &one)
			}
		}
		return
	}
	l := &s.letters
	red, green, blue := float32(r.Color>>16&0xff)/255, float32(r.Color>>8&0xff)/255, float32(r.Color&0xff)/255
	light := 3*(r.Color>>16&0xff)+6*(r.Color>>8&0xff)+r.Color&0xff > 5*256
	sin, cos := math.Sincos(r.Angle)
	left, top := float64(s.origin.X), float64(s.origin.Y)
	i := -1
	for _, c := range r.Text {
		if i++; c == ' ' || i >= len(r.Steps) {
			continue
		}
		key := letterKey{letter: c, size: r.Size, light: light}
		x, y := r.At.X+float64(r.Steps[i])*cos, r.At.Y+float64(r.Steps[i])*sin
		if r.Angle == 0 {
			quarters := math.Floor(x*letterShifts + 0.5)
			x, y = math.Floor(quarters/letterShifts), math.Floor(y+0.5)
			key.shift = uint8(quarters - x*letterShifts)
		}
		known, ok := l.known[key]
		if !ok {
			known = l.draw(key)
			l.known[key] = known
		}
		if known.in.Empty() {
			continue
		}
		if known.sheet != l.sheet {
			s.flushLetters(to)
			l.sheet = known.sheet
		}
		first := uint32(len(l.corners))
		w, h := known.in.Dx(), known.in.Dy()
		for k := range 4 {
			dx, dy := k&1*w, k>>1*h
			px, py := float64(known.offset.X+dx), float64(known.offset.Y+dy)
			if r.Angle != 0 {
				px, py = px*cos-py*sin, px*sin+py*cos
			}
			l.corners = append(l.corners, ebiten.Vertex{
				DstX: float32(left + x + px), DstY: float32(top + y + py),
				SrcX: float32(known.in.Min.X + dx), SrcY: float32(known.in.Min.Y + dy),
				ColorR: red, ColorG: green, ColorB: blue, ColorA: 1,
			})
		}
		for _, k := range quad {
			l.indices = append(l.indices, first+k)
		}
	}
	if r.Angle != 0 { // mixed where it is turned
		s.triangles.Filter = ebiten.FilterLinear
		s.flushLetters(to)
		s.triangles.Filter = ebiten.FilterNearest
	}
}

// flushLetters draws the letters that wait.
func (s *Scene) flushLetters(to surface) {
	l := &s.letters
	if len(l.corners) == 0 {
		return
	}
	s.triangles.Blend = ebiten.BlendSourceOver
	to.DrawTriangles32(l.corners, l.indices, l.sheets[l.sheet].image, &s.triangles)
	l.corners, l.indices = l.corners[:0], l.indices[:0]
}

// draw makes the picture of a letter: white, as far as it covers.
func (l *letters) draw(key letterKey) (made letter) {
	size := key.size
	at := image.Rect(
		int(math.Floor(-besideLine*size)), int(math.Floor(-aboveBaseline*size)),
		int(math.Ceil((1.4+besideLine)*size)), int(math.Ceil(belowBaseline*size)),
	)
	color := uint32(0)
	if key.light {
		color = 0xffffff
	}
	pixels := l.raster(string(key.letter), size, color, false, at, float64(key.shift)/letterShifts)
	wide, high := at.Dx(), at.Dy()
	if len(pixels) != 4*wide*high {
		return made
	}
	seen := image.Rectangle{}
	for y := range high {
		for x := range wide {
			if pixels[4*(y*wide+x)+3] != 0 {
				seen = seen.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if seen.Empty() {
		return made
	}
	l.trimmed = l.trimmed[:0]
	for y := seen.Min.Y; y < seen.Max.Y; y++ {
		for x := seen.Min.X; x < seen.Max.X; x++ {
			a := pixels[4*(y*wide+x)+3]
			l.trimmed = append(l.trimmed, a, a, a, a)
		}
	}
	made.sheet, made.in = l.place(seen.Dx(), seen.Dy())
	made.offset = at.Min.Add(seen.Min)
	l.sheets[made.sheet].image.SubImage(made.in).(*ebiten.Image).WritePixels(l.trimmed)
	return made
}

// place finds room for a letter. There is a pixel between two.
func (l *letters) place(wide, high int) (sheet int, in image.Rectangle) {
	n := len(l.sheets) - 1
	if n >= 0 {
		if s := l.sheets[n]; s.x+wide+1 > letterSheetSize {
			s.x, s.y, s.row = 0, s.y+s.row, 0
		}
	}
	if n < 0 || l.sheets[n].y+high+1 > letterSheetSize {
		l.sheets = append(l.sheets, &letterSheet{image: unmanaged(letterSheetSize, letterSheetSize)})
		n++
	}
	s := l.sheets[n]
	in = image.Rect(s.x, s.y, s.x+wide, s.y+high)
	s.x, s.row = s.x+wide+1, max(s.row, high+1)
	return n, in
}

// evict begins anew when there are too many letters, at the end of a frame.
func (l *letters) evict() {
	if len(l.sheets) <= mostLetterSheets {
		return
	}
	for _, s := range l.sheets {
		s.image.Deallocate()
	}
	clear(l.known)
	l.sheets = l.sheets[:0]
}
