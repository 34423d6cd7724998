//go:build js

package main

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/geom"
	"edgeboard/shared/talk"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
)

// company is how this person looks at the board together with others.
type company struct {
	panel browser.Company

	followed someone // whose view is followed
	seen     bool    // it was flown to
	steered  uint64  // editor.Steered when the camera was last moved for others
	invited  string  // the name of whose presentation the notice offers, or has offered
	notice   string  // what the notice is about, "" if there is none
	passing  int     // notices that were to pass
}

// someone is a member, who may have another number when the connection is back. The
// zero someone is nobody.
type someone struct {
	id      uint32
	name    string
	color   uint32
	missing bool // now
}

// seekFor is how long somebody who is followed may be missing: connections break,
// and come back.
const seekFor = 5 * time.Second

// What a notice is about.
const (
	aboutFollowing = "following"
	aboutSummons   = "summons"
	aboutShow      = "show"
)

// noticeStands is how long a notice stands that one need not do anything about, in
// milliseconds.
const noticeStands = 12_000

func (p *page) listenToCompany() {
	p.company.panel.Command = func(name string) { p.do(func() { p.command(editor.Command(name)) }) }
	p.company.panel.Follow = func(id uint32, yes bool) {
		p.do(func() {
			if yes {
				p.follow(id)
			} else {
				p.unfollow()
			}
		})
	}
	p.company.panel.Listen()
	p.own["summon"] = p.summon
	p.escapes(p.unfollow)
}

// escapes lets Escape end something, before what it would end otherwise. end reports
// whether there was something to end.
func (p *page) escapes(end func() bool) {
	before := p.own[editor.SelectNone]
	p.own[editor.SelectNone] = func() bool {
		switch {
		case end():
			return true
		case before != nil:
			return before()
		}
		return p.editor.Do(editor.SelectNone)
	}
}

// flyTo takes the camera to another view, smoothly, as the person wants it.
func (p *page) flyTo(c geom.Camera) {
	p.unfollow()
	p.glide(c)
}

// glide takes the camera to another view, smoothly.
func (p *page) glide(c geom.Camera) {
	p.editor.Calm = browser.ReducedMotion()
	p.editor.Fly(c, browser.Now())
	p.redraw()
}

// here reports whether a member is on the page that is shown. Who has not said it is
// on the main one.
func (p *page) here(m *client.Member) bool { return p.samePage(m.Viewport.Page, p.figures.Page()) }

// samePage reports whether two IDs are of the same page. The zero ID is the main one.
func (p *page) samePage(a, b board.ID) bool {
	main := p.figures.MainPage()
	return a == b || (a == board.ID{} || a == main) && (b == board.ID{} || b == main)
}

// pageName is what a page is called, "" if the board has only one.
func (p *page) pageName(id board.ID) string {
	for i, page := range p.figures.Pages() {
		if p.samePage(page.ID, id) {
			return cmp.Or(page.Name, browser.Text("people.page", strconv.Itoa(i+1)))
		}
	}
	return ""
}

// nowView is what is seen now.
func (p *page) nowView() client.Viewport {
	seen := p.editor.View()
	middle, size := seen.Center(), seen.Size()
	return client.Viewport{X: middle.X, Y: middle.Y, W: size.X, H: size.Y, Page: p.figures.Page()}
}

// tellView tells the others what is seen here.
func (p *page) tellView() {
	v := p.nowView()
	if v.W <= 0 || v.H <= 0 {
		return // the window's size is not known yet
	}
	if !p.company.followed.missing {
		v.Following = p.company.followed.id
	}
	v.Presents = p.presents()
	p.session.Look(v)
}

// lookAt takes the camera to what somebody sees, and shows all of that.
func (p *page) lookAt(v client.Viewport, trail bool) {
	if !p.samePage(v.Page, p.figures.Page()) && p.pageName(v.Page) != "" {
		p.editor.ShowPage(v.Page)
		trail = false
	}
	to := p.editor.ShowBox(geom.Rect(v.X-v.W/2, v.Y-v.H/2, v.W, v.H), 0, geom.MaxZoom)
	switch {
	case !trail:
		p.glide(to)
	case to != p.editor.Camera():
		p.editor.Trail(to, browser.Now())
		p.redraw()
	}
	p.company.steered = p.editor.Steered()
	p.stale = true
}

// follow begins to follow a member's view.
func (p *page) follow(id uint32) {
	m := p.session.Members()[id]
	if m == nil {
		return
	}
	p.company.followed = someone{id: id, name: m.Name, color: m.Color}
	p.company.seen, p.company.steered = false, p.editor.Steered()
	p.company.invited = m.Name
	p.notify(aboutFollowing, &browser.Notice{
		Text: browser.Text("people.following", m.Name), Action: browser.Text("people.stop"), Color: m.Color,
		Do: func() { p.do(func() { p.unfollow() }) },
	})
	p.company.panel.Frame(true, m.Color)
	p.follows()
	p.showCompany()
}

// unfollow stops following, and reports whether somebody was followed.
func (p *page) unfollow() bool {
	if p.company.followed == (someone{}) {
		return false
	}
	p.company.followed = someone{}
	p.company.panel.Frame(false, 0)
	if p.company.notice == aboutFollowing {
		p.notify("", nil)
	}
	p.showCompany()
	return true
}

