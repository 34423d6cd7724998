package room

import (
	"context"
	"slices"
	"sync"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// outbox holds what waits to be sent to one member. Frames are shared with the
// outboxes of others and never written to (R5).
type outbox struct {
	conn      conn.Conn
	datagrams conn.Datagrams // conn, or nil if it has none
	trier     conn.Trier     // conn, or nil if it cannot tell
	sweeper   *sweeper       // runs the writer if there is a trier
	end       func(error)    // the transport takes no more
	metrics   Metrics
	wg        sync.WaitGroup // the writer

	// Owned by the room.
	sent     uint64 // datagrams, which are numbered (W11)
	datagram []byte // scratch

	mu      sync.Mutex
	durable [][]byte  // frames, or several in one piece, in order
	owed    int       // of durable, the first ones: resume's, which are not dropped
	bytes   int       // of durable after those
	oldest  time.Time // when the first of durable was queued, or one that was sent lately before it
	cursors []byte    // a frame, replaced by newer ones
	latest  []byte    // other latest-wins frames in one piece, replaced by newer ones; go after all that is durable

	previews     [][]byte // frames, at most maxPreviews bytes of them
	previewBytes int

	feeds     []feedFrame // live data, in order; go last
	feedBytes int         // of those that are not owed

	writing bool        // a writer runs
	stuck   *time.Timer // ends the connection when one message takes too long; the writer's
	closed  bool
	behind  bool // durable frames were dropped: full policy (R4)
	asked   bool // drained was called since

	// drained is called by a writer, once, when it has sent all and behind is
	// set. Set before the first push.
	drained func()
}

func newOutbox(c conn.Conn, end func(error), h *Hub) *outbox {
	datagrams, _ := c.(conn.Datagrams)
	trier, _ := c.(conn.Trier)
	return &outbox{conn: c, datagrams: datagrams, trier: trier, sweeper: &h.sweeper, end: end, metrics: h.metrics}
}

// push queues durable frames. If it returns more than 0, so many that waited, these
// among them, were dropped because the member does not read fast enough; drained is
// called when it does, and what comes before that is left out.
func (o *outbox) push(now time.Time, frames ...[]byte) (dropped int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.behind {
		return 0
	}
	if len(o.durable) == 0 {
		o.oldest = now
	}
	for _, f := range frames {
		if len(f) > 0 {
			o.bytes += len(f)
			o.durable = append(o.durable, f)
		}
	}
	if o.bytes > maxOutbox && o.writing {
		dropped = len(o.durable) - o.owed
		clear(o.durable[o.owed:])
		o.durable, o.bytes, o.behind, o.asked = o.durable[:o.owed], 0, true, false
		o.latest = nil // told when it is welcomed again
		return dropped
	}
	o.start()
	return 0
}

// resume queues the frames that bring the member up to date, and accepts
// others after them. These are sent in full, however long it takes: what is
// missing is counted from them on.
func (o *outbox) resume(now time.Time, frames ...[]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	if len(o.durable) == 0 {
		o.oldest = now
	}
	o.durable = append(o.durable, frames...)
	o.owed, o.bytes, o.behind = len(o.durable), 0, false
	o.start()
}

// move sends cursors, whose frame and its body are given, by datagram, which no
// durable frame holds up, and where that cannot be in order. One that is lost is
// made good by a later one or by settle. It belongs to the room's goroutine.
func (o *outbox) move(moved, body []byte, now time.Time, all func() []byte) {
	if !o.forget(wire.KindCursors, body, now) {
		o.point(moved, all)
	}
}

// forget sends the body of a latest-wins frame by datagram, if that can be. It
// belongs to the room's goroutine.
func (o *outbox) forget(kind wire.Kind, body []byte, now time.Time) bool {
	if o.datagrams == nil {
		return false
	}
	o.datagram = wire.AppendBody(o.datagram[:0], o.sent+1, uint32(now.UnixMilli()), kind, body)
	if o.datagrams.SendDatagram(o.datagram) != nil {
		return false // it is too large, or the connection has ended
	}
	o.sent++
	return true
}

// settle sends cursors that have come to rest in order, if they were sent by
// datagram.
func (o *outbox) settle(rested []byte, all func() []byte) {
	if o.datagrams != nil {
		o.point(rested, all)
	}
}

// point sets the cursors to send next, in order. If others wait still, it asks
// all for a frame of every cursor, because the new frame has only those that
// moved since.
func (o *outbox) point(moved []byte, all func() []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	if o.cursors != nil {
		moved = all()
		o.metrics.Dropped(PolicyConflate, 1)
	}
	o.cursors = moved
	o.start()
}

// preview sends a frame, whose body is given too, that shows what is being drawn:
// by datagram, but for the last one of a stroke, which nothing repeats, and where
// that cannot be in order. There it is dropped if the member does not read fast
// enough.
func (o *outbox) preview(frame, body []byte, last bool, now time.Time) {
	if !last && o.forget(wire.KindPreview, body, now) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	if o.behind || o.previewBytes+len(frame) > maxPreviews {
		o.metrics.Dropped(PolicyDrop, 1)
		return
	}
	o.previews = append(o.previews, frame)
	o.previewBytes += len(frame)
	o.start()
}

// latestFrames sets what to tell next of what members have in hand and where they
// look, in order. If something waits still, it asks all for everything. It comes after Joined of those
// whose it is, and so after all that is durable.
func (o *outbox) latestFrames(frames []byte, all func() []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.behind {
		return
	}
	if o.latest != nil {
		frames = all()
		o.metrics.Dropped(PolicyConflate, 1)
	}
	o.latest = frames
	o.start()
}

// feedFrame is a frame of live data.
type feedFrame struct {
	bytes []byte
	owed  bool // it is not dropped
}

// Tell queues live data, in order. If too much of it waits, all that is not owed is
// dropped, and false: the member is told the last points when it reads again.
func (o *outbox) Tell(frame []byte, owed bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return true
	}
	if !owed {
		if o.feedBytes += len(frame); o.feedBytes > maxFeedBytes && o.writing {
			n := len(o.feeds)
			o.feeds = slices.DeleteFunc(o.feeds, func(f feedFrame) bool { return !f.owed })
			o.feedBytes = 0
			o.metrics.Dropped(PolicyConflate, n-len(o.feeds)+1)
			return false
		}
	}
	o.feeds = append(o.feeds, feedFrame{frame, owed})
	o.start()
	return true
}

