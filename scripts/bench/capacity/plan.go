package capacity

import (
	"math"
	"math/rand/v2"
)

// Plan is what a number of members takes.
type Plan struct {
	Boards int
	// Relays is how few do; 0: not even RelaysMost would, and the rest is as it is with those.
	Relays int
	Load   Load
	// EngineNodes are those of an engine, at least as many as store each entry.
	EngineNodes int
}

// Load is what is to be done in a second.
type Load struct {
	// Of the relay that has most of it, as shares of what it may take.
	CPU, Memory, Egress float64
	// Journal is the share of CPU that the journal takes, of each relay.
	Journal float64

	RelaysPerBoard  float64 // relays that have a board open, on average of boards
	RelaysPerMember float64 // the same on average of members: of their boards

	Appends float64 // entries that relays hand to the engine
	Copies  float64 // entries that the engine tells relays
	Passed  float64 // messages of members' doings that relays get from each other
	Beats   float64 // of these, that a relay lives

	Sends      float64 // messages to members
	MemberBits float64 // to members
	EngineBits float64 // between relays and the engine, both ways
	EngineCPU  float64 // processors of the engine
}

// Limit names what is short first: the greatest share.
func (l Load) Limit() string {
	switch max(l.CPU, l.Memory, l.Egress) {
	case l.CPU:
		return "cpu"
	case l.Memory:
		return "memory"
	}
	return "egress"
}

// fits reports whether every relay may take its part.
func (l Load) fits() bool { return max(l.CPU, l.Memory, l.Egress) <= 1 }

// Plan finds how few relays serve so many members. The same seed draws the same boards, and
// places them alike.
func (m Model) Plan(members int, p Placement, seed uint64) Plan {
	boards := m.Population.Boards(members, rand.New(rand.NewPCG(seed, 0)))
	plan := Plan{Boards: len(boards)}
	try := func(relays int) bool {
		plan.Load = m.load(boards, relays, p, seed)
		return plan.Load.fits()
	}
	least, most := 0, 1 // least does not do
	for !try(most) {
		if most >= m.RelaysMost {
			plan.EngineNodes = m.nodes(plan.Load)
			return plan
		}
		least, most = most, min(2*most, m.RelaysMost)
	}
	for most-least > 1 {
		if middle := (least + most) / 2; try(middle) {
			most = middle
		} else {
			least = middle
		}
	}
	try(most)
	plan.Relays, plan.EngineNodes = most, m.nodes(plan.Load)
	return plan
}

func (m Model) nodes(l Load) int {
	return max(m.Replicas, int(math.Ceil(l.EngineCPU/(m.Node.Cores*m.Node.Busy))))
}

// share is what of a board is on one relay.
type share struct{ relay, members int }

// load adds up what relays have to do.
func (m Model) load(boards []int, relays int, p Placement, seed uint64) (l Load) {
	random := rand.New(rand.NewPCG(seed, 1))
	cpu, memory, egress := make([]float64, relays), make([]float64, relays), make([]float64, relays)
	on := make([]int, relays) // members of one board, by relay
	var shares []share
	members, says := 0, 0.0
	for number, size := range boards {
		shares = shares[:0]
		if p == ByBoard {
			shares = append(shares, share{jump(mix(seed, uint64(number)), relays), size})
		} else {
			for range size {
				r := random.IntN(relays)
				if on[r] == 0 {
					shares = append(shares, share{relay: r})
				}
				on[r]++
			}
			for i, s := range shares {
				shares[i].members, on[s.relay] = on[s.relay], 0
			}
		}
		members += size
		l.RelaysPerBoard += float64(len(shares))
		l.RelaysPerMember += float64(len(shares) * size)
		says += m.board(size, shares, &l, cpu, memory, egress)
	}
	l.RelaysPerBoard /= float64(max(len(boards), 1))
	l.RelaysPerMember /= float64(max(members, 1))
	// What is said is an entry of the journal, which each relay applies.
	n := float64(relays)
	l.Appends += says
	l.Copies += says * n
	l.Beats = n * n
	l.Passed += l.Beats
	c := m.Costs
	journal := says * c.Applied
	each := journal + (n+1)*c.Passed
	for r := range cpu {
		memory[r] += c.BaseBytes
		cpu[r] += each
		l.CPU, l.Memory, l.Egress = max(l.CPU, cpu[r]), max(l.Memory, memory[r]), max(l.Egress, egress[r])
	}
	l.EngineBits += 8 * (says*(1+n)*(c.SayBytes+c.EntryBytes) + (n+l.Beats)*c.EntryBytes)
	l.EngineCPU = (l.Appends*float64(m.Replicas)*c.EngineAppend + (l.Copies+l.Passed)*c.EngineCopy) / 1e6
	may := m.Relay.Cores * m.Relay.Busy * 1e6
	l.CPU, l.Journal = l.CPU/may, journal/may
	l.Memory /= m.Relay.Memory
	l.Egress = l.Egress * 8 / m.Relay.Egress
	return l
}

