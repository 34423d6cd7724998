package client_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// inboxTalk is Ada's Session, which the relay has told how her inbox stands.
func inboxTalk(t *testing.T, unread uint32, last uint64, with ...func(*client.Config)) *talk {
	k := newTalk(t, with...)
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	k.hear(&wire.Inbox{Unread: unread, Last: last, Anew: true})
	k.sent()
	return k
}

// mention is an entry that somebody has named Ada on another board.
func mention(seq uint64) wire.Entry {
	return wire.Entry{Seq: seq, What: wire.EntryMention, Board: "other", Message: name(byte(seq)), Stamp: wire.Stamp(seq), Text: fmt.Sprint("m", seq)}
}

// back returns the entries from one place to an earlier one, as a page has them.
func back(from, to uint64) (list []wire.Entry) {
	for seq := from; seq >= to; seq-- {
		list = append(list, mention(seq))
	}
	return list
}

// browsed returns the questions that the Session asks, and fails if there are others
// than one.
func (k *talk) browsed(when string) wire.Browse {
	k.t.Helper()
	all := parsed[wire.Browse](k, k.sent())
	if len(all) != 1 {
		k.t.Fatalf("%s the client asks %+v, want one question", when, all)
	}
	return all[0]
}

// wantNotices expects entries to be held: a place for each, below 0 if it is read.
func (k *talk) wantNotices(when string, unread int, want ...int) {
	k.t.Helper()
	got := []int{}
	for _, e := range k.s.Notices() {
		seq := int(e.Seq)
		if e.Read {
			seq = -seq
		}
		got = append(got, seq)
	}
	if !slices.Equal(got, want) {
		k.t.Errorf("%s: %v are held, want %v", when, got, want)
	}
	if n := k.s.UnreadNotices(); n != unread {
		k.t.Errorf("%s: %d are unread, want %d", when, n, unread)
	}
}

func down(from, to int) (list []int) {
	for i := from; i >= to; i-- {
		list = append(list, i)
	}
	return list
}

// An inbox is asked for when it is opened, a page at a time.
func TestInboxPages(t *testing.T) {
	k := inboxTalk(t, 60, 60)
	k.wantNotices("it is not open", 60)
	k.s.OpenInbox()
	k.s.OpenInbox()
	q := k.browsed("when it is opened")
	if q.Before != 0 || q.Limit != 50 || q.Ask == 0 || q.Unread || q.Wishes {
		t.Errorf("the first page is asked for by %+v", q)
	}
	if k.s.NoticesLoaded() || k.s.EarlierNotices() {
		t.Error("there is something before the page is")
	}
	k.events = nil
	k.hear(&wire.Inbox{Answers: q.Ask, Entries: back(60, 11), More: true, Unread: 60, Last: 60})
	k.wantNotices("the first page came", 60, down(60, 11)...)
	if !k.saw(client.InboxChanged) || !k.s.NoticesLoaded() || !k.s.MoreNotices() {
		t.Error("that it came is not told")
	}
	for range 2 { // asked once all the same
		if !k.s.EarlierNotices() {
			t.Error("there is nothing before the first page")
		}
	}
	q = k.browsed("for earlier ones")
	if q.Before != 11 {
		t.Errorf("earlier ones are asked for by %+v", q)
	}
	k.hear(&wire.Inbox{Answers: q.Ask, Entries: back(10, 1), Unread: 60, Last: 60})
	k.wantNotices("all came", 60, down(60, 1)...)
	if k.s.MoreNotices() || k.s.EarlierNotices() {
		t.Error("there is something before the first entry")
	}
	k.s.CloseInbox()
	k.wantNotices("it is closed", 60)
	k.hear(&wire.Inbox{Answers: q.Ask, Entries: back(10, 1), Unread: 60, Last: 60})
	k.wantNotices("an answer came late", 60)
}

