package browser

import "bytes"

// maxPixelBytes bounds the pixels that are kept, but of the image that came last.
const maxPixelBytes = 128 << 20

// gallery keeps the pixels of images that were asked for. Those that were not for
// longest go when there are too many.
type gallery struct {
	all   map[string]*photo
	bytes int // of pixels
	clock int
}

// photo is an image that was asked for.
type photo struct {
	rgba          []byte // premultiplied; nil: not there
	width, height int
	used          int
	loading       bool
	broken        bool    // it cannot be decoded
	again         float64 // when it may be loaded again; see Now
}

// photo returns an image that is asked for, without pixels if they are not there.
func (g *gallery) photo(hash string) *photo {
	x := g.all[hash]
	if x == nil {
		if g.all == nil {
			g.all = map[string]*photo{}
		}
		x = &photo{}
		g.all[hash] = x
	}
	g.clock++
	x.used = g.clock
	return x
}

// loadAgain is after how many milliseconds an image that was not to be had is asked
// for again.
const loadAgain = 60_000

// begins reports whether an image is to be loaded now, and notes that it is.
func (x *photo) begins(now float64) bool {
	if x.rgba != nil || x.loading || x.broken || now < x.again {
		return false
	}
	x.loading = true
	return true
}

// fails notes that it could not be loaded: it was not to be had, or is none.
func (x *photo) fails(away bool, now float64) {
	x.loading, x.broken, x.again = false, !away, now+loadAgain
}

// forgives makes it be loaded again when it is asked for.
func (x *photo) forgives() { x.broken, x.again = false, 0 }

// keep keeps the pixels of an image, and gives up others for it.
func (g *gallery) keep(x *photo, rgba []byte, width, height int) {
	x.loading = false
	g.bytes += len(rgba) - len(x.rgba)
	x.rgba, x.width, x.height = rgba, width, height
	for g.bytes > maxPixelBytes {
		// Few have pixels, so a look at all is cheap beside the decoding.
		var oldest *photo
		for _, y := range g.all {
			if y != x && y.rgba != nil && (oldest == nil || y.used < oldest.used) {
				oldest = y
			}
		}
		if oldest == nil {
			return
		}
		g.bytes -= len(oldest.rgba)
		oldest.rgba = nil
	}
}

// mediaOf returns the media type of a file by its first bytes: one that a relay
// takes, or of another image, or "" if it looks like none.
func mediaOf(b []byte) string {
	at := func(from int, what string) bool {
		return len(b) >= from+len(what) && string(b[from:from+len(what)]) == what
	}
	switch {
	case at(0, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case at(0, "\xff\xd8\xff"):
		return "image/jpeg"
	case at(0, "GIF87a"), at(0, "GIF89a"):
		return "image/gif"
	case at(0, "RIFF") && at(8, "WEBP"):
		return "image/webp"
	case at(0, "BM"):
		return "image/bmp"
	case at(0, "II*\x00"), at(0, "MM\x00*"):
		return "image/tiff"
	case at(4, "ftypavif"), at(4, "ftypavis"):
		return "image/avif"
	case at(4, "ftyphei"), at(4, "ftyphev"), at(4, "ftypmif1"), at(4, "ftypmsf1"):
		return "image/heic"
	}
	head := bytes.TrimLeft(bytes.TrimPrefix(b[:min(len(b), 4096)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) > 0 && head[0] == '<' && (bytes.Contains(head, []byte("<svg")) || bytes.Contains(head, []byte(":svg"))) {
		return "image/svg+xml"
	}
	return ""
}

// stored reports whether relays take images of a media type as they are.
func stored(media string) bool {
	switch media {
	case "image/png", "image/jpeg", "image/webp", "image/gif":
		return true
	}
	return false
}
