package notify

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"edgeboard/relay/store/notice"
)

// shelf is a Store in memory.
type shelf struct {
	mu         sync.Mutex
	boxes      map[[16]byte]*box
	deliveries []*kept
	last       int64
	fail       error
	asked      int // how often Due was
	kept       int // outcomes that were stored
}

type box struct {
	entries []notice.Entry
	notice.Standing
}

type kept struct {
	notice.Delivery
	due int64
}

func (s *shelf) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *shelf) Put(b notice.Batch, done func([]notice.Change, error)) {
	s.mu.Lock()
	if s.fail != nil {
		defer done(nil, s.fail)
		defer s.mu.Unlock()
		return
	}
	changes := map[[16]byte]*notice.Change{}
	change := func(p [16]byte) *notice.Change {
		if changes[p] == nil {
			changes[p] = &notice.Change{Person: p}
		}
		return changes[p]
	}
	if s.boxes == nil {
		s.boxes = map[[16]byte]*box{}
	}
	for _, p := range b.Put {
		x := s.boxes[p.Person]
		if x == nil {
			x = new(box)
			s.boxes[p.Person] = x
		}
		if i := slices.IndexFunc(x.entries, func(e notice.Entry) bool { return e.Source == p.Source }); i >= 0 {
			x.entries[i].Data = p.Data
			c := change(p.Person)
			c.Entries = append(c.Entries, x.entries[i])
			continue
		}
		if p.Edit {
			continue
		}
		x.Last++
		x.Unread++
		p.Seq = x.Last
		x.entries = append(x.entries, p.Entry)
		c := change(p.Person)
		c.Entries = append(c.Entries, p.Entry)
		for _, target := range p.Targets {
			s.last++
			s.deliveries = append(s.deliveries, &kept{notice.Delivery{ID: s.last, Target: target, Entry: p.Entry, Since: p.Time}, p.Time})
		}
	}
	for _, source := range b.Gone {
		for p, x := range s.boxes {
			if i := slices.IndexFunc(x.entries, func(e notice.Entry) bool { return e.Source == source }); i >= 0 {
				c := change(p)
				c.Gone = append(c.Gone, x.entries[i].Seq)
				if !x.entries[i].Read {
					x.Unread--
				}
				x.entries = slices.Delete(x.entries, i, i+1)
			}
		}
	}
	var list []notice.Change
	for p, c := range changes {
		c.Standing = s.boxes[p].Standing
		list = append(list, *c)
	}
	s.mu.Unlock()
	done(list, nil)
}

func (s *shelf) Page(_ context.Context, p [16]byte, q notice.Query) (page []notice.Entry, more bool, damaged int, now notice.Standing, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.boxes[p]
	if x == nil || s.fail != nil {
		return nil, false, 0, now, s.fail
	}
	for _, e := range slices.Backward(x.entries) {
		if q.Before > 0 && e.Seq >= q.Before || q.Unread && e.Read {
			continue
		}
		if more = len(page) == q.Limit; more {
			break
		}
		page = append(page, e)
	}
	return page, more, 0, x.Standing, nil
}

func (s *shelf) Settle(_ context.Context, p [16]byte, read notice.Settled) (notice.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := notice.Change{Person: p}
	if s.fail != nil || s.boxes[p] == nil {
		return c, s.fail
	}
	x := s.boxes[p]
	for i := range x.entries {
		e := &x.entries[i]
		in := slices.ContainsFunc(read.Spans, func(s [2]uint64) bool { return s[0] <= e.Seq && e.Seq <= s[1] })
		if !e.Read && (in || read.Talk != "" && read.Talk == e.Talk && e.Stamp <= read.Stamp) {
			e.Read = true
			x.Unread--
			c.Read = append(c.Read, e.Seq)
		}
	}
	c.Standing = x.Standing
	return c, nil
}

func (s *shelf) Due(_ context.Context, now int64, limit int) (list []notice.Delivery, next int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.fail != nil {
		return nil, 0, s.fail
	}
	slices.SortStableFunc(s.deliveries, func(a, b *kept) int { return cmp.Compare(a.due, b.due) })
	for _, k := range s.deliveries {
		if k.due > now || len(list) == limit {
			return list, k.due, nil
		}
		d := k.Delivery
		entries := s.boxes[d.Entry.Person].entries
		if i := slices.IndexFunc(entries, func(e notice.Entry) bool { return e.Seq == d.Entry.Seq }); i >= 0 {
			d.Entry = entries[i]
		} else {
			d.Entry = notice.Entry{Person: d.Entry.Person, Seq: d.Entry.Seq}
		}
		list = append(list, d)
	}
	return list, 0, nil
}

func (s *shelf) Deliver(_ context.Context, list []notice.Outcome) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.kept += len(list)
	for _, o := range list {
		i := slices.IndexFunc(s.deliveries, func(k *kept) bool { return k.ID == o.ID })
		if o.Done {
			s.deliveries = slices.Delete(s.deliveries, i, i+1)
		} else {
			s.deliveries[i].due = o.Due
			s.deliveries[i].Tries++
		}
	}
	return nil
}

func (s *shelf) Forget(_ context.Context, before int64) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.boxes {
		i := slices.IndexFunc(x.entries, func(e notice.Entry) bool { return e.Read && e.Time < before })
		if i >= 0 {
			x.entries = slices.Delete(x.entries, i, i+1)
			return true, s.fail
		}
	}
	return false, s.fail
}

// waiting is how many deliveries are not over.
func (s *shelf) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.deliveries)
}
