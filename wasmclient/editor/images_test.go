package editor

import (
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

func blob(c string) string { return strings.Repeat(c, 64) }

// An image comes with its own size, about a place, in one step, and is selected.
func TestPlaceImage(t *testing.T) {
	h := newDesk(t)
	h.e.Use(Pen)
	before := h.picture()
	h.e.PlaceImages([]Image{{Blob: blob("a"), Media: "image/png", Width: 300, Height: 200, Name: "A tree"}}, pt(500, 400), 1000, 800)
	h.wantOneStep("an image", before)
	h.do(SelectAll)
	f := h.e.Described()
	if f == nil {
		t.Fatal("no image is selected")
	}
	if f.Bounds != geom.Rect(350, 300, 300, 200) {
		t.Errorf("it lies in %v", f.Bounds)
	}
	if f.Picture.Blob != blob("a") || f.Picture.Width != 300 || f.Picture.Height != 200 || f.Element.Get(board.KeyMedia).Str() != "image/png" || f.Element.Text() != "A tree" {
		t.Errorf("it shows %+v, %q", f.Picture, f.Element.Text())
	}
	if h.e.Tool() != Select {
		t.Errorf("the tool is %v", h.e.Tool())
	}
	// A copy of it shows the same.
	id, shown := f.ID(), *f.Picture
	clip := h.e.Copy()
	if err := h.e.Paste(clip, pt(0, 0)); err != nil {
		t.Fatal(err)
	}
	if c := h.e.Described(); c == nil || c.ID() == id || *c.Picture != shown || c.Element.Text() != "A tree" || c.Element.Get(board.KeyMedia).Str() != "image/png" {
		t.Errorf("the copy shows %+v, %q; want %+v", *c.Picture, c.Element.Text(), shown)
	}
}

// A large image takes a part of the window, whatever the zoom, and keeps its ratio;
// a small one can be taken hold of.
func TestImageFitsWindow(t *testing.T) {
	for _, q := range []struct {
		w, h int
		zoom float64
		want geom.Point
	}{
		{4000, 1000, 1, pt(600, 150)},
		{1000, 4000, 1, pt(120, 480)},
		{4000, 1000, 2, pt(300, 75)},
		{4000, 1000, 0.1, pt(4000, 1000)},
		{1, 1, 1, pt(16, 16)},
		{10000, 1, 1, pt(600, 16)},
		{0, 0, 1, pt(16, 16)},
	} {
		h := newDesk(t)
		h.e.camera.Zoom = q.zoom
		h.e.PlaceImages([]Image{{Blob: blob("a"), Width: q.w, Height: q.h}}, pt(0, 0), 1000, 800)
		f := h.e.Described()
		if f == nil || f.Bounds.Size().Dist(q.want) > 0.01 || f.Bounds.Center().Dist(pt(0, 0)) > 0.01 {
			t.Errorf("%d × %d at %v is %v, want %v", q.w, q.h, q.zoom, f.Bounds, q.want)
		}
	}
}

// Several lie side by side, none over another, all within a part of the window.
func TestPlaceImages(t *testing.T) {
	for n := 1; n <= 17; n++ {
		h := newDesk(t)
		var list []Image
		for i := range n {
			list = append(list, Image{Blob: blob("a"), Width: 100 + 300*(i%5), Height: 900 - 200*(i%4)})
		}
		before := h.picture()
		h.e.PlaceImages(list, pt(700, 300), 1000, 800)
		h.wantOneStep("images", before)
		var figures []*figure.Figure
		all := geom.NoBox
		for f := range h.figures.All() {
			for _, g := range figures {
				if f.Bounds.Grow(imageGap/2 - 0.01).Overlaps(g.Bounds.Grow(imageGap/2 - 0.01)) {
					t.Errorf("of %d, %v lies over %v", n, f.Bounds, g.Bounds)
				}
			}
			figures = append(figures, f)
			all = all.Union(f.Bounds)
		}
		if len(figures) != n || all.Center().Dist(pt(700, 300)) > 0.01 && n == 1 || all.Size().X > 601 || all.Size().Y > 481 {
			t.Errorf("%d images lie in %v", len(figures), all)
		}
	}
}

// Who may only look places nothing and describes nothing.
func TestImagesOfViewers(t *testing.T) {
	h := newDesk(t)
	h.e.PlaceImages([]Image{{Blob: blob("a"), Width: 9, Height: 9}}, pt(0, 0), 1000, 800)
	id := h.e.Described().ID()
	h.e.ViewOnly(true)
	before := h.picture()
	h.e.PlaceImages([]Image{{Blob: blob("b"), Width: 9, Height: 9}}, pt(0, 0), 1000, 800)
	h.e.Describe(id, "x")
	if h.picture() != before {
		t.Error("a viewer has changed the board")
	}
}

// What an image shows is written with as little as has changed, so that what
// another writes in it stays.
func TestDescribe(t *testing.T) {
	h := newDesk(t)
	note := h.make(board.KindNote, 0, 0, 9, 9)
	h.e.PlaceImages([]Image{{Blob: blob("a"), Width: 9, Height: 9}}, pt(0, 0), 1000, 800)
	id := h.e.Described().ID()
	for _, text := range []string{"A tree", "A large tree", "A large tree", "世界 a large tree", "", "aaa", "aa", "aaaa"} {
		before := h.picture()
		was := h.doc.Element(id).Text()
		h.e.Describe(id, text)
		if got := h.doc.Element(id).Text(); got != text {
			t.Errorf("%q is described as %q", text, got)
		}
		if was != text {
			h.wantOneStep(text, before)
		} else if h.picture() != before {
			t.Errorf("%q has changed something", text)
		}
	}
	h.e.Describe(note, "x")
	h.e.Describe(board.ID{Replica: 9, Seq: 9}, "x")
	if h.doc.Element(note).Text() != "" {
		t.Error("a note is described")
	}
}
