package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"edgeboard/relay/store/notice"
)

// What the methods of Notices take and return.
type (
	Entry        = notice.Entry
	NoticePut    = notice.Put
	NoticeBatch  = notice.Batch
	NoticeChange = notice.Change
	NoticeQuery  = notice.Query
	Settled      = notice.Settled
	Delivery     = notice.Delivery
	Outcome      = notice.Outcome
)

// Notices is what the relay needs to keep inboxes (notify.Store).
type Notices interface {
	Put(b NoticeBatch, done func([]NoticeChange, error))
	Page(ctx context.Context, person [16]byte, q NoticeQuery) (page []Entry, more bool, damaged int, now notice.Standing, err error)
	Settle(ctx context.Context, person [16]byte, s Settled) (NoticeChange, error)
	Due(ctx context.Context, now int64, limit int) (list []Delivery, next int64, err error)
	Deliver(ctx context.Context, list []Outcome) error
	Forget(ctx context.Context, before int64) (more bool, err error)
}

// Inboxes are the Notices of a store, and its Messages.
type Inboxes struct {
	Notices
	Messages Messages
}

// NoticesKind is how a test opens, ends and breaks one kind of inboxes.
type NoticesKind struct {
	// Open returns those of an empty store.
	Open func(t *testing.T) Inboxes
	// Bound makes that an inbox has so many entries at the most.
	Bound func(i Inboxes, most int)
	// Reopen closes their store and opens it again with what it has kept. Nil: it
	// keeps nothing.
	Reopen func(t *testing.T, i Inboxes) Inboxes
	// Break makes all that is stored from now on fail, until repair is called. Reads
	// may fail too. Nil: it cannot be made to.
	Break func(t *testing.T, i Inboxes) (repair func())
}

// NewEntry is one of a source for a person.
func NewEntry(person, source, text string, time int64, targets ...string) NoticePut {
	return NoticePut{Entry: Entry{Person: Name16(person), Source: Name16(source), Time: time, Data: []byte(text)}, Targets: targets}
}

// about makes an entry one about a message.
func about(p NoticePut, talk string, stamp uint64) NoticePut {
	p.Talk, p.Stamp = talk, stamp
	return p
}

func edit(p NoticePut) NoticePut {
	p.Edit = true
	return p
}

// PutNotices stores a batch and waits for it.
func PutNotices(n Notices, b NoticeBatch) (changes []NoticeChange, err error) {
	result := make(chan error, 1)
	n.Put(b, func(c []NoticeChange, err error) { changes = c; result <- err })
	err = <-result
	return changes, err
}

