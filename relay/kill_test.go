package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
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

// victim is a relay that is killed and started again.
type victim struct {
	t    *testing.T
	data string
	cmd  *exec.Cmd
	log  sync.WaitGroup // reads what it says

	mu   sync.Mutex
	addr string
	open bool // writers may dial
}

var servesAt = regexp.MustCompile(`Edgeboard is at http://([0-9.:]+)`)

// start returns when the relay serves.
func (v *victim) start() {
	v.t.Helper()
	self, err := os.Executable()
	if err != nil {
		v.t.Fatal(err)
	}
	v.cmd = exec.Command(self, "-addr", "127.0.0.1:0", "-quic=false", "-data", v.data)
	v.cmd.Env = append(os.Environ(), asRelay+"=1")
	stderr, err := v.cmd.StderrPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for said := ""; ; {
		if !lines.Scan() {
			v.t.Fatalf("the relay does not serve: %s", said)
		}
		said += lines.Text() + "\n"
		if m := servesAt.FindStringSubmatch(lines.Text()); m != nil {
			v.mu.Lock()
			v.addr = m[1]
			v.mu.Unlock()
			break
		}
	}
	v.log.Go(func() { _, _ = io.Copy(io.Discard, stderr) })
}

func (v *victim) kill() {
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Error(err)
	}
	v.log.Wait()
	_ = v.cmd.Wait() // that it was killed
}

var errClosed = errors.New("the relay is being looked at")

func (v *victim) dial(ctx context.Context) (conn.Conn, error) {
	v.mu.Lock()
	addr, open := v.addr, v.open
	v.mu.Unlock()
	if !open {
		return nil, errClosed
	}
	return ws.Dial(ctx, "ws://"+addr+"/ws", wire.MaxMessage)
}

// letIn says whether writers may dial.
func (v *victim) letIn(open bool) {
	v.mu.Lock()
	v.open = open
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

	// Owned by the Link.
	tokens []string // of the changes, in order
	seqs   []uint64 // and their last operations
	acked  int      // how many of them are
	note   board.ID // the text they go into
	moved  chan struct{}
}

// window is how many changes of a writer wait to be acknowledged.
const window = 8

func (v *victim) writer(name string, replica board.Replica, acks chan<- struct{}) *writer {
	w := &writer{t: v.t, board: name, doc: board.New(replica), acks: acks, ended: make(chan error, 2), moved: make(chan struct{}, 1)}
	var s *client.Session
	s = client.NewSession(client.Config{Board: name, Doc: w.doc, Observe: func(e client.Event) {
		if e != client.StatusChanged {
			return
		}
		st := s.Status()
		for ; w.acked < len(w.seqs)-st.Unsent-st.Sent; w.acked++ {
			select {
			case w.acks <- struct{}{}:
			default: // nobody counts now
			}
		}
		select {
		case w.moved <- struct{}{}:
		default:
		}
	}})
	w.link = client.NewLink(s, client.LinkConfig{Transports: []client.Transport{{Name: "websocket", Dial: v.dial}}})
	ctx, stop := context.WithCancel(v.t.Context())
	w.stop = stop
	writing, stopWriting := context.WithCancel(ctx)
	w.stopWriting = stopWriting
	go func() { w.ended <- w.link.Run(ctx) }()
	go func() { w.ended <- w.write(writing) }()
	return w
}

func (w *writer) write(ctx context.Context) error {
	for {
		w.link.Do(func(s *client.Session) {
			for len(w.seqs)-w.acked < window {
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

// A relay is killed 50 times under load. What a writer has had acknowledged, and
// what anyone has seen, is there each time before anyone could have brought it
// back; and in the end everything is there once.
func TestKilledUnderLoad(t *testing.T) {
	const kills, boards, writers = 50, 2, 3
	v := &victim{t: t, data: t.TempDir(), open: true}
	v.start()
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	acks := make(chan struct{}, 1000)
	var all []*writer
	for b := range boards {
		for range writers {
			all = append(all, v.writer(fmt.Sprint("board", b), client.NewReplica(), acks))
		}
	}
	defer func() {
		for _, w := range all {
			w.stop()
			<-w.ended
		}
		v.kill()
	}()
	for kill := range kills {
		for range 1 + rnd.IntN(60) {
			select {
			case <-acks:
			case <-time.After(patience):
				t.Fatalf("seed %d, kill %d: nothing is stored", seed, kill)
			}
		}
		v.letIn(false)
		v.kill()
		known := make([]board.Vector, len(all))
		for i, w := range all {
			for offline := false; !offline; { // until what was under way has come
				known[i], offline = w.state()
			}
		}
		v.start()
		docs := map[string]*board.Board{}
		for i, w := range all {
			if docs[w.board] == nil {
				docs[w.board] = v.audit(w.board)
			}
			for r, seq := range known[i] {
				if got := docs[w.board].Seq(r); got < seq {
					t.Fatalf("seed %d, kill %d: of replica %d %d operations are stored, and writer %d knows of %d", seed, kill, r, got, i, seq)
				}
			}
		}
		for len(acks) > 0 {
			<-acks
		}
		v.letIn(true)
		for _, w := range all {
			w.link.Wake()
		}
	}
	// In the end everything is stored, once, and everybody has it.
	for _, w := range all {
		w.stopWriting()
		<-w.ended
	}
	texts := map[string]string{}
	for i, w := range all {
		for late := time.After(patience); !w.settled(); {
			select {
			case <-w.moved:
			case <-late:
				t.Fatalf("seed %d: writer %d has changes that are not stored", seed, i)
			}
		}
		doc := v.audit(w.board)
		if texts[w.board] == "" {
			for e := range doc.Elements() {
				texts[w.board] += e.Text()
			}
		}
		for _, token := range w.tokens {
			if n := strings.Count(texts[w.board], token); n != 1 {
				t.Fatalf("seed %d: %s stands %d times in the text, want once", seed, token, n)
			}
		}
	}
	t.Logf("%d kills, %d changes", kills, func() (n int) {
		for _, w := range all {
			n += len(w.tokens)
		}
		return n
	}())
}
