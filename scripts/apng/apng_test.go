package apng

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// paper is a picture with a point of ink.
func paper(x, y int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.SetRGBA(x, y, color.RGBA{224, 49, 49, 255})
	return m
}

// What is written is read again: as a PNG by everybody, and picture by picture by
// those who know how.
func TestEncode(t *testing.T) {
	pictures := []*image.RGBA{paper(3, 4), paper(3, 4), paper(20, 10), paper(39, 29)}
	var frames []Frame
	for _, m := range pictures {
		frames = append(frames, Frame{m, 100 * time.Millisecond})
	}
	var out bytes.Buffer
	if err := Encode(&out, frames); err != nil {
		t.Fatal(err)
	}
	first, err := png.Decode(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal("it is no PNG: ", err)
	}
	if first.At(3, 4) != (color.NRGBA{224, 49, 49, 255}) || first.At(0, 0) != (color.NRGBA{255, 255, 255, 255}) {
		t.Error("the PNG does not show the first picture")
	}

	// Played by hand: the second picture is the first one, shown longer.
	want := []struct {
		m     *image.RGBA
		shown uint16
	}{{pictures[0], 200}, {pictures[2], 100}, {pictures[3], 100}}
	screen := image.NewRGBA(image.Rect(0, 0, 40, 30))
	number, n := uint32(0), 0
	var box image.Rectangle
	be := binary.BigEndian
	for b := out.Bytes()[8:]; len(b) > 0; {
		size := be.Uint32(b)
		name, data, sum := string(b[4:8]), b[8:8+size], be.Uint32(b[8+size:])
		if sum != crc32.ChecksumIEEE(b[4:8+size]) {
			t.Errorf("the checksum of a chunk %s is wrong", name)
		}
		b = b[12+size:]
		if name == "fcTL" || name == "fdAT" {
			if be.Uint32(data) != number {
				t.Errorf("%s is numbered %d, want %d", name, be.Uint32(data), number)
			}
			number++
			data = data[4:]
		}
		switch name {
		case "acTL":
			if be.Uint32(data) != 3 || be.Uint32(data[4:]) != 0 {
				t.Errorf("acTL says %x, want 3 pictures, for ever", data)
			}
		case "fcTL":
			x, y := int(be.Uint32(data[8:])), int(be.Uint32(data[12:]))
			box = image.Rect(x, y, x+int(be.Uint32(data)), y+int(be.Uint32(data[4:])))
			if shown := be.Uint16(data[16:]); shown != want[n].shown || be.Uint16(data[18:]) != 1000 {
				t.Errorf("picture %d is shown for %d ms, want %d", n, shown, want[n].shown)
			}
		case "IDAT", "fdAT":
			z, err := zlib.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			lines, err := io.ReadAll(z)
			if err != nil || len(lines) != box.Dy()*(1+4*box.Dx()) {
				t.Fatalf("picture %d has %d bytes for %v: %v", n, len(lines), box, err)
			}
			for y := range box.Dy() {
				line := lines[y*(1+4*box.Dx()):]
				for x := range box.Dx() {
					if p := line[1+4*x:]; p[3] != 0 {
						screen.SetRGBA(box.Min.X+x, box.Min.Y+y, color.RGBA{p[0], p[1], p[2], p[3]})
					}
				}
			}
			if !bytes.Equal(screen.Pix, want[n].m.Pix) {
				t.Errorf("picture %d shows something else", n)
			}
			n++
		}
	}
	if n != len(want) {
		t.Errorf("%d pictures, want %d", n, len(want))
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, frames := range [][]Frame{
		nil,
		{{Image: image.NewRGBA(image.Rect(0, 0, 0, 1))}},
		{{Image: paper(1, 1)}, {Image: image.NewRGBA(image.Rect(0, 0, 3, 3))}},
	} {
		if err := Encode(io.Discard, frames); err == nil {
			t.Errorf("%d pictures are taken", len(frames))
		}
	}
}
