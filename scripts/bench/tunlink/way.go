// Package tunlink is a slow and lossy network in one machine, for kernels that have no netem: two network namespaces, a
// TUN device in each, and between them a link that delays, loses and queues the packets.
//
// TCP, UDP and QUIC run over it as they do over a real one: the kernel hands each IP packet to the link as it would go on
// the wire, segmented already. A [Way] is what the link does to the packets of one direction, without clock or device; a
// [Link], on Linux alone, is the devices and the goroutines.
package tunlink

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"
)

// Shape is what a way does to packets. The zero value does nothing to them.
type Shape struct {
	Delay  time.Duration // of every packet, in this direction alone
	Jitter time.Duration // the delay is uniform from Delay-Jitter to Delay+Jitter, each packet's for itself; at most Delay
	// Loss is the part of the packets that are lost, 0 to 1, each for itself. They are lost under way: the sender's
	// queue and the rate had them.
	Loss float64
	// Rate is how many bytes of IP packets go out a second, 0 any number, and Queue how many bytes wait for that, 0
	// being DefaultQueue. A packet for which the queue has no room is dropped.
	Rate, Queue int
	// Reorder lets a packet overtake those whose delay is longer. Without it they keep their order, as on most real
	// links, and the delay of one is at least what is left of the one before.
	Reorder bool
}

// DefaultQueue is what a queue holds of which nothing else is said, in bytes: what home routers have.
const DefaultQueue = 256 << 10

// maxFlight bounds what is under way in one direction, in bytes: a TCP that fills it has more than enough. A packet
// beyond it is dropped as if the queue was full.
const maxFlight = 16 << 20

// Check returns an error that says what no link can be like.
func (s Shape) Check() error {
	switch {
	case s.Delay < 0 || s.Jitter < 0 || s.Jitter > s.Delay:
		return fmt.Errorf("a delay of %v ± %v: want both 0 or more, and no more jitter than delay", s.Delay, s.Jitter)
	case !(s.Loss >= 0 && s.Loss <= 1):
		return fmt.Errorf("a loss of %v: want a part, 0 to 1", s.Loss)
	case s.Rate < 0 || s.Queue < 0:
		return fmt.Errorf("a rate of %d and a queue of %d bytes: want 0 or more", s.Rate, s.Queue)
	}
	return nil
}

// Count is what has become of packets.
type Count struct {
	In    int // came to the way
	Lost  int // of them by Loss
	Full  int // of them because the queue had no room
	Late  int // were taken more than lateBy after they had arrived: the machine had no time for the link
	Bytes int // of those that came, IP headers included
}

// lateBy is what timers are late by on a machine that has time.
const lateBy = 3 * time.Millisecond

// Counts is a Count for each protocol.
type Counts struct{ TCP, UDP, Other Count }

// Since returns what was counted after before.
func (c Counts) Since(before Counts) Counts {
	return Counts{c.TCP.since(before.TCP), c.UDP.since(before.UDP), c.Other.since(before.Other)}
}

func (c Count) since(before Count) Count {
	return Count{c.In - before.In, c.Lost - before.Lost, c.Full - before.Full, c.Late - before.Late, c.Bytes - before.Bytes}
}

func (c *Counts) of(packet []byte) *Count {
	// RFC 791 section 3.1, RFC 8200 section 3: the first four bits are the version. Headers of IPv6 that stand between
	// it and TCP or UDP are not looked through: nothing here writes any.
	protocol := byte(0)
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		protocol = packet[9]
	case len(packet) >= 40 && packet[0]>>4 == 6:
		protocol = packet[6]
	}
	switch protocol {
	case 6:
		return &c.TCP
	case 17:
		return &c.UDP
	}
	return &c.Other
}

// Way is one direction of a link. It has no clock: callers say what time it is, which never goes back. It belongs to one
// goroutine.
type Way struct {
	shape  Shape
	rng    *rand.Rand
	counts Counts

	flight flight
	bytes  int       // in flight
	put    int       // packets that were ever put in flight
	free   time.Time // when the rate has let out all that was taken
	last   time.Time // when the last packet that keeps its order arrives
}

// NewWay returns a Way without packets. The same rng and the same packets at the same times meet the same fate.
func NewWay(shape Shape, rng *rand.Rand) *Way {
	if shape.Queue == 0 {
		shape.Queue = DefaultQueue
	}
	return &Way{shape: shape, rng: rng}
}

// Put sends a packet, which is the Way's from now on.
func (w *Way) Put(now time.Time, packet []byte) {
	count := w.counts.of(packet)
	count.In++
	count.Bytes += len(packet)
	// Drawn for every packet: whether one is dropped does not change the fate of the next.
	lost := w.rng.Float64() < w.shape.Loss
	delay := w.shape.Delay
	if w.shape.Jitter > 0 {
		delay += time.Duration(w.rng.Int64N(int64(2*w.shape.Jitter)+1)) - w.shape.Jitter
	}
	out, ok := w.queue(now, len(packet))
	switch {
	case !ok || w.bytes+len(packet) > maxFlight:
		count.Full++
		return
	case lost:
		count.Lost++
		return
	}
	due := out.Add(delay)
	if !w.shape.Reorder {
		if due.Before(w.last) {
			due = w.last
		}
		w.last = due
	}
	w.put++
	w.bytes += len(packet)
	heap.Push(&w.flight, flying{due, w.put, packet})
}

// queue lets a packet wait for the rate, and returns when it is out. It reports false if there is no room.
func (w *Way) queue(now time.Time, size int) (out time.Time, ok bool) {
	if w.shape.Rate == 0 {
		return now, true
	}
	if w.free.Before(now) {
		w.free = now
	}
	// What waits is what the rate takes to let out, so that nothing needs to be counted off.
	waiting := w.free.Sub(now).Seconds() * float64(w.shape.Rate)
	if waiting+float64(size) > float64(w.shape.Queue) {
		return now, false
	}
	w.free = w.free.Add(time.Duration(float64(size) / float64(w.shape.Rate) * float64(time.Second)))
	return w.free, true
}

// Next returns when the next packet arrives, and whether one is under way.
func (w *Way) Next() (due time.Time, ok bool) {
	if len(w.flight) == 0 {
		return time.Time{}, false
	}
	return w.flight[0].due, true
}

// Take returns a packet that has arrived, nil if there is none.
func (w *Way) Take(now time.Time) []byte {
	due, ok := w.Next()
	if !ok || due.After(now) {
		return nil
	}
	packet := heap.Pop(&w.flight).(flying).packet
	w.bytes -= len(packet)
	if now.Sub(due) > lateBy {
		w.counts.of(packet).Late++
	}
	return packet
}

// Counts returns what has become of the packets so far.
func (w *Way) Counts() Counts { return w.counts }

// flight is the packets under way, as package heap has it.
type flight []flying

type flying struct {
	due    time.Time
	number int // in the order of Put
	packet []byte
}

func (f flight) Len() int      { return len(f) }
func (f flight) Swap(i, k int) { f[i], f[k] = f[k], f[i] }
func (f flight) Less(i, k int) bool {
	if f[i].due.Equal(f[k].due) {
		return f[i].number < f[k].number
	}
	return f[i].due.Before(f[k].due)
}

func (f *flight) Push(x any) { *f = append(*f, x.(flying)) }

func (f *flight) Pop() any {
	last := len(*f) - 1
	x := (*f)[last]
	(*f)[last] = flying{}
	*f = (*f)[:last]
	return x
}
