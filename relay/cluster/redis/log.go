package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"edgeboard/relay/cluster"
)

// Of a page of entries that is read at once: it is to have pageBytes, by what those before
// it had.
const (
	firstPage = 16
	maxPage   = 1000
	pageBytes = 1 << 20
)

// numbers reads fields of a log's state; what is not there is 0.
func (e *Engine) numbers(ctx context.Context, log string, fields ...string) ([]uint64, error) {
	texts, err := e.texts(ctx, log, fields...)
	if err != nil {
		return nil, err
	}
	list := make([]uint64, len(texts))
	for i, text := range texts {
		if text == "" {
			continue
		}
		if list[i], err = strconv.ParseUint(text, 10, 64); err != nil {
			return nil, fmt.Errorf("%s in redis has %q as %s, which is no number: let nothing else write there", e.keys.state(log), text, fields[i])
		}
	}
	return list, nil
}

func (e *Engine) texts(ctx context.Context, log string, fields ...string) ([]string, error) {
	return call(ctx, e, func(ctx context.Context, c rueidis.Client) ([]string, error) {
		return c.Do(ctx, c.B().Hmget().Key(e.keys.state(log)).Field(fields...).Build()).AsStrSlice()
	})
}

// Read is as in [cluster.Engine].
func (e *Engine) Read(ctx context.Context, log string, after uint64, f func(cluster.Entry) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	state, err := e.numbers(ctx, log, "trimmed", "last")
	if err != nil {
		return fmt.Errorf("read %s: %w", log, err)
	}
	trimmed, last := state[0], state[1]
	if after < trimmed {
		return cluster.ErrTrimmed
	}
	count := int64(firstPage)
	for warned := false; after < last; {
		page, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) ([]rueidis.XRangeEntry, error) {
			from := strconv.FormatUint(after+1, 10) + "-0"
			return c.Do(ctx, c.B().Xrange().Key(e.keys.entries(log)).Start(from).End("+").Count(count).Build()).AsXRange()
		})
		if err != nil {
			return fmt.Errorf("read %s after %d: %w", log, after, err)
		}
		size := 0
		next := last + 1
		for _, x := range page {
			size += len(x.ID) + len(x.FieldValues["data"]) + len(x.FieldValues["key"])
		}
		if len(page) > 0 {
			if position, err := parseID(page[0].ID); err == nil {
				next = position
			}
		}
		// Positions have no gaps, so what does not begin with the next one was trimmed.
		if next != after+1 {
			state, err := e.numbers(ctx, log, "trimmed")
			if err != nil {
				return fmt.Errorf("read %s: %w", log, err)
			}
			if state[0] > after {
				return cluster.ErrTrimmed
			}
			if !warned {
				e.log.Warn("redis lacks entries that nobody has trimmed: does somebody delete keys, or is maxmemory-policy not noeviction?", "log", log, "after", after)
				warned = true
			}
		}
		for _, x := range page {
			entry, err := parseEntry(x)
			if err != nil {
				e.log.Warn("redis has an entry that is not of a relay; it is skipped", "log", log, "entry", x.ID, "error", err)
				continue
			}
			after = entry.Position
			e.ears.known(e.keys.entries(log), entry.Position, x.FieldValues["tag"])
			if err := f(entry); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if int64(len(page)) < count {
			return nil
		}
		if position, err := parseID(page[len(page)-1].ID); err == nil {
			after = max(after, position)
		}
		count = min(max(int64(len(page))*pageBytes/int64(size+1), 1), maxPage)
	}
	return nil
}

// parseID reads the position of an entry of a stream.
func parseID(id string) (uint64, error) {
	milliseconds, _, _ := strings.Cut(id, "-")
	return strconv.ParseUint(milliseconds, 10, 64)
}

func parseEntry(x rueidis.XRangeEntry) (entry cluster.Entry, err error) {
	if !strings.HasSuffix(x.ID, "-0") {
		return entry, fmt.Errorf("its ID ends otherwise than in -0")
	}
	if entry.Position, err = parseID(x.ID); err != nil {
		return entry, err
	}
	data, ok := x.FieldValues["data"]
	if !ok {
		return entry, fmt.Errorf("it has no data")
	}
	entry.Key, entry.From, entry.Data = x.FieldValues["key"], x.FieldValues["from"], []byte(data)
	if len(entry.Data) > cluster.MaxEntry || len(entry.Key) > cluster.MaxKey {
		return entry, fmt.Errorf("it has %d bytes under a key of %d", len(entry.Data), len(entry.Key))
	}
	return entry, nil
}

// Last is as in [cluster.Engine].
func (e *Engine) Last(ctx context.Context, log, key string) (uint64, error) {
	var last uint64
	var err error
	if key == "" {
		var state []uint64
		if state, err = e.numbers(ctx, log, "last"); err == nil {
			last = state[0]
		}
	} else {
		last, err = call(ctx, e, func(ctx context.Context, c rueidis.Client) (uint64, error) {
			position, err := c.Do(ctx, c.B().Hget().Key(e.keys.positions(log)).Field(key).Build()).AsUint64()
			if rueidis.IsRedisNil(err) {
				return 0, nil
			}
			return position, err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("the last entry of %s: %w", log, err)
	}
	return last, nil
}
