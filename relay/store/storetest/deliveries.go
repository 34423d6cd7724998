package storetest

import (
	"slices"
	"testing"
)

// Deliveries are those of new entries, at once; each is due until it is done, and again
// when it is said to be.
func runDeliveries(t *testing.T, n Inboxes) {
	deliver := func(list ...Outcome) {
		t.Helper()
		if err := n.Deliver(t.Context(), list); err != nil {
			t.Error(err)
		}
	}
	mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "s", "one", 50, "x", "y"), NewEntry("Bo", "s", "two", 40, "z"), NewEntry("Bo", "t", "three", 0)}},
		"Ada: 1 one (1 of 1); Bo: 1 two 2 three (2 of 2)")
	wantDue(t, n, 39, 9, 40)
	wantDue(t, n, 40, 9, 50, "z: 1 two, try 0 since 40")
	wantDue(t, n, 50, 2, 50, "z: 1 two, try 0 since 40", "x: 1 one, try 0 since 50")
	wantDue(t, n, 50, 0, 40)
	list := wantDue(t, n, 50, 3, 0, "z: 1 two, try 0 since 40", "x: 1 one, try 0 since 50", "y: 1 one, try 0 since 50")

	deliver(Outcome{ID: list[0].ID, Due: 1000}, Outcome{ID: list[1].ID, Due: 900}, Outcome{ID: list[2].ID, Done: true})
	wantDue(t, n, 899, 9, 900)
	wantDue(t, n, 1000, 9, 0, "x: 1 one, try 1 since 50", "z: 1 two, try 1 since 40")
	deliver(Outcome{ID: list[0].ID, Due: -5}, Outcome{ID: 1 << 40, Done: true}, Outcome{ID: 1 << 40, Due: 1})
	wantDue(t, n, 0, 9, 1) // what is due at once is no reason to say that nothing is
	wantDue(t, n, 900, 9, 0, "z: 1 two, try 2 since 40", "x: 1 one, try 1 since 50")

	// An entry is delivered as it is now, and who delivers sees that it was read.
	mustNotice(t, n, NoticeBatch{Put: []NoticePut{edit(NewEntry("Bo", "s", "other", 60, "w"))}}, "Bo: 1 other (2 of 2)")
	mustSettle(t, n, "Ada", Settled{Spans: [][2]uint64{{1, 1}}}, "Ada: read 1 (0 of 1)")
	wantDue(t, n, 900, 9, 0, "z: 1 other, try 2 since 40", "x: 1 one (read), try 1 since 50")

	// Who is late with the last one does not end another that was put since.
	mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Cy", "u", "gone", 60, "x")}}, "Cy: 1 gone (1 of 1)")
	list = wantDue(t, n, 900, 9, 0, "z: 1 other, try 2 since 40", "x: 1 gone, try 0 since 60", "x: 1 one (read), try 1 since 50")
	mustNotice(t, n, NoticeBatch{Gone: [][16]byte{Name16("u")}}, "Cy: gone 1 (0 of 1)")
	mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Cy", "v", "next", 70, "x")}}, "Cy: 2 next (1 of 2)")
	for _, d := range list {
		deliver(Outcome{ID: d.ID, Done: true})
	}
	wantDue(t, n, 900, 9, 0, "x: 2 next, try 0 since 70")
}

