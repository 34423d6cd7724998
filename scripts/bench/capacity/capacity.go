// Package capacity says what it takes to serve so many members at a time: relays, nodes of
// the engine that the relays share, and bandwidth. It is a model: boards are drawn and placed
// on relays, and what their members do is added up, at costs that were measured elsewhere.
//
// What it leaves out: who comes and goes, live data, images, and that people do the same
// things at the same time. Loads are averages over a second.
package capacity

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Band is boards of so many members, spread evenly over the logarithm of that.
type Band struct {
	Least, Most int
	Weight      float64 // how many such boards there are, beside those of other bands
}

// Population is of which size boards are.
type Population []Band

// ParsePopulation reads bands: 2-10:90,11-100:9 is ninety boards of 2 to 10 members to nine of
// 11 to 100. 50:1 is boards of 50.
func ParsePopulation(text string) (p Population, err error) {
	for part := range strings.SplitSeq(text, ",") {
		size, weight, _ := strings.Cut(part, ":")
		least, most, ok := strings.Cut(size, "-")
		if !ok {
			most = least
		}
		var b Band
		var errs [3]error
		b.Least, errs[0] = strconv.Atoi(least)
		b.Most, errs[1] = strconv.Atoi(most)
		b.Weight, errs[2] = strconv.ParseFloat(weight, 64)
		if errors.Join(errs[:]...) != nil || b.Least < 1 || b.Most < b.Least || b.Most > 1_000_000 || !(b.Weight > 0) || math.IsInf(b.Weight, 0) {
			return nil, fmt.Errorf("%q is no band of sizes: want least-most:weight, as 2-10:90", part)
		}
		p = append(p, b)
	}
	return p, nil
}

// Boards draws boards until they have so many members in all: the last one has those that are
// left.
func (p Population) Boards(members int, random *rand.Rand) (sizes []int) {
	all := 0.0
	for _, b := range p {
		all += b.Weight
	}
	for members > 0 {
		at, drawn := 0, random.Float64()*all
		for drawn >= p[at].Weight && at+1 < len(p) {
			drawn -= p[at].Weight
			at++
		}
		b := p[at]
		size := float64(b.Least) * math.Pow(float64(b.Most+1)/float64(b.Least), random.Float64())
		n := min(int(size), b.Most, members)
		sizes = append(sizes, n)
		members -= n
	}
	return sizes
}

// Habits are what people do.
type Habits struct {
	Active     float64 // the share of a board's members who do something, at any time
	ActiveMost float64 // but not more of one board: of a thousand most listen
	// What one of them does in a second, on average.
	Edits, Cursors, Says float64
}

// ActiveOf is how many of a board's members do something.
func (h Habits) ActiveOf(members int) float64 {
	return min(h.Active*float64(members), h.ActiveMost)
}

// Costs are what was measured: microseconds of one processor, and bytes.
type Costs struct {
	MemberBytes, BoardBytes float64 // of a relay's memory: idle, with the connection
	BaseBytes               float64 // of a relay without members
	MemberCPU               float64 // a second, of a member who does nothing: pings

	Edit   float64 // an edit is taken, applied and stored
	Send   float64 // one message to one member, with all that is told at the time
	Cursor float64 // a cursor is taken
	Say    float64 // what is said is taken and stored

	Append  float64 // a relay hands something to the engine, and its own comes back
	Heard   float64 // an entry of a board, of another relay, is applied
	Applied float64 // an entry of the journal, which every relay applies
	Passed  float64 // a message between relays, for the one that sends it and each that gets it

	EngineAppend float64 // a node of the engine stores an entry
	EngineCopy   float64 // it tells one relay an entry, or a message

	UpdateBytes, CursorBytes, SayBytes float64 // as they are told to a member
	HeadBytes                          float64 // of a message: TCP, IP, WebSocket
	EntryBytes                         float64 // what an entry has besides, between relay and engine
}

// Machine is what a relay, or a node of the engine, runs on.
type Machine struct {
	Cores  float64
	Busy   float64 // the share of them that is to be taken at the most
	Memory float64 // bytes, for the one program
	Egress float64 // bits a second that may leave it
}

// Placement is how members come to relays.
type Placement int

const (
	// Chance: a load balancer that knows nothing of boards.
	Chance Placement = iota
	// ByBoard: one that sends those of a board to the same relay, by consistent hashing.
	ByBoard
)

func (p Placement) String() string { return [...]string{"chance", "byboard"}[p] }

// Model is a population with its habits, and what serves it.
type Model struct {
	Population Population
	Habits     Habits
	Costs      Costs
	Relay      Machine
	Node       Machine
	Replicas   int     // nodes of the engine that store each entry
	Commit     float64 // seconds that an append takes: what comes meanwhile goes together
	RelaysMost int     // more are not tried
}
