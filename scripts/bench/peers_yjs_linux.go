package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"edgeboard/shared/wire"
)

// yjsDialect is that of servers that keep a Yjs document for each room: y-websocket's, and Hocuspocus', which has the name of
// the document before each message, and asks who comes. A message is an update that puts as many characters at the end of a
// text. Players say nothing of awareness, which would be told to all when somebody comes or goes.
type yjsDialect struct {
	guests *guests
	hocus  bool
	rooms  map[*player][]byte // what stands before each message
	have   map[*player]int    // characters of the first author's text
}

// The numbers of lib0, y-protocols and Hocuspocus.
const (
	yjsSync   = 0
	yjsStep1  = 0
	yjsStep2  = 1
	yjsUpdate = 2

	hocusAuth          = 2
	hocusToken         = 0
	hocusAuthenticated = 2
	hocusSyncReply     = 4
	hocusClose         = 7
	hocusPing          = 9
	hocusPong          = 10
)

// yjsClient is the number of the first author's document.
const yjsClient = 1_000_001

func newYWebSocketDialect(g *guests) dialect { return newYjs(g, false) }

func newHocuspocusDialect(g *guests) dialect { return newYjs(g, true) }

func newYjs(g *guests, hocus bool) *yjsDialect {
	return &yjsDialect{guests: g, hocus: hocus, rooms: map[*player][]byte{}, have: map[*player]int{}}
}

func (y *yjsDialect) path(room string) string {
	if y.hocus {
		return "/"
	}
	return "/" + room
}

// prefix is what stands before each message.
func (y *yjsDialect) prefix(room string) []byte {
	if !y.hocus {
		return nil
	}
	return appendBytes(nil, []byte(room))
}

func (y *yjsDialect) hello(p *player, room string) []byte {
	y.rooms[p] = y.prefix(room)
	if y.hocus {
		return y.frame(p, []byte{hocusAuth, hocusToken, 0}) // an empty token
	}
	return y.ask(p)
}

func (y *yjsDialect) frame(p *player, msg []byte) []byte {
	return appendClientFrame(nil, opBinary, append(append([]byte(nil), y.rooms[p]...), msg...))
}

// ask is the first step of a sync: what the player has.
func (y *yjsDialect) ask(p *player) []byte {
	vector := []byte{0}
	if n := y.have[p]; n > 0 {
		vector = wire.AppendUvarint(wire.AppendUvarint([]byte{1}, yjsClient), uint64(n))
	}
	return y.frame(p, appendBytes([]byte{yjsSync, yjsStep1}, vector))
}

func (y *yjsDialect) tell(room string, author, n int) []byte {
	update := yjsInsert(yjsClient+uint64(author), n*peerSize, filler(n, peerSize))
	return appendClientFrame(nil, opBinary, appendBytes(append(y.prefix(room), yjsSync, yjsUpdate), update))
}

// yjsInsert is an update (format 1) by which a client puts a text, of ASCII, behind the one of n characters that it has put
// there.
func yjsInsert(client uint64, n int, text string) []byte {
	b := []byte{1, 1} // of one client, one struct
	b = wire.AppendUvarint(wire.AppendUvarint(b, client), uint64(n))
	if n == 0 {
		b = appendBytes(append(b, yjsString, 1), []byte(yjsRoot)) // the first one of a type by its name
	} else {
		b = wire.AppendUvarint(wire.AppendUvarint(append(b, yjsString|yjsOrigin), client), uint64(n-1))
	}
	return append(appendBytes(b, []byte(text)), 0) // and nothing is deleted
}

// Of a struct's first byte, what it holds, and what stands before that.
const (
	yjsString      = 4
	yjsOrigin      = 1 << 7
	yjsRightOrigin = 1 << 6
	yjsParentSub   = 1 << 5

	yjsRoot = "text"
)

var errYjs = errors.New("a message that is not of y-protocols, or an update of other things than texts")