// What becomes of inboxes is stored with what is said, and told before it.
func runConcerns(t *testing.T, n Inboxes) {
	var log []string
	put := func(c MessageChange, want ...string) {
		t.Helper()
		log = nil
		c.Noticed = func(list []NoticeChange) { log = append(log, told(list...)) }
		done := make(chan error, 1)
		n.Messages.Put(c, func(err error) { log = append(log, "done"); done <- err })
		if err := <-done; err != nil || !slices.Equal(log, append(want, "done")) {
			t.Errorf("what is told is %q, %v; want %q, then done", log, err, want)
		}
	}
	one := NewMessage("Ada", "@Bo, look", 10)
	entry := about(NoticePut{Entry: Entry{Person: Name16("Bo"), Source: one.ID, Time: 10, Data: []byte("look")}, Targets: []string{"x"}}, "b:a", one.Stamp)
	put(MessageChange{Key: "b:a", Messages: []Message{one}, Clock: 10, Notices: NoticeBatch{Put: []NoticePut{entry}}}, "Bo: 1 look (1 of 1)")
	WantMessages(t, n.Messages, "b:a", "Ada: @Bo, look")
	WantInbox(t, n, "Bo", 1, 1, "1 look")
	wantDue(t, n, 10, 9, 0, "x: 1 look, try 0 since 10")
	// Of what changes in no inbox nothing is told.
	two := NewMessage("Ada", "more", 20)
	put(MessageChange{Key: "b:a", Messages: []Message{two}, Clock: 20, Notices: NoticeBatch{Put: []NoticePut{entry}, Gone: [][16]byte{two.ID}}})
	mustSay(t, n.Messages, "b:a", NewMessage("Cy", "no inbox", 30)) // without who is to be told
	mustSettle(t, n, "Bo", Settled{Talk: "b:a", Stamp: 20}, "Bo: read 1 (0 of 1)")
	one.Gone, one.Changed, one.Data, one.Text = true, 40, nil, ""
	put(MessageChange{Key: "b:a", Messages: []Message{one}, Clock: 40, Notices: NoticeBatch{Gone: [][16]byte{one.ID}}}, "Bo: gone 1 (0 of 1)")
	WantInbox(t, n, "Bo", 0, 1)
	// Nobody has to be told.
	three := NewMessage("Ada", "three", 50)
	entry.Source = three.ID
	if err := PutMessages(n.Messages, MessageChange{Key: "b:a", Messages: []Message{three}, Notices: NoticeBatch{Put: []NoticePut{entry}}}); err != nil {
		t.Error(err)
	}
	WantInbox(t, n, "Bo", 1, 2, "2 look")
}

// Of what failed neither message nor entry is there, and nobody is told.
func runBrokenNotices(t *testing.T, kind NoticesKind) {
	n := kind.Open(t)
	mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "s", "one", 5, "x"), NewEntry("Bo", "s", "one", 5)}}, "Ada: 1 one (1 of 1); Bo: 1 one (1 of 1)")
	mustSettle(t, n, "Bo", Settled{Spans: [][2]uint64{{1, 1}}}, "Bo: read 1 (0 of 1)")
	list := wantDue(t, n, 5, 9, 0, "x: 1 one, try 0 since 5")
	before := wantEntries(t, n, "Ada", NoticeQuery{Limit: 9}, "1 one")
	batch := NoticeBatch{Put: []NoticePut{NewEntry("Ada", "t", "lost", 6, "x"), NewEntry("Ada", "s", "changed", 6)}, Gone: [][16]byte{Name16("s")}}

	repair := kind.Break(t, n)
	if c, err := PutNotices(n, batch); err == nil || c != nil {
		t.Errorf("a Put in a store that is broken tells %q, %v", told(c...), err)
	}
	lost := MessageChange{Key: "b:a", Messages: []Message{NewMessage("Ada", "lost", 2)}, Notices: batch, Noticed: func(c []NoticeChange) {
		t.Errorf("a message that is not stored tells %q", told(c...))
	}}
	if PutMessages(n.Messages, lost) == nil {
		t.Error("a message was stored in a store that is broken")
	}
	if c, err := n.Settle(t.Context(), Name16("Ada"), Settled{Spans: [][2]uint64{{1, 9}}}); err == nil || len(c.Read) > 0 {
		t.Errorf("Settle tells %q, %v", told(c), err)
	}
	for _, o := range []Outcome{{ID: list[0].ID, Done: true}, {ID: list[0].ID, Due: 9}} {
		if n.Deliver(t.Context(), []Outcome{o}) == nil {
			t.Error("what became of a delivery was stored")
		}
	}
	if _, err := n.Forget(t.Context(), 100); err == nil {
		t.Error("Forget has succeeded")
	}
	repair()

	if now := wantEntries(t, n, "Ada", NoticeQuery{Limit: 9}, "1 one"); now != before {
		t.Errorf("it stands as %+v, before as %+v", now, before)
	}
	WantInbox(t, n, "Bo", 0, 1, "1 one (read)")
	WantMessages(t, n.Messages, "b:a")
	wantDue(t, n, 5, 9, 0, "x: 1 one, try 0 since 5")
	mustNotice(t, n, NoticeBatch{Put: []NoticePut{NewEntry("Ada", "t", "two", 6)}}, "Ada: 2 two (2 of 2)")
}
