package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"edgeboard/shared/wire"
)

// peers is what this relay knows of the others, and how it talks to them: by messages
// that may be lost.
type peers struct {
	c       *Cluster
	started time.Time

	mu      sync.Mutex
	others  map[string]*peer // by name
	talks   map[string]*talk // by board
	opened  uint64           // boards so far
	leaving bool
	gone    bool
	lost    uint64 // how often the engine was lost: what was told then nobody may have heard
}

// peer is another relay.
type peer struct {
	heartbeat
	heard time.Time
}

// heartbeat is what relays tell each other.
type heartbeat struct {
	Relay   string `json:"relay"`
	URL     string `json:"url,omitempty"`     // where members reach it
	Started int64  `json:"started,omitempty"` // Unix milliseconds
	Leaving bool   `json:"leaving,omitempty"` // it sends its members away
	Gone    bool   `json:"gone,omitempty"`    // it has ended
	Lost    uint64 `json:"lost,omitempty"`    // another number than before: something that it told may be lost
}

// talk is what the rooms of a board tell each other.
type talk struct {
	stop   func() // of the subscription; nil: there is none yet
	opened uint64
	told   uint64
	heard  map[string]*hearing // by relay
}

// hearing is how far another relay's room was heard. Its messages bear the number of its
// opening, which ascends within the relay's life, and one of their own from 1.
type hearing struct{ opened, number uint64 }

const (
	heartbeatEvery = time.Second
	// PeerTimeout is after which a relay that is silent counts as gone.
	PeerTimeout = 3 * time.Second
)

const (
	subjectRelays  = "relays"
	subjectPersons = "persons"
	subjectBoard   = "p." // and its name
)

func (p *peers) init(c *Cluster) {
	*p = peers{c: c, started: time.Now(), others: map[string]*peer{}, talks: map[string]*talk{}}
}

// start begins to tell the others that this relay lives.
func (p *peers) start() error {
	relays, err := p.c.engine.Subscribe(subjectRelays, p.hearRelay)
	if err != nil {
		return err
	}
	persons, err := p.c.engine.Subscribe(subjectPersons, p.hearPerson)
	if err != nil {
		relays()
		return err
	}
	p.c.begin(func() {
		defer relays()
		defer persons()
		tick := time.NewTicker(heartbeatEvery)
		defer tick.Stop()
		for {
			p.tellRelay()
			select {
			case <-p.c.ctx.Done():
				return
			case <-tick.C:
			}
			p.missing(time.Now())
		}
	})
	return nil
}

// Leave tells the others that this relay is about to stop: they send no members here.
func (c *Cluster) Leave() {
	c.peers.mu.Lock()
	c.peers.leaving = true
	c.peers.mu.Unlock()
	c.peers.tellRelay()
}

// leave tells the others that this relay has ended.
func (p *peers) leave() {
	p.mu.Lock()
	p.leaving, p.gone = true, true
	p.mu.Unlock()
	p.tellRelay()
}

func (p *peers) tellRelay() {
	p.mu.Lock()
	h := heartbeat{Relay: p.c.name, URL: p.c.url, Started: p.started.UnixMilli(), Leaving: p.leaving, Gone: p.gone, Lost: p.lost}
	p.mu.Unlock()
	data, err := json.Marshal(h)
	if err == nil {
		_ = p.c.engine.Publish(subjectRelays, data) // who does not hear it will think what is so
	}
}

func (p *peers) hearRelay(data []byte) {
	var h heartbeat
	if json.Unmarshal(data, &h) != nil || h.Relay == "" || h.Relay == p.c.name {
		return
	}
	p.mu.Lock()
	if p.gone {
		p.mu.Unlock()
		return
	}
	was := p.others[h.Relay]
	known := was != nil
	if h.Gone {
		delete(p.others, h.Relay)
	} else {
		p.others[h.Relay] = &peer{h, time.Now()}
	}
	n := len(p.others)
	p.mu.Unlock()
	switch {
	case h.Gone && known:
		p.over(h.Relay, n)
	case !h.Gone && !known:
		p.c.log.Info("another relay is there", "relay", h.Relay, "url", h.URL)
		p.c.metrics.Peers(n)
		// It may have been there all the time, and have told what was not heard.
		p.c.rooms.PeerLost(h.Relay)
		p.tellRelay()
	case known && h.Lost != was.Lost:
		p.c.rooms.PeerLost(h.Relay)
	}
}

// unheard has the others told that they may not have heard this relay.
func (p *peers) unheard() {
	p.mu.Lock()
	p.lost++
	p.mu.Unlock()
}

