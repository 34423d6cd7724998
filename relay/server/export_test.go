package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/andybalholm/brotli"

	"edgeboard/relay/auth"
	"edgeboard/relay/store/storetest"
	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/wire"
)

// get asks the relay for something, with headers given as name, value, name, value…
func (r *relay) get(path string, headers ...string) *http.Response {
	r.t.Helper()
	return r.sends("GET", path, headers...)
}

func (r *relay) sends(method, path string, headers ...string) *http.Response {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.addr+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	got, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { got.Body.Close() })
	return got
}

// shapes are how many paths and texts are in an SVG, which must be one.
func shapes(t *testing.T, svg string) (n int) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatalf("%v in %.300q", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "path" || e.Name.Local == "text") {
			n++
		}
	}
}

// Ann draws, and somebody asks for the board as a picture again and again.
func TestBoardAsSVG(t *testing.T) {
	r := start(t, t.TempDir())
	empty := r.get("/b/plans.svg")
	wantStatus(t, empty, 200)
	wantHeader(t, empty, "Content-Type", "image/svg+xml")
	if n := shapes(t, body(t, empty)); n != 0 {
		t.Errorf("of a board on which nothing is, the picture shows %d things", n)
	}

	ann := r.enter(1, "plans")
	ann.draw(board.Point{X: 1}, board.Point{X: 80, Y: 40})
	first := r.get("/b/plans.svg")
	wantStatus(t, first, 200)
	wantHeader(t, first, "Content-Disposition", `inline; filename="plans.svg"`)
	wantHeader(t, first, "Cache-Control", "private, no-cache")
	wantHeader(t, first, "Content-Security-Policy", filePolicy)
	wantHeader(t, first, "X-Content-Type-Options", "nosniff")
	svg := body(t, first)
	if n := shapes(t, svg); n != 1 {
		t.Errorf("the picture shows %d things, want the stroke", n)
	}
	tag := first.Header.Get("ETag")
	same := r.get("/b/plans.svg", "If-None-Match", tag)
	wantStatus(t, same, 304)
	if text := body(t, same); text != "" {
		t.Errorf("with the answer that nothing has changed came %q", text)
	}

	ann.draw(board.Point{X: 1, Y: 100}, board.Point{X: 80, Y: 140})
	second := r.get("/b/plans.svg?download", "If-None-Match", tag)
	wantStatus(t, second, 200)
	wantHeader(t, second, "Content-Disposition", `attachment; filename="plans.svg"`)
	if n := shapes(t, body(t, second)); n != 2 {
		t.Errorf("the picture shows %d things, want both strokes", n)
	}

	head := r.sends("HEAD", "/b/plans.svg")
	wantStatus(t, head, 200)
	wantHeader(t, head, "ETag", second.Header.Get("ETag"))
	if text := body(t, head); text != "" {
		t.Errorf("HEAD is answered with %q", text)
	}
	wantStatus(t, r.sends("POST", "/b/plans.svg"), 405)
}

// As JSON it is all that the board has, with the images that it shows, where somebody
// asks for them.
func TestBoardAsJSON(t *testing.T) {
	r := start(t, t.TempDir())
	ann := r.enter(1, "plans")
	picture := aPNG(7)
	if a := r.blobber("").do("PUT", nameOf(picture), "plans", picture, "Content-Type", "image/png"); a.status != 204 {
		t.Fatalf("an image is answered %d %s", a.status, a.words)
	}
	edit := ann.doc.Edit()
	edit.Set(edit.Create(board.KindImage), board.KeyBlob, board.String(nameOf(picture)))
	ann.say(wire.AppendFrame(nil, 0, &wire.Update{Data: edit.Commit()}))
	ann.draw(board.Point{X: 1}, board.Point{X: 80, Y: 40})

	named := r.get("/b/plans.json")
	wantStatus(t, named, 200)
	wantHeader(t, named, "Content-Type", "application/json")
	if named.Header.Get("ETag") == "" {
		t.Error("it has no tag")
	}
	doc, err := export.ParseJSON([]byte(body(t, named)))
	if err != nil || len(doc.Elements) != 2 || len(doc.Blobs) != 0 {
		t.Fatalf("it is %+v, %v", doc, err)
	}
	whole := r.get("/b/plans.json?images=1")
	wantHeader(t, whole, "ETag", "")
	doc, err = export.ParseJSON([]byte(body(t, whole)))
	if err != nil || len(doc.Elements) != 2 || !bytes.Equal(doc.Blobs[nameOf(picture)].Data, picture) {
		t.Fatalf("with images it is %+v, %v", doc, err)
	}
	// Another board that names the image does not get it by that.
	eve := r.enter(2, "eve")
	edit = eve.doc.Edit()
	edit.Set(edit.Create(board.KindImage), board.KeyBlob, board.String(nameOf(picture)))
	eve.say(wire.AppendFrame(nil, 0, &wire.Update{Data: edit.Commit()}))
	eve.draw(board.Point{X: 1})
	doc, err = export.ParseJSON([]byte(body(t, r.get("/b/eve.json?images=1"))))
	if err != nil || len(doc.Elements) != 2 || len(doc.Blobs) != 0 {
		t.Fatalf("of a board that only names an image it is %+v, %v", doc, err)
	}
}

