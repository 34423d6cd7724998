package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"edgeboard/relay/cluster"
)

// A snapshot is a message under the log's subject, the pointer, whose headers say what
// follows. Its sequence is the revision. A small one is in it; a large one is in chunks
// that were stored before it, under subjects of their own.
const (
	headerThrough = "Edgeboard-Through"
	headerSize    = "Edgeboard-Size"
	headerChunks  = "Edgeboard-Chunks" // the last token but one of the chunks' subjects
	headerFirst   = "Edgeboard-First"  // sequence of the first chunk

	// maxInline is small because each Read fetches the pointer.
	maxInline   = 16 << 10
	chunkSize   = 512 << 10
	chunksAhead = 8 // that wait for their answers at once
	// MaxSnapshot is the largest that is believed to be one.
	maxSnapshot = 1 << 30
)

type pointer struct {
	revision, through, first uint64
	size                     int
	chunks                   string
	data                     []byte
}

func pointerSubject(l logPlace) string { return l.prefix + ".s." + l.place }
func chunksSubject(l logPlace, id string) string {
	return l.prefix + ".c." + l.place + "." + id + ".*"
}

// pointer returns that of a log, the zero value if there is none.
func (e *Engine) pointer(ctx context.Context, l logPlace) (pointer, error) {
	m, err := e.lastOf(ctx, e.snapshots(), pointerSubject(l))
	if m == nil || err != nil {
		return pointer{}, err
	}
	p := pointer{revision: m.seq, chunks: m.header.Get(headerChunks), data: m.data}
	var errs [3]error
	p.through, errs[0] = strconv.ParseUint(m.header.Get(headerThrough), 10, 64)
	p.size, errs[1] = strconv.Atoi(m.header.Get(headerSize))
	if p.chunks != "" {
		p.first, errs[2] = strconv.ParseUint(m.header.Get(headerFirst), 10, 64)
	}
	if err := errors.Join(errs[:]...); err != nil || p.size < 0 || p.size > maxSnapshot || p.chunks == "" && p.size != len(p.data) {
		return pointer{}, fmt.Errorf("%w: the snapshot of %s", errForeign, l.place)
	}
	return p, nil
}

// Snapshot is as in [cluster.Engine]. One that is replaced while it is read is read again.
func (e *Engine) Snapshot(ctx context.Context, log string) (cluster.Snapshot, error) {
	l, err := e.logOf(log)
	if err != nil {
		return cluster.Snapshot{}, err
	}
	for began, last := time.Now(), uint64(0); ; {
		p, err := e.pointer(ctx, l)
		if err != nil {
			return cluster.Snapshot{}, err
		}
		if p.chunks == "" {
			return cluster.Snapshot{Revision: p.revision, Through: p.through, Data: p.data}, nil
		}
		data, err := e.chunks(ctx, l, p)
		if err != nil {
			return cluster.Snapshot{}, err
		}
		if data != nil {
			return cluster.Snapshot{Revision: p.revision, Through: p.through, Data: data}, nil
		}
		if p.revision != last {
			began, last = time.Now(), p.revision
		} else if time.Since(began) > cluster.CallTimeout {
			return cluster.Snapshot{}, fmt.Errorf("nats: the snapshot of %s is not whole", l.place)
		}
		select {
		case <-ctx.Done():
			return cluster.Snapshot{}, ctx.Err()
		case <-time.After(5 * time.Millisecond): // A server may be behind the leader.
		}
	}
}

// chunks returns what the chunks of a pointer have, nil if they are not all there.
func (e *Engine) chunks(ctx context.Context, l logPlace, p pointer) ([]byte, error) {
	data := make([]byte, 0, p.size)
	for from := p.first; len(data) < p.size; {
		list, err := e.batch(ctx, e.snapshots(), chunksSubject(l, p.chunks), from)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		for _, m := range list {
			want := min(chunkSize, p.size-len(data))
			if m.header.Get(headerFirst) != strconv.Itoa(len(data)) || len(m.data) != want {
				return nil, nil // An earlier one is gone, or not there yet.
			}
			data, from = append(data, m.data...), m.seq+1
		}
	}
	return data, nil
}

