package nats

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"edgeboard/relay/cluster"
)

// Blobs are in an object store, as every tool of NATS reads and writes one. They are read
// by direct gets and not by the library, which makes a consumer for each and waits for
// seconds where a connection is lost.

// blobTime is how long storing a blob may take.
const blobTime = 10 * time.Minute

// object is what the last message of a blob's name says.
type object struct {
	NUID    string `json:"nuid"`
	Size    int64  `json:"size"`
	Deleted bool   `json:"deleted"`
}

func (e *Engine) objects(ctx context.Context) (jetstream.ObjectStore, error) {
	if err := e.reached(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.blobs, nil
}

// object looks for a blob.
func (e *Engine) object(ctx context.Context, name string) (object, error) {
	m, err := e.lastOf(ctx, "OBJ_"+e.bucket(), "$O."+e.bucket()+".M."+base64.URLEncoding.EncodeToString([]byte(name)))
	if err != nil {
		return object{}, err
	}
	if m == nil {
		return object{}, cluster.ErrNoBlob
	}
	var o object
	if err := json.Unmarshal(m.data, &o); err != nil {
		return object{}, fmt.Errorf("%w: blob %s", errForeign, name)
	}
	if o.Deleted {
		return object{}, cluster.ErrNoBlob
	}
	return o, nil
}

// PutBlob is as in [cluster.Engine].
func (e *Engine) PutBlob(ctx context.Context, name string, r io.Reader) error {
	if _, err := e.object(ctx, name); !errors.Is(err, cluster.ErrNoBlob) {
		return err
	}
	store, err := e.objects(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, blobTime)
	defer cancel()
	if _, err := store.Put(ctx, jetstream.ObjectMeta{Name: name}, r); err != nil {
		return fmt.Errorf("nats: storing blob %s: %w", name, err)
	}
	return nil
}

// Blob is as in [cluster.Engine]. A blob that is dropped while it is read ends with an error.
func (e *Engine) Blob(ctx context.Context, name string) (io.ReadCloser, error) {
	o, err := e.object(ctx, name)
	if err != nil {
		return nil, err
	}
	return &blobReader{e: e, ctx: ctx, name: name, nuid: o.NUID, left: o.Size, from: 1}, nil
}

// DropBlob is as in [cluster.Engine].
func (e *Engine) DropBlob(ctx context.Context, name string) error {
	if _, err := e.object(ctx, name); errors.Is(err, cluster.ErrNoBlob) {
		return nil
	} else if err != nil {
		return err
	}
	store, err := e.objects(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cluster.CallTimeout)
	defer cancel()
	if err := store.Delete(ctx, name); err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return fmt.Errorf("nats: dropping blob %s: %w", name, err)
	}
	return nil
}

// blobReader reads a blob in parts of batchBytes.
type blobReader struct {
	e          *Engine
	ctx        context.Context
	name, nuid string
	left       int64 // that was not fetched
	from       uint64
	held       []message
	waited     time.Time // since when nothing came
}

func (r *blobReader) Read(p []byte) (int, error) {
	for {
		if len(r.held) > 0 {
			n := copy(p, r.held[0].data)
			if r.held[0].data = r.held[0].data[n:]; len(r.held[0].data) == 0 {
				r.held = r.held[1:]
			}
			return n, nil
		}
		if r.left == 0 {
			return 0, io.EOF
		}
		list, err := r.e.batch(r.ctx, "OBJ_"+r.e.bucket(), "$O."+r.e.bucket()+".C."+r.nuid, r.from)
		if err != nil {
			return 0, err
		}
		if len(list) > 0 {
			r.waited = time.Time{}
		}
		for _, m := range list {
			if r.left -= int64(len(m.data)); len(m.data) > 0 {
				r.held = append(r.held, m)
			}
			r.from = m.seq + 1
		}
		switch {
		case r.left < 0:
			return 0, fmt.Errorf("nats: blob %s is larger than it was said to be", r.name)
		case len(list) > 0:
		case r.waited.IsZero():
			r.waited = time.Now()
		case time.Since(r.waited) > cluster.CallTimeout:
			return 0, fmt.Errorf("nats: blob %s is not whole: it was dropped", r.name)
		default:
			select {
			case <-r.ctx.Done():
				return 0, r.ctx.Err()
			case <-time.After(5 * time.Millisecond): // A server may be behind the leader.
			}
		}
	}
}

func (r *blobReader) Close() error { r.left, r.held = 0, nil; return nil }
