package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"edgeboard/scripts/bench/capacity"
)

// modelFlags are what the model is made of, besides what people do.
type modelFlags struct {
	list, overrides string
	cores, busy     float64
	gib, mbit       float64
	nodeCores       float64
	replicas, most  int

	members []int
	costs   capacity.Costs
	given   map[string]bool // costs that a flag has
}

// usualCosts are measured ones, by the bench that is named, on one machine of two cores. Where the table is measured in the
// same call, what it finds stands in the place of these.
var usualCosts = capacity.Costs{
	// memory: a WebSocket and its member are 12.9 KiB of the relay's memory; twice, since a heap may grow to that.
	MemberBytes: 26 << 10, BoardBytes: 8 << 10, BaseBytes: 40 << 20,
	// scale: the table.
	MemberCPU: 0.3, Edit: 15, Cursor: 3, Say: 30,
	// fanout: what is written to a socket is 5.2 by itself; the outbox comes to that.
	Send: socketCost + 1,
	// cluster: what an entry takes on the relays, and of the engine's processors.
	Append: 20, Heard: 20, Applied: 60, Passed: 10, EngineAppend: 40, EngineCopy: 8,
	UpdateBytes: 128, CursorBytes: 12, SayBytes: 200,
	HeadBytes:  packetHead + 4,
	EntryBytes: 150,
}

// socketCost is what it takes to write a small message to a socket, in microseconds: the floor of fanout.
const socketCost = 5.2

// costNames are the costs that -costs may set.
func costNames(c *capacity.Costs) map[string]*float64 {
	return map[string]*float64{
		"member_bytes": &c.MemberBytes, "board_bytes": &c.BoardBytes, "base_bytes": &c.BaseBytes,
		"member_cpu": &c.MemberCPU, "edit": &c.Edit, "send": &c.Send, "cursor": &c.Cursor, "say": &c.Say,
		"append": &c.Append, "heard": &c.Heard, "applied": &c.Applied, "passed": &c.Passed,
		"engine_append": &c.EngineAppend, "engine_copy": &c.EngineCopy,
		"update_bytes": &c.UpdateBytes, "cursor_bytes": &c.CursorBytes, "say_bytes": &c.SayBytes,
		"head_bytes": &c.HeadBytes, "entry_bytes": &c.EntryBytes,
	}
}

func (f *modelFlags) add(flags *flagSet) {
	flags.StringVar(&f.list, "members", "10k,100k,300k,1000k", "for how many members the model is reckoned")
	flags.StringVar(&f.overrides, "costs", "", "costs of the model that are not those of this program, `name=value,...`: microseconds, and bytes; a wrong name lists them")
	flags.real(&f.cores, "relay-cores", 4, "processors of a relay", 0.1, 1024)
	flags.real(&f.busy, "busy", 0.6, "the share of them that may be taken, of the engine's too", 0.01, 1)
	flags.real(&f.gib, "relay-gib", 8, "memory that a relay may take", 0.1, 1<<20)
	flags.real(&f.mbit, "relay-mbit", 600, "how much may leave a relay a second", 1, 1e6)
	flags.real(&f.nodeCores, "node-cores", 4, "processors of a node of the engine", 0.1, 1024)
	flags.whole(&f.replicas, "replicas", 3, "nodes of the engine that store each entry", 1, 5)
	flags.whole(&f.most, "relays-most", 4096, "more relays are not tried", 1, 1<<20)
}

func (f *modelFlags) parse() error {
	f.costs, f.given = usualCosts, map[string]bool{}
	names := costNames(&f.costs)
	if f.overrides != "" {
		for part := range strings.SplitSeq(f.overrides, ",") {
			name, text, _ := strings.Cut(part, "=")
			value, err := strconv.ParseFloat(text, 64)
			if names[name] == nil || err != nil || !(value >= 0) {
				return fmt.Errorf("-costs: %q is no cost: want name=value of %s", part, strings.Join(slices.Sorted(maps.Keys(names)), ", "))
			}
			*names[name], f.given[name] = value, true
		}
	}
	for text := range strings.SplitSeq(f.list, ",") {
		c, err := parseScaleCase("idle" + text)
		if err != nil {
			return errors.New("-members is " + f.list + ", want numbers as 100k, with commas between them")
		}
		f.members = append(f.members, c.members)
	}
	return nil
}

// use takes what was measured, but for costs that were given. Of memory it takes nothing: a connection is more than a
// simulated one.
func (f *modelFlags) use(m unitCosts) {
	names := costNames(&f.costs)
	for name, v := range map[string]float64{
		"member_cpu": m.idle, "edit": m.edit, "cursor": m.cursor, "say": m.say, "send": socketCost + max(m.told, m.moved), "board_bytes": 2 * m.board,
	} {
		if !f.given[name] && v > 0 {
			*names[name] = v
		}
	}
}

// heardClient is what the engine's client takes to hand over an entry, in microseconds.
const heardClient = 10

// hears takes what it costs a room that an edit comes of another relay.
func (f *modelFlags) hears(room float64) {
	if !f.given["heard"] && room > 0 {
		f.costs.Heard = room + heardClient
	}
}

func (f *modelFlags) of(p capacity.Population, h capacity.Habits, commit time.Duration, size int) capacity.Model {
	c := f.costs
	if !f.given["update_bytes"] {
		c.UpdateBytes = float64(size)
	}
	return capacity.Model{
		Population: p, Habits: h, Costs: c,
		Relay:    capacity.Machine{Cores: f.cores, Busy: f.busy, Memory: f.gib * (1 << 30), Egress: f.mbit * 1e6},
		Node:     capacity.Machine{Cores: f.nodeCores, Busy: f.busy},
		Replicas: f.replicas, Commit: commit.Seconds(), RelaysMost: f.most,
	}
}

// short is a number of members as cases have it.
func short(n int) string {
	if n%1000 == 0 {
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n)
}
