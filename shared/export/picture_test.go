package export

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

func (d *drawing) picture(o PictureOptions) string {
	d.edit.Commit()
	return string(AppendPicture(nil, figure.New(d.doc, Fonts{}), o))
}

// scribble adds a stroke that wanders about.
func (d *drawing) scribble(r *rand.Rand, points int, looks map[board.Key]board.Value) {
	id := d.add(board.KindStroke, 0, 0, 0, 0, "", looks)
	x, y, way := r.Float64()*16000, r.Float64()*8000, r.Float64()*6
	for range points {
		way += r.Float64() - 0.5
		x, y = x+40*math.Cos(way), y+40*math.Sin(way)
		d.edit.Append(id, board.Point{X: int32(x), Y: int32(y), Pressure: 128})
	}
}

// names returns the elements of a picture, and fails if it is not well-formed.
func names(t *testing.T, picture string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for decoder := xml.NewDecoder(strings.NewReader(picture)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if x, ok := token.(xml.StartElement); ok {
			found[x.Name.Local]++
		}
	}
}

// A board is shown before the program is there that draws it.
func TestFirstPicture(t *testing.T) {
	d := newDrawing()
	if got := d.picture(PictureOptions{}); got != "" {
		t.Errorf("nothing is shown as %q", got)
	}
	d.add(board.KindNote, 0, 0, 200, 200, "a <b>\nc", nil)
	d.add(board.KindText, 300, 0, 0, 0, "Title", map[board.Key]board.Value{board.KeyFontSize: board.Float(40)})
	d.add(board.KindRectangle, 300, 100, 80, 40, "", map[board.Key]board.Value{board.KeyAngle: board.Float(math.Pi / 2), board.KeyColor: board.Int(0xe03131)})
	line := d.add(board.KindStroke, 0, 0, 0, 0, "", nil)
	for x := range int32(30) {
		d.edit.Append(line, board.Point{X: 80 * x, Y: 4000, Pressure: 128})
	}
	want := pictureHead + `<rect class="shadow" x="0" y="2" width="200" height="200" rx="8"/>
<rect x="0" y="0" width="200" height="200" rx="8" fill="#ffe08a"/>
<foreignObject x="16" y="0" width="168" height="200" font-size="20" color="#1e1e1e"><div class="label"><p class="wrap middle">a &lt;b&gt;
c</p></div></foreignObject>
<foreignObject x="300" y="0" width="76" height="50" font-size="40" color="light-dark(#1e1e1e,#e1e1e1)"><p>Title</p></foreignObject>
<g transform="rotate(90 340 120)">
<rect x="300" y="100" width="80" height="40" rx="8" stroke="#e03131" stroke-width="4"/>
</g>
<path stroke="light-dark(#1e1e1e,#e1e1e1)" stroke-width="16" transform="scale(0.25)" d="m0 2000 1160 0"/>
` + pictureFoot
	if got := d.picture(PictureOptions{Dark: true}); got != want {
		t.Errorf("the picture is\n%s\nwant\n%s", got, want)
	}
	if got := d.picture(PictureOptions{}); strings.Contains(got, "light-dark") {
		t.Errorf("nobody asked for two schemes:\n%s", got)
	}
}

// However much there is on a board, its picture takes what it may.
func TestPictureBudget(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	d := newDrawing()
	for i := range 1500 {
		d.scribble(r, 60, map[board.Key]board.Value{board.KeyColor: board.Int(int64(i/100) * 0x101010)})
		if i%30 == 0 {
			d.add(board.KindNote, r.Float64()*2000, r.Float64()*1000, 20+100*r.Float64(), 20, strings.Repeat(`"<&`, r.IntN(3000)), nil)
		}
	}
	for _, budget := range []int{1, 500, 5_000, 50_000, DefaultBudget, 1 << 20} {
		got := d.picture(PictureOptions{Budget: budget})
		if len(got) > budget {
			t.Errorf("of %d bytes the picture takes %d", budget, len(got))
		}
		if budget >= 50_000 {
			found := names(t, got)
			if found["path"] == 0 || found["foreignObject"] == 0 {
				t.Errorf("in %d bytes there are %v", budget, found)
			}
			if len(got) < budget/4 && budget <= DefaultBudget {
				t.Errorf("of %d bytes only %d are used", budget, len(got))
			}
		}
	}
	// What is looked at is finer than what lies outside.
	view := geom.Rect(0, 0, 500, 500)
	in := func(picture string) (n int) {
		for line := range strings.Lines(picture) {
			if strings.Contains(line, `scale(0.25)`) {
				n += len(line)
			}
		}
		return n
	}
	if all, part := d.picture(PictureOptions{Budget: 250_000}), d.picture(PictureOptions{Budget: 250_000, View: view}); in(part) == 0 || in(all) > 0 {
		t.Errorf("%d bytes are fine where a part is looked at, %d where nobody knows", in(part), in(all))
	}
}

