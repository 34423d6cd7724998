package cluster

import (
	"context"
	"fmt"
)

// Refresh has the relay's own copy of a board be what is stored of it, for who reads that:
// what the engine has, or, of a board with a room, what the room has. While the relay is
// cut off the copy is what there is.
func (b *Boards) Refresh(ctx context.Context, board string) error {
	c := b.c
	k := c.keeper(board)
	defer k.release()
	if !c.isOpen(board) && !c.Edge() {
		done, err := k.hold(ctx)
		if err != nil {
			return err
		}
		defer done()
		// One that is marked has more than the engine, which gets it in time.
		if mark, err := k.readMark(ctx); err != nil {
			return err
		} else if mark == 0 {
			x, err := c.state(ctx, board)
			if err != nil && !c.Edge() {
				return fmt.Errorf("reading board %q of the cluster: %w", board, err)
			}
			if err == nil && x.last > 0 {
				k.refresh(x)
			}
		}
	}
	k.do(k.flush)
	return k.idle(ctx)
}

// Origins returns where pages reach the relays of the cluster, this one too, as far as
// they have said so.
func (c *Cluster) Origins() []string {
	p := &c.peers
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	if c.url != "" {
		list = append(list, c.url)
	}
	for _, x := range p.others {
		if x.URL != "" {
			list = append(list, x.URL)
		}
	}
	return list
}

// Eldest returns the name of the other relay that has lived longest, of those that were
// heard of; empty: none was.
func (c *Cluster) Eldest() (name string) {
	p := &c.peers
	p.mu.Lock()
	defer p.mu.Unlock()
	var since int64
	for _, x := range p.others {
		if name == "" || x.Started < since {
			name, since = x.Relay, x.Started
		}
	}
	return name
}
