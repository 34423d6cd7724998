// Package blob says what a relay takes as an image, by its bytes alone: PNG, JPEG,
// WebP, GIF, and SVG that draws and does nothing else. It reads the heads of
// pictures and the whole of an SVG; it decodes none.
package blob

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Limits of a picture, in pixels. Somebody's browser decodes it: 64 megapixels are
// 256 MiB there.
const (
	MaxSide   = 16384
	MaxPixels = 64 << 20
)

// The media types of what is taken.
const (
	PNG  = "image/png"
	JPEG = "image/jpeg"
	WebP = "image/webp"
	GIF  = "image/gif"
	SVG  = "image/svg+xml"
)

// Image is what an image says of itself.
type Image struct {
	Media         string // type
	Width, Height int    // pixels; of an SVG 0
}

// MediaError is of what is no image of a kind that is taken.
type MediaError string

func (e MediaError) Error() string { return string(e) }

// ContentError is of an image in which there is something that is not taken. The
// text is for whom it concerns.
type ContentError string

func (e ContentError) Error() string { return string(e) }

func refuse(format string, args ...any) error { return ContentError(fmt.Sprintf(format, args...)) }

// Check returns what an image is, or a MediaError or a ContentError.
func Check(data []byte) (Image, error) {
	var i Image
	var err error
	switch {
	case bytes.HasPrefix(data, []byte(pngHead)):
		i, err = png(data)
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		i, err = jpeg(data)
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		i, err = gif(data)
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		i, err = webp(data)
	case looksLikeXML(data):
		return Image{Media: SVG}, checkSVG(data)
	default:
		return Image{}, MediaError("this is no image of a kind that boards show: they show PNG, JPEG, WebP, GIF and SVG")
	}
	switch {
	case err != nil:
		return Image{}, err
	case i.Width <= 0 || i.Height <= 0:
		return Image{}, refuse("the image has no size")
	case i.Width > MaxSide || i.Height > MaxSide || i.Width*i.Height > MaxPixels:
		return Image{}, refuse("the image has %d × %d pixels; a side may have %d, and all of it %d million", i.Width, i.Height, MaxSide, MaxPixels/1_000_000)
	}
	return i, nil
}

var errCut = ContentError("the image ends before it says how large it is")

const pngHead = "\x89PNG\r\n\x1a\n"

// png reads the first chunk, which is IHDR (PNG, section 11.2.1).
func png(b []byte) (Image, error) {
	b = b[len(pngHead):]
	if len(b) < 8+13 {
		return Image{}, errCut
	}
	if binary.BigEndian.Uint32(b) != 13 || string(b[4:8]) != "IHDR" {
		return Image{}, refuse("the PNG does not begin with its header")
	}
	w, h := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:])
	if w > 1<<31-1 || h > 1<<31-1 {
		return Image{}, refuse("the PNG has a size that none can have")
	}
	return Image{PNG, int(w), int(h)}, nil
}

// gif reads the logical screen (GIF89a, section 18), which bounds what is shown of
// the frames.
func gif(b []byte) (Image, error) {
	if len(b) < 10 {
		return Image{}, errCut
	}
	return Image{GIF, int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))}, nil
}

// jpeg goes from segment to segment up to the one that begins a frame (ITU T.81,
// section B.2.2).
func jpeg(b []byte) (Image, error) {
	b = b[2:]
	for len(b) >= 2 {
		if b[0] != 0xff {
			return Image{}, refuse("the JPEG has something between its segments")
		}
		marker := b[1]
		if marker == 0xff { // a byte that fills
			b = b[1:]
			continue
		}
		b = b[2:]
		if marker == 0x01 || marker >= 0xd0 && marker <= 0xd7 {
			continue // without a length
		}
		if marker == 0xd9 || marker == 0xda {
			return Image{}, refuse("the JPEG has no size before its picture")
		}
		if len(b) < 2 {
			break
		}
		n := int(binary.BigEndian.Uint16(b))
		if n < 2 {
			return Image{}, refuse("the JPEG has a segment without a length")
		}
		if marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc {
			if n < 8 || len(b) < 8 {
				break
			}
			return Image{JPEG, int(binary.BigEndian.Uint16(b[5:])), int(binary.BigEndian.Uint16(b[3:]))}, nil
		}
		if n > len(b) {
			break
		}
		b = b[n:]
	}
	return Image{}, errCut
}

// webp reads the first chunk, of one of three kinds (RFC 9649, sections 2.5 to 2.7).
func webp(b []byte) (Image, error) {
	b = b[12:]
	if len(b) < 8+10 {
		return Image{}, errCut
	}
	kind := string(b[:4])
	b = b[8:]
	switch kind {
	case "VP8 ": // RFC 6386, section 9.1
		if b[0]&1 != 0 || b[3] != 0x9d || b[4] != 0x01 || b[5] != 0x2a {
			return Image{}, refuse("the WebP does not begin with a picture of its own")
		}
		return Image{WebP, int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff)}, nil
	case "VP8L":
		if b[0] != 0x2f {
			return Image{}, refuse("the WebP does not begin as a lossless one does")
		}
		n := binary.LittleEndian.Uint32(b[1:])
		return Image{WebP, int(n&0x3fff) + 1, int(n>>14&0x3fff) + 1}, nil
	case "VP8X":
		three := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
		return Image{WebP, three(b[4:]) + 1, three(b[7:]) + 1}, nil
	}
	return Image{}, refuse("the WebP does not begin with a picture")
}

// looksLikeXML reports whether the first thing but spaces, and a mark that it is
// UTF-8, is a <.
func looksLikeXML(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(b) > 0 && b[0] == '<'
}
