package cluster

import (
	"context"
	"sync"
)

// heard tells what other relays have put, from a goroutine of its own: who is told may
// put records himself, which waits for the journal. What waits to be told is bounded by
// nothing but what comes while one is told: it is what the store has got meanwhile.
type heard struct {
	f    func(kind, key string, value []byte) // nil: nobody wants to know
	wake chan struct{}

	mu   sync.Mutex
	list []heardRecord
}

type heardRecord struct {
	kind, key string
	value     []byte
	// remove, if not 0, is the position of an entry that brings back a record that was
	// removed, which nobody is told.
	remove uint64
}

func (h *heard) put(r heardRecord) {
	h.mu.Lock()
	h.list = append(h.list, r)
	h.mu.Unlock()
	poke(h.wake)
}

func (r *SharedRecords) tell(ctx context.Context) {
	for {
		r.heard.mu.Lock()
		list := r.heard.list
		r.heard.list = nil
		r.heard.mu.Unlock()
		for _, x := range list {
			switch {
			case ctx.Err() != nil:
				return
			case x.remove != 0:
				r.removeAgain(ctx, x)
			default:
				r.heard.f(x.kind, x.key, x.value)
			}
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-r.heard.wake:
		case <-ctx.Done():
			return
		}
	}
}

// removeAgain removes a record that another relay has brought back which did not know
// that it was removed. All relays that know try to; one is enough.
func (r *SharedRecords) removeAgain(ctx context.Context, x heardRecord) {
	before, _ := r.c.journal.state()
	o, err := newOperation(opRecord, recordKey(x.kind, x.key), recordPut{Kind: x.kind, Key: []byte(x.key), Of: &before.Before})
	if err == nil {
		// If the engine is not reached now it comes again: see begin and restore.
		_, _ = r.c.journal.submit(ctx, o, &x.remove)
	}
}
