package memory_test

import (
	"errors"
	"testing"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/storetest"
)

func TestBlobs(t *testing.T) {
	stores := map[storetest.Blobs[memory.Blob]]*memory.Store{}
	storetest.RunBlobs(t, storetest.BlobsKind[memory.Blob]{
		Open: func(*testing.T) storetest.Blobs[memory.Blob] {
			s := new(memory.Store)
			b := s.Blobs()
			stores[b] = s
			return b
		},
		Break: func(_ *testing.T, b storetest.Blobs[memory.Blob]) func() {
			stores[b].Fail(errors.New("disk full"))
			return func() { stores[b].Fail(nil) }
		},
		Size:  func(b memory.Blob) int64 { return b.Size },
		Media: func(b memory.Blob) string { return b.Media },
		Piece: memory.BlobPiece, None: memory.ErrNoBlob, Full: memory.ErrBlobsFull,
	})
}
