package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/relay/server"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
)

// soakBench lets people use the relay for a long time, as they do: they come, draw, point, do not read for a while, lose
// their connection and come back, over WebSocket and WebTransport. In the end all of them have the same board, and the
// store has it, too; the relay's memory is what it was, and when all have left none of its goroutines is.
//
// The relay is a process of its own here as well, but a part of this program, which says how many goroutines it has.
type soakBench struct {
	seconds         float64
	members, boards int
	seed            uint64
}

const soakCase = "soak"

// What people do.
const (
	soakActs     = 200 * time.Millisecond // between two acts of one, on average
	soakVisit    = 20 * time.Second       // of one, at the most
	soakAway     = 2 * time.Second        // between two visits, at the most
	soakStall    = 4 * time.Second        // without reading, at the most
	soakElements = 200                    // of a board; from then on they are changed, so that boards grow no more
	soakPatience = time.Minute            // for what has to come in the end
	soakSample   = 250 * time.Millisecond // between two looks at the memory
	soakHeaps    = 20                     // looks at the heap in all
)

func benchSoak(ctx context.Context, args []string, out *report) error {
	b := &soakBench{}
	flags := newFlags("soak", out)
	flags.real(&b.seconds, "seconds", 600, "how long people use the relay, a week at the most", 5, 7*24*3600)
	flags.whole(&b.members, "members", 100, "how many people there are", 1, 10_000)
	flags.IntVar(&b.boards, "boards", 5, "how many boards they are on")
	flags.Uint64Var(&b.seed, "seed", 1, "of what they do")
	if err := flags.parse(args); err != nil {
		return err
	}
	if err := within(flags, "boards", b.boards, 1, b.members); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	defer os.RemoveAll(dir)
	relay, err := startCounted(ctx, filepath.Join(dir, "boards"))
	if err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	if err := errors.Join(b.measure(ctx, relay, out), relay.stop()); err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	return nil
}

// countedPart is a relay that answers each line of its standard input with a number on standard output: to askGoroutines
// how many it has, to askHeap the bytes of its heap that are in use after a collection. It takes the folder of its boards,
// and ends when its input does.
const countedPart = "a relay that counts its goroutines"

const (
	askGoroutines = "goroutines"
	askHeap       = "heap"
)

// countedIsAt stands before its address, in a line on standard error.
const countedIsAt = "the relay is at "

func serveCounted(ctx context.Context, args []string, out *report) error {
	if len(args) != 1 {
		return fmt.Errorf("%d arguments", len(args))
	}
	l, udp, noUDP, err := server.Listen("127.0.0.1:0", true)
	if err = errors.Join(err, noUDP); err != nil {
		return err
	}
	relay, err := server.New(server.Config{Data: args[0], Log: slog.New(slog.NewTextHandler(out.stderr, nil))})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer stop()
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			if lines.Text() == askHeap {
				fmt.Fprintln(out.stdout, heap())
			} else {
				fmt.Fprintln(out.stdout, runtime.NumGoroutine())
			}
		}
	}()
	fmt.Fprintf(out.stderr, "%s%s\n", countedIsAt, l.Addr())
	return relay.Serve(ctx, l, udp)
}

// counted is such a relay.
type counted struct {
	*subject
	ask    io.Writer
	answer *bufio.Reader
}

func startCounted(ctx context.Context, data string) (*counted, error) {
	stdin, ask, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", countedPart, data)
	cmd.Stdin = stdin
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s, err := serving(launch(cmd, ask, func(line string) (string, bool) { return strings.CutPrefix(line, countedIsAt) }))
	return &counted{s, ask, bufio.NewReader(stdout)}, err
}

// about returns what the relay says of itself.
func (c *counted) about(what string) (int, error) {
	if _, err := io.WriteString(c.ask, what+"\n"); err != nil {
		return 0, fmt.Errorf("ask for %s: %w", what, err)
	}
	line, err := c.answer.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("ask for %s: %w: %s", what, err, c.log())
	}
	return strconv.Atoi(strings.TrimSpace(line))
}