// follows moves the camera after the member that is followed, unless the person has
// taken it in hand.
func (p *page) follows() {
	f := &p.company.followed
	if *f == (someone{}) || f.missing {
		return
	}
	if p.editor.Steered() != p.company.steered {
		p.unfollow()
		return
	}
	m := p.session.Members()[f.id]
	if m == nil || m.Viewport.W == 0 || m.Viewport.H == 0 {
		return
	}
	p.lookAt(m.Viewport, p.company.seen)
	p.company.seen = true
}

// seek finds who is followed again among the members, or stops following when it
// has been missing for long.
func (p *page) seek() {
	f := &p.company.followed
	if *f == (someone{}) {
		return
	}
	is := func(m *client.Member) bool { return m.Name == f.name && m.Color == f.color }
	if m := p.session.Members()[f.id]; m != nil && (!f.missing || is(m)) {
		f.name, f.color, f.missing = m.Name, m.Color, false
		return
	}
	if !f.missing {
		f.missing = true
		gone := *f
		browser.After(float64(seekFor.Milliseconds()), func() {
			p.do(func() {
				if *f == gone && p.session.Status().Phase == client.Live {
					browser.Toast(browser.Text("people.left", f.name))
					p.unfollow()
				}
			})
		})
	}
	for _, m := range p.session.Others() {
		if is(m) {
			p.follow(m.ID)
			return
		}
	}
}

// showCompany shows who is here, and offers to follow who presents.
func (p *page) showCompany() {
	list := []browser.Companion{{Name: p.shownName(), Color: p.color, Device: browser.Device(), Me: true}}
	var presenter *client.Member
	for _, q := range p.session.Around() {
		m := p.followable(&q)
		var notes []string
		if q.Away {
			notes = append(notes, browser.Text("chat.away"))
		}
		for _, o := range q.Members {
			if o.Viewport.Presents {
				presenter = o
			}
		}
		if m.Viewport.Presents {
			notes = append(notes, browser.Text("people.presenting"))
		}
		if m.Viewport.Following != 0 && m.Viewport.Following == p.session.Self() {
			notes = append(notes, browser.Text("people.follows-you"))
		}
		if page := p.pageName(m.Viewport.Page); page != "" && !p.here(m) {
			notes = append(notes, page)
		}
		list = append(list, browser.Companion{
			ID: m.ID, Person: q.ID.String(), Name: talk.Clean(q.Name), Color: q.Color, Device: uint32(m.Device), Away: q.Away, Note: strings.Join(notes, " · "),
			Followed: m.ID != 0 && m.ID == p.company.followed.id && !p.company.followed.missing,
		})
	}
	p.company.panel.Show(list)
	switch {
	case presenter != nil && presenter.ID == 0: // and may be about to come back
	case presenter == nil:
		p.company.invited = ""
		if p.company.notice == aboutShow {
			p.notify("", nil)
		}
	case presenter.Name != p.company.invited && p.company.followed == (someone{}) && !p.presents():
		p.company.invited = presenter.Name
		id := presenter.ID
		p.notify(aboutShow, &browser.Notice{
			Text: browser.Text("people.presents", presenter.Name), Action: browser.Text("people.follow"), Color: presenter.Color,
			Do:    func() { p.do(func() { p.follow(id) }) },
			Close: func() { p.do(func() { p.notify("", nil) }) },
		})
	}
}

// followable returns of what a person has open what is followed, or would be.
func (p *page) followable(q *client.Person) *client.Member {
	best := q.Members[0]
	for _, m := range q.Members {
		switch {
		case m.ID == p.company.followed.id:
			return m
		case m.Viewport.Presents, !best.Viewport.Presents && !m.Away:
			best = m
		}
	}
	return best
}

// notify shows a notice about something, or none.
func (p *page) notify(about string, n *browser.Notice) {
	p.company.notice = about
	p.company.panel.Notify(n)
}

// pass takes a notice away after a while, if it is still the one.
func (p *page) pass(about string) {
	n := p.company.passing + 1
	p.company.passing = n
	browser.After(noticeStands, func() {
		p.do(func() {
			if p.company.notice == about && p.company.passing == n {
				p.notify("", nil)
			}
		})
	})
}

// summon asks the others to look at what is seen here.
func (p *page) summon() bool {
	if !p.session.Signal(time.Now(), client.Signal{Summon: true, View: p.nowView()}) {
		return false
	}
	browser.Toast(browser.Text("people.summoned"))
	return true
}

// signalled takes what another member tells.
func (p *page) signalled(s client.Signal) {
	m := p.session.Members()[s.Member]
	switch {
	case m == nil:
		return
	case !s.Summon:
		p.reacted(m, s)
		return
	}
	back := p.nowView()
	come := func() {
		p.unfollow()
		p.lookAt(s.View, false)
		p.notify(aboutSummons, &browser.Notice{
			Text: browser.Text("people.brought", m.Name), Action: browser.Text("people.back"), Color: m.Color,
			Do:    func() { p.do(func() { p.notify("", nil); p.lookAt(back, false) }) },
			Close: func() { p.do(func() { p.notify("", nil) }) },
		})
		p.pass(aboutSummons)
	}
	if !p.editor.Busy() && !p.presents() {
		come()
		return
	}
	// Who has something in hand is not torn away from it.
	p.notify(aboutSummons, &browser.Notice{
		Text: browser.Text("people.calls", m.Name), Action: browser.Text("people.go"), Color: m.Color,
		Do:    func() { p.do(func() { back = p.nowView(); come() }) },
		Close: func() { p.do(func() { p.notify("", nil) }) },
	})
	p.pass(aboutSummons)
}
