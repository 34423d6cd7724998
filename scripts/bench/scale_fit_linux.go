package main

import (
	"math"

	"edgeboard/scripts/bench/capacity"
)

// fit2 returns a and b of which a*x + b*y is nearest to z, of all rows, where being wrong counts as a share of z: the
// least squares. Neither is less than 0. Rows of which z is 0 do not count.
func fit2(rows [][3]float64) (a, b float64) {
	var xx, xy, yy, xz, yz float64
	for _, r := range rows {
		if r[2] <= 0 {
			continue
		}
		x, y := r[0]/r[2], r[1]/r[2]
		xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
		xz, yz = xz+x, yz+y
	}
	det := xx*yy - xy*xy
	if det > 1e-9*xx*yy {
		a, b = (xz*yy-yz*xy)/det, (yz*xx-xz*xy)/det
	}
	switch {
	case a > 0 && b > 0:
	case xx > 0 && (b <= 0 || yy == 0 || xz*xz*yy >= yz*yz*xx):
		a, b = xz/xx, 0
	case yy > 0:
		a, b = 0, yz/yy
	}
	return a, b
}

// error2 is how far off a fit is, at the most, as a share.
func error2(rows [][3]float64, a, b float64) (worst float64) {
	for _, r := range rows {
		if r[2] > 0 {
			worst = max(worst, math.Abs((a*r[0]+b*r[1])/r[2]-1))
		}
	}
	return worst
}

// unitCosts are what a member, a board and a message cost a relay's rooms and outboxes.
type unitCosts struct {
	member, board float64 // bytes
	idle          float64 // microseconds a second and member
	edit, told    float64 // microseconds: one edit, and each message in which it is told
	cursor, moved float64 // the same of cursors
	say, heard    float64 // and of what is said
}

// two fits what is counted by two numbers, and prints it.
func (b *scaleBench) two(what string, of func(row) [3]float64, x, y, unit string, out *report) (a, c float64) {
	var rows [][3]float64
	for _, r := range b.measured {
		rows = append(rows, of(r))
	}
	a, c = fit2(rows)
	out.add("fit", x, unit, a)
	out.add("fit", y, unit, c)
	out.add("fit", what+"_worst_error", "part", error2(rows, a, c))
	return a, c
}

// fitHeard finds what an edit costs that comes of another relay.
func (b *scaleBench) fitHeard(out *report) {
	heard, _ := b.two("heard", func(r row) [3]float64 { return [3]float64{r.heard, r.heardMessages, r.hearCPU} }, "us_per_heard", "us_per_heard_message", "us", out)
	b.model.hears(heard)
}

// fit finds what each thing costs by all rows that were measured so far, and prints it.
func (b *scaleBench) fit(out *report) {
	var f unitCosts
	f.member, f.board = b.two("memory", func(r row) [3]float64 { return [3]float64{r.members, r.boards, r.bytes} }, "bytes_per_member", "bytes_per_board", "bytes", out)
	f.edit, f.told = b.two("edits", func(r row) [3]float64 { return [3]float64{r.edits, r.editMessages, r.editCPU} }, "us_per_edit", "us_per_edit_message", "us", out)
	f.cursor, f.moved = b.two("cursors", func(r row) [3]float64 { return [3]float64{r.moves, r.moveMessages, r.moveCPU} }, "us_per_cursor", "us_per_cursor_message", "us", out)
	f.say, f.heard = b.two("says", func(r row) [3]float64 { return [3]float64{r.says, r.sayMessages, r.sayCPU} }, "us_per_say", "us_per_say_message", "us", out)
	var idle, members float64
	for _, r := range b.measured {
		idle, members = idle+r.idleCPU, members+r.members
	}
	f.idle = idle / max(members, 1)
	out.add("fit", "us_per_idle_member_s", "us/s", f.idle)
	b.model.use(f)
}

// reckon prints what so many members take.
func (b *scaleBench) reckon(out *report) error {
	m := b.model.of(b.sizes, b.habits, b.commit, b.size)
	for _, members := range b.model.members {
		for _, p := range []capacity.Placement{capacity.Chance, capacity.ByBoard} {
			plan := m.Plan(members, p, b.seed)
			name := short(members) + p.String()
			l := plan.Load
			for _, f := range []struct {
				metric, unit string
				value        float64
			}{
				{"relays", "relays", float64(plan.Relays)},
				{"engine_nodes", "nodes", float64(plan.EngineNodes)},
				{"boards", "boards", float64(plan.Boards)},
				{"relays_per_board", "relays", l.RelaysPerBoard},
				{"relays_per_members_board", "relays", l.RelaysPerMember},
				{"cpu_part", "part", l.CPU},
				{"memory_part", "part", l.Memory},
				{"egress_part", "part", l.Egress},
				{"journal_part", "part", l.Journal},
				{"sends_per_s", "1/s", l.Sends},
				{"engine_appends_per_s", "1/s", l.Appends},
				{"engine_copies_per_s", "1/s", l.Copies},
				{"engine_passed_per_s", "1/s", l.Passed},
				{"engine_cores", "cores", l.EngineCPU},
				{"member_mbit_per_s", "Mbit/s", l.MemberBits / 1e6},
				{"engine_mbit_per_s", "Mbit/s", l.EngineBits / 1e6},
			} {
				out.add(name, f.metric, f.unit, f.value)
			}
			out.note("scale model %s: short first is %s", name, l.Limit())
			if plan.Relays == 0 {
				out.note("scale model %s: %d relays would not do; the figures are of so many", name, m.RelaysMost)
			}
		}
	}
	return nil
}
