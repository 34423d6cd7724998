package server

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/store/sqlite"
	"edgeboard/shared/wire"
)

// versions are what boards were and has a name: those of sqlite.Store, or those that
// other relays share.
type versions interface {
	Versions(ctx context.Context, board string, version func(id, at, when int64, name, author string) error) error
	Version(ctx context.Context, board string, id int64) (at int64, snapshot []byte, err error)
	PutVersion(ctx context.Context, board string, at int64, name, author string, snapshot []byte) (id, when int64, err error)
	RemoveVersion(ctx context.Context, board string, id int64) error
}

// sharedVersions are those of a cluster: a record says what there is, and the snapshot
// goes the way of images. Where it stands in the past of a board, which is each relay's
// own, says the time at which it was named.
type sharedVersions struct {
	records auth.Records // of the cluster
	images  *sharedImages
	span    func(ctx context.Context, board string, moment func(at, when int64) error) (from, upto int64, err error)
}

const (
	ofVersions  = "version"          // board/id: sharedVersion
	versionType = "application/gzip" // of the snapshot
)

type sharedVersion struct {
	Name   string `json:"name"`
	Author string `json:"author"`
	When   int64  `json:"when"` // milliseconds since 1970 UTC
	Hash   string `json:"hash"` // of the snapshot, packed
	id     int64
}

func versionKey(board string, id int64) string { return board + "/" + strconv.FormatInt(id, 10) }

func (s *sharedVersions) list(ctx context.Context, board string) (list []sharedVersion, err error) {
	err = s.records.List(ctx, ofVersions, board+"/", func(key string, value []byte) error {
		var v sharedVersion
		_, number, _ := strings.Cut(key, "/")
		id, err := strconv.ParseInt(number, 10, 64)
		if err == nil {
			err = json.Unmarshal(value, &v)
		}
		if err != nil {
			return fmt.Errorf("reading version %q: %w", key, err)
		}
		v.id = id
		list = append(list, v)
		return nil
	})
	slices.SortFunc(list, func(a, b sharedVersion) int { return cmp.Or(cmp.Compare(a.When, b.When), cmp.Compare(a.id, b.id)) })
	return list, err
}

// Versions is as that of sqlite.Store.
func (s *sharedVersions) Versions(ctx context.Context, board string, version func(id, at, when int64, name, author string) error) error {
	list, err := s.list(ctx, board)
	if err != nil || len(list) == 0 {
		return err
	}
	at := make([]int64, len(list)) // after how many updates of those that are known here
	_, _, err = s.span(ctx, board, func(n, when int64) error {
		for i := len(list) - 1; i >= 0 && when <= list[i].When; i-- {
			at[i] = n
		}
		return nil
	})
	for i, v := range list {
		if err != nil {
			break
		}
		err = version(v.id, at[i], v.When, v.Name, v.Author)
	}
	return err
}

// Version is as that of sqlite.Store; at is not known.
func (s *sharedVersions) Version(ctx context.Context, board string, id int64) (at int64, snapshot []byte, err error) {
	value, err := s.records.Get(ctx, ofVersions, versionKey(board, id))
	if err != nil || value == nil {
		return 0, nil, err
	}
	var v sharedVersion
	var hash sqlite.Hash
	if err = json.Unmarshal(value, &v); err == nil {
		_, err = hex.Decode(hash[:], []byte(v.Hash[:min(len(v.Hash), 2*len(hash))]))
	}
	var b sqlite.Blob
	if err == nil {
		b, err = s.images.Get(ctx, board, hash)
	}
	if err == nil {
		snapshot, err = unpack(&pieces{ctx: ctx, of: s.images.Blobs, blob: b})
	}
	if err != nil {
		return 0, nil, fmt.Errorf("reading version %d of board %q: %w", id, board, err)
	}
	return 0, snapshot, nil
}

// unpack reads a snapshot.
func unpack(r io.Reader) ([]byte, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(z, wire.MaxSnapshot+1))
	if err == nil && len(b) > wire.MaxSnapshot {
		err = errors.New("the snapshot is too large")
	}
	return b, err
}

// PutVersion is as that of sqlite.Store.
func (s *sharedVersions) PutVersion(ctx context.Context, board string, _ int64, name, author string, snapshot []byte) (id, when int64, err error) {
	list, err := s.list(ctx, board)
	switch {
	case err != nil:
		return 0, 0, err
	case len(list) >= sqlite.MaxVersions:
		return 0, 0, sqlite.ErrTooMany
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(snapshot)
	if err = errors.Join(err, z.Close()); err != nil {
		return 0, 0, err
	}
	hash := sha256.Sum256(b.Bytes())
	// It is counted as a version, and not as an image.
	if err = s.images.Put(ctx, board, hash, versionType, b.Bytes(), maxVersionBytes); err != nil {
		return 0, 0, fmt.Errorf("naming a version of board %q: %w", board, err)
	}
	v := sharedVersion{Name: name, Author: author, When: time.Now().UnixMilli(), Hash: hex.EncodeToString(hash[:])}
	id = 1 + rand.Int64N(1<<53-1)
	record, err := json.Marshal(v)
	if err == nil {
		err = s.records.Put(ctx, ofVersions, versionKey(board, id), record, time.Time{})
	}
	if err != nil {
		return 0, 0, fmt.Errorf("naming a version of board %q: %w", board, err)
	}
	return id, v.When, nil
}

// maxVersionBytes is what images and versions of a board may take together when one is
// named.
const maxVersionBytes = 1 << 30

// RemoveVersion is as that of sqlite.Store.
func (s *sharedVersions) RemoveVersion(ctx context.Context, board string, id int64) error {
	return s.records.Put(ctx, ofVersions, versionKey(board, id), nil, time.Time{})
}
