package room

import (
	"math/rand/v2"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/pace"
	"edgeboard/shared/wire"
)

// peers are the rooms that other relays have of the board, and their members. A room tells
// them of its own members as long as there is one, and otherwise nothing (R10).
type peers struct {
	self    uint64           // the room's number among all of the board (envelope)
	seq     uint64           // of the last message
	list    map[string]*peer // by relay
	open    int              // of those
	members map[uint32]*remote
	writers map[board.Replica]*remote
	vague   bool // some follow somebody who is not known, or was not

	pace    pacer
	records []byte      // to be told
	dirty   []*member   // what they have last said of something is to be told
	unheard bool        // rooms may be there that were never heard: they are to be asked
	asking  *time.Timer // when to ask those of which something was lost
}

// peer is another relay's room of the board, as it was heard last.
type peer struct {
	relay   string
	room    uint64
	seq     uint64
	closed  bool
	members map[uint32]*remote // by the id that they have there
	greeted bool               // it was told our roster since it was heard first

	// Since is when it was heard first. If that answers our own coming, those that it has
	// were here before ours, whatever the clocks of both relays say.
	since   uint64
	answers bool
	roster  map[uint32]bool // who was in the one that is being told; nil: none is

	lost  bool // something was: its roster is asked for
	asks  int  // in vain
	asked time.Time
}

// remote is a member of another relay: the members see it, and it sees nothing here.
type remote struct {
	source
	peer    *peer
	there   uint32 // its id there
	follows target // as it was said; what the members are told of it is in looking
}

// dirt is what a member has said that other relays were not told.
type dirt uint8

const (
	dirtyCursor dirt = 1 << iota
	dirtySelection
	dirtyViewport
)

func newPeers(stamp uint64) *peers {
	return &peers{
		self: stamp<<stampBits | rand.Uint64N(1<<stampBits), list: map[string]*peer{},
		members: map[uint32]*remote{}, writers: map[board.Replica]*remote{}, pace: newPacer(), asking: stoppedTimer(),
	}
}

// sharing reports whether another relay is to be told what members do.
func (r *room) sharing() bool { return r.peers != nil && r.peers.open > 0 }

// share notes that the newest of something that a member says is to be told.
func (r *room) share(m *member, d dirt) {
	if !r.sharing() {
		return
	}
	if m.shared == 0 {
		r.peers.dirty = append(r.peers.dirty, m)
	}
	m.shared |= d
}

// shareRecord adds a record to what is to be told. If that is too much already it is
// dropped: nothing else depends on it.
func (r *room) shareRecord(kind wire.Kind, extra, body []byte) {
	switch {
	case !r.sharing():
	case len(r.peers.records) > maxTelling:
		r.hub.metrics.Dropped(PolicyDrop, 1)
	default:
		r.peers.records = appendRecord(r.peers.records, kind, extra, body)
	}
}

// shareMessage is shareRecord for a message with the id of a member.
func (r *room) shareMessage(msg wire.Message) {
	if r.sharing() {
		r.shareRecord(msg.Kind(), nil, msg.Append(nil))
	}
}

// shareJoined tells other relays who a member is, and shareLeft that it has gone.
func (r *room) shareJoined(m *member) {
	if r.sharing() {
		r.peers.records = m.appendRecord(r.peers.records)
	}
}

func (r *room) shareLeft(m *member) {
	if r.sharing() {
		r.peers.records = appendRecord(r.peers.records, wire.KindLeft, nil, (&wire.Left{Member: m.id}).Append(nil))
	}
}

// tellPeers tells the other relays what has gathered, as often as the members are told
// cursors: at once, if nothing was told lately.
func (r *room) tellPeers(now bool) {
	p := r.peers
	if p == nil || len(p.records) == 0 && len(p.dirty) == 0 {
		return
	}
	every := max(r.cursorsEvery(0), pace.MinInterval)
	if !now && !p.pace.due(every) {
		return
	}
	p.pace.done(every)
	r.appendDirty()
	records := p.records
	if p.records = nil; p.open == 0 {
		return
	}
	for len(records) > 0 {
		end := cutRecords(records)
		r.tellPeer(&envelope{what: tellsNews, records: records[:end]})
		records = records[end:]
	}
}

