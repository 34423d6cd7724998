package client

import (
	"slices"
	"sort"
	"time"

	"edgeboard/shared/wire"
)

// The person's inbox, as far as it is known here: how many of it are unread, always;
// what came while this client was there; and, while it is open, its last entries, and
// earlier ones when they are asked for.

const (
	// inboxPage is how many entries are asked for at once.
	inboxPage = 50
	// MaxNotices is how many entries a Session holds. Beyond it the oldest are
	// forgotten.
	MaxNotices = 500
	// maxSettling bounds what was read here and the relay has not said so. Beyond it the
	// first ones are forgotten, and are unread again.
	maxSettling = 256
	// maxSettled bounds what is noted while a page is asked for; beyond it the page is
	// asked for again.
	maxSettled = 4 * wire.MaxSpans
)

// inbox is what a Session knows of it.
type inbox struct {
	list   []wire.Entry // the last one first, each once
	more   bool         // there are, or may be, more before them
	open   bool
	lacks  bool   // the last page is to be asked for
	told   bool   // how it stands, on this connection
	unread int    // as the relay said last
	last   uint64 // the greatest Seq that was told

	// settling was read here, and the relay has not said so, in the order in which it
	// was read.
	settling []settling

	asks  uint32   // the number of the last question
	page  question // for entries
	tells question // for wishes
	one   question // for the entry before its place
	found func(*wire.Entry)
	fresh uint64 // what comes after it came while the last page was asked for
	read  spans  // what news have said while a page was asked for: it may be from
	gone  spans  // before them

	wishes  wire.Wishes
	known   bool      // wishes is
	curious bool      // wishes was asked for, and is after each Welcome
	wished  bool      // wishes is to be told to the relay, or was and is not answered
	answers int       // Wishes that the relay owes
	wishAt  time.Time // when it was told

	device     wire.Subscribe // to be told after each Welcome
	subscribed bool           // device is
	expired    []wire.Subscribe
	owed       int       // Subscribes that the relay has not answered
	owedAt     time.Time // when the last of them was told
}

// question is one that the relay has not answered.
type question struct {
	ask    uint32 // 0: there is none
	before uint64
	asked  time.Time
}

// settling is entries that were read here.
type settling struct {
	wire.Span
	unread int  // how many of them the relay counts
	quiet  bool // the relay knows by another way, or will
	sent   time.Time
}

type spans []wire.Span

func (l spans) has(seq uint64) bool {
	return slices.ContainsFunc(l, func(s wire.Span) bool { return s.From <= seq && seq <= s.To })
}

// Notices returns what is held of the inbox, the last entry first. While it is not open
// these are those that came in the meantime. The list is the Session's until it hears
// of something else.
func (s *Session) Notices() []wire.Entry { return s.inbox.list }

// UnreadNotices returns how many entries of the inbox are unread, as the relay said last,
// without those that were read here since.
func (s *Session) UnreadNotices() int {
	n := s.inbox.unread
	for i := range s.inbox.settling {
		n -= s.inbox.settling[i].unread
	}
	return max(n, 0)
}

// OpenInbox holds the last entries from now on. They are asked for, which InboxChanged
// tells.
func (s *Session) OpenInbox() {
	if !s.inbox.open {
		s.inbox.open, s.inbox.lacks = true, true
		s.askNotices()
	}
}

// CloseInbox holds them no longer.
func (s *Session) CloseInbox() {
	b := &s.inbox
	b.open, b.lacks, b.list, b.more = false, false, nil, false
	b.page, b.read, b.gone = question{}, nil, nil
	s.tell(InboxChanged)
}

// MoreNotices reports whether there are entries before those that are held.
func (s *Session) MoreNotices() bool { return s.inbox.more }

// NoticesLoaded reports whether the last entries are held, and none is missing between
// them.
func (s *Session) NoticesLoaded() bool { return s.inbox.open && !s.inbox.lacks }

// EarlierNotices asks for those before the ones that are held. It reports false if there
// are none, or MaxNotices are held.
func (s *Session) EarlierNotices() bool {
	b := &s.inbox
	if !s.NoticesLoaded() || !b.more || len(b.list) == 0 || len(b.list) >= MaxNotices {
		return false
	}
	if b.page.ask == 0 {
		s.askPage(b.list[len(b.list)-1].Seq, inboxPage)
	}
	return true
}

