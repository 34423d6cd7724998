//go:build js

package scene

import (
	"image"
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"edgeboard/wasmclient/view"
)

// texts keeps pictures of lines of text, cut into strips. Those that were not
// drawn for longest are given up when there are too many.
type texts struct {
	raster func(text string, size float64, color uint32, rightToLeft bool, at image.Rectangle, shift float64) []byte
	strips map[stripKey]*strip
	bytes  int
	now    int64 // frames
}

type stripKey struct {
	text        string
	size        float64
	color       uint32
	rightToLeft bool
	x, y        int // of the strip, counted from the left end of the baseline
}

type strip struct {
	image *ebiten.Image // nil if there is nothing in it
	bytes int
	used  int64 // the last frame that drew it
}

const (
	// stripSize is the width and height of a strip in pixels, at most.
	stripSize = 512
	// maxTextBytes bounds the strips that are kept, in bytes of their pixels.
	maxTextBytes = 32 << 20
	stripBytes   = 256 // besides its pixels
	// maxLetters bounds the size of letters in pixels: larger ones are stretched.
	maxLetters = 1024
)

// Letters reach beyond their line, as shares of the font's size.
const (
	aboveBaseline = 1.2
	belowBaseline = 0.5
	besideLine    = 0.3
)

// run draws a line of text. One that is not turned is laid on whole pixels, so
// that it is crisp.
func (s *Scene) run(to surface, r *view.Run) {
	size, k := r.Size, 1.0
	if size > maxLetters {
		size, k = maxLetters, r.Size/maxLetters
	}
	reach := image.Rect(
		int(math.Floor(-besideLine*size)), int(math.Floor(-aboveBaseline*size)),
		int(math.Ceil(r.Width/k+besideLine*size)), int(math.Ceil(belowBaseline*size)),
	)
	target := to.Bounds().Sub(s.origin)
	sin, cos := math.Sincos(r.Angle)
	for y := floorDiv(reach.Min.Y, stripSize); y*stripSize < reach.Max.Y; y++ {
		for x := floorDiv(reach.Min.X, stripSize); x*stripSize < reach.Max.X; x++ {
			at := image.Rect(x*stripSize, y*stripSize, (x+1)*stripSize, (y+1)*stripSize).Intersect(reach)
			s.lay = ebiten.DrawImageOptions{}
			s.lay.GeoM.Translate(float64(at.Min.X), float64(at.Min.Y))
			if r.Angle != 0 || k != 1 {
				s.lay.GeoM.Scale(k, k)
				s.lay.GeoM.Rotate(r.Angle)
				s.lay.GeoM.Translate(r.At.X, r.At.Y)
				s.stretched()
			} else {
				s.lay.GeoM.Translate(math.Floor(r.At.X+0.5), math.Floor(r.At.Y+0.5))
			}
			// Where it lies: the box around its corners.
			cx, cy := float64(at.Min.X+at.Max.X)/2*k, float64(at.Min.Y+at.Max.Y)/2*k
			mx, my := r.At.X+cx*cos-cy*sin, r.At.Y+cx*sin+cy*cos
			half := math.Hypot(float64(at.Dx()), float64(at.Dy()))/2*k + 1
			if mx+half < float64(target.Min.X) || my+half < float64(target.Min.Y) || mx-half > float64(target.Max.X) || my-half > float64(target.Max.Y) {
				continue
			}
			if img := s.texts.strip(stripKey{r.Text, size, r.Color, r.RightToLeft, x, y}, at); img != nil {
				s.lay.GeoM.Translate(float64(s.origin.X), float64(s.origin.Y))
				to.DrawImage(img, &s.lay)
			}
		}
	}
}

func floorDiv(a, b int) int { return int(math.Floor(float64(a) / float64(b))) }

// strip returns the picture of a strip, nil if there is nothing in it.
func (t *texts) strip(key stripKey, at image.Rectangle) *ebiten.Image {
	st := t.strips[key]
	if st == nil {
		st = &strip{bytes: stripBytes}
		if pixels := t.raster(key.text, key.size, key.color, key.rightToLeft, at, 0); len(pixels) == 4*at.Dx()*at.Dy() {
			// Small images share a texture: many are drawn at once.
			st.image = ebiten.NewImage(at.Dx(), at.Dy())
			st.image.WritePixels(pixels)
			st.bytes += len(pixels)
		}
		t.bytes += st.bytes
		t.strips[key] = st
	}
	st.used = t.now
	return st.image
}

// evict gives up strips when there are too many, at the end of a frame.
func (t *texts) evict() {
	t.now++
	for old := int64(600); t.bytes > maxTextBytes && old >= 0; old = old/2 - 1 {
		for key, st := range t.strips {
			if t.now-st.used > old {
				t.drop(key, st)
			}
		}
	}
}

func (t *texts) drop(key stripKey, st *strip) {
	if st.image != nil {
		st.image.Deallocate()
	}
	t.bytes -= st.bytes
	delete(t.strips, key)
}
