//go:build js

package main

import (
	"cmp"
	"slices"
	"strings"

	"edgeboard/shared/client"
	"edgeboard/shared/link"
	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/narrator"
)

// ownFragment is what stands after the hash of an address of this board, "" of others.
func ownFragment(url string) string {
	if fragment, ok := strings.CutPrefix(url, browser.Address()); ok && strings.HasPrefix(fragment, "#") {
		return fragment
	}
	return ""
}

// elementName names the element that a link leads to on this board, "" if it leads
// elsewhere.
func (p *page) elementName(url string) string {
	to, err := link.Parse(ownFragment(url))
	if err != nil || to.URL != "" {
		return ""
	}
	e := p.session.Doc().Element(to.Element)
	if e == nil || e.Deleted() {
		return browser.Text("kind.element")
	}
	if text := talk.Plain(e.Text()); text != "" {
		return text
	}
	if f := p.figures.Of(to.Element); f != nil {
		return narrator.Name(browser.Language(), narrator.Live{}, f)
	}
	return browser.Text("kind.element")
}

// colorOf is a person's colour, also of one who is not here.
func (p *page) colorOf(who wire.Person) uint32 {
	if who == p.session.Person() {
		return p.color
	}
	for _, m := range p.session.Others() {
		if m.Person == who {
			return m.Color
		}
	}
	return palette[int(who[0])%len(palette)]
}

// authorName is how the author of a message is shown.
func (p *page) authorName(t *wire.Text) string {
	name := cmp.Or(talk.Clean(t.Name), browser.Text("comment.unnamed"))
	p.chat.names[t.Author] = name
	return name
}

// personName is how a person is shown.
func (p *page) personName(who wire.Person) string {
	if who == p.session.Person() {
		return browser.Text("chat.you")
	}
	for _, m := range p.session.Others() {
		if m.Person == who {
			return talk.Clean(m.Name)
		}
	}
	name := p.chat.names[who]
	if t := p.standing(who); name == "" && t != nil {
		name = talk.Clean(t.Name)
	}
	return cmp.Or(name, browser.Text("comment.unnamed"))
}

// named are those who can be named: who is here, and who has said something.
func (p *page) named() (list []talk.Name) {
	seen := map[wire.Person]bool{{}: true, p.session.Person(): true}
	add := func(who wire.Person, name string) {
		if !seen[who] && name != "" {
			seen[who] = true
			list = append(list, talk.Name{Person: who, Name: name})
		}
	}
	for _, m := range p.session.Others() {
		add(m.Person, talk.Clean(m.Name))
	}
	if l := p.session.Talk(p.chat.with); l != nil {
		for _, t := range l.Around(p.chat.at).Texts {
			add(t.Author, talk.Clean(t.Name))
		}
	}
	return list
}

// standingText says where a person is, and at what.
func (p *page) standingText(who wire.Person) (text string, here bool) {
	for _, q := range p.session.Around() {
		if q.ID == who {
			return presenceText(&q), !q.Away
		}
	}
	return browser.Text("chat.gone"), false
}

func presenceText(q *client.Person) string {
	words := []string{browser.Text("chat.here")}
	if q.Away {
		words[0] = browser.Text("chat.away")
	}
	for _, d := range q.Devices {
		if name := browser.DeviceName(uint32(d)); name != "" {
			words = append(words, name)
		}
	}
	return strings.Join(words, " · ")
}

// showTalks shows all conversations: the board's, then those with persons.
func (p *page) showTalks() {
	s := p.session
	all := browser.ChatTalk{Name: browser.Text("chat.board"), Color: 0x5b6370}
	list := []browser.ChatTalk{all}
	listed := map[wire.Person]bool{}
	for i := range s.Talks() {
		t := &s.Talks()[i]
		line := &list[0]
		if t.With != (wire.Person{}) {
			standing, here := p.standingText(t.With)
			list = append(list, browser.ChatTalk{With: t.With.String(), Name: p.personName(t.With), Color: p.colorOf(t.With), Standing: standing, Faded: !here})
			line = &list[len(list)-1]
		}
		listed[t.With] = true
		line.Unread = int(t.Unread)
		if t.Last != 0 {
			line.Time = float64(t.Last.Milliseconds())
		}
		if l := s.Talk(t.With); l != nil {
			line.Last = p.lastLine(l)
		}
	}
	for _, q := range s.Around() {
		if q.ID != (wire.Person{}) && !listed[q.ID] {
			list = append(list, browser.ChatTalk{With: q.ID.String(), Name: talk.Clean(q.Name), Color: q.Color, Standing: presenceText(&q), Faded: q.Away})
		}
	}
	p.chat.panel.ShowTalks(list)
}

