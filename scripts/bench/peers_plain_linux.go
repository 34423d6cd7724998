package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// relayDialect is Edgeboard's own. A message is a property of an element that gets a text: as fanout's, which the relay stores
// on the disk before it tells anybody.
type relayDialect struct {
	guests  *guests
	authors []*relayAuthor
	at      map[board.Replica]int   // which author a replica is
	was     map[*player]*relayReply // of those who were here before, what has come since
}

// relayAuthor is who has written what.
type relayAuthor struct {
	doc  *board.Board
	ids  []board.ID
	base uint64 // the operation that is message 0
	// kept is the board when all were here last, and known where updates bring it to, by their bytes: thousands are told
	// the same.
	vector board.Vector
	kept   []byte
	known  map[string]uint64
}

type relayReply struct {
	bytes []byte
	seq   uint64 // the operation up to which it is told of
}

// relayReplica is the replica of the first author. Players who only read have others.
const relayReplica = 1 << 40

func newRelayDialect(g *guests) dialect {
	r := &relayDialect{guests: g, at: map[board.Replica]int{}, was: map[*player]*relayReply{}}
	g.swarm.updates = r.updates
	g.swarm.pings = true
	return r
}

func (r *relayDialect) path(string) string { return "/ws" }

func (r *relayDialect) hello(p *player, room string) []byte {
	replica := board.Replica(p.number + 1)
	if p.speaks {
		replica += relayReplica - 1
	}
	var has board.Vector
	if p.counts > 0 && len(r.authors) > 0 {
		a := r.authors[0]
		if a.kept == nil {
			a.kept, a.vector, a.known = a.doc.Snapshot(), a.doc.Vector(), map[string]uint64{}
		}
		has, r.was[p] = a.vector, &relayReply{seq: a.doc.Seq(relayReplica)}
	}
	return r.guests.swarm.hello(p, room, replica, has)
}

func (r *relayDialect) tell(_ string, author, n int) (frames []byte) {
	message := func(update []byte) {
		frames = appendClientFrame(frames, opBinary, wire.AppendFrame(nil, 0, &wire.Update{Data: update}))
	}
	if author == len(r.authors) {
		replica := board.Replica(relayReplica + author)
		a := &relayAuthor{doc: board.New(replica), ids: make([]board.ID, touched)}
		r.authors, r.at[replica] = append(r.authors, a), author
		e := a.doc.Edit()
		for i := range a.ids {
			a.ids[i] = e.Create(board.KindStroke)
		}
		message(e.Commit())
		a.base = a.doc.Seq(replica) + 1
	}
	a := r.authors[author]
	e := a.doc.Edit()
	e.Set(a.ids[n%touched], 100, board.String(filler(n, peerSize)))
	message(e.Commit())
	return frames
}

func (r *relayDialect) heard(p *player, _ byte, msg []byte, now time.Time) error {
	return r.guests.message(p, msg, now)
}

// updates takes what the relay tells of the authors.
func (r *relayDialect) updates(p *player, data []byte, now time.Time) error {
	if was := r.was[p]; was != nil {
		return r.since(p, was, data, now)
	}
	size := 0
	for replica, u := range board.Split(data) {
		size += len(u)
		author, ok := r.at[replica]
		if !ok {
			return fmt.Errorf("it is told what replica %d has written", replica)
		}
		seq, err := firstSeq(u)
		if err != nil {
			return err
		}
		if a := r.authors[author]; seq >= a.base {
			if err := r.guests.has(p, author, int(seq-a.base), now); err != nil {
				return err
			}
		}
	}
	if size != len(data) {
		return board.ErrMalformed
	}
	return nil
}

// since takes what is told to a player who has come back. It comes in whatever form, so what counts is the board that it
// makes.
func (r *relayDialect) since(p *player, was *relayReply, data []byte, now time.Time) error {
	a := r.authors[0]
	was.bytes = append(was.bytes, data...)
	seq, ok := a.known[string(was.bytes)]
	if !ok {
		doc, err := board.Load(0, a.kept)
		if err == nil {
			err = doc.Apply(was.bytes)
		}
		if err != nil {
			return err
		}
		seq = doc.Seq(relayReplica)
		a.known[string(was.bytes)] = seq
	}
	for ; was.seq < seq; was.seq++ {
		if err := r.guests.has(p, 0, int(was.seq+1-a.base), now); err != nil {
			return err
		}
	}
	return nil
}

// floorDialect is what the floor understands, see bare_linux.go: anything, and then bytes that it hands on.
type floorDialect struct{ guests *guests }

func newFloorDialect(g *guests) dialect { return floorDialect{g} }

var floorGreeting = []byte("here")

func (floorDialect) path(string) string { return "/" }

func (floorDialect) hello(*player, string) []byte {
	return appendClientFrame(nil, opBinary, floorGreeting)
}

func (floorDialect) tell(_ string, author, n int) []byte {
	return appendClientFrame(nil, opBinary, peerMessage(author, n))
}

func (f floorDialect) heard(p *player, _ byte, msg []byte, now time.Time) error {
	if bytes.Equal(msg, floorGreeting) {
		f.guests.here(p)
		return nil
	}
	return f.guests.opaque(p, msg, now)
}

func startPlainRelay(ctx context.Context, b *serversBench, address, dir string, _ bool) (*subject, error) {
	return b.launch(ctx, address, filepath.Join(dir, "data"))
}

func startPlainFloor(ctx context.Context, _ *serversBench, address, _ string, _ bool) (*subject, error) {
	return launchBare(ctx, address, floorGreeting, false)
}

// silent starts a server that says nowhere that it serves: who wants to know tries.
func silent(cmd *exec.Cmd) (*subject, error) {
	return launch(cmd, nil, func(string) (string, bool) { return "", false })
}