// Caught reports whether no live data waits.
func (o *outbox) Caught() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.feeds) == 0
}

// waits reports whether something waits to be sent. The caller holds mu.
func (o *outbox) waits() bool {
	return len(o.durable) > 0 || o.cursors != nil || o.previews != nil || o.latest != nil || len(o.feeds) > 0
}

// start runs the writer if there is none. The caller holds mu.
func (o *outbox) start() {
	if o.writing || !o.waits() {
		return
	}
	o.writing = true
	if o.trier != nil {
		o.wg.Add(1)
		o.sweeper.add(o)
		return
	}
	o.wg.Go(func() { o.writeWaiting(message{}) })
}

// buffers are for messages that are put together; they grow to what is usual.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// putBuffer gives a buffer back, unless a large message has made it large.
func putBuffer(buf *[]byte) {
	const largest = 64 << 10
	if cap(*buf) <= largest {
		buffers.Put(buf)
	}
}

// write is the writer as long as nobody has to be waited for: it sends until
// nothing waits, all that waits in one message.
func (o *outbox) write(buf *[]byte) {
	defer o.wg.Done()
	for {
		msg, ask := o.next(buf)
		if msg.bytes == nil {
			if ask {
				o.wg.Go(o.drained) // waits for the room
			}
			return
		}
		taken, err := o.trier.TrySend(msg.bytes)
		switch {
		case err != nil:
			o.fail(err)
			return
		case !taken:
			if !msg.shared {
				msg.bytes = slices.Clone(msg.bytes)
			}
			o.wg.Go(func() { o.writeWaiting(msg) })
			return
		}
		o.metrics.Delivered(msg.frames, len(msg.bytes), time.Since(msg.oldest))
	}
}

// writeWaiting is the writer where the transport may have to be waited for. It
// begins with a message that was taken from the queue, if there is one.
func (o *outbox) writeWaiting(msg message) {
	buf := buffers.Get().(*[]byte)
	defer putBuffer(buf)
	for {
		ask := false
		if msg.bytes == nil {
			msg, ask = o.next(buf)
		}
		if msg.bytes == nil {
			if ask {
				o.drained()
			}
			return
		}
		// Not by a context: to end one would cut a message in two before its
		// reason could be told. What ends the connection makes Send return.
		o.watch()
		err := o.conn.Send(context.Background(), msg.bytes)
		o.stuck.Stop()
		if err != nil {
			o.fail(err)
			return
		}
		o.metrics.Delivered(msg.frames, len(msg.bytes), time.Since(msg.oldest))
		msg.bytes = nil
	}
}