// askNotices asks for the last page, if it is wanted and nothing else is being asked.
func (s *Session) askNotices() {
	b := &s.inbox
	if s.phase == Live && b.open && b.lacks && b.page.ask == 0 {
		b.fresh = b.last
		s.askPage(0, max(inboxPage, min(len(b.list), wire.MaxEntries)))
	}
}

func (s *Session) askPage(before uint64, limit int) {
	b := &s.inbox
	b.read, b.gone = nil, nil
	b.page = s.browse(wire.Browse{Before: before, Limit: uint32(limit)})
}

func (s *Session) browse(q wire.Browse) question {
	s.inbox.asks = max(s.inbox.asks+1, 1)
	q.Ask = s.inbox.asks
	s.say(&q)
	return question{ask: q.Ask, before: q.Before, asked: s.now}
}

// FindNotice finds an entry by its place, also one that is not held. found hears it, or
// nil if there is none, on the goroutine that calls the Session, when the relay has
// answered. It hears nothing if another one is looked for before that.
func (s *Session) FindNotice(seq uint64, found func(*wire.Entry)) {
	b := &s.inbox
	if i, held := b.find(seq); held {
		b.one, b.found = question{}, nil
		found(&b.list[i])
		return
	}
	b.one, b.found = question{before: seq + 1}, found
	s.askOne()
}

func (s *Session) askOne() {
	b := &s.inbox
	if s.phase == Live && b.found != nil && b.one.ask == 0 {
		b.one = s.browse(wire.Browse{Before: b.one.before, Limit: 1})
	}
}

func (b *inbox) foundOne(m *wire.Inbox) {
	found := b.found
	b.one.ask, b.found = 0, nil
	for i := range m.Entries {
		if e := &m.Entries[i]; e.Seq != 0 && e.Seq+1 == b.one.before {
			e.Read = e.Read || b.settles(e.Seq)
			found(e)
			return
		}
	}
	found(nil)
}

// ReadNotices marks entries as read, here at once, and on the relay as soon as it is
// there.
func (s *Session) ReadNotices(seqs ...uint64) {
	b := &s.inbox
	seqs = slices.Clone(seqs)
	slices.Sort(seqs)
	for _, seq := range seqs {
		i, held := b.find(seq)
		if seq == 0 || held && b.list[i].Read || b.settles(seq) {
			continue
		}
		x := settling{Span: wire.Span{From: seq, To: seq}}
		if held {
			b.list[i].Read = true
			x.unread = 1
		}
		if n := len(b.settling); n > 0 {
			if end := &b.settling[n-1]; end.sent.IsZero() && !end.quiet && end.To+1 == seq {
				end.To, end.unread = seq, end.unread+x.unread
				continue
			}
		}
		b.settle(x)
	}
	s.tell(InboxChanged)
}

// ReadAllNotices marks all that is known to be there.
func (s *Session) ReadAllNotices() {
	b := &s.inbox
	all := settling{Span: wire.Span{From: 1, To: b.last}, unread: b.unread}
	if all.To == 0 {
		return
	}
	for i := range b.list {
		b.list[i].Read = true
	}
	b.settling = b.settling[:0]
	b.settle(all)
	s.tell(InboxChanged)
}

func (b *inbox) settle(x settling) {
	if len(b.settling) == maxSettling {
		b.settling = slices.Delete(b.settling, 0, 1)
	}
	b.settling = append(b.settling, x)
}

// settles reports whether an entry was read here, and the relay has not said so.
func (b *inbox) settles(seq uint64) bool {
	return slices.ContainsFunc(b.settling, func(x settling) bool { return x.From <= seq && seq <= x.To })
}

// readTalk shows what came in of a conversation as read that is read up to a stamp. The
// relay does the same when it hears of the Mark.
func (s *Session) readTalk(with wire.Person, stamp wire.Stamp) {
	b := &s.inbox
	for i := range b.list {
		if e := &b.list[i]; !e.Read && e.Stamp <= stamp && s.EntryTalk(e, with) {
			e.Read = true
			b.settle(settling{Span: wire.Span{From: e.Seq, To: e.Seq}, unread: 1, quiet: true, sent: s.now})
			s.tell(InboxChanged)
		}
	}
}

// EntryTalk reports whether an entry is about a message of a conversation of this
// client: with a person, or with nobody that of its board.
func (s *Session) EntryTalk(e *wire.Entry, with wire.Person) bool {
	nobody := wire.Person{}
	return e.Message != (wire.TextID{}) && e.With == with && (with != nobody || e.Board == s.cfg.Board)
}

