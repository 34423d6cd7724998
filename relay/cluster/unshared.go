package cluster

import (
	"context"
	"fmt"
	"time"
)

// unshared says of which boards it is not known whether the engine has what the copies
// have: when a relay comes into a cluster, or the engine has lost its data, of all. They
// are looked at in the order of their names.
type unshared struct {
	pending bool
	after   string          // of the boards behind this one
	not     map[string]bool // but not of these
}

// namesAtOnce is of how many boards the progress is stored.
const namesAtOnce = 64

// shareAll notes that it is so of all boards.
func (c *Cluster) shareAll(ctx context.Context) error {
	c.sharing.Lock()
	defer c.sharing.Unlock()
	if err := c.putUnshared(ctx, ""); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// What is known to be shared was so in another incarnation.
	c.incarnation, c.unshared = "", unshared{pending: true, not: map[string]bool{}}
	return nil
}

// putUnshared stores the progress. The name has a byte before it, as a record that is
// empty would be none.
func (c *Cluster) putUnshared(ctx context.Context, after string) error {
	return c.records.Put(ctx, ofCluster, keyUnshared, []byte("."+after), time.Time{})
}

// loadUnshared reads what an earlier life has left to be done.
func (c *Cluster) loadUnshared(ctx context.Context) error {
	value, err := c.records.Get(ctx, ofCluster, keyUnshared)
	if err != nil {
		return fmt.Errorf("reading which boards are not shared: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(value) > 0 && !c.unshared.pending {
		c.unshared = unshared{pending: true, after: string(value[1:]), not: map[string]bool{}}
	}
	return nil
}

func (c *Cluster) isUnshared(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unshared.pending && name > c.unshared.after && !c.unshared.not[name]
}

// noteShared notes that the engine, as it was in an incarnation, has all of a board.
func (c *Cluster) noteShared(name, incarnation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.incarnation == incarnation && c.unshared.pending && name > c.unshared.after {
		c.unshared.not[name] = true
	}
}

// progress notes that boards up to a name were looked at in a generation.
func (c *Cluster) progress(ctx context.Context, generation uint64, after string) error {
	c.sharing.Lock()
	defer c.sharing.Unlock()
	if generation != c.generation.Load() {
		return errAway // and it may be all boards again
	}
	if err := c.putUnshared(ctx, after); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unshared.after = after
	return nil
}

// eachMarked calls f with the names of the boards that are marked, or as if, in some
// lists.
func (c *Cluster) eachMarked(ctx context.Context, generation uint64, f func(names []string) error) error {
	var marked []string
	err := c.records.List(ctx, ofSpool, "", func(name string, _ []byte) error {
		marked = append(marked, name)
		return nil
	})
	if err != nil {
		return fmt.Errorf("listing the boards that are stored on this relay alone: %w", err)
	}
	if len(marked) > 0 {
		if err := f(marked); err != nil {
			return err
		}
	}
	for {
		c.mu.Lock()
		x := c.unshared
		c.mu.Unlock()
		if !x.pending {
			return nil
		}
		names, err := c.copies.BoardNames(ctx, x.after, namesAtOnce)
		if err != nil {
			return fmt.Errorf("listing boards: %w", err)
		}
		if len(names) == 0 {
			break
		}
		if err := f(names); err != nil {
			return err
		}
		if err := c.progress(ctx, generation, names[len(names)-1]); err != nil {
			return err
		}
	}
	c.sharing.Lock()
	defer c.sharing.Unlock()
	if generation != c.generation.Load() {
		return errAway
	}
	if err := c.records.Put(ctx, ofCluster, keyUnshared, nil, time.Time{}); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unshared = unshared{}
	return nil
}
