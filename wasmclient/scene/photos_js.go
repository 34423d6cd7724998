//go:build js

package scene

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"edgeboard/wasmclient/view"
)

// photos keeps the pictures of images. Those that were not drawn for longest are
// given up when there are too many.
type photos struct {
	pictures func(blob string) (rgba []byte, width, height int, ok bool)
	kept     map[string]*photo
	bytes    int
	now      int64 // frames
}

// photo is a picture: as it is, and smaller ones of which each has half the width
// and height of the one before, made when they are drawn first.
type photo struct {
	levels []*ebiten.Image
	bytes  int
	used   int64 // the last frame that drew it
}

const (
	// MaxPicture bounds the sides of pictures in pixels: what devices can keep.
	MaxPicture = 4096
	// maxPhotoBytes bounds the pictures that are kept, in bytes of graphics memory,
	// but those of one frame are always there.
	maxPhotoBytes = 192 << 20
)

// picture draws a part of a picture, or its paper.
func (s *Scene) picture(to surface, p *view.Picture) {
	img, wide, high := s.white, 0.0, 0.0
	if ph := s.photos.photo(p.Blob); ph != nil {
		img = s.photos.level(ph, p.Width, p.Height)
		size := img.Bounds().Size()
		wide, high = float64(size.X), float64(size.Y)
	}
	r, g, b := float32(1), float32(1), float32(1)
	if wide == 0 {
		paper := rgb(p.Paper)
		r, g, b = float32(paper.R)/255, float32(paper.G)/255, float32(paper.B)/255
	}
	if len(p.Corners) > cap(s.corners) {
		return
	}
	corners := s.corners[:len(p.Corners)]
	left, top := float32(s.origin.X), float32(s.origin.Y)
	for i, c := range p.Corners {
		v := ebiten.Vertex{
			DstX: left + (c.X + snap - snap), DstY: top + (c.Y + snap - snap), SrcX: 1.5, SrcY: 1.5,
			ColorR: r * c.Level, ColorG: g * c.Level, ColorB: b * c.Level, ColorA: c.Level,
		}
		if wide > 0 {
			// From the middle of the first pixel to that of the last: beyond them there is
			// nothing to mix in.
			v.SrcX = float32(min(max(float64(c.U)*wide, 0.5), wide-0.5))
			v.SrcY = float32(min(max(float64(c.V)*high, 0.5), high-0.5))
		}
		corners[i] = v
	}
	s.triangles.Blend, s.triangles.Filter, s.triangles.DisableMipmaps = ebiten.BlendSourceOver, ebiten.FilterLinear, true
	to.DrawTriangles32(corners, p.Indices, img, &s.triangles)
	s.triangles.Filter = ebiten.FilterNearest
}

// photo returns a picture, nil if it is not to be had.
func (p *photos) photo(blob string) *photo {
	if blob == "" {
		return nil
	}
	ph := p.kept[blob]
	if ph == nil {
		rgba, width, height, ok := p.pictures(blob)
		if !ok || width <= 0 || height <= 0 || width > MaxPicture || height > MaxPicture || len(rgba) != 4*width*height {
			return nil
		}
		img := unmanaged(width, height)
		img.WritePixels(rgba)
		ph = &photo{levels: []*ebiten.Image{img}, bytes: len(rgba)}
		p.bytes += ph.bytes
		p.kept[blob] = ph
	}
	ph.used = p.now
	return ph
}

// level returns the smallest of a picture's sizes that is not stretched when all of
// it is drawn so wide and high.
func (p *photos) level(ph *photo, width, height float64) *ebiten.Image {
	for n := 0; ; n++ {
		size := ph.levels[n].Bounds().Size()
		wide, high := (size.X+1)/2, (size.Y+1)/2
		if float64(wide) < width || float64(high) < height || wide == size.X && high == size.Y || math.IsNaN(width+height) {
			return ph.levels[n]
		}
		if n+1 == len(ph.levels) {
			half := unmanaged(wide, high)
			o := ebiten.DrawImageOptions{Filter: ebiten.FilterLinear, DisableMipmaps: true, Blend: ebiten.BlendCopy}
			o.GeoM.Scale(float64(wide)/float64(size.X), float64(high)/float64(size.Y))
			half.DrawImage(ph.levels[n], &o)
			ph.levels = append(ph.levels, half)
			ph.bytes += 4 * wide * high
			p.bytes += 4 * wide * high
		}
	}
}

// evict gives up pictures when there are too many, at the end of a frame.
func (p *photos) evict() {
	p.now++
	for old := int64(600); p.bytes > maxPhotoBytes && old > 0; old /= 2 {
		for blob, ph := range p.kept {
			if p.now-ph.used > old {
				for _, img := range ph.levels {
					img.Deallocate()
				}
				p.bytes -= ph.bytes
				delete(p.kept, blob)
			}
		}
	}
}
