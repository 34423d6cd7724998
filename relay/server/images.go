package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"edgeboard/relay/auth"
	"edgeboard/relay/cluster"
	"edgeboard/relay/store/sqlite"
)

// images keeps what boards show: sqlite.Blobs, or one that other relays share.
type images interface {
	Put(ctx context.Context, board string, hash sqlite.Hash, media string, data []byte, quota int64) error
	Get(ctx context.Context, board string, hash sqlite.Hash) (sqlite.Blob, error)
	Piece(ctx context.Context, b sqlite.Blob, i int) ([]byte, error)
	Mentions(ctx context.Context, board string, blobs map[sqlite.Hash]bool, now time.Time, keep time.Duration) error
	Boards(ctx context.Context, f func(board string) error) error
	Total(ctx context.Context) (n, size int64, err error)
}

// sharedImages are the images of a cluster. A relay stores one that it is sent, and gives
// it to the engine, with a record that the board shows it. One that it does not have it
// gets from there when somebody asks for it, if there is that record, and keeps it. What
// the engine could not be given is sent later: it is noted, before it is acknowledged.
//
// The engine keeps an image for good: that no board of any relay shows it cannot be seen
// from one.
type sharedImages struct {
	*sqlite.Blobs
	engine  cluster.Engine
	records auth.Records // of the cluster
	own     auth.Records // of this relay
	log     *slog.Logger
	getting singleflight.Group
}

// Kinds of records.
const (
	ofImages = "image"         // board/hash: shown
	ofUnsent = "cluster-image" // the relay's own, board/hash: the engine lacks it
)

// shown says that a board shows an image.
type shown struct {
	Media string `json:"media"`
}

func imageKey(board string, hash sqlite.Hash) string {
	return board + "/" + hex.EncodeToString(hash[:])
}

func parseImageKey(key string) (board string, hash sqlite.Hash, ok bool) {
	board, digits, ok := strings.Cut(key, "/")
	n, err := hex.Decode(hash[:], []byte(digits[:min(len(digits), 2*len(hash))]))
	return board, hash, ok && err == nil && n == len(hash) && len(digits) == 2*n
}

// Put stores an image here and for the other relays.
func (s *sharedImages) Put(ctx context.Context, board string, hash sqlite.Hash, media string, data []byte, quota int64) error {
	if err := s.Blobs.Put(ctx, board, hash, media, data, quota); err != nil {
		return err
	}
	err := s.share(ctx, board, hash, media, bytes.NewReader(data))
	if err == nil {
		return nil
	}
	s.log.Warn("an image is on this relay alone for now", "board", board, "err", err)
	note, err := json.Marshal(shown{media})
	if err == nil {
		err = s.own.Put(context.WithoutCancel(ctx), ofUnsent, imageKey(board, hash), note, time.Time{})
	}
	return err
}

// share gives an image to the engine, and then says so: who finds the record finds the
// image.
func (s *sharedImages) share(ctx context.Context, board string, hash sqlite.Hash, media string, data io.Reader) error {
	if err := s.engine.PutBlob(ctx, hex.EncodeToString(hash[:]), data); err != nil {
		return err
	}
	record, err := json.Marshal(shown{media})
	if err == nil {
		err = s.records.Put(ctx, ofImages, imageKey(board, hash), record, time.Time{})
	}
	return err
}

// Get returns what is known of an image that a board shows, and gets it from the engine
// if it is not here.
func (s *sharedImages) Get(ctx context.Context, board string, hash sqlite.Hash) (sqlite.Blob, error) {
	b, err := s.Blobs.Get(ctx, board, hash)
	if !errors.Is(err, sqlite.ErrNoBlob) {
		return b, err
	}
	key := imageKey(board, hash)
	record, e := s.records.Get(ctx, ofImages, key)
	if e != nil || record == nil {
		return b, cmp.Or(e, err)
	}
	var is shown
	if err := json.Unmarshal(record, &is); err != nil {
		return b, fmt.Errorf("reading the record of image %s: %w", key, err)
	}
	// Many ask at once when it is new.
	got := s.getting.DoChan(key, func() (any, error) { return nil, s.get(context.WithoutCancel(ctx), board, hash, is.Media) })
	select {
	case r := <-got:
		if r.Err != nil {
			return b, r.Err
		}
	case <-ctx.Done():
		return b, ctx.Err()
	}
	return s.Blobs.Get(ctx, board, hash)
}

// fetchTime is how long an image may take from the engine.
const fetchTime = time.Minute

// get gets an image from the engine.
func (s *sharedImages) get(ctx context.Context, board string, hash sqlite.Hash, media string) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	r, err := s.engine.Blob(ctx, hex.EncodeToString(hash[:]))
	if errors.Is(err, cluster.ErrNoBlob) {
		err = errors.Join(err, sqlite.ErrNoBlob)
	}
	if err != nil {
		return fmt.Errorf("getting image %x from the other relays: %w", hash, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, sqlite.MaxBlob+1))
	err = errors.Join(err, r.Close())
	if err == nil && sha256.Sum256(data) != hash {
		err = errors.New("it is garbled")
	}
	if err == nil {
		// That there is room for it was seen where it was taken.
		err = s.Blobs.Put(ctx, board, hash, media, data, math.MaxInt64)
	}
	if err != nil {
		return fmt.Errorf("getting image %x from the other relays: %w", hash, err)
	}
	return nil
}

// resend gives the engine what it could not be given before.
func (s *sharedImages) resend(ctx context.Context) error {
	var keys []string
	media := map[string]string{}
	err := s.own.List(ctx, ofUnsent, "", func(key string, value []byte) error {
		var is shown
		if err := json.Unmarshal(value, &is); err != nil {
			return fmt.Errorf("reading the note of image %s: %w", key, err)
		}
		keys, media[key] = append(keys, key), is.Media
		return nil
	})
	for _, key := range keys {
		board, hash, ok := parseImageKey(key)
		if err != nil || !ok {
			break
		}
		var b sqlite.Blob
		if b, err = s.Blobs.Get(ctx, board, hash); err == nil {
			err = s.share(ctx, board, hash, media[key], &pieces{ctx: ctx, of: s.Blobs, blob: b})
		}
		if err == nil || errors.Is(err, sqlite.ErrNoBlob) { // removed meanwhile
			err = s.own.Put(ctx, ofUnsent, key, nil, time.Time{})
		}
	}
	return err
}

// pieces reads a blob.
type pieces struct {
	ctx  context.Context
	of   *sqlite.Blobs
	blob sqlite.Blob
	next int
	rest []byte
}

func (p *pieces) Read(b []byte) (n int, err error) {
	if len(p.rest) == 0 {
		if int64(p.next)*sqlite.BlobPiece >= p.blob.Size {
			return 0, io.EOF
		}
		if p.rest, err = p.of.Piece(p.ctx, p.blob, p.next); err != nil {
			return 0, err
		}
		p.next++
	}
	n = copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
