package cluster

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// ofSpooled is the kind of records of a spool, which are a relay's own as those of link.go
// are.
const ofSpooled = "spooled"

// spool keeps operations while the engine is not reached, in order: records of the kind
// ofSpooled, under a number of 16 hexadecimal digits, and a number of two for each piece,
// since a record is not as long as an operation may be. In front of each piece stands a
// byte: whether more come. What has no last piece was not acknowledged.
type spool struct {
	records Records

	mu   sync.Mutex
	next uint64
	all  []*spooled // in order
	ids  map[string]*spooled
	left []string // records that could not be removed
}

// spooled is one operation of a spool.
type spooled struct {
	number uint64
	pieces int
	id     string
	op     string
	key    string
	// after is what was applied to the store before.
	after   origin
	dropped bool // guarded by spool.mu
}

// spooledRecord is how one is kept, as JSON.
type spooledRecord struct {
	Operation operation `json:"operation"`
	Key       []byte    `json:"key"`
	After     origin    `json:"after"`
}

const (
	spoolPiece = 60 << 10
	lastPiece  = 0
	morePieces = 1
	// mostAgain is how many operations are said again before new ones are looked for.
	mostAgain = 512
)

func pieceKey(number uint64, piece int) string { return fmt.Sprintf("%016x%02x", number, piece) }

// load reads what is kept, and calls f with each, in order.
func (l *spool) load(ctx context.Context, f func(*spooled, operation) error) error {
	l.ids = map[string]*spooled{}
	var data []byte
	var stray []string
	var at string // the number of the operation that data is of
	var pieces int
	err := l.records.List(ctx, ofSpooled, "", func(key string, value []byte) error {
		var number uint64
		if len(key) != 18 || len(value) == 0 {
			return fmt.Errorf("%q is no name of what is spooled", key)
		}
		if _, err := fmt.Sscanf(key[:16], "%x", &number); err != nil {
			return err
		}
		l.next = max(l.next, number+1)
		if at != key[:16] {
			if pieces > 0 {
				stray = append(stray, at)
			}
			at, data, pieces = key[:16], nil, 0
		}
		data = append(data, value[1:]...)
		if pieces++; value[0] == morePieces {
			return nil
		}
		var r spooledRecord
		if err := json.Unmarshal(data, &r); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		s := &spooled{number: number, pieces: pieces, id: r.Operation.ID, op: r.Operation.Op, key: string(r.Key), after: r.After}
		l.all, l.ids[s.id] = append(l.all, s), s
		at, data, pieces = "", nil, 0
		o := r.Operation
		o.key = s.key
		return f(s, o)
	})
	if pieces > 0 {
		stray = append(stray, at)
	}
	for i := 0; i < len(stray) && err == nil; i++ {
		var keys []string
		err = l.records.List(ctx, ofSpooled, stray[i], func(key string, _ []byte) error { keys = append(keys, key); return nil })
		for _, key := range keys {
			l.records.PutLater(ofSpooled, key, nil, time.Time{}, func(error) {})
		}
	}
	return err
}

// add keeps an operation. It returns when that is durable.
func (l *spool) add(ctx context.Context, o operation, after origin) (*spooled, error) {
	data, err := json.Marshal(spooledRecord{o, []byte(o.key), after})
	if err != nil {
		return nil, err
	}
	pieces := slices.Collect(slices.Chunk(data, spoolPiece))
	l.mu.Lock()
	s := &spooled{number: l.next, pieces: len(pieces), id: o.ID, op: o.Op, key: o.key, after: after}
	l.next++
	l.all, l.ids[s.id] = append(l.all, s), s
	l.mu.Unlock()
	results := make(chan error, len(pieces))
	for i, p := range pieces {
		more := byte(morePieces)
		if i == len(pieces)-1 {
			more = lastPiece
		}
		l.records.PutLater(ofSpooled, pieceKey(s.number, i), append([]byte{more}, p...), time.Time{}, func(err error) { results <- err })
	}
	for range pieces {
		err = cmp.Or(err, <-results)
	}
	if err != nil {
		l.drop(o.ID)
		return nil, err
	}
	return s, nil
}

// read returns an operation; without an ID, if it was dropped.
func (l *spool) read(ctx context.Context, s *spooled) (operation, error) {
	var data bytes.Buffer
	for i := range s.pieces {
		b, err := l.records.Get(ctx, ofSpooled, pieceKey(s.number, i))
		if err != nil {
			return operation{}, err
		}
		if len(b) > 0 {
			data.Write(b[1:])
		}
	}
	l.mu.Lock()
	dropped := s.dropped
	l.mu.Unlock()
	if dropped {
		return operation{}, nil
	}
	var r spooledRecord
	if err := json.Unmarshal(data.Bytes(), &r); err != nil {
		return operation{}, fmt.Errorf("reading what was spooled: %w", err)
	}
	r.Operation.key = s.key
	return r.Operation, nil
}

// drop gives an operation up. What is stored afterwards is stored with that or later: if
// the relay ends before, the entry of the operation comes again, and it is dropped then.
func (l *spool) drop(id string) {
	l.mu.Lock()
	s := l.ids[id]
	if s != nil {
		s.dropped = true
		delete(l.ids, id)
		if i, ok := slices.BinarySearchFunc(l.all, s.number, func(s *spooled, n uint64) int { return cmp.Compare(s.number, n) }); ok {
			l.all = slices.Delete(l.all, i, i+1)
		}
	}
	keys := l.left
	l.left = nil
	l.mu.Unlock()
	if s != nil {
		for i := s.pieces - 1; i >= 0; i-- {
			keys = append(keys, pieceKey(s.number, i))
		}
	}
	for _, key := range keys {
		l.records.PutLater(ofSpooled, key, nil, time.Time{}, func(err error) {
			if err != nil { // it is tried with the next one
				l.mu.Lock()
				l.left = append(l.left, key)
				l.mu.Unlock()
			}
		})
	}
}

// has reports whether an operation is still kept.
func (l *spool) has(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ids[id] != nil
}

// first returns the first ones, by op and key, of each in order.
func (l *spool) first() (groups [][]*spooled) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := map[string]int{}
	for _, s := range l.all[:min(len(l.all), mostAgain)] {
		name := strings.Join([]string{s.op, s.key}, "\x00")
		i, ok := at[name]
		if !ok {
			i = len(groups)
			at[name] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	return groups
}
