package figure

import (
	"math"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

var someBlob = strings.Repeat("0123456789abcdef", 4)

func (d *desk) image(x, y, w, h float64) board.ID {
	d.t.Helper()
	id := d.shape(board.KindImage, x, y, w, h)
	d.edit(func(e *board.Edit) {
		e.Set(id, board.KeyBlob, board.String(someBlob))
		e.Set(id, board.KeyPixelWidth, board.Int(400))
		e.Set(id, board.KeyPixelHeight, board.Int(200))
	})
	return id
}

// An image lies in its box, all of which is hit, and its text is not shown.
func TestImage(t *testing.T) {
	d := newDesk(t)
	id := d.image(10, 20, 200, 100)
	f := d.Of(id)
	d.want("the picture", *f.Picture, Picture{Blob: someBlob, Crop: geom.Rect(0, 0, 1, 1), Width: 400, Height: 200})
	d.want("the middle is hit", f.Hit(geom.Pt(110, 70), 0), true)
	d.want("a marquee within it touches it", f.Touches(geom.Rect(100, 60, 5, 5)), true)
	d.edit(func(e *board.Edit) { e.Splice(id, board.Chars, 0, 0, "a cat on a mat") })
	d.want("letters of what describes it", d.Of(id).Text() == nil, true)
	d.want("it shows the picture", slices.Equal(d.Showing(someBlob), []board.ID{id}), true)
	d.set(id, board.KeyBlob, board.String("../../etc/passwd"))
	d.want("what is no hash", d.Of(id).Picture.Blob, "")
	d.want("told that it shows another picture", len(d.changes), 1)
	d.want("it shows the picture no more", len(d.Showing(someBlob)), 0)
	d.set(id, board.KeyBlob, board.String(someBlob))
	d.set(id, board.KeyDeleted, board.Int(1))
	d.want("deleted", len(d.Showing(someBlob)), 0)
	d.set(id, board.KeyDeleted, board.Value{})
	d.want("brought back", len(d.Showing(someBlob)), 1)
	f = d.Of(d.shape(board.KindNote, 0, 0, 9, 9))
	d.want("what is none", f.Picture == nil && f.PictureTransform() == geom.Identity, true)
}

// Where the corners of a picture lie, whatever part of it is shown and however it is
// turned and mirrored.
func TestPictureTransform(t *testing.T) {
	d := newDesk(t)
	id := d.image(0, 0, 200, 100)
	at := func(when string, u, v, x, y float64) {
		t.Helper()
		if got := d.Of(id).PictureTransform().Apply(geom.Pt(u, v)); !near(got, geom.Pt(x, y)) {
			t.Errorf("%s: %v, %v of the picture lies at %v, want %v, %v", when, u, v, got, x, y)
		}
	}
	at("whole", 0, 0, 0, 0)
	at("whole", 1, 1, 200, 100)
	d.edit(func(e *board.Edit) { SetCrop(e, d.doc.Element(id), geom.Rect(0.25, 0.5, 0.5, 0.5)) })
	at("cropped", 0.25, 0.5, 0, 0)
	at("cropped", 0.75, 1, 200, 100)
	at("cropped", 0, 0, -100, -100)
	d.set(id, board.KeyX, board.Float(200))
	d.set(id, board.KeyWidth, board.Float(-200))
	d.want("it is mirrored", d.Of(id).Picture.FlipX, true)
	d.want("its box", d.Of(id).Frame.Box, geom.Rect(0, 0, 200, 100))
	at("mirrored", 0.25, 0.5, 200, 0)
	at("mirrored", 0.75, 1, 0, 100)
	d.set(id, board.KeyAngle, board.Float(math.Pi/2))
	at("turned", 0.75, 0.5, 150, -50) // the upper left corner has come to the upper right
	moved := d.Of(id).Place.Move(board.KindImage, geom.Scale(1, -1))
	d.want("mirrored twice, it is turned half round", moved.W*moved.H < 0, false)
}

// What the document says of a crop is taken for one, whatever it says.
func TestCropIsWithinThePicture(t *testing.T) {
	d := newDesk(t)
	id := d.image(0, 0, 10, 10)
	for _, c := range [][4]float64{{-1, -1, 9, 9}, {2, 2, 2, 2}, {0.5, 0.5, -3, 0}, {1, 0, 1e300, -1e300}, {1e-300, 0.3, 1e-300, 0.3}} {
		for i, key := range []board.Key{board.KeyCropX, board.KeyCropY, board.KeyCropWidth, board.KeyCropHeight} {
			d.set(id, key, board.Float(c[i]))
		}
		crop := d.Of(id).Picture.Crop
		if size := crop.Size(); !geom.Rect(0, 0, 1, 1).ContainsBox(crop) || size.X < leastCrop/2 || size.Y < leastCrop/2 {
			t.Errorf("%v is taken for %v", c, crop)
		}
		if !d.Of(id).PictureTransform().Finite() {
			t.Errorf("%v: the picture lies nowhere", c)
		}
	}
	d.set(id, board.KeyPixelWidth, board.Int(-5))
	d.set(id, board.KeyPixelHeight, board.Int(math.MaxInt64))
	d.want("a negative width", d.Of(id).Picture.Width, 0)
	d.want("a height beyond all screens", d.Of(id).Picture.Height, mostPixels)
}

// A draft may show another part of the picture.
func TestCropOfADraft(t *testing.T) {
	d := newDesk(t)
	id := d.image(0, 0, 100, 100)
	place, crop := Place{X: 50, W: 50, H: 100, Size: DefaultFontSize}, geom.Rect(0.5, 0, 0.5, 1)
	d.SetDraft(0, &Draft{IDs: []board.ID{id}, Place: &place, Crop: &crop})
	d.want("the crop in hand", d.Of(id).Picture.Crop, crop)
	d.want("the box in hand", d.Of(id).Frame.Box, geom.Rect(50, 0, 50, 100))
	d.want("what is not in the crop is shown too", d.Of(id).Bounds, geom.Rect(0, 0, 100, 100))
	d.SetDraft(0, nil)
	d.want("the crop of the document", d.Of(id).Picture.Crop, geom.Rect(0, 0, 1, 1))
}
