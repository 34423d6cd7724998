package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// drawnBy returns the board of a file of Excalidraw, and the document that it is of.
func drawnBy(t *testing.T, file []byte) (*board.Board, *Document) {
	t.Helper()
	d, err := ParseExcalidraw(file)
	if err != nil {
		t.Fatal(err)
	}
	doc := board.New(1)
	edit := doc.Edit()
	if _, err := d.Insert(doc, edit); err != nil {
		t.Fatal(err)
	}
	edit.Commit()
	return doc, d
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// looks are what is to be known of an element: some of its properties.
func looks(e *board.Element, keys ...board.Key) []float64 {
	var list []float64
	for _, key := range keys {
		list = append(list, math.Round(e.Float(key, -1)*1000)/1000)
	}
	return list
}

// A drawing of Excalidraw is a board.
func TestExcalidraw(t *testing.T) {
	doc, d := drawnBy(t, read(t, "v2.excalidraw"))
	of := map[board.Kind][]*board.Element{}
	for e := range doc.Elements() {
		of[e.Kind()] = append(of[e.Kind()], e)
	}
	counts := map[board.Kind]int{}
	for kind, list := range of {
		counts[kind] = len(list)
	}
	want := map[board.Kind]int{board.KindRectangle: 3, board.KindEllipse: 1, board.KindDiamond: 1, board.KindArrow: 3, board.KindLine: 1, board.KindStroke: 4, board.KindText: 2, board.KindImage: 1, board.KindFrame: 1}
	if !maps.Equal(counts, want) {
		t.Fatalf("there are %v, want %v", counts, want)
	}
	if want := map[string]int{LeftUnknown: 1, LeftEmpty: 1, LeftImages: 1, LeftBends: 1, LeftLinks: 1, LeftColors: 1, LeftBranching: 1}; !maps.Equal(d.Left, want) {
		t.Errorf("what is left out is %v, want %v", d.Left, want)
	}
	is := func(what string, e *board.Element, want []float64, keys ...board.Key) {
		t.Helper()
		if got := looks(e, keys...); !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", what, got, want)
		}
	}
	box, round, rhomb, frame := of[board.KindRectangle][0], of[board.KindEllipse][0], of[board.KindDiamond][0], of[board.KindFrame][0]
	is("the box", box, []float64{10, 20, 200, 100, 0.5, 0xe03131, 0xffc9c9, 2, 1, 0.5, 1, 16, 0},
		board.KeyX, board.KeyY, board.KeyWidth, board.KeyHeight, board.KeyAngle, board.KeyColor, board.KeyFill, board.KeyThickness, board.KeyDash, board.KeyOpacity, board.KeyLocked, board.KeyFontSize, board.KeyAlign)
	if box.Text() != "Hello world" || box.Get(board.KeyLink).Str() != "https://example.com/a" || box.Get(board.KeyFrame).Ref() != frame.ID() {
		t.Errorf("the box says %q, leads to %q and is in %v", box.Text(), box.Get(board.KeyLink).Str(), box.Get(board.KeyFrame).Ref())
	}
	if box.Get(board.KeyGroup) != round.Get(board.KeyGroup) || box.Get(board.KeyGroup).IsNone() {
		t.Error("the box and the ellipse are in one group")
	}
	is("the ellipse", round, []float64{-1, 2, 1}, board.KeyFill, board.KeyDash, board.KeyThickness)
	is("the diamond", rhomb, []float64{0xaabbcc, 0}, board.KeyFill, board.KeyThickness)
	arrow, back, tie := of[board.KindArrow][0], of[board.KindArrow][1], of[board.KindArrow][2]
	is("the arrow", arrow, []float64{2, 0.5, 0.5, 0.25, 1}, board.KeyHead, board.KeyStartX, board.KeyStartY, board.KeyEndX, board.KeyEndY)
	if arrow.Get(board.KeyStart).Ref() != box.ID() || arrow.Get(board.KeyEnd).Ref() != round.ID() {
		t.Error("the arrow is bound to the box and the ellipse")
	}
	is("an arrow with a head at its start goes the other way", back, []float64{10, 0, -10, -1}, board.KeyX, board.KeyY, board.KeyWidth, board.KeyHead)
	if back.Get(board.KeyStart).Ref() != rhomb.ID() || tie.Get(board.KeyEnd).Ref() != rhomb.ID() {
		t.Error("arrows are bound to the diamond")
	}
	is("a line that is turned", of[board.KindLine][0], []float64{100, 350, -100, 50}, board.KeyX, board.KeyY, board.KeyWidth, board.KeyHeight)
	elbow, head, pen, mouse := of[board.KindStroke][0], of[board.KindStroke][1], of[board.KindStroke][2], of[board.KindStroke][3]
	if elbow.Get(board.KeyGroup) != head.Get(board.KeyGroup) || elbow.Get(board.KeyGroup).IsNone() || elbow.NumPoints() < 30 {
		t.Error("an arrow with a bend is a stroke with a head")
	}
	if got, want := pen.AppendPoints(nil), []board.Point{{X: 800, Y: 4000}, {X: 880, Y: 4040, Pressure: 128}, {X: 960, Y: 4000, Pressure: 255}}; !slices.Equal(got, want) {
		t.Errorf("the pen has drawn %v, want %v", got, want)
	}
	if got := mouse.AppendPoints(nil); got[0].Pressure != noPressure || mouse.Float(board.KeyThickness, 0) != freedrawWidth {
		t.Errorf("the mouse has drawn %v", got)
	}
	is("the title", of[board.KindText][0], []float64{0, -100, -1, 36, -1}, board.KeyX, board.KeyY, board.KeyWidth, board.KeyFontSize, board.KeyAlign)
	is("the wide text", of[board.KindText][1], []float64{120, 2}, board.KeyWidth, board.KeyAlign)
	if of[board.KindText][1].Text() != "broken here by them" {
		t.Errorf("the wide text says %q", of[board.KindText][1].Text())
	}
	photo := of[board.KindImage][0]
	is("the photo", photo, []float64{640, -40, 0.25, 0, 0.5, 0.5}, board.KeyX, board.KeyWidth, board.KeyCropX, board.KeyCropY, board.KeyCropWidth, board.KeyCropHeight)
	if blob := d.Blobs[photo.Get(board.KeyBlob).Str()]; blob.Media != "image/gif" || !bytes.HasPrefix(blob.Data, []byte("GIF8")) {
		t.Errorf("the photo is %v", blob)
	}
	if frame.Text() != "Part one" || of[board.KindRectangle][1].Get(board.KeyLink).Str() == "" || !of[board.KindRectangle][2].Get(board.KeyLink).IsNone() {
		t.Error("the frame has a title, the video a link, and the script none")
	}
}

