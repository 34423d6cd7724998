package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/andybalholm/brotli"

	"edgeboard/relay/auth"
	"edgeboard/relay/still"
	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/storetest"
	"edgeboard/shared/board"
	"edgeboard/shared/export"
)

// pageWithPlace is a page that has a place for a picture.
func pageWithPlace(t *testing.T) *assets {
	t.Helper()
	const name, chinese = "index.0a.html", "index.zh-CN.0b.html"
	text := "<html><body>" + picturePlace + "</div></body></html>"
	return assetsOf(t, fstest.MapFS{
		manifestName:    {Data: fmt.Appendf(nil, `{"pages": {"en": %q, "zh-CN": %q}, "sizes": {%[1]q: %[3]d, %[2]q: %d}}`, name, chinese, len(text), len("<p>中文"+text))},
		name + ".br":    {Data: compressed([]byte(text), "br")},
		name + ".gz":    {Data: compressed([]byte(text), "gzip")},
		chinese + ".br": {Data: compressed([]byte("<p>中文"+text), "br")},
		chinese + ".gz": {Data: compressed([]byte("<p>中文"+text), "gzip")},
	})
}

// startWithPage runs a relay with such a page.
func startWithPage(t *testing.T) *relay {
	t.Helper()
	return servePage(t, pageWithPlace(t))
}

// pictured returns the page of a board when it comes with a picture: a machine that
// has much to do may take longer than a page waits.
func (r *relay) pictured(path string, headers ...string) (*http.Response, string) {
	r.t.Helper()
	for begin := time.Now(); ; {
		got := r.get(path, headers...)
		text := body(r.t, got)
		if got.Header.Get("Cache-Control") == "private, no-cache" {
			return got, text
		}
		if time.Since(begin) > limit {
			r.t.Fatalf("the page comes without a picture: %.300q", text)
		}
	}
}

// The page of a board on which something is comes with a picture of it.
func TestPageComesWithPicture(t *testing.T) {
	r := startWithPage(t)
	empty := r.get("/b/plans")
	wantStatus(t, empty, 200)
	if text := body(t, empty); !strings.Contains(text, picturePlace+"</div>") {
		t.Errorf("the page of an empty board is %q", text)
	}
	ann := r.enter(1, "plans")
	ann.draw(board.Point{X: 8}, board.Point{X: 800, Y: 400})
	first, text := r.pictured("/b/plans")
	if before, after, _ := strings.Cut(text, picturePlace); !strings.HasSuffix(before, "<body>") || !strings.HasPrefix(after, "<svg") || !strings.HasSuffix(after, "</svg>\n</div></body></html>") {
		t.Errorf("the page is %q", text)
	}
	wantHeader(t, first, "Content-Type", "text/html; charset=utf-8")
	if policy := first.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, pagePolicy) {
		t.Errorf("its policy is %q", policy)
	}
	tag := first.Header.Get("ETag")
	same, nothing := r.pictured("/b/plans", "If-None-Match", tag)
	wantStatus(t, same, 304)
	if nothing != "" {
		t.Errorf("with the answer that nothing has changed came %q", nothing)
	}

	ann.draw(board.Point{X: 8, Y: 800}, board.Point{X: 800, Y: 1200})
	second, fuller := r.pictured("/b/plans", "If-None-Match", tag)
	if len(fuller) <= len(text) || second.Header.Get("ETag") == tag {
		t.Errorf("with one stroke more the page is %q, with the tag %s", fuller, second.Header.Get("ETag"))
	}
	packed, text := r.pictured("/b/plans", "Accept-Encoding", "br")
	wantHeader(t, packed, "Content-Encoding", "br")
	if whole, err := io.ReadAll(brotli.NewReader(strings.NewReader(text))); err != nil || string(whole) != fuller {
		t.Errorf("compressed it is %q, %v; want %q", whole, err, fuller)
	}
	if packed.Header.Get("ETag") == second.Header.Get("ETag") {
		t.Error("compressed it has the same tag")
	}
	// In another language it is another page.
	other, text := r.pictured("/b/plans", "Accept-Language", "zh", "If-None-Match", second.Header.Get("ETag"))
	wantStatus(t, other, 200)
	wantHeader(t, other, "Content-Language", "zh-CN")
	if text != "<p>中文"+fuller {
		t.Errorf("in Chinese it is %q", text)
	}
}

// The page is for everybody, and the picture for who may read the board.
func TestPictureIsForWhoMayRead(t *testing.T) {
	l, _, _, err := Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	ann := &auth.Grant{Subject: "ann", Boards: map[string]auth.Role{"plans": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour)}
	r := serveOn(t, Config{Data: t.TempDir(), Log: quiet(), Access: Access{Authenticate: func(r *http.Request) (*auth.Grant, error) {
		if r.Header.Get("X-User") == "ann" {
			return ann, nil
		}
		return nil, nil
	}}}, l, nil, func(s *Server) { s.page = pageWithPlace(t) })
	doc := board.New(1)
	edit := doc.Edit()
	edit.Append(edit.Create(board.KindStroke), board.Point{X: 8}, board.Point{X: 800, Y: 400})
	if err := storetest.Append(r.server.store, "plans", edit.Commit()); err != nil {
		t.Fatal(err)
	}
	r.pictured("/b/plans", "X-User", "ann")
	for _, who := range []string{"nobody", "eve"} {
		got := r.get("/b/plans", "X-User", who)
		wantStatus(t, got, 200)
		wantHeader(t, got, "Cache-Control", cachePage)
		if text := body(t, got); strings.Contains(text, "<svg") {
			t.Errorf("%s is shown %q", who, text)
		}
	}
}

