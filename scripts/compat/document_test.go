package compat

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/client/keepfile"
	"edgeboard/shared/conn"
	"edgeboard/shared/export"
	"edgeboard/shared/figure"
	"edgeboard/shared/hextest"
	"edgeboard/shared/wire"
)

// everything is a board by hand that has each kind of element and each property.
//
//go:embed testdata/everything.json
var everything []byte

// picture is a PNG of one pixel.
var picture = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82")

func pictureName() string {
	sum := sha256.Sum256(picture)
	return hex.EncodeToString(sum[:])
}

// shown is what a board shows.
type shown struct {
	Hash  string          `json:"hash"` // of the state, see Board.Hash
	Board json.RawMessage `json:"board"`
}

func asJSON(t *testing.T, doc *board.Board) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := export.WriteJSON(&b, doc, export.JSONOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func show(t *testing.T, doc *board.Board) shown {
	t.Helper()
	sum := doc.Hash()
	return shown{hex.EncodeToString(sum[:]), asJSON(t, doc)}
}

// fill makes a board by two people, who write at the same time, and returns the updates
// in the order in which they were made.
func fill(t *testing.T, one, two *board.Board) (updates [][]byte) {
	t.Helper()
	both := func(update []byte) {
		updates = append(updates, update)
		for _, b := range []*board.Board{one, two} {
			if err := b.Apply(update); err != nil {
				t.Fatal(err)
			}
		}
	}
	d, err := export.ParseJSON(bytes.ReplaceAll(everything, []byte("BLOB"), []byte(pictureName())))
	if err != nil {
		t.Fatal(err)
	}
	e := one.Edit()
	ids, err := d.Insert(one, e)
	if err != nil {
		t.Fatal(err)
	}
	both(e.Commit())

	// Both write into one text, and of one property the later counts.
	note := ids[slices.IndexFunc(d.Elements, func(x export.Element) bool { return x.Kind == board.KindNote })]
	x, y := one.Edit(), two.Edit()
	x.Splice(note, board.Chars, 0, 0, "Zoë: ")
	x.Splice(note, board.Chars, 7, 3, "")
	x.Set(note, board.KeyX, board.Float(-12.5))
	y.Splice(note, board.Chars, 2, 2, "你好 👋")
	y.Splice(note, board.Chars, 0, 0, "Bo: ")
	y.Set(note, board.KeyX, board.Float(40))
	y.Set(note, board.KeyLink, board.Value{})
	ofOne, ofTwo := x.Commit(), y.Commit()
	both(ofOne)
	both(ofTwo)

	// A line grows, another one goes, and something is undone.
	h := board.NewHistory(two)
	e = h.Edit()
	line := e.Create(board.KindStroke)
	e.Append(line, board.Point{X: 8, Y: 16, Pressure: 128})
	e.Append(line, board.Point{X: 12, Y: -800, Pressure: 255}, board.Point{X: 13, Y: -801, Pressure: 0})
	gone := e.Create(board.KindEllipse)
	e.Set(gone, board.KeyColor, board.Int(0x2f9e44))
	both(e.Commit())
	e = h.Edit()
	e.Set(gone, board.KeyDeleted, board.Int(1))
	e.Set(note, board.KeyFill, board.Int(0xffffff))
	both(e.Commit())
	both(h.Undo())
	e = one.Edit()
	e.Set(gone, board.KeyDeleted, board.Int(1))
	// Of later versions, as far as this one knows.
	e.Set(note, 900, board.String("what a later version says"))
	e.Set(e.Create(77), board.KeyX, board.Float(1))
	both(e.Commit())
	return updates
}

func recordDocument(t *testing.T, r record) {
	one, two := board.New(1001), board.New(1002)
	var all []byte
	for _, u := range fill(t, one, two) {
		all = append(wire.AppendUvarint(all, uint64(len(u))), u...)
	}
	r.write(t, "updates.bin", all)
	r.write(t, "snapshot.bin", one.Snapshot())
	text, err := json.MarshalIndent(show(t, one), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "document.json", text)
	r.write(t, "later.bin", hextest.Read(t, "../../shared/board/testdata/v1/later.hex"))

	var files bytes.Buffer
	image := func(string) (export.Blob, bool) { return export.Blob{Media: "image/png", Data: picture}, true }
	if err := export.WriteJSON(&files, one, export.JSONOptions{Image: image}); err != nil {
		t.Fatal(err)
	}
	r.write(t, "board.json", files.Bytes())
	files.Reset()
	if err := export.WriteExcalidraw(&files, figure.New(one, figure.Fonts(export.Fonts{})), export.ExcalidrawOptions{Image: image}); err != nil {
		t.Fatal(err)
	}
	r.write(t, "board.excalidraw", files.Bytes())

	recordKept(t, filepath.Join(r.folder, "keep"))
}

// recordKept has a program keep what it draws and says where there is no relay.
func recordKept(t *testing.T, folder string) {
	doc := board.New(1003)
	kept, err := client.Restore(t.Context(), keepfile.Shelf(folder, "Plans"), doc)
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan struct{}, 1)
	s := client.NewSession(client.Config{Board: "Plans", Doc: doc, Kept: kept, Observe: func(client.Event) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}})
	link := client.NewLink(s, client.LinkConfig{Transports: []client.Transport{{Name: "none", Dial: func(context.Context) (conn.Conn, error) {
		return nil, errors.New("there is none")
	}}}})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- link.Run(ctx) }()
	link.Do(func(s *client.Session) {
		e := doc.Edit()
		e.Splice(e.Create(board.KindNote), board.Chars, 0, 0, "kept, and not sent")
		s.Commit(e.Commit())
		if _, err := s.Say(time.Now(), wire.Person{}, "said, and not sent", wire.TextID{}, nil); err != nil {
			t.Error(err)
		}
	})
	for is := false; !is; {
		link.Do(func(s *client.Session) { is = s.Status().Kept })
		if !is {
			<-changed
		}
	}
	stop()
	<-ended
	if err := os.Remove(filepath.Join(folder, "+Plans", "0.lock")); err != nil {
		t.Fatal(err)
	}
}