// So is an old one, and what was copied.
func TestExcalidrawOld(t *testing.T) {
	doc, d := drawnBy(t, read(t, "v1.excalidraw"))
	elements := slices.Collect(doc.Elements())
	if len(elements) != 4 || len(d.Left) != 0 {
		t.Fatalf("there are %d elements, and left out is %v", len(elements), d.Left)
	}
	if got := looks(elements[0], board.KeyX, board.KeyWidth, board.KeyFill); !slices.Equal(got, []float64{50, 50, 0xffffff}) {
		t.Errorf("the rectangle has %v", got)
	}
	if elements[1].Float(board.KeyFontSize, 0) != 28 || elements[2].Kind() != board.KindArrow || !elements[2].Get(board.KeyHead).IsNone() || elements[3].Kind() != board.KindStroke {
		t.Error("the text is of 28, the arrow has a head, and the line is a stroke")
	}
	copied := bytes.Replace(read(t, "v1.excalidraw"), []byte(`"excalidraw"`), []byte(`"excalidraw/clipboard"`), 1)
	if doc, _ := drawnBy(t, copied); doc.Len() != 4 {
		t.Errorf("what was copied are %d elements", doc.Len())
	}
}

// A board is a drawing, and that is the same board again as far as it can be.
func TestExcalidrawAndBack(t *testing.T) {
	first, d := drawnBy(t, read(t, "v2.excalidraw"))
	image := func(hash string) (Blob, bool) {
		b, ok := d.Blobs[hash]
		return b, ok
	}
	set := figure.New(first, Fonts{})
	var file bytes.Buffer
	if err := WriteExcalidraw(&file, set, ExcalidrawOptions{Image: image}); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(file.Bytes()) {
		t.Fatalf("this is no JSON:\n%s", file.Bytes())
	}
	second, d2 := drawnBy(t, file.Bytes())
	if len(d2.Left) > 0 || len(d2.Blobs) != 1 {
		t.Errorf("left out is %v, and there are %d images", d2.Left, len(d2.Blobs))
	}
	again := figure.New(second, Fonts{})
	for kind := board.KindStroke; kind <= board.KindImage; kind++ {
		a, b := ofKind(set, kind), ofKind(again, kind)
		if len(a) != len(b) {
			t.Errorf("of kind %d there were %d, and are %d", kind, len(a), len(b))
			continue
		}
		for i, f := range a {
			g := b[i]
			if f.Frame.Center().Dist(g.Frame.Center()) > 1 || math.Abs(f.Frame.Angle-g.Frame.Angle) > 0.001 || f.Element.Text() != g.Element.Text() || f.From.Dist(g.From) > 0.1 || f.To.Dist(g.To) > 0.1 {
				t.Errorf("element %d of kind %d lay at %v and lies at %v", i, kind, f.Frame, g.Frame)
			}
			if f.Picture != nil && *f.Picture != *g.Picture {
				t.Errorf("an image showed %+v and shows %+v", *f.Picture, *g.Picture)
			}
			style := g.Style
			if math.Abs(style.Thickness-f.Style.Thickness) < 0.15 {
				style.Thickness = f.Style.Thickness
			}
			if kind != board.KindImage && kind != board.KindFrame && style != f.Style {
				t.Errorf("element %d of kind %d looked like %+v and looks like %+v", i, kind, f.Style, g.Style)
			}
			if (f.Group() == board.ID{}) != (g.Group() == board.ID{}) || f.Locked() != g.Locked() || f.Element.Get(board.KeyLink) != g.Element.Get(board.KeyLink) {
				t.Errorf("element %d of kind %d has lost what it said", i, kind)
			}
		}
	}
}

