package plot

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// notebook is a canvas that notes what is drawn on it.
type notebook struct {
	said  []string
	texts []Text
	plain bool // it has no letters
}

func (n *notebook) Fill(geom.Path, Look) { n.said = append(n.said, "fill") }

func (n *notebook) Line(_ geom.Path, _, _, off float64, _ Look) {
	if off > 0 {
		n.said = append(n.said, "dashes")
		return
	}
	n.said = append(n.said, "line")
}

func (n *notebook) Text(t Text) bool {
	n.texts = append(n.texts, t)
	return !n.plain
}

func (n *notebook) Image(*Image, geom.Path, geom.Transform, float64) {
	n.said = append(n.said, "image")
}

// put returns a board with one element, on which it is drawn.
func put(kind board.Kind, text string, looks map[board.Key]board.Value) *figure.Set {
	doc := board.New(1)
	e := doc.Edit()
	id := e.Create(kind)
	for key, v := range map[board.Key]float64{board.KeyX: 0, board.KeyY: 0, board.KeyWidth: 100, board.KeyHeight: 50} {
		if kind != board.KindStroke && kind != board.KindText {
			e.Set(id, key, board.Float(v))
		}
	}
	for key, v := range looks {
		e.Set(id, key, v)
	}
	e.Splice(id, board.Chars, 0, 0, text)
	if kind == board.KindStroke {
		e.Append(id, board.Point{}, board.Point{X: 80}, board.Point{X: 160})
	}
	e.Commit()
	return figure.New(doc, export.Fonts{})
}

// Everything on a board is drawn.
func TestDraw(t *testing.T) {
	dashed := map[board.Key]board.Value{board.KeyDash: board.Int(1)}
	for _, c := range []struct {
		what  string
		kind  board.Kind
		looks map[board.Key]board.Value
		want  []string
	}{
		{"a stroke", board.KindStroke, nil, []string{"fill"}},
		{"a rectangle of dashes", board.KindRectangle, dashed, []string{"dashes"}},
		{"a filled ellipse", board.KindEllipse, map[board.Key]board.Value{board.KeyFill: board.Int(1)}, []string{"fill", "line"}},
		{"an arrow of dashes, whose head has none", board.KindArrow, dashed, []string{"dashes", "line"}},
		{"a note", board.KindNote, nil, []string{"fill"}},
		{"an image that is not to be had", board.KindImage, nil, []string{"fill"}},
		{"what cannot be seen", board.KindNote, map[board.Key]board.Value{board.KeyOpacity: board.Int(0)}, nil},
	} {
		n := &notebook{}
		Draw(n, put(c.kind, "", c.looks).All(), Options{Fonts: NewFonts()})
		if !slices.Equal(n.said, c.want) {
			t.Errorf("%s is drawn as %v, want %v", c.what, n.said, c.want)
		}
	}
	n := &notebook{}
	Draw(n, put(board.KindStamp, "", map[board.Key]board.Value{board.KeySymbol: board.Int(2)}).All(), Options{Fonts: NewFonts()})
	if len(n.said) < 2 {
		t.Errorf("a stamp is drawn as %v", n.said)
	}
}

// A line of letters keeps to its width, and stands where it is aligned.
func TestLetters(t *testing.T) {
	n := &notebook{}
	Draw(n, put(board.KindNote, "Hello", nil).All(), Options{Fonts: NewFonts()})
	if len(n.texts) != 1 || n.texts[0].String != "Hello" || !n.texts[0].Face.Go || n.texts[0].Missing {
		t.Fatalf("the note says %+v", n.texts)
	}
	text := n.texts[0]
	width := NewFonts().Width("Hello") * text.Size * text.Narrow
	if text.Narrow > 1 || width > (export.Fonts{}).Width("Hello")*text.Size+0.01 {
		t.Errorf("the word is %v wide, and %v of its own width", width, text.Narrow)
	}
	if mid := text.At.X + width/2; mid < 49.9 || mid > 50.1 {
		t.Errorf("the middle of the word is at %v, want 50", mid)
	}
	// Where there are no letters their outlines are drawn.
	n = &notebook{plain: true}
	Draw(n, put(board.KindText, "a", nil).All(), Options{Fonts: NewFonts()})
	if !slices.Equal(n.said, []string{"fill"}) {
		t.Errorf("a letter is drawn as %v", n.said)
	}
}

