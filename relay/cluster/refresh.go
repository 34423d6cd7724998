package cluster

import (
	"context"
	"errors"
	"fmt"
)

// Refresh has the relay's own copy of a board be what is stored of it, for who reads that:
// what the engine has, and of a board with a room what it was told besides. While the relay
// is cut off the copy is what there is.
func (b *Boards) Refresh(ctx context.Context, board string) error {
	c := b.c
	k := c.keeper(board)
	defer k.release()
	for s := c.session(board); s != nil && !c.Edge(); s = c.session(board) {
		err := s.catchUp(ctx)
		if err == nil {
			break
		}
		ended := errors.Is(err, ErrClosed) && c.session(board) != s
		if !ended && !c.Edge() {
			return fmt.Errorf("reading board %q of the cluster: %w", board, err)
		}
	}
	if !c.isOpen(board) && !c.Edge() {
		done, err := k.hold(ctx)
		if err != nil {
			return err
		}
		defer done()
		if err := k.renew(ctx); err != nil && !c.Edge() {
			return fmt.Errorf("reading board %q of the cluster: %w", board, err)
		}
	}
	k.do(k.flush)
	return k.idle(ctx)
}

// renew has the copy of a board that is not open be what the engine has. One that is marked
// has more than that, which the engine gets in time; one that is as if marked may have
// less, and is looked at now. The caller holds work.
func (k *keeper) renew(ctx context.Context) error {
	mark, err := k.readMark(ctx)
	if err == nil && mark != 0 && k.c.isUnshared(k.name) {
		if err = k.reconcile(ctx); err == nil {
			err = k.idle(ctx)
		}
		if err == nil {
			err = k.unmarkIfMarked(ctx)
		}
		if err == nil {
			mark, err = k.readMark(ctx)
		}
	}
	if err != nil || mark != 0 {
		return err
	}
	x, err := k.c.state(ctx, k.name)
	if err == nil && x.last > 0 {
		k.refresh(x)
	}
	return err
}

// catchUp has the copy get all that the engine has when it is called, whether the room has
// applied it or not.
func (s *session) catchUp(ctx context.Context) error {
	done, err := s.k.hold(ctx) // who loads the board has it
	if err != nil {
		return err
	}
	done()
	s.mu.Lock()
	t := s.tail
	s.mu.Unlock()
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	if err := t.catchUp(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepHeard()
	return nil
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
