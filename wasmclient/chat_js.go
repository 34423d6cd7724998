//go:build js

package main

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/link"
	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
	"edgeboard/wasmclient/browser"
)

// chat is what people say to each other, as it is shown.
type chat struct {
	panel     browser.Chat
	open      bool // a conversation is
	with      wire.Person
	at        wire.Stamp  // around which it is shown; talk.Tail: at its end
	jumping   wire.TextID // the message that is to be shown when it is known where it is
	from      wire.Stamp  // what was said from then on is to be shown; 0: what is shown stays
	read      wire.Stamp  // how far it was read when it was opened; talk.Tail: nothing was new
	query     string
	found     []wire.Text // the newest first
	foundMore bool
	names     map[wire.Person]string // of those who have said something that was shown
	parsed    map[wire.TextID]parsed // of what is shown
	due       bool                   // what has changed is about to be shown
}

// parsed is what was made of a message.
type parsed struct {
	changed wire.Stamp
	source  string
	blocks  []talk.Block
	plain   string
	named   bool
}

// mostLastLines is of how many conversations the list shows what was said last: each
// of them is held.
const mostLastLines = 16

// secret is by what a relay that does not know who its people are knows this one
// again. It is nobody else's business; a browser that keeps nothing has another one
// each time.
func secret() string {
	s := browser.Remembered("secret")
	if len(s) < wire.MinSecret || len(s) > wire.MaxSecret {
		s = rand.Text()
		browser.Remember("secret", s)
	}
	return s
}

func (p *page) listenToChat() {
	c := &p.chat
	c.names, c.parsed = map[wire.Person]string{}, map[wire.TextID]parsed{}
	now := func(f func(s *client.Session)) {
		p.do(func() { f(p.session); p.chatChanged() })
	}
	message := func(f func(s *client.Session, id wire.TextID)) func(string) {
		return func(name string) {
			if id, ok := textID(name); ok {
				now(func(s *client.Session) { f(s, id) })
			}
		}
	}
	c.panel = browser.Chat{
		Open:  func(with string) { now(func(*client.Session) { p.openTalk(with) }) },
		Leave: func() { now(func(s *client.Session) { s.StopTyping(time.Now()); s.MarkNow(); c.open = false }) },
		List:  func() { now(func(*client.Session) { p.holdTalks() }) },
		Write: func(text string) {
			now(func(s *client.Session) {
				if text == "" {
					s.StopTyping(time.Now())
				} else {
					s.Typing(time.Now(), c.with)
				}
			})
		},
		Complete: func(before string) (list []browser.Completion, length int) {
			p.do(func() { list, length = p.completions(before) })
			return list, length
		},
		Send: func(text, about string) (why string) {
			now(func(s *client.Session) {
				id, _ := textID(about)
				_, err := s.Say(time.Now(), c.with, text, id, talk.Mentions(text, p.named()))
				why = chatProblem(err)
				if err == nil {
					p.jumpAt(talk.Tail)
					c.read = talk.Tail
				}
			})
			return why
		},
		Change: func(name, text string) (why string) {
			if id, ok := textID(name); ok {
				now(func(s *client.Session) {
					why = chatProblem(s.Edit(time.Now(), c.with, id, text, talk.Mentions(text, p.named())))
				})
			}
			return why
		},
		Delete: message(func(s *client.Session, id wire.TextID) { p.chatRefused(s.Delete(time.Now(), c.with, id)) }),
		React: func(name, sign string, on bool) {
			message(func(s *client.Session, id wire.TextID) { p.chatRefused(s.React(time.Now(), c.with, id, sign, on)) })(name)
		},
		Retry: message(func(s *client.Session, id wire.TextID) {
			_, err := s.Again(time.Now(), id)
			p.chatRefused(err)
		}),
		Remove: message(func(s *client.Session, id wire.TextID) { s.Discard(id) }),
		More: func(older bool) {
			p.do(func() {
				if older {
					p.session.Earlier(c.with, c.at)
				} else {
					p.session.Later(c.with, c.at)
				}
			})
		},
		Seen:     func() { p.do(p.seenTalk) },
		Newest:   func() { now(func(*client.Session) { p.jumpAt(talk.Tail) }) },
		Jump:     message(func(_ *client.Session, id wire.TextID) { p.jumpTo(id) }),
		Date:     func(millis float64) { now(func(*client.Session) { p.jumpToDate(wire.StampAt(int64(millis))) }) },
		Find:     func(query string) { now(func(*client.Session) { p.findTexts(query) }) },
		FindMore: func() { now(func(*client.Session) { p.findMore() }) },
		Go: func(url string) {
			p.do(func() {
				if to, err := link.Parse(ownFragment(url)); err == nil {
					p.followLink(to)
				}
			})
		},
		Element: p.elementName,
		Me:      p.session.Person,
	}
	c.panel.Listen()
	p.company.panel.Message = c.panel.OpenTalk
	p.own["chat"] = func() bool { go c.panel.Toggle(); return true }
	browser.OnHide(func() { p.do(func() { p.session.MarkNow() }) })
}

// textID reads what textName writes.
func textID(name string) (id wire.TextID, ok bool) {
	p, ok := wire.ParsePerson(name)
	return wire.TextID(p), ok
}

// textName names a message in the page.
func textName(id wire.TextID) string { return wire.Person(id).String() }

