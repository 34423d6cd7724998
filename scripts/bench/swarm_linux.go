package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// swarm plays members of boards, thousands of them: WebSocket connections of which one goroutine reads all, by epoll, with
// one buffer. It shares the processors with the server that it loads, so what a message costs here has to be little beside
// what it costs there. All of it belongs to the goroutine that calls it.
type swarm struct {
	to      unix.SockaddrInet4
	epoll   int
	events  []unix.EpollEvent
	buf     []byte
	players []*player
	// updates, if not nil, gets the data of each Update, valid during the call.
	updates func(p *player, data []byte, now time.Time) error
	// said, if not nil, gets each Said that is no answer.
	said func(p *player, m *wire.Said, now time.Time) error
	// points, if not nil, gets each Points, valid during the call, and the size of the message in which it came.
	points func(p *player, m *wire.Points, size int, now time.Time) error
	// heard, if not nil, takes each message of a server that is none of ours, valid during the call. It says who is live.
	heard func(p *player, op byte, msg []byte, now time.Time) error
	// token is what players show, if the server asks for one.
	token string
	// pings says that players who are live say so from time to time, as clients of the relay do.
	pings bool

	live   int   // players that were welcomed, and are not lost
	bytes  int   // that came, of all
	again  int   // Welcomes after the first one of a connection
	broken error // the first player that was lost against its will
	dialed []*player

	pinged time.Time // when the last one was due
	turn   int       // whose it is
}

// player is one member.
type player struct {
	number int
	hello  []byte              // the message that it says first
	speaks bool                // on another goroutine: it needs no pings
	stalls bool                // it is to stop reading at some time, see stall
	to     *unix.SockaddrInet4 // the server that it comes to; nil: the swarm's
	path   string              // what it asks for there; empty: Edgeboard's

	fd     int
	phase  playerPhase
	waits  []byte // the beginning of what has not come in full
	counts uint64 // transport messages that came
	stored uint64 // its own operations that the server has stored, as it says
}

type playerPhase uint8

const (
	away    playerPhase = iota
	dialing             // the connection is not there yet
	shaking             // its handshake is not answered
	greeted             // Hello is said
	live                // Welcome has come
)

const (
	// pingEach is how often a player pings: the relay leaves those that say nothing for a minute.
	pingEach = 20 * time.Second
	// swarmTick bounds the wait for events, so that a context that ends is noticed.
	swarmTick = 10 * time.Millisecond
	// writePatience is how long a server may take nothing of what a player says.
	writePatience = 30 * time.Second
	// dialedMost is how many dial at a time: fewer than wait for accept in any system.
	dialedMost = 4096
)

// The handshake's key and its answer are those of the example in RFC 6455 section 1.3.
const (
	handshakeKey    = "dGhlIHNhbXBsZSBub25jZQ=="
	handshakeAnswer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// newSwarm returns a swarm without players.
func newSwarm(address string) (*swarm, error) {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &swarm{
		to:    socketAddress(a),
		epoll: epoll, events: make([]unix.EpollEvent, 256), buf: make([]byte, 256<<10),
	}, nil
}

func socketAddress(a netip.AddrPort) unix.SockaddrInet4 {
	return unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
}

// server is where a player comes to.
func (s *swarm) server(p *player) *unix.SockaddrInet4 {
	if p.to != nil {
		return p.to
	}
	return &s.to
}

// add adds a player who is away, who writes as a replica, and has what the vector says.
func (s *swarm) add(boardName string, replica board.Replica, has board.Vector) *player {
	p := s.addSilent()
	p.hello = s.hello(p, boardName, replica, has)
	return p
}

// addSilent adds a player who is away, whose hello is for others to say.
func (s *swarm) addSilent() *player {
	p := &player{number: len(s.players), fd: -1}
	s.players = append(s.players, p)
	return p
}

func (s *swarm) hello(p *player, boardName string, replica board.Replica, has board.Vector) []byte {
	return appendClientFrame(nil, opBinary, wire.AppendFrame(nil, 0, &wire.Hello{
		Version: wire.Version, Board: boardName, Replica: uint64(replica), Vector: has.Append(nil),
		Name: "Player " + strconv.Itoa(p.number), Color: 0x336699, Token: s.token,
	}))
}

// dial lets players come, most of them at a time. until goes on with it.
func (s *swarm) dial(most int, players ...*player) error {
	s.dialed = append(s.dialed, players...)
	under := 0
	for _, p := range s.players {
		if p.phase != away && p.phase != live {
			under++
		}
	}
	for len(s.dialed) > 0 && under < min(most, dialedMost) {
		p := s.dialed[0]
		s.dialed = s.dialed[1:]
		if err := s.connect(p); err != nil {
			return fmt.Errorf("player %d: %w", p.number, err)
		}
		under++
	}
	return nil
}

func (s *swarm) connect(p *player) (err error) {
	p.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("a socket: %w", err)
	}
	p.phase = dialing
	if p.stalls {
		if err := unix.SetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, stallBuffer); err != nil {
			return err
		}
	}
	if err := unix.SetsockoptInt(p.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return err
	}
	if err := unix.Connect(p.fd, s.server(p)); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		return fmt.Errorf("connect: %w", err)
	}
	return unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, p.fd, &unix.EpollEvent{Events: unix.EPOLLOUT, Fd: int32(p.number)})
}