// What no font has is told of, and drawn as boxes.
func TestMissingLetters(t *testing.T) {
	fonts := NewFonts()
	const private = "\U0010fff0" // nobody has it
	n := &notebook{plain: true}
	Draw(n, put(board.KindText, "a"+private+"\u200d\ufe0f", nil).All(), Options{Fonts: fonts})
	if fonts.Missing() != private || len(n.texts) != 2 || !n.texts[1].Missing || n.texts[0].Missing || len(n.said) != 2 {
		t.Errorf("missing are %q; drawn is %+v, as %v", fonts.Missing(), n.texts, n.said)
	}
}

// Letters from the right stand in their order.
func TestVisual(t *testing.T) {
	for _, c := range []struct {
		text  string
		right bool
		want  string
	}{
		{"abc (1)", false, "abc (1)"},
		{"אבג", true, "גבא"},
		{"אב גד", true, "דג בא"},
		{"say אבג!", false, "say גבא!"},
		{"אבג abc 12", true, "abc 12 גבא"},
		{"(אב)", true, "(בא)"},
		{"אֱב", true, "באֱ"},
	} {
		if got := visual(c.text, c.right); got != c.want {
			t.Errorf("%q, from the right %v, is %q, want %q", c.text, c.right, got, c.want)
		}
	}
}

// bomb returns a PNG of a few bytes that says that it is so large.
func bomb(t *testing.T, width, height uint32) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	head := data[12:29] // IHDR and what it says
	binary.BigEndian.PutUint32(head[4:], width)
	binary.BigEndian.PutUint32(head[8:], height)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(head))
	return data
}

// Images that are bombs, broken or none are shown as paper.
func TestHostileImages(t *testing.T) {
	var good bytes.Buffer
	if err := png.Encode(&good, image.NewGray(image.Rect(0, 0, 2, 3))); err != nil {
		t.Fatal(err)
	}
	asked := 0
	hash := strings.Repeat("0", 64)
	for _, c := range []struct {
		what string
		data []byte
		want string
	}{
		{"a picture", good.Bytes(), "image"},
		{"a bomb", bomb(t, 100_000, 100_000), "fill"},
		{"a long bomb", bomb(t, 1<<31-1, 1), "fill"},
		{"a bomb that is small enough on each side", bomb(t, 16_000, 16_000), "fill"},
		{"half a picture", good.Bytes()[:40], "fill"},
		{"a picture of nothing", bomb(t, 0, 0), "fill"},
		{"no picture", []byte("<svg onload=alert(1)>"), "fill"},
		{"nothing", nil, "fill"},
	} {
		n := &notebook{}
		o := Options{Fonts: NewFonts(), Image: func(string) (export.Blob, bool) {
			asked++
			return export.Blob{Media: "image/png", Data: c.data}, true
		}}
		Draw(n, put(board.KindImage, "", map[board.Key]board.Value{board.KeyBlob: board.String(hash)}).All(), o)
		if !slices.Equal(n.said, []string{c.want}) {
			t.Errorf("%s is drawn as %v, want %s", c.what, n.said, c.want)
		}
	}
	if asked != 8 {
		t.Errorf("images were asked for %d times", asked)
	}
}

// A large image is kept as small as it needs to be.
func TestLargeImage(t *testing.T) {
	var large bytes.Buffer
	if err := png.Encode(&large, image.NewGray(image.Rect(0, 0, 5000, 3))); err != nil {
		t.Fatal(err)
	}
	m := newImages(func(string) (export.Blob, bool) { return export.Blob{Media: "image/png", Data: large.Bytes()}, true }, 0)
	if i := m.of("a"); i == nil || i.Pixel.Rect.Dx() != keptSide || i.Pixel.Rect.Dy() != 1 {
		t.Errorf("an image of 5000 by 3 is kept as %v", i)
	}
	m.left = 0
	if m.of("a") == nil || m.of("b") != nil {
		t.Error("what was read stays, and nothing more is")
	}
}