// What is new is told and held, also while the inbox is not open; what is known
// already, or was read elsewhere, is no news.
func TestInboxNews(t *testing.T) {
	var heard []uint64
	k := inboxTalk(t, 2, 5, func(c *client.Config) {
		c.Noticed = func(e *wire.Entry) { heard = append(heard, e.Seq) }
	})
	read := mention(7)
	read.Read = true
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(6), read}, Unread: 3, Last: 7})
	k.wantNotices("while it is closed", 3, -7, 6)
	k.s.OpenInbox()
	q := k.browsed("when it is opened")
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(8)}, Unread: 4, Last: 8})
	k.hear(&wire.Inbox{Answers: q.Ask, Entries: append([]wire.Entry{read, mention(6)}, back(4, 3)...), More: true, Unread: 3, Last: 7})
	k.wantNotices("the page is older than the news", 3, 8, -7, 6, 4, 3)

	changed := mention(4)
	changed.Text = "edited"
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(2), changed}, Unread: 4, Last: 8})
	k.wantNotices("one that is not held has changed", 4, 8, -7, 6, 4, 3)
	if got := k.s.Notices()[3].Text; got != "edited" {
		t.Errorf("what was edited is %q", got)
	}
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(5)}, Unread: 5, Last: 8})
	k.wantNotices("one that was not there stands between others", 5, 8, -7, 6, 5, 4, 3)
	k.hear(&wire.Inbox{Read: []wire.Span{{From: 1, To: 4}, {From: 8, To: 9}}, Gone: []wire.Span{{From: 6, To: 6}, {From: 5, To: 3}}, Unread: 1, Last: 8})
	k.wantNotices("some were read, and one is gone", 1, -8, -7, 5, -4, -3)
	if !slices.Equal(heard, []uint64{6, 8}) {
		t.Errorf("news of %v were heard, want 6 and 8", heard)
	}
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(12)}, Unread: 4, Last: 12, Anew: true})
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(11)}, Unread: 4, Last: 12})
	if len(heard) != 2 {
		t.Errorf("news of %v were heard, although they came before the Welcome", heard[2:])
	}
}

// What news say while a page is asked for is newer than the page.
func TestInboxPageIsOlder(t *testing.T) {
	k := inboxTalk(t, 3, 3)
	k.s.OpenInbox()
	q := k.browsed("when it is opened")
	k.hear(&wire.Inbox{Read: []wire.Span{{From: 3, To: 3}}, Gone: []wire.Span{{From: 1, To: 1}}, Unread: 1, Last: 3})
	k.hear(&wire.Inbox{Answers: q.Ask, Entries: back(3, 1), Unread: 1, Last: 3})
	k.wantNotices("the page has what was read as unread", 1, -3, 2)
	// So much is said that it is asked for again.
	k.s.CloseInbox()
	k.s.OpenInbox()
	q = k.browsed("when it is opened again")
	var many []wire.Span
	for range wire.MaxSpans {
		many = append(many, wire.Span{From: 9, To: 9})
	}
	for range 5 {
		k.hear(&wire.Inbox{Read: many, Last: 3})
	}
	again := k.browsed("after a great deal of news")
	k.hear(&wire.Inbox{Answers: q.Ask, Entries: back(3, 1), Last: 3})
	k.wantNotices("the first answer counts no more", 0)
	k.hear(&wire.Inbox{Answers: again.Ask, Entries: back(3, 2), Last: 3})
	k.wantNotices("the second does", 0, 3, 2)
}

// What is read is read at once, and told.
func TestInboxRead(t *testing.T) {
	k := inboxTalk(t, 4, 5)
	k.s.OpenInbox()
	q := k.browsed("when it is opened")
	k.hear(&wire.Inbox{Answers: q.Ask, Entries: back(5, 1), Unread: 4, Last: 5})
	k.s.ReadNotices(4, 2, 3, 3, 0)
	k.s.ReadNotices(3)
	k.wantNotices("three are read", 1, 5, -4, -3, -2, 1)
	sent := parsed[wire.Settle](k, k.sent())
	if len(sent) != 1 || !slices.Equal(sent[0].Read, []wire.Span{{From: 2, To: 4}}) {
		t.Errorf("told is %+v", sent)
	}
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(6)}, Unread: 5, Last: 6})
	k.wantNotices("the relay does not know yet", 2, 6, 5, -4, -3, -2, 1)
	k.hear(&wire.Inbox{Read: []wire.Span{{From: 2, To: 4}}, Unread: 2, Last: 6})
	k.wantNotices("it does", 2, 6, 5, -4, -3, -2, 1)
	k.s.ReadAllNotices()
	k.wantNotices("all are read", 0, -6, -5, -4, -3, -2, -1)
	sent = parsed[wire.Settle](k, k.sent())
	if len(sent) != 1 || !slices.Equal(sent[0].Read, []wire.Span{{From: 1, To: 6}}) {
		t.Errorf("told is %+v", sent)
	}
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(7)}, Unread: 3, Last: 7})
	k.wantNotices("one more came", 1, 7, -6, -5, -4, -3, -2, -1)
	k.now = k.now.Add(20 * time.Second)
	if at := k.s.Deadline(); at.After(k.now) {
		t.Errorf("the next thing is to do at %v", at)
	}
	if err := k.s.Tick(k.now); err != nil {
		t.Fatal(err)
	}
	k.wantNotices("the relay says nothing of it: its word counts", 3, 7, -6, -5, -4, -3, -2, -1)
}