// cut ends players' connections without a word: the server gets a reset.
func (s *swarm) cut(players ...*player) {
	for _, p := range players {
		if p.phase == away {
			continue
		}
		if p.phase == live {
			s.live--
		}
		// An error would mean that the connection has ended.
		_ = unix.SetsockoptLinger(p.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		_ = unix.Close(p.fd)
		p.fd, p.phase, p.waits = -1, away, nil
	}
}

// close ends all of it.
func (s *swarm) close() {
	s.cut(s.players...)
	_ = unix.Close(s.epoll)
}

// until lets the players go on until it is so. That a player is lost is an error.
func (s *swarm) until(ctx context.Context, patience time.Duration, what string, so func() bool) error {
	deadline := time.Now().Add(patience)
	for !so() {
		if err := s.step(); err != nil {
			return err
		}
		if s.broken != nil {
			return s.broken
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w %s", errLate, what)
		}
	}
	return nil
}

var errLate = errors.New("waiting in vain for")

// enter lets players come and waits until all are live.
func (s *swarm) enter(ctx context.Context, most int, players ...*player) error {
	want := s.live + len(players)
	var failed error
	if err := s.dial(most, players...); err != nil {
		return err
	}
	err := s.until(ctx, time.Minute, "everybody's Welcome", func() bool {
		if len(s.dialed) > 0 && failed == nil {
			failed = s.dial(most)
		}
		return s.live == want || failed != nil
	})
	return errors.Join(failed, err)
}

// quiet waits until the server has rested for a moment, and all that it has sent is read.
func (s *swarm) quiet(ctx context.Context, of *subject) error {
	const moment = 50 * time.Millisecond
	since := time.Now()
	cpu, failed := of.cpu()
	return errors.Join(s.until(ctx, time.Minute, "the server to rest", func() bool {
		now, err := of.cpu()
		failed = errors.Join(failed, err)
		if now-cpu > moment/50 { // what its own timers take is less
			since, cpu = time.Now(), now
		}
		return failed != nil || time.Since(since) > moment
	}), failed)
}

// rest lets the players go on for a time.
func (s *swarm) rest(ctx context.Context, d time.Duration) error {
	until := time.Now().Add(d)
	return s.until(ctx, d+time.Minute, "time to pass", func() bool { return !time.Now().Before(until) })
}

// store lets a player say updates, and waits until the relay has stored its operations up to seq.
func (s *swarm) store(ctx context.Context, p *player, updates []byte, seq uint64) error {
	for part := range board.Chunks(updates, wire.MaxMessage/4) {
		if err := p.say(wire.AppendFrame(nil, 0, &wire.Update{Data: part})); err != nil {
			return err
		}
	}
	return s.until(ctx, time.Minute, "an Ack", func() bool { return p.stored >= seq })
}

// step waits for something to come, for a short time.
func (s *swarm) step() error {
	n, err := unix.EpollWait(s.epoll, s.events, int(swarmTick.Milliseconds()))
	if err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("epoll: %w", err)
	}
	for _, e := range s.events[:max(n, 0)] {
		p := s.players[e.Fd]
		if err := s.ready(p); err != nil {
			if p.phase == live {
				s.live--
			}
			_ = unix.Close(p.fd)
			p.fd, p.phase = -1, away
			if s.broken == nil {
				s.broken = fmt.Errorf("player %d is lost: %w", p.number, err)
			}
		}
	}
	if s.pings {
		return s.ping()
	}
	return nil
}

// ping lets those players ping whose turn it is.
func (s *swarm) ping() error {
	now := time.Now()
	each := pingEach / time.Duration(max(len(s.players), 1))
	if s.pinged.IsZero() {
		s.pinged = now
	}
	for now.Sub(s.pinged) >= each {
		s.pinged = s.pinged.Add(each)
		p := s.players[s.turn%len(s.players)]
		s.turn++
		if p.phase == live && !p.speaks {
			if err := p.say(wire.AppendFrame(nil, 0, &wire.Ping{Stamp: 1})); err != nil {
				return err
			}
		}
	}
	return nil
}

// say sends one message.
func (p *player) say(msg []byte) error { return p.write(appendClientFrame(nil, opBinary, msg)) }

// write waits until the server takes it, if need be, up to writePatience. It may be called beside all else, by one at a
// time.
func (p *player) write(b []byte) error {
	for len(b) > 0 {
		n, err := unix.Write(p.fd, b)
		switch {
		case err == nil:
			b = b[n:]
		case errors.Is(err, unix.EAGAIN):
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLOUT}}, int(writePatience.Milliseconds()))
			if err != nil && !errors.Is(err, unix.EINTR) {
				return fmt.Errorf("poll: %w", err)
			}
			if n == 0 && err == nil {
				return fmt.Errorf("the server has taken nothing for %v", writePatience)
			}
		case !errors.Is(err, unix.EINTR):
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}

