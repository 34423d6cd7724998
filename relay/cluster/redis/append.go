package redis

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"edgeboard/relay/cluster"
)

// A lane sends what waits in one batch, and the next one when that is answered: many
// Appends take one round trip, and those of a log stay in order.
type lane struct {
	e    *Engine
	wake chan struct{}

	mu     sync.Mutex
	queue  []*job
	size   int // bytes of the queue
	closed bool
}

// job is something to be sent: an entry, or, without done, a message.
type job struct {
	name    string // of a log, or a channel
	entry   cluster.Entry
	tag     string
	done    func(uint64, error)
	settled atomic.Bool
	timer   *time.Timer
}

// Of one batch, and of what waits in one lane: beyond that it is refused.
const (
	maxBatch      = 512
	maxBatchBytes = 2 << 20
	maxQueue      = 32 << 20
)

var errFull = errors.New("redis takes less than it is given, and too much waits")

var appendSum = func() string {
	sum := sha1.Sum([]byte(appendText)) // That is how Redis names scripts.
	return hex.EncodeToString(sum[:])
}()

func newLane(e *Engine) *lane { return &lane{e: e, wake: make(chan struct{}, 1)} }

func (j *job) size() int { return len(j.entry.Data) + len(j.entry.Key) + 256 }

// finish says once how it went.
func (j *job) finish(position uint64, err error) {
	if j.done == nil || !j.settled.CompareAndSwap(false, true) {
		return
	}
	if j.timer != nil {
		j.timer.Stop()
	}
	j.done(position, err)
}

// put queues a job.
func (l *lane) put(j *job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return cluster.ErrClosed
	case l.size+j.size() > maxQueue:
		return errFull
	}
	if j.done != nil {
		j.timer = time.AfterFunc(cluster.CallTimeout, func() {
			if j.settled.CompareAndSwap(false, true) {
				j.done(0, errLate)
			}
		})
	}
	l.queue = append(l.queue, j)
	l.size += j.size()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return nil
}

// take returns the next batch: what still waits for its answer.
func (l *lane) take() []*job {
	l.mu.Lock()
	defer l.mu.Unlock()
	var batch []*job
	size, n := 0, 0
	for _, j := range l.queue {
		if len(batch) == maxBatch || len(batch) > 0 && size+j.size() > maxBatchBytes {
			break
		}
		n++
		l.size -= j.size()
		if !j.settled.Load() {
			batch = append(batch, j)
			size += j.size()
		}
	}
	clear(l.queue[:n])
	if l.queue = l.queue[n:]; len(l.queue) == 0 {
		l.queue = nil
	}
	return batch
}

func (l *lane) run() {
	for {
		select {
		case <-l.wake:
		case <-l.e.ctx.Done():
			l.close()
			return
		}
		for batch := l.take(); len(batch) > 0; batch = l.take() {
			l.e.send(batch)
		}
	}
}

// close ends what waits.
func (l *lane) close() {
	l.mu.Lock()
	l.closed = true
	queue := l.queue
	l.queue = nil
	l.mu.Unlock()
	for _, j := range queue {
		j.finish(0, cluster.ErrClosed)
	}
}

// Append is as in [cluster.Engine].
func (e *Engine) Append(log string, x cluster.Entry, done func(position uint64, err error)) {
	j := &job{name: log, entry: x, done: done}
	var err error
	switch {
	case len(x.Data) > cluster.MaxEntry || len(x.Key) > cluster.MaxKey:
		err = fmt.Errorf("an entry of %d bytes under a key of %d, of at most %d and %d, is not stored", len(x.Data), len(x.Key), cluster.MaxEntry, cluster.MaxKey)
	case strings.ContainsRune(x.From, ' '):
		err = fmt.Errorf("a relay named %q, with a space, cannot append", x.From)
	default:
		j.tag = strconv.FormatUint(rand.Uint64(), 36)
		err = e.laneOf(log).put(j)
	}
	if err != nil {
		go done(0, err)
	}
}

func (e *Engine) laneOf(log string) *lane {
	h := fnv.New32a()
	h.Write([]byte(log))
	return e.lanes[h.Sum32()%lanes]
}

// Publish is as in [cluster.Engine]. It does not wait: what cannot be sent is lost.
func (e *Engine) Publish(subject string, data []byte) error {
	return e.told.put(&job{name: e.keys.subject(subject), entry: cluster.Entry{Data: data}})
}

// send sends a batch, and settles it.
func (e *Engine) send(batch []*job) {
	ctx, cancel := context.WithTimeoutCause(e.ctx, cluster.CallTimeout, errLate)
	defer cancel()
	client, err := e.reach(ctx)
	if err != nil {
		for _, j := range batch {
			j.finish(0, e.why(ctx, err))
		}
		return
	}
	// Redis forgets its scripts when it is started anew. Where a log has several entries
	// the first brings the script with it, so that it is known to all that come after
	// it; else the first might be refused and a later one stored.
	several := map[string]int{}
	for _, j := range batch {
		several[j.name]++
	}
	commands := make([]rueidis.Completed, len(batch))
	for i, j := range batch {
		commands[i] = e.command(client, j, several[j.name] > 1)
		several[j.name] = 1
	}
	results := client.DoMulti(ctx, commands...)
	// Others that met a Redis without the script are sent again with it. If it was told to
	// forget it in between, so that a later one of the same log was stored, they have
	// failed.
	unknown := make([]bool, len(batch))
	stored := map[string]bool{}
	for i := len(batch) - 1; i >= 0; i-- {
		err := results[i].Error()
		known, ok := rueidis.IsRedisErr(err)
		unknown[i] = ok && known.IsNoScript() && !stored[batch[i].name]
		stored[batch[i].name] = stored[batch[i].name] || err == nil
	}
	var again []*job
	for i, j := range batch {
		if unknown[i] {
			again = append(again, j)
			continue
		}
		e.settle(ctx, j, results[i])
	}
	if len(again) == 0 {
		return
	}
	commands = commands[:0]
	for _, j := range again {
		commands = append(commands, e.command(client, j, true))
	}
	for i, result := range client.DoMulti(ctx, commands...) {
		e.settle(ctx, again[i], result)
	}
}

// command is what stores or publishes a job.
func (e *Engine) command(c rueidis.Client, j *job, whole bool) rueidis.Completed {
	x := &j.entry
	data := rueidis.BinaryString(x.Data)
	if j.done == nil {
		return c.B().Publish().Channel(j.name).Message(data).Build()
	}
	keys := []string{e.keys.state(j.name), e.keys.entries(j.name)}
	if x.Key != "" {
		keys = append(keys, e.keys.positions(j.name))
	}
	expect := ""
	if x.Expect != nil {
		expect = strconv.FormatUint(*x.Expect, 10)
	}
	arguments := []string{expect, x.Key, j.tag, x.From, data, middle(j.tag, x)}
	if whole {
		return c.B().Eval().Script(appendText).Numkeys(int64(len(keys))).Key(keys...).Arg(arguments...).Build()
	}
	return c.B().Evalsha().Sha1(appendSum).Numkeys(int64(len(keys))).Key(keys...).Arg(arguments...).Build()
}

// settle reads the answer to a job.
func (e *Engine) settle(ctx context.Context, j *job, result rueidis.RedisResult) {
	if j.done == nil {
		return
	}
	position, err := result.AsInt64()
	switch {
	case err != nil:
		j.finish(0, e.why(ctx, err))
	case position == 0:
		j.finish(0, cluster.ErrConflict)
	default:
		e.ears.known(e.keys.entries(j.name), uint64(position), j.tag)
		j.finish(uint64(position), nil)
	}
}