// slowStore takes its time to read a board.
type slowStore struct {
	memory.Store
	takes time.Duration
	reads atomic.Int32
	fail  error
}

func (s *slowStore) Since(ctx context.Context, board, position string, snapshot, update func([]byte) error) (string, error) {
	s.reads.Add(1)
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if s.fail != nil {
		return "", s.fail
	}
	return s.Store.Since(ctx, board, position, snapshot, update)
}

func (s *slowStore) fill(t *testing.T, name string) {
	t.Helper()
	doc := board.New(1)
	edit := doc.Edit()
	edit.Append(edit.Create(board.KindStroke), board.Point{X: 8}, board.Point{X: 800, Y: 400})
	if err := storetest.Append(s, name, edit.Commit()); err != nil {
		t.Fatal(err)
	}
}

// drawing is what makes pictures, of a store that is slow.
func drawing(t *testing.T) (*pictures, *slowStore, *bytes.Buffer) {
	store, log := &slowStore{}, new(bytes.Buffer)
	ctx, stop := context.WithCancel(t.Context())
	boards := still.New(store, export.Fonts{})
	p := newPictures(ctx, boards, slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { stop(); p.close(); boards.Close() })
	return p, store, log
}

// A page does not wait for a board that takes long to read. Who comes later finds it
// made.
func TestPictureThatTakesLong(t *testing.T) { synctest.Test(t, testPictureThatTakesLong) }
func testPictureThatTakesLong(t *testing.T) {
	p, store, _ := drawing(t)
	store.fill(t, "plans")
	store.takes = time.Second
	begin := time.Now()
	if p.of(t.Context(), "plans") != nil || time.Since(begin) != pictureWait {
		t.Errorf("there is a picture after %v", time.Since(begin))
	}
	time.Sleep(time.Second)
	synctest.Wait()
	store.takes = pictureWait / 2
	first := p.of(t.Context(), "plans")
	if first == nil {
		t.Fatal("there is no picture of a board that was read")
	}
	if again := p.of(t.Context(), "plans"); again != first {
		t.Error("the picture was made again, and nothing has changed")
	}
}

// Many ask for the same board at once, and it is read once. A third board is not read
// while two are.
func TestPicturesMadeAtATime(t *testing.T) { synctest.Test(t, testPicturesMadeAtATime) }
func testPicturesMadeAtATime(t *testing.T) {
	p, store, _ := drawing(t)
	store.takes = pictureWait / 2
	for _, name := range []string{"a", "b", "c"} {
		store.fill(t, name)
	}
	got := make(chan *picture)
	for range 5 {
		go func() { got <- p.of(t.Context(), "a") }()
	}
	synctest.Wait()
	go func() { got <- p.of(t.Context(), "b") }()
	synctest.Wait()
	if p.of(t.Context(), "c") != nil {
		t.Error("a third board was read")
	}
	for range 6 {
		if <-got == nil {
			t.Error("there is no picture")
		}
	}
	if n := store.reads.Load(); n != 2 {
		t.Errorf("two boards were read %d times", n)
	}
}

// A board that cannot be read has no picture, and the operator hears of it.
func TestNoPictureOfABoardThatCannotBeRead(t *testing.T) {
	p, store, log := drawing(t)
	store.fill(t, "plans")
	store.fail = errors.New("disk on fire")
	if p.of(t.Context(), "plans") != nil {
		t.Error("there is a picture")
	}
	if !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("the log says %q", log)
	}
	p.close()
	if p.of(t.Context(), "plans") != nil {
		t.Error("there is a picture of a relay that ends")
	}
}

// Of very many boards the pictures that were asked for last are kept.
func TestKeptPictures(t *testing.T) { synctest.Test(t, testKeptPictures) }
func testKeptPictures(t *testing.T) {
	p, store, _ := drawing(t)
	made := map[string]*picture{}
	for i := range mostPictures + 8 {
		name := fmt.Sprint("board", i)
		store.fill(t, name)
		if made[name] = p.of(t.Context(), name); made[name] == nil {
			t.Fatalf("there is no picture of %s", name)
		}
		if p.of(t.Context(), "board0") != made["board0"] {
			t.Fatal("one that is asked for again and again was made again")
		}
	}
	if len(p.kept) != mostPictures {
		t.Errorf("%d are kept", len(p.kept))
	}
	if p.of(t.Context(), "board1") == made["board1"] {
		t.Error("one that nobody has asked for since was kept")
	}
}