// PutSnapshot is as in [cluster.Engine].
func (e *Engine) PutSnapshot(ctx context.Context, log string, s cluster.Snapshot) error {
	l, err := e.logOf(log)
	if err != nil {
		return err
	}
	if len(s.Data) > maxSnapshot {
		return fmt.Errorf("nats: a snapshot of %d bytes is too large", len(s.Data))
	}
	// It may be known already that it is refused. That is decided with the pointer.
	old, err := e.pointer(ctx, l)
	if err != nil {
		return err
	}
	if old.revision != s.Revision {
		return cluster.ErrConflict
	}
	if s.Through > 0 {
		end, err := e.Last(ctx, log, "")
		if err != nil {
			return err
		}
		if s.Through > end {
			return cluster.ErrConflict
		}
	}
	m := &nats.Msg{Subject: pointerSubject(l), Header: nats.Header{}, Data: s.Data}
	m.Header.Set(headerThrough, strconv.FormatUint(s.Through, 10))
	m.Header.Set(headerSize, strconv.Itoa(len(s.Data)))
	first, id := uint64(0), ""
	if len(s.Data) <= maxInline {
		m.Data = append([]byte{}, s.Data...) // Who is late gives up, and the connection still has it.
	} else {
		id = rand.Text()
		if first, err = e.putChunks(ctx, l, id, s.Data); err != nil {
			e.purge(l, e.snapshots(), chunksSubject(l, id))
			return err
		}
		m.Data = nil
		m.Header.Set(headerChunks, id)
		m.Header.Set(headerFirst, strconv.FormatUint(first, 10))
	}
	revision, err := e.storeMsg(ctx, m, &s.Revision)
	if err != nil {
		// If nobody knows whether it is stored, its chunks stay: the next one drops them.
		if errors.Is(err, cluster.ErrConflict) && id != "" {
			e.purge(l, e.snapshots(), chunksSubject(l, id))
		}
		return err
	}
	// Chunks before these belong to older snapshots, or to ones that will be refused: who
	// is to replace this one stores chunks after having seen it. If this fails it is done
	// with the next snapshot.
	if first == 0 {
		first = revision
	}
	e.purge(l, e.snapshots(), l.prefix+".c."+l.place+".>", jetstream.WithPurgeSequence(first))
	if s.Through > 0 {
		// The entry at Through stays. So there is always a last one, which the server tells
		// with the next one as that before it: a gap can be seen.
		e.purge(l, l.stream, l.all, jetstream.WithPurgeSequence(s.Through))
	}
	return nil
}

// purge drops messages.
func (e *Engine) purge(l logPlace, stream, subject string, options ...jetstream.StreamPurgeOpt) {
	ctx, cancel := context.WithTimeout(e.life, cluster.CallTimeout)
	defer cancel()
	s, err := e.js.Stream(ctx, stream)
	if err == nil {
		err = s.Purge(ctx, append(options, jetstream.WithPurgeSubject(subject))...)
	}
	if err != nil {
		e.opt.Log.Warn("what a snapshot replaces is still there", "log", l.place, "error", err)
	}
}

// putChunks stores chunks, and returns the sequence of the first one.
func (e *Engine) putChunks(ctx context.Context, l logPlace, id string, data []byte) (uint64, error) {
	type answer struct {
		seq uint64
		err error
	}
	var waiting []chan answer
	first, failed := uint64(0), error(nil)
	take := func() {
		a := <-waiting[0]
		waiting = waiting[1:]
		if a.err != nil && failed == nil {
			failed = a.err
		}
		if first == 0 {
			first = a.seq
		}
	}
	// It is copied: who calls this may change it afterwards, and a chunk that is late is
	// still on its way.
	for n, at := 0, 0; at < len(data) && failed == nil && ctx.Err() == nil; n++ {
		chunk := append([]byte{}, data[at:min(at+chunkSize, len(data))]...)
		m := &nats.Msg{Subject: l.prefix + ".c." + l.place + "." + id + "." + strconv.Itoa(n), Header: nats.Header{}, Data: chunk}
		m.Header.Set(headerFirst, strconv.Itoa(at))
		c := make(chan answer, 1)
		e.beginMsg(m, nil, func(seq uint64, err error) { c <- answer{seq, err} })
		if waiting = append(waiting, c); len(waiting) >= chunksAhead {
			take()
		}
		at += len(chunk)
	}
	for len(waiting) > 0 {
		take()
	}
	if failed == nil {
		failed = ctx.Err()
	}
	return first, failed
}