// inboxWelcomed begins anew with what the relay may not know. It may be another person
// than before that this client is for it.
func (s *Session) inboxWelcomed(another bool) {
	b := &s.inbox
	if another {
		*b = inbox{open: b.open, curious: b.curious, asks: b.asks}
		s.tell(InboxChanged)
		s.tell(WishesChanged)
	}
	s.inboxLost()
	s.saySubscribed()
	s.sayWishes()
	s.askWishes()
	s.askNotices()
	s.askOne()
}

// inboxLost tells that what is new does not come any more. What was under way may not
// have arrived.
func (s *Session) inboxLost() {
	b := &s.inbox
	b.told, b.lacks = false, b.open
	b.page, b.tells, b.answers, b.owed, b.one.ask = question{}, question{}, 0, 0, 0
	kept := b.settling[:0]
	for _, x := range b.settling {
		if !x.quiet { // otherwise the mark is told again
			x.sent = time.Time{}
			kept = append(kept, x)
		}
	}
	b.settling = kept
}

// tickInbox asks again what was not answered, and takes the relay's word for what it
// has not spoken of.
func (s *Session) tickInbox() {
	b := &s.inbox
	late := func(at time.Time) bool { return !s.now.Before(at.Add(askAgain)) }
	if q := b.page; q.ask != 0 && late(q.asked) {
		b.page = question{}
		if q.before == 0 {
			s.askNotices()
		} else {
			s.askPage(q.before, inboxPage)
		}
	}
	if b.tells.ask != 0 && late(b.tells.asked) {
		b.tells = question{}
		s.askWishes()
	}
	if b.one.ask != 0 && late(b.one.asked) {
		b.one.ask = 0
		s.askOne()
	}
	if b.answers > 0 && late(b.wishAt) {
		b.answers = 0
		s.sayWishes()
	}
	if b.owed > 0 && late(b.owedAt) {
		b.owed = 0
	}
	n := len(b.settling)
	b.settling = slices.DeleteFunc(b.settling, func(x settling) bool { return !x.sent.IsZero() && late(x.sent) })
	if n != len(b.settling) {
		s.tell(InboxChanged)
	}
}

// inboxAt returns when tickInbox has something to do, the zero time if never.
func (s *Session) inboxAt() (at time.Time) {
	b := &s.inbox
	for _, q := range [...]*question{&b.page, &b.tells, &b.one} {
		if q.ask != 0 {
			at = earlier(at, q.asked.Add(askAgain))
		}
	}
	if b.answers > 0 {
		at = earlier(at, b.wishAt.Add(askAgain))
	}
	for i := range b.settling {
		if x := &b.settling[i]; !x.sent.IsZero() {
			at = earlier(at, x.sent.Add(askAgain))
		}
	}
	return at
}

// settleDue reports whether there is something to say that was read here.
func (s *Session) settleDue() bool {
	return s.phase == Live && slices.ContainsFunc(s.inbox.settling, func(x settling) bool { return x.sent.IsZero() })
}

func (s *Session) appendSettled() {
	if !s.settleDue() {
		return
	}
	var m wire.Settle
	for i := range s.inbox.settling {
		x := &s.inbox.settling[i]
		if !x.sent.IsZero() {
			continue
		}
		x.sent = s.now
		if m.Read = append(m.Read, x.Span); len(m.Read) == wire.MaxSpans {
			s.say(&m)
			m.Read = m.Read[:0]
		}
	}
	if len(m.Read) > 0 {
		s.say(&m)
	}
}

// toldInbox takes news, or the answer to a question. One that nobody asked is ignored,
// but for how the inbox stands.
func (s *Session) toldInbox(m *wire.Inbox) {
	b := &s.inbox
	standing := !b.told
	b.told, b.unread = true, int(m.Unread)
	if standing {
		for i := range b.settling {
			b.settling[i].unread = 0 // the relay will say so soon
		}
	}
	before := b.last
	b.last = max(b.last, m.Last)
	for i := range m.Entries {
		b.last = max(b.last, m.Entries[i].Seq)
	}
	switch {
	case m.Anew && !b.open:
		b.list = nil
	case m.Anew && (!standing || b.page.ask == 0): // otherwise it was asked for after that
		b.lacks, b.page = true, question{} // what is held is shown until the page has come
	}
	b.unsettle(m.Read)
	b.forget(m.Gone)
	switch {
	case m.Answers == 0:
		s.inboxNews(m, standing, before)
	case m.Answers == b.page.ask:
		b.answered(m)
	case m.Answers == b.one.ask:
		b.foundOne(m)
	}
	s.askNotices()
	s.tell(InboxChanged)
}

