package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"edgeboard/relay/store/notice"
)

// inboxModel is what inboxes must be: lists, which are gone through for each question.
type inboxModel struct {
	entries    []Entry // of all persons, in the order of their places
	last       map[[16]byte]uint64
	deliveries []dueModel // in the order in which they were put
	most       int
}

type dueModel struct {
	target string
	of     Entry // its place
	due    int64
	tries  int
	since  int64
}

func (m *inboxModel) of(person [16]byte) (list []Entry) {
	for _, e := range m.entries {
		if e.Person == person {
			list = append(list, e)
		}
	}
	return list
}

func unreadOf(list []Entry) (n int) {
	for _, e := range list {
		if !e.Read {
			n++
		}
	}
	return n
}

// remove removes the entries that go, and returns them.
func (m *inboxModel) remove(goes func(Entry) bool) (gone []Entry) {
	m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool {
		if goes(e) {
			gone = append(gone, e)
			return true
		}
		return false
	})
	m.deliveries = slices.DeleteFunc(m.deliveries, func(d dueModel) bool {
		return slices.ContainsFunc(gone, func(e Entry) bool { return e.Person == d.of.Person && e.Seq == d.of.Seq })
	})
	return gone
}

// put takes a batch, and returns what is to be told of it.
func (m *inboxModel) put(b NoticeBatch) string {
	type place struct {
		person [16]byte
		seq    uint64
	}
	changed, gone := map[place]bool{}, []Entry{}
	for _, p := range b.Put {
		i := slices.IndexFunc(m.entries, func(e Entry) bool { return e.Person == p.Person && e.Source == p.Source })
		switch {
		case i >= 0 && string(m.entries[i].Data) != string(p.Data):
			m.entries[i].Data = p.Data
			changed[place{p.Person, m.entries[i].Seq}] = true
		case i < 0 && !p.Edit:
			m.last[p.Person]++
			e := p.Entry
			e.Seq = m.last[p.Person]
			m.entries = append(m.entries, e)
			changed[place{e.Person, e.Seq}] = true
			for _, target := range p.Targets {
				m.deliveries = append(m.deliveries, dueModel{target: target, of: e, due: e.Time, since: e.Time})
			}
			if list := m.of(e.Person); len(list) > m.most {
				gone = append(gone, m.remove(func(e Entry) bool { return e.Person == p.Person && e.Seq == list[0].Seq })...)
			}
		}
	}
	for _, source := range b.Gone {
		gone = append(gone, m.remove(func(e Entry) bool { return e.Source == source })...)
	}
	var changes []NoticeChange
	for person := range m.last {
		list := m.of(person)
		c := NoticeChange{Person: person, Standing: notice.Standing{Unread: unreadOf(list), Last: m.last[person]}}
		for _, e := range list {
			if changed[place{person, e.Seq}] {
				c.Entries = append(c.Entries, e)
			}
		}
		for _, e := range gone {
			if e.Person == person {
				c.Gone = append(c.Gone, e.Seq)
			}
		}
		slices.Sort(c.Gone)
		if len(c.Entries)+len(c.Gone) > 0 {
			changes = append(changes, c)
		}
	}
	return told(changes...)
}

func (m *inboxModel) settle(person [16]byte, s Settled) string {
	c := NoticeChange{Person: person}
	for i := range m.entries {
		e := &m.entries[i]
		is := s.Talk != "" && e.Talk == s.Talk && e.Stamp <= s.Stamp
		for _, span := range s.Spans {
			is = is || e.Seq >= span[0] && e.Seq <= span[1]
		}
		if e.Person == person && !e.Read && is {
			e.Read = true
			c.Read = append(c.Read, e.Seq)
		}
	}
	c.Unread, c.Last = unreadOf(m.of(person)), m.last[person]
	return told(c)
}

// page returns what wantEntries is to expect.
func (m *inboxModel) page(person [16]byte, q NoticeQuery) (want []string) {
	for _, e := range slices.Backward(m.of(person)) {
		if q.Before > 0 && e.Seq >= q.Before || q.Unread && e.Read {
			continue
		}
		if len(want) == q.Limit {
			return append(want, "...")
		}
		want = append(want, shown(e))
	}
	return want
}

// due returns what wantDue is to expect.
func (m *inboxModel) due(now int64, limit int) (next int64, want []string) {
	list := slices.Clone(m.deliveries)
	slices.SortStableFunc(list, func(a, b dueModel) int { return int(a.due - b.due) })
	for _, d := range list {
		if d.due > now || len(want) == limit {
			return d.due, want
		}
		i := slices.IndexFunc(m.entries, func(e Entry) bool { return e.Person == d.of.Person && e.Seq == d.of.Seq })
		want = append(want, fmt.Sprintf("%s: %s, try %d since %d", d.target, shown(m.entries[i]), d.tries, d.since))
	}
	return 0, want
}

