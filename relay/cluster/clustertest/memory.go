package clustertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"edgeboard/relay/cluster"
)

// Memory is an engine in memory, for tests of what is built on engines. Each relay has a
// Handle of its own, which can be cut off. It does what it is asked at once, and tells
// what is to be told by one goroutine for each Handle.
type Memory struct {
	mu          sync.Mutex
	incarnation int
	logs        map[string]*memoryLog
	leases      map[string]memoryLease
	blobs       map[string][]byte
	handles     []*Handle
	// Twice makes that everything that is told is told twice, and Drop that each so
	// manieth thing is not told at all; 0: none.
	twice bool
	drop  int
	told  int
}

type memoryLog struct {
	entries  []cluster.Entry
	last     uint64 // position
	trimmed  uint64
	keys     map[string]uint64
	snapshot cluster.Snapshot
}

type memoryLease struct {
	who   string
	until time.Time
}

// NewMemory returns an engine that has nothing.
func NewMemory() *Memory {
	m := &Memory{}
	m.lose()
	return m
}

// lose forgets all. The caller holds mu, or nobody else has m.
func (m *Memory) lose() {
	m.incarnation++
	m.logs, m.leases, m.blobs = map[string]*memoryLog{}, map[string]memoryLease{}, map[string][]byte{}
}

// Lose forgets all that was stored, as an engine does that has lost its disk.
func (m *Memory) Lose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lose()
	for _, h := range m.handles {
		h.lost()
	}
}

// Twice has all that is told told twice.
func (m *Memory) Twice() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.twice = true
}

// Drop loses every nth thing that is to be told; 0: none.
func (m *Memory) Drop(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop = n
}

// Entries returns what a log has.
func (m *Memory) Entries(log string) []cluster.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.log(log).entries)
}

// Blobs returns the names of those that there are.
func (m *Memory) Blobs() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.blobs))
}

func (m *Memory) log(name string) *memoryLog {
	l := m.logs[name]
	if l == nil {
		l = &memoryLog{keys: map[string]uint64{}}
		m.logs[name] = l
	}
	return l
}

// Handle is one relay's way to a Memory.
type Handle struct {
	m       *Memory
	wake    chan struct{}
	done    chan struct{}
	stopped chan struct{}

	// Guarded by m.mu.
	cut    bool
	paused bool // what is to be told waits
	closed bool
	onLost func()
	queue  []func()
	follow []*follower
}

type follower struct {
	log, subject string
	entry        func(cluster.Entry)
	data         func([]byte)
}

var _ cluster.Engine = (*Handle)(nil)

// Handle returns another way to the engine. It must be closed.
func (m *Memory) Handle() *Handle {
	h := &Handle{m: m, wake: make(chan struct{}, 1), done: make(chan struct{}), stopped: make(chan struct{})}
	m.mu.Lock()
	m.handles = append(m.handles, h)
	m.mu.Unlock()
	go h.run()
	return h
}

// Cut makes the engine unreachable by this way, and what would be told meanwhile is lost.
func (h *Handle) Cut() {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.cut = true
}

// Heal makes it reachable again.
func (h *Handle) Heal() {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.cut {
		h.cut = false
		h.lost()
	}
}

// Pause makes that what is to be told waits, until it is called with false.
func (h *Handle) Pause(on bool) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.paused = on
	h.poke()
}

// lost has OnLost's function called. The caller holds m.mu.
func (h *Handle) lost() {
	if f := h.onLost; f != nil {
		h.queue = append(h.queue, f)
		h.poke()
	}
}

func (h *Handle) poke() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *Handle) run() {
	defer close(h.stopped)
	for {
		h.m.mu.Lock()
		var list []func()
		if !h.paused {
			list, h.queue = h.queue, nil
		}
		h.m.mu.Unlock()
		for _, f := range list {
			f()
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-h.wake:
		case <-h.done:
			return
		}
	}
}

var errCut = errors.New("the engine is not reached")

// reached returns an error if the engine is not to be reached. The caller holds m.mu.
func (h *Handle) reached() error {
	switch {
	case h.closed:
		return cluster.ErrClosed
	case h.cut:
		return errCut
	}
	return nil
}

// tell tells all who follow what. The caller holds mu.
func (m *Memory) tell(matches func(*follower) bool, call func(*follower)) {
	m.told++
	if m.drop > 0 && m.told%m.drop == 0 {
		return
	}
	for _, h := range m.handles {
		if h.cut || h.closed {
			continue
		}
		for _, f := range h.follow {
			if !matches(f) {
				continue
			}
			h.queue = append(h.queue, func() { h.call(f, call) })
			if m.twice {
				h.queue = append(h.queue, func() { h.call(f, call) })
			}
			h.poke()
		}
	}
}

// call calls a follower that is still one.
func (h *Handle) call(f *follower, call func(*follower)) {
	h.m.mu.Lock()
	still := slices.Contains(h.follow, f)
	h.m.mu.Unlock()
	if still {
		call(f)
	}
}

// Append is as in [cluster.Engine].
func (h *Handle) Append(log string, e cluster.Entry, done func(uint64, error)) {
	h.m.mu.Lock()
	position, err := h.append(log, e)
	h.m.mu.Unlock()
	go done(position, err)
}

