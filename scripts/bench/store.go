//go:build !js

package main

import (
	"context"
	"errors"
	"fmt"

	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"

	"edgeboard/relay/room"
	relaystore "edgeboard/relay/store/sqlite"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// storeLoad is what is written, by the relay and by the floor alike.
type storeLoad struct {
	name    string
	boards  int
	members int // of each board
	window  int // updates of a member that may be unacknowledged
	// updates are what each member writes, in this order, and ends how many operations it has written with each.
	updates [][][]byte
	ends    []uint64
}

func (l *storeLoad) count() int { return len(l.updates) * len(l.updates[0]) }

func benchStore(ctx context.Context, args []string, out *report) error {
	flags := newFlags("store", out)
	var runs, count, size, members, window int
	flags.whole(&runs, "runs", 5, "how often each is measured, in turn; the median counts", 1, endless)
	flags.whole(&count, "updates", 200_000, "how many updates are written in each run", 1, endless)
	flags.whole(&size, "size", 128, "about the `bytes` of an update", 64, 10_000)
	flags.whole(&members, "members", 8, "members of the one board of boards1; each is told what the others write", 1, endless)
	flags.whole(&window, "window", 32, "updates of a member that may wait to be acknowledged", 1, endless)
	dir := flags.String("dir", "", "`folder` on the disk that is measured (default: the one for temporary files)")
	if err := flags.parse(args); err != nil {
		return err
	}
	for _, l := range []*storeLoad{
		{name: "boards1", boards: 1, members: members, window: window},
		{name: "boards200", boards: 200, members: 1, window: window},
	} {
		l.make(count, size)
		if err := storeCase(ctx, l, *dir, runs, out); err != nil {
			return fmt.Errorf("store %s: %w", l.name, err)
		}
	}
	return nil
}

// make prepares the updates: each sets a property of an element that its writer has made.
func (l *storeLoad) make(count, size int) {
	writers := l.boards * l.members
	text := strings.Repeat("0123456789abcdef", size/16+1)
	for w := range writers {
		b := board.New(board.Replica(w + 1))
		e := b.Edit()
		id := e.Create(board.KindText)
		list := [][]byte{e.Commit()}
		ends := []uint64{b.Seq(b.Replica())}
		for i := 1; i < max(count/writers, 2); i++ {
			e := b.Edit()
			e.Set(id, board.KeyLink, board.String(text[i%16:][:size-40]))
			list = append(list, e.Commit())
			ends = append(ends, b.Seq(b.Replica()))
		}
		l.updates, l.ends = append(l.updates, list), ends
	}
}

func storeCase(ctx context.Context, l *storeLoad, parent string, runs int, out *report) error {
	ways := []func(context.Context, *storeLoad, string) (time.Duration, error){throughRelay, throughSQLite(false), throughSQLite(true)}
	rates := make([][]float64, len(ways))
	for range runs {
		for i, way := range ways {
			if err := ctx.Err(); err != nil {
				return err
			}
			dir, err := os.MkdirTemp(parent, "edgeboard-bench-")
			if err != nil {
				return err
			}
			runtime.GC()
			took, err := way(ctx, l, dir)
			if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
				return err
			}
			rates[i] = append(rates[i], float64(l.count())/took.Seconds())
		}
	}
	out.note("%s: %v", l.name, rates)
	for _, list := range rates {
		slices.Sort(list)
	}
	relay, log, rows := rates[0][runs/2], rates[1][runs/2], rates[2][runs/2]
	out.add(l.name, "acked_per_s", "1/s", relay)
	out.add(l.name, "sqlite_per_s", "1/s", rows)
	out.add(l.name, "x_sqlite", "x", relay/rows)
	out.add(l.name, "sqlite_log_per_s", "1/s", log)
	out.add(l.name, "x_sqlite_log", "x", relay/log)
	return nil
}

// throughRelay sends the updates to a Hub over pipes, and waits until all are acknowledged.
func throughRelay(ctx context.Context, l *storeLoad, dir string) (took time.Duration, err error) {
	store, err := relaystore.Open(filepath.Join(dir, "data"))
	if err != nil {
		return 0, err
	}
	hub := room.NewHub(room.Config{
		Store: store, Log: slog.New(slog.DiscardHandler),
		Limits: room.Limits{MemberRate: 1 << 30}, // one member may write as fast as it can
	})
	defer func() { err = errors.Join(err, hub.Close(context.Background()), store.Close()) }()
	clients := make([]*storeClient, len(l.updates))
	for i := range clients {
		name := fmt.Sprintf("b%d", i/l.members)
		if clients[i], err = join(ctx, hub, name, board.Replica(i+1)); err != nil {
			return 0, err
		}
		defer clients[i].conn.Close(uint32(wire.CodeNormal), "")
	}
	var wg sync.WaitGroup
	errs := make([]error, len(clients))
	start := time.Now()
	for i, c := range clients {
		wg.Go(func() { errs[i] = c.write(ctx, l.updates[i], l.ends, l.window) })
	}
	wg.Wait()
	return time.Since(start), errors.Join(errs...)
}

// storeClient is a member that looks at what it gets no further than for acknowledgements.
type storeClient struct {
	conn  conn.Conn
	acked chan uint64 // the newest one
	gone  chan error
}

func join(ctx context.Context, hub *room.Hub, name string, replica board.Replica) (*storeClient, error) {
	near, far := conn.Pipe()
	go hub.Serve(far, room.Visitor{})
	c := &storeClient{conn: near, acked: make(chan uint64, 1), gone: make(chan error, 1)}
	hello := &wire.Hello{Version: wire.Version, Board: name, Replica: uint64(replica)}
	if err := near.Send(ctx, wire.AppendFrame(nil, 0, hello)); err != nil {
		return nil, err
	}
	welcomed := make(chan struct{})
	go c.read(ctx, welcomed)
	select {
	case <-welcomed:
		return c, nil
	case err := <-c.gone:
		return nil, err
	}
}

