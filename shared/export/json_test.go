package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// written returns a board as JSON, and fails if that is none.
func written(t *testing.T, doc *board.Board, o JSONOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJSON(&b, doc, o); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b.Bytes()) {
		t.Fatalf("this is no JSON:\n%.2000s", b.Bytes())
	}
	return b.String()
}

// inserted returns a new board with what a file says.
func inserted(t *testing.T, file string) *board.Board {
	t.Helper()
	d, err := ParseJSON([]byte(file))
	if err != nil {
		t.Fatalf("%v:\n%.2000s", err, file)
	}
	b := board.New(77)
	edit := b.Edit()
	if _, err := d.Insert(b, edit); err != nil {
		t.Fatal(err)
	}
	edit.Commit()
	return b
}

// said is what a board shows, with its elements named by their places.
func said(b *board.Board) []Element {
	names := map[board.ID]board.ID{}
	for e := range b.Elements() {
		names[e.ID()] = board.ID{Replica: 1, Seq: uint64(len(names) + 1)}
	}
	groups := map[board.ID]board.ID{}
	var all []Element
	for e := range b.Elements() {
		x := Element{ID: names[e.ID()], Kind: e.Kind(), Text: e.Text(), Points: e.AppendPoints(nil)}
		for key, v := range e.Properties() {
			if key == board.KeyOrder {
				continue
			}
			if ref := v.Ref(); key == board.KeyGroup && ref != (board.ID{}) {
				if _, ok := groups[ref]; !ok {
					groups[ref] = board.ID{Replica: 2, Seq: uint64(len(groups) + 1)}
				}
				v = board.Ref(groups[ref])
			} else if is, ok := names[ref]; ok {
				v = board.Ref(is)
			}
			x.Properties = append(x.Properties, Property{key, v})
		}
		all = append(all, x)
	}
	return all
}

func same(a, b []Element) bool {
	return slices.EqualFunc(a, b, func(x, y Element) bool {
		return x.ID == y.ID && x.Kind == y.Kind && x.Text == y.Text && slices.Equal(x.Points, y.Points) && slices.Equal(x.Properties, y.Properties)
	})
}

// Whatever is on a board, is on the board that is read from its file.
func TestJSONLosesNothing(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		doc := board.New(board.Replica(1 + r.Int64N(board.MaxReplica)))
		edit := doc.Edit()
		var ids []board.ID
		for range r.IntN(40) {
			id := edit.Create(board.Kind(1 + r.IntN(25)))
			ids = append(ids, id)
			for range r.IntN(12) {
				key := board.Key(2 + r.IntN(50))
				switch r.IntN(5) {
				case 0:
					edit.Set(id, key, board.Float((r.Float64()-0.5)*math.Pow(10, float64(r.IntN(40)-20))))
				case 1:
					edit.Set(id, key, board.Int(r.Int64()>>r.IntN(64)*int64(1-2*r.IntN(2))))
				case 2:
					edit.Set(id, key, board.String(strings.Repeat("\"\\\x00\x1f<\u2028é白😀", r.IntN(3))))
				case 3:
					edit.Set(id, key, board.Ref(ids[r.IntN(len(ids))]))
				case 4:
					edit.Set(id, key, board.Ref(board.ID{Replica: 5, Seq: 1 + r.Uint64N(3)})) // who was never here
				}
			}
			edit.Splice(id, board.Chars, 0, 0, strings.Repeat("a\r\n\tb</script>\x7f\u200f", r.IntN(3)))
			if e := doc.Element(id); e.Kind() == board.KindStroke {
				for range r.IntN(30) {
					edit.Append(id, board.Point{X: int32(r.Uint32()), Y: int32(r.Uint32()) >> r.IntN(32), Pressure: uint8(r.Uint32())})
				}
			}
			if r.IntN(8) == 0 {
				edit.Set(id, board.KeyDeleted, board.Int(1))
			}
		}
		edit.Commit()
		file := written(t, doc, JSONOptions{})
		if got := inserted(t, file); !same(said(got), said(doc)) {
			t.Fatalf("seed %d: the board is\n%s\nand was\n%s", seed, written(t, got, JSONOptions{}), file)
		}
	}
}

