package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// asRelay makes this test binary a relay.
const asRelay = "EDGEBOARD_TEST_AS_RELAY"

// victim is a relay that is ended and started again.
type victim struct {
	t       *testing.T
	data    string
	args    []string // flags besides
	addr    string   // where it serves
	cmd     *exec.Cmd
	reading sync.WaitGroup // of what it says
	said    bytes.Buffer   // when it has ended

	mu   sync.Mutex
	door string // where writers dial, empty if they may not
}

var servesAt = regexp.MustCompile(`Edgeboard is at http://([0-9.:]+)`)

// start returns when the relay serves.
func (v *victim) start() {
	v.t.Helper()
	self, err := os.Executable()
	if err != nil {
		v.t.Fatal(err)
	}
	v.cmd = exec.Command(self, append([]string{"-addr", "127.0.0.1:0", "-quic=false", "-data", v.data}, v.args...)...)
	v.cmd.Env = append(os.Environ(), asRelay+"=1")
	stderr, err := v.cmd.StderrPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.said.Reset()
	for lines := bufio.NewReader(stderr); ; {
		line, err := lines.ReadString('\n')
		v.said.WriteString(line)
		if err != nil {
			v.t.Fatalf("the relay does not serve: %s", &v.said)
		}
		if m := servesAt.FindStringSubmatch(line); m != nil {
			v.addr = m[1]
			v.reading.Go(func() { _, _ = lines.WriteTo(&v.said) })
			return
		}
	}
}

func (v *victim) kill() {
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Error(err)
	}
	v.reading.Wait()
	_ = v.cmd.Wait() // that it was killed
}

var errClosed = errors.New("the relay is being looked at")

func (v *victim) dial(ctx context.Context) (conn.Conn, error) {
	v.mu.Lock()
	door := v.door
	v.mu.Unlock()
	if door == "" {
		return nil, errClosed
	}
	return ws.Dial(ctx, "ws://"+door+"/ws", wire.MaxMessage)
}

// letIn lets writers dial the relay as it is now. Until then they dial where it
// was before.
func (v *victim) letIn() { v.lead(v.addr) }

// shutOut keeps writers from dialing.
func (v *victim) shutOut() { v.lead("") }

func (v *victim) lead(to string) {
	v.mu.Lock()
	v.door = to
	v.mu.Unlock()
}

// writer changes a board as fast as the relay stores it.
type writer struct {
	t     *testing.T
	board string
	doc   *board.Board
	link  *client.Link
	stop  context.CancelFunc
	ended chan error      // what the Link's Run and write returned
	acks  chan<- struct{} // one for each change that was acknowledged

	stopWriting context.CancelFunc
	moved       chan struct{} // the status has changed, or mayWrite
	grown       chan struct{} // the board has

	// Owned by the Link.
	mayWrite int      // changes still to make
	tokens   []string // of the changes, in order
	seqs     []uint64 // and their last operations
	acked    int      // how many of them are
	note     board.ID // the text they go into
	live     bool
	lost     time.Time     // when it was Live last; zero: it never was
	longest  time.Duration // that it was not Live since it was first
}

// window is how many changes of a writer wait to be acknowledged.
const window = 8

func (v *victim) writer(name string, replica board.Replica, acks chan<- struct{}) *writer {
	return newWriter(v.t, client.LinkConfig{Transports: webSocket(v.dial)}, name, replica, acks)
}

// webSocket is the one transport of writers.
func webSocket(dial func(context.Context) (conn.Conn, error)) []client.Transport {
	return []client.Transport{{Name: "websocket", Dial: dial}}
}

func newWriter(t *testing.T, link client.LinkConfig, name string, replica board.Replica, acks chan<- struct{}) *writer {
	w := &writer{t: t, board: name, doc: board.New(replica), acks: acks, mayWrite: math.MaxInt, ended: make(chan error, 2), moved: make(chan struct{}, 1), grown: make(chan struct{}, 1)}
	w.doc.Observe(func(board.Event) { poke(w.grown) })
	var s *client.Session
	s = client.NewSession(client.Config{Board: name, Doc: w.doc, Observe: func(e client.Event) {
		if e != client.StatusChanged {
			return
		}
		st := s.Status()
		w.looks(st.Phase == client.Live)
		for ; w.acked < len(w.seqs)-st.Unsent-st.Sent; w.acked++ {
			select {
			case w.acks <- struct{}{}:
			default: // nobody counts now
			}
		}
		poke(w.moved)
	}})
	w.link = client.NewLink(s, link)
	ctx, stop := context.WithCancel(t.Context())
	w.stop = stop
	writing, stopWriting := context.WithCancel(ctx)
	w.stopWriting = stopWriting
	go func() { w.ended <- w.link.Run(ctx) }()
	go func() { w.ended <- w.write(writing) }()
	return w
}

