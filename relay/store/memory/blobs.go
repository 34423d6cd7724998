package memory

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Errors of blobs that a caller may want to tell from others.
var (
	ErrNoBlob    = errors.New("the board has no such blob")
	ErrBlobsFull = errors.New("the board has as many blobs as it may have")
)

// BlobPiece is how many bytes all pieces of a blob have but the last.
const BlobPiece = 256 << 10

// Hash is the SHA-256 of a blob, which is its name.
type Hash = [32]byte

// Blob is what is known of one.
type Blob struct {
	Hash  Hash
	Media string // type
	Size  int64  // bytes
}

// Blobs are what boards show and the document has only the name of.
type Blobs struct{ store *Store }

// Blobs returns those of the store.
func (s *Store) Blobs() *Blobs { return &Blobs{s} }

// keptBlob is a blob, and which boards use it.
type keptBlob struct {
	media string
	data  []byte
	uses  map[string]time.Time // since when the board does not mention it; zero: it may
}

// Put stores a blob, if it is not stored yet, and that a board uses it. All that a
// board uses may have quota bytes: ErrBlobsFull.
func (b *Blobs) Put(_ context.Context, board string, hash Hash, media string, data []byte, quota int64) error {
	if len(data) == 0 {
		return fmt.Errorf("storing a blob of no bytes: %w", ErrTooLarge)
	}
	return b.change(func(s *Store) error {
		if s.blobs == nil {
			s.blobs = map[Hash]*keptBlob{}
		}
		k := s.blobs[hash]
		if k != nil {
			if _, ok := k.uses[board]; ok {
				k.uses[board] = time.Time{}
				return nil
			}
		}
		size := int64(len(data))
		for _, k := range s.blobs {
			if _, ok := k.uses[board]; ok {
				size += int64(len(k.data))
			}
		}
		if size > quota {
			return ErrBlobsFull
		}
		if k == nil {
			k = &keptBlob{media, bytes.Clone(data), map[string]time.Time{}}
			s.blobs[hash] = k
		}
		k.uses[board] = time.Time{}
		return nil
	})
}

// Mentions says which blobs the document of a board mentions now. A use of
// another is forgotten if it was not mentioned before either, by keep or longer
// ago; and with the last use of a blob the blob.
func (b *Blobs) Mentions(_ context.Context, board string, blobs map[Hash]bool, now time.Time, keep time.Duration) error {
	return b.change(func(s *Store) error {
		for hash, k := range s.blobs {
			missed, ok := k.uses[board]
			switch {
			case !ok:
			case blobs[hash]:
				k.uses[board] = time.Time{}
			case missed.IsZero():
				k.uses[board] = now
			case now.Sub(missed) >= keep:
				delete(k.uses, board)
				if len(k.uses) == 0 {
					delete(s.blobs, hash)
				}
			}
		}
		return nil
	})
}

// change runs f under the lock, unless Fail says otherwise, and waits for it.
func (b *Blobs) change(f func(*Store) error) error {
	result := make(chan error, 1)
	var refused error
	b.store.change(func(err error) { result <- err }, func(s *Store) { refused = f(s) })
	if err := <-result; err != nil {
		return err
	}
	return refused
}

// Get returns what is known of a blob that a board uses, or ErrNoBlob.
func (b *Blobs) Get(_ context.Context, board string, hash Hash) (Blob, error) {
	s := b.store
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.blobs[hash]
	if k == nil || s.fail != nil {
		return Blob{}, cmp.Or(s.fail, ErrNoBlob)
	}
	if _, ok := k.uses[board]; !ok {
		return Blob{}, ErrNoBlob
	}
	return Blob{hash, k.media, int64(len(k.data))}, nil
}

// Piece returns piece i of a blob that Get has returned: bytes from i*BlobPiece on.
// ErrNoBlob: it was removed since.
func (b *Blobs) Piece(_ context.Context, blob Blob, i int) ([]byte, error) {
	s := b.store
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.blobs[blob.Hash]
	if k == nil || s.fail != nil || i < 0 || i > len(k.data)/BlobPiece {
		return nil, cmp.Or(s.fail, ErrNoBlob)
	}
	rest := k.data[i*BlobPiece:]
	return bytes.Clone(rest[:min(BlobPiece, len(rest))]), nil
}

// Boards calls f with the boards that use blobs, in the order of their names, until
// f returns an error, which Boards then returns.
func (b *Blobs) Boards(_ context.Context, f func(board string) error) error {
	s := b.store
	s.mu.Lock()
	all := map[string]bool{}
	for _, k := range s.blobs {
		for board := range k.uses {
			all[board] = true
		}
	}
	err := s.fail
	s.mu.Unlock()
	for _, board := range slices.Sorted(maps.Keys(all)) {
		if err == nil {
			err = f(board)
		}
	}
	return err
}

// Total returns how many blobs are stored, and their bytes.
func (b *Blobs) Total(context.Context) (n, size int64, err error) {
	s := b.store
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.blobs {
		n++
		size += int64(len(k.data))
	}
	return n, size, s.fail
}
