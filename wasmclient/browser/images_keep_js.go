//go:build js

package browser

import (
	"context"
	"errors"
	"sort"
	"syscall/js"
	"time"
)

// A device keeps the bytes of images in the IndexedDB database "edgeboard-blobs",
// apart from the boards, which may be given up without them. It has
//
//	blobs  SHA-256 in hexadecimal -> Uint8Array
//	meta   the same -> {media, size, used: milliseconds since 1970}
//	boards [board, SHA-256] -> 0 a relay has not got it yet, 1 it has
const (
	blobDatabase        = "edgeboard-blobs"
	blobDatabaseVersion = 1
	// keptBlobBytes is how much a device keeps of images that relays have. Those that
	// were not looked at for longest go first.
	keptBlobBytes = 256 << 20
)

// blobShelf is where this device keeps images. One that is nil keeps nothing.
type blobShelf struct{ db js.Value }

func openBlobShelf(ctx context.Context) (_ *blobShelf, err error) {
	defer jsError(&err)
	db, err := openDatabase(ctx, blobDatabase, blobDatabaseVersion, func(db js.Value) {
		for _, name := range []string{"blobs", "meta", "boards"} {
			db.Call("createObjectStore", name)
		}
	})
	if err != nil {
		return nil, err
	}
	s := &blobShelf{db}
	if err := s.evict(ctx); err != nil {
		println("giving up old images:", err.Error())
	}
	return s, nil
}

// write runs one transaction, and returns when it is done.
func (s *blobShelf) write(ctx context.Context, change func(store func(name string) js.Value)) (err error) {
	defer jsError(&err)
	if s == nil {
		return errNoKeeping
	}
	tx := s.db.Call("transaction", []any{"blobs", "meta", "boards"}, "readwrite", map[string]any{"durability": "relaxed"})
	change(func(name string) js.Value { return tx.Call("objectStore", name) })
	return event(ctx, tx, "complete", "abort")
}

// get returns what a store has under a key, undefined if there is nothing.
func (s *blobShelf) get(ctx context.Context, store string, key any) (_ js.Value, err error) {
	defer jsError(&err)
	if s == nil {
		return js.Undefined(), nil
	}
	return answer(ctx, s.db.Call("transaction", store).Call("objectStore", store).Call("get", key))
}

// put keeps an image of a board.
func (s *blobShelf) put(ctx context.Context, board, hash string, b blobBytes, sent bool) error {
	return s.write(ctx, func(store func(string) js.Value) {
		store("blobs").Call("put", toJS(b.data), hash)
		store("meta").Call("put", map[string]any{"media": b.media, "size": len(b.data), "used": time.Now().UnixMilli()}, hash)
		store("boards").Call("put", sentMark(sent), []any{board, hash})
	})
}

func sentMark(sent bool) int {
	if sent {
		return 1
	}
	return 0
}

// mark notes whether the relay has an image of a board.
func (s *blobShelf) mark(ctx context.Context, board, hash string, sent bool) error {
	return s.write(ctx, func(store func(string) js.Value) {
		store("boards").Call("put", sentMark(sent), []any{board, hash})
	})
}

// read returns an image, nothing if the device has not got it, and what is known of
// it on a board.
func (s *blobShelf) read(ctx context.Context, board, hash string) (b blobBytes, sent, marked bool, err error) {
	defer jsError(&err)
	mark, err := s.get(ctx, "boards", []any{board, hash})
	if err != nil {
		return b, false, false, err
	}
	marked = mark.Type() == js.TypeNumber
	sent = marked && mark.Int() == 1
	meta, err := s.get(ctx, "meta", hash)
	if err != nil || !meta.Truthy() {
		return b, sent, marked, err
	}
	data, err := s.get(ctx, "blobs", hash)
	if err != nil || !data.Truthy() {
		return b, sent, marked, err
	}
	b.media = text(meta, "media")
	b.data = make([]byte, data.Length())
	js.CopyBytesToGo(b.data, data)
	meta.Set("used", time.Now().UnixMilli())
	err = s.write(ctx, func(store func(string) js.Value) { store("meta").Call("put", meta, hash) })
	if err != nil {
		println("noting the use of an image:", err.Error()) // which is read all the same
	}
	return b, sent, marked, nil
}

// unsent returns the images of a board that no relay is known to have.
func (s *blobShelf) unsent(ctx context.Context, board string) (hashes []string, err error) {
	defer jsError(&err)
	if s == nil {
		return nil, nil
	}
	store := s.db.Call("transaction", "boards").Call("objectStore", "boards")
	asked, listed := store.Call("getAllKeys", keyRange([]any{board})), store.Call("getAll", keyRange([]any{board}))
	if _, err := answer(ctx, listed); err != nil { // the later one
		return nil, err
	}
	keys, marks := asked.Get("result"), listed.Get("result")
	for i := range keys.Length() {
		if marks.Index(i).Int() == 0 {
			hashes = append(hashes, keys.Index(i).Index(1).String())
		}
	}
	return hashes, nil
}

// evict gives up images if there are too many, but none that a relay may lack.
func (s *blobShelf) evict(ctx context.Context) (err error) {
	defer jsError(&err)
	tx := s.db.Call("transaction", []any{"meta", "boards"})
	meta, boards := tx.Call("objectStore", "meta"), tx.Call("objectStore", "boards")
	hashes, metas, keys, marks := meta.Call("getAllKeys"), meta.Call("getAll"), boards.Call("getAllKeys"), boards.Call("getAll")
	if _, err := answer(ctx, marks); err != nil { // the last of them
		return err
	}
	needed := map[string]bool{}
	of := map[string][]js.Value{}
	for i := range keys.Get("result").Length() {
		key := keys.Get("result").Index(i)
		hash := key.Index(1).String()
		needed[hash] = needed[hash] || marks.Get("result").Index(i).Int() == 0
		of[hash] = append(of[hash], key)
	}
	type kept struct {
		hash string
		size int
		used float64
	}
	var list []kept
	total := 0
	for i := range hashes.Get("result").Length() {
		m := metas.Get("result").Index(i)
		k := kept{hashes.Get("result").Index(i).String(), m.Get("size").Int(), m.Get("used").Float()}
		total += k.size
		list = append(list, k)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].used < list[j].used })
	for _, k := range list {
		if total <= keptBlobBytes {
			break
		}
		if needed[k.hash] {
			continue
		}
		err = errors.Join(err, s.write(ctx, func(store func(string) js.Value) {
			store("blobs").Call("delete", k.hash)
			store("meta").Call("delete", k.hash)
			for _, key := range of[k.hash] {
				store("boards").Call("delete", key)
			}
		}))
		total -= k.size
	}
	return err
}