// Strokes are drawn together only where nothing between them is covered or covers.
func TestPictureOrder(t *testing.T) {
	at := func(d *drawing, x int32, color int64, opacity float64) {
		id := d.add(board.KindStroke, 0, 0, 0, 0, "", map[board.Key]board.Value{board.KeyColor: board.Int(color), board.KeyOpacity: board.Float(opacity)})
		for y := range int32(10) {
			d.edit.Append(id, board.Point{X: 8 * x, Y: 80 * y, Pressure: 128})
		}
	}
	for _, c := range []struct {
		what  string
		draw  func(d *drawing)
		paths int
	}{
		{"two of a look", func(d *drawing) { at(d, 0, 1, 1); at(d, 0, 1, 1) }, 1},
		{"two of a look and another beside", func(d *drawing) { at(d, 0, 1, 1); at(d, 200, 2, 1); at(d, 0, 1, 1) }, 2},
		{"two of a look and another between", func(d *drawing) { at(d, 0, 1, 1); at(d, 0, 2, 1); at(d, 0, 1, 1) }, 3},
		{"two of a look and a hundred others beside", func(d *drawing) {
			at(d, 0, 1, 1)
			for i := range int32(100) {
				at(d, 200+100*i, int64(2+i), 1)
			}
			at(d, 0, 1, 1)
		}, 101},
		{"arrows of a look, an ellipse between them and a line of another", func(d *drawing) {
			d.add(board.KindArrow, 0, 0, 50, 50, "", nil)
			d.add(board.KindEllipse, 200, 0, 50, 50, "", nil)
			d.add(board.KindLine, 400, 0, 50, 50, "", map[board.Key]board.Value{board.KeyColor: board.Int(1)})
			d.add(board.KindArrow, 600, 0, 50, 50, "", nil)
		}, 2},
		{"arrows of a look, a note upon the first", func(d *drawing) {
			d.add(board.KindArrow, 0, 0, 50, 50, "", nil)
			d.add(board.KindNote, 0, 0, 50, 50, "", nil)
			d.add(board.KindArrow, 0, 0, 50, 50, "", nil)
		}, 2},
		{"lines, one of them with dashes", func(d *drawing) {
			d.add(board.KindLine, 0, 0, 50, 50, "", nil)
			d.add(board.KindLine, 100, 0, 50, 50, "", nil)
			d.add(board.KindLine, 200, 0, 50, 50, "", map[board.Key]board.Value{board.KeyDash: board.Int(int64(figure.Dashed))})
		}, 2},
		{"two that are seen through", func(d *drawing) { at(d, 0, 1, 0.5); at(d, 0, 1, 0.5) }, 2},
	} {
		d := newDrawing()
		c.draw(d)
		if got := d.picture(PictureOptions{}); names(t, got)["path"] != c.paths {
			t.Errorf("%s are\n%s\nwant %d paths", c.what, got, c.paths)
		}
	}
}

// What is smaller than a pixel is not shown, nor letters that nobody can read.
func TestPictureFromAfar(t *testing.T) {
	d := newDrawing()
	d.add(board.KindRectangle, 0, 0, 5, 5, "", nil)
	d.add(board.KindNote, 0, 0, 200, 200, "letters", nil)
	if found := names(t, d.picture(PictureOptions{Scale: 0.1})); found["rect"] != 2 || found["foreignObject"] != 0 {
		t.Errorf("at a tenth there are %v", found)
	}
	if found := names(t, d.picture(PictureOptions{Scale: math.NaN()})); found["rect"] != 3 || found["foreignObject"] != 1 {
		t.Errorf("at 1 there are %v", found)
	}
}

// Texts are as wide as they mostly are.
func TestFonts(t *testing.T) {
	for text, want := range map[string]float64{"": 0, "Hello": 2.278, "白板": 2, "한글": 2, "e\u0301": 0.556, "я": 0.6, "👍🏽": 1.25, "\xff": 0.5} {
		if got := (Fonts{}).Width(text); math.Abs(got-want) > 0.01 {
			t.Errorf("%q is %v wide, want %v", text, got, want)
		}
	}
	before := rune(-1)
	for _, s := range scripts {
		if s.from <= before {
			t.Errorf("%s is out of order", fmt.Sprintf("%U", s.from))
		}
		before = s.from
	}
}
