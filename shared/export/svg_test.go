package export

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/figure/figuretest"
	"edgeboard/shared/geom"
)

// drawing is a board that is filled by edits and exported.
type drawing struct {
	doc  *board.Board
	edit *board.Edit
}

func newDrawing() *drawing {
	doc := board.New(1)
	return &drawing{doc, doc.Edit()}
}

// add adds an element in a box of the board.
func (d *drawing) add(kind board.Kind, x, y, w, h float64, text string, looks map[board.Key]board.Value) board.ID {
	id := d.edit.Create(kind)
	for key, v := range map[board.Key]float64{board.KeyX: x, board.KeyY: y, board.KeyWidth: w, board.KeyHeight: h} {
		if kind != board.KindStroke && v != 0 {
			d.edit.Set(id, key, board.Float(v))
		}
	}
	for key, v := range looks {
		d.edit.Set(id, key, v)
	}
	d.edit.Splice(id, board.Chars, 0, 0, text)
	return id
}

func (d *drawing) svg(o Options) string {
	d.edit.Commit()
	return string(AppendSVG(nil, slices.Collect(figure.New(d.doc, figuretest.Even{}).All()), o))
}

// elements returns the lines between <svg> and </svg>.
func (d *drawing) elements(t *testing.T) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(d.svg(Options{}), "\n"), "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[0], "<svg ") || lines[len(lines)-1] != "</svg>" {
		t.Fatalf("this is no SVG: %q", lines)
	}
	return lines[1 : len(lines)-1]
}

