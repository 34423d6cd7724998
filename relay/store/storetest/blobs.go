package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Blobs is what the relay needs to keep images, of a store with a type B of its own
// for what is known of one.
type Blobs[B any] interface {
	Put(ctx context.Context, board string, hash [32]byte, media string, data []byte, quota int64) error
	Mentions(ctx context.Context, board string, blobs map[[32]byte]bool, now time.Time, keep time.Duration) error
	Get(ctx context.Context, board string, hash [32]byte) (B, error)
	Piece(ctx context.Context, blob B, i int) ([]byte, error)
	Boards(ctx context.Context, f func(board string) error) error
	Total(ctx context.Context) (n, size int64, err error)
}

// BlobsKind is how a test opens, ends and breaks one kind of blobs.
type BlobsKind[B any] struct {
	// Open returns blobs of an empty store.
	Open func(t *testing.T) Blobs[B]
	// Reopen closes their store and opens it again with what it has kept. Nil: it
	// keeps nothing.
	Reopen func(t *testing.T, b Blobs[B]) Blobs[B]
	// Break makes all that is stored from now on fail, until repair is called.
	Break func(t *testing.T, b Blobs[B]) (repair func())
	// Size and Media are what is known of a blob.
	Size  func(B) int64
	Media func(B) string
	// Piece is how many bytes a piece has.
	Piece int
	// None is the error of what is not there, and Full of what is too much.
	None, Full error
}

