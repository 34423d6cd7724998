package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/cluster/clustertest"
	"edgeboard/relay/store/sqlite"
)

// imageRelay is the images of one relay of two.
type imageRelay struct {
	sharedImages
	way *clustertest.Handle
}

func newImageRelays(t *testing.T) (a, b *imageRelay, m *clustertest.Memory) {
	t.Helper()
	m = clustertest.NewMemory()
	var relays [2]*imageRelay
	var records *sqlite.Records // as if they were all relays'
	for i := range relays {
		store, err := sqlite.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		h := m.Handle()
		t.Cleanup(func() {
			h.Close()
			store.Close()
		})
		if records == nil {
			records = store.Records()
		}
		relays[i] = &imageRelay{sharedImages{Blobs: store.Blobs(), engine: h, records: records, own: store.Records(), log: slog.New(slog.DiscardHandler)}, h}
	}
	return relays[0], relays[1], m
}

func (r *imageRelay) wantImage(t *testing.T, board string, data []byte) {
	t.Helper()
	b, err := r.Get(t.Context(), board, sha256.Sum256(data))
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for i := 0; int64(len(got)) < b.Size; i++ {
		piece, err := r.Piece(t.Context(), b, i)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, piece...)
	}
	if !bytes.Equal(got, data) || b.Media != "image/png" {
		t.Errorf("the image has %d bytes of %s, want %d", len(got), b.Media, len(data))
	}
}

// An image that one relay was sent is seen on all, on the board that shows it, also when
// the engine could not be reached at first.
func TestImagesOfSeveralRelays(t *testing.T) {
	a, b, _ := newImageRelays(t)
	small, large := []byte("a picture"), bytes.Repeat([]byte("many pixels "), 100_000)
	for _, data := range [][]byte{small, large} {
		if err := a.Put(t.Context(), "plan", sha256.Sum256(data), "image/png", data, 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { b.wantImage(t, "plan", large) })
	}
	all.Wait()
	b.wantImage(t, "plan", small)
	if _, err := b.Get(t.Context(), "sketch", sha256.Sum256(small)); !errors.Is(err, sqlite.ErrNoBlob) {
		t.Errorf("another board shows it too: %v", err)
	}

	a.way.Cut()
	later := []byte("taken while cut off")
	if err := a.Put(t.Context(), "plan", sha256.Sum256(later), "image/png", later, 1<<30); err != nil {
		t.Fatalf("an image is not taken while the engine is not reached: %v", err)
	}
	a.wantImage(t, "plan", later)
	if err := a.resend(t.Context()); err == nil {
		t.Error("it was sent to an engine that is not reached")
	}
	a.way.Heal()
	for range 2 { // the second time there is nothing to send
		if err := a.resend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.wantImage(t, "plan", later)
}

// What the engine has under the name of an image, and is another one, is not shown.
func TestGarbledImage(t *testing.T) {
	a, b, _ := newImageRelays(t)
	data := []byte("a picture")
	hash := sha256.Sum256(data)
	if err := a.engine.PutBlob(t.Context(), imageKey("", hash)[1:], bytes.NewReader([]byte("another"))); err != nil {
		t.Fatal(err)
	}
	if err := a.Put(t.Context(), "plan", hash, "image/png", data, 1<<30); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), "plan", hash); err == nil || errors.Is(err, sqlite.ErrNoBlob) {
		t.Errorf("of a garbled image: %v", err)
	}
}

// What was named on one relay is there on all.
func TestVersionsOfSeveralRelays(t *testing.T) {
	a, b, _ := newImageRelays(t)
	// Updates that a relay knows of, and when they were stored.
	span := func(_ context.Context, _ string, moment func(at, when int64) error) (from, upto int64, err error) {
		return 0, 3, errors.Join(moment(1, 1000), moment(2, 2000), moment(3, time.Now().UnixMilli()+1_000_000))
	}
	on := func(r *imageRelay) *sharedVersions { return &sharedVersions{r.records, &r.sharedImages, span} }
	snapshot := bytes.Repeat([]byte("a board "), 1000)
	id, when, err := on(a).PutVersion(t.Context(), "plan", 7, "first", "Ada", snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := on(b).PutVersion(t.Context(), "plan", 7, "second", "Bo", []byte("another")); err != nil {
		t.Fatal(err)
	}
	list := func(r *imageRelay, board string) (list []string) {
		err := on(r).Versions(t.Context(), board, func(_, at, when int64, name, author string) error {
			list = append(list, fmt.Sprint(name, " by ", author, " at ", at))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		slices.Sort(list) // two may be named in one millisecond
		return list
	}
	for _, r := range []*imageRelay{a, b} {
		if got := list(r, "plan"); !slices.Equal(got, []string{"first by Ada at 2", "second by Bo at 2"}) {
			t.Errorf("the versions are %q", got)
		}
		if _, got, err := on(r).Version(t.Context(), "plan", id); err != nil || !bytes.Equal(got, snapshot) {
			t.Errorf("the first one has %d bytes, %v", len(got), err)
		}
		if _, got, err := on(r).Version(t.Context(), "plan", id+1); err != nil || got != nil {
			t.Errorf("one that is not there has %d bytes, %v", len(got), err)
		}
	}
	if len(list(b, "sketch")) > 0 || when < time.Now().Add(-time.Hour).UnixMilli() {
		t.Error("another board has versions, or the time is wrong")
	}
	if err := on(b).RemoveVersion(t.Context(), "plan", id); err != nil {
		t.Fatal(err)
	}
	if got := list(a, "plan"); !slices.Equal(got, []string{"second by Bo at 2"}) {
		t.Errorf("after one was removed there are %q", got)
	}
	for range sqlite.MaxVersions - 1 {
		if _, _, err := on(a).PutVersion(t.Context(), "plan", 7, "more", "Ada", snapshot); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := on(b).PutVersion(t.Context(), "plan", 7, "one too many", "Ada", snapshot); !errors.Is(err, sqlite.ErrTooMany) {
		t.Errorf("one more than there may be: %v", err)
	}
}
