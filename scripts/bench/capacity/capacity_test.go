package capacity

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func model(t *testing.T) Model {
	t.Helper()
	p, err := ParsePopulation("2-10:95,11-100:4.5,100-1000:0.5")
	if err != nil {
		t.Fatal(err)
	}
	return Model{
		Population: p,
		Habits:     Habits{Active: 0.2, ActiveMost: 20, Edits: 0.5, Cursors: 5, Says: 0.01},
		Costs: Costs{
			MemberBytes: 16 << 10, BoardBytes: 8 << 10, BaseBytes: 32 << 20, MemberCPU: 0.5, Edit: 20, Send: 7, Cursor: 5, Say: 50,
			Append: 20, Heard: 20, Applied: 50, Passed: 10, EngineAppend: 30, EngineCopy: 5,
			UpdateBytes: 128, CursorBytes: 12, SayBytes: 200, HeadBytes: 66, EntryBytes: 100,
		},
		Relay: Machine{Cores: 4, Busy: 0.6, Memory: 8 << 30, Egress: 1e9},
		Node:  Machine{Cores: 4, Busy: 0.6}, Replicas: 3, Commit: 0.002, RelaysMost: 1 << 14,
	}
}

func TestPopulation(t *testing.T) {
	p, err := ParsePopulation("2-10:90,50:10")
	if err != nil || !slices.Equal(p, Population{{2, 10, 90}, {50, 50, 10}}) {
		t.Fatalf("%v, %v", p, err)
	}
	for _, bad := range []string{"", "2-10", "2-10:0", "10-2:1", "0-5:1", "a-b:1", "2:NaN", "2:+Inf", "2:1,", "2-10:1:1"} {
		if p, err := ParsePopulation(bad); err == nil || !strings.Contains(err.Error(), "as 2-10:90") {
			t.Errorf("%q is %v, %v", bad, p, err)
		}
	}
	sizes := p.Boards(100_000, rand.New(rand.NewPCG(1, 1)))
	all, fifties, seen := 0, 0, map[int]bool{}
	for _, n := range sizes[:len(sizes)-1] { // the last one has what is left
		all += n
		seen[n] = true
		switch {
		case n == 50:
			fifties++
		case n < 2 || n > 10:
			t.Fatalf("a board has %d members, which no band has", n)
		}
	}
	if all += sizes[len(sizes)-1]; all != 100_000 {
		t.Errorf("they have %d members in all", all)
	}
	if len(seen) != 10 {
		t.Errorf("of sizes there are %d, want each of 2 to 10, and 50", len(seen))
	}
	if share := float64(fifties) / float64(len(sizes)); math.Abs(share-0.1) > 0.01 {
		t.Errorf("%v of the boards have 50 members, want a tenth", share)
	}
}

// Whoever says a seed gets the same answer, and another seed hardly another one.
func TestPlanIsOfItsSeed(t *testing.T) {
	m := model(t)
	for _, p := range []Placement{Chance, ByBoard} {
		a, b, c := m.Plan(30_000, p, 1), m.Plan(30_000, p, 1), m.Plan(30_000, p, 2)
		if a != b {
			t.Errorf("%v: %+v and %+v are of one seed", p, a, b)
		}
		if a == c {
			t.Errorf("%v: another seed draws the same boards", p)
		}
		if math.Abs(float64(a.Relays-c.Relays)) > 0.5*float64(a.Relays) {
			t.Errorf("%v: seeds take %d and %d relays", p, a.Relays, c.Relays)
		}
	}
}

// As few relays do as can, and the boards are where they are to be.
func TestPlan(t *testing.T) {
	m := model(t)
	for _, members := range []int{1000, 30_000, 100_000} {
		chance, board := m.Plan(members, Chance, 1), m.Plan(members, ByBoard, 1)
		for p, plan := range map[Placement]Plan{Chance: chance, ByBoard: board} {
			if plan.Relays < 1 || !plan.Load.fits() {
				t.Errorf("%d %v: %+v does not do", members, p, plan)
			}
			boards := m.Population.Boards(members, rand.New(rand.NewPCG(1, 0)))
			if plan.Relays > 1 && m.load(boards, plan.Relays-1, p, 1).fits() {
				t.Errorf("%d %v: %d relays would do, it takes %d", members, p, plan.Relays-1, plan.Relays)
			}
			if plan.EngineNodes < 3 {
				t.Errorf("%d %v: %d nodes cannot store three times", members, p, plan.EngineNodes)
			}
		}
		if board.Load.RelaysPerBoard != 1 || board.Load.RelaysPerMember != 1 {
			t.Errorf("%d: placed by the board they are on %v relays", members, board.Load.RelaysPerBoard)
		}
		if board.Load.Passed != board.Load.Beats {
			t.Errorf("%d: relays that share no board pass each other %v messages a second, want the %v of their hearts alone", members, board.Load.Passed, board.Load.Beats)
		}
		// What several relays have open the engine tells several times.
		if several := chance.Relays > 1; several && chance.Load.Copies <= board.Load.Copies {
			t.Errorf("%d: placed by chance the engine tells %v entries, by the board %v", members, chance.Load.Copies, board.Load.Copies)
		}
	}
}

