package figure

import (
	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// Picture is what an image shows: a part of a picture whose bytes are elsewhere.
type Picture struct {
	Blob          string   // SHA-256 of the bytes, in hexadecimal; "": the image names none
	Crop          geom.Box // what of the picture is shown, in shares of its sides: within 0 and 1
	Width, Height int      // of the picture, in its own pixels; 0: not known
	FlipX, FlipY  bool     // it is mirrored
	Whole         bool     // the rest is shown through: it is being cropped
}

const (
	// leastCrop is what of a side of a picture is shown at least.
	leastCrop = 1.0 / 1024
	// mostPixels bounds the sides of pictures that elements name.
	mostPixels = 1 << 20
)

// PictureOf returns what an image shows. The mirror is a matter of its place.
func PictureOf(e *board.Element) *Picture {
	p := &Picture{
		Width:  int(min(max(e.Int(board.KeyPixelWidth, 0), 0), mostPixels)),
		Height: int(min(max(e.Int(board.KeyPixelHeight, 0), 0), mostPixels)),
	}
	if v := e.Get(board.KeyBlob); isHash(v.Str()) {
		p.Blob = v.Str()
	}
	p.Crop.Min.X, p.Crop.Max.X = cropped(e.Float(board.KeyCropX, 0), e.Float(board.KeyCropWidth, 1))
	p.Crop.Min.Y, p.Crop.Max.Y = cropped(e.Float(board.KeyCropY, 0), e.Float(board.KeyCropHeight, 1))
	return p
}

// cropped returns the part of a side that begins at a share and is so long, as far
// as there is such a part.
func cropped(at, length float64) (from, to float64) {
	from = min(max(at, 0), 1-leastCrop)
	return from, min(max(at+length, from+leastCrop), 1)
}

// isHash reports whether a text is a SHA-256 as KeyBlob has it.
func isHash(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// SetCrop writes what of its picture an image shows.
func SetCrop(edit *board.Edit, e *board.Element, crop geom.Box) {
	size := crop.Size()
	for _, c := range [...]struct {
		key       board.Key
		is, plain float64
	}{
		{board.KeyCropX, crop.Min.X, 0}, {board.KeyCropY, crop.Min.Y, 0},
		{board.KeyCropWidth, size.X, 1}, {board.KeyCropHeight, size.Y, 1},
	} {
		if e.Float(c.key, c.plain) != c.is {
			edit.Set(e.ID(), c.key, board.Float(c.is))
		}
	}
}

// readImage lays an image out. Its text describes it, and is not shown.
func (s *Set) readImage(f *Figure) {
	f.Picture = PictureOf(f.Element)
	f.Picture.FlipX, f.Picture.FlipY = f.Place.W < 0, f.Place.H < 0
	f.Frame = f.Place.Frame()
	f.Bounds = f.Frame.Bounds()
	if d := s.drafts.of[f.ID()]; d != nil && d.Crop != nil {
		f.Picture.Crop, f.Picture.Whole = *d.Crop, true
		f.Bounds = f.Bounds.Union(f.PictureTransform().ApplyBox(geom.Rect(0, 0, 1, 1)))
	}
}

// PictureTransform returns where the picture of an image lies on the board: from
// shares of its sides, 0, 0 its upper left corner and 1, 1 its lower right one. What
// is outside of the crop lies outside of the figure.
func (f *Figure) PictureTransform() geom.Transform {
	if f.Picture == nil {
		return geom.Identity
	}
	box, crop := f.Frame.Box, f.Picture.Crop
	at, size, part := box.Min, box.Size(), crop.Size()
	if f.Picture.FlipX {
		at.X, size.X = box.Max.X, -size.X
	}
	if f.Picture.FlipY {
		at.Y, size.Y = box.Max.Y, -size.Y
	}
	return geom.Translate(crop.Min.Neg()).
		Then(geom.Scale(size.X/part.X, size.Y/part.Y)).
		Then(geom.Translate(at)).
		Then(f.Frame.Transform())
}

// Showing returns the images that show a picture, in no order.
func (s *Set) Showing(blob string) []board.ID { return s.showing.of(blob) }