// cutRecords returns where a message of records is to end.
func cutRecords(records []byte) (end int) {
	for end < len(records) {
		_, rest, err := wire.Bytes(records[end:])
		if err != nil {
			return len(records)
		}
		next := len(records) - len(rest)
		if end > 0 && next > maxTell {
			break
		}
		end = next
	}
	return end
}

// appendDirty makes records of what members have said last.
func (r *room) appendDirty() {
	p := r.peers
	var moved wire.Cursors
	for _, m := range p.dirty {
		if m.joined && m.shared&dirtyCursor != 0 {
			moved.List = append(moved.List, m.cursor)
		}
		if m.joined && m.shared&dirtySelection != 0 {
			p.records = r.appendSelection(p.records, m)
		}
		if m.joined && m.shared&dirtyViewport != 0 {
			p.records = r.appendViewport(p.records, m)
		}
		m.shared = 0
	}
	for list := moved.List; len(list) > 0; {
		n := min(len(list), wire.MaxCursors)
		p.records = appendRecord(p.records, wire.KindCursors, nil, (&wire.Cursors{List: list[:n]}).Append(nil))
		list = list[n:]
	}
	clear(p.dirty)
	p.dirty = p.dirty[:0]
}

// tellPeer sends a message.
func (r *room) tellPeer(e *envelope) {
	p := r.peers
	p.seq++
	e.room, e.seq, e.stamp = p.self, p.seq, r.hub.stamp()
	r.hub.cluster.Tell(r.name, e.append(nil))
}

// tellRoster tells the room with a number, or all that there may be, who the members are,
// and perhaps asks for the same.
func (r *room) tellRoster(to uint64, ask bool) {
	r.tellPeers(true) // what has happened before
	for _, p := range r.peers.list {
		p.greeted = p.greeted || to == 0 || to == p.room
	}
	e := envelope{what: tellsRoster, to: to, flags: rosterFirst}
	for _, m := range r.members {
		if len(e.records) >= maxTell {
			r.tellPeer(&e)
			e.records, e.flags = nil, 0
		}
		e.records = r.appendMember(e.records, m)
	}
	e.flags |= rosterLast
	if ask {
		e.flags |= rosterAsks
	}
	r.tellPeer(&e)
}

// askLost asks those of which something was lost for their roster, each once in a while,
// and gives those up that do not answer.
func (r *room) askLost() {
	now, waits := time.Now(), false
	for relay, p := range r.peers.list {
		switch {
		case !p.lost || p.closed:
			continue
		case now.Sub(p.asked) < askAgain:
		case p.asks >= asksMost:
			r.closes(p)
			delete(r.peers.list, relay)
			continue
		default:
			p.asks++
			p.asked = now
			r.tellRoster(p.room, true)
		}
		waits = true
	}
	if waits {
		r.peers.asking.Reset(askAgain)
	}
	r.tellPeople(false)
}

// askAll asks all rooms of the board that there may be, also those that were never heard.
func (r *room) askAll() {
	now := time.Now()
	for _, p := range r.peers.list {
		p.lost, p.asked = true, now
	}
	r.peers.unheard = false
	r.tellRoster(0, true)
}

// askSoon is askAll after a while: all rooms of this relay may be about to.
func (r *room) askSoon() {
	if !r.peers.unheard {
		r.peers.unheard = true
		r.peers.asking.Reset(rand.N(askAgain))
	}
}

// askDue is called when the time has come to ask.
func (r *room) askDue() {
	if r.peers.unheard {
		r.askAll()
	}
	r.askLost()
}

// appendPeers appends frames that say who is on other relays.
func (r *room) appendPeers(b []byte) []byte {
	if r.peers != nil {
		for _, f := range r.peers.members {
			b = f.appendJoined(b)
		}
	}
	return b
}

// writesElsewhere reports whether a replica has a connection on another relay that speaks
// for it.
func (r *room) writesElsewhere(writer board.Replica) bool {
	if r.peers == nil {
		return false
	}
	f := r.peers.writers[writer]
	return f != nil && f.role.Points()
}

// toldOthers notes that operations of other relays' members are told now, and returns the
// frames that are told with them.
func (r *room) toldOthers(through board.Vector) (frames []byte) {
	for writer, seq := range through {
		if f := r.peers.writers[writer]; f != nil {
			frames = append(frames, r.toldChanges(&f.source, seq)...)
		}
	}
	return frames
}