// What was read offline is told when the relay is there, and what may not have arrived
// once more.
func TestInboxReadOffline(t *testing.T) {
	k := inboxTalk(t, 5, 5)
	k.s.OpenInbox()
	k.hear(&wire.Inbox{Answers: k.browsed("when it is opened").Ask, Entries: back(5, 1), Unread: 5, Last: 5})
	k.s.ReadNotices(1)
	k.sent()
	k.s.Lost()
	k.s.ReadNotices(3)
	k.wantNotices("offline", 3, 5, 4, -3, 2, -1)
	if k.s.Waiting() {
		t.Error("something waits to be sent offline")
	}
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	sent := k.sent()
	if all := parsed[wire.Settle](k, sent); len(all) != 1 || !slices.Equal(all[0].Read, []wire.Span{{From: 1, To: 1}, {From: 3, To: 3}}) {
		t.Errorf("told is %+v", all)
	}
	q := parsed[wire.Browse](k, sent)
	if len(q) != 1 || q[0].Limit != 50 {
		t.Fatalf("asked is %+v", q)
	}
	k.hear(&wire.Inbox{Unread: 6, Last: 6, Anew: true})
	if again := parsed[wire.Browse](k, k.sent()); len(again) > 0 {
		t.Errorf("the page is asked for twice: %+v", again)
	}
	k.hear(&wire.Inbox{Answers: q[0].Ask, Entries: back(6, 2), Unread: 6, Last: 6})
	k.wantNotices("the relay has not read it yet", 6, 6, 5, 4, -3, 2)
	k.hear(&wire.Inbox{Read: []wire.Span{{From: 1, To: 1}, {From: 3, To: 3}}, Unread: 4, Last: 6})
	k.wantNotices("it has", 4, 6, 5, 4, -3, 2)
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	if all := parsed[wire.Settle](k, k.sent()); len(all) > 0 {
		t.Errorf("what the relay knows is told again: %+v", all)
	}
}

// However much is read offline, what is kept of it is bounded, and told in messages of a
// size that a relay takes.
func TestInboxReadBounded(t *testing.T) {
	k := inboxTalk(t, 1000, 1000)
	k.s.Lost()
	for seq := uint64(2); seq <= 1000; seq += 2 {
		k.s.ReadNotices(seq)
	}
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	n, last := 0, uint64(0)
	for _, m := range parsed[wire.Settle](k, k.sent()) {
		if len(m.Read) == 0 || len(m.Read) > wire.MaxSpans {
			t.Errorf("%d are told at once", len(m.Read))
		}
		n, last = n+len(m.Read), m.Read[len(m.Read)-1].To
	}
	if n != 256 || last != 1000 {
		t.Errorf("%d are told up to %d, want the last 256", n, last)
	}
}

// Who reads a conversation has read what the inbox has of it, whichever comes first.
func TestInboxReadByTalk(t *testing.T) {
	heard := 0
	k := newTalk(t, func(c *client.Config) { c.Noticed = func(*wire.Entry) { heard++ } })
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda(wire.Talk{Last: 10, Read: 5}, wire.Talk{With: ben, Last: 10, Read: 10})
	k.hear(&wire.Inbox{Anew: true})
	k.sent()
	about := func(seq uint64, board string, with wire.Person, stamp wire.Stamp) wire.Entry {
		return wire.Entry{Seq: seq, What: wire.EntryReply, Board: board, With: with, Message: name(byte(seq)), Stamp: stamp}
	}
	k.hear(&wire.Inbox{Unread: 5, Last: 5, Entries: []wire.Entry{
		about(1, "b", everybody, 6), about(2, "b", everybody, 8), about(3, "other", everybody, 6), about(4, "", ben, 9), about(5, "", ben, 11),
	}})
	k.wantNotices("one of a conversation that is read already", 4, 5, -4, 3, 2, 1)
	if heard != 4 {
		t.Errorf("news of %d were heard, want 4", heard)
	}
	k.s.Mark(everybody, 6)
	k.wantNotices("the board's is read up to 6", 3, 5, -4, 3, 2, -1)
	if all := parsed[wire.Settle](k, k.sent()); len(all) > 0 {
		t.Errorf("told besides the mark is %+v", all)
	}
	k.hear(&wire.Inbox{Read: []wire.Span{{From: 4, To: 4}, {From: 1, To: 1}}, Unread: 3, Last: 5})
	k.wantNotices("the relay says so too", 3, 5, -4, 3, 2, -1)
	k.s.Lost()
	k.wantNotices("offline", 3, 5, -4, 3, 2, -1)
}

