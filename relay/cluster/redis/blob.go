package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"edgeboard/relay/cluster"
)

// manifest reads where a blob's chunks are: the name of their upload, a space, and the
// size of all.
func (e *Engine) manifest(ctx context.Context, name string) (text string, chunks []string, size int64, err error) {
	text, err = call(ctx, e, func(ctx context.Context, c rueidis.Client) (string, error) {
		return c.Do(ctx, c.B().Get().Key(e.keys.manifest(name)).Build()).ToString()
	})
	if rueidis.IsRedisNil(err) {
		return "", nil, 0, cluster.ErrNoBlob
	}
	if err != nil {
		return "", nil, 0, fmt.Errorf("blob %s: %w", name, err)
	}
	upload, length, ok := strings.Cut(text, " ")
	size, err = strconv.ParseInt(length, 10, 64)
	if !ok || err != nil || size < 0 || size > maxWhole {
		return "", nil, 0, fmt.Errorf("blob %s: %s in redis has %.100q: let nothing else write there", name, e.keys.manifest(name), text)
	}
	return text, e.keys.chunks("blob."+name, upload, size), size, nil
}

// PutBlob is as in [cluster.Engine].
func (e *Engine) PutBlob(ctx context.Context, name string, r io.Reader) error {
	if _, _, _, err := e.manifest(ctx, name); !errors.Is(err, cluster.ErrNoBlob) {
		return err
	}
	upload := rand.Text()
	var keys []string
	var size int64
	for {
		data := make([]byte, chunk)
		n, err := io.ReadFull(r, data)
		if n > 0 {
			key := e.keys.of("blob."+name, upload+":"+strconv.Itoa(len(keys)))
			if err := e.putChunk(ctx, key, rueidis.BinaryString(data[:n])); err != nil {
				return fmt.Errorf("put blob %s: %w", name, err)
			}
			keys = append(keys, key)
		}
		if size += int64(n); size > maxWhole {
			return fmt.Errorf("put blob %s: it has more than %d bytes", name, maxWhole)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return fmt.Errorf("put blob %s: %w", name, err)
		}
	}
	put, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) (int64, error) {
		all := append([]string{e.keys.manifest(name)}, keys...)
		return blobScript.Exec(ctx, c, all, []string{upload + " " + strconv.FormatInt(size, 10)}).AsInt64()
	})
	if err == nil && put < 0 {
		err = fmt.Errorf("to upload its %d bytes took more than %d s, and the first are gone", size, uploading)
	}
	if err != nil {
		return fmt.Errorf("put blob %s: %w", name, err)
	}
	return nil
}

// Blob is as in [cluster.Engine].
func (e *Engine) Blob(ctx context.Context, name string) (io.ReadCloser, error) {
	_, chunks, size, err := e.manifest(ctx, name)
	if err != nil {
		return nil, err
	}
	return &blob{e: e, ctx: ctx, name: name, chunks: chunks, left: size}, nil
}

// blob reads the chunks one after the other.
type blob struct {
	e      *Engine
	ctx    context.Context
	name   string
	chunks []string
	left   int64
	data   []byte
}

func (b *blob) Read(p []byte) (int, error) {
	if len(b.data) == 0 {
		if b.left == 0 {
			return 0, io.EOF
		}
		data, err := b.e.chunk(b.ctx, b.chunks[0])
		if err != nil {
			return 0, fmt.Errorf("blob %s: %w", b.name, err)
		}
		if int64(len(data)) != min(b.left, chunk) {
			return 0, fmt.Errorf("blob %s: %s in redis has %d bytes, want %d: let nothing else write there", b.name, b.chunks[0], len(data), min(b.left, chunk))
		}
		b.data, b.chunks, b.left = data, b.chunks[1:], b.left-int64(len(data))
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

func (b *blob) Close() error {
	b.left, b.data = 0, nil
	return nil
}

// DropBlob is as in [cluster.Engine].
func (e *Engine) DropBlob(ctx context.Context, name string) error {
	text, chunks, _, err := e.manifest(ctx, name)
	if errors.Is(err, cluster.ErrNoBlob) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = call(ctx, e, func(ctx context.Context, c rueidis.Client) (int64, error) {
		keys := append([]string{e.keys.manifest(name)}, chunks...)
		return dropScript.Exec(ctx, c, keys, []string{text, strconv.Itoa(leaving)}).AsInt64()
	})
	if err != nil {
		return fmt.Errorf("drop blob %s: %w", name, err)
	}
	return nil
}