// Each format is what it says.
func TestFileFormats(t *testing.T) {
	r := start(t, t.TempDir())
	r.enter(1, "plans").draw(board.Point{X: 1}, board.Point{X: 800, Y: 400})
	for suffix, begins := range map[string]string{"svg": "<svg", "png": "\x89PNG", "pdf": "%PDF-", "json": `{"format":"edgeboard"`, "excalidraw": "{"} {
		for _, name := range []string{"plans", "empty"} {
			got := r.get("/b/" + name + "." + suffix)
			wantStatus(t, got, 200)
			wantHeader(t, got, "Content-Type", fileFormats[suffix].media)
			if text := body(t, got); !strings.HasPrefix(text, begins) {
				t.Errorf("%s.%s begins with %.20q", name, suffix, text)
			}
		}
	}
	wide := func(query string) int {
		config, err := png.DecodeConfig(r.get("/b/plans.png" + query).Body)
		if err != nil {
			t.Fatal(err)
		}
		return config.Width
	}
	one := wide("")
	for query, scale := range map[string]int{"?scale=2": 2, "?scale=100": mostScale, "?scale=-1": 1, "?scale=NaN": 1} {
		if got := wide(query); got < scale*one-scale || got > scale*one+scale {
			t.Errorf("with %q the picture is %d pixels wide, without %d", query, got, one)
		}
	}
}

// A picture is of one page.
func TestPageOfABoardAsSVG(t *testing.T) {
	r := start(t, t.TempDir())
	ann := r.enter(1, "plans")
	edit := ann.doc.Edit()
	first, second := edit.Create(board.KindPage), edit.Create(board.KindPage)
	edit.Set(first, board.KeyMain, board.Int(1))
	edit.Set(edit.Create(board.KindRectangle), board.KeyWidth, board.Float(80))
	for range 2 {
		stroke := edit.Create(board.KindStroke)
		edit.Append(stroke, board.Point{X: 1}, board.Point{X: 80, Y: 40})
		edit.Set(stroke, board.KeyPage, board.Ref(second))
	}
	ann.say(wire.AppendFrame(nil, 0, &wire.Update{Data: edit.Commit()}))
	ann.draw(board.Point{X: 1}, board.Point{X: 80, Y: 40})
	for query, want := range map[string]int{"": 1, "?page=" + first.Text(): 1, "?page=" + second.Text(): 2, "?page=nonsense": 1} {
		if n := shapes(t, body(t, r.get("/b/plans.svg"+query))); n != want {
			t.Errorf("with %q there are %d strokes, want %d", query, n, want)
		}
	}
}

// Compressed it is the same, and has a tag of its own.
func TestFileIsCompressed(t *testing.T) {
	r := start(t, t.TempDir())
	r.enter(1, "plans").draw(board.Point{X: 1}, board.Point{X: 80, Y: 40})
	plain := r.get("/b/plans.svg")
	want := body(t, plain)
	tags := map[string]string{plain.Header.Get("ETag"): "identity"}
	for coding, open := range map[string]func(io.Reader) (io.Reader, error){
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	} {
		got := r.get("/b/plans.svg", "Accept-Encoding", coding)
		wantHeader(t, got, "Content-Encoding", coding)
		tag := got.Header.Get("ETag")
		if tags[tag] != "" {
			t.Errorf("as %s it has the tag %s, as %s", coding, tag, tags[tag])
		}
		tags[tag] = coding
		unpacked, err := open(bytes.NewReader([]byte(body(t, got))))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(unpacked); err != nil || string(text) != want {
			t.Errorf("as %s it is %.100q, %v", coding, text, err)
		}
	}
}

