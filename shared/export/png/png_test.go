package png

import (
	"bytes"
	"image"
	"image/color"
	stdpng "image/png"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/export/plot"
	"edgeboard/shared/figure"
)

// picture returns the picture of a board.
func picture(t *testing.T, o Options, draw func(e *board.Edit)) image.Image {
	t.Helper()
	doc := board.New(1)
	e := doc.Edit()
	draw(e)
	e.Commit()
	var b bytes.Buffer
	if err := Write(&b, figure.New(doc, export.Fonts{}).All(), o); err != nil {
		t.Fatal(err)
	}
	img, err := stdpng.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func box(e *board.Edit, kind board.Kind, x, y, w, h float64, looks map[board.Key]board.Value) board.ID {
	id := e.Create(kind)
	for key, v := range map[board.Key]float64{board.KeyX: x, board.KeyY: y, board.KeyWidth: w, board.KeyHeight: h} {
		e.Set(id, key, board.Float(v))
	}
	for key, v := range looks {
		e.Set(id, key, v)
	}
	return id
}

// is checks a pixel, as 0xRRGGBBAA, which may be a little off.
func is(t *testing.T, img image.Image, what string, x, y int, want uint32) {
	t.Helper()
	c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	got := [4]int{int(c.R), int(c.G), int(c.B), int(c.A)}
	for i, g := range got {
		if d := g - int(want>>(24-8*i)&0xff); d < -3 || d > 3 {
			t.Errorf("%s, at %d, %d, is %02x, want %08x", what, x, y, got, want)
			return
		}
	}
}

// A picture shows what is on the board, in its colours.
func TestWrite(t *testing.T) {
	img := picture(t, Options{Scale: 2, Margin: 10, Fill: 0xffffff, Filled: true}, func(e *board.Edit) {
		box(e, board.KindDiamond, 0, 0, 100, 100, map[board.Key]board.Value{board.KeyFill: board.Int(0x0000ff), board.KeyThickness: board.Float(0)})
		box(e, board.KindLine, 0, 50, 100, 0, map[board.Key]board.Value{board.KeyColor: board.Int(0xff0000), board.KeyOpacity: board.Float(0.5)})
	})
	if size := img.Bounds().Size(); size.X != 248 || size.Y != 240 { // the line has round ends
		t.Errorf("the picture is %v", size)
	}
	is(t, img, "the ground", 5, 5, 0xffffffff)
	is(t, img, "the diamond", 124, 60, 0x0000ffff)
	is(t, img, "the line over the diamond", 124, 120, 0x7f0080ff)
	is(t, img, "the line at its end", 22, 120, 0xff7f7fff)
}

// Dots, letters and strokes are ink where they are, and nothing beside.
func TestInk(t *testing.T) {
	dark := func(img image.Image) (n int) {
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				if r, _, _, a := img.At(x, y).RGBA(); a > 0x8000 && r < 0x8000 {
					n++
				}
			}
		}
		return n
	}
	line := func(dash int64) int {
		return dark(picture(t, Options{}, func(e *board.Edit) {
			box(e, board.KindLine, 0, 0, 400, 0, map[board.Key]board.Value{board.KeyDash: board.Int(dash)})
		}))
	}
	if solid, dashed, dotted := line(0), line(1), line(2); solid < 1590 || solid > 1620 || dashed < 800 || dashed > 1100 || dotted < 350 || dotted > 700 {
		t.Errorf("a line is %d pixels, of dashes %d, of dots %d", solid, dashed, dotted)
	}
	text := dark(picture(t, Options{}, func(e *board.Edit) {
		id := e.Create(board.KindText)
		e.Splice(id, board.Chars, 0, 0, "ink")
	}))
	if text < 30 || text > 250 {
		t.Errorf("three letters are %d pixels", text)
	}
}

// Images are cut and mirrored.
func TestImage(t *testing.T) {
	half := image.NewNRGBA(image.Rect(0, 0, 20, 10))
	for y := range 10 {
		for x := range 20 {
			half.Set(x, y, color.NRGBA{uint8(255 * (x / 10)), 0, 255, 255})
		}
	}
	var data bytes.Buffer
	if err := stdpng.Encode(&data, half); err != nil {
		t.Fatal(err)
	}
	o := Options{Options: plot.Options{Image: func(string) (export.Blob, bool) { return export.Blob{Media: "image/png", Data: data.Bytes()}, true }}}
	hash := map[board.Key]board.Value{board.KeyBlob: board.String(strings.Repeat("b", 64))}
	img := picture(t, o, func(e *board.Edit) { box(e, board.KindImage, 0, 0, 80, 40, hash) })
	is(t, img, "the left half", 20, 20, 0x0000ffff)
	is(t, img, "the right half", 60, 20, 0xff00ffff)
	is(t, img, "the corner, which is round", 0, 0, 0)
	img = picture(t, o, func(e *board.Edit) { box(e, board.KindImage, 80, 0, -80, 40, hash) })
	is(t, img, "the left half of what is mirrored", 20, 20, 0xff00ffff)
	hash[board.KeyCropX], hash[board.KeyCropWidth] = board.Float(0.5), board.Float(0.5)
	img = picture(t, o, func(e *board.Edit) { box(e, board.KindImage, 0, 0, 80, 40, hash) })
	is(t, img, "the left half of the right half", 20, 20, 0xff00ffff)
}

// However large a board is, its picture is not larger than it may be.
func TestLimits(t *testing.T) {
	for _, size := range [][2]float64{{1e8, 1e8}, {1, 1e8}} {
		doc := board.New(1)
		e := doc.Edit()
		box(e, board.KindRectangle, 0, 0, size[0], size[1], nil)
		box(e, board.KindLine, 0, 0, size[0], size[1], map[board.Key]board.Value{board.KeyDash: board.Int(2)})
		e.Commit()
		var b bytes.Buffer
		if err := Write(&b, figure.New(doc, export.Fonts{}).All(), Options{Scale: 4}); err != nil {
			t.Fatal(err)
		}
		c, err := stdpng.DecodeConfig(&b)
		if err != nil || c.Width > MaxSide || c.Height > MaxSide || c.Width*c.Height > MaxPixels+2*MaxSide {
			t.Errorf("a board of %v is a picture of %d by %d: %v", size, c.Width, c.Height, err)
		}
		b.Reset()
		// Nor than memory allows.
		const fits = 100_000
		small := Options{Scale: 4, Options: plot.Options{Pixels: fits}}
		if err := Write(&b, figure.New(doc, export.Fonts{}).All(), small); err != nil {
			t.Fatal(err)
		}
		if c, err = stdpng.DecodeConfig(&b); err != nil || c.Width*c.Height > fits+2*MaxSide {
			t.Errorf("a board of %v is a picture of %d by %d, and may have %d pixels: %v", size, c.Width, c.Height, fits, err)
		}
	}
	if b := picture(t, Options{}, func(*board.Edit) {}).Bounds().Size(); b.X != 1 || b.Y != 1 {
		t.Errorf("nothing is a picture of %v", b)
	}
}