// Pages and news are held up to a bound, from the last one back.
func TestInboxBound(t *testing.T) {
	k := inboxTalk(t, 1000, 1000)
	k.s.OpenInbox()
	at := uint64(1000)
	for q := k.browsed("when it is opened"); ; q = k.browsed("for earlier ones") {
		if q.Before != 0 && q.Before != at+1 {
			t.Fatalf("after %d those before %d are asked for", at+1, q.Before)
		}
		k.hear(&wire.Inbox{Answers: q.Ask, Entries: back(at, at-49), More: true, Unread: 1000, Last: 1000})
		at -= 50
		if !k.s.EarlierNotices() {
			break
		}
	}
	k.wantNotices("as many as are held", 1000, down(1000, 501)...)
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(1001)}, Unread: 1001, Last: 1001})
	k.wantNotices("one more came", 1001, down(1001, 502)...)
	if !k.s.MoreNotices() {
		t.Error("there is nothing before those that are held")
	}
	// A reader who is far back keeps the place when the relay comes back, as far as one
	// page goes.
	k.hear(&wire.Inbox{Anew: true, Unread: 1001, Last: 1001})
	if q := k.browsed("anew"); q.Limit != wire.MaxEntries || q.Before != 0 {
		t.Errorf("asked anew is %+v", q)
	}
}

// What the relay says that it may have missed is shown until the page has come, and then
// no more.
func TestInboxAnew(t *testing.T) {
	k := inboxTalk(t, 3, 3)
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(4)}, Unread: 4, Last: 4})
	k.hear(&wire.Inbox{Anew: true, Unread: 1, Last: 9})
	k.wantNotices("closed, it is asked for when it is opened", 1)
	k.s.OpenInbox()
	first := k.browsed("when it is opened")
	k.hear(&wire.Inbox{Answers: first.Ask, Entries: back(9, 8), Unread: 1, Last: 9})
	k.s.OpenInbox()
	k.hear(&wire.Inbox{Anew: true, Unread: 1, Last: 12})
	q := k.browsed("anew")
	k.wantNotices("it is asked for", 1, 9, 8)
	k.hear(&wire.Inbox{Entries: []wire.Entry{mention(13)}, Unread: 2, Last: 13})
	k.hear(&wire.Inbox{Answers: first.Ask, Entries: back(3, 1), Unread: 2, Last: 13})
	k.wantNotices("an old answer", 2, 13, 9, 8)
	k.hear(&wire.Inbox{Answers: q.Ask, Entries: []wire.Entry{mention(12), mention(8)}, Unread: 2, Last: 12})
	k.wantNotices("what is gone is gone, what came in the meantime stays", 2, 13, 12, 8)
	// One that is not answered is asked again.
	k.hear(&wire.Inbox{Anew: true, Unread: 2, Last: 13})
	k.sent()
	k.now = k.now.Add(20 * time.Second)
	k.hear() // the relay is there
	if err := k.s.Tick(k.now); err != nil {
		t.Fatal(err)
	}
	if q := k.browsed("again"); q.Before != 0 {
		t.Errorf("asked again is %+v", q)
	}
}

// Another person's inbox is another one.
func TestInboxOfAnother(t *testing.T) {
	k := inboxTalk(t, 3, 3)
	k.s.OpenInbox()
	k.hear(&wire.Inbox{Answers: k.browsed("when it is opened").Ask, Entries: back(3, 1), Unread: 3, Last: 3})
	k.s.SetWishes(wire.Wishes{Off: 2})
	k.s.Subscribe(&wire.Subscribe{Endpoint: "https://push.example/1"})
	k.sent()
	k.s.Lost()
	k.s.ReadNotices(2)
	k.s.FindNotice(1<<40, func(*wire.Entry) { t.Error("what was looked for is found for another") })
	k.s.Open(k.now)
	k.sent()
	w := k.welcomeFrame()
	w.Person = ben
	k.hear(w, &wire.Talks{})
	k.wantNotices("for Ben", 0)
	if _, known := k.s.Wishes(); known {
		t.Error("Ada's wishes are Ben's")
	}
	k.wantKinds("for Ben", k.sent(), wire.KindBrowse)
}

