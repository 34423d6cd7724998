package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"edgeboard/relay/store/notice"
)

// Notices are persons' inboxes, and what of them is to be delivered (notify.Store).
type Notices struct{ store *Store }

// Notices returns those of the store.
func (s *Store) Notices() *Notices { return &Notices{s} }

// inbox is a person's.
type inbox struct {
	entries []notice.Entry // ascending by Seq
	sources map[[16]byte]uint64
	notice.Standing
}

// at returns where an entry is, or where it would be.
func (b *inbox) at(seq uint64) int {
	i, _ := slices.BinarySearchFunc(b.entries, seq, func(e notice.Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
	return i
}

// removeEntry removes the one at i of an inbox, and its deliveries.
func (s *Store) removeEntry(b *inbox, i int) {
	e := b.entries[i]
	if !e.Read {
		b.Unread--
	}
	delete(b.sources, e.Source)
	b.entries = slices.Delete(b.entries, i, i+1)
	s.deliveries = slices.DeleteFunc(s.deliveries, func(d delivery) bool { return d.Entry.Person == e.Person && d.Entry.Seq == e.Seq })
}

type delivery struct {
	notice.Delivery // its Entry has its place alone
	due             int64
}

// Put stores a batch, at once unless Hold or Fail says otherwise.
func (n *Notices) Put(b notice.Batch, done func([]notice.Change, error)) {
	var changes []notice.Change
	n.store.change(func(err error) { done(changes, err) }, func(s *Store) { changes = s.putNotices(b) })
}

// putNotices stores a batch, and returns what it has changed.
func (s *Store) putNotices(b notice.Batch) []notice.Change {
	changes := map[[16]byte]*notice.Change{}
	var order [][16]byte
	change := func(person [16]byte) *notice.Change {
		if changes[person] == nil {
			changes[person] = &notice.Change{Person: person}
			order = append(order, person)
		}
		return changes[person]
	}
	remove := func(person [16]byte, i int) {
		box := s.inboxes[person]
		seq := box.entries[i].Seq
		s.removeEntry(box, i)
		c := change(person)
		c.Gone = append(c.Gone, seq)
		c.Entries = slices.DeleteFunc(c.Entries, func(e notice.Entry) bool { return e.Seq == seq })
	}
	for _, p := range b.Put {
		e, changed := s.putEntry(p)
		if !changed {
			continue
		}
		c := change(p.Person)
		c.Entries = slices.DeleteFunc(c.Entries, func(old notice.Entry) bool { return old.Seq == e.Seq })
		c.Entries = append(c.Entries, e)
		if len(s.inboxes[p.Person].entries) > cmp.Or(s.mostEntries, notice.MostEntries) {
			remove(p.Person, 0)
		}
	}
	for _, source := range b.Gone {
		for person, box := range s.inboxes {
			if seq, ok := box.sources[source]; ok {
				remove(person, box.at(seq))
			}
		}
	}
	var list []notice.Change
	for _, person := range order {
		c, box := changes[person], s.inboxes[person]
		box.Version++
		c.Standing = box.Standing
		slices.SortFunc(c.Entries, func(a, b notice.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
		slices.Sort(c.Gone)
		list = append(list, *c)
	}
	return list
}

// putEntry stores one entry, and says whether it is new or other than it was.
func (s *Store) putEntry(p notice.Put) (e notice.Entry, changed bool) {
	box := s.inboxes[p.Person]
	if box == nil {
		box = &inbox{sources: map[[16]byte]uint64{}}
	}
	if seq, ok := box.sources[p.Source]; ok {
		old := &box.entries[box.at(seq)]
		changed = !bytes.Equal(old.Data, p.Data)
		old.Data = bytes.Clone(p.Data)
		return *old, changed
	}
	if p.Edit {
		return e, false
	}
	if s.inboxes == nil {
		s.inboxes = map[[16]byte]*inbox{}
	}
	s.inboxes[p.Person] = box
	box.Last++
	box.Unread++
	e = p.Entry
	e.Seq, e.Read, e.Data = box.Last, false, bytes.Clone(p.Data)
	box.sources[e.Source] = e.Seq
	box.entries = append(box.entries, e)
	for _, target := range p.Targets {
		s.lastDelivery++
		s.deliveries = append(s.deliveries, delivery{
			notice.Delivery{ID: s.lastDelivery, Target: target, Entry: notice.Entry{Person: e.Person, Seq: e.Seq}, Since: e.Time}, max(1, e.Time),
		})
	}
	return e, true
}

// Page returns entries, the last one first, whether there are more before them, and how
// the inbox stands. Nothing is damaged here.
func (n *Notices) Page(_ context.Context, person [16]byte, q notice.Query) (page []notice.Entry, more bool, damaged int, now notice.Standing, err error) {
	s := n.store
	s.mu.Lock()
	defer s.mu.Unlock()
	box := s.inboxes[person]
	if box == nil || s.fail != nil {
		return nil, false, 0, now, s.fail
	}
	before := len(box.entries)
	if q.Before > 0 {
		before = box.at(q.Before)
	}
	for _, e := range slices.Backward(box.entries[:before]) {
		if q.Unread && e.Read {
			continue
		}
		if more = len(page) >= q.Limit; more {
			break
		}
		e.Data = bytes.Clone(e.Data)
		page = append(page, e)
	}
	return page, more, 0, box.Standing, nil
}

// Settle stores what was read, and returns what has changed.
func (n *Notices) Settle(ctx context.Context, person [16]byte, read notice.Settled) (notice.Change, error) {
	change := notice.Change{Person: person}
	if err := ctx.Err(); err != nil {
		return change, err
	}
	err := n.wait(context.WithoutCancel(ctx), func(s *Store) {
		box := s.inboxes[person]
		if box == nil {
			return
		}
		for i := range box.entries {
			e := &box.entries[i]
			if e.Read || !settles(&read, e) {
				continue
			}
			e.Read = true
			box.Unread--
			change.Read = append(change.Read, e.Seq)
		}
		if len(change.Read) > 0 {
			box.Version++
		}
		change.Standing = box.Standing
	})
	return change, err
}

func settles(s *notice.Settled, e *notice.Entry) bool {
	return s.Talk != "" && e.Talk == s.Talk && e.Stamp <= s.Stamp ||
		slices.ContainsFunc(s.Spans, func(span [2]uint64) bool { return span[0] <= e.Seq && e.Seq <= span[1] })
}

// Due returns deliveries that are due at a time, the first due first, at most limit, and
// when the next one after them is; 0: there is none.
func (n *Notices) Due(_ context.Context, now int64, limit int) (list []notice.Delivery, next int64, err error) {
	s := n.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, 0, s.fail
	}
	sorted := slices.SortedStableFunc(slices.Values(s.deliveries), func(a, b delivery) int { return cmp.Compare(a.due, b.due) })
	for _, d := range sorted {
		if d.due > now || len(list) >= limit {
			return list, d.due, nil
		}
		box := s.inboxes[d.Entry.Person]
		d.Entry = box.entries[box.at(d.Entry.Seq)]
		d.Entry.Data = bytes.Clone(d.Entry.Data)
		list = append(list, d.Delivery)
	}
	return list, 0, nil
}

// Deliver stores what became of deliveries.
func (n *Notices) Deliver(ctx context.Context, list []notice.Outcome) error {
	return n.wait(ctx, func(s *Store) {
		for _, o := range list {
			i := slices.IndexFunc(s.deliveries, func(d delivery) bool { return d.ID == o.ID })
			switch {
			case i < 0:
			case o.Done:
				s.deliveries = slices.Delete(s.deliveries, i, i+1)
			default:
				s.deliveries[i].due = max(1, o.Due)
				s.deliveries[i].Tries++
			}
		}
	})
}

// Forget removes some of the entries that were read and stored before a time, and says
// whether there are more.
func (n *Notices) Forget(ctx context.Context, before int64) (more bool, err error) {
	rest := false
	err = n.wait(ctx, func(s *Store) {
		left := forgetStep
		for _, box := range s.inboxes {
			old := func(e notice.Entry) bool { return e.Read && e.Time < before }
			for i := slices.IndexFunc(box.entries, old); i >= 0; i = slices.IndexFunc(box.entries, old) {
				if rest = left == 0; rest {
					return
				}
				left--
				s.removeEntry(box, i)
			}
		}
	})
	if err != nil {
		return false, err
	}
	return rest, nil
}

// wait changes something, and waits for it.
func (n *Notices) wait(ctx context.Context, apply func(*Store)) error {
	result := make(chan error, 1)
	n.store.change(func(err error) { result <- err }, apply)
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
