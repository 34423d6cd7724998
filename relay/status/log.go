package status

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"edgeboard/shared/wire"
)

// Log is a slog.Handler that hands all on to another one and remembers the last warnings
// and errors. Make one with NewLog.
type Log struct {
	to   slog.Handler
	text slog.Handler // writes to tail.buf
	tail *tail
}

// tail is what the Logs that are made of one remember.
type tail struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	lines []line // ascending by number
	last  uint64 // number of the last line
}

// line is one of the log.
type line struct {
	number uint64
	at     time.Time
	text   string
}

// NewLog returns a Log that remembers nothing yet.
func NewLog(to slog.Handler) *Log {
	t := new(tail)
	text := slog.NewTextHandler(&t.buf, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{} // the point has it
		}
		return a
	}})
	return &Log{to, text, t}
}

func (l *Log) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || l.to.Enabled(ctx, level)
}

func (l *Log) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		l.remember(ctx, r)
		if !l.to.Enabled(ctx, r.Level) {
			return nil
		}
	}
	return l.to.Handle(ctx, r)
}

func (l *Log) remember(ctx context.Context, r slog.Record) {
	t := l.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Reset()
	if l.text.Handle(ctx, r) != nil {
		return
	}
	text := strings.TrimSuffix(t.buf.String(), "\n")
	text = strings.Replace(strings.TrimPrefix(text, "level="), " msg=", " ", 1)
	if len(text) > wire.MaxFeedText {
		text = strings.ToValidUTF8(text[:wire.MaxFeedText], "")
	}
	if len(t.lines) == linesKept {
		t.lines = slices.Delete(t.lines, 0, 1)
	}
	t.last++
	t.lines = append(t.lines, line{t.last, r.Time, text})
}

func (l *Log) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Log{l.to.WithAttrs(attrs), l.text.WithAttrs(attrs), l.tail}
}

func (l *Log) WithGroup(name string) slog.Handler {
	return &Log{l.to.WithGroup(name), l.text.WithGroup(name), l.tail}
}

// after returns the lines behind one, of those that are remembered.
func (l *Log) after(number uint64) []line {
	t := l.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	i, _ := slices.BinarySearchFunc(t.lines, number+1, func(x line, n uint64) int {
		switch {
		case x.number < n:
			return -1
		case x.number > n:
			return 1
		}
		return 0
	})
	return slices.Clone(t.lines[i:])
}