// ready goes on with a player for whom something has come.
func (s *swarm) ready(p *player) error {
	switch p.phase {
	case away:
		return nil // lost in this step
	case dialing:
		if code, err := unix.GetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
			return errors.Join(err, unix.Errno(code))
		}
		if err := unix.EpollCtl(s.epoll, unix.EPOLL_CTL_MOD, p.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(p.number)}); err != nil {
			return err
		}
		p.phase = shaking
		return p.write(handshake(*s.server(p), p.path))
	}
	n := copy(s.buf, p.waits)
	if n == len(s.buf) { // one message is greater than all that is usual
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	r, err := unix.Read(p.fd, s.buf[n:])
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case r == 0:
		return errors.New("the server has ended the connection")
	}
	s.bytes += r
	rest, err := s.take(p, s.buf[:n+r], time.Now())
	if err != nil {
		return err
	}
	if p.waits = p.waits[:0]; len(rest) > 0 {
		p.waits = append(p.waits, rest...)
	} else if cap(p.waits) > 64<<10 {
		p.waits = nil
	}
	return nil
}

func handshake(to unix.SockaddrInet4, path string) []byte {
	if path == "" {
		path = "/ws"
	}
	host := net.JoinHostPort(netip.AddrFrom4(to.Addr).String(), strconv.Itoa(to.Port))
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + handshakeKey + "\r\n\r\n")
}

// take takes what has come, but for what is not there in full.
func (s *swarm) take(p *player, b []byte, now time.Time) (rest []byte, err error) {
	if p.phase == shaking {
		head, after, ok := bytes.Cut(b, []byte("\r\n\r\n"))
		if !ok {
			return b, nil
		}
		if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) || !bytes.Contains(head, []byte(handshakeAnswer)) {
			return nil, &turnedAwayError{string(head)}
		}
		if p.phase, b = greeted, after; p.write(p.hello) != nil {
			return nil, errors.New("saying Hello to a server that takes nothing")
		}
	}
	for {
		op, payload, rest, ok, err := takeFrame(b)
		if !ok || err != nil {
			return rest, err
		}
		b = rest
		switch op {
		case opBinary, opText:
			p.counts++
			switch {
			case s.heard != nil:
				err = s.heard(p, op, payload, now)
			case op == opText:
				err = errFrame
			default:
				err = s.message(p, payload, now)
			}
		case opPing:
			err = p.write(appendClientFrame(nil, opPong, payload))
		case opClose:
			err = fmt.Errorf("the server closes: %q", payload)
		default:
			err = errFrame
		}
		if err != nil {
			return nil, err
		}
	}
}

// turnedAwayError is a handshake that does not become a connection.
type turnedAwayError struct{ head string }

func (e *turnedAwayError) Error() string { return fmt.Sprintf("the handshake's answer is %q", e.head) }

// deniedError is why the relay does not want a player.
type deniedError struct{ wire.Denied }

func (e *deniedError) Error() string { return fmt.Sprintf("denied, code %d: %s", e.Code, e.Reason) }

// message takes one transport message.
func (s *swarm) message(p *player, msg []byte, now time.Time) error {
	var update wire.Update
	var said wire.Said
	var points wire.Points
	size := len(msg) + 2 // with what WebSocket puts before it (RFC 6455 section 5.2)
	if len(msg) > 125 {
		size += 2
	}
	for len(msg) > 0 {
		raw, rest, err := wire.Bytes(msg)
		if err != nil {
			return err
		}
		f, err := wire.ParseFrame(raw)
		if err != nil {
			return err
		}
		msg = rest
		switch f.Kind {
		case wire.KindUpdate:
			if s.updates == nil {
				continue
			}
			if err := update.Parse(f.Body); err != nil {
				return err
			}
			if err := s.updates(p, update.Data, now); err != nil {
				return err
			}
		case wire.KindSaid:
			if s.said == nil {
				continue
			}
			if err := said.Parse(f.Body); err != nil {
				return err
			}
			if err := s.said(p, &said, now); err != nil {
				return err
			}
		case wire.KindPoints:
			if s.points == nil {
				continue
			}
			if err := points.Parse(f.Body); err != nil {
				return err
			}
			if err := s.points(p, &points, size, now); err != nil {
				return err
			}
			size = 0 // it counts once
		case wire.KindWelcome:
			if p.phase == live {
				s.again++ // the server has dropped what waited for it
				continue
			}
			p.phase = live
			s.live++
		case wire.KindDenied:
			var d wire.Denied
			if err := d.Parse(f.Body); err != nil {
				return err
			}
			return &deniedError{d}
		case wire.KindAck:
			var a wire.Ack
			if err := a.Parse(f.Body); err != nil {
				return err
			}
			p.stored = a.Through
		}
	}
	return nil
}