// With nothing but members to carry, a relay carries what its memory holds.
func TestPlanOfMemory(t *testing.T) {
	m := model(t)
	m.Habits = Habits{}
	m.Costs = Costs{MemberBytes: 1 << 10}
	m.Relay.Memory = 100 << 20
	m.Population = Population{{1, 1, 1}}
	plan := m.Plan(1_000_000, ByBoard, 1)
	// 976 MiB at 100 each, and as chance is not even some more.
	if plan.Relays < 10 || plan.Relays > 12 {
		t.Errorf("it takes %d relays", plan.Relays)
	}
	if plan.Load.Limit() != "memory" {
		t.Errorf("%q is short first", plan.Load.Limit())
	}
}

// What is said everywhere is applied everywhere: no number of relays is enough for more of it than one can.
func TestPlanThatIsNone(t *testing.T) {
	m := model(t)
	m.Habits.Says = 10
	m.Costs.Applied = 1000
	m.RelaysMost = 64
	plan := m.Plan(100_000, ByBoard, 1)
	if plan.Relays != 0 || plan.Load.Journal < 1 || plan.Load.Limit() != "cpu" {
		t.Errorf("%+v", plan)
	}
}

// Small numbers, added up by hand: ten members of one board on two relays, six and four.
func TestLoadOfABoard(t *testing.T) {
	m := model(t)
	m.Habits = Habits{Active: 0.5, ActiveMost: 100, Edits: 2, Says: 0.1}
	m.Costs = Costs{Edit: 100, Send: 10, Append: 1000, Heard: 10_000}
	m.Commit = 0
	var l Load
	cpu, rest := make([]float64, 2), make([]float64, 2)
	said := m.board(10, []share{{0, 6}, {1, 4}}, &l, cpu, rest, make([]float64, 2))
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-6*max(want, 1) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("what is said", said, 0.5)
	near("appends", l.Appends, 10)
	near("copies", l.Copies, 20)        // both follow
	near("sends", l.Sends, 10*(10+0.5)) // each edit and message to each member
	near("passed", l.Passed, 0)         // nobody points
	near("relay 0", cpu[0], 6*100+6*10.5*10+6*1000+4*10_000)
	near("relay 1", cpu[1], 4*100+4*10.5*10+4*1000+6*10_000)
}

// Batches of cursors are as far apart as rooms make them.
func TestBatches(t *testing.T) {
	for _, c := range []struct {
		members     int
		cursors     float64
		least, most float64
		because     string
	}{
		{10, 0, 0, 0, "nobody points"},
		{10, 0.1, 0.099, 0.1, "each goes alone"},
		{10, 10_000, 59, 60, "screens show sixty pictures a second"},
		{1000, 10_000, 2, 10, "a room has 10,000 sends a second, of batches that weigh more"},
		{100_000, 10_000, 2, 2, "half a second is the most"},
	} {
		if got := Batches(c.members, c.cursors); got < c.least-0.01 || got > c.most+0.01 {
			t.Errorf("%d members, %v cursors: %v batches a second, want %v to %v: %s", c.members, c.cursors, got, c.least, c.most, c.because)
		}
	}
}

// One relay more takes its part from the others, and nothing else moves.
func TestJump(t *testing.T) {
	moved, counts := 0, make([]int, 8)
	const keys = 10_000
	for i := range uint64(keys) {
		a, b := jump(mix(1, i), 7), jump(mix(1, i), 8)
		counts[b]++
		if a != b {
			moved++
			if b != 7 {
				t.Fatalf("key %d goes from relay %d to %d, which is not the new one", i, a, b)
			}
		}
	}
	if share := float64(moved) / keys; math.Abs(share-1./8) > 0.02 {
		t.Errorf("%v of the keys move, want an eighth", share)
	}
	for r, n := range counts {
		if n < keys/8*8/10 || n > keys/8*12/10 {
			t.Errorf("relay %d has %d of %d keys", r, n, keys)
		}
	}
}
