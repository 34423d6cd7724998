// Package apng writes moving pictures as animated PNG: without loss, and as an
// ordinary PNG of the first picture for programs that know no other.
//
// Each picture after the first holds what differs from the one before, and is
// transparent elsewhere.
package apng

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"io"
	"time"
)

// Frame is a picture, and how long it is shown: whole milliseconds, at most a
// minute. All pictures are opaque, and of the size of the first.
type Frame struct {
	Image *image.RGBA
	Shown time.Duration
}

// Encode writes a picture that begins anew when it has ended, for ever. Pictures that
// differ in nothing from the one before prolong it.
func Encode(w io.Writer, frames []Frame) error {
	if len(frames) == 0 {
		return errors.New("apng: no picture")
	}
	size := frames[0].Image.Rect.Size()
	type part struct {
		box   image.Rectangle
		data  []byte
		shown time.Duration
	}
	var parts []part
	var last *image.RGBA
	for _, f := range frames {
		if f.Image.Rect.Size() != size || size.X == 0 || size.Y == 0 {
			return errors.New("apng: pictures are of one size, and not empty")
		}
		box := image.Rectangle{Max: size}
		if last != nil {
			box = changed(last, f.Image)
		}
		if box.Empty() {
			parts[len(parts)-1].shown += f.Shown
			continue
		}
		data, err := pack(last, f.Image, box)
		if err != nil {
			return err
		}
		parts = append(parts, part{box, data, f.Shown})
		last = f.Image
	}

	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	be := binary.BigEndian
	header := be.AppendUint32(be.AppendUint32(nil, uint32(size.X)), uint32(size.Y))
	chunk(&out, "IHDR", append(header, 8, 6, 0, 0, 0)) // 8 bits of each of red, green, blue and alpha
	chunk(&out, "acTL", be.AppendUint32(be.AppendUint32(nil, uint32(len(parts))), 0))
	number := uint32(0) // of fcTL and fdAT, counted together
	for i, p := range parts {
		control := be.AppendUint32(nil, number)
		number++
		for _, v := range []int{p.box.Dx(), p.box.Dy(), p.box.Min.X, p.box.Min.Y} {
			control = be.AppendUint32(control, uint32(v))
		}
		control = be.AppendUint16(control, uint16(p.shown.Milliseconds()))
		control = be.AppendUint16(control, 1000)
		const keep, over = 0, 1
		chunk(&out, "fcTL", append(control, keep, over))
		if i == 0 {
			chunk(&out, "IDAT", p.data)
			continue
		}
		chunk(&out, "fdAT", append(be.AppendUint32(nil, number), p.data...))
		number++
	}
	chunk(&out, "IEND", nil)
	_, err := out.WriteTo(w)
	return err
}

func chunk(out *bytes.Buffer, name string, data []byte) {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, name...), data...)
	out.Write(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

// changed is the least box with all that differs, from the upper left corner of both.
func changed(a, b *image.RGBA) (box image.Rectangle) {
	size := b.Rect.Size()
	for y := range size.Y {
		p, q := row(a, y), row(b, y)
		if bytes.Equal(p, q) {
			continue
		}
		first, last := 0, size.X-1
		for bytes.Equal(p[4*first:4*first+4], q[4*first:4*first+4]) {
			first++
		}
		for bytes.Equal(p[4*last:4*last+4], q[4*last:4*last+4]) {
			last--
		}
		box = box.Union(image.Rect(first, y, last+1, y+1))
	}
	return box
}

func row(m *image.RGBA, y int) []byte {
	return m.Pix[y*m.Stride : y*m.Stride+4*m.Rect.Dx()]
}

// pack compresses what differs within a box. Rows are not filtered: pictures of a
// page are of few colours in large areas, which filters would hide.
func pack(before, now *image.RGBA, box image.Rectangle) ([]byte, error) {
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		return nil, err
	}
	line := make([]byte, 1+4*box.Dx())
	for y := box.Min.Y; y < box.Max.Y; y++ {
		const unfiltered = 0
		line[0] = unfiltered
		copy(line[1:], row(now, y)[4*box.Min.X:4*box.Max.X])
		if before != nil {
			for x := range box.Dx() {
				at := 4 * (box.Min.X + x)
				if pixel := line[1+4*x : 5+4*x]; bytes.Equal(pixel, row(before, y)[at:at+4]) {
					clear(pixel)
				}
			}
		}
		if _, err := z.Write(line); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return out.Bytes(), err
}
