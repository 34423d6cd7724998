package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"edgeboard/relay/store/notice"
	relaystore "edgeboard/relay/store/sqlite"
	"edgeboard/shared/wire"
)

const (
	// othersEntries is how many entries of others come in between ten of the person's, and
	// others of how many they are.
	othersEntries = 2
	others        = 500
	// inboxPage is what a client asks for at first.
	inboxPage = 50
)

// inbox opens the inbox of somebody who has read a tenth of it, and reads more of it.
func (b *chatBench) inbox(ctx context.Context, out *report) (err error) {
	dir, err := os.MkdirTemp(b.disk, "edgeboard-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store, err := relaystore.Open(filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	l := longInbox{newLongTalk(1000), store.Notices(), b.entries}
	if err := l.write(ctx, out); err != nil {
		return err
	}
	person := l.person(0)
	unread := uint64(b.entries) / 10
	start := time.Now()
	if _, err := l.store.Settle(ctx, person, notice.Settled{Spans: [][2]uint64{{1, unread}}}); err != nil {
		return err
	}
	out.add("inbox", "settle_us", "us", float64(time.Since(start).Microseconds())/float64(unread))
	page := func(q notice.Query) error {
		q.Limit = inboxPage
		entries, _, _, now, err := l.store.Page(ctx, person, q)
		if err == nil && (len(entries) != inboxPage || now.Last != uint64(b.entries)) {
			err = fmt.Errorf("there are %d entries on the page, and the last is %d of %d", len(entries), now.Last, b.entries)
		}
		return err
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	err = b.ask(ctx, map[string]bool{"inbox": true}, out, []question{
		{"inbox", "open", func(int) error { return page(notice.Query{}) }},
		{"inbox", "unread", func(int) error { return page(notice.Query{Unread: true}) }},
		{"inbox", "before", func(int) error {
			return page(notice.Query{Before: inboxPage + 1 + rnd.Uint64N(uint64(b.entries)-inboxPage)})
		}},
		{"inbox", "mark", func(int) error {
			for {
				seq := 1 + rnd.Uint64N(uint64(b.entries))
				c, err := l.store.Settle(ctx, person, notice.Settled{Spans: [][2]uint64{{seq, seq}}})
				if err != nil || len(c.Read) > 0 {
					return err
				}
			}
		}},
	})
	if err != nil {
		return err
	}
	start = time.Now()
	c, err := l.store.Settle(ctx, person, notice.Settled{Spans: [][2]uint64{{1, 1 << 62}}})
	if err != nil {
		return err
	}
	out.add("inbox", "settle_all_ms", "ms", ms(time.Since(start)))
	if want := b.entries - int(unread) - b.asks; c.Unread != 0 || len(c.Read) != want {
		return fmt.Errorf("inbox: %d entries were read at the end, and %d are left; want %d", len(c.Read), c.Unread, want)
	}
	return nil
}

// longInbox makes entries of what is said to somebody.
type longInbox struct {
	*longTalk
	store *relaystore.Notices
	count int
}

// write stores the person's entries, and of others in between, many together.
func (l *longInbox) write(ctx context.Context, out *report) error {
	start := time.Now()
	const together = 1000
	written := 0
	for from := 0; from < l.count; from += together {
		if err := ctx.Err(); err != nil {
			return err
		}
		var batch notice.Batch
		for i := from; i < min(from+together, l.count); i++ {
			batch.Put = append(batch.Put, l.entry(0, i))
			if i%10 < othersEntries {
				batch.Put = append(batch.Put, l.entry(1+l.rnd.IntN(others), i))
			}
		}
		written += len(batch.Put)
		result := make(chan error, 1)
		l.store.Put(batch, func(_ []notice.Change, err error) { result <- err })
		if err := <-result; err != nil {
			return err
		}
	}
	took := time.Since(start)
	out.note("chat: %d entries of inboxes are written, %v", written, took.Round(time.Second))
	out.add("inbox", "write_us", "us", float64(took.Microseconds())/float64(written))
	return nil
}

// entry is that somebody has named a person in a message, on one of a few boards.
func (l *longInbox) entry(person, i int) notice.Put {
	board := fmt.Sprint("board ", i%speakers)
	e := wire.Entry{What: wire.EntryMention, Board: board, From: l.longTalk.person(i % speakers), Name: fmt.Sprint("Player ", i%speakers), Text: l.text(i), Stamp: l.stamp(i)}
	binary.LittleEndian.PutUint64(e.Message[:], l.rnd.Uint64())
	binary.LittleEndian.PutUint64(e.Message[8:], uint64(i)+1)
	return notice.Put{Entry: notice.Entry{
		Person: l.longTalk.person(person), Source: e.Message, Talk: "b:" + board, Stamp: uint64(e.Stamp), Time: e.Stamp.Milliseconds(), Data: (&wire.Inbox{Entries: []wire.Entry{e}}).Append(nil),
	}}
}
