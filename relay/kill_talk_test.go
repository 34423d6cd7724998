package main

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// talker is a person who says something as fast as the relay stores it, and comes back
// whenever it was left (W83). Its messages are played by hand.
type talker struct {
	v     *victim
	dial  func(context.Context) (conn.Conn, error)
	hello wire.Hello
	acks  chan<- struct{} // one for each Say that was acknowledged
	moved chan struct{}   // what stands under mu has changed
	ended chan struct{}

	person wire.Person
	with   wire.Person // whom it talks to; nobody: to all on the board
	names  wire.Person // whom it names now and then
	read   uint64      // so far its inbox was read

	mu     sync.Mutex
	online bool
	leaves bool                      // the relay is about to stop (W62)
	quiet  bool                      // it says nothing new
	said   []wire.Say                // in order
	stored map[wire.TextID]bool      // of said, those that were acknowledged
	seen   map[wire.TextID]wire.Text // of anybody, as it was shown last
}

// talker returns somebody who says nothing yet.
func (v *victim) talker(name, secret string, acks chan<- struct{}) *talker {
	return &talker{
		v: v, dial: v.dial, acks: acks, moved: make(chan struct{}, 1), ended: make(chan struct{}),
		hello:  wire.Hello{Version: wire.Version, Board: name, Replica: uint64(client.NewReplica()), Vector: board.Vector{}.Append(nil), Name: secret, Secret: secret},
		stored: map[wire.TextID]bool{}, seen: map[wire.TextID]wire.Text{},
	}
}

