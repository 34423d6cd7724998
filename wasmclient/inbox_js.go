//go:build js

package main

import (
	"cmp"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/link"
	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
	"edgeboard/wasmclient/browser"
)

// inbox is what concerns this person on all boards, as it is shown.
type inbox struct {
	panel browser.Inbox
	push  browser.Push
	shown bool // the panel is
	due   bool // what has changed is about to be shown
	later bool // the last entries are about to be asked for
}

const (
	// inboxLater is how long the page runs before what is not seen at once is asked for,
	// in milliseconds: first the board is to be there.
	inboxLater = 3000
	// toastLength is how many characters a toast says of what was said.
	toastLength = 100
)

func (p *page) listenToInbox() {
	b := &p.inbox
	b.panel = browser.Inbox{
		Shown: func(shown bool) {
			p.do(func() {
				b.shown = shown
				switch {
				case shown:
					p.session.OpenInbox()
				case p.session.UnreadNotices() == 0:
					p.session.CloseInbox() // otherwise the title counts them
				}
				p.inboxChanged()
			})
		},
		Go:      func(seq uint64) { p.do(func() { p.session.FindNotice(seq, p.openEntry) }) },
		ReadAll: func() { p.do(p.session.ReadAllNotices) },
		More:    func() { p.do(func() { p.session.EarlierNotices() }) },
		Wishes: func() {
			p.do(func() {
				p.session.AskWishes()
				p.showWishes()
			})
		},
		Wish:   func(w wire.Wishes) { p.do(func() { p.session.SetWishes(w) }) },
		Switch: b.push.Switch,
	}
	b.panel.Listen()
	b.push.Show = b.panel.ShowPush
	b.push.Tell = func(m *wire.Subscribe) { p.do(func() { p.session.Subscribe(m) }) }
	b.push.Ending = func() (ending bool) {
		p.do(func() { ending = p.session.Unsubscribing() })
		return ending
	}
	b.push.Listen(func(fragment string) { p.do(func() { p.openFragment(fragment) }) })
	if b.push.Wanted() {
		browser.After(inboxLater, func() { p.do(p.session.AskWishes) }) // they say by what key
	}
	p.own["inbox"] = func() bool { go b.panel.Toggle(); return true }
	read := func() {
		if p.openFragment(browser.Fragment()) {
			browser.DropFragment()
		}
	}
	read()
	browser.OnFragment(func() { p.do(read) })
}

// openFragment opens the entry, or the inbox, that the fragment of an address names, and
// reports whether it names one.
func (p *page) openFragment(fragment string) bool {
	seq, ok := link.Entry(fragment)
	switch {
	case !ok:
	case seq == 0:
		go p.inbox.panel.Open()
	default:
		p.session.FindNotice(seq, p.openEntry)
	}
	return ok
}

// openEntry leads to what an entry is about, which is read by that; nil: it is gone.
func (p *page) openEntry(e *wire.Entry) {
	if e == nil {
		browser.Toast(browser.Text("notice.gone"))
		return
	}
	p.session.ReadNotices(e.Seq)
	here := e.Board == "" || e.Board == browser.Board() || !wire.ValidBoardName(e.Board)
	element, names := board.ParseID(e.Element)
	switch {
	case !here:
		// What is kept is kept before that: the page ends. Its fragment opens the entry there.
		go browser.OpenBoard(entryURL(e))
	case e.Message != wire.TextID{}:
		with, name, at := e.With, textName(e.Message), e.Stamp
		go func() {
			p.inbox.panel.Close()
			p.chat.panel.OpenText(with.String(), name)
			p.do(func() {
				p.jumpAt(at)
				p.chatChanged()
			})
		}()
	case names:
		go p.inbox.panel.Close()
		if el := p.session.Doc().Element(element); (el == nil || el.Deleted()) && p.session.UpToDate() {
			browser.Toast(browser.Text("link.gone"))
			return
		}
		p.links.wanted, p.stale = element, true // it may have to come first
		p.redraw()
	}
}