// An entry is found by its place.
func TestInboxFind(t *testing.T) {
	k := newTalk(t)
	var got []*wire.Entry
	found := func(e *wire.Entry) { got = append(got, e) }
	k.s.FindNotice(6, func(*wire.Entry) { t.Error("what is looked for no more is found") })
	k.s.FindNotice(7, found)
	k.s.ReadNotices(7)
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	sent := k.sent()
	q := parsed[wire.Browse](k, sent)
	if len(q) != 1 || q[0].Before != 8 || q[0].Limit != 1 {
		t.Fatalf("asked is %+v", q)
	}
	if all := parsed[wire.Settle](k, sent); len(all) != 1 || all[0].Read[0] != (wire.Span{From: 7, To: 7}) {
		t.Errorf("told is %+v", all)
	}
	k.hear(&wire.Inbox{Answers: q[0].Ask, Entries: back(7, 7), Last: 9})
	k.hear(&wire.Inbox{Answers: q[0].Ask, Entries: back(7, 7), Last: 9})
	if len(got) != 1 || got[0] == nil || got[0].Seq != 7 || !got[0].Read {
		t.Fatalf("found is %+v", got)
	}
	k.s.FindNotice(5, found)
	k.now = k.now.Add(20 * time.Second)
	k.sent()
	k.hear()
	if err := k.s.Tick(k.now); err != nil {
		t.Fatal(err)
	}
	k.hear(&wire.Inbox{Answers: k.browsed("again").Ask, Entries: back(4, 4), Last: 9})
	if len(got) != 2 || got[1] != nil {
		t.Errorf("one that is gone is found: %+v", got)
	}
	k.hear(&wire.Inbox{Entries: back(10, 10), Last: 10})
	k.s.FindNotice(10, found)
	if len(got) != 3 || got[2].Seq != 10 || len(parsed[wire.Browse](k, k.sent())) > 0 {
		t.Errorf("one that is held is asked for: %+v", got)
	}
}

// Whatever a relay says, what is held is in order, each once, and bounded.
func TestInboxHostile(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 9))
		k := inboxTalk(t, 3, 20)
		n := func(most int) uint64 { return uint64(r.IntN(most)) }
		span := func() []wire.Span { return []wire.Span{{From: n(40), To: n(40)}, {From: 0, To: ^uint64(0) * n(2)}} }
		asked := []uint32{0, 99}
		for step := range 60 {
			switch r.IntN(6) {
			case 0:
				k.s.OpenInbox()
			case 1:
				k.s.EarlierNotices()
			case 2:
				k.s.ReadNotices(n(40), n(40), ^uint64(0))
			case 3:
				if r.IntN(8) == 0 {
					k.s.CloseInbox()
				}
			default:
				m := &wire.Inbox{Answers: asked[r.IntN(len(asked))], More: r.IntN(2) == 0, Unread: uint32(n(9)), Last: n(50), Anew: r.IntN(9) == 0}
				for range r.IntN(9) {
					e := mention(n(50))
					e.Read = r.IntN(3) == 0
					m.Entries = append(m.Entries, e)
				}
				if r.IntN(9) == 0 {
					m.Entries = append(m.Entries, mention(^uint64(0)))
				}
				if r.IntN(4) == 0 {
					m.Read, m.Gone = span()[:r.IntN(3)], span()[:r.IntN(2)]
				}
				k.hear(m)
			}
			for _, q := range parsed[wire.Browse](k, k.sent()) {
				asked = append(asked, q.Ask)
			}
			list := k.s.Notices()
			if len(list) > client.MaxNotices || k.s.UnreadNotices() < 0 {
				t.Fatalf("seed %d, step %d: %d are held", seed, step, len(list))
			}
			for i := range list {
				if list[i].Seq == 0 || i > 0 && list[i].Seq >= list[i-1].Seq {
					t.Fatalf("seed %d, step %d: the order is %+v", seed, step, list)
				}
			}
		}
	}
	k := newTalk(t)
	k.s.Open(k.now)
	k.refuse("an Inbox before the Welcome", wire.CodeOrder, message(&wire.Inbox{Unread: 1}))
	k.refuse("Wishes before the Welcome", wire.CodeOrder, message(&wire.Wishes{Off: 1}))
}

// A page that says that there are more, and has none, is the last one.
func TestInboxEmptyPage(t *testing.T) {
	k := inboxTalk(t, 3, 20)
	k.s.OpenInbox()
	k.hear(&wire.Inbox{Answers: k.browsed("when it is opened").Ask, More: true, Last: 20})
	if k.s.MoreNotices() || !k.s.NoticesLoaded() {
		t.Error("an empty page has more before it")
	}
}