// chatProblem is the key of the text that says why something is not said, "" if it is.
func chatProblem(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, client.ErrRole):
		return "chat.refused-role"
	case errors.Is(err, talk.ErrLong), errors.Is(err, client.ErrOutbox):
		return "chat.too-long"
	}
	return "chat.refused-text"
}

func (p *page) chatRefused(err error) {
	if why := chatProblem(err); why != "" {
		browser.Toast(browser.Text(why))
	}
}

// chatChanged shows what has changed, together with what changes at the same time. It
// waits for no frame: a page that is not looked at has none.
func (p *page) chatChanged() {
	if p.chat.due {
		return
	}
	p.chat.due = true
	browser.After(0, func() {
		p.link.Do(func(*client.Session) {
			if p.crashed {
				return
			}
			defer p.caught()
			p.chat.due = false
			p.showTalks()
			p.showTalk()
		})
	})
}

// openTalk begins to show a conversation, where it was not read, if that is known.
func (p *page) openTalk(name string) {
	c := &p.chat
	with, _ := wire.ParsePerson(name)
	c.open, c.with, c.read = true, with, talk.Tail
	c.goTo(talk.Tail)
	clear(c.parsed)
	if t := p.standing(with); t != nil && t.Unread > 0 {
		c.read = t.Read
	}
	p.session.OpenTalk(with)
}

// holdTalks makes it known what was said last where the list shows it.
func (p *page) holdTalks() {
	p.session.OpenTalk(wire.Person{})
	for i, t := range p.session.Talks() {
		if i < mostLastLines && p.session.Talk(t.With) == nil {
			p.session.OpenTalk(t.With)
		}
	}
}

// standing is how a conversation stands, nil if nothing was said in it.
func (p *page) standing(with wire.Person) *wire.Talk {
	list := p.session.Talks()
	if i := slices.IndexFunc(list, func(t wire.Talk) bool { return t.With == with }); i >= 0 {
		return &list[i]
	}
	return nil
}

// jumpTo shows a message, which may have to be asked for.
func (p *page) jumpTo(id wire.TextID) {
	c := &p.chat
	for i := range c.found {
		if c.found[i].ID == id {
			p.jumpAt(c.found[i].Stamp)
			return
		}
	}
	c.jumping = id
	with := c.with
	p.session.JumpTo(with, id, func(at wire.Stamp, ok bool) {
		switch {
		case !c.open || c.with != with || c.jumping != id: // somebody has gone elsewhere
		case !ok:
			c.panel.Missed(textName(id))
		default:
			c.at = at
			p.chatChanged()
		}
	})
}

func (p *page) jumpAt(at wire.Stamp) {
	p.chat.goTo(at)
	p.session.Jump(p.chat.with, at)
}

// jumpToDate shows what was said from then on.
func (p *page) jumpToDate(from wire.Stamp) {
	p.jumpAt(from)
	p.chat.from = from
}

// goTo shows what is around a stamp from now on.
func (c *chat) goTo(at wire.Stamp) { c.at, c.jumping, c.from = at, wire.TextID{}, 0 }

// begins returns the message that is to be at the top: the first one from a date on, or
// the last one of all; nil if none is to be, or it is not known yet.
func (c *chat) begins(part *talk.Stretch) *wire.Text {
	if c.from == 0 || len(part.Texts) == 0 {
		return nil
	}
	i := slices.IndexFunc(part.Texts, func(t *wire.Text) bool { return t.Stamp >= c.from })
	if i < 0 {
		if part.After {
			return nil
		}
		i = len(part.Texts) - 1
	}
	c.from = 0
	return part.Texts[i]
}

// findTexts searches the conversation that is open.
func (p *page) findTexts(query string) {
	c := &p.chat
	c.query = strings.TrimSpace(query)
	if c.query == "" {
		p.session.Find(c.with, "", talk.Tail, nil)
		return // what was found may be jumped to
	}
	c.found = nil
	p.findMore()
}

func (p *page) findMore() {
	c := &p.chat
	query, before, with := c.query, talk.Tail, c.with
	if n := len(c.found); n > 0 {
		before = c.found[n-1].Stamp
	}
	p.session.Find(with, query, before, func(texts []wire.Text, more bool) {
		if c.query != query || c.with != with {
			return
		}
		slices.Reverse(texts)
		c.found, c.foundMore = append(c.found, texts...), more
		list := make([]browser.ChatFound, len(c.found))
		for i := range c.found {
			t := &c.found[i]
			list[i] = browser.ChatFound{ID: textName(t.ID), Name: p.authorName(t), Text: talk.Plain(t.Text), Time: float64(t.Stamp.Milliseconds())}
		}
		c.panel.ShowFound(list, more)
	})
}

// seenTalk tells that the newest message that is shown was seen.
func (p *page) seenTalk() {
	c := &p.chat
	if l := p.session.Talk(c.with); c.open && l != nil && c.panel.Shown(c.with.String()) {
		if last := l.Last(); last != nil {
			p.session.Mark(c.with, last.Stamp)
		}
	}
}

// overheard takes what somebody else has just said.
func (p *page) overheard(with wire.Person, t *wire.Text) {
	c := &p.chat
	if !c.panel.Shown(with.String()) {
		if s := p.standing(with); c.open && c.with == with && c.read == talk.Tail && s != nil {
			c.read = s.Read // the line stands before it when this is looked at again
		}
	}
	c.panel.Announce(p.authorName(t), talk.Plain(t.Text))
}
