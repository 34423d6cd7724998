package room

import (
	"time"

	"edgeboard/shared/wire"
)

// people is who is to be told of whom.
type people struct {
	pace pacer
	news []news // not told yet
	// newcomers are members that know of nobody yet. They are told of all there are
	// then, and not of the news.
	newcomers int
}

// news is that a member is here, shown otherwise, or gone.
type news struct {
	about *source
	frame []byte
}

// arrived notes that a member has come.
func (r *room) arrived(m *member) {
	r.isHere(&m.source)
	r.knowsNobody(m)
	r.shareJoined(m)
}

// isHere has the members told that somebody is here, or is shown otherwise.
func (r *room) isHere(s *source) {
	r.people.news = append(r.people.news, news{s, s.appendJoined(nil)})
}

// isGone has the members told that somebody has gone.
func (r *room) isGone(s *source) {
	r.people.news = append(r.people.news, news{s, wire.AppendFrame(nil, 0, &wire.Left{Member: s.id})})
}

// knowsNobody notes that a member is to be told of all others: it has a new
// Welcome.
func (r *room) knowsNobody(m *member) {
	if !m.newcomer {
		m.newcomer = true
		r.people.newcomers++
	}
}

// renamed notes that a member is shown otherwise.
func (r *room) renamed(m *member) {
	r.isHere(&m.source)
	r.shareJoined(m)
	r.tellPeople(false)
}

// departed notes that a member has gone.
func (r *room) departed(m *member) {
	if m.newcomer {
		m.newcomer = false
		r.people.newcomers--
	}
	r.isGone(&m.source)
	r.shareLeft(m)
	r.tellPeople(false)
}

// appendJoined appends a frame that says who a member is, and how it is shown.
func (s *source) appendJoined(b []byte) []byte { return wire.AppendFrame(b, 0, s.appearance()) }

func (s *source) appearance() *wire.Joined {
	return &wire.Joined{Member: s.id, Name: s.name, Color: s.color, Person: s.person, Device: s.device, Away: s.away}
}

// tellPeople tells who has come and gone, in large rooms now and then: if a
// thousand come at once, each is told once of all the others.
func (r *room) tellPeople(now bool) {
	p := &r.people
	every := r.spacing(peopleCost, peopleMost)
	if len(p.news) == 0 && p.newcomers == 0 || !now && !p.pace.due(every) {
		return
	}
	p.pace.done(every)
	var all []byte
	for i := range p.news {
		n := &p.news[i]
		n.about.told = true
		if s := n.about.selected; s != nil {
			// Those who did not know of it have ignored it.
			n.frame = append(n.frame, s.said...)
		}
		if l := n.about.looking; l != nil {
			n.frame = append(n.frame, l.frame...)
		}
		all = append(all, n.frame...)
	}
	var roster []byte
	var at map[*member][2]int // where each newcomer itself stands in roster
	var shown []byte          // cursors
	var latest []byte
	if p.newcomers > 0 {
		at = make(map[*member][2]int, p.newcomers)
		for _, m := range r.members {
			from := len(roster)
			roster = m.appendJoined(roster)
			if m.newcomer {
				at[m] = [2]int{from, len(roster)}
			}
		}
		roster = r.appendPeers(roster)
		shown, latest = r.shownCursors(), r.saidLatest()
	}
	stamp := time.Now()
	for _, m := range r.members {
		switch {
		case m.newcomer:
			m.newcomer = false
			self := at[m]
			m.push(r, stamp, roster[:self[0]], roster[self[1]:], latest)
			r.tellStanding(m)
			if shown != nil {
				m.out.point(shown, r.allCursors)
			}
		case m.told: // of itself a member is not told
			for _, n := range p.news {
				if n.about != &m.source {
					m.push(r, stamp, n.frame)
				}
			}
		default:
			m.push(r, stamp, all)
		}
	}
	for _, n := range p.news {
		n.about.told = false
	}
	p.newcomers = 0
	p.news = p.news[:0]
	clear(p.news[:cap(p.news)])
}

// push queues durable frames for a member.
func (m *member) push(r *room, now time.Time, frames ...[]byte) {
	dropped := m.out.push(now, frames...)
	if dropped == 0 {
		return
	}
	r.hub.metrics.Dropped(PolicyResync, dropped)
	if !m.behind {
		m.behind = true
		r.hub.metrics.Behind(+1)
		r.hub.log.Debug("member reads too slowly, its queue was dropped", "board", r.name, "member", m.id)
	}
}