// RunBlobs tests blobs of a kind.
func RunBlobs[B any](t *testing.T, kind BlobsKind[B]) {
	const plenty = 1 << 40
	const keep = 30 * 24 * time.Hour
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	put := func(t *testing.T, b Blobs[B], board, data string) [32]byte {
		t.Helper()
		hash := sha256.Sum256([]byte(data))
		if err := b.Put(t.Context(), board, hash, "image/png", []byte(data), plenty); err != nil {
			t.Error(err)
		}
		return hash
	}
	has := func(t *testing.T, b Blobs[B], board, data string) {
		t.Helper()
		blob, err := b.Get(t.Context(), board, sha256.Sum256([]byte(data)))
		if err != nil || kind.Size(blob) != int64(len(data)) || kind.Media(blob) != "image/png" {
			t.Errorf("of %.40q on %s there is %+v, %v", data, board, blob, err)
			return
		}
		var got []byte
		for i := 0; len(got) < len(data); i++ {
			piece, err := b.Piece(t.Context(), blob, i)
			if err != nil || len(piece) != min(kind.Piece, len(data)-len(got)) {
				t.Errorf("piece %d of %.40q has %d bytes, %v", i, data, len(piece), err)
				return
			}
			got = append(got, piece...)
		}
		if string(got) != data {
			t.Errorf("%.40q is read as %.40q", data, got)
		}
	}
	hasNot := func(t *testing.T, b Blobs[B], board, data string) {
		t.Helper()
		if blob, err := b.Get(t.Context(), board, sha256.Sum256([]byte(data))); !errors.Is(err, kind.None) {
			t.Errorf("of %.40q on %s there is %+v, %v; want none", data, board, blob, err)
		}
	}
	total := func(t *testing.T, b Blobs[B], n int64, size int) {
		t.Helper()
		if gotN, gotSize, err := b.Total(t.Context()); err != nil || gotN != n || gotSize != int64(size) {
			t.Errorf("there are %d blobs of %d bytes, %v; want %d of %d", gotN, gotSize, err, n, size)
		}
	}
	mentions := func(t *testing.T, b Blobs[B], board string, at time.Time, blobs ...[32]byte) {
		t.Helper()
		all := map[[32]byte]bool{}
		for _, h := range blobs {
			all[h] = true
		}
		if err := b.Mentions(t.Context(), board, all, at, keep); err != nil {
			t.Error(err)
		}
	}
	large := strings.Repeat("a large picture ", 3*kind.Piece/16) + "and its end"

	t.Run("a board reads what it has put, and no other board does", func(t *testing.T) {
		b := kind.Open(t)
		hasNot(t, b, "b", "x")
		for _, data := range []string{"x", large, strings.Repeat("p", kind.Piece), strings.Repeat("q", kind.Piece+1)} {
			put(t, b, "b", data)
			has(t, b, "b", data)
			hasNot(t, b, "c", data)
		}
		hasNot(t, b, "b", "y")
	})
	t.Run("the same bytes are stored once", func(t *testing.T) {
		b := kind.Open(t)
		for _, board := range []string{"b", "c", "b"} {
			put(t, b, board, large)
		}
		total(t, b, 1, len(large))
		has(t, b, "b", large)
		has(t, b, "c", large)
	})
	t.Run("what comes twice at once is stored once", func(t *testing.T) {
		b := kind.Open(t)
		hash := sha256.Sum256([]byte(large))
		done := make(chan error)
		for i := range 8 {
			go func() { done <- b.Put(t.Context(), fmt.Sprint("b", i%3), hash, "image/png", []byte(large), plenty) }()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		total(t, b, 1, len(large))
		has(t, b, "b2", large)
	})
	t.Run("a board has its quota", func(t *testing.T) {
		b := kind.Open(t)
		try := func(board, data string, quota int64) error {
			return b.Put(t.Context(), board, sha256.Sum256([]byte(data)), "image/png", []byte(data), quota)
		}
		if err := try("b", "12345", 8); err != nil {
			t.Error(err)
		}
		if err := try("b", "6789", 8); !errors.Is(err, kind.Full) {
			t.Errorf("over the quota: %v", err)
		}
		hasNot(t, b, "b", "6789")
		if err := try("b", "12345", 8); err != nil {
			t.Errorf("what is there already: %v", err)
		}
		if err := try("b", "678", 8); err != nil {
			t.Errorf("up to the quota: %v", err)
		}
		if err := try("c", "6789", 8); err != nil {
			t.Errorf("another board: %v", err)
		}
		if err := try("b", "6789", 8); !errors.Is(err, kind.Full) {
			t.Errorf("what another board has, over the quota: %v", err)
		}
		hasNot(t, b, "b", "6789")
		total(t, b, 3, 12)
	})
	t.Run("what a board does not mention for long goes", func(t *testing.T) {
		b := kind.Open(t)
		one, two := put(t, b, "b", large), put(t, b, "b", "two")
		put(t, b, "c", "two")
		mentions(t, b, "b", now, one, two)
		mentions(t, b, "b", now.Add(10*keep), two) // the first is missed from here on
		mentions(t, b, "b", now.Add(11*keep-1), two)
		has(t, b, "b", large)
		mentions(t, b, "b", now.Add(11*keep), two)
		hasNot(t, b, "b", large)
		has(t, b, "b", "two")
		total(t, b, 1, 3)
		// One board's is not the other's.
		mentions(t, b, "b", now.Add(12*keep))
		mentions(t, b, "b", now.Add(13*keep))
		hasNot(t, b, "b", "two")
		has(t, b, "c", "two")
		mentions(t, b, "c", now.Add(12*keep))
		mentions(t, b, "c", now.Add(13*keep))
		total(t, b, 0, 0)
		// What has gone may come back.
		put(t, b, "b", large)
		has(t, b, "b", large)
	})
	t.Run("what is mentioned again, or put again, stays", func(t *testing.T) {
		b := kind.Open(t)
		one := put(t, b, "b", "one")
		put(t, b, "b", "two")
		mentions(t, b, "b", now)
		put(t, b, "b", "two")
		mentions(t, b, "b", now.Add(keep/2), one)
		mentions(t, b, "b", now.Add(keep))
		mentions(t, b, "b", now.Add(keep+keep/2-1))
		has(t, b, "b", "one")
		has(t, b, "b", "two")
	})
	t.Run("the boards that use any are listed", func(t *testing.T) {
		b := kind.Open(t)
		var want []string
		for i := range 700 {
			board := fmt.Sprintf("b%03d", i)
			want = append(want, board)
			put(t, b, board, "shared")
		}
		mentions(t, b, "never", now)
		var got []string
		err := b.Boards(t.Context(), func(board string) error {
			got = append(got, board)
			if board == "b001" {
				put(t, b, board, "more") // who lists may write
			}
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d boards are listed, %v; want %d", len(got), err, len(want))
		}
		enough := errors.New("enough")
		if err := b.Boards(t.Context(), func(string) error { return enough }); err != enough {
			t.Errorf("Boards returned %v, want what f has", err)
		}
	})
	t.Run("nothing is no blob", func(t *testing.T) {
		b := kind.Open(t)
		if b.Put(t.Context(), "b", sha256.Sum256(nil), "image/png", nil, plenty) == nil {
			t.Error("a blob of no bytes is stored")
		}
	})
	t.Run("of what failed nothing is stored", func(t *testing.T) {
		b := kind.Open(t)
		one := put(t, b, "b", "one")
		repair := kind.Break(t, b)
		for _, data := range []string{"lost", large} {
			if b.Put(t.Context(), "b", sha256.Sum256([]byte(data)), "image/png", []byte(data), plenty) == nil {
				t.Errorf("%.20q was put into a store that is broken", data)
			}
		}
		repair()
		hasNot(t, b, "b", "lost")
		hasNot(t, b, "b", large)
		has(t, b, "b", "one")
		put(t, b, "b", large)
		has(t, b, "b", large)
		mentions(t, b, "b", now, one)
		total(t, b, 2, len(large)+3)
	})
	if kind.Reopen != nil {
		t.Run("what was put is there after a restart", func(t *testing.T) {
			b := kind.Open(t)
			put(t, b, "b", large)
			put(t, b, "b", "one")
			mentions(t, b, "b", now, sha256.Sum256([]byte(large)))
			b = kind.Reopen(t, b)
			has(t, b, "b", large)
			mentions(t, b, "b", now.Add(keep), sha256.Sum256([]byte(large)))
			hasNot(t, b, "b", "one")
			b = kind.Reopen(t, b)
			has(t, b, "b", large)
			total(t, b, 1, len(large))
		})
	}
	t.Run("what was handed over may be used again", func(t *testing.T) {
		b := kind.Open(t)
		data := []byte("one")
		hash := sha256.Sum256(data)
		if err := b.Put(t.Context(), "b", hash, "image/png", data, plenty); err != nil {
			t.Error(err)
		}
		copy(data, "XXX")
		blob, err := b.Get(t.Context(), "b", hash)
		if err != nil {
			t.Fatal(err)
		}
		piece, err := b.Piece(t.Context(), blob, 0)
		if err != nil || !bytes.Equal(piece, []byte("one")) {
			t.Errorf("read %q, %v", piece, err)
		}
		copy(piece, "YYY")
		has(t, b, "b", "one")
	})
}
