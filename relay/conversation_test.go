package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// conversation is people who talk on two boards, each naming the next. Two of them, who
// are on different boards, talk in private.
type conversation struct {
	t    *testing.T
	acks chan struct{}
	all  []*talker
}

// converse has them talk until the test ends. come brings the i-th to a board.
func converse(t *testing.T, come func(i int, board, secret string, acks chan struct{}) *talker) *conversation {
	c := &conversation{t: t, acks: make(chan struct{}, 1000)}
	for i, board := range []string{"board0", "board0", "board1", "board0", "board1"} {
		k := come(i, board, fmt.Sprintf("the secret of talker %d", i), c.acks)
		var visit conn.Conn
		visit, k.person = k.v.visit(t.Context(), k)
		visit.Close(uint32(wire.CodeNormal), "")
		c.all = append(c.all, k)
	}
	for i, k := range c.all {
		k.names = c.all[(i+1)%len(c.all)].person
	}
	for i, other := range map[int]int{3: 4, 4: 3} {
		c.all[i].with, c.all[i].names = c.all[other].person, c.all[other].person
	}
	ctx, stop := context.WithCancel(t.Context())
	for _, k := range c.all {
		go k.run(ctx)
	}
	t.Cleanup(func() {
		stop()
		for _, k := range c.all {
			<-k.ended
		}
	})
	return c
}

// flow waits until n more messages are stored.
func (c *conversation) flow(what string, n int) {
	c.t.Helper()
	late := time.After(patience)
	for range n {
		select {
		case <-c.acks:
		case <-late:
			c.t.Fatalf("%s: nothing is stored", what)
		}
	}
}

// forget has flow not count what was stored by now.
func (c *conversation) forget() {
	for len(c.acks) > 0 {
		<-c.acks
	}
}

// silence ends the talking. It returns, when all of it is stored, the names of what was
// said.
func (c *conversation) silence() map[wire.TextID]bool {
	names := map[wire.TextID]bool{}
	for _, k := range c.all {
		k.do(func() { k.quiet = true })
		k.wait("all is stored", func() bool { return len(k.stored) == len(k.said) })
		for _, s := range k.said {
			names[s.ID] = true
		}
	}
	return names
}