// A picture is for who may read the board.
func TestWhoMayHaveFiles(t *testing.T) {
	o := keyed(t)
	viewer := o.token("eva", auth.Viewer)
	for _, q := range []struct {
		what, path, token string
		status            int
	}{
		{"nobody", "/b/plans.svg", "", 401},
		{"a viewer", "/b/plans.svg", viewer, 200},
		{"who shows rubbish", "/b/plans.svg", "rubbish", 401},
		{"a viewer, in a format that there is not", "/b/plans.exe", viewer, 404},
		{"a viewer, of what is no board", "/b/_plans.svg", viewer, 404},
		{"a viewer, of nothing", "/b/.svg", viewer, 404},
	} {
		var headers []string
		if q.token != "" {
			headers = []string{"Authorization", "Bearer " + q.token}
		}
		got := o.get(q.path, headers...)
		if got.StatusCode != q.status {
			t.Errorf("%s is answered %d, want %d", q.what, got.StatusCode, q.status)
		}
		if q.status != 200 {
			wantHeader(t, got, "Cache-Control", cacheNever)
			wantHeader(t, got, "ETag", "")
		}
	}
	// Who has been there comes by the cookie.
	p := o.page()
	p.token("plans", "", viewer).want(t, "a session", 200)
	q, _ := http.NewRequestWithContext(t.Context(), "GET", p.base+"/b/plans.svg", nil)
	got, err := p.http.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	wantStatus(t, got, 200)
}

// Where as many files are made as can be, others are told to come again.
func TestTooManyFiles(t *testing.T) {
	r := start(t, t.TempDir())
	r.enter(1, "plans").draw(board.Point{X: 1}, board.Point{X: 80, Y: 40})
	for range mostExports {
		if !r.server.exports.enter(t.Context()) {
			t.Fatal("there is no place in a relay that does nothing")
		}
	}
	refused := r.get("/b/plans.svg")
	wantStatus(t, refused, 503)
	wantHeader(t, refused, "Retry-After", "5")
	r.server.exports.leave()
	wantStatus(t, r.get("/b/plans.svg"), 200)

	// Files that nobody takes are in the way too, but not of all for ever.
	r.server.exports.sent.Add(mostExported)
	wantStatus(t, r.get("/b/plans.svg"), 503)
	r.server.exports.sent.Add(-mostExported)
	wantStatus(t, r.get("/b/plans.svg"), 200)
	if sent := r.server.exports.sent.Load(); sent != 0 {
		t.Errorf("%d bytes are on their way, and nobody asks", sent)
	}
}

// Who waits for a place gets it when it is free, and gives up when it goes.
func TestWaitForAPlace(t *testing.T) { synctest.Test(t, testWaitForAPlace) }
func testWaitForAPlace(t *testing.T) {
	e := newExports(0)
	for range mostExports {
		e.enter(t.Context())
	}
	time.AfterFunc(exportWait/2, e.leave)
	if !e.enter(t.Context()) {
		t.Error("a place that became free was not given away")
	}
	begin := time.Now()
	if e.enter(t.Context()) || time.Since(begin) != exportWait {
		t.Errorf("after %v there was a place too many", time.Since(begin))
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if e.enter(gone) {
		t.Error("a place was given to who has gone")
	}
}

// A board that is damaged is said to be, and others are there.
func TestFileOfADamagedBoard(t *testing.T) {
	r := start(t, t.TempDir())
	if err := storetest.Append(r.server.store, "broken", []byte("no update")); err != nil {
		t.Fatal(err)
	}
	r.enter(1, "plans").draw(board.Point{X: 1}, board.Point{X: 80, Y: 40})
	wantStatus(t, r.get("/b/broken.svg"), 503)
	wantStatus(t, r.get("/b/plans.svg"), 200)
}