// fail ends the connection: the transport takes no more.
func (o *outbox) fail(err error) {
	o.end(err)
	o.mu.Lock()
	o.closed, o.writing = true, false
	o.mu.Unlock()
}

// watch bounds the time that a member has for one message.
func (o *outbox) watch() {
	if o.stuck == nil {
		o.stuck = time.AfterFunc(sendTimeout, func() {
			o.end(&denial{code: wire.CodeSilent, reason: "nothing was read for " + sendTimeout.String()})
		})
		return
	}
	o.stuck.Reset(sendTimeout)
}

// message is what a writer sends at once.
type message struct {
	bytes  []byte
	shared bool // bytes are a frame that others are sent too, and stay as they are
	frames int
	oldest time.Time // when the first of it was queued
}

// next takes what goes into the next message, none if nothing waits: then the
// writer ends, and is told whether it is to call drained.
func (o *outbox) next(buf *[]byte) (msg message, ask bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || !o.waits() {
		o.writing = false
		ask = o.behind && !o.asked && !o.closed
		o.asked = o.asked || ask
		return message{}, ask
	}
	msg.oldest = o.oldest
	n, size := 0, len(o.cursors)+o.previewBytes
	for n < len(o.durable) && (size == 0 || size+len(o.durable[n]) <= wire.MaxMessage) {
		if size > catchUpPiece {
			// Cursors go between, and who reads slowly has taken something soon.
			break
		}
		size += len(o.durable[n])
		n++
	}
	var latest []byte
	if n == len(o.durable) && size+len(o.latest) <= wire.MaxMessage {
		latest, o.latest = o.latest, nil
		size += len(latest)
	}
	fed := 0
	for n == len(o.durable) && fed < len(o.feeds) && (size == 0 || size+len(o.feeds[fed].bytes) <= catchUpPiece) {
		size += len(o.feeds[fed].bytes)
		fed++
	}
	msg.frames = n + len(o.previews) + fed
	for i, f := range o.durable[:n] {
		if i >= o.owed {
			o.bytes -= len(f)
		}
	}
	switch {
	case n == 1 && size == len(o.durable[0]):
		msg.bytes, msg.shared = o.durable[0], true
	case fed == 1 && size == len(o.feeds[0].bytes):
		msg.bytes, msg.shared = o.feeds[0].bytes, true
	default:
		b := (*buf)[:0]
		for _, f := range o.durable[:n] {
			b = append(b, f...)
		}
		for _, f := range o.previews {
			b = append(b, f...)
		}
		b = append(b, latest...)
		b = append(b, o.cursors...)
		for _, f := range o.feeds[:fed] {
			b = append(b, f.bytes...)
		}
		msg.bytes = b
		*buf = msg.bytes
	}
	for _, f := range o.feeds[:fed] {
		if !f.owed {
			o.feedBytes -= len(f.bytes)
		}
	}
	clear(o.feeds[:fed])
	if o.feeds = o.feeds[fed:]; len(o.feeds) == 0 {
		o.feeds, o.feedBytes = nil, 0
	}
	if o.cursors != nil {
		msg.frames++
	}
	if latest != nil {
		msg.frames++
	}
	if n == 0 {
		msg.oldest = time.Now() // latest-wins frames have no age
	}
	o.cursors, o.previews, o.previewBytes = nil, nil, 0
	o.owed = max(o.owed-n, 0)
	clear(o.durable[:n])
	if o.durable = o.durable[n:]; len(o.durable) == 0 {
		o.durable = nil
	}
	return msg, false
}

// finish returns when all that waits is sent, or the transport takes no more. It
// is called when nothing more is queued.
func (o *outbox) finish() { o.wg.Wait() }

// close drops what waits and returns when the writer has ended.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.durable, o.owed, o.bytes, o.cursors, o.latest = nil, 0, 0, nil, nil
	o.previews, o.previewBytes = nil, 0
	o.feeds, o.feedBytes = nil, 0
	o.mu.Unlock()
	o.wg.Wait()
}
