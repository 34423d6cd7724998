package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// benchMember is a member that changes a property of a note of its own, again and again,
// and looks for when the others did.
type benchMember struct {
	figures *benchFigures
	board   string
	token   string
	dial    dialFunc
	size    int // bytes of a change

	conn conn.Conn
	doc  *board.Board
	note board.ID

	mu      sync.Mutex
	pending []benchChange // not stored, in the order in which they were sent
	left    bool
}

// benchChange is when a change was due, and its last operation.
type benchChange struct {
	seq uint64
	due time.Duration
}

// benchKey is a property that no version shows: it is kept and passed on.
const benchKey board.Key = 60_000

// A change has in it when it was due, in nanoseconds of the bench, in hexadecimal
// between these: that is looked for in the bytes that come, and the document is not.
const (
	benchBefore = "bench<"
	benchAfter  = ">"
	benchDigits = 16
	benchMark   = len(benchBefore) + benchDigits + len(benchAfter)
)

// come connects, and waits for the Welcome. What fails is counted, and tried again until
// the context ends or the relay says that there is no use.
func (m *benchMember) come(ctx context.Context, pause func(context.Context, time.Duration) error) bool {
	const again, atMost = 100 * time.Millisecond, 3 * time.Second
	for wait := again; ; wait = min(2*wait, atMost) {
		began := m.figures.since()
		err := m.tryToCome(ctx)
		if err == nil {
			m.figures.mu.Lock()
			record(m.figures.came, m.figures.since()-began)
			m.figures.mu.Unlock()
			return true
		}
		if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			m.figures.failed("come", err)
		}
		if errors.As(err, new(refusedError)) || pause(ctx, wait) != nil {
			return false
		}
	}
}

func (m *benchMember) tryToCome(ctx context.Context) error {
	c, err := m.dial(ctx)
	if err != nil {
		return unreachableError{err}
	}
	m.conn, m.doc = c, board.New(client.NewReplica())
	err = m.conn.Send(ctx, wire.AppendFrame(nil, 0, &wire.Hello{
		Version: wire.Version, Board: m.board, Replica: uint64(m.doc.Replica()), Name: "bench", Token: m.token, Device: wire.DeviceProgram,
	}))
	for err == nil {
		var msg []byte
		if msg, err = c.Receive(ctx); err != nil {
			break
		}
		welcomed := false
		for f, frameErr := range wire.Frames(msg) {
			if err = frameErr; err != nil {
				break
			}
			switch f.Kind {
			case wire.KindWelcome:
				var w wire.Welcome
				if err = w.Parse(f.Body); err == nil && w.Role != wire.RoleUnsaid && !w.Role.Edits() {
					err = refusedError{errors.New("the relay lets look at boards, and not change them")}
				}
				welcomed = true
			case wire.KindDenied:
				var d wire.Denied
				if err = d.Parse(f.Body); err == nil {
					err = denied(&d)
				}
			}
		}
		if welcomed && err == nil {
			return nil
		}
	}
	c.Close(uint32(wire.CodeNormal), "")
	if closed, ok := errors.AsType[*conn.CloseError](err); ok {
		return denied(&wire.Denied{Code: wire.Code(closed.Code), Reason: closed.Reason})
	}
	return err
}

// change makes one, with a mark of when it was due.
func (m *benchMember) change(due time.Duration) []byte {
	edit := m.doc.Edit()
	if m.note == (board.ID{}) {
		m.note = edit.Create(board.KindNote)
	}
	text := fmt.Sprintf("%s%0*x%s", benchBefore, benchDigits, int64(due), benchAfter)
	edit.Set(m.note, benchKey, board.String(text+strings.Repeat(".", m.size-benchMark)))
	return edit.Commit()
}

// benchPing is how often a member says something that has nothing to send: less often
// than a relay wants to hear from it.
const benchPing = 20 * time.Second

