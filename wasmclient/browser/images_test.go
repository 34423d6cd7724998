package browser

import (
	"strings"
	"testing"
)

// A file is what its first bytes say, whatever it is called.
func TestMediaOf(t *testing.T) {
	for head, want := range map[string]string{
		"\x89PNG\r\n\x1a\n": "image/png", "\x89PNG": "", "\xff\xd8\xff\xe0": "image/jpeg", "GIF87a": "image/gif", "GIF89a": "image/gif",
		"RIFF\x00\x00\x00\x00WEBP": "image/webp", "RIFF\x00\x00\x00\x00WAVE": "", "BM\x00": "image/bmp", "II*\x00": "image/tiff",
		"\x00\x00\x00\x18ftypheic": "image/heic", "\x00\x00\x00\x18ftypmif1": "image/heic", "\x00\x00\x00\x18ftypavif": "image/avif", "\x00\x00\x00\x18ftypmp42": "",
		"<svg xmlns='http://www.w3.org/2000/svg'>": "image/svg+xml", "\xef\xbb\xbf \n<?xml?><!-- x --><svg>": "image/svg+xml", "<s:svg>": "image/svg+xml",
		"<html>": "", "svg": "", "a <svg>": "", "": "", "hello": "", strings.Repeat(" ", 5000) + "<svg>": "",
	} {
		got := mediaOf([]byte(head))
		if got != want {
			t.Errorf("%.40q is %q, want %q", head, got, want)
		}
		if as := stored(got); as != (got != "" && strings.Contains("image/png image/jpeg image/gif image/webp", got)) {
			t.Errorf("%s is stored as it is: %v", got, as)
		}
	}
}

// There is room for so many pixels: who was not asked for longest makes room, and the
// last one is there however large it is.
func TestGallery(t *testing.T) {
	var g gallery
	const part = maxPixelBytes / 4
	pixels := make([]byte, maxPixelBytes+1) // shared: the gallery counts, and looks at none
	show := func(hash string, n int) { g.keep(g.photo(hash), pixels[:n], 1, 1) }
	want := func(when string, hashes ...string) {
		t.Helper()
		bytes := 0
		there := map[string]bool{}
		for _, h := range hashes {
			there[h] = true
		}
		for h, x := range g.all {
			if (x.rgba != nil) != there[h] {
				t.Errorf("%s: %s is there: %v", when, h, x.rgba != nil)
			}
			bytes += len(x.rgba)
		}
		if g.bytes != bytes {
			t.Errorf("%s: %d bytes are counted, and there are %d", when, g.bytes, bytes)
		}
	}
	for _, h := range []string{"a", "b", "c", "d"} {
		show(h, part)
	}
	want("four fit", "a", "b", "c", "d")
	g.photo("a")
	show("e", part)
	want("a fifth takes the place of the oldest", "a", "c", "d", "e")
	show("c", part)
	want("again is the same", "a", "c", "d", "e")
	show("f", 2*part)
	want("a large one takes that of two", "c", "e", "f")
	show("g", maxPixelBytes+1)
	want("the last one is there", "g")
	show("a", 1)
	want("and goes for the next", "a")
	if g.photo("never").rgba != nil || len(g.all) != 8 {
		t.Errorf("there are %d images", len(g.all))
	}
}

// An image is loaded once at a time. What was not to be had is asked for again after
// a while, what is no image only when somebody wants it.
func TestImageThatFails(t *testing.T) {
	x := new(gallery).photo("a")
	begins := func(now float64, want bool) {
		t.Helper()
		if x.begins(now) != want {
			t.Errorf("at %v it begins: %v, want %v", now, !want, want)
		}
	}
	begins(0, true)
	begins(1, false)
	x.fails(true, 2)
	begins(3, false)
	begins(2+loadAgain, true)
	x.fails(false, 100_000)
	begins(1e9, false)
	x.forgives()
	begins(1e9, true)
}