// inboxNews takes entries that are new, or other than they were.
func (s *Session) inboxNews(m *wire.Inbox, standing bool, before uint64) {
	b := &s.inbox
	if b.page.ask != 0 {
		b.read, b.gone = append(b.read, m.Read...), append(b.gone, m.Gone...)
		if len(b.read) > maxSettled || len(b.gone) > maxSettled {
			b.lacks, b.page = true, question{}
		}
	}
	var fresh []wire.Entry
	for i := range m.Entries {
		e := &m.Entries[i]
		_, held := b.find(e.Seq)
		if e.Seq == 0 || !held && e.Seq <= before && !b.within(e.Seq) {
			continue // it belongs to what is not held
		}
		if j := s.talkIndex(e.With); j >= 0 && !e.Read && s.EntryTalk(e, e.With) && e.Stamp <= s.list[j].Read && !b.settles(e.Seq) {
			b.settle(settling{Span: wire.Span{From: e.Seq, To: e.Seq}, unread: 1, quiet: true, sent: s.now})
		}
		b.put(e)
		if e.Seq > before && !held && !standing && !e.Read && !b.settles(e.Seq) {
			fresh = append(fresh, *e)
		}
	}
	b.bound()
	if s.cfg.Noticed == nil {
		return
	}
	for i := range fresh {
		s.cfg.Noticed(&fresh[i])
	}
}

// answered takes a page.
func (b *inbox) answered(m *wire.Inbox) {
	limit := b.page.before
	if limit == 0 {
		limit = ^uint64(0)
		b.lacks = false
		// What came in the meantime stays; all else is in the page, or is older.
		b.list = slices.DeleteFunc(b.list, func(e wire.Entry) bool { return e.Seq <= b.fresh })
	}
	b.page.ask = 0
	b.more = m.More && len(m.Entries) > 0 // otherwise one would ask for ever
	for i := range m.Entries {
		e := &m.Entries[i]
		if e.Seq == 0 || e.Seq >= limit || b.gone.has(e.Seq) {
			continue
		}
		e.Read = e.Read || b.read.has(e.Seq)
		if i, held := b.find(e.Seq); held {
			e.Read = e.Read || b.list[i].Read
			continue // news are newer
		}
		b.put(e)
	}
	b.read, b.gone = nil, nil
	b.bound()
}

// find returns where an entry is held, or would be.
func (b *inbox) find(seq uint64) (int, bool) {
	i := sort.Search(len(b.list), func(i int) bool { return b.list[i].Seq <= seq })
	return i, i < len(b.list) && b.list[i].Seq == seq
}

// within reports whether all entries from a place on are held.
func (b *inbox) within(seq uint64) bool {
	n := len(b.list)
	return b.open && !b.lacks && (!b.more || n > 0 && seq > b.list[n-1].Seq)
}

// put holds an entry, in its place.
func (b *inbox) put(e *wire.Entry) {
	i, held := b.find(e.Seq)
	if !held {
		b.list = slices.Insert(b.list, i, wire.Entry{})
	}
	read := b.list[i].Read || b.settles(e.Seq)
	b.list[i] = *e
	b.list[i].Read = e.Read || read
}

func (b *inbox) bound() {
	if len(b.list) > MaxNotices {
		clear(b.list[MaxNotices:])
		b.list, b.more = b.list[:MaxNotices], true
	}
}

// unsettle takes what the relay says was read.
func (b *inbox) unsettle(read []wire.Span) {
	for _, r := range read {
		for i := range b.list {
			if e := &b.list[i]; r.From <= e.Seq && e.Seq <= r.To {
				e.Read = true
			}
		}
		b.settling = slices.DeleteFunc(b.settling, func(x settling) bool {
			return r.From <= r.To && r.From <= x.To && x.From <= r.To && (x.quiet || !x.sent.IsZero())
		})
	}
}

// forget drops entries that are no more.
func (b *inbox) forget(gone spans) {
	if len(gone) > 0 {
		b.list = slices.DeleteFunc(b.list, func(e wire.Entry) bool { return gone.has(e.Seq) })
	}
}
