package main

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/export"
	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// happening is something that has happened on a board, as tail tells it.
type happening struct {
	// Time is when it was seen here; of a point it is the point's.
	Time time.Time `json:"time"`
	// Event is one of those that tailAbout lists.
	Event string `json:"event"`
	// By is who has done it, as far as it is known.
	By     string `json:"by,omitempty"`
	Device string `json:"device,omitempty"`
	// Replica is what wrote a change, if it was one alone.
	Replica    board.Replica `json:"replica,omitempty"`
	Element    string        `json:"element,omitempty"`
	Kind       string        `json:"kind,omitempty"`
	Text       string        `json:"text,omitempty"`
	Properties []string      `json:"properties,omitempty"`
	// Points is how many points of a stroke are new.
	Points int    `json:"points,omitempty"`
	Feed   string `json:"feed,omitempty"`
	Value  any    `json:"value,omitempty"` // a number or a text
}

// Changes of an element are told together when it rests, and at the latest after a
// while: of a stroke under a pen, or of a text that is typed, each would be a line.
const (
	newsRest = 300 * time.Millisecond
	newsMost = 2 * time.Second
)

// newsMeet is how long a relay may take, after it has let somebody in, to tell who is
// here: who is not told of until then has left, who is was here before.
const newsMeet = time.Second

// news gathers what happens on a board. It belongs to whose the board is.
type news struct {
	doc     *board.Board
	others  func() []*client.Member
	noted   bool // there were changes since settle
	seen    board.Vector
	changes map[board.ID]*changed
	people  map[personKey]presence
	met     bool      // before the last connection
	since   time.Time // of that
	// writers are who writes as which replica: who was alone on the board, or alone
	// had the element in hand, when the replica wrote.
	writers map[board.Replica]string
	told    map[string]int64 // the time of the last point of each feed that was told
	ready   []happening
}

// changed is what has happened to an element that was not told yet.
type changed struct {
	first, last                time.Time
	created, deleted, restored bool
	text                       bool
	keys                       map[board.Key]bool
	points                     int
	fresh                      bool // since settle
	replica                    board.Replica
	several                    bool   // replicas, or it is not known which one
	holder                     string // had it in hand, or was alone here, when it was changed
	by                         string
}

// personKey is what a person is known by: by who it is, or as a member.
type personKey struct {
	person wire.Person
	member uint32 // 0 of one whose person is known
}

type presence struct{ name, device string }

// watch begins with a board as it is now.
func (n *news) watch(doc *board.Board, others func() []*client.Member, now func() time.Time) {
	n.doc, n.others, n.seen, n.since = doc, others, doc.Vector(), now()
	n.changes, n.writers = map[board.ID]*changed{}, map[board.Replica]string{}
	doc.Observe(func(e board.Event) { n.note(e, now()) })
}

func (n *news) note(e board.Event, now time.Time) {
	n.noted = true
	if e.Kind == board.Reset {
		clear(n.changes)
		n.ready = append(n.ready, happening{Time: now, Event: "compacted"})
		return
	}
	id := e.Element.ID()
	c := n.changes[id]
	if c == nil {
		c = &changed{first: now, keys: map[board.Key]bool{}}
		n.changes[id] = c
	}
	c.last = now
	if !c.fresh { // who does it may be gone at the next settle
		c.fresh, c.holder = true, holder(n.others(), id)
	}
	switch e.Kind {
	case board.Created:
		c.created = true
	case board.Set:
		if e.Key == board.KeyDeleted {
			c.deleted = e.Element.Deleted()
			c.restored = !c.deleted
			break
		}
		c.keys[e.Key] = true
	case board.Appended:
		c.points += e.Element.NumPoints() - e.From
	case board.Inserted, board.Removed:
		c.text = true
	}
}

// settle finds who has made the changes since it was called last.
func (n *news) settle() {
	if !n.noted {
		return
	}
	n.noted = false
	vector := n.doc.Vector()
	var wrote []board.Replica
	for r, seq := range vector {
		if r != 0 && seq > n.seen[r] {
			wrote = append(wrote, r)
		}
	}
	n.seen = vector
	for id, c := range n.changes {
		if !c.fresh {
			continue
		}
		c.fresh = false
		var by board.Replica
		switch {
		case c.created:
			by = id.Replica
		case len(wrote) == 1:
			by = wrote[0]
		}
		if by == 0 || c.replica != 0 && c.replica != by {
			c.several = true
		}
		c.replica = by
		if c.holder != "" && by != 0 {
			n.writers[by] = c.holder
		}
		c.by = n.writers[by]
	}
}