// lastLine is what was said last.
func (p *page) lastLine(l *talk.Log) string {
	t := l.Last()
	switch {
	case t == nil:
		return ""
	case t.Deleted:
		return browser.Text("chat.deleted")
	case t.Author == p.session.Person():
		return browser.Text("chat.said", browser.Text("chat.you"), talk.Plain(t.Text))
	}
	return browser.Text("chat.said", p.authorName(t), talk.Plain(t.Text))
}

// showTalk shows the conversation that is open.
func (p *page) showTalk() {
	c := &p.chat
	if !c.open {
		return
	}
	s := p.session
	l := s.OpenTalk(c.with)
	part := l.Around(c.at)
	if c.at != talk.Tail && !part.After {
		c.at = talk.Tail
		part = l.Around(c.at)
	}
	v := browser.ChatView{
		With: c.with.String(), Name: browser.Text("chat.board"),
		Older: part.Before && len(part.Texts) > 0, Newer: part.After, Loaded: len(part.Texts) > 0 || !part.Before, May: p.role.Comments(),
	}
	if c.with != (wire.Person{}) {
		v.Name = p.personName(c.with)
		v.Standing, _ = p.standingText(c.with)
	}
	if t := c.begins(&part); t != nil {
		v.Top = textName(t.ID)
	}
	seen := wire.Stamp(0)
	if t := p.standing(c.with); t != nil {
		v.Fresh, seen = int(t.Unread), t.Seen
	}
	for _, who := range s.Typists(c.with) {
		v.Typing = append(v.Typing, p.personName(who))
	}
	marked := false
	for _, t := range part.Texts {
		line := p.chatText(l, t)
		if line.Own && !t.Deleted {
			line.State = browser.ChatStored
			if t.Stamp <= seen {
				line.State = browser.ChatSeen
			}
		}
		if !marked && t.Stamp > c.read && !line.Own {
			line.New, marked = true, true
		}
		v.Texts = append(v.Texts, line)
	}
	for _, d := range part.Drafts {
		v.Texts = append(v.Texts, p.chatDraft(l, d))
	}
	c.panel.Show(v)
}

// chatText is a message as it is shown, with what is about to be changed in it.
func (p *page) chatText(l *talk.Log, t *wire.Text) browser.ChatText {
	me := p.session.Person()
	now := *t
	signs := t.Reactions
	for _, d := range l.Changes(t.ID) {
		switch {
		case d.State == talk.Refused:
		case d.What == wire.SayEdit:
			now.Text, now.Mentions, now.Edited = d.Text, d.Mentions, true
			now.Changed++
		case d.What == wire.SayDelete:
			now.Deleted = true
		case d.What == wire.SayReact, d.What == wire.SayUnact:
			signs = reacted(signs, me, d.Text, d.What == wire.SayReact)
		}
	}
	made := p.parse(&now)
	line := browser.ChatText{
		ID: textName(t.ID), Author: t.Author.String(), Name: p.authorName(t), Color: p.colorOf(t.Author), Own: t.Author == me,
		Time: float64(t.Stamp.Milliseconds()), Changed: uint64(now.Changed), Blocks: made.blocks, Plain: made.plain, Source: now.Text,
		Edited: now.Edited, Deleted: now.Deleted, Named: made.named,
		Deletable: t.Author == me || p.role == wire.RoleOwner && p.chat.with == wire.Person{},
	}
	p.quote(l, &line, t.About)
	if now.Deleted {
		return line
	}
	for _, r := range signs {
		sign := browser.ChatSign{Sign: talk.Clean(r.Sign), Count: len(r.Persons), Own: slices.Contains(r.Persons, me)}
		names := make([]string, len(r.Persons))
		for i, who := range r.Persons {
			names[i] = p.personName(who)
		}
		sign.Names = strings.Join(names, ", ")
		line.Signs = append(line.Signs, sign)
	}
	return line
}

