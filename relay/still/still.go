package still

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// Boards are the boards that were read last. Make one with New.
type Boards struct {
	store Store
	fonts figure.Fonts
	loads chan struct{} // has a token for each that is read
	most  int           // bytes of those that are kept

	mu         sync.Mutex
	kept       map[string]*kept
	bytes      int
	forget     *time.Timer // when there is one that nobody has asked for
	forgetting bool        // forget runs
}

// kept is a board. Who has its turn owns what is below the line.
type kept struct {
	name  string
	turn  chan struct{} // has a token while somebody has the board
	users int           // who has it, or waits; guarded by Boards.mu
	used  time.Time     // when the last of them went; guarded by Boards.mu
	bytes int           // that count for Boards.bytes; guarded by Boards.mu

	// ----
	Still
	position string // of the store; "": nothing was read
	read     int    // bytes since it was read whole
}

// Still is a board as it was stored when it was opened, in the hands of one reader,
// who changes nothing in it and calls Close.
type Still struct {
	Doc     *board.Board
	Figures *figure.Set
	// Version is other where the board is, and the same on all relays: 16 digits.
	Version string

	close func()
}

// Close lets the next reader have the board.
func (s *Still) Close() { s.close() }

// New returns a Boards that has read nothing. Texts are laid out in fonts.
func New(store Store, fonts figure.Fonts) *Boards {
	b := &Boards{store: store, fonts: fonts, loads: make(chan struct{}, mostLoads), kept: map[string]*kept{}, most: mostBytes}
	b.forget = time.AfterFunc(keeps, b.forgetOld)
	b.forget.Stop()
	return b
}

// Spare keeps no more than so many bytes of boards, as stored, if that is less than usual.
// It is called before anything else.
func (b *Boards) Spare(bytes int) { b.most = min(b.most, bytes) }

// Close forgets all boards. Those that are open stay with who has them.
func (b *Boards) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget.Stop()
	clear(b.kept)
	b.bytes = 0
}

// Open returns a board as it is stored now, when nobody else has it any more, and
// with its timers as they show now. One of which nothing is stored is empty. The
// caller calls Close.
func (b *Boards) Open(ctx context.Context, name string) (*Still, error) {
	b.mu.Lock()
	k := b.kept[name]
	if k == nil {
		k = &kept{name: name, turn: make(chan struct{}, 1)}
		b.kept[name] = k
	}
	k.users++
	b.mu.Unlock()
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		b.leave(k)
		return nil, ctx.Err()
	}
	if err := b.read(ctx, k); err != nil {
		// What is half read is of no use.
		k.Still, k.position, k.read = Still{}, "", 0
		<-k.turn
		b.leave(k)
		return nil, fmt.Errorf("reading board %q: %w", name, err)
	}
	k.Figures.Tick(time.Now().UnixMilli())
	s := k.Still
	s.close = sync.OnceFunc(func() {
		<-k.turn
		b.leave(k)
	})
	return &s, nil
}

// read brings a board up to date with the store. The caller has its turn.
func (b *Boards) read(ctx context.Context, k *kept) error {
	select {
	case b.loads <- struct{}{}:
		defer func() { <-b.loads }()
	case <-ctx.Done():
		return ctx.Err()
	}
	doc, read := k.Doc, k.read
	position, err := b.store.Since(ctx, k.name, k.position,
		func(data []byte) (err error) {
			doc, err = board.Load(0, data)
			read = len(data)
			return err
		},
		func(data []byte) error {
			if doc == nil {
				doc = board.New(0)
			}
			read += len(data)
			return doc.Apply(data)
		})
	if err != nil {
		return err
	}
	if doc == nil {
		doc = board.New(0)
	}
	if doc != k.Doc {
		k.Doc, k.Figures = doc, figure.New(doc, b.fonts)
		doc.Observe(k.Figures.Changed)
	}
	if position != k.position || k.Version == "" {
		vector := sha256.Sum256(doc.Vector().Append(nil))
		k.Version = hex.EncodeToString(vector[:8])
	}
	k.position, k.read = position, read
	return nil
}

// leave notes that a reader has gone, and forgets what is too much.
func (b *Boards) leave(k *kept) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if k.users--; k.users > 0 || b.kept[k.name] != k {
		return
	}
	if k.position == "" {
		b.drop(k) // nothing is stored of it, or it could not be read
		return
	}
	b.bytes += k.read - k.bytes
	k.bytes, k.used = k.read, time.Now()
	for len(b.kept) > mostBoards || b.bytes > b.most {
		old := b.oldest()
		if old == nil {
			break
		}
		b.drop(old)
	}
	b.forgetAfter(keeps)
}

// forgetAfter sets the timer, if it does not run.
func (b *Boards) forgetAfter(d time.Duration) {
	if !b.forgetting {
		b.forgetting = true
		b.forget.Reset(d)
	}
}

// oldest returns the board that nobody has had for the longest time; nil: all are
// in use, or there is but one.
func (b *Boards) oldest() (old *kept) {
	if len(b.kept) == 1 {
		return nil
	}
	for _, k := range b.kept {
		if k.users == 0 && (old == nil || k.used.Before(old.used)) {
			old = k
		}
	}
	return old
}

func (b *Boards) drop(k *kept) {
	delete(b.kept, k.name)
	b.bytes -= k.bytes
}

// forgetOld forgets what nobody has asked for in a while.
func (b *Boards) forgetOld() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forgetting = false
	next := keeps
	for _, k := range b.kept {
		if k.users > 0 {
			continue // and sets the timer when it is closed
		}
		if left := keeps - time.Since(k.used); left <= 0 {
			b.drop(k)
		} else {
			next = min(next, left)
		}
	}
	if len(b.kept) > 0 {
		b.forgetAfter(next)
	}
}