// send makes changes by the clock until a time.
func (m *benchMember) send(ctx context.Context, first, every, end time.Duration) {
	spoke := m.figures.since()
	for due := first; ; {
		next := min(due, end, spoke+benchPing)
		if wait := next - m.figures.since(); wait > 0 && pause(ctx, wait) != nil || ctx.Err() != nil || next == end {
			return
		}
		spoke = m.figures.since()
		if next != due {
			if !m.say(ctx, &wire.Ping{}) {
				return
			}
			continue
		}
		update := m.change(due)
		m.mu.Lock()
		m.pending = append(m.pending, benchChange{m.doc.Seq(m.doc.Replica()), due})
		m.mu.Unlock()
		// Counted before, since it may have come before Send returns.
		f := m.figures
		f.mu.Lock()
		f.sent++
		f.expected += f.others[m.board]
		f.mu.Unlock()
		if !m.say(ctx, &wire.Update{Data: update}) {
			return
		}
		due += every
	}
}

func (m *benchMember) say(ctx context.Context, message wire.Message) bool {
	msg := wire.AppendFrame(nil, 0, message)
	if err := m.conn.Send(ctx, msg); err != nil {
		if ctx.Err() == nil {
			m.figures.failed("send", err)
		}
		return false
	}
	m.figures.mu.Lock()
	m.figures.bytesOut += int64(len(msg))
	m.figures.mu.Unlock()
	return true
}

// read takes what comes until the connection ends.
func (m *benchMember) read(ctx context.Context) {
	for {
		msg, err := m.conn.Receive(ctx)
		if err == nil {
			err = m.take(msg)
		}
		if err == nil {
			continue
		}
		m.mu.Lock()
		left := m.left
		m.mu.Unlock()
		if !left && ctx.Err() == nil {
			m.figures.failed("receive", err)
		}
		return
	}
}

func (m *benchMember) take(msg []byte) error {
	f := m.figures
	now := f.since()
	var seen []time.Duration
	var through uint64
	for frame, err := range wire.Frames(msg) {
		if err != nil {
			return err
		}
		switch frame.Kind {
		case wire.KindUpdate:
			seen = appendMarks(seen, frame.Body)
		case wire.KindAck:
			var a wire.Ack
			if err := a.Parse(frame.Body); err != nil {
				return err
			}
			through = max(through, a.Through)
		case wire.KindNotice:
			var n wire.Notice
			if err := n.Parse(frame.Body); err != nil {
				return err
			}
			if n.Code == wire.CodeEdgeOnly {
				f.cutOff()
			}
		case wire.KindDenied:
			var d wire.Denied
			if err := d.Parse(frame.Body); err != nil {
				return err
			}
			return denied(&d)
		}
	}
	m.mu.Lock()
	n := 0
	for n < len(m.pending) && m.pending[n].seq <= through {
		n++
	}
	stored := slices.Clone(m.pending[:n])
	m.pending = m.pending[n:]
	m.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytesIn += int64(len(msg))
	f.received += int64(len(seen))
	for _, due := range seen {
		record(f.seen, now-due)
	}
	for _, c := range stored {
		record(f.stored, now-c.due)
	}
	return nil
}

// appendMarks appends the times that stand in updates.
func appendMarks(list []time.Duration, data []byte) []time.Duration {
	for {
		at := bytes.Index(data, []byte(benchBefore))
		if at < 0 || len(data) < at+benchMark {
			return list
		}
		digits := data[at+len(benchBefore):][:benchDigits]
		data = data[at+benchMark:]
		if due, err := strconv.ParseInt(string(digits), 16, 64); err == nil {
			list = append(list, time.Duration(due))
		}
	}
}

// leave takes the note away, and goes.
func (m *benchMember) leave(ctx context.Context) {
	m.mu.Lock()
	m.left = true
	m.mu.Unlock()
	if m.note != (board.ID{}) {
		edit := m.doc.Edit()
		edit.Set(m.note, benchKey, board.Value{})
		edit.Set(m.note, board.KeyDeleted, board.Int(1))
		m.say(ctx, &wire.Update{Data: edit.Commit()})
	}
	m.conn.Close(uint32(wire.CodeNormal), "")
}