// run talks until ctx ends.
func (k *talker) run(ctx context.Context) {
	defer close(k.ended)
	for ctx.Err() == nil {
		if c, err := k.dial(ctx); err == nil {
			k.talk(ctx, c)
			k.do(func() { k.online = false })
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

func (k *talker) do(f func()) {
	k.mu.Lock()
	f()
	k.mu.Unlock()
	poke(k.moved)
}

// wait returns when a condition holds, which may look at what stands under mu.
func (k *talker) wait(what string, cond func() bool) {
	k.v.t.Helper()
	late := time.After(patience)
	for ok := false; ; {
		k.mu.Lock()
		ok = cond()
		k.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-k.moved:
		case <-late:
			k.v.t.Fatalf("%s: %s: never", k.hello.Name, what)
		}
	}
}

// talk is one connection.
func (k *talker) talk(ctx context.Context, c conn.Conn) {
	defer context.AfterFunc(ctx, func() { c.Close(uint32(wire.CodeNormal), "") })()
	defer c.Close(uint32(wire.CodeNormal), "")
	if c.Send(ctx, wire.AppendFrame(nil, 0, &k.hello)) != nil {
		return
	}
	for {
		msg, err := c.Receive(ctx)
		if err != nil {
			return
		}
		var answer []byte
		done := false
		k.do(func() {
			answer = k.hear(msg)
			done = k.leaves && len(k.stored) == len(k.said)
		})
		if len(answer) > 0 && c.Send(ctx, answer) != nil {
			return
		}
		if done {
			return
		}
	}
}

// hear takes a message of the relay and returns what to say. mu is held.
func (k *talker) hear(msg []byte) (say []byte) {
	for f, err := range wire.Frames(msg) {
		var welcome wire.Welcome
		var said wire.Said
		switch {
		case err != nil:
		case f.Kind == wire.KindWelcome:
			if err = welcome.Parse(f.Body); err == nil {
				k.online, k.leaves = true, false
				for _, s := range k.said {
					if !k.stored[s.ID] {
						say = wire.AppendFrame(say, 0, &s)
					}
				}
			}
		case f.Kind == wire.KindSaid:
			if err = said.Parse(f.Body); err == nil {
				k.heard(&said)
			}
		case f.Kind == wire.KindMoved:
			k.leaves = true
		}
		if err != nil {
			k.v.t.Errorf("the relay sends what does not parse: %v", err)
		}
	}
	for k.online && !k.quiet && !k.leaves && len(k.said)-len(k.stored) < window {
		k.next()
		say = wire.AppendFrame(say, 0, &k.said[len(k.said)-1])
	}
	return say
}

func (k *talker) heard(said *wire.Said) {
	for _, r := range said.Refused {
		k.v.t.Errorf("%s: refused with %+v", k.hello.Name, r)
	}
	for _, id := range said.Stored {
		if !k.stored[id] {
			k.stored[id] = true
			select {
			case k.acks <- struct{}{}:
			default: // nobody counts now
			}
		}
	}
	if said.With != k.with {
		return
	}
	for _, t := range said.Texts {
		if t.Changed >= k.seen[t.ID].Changed {
			k.seen[t.ID] = t
		}
	}
}

// next says something new, or changes what was said before.
func (k *talker) next() {
	s := wire.Say{With: k.with, Text: fmt.Sprintf("<%s:%d>", k.hello.Name, len(k.said))}
	_, _ = crand.Read(s.ID[:])
	switch n := len(k.said); n % 8 {
	case 3:
		s.Mentions = []wire.Mention{{Person: k.names, Length: 1}}
	case 7:
		s.What, s.About = wire.SayEdit, k.said[n-n%8].ID
		if n%16 == 7 {
			s.Mentions = []wire.Mention{{Person: k.names, Length: 1}} // who was not named before
		}
	}
	k.said = append(k.said, s)
}

// visit says hello as a talker on a connection of its own, and returns when it is
// welcome.
func (v *victim) visit(ctx context.Context, k *talker) (conn.Conn, wire.Person) {
	v.t.Helper()
	c, err := ws.Dial(ctx, "ws://"+v.addr+"/ws", wire.MaxMessage)
	if err != nil {
		v.t.Fatal(err)
	}
	hello := k.hello
	hello.Replica = uint64(client.NewReplica())
	if err := c.Send(ctx, wire.AppendFrame(nil, 0, &hello)); err != nil {
		v.t.Fatal(err)
	}
	var welcome wire.Welcome
	v.await(ctx, c, func(f wire.Frame) (bool, error) {
		return f.Kind == wire.KindWelcome, welcome.Parse(f.Body)
	})
	return c, welcome.Person
}

// await receives until a frame comes that is meant. The error of one that is not does
// not count.
func (v *victim) await(ctx context.Context, c conn.Conn, meant func(f wire.Frame) (bool, error)) {
	v.t.Helper()
	for {
		msg, err := c.Receive(ctx)
		if err != nil {
			v.t.Fatal(err)
		}
		for f, err := range wire.Frames(msg) {
			var ok bool
			if err == nil {
				ok, err = meant(f)
			}
			switch {
			case ok && err == nil:
				return
			case ok:
				v.t.Fatal(err)
			}
		}
	}
}

// recalls returns a talker's conversation as the relay has it.
func (v *victim) recalls(k *talker) (texts []wire.Text) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), patience)
	defer cancel()
	c, _ := v.visit(ctx, k)
	defer c.Close(uint32(wire.CodeNormal), "")
	for q := (wire.Recall{Ask: 1, With: k.with, What: wire.RecallAfter}); ; q.Ask++ {
		if err := c.Send(ctx, wire.AppendFrame(nil, 0, &q)); err != nil {
			v.t.Fatal(err)
		}
		var said wire.Said
		v.await(ctx, c, func(f wire.Frame) (bool, error) {
			if f.Kind != wire.KindSaid {
				return false, nil
			}
			err := said.Parse(f.Body)
			return err != nil || said.Answers == q.Ask, err
		})
		if texts = append(texts, said.Texts...); !said.More {
			return texts
		}
		q.Stamp = texts[len(texts)-1].Stamp
	}
}

// holdsTalk expects the relay to have, once and in order, what was acknowledged to a
// talker and what it was shown.
func (k *talker) holdsTalk(what string) {
	k.v.t.Helper()
	if err := k.known().standsIn(k.v.recalls(k)); err != nil {
		k.v.t.Fatalf("%s: %v", what, err)
	}
}