func ofKind(s *figure.Set, kind board.Kind) []*figure.Figure {
	return slices.DeleteFunc(figuresOf(s), func(f *figure.Figure) bool { return f.Kind() != kind })
}

// What is no drawing, or too much of one, is refused with words, and takes nothing.
func TestExcalidrawRefused(t *testing.T) {
	for _, c := range []struct{ what, file, want string }{
		{"nothing", "", "line 1, column 1: an object is missing"},
		{"another file", `{"type":"excalidraw-like"}`, `line 1, column 1: this is no file of Excalidraw: its "type" is not "excalidraw"`},
		{"a library", `{"type":"excalidrawlib","version":2,"libraryItems":[]}`, "line 1, column 1: this is a library of Excalidraw: put what is wanted of it on a drawing, and save that"},
		{"half a file", `{"type":"excalidraw","elements":[{"type":"rec`, "line 1, column 42: a string has no end"},
		{"a picture", "\x89PNG\r\n", "line 1, column 1: an object is missing"},
		{"a deep one", `{"type":"excalidraw","elements":` + strings.Repeat("[", 1000), "line 1, column 32: values lie too deep in one another"},
	} {
		d, err := ParseExcalidraw([]byte(c.file))
		var at *SyntaxError
		if d != nil || !errors.As(err, &at) {
			t.Errorf("%s: %v, %v", c.what, d, err)
		} else if c.what != "a deep one" && err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
	if _, err := ParseExcalidraw(make([]byte, MaxFile+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a huge file: %v", err)
	}
	// Lines whose points are far apart do not become more than they may.
	far := strings.Repeat(`{"type":"line","x":0,"y":0,"points":[[0,0],[1e9,0],[0,1e9]],"strokeColor":"#000"},`, 5000)
	d, err := ParseExcalidraw([]byte(`{"type":"excalidraw","elements":[` + strings.TrimSuffix(far, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	for _, e := range d.Elements {
		points += len(e.Points)
	}
	if points > mostOfAll+2*mostSteps+5*len(d.Elements) {
		t.Errorf("%d lines are %d points", len(d.Elements), points)
	}
}

// Nothing that is read makes a board that cannot be drawn or written.
func FuzzExcalidraw(f *testing.F) {
	for _, name := range []string{"v1.excalidraw", "v2.excalidraw"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := ParseExcalidraw(file)
		if err != nil {
			return
		}
		doc := board.New(1)
		edit := doc.Edit()
		if _, err := d.Insert(doc, edit); err != nil {
			t.Fatalf("what was accepted is refused: %v", err)
		}
		edit.Commit()
		set := figure.New(doc, Fonts{})
		if b := set.Bounds(); !b.Empty() && b.Size().Len() > 1e9 {
			t.Fatalf("the board reaches over %v", set.Bounds())
		}
		AppendSVG(nil, figuresOf(set), Options{})
		var again bytes.Buffer
		if err := WriteExcalidraw(&again, set, ExcalidrawOptions{}); err != nil || !json.Valid(again.Bytes()) {
			t.Fatalf("%v; written again it is\n%s", err, again.Bytes())
		}
	})
}

// Whatever people have drawn elsewhere can be read. EDGEBOARD_EXCALIDRAW names a
// folder of their files, of which there are none here; with EDGEBOARD_PICTURES what
// was read is written there as SVG, to be looked at.
func TestExcalidrawOfOthers(t *testing.T) {
	folder := os.Getenv("EDGEBOARD_EXCALIDRAW")
	if folder == "" {
		t.Skip("EDGEBOARD_EXCALIDRAW names no folder of .excalidraw files: NOT tested on files of others")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.excalidraw"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no files in %s: %v", folder, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseExcalidraw(data)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			continue
		}
		doc := board.New(1)
		edit := doc.Edit()
		if _, err := d.Insert(doc, edit); err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
		edit.Commit()
		kinds := map[string]int{}
		for e := range doc.Elements() {
			kinds[kindName(e.Kind())]++
		}
		t.Logf("%s: %d bytes, %v, %d images, left out: %v", filepath.Base(name), len(data), kinds, len(d.Blobs), d.Left)
		if to := os.Getenv("EDGEBOARD_PICTURES"); to != "" {
			picture := AppendSVG(nil, figuresOf(figure.New(doc, Fonts{})), Options{Margin: 20, Fill: 0xffffff, Filled: true, Image: func(hash string) (Blob, bool) {
				b, ok := d.Blobs[hash]
				return b, ok
			}})
			if err := os.WriteFile(filepath.Join(to, strings.TrimSuffix(filepath.Base(name), ".excalidraw")+".svg"), picture, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func figuresOf(s *figure.Set) []*figure.Figure {
	var list []*figure.Figure
	for f := range s.All() {
		list = append(list, f)
	}
	return list
}