// same fails if a board does not show what one of a release did. Later versions may
// write more of it.
func (was shown) same(t *testing.T, what string, doc *board.Board) {
	t.Helper()
	is := show(t, doc)
	if is.Hash != was.Hash {
		t.Errorf("%s: the state has the hash %s, and had %s", what, is.Hash, was.Hash)
	}
	sameMembers(t, what, is.Board, was.Board)
}

// sameMembers compares JSON, to which later versions may add.
func sameMembers(t *testing.T, what string, is, was []byte) {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal(was, &x), json.Unmarshal(is, &y)); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if at := differs(x, y, nil); at != "" {
		t.Errorf("%s: it differs at %s; it is\n%s\nand was\n%s", what, at, is, was)
	}
}

// A document of a release is the same document: by its updates in whatever order they
// come, and by its snapshot.
func TestDocumentsStay(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		var was shown
		if err := json.Unmarshal(r.read(t, "document.json"), &was); err != nil {
			t.Fatal(err)
		}
		var updates [][]byte
		for rest := r.read(t, "updates.bin"); len(rest) > 0; {
			update, after, err := wire.Bytes(rest)
			if err != nil {
				t.Fatal(err)
			}
			updates, rest = append(updates, update), after
		}
		inOrder, backwards := board.New(1), board.New(2)
		for i := range updates {
			if err := errors.Join(inOrder.Accept(updates[i]), backwards.Apply(updates[len(updates)-1-i])); err != nil {
				t.Fatal(err)
			}
		}
		was.same(t, "updates in their order", inOrder)
		was.same(t, "updates from the last to the first", backwards)

		snapshot := r.read(t, "snapshot.bin")
		loaded, err := board.Load(3, snapshot)
		if err != nil {
			t.Fatal(err)
		}
		was.same(t, "the snapshot", loaded)
		if !bytes.Equal(loaded.Snapshot(), snapshot) {
			t.Error("the snapshot is written with other bytes")
		}
		merged := board.New(4)
		if err := errors.Join(merged.Apply(updates[0]), merged.Merge(snapshot)); err != nil {
			t.Fatal(err)
		}
		was.same(t, "the snapshot, merged into its beginning", merged)

		// What somebody goes on to write others take.
		e := loaded.Edit()
		e.Splice(e.Create(board.KindText), board.Chars, 0, 0, "later")
		if err := inOrder.Accept(e.Commit()); err != nil {
			t.Error(err)
		}
		if inOrder.Hash() != loaded.Hash() {
			t.Error("two who go on with the document come apart")
		}
	})
}