// known is what a talker knows of its conversation at some time.
type known struct {
	acked []wire.Say // in order
	seen  map[wire.TextID]wire.Text
}

func (k *talker) known() (n known) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.said {
		if k.stored[s.ID] {
			n.acked = append(n.acked, s)
		}
	}
	n.seen = maps.Clone(k.seen)
	return n
}

// standsIn returns what of it does not stand in a conversation, once and in order.
func (n known) standsIn(texts []wire.Text) error {
	has := map[wire.TextID]wire.Text{}
	var last wire.Stamp
	for _, one := range texts {
		if _, twice := has[one.ID]; twice || one.Stamp <= last {
			return fmt.Errorf("%s stands at %x after %x, and twice: %v", one.Text, one.Stamp, last, twice)
		}
		has[one.ID], last = one, one.Stamp
	}
	edited := map[wire.TextID]string{} // by the last edit that was acknowledged
	for _, s := range n.acked {
		if s.What == wire.SayEdit {
			edited[s.About] = s.Text
		}
	}
	last = 0
	for _, s := range n.acked {
		if s.What == wire.SayEdit {
			continue
		}
		one, ok := has[s.ID]
		text, changed := edited[s.ID]
		switch {
		case !ok:
			return fmt.Errorf("%s was acknowledged, and is not there", s.Text)
		case changed && (one.Text != text || !one.Edited):
			return fmt.Errorf("a message reads %q, and its edit to %q was acknowledged", one.Text, text)
		case one.Stamp <= last:
			return fmt.Errorf("%s is out of its order", s.Text)
		}
		last = one.Stamp
	}
	for id, shown := range n.seen {
		if one, ok := has[id]; !ok || one.Stamp != shown.Stamp || one.Changed < shown.Changed {
			return fmt.Errorf("%q was shown, of %x and changed at %x, and the relay has %q of %x and %x",
				shown.Text, shown.Stamp, shown.Changed, one.Text, one.Stamp, one.Changed)
		}
	}
	return nil
}

// A relay is killed 20 times while people talk, on two boards and two of them with
// each other, and name each other. Whoever is concerned by a message that is stored has
// it in the inbox, once and as it reads, and nothing else; what was read stays read. What was acknowledged to somebody, and what anyone was shown, is there
// each time before anyone could have said it again; and in the end all that was said
// stands there once, in the order in which each has said it.
func TestKilledWhilePeopleTalk(t *testing.T) { endedWhilePeopleTalk(t, 20, (*victim).kill) }

// The same of a relay that is told to stop: they leave when all that they have said is
// stored.
func TestDrainedWhilePeopleTalk(t *testing.T) { endedWhilePeopleTalk(t, 5, (*victim).drain) }

func endedWhilePeopleTalk(t *testing.T, times int, end func(v *victim)) {
	v := &victim{t: t, data: t.TempDir()}
	v.start()
	v.letIn()
	t.Cleanup(v.kill)
	c := converse(t, func(_ int, name, secret string, acks chan struct{}) *talker { return v.talker(name, secret, acks) })

	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range times {
		what := fmt.Sprintf("seed %d, end %d", seed, i)
		c.flow(what, 1+rnd.IntN(60))
		v.shutOut()
		end(v)
		for _, k := range c.all {
			k.wait("offline", func() bool { return !k.online })
		}
		v.start()
		for _, k := range c.all {
			k.holdsTalk(what)
		}
		v.holdInboxes(what, c.all)
		c.forget()
		v.letIn()
	}
	says := c.silence()
	for _, k := range c.all {
		k.holdsTalk("in the end")
		for _, one := range v.recalls(k) {
			if !says[one.ID] {
				t.Errorf("%q is there, and was said by nobody", one.Text)
			}
		}
	}
	n := v.holdInboxes("in the end", c.all)
	t.Logf("%d times, %d said, %d entries in inboxes", times, len(says), n)
	if n == 0 {
		t.Error("nobody was named")
	}
}
