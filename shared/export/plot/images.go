package plot

import (
	"bytes"
	"image"
	"image/draw"
	_ "image/gif"  // what images may be
	_ "image/jpeg" // the same
	_ "image/png"  // the same

	xdraw "golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // the same

	"edgeboard/shared/export"
)

// Image is an image that was read.
type Image struct {
	Hash  string
	Blob  export.Blob
	Pixel *image.NRGBA
}

// Limits of images, which come from outside.
const (
	maxSide   = 16384
	maxPixels = 32 << 20 // of one that is read
	// keptSide is how large a side is that is kept of an image: larger ones are made
	// smaller, so that one alone takes much memory at a time.
	keptSide = 2048
	maxAll   = 48 << 20 // pixels of all that are kept; those after that are shown as paper
)

// images reads images, each once.
type images struct {
	content func(hash string) (export.Blob, bool)
	read    map[string]*Image
	most    int // pixels of one that is read
	left    int // pixels that may be read
}

// newImages bounds their pixels to most besides, if that is not 0.
func newImages(content func(hash string) (export.Blob, bool), most int) *images {
	m := &images{content, map[string]*Image{}, maxPixels, maxAll}
	if most > 0 {
		m.most, m.left = min(m.most, most), min(m.left, most)
	}
	return m
}

// of returns an image, nil if it is not to be had.
func (m *images) of(hash string) *Image {
	if i, ok := m.read[hash]; ok || hash == "" || m.content == nil {
		return i
	}
	m.read[hash] = nil
	blob, ok := m.content(hash)
	if !ok {
		return nil
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(blob.Data))
	if err != nil || config.Width <= 0 || config.Height <= 0 || config.Width > maxSide || config.Height > maxSide || config.Width*config.Height > m.most || m.left <= 0 {
		return nil
	}
	img, _, err := image.Decode(bytes.NewReader(blob.Data))
	if err != nil {
		return nil
	}
	from := img.Bounds()
	k := min(1, keptSide/float64(max(from.Dx(), from.Dy())))
	pixel := image.NewNRGBA(image.Rect(0, 0, max(int(float64(from.Dx())*k), 1), max(int(float64(from.Dy())*k), 1)))
	if k == 1 {
		draw.Draw(pixel, pixel.Bounds(), img, from.Min, draw.Src)
	} else {
		xdraw.BiLinear.Scale(pixel, pixel.Bounds(), img, from, xdraw.Src, nil)
	}
	if m.left -= len(pixel.Pix) / 4; m.left < 0 {
		return nil
	}
	m.read[hash] = &Image{hash, blob, pixel}
	return m.read[hash]
}
