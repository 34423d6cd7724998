package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

// guests is a swarm in the rooms of any of the servers that are compared: its boards, channels, subjects, documents. What
// players do is the same for all servers; a dialect says it in the words of one.
type guests struct {
	*swarm
	dialect dialect
	rooms   []string // by player
	// came, if not nil, is told of each message of an author that has come to a player, in the order in which it came.
	came func(p *player, author, n int, now time.Time) error

	speaking bool   // players who speak do, on goroutines of their own
	owed     []owed // what such players answer, when they have done
}

type owed struct {
	player *player
	frame  []byte
}

// dialect is what is said to a server, and understood of what it says.
type dialect interface {
	// path is what a player asks for in its handshake.
	path(room string) string
	// hello returns what a player says at once, frames. Who has been in its room before asks for what it missed, if the
	// server offers that.
	hello(p *player, room string) []byte
	// tell returns the frames by which an author tells a room its message n. They are made in order, from 0.
	tell(room string, author, n int) []byte
	// heard takes a message. It calls here when a player is in its room, and has when a message of an author has come.
	heard(p *player, op byte, msg []byte, now time.Time) error
}

func newGuests(address string, speaks func(*guests) dialect) (*guests, error) {
	s, err := newSwarm(address)
	if err != nil {
		return nil, err
	}
	g := &guests{swarm: s}
	g.dialect = speaks(g)
	s.heard = g.dialect.heard
	return g, nil
}

// add adds a player who is away, and will be in a room.
func (g *guests) add(room string) *player {
	p := g.addSilent()
	p.path = g.dialect.path(room)
	g.rooms = append(g.rooms, room)
	return p
}

// prepare makes what players say at first, which depends on whether they were there before.
func (g *guests) prepare(players ...*player) {
	for _, p := range players {
		p.hello = g.dialect.hello(p, g.rooms[p.number])
	}
}

// here says that a player is in its room.
func (g *guests) here(p *player) {
	if p.phase != live {
		p.phase = live
		g.live++
	}
}

// has says that a message of an author has come to a player.
func (g *guests) has(p *player, author, n int, now time.Time) error {
	if g.came == nil {
		return nil
	}
	return g.came(p, author, n, now)
}

// answer says something that the server has asked for: at once, but of players who speak on a goroutine of their own, where
// a frame could come to be in the middle of another. Those wait a few seconds, which no server minds.
func (g *guests) answer(p *player, frame []byte) error {
	if p.speaks && g.speaking {
		g.owed = append(g.owed, owed{p, frame})
		return nil
	}
	return p.write(frame)
}

// hush says what players owe who have spoken.
func (g *guests) hush() (err error) {
	g.speaking = false
	for _, o := range g.owed {
		if o.player.phase == live {
			err = errors.Join(err, o.player.write(o.frame))
		}
	}
	g.owed = nil
	return err
}

// peerSize is how many bytes a message is that authors tell: what is theirs of it, without what servers put around it.
const peerSize = 128

// peerMessage returns a message: who tells it, which one it is, and what fills it.
func peerMessage(author, n int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(author))
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	return append(b, filler(n, peerSize-len(b))...)
}

// opaque tells has of a message that came as it was told.
func (g *guests) opaque(p *player, msg []byte, now time.Time) error {
	if len(msg) != peerSize {
		return fmt.Errorf("a message of %d bytes comes, and all have %d", len(msg), peerSize)
	}
	return g.has(p, int(binary.BigEndian.Uint32(msg)), int(binary.BigEndian.Uint32(msg[4:])), now)
}

// await waits until a server that was started answers the handshake of a WebSocket, and returns how long after the time
// given that was.
func (s *subject) await(ctx context.Context, address, path string, since time.Time) (time.Duration, error) {
	for !shakes(address, path) {
		select {
		case <-s.gone:
			return 0, fmt.Errorf("the server has ended (%w): %s", s.waited, s.log())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(50 * time.Microsecond):
		}
		if time.Since(since) > time.Minute {
			return 0, fmt.Errorf("the server does not answer: %s", s.log())
		}
	}
	return time.Since(since), nil
}

// shakes reports whether there is a WebSocket.
func shakes(address, path string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	to := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return false
	}
	if _, err := conn.Write(handshake(socketAddress(to), path)); err != nil {
		return false
	}
	const want = "HTTP/1.1 101 "
	b := make([]byte, len(want))
	for n := 0; n < len(b); {
		more, err := conn.Read(b[n:])
		if err != nil {
			return false
		}
		n += more
	}
	return string(b) == want
}
