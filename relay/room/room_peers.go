package room

import (
	"time"

	"edgeboard/shared/wire"
)

// takePeers looks at what rooms of other relays have told.
func (r *room) takePeers() {
	list := r.outside.takeTold()
	if len(list) == 0 {
		return
	}
	now, all := time.Now(), false
	for _, t := range list {
		p := r.peers.list[t.relay]
		switch {
		case t.lost && t.relay == "":
			all = true
		case t.lost:
			if p != nil {
				p.lost = true
			} else {
				r.askSoon()
			}
		case t.gone:
			if p != nil {
				r.closes(p)
				delete(r.peers.list, t.relay)
			}
		default:
			r.takeTold(t, now)
		}
	}
	if all {
		r.askAll()
	}
	if r.peers.vague {
		r.findFollowed()
	}
	r.askLost()
	for _, p := range r.peers.list {
		// It knew nothing of those who came before it was heard.
		if !p.greeted && !p.closed && len(r.members) > 0 {
			r.tellRoster(p.room, false)
		}
		p.greeted = true
	}
}

// takeTold takes a message of a room of another relay. The messages of a room count only
// in their order: what was overtaken is as good as lost, and the roster makes it good.
func (r *room) takeTold(t told, now time.Time) {
	var e envelope
	if err := e.parse(t.data, now); err != nil {
		r.hub.log.Debug("another relay's room tells what does not parse", "board", r.name, "relay", t.relay)
		return
	}
	since := r.hub.stamp()
	r.hub.heardStamp(max(e.stamp, e.room>>stampBits))
	p := r.peers.list[t.relay]
	switch {
	case p == nil || e.room > p.room:
		// What it told before is not known.
		if p != nil {
			r.closes(p)
		}
		p = &peer{relay: t.relay, room: e.room, seq: e.seq - 1, lost: true, members: map[uint32]*remote{}, since: since}
		p.answers = e.what == tellsRoster && e.to == r.peers.self && e.flags&rosterAsks == 0
		r.peers.list[t.relay] = p
		r.peers.open++
	case e.room < p.room || p.closed || e.seq <= p.seq:
		return
	}
	if e.seq > p.seq+1 {
		p.lost, p.roster, p.answers = true, nil, false
	}
	p.seq = e.seq
	switch e.what {
	case tellsNews:
		r.takeRecords(p, &e, now)
	case tellsRoster:
		if e.to == 0 || e.to == r.peers.self {
			r.takeRoster(p, &e, now)
		}
	case tellsClosed:
		r.closes(p)
	}
}

// takeRoster takes a part of another room's roster, and answers.
func (r *room) takeRoster(p *peer, e *envelope, now time.Time) {
	if e.flags&rosterFirst != 0 {
		p.roster = map[uint32]bool{}
	}
	r.takeRecords(p, e, now)
	if e.flags&rosterLast == 0 {
		return
	}
	if p.roster != nil {
		for id, f := range p.members {
			if !p.roster[id] {
				r.goes(f)
			}
		}
		p.roster, p.lost, p.asks, p.answers = nil, false, 0, false
	}
	if e.flags&rosterAsks != 0 {
		r.tellRoster(p.room, false)
	}
}

// takeRecords takes what members of another room are and do.
func (r *room) takeRecords(p *peer, e *envelope, now time.Time) {
	garbled := false
	for rec := range e.each(&garbled) {
		if err := r.takeRecord(p, &rec, now); err != nil {
			garbled = true
		}
	}
	if garbled {
		r.hub.log.Debug("another relay's room tells what does not parse", "board", r.name, "relay", p.relay)
	}
}

func (r *room) takeRecord(p *peer, rec *record, now time.Time) error {
	switch rec.kind {
	case wire.KindJoined:
		f, err := rec.parseJoined(now)
		if err != nil {
			return err
		}
		r.comes(p, f)
	case wire.KindLeft:
		var left wire.Left
		if err := left.Parse(rec.body); err != nil {
			return err
		}
		if f := p.members[left.Member]; f != nil {
			r.goes(f)
		}
	case wire.KindCursors:
		var moved wire.Cursors
		if err := moved.Parse(rec.body); err != nil {
			return err
		}
		for _, c := range moved.List {
			if f := p.members[c.Member]; f != nil {
				r.points(&f.source, c)
			}
		}
	case wire.KindSelection:
		sel := new(wire.Selection)
		if err := sel.Parse(rec.body); err != nil {
			return err
		}
		if f := p.members[sel.Member]; f != nil {
			r.holds(&f.source, sel, rec.extra.next())
		}
	case wire.KindViewport:
		v := new(wire.Viewport)
		if err := v.Parse(rec.body); err != nil {
			return err
		}
		if f := p.members[v.Member]; f != nil {
			r.follows(f, target{rec.extra.next(), uint32(rec.extra.next())}, v)
		}
	case wire.KindPreview:
		shown := new(wire.Preview)
		if err := shown.Parse(rec.body); err != nil {
			return err
		}
		if f := p.members[shown.Member]; f != nil {
			r.shows(&f.source, shown)
		}
	case wire.KindSignal:
		s := new(wire.Signal)
		if err := s.Parse(rec.body); err != nil {
			return err
		}
		if f := p.members[s.Member]; f != nil {
			r.calls(&f.source, s)
		}
	case wire.KindTyping:
		t := new(wire.Typing)
		if err := t.Parse(rec.body); err != nil {
			return err
		}
		if f := p.members[t.Member]; f != nil && r.typing.take(roomTypings, now) {
			r.typesToAll(&f.source, t)
		}
	}
	return nil
}