// told is what a change says, as text.
func told(changes ...NoticeChange) string {
	var b strings.Builder
	slices.SortFunc(changes, func(a, b NoticeChange) int { return slices.Compare(a.Person[:], b.Person[:]) })
	for _, c := range changes {
		fmt.Fprintf(&b, "%s:", strings.TrimRight(string(c.Person[:]), "\x00"))
		for _, e := range c.Entries {
			fmt.Fprintf(&b, " %s", shown(e))
		}
		for _, seq := range c.Read {
			fmt.Fprintf(&b, " read %d", seq)
		}
		for _, seq := range c.Gone {
			fmt.Fprintf(&b, " gone %d", seq)
		}
		fmt.Fprintf(&b, " (%d of %d); ", c.Unread, c.Last)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func shown(e Entry) string {
	text := fmt.Sprintf("%d %s", e.Seq, e.Data)
	if e.Read {
		text += " (read)"
	}
	return text
}

// mustNotice stores a batch, and expects to be told that.
func mustNotice(t *testing.T, n Notices, b NoticeBatch, want string) {
	t.Helper()
	changes, err := PutNotices(n, b)
	if got := told(changes...); got != want || err != nil {
		t.Errorf("Put tells %q, %v; want %q", got, err, want)
	}
}

// mustSettle stores what was read, and expects to be told that.
func mustSettle(t *testing.T, n Notices, person string, s Settled, want string) {
	t.Helper()
	c, err := n.Settle(t.Context(), Name16(person), s)
	if got := told(c); got != want || err != nil {
		t.Errorf("Settle %v tells %q, %v; want %q", s, got, err, want)
	}
}

// WantInbox expects an inbox to have entries, the last one first, and to stand so.
func WantInbox(t *testing.T, n Notices, person string, unread int, last uint64, want ...string) {
	t.Helper()
	now := wantEntries(t, n, person, NoticeQuery{Limit: 1000}, want...)
	if now.Unread != unread || now.Last != last {
		t.Errorf("in the inbox of %s %d are unread, and the last is %d; want %d and %d", person, now.Unread, now.Last, unread, last)
	}
}

// wantEntries expects the answer to a query; what comes last is "..." if there is more.
func wantEntries(t *testing.T, n Notices, person string, q NoticeQuery, want ...string) notice.Standing {
	t.Helper()
	page, more, damaged, now, err := n.Page(t.Context(), Name16(person), q)
	if err != nil || damaged > 0 {
		t.Errorf("%s, %+v: %v, %d are damaged", person, q, err, damaged)
	}
	var got []string
	for _, e := range page {
		if e.Person != Name16(person) {
			t.Errorf("%s, %+v: there is somebody else's %s", person, q, shown(e))
		}
		got = append(got, shown(e))
	}
	if more {
		got = append(got, "...")
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s, %+v: %.300q, want %.300q", person, q, got, want)
	}
	return now
}

// wantDue expects deliveries to be due, and the next one.
func wantDue(t *testing.T, n Notices, now int64, limit int, next int64, want ...string) []Delivery {
	t.Helper()
	list, at, err := n.Due(t.Context(), now, limit)
	var got []string
	for _, d := range list {
		got = append(got, fmt.Sprintf("%s: %s, try %d since %d", d.Target, shown(d.Entry), d.Tries, d.Since))
	}
	if err != nil || at != next || !slices.Equal(got, want) {
		t.Errorf("at %d are due %q, the next at %d, %v; want %q and %d", now, got, at, err, want, next)
	}
	return list
}

// RunNotices tests inboxes of a kind.
func RunNotices(t *testing.T, kind NoticesKind) {
	open := kind.Open
	t.Run("the inbox of somebody whom nothing concerns is empty", func(t *testing.T) {
		n := open(t)
		WantInbox(t, n, "Ada", 0, 0)
		wantEntries(t, n, "Ada", NoticeQuery{Unread: true, Limit: 10})
		mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{0, 1 << 63}}, Talk: "b:a", Stamp: 9}, "Ada: (0 of 0)")
		wantDue(t, n, 1<<62, 10, 0)
		if more, err := n.Forget(t.Context(), 1<<62); more || err != nil {
			t.Errorf("Forget returns %v, %v", more, err)
		}
		mustNotice(t, n, NoticeBatch{Gone: [][16]byte{Name16("x")}}, "")
		mustNotice(t, n, NoticeBatch{}, "")
	})
	t.Run("an inbox is read in pages, the last one first", func(t *testing.T) {
		n := open(t)
		for i := range 7 {
			seq := i + 1
			mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", fmt.Sprint("s", seq), fmt.Sprint("e", seq), 5)}}, fmt.Sprintf("Ada: %d e%d (%d of %d)", seq, seq, seq, seq))
		}
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Bo", "s1", "Bo's", 5)}}, "Bo: 1 Bo's (1 of 1)")
		mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{2, 2}, {5, 6}}}, "Ada: read 2 read 5 read 6 (4 of 7)")
		wantEntries(t, n, "Ada", NoticeQuery{Limit: 2}, "7 e7", "6 e6 (read)", "...")
		wantEntries(t, n, "Ada", NoticeQuery{Before: 6, Limit: 3}, "5 e5 (read)", "4 e4", "3 e3", "...")
		wantEntries(t, n, "Ada", NoticeQuery{Before: 3, Limit: 2}, "2 e2 (read)", "1 e1")
		wantEntries(t, n, "Ada", NoticeQuery{Before: 1, Limit: 2})
		wantEntries(t, n, "Ada", NoticeQuery{Before: 1<<64 - 1, Limit: 1}, "7 e7", "...")
		wantEntries(t, n, "Ada", NoticeQuery{Unread: true, Limit: 2}, "7 e7", "4 e4", "...")
		wantEntries(t, n, "Ada", NoticeQuery{Unread: true, Before: 4, Limit: 2}, "3 e3", "1 e1")
		WantInbox(t, n, "Bo", 1, 1, "1 Bo's")
	})
	t.Run("an entry is as it was put", func(t *testing.T) {
		n := open(t)
		p := about(NewEntry("Ada", "s", "\x00\xff", 1<<41), "b:é", 1<<62)
		p.Seq, p.Read = 99, true // which are not asked for
		want := p.Entry
		want.Seq, want.Read = 1, false
		same := func(e Entry) bool {
			data := string(e.Data)
			e.Data = want.Data
			return data == string(want.Data) && fmt.Sprint(e) == fmt.Sprint(want)
		}
		empty := NewEntry("Ada", "none", "", 0)
		empty.Data = nil
		changes, err := PutNotices(n, NoticeBatch{Put: []NoticePut{p, empty}})
		if err != nil || len(changes) != 1 || !same(changes[0].Entries[0]) {
			t.Errorf("it is told as %+v, %v; want %+v", changes, err, want)
		}
		page, _, _, _, err := n.Page(t.Context(), Name16("Ada"), NoticeQuery{Limit: 9})
		if err != nil || len(page) != 2 || !same(page[1]) || len(page[0].Data) > 0 {
			t.Errorf("it is read as %+v, %v; want %+v", page, err, want)
		}
	})
	t.Run("of a source a person has one entry, which may change", func(t *testing.T) {
		n := open(t)
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "s", "one", 5), NewEntry("Bo", "s", "one", 5)}}, "Ada: 1 one (1 of 1); Bo: 1 one (1 of 1)")
		mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{1, 1}}}, "Ada: read 1 (0 of 1)")
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "s", "one", 6)}}, "")
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{about(NewEntry("Ada", "s", "two", 6, "a"), "b:a", 6)}}, "Ada: 1 two (read) (0 of 1)")
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{edit(NewEntry("Ada", "s", "three", 6)), edit(NewEntry("Cy", "s", "three", 6)), edit(NewEntry("Bo", "x", "three", 6))}}, "Ada: 1 three (read) (0 of 1)")
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "t", "new", 7), edit(NewEntry("Ada", "t", "other", 7))}}, "Ada: 2 other (1 of 2)")
		WantInbox(t, n, "Ada", 1, 2, "2 other", "1 three (read)")
		WantInbox(t, n, "Bo", 1, 1, "1 one")
		WantInbox(t, n, "Cy", 0, 0)
		page, _, _, _, err := n.Page(t.Context(), Name16("Ada"), NoticeQuery{Limit: 9})
		if err != nil || page[1].Time != 5 || page[1].Talk != "" || page[1].Stamp != 0 {
			t.Errorf("it is %+v then, %v", page[1], err)
		}
		wantDue(t, n, 100, 9, 0) // what changes is not delivered again
	})
	t.Run("what is gone is gone from all inboxes, and its place is not used again", func(t *testing.T) {
		n := open(t)
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{
			NewEntry("Ada", "s", "one", 5, "a"), NewEntry("Ada", "t", "two", 5, "a"), NewEntry("Bo", "t", "one", 5, "b"), NewEntry("Bo", "u", "two", 5, "b"),
		}}, "Ada: 1 one 2 two (2 of 2); Bo: 1 one 2 two (2 of 2)")
		mustSettle(t, n, "Bo", Settled{Spans: [][2]uint64{{1, 1}}}, "Bo: read 1 (1 of 2)")
		mustNotice(t, n, NoticeBatch{Gone: [][16]byte{Name16("t"), Name16("t")}}, "Ada: gone 2 (1 of 2); Bo: gone 1 (1 of 2)")
		wantDue(t, n, 5, 9, 0, "a: 1 one, try 0 since 5", "b: 2 two, try 0 since 5")
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "t", "again", 6)}}, "Ada: 3 again (2 of 3)")
		// What comes and goes with one batch was never there.
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "v", "short", 6), edit(NewEntry("Ada", "s", "other", 6))}, Gone: [][16]byte{Name16("v"), Name16("s")}}, "Ada: gone 1 gone 4 (1 of 4)")
		WantInbox(t, n, "Ada", 1, 4, "3 again")
		WantInbox(t, n, "Bo", 1, 2, "2 two")
	})
	t.Run("what was read is read, by places and by conversations", func(t *testing.T) {
		n := open(t)
		var puts []NoticePut
		for i := range uint64(12) {
			p := NewEntry("Ada", fmt.Sprint("s", i), "e", 5)
			if i%3 > 0 {
				p = about(p, []string{"", "b:a", "p:b"}[i%3], i*10)
			}
			puts = append(puts, p)
		}
		if _, err := PutNotices(n, NoticeBatch{Put: puts}); err != nil {
			t.Error(err)
		}
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{about(NewEntry("Bo", "s", "e", 5), "b:a", 1)}}, "Bo: 1 e (1 of 1)")
		mustSettle(t, n, "Ada", Settled{Talk: "b:a", Stamp: 40}, "Ada: read 2 read 5 (10 of 12)")
		mustSettle(t, n, "Ada", Settled{Talk: "b:a", Stamp: 40}, "Ada: (10 of 12)")
		mustSettle(t, n, "Ada", Settled{Stamp: 1 << 63}, "Ada: (10 of 12)") // of no conversation
		mustSettle(t, n, "Ada", Settled{Talk: "b:", Stamp: 1 << 63}, "Ada: (10 of 12)")
		mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{11, 1 << 63}, {4, 4}, {1, 2}, {9, 8}, {3, 4}, {0, 0}}}, "Ada: read 1 read 3 read 4 read 11 read 12 (5 of 12)")
		mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{8, 9}}, Talk: "b:a", Stamp: 1<<64 - 1}, "Ada: read 8 read 9 (3 of 12)")
		wantEntries(t, n, "Ada", NoticeQuery{Unread: true, Limit: 9}, "10 e", "7 e", "6 e")
		mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{0, 1<<64 - 1}}}, "Ada: read 6 read 7 read 10 (0 of 12)")
		WantInbox(t, n, "Bo", 1, 1, "1 e")
	})
	t.Run("many are read at once", func(t *testing.T) {
		n := open(t)
		const many = 2500
		var puts []NoticePut
		for i := range many {
			puts = append(puts, about(NewEntry("Ada", fmt.Sprint(i), "e", 5), "b:a", uint64(i)))
		}
		if _, err := PutNotices(n, NoticeBatch{Put: puts}); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if c, err := n.Settle(ctx, Name16("Ada"), Settled{Talk: "b:a", Stamp: many}); !errors.Is(err, context.Canceled) || len(c.Read) > 0 {
			t.Errorf("who has gone before is told of %d, %v", len(c.Read), err)
		}
		c, err := n.Settle(t.Context(), Name16("Ada"), Settled{Spans: [][2]uint64{{2, 3}}, Talk: "b:a", Stamp: many - 3})
		if err != nil || len(c.Read) != many-2 || !slices.IsSorted(c.Read) || c.Unread != 2 {
			t.Errorf("%d were read, and %d are left, %v", len(c.Read), c.Unread, err)
		}
		wantEntries(t, n, "Ada", NoticeQuery{Unread: true, Limit: 9}, fmt.Sprint(many, " e"), fmt.Sprint(many-1, " e"))
	})
	t.Run("what is to be delivered is due until it is done", func(t *testing.T) { runDeliveries(t, open(t)) })
	t.Run("an inbox is bounded, and the oldest goes", func(t *testing.T) {
		n := open(t)
		kind.Bound(n, 3)
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "a", "1", 5, "x"), NewEntry("Ada", "b", "2", 5, "x"), NewEntry("Bo", "a", "1", 5)}}, "Ada: 1 1 2 2 (2 of 2); Bo: 1 1 (1 of 1)")
		mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{2, 2}}}, "Ada: read 2 (1 of 2)")
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "c", "3", 5), NewEntry("Ada", "d", "4", 5)}}, "Ada: 3 3 4 4 gone 1 (2 of 4)")
		wantDue(t, n, 5, 9, 0, "x: 2 2 (read), try 0 since 5")
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "e", "5", 5), NewEntry("Ada", "a", "6", 5), NewEntry("Ada", "f", "7", 5), NewEntry("Ada", "g", "8", 5)}},
			"Ada: 6 6 7 7 8 8 gone 2 gone 3 gone 4 gone 5 (3 of 8)")
		WantInbox(t, n, "Ada", 3, 8, "8 8", "7 7", "6 6")
		WantInbox(t, n, "Bo", 1, 1, "1 1")
		wantDue(t, n, 5, 9, 0)
	})
	t.Run("what was read and is old is forgotten in steps", func(t *testing.T) {
		n := open(t)
		for i := range 250 {
			person := []string{"Ada", "Bo"}[i%2]
			if _, err := PutNotices(n, NoticeBatch{Put: []NoticePut{NewEntry(person, fmt.Sprint(i), fmt.Sprint(i), int64(i+1), "x")}}); err != nil {
				t.Error(err)
			}
		}
		for _, s := range []struct {
			person   string
			from, to uint64
		}{{"Ada", 1, 125}, {"Bo", 3, 125}} {
			if _, err := n.Settle(t.Context(), Name16(s.person), Settled{Spans: [][2]uint64{{s.from, s.to}}}); err != nil {
				t.Error(err)
			}
		}
		steps := 0
		for more := true; more; steps++ {
			var err error
			if more, err = n.Forget(t.Context(), 248); err != nil {
				t.Fatal(err)
			}
		}
		if steps < 2 || steps > 250 {
			t.Errorf("it takes %d steps", steps)
		}
		WantInbox(t, n, "Ada", 0, 125, "125 248 (read)")
		WantInbox(t, n, "Bo", 2, 125, "125 249 (read)", "124 247 (read)", "2 3", "1 1")
		list, _, err := n.Due(t.Context(), 1000, 999)
		if err != nil || len(list) != 5 {
			t.Errorf("%d deliveries are left, %v", len(list), err)
		}
		// There is room for as many as may be.
		kind.Bound(n, 3)
		mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "new", "new", 999), NewEntry("Ada", "1", "old again", 999)}}, "Ada: 126 new 127 old again (2 of 127)")
	})
	t.Run("an entry comes with the message that it is about", func(t *testing.T) { runConcerns(t, open(t)) })
	t.Run("many put at once, and all is counted", func(t *testing.T) {
		n := open(t)
		var mu sync.Mutex
		var all []NoticeChange
		note := func(c ...NoticeChange) { mu.Lock(); all = append(all, c...); mu.Unlock() }
		var wg sync.WaitGroup
		for who := range 8 {
			wg.Go(func() {
				for i := range 20 {
					source := fmt.Sprint(who, " ", i)
					c, err := PutNotices(n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", source, source, 5)}})
					if err != nil {
						t.Error(err)
						return
					}
					note(c...)
					if i%2 == 0 {
						seq := c[0].Entries[0].Seq
						read, err := n.Settle(t.Context(), Name16("Ada"), Settled{Spans: [][2]uint64{{seq, seq}}})
						if err != nil || len(read.Read) != 1 {
							t.Errorf("%v were read, %v", read.Read, err)
						}
						note(read)
					}
				}
			})
		}
		wg.Wait()
		// By their versions the changes are one after the other, and each has counted
		// all before it.
		slices.SortFunc(all, func(a, b NoticeChange) int { return cmp.Compare(a.Version, b.Version) })
		unread, last := 0, uint64(0)
		for i, c := range all {
			unread += len(c.Entries) - len(c.Read)
			last += uint64(len(c.Entries))
			if c.Unread != unread || c.Last != last || i > 0 && c.Version == all[i-1].Version {
				t.Fatalf("change %d, of version %d, is %s; want %d of %d", i, c.Version, told(c), unread, last)
			}
		}
		_, _, _, now, err := n.Page(t.Context(), Name16("Ada"), NoticeQuery{Limit: 1})
		if err != nil || now != all[len(all)-1].Standing || now.Unread != 80 || now.Last != 160 {
			t.Errorf("it stands as %+v at the end, %v; want as %+v", now, err, all[len(all)-1].Standing)
		}
	})
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("at random, seed ", seed), func(t *testing.T) { runRandomNotices(t, kind, seed) })
	}
	if kind.Break != nil {
		t.Run("of what failed nothing is stored", func(t *testing.T) { runBrokenNotices(t, kind) })
	}
	if kind.Reopen != nil {
		t.Run("what was stored is there after a restart", func(t *testing.T) {
			n := open(t)
			mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "s", "one", 5, "x"), NewEntry("Ada", "t", "two", 5)}}, "Ada: 1 one 2 two (2 of 2)")
			mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{1, 1}}}, "Ada: read 1 (1 of 2)")
			mustNotice(t, n, NoticeBatch{Gone: [][16]byte{Name16("t")}}, "Ada: gone 2 (0 of 2)")
			before := wantEntries(t, n, "Ada", NoticeQuery{Limit: 9}, "1 one (read)")
			n = kind.Reopen(t, n)
			if now := wantEntries(t, n, "Ada", NoticeQuery{Limit: 9}, "1 one (read)"); now != before {
				t.Errorf("it stands as %+v, before as %+v", now, before)
			}
			mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "t", "two", 6, "y")}}, "Ada: 3 two (1 of 3)")
			n = kind.Reopen(t, n)
			WantInbox(t, n, "Ada", 1, 3, "3 two", "1 one (read)")
			wantDue(t, n, 6, 9, 0, "x: 1 one (read), try 0 since 5", "y: 3 two, try 0 since 6")
		})
	}
}