func (h *Handle) append(name string, e cluster.Entry) (uint64, error) {
	if err := h.reached(); err != nil {
		return 0, err
	}
	if len(e.Data) > cluster.MaxEntry || len(e.Key) > cluster.MaxKey {
		return 0, fmt.Errorf("an entry has %d bytes under a key of %d", len(e.Data), len(e.Key))
	}
	l := h.m.log(name)
	if e.Expect != nil && l.keys[e.Key] != *e.Expect {
		return 0, cluster.ErrConflict
	}
	e.Expect, e.Previous = nil, l.last
	l.last++
	if name != cluster.Journal {
		l.last += 2 // there may be gaps
	}
	e.Position, l.keys[e.Key] = l.last, l.last
	l.entries = append(l.entries, e)
	h.m.tell(func(f *follower) bool { return f.entry != nil && f.log == name }, func(f *follower) {
		e := e
		e.Data = bytes.Clone(e.Data)
		f.entry(e)
	})
	return e.Position, nil
}

// Read is as in [cluster.Engine].
func (h *Handle) Read(ctx context.Context, log string, after uint64, f func(cluster.Entry) error) error {
	h.m.mu.Lock()
	err := h.reached()
	l := h.m.log(log)
	entries, trimmed := slices.Clone(l.entries), l.trimmed
	h.m.mu.Unlock()
	switch {
	case err != nil:
		return err
	case after < trimmed:
		return cluster.ErrTrimmed
	}
	for _, e := range entries {
		if e.Position <= after {
			continue
		}
		if e.Previous, e.Data = 0, bytes.Clone(e.Data); ctx.Err() != nil {
			return ctx.Err()
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

// Last is as in [cluster.Engine].
func (h *Handle) Last(_ context.Context, log, key string) (uint64, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return 0, err
	}
	l := h.m.log(log)
	if key == "" {
		return l.last, nil
	}
	return l.keys[key], nil
}

// Follow is as in [cluster.Engine].
func (h *Handle) Follow(log string, f func(cluster.Entry)) (stop func(), err error) {
	return h.add(&follower{log: log, entry: f})
}

// Subscribe is as in [cluster.Engine].
func (h *Handle) Subscribe(subject string, f func([]byte)) (stop func(), err error) {
	return h.add(&follower{subject: subject, data: f})
}

func (h *Handle) add(f *follower) (stop func(), err error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.closed {
		return nil, cluster.ErrClosed
	}
	h.follow = append(h.follow, f)
	return func() {
		h.m.mu.Lock()
		defer h.m.mu.Unlock()
		h.follow = slices.DeleteFunc(slices.Clone(h.follow), func(x *follower) bool { return x == f })
	}, nil
}

// Publish is as in [cluster.Engine].
func (h *Handle) Publish(subject string, data []byte) error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return err
	}
	h.m.tell(func(f *follower) bool { return f.data != nil && f.subject == subject }, func(f *follower) { f.data(data) })
	return nil
}

// Snapshot is as in [cluster.Engine].
func (h *Handle) Snapshot(_ context.Context, log string) (cluster.Snapshot, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return cluster.Snapshot{}, err
	}
	s := h.m.log(log).snapshot
	s.Data = bytes.Clone(s.Data)
	return s, nil
}

// PutSnapshot is as in [cluster.Engine].
func (h *Handle) PutSnapshot(_ context.Context, log string, s cluster.Snapshot) error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return err
	}
	l := h.m.log(log)
	if l.snapshot.Revision != s.Revision || s.Through > l.last {
		return cluster.ErrConflict
	}
	s.Revision++
	s.Data = bytes.Clone(s.Data)
	l.snapshot, l.trimmed = s, max(l.trimmed, s.Through)
	l.entries = slices.DeleteFunc(slices.Clone(l.entries), func(e cluster.Entry) bool { return e.Position <= s.Through })
	maps.DeleteFunc(l.keys, func(_ string, at uint64) bool { return at <= s.Through })
	return nil
}

// Hold is as in [cluster.Engine].
func (h *Handle) Hold(_ context.Context, lease, who string) (bool, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return false, err
	}
	now := time.Now()
	if has := h.m.leases[lease]; has.who != who && now.Before(has.until) {
		return false, nil
	}
	h.m.leases[lease] = memoryLease{who, now.Add(cluster.LeaseTime)}
	return true, nil
}

// Release is as in [cluster.Engine].
func (h *Handle) Release(_ context.Context, lease, who string) error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return err
	}
	if h.m.leases[lease].who == who {
		delete(h.m.leases, lease)
	}
	return nil
}

// PutBlob is as in [cluster.Engine].
func (h *Handle) PutBlob(_ context.Context, name string, r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return err
	}
	if h.m.blobs[name] == nil {
		h.m.blobs[name] = append([]byte{}, data...)
	}
	return nil
}

// Blob is as in [cluster.Engine].
func (h *Handle) Blob(_ context.Context, name string) (io.ReadCloser, error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return nil, err
	}
	data := h.m.blobs[name]
	if data == nil {
		return nil, cluster.ErrNoBlob
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// DropBlob is as in [cluster.Engine].
func (h *Handle) DropBlob(_ context.Context, name string) error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if err := h.reached(); err != nil {
		return err
	}
	delete(h.m.blobs, name)
	return nil
}

// Ping is as in [cluster.Engine].
func (h *Handle) Ping(context.Context) (incarnation string, err error) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	return fmt.Sprint(h.m.incarnation), h.reached()
}

// OnLost is as in [cluster.Engine].
func (h *Handle) OnLost(f func()) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.onLost = f
}

// Close is as in [cluster.Engine].
func (h *Handle) Close() error {
	h.m.mu.Lock()
	already := h.closed
	h.closed, h.follow, h.queue = true, nil, nil
	h.m.mu.Unlock()
	if !already {
		close(h.done)
	}
	<-h.stopped
	return nil
}