// runRandomNotices does at random what is done with inboxes. After each step they are as
// the model says.
func runRandomNotices(t *testing.T, kind NoticesKind, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	n := kind.Open(t)
	m := &inboxModel{last: map[[16]byte]uint64{}, most: 12}
	kind.Bound(n, m.most)
	people := []string{"Ada", "Bo", "Cy"}
	talks := []string{"", "b:a", "b:b"}
	stood := map[string]notice.Standing{}
	stored := 0 // messages
	clock := int64(1)
	for step := range 150 {
		clock += rnd.Int64N(3)
		did := ""
		switch rnd.IntN(10) {
		default:
			var b NoticeBatch
			for range 1 + rnd.IntN(4) {
				// The data of a source is seldom another.
				source := rnd.IntN(40)
				p := NewEntry(people[rnd.IntN(3)], fmt.Sprint(source), fmt.Sprint(source, " ", rnd.IntN(3)/2), clock)
				p = about(p, talks[rnd.IntN(3)], uint64(rnd.IntN(20)))
				p.Edit = rnd.IntN(4) == 0
				for target := range rnd.IntN(3) {
					p.Targets = append(p.Targets, fmt.Sprint("target ", target))
				}
				b.Put = append(b.Put, p)
			}
			for range rnd.IntN(3) {
				b.Gone = append(b.Gone, Name16(fmt.Sprint(rnd.IntN(40))))
			}
			if rnd.IntN(3) > 0 {
				did = fmt.Sprintf("Put %+v", b)
				mustNotice(t, n, b, m.put(b))
				break
			}
			did = fmt.Sprintf("a message with %+v", b)
			stored++
			var got string
			err := PutMessages(n.Messages, MessageChange{Key: "b:a", Messages: []Message{NewMessage("Ada", fmt.Sprint(stored), uint64(stored))}, Notices: b, Noticed: func(c []NoticeChange) { got = told(c...) }})
			if want := m.put(b); got != want || err != nil {
				t.Errorf("a message tells %q, %v; want %q", got, err, want)
			}
		case 6, 7:
			person, s := people[rnd.IntN(3)], Settled{Talk: talks[rnd.IntN(3)], Stamp: uint64(rnd.IntN(20))}
			for range rnd.IntN(3) {
				from := m.last[Name16(person)] - min(m.last[Name16(person)], rnd.Uint64N(15))
				s.Spans = append(s.Spans, [2]uint64{from, from + rnd.Uint64N(4) - rnd.Uint64N(2)})
			}
			did = fmt.Sprintf("Settle of %s %+v", person, s)
			mustSettle(t, n, person, s, m.settle(Name16(person), s))
		case 8:
			before := clock - rnd.Int64N(10)
			did = fmt.Sprint("Forget before ", before)
			m.remove(func(e Entry) bool { return e.Read && e.Time < before })
			if more, err := n.Forget(t.Context(), before); more || err != nil {
				t.Errorf("Forget says %v, %v", more, err)
			}
		case 9:
			next, want := m.due(clock, 5)
			var outcomes []Outcome
			for _, d := range wantDue(t, n, clock, 5, next, want...) {
				i := slices.IndexFunc(m.deliveries, func(x dueModel) bool {
					return x.target == d.Target && x.of.Person == d.Entry.Person && x.of.Seq == d.Entry.Seq
				})
				o := Outcome{ID: d.ID, Done: rnd.IntN(2) == 0, Due: clock + rnd.Int64N(20)}
				outcomes = append(outcomes, o)
				if o.Done {
					m.deliveries = slices.Delete(m.deliveries, i, i+1)
				} else {
					m.deliveries[i].due = o.Due
					m.deliveries[i].tries++
				}
			}
			did = fmt.Sprintf("Deliver %+v", outcomes)
			if err := n.Deliver(t.Context(), outcomes); err != nil {
				t.Error(err)
			}
		}
		if kind.Reopen != nil && rnd.IntN(20) == 0 {
			n = kind.Reopen(t, n)
			kind.Bound(n, m.most)
		}
		for _, person := range people {
			id := Name16(person)
			now := wantEntries(t, n, person, NoticeQuery{Limit: 100}, m.page(id, NoticeQuery{Limit: 100})...)
			for _, q := range []NoticeQuery{
				{Before: rnd.Uint64N(m.last[id] + 3), Limit: 1 + rnd.IntN(5)},
				{Before: rnd.Uint64N(m.last[id] + 3), Limit: 1 + rnd.IntN(5), Unread: true},
			} {
				wantEntries(t, n, person, q, m.page(id, q)...)
			}
			if want := unreadOf(m.of(id)); now.Unread != want || now.Last != m.last[id] {
				t.Errorf("the inbox of %s stands as %+v, want %d of %d", person, now, want, m.last[id])
			}
			if old := stood[person]; now.Version < old.Version || now.Version == old.Version && now != old {
				t.Errorf("the inbox of %s stands as %+v after %+v", person, now, old)
			}
			stood[person] = now
		}
		next, want := m.due(1<<40, 1000)
		wantDue(t, n, 1<<40, 1000, next, want...)
		if t.Failed() {
			t.Fatalf("seed %d, step %d: %s", seed, step, did)
		}
	}
	if len(m.entries) < 10 || m.last[Name16("Ada")] < 30 || stored < 10 {
		t.Errorf("seed %d: there are %d entries at the end, and %d messages: that is no test", seed, len(m.entries), stored)
	}
}