// holder is who alone is here, or has an element in hand; "": several, or nobody.
func holder(others []*client.Member, id board.ID) (who string) {
	if len(others) == 1 {
		return others[0].Name
	}
	for _, m := range others {
		if !slices.Contains(m.Selection.Elements, id) {
			continue
		}
		if who != "" {
			return ""
		}
		who = m.Name
	}
	return who
}

// again begins with a new connection.
func (n *news) again(now time.Time) { n.met, n.since = true, now }

// meet finds who has come and gone. The names of persons are those of the member that
// came last.
func (n *news) meet(others []*client.Member, now time.Time) {
	here := map[personKey]presence{}
	for _, m := range others {
		key := personKey{person: m.Person}
		if m.Person == (wire.Person{}) {
			key.member = m.ID
		}
		here[key] = presence{m.Name, deviceNames[m.Device]}
	}
	tell := func(event string, p presence) {
		n.ready = append(n.ready, happening{Time: now, Event: event, By: p.name, Device: p.device})
	}
	early := now.Sub(n.since) < newsMeet
	for _, key := range slices.SortedFunc(maps.Keys(n.people), comparePersons) {
		switch _, still := here[key]; {
		case still:
		case early && n.met:
			here[key] = n.people[key]
		default:
			tell("left", n.people[key])
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(here), comparePersons) {
		switch _, known := n.people[key]; {
		case known:
		case early && !n.met:
			tell("here", here[key])
		default:
			tell("came", here[key])
		}
	}
	n.people = here
}

var deviceNames = map[wire.Device]string{wire.DeviceComputer: "computer", wire.DevicePhone: "phone", wire.DeviceTablet: "tablet", wire.DeviceProgram: "program"}

func comparePersons(a, b personKey) int {
	return cmp.Or(cmp.Compare(a.member, b.member), slices.Compare(a.person[:], b.person[:]))
}

// said takes what somebody has said to all.
func (n *news) said(t *wire.Text, now time.Time) {
	n.ready = append(n.ready, happening{Time: now, Event: "said", By: t.Name, Text: t.Text})
}

// tell takes a word about the connection.
func (n *news) tell(event string, now time.Time) {
	n.ready = append(n.ready, happening{Time: now, Event: event})
}

// points takes those of feeds that are new: of a feed that was not known, the last one.
func (n *news) points(list []*feed.Series) {
	for _, s := range list {
		last, known := n.told[s.Name]
		from := max(s.Ring.Len()-1, 0)
		if newest, ok := s.Ring.Last(); known && ok && newest.Time >= last { // else it was begun anew
			from = s.Ring.After(last)
		}
		for i := from; i < s.Ring.Len(); i++ {
			p := s.Ring.At(i)
			h := happening{Time: time.UnixMilli(p.Time), Event: "point", Feed: s.Name, Value: p.Number}
			if p.Type() == feed.Texts {
				h.Value = p.Text
			}
			n.ready = append(n.ready, h)
			if n.told == nil {
				n.told = map[string]int64{}
			}
			n.told[s.Name] = p.Time
		}
	}
}

// take returns what is to be told at a time; all: what does not rest yet too.
func (n *news) take(now time.Time, all bool) []happening {
	var due []board.ID
	for id, c := range n.changes {
		if all || now.Sub(c.last) >= newsRest || now.Sub(c.first) >= newsMost {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b board.ID) int {
		return cmp.Or(n.changes[a].first.Compare(n.changes[b].first), a.Compare(b))
	})
	for _, id := range due {
		if h, ok := n.of(id, n.changes[id]); ok {
			n.ready = append(n.ready, h)
		}
		delete(n.changes, id)
	}
	list := n.ready
	n.ready = nil
	return list
}

// of is what has happened to an element; false: nothing that is there to see.
func (n *news) of(id board.ID, c *changed) (happening, bool) {
	e := n.doc.Element(id)
	if e == nil || c.created && c.deleted {
		return happening{}, false
	}
	h := happening{Time: c.last, Event: "changed", Element: id.Text(), Kind: export.KindName(e.Kind()), Text: e.Text()}
	if !c.several {
		h.By, h.Replica = c.by, c.replica
	}
	switch {
	case c.created:
		h.Event = "added"
	case c.deleted:
		h.Event = "deleted"
	case e.Deleted():
		return h, false
	case c.restored:
		h.Event = "restored"
	}
	if h.Event == "changed" {
		for key := range c.keys {
			h.Properties = append(h.Properties, export.KeyName(key))
		}
		if c.text {
			h.Properties = append(h.Properties, "text")
		}
		slices.Sort(h.Properties)
	}
	if h.Event != "deleted" {
		h.Points = c.points
	}
	return h, true
}