// looks takes note of whether the writer is Live, for how long it was not.
func (w *writer) looks(live bool) {
	switch now := time.Now(); {
	case w.live && !live:
		w.lost = now
	case live && !w.live && !w.lost.IsZero():
		w.longest = max(w.longest, now.Sub(w.lost))
	}
	w.live = live
}

func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (w *writer) write(ctx context.Context) error {
	for {
		w.link.Do(func(s *client.Session) {
			for ; w.mayWrite > 0 && len(w.seqs)-w.acked < window; w.mayWrite-- {
				w.change(s)
			}
		})
		select {
		case <-w.moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// change writes a word that is written once into the board's text, and draws.
func (w *writer) change(s *client.Session) {
	own := w.doc.Replica()
	token := fmt.Sprintf("<%d:%d>", own, len(w.tokens))
	e := w.doc.Edit()
	if w.note == (board.ID{}) {
		for other := range w.doc.Elements() {
			if other.Kind() == board.KindNote {
				w.note = other.ID() // several write at the end of the same text
			}
		}
	}
	if w.note == (board.ID{}) {
		w.note = e.Create(board.KindNote)
	}
	e.Splice(w.note, board.Chars, w.doc.Element(w.note).TextLen(board.Chars), 0, token)
	e.Append(e.Create(board.KindStroke), board.Point{X: int32(len(w.tokens))}, board.Point{Y: 7})
	w.tokens = append(w.tokens, token)
	update := e.Commit()
	w.seqs = append(w.seqs, w.doc.Seq(own))
	s.Commit(update)
}

// state is what a writer knows to be stored: acknowledged, or seen of others.
func (w *writer) state() (known board.Vector, offline bool) {
	w.link.Do(func(s *client.Session) {
		known = w.doc.Vector()
		own := w.doc.Replica()
		delete(known, own)
		if w.acked > 0 {
			known[own] = w.seqs[w.acked-1]
		}
		offline = s.Status().Phase == client.Offline
	})
	return known, offline
}

// settled reports whether all changes were acknowledged.
func (w *writer) settled() (settled bool) {
	w.link.Do(func(s *client.Session) { st := s.Status(); settled = st.Unsent+st.Sent == 0 })
	return settled
}

// audit returns the board as the relay has it.
func (v *victim) audit(name string) *board.Board {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), patience)
	defer cancel()
	c, err := ws.Dial(ctx, "ws://"+v.addr+"/ws", wire.MaxMessage)
	if err != nil {
		v.t.Fatal(err)
	}
	defer c.Close(uint32(wire.CodeNormal), "")
	doc := board.New(client.NewReplica())
	s := client.NewSession(client.Config{Board: name, Doc: doc})
	s.Open(time.Now())
	var want board.Vector
	for want == nil || !doc.Vector().Covers(want) {
		for s.Waiting() {
			if err := c.Send(ctx, s.Outgoing()); err != nil {
				v.t.Fatal(err)
			}
		}
		msg, err := c.Receive(ctx)
		if err != nil {
			v.t.Fatalf("board %s: %v", name, err)
		}
		for f, err := range wire.Frames(msg) {
			var w wire.Welcome
			if err == nil && f.Kind == wire.KindWelcome {
				if err = w.Parse(f.Body); err == nil {
					want, err = board.ParseVector(w.Vector)
				}
			}
			if err != nil {
				v.t.Fatal(err)
			}
		}
		if err := s.Step(time.Now(), msg); err != nil {
			v.t.Fatal(err)
		}
	}
	return doc
}

// let lets the writer make so many changes from now on.
func (w *writer) let(changes int) {
	w.link.Do(func(*client.Session) { w.mayWrite = changes })
	poke(w.moved)
}

// has reports whether the writer's board is that one.
func (w *writer) has(doc *board.Board) (equal bool) {
	w.link.Do(func(*client.Session) { equal = w.doc.Hash() == doc.Hash() })
	return equal
}

// stored returns how many changes were acknowledged.
func (w *writer) stored() (n int) {
	w.link.Do(func(*client.Session) { n = w.acked })
	return n
}

// load is a relay and those who change its boards as fast as they can.
type load struct {
	*victim
	t       *testing.T
	what    string // for messages: the seed, and how far the test is
	writers []*writer
	acks    chan struct{}
}

// underLoad starts a relay with so many writers for each of its boards. The end of
// the test ends them.
func underLoad(t *testing.T, boards, writers int) *load {
	t.Helper()
	l := &load{victim: &victim{t: t, data: t.TempDir()}, t: t, acks: make(chan struct{}, 1000)}
	l.start()
	l.letIn()
	for b := range boards {
		for range writers {
			l.writers = append(l.writers, l.writer(fmt.Sprint("board", b), client.NewReplica(), l.acks))
		}
	}
	t.Cleanup(func() {
		for _, w := range l.writers {
			w.stop()
			<-w.ended
		}
		l.kill()
	})
	return l
}

// flow waits until changes are stored while it looks, so many of them.
func (l *load) flow(changes int) {
	l.t.Helper()
	for range changes {
		select {
		case <-l.acks:
		case <-time.After(patience):
			l.t.Fatalf("%s: nothing is stored", l.what)
		}
	}
}

// forget forgets what was stored so far: the next flow is of what comes.
func (l *load) forget() {
	for len(l.acks) > 0 {
		<-l.acks
	}
}

// known returns what each writer knows to be stored, when all that was under way
// from a relay that has ended has come.
func (l *load) known() []board.Vector {
	known := make([]board.Vector, len(l.writers))
	for i, w := range l.writers {
		for offline := false; !offline; {
			known[i], offline = w.state()
		}
	}
	return known
}

// holds expects the relay to have what writers knew to be stored, before any of
// them could have brought it back.
func (l *load) holds(known []board.Vector) {
	l.t.Helper()
	docs := map[string]*board.Board{}
	for i, w := range l.writers {
		if docs[w.board] == nil {
			docs[w.board] = l.audit(w.board)
		}
		for r, seq := range known[i] {
			if got := docs[w.board].Seq(r); got < seq {
				l.t.Fatalf("%s: of replica %d %d operations are stored, and writer %d knows of %d", l.what, r, got, i, seq)
			}
		}
	}
}

// finish lets the writers end, and expects everything to be stored, once, and
// everybody to have it.
func (l *load) finish() (changes int) {
	l.t.Helper()
	for _, w := range l.writers {
		w.stopWriting()
		<-w.ended
	}
	late := time.After(patience)
	for i, w := range l.writers {
		for !w.settled() {
			select {
			case <-w.moved:
			case <-late:
				l.t.Fatalf("%s: writer %d has changes that are not stored", l.what, i)
			}
		}
		changes += len(w.tokens)
	}
	docs := map[string]*board.Board{}
	for _, w := range l.writers {
		if docs[w.board] == nil {
			docs[w.board] = l.audit(w.board)
		}
	}
	l.once(docs)
	for i, w := range l.writers {
		for !w.has(docs[w.board]) {
			select {
			case <-w.grown:
			case <-late:
				l.t.Fatalf("%s: writer %d has another board than the relay", l.what, i)
			}
		}
	}
	return changes
}

// once expects all that was written to stand in the boards, once.
func (l *load) once(docs map[string]*board.Board) {
	l.t.Helper()
	texts := map[string]string{}
	for name, doc := range docs {
		for e := range doc.Elements() {
			texts[name] += e.Text()
		}
	}
	for _, w := range l.writers {
		for _, token := range w.tokens {
			if n := strings.Count(texts[w.board], token); n != 1 {
				l.t.Fatalf("%s: %s stands %d times in the text, want once", l.what, token, n)
			}
		}
	}
}

// A relay is killed 50 times under load. What a writer has had acknowledged, and
// what anyone has seen, is there each time before anyone could have brought it
// back; and in the end everything is there once.
func TestKilledUnderLoad(t *testing.T) {
	const kills = 50
	l := underLoad(t, 2, 3)
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for kill := range kills {
		l.what = fmt.Sprintf("seed %d, kill %d", seed, kill)
		l.flow(1 + rnd.IntN(60))
		l.shutOut()
		l.kill()
		known := l.known()
		l.start()
		l.holds(known)
		l.forget()
		l.letIn()
		for _, w := range l.writers {
			w.link.Wake()
		}
	}
	t.Logf("%d kills, %d changes", kills, l.finish())
}