func TestShapes(t *testing.T) {
	looks := func(keys ...any) map[board.Key]board.Value {
		m := map[board.Key]board.Value{}
		for i := 0; i < len(keys); i += 2 {
			m[keys[i].(board.Key)] = keys[i+1].(board.Value)
		}
		return m
	}
	const line = ` stroke-linecap="round" stroke-linejoin="round"`
	for _, c := range []struct {
		what  string
		kind  board.Kind
		text  string
		looks map[board.Key]board.Value
		want  []string
	}{
		{"a rectangle", board.KindRectangle, "", nil, []string{
			`<rect x="10" y="20" width="100" height="50" rx="8" fill="none" stroke="#1e1e1e" stroke-width="4"` + line + `/>`,
		}},
		{"one that is filled, turned, dashed and half to be seen", board.KindRectangle, "",
			looks(board.KeyFill, board.Int(0xff00aa), board.KeyAngle, board.Float(math.Pi/6), board.KeyDash, board.Int(1), board.KeyOpacity, board.Float(0.5)),
			[]string{
				`<g transform="rotate(30 60 45)" opacity=".5">`,
				`<rect x="10" y="20" width="100" height="50" rx="8" fill="#ff00aa" stroke="#1e1e1e" stroke-width="4"` + line + ` stroke-dasharray="12 12"/>`,
				`</g>`,
			}},
		{"an ellipse of dots", board.KindEllipse, "", looks(board.KeyDash, board.Int(2), board.KeyThickness, board.Float(1.5)), []string{
			`<ellipse cx="60" cy="45" rx="50" ry="25" fill="none" stroke="#1e1e1e" stroke-width="1.5"` + line + ` stroke-dasharray="0 5"/>`,
		}},
		{"a diamond", board.KindDiamond, "", nil, []string{
			`<path d="m60 20l50 25-50 25-50-25z" fill="none" stroke="#1e1e1e" stroke-width="4"` + line + `/>`,
		}},
		{"a line", board.KindLine, "", looks(board.KeyColor, board.Int(0x123456)), []string{
			`<path d="m10 20l100 50" fill="none" stroke="#123456" stroke-width="4"` + line + `/>`,
		}},
		{"a note", board.KindNote, "a<b", looks(board.KeyFill, board.Int(0xffe08a)), []string{
			`<g>`,
			`<rect x="10" y="20" width="100" height="57" rx="8" fill="#ffe08a"/>`,
			`<text x="60" y="56" font-size="20" fill="#1e1e1e" xml:space="preserve" text-anchor="middle">a&lt;b</text>`,
			`</g>`,
		}},
		{"a text from the right", board.KindText, "שלום\n\nab", nil, []string{
			`<g>`,
			`<text x="110" y="40" font-size="20" fill="#1e1e1e" xml:space="preserve" direction="rtl">שלום</text>`,
			`<text x="10" y="90" font-size="20" fill="#1e1e1e" xml:space="preserve">ab</text>`,
			`</g>`,
		}},
		{"nothing to be seen", board.KindRectangle, "", looks(board.KeyOpacity, board.Float(0)), []string{}},
	} {
		d := newDrawing()
		d.add(c.kind, 10, 20, 100, 50, c.text, c.looks)
		got := d.elements(t)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s is\n%s\nwant\n%s", c.what, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// An arrow's heads are never dashed.
func TestArrow(t *testing.T) {
	d := newDrawing()
	d.add(board.KindArrow, 0, 0, 100, 0, "", map[board.Key]board.Value{board.KeyDash: board.Int(1), board.KeyHead: board.Int(2)})
	got := d.elements(t)
	if len(got) != 3 || strings.Count(strings.Join(got, ""), "stroke-dasharray") != 1 || !strings.Contains(got[0], "stroke-dasharray") {
		t.Errorf("an arrow with two heads is\n%s", strings.Join(got, "\n"))
	}
}

func TestPicture(t *testing.T) {
	d := newDrawing()
	if got := d.svg(Options{Filled: true}); got != "" {
		t.Errorf("nothing is %q", got)
	}
	d.add(board.KindRectangle, 10.5, 20, 100, 50, "", nil)
	want := `<svg xmlns="http://www.w3.org/2000/svg" width="125" height="74" viewBox="-2 8 125 74" font-family="&quot;Noto Sans&quot;">
<rect x="-2" y="8" width="125" height="74" fill="#ffffff"/>
`
	if got := d.svg(Options{Margin: 10, Filled: true, Fill: 0xffffff, Font: `"Noto Sans"`}); !strings.HasPrefix(got, want) {
		t.Errorf("a picture begins with\n%.300s\nwant\n%s", got, want)
	}
}

// What somebody writes on a board stays a text.
func TestHostileText(t *testing.T) {
	d := newDrawing()
	const text = "</text><script>alert(1)</script>&amp;\"'\x00\x1b]]>\ufffe<!--"
	d.add(board.KindText, 0, 0, 0, 0, text, nil)
	var read strings.Builder
	for decoder := xml.NewDecoder(strings.NewReader(d.svg(Options{}))); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if !slices.Contains([]string{"svg", "g", "text"}, x.Name.Local) {
				t.Errorf("there is an element %s", x.Name.Local)
			}
		case xml.CharData:
			read.Write(x)
		}
	}
	if want := strings.NewReplacer("\x00", "\ufffd", "\x1b", "\ufffd", "\ufffe", "\ufffd").Replace(text); strings.TrimSpace(read.String()) != want {
		t.Errorf("the text is %q, want %q", read.String(), want)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", -1: "-1", 0.5: ".5", -0.05: "-.05", 12.34: "12.34", 12.3: "12.3", 1e6: "1000000", 0.001: "0", -0.001: "0", 99.999: "100",
	} {
		if got := string(appendNumbers(nil, v)); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
	if got := string(appendNumbers(nil, math.NaN(), math.Inf(1))); strings.ContainsAny(got, "NaIinf") {
		t.Errorf("what is no number is written %q", got)
	}
}

func TestPathData(t *testing.T) {
	var p geom.Path
	p.MoveTo(geom.Pt(1, 2))
	p.LineTo(geom.Pt(1.004, 2.5)) // less than a step
	p.LineTo(geom.Pt(1.008, 2))
	p.QuadTo(geom.Pt(0, 0), geom.Pt(-1, 0.25))
	p.Close()
	p.MoveTo(geom.Pt(5, 5))
	p.CubicTo(geom.Pt(6, 5), geom.Pt(6, 6), geom.Pt(5, 6))
	p = append(p, geom.Segment{Verb: 99})
	const want = "m1 2l0 .5 .01-.5q-1.01-2-2.01-1.75zm4 3c1 0 1 1 0 1"
	if got := string(appendPath(nil, p)); got != want {
		t.Errorf("the path is %q, want %q", got, want)
	}
}

// The outline of a stroke encloses its ink and nothing else, however it turns.
func TestOutline(t *testing.T) {
	var outliner Outliner
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		var inks []figure.Ink
		at, way, radius := geom.Pt(0, 0), 0.0, 2.0
		turn := []float64{0.3, 1, 3, 6}[seed%4]
		for range 1 + r.IntN(30) {
			inks = append(inks, figure.Ink{At: at, Radius: radius})
			way += (r.Float64() - 0.5) * turn
			length := 10 * r.Float64()
			at = at.Add(geom.Pt(length, 0).Rotate(way))
			radius = min(max(radius+length*(r.Float64()-0.5)/3, 0.5), 5)
		}
		var stroke geom.Stroke
		for _, k := range inks {
			stroke.Points = append(stroke.Points, k.At)
			stroke.Radii = append(stroke.Radii, k.Radius)
		}
		path := outliner.outline(inks)
		bounds := stroke.Bounds().Grow(4)
		// Curves smooth the sides a little.
		const tolerance = 1.2
		inner := geom.Stroke{Points: stroke.Points}
		for _, radius := range stroke.Radii {
			inner.Radii = append(inner.Radii, max(radius-tolerance, 0))
		}
		for range 400 {
			p := bounds.At(r.Float64(), r.Float64())
			in := path.Contains(p, geom.NonZero, 0.01)
			switch {
			case in && stroke.Dist(p) > tolerance:
				t.Fatalf("seed %d: %v is %v outside of the ink, and in the outline", seed, p, stroke.Dist(p))
			case !in && inner.Dist(p) == 0:
				t.Fatalf("seed %d: %v is in the ink, and not in the outline of %v", seed, p, inks)
			}
		}
	}
	if outliner.outline(nil) != nil {
		t.Error("no ink has an outline")
	}
}

// A stroke is one path, and two exports are the same.
func TestStroke(t *testing.T) {
	d := newDrawing()
	id := d.add(board.KindStroke, 0, 0, 0, 0, "", nil)
	for i := range 50 {
		d.edit.Append(id, board.Point{X: int32(40 * i), Y: int32(300 * math.Sin(float64(i)/5)), Pressure: uint8(60 + 3*i)})
	}
	got := d.elements(t)
	if len(got) != 1 || !strings.HasPrefix(got[0], `<path d="m`) || !strings.HasSuffix(got[0], `z" fill="#1e1e1e"/>`) {
		t.Fatalf("a stroke is %q", got)
	}
	if most := 45 * 50; len(got[0]) > most {
		t.Errorf("a stroke of 50 points takes %d bytes, want at most %d", len(got[0]), most)
	}
	if !bytes.Equal([]byte(d.svg(Options{})), []byte(d.svg(Options{}))) {
		t.Error("two exports differ")
	}
}
