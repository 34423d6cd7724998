package pdf

import (
	"bytes"
	"compress/zlib"
	"image"
	"image/png"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/export/plot"
	"edgeboard/shared/figure"
)

// file returns the PDF of a board.
func file(t *testing.T, set *figure.Set, o Options) []byte {
	t.Helper()
	f := New(o)
	f.Page(set.All())
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) || !bytes.HasSuffix(b.Bytes(), []byte("%%EOF\n")) {
		t.Fatalf("this is no PDF: %.50q", b.Bytes())
	}
	return b.Bytes()
}

// streams returns what the streams of a file say.
func streams(t *testing.T, file []byte) string {
	t.Helper()
	var all strings.Builder
	for _, part := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(file, -1) {
		r, err := zlib.NewReader(bytes.NewReader(part[1]))
		if err != nil {
			continue // a font or an image
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func boardOf(draw func(e *board.Edit)) *figure.Set {
	doc := board.New(1)
	e := doc.Edit()
	draw(e)
	e.Commit()
	return figure.New(doc, export.Fonts{})
}

func box(e *board.Edit, kind board.Kind, x, y, w, h float64, text string) board.ID {
	id := e.Create(kind)
	e.Set(id, board.KeyX, board.Float(x))
	e.Set(id, board.KeyY, board.Float(y))
	e.Set(id, board.KeyWidth, board.Float(w))
	e.Set(id, board.KeyHeight, board.Float(h))
	e.Splice(id, board.Chars, 0, 0, text)
	return id
}

// A board is a page, as large as it is, with its shapes as paths.
func TestPage(t *testing.T) {
	set := boardOf(func(e *board.Edit) {
		id := box(e, board.KindDiamond, 0, 0, 100, 200, "")
		e.Set(id, board.KeyThickness, board.Float(0))
		e.Set(id, board.KeyFill, board.Int(0xff0000))
		e.Set(id, board.KeyLink, board.String("https://example.com/a(b)"))
	})
	got := file(t, set, Options{Margin: 10, Title: "My board"})
	if !bytes.Contains(got, []byte("/MediaBox [0 0 90.00 165.00]")) {
		t.Errorf("the page is not of 90 by 165 points:\n%.600s", got)
	}
	if said := streams(t, got); !strings.Contains(said, "1 0 0 rg\n45 157.50 m\n82.50 82.50 l\n45 7.50 l\n7.50 82.50 l\nh\nf\n") {
		t.Errorf("the page says\n%s", said)
	}
	if !bytes.Contains(got, []byte(`https://example.com/a\(b\)`)) {
		t.Error("the link is not there")
	}
	if !bytes.Equal(got, file(t, set, Options{Margin: 10, Title: "My board"})) {
		t.Error("two files of a board differ")
	}
}

// A file has a page for each of the board's, and one if there is nothing.
func TestPages(t *testing.T) {
	for n, want := range []int{1, 1, 2} {
		f := New(Options{})
		for range n {
			f.Page(boardOf(func(e *board.Edit) { box(e, board.KindNote, 0, 0, 1e7, 1e6, "") }).All())
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(b.Bytes(), []byte("<</Type /Page\n")); got != want {
			t.Errorf("of %d pages there are %d in the file", n, got)
		}
	}
}

// Images are there once, however often they are shown.
func TestImages(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA64(image.Rect(0, 0, 5, 4))); err != nil {
		t.Fatal(err)
	}
	set := boardOf(func(e *board.Edit) {
		for range 3 {
			e.Set(box(e, board.KindImage, 0, 0, 50, 40, ""), board.KeyBlob, board.String(strings.Repeat("a", 64)))
		}
	})
	got := file(t, set, Options{Options: plot.Options{Image: func(string) (export.Blob, bool) { return export.Blob{Media: "image/png", Data: picture.Bytes()}, true }}})
	// It can be seen through: the second is its mask.
	if n := bytes.Count(got, []byte("/Subtype /Image")); n != 2 {
		t.Errorf("there are %d images, want one and its mask", n)
	}
}

// Whatever is written on a board, a file is made of it, and nothing gets out of its
// place.
func FuzzText(f *testing.F) {
	f.Add("Hello\n\t) Tj (x) ET Q\\", "https://example.com/) /JS (app.alert(1))")
	f.Add("白板 שלום \U0001f600 \U0010ffff\x00\u0301\ufffe\ufdfd\u202e", "mailto:a@b.c")
	fonts := plot.NewFonts()
	f.Fuzz(func(t *testing.T, text, to string) {
		set := boardOf(func(e *board.Edit) {
			text, to := strings.ToValidUTF8(text, ""), strings.ToValidUTF8(to, "")
			id := box(e, board.KindNote, 0, 0, 100, 100, text[:min(len(text), 1000)])
			e.Set(id, board.KeyLink, board.String(to[:min(len(to), 1000)]))
		})
		got := file(t, set, Options{Options: plot.Options{Fonts: fonts}, Title: text})
		for _, word := range []string{"/JS ", "/JavaScript", "/Launch", "/OpenAction <<"} {
			outside := regexp.MustCompile(`(?s)\((?:\\.|[^\\)])*\)|stream\n.*?\nendstream`).ReplaceAll(got, nil)
			if bytes.Contains(outside, []byte(word)) {
				t.Fatalf("the file does something: %s", word)
			}
		}
	})
}

// A file that cannot be written says so.
func TestFailingWriter(t *testing.T) {
	f := New(Options{})
	f.Page(slices.Values([]*figure.Figure(nil)))
	if err := f.Write(failing{}); err == nil {
		t.Error("nothing was written, and nobody knows")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
