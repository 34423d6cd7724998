package blob

import (
	"context"
	"encoding/hex"
	"fmt"

	"edgeboard/shared/board"
)

// Store is what is needed of a store: boards as they are stored, and their named
// versions.
type Store interface {
	// Since is as that of still.Store.
	Since(ctx context.Context, board, position string, snapshot, update func(data []byte) error) (string, error)
	// Versions tells of the versions of a board that have a name; f may not read.
	Versions(ctx context.Context, board string, f func(id, at, when int64, name, author string) error) error
	// Version returns the snapshot of one, nil if it was removed.
	Version(ctx context.Context, board string, id int64) (at int64, snapshot []byte, err error)
}

// Mentioned returns the blobs that a board mentions, as it is stored, or one of its
// named versions. Elements that are deleted count: a deletion can be undone.
func Mentioned(ctx context.Context, store Store, name string) (map[[32]byte]bool, error) {
	all := map[[32]byte]bool{}
	add := func(b *board.Board) {
		for e := range b.AllElements() {
			if hash, ok := ParseHash(e.Get(board.KeyBlob).Str()); ok {
				all[hash] = true
			}
		}
	}
	b := board.New(0)
	snapshot := func(data []byte) (err error) {
		b, err = board.Load(0, data)
		return err
	}
	_, err := store.Since(ctx, name, "", snapshot, func(data []byte) error { return b.Apply(data) })
	if err != nil {
		return nil, fmt.Errorf("reading the blobs of board %q: %w", name, err)
	}
	add(b)
	var ids []int64
	err = store.Versions(ctx, name, func(id, _, _ int64, _, _ string) error { ids = append(ids, id); return nil })
	for _, id := range ids {
		if err != nil {
			break
		}
		var data []byte
		if _, data, err = store.Version(ctx, name, id); err != nil || data == nil {
			continue
		}
		var b *board.Board
		if b, err = board.Load(0, data); err == nil {
			add(b)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the blobs of the versions of board %q: %w", name, err)
	}
	return all, nil
}

// ParseHash reads a name of a blob: 64 digits, in lower case, so that each has one.
func ParseHash(name string) (hash [32]byte, ok bool) {
	if len(name) != 2*len(hash) {
		return hash, false
	}
	for i := range len(name) {
		if c := name[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return hash, false
		}
	}
	_, err := hex.Decode(hash[:], []byte(name))
	return hash, err == nil
}
