package notify

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

const (
	// maxUntold is of how many persons it is remembered what they are to be told. Those
	// beyond are told to ask anew.
	maxUntold = 4096
	// tellTimeout is how long it is waited for how an inbox stands.
	tellTimeout = 2 * time.Second
)

// news is what is stored and not told yet. It comes from goroutines of stores, which
// must not wait, and not always in the order in which it was stored. One goroutine tells
// it, and reads for each person how the inbox stands then: so the last one that is told
// is how it stands (W95).
type news struct {
	some chan struct{} // has a token when there is something

	mu     sync.Mutex
	untold map[wire.Person]*untold
	order  []wire.Person // of untold, the first one first
}

// untold is what one person is to be told.
type untold struct {
	entries    []notice.Entry // at most wire.MaxEntries
	read, gone []wire.Span    // ascending, at most wire.MaxSpans each
	anew       bool           // it was more than can be told at once
	notice.Standing
}

func newNews() news {
	return news{some: make(chan struct{}, 1), untold: map[wire.Person]*untold{}}
}

// Changed tells what is stored to those whose inboxes have changed, and has it
// delivered. It does not wait, and keeps the list.
func (c *Center) Changed(list []notice.Change) {
	whats := map[uint32]int{}
	for i := range list {
		c.news.add(&list[i])
		for k := range list[i].Entries {
			if e, ok := entryOf(&list[i].Entries[k]); ok {
				whats[e.What]++
			}
		}
	}
	for what, n := range whats {
		c.Metrics.Told(what, n)
	}
	if len(whats) > 0 {
		c.Wake()
	}
}

// Heard tells what another relay of the cluster has stored to those whose inboxes have
// changed, and has it delivered if this one does that. It does not wait, and keeps the
// list.
func (c *Center) Heard(list []notice.Change) {
	for i := range list {
		c.news.add(&list[i])
	}
	c.Wake()
}

// Wake says that something may be due: it is looked what is.
func (c *Center) Wake() {
	if c.push != nil || len(c.Webhooks) > 0 {
		c.wake()
	}
}

// wake says that something may be due.
func (c *Center) wake() {
	select {
	case c.due <- struct{}{}:
	default:
	}
}

// add joins a change with what its person was not told yet.
func (n *news) add(change *notice.Change) {
	if change.Person == ([16]byte{}) {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.untold[change.Person]
	if u == nil {
		u = &untold{anew: len(n.order) >= maxUntold}
		n.untold[change.Person] = u
		n.order = append(n.order, change.Person)
	}
	u.join(change)
	select {
	case n.some <- struct{}{}:
	default:
	}
}

func (u *untold) join(change *notice.Change) {
	if change.Version >= u.Version {
		u.Standing = change.Standing
	}
	if u.anew {
		return
	}
	u.read, u.gone = joined(u.read, change.Read), joined(u.gone, change.Gone)
	for _, e := range change.Entries {
		if i := slices.IndexFunc(u.entries, func(have notice.Entry) bool { return have.Seq == e.Seq }); i >= 0 {
			u.entries[i] = e
		} else {
			u.entries = append(u.entries, e)
		}
		if len(u.entries) > wire.MaxEntries {
			break
		}
	}
	if len(u.entries) > wire.MaxEntries || len(u.read) > wire.MaxSpans || len(u.gone) > wire.MaxSpans {
		*u = untold{anew: true, Standing: u.Standing}
		return
	}
	u.entries = slices.DeleteFunc(u.entries, func(e notice.Entry) bool { return within(u.gone, e.Seq) })
	for i := range u.entries {
		u.entries[i].Read = u.entries[i].Read || within(u.read, u.entries[i].Seq)
	}
}

// take returns what the person is to be told that has waited longest, nil if nobody is.
func (n *news) take() (p wire.Person, u *untold) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.order) == 0 {
		n.order = nil
		return p, nil
	}
	p, n.order = n.order[0], n.order[1:]
	u = n.untold[p]
	delete(n.untold, p)
	return p, u
}

// tellNews tells what is stored, until the Center is closed and all is told.
func (c *Center) tellNews() {
	for open := true; open; {
		select {
		case <-c.news.some:
		case <-c.closing:
			open = false
		}
		for p, u := c.news.take(); u != nil && c.ctx.Err() == nil; p, u = c.news.take() {
			c.tellPerson(p, u)
		}
	}
}

func (c *Center) tellPerson(p wire.Person, u *untold) {
	ctx, cancel := context.WithTimeout(c.ctx, tellTimeout)
	defer cancel()
	now, err := c.standing(ctx, p)
	if err != nil {
		c.Log.Warn("how an inbox stands cannot be read", "error", err)
		now = u.Standing
	}
	inbox := wire.Inbox{Unread: uint32(now.Unread), Last: now.Last, Anew: u.anew, Read: u.read, Gone: u.gone}
	for i := range u.entries {
		if e, ok := entryOf(&u.entries[i]); ok {
			inbox.Entries = append(inbox.Entries, e)
		}
	}
	slices.SortFunc(inbox.Entries, func(a, b wire.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	c.told[p[0]].Add(1)
	c.Audience.TellPerson(p, wire.AppendFrame(nil, 0, &inbox))
}

// joined are runs of places, ascending, with some more places.
func joined(list []wire.Span, places []uint64) []wire.Span {
	for _, at := range places {
		if n := len(list); n > 0 && list[n-1].To+1 == at {
			list[n-1].To = at // as they mostly come
		} else {
			list = append(list, wire.Span{From: at, To: at})
		}
	}
	slices.SortFunc(list, func(a, b wire.Span) int { return cmp.Compare(a.From, b.From) })
	n := 0
	for _, s := range list {
		if n > 0 && s.From <= list[n-1].To+1 {
			list[n-1].To = max(list[n-1].To, s.To)
		} else {
			list[n] = s
			n++
		}
	}
	return list[:n]
}

func within(list []wire.Span, at uint64) bool {
	return slices.ContainsFunc(list, func(s wire.Span) bool { return s.From <= at && at <= s.To })
}