func (c *storeClient) read(ctx context.Context, welcomed chan struct{}) {
	for {
		msg, err := c.conn.Receive(ctx)
		if err != nil {
			c.gone <- err
			return
		}
		for f, err := range wire.Frames(msg) {
			if err != nil {
				c.gone <- err
				return
			}
			switch f.Kind {
			case wire.KindWelcome:
				close(welcomed)
			case wire.KindAck:
				var a wire.Ack
				if err := a.Parse(f.Body); err != nil {
					c.gone <- err
					return
				}
				select {
				case <-c.acked: // an older one
				default:
				}
				c.acked <- a.Through
			}
		}
	}
}

// write sends updates, as many at once as the window has room for.
func (c *storeClient) write(ctx context.Context, updates [][]byte, ends []uint64, window int) error {
	sent, acked := 0, 0
	var waiting, msg []byte
	for acked < len(updates) {
		waiting = waiting[:0]
		for ; sent < len(updates) && sent-acked < window; sent++ {
			waiting = append(waiting, updates[sent]...)
		}
		if len(waiting) > 0 {
			msg = wire.AppendFrame(msg[:0], 0, &wire.Update{Data: waiting}) // as package client does
			if err := c.conn.Send(ctx, msg); err != nil {
				return err
			}
		}
		select {
		case through := <-c.acked:
			for acked < len(updates) && ends[acked] <= through {
				acked++
			}
		case err := <-c.gone:
			return err
		}
	}
	return nil
}

// throughSQLite is the floor: one goroutine writes the same updates into a table that is a bare log, all that wait in one
// commit. It keeps no board in memory, tells nobody, and no board could be loaded from its table but by reading all of
// it. With apart each update is a row, which is how SQLite is used; without, those of a board that go together are one row,
// as the relay has it too.
func throughSQLite(apart bool) func(context.Context, *storeLoad, string) (time.Duration, error) {
	return func(_ context.Context, l *storeLoad, dir string) (time.Duration, error) {
		return floorTime(l, dir, apart)
	}
}

func floorTime(l *storeLoad, dir string, apart bool) (took time.Duration, err error) {
	c, err := sqlite.OpenConn(filepath.Join(dir, "floor.db"), sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for _, s := range []string{
		"PRAGMA synchronous = FULL",
		"CREATE TABLE updates (n INTEGER PRIMARY KEY, board INTEGER NOT NULL, data BLOB NOT NULL) STRICT",
	} {
		if err := step(c, s); err != nil {
			return 0, err
		}
	}
	f := &floorStore{conn: c, apart: apart, wake: make(chan struct{}, 1), rows: make([][]byte, l.boards)}
	start := time.Now()
	var wg sync.WaitGroup
	for i, updates := range l.updates {
		wg.Go(func() { f.write(i/l.members, updates, l.window) })
	}
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	for {
		select {
		case <-f.wake:
			if err := f.commit(); err != nil {
				return 0, err // the writers wait for ever, and the program ends
			}
		case <-finished:
			return time.Since(start), nil
		}
	}
}

type floorStore struct {
	conn  *sqlite.Conn
	apart bool
	wake  chan struct{}
	rows  [][]byte // by board, of the commit under way

	mu      sync.Mutex
	waiting []floorUpdate
}

type floorUpdate struct {
	board int
	data  []byte
	acked chan<- struct{}
}

// write hands over updates, as many at once as the window has room for.
func (f *floorStore) write(board int, updates [][]byte, window int) {
	acked := make(chan struct{}, window)
	sent := 0
	for done := 0; done < len(updates); {
		if n := min(len(updates)-sent, window-(sent-done)); n > 0 {
			f.mu.Lock()
			for _, u := range updates[sent : sent+n] {
				f.waiting = append(f.waiting, floorUpdate{board, u, acked})
			}
			f.mu.Unlock()
			sent += n
			select {
			case f.wake <- struct{}{}:
			default:
			}
		}
		<-acked
		done++
		for len(acked) > 0 {
			<-acked
			done++
		}
	}
}

func (f *floorStore) commit() error {
	runtime.Gosched() // as the relay's store does
	f.mu.Lock()
	batch := f.waiting
	f.waiting = nil
	f.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	if err := step(f.conn, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, u := range batch {
		if f.apart {
			if err := f.insert(u.board, u.data); err != nil {
				return err
			}
			continue
		}
		f.rows[u.board] = append(f.rows[u.board], u.data...)
	}
	for board, data := range f.rows {
		if len(data) == 0 {
			continue
		}
		if err := f.insert(board, data); err != nil {
			return err
		}
		f.rows[board] = data[:0]
	}
	if err := step(f.conn, "COMMIT"); err != nil {
		return err
	}
	for _, u := range batch {
		u.acked <- struct{}{}
	}
	return nil
}

func (f *floorStore) insert(board int, data []byte) error {
	stmt, err := f.conn.Prepare("INSERT INTO updates (board, data) VALUES (?, ?)")
	if err != nil {
		return err
	}
	stmt.BindInt64(1, int64(board))
	stmt.BindBytes(2, data)
	_, err = stmt.Step()
	return err
}

func step(c *sqlite.Conn, statement string) error {
	stmt, err := c.Prepare(statement)
	if err != nil {
		return err
	}
	_, err = stmt.Step()
	return err
}
