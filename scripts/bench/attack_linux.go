package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// attackPart is this program as the attacker of bench hostile: it attacks until its standard input ends, and says then what
// came of it.
const attackPart = "an attacker"

// attackOrder is what the attacker is told, as a line of JSON on its standard input.
type attackOrder struct {
	Address string // of the relay
	Token   string // of an editor, for attacks of members
}

// attacks are those that there are. Each goes on until its context ends, counts what it has done by what came of it, and
// returns an error where it could not be made.
var attacks = map[string]func(ctx context.Context, o attackOrder, did *tried) error{
	"wrong_tokens": attackWrongTokens,
	"wrong_hellos": attackWrongHellos,
	"loris":        attackLoris,
	"bomb":         attackBomb,
	"datagrams":    attackDatagrams,
	"updates":      attackUpdates,
	"hellos":       attackHellos,
}

func attackNames() []string { return slices.Sorted(maps.Keys(attacks)) }

// How hard they are, a second.
const (
	wrongTokens  = 1000 // requests, of one address
	wrongHellos  = 200  // connections, of one address
	bombs        = 10
	floodGrams   = 2000 // datagrams
	floodUpdates = 2000 // of 1 KiB: more than the relay reads of one member
	passersBy    = 100  // connections

	lorisSockets = 500 // in all
)

// attackerAddress is whom a trusted proxy, which the attacker plays as well, says that it comes for.
const attackerAddress = "198.51.100.7"

// tried counts what an attack has done.
type tried struct {
	began func() // called with the first thing: from then on there is an attack
	mu    sync.Mutex
	times map[string]int
}

func (t *tried) add(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.times) == 0 {
		t.began()
	}
	t.times[what]++
}

func (t *tried) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []string
	for _, what := range slices.Sorted(maps.Keys(t.times)) {
		list = append(list, fmt.Sprintf("%s %d", what, t.times[what]))
	}
	return strings.Join(list, ", ")
}

const (
	attackBegins = "the attack begins"
	attackWas    = "the attack was: "
)

// startAttack starts the attacker, and returns when it is at work.
func startAttack(ctx context.Context, name string, o attackOrder) (*subject, error) {
	stdin, feed, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	order, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", attackPart, name)
	cmd.Stdin = stdin
	s, err := launch(cmd, feed, func(line string) (string, bool) { return line, line == attackBegins })
	if err == nil {
		_, err = feed.Write(append(order, '\n'))
	}
	return serving(s, err)
}

// last is what an attacker that has ended has to tell.
func (s *subject) last() string {
	_, told, _ := strings.Cut(s.log(), attackWas)
	return told
}

// attack is the attacker.
func attack(ctx context.Context, args []string, out *report) error {
	if len(args) != 1 || attacks[args[0]] == nil {
		return fmt.Errorf("attack: %q is no attack", args)
	}
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("attack: what to do: %w", err)
	}
	var o attackOrder
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("attack: what to do: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in) // until it ends
		stop()
	}()
	did := &tried{times: map[string]int{}, began: func() { fmt.Fprintln(out.stderr, attackBegins) }}
	err = attacks[args[0]](ctx, o, did)
	if ctx.Err() == nil {
		return fmt.Errorf("attack %s: it ended by itself: %w", args[0], err)
	}
	fmt.Fprintln(out.stderr, attackWas+did.String())
	return nil
}