// A file is for people too.
func TestJSONLooks(t *testing.T) {
	d := newDrawing()
	note := d.add(board.KindNote, 10, 20.5, 200, 0, "Hello", map[board.Key]board.Value{board.KeyFill: board.Int(0xffe08a)})
	d.add(board.KindArrow, 0, 0, 5, 0, "", map[board.Key]board.Value{board.KeyStart: board.Ref(note), 99: board.Int(3), board.KeyDash: board.Float(1)})
	id := d.add(board.KindStroke, 0, 0, 0, 0, "", nil)
	d.edit.Append(id, board.Point{X: 8, Y: -3, Pressure: 128}, board.Point{X: -4, Y: 0, Pressure: 255})
	d.edit.Commit()
	want := `{"format":"edgeboard","version":1,
"elements":[
{"id":"` + note.Text() + `","kind":"note","x":10,"y":20.5,"width":200,"fill":"#ffe08a","text":"Hello"},
`
	got := written(t, d.doc, JSONOptions{})
	if !strings.HasPrefix(got, want) {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
	for _, part := range []string{
		`"width":5,"dash":{"float":1},"start":"` + note.Text() + `","other-99":{"int":3}}`, // of other types, and of other versions
		`"points":[1,-0.375,128,-0.5,0,255]`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("there is no %s in\n%s", part, got)
		}
	}
}

// Images go along if somebody has them.
func TestJSONImages(t *testing.T) {
	data := []byte("a picture")
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	d := newDrawing()
	for _, h := range []string{hash, hash, "another"} {
		d.add(board.KindImage, 0, 0, 10, 10, "", map[board.Key]board.Value{board.KeyBlob: board.String(h)})
	}
	d.edit.Commit()
	file := written(t, d.doc, JSONOptions{Image: func(h string) (Blob, bool) { return Blob{"image/png", data}, h == hash }})
	got, err := ParseJSON([]byte(file))
	if err != nil || len(got.Blobs) != 1 || got.Blobs[hash].Media != "image/png" || string(got.Blobs[hash].Data) != string(data) {
		t.Errorf("%v; the images of\n%s\nare %v", err, file, got)
	}
	if _, err := ParseJSON([]byte(strings.Replace(file, hash+`":{`, strings.Repeat("0", 64)+`":{`, 1))); err == nil {
		t.Error("an image is taken under another's name")
	}
}