// reacted returns reactions with one of a person more, or less. The list is not
// changed.
func reacted(list []wire.Reaction, who wire.Person, sign string, on bool) []wire.Reaction {
	list = slices.Clone(list)
	i := slices.IndexFunc(list, func(r wire.Reaction) bool { return r.Sign == sign })
	if i < 0 {
		if on {
			list = append(list, wire.Reaction{Sign: sign, Persons: []wire.Person{who}})
		}
		return list
	}
	others := slices.DeleteFunc(slices.Clone(list[i].Persons), func(p wire.Person) bool { return p == who })
	if on {
		others = append(others, who)
	}
	if list[i].Persons = others; len(others) == 0 {
		list = slices.Delete(list, i, i+1)
	}
	return list
}

// chatDraft is what this person has said and nobody else can have seen.
func (p *page) chatDraft(l *talk.Log, d *talk.Draft) browser.ChatText {
	made := p.parse(&wire.Text{ID: d.ID, Text: d.Text, Mentions: d.Mentions})
	line := browser.ChatText{
		ID: textName(d.ID), Author: p.session.Person().String(), Name: p.shownName(), Color: p.color, Own: true,
		Time: float64(d.Time), Blocks: made.blocks, Plain: made.plain, Source: d.Text,
	}
	switch d.State {
	case talk.Waiting:
		line.State = browser.ChatWaiting
	case talk.Sent:
		line.State = browser.ChatSent
	case talk.Stored:
		line.State = browser.ChatStored
	case talk.Refused:
		line.Why = "chat.refused-text"
		switch d.Why {
		case wire.RefusedRole:
			line.Why = "chat.refused-role"
		case wire.RefusedAbout:
			line.Why = "chat.refused-about"
		}
	}
	p.quote(l, &line, d.About)
	return line
}

// quote shows what a message answers, as soon as that is known.
func (p *page) quote(l *talk.Log, line *browser.ChatText, about wire.TextID) {
	if about == (wire.TextID{}) {
		return
	}
	line.Quoted, line.About = true, textName(about)
	switch t, known := l.Quoted(about); {
	case !known:
		p.session.Quote(p.chat.with, about)
	case t == nil:
		line.QuotedName = browser.Text("chat.quote-missing")
	default:
		line.QuotedName = p.authorName(t)
		line.QuotedText = browser.Text("chat.deleted")
		if !t.Deleted {
			line.QuotedText = p.parse(t).plain
		}
	}
}

// parse makes of a message what is shown of it, once.
func (p *page) parse(t *wire.Text) parsed {
	made, ok := p.chat.parsed[t.ID]
	if ok && made.changed == t.Changed && made.source == t.Text {
		return made
	}
	made = parsed{changed: t.Changed, source: t.Text, blocks: talk.Parse(t.Text, t.Mentions), plain: talk.Plain(t.Text)}
	made.named = slices.ContainsFunc(t.Mentions, func(m wire.Mention) bool { return m.Person == p.session.Person() })
	p.chat.parsed[t.ID] = made
	return made
}

// completions is what may stand in the place of the last bytes of what is written.
func (p *page) completions(before string) (list []browser.Completion, length int) {
	sign, prefix, from := talk.Typed(before, len(before))
	switch sign {
	case '@':
		for _, n := range talk.Complete(prefix, p.named()) {
			list = append(list, browser.Completion{Insert: "@" + n.Name + " ", Name: n.Name, Color: p.colorOf(n.Person)})
		}
	case ':':
		for _, e := range talk.CompleteEmoji(prefix) {
			list = append(list, browser.Completion{Insert: e.Sign + " ", Name: ":" + e.Name + ":", Sign: e.Sign})
		}
	default:
		return nil, 0
	}
	return list, len(before) - from
}