// comes lets a member of another relay in, or shows it otherwise.
func (r *room) comes(p *peer, f *remote) {
	if p.roster != nil {
		p.roster[f.there] = true
	}
	if old := p.members[f.there]; old != nil && old.replica == f.replica {
		old.stamp = f.stamp
		if old.name != f.name || old.color != f.color || old.away != f.away {
			old.name, old.color, old.away = f.name, f.color, f.away
			r.isHere(&old.source)
		}
		return
	} else if old != nil {
		r.goes(old)
	}
	f.peer = p
	if !r.mayCome(f) {
		return
	}
	if len(r.peers.members) >= r.hub.limits.remotes() {
		r.hub.metrics.Dropped(PolicyDrop, 1)
		return
	}
	r.joins(&f.source)
	f.toldChanges = r.board.Seq(f.replica)
	p.members[f.there], r.peers.members[f.id], r.peers.writers[f.replica] = f, f, f
	r.isHere(&f.source)
}

// mayCome has the same replica be here once, on whichever relay: who joined last stays, if
// it may take the other's place. All relays come to the same, each by itself.
func (r *room) mayCome(f *remote) bool {
	if m := r.writers[f.replica]; m != nil {
		if f.peer.answers && m.stamp <= f.peer.since {
			m.stamp = r.hub.stamp()
			if m.joined {
				r.shareJoined(m)
			}
		}
		switch newer := f.after(&m.source, r.peers.self); {
		case newer && f.mayDisplace(&m.source):
			m.end(errReplaced)
			r.leave(m)
		case newer || m.mayDisplace(&f.source):
			return false // its own relay sends it away
		default:
			m.end(errOtherPerson)
			r.leave(m)
		}
	}
	if other := r.peers.writers[f.replica]; other != nil {
		first, last := &other.source, &f.source
		newer := f.after(&other.source, other.peer.room)
		if !newer {
			first, last = last, first
		}
		if newer != last.mayDisplace(first) {
			return false
		}
		r.goes(other)
	}
	return true
}

// after reports whether f has joined later than one in another room.
func (f *remote) after(other *source, room uint64) bool {
	if f.stamp != other.stamp {
		return f.stamp > other.stamp
	}
	return f.peer.room > room
}

// mayDisplace is mayReplace for those of whom one is on another relay.
func (s *source) mayDisplace(old *source) bool {
	same := s.named == old.named && (!s.named || s.person == old.person)
	return same || s.role.Points() && !old.role.Points()
}

// displaces takes out whom a member that is welcomed takes the place of, on another relay:
// that one will hear of it.
func (r *room) displaces(m *member) {
	if r.peers != nil {
		if old := r.peers.writers[m.replica]; old != nil {
			r.goes(old)
		}
	}
}

// goes takes a member of another relay out.
func (r *room) goes(f *remote) {
	f.joined = false
	r.forgetSelected(&f.source)
	delete(f.peer.members, f.there)
	delete(r.peers.members, f.id)
	if r.peers.writers[f.replica] == f {
		delete(r.peers.writers, f.replica)
	}
	r.isGone(&f.source)
}

// closes takes the members of another room out, which is no more.
func (r *room) closes(p *peer) {
	for _, f := range p.members {
		r.goes(f)
	}
	if !p.closed {
		p.closed, p.lost, p.roster = true, false, nil
		r.peers.open--
	}
}

// follows takes where a member of another relay looks, and whom it follows.
func (r *room) follows(f *remote, whom target, v *wire.Viewport) {
	v.Following = r.here(whom)
	if r.looksAt(&f.source, v) {
		f.follows = whom
		r.peers.vague = r.peers.vague || whom != target{} && v.Following == 0
	}
}

// here is the id that somebody has on this relay; 0: it is not known.
func (r *room) here(t target) uint32 {
	if t.room == r.peers.self {
		if r.members[t.id] != nil {
			return t.id
		}
		return 0
	}
	for _, p := range r.peers.list {
		if p.room == t.room {
			if f := p.members[t.id]; f != nil {
				return f.id
			}
		}
	}
	return 0
}

// findFollowed looks again for those who are followed and were not known.
func (r *room) findFollowed() {
	r.peers.vague = false
	for _, f := range r.peers.members {
		if f.follows == (target{}) || f.looking == nil || f.looking.at.Following != 0 {
			continue
		}
		id := r.here(f.follows)
		if id == 0 {
			r.peers.vague = true
			continue
		}
		l := f.looking
		l.at.Following, l.urgent, l.settled = id, true, false
		l.frame = wire.AppendFrame(nil, 0, &l.at)
		l.body = len(l.at.Append(nil))
		r.tickNow()
	}
}