// A selection is a file too.
func TestJSONOfSome(t *testing.T) {
	d := newDrawing()
	a := d.add(board.KindNote, 0, 0, 10, 10, "a", nil)
	d.add(board.KindNote, 0, 0, 10, 10, "b", nil)
	d.edit.Commit()
	got := written(t, d.doc, JSONOptions{Elements: func(yield func(*board.Element) bool) { yield(d.doc.Element(a)) }})
	if strings.Count(got, `"kind"`) != 1 || !strings.Contains(got, `"text":"a"`) {
		t.Errorf("of two elements one is to be written:\n%s", got)
	}
	failing := errors.New("the disk is full")
	if err := WriteJSON(failingWriter{failing}, d.doc, JSONOptions{}); !errors.Is(err, failing) {
		t.Errorf("a file that could not be written says %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// Groups that come in twice are two, and what is bound stays bound.
func TestInsertTwice(t *testing.T) {
	d := newDrawing()
	var ids []board.ID
	for range 3 {
		ids = append(ids, d.add(board.KindRectangle, 0, 0, 10, 10, "", map[board.Key]board.Value{board.KeyGroup: board.Ref(board.ID{Replica: 9, Seq: 9})}))
	}
	d.add(board.KindArrow, 0, 0, 10, 10, "", map[board.Key]board.Value{board.KeyStart: board.Ref(ids[0]), board.KeyEnd: board.Ref(ids[1])})
	d.edit.Commit()
	some := func(yield func(*board.Element) bool) {
		for e := range d.doc.Elements() {
			if e.ID() != ids[1] && !yield(e) { // of the arrow's ends one does not go along
				return
			}
		}
	}
	doc, err := ParseJSON([]byte(written(t, d.doc, JSONOptions{Elements: some})))
	if err != nil {
		t.Fatal(err)
	}
	groups := map[board.ID]int{}
	for range 2 {
		edit := d.doc.Edit()
		made, err := doc.Insert(d.doc, edit)
		edit.Commit()
		if err != nil || len(made) != 3 {
			t.Fatalf("%v: %v", err, made)
		}
		for _, id := range made[:2] {
			groups[d.doc.Element(id).Get(board.KeyGroup).Ref()]++
		}
		arrow := d.doc.Element(made[2])
		if start, end := arrow.Get(board.KeyStart).Ref(), arrow.Get(board.KeyEnd).Ref(); start != made[0] || end != ids[1] {
			t.Errorf("an arrow goes from %v to %v, want from %v to %v, which was here before", start, end, made[0], ids[1])
		}
	}
	if len(groups) != 2 || groups[board.ID{Replica: 9, Seq: 9}] != 0 {
		t.Errorf("two of each are in the groups %v", groups)
	}
}

// A file that is wrong says where, and nothing of it is taken.
func TestJSONRefused(t *testing.T) {
	file := func(elements string) string {
		return `{"format":"edgeboard","version":1,"elements":[` + elements + `]}`
	}
	for _, c := range []struct{ what, file, want string }{
		{"nothing", ``, `line 1, column 1: an object is missing`},
		{"another file", `{"type":"excalidraw","version":2}`, `line 1, column 1: this is no file of Edgeboard: "format" or "version" is missing`},
		{"a later version", `{"format":"edgeboard","version":2}`, `line 1, column 33: this is a file of a later version of Edgeboard`},
		{"half a file", file(``)[:40], `line 1, column 35: a string has no end`},
		{"two files", file(``) + ` x`, `line 1, column 50: something follows the end`},
		{"a kind that nobody knows", file("\n{\"kind\":\"cloud\"}"), `line 2, column 9: the kind of the element is not known`},
		{"an element without a kind", file(`{"x":1}`), `line 1, column 47: an element has no "kind"`},
		{"an element twice", file(`{"id":"1-1","kind":"note"},{"id":"1-1","kind":"note"}`), `line 1, column 80: two elements have the same ID`},
		{"a property twice", file(`{"kind":"note","x":1,"x":2}`), `line 1, column 72: the element has the property twice`},
		{"no number", file(`{"kind":"note","x":"1"}`), `line 1, column 66: a number is missing`},
		{"too large a number", file(`{"kind":"note","x":1e999}`), `line 1, column 66: the number is too large`},
		{"half a number of points", file(`{"kind":"stroke","points":[1,2]}`), `line 1, column 73: points are x, y and pressure in turn`},
		{"points of a note", file(`{"kind":"note","points":[1,2,3]}`), `line 1, column 47: only strokes have points`},
		{"no ID", file(`{"id":"Bob","kind":"note"}`), `line 1, column 53: this is no ID, such as "2s-1f"`},
		{"no colour", file(`{"kind":"note","color":"red"}`), `line 1, column 70: this is no colour, such as "#1e1e1e"`},
		{"a string without an end", file(`{"kind":"no`)[:55], `line 1, column 55: a string has no end`},
		{"a deep file", `{"x":` + strings.Repeat("[", 100), `line 1, column 69: values lie too deep in one another`},
		{"a long string", file(`{"kind":"note","link":"` + strings.Repeat("x", board.MaxValue+1) + `"}`), `line 1, column 69: the string is too long`},
	} {
		d, err := ParseJSON([]byte(c.file))
		var at *SyntaxError
		if d != nil || !errors.As(err, &at) || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
	if _, err := ParseJSON(make([]byte, MaxFile+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a huge file: %v", err)
	}
	// What is not known is passed over.
	got, err := ParseJSON([]byte("\n" + `{"by":[1,-2.5e+3,true,null,{"a":"\u0041\ud83d\ude00\ud83d"}],"format":"edgeboard","version":1.0,"elements":[{"kind":"note","mood":{"x":[]},"text":"\u00e9\n\ud83d!"}]}`))
	if err != nil || len(got.Elements) != 1 || got.Elements[0].Text != "é\n\ufffd!" {
		t.Errorf("%v: %+v", err, got)
	}
}

// A board that is full takes nothing of a file.
func TestNoRoom(t *testing.T) {
	d := &Document{Elements: make([]Element, board.MaxElements)}
	doc := board.New(1)
	edit := doc.Edit()
	if edit.Create(board.KindNote); doc.Len() != 1 {
		t.Fatal("there is no note")
	}
	if _, err := d.Insert(doc, edit); !errors.Is(err, ErrNoRoom) || doc.Len() != 1 {
		t.Errorf("%v, and %d elements", err, doc.Len())
	}
}

// Whatever is accepted is what it says when it was written and read again.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"format":"edgeboard","version":1,"elements":[{"id":"1-1","kind":"note","x":1.5,"color":"#102030","group":"1-2","text":"a"},{"kind":"stroke","points":[1,2,3],"other-99":{"ref":"1-1"}}]}`))
	f.Add([]byte(`{"format":"edgeboard","version":1,"elements":[{"kind":"other-77","dash":{"string":"\u0000"},"locked":{"float":-0.0}}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := ParseJSON(file)
		if err != nil {
			return
		}
		b := board.New(77)
		edit := b.Edit()
		if _, err := d.Insert(b, edit); err != nil {
			t.Fatalf("what was accepted is refused: %v", err)
		}
		edit.Commit()
		if again := inserted(t, written(t, b, JSONOptions{})); !same(said(again), said(b)) {
			t.Fatalf("written and read again it is\n%+v\nand was\n%+v", said(again), said(b))
		}
	})
}

// What a file is, its content says.
func TestParse(t *testing.T) {
	for file, want := range map[string]string{
		`{"elements":[{"kind":"note"}],"format":"edgeboard","version":1}`:                         "",
		`{"elements":[{"type":"text","text":"a","fontSize":20}],"type":"excalidraw","version":2}`: "",
		`{"type":"other"}`: `line 1, column 1: this is no file of Excalidraw: its "type" is not "excalidraw"`,
		`[]`:               "line 1, column 1: an object is missing",
	} {
		d, err := Parse([]byte(file))
		switch {
		case want != "" && (err == nil || err.Error() != want):
			t.Errorf("%s: %v, want %s", file, err, want)
		case want == "" && (err != nil || len(d.Elements) != 1):
			t.Errorf("%s: %v", file, err)
		}
	}
	if _, err := Parse(make([]byte, MaxFile+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a huge file: %v", err)
	}
}

// A document is moved as a whole: what lies somewhere, and strokes as they were drawn.
func TestMove(t *testing.T) {
	d, err := ParseJSON([]byte(`{"format":"edgeboard","version":1,"elements":[
		{"kind":"note","x":10,"y":20.5,"width":200,"height":100},
		{"kind":"line","x":300,"y":10,"width":-400,"height":0},
		{"kind":"text","text":"No place at all"},
		{"kind":"stroke","points":[1,-0.375,128,-0.5,0,255]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.Bounds(), geom.BoxOf(geom.Pt(-100, 10), geom.Pt(300, 120.5)); got != want {
		t.Errorf("it lies in %v, want %v", got, want)
	}
	d.Move(geom.Pt(1000, -30))
	if got, want := d.Bounds(), geom.BoxOf(geom.Pt(900, -20), geom.Pt(1300, 90.5)); got != want {
		t.Errorf("moved, it lies in %v, want %v", got, want)
	}
	stroke := d.Elements[3].Points
	if stroke[0].X != 1001*board.PointsPerUnit || stroke[1].Y != -30*board.PointsPerUnit {
		t.Errorf("the stroke goes through %v", stroke)
	}
	if x := d.Elements[2].Get(board.KeyX); !x.IsNone() {
		t.Errorf("what had no place is at %v", x.Float())
	}
}
