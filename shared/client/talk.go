package client

import (
	"errors"
	"slices"
	"sort"
	"time"

	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

// What people say to each other. A conversation is named by the other person, that
// of the board by nobody. One that is opened is held as a talk.Log.

// MaxOpen is how many conversations a Session holds. Beyond it the one that was opened
// the longest ago is forgotten.
const MaxOpen = 32

// conversations is what a Session knows of what people say.
type conversations struct {
	person wire.Person // own, as the last Welcome has said
	list   []wire.Talk // the board's first, then the last changed first
	told   bool        // list was told on this connection
	edge   bool        // the relay is cut off from others
	logs   map[wire.Person]*talk.Log
	opened []wire.Person // the keys of logs, the last opened last

	outbox outbox
	asks   asks
	marks  marks
	typing typing
	away   bool
}

// Person returns who this client is for the others, nobody before the first Welcome.
func (s *Session) Person() wire.Person { return s.person }

// Talks returns how all conversations stand that the relay knows of, the board's
// first, then the last changed first. The list is the Session's.
func (s *Session) Talks() []wire.Talk { return s.list }

// Unread returns how many unread messages there are in all conversations.
func (s *Session) Unread() (n int) {
	for i := range s.list {
		n += int(s.list[i].Unread)
	}
	return n
}

// OpenTalk holds a conversation from now on, and returns what is known of it. Its last
// messages are recalled, which TalkChanged tells.
func (s *Session) OpenTalk(with wire.Person) *talk.Log {
	l := s.logs[with]
	s.opened = append(slices.DeleteFunc(s.opened, func(p wire.Person) bool { return p == with }), with)
	if l != nil {
		return l
	}
	if len(s.opened) > MaxOpen {
		s.CloseTalk(s.opened[0])
	}
	if s.logs == nil {
		s.logs = map[wire.Person]*talk.Log{}
	}
	l = new(talk.Log)
	l.Edge(s.edge)
	s.logs[with] = l
	for _, d := range s.outbox.drafts {
		if d.With == with && s.wrote(d) {
			l.Write(d)
		}
	}
	if s.told {
		s.stand(with)
	}
	return l
}

// CloseTalk forgets what is held of a conversation.
func (s *Session) CloseTalk(with wire.Person) {
	delete(s.logs, with)
	s.opened = slices.DeleteFunc(s.opened, func(p wire.Person) bool { return p == with })
	s.asks.forget(with)
}

// Talk returns what is known of a conversation, nil if it is not opened.
func (s *Session) Talk(with wire.Person) *talk.Log { return s.logs[with] }

// stand asks for what a conversation lacks.
func (s *Session) stand(with wire.Person) {
	t := &wire.Talk{With: with}
	if i := s.talkIndex(with); i >= 0 {
		t = &s.list[i]
	}
	if q, ok := s.logs[with].Stand(t); ok {
		s.recallPage(with, q, true)
	}
}

func (s *Session) talkIndex(with wire.Person) int {
	return slices.IndexFunc(s.list, func(t wire.Talk) bool { return t.With == with })
}

// standing returns how a conversation stands, and begins to know of it.
func (s *Session) standing(with wire.Person) *wire.Talk {
	i := s.talkIndex(with)
	if i < 0 {
		if len(s.list) == wire.MaxTalks {
			s.list = s.list[:len(s.list)-1]
		}
		s.list = append(s.list, wire.Talk{With: with})
		i = len(s.list) - 1
	}
	return &s.list[i]
}

// sortTalks puts the list in its order.
func (s *Session) sortTalks() {
	nobody := wire.Person{}
	sort.SliceStable(s.list, func(i, j int) bool {
		a, b := &s.list[i], &s.list[j]
		if a.With == nobody || b.With == nobody {
			return a.With == nobody && b.With != nobody
		}
		return a.Changed > b.Changed
	})
}

// talksWelcomed begins anew with what the relay may not know. It may be another person
// than before that this client is for it.
func (s *Session) talksWelcomed() {
	if s.person != s.welcome.Person {
		s.person = s.welcome.Person
		s.list, s.marks = nil, marks{}
		s.told = false
		for _, with := range slices.Clone(s.opened) {
			s.CloseTalk(with)
			s.OpenTalk(with)
		}
	}
	s.ownAll()
	s.talksLost()
	s.outbox.welcomed(s.now)
	s.asksAgain()
	s.tell(TalkChanged)
}

// atEdge says whether the relay is cut off from others.
func (s *Session) atEdge(on bool) {
	s.edge = on
	for _, l := range s.logs {
		l.Edge(on)
	}
}

// talksLost tells that what is new does not come any more.
func (s *Session) talksLost() {
	s.told, s.edge = false, false
	for _, l := range s.logs {
		l.Cut()
	}
	s.outbox.lost(s.logs)
	s.asks.lost()
	s.typing.lost()
	s.tell(TalkChanged)
	s.tell(TypingChanged)
}

// toldTalks takes how all conversations stand.
func (s *Session) toldTalks(m *wire.Talks) {
	before := s.list
	s.list, s.told = m.List, true
	for i := range s.list {
		t := &s.list[i]
		for j := range before {
			if old := &before[j]; old.With == t.With && old.Read > t.Read {
				s.marks.add(t.With, old.Read) // the relay has not heard
				s.read(t, old.Read)
			}
		}
	}
	s.sortTalks()
	for _, with := range s.opened {
		s.stand(with)
	}
	s.tell(MarksChanged)
	s.tell(TalkChanged)
}

// said takes messages, and what became of own ones.
func (s *Session) said(m *wire.Said) {
	for _, id := range m.Stored {
		s.outboxStored(id)
	}
	for i := range m.Refused {
		s.outboxRefused(&m.Refused[i])
	}
	if m.Answers != 0 {
		s.answered(m)
		return
	}
	if len(m.Texts) > 0 {
		s.news(m.With, m.Texts)
	}
}

// news takes messages that somebody has just said, or changed.
func (s *Session) news(with wire.Person, texts []wire.Text) {
	t := s.standing(with)
	last := t.Last
	for i := range texts {
		x := &texts[i]
		t.Last, t.Changed = max(t.Last, x.Stamp), max(t.Changed, x.Changed)
		if x.Author == s.person {
			s.outboxStored(x.ID)
			continue
		}
		if x.Author == with {
			t.Name = x.Name
		}
		if x.Stamp <= last {
			continue
		}
		s.typing.stopped(with, x.Author)
		if !x.Deleted && x.Stamp > t.Read {
			t.Unread = min(t.Unread+1, wire.MaxUnread)
		}
	}
	if l := s.logs[with]; l != nil {
		l.News(texts)
		if n, ok := l.Unread(t.Read, s.person); ok {
			t.Unread = n
		}
	}
	s.sortTalks()
	s.tell(TalkChanged)
	s.tell(TypingChanged)
	if s.cfg.Said == nil {
		return
	}
	for i := range texts {
		if x := &texts[i]; x.Author != s.person && x.Stamp > last && !x.Deleted {
			s.cfg.Said(with, x)
		}
	}
}

// Errors of what this person may not say.
var (
	ErrRole = errors.New("client: this person may only read here")
	ErrSelf = errors.New("client: nobody talks to themselves")
	// ErrOutbox says that too much waits to be said.
	ErrOutbox = errors.New("client: too much waits to be said")
)

// Say says something to a person, to nobody: to all on the board; about, if not zero,
// is the message that it answers. It is sent when the relay is there, kept until then,
// and repeated until the relay has stored or refused it. It returns its name, or an
// error: ErrRole, ErrSelf, ErrOutbox, or one of package talk.
func (s *Session) Say(now time.Time, with wire.Person, text string, about wire.TextID, mentions []wire.Mention) (wire.TextID, error) {
	id, err := s.write(now, wire.Say{With: with, What: wire.SayText, Text: text, About: about, Mentions: slices.Clone(mentions)})
	if err == nil && s.typing.with == with {
		s.typing.at = time.Time{} // the message itself says so
	}
	return id, err
}

// Edit puts another text in the place of that of an own message. Errors are those of
// Say.
func (s *Session) Edit(now time.Time, with wire.Person, message wire.TextID, text string, mentions []wire.Mention) error {
	_, err := s.write(now, wire.Say{With: with, What: wire.SayEdit, Text: text, About: message, Mentions: slices.Clone(mentions)})
	return err
}

// Delete takes an own message back; the board's owner may do so with any of the
// board's. Errors are those of Say.
func (s *Session) Delete(now time.Time, with wire.Person, message wire.TextID) error {
	_, err := s.write(now, wire.Say{With: with, What: wire.SayDelete, About: message})
	return err
}

// React gives a message a sign, such as an emoji, or takes it back. Errors are those
// of Say.
func (s *Session) React(now time.Time, with wire.Person, message wire.TextID, sign string, on bool) error {
	what := uint32(wire.SayUnact)
	if on {
		what = wire.SayReact
	}
	_, err := s.write(now, wire.Say{With: with, What: what, Text: sign, About: message})
	return err
}

// Again says once more what was refused: it goes behind the others. Errors are those
// of Say; of what is no refused Draft it returns no name and no error.
func (s *Session) Again(now time.Time, id wire.TextID) (wire.TextID, error) {
	d := s.outbox.find(id)
	if d == nil || d.State != talk.Refused {
		return wire.TextID{}, nil
	}
	again := d.Say
	name, err := s.write(now, again)
	if err == nil {
		s.Discard(id)
	}
	return name, err
}

// Discard takes back what is not sent or was refused. It reports whether there was
// such a Draft.
func (s *Session) Discard(id wire.TextID) bool {
	d := s.outbox.find(id)
	if d == nil || d.State == talk.Sent {
		return false
	}
	s.outboxGone(d)
	if l := s.logs[d.With]; l != nil {
		l.Remove(id)
	}
	s.tell(TalkChanged)
	return true
}

// write puts a Say into the outbox.
func (s *Session) write(now time.Time, say wire.Say) (wire.TextID, error) {
	switch {
	case !s.mayTalk():
		return say.ID, ErrRole
	case say.With != wire.Person{} && say.With == s.person:
		return say.ID, ErrSelf
	}
	if err := talk.Check(&say); err != nil {
		return say.ID, err
	}
	say.ID, say.Time = newTextID(), uint64(max(now.UnixMilli(), 0))
	d := &talk.Draft{Say: say}
	if s.cfg.Secret != "" { // without it this person is another one the next time
		d.Author = s.person
	}
	if !s.outbox.add(d) {
		return wire.TextID{}, ErrOutbox
	}
	s.cfg.Kept.say(d)
	if l := s.logs[say.With]; l != nil {
		l.Write(d)
	}
	s.tell(TalkChanged)
	s.tell(StatusChanged)
	return say.ID, nil
}

// mayTalk reports whether this person may say something, or whether that is not
// known yet.
func (s *Session) mayTalk() bool { return s.role.Comments() }