// What a release did not know it kept for those who do.
func TestLaterOperationsPass(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		update := r.read(t, "later.bin")
		a, b := board.New(1), board.New(2)
		if err := a.Accept(update); err != nil {
			t.Fatal(err)
		}
		diff, err := a.Diff(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Apply(diff); err != nil {
			t.Fatal(err)
		}
		if a.Hash() != b.Hash() {
			t.Error("who is told of it has another document")
		}
		c, err := board.Load(3, a.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		if c.Hash() != a.Hash() {
			t.Error("the snapshot has it not")
		}
	})
}

// Files that people have exported come in, with all that they had.
func TestFilesStay(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		was := r.read(t, "board.json")
		d, err := export.Parse(was)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Left) > 0 || len(d.Blobs) != 1 || !bytes.Equal(d.Blobs[pictureName()].Data, picture) {
			t.Errorf("of board.json is left out %v, and there are %d images", d.Left, len(d.Blobs))
		}
		kinds := func(d *export.Document) (list []string) {
			for _, e := range d.Elements {
				list = append(list, export.KindName(e.Kind))
			}
			return list
		}
		var file struct{ Elements []map[string]any }
		if err := json.Unmarshal(was, &file); err != nil {
			t.Fatal(err)
		}
		written := make([]string, 0, len(file.Elements))
		for _, e := range file.Elements {
			written = append(written, e["kind"].(string))
		}
		if !slices.Equal(kinds(d), written) {
			t.Errorf("the elements of board.json are %q, want %q", kinds(d), written)
		}
		// But for the names of elements it is the same file again.
		doc := board.New(9)
		e := doc.Edit()
		if _, err := d.Insert(doc, e); err != nil {
			t.Fatal(err)
		}
		e.Commit()
		sameMembers(t, "board.json, read and written", unnamed(t, asJSON(t, doc)), unnamed(t, was))

		drawing, err := export.Parse(r.read(t, "board.excalidraw"))
		if err != nil {
			t.Fatal(err)
		}
		doc = board.New(10)
		e = doc.Edit()
		if _, err := drawing.Insert(doc, e); err != nil {
			t.Fatal(err)
		}
		var sheet struct{ Elements []map[string]any }
		if err := json.Unmarshal(r.read(t, "board.excalidraw"), &sheet); err != nil {
			t.Fatal(err)
		}
		if len(drawing.Left) > 0 || doc.Len() < len(sheet.Elements)/2 || doc.Len() == 0 {
			t.Errorf("of %d elements of board.excalidraw come %d, without %v", len(sheet.Elements), doc.Len(), drawing.Left)
		}
	})
}

// unnamed is a file without the names of elements, and without images.
func unnamed(t *testing.T, text []byte) []byte {
	t.Helper()
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	delete(file, "blobs")
	names := map[string]int{}
	for i, e := range array(file["elements"]) {
		id, _ := object(e)["id"].(string)
		names[id] = i
	}
	for _, e := range array(file["elements"]) {
		for name, v := range object(e) {
			ref, _ := v.(string)
			typed := object(v)
			if typed != nil {
				ref, _ = typed["ref"].(string)
			}
			switch place, is := names[ref]; {
			case name == "id":
				delete(object(e), name)
			case name == "group": // groups become groups of their own
				object(e)[name] = "group"
			case is && name != "text":
				object(e)[name] = place
			}
		}
	}
	b, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What a program of a release has kept, and no relay has, is taken over.
func TestKeptBoardsStay(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS(filepath.Join(r.folder, "keep"))); err != nil {
			t.Fatal(err)
		}
		doc := board.New(5)
		kept, err := client.Restore(t.Context(), keepfile.Shelf(folder, "Plans"), doc)
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		texts := []string{}
		for e := range doc.Elements() {
			texts = append(texts, e.Text())
		}
		if !slices.Equal(texts, []string{"kept, and not sent"}) {
			t.Errorf("the board says %q", texts)
		}
		s := client.NewSession(client.Config{Board: "Plans", Doc: doc, Kept: kept})
		if st := s.Status(); st.Unsent != 1 || st.Unsaid != 1 {
			t.Errorf("%d changes and %d things said wait, want one of each", st.Unsent, st.Unsaid)
		}
	})
}