func (y *yjsDialect) heard(p *player, _ byte, msg []byte, now time.Time) error {
	r := yjsReader{b: msg}
	if y.hocus {
		r.bytes()
	}
	kind := r.uint()
	switch {
	case y.hocus && kind == hocusAuth:
		if r.uint() != hocusAuthenticated {
			return fmt.Errorf("the server lets nobody in: %q", msg)
		}
		return y.guests.answer(p, y.ask(p))
	case y.hocus && kind == hocusPing:
		return y.guests.answer(p, y.frame(p, []byte{hocusPong}))
	case y.hocus && kind == hocusClose:
		return fmt.Errorf("the server closes a document: %q", msg)
	case kind != yjsSync && !(y.hocus && kind == hocusSyncReply):
		return r.err // of awareness, or that something has arrived
	}
	step := r.uint()
	data := r.bytes()
	switch {
	case r.err != nil || step > yjsUpdate:
		return errYjs
	case step == yjsStep1: // there is nothing that the server has not
		return y.guests.answer(p, y.frame(p, appendBytes([]byte{yjsSync, yjsStep2}, []byte{0, 0})))
	}
	if err := y.update(p, data, now); err != nil {
		return err
	}
	if step == yjsStep2 {
		y.guests.here(p)
	}
	return nil
}

// update takes an update.
func (y *yjsDialect) update(p *player, b []byte, now time.Time) error {
	r := yjsReader{b: b}
	for range r.uint() { // clients
		structs, client, clock := r.uint(), r.uint(), r.uint()
		for range structs {
			if r.err != nil {
				return r.err
			}
			n := r.text()
			author := int(client - yjsClient)
			for at := clock; at < clock+n && r.err == nil; at += peerSize {
				if err := y.guests.has(p, author, int(at/peerSize), now); err != nil {
					return err
				}
			}
			clock += n
			if author == 0 {
				y.have[p] = max(y.have[p], int(clock))
			}
		}
	}
	if r.uint() != 0 || r.err != nil || len(r.b) > 0 {
		return errYjs
	}
	return nil
}

// yjsReader reads what lib0 writes. After an error all is 0.
type yjsReader struct {
	b   []byte
	err error
}

func (r *yjsReader) uint() uint64 {
	v, rest, err := wire.Uvarint(r.b)
	if err != nil || r.err != nil {
		r.b, r.err = nil, errYjs
		return 0
	}
	r.b = rest
	return v
}

func (r *yjsReader) bytes() []byte {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.b, r.err = nil, errYjs
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// text reads a struct, which is to be a text of ASCII, and returns how long it is.
func (r *yjsReader) text() uint64 {
	if len(r.b) == 0 || r.b[0]&0x1f != yjsString {
		r.b, r.err = nil, errYjs
		return 0
	}
	info := r.b[0]
	r.b = r.b[1:]
	for _, origin := range []byte{yjsOrigin, yjsRightOrigin} {
		if info&origin != 0 {
			r.uint() // a client
			r.uint() // and which one of its characters
		}
	}
	if info&(yjsOrigin|yjsRightOrigin) == 0 {
		if r.uint() == 0 { // the parent is an item; else it has a name
			r.err = errYjs
		}
		r.bytes()
		if info&yjsParentSub != 0 {
			r.bytes()
		}
	}
	return uint64(len(r.bytes()))
}

// appendBytes appends bytes after how many they are.
func appendBytes(b, more []byte) []byte {
	return append(wire.AppendUvarint(b, uint64(len(more))), more...)
}

func startYWebSocket(ctx context.Context, b *serversBench, address, _ string, _ bool) (*subject, error) {
	return b.node(ctx, "y-websocket.mjs", address)
}

func startHocuspocus(ctx context.Context, b *serversBench, address, dir string, _ bool) (*subject, error) {
	return b.node(ctx, "hocuspocus.mjs", address, dir)
}

func startSocketIO(ctx context.Context, b *serversBench, address, _ string, keeps bool) (*subject, error) {
	if keeps {
		return b.node(ctx, "socket.io.mjs", address, "recover")
	}
	return b.node(ctx, "socket.io.mjs", address)
}

// node starts one of the programs in scripts/bench/peers/servers: one process, as they are deployed.
func (b *serversBench) node(ctx context.Context, program, address string, args ...string) (*subject, error) {
	cmd := exec.CommandContext(ctx, "node", append([]string{filepath.Join(b.installed, program), address}, args...)...)
	return silent(cmd)
}