// pace calls f so often a second until the context ends or f fails, from so many goroutines. What falls due while f waits
// is left out.
func pace(ctx context.Context, rate float64, goroutines int, f func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, goroutines)
	for k := range goroutines {
		wg.Go(func() {
			// Each wakes up a hundred times a second at the most, and does what is due: an attacker that sleeps
			// costs nothing.
			each := float64(goroutines) / rate
			tick := time.NewTicker(time.Duration(max(each, 0.01) * float64(time.Second)))
			defer tick.Stop()
			start, n := time.Now(), 0
			for {
				select {
				case <-ctx.Done():
					return
				case now := <-tick.C:
					due := int(now.Sub(start).Seconds()/each + 1e-9)
					n = max(n, due-int(max(2, 0.1/each)))
					for ; n < due && ctx.Err() == nil; n++ {
						if errs[k] = f(n*goroutines + k); errs[k] != nil {
							return
						}
					}
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// wrongToken is one that looks as if it were the operator's: its signature is wrong.
func wrongToken(o attackOrder, i int) string {
	head, sum := o.Token[:len(o.Token)-12], fmt.Sprintf("A%010dA", i)
	return head + sum
}

// attackWrongTokens asks for access tokens over a few connections that stay.
func attackWrongTokens(ctx context.Context, o attackOrder, did *tried) error {
	const connections = 4
	var conns [connections]*asker
	defer func() {
		for _, c := range conns {
			c.close()
		}
	}()
	const body = `{"board":"` + honestBoard + `"}`
	return pace(ctx, wrongTokens, connections, func(i int) error {
		c := &conns[i%connections]
		if *c == nil {
			var err error
			if *c, err = dialAsker(ctx, o.Address); err != nil {
				return err
			}
		}
		status, err := (*c).ask("POST /auth/token HTTP/1.1\r\nHost: board\r\nX-Forwarded-For: " + attackerAddress +
			"\r\nAuthorization: Bearer " + wrongToken(o, i) + fmt.Sprintf("\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		if err != nil {
			(*c).close()
			*c = nil
			did.add("lost")
			return nil
		}
		did.add(fmt.Sprint(status))
		return nil
	})
}

// asker is a connection that speaks HTTP/1.1 by hand.
type asker struct {
	conn *net.TCPConn
	in   *bufio.Reader
}

func dialAsker(ctx context.Context, address string) (*asker, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	tcp := c.(*net.TCPConn)
	_ = tcp.SetLinger(0) // no port waits for what may come still
	_ = tcp.SetDeadline(time.Now().Add(time.Minute))
	return &asker{tcp, bufio.NewReaderSize(tcp, 4<<10)}, nil
}

func (a *asker) close() {
	if a != nil {
		_ = a.conn.Close()
	}
}

// ask sends a request, and returns the status of the answer, which it reads.
func (a *asker) ask(request string) (status int, err error) {
	if _, err := io.WriteString(a.conn, request); err != nil {
		return 0, err
	}
	answer, err := http.ReadResponse(a.in, nil)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSwitchingProtocols {
		_, err = io.Copy(io.Discard, answer.Body)
	}
	return answer.StatusCode, err
}

// knock makes a WebSocket, says Hello, and returns the status that it was refused with, or the kind of the first frame that
// the relay says.
func knock(ctx context.Context, o attackOrder, more string, h *wire.Hello) (status int, first wire.Kind, err error) {
	a, err := dialAsker(ctx, o.Address)
	if err != nil {
		return 0, 0, err
	}
	defer a.close()
	status, err = a.ask("GET /ws HTTP/1.1\r\nHost: board\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: " + handshakeKey + "\r\n" + more + "\r\n")
	if err != nil || status != http.StatusSwitchingProtocols {
		return status, 0, err
	}
	if _, err := a.conn.Write(appendClientFrame(nil, opBinary, wire.AppendFrame(nil, 0, h))); err != nil {
		return status, 0, err
	}
	var b []byte
	for part := make([]byte, 4<<10); ; {
		n, err := a.in.Read(part)
		if b = append(b, part[:n]...); err != nil {
			return status, 0, err
		}
		op, payload, _, ok, err := takeFrame(slices.Clone(b))
		if err != nil {
			return status, 0, err
		}
		if ok && op == opBinary {
			for f, err := range wire.Frames(payload) {
				return status, f.Kind, err
			}
		}
	}
}

// told counts what came of a knock.
func (t *tried) told(status int, first wire.Kind, err error) {
	switch {
	case err != nil:
		t.add("lost")
	case first == wire.KindDenied:
		t.add("denied")
	case first != 0:
		t.add("welcomed")
	default:
		t.add(fmt.Sprint(status))
	}
}

func attackWrongHellos(ctx context.Context, o attackOrder, did *tried) error {
	return pace(ctx, wrongHellos, 4, func(i int) error {
		did.told(knock(ctx, o, "X-Forwarded-For: "+attackerAddress+"\r\n",
			&wire.Hello{Version: wire.Version, Board: honestBoard, Replica: uint64(1_000_000 + i), Token: wrongToken(o, i)}))
		return nil
	})
}

// attackHellos comes to the board that is measured, and goes when it is welcomed: everybody is told of each.
func attackHellos(ctx context.Context, o attackOrder, did *tried) error {
	return pace(ctx, passersBy, 4, func(i int) error {
		did.told(knock(ctx, o, "", &wire.Hello{Version: wire.Version, Board: honestBoard, Replica: uint64(1_000_000 + i), Token: o.Token}))
		return nil
	})
}

// attackLoris holds connections of which the request never ends: each says a byte a second. Those that the relay ends come
// again.
func attackLoris(ctx context.Context, o attackOrder, did *tried) error {
	const request = "GET /b/honest HTTP/1.1\r\nHost: board\r\nX-Padding: "
	sockets := make([]net.Conn, lorisSockets)
	defer func() {
		for _, c := range sockets {
			if c != nil {
				_ = c.Close()
			}
		}
	}()
	return pace(ctx, lorisSockets, 1, func(i int) error {
		c := &sockets[i%lorisSockets]
		if *c != nil {
			if _, err := io.WriteString(*c, "x"); err == nil {
				return nil
			}
			_ = (*c).Close()
			*c = nil
			did.add("ended")
		}
		a, err := dialAsker(ctx, o.Address)
		if err != nil {
			return nil // the context has ended, or the relay takes no more
		}
		did.add("begun")
		*c = a.conn
		_, err = io.WriteString(a.conn, request)
		if err != nil {
			did.add("lost")
		}
		return nil
	})
}

// attackBomb calls by gRPC with a first message that takes much more room than it says.
func attackBomb(ctx context.Context, o attackOrder, did *tried) error {
	bomb, err := makeBomb(64 << 20)
	if err != nil {
		return err
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	return pace(ctx, bombs, 2, func(int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+o.Address+"/edgeboard.v1.Board/Connect", bytes.NewReader(bomb))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/grpc+proto")
		r.Header.Set("Grpc-Encoding", "gzip")
		r.Header.Set("Te", "trailers")
		answer, err := transport.RoundTrip(r)
		if err != nil {
			did.add("lost")
			return nil
		}
		defer answer.Body.Close()
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			did.add("lost")
			return nil
		}
		did.add("status " + answer.Trailer.Get("Grpc-Status"))
		return nil
	})
}

// makeBomb is a message of gRPC that unpacks to so many zeros.
func makeBomb(size int) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(make([]byte, size))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint32([]byte{1}, uint32(packed.Len())), packed.Bytes()...), nil
}

// enterAs says Hello, waits for Welcome, and reads until the end.
func enterAs(ctx context.Context, transport string, o attackOrder, boardName string, replica board.Replica) (conn.Conn, error) {
	dial, err := dialer(ctx, transport, o.Address)
	if err != nil {
		return nil, err
	}
	c, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	hello := wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: boardName, Replica: uint64(replica), Token: o.Token})
	if err := c.Send(ctx, hello); err != nil {
		return nil, err
	}
	welcomed := make(chan error, 1)
	go func() {
		for {
			msg, err := c.Receive(ctx)
			if err != nil {
				welcomed <- err
				return
			}
			for f, err := range wire.Frames(msg) {
				if err == nil && f.Kind == wire.KindWelcome {
					select {
					case welcomed <- nil:
					default:
					}
				}
			}
		}
	}()
	return c, <-welcomed
}

// attackDatagrams floods the board that is measured with cursors and previews.
func attackDatagrams(ctx context.Context, o attackOrder, did *tried) error {
	c, err := enterAs(ctx, overWebTransport, o, honestBoard, 1_000_000)
	if err != nil {
		return err
	}
	defer c.Close(uint32(wire.CodeNormal), "")
	d, ok := c.(conn.Datagrams)
	if !ok {
		return errors.New("there are no datagrams")
	}
	preview := &wire.Preview{Points: make([]wire.Point, 64)}
	return pace(ctx, floodGrams, 1, func(i int) error {
		n := uint32(i + 1)
		m := wire.Message(&wire.Cursors{List: []wire.Cursor{{X: int32(n), Seq: n}}})
		if i%2 == 1 {
			preview.Stroke = n
			m = preview
		}
		did.add("sent")
		return d.SendDatagram(wire.AppendTimedFrame(nil, uint64(n), n, m))
	})
}

// attackUpdates writes as fast as the relay takes it, on a board of its own.
func attackUpdates(ctx context.Context, o attackOrder, did *tried) error {
	doc := board.New(1_000_000 + board.Replica(time.Now().UnixMicro()))
	c, err := enterAs(ctx, overWebSocket, o, "hostile", doc.Replica())
	if err != nil {
		return err
	}
	defer c.Close(uint32(wire.CodeNormal), "")
	e := doc.Edit()
	id := e.Create(board.KindStroke)
	if err := c.Send(ctx, wire.AppendFrame(nil, 0, &wire.Update{Data: e.Commit()})); err != nil {
		return err
	}
	return pace(ctx, floodUpdates, 1, func(i int) error {
		e := doc.Edit()
		e.Set(id, 100, board.String(filler(i, 1<<10)))
		did.add("taken")
		return c.Send(ctx, wire.AppendFrame(nil, 0, &wire.Update{Data: e.Commit()}))
	})
}