// entryURL is the address that opens an entry on its board.
func entryURL(e *wire.Entry) string {
	if e.Board == "" || !wire.ValidBoardName(e.Board) {
		return link.ToEntry(e.Seq)
	}
	return browser.BoardURL(e.Board, link.ToEntry(e.Seq))
}

// inboxChanged shows what has changed, together with what changes at the same time.
func (p *page) inboxChanged() {
	if p.inbox.due {
		return
	}
	p.inbox.due = true
	browser.After(0, func() {
		p.link.Do(func(*client.Session) {
			if p.crashed {
				return
			}
			defer p.caught()
			p.inbox.due = false
			p.showInbox()
		})
	})
}

func (p *page) showInbox() {
	b, s := &p.inbox, p.session
	unread := s.UnreadNotices()
	b.panel.ShowUnread(unread)
	if unread > 0 && !b.later {
		b.later = true
		browser.After(inboxLater, func() { p.do(s.OpenInbox) })
	}
	// The title counts messages, and of the inbox what is not one of them here: what was
	// said in these conversations is counted already. Only what is held is known so well.
	besides := 0
	for i := range s.Notices() {
		if e := &s.Notices()[i]; !e.Read && !s.EntryTalk(e, e.With) {
			besides++
		}
	}
	if besides = min(besides, unread); besides != p.chat.panel.Besides {
		p.chat.panel.Besides = besides
		p.showTalks()
	}
	if !b.shown {
		return
	}
	list := make([]browser.InboxEntry, len(s.Notices()))
	for i := range list {
		list[i] = p.inboxEntry(&s.Notices()[i])
	}
	b.panel.Show(list, s.NoticesLoaded(), s.MoreNotices(), len(list) < client.MaxNotices)
}

func (p *page) inboxEntry(e *wire.Entry) browser.InboxEntry {
	line := browser.InboxEntry{Seq: e.Seq, What: e.What, URL: entryURL(e), Time: float64(e.Time), New: !e.Read, Board: e.Board}
	line.Title, line.Text = p.entryWords(e)
	if e.From != (wire.Person{}) {
		line.Name, line.Color = p.entryName(e), p.colorOf(e.From)
	}
	switch {
	case e.What == wire.EntryInvitation:
		line.Board = "" // the title names it
	case e.Board != "" && e.Board == browser.Board():
		line.Board = browser.Text("chat.board")
	}
	return line
}

// entryName is how who has done it is shown.
func (p *page) entryName(e *wire.Entry) string {
	return cmp.Or(talk.Clean(e.Name), browser.Text("comment.unnamed"))
}

// entryWords says what an entry is about, and what was said.
func (p *page) entryWords(e *wire.Entry) (title, said string) {
	said = strings.TrimSpace(talk.Plain(e.Text))
	name := p.entryName(e)
	switch e.What {
	case wire.EntryMention:
		return browser.Text("notice.mentioned", name), said
	case wire.EntryPrivate:
		return browser.Text("notice.wrote", name), said
	case wire.EntryReply:
		return browser.Text("notice.replied", name), said
	case wire.EntryInvitation:
		if e.From == (wire.Person{}) {
			return browser.Text("notice.invited-by-none", e.Board), said
		}
		return browser.Text("notice.invited", name, e.Board), said
	}
	if title = talk.Clean(e.Title); title == "" {
		title, said = cmp.Or(said, browser.Text("notice.title")), ""
	}
	return title, said
}

// noticed tells of what has just come, unless it is before somebody's eyes. What is
// said in a conversation is read out with that.
func (p *page) noticed(e *wire.Entry) {
	title, said := p.entryWords(e)
	switch {
	case p.session.EntryTalk(e, e.With):
		if !p.chat.panel.Shown(e.With.String()) {
			browser.Toast(title)
		}
	case said == "":
		browser.Toast(title)
	default:
		if text := []rune(said); len(text) > toastLength {
			said = string(text[:toastLength]) + "…"
		}
		browser.Toast(browser.Text("notice.toast", title, said))
	}
}

func (p *page) showWishes() {
	b := &p.inbox
	w, known := p.session.Wishes()
	b.panel.ShowWishes(w, known)
	if known {
		b.push.Allow(w.PushKey)
	}
}