// settled returns how many goroutines there are when there are no more than want, or else when patience is at its end.
func (c *counted) settled(ctx context.Context, want int, patience time.Duration) (int, error) {
	for deadline := time.Now().Add(patience); ; {
		n, err := c.about(askGoroutines)
		if err != nil || n <= want || time.Now().After(deadline) {
			return n, err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *soakBench) measure(ctx context.Context, relay *counted, out *report) error {
	for !answers(relay.address) {
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	before, err := relay.settled(ctx, 0, 2*time.Second) // what answered has gone by then
	if err != nil {
		return err
	}
	people := make([]*soaker, b.members)
	for i := range people {
		over := overWebSocket
		if i%5 == 4 {
			over = overWebTransport
		}
		dial, err := dialer(ctx, over, relay.address)
		if err != nil {
			return err
		}
		people[i] = &soaker{
			dial: dial, boardName: "soak" + strconv.Itoa(i%b.boards), name: "Person " + strconv.Itoa(i),
			rng: rand.New(rand.NewPCG(b.seed, uint64(i))), doc: board.New(client.NewReplica()),
		}
	}
	http.DefaultClient.CloseIdleConnections() // with which WebTransport was asked for
	rss, live, err := b.use(ctx, relay, people)
	if err != nil {
		return err
	}
	if err := meetAgain(ctx, people); err != nil {
		return err
	}
	// The boards are unloaded when nobody is there, so who comes then gets what is stored.
	if _, err := relay.settled(ctx, before, soakPatience); err != nil {
		return err
	}
	if err := b.sameStored(ctx, relay, people); err != nil {
		return err
	}
	after, err := relay.settled(ctx, before, soakPatience)
	if err != nil {
		return err
	}
	out.add(soakCase, "rss_growth_mib", "MiB", growth(rss))
	out.add(soakCase, "goroutines_left", "goroutines", float64(after-before))
	out.add(soakCase, "heap_growth_mib", "MiB", growth(live))
	out.add(soakCase, "rss_mib", "MiB", middle(rss[len(rss)/2:]))
	did := map[string]int{}
	for _, p := range people {
		for what, n := range p.did {
			did[what] += n
		}
	}
	out.note("soak: %v", did)
	return nil
}

// growth returns by how many MiB a size in bytes has grown, from the first quarter of the time to the last. The tenth before
// does not count: boards fill then.
func growth(sizes []int) float64 {
	sizes = sizes[len(sizes)/10:]
	quarter := (len(sizes) + 3) / 4
	return middle(sizes[len(sizes)-quarter:]) - middle(sizes[:quarter])
}

// middle returns the median of sizes in bytes, in MiB.
func middle(sizes []int) float64 {
	return median(sizes, func(n int) float64 { return float64(n) / (1 << 20) })
}

// use lets people use the relay for the time, and returns what it took all the while, in bytes: of memory, as an operator
// sees it; and of its heap, which is looked at less often, because that takes a collection.
func (b *soakBench) use(ctx context.Context, relay *counted, people []*soaker) (rss, live []int, err error) {
	using, stop := context.WithTimeout(ctx, time.Duration(b.seconds*float64(time.Second)))
	defer stop()
	var running sync.WaitGroup
	failed := make([]error, len(people))
	for i, p := range people {
		running.Go(func() {
			if failed[i] = p.live(using); failed[i] != nil {
				stop()
			}
		})
	}
	start := time.Now()
	for err == nil && pause(using, soakSample) == nil {
		now, _, e := relay.memory()
		rss, err = append(rss, now), e
		if due := time.Duration(float64(len(live)) * b.seconds / soakHeaps * float64(time.Second)); err == nil && time.Since(start) >= due {
			now, err = relay.about(askHeap)
			live = append(live, now)
		}
	}
	stop()
	running.Wait()
	return rss, live, errors.Join(append(failed, err, ctx.Err())...)
}

// soaker is one of the people.
type soaker struct {
	dial            func(context.Context) (conn.Conn, error)
	boardName, name string
	rng             *rand.Rand
	doc             *board.Board // between visits; during one it is the Link's
	did             map[string]int

	mu   sync.Mutex
	mood *moody // the connection in use
}

// up to returns a random part of a time.
func (p *soaker) part(of time.Duration) time.Duration {
	return time.Duration(p.rng.Int64N(int64(of)) + 1)
}

// live is one visit after the other.
func (p *soaker) live(ctx context.Context) error {
	p.did = map[string]int{}
	for pause(ctx, p.part(soakAway)) == nil {
		if p.rng.IntN(8) == 0 { // somebody else takes the place; what was not stored goes with who leaves
			p.doc = board.New(client.NewReplica())
		}
		visit, leave := context.WithTimeout(ctx, p.part(soakVisit))
		p.did["visits"]++
		v := p.visit(visit)
		for pause(visit, p.part(2*soakActs)) == nil && v.link.Do(p.act) {
			p.moody()
		}
		leave()
		if err := v.left(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// visited is a visit under way.
type visited struct {
	link  *client.Link
	ended chan error
}

// visit comes to the board, until ctx ends.
func (p *soaker) visit(ctx context.Context) *visited {
	v := &visited{ended: make(chan error, 1)}
	v.link = client.NewLink(client.NewSession(client.Config{Board: p.boardName, Doc: p.doc, Name: p.name}), client.LinkConfig{
		Transports: []client.Transport{{Name: "soaked", Dial: func(ctx context.Context) (conn.Conn, error) {
			c, err := p.dial(ctx)
			if err != nil {
				return nil, err
			}
			m := &moody{Conn: c, closed: make(chan struct{})}
			p.mu.Lock()
			p.mood = m
			p.mu.Unlock()
			if d, ok := c.(conn.Datagrams); ok {
				return &moodyDatagrams{m, d}, nil
			}
			return m, nil
		}}},
	})
	go func() { v.ended <- v.link.Run(ctx) }()
	return v
}

// left waits for the visit's end. That the relay does not want somebody back is an error.
func (v *visited) left() error {
	err := <-v.ended
	if stopped, ok := errors.AsType[*client.StoppedError](err); ok {
		return stopped
	}
	return nil
}

// act does something on the board.
func (p *soaker) act(s *client.Session) {
	doc := s.Doc()
	x, y := p.rng.Int32N(8000), p.rng.Int32N(8000)
	what := p.rng.IntN(100)
	switch {
	case what < 50:
		p.did["points"]++
		s.Point(x, y, p.rng.IntN(10) == 0)
	case what < 60 && doc.Len() < soakElements && s.Status().Phase == client.Live:
		p.did["strokes"]++
		e := doc.Edit()
		id := e.Create(board.KindStroke)
		e.Set(id, board.KeyColor, board.Int(int64(x)))
		s.Commit(e.Commit())
		for points := range slices.Chunk(handStroke(p.rng, 30), 5) {
			e := doc.Edit()
			e.Append(id, points...)
			s.Commit(e.Commit())
			s.Draw(id)
		}
		s.Drawn()
	default:
		if doc.Len() == 0 {
			return
		}
		p.did["changes"]++
		n := p.rng.IntN(doc.Len())
		for el := range doc.Elements() {
			if n--; n < 0 {
				e := doc.Edit()
				e.Set(el.ID(), board.KeyThickness, board.Float(float64(x)/100))
				e.Set(el.ID(), 100, board.String(filler(int(y), 64)))
				s.Commit(e.Commit())
				return
			}
		}
	}
}

// moody lets something befall the connection now and then.
func (p *soaker) moody() {
	p.mu.Lock()
	m := p.mood
	p.mu.Unlock()
	if m == nil {
		return
	}
	switch p.rng.IntN(100) {
	case 0, 1:
		p.did["stalls"]++
		m.stall(p.part(soakStall))
	case 2:
		p.did["drops"]++
		m.Conn.Close(1006, "") // no farewell
	}
}

// moody is a connection whose client does not always read.
type moody struct {
	conn.Conn
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	until time.Time
}

func (m *moody) stall(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.until = time.Now().Add(d)
}

func (m *moody) Receive(ctx context.Context) ([]byte, error) {
	m.mu.Lock()
	wait := time.Until(m.until)
	m.mu.Unlock()
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-m.closed:
		case <-ctx.Done():
		}
	}
	return m.Conn.Receive(ctx)
}

func (m *moody) Close(code uint32, reason string) {
	m.once.Do(func() { close(m.closed) })
	m.Conn.Close(code, reason)
}

type moodyDatagrams struct {
	*moody
	conn.Datagrams
}

// meetAgain lets all come once more, and leave when everybody has what everybody else has, and all of it is stored.
func meetAgain(ctx context.Context, people []*soaker) error {
	ctx, leave := context.WithTimeout(ctx, soakPatience)
	defer leave()
	visits := make([]*visited, len(people))
	for i, p := range people {
		visits[i] = p.visit(ctx)
	}
	together := func() bool {
		vectors := map[string]board.Vector{} // by board
		for i, v := range visits {
			same := false
			v.link.Do(func(s *client.Session) {
				st, has := s.Status(), s.Doc().Vector()
				before, ok := vectors[people[i].boardName]
				same = st.Phase == client.Live && st.Unsent == 0 && st.Sent == 0 && (!ok || has.Covers(before) && before.Covers(has))
				vectors[people[i].boardName] = has
			})
			if !same {
				return false
			}
		}
		return true
	}
	var failed error
	for failed == nil && !together() {
		if pause(ctx, 20*time.Millisecond) != nil {
			failed = errors.New("in the end not everybody has what everybody else has")
		}
	}
	leave()
	for i, v := range visits {
		if err := v.left(); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", people[i].name, err))
		}
	}
	return failed
}

// sameStored checks that everybody's board is the one that somebody new gets.
func (b *soakBench) sameStored(ctx context.Context, relay *counted, people []*soaker) error {
	dial, err := dialer(ctx, overWebSocket, relay.address)
	if err != nil {
		return err
	}
	stored := map[string][]byte{}
	for _, p := range people {
		want, ok := stored[p.boardName]
		if !ok {
			who := &soaker{dial: dial, boardName: p.boardName, name: "Somebody new", doc: board.New(client.NewReplica())}
			if err := who.fetch(ctx, p.doc.Vector()); err != nil {
				return err
			}
			want = who.doc.Snapshot()
			stored[p.boardName] = want
		}
		if !bytes.Equal(p.doc.Snapshot(), want) {
			return fmt.Errorf("%s: what is stored of %s differs from what %s has", relay.address, p.boardName, p.name)
		}
	}
	return nil
}

// fetch visits a board until it has what is there.
func (p *soaker) fetch(ctx context.Context, all board.Vector) error {
	ctx, leave := context.WithTimeout(ctx, soakPatience)
	defer leave()
	v := p.visit(ctx)
	for has := false; !has; {
		if !v.link.Do(func(s *client.Session) { has = s.Doc().Vector().Covers(all) }) {
			break // why is told by left
		}
		if !has && pause(ctx, 10*time.Millisecond) != nil {
			return errors.Join(fmt.Errorf("the relay has not all of %s any more", p.boardName), v.left())
		}
	}
	leave()
	return v.left()
}
