package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/rueidis"

	"edgeboard/relay/cluster"
)

const (
	// chunk is how many bytes of a snapshot or a blob are in one value: a larger one would
	// keep Redis from all else for as long as it takes.
	chunk = 1 << 20
	// maxWhole is the largest snapshot or blob that is read: beyond it what says its size
	// is not ours.
	maxWhole = 1 << 30
	// uploading is how many seconds the chunks of what never came to be are kept, and
	// leaving how many those of what was replaced, for who still reads it.
	uploading = 600
	leaving   = 60
)

// chunks returns the keys of something's chunks.
func (k keys) chunks(thing, upload string, size int64) []string {
	list := make([]string, 0, (size+chunk-1)/chunk)
	for i := range (size + chunk - 1) / chunk {
		list = append(list, k.of(thing, upload+":"+strconv.FormatInt(i, 10)))
	}
	return list
}

// putChunk stores a chunk that is gone after a time, if nothing keeps it.
func (e *Engine) putChunk(ctx context.Context, key, data string) error {
	_, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) (any, error) {
		return nil, c.Do(ctx, c.B().Set().Key(key).Value(data).ExSeconds(uploading).Build()).Error()
	})
	return err
}

// chunk reads one.
func (e *Engine) chunk(ctx context.Context, key string) ([]byte, error) {
	return call(ctx, e, func(ctx context.Context, c rueidis.Client) ([]byte, error) {
		return c.Do(ctx, c.B().Get().Key(key).Build()).AsBytes()
	})
}

// Snapshot is as in [cluster.Engine].
func (e *Engine) Snapshot(ctx context.Context, log string) (cluster.Snapshot, error) {
	// One that is replaced while it is read goes on to be there for a minute. Where that
	// is not enough the new one is read.
	for try := 0; ; try++ {
		s, err := e.snapshot(ctx, log)
		if rueidis.IsRedisNil(err) && try < 3 {
			continue
		}
		if err != nil {
			return cluster.Snapshot{}, fmt.Errorf("the snapshot of %s: %w", log, err)
		}
		return s, nil
	}
}

func (e *Engine) snapshot(ctx context.Context, log string) (s cluster.Snapshot, err error) {
	has, err := e.held(ctx, log)
	if err != nil {
		return s, err
	}
	s.Revision, s.Through = has.revision, has.through
	if has.size == 0 {
		return s, nil
	}
	s.Data = make([]byte, 0, has.size)
	for _, key := range has.chunks {
		data, err := e.chunk(ctx, key)
		if err != nil {
			return s, fmt.Errorf("%s: %w", key, err)
		}
		if len(s.Data)+len(data) > int(has.size) {
			return s, fmt.Errorf("%s in redis has other data than was stored: let nothing else write there", key)
		}
		s.Data = append(s.Data, data...)
	}
	if len(s.Data) != int(has.size) {
		return s, fmt.Errorf("it has %d bytes in redis, of %d: let nothing else write there", len(s.Data), has.size)
	}
	return s, nil
}

// held is what a log's state says of its snapshot.
type held struct {
	revision, through uint64
	size              int64
	chunks            []string
}

func (e *Engine) held(ctx context.Context, log string) (h held, err error) {
	texts, err := e.texts(ctx, log, "revision", "through", "snapshot", "size")
	if err != nil || texts[0] == "" {
		return h, err
	}
	var err1, err2, err3 error
	h.revision, err1 = strconv.ParseUint(texts[0], 10, 64)
	h.through, err2 = strconv.ParseUint(texts[1], 10, 64)
	h.size, err3 = strconv.ParseInt(texts[3], 10, 64)
	if errors.Join(err1, err2, err3) != nil || h.size < 0 || h.size > maxWhole {
		return held{}, fmt.Errorf("%s in redis says %.100q of it: let nothing else write there", e.keys.state(log), texts)
	}
	h.chunks = e.keys.chunks(log, texts[2], h.size)
	return h, nil
}

// PutSnapshot is as in [cluster.Engine].
func (e *Engine) PutSnapshot(ctx context.Context, log string, s cluster.Snapshot) error {
	err := e.putSnapshot(ctx, log, s)
	if err != nil && !errors.Is(err, cluster.ErrConflict) {
		return fmt.Errorf("put a snapshot of %s: %w", log, err)
	}
	return err
}

func (e *Engine) putSnapshot(ctx context.Context, log string, s cluster.Snapshot) error {
	if len(s.Data) > maxWhole {
		return fmt.Errorf("it has %d bytes, of at most %d", len(s.Data), maxWhole)
	}
	was, err := e.held(ctx, log)
	if err != nil {
		return err
	}
	if was.revision != s.Revision {
		return cluster.ErrConflict
	}
	upload := rand.Text()
	keys := e.keys.chunks(log, upload, int64(len(s.Data)))
	for i, key := range keys {
		// A copy: a call that has failed may still be sent, and the data is the caller's.
		data := string(s.Data[i*chunk : min((i+1)*chunk, len(s.Data))])
		if err := e.putChunk(ctx, key, data); err != nil {
			return err
		}
	}
	all := append([]string{e.keys.state(log), e.keys.entries(log)}, keys...)
	arguments := []string{
		strconv.FormatUint(s.Revision, 10), strconv.FormatUint(s.Through, 10), upload,
		strconv.Itoa(len(s.Data)), strconv.Itoa(len(keys)), strconv.Itoa(leaving),
	}
	switched, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) (int64, error) {
		return switchScript.Exec(ctx, c, append(all, was.chunks...), arguments).AsInt64()
	})
	switch {
	case err != nil:
		return err
	case switched == 0:
		return cluster.ErrConflict
	case switched < 0:
		return fmt.Errorf("to upload its %d bytes took more than %d s, and the first are gone", len(s.Data), uploading)
	}
	if log == cluster.Journal {
		if err := e.forget(ctx, log, s.Through); err != nil {
			e.log.Warn("keys of entries that were trimmed are still remembered; the next snapshot has them forgotten", "log", log, "error", err)
		}
	}
	return nil
}

// forgetStep is how many keys are looked at by one command: about, as Redis likes.
const forgetStep = 500

// forget forgets where the last entries of keys stood that were trimmed. An entry may be
// appended meanwhile.
func (e *Engine) forget(ctx context.Context, log string, through uint64) error {
	name := e.keys.positions(log)
	for cursor := uint64(0); ; {
		page, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) (rueidis.ScanEntry, error) {
			return c.Do(ctx, c.B().Hscan().Key(name).Cursor(cursor).Count(forgetStep).Build()).AsScanEntry()
		})
		if err != nil {
			return err
		}
		var over []string
		for pair := range slices.Chunk(page.Elements, 2) {
			if len(pair) < 2 {
				break
			}
			if at, err := strconv.ParseUint(pair[1], 10, 64); err == nil && at <= through {
				over = append(over, pair...)
			}
		}
		if len(over) > 0 {
			_, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) (int64, error) {
				return forgetScript.Exec(ctx, c, []string{name}, over).AsInt64()
			})
			if err != nil {
				return err
			}
		}
		if cursor = page.Cursor; cursor == 0 {
			return nil
		}
	}
}
