package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Records are small things that outlast the relay: values of at most 64 KiB, under
// a kind and a key of at most 512 bytes.
type Records interface {
	// Get returns nil if there is none.
	Get(ctx context.Context, kind, key string) (value []byte, err error)
	// List calls f for all whose keys begin with prefix, ascending by key, and
	// stops at f's first error, which it returns. A value is valid during the call.
	List(ctx context.Context, kind, prefix string, f func(key string, value []byte) error) error
	// Put is durable when it returns. A nil value removes. After until (zero:
	// never) a record may be forgotten, and Get and List do not return it.
	Put(ctx context.Context, kind, key string, value []byte, until time.Time) error
	// Swap is Put if the value is the old one, nil: if there is none, and reports whether
	// that was so. If not, Get returns another value by now. Where several relays have
	// the same records it is so for all of them.
	Swap(ctx context.Context, kind, key string, old, value []byte, until time.Time) (bool, error)
}

// Kinds of records.
const (
	ofKeys     = "key"     // keyOwn: 32 bytes
	ofSessions = "session" // family: session
	ofInvites  = "invite"  // board/id: invite
	ofPeople   = "person"  // board/subject: entry
	ofBoards   = "board"   // board: it is somebody's
	ofRevoked  = "revoked" // kind/board/name: revocation
)

// keyOwn is the key of the record of the relay's own key, which relays share that have
// the same records.
const keyOwn = "own"

// get reads a record as JSON into v, and reports whether there is one.
func (a *Authority) get(ctx context.Context, kind, key string, v any) (bool, error) {
	b, err := a.read(ctx, kind, key, v)
	return b != nil, err
}

// read is get for who is to change the record: it returns it as it is kept.
func (a *Authority) read(ctx context.Context, kind, key string, v any) ([]byte, error) {
	b, err := a.cfg.Records.Get(ctx, kind, key)
	if err != nil || b == nil {
		return nil, err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return nil, fmt.Errorf("read %s %q: %w", kind, key, err)
	}
	return b, nil
}

func (a *Authority) put(ctx context.Context, kind, key string, v any, until time.Time) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return a.cfg.Records.Put(ctx, kind, key, b, until)
}

// sure is read for what another relay may have put just now: where there is nothing it
// looks again when that would be here.
func (a *Authority) sure(ctx context.Context, kind, key string, v any) ([]byte, error) {
	b, err := a.read(ctx, kind, key, v)
	if b != nil || err != nil || a.cfg.Fresh == nil || a.fresh(ctx) != nil {
		return b, err
	}
	return a.read(ctx, kind, key, v)
}

// freshWithin is how long it is waited for what other relays have put.
const freshWithin = 2 * time.Second

func (a *Authority) fresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, freshWithin)
	defer cancel()
	return a.cfg.Fresh(ctx)
}

// swap puts v as JSON, nil: removes, in the place of what was read. False: it has changed.
func (a *Authority) swap(ctx context.Context, kind, key string, old []byte, v any, until time.Time) (bool, error) {
	var b []byte
	if v != nil {
		var err error
		if b, err = json.Marshal(v); err != nil {
			return false, err
		}
	}
	return a.cfg.Records.Swap(ctx, kind, key, old, b, until)
}

// maxSwaps is how often something is tried that others change at the same time.
const maxSwaps = 64

var errBusy = errors.New("others have changed the same record again and again")

// swapping calls try until it has swapped what it has read, or does not want to.
func swapping(try func() (done bool, err error)) error {
	for range maxSwaps {
		if done, err := try(); done || err != nil {
			return err
		}
	}
	return errBusy
}

func (a *Authority) remove(ctx context.Context, kind, key string) error {
	return a.cfg.Records.Put(ctx, kind, key, nil, time.Time{})
}

// locks are one lock for each name that somebody holds or waits for.
type locks struct {
	mu    sync.Mutex
	named map[string]*lock
}

type lock struct {
	mu    sync.Mutex
	users int // guarded by locks.mu
}

// hold waits for the lock of a name, and returns what gives it back.
func (l *locks) hold(name string) (release func()) {
	l.mu.Lock()
	x := l.named[name]
	if x == nil {
		if l.named == nil {
			l.named = map[string]*lock{}
		}
		x = &lock{}
		l.named[name] = x
	}
	x.users++
	l.mu.Unlock()
	x.mu.Lock()
	return func() {
		x.mu.Unlock()
		l.mu.Lock()
		if x.users--; x.users == 0 {
			delete(l.named, name)
		}
		l.mu.Unlock()
	}
}