// missing looks who has been silent for too long.
func (p *peers) missing(now time.Time) {
	p.mu.Lock()
	var list []string
	for name, x := range p.others {
		if now.Sub(x.heard) > PeerTimeout {
			list = append(list, name)
			delete(p.others, name)
		}
	}
	n := len(p.others)
	p.mu.Unlock()
	slices.Sort(list)
	for _, name := range list {
		p.over(name, n)
	}
}

// over is called when a relay is not there any more.
func (p *peers) over(name string, left int) {
	p.mu.Lock()
	for _, t := range p.talks {
		delete(t.heard, name)
	}
	p.mu.Unlock()
	p.c.log.Info("another relay is gone", "relay", name)
	p.c.metrics.Peers(left)
	p.c.rooms.PeerGone(name)
}

// elsewhere returns where members of a board go when this relay stops: each board has an
// order of relays of its own (rendezvous hashing), so that of the boards of one that stops
// each other one gets its part, and nothing else moves.
func (p *peers) elsewhere(board string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var url string
	var best [sha256.Size]byte
	for _, x := range p.others {
		if x.URL == "" || x.Leaving || x.URL == p.c.url {
			continue
		}
		h := sha256.Sum256([]byte(x.URL + "\n" + board))
		if url == "" || slices.Compare(h[:], best[:]) > 0 {
			url, best = x.URL, h
		}
	}
	return url
}

// open begins to hear what other rooms of a board tell.
func (p *peers) open(board string) {
	p.mu.Lock()
	p.opened++
	t := &talk{opened: p.opened, heard: map[string]*hearing{}}
	p.talks[board] = t
	p.mu.Unlock()
	stop, err := p.c.engine.Subscribe(subjectBoard+board, func(data []byte) { p.hear(board, t, data) })
	if err != nil {
		p.c.log.Warn("what other relays' members do on a board is not heard", "board", board, "err", err)
		return
	}
	p.mu.Lock()
	over := p.talks[board] != t
	t.stop = stop
	p.mu.Unlock()
	if over {
		stop()
	}
}

func (p *peers) close(board string) {
	p.mu.Lock()
	t := p.talks[board]
	delete(p.talks, board)
	var stop func()
	if t != nil {
		stop = t.stop
	}
	p.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// tell tells a board's rooms on other relays: the length of this relay's name and the
// name, the number of the opening and that of the message (uvarints), and the data.
func (p *peers) tell(board string, data []byte) {
	p.mu.Lock()
	t := p.talks[board]
	if t == nil {
		p.mu.Unlock()
		return
	}
	t.told++
	opened, number := t.opened, t.told
	p.mu.Unlock()
	b := make([]byte, 0, 1+len(p.c.name)+2*binary.MaxVarintLen64+len(data))
	b = append(append(b, byte(len(p.c.name))), p.c.name...)
	b = binary.AppendUvarint(binary.AppendUvarint(b, opened), number)
	_ = p.c.engine.Publish(subjectBoard+board, append(b, data...)) // it may be lost, and is missed then
}

// sender takes the name of a relay off a message.
func sender(b []byte) (relay string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) || b[0] == 0 {
		return "", nil, false
	}
	return string(b[1 : 1+b[0]]), b[1+b[0]:], true
}

func (p *peers) hear(board string, t *talk, b []byte) {
	relay, b, ok := sender(b)
	if !ok || relay == p.c.name {
		return
	}
	opened, n := binary.Uvarint(b)
	if n <= 0 {
		return
	}
	number, m := binary.Uvarint(b[n:])
	if m <= 0 {
		return
	}
	p.mu.Lock()
	if p.talks[board] != t {
		p.mu.Unlock()
		return
	}
	h := t.heard[relay]
	first := h == nil
	if first {
		h = &hearing{}
		t.heard[relay] = h
	}
	if opened < h.opened || opened == h.opened && number <= h.number {
		p.mu.Unlock()
		return // it came twice, or is of a room that has ended
	}
	// What a room told before this one was opened it asks for.
	lost := !first && number != 1 && (opened != h.opened || number != h.number+1)
	*h = hearing{opened, number}
	p.mu.Unlock()
	if lost {
		p.c.rooms.PeerLost(relay)
	}
	p.c.rooms.HearPeer(board, relay, b[n+m:])
}

// tellPerson tells the others: the name as tell does, the person, and the frame.
func (p *peers) tellPerson(person wire.Person, frame []byte) {
	b := append([]byte{byte(len(p.c.name))}, p.c.name...)
	_ = p.c.engine.Publish(subjectPersons, append(append(b, person[:]...), frame...))
}

func (p *peers) hearPerson(b []byte) {
	relay, b, ok := sender(b)
	var person wire.Person
	if !ok || relay == p.c.name || len(b) < len(person) {
		return
	}
	copy(person[:], b)
	p.c.rooms.HearPerson(person, b[len(person):])
}