// board adds what one board takes of the relays that it is on, and returns what is said there.
func (m Model) board(size int, shares []share, l *Load, cpu, memory, egress []float64) (says float64) {
	c, h := m.Costs, m.Habits
	active := h.ActiveOf(size)
	edits, cursors, said := active*h.Edits, active*h.Cursors, active*h.Says
	several := float64(len(shares))
	passes := 0.0 // batches of cursors, of all these relays
	entries := 0.0
	for _, s := range shares {
		here := float64(s.members)
		part := here / float64(size)
		// What comes while an append is under way goes into the next.
		own := grouped(edits*part, m.Commit)
		entries += own
		told := min(1/spacing(s.members), edits) + said
		batches := Batches(s.members, cursors)
		sends := here * (told + batches)
		l.Sends += sends
		bytes := here*(edits*c.UpdateBytes+said*c.SayBytes+cursors*c.CursorBytes) + sends*c.HeadBytes
		l.MemberBits += 8 * bytes
		mine := 0.0
		if several > 1 {
			mine = Batches(s.members, cursors*part)
		}
		passes += mine
		cpu[s.relay] += here*c.MemberCPU + edits*part*c.Edit + cursors*part*c.Cursor + said*part*c.Say +
			sends*c.Send + own*c.Append + mine*c.Passed
		memory[s.relay] += here*c.MemberBytes + c.BoardBytes
		egress[s.relay] += bytes + own*(c.UpdateBytes+c.EntryBytes) + mine*(c.CursorBytes+c.EntryBytes)
	}
	for _, s := range shares {
		part := float64(s.members) / float64(size)
		others := entries - grouped(edits*part, m.Commit)
		from := 0.0
		if several > 1 {
			from = passes - Batches(s.members, cursors*part)
		}
		cpu[s.relay] += others*c.Heard + from*c.Passed
	}
	l.Appends += entries
	l.Copies += entries * several
	l.Passed += passes * (several - 1)
	l.EngineBits += 8 * ((edits*c.UpdateBytes+entries*c.EntryBytes)*(1+several) + (several-1)*cursors*c.CursorBytes + passes*several*c.EntryBytes)
	return said
}

// grouped is how often something is done that takes so long, if what comes meanwhile waits for
// the next time.
func grouped(rate, takes float64) float64 { return rate / (1 + rate*takes) }

// The times of package room: how far apart is what a room tells all its members.
const (
	spaceFrom   = 50
	tellCost    = 40e-6
	tellMost    = 25e-3
	cursorLeast = 1. / 60
	cursorMost  = 0.5
	cursorSends = 10_000
	cursorBatch = 64
)

// spacing is how far apart a room tells updates to so many members, in seconds; a small room
// tells them as they come.
func spacing(members int) float64 {
	if members < spaceFrom {
		return 1e-9
	}
	return min(float64(members)*tellCost, tellMost)
}

// Batches is how often a second a room with so many members tells them cursors, of which so many
// come in a second: the first at once, and then what has gathered.
func Batches(members int, cursors float64) float64 {
	every := cursorLeast
	for range 3 { // the more a batch has, the longer it is until the next
		moved := min(cursors*every, float64(members))
		every = min(max(float64(members)*(cursorBatch+moved)/cursorBatch/cursorSends, cursorLeast), cursorMost)
	}
	return grouped(cursors, every)
}

// mix makes a number of two that has nothing to do with those of others.
func mix(seed, n uint64) uint64 {
	return rand.New(rand.NewPCG(seed, n)).Uint64()
}

// jump places a key on one of n relays: jump consistent hashing (Lamping and Veach, 2014). Of
// another n, as few keys as can be are elsewhere.
func jump(key uint64, n int) int {
	at, next := int64(-1), int64(0)
	for next < int64(n) {
		at = next
		key = key*2862933555777941757 + 1
		next = int64(float64(at+1) * (float64(1<<31) / float64(key>>33+1)))
	}
	return int(at)
}
