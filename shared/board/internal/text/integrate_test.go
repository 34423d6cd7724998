package text

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestIntegrate goes through impossible origins and targets and what they count as.
func TestIntegrate(t *testing.T) {
	for _, c := range []struct {
		why         string
		left, right ID
		want        string
	}{
		{"possible origins", ID{0, 1}, ID{0, 2}, "ab!cdef"},
		{"a left origin of another text", ID{0, 6}, ID{0, 0}, "!abcdef"},
		{"a right origin of another text", ID{0, 5}, ID{0, 6}, "abcdef!"},
		{"the number of a deletion", ID{0, 9}, ID{0, 0}, "!abcdef"},
		{"a number behind the replica's last character", ID{0, 5}, ID{0, 77}, "abcdef!"},
		{"a replica that has not written", ID{1, 0}, ID{0, 0}, "!abcdef"},
		{"no such replica", ID{9, 0}, ID{9, 0}, "abcdef!"},
		{"the operation's own number", ID{2, 5}, ID{2, 6}, "abcdef!"},
		// Then, as concurrent writing has it, behind what a smaller replica wrote there.
		{"the wrong way round: the left one counts", ID{0, 3}, ID{0, 1}, "abcde!f"},
		{"the same twice", ID{0, 3}, ID{0, 3}, "abcde!f"},
		// Both exist, but whoever knew the right one also knew the characters between.
		{"never neighbours: the left one's right origin counts", ID{0, 1}, ID{0, 4}, "abcdef!"},
		{"never neighbours, from the beginning", None, ID{0, 4}, "abcdef!"},
		{"never neighbours, up to the end", ID{0, 4}, None, "abcde!f"},
	} {
		p := newPen(t)
		n, other := p.a.NewText(), p.a.NewText()
		p.a.AddReplica(2)
		peer := p.a.AddReplica(3)
		p.insert(n, 0, "abf") // 0 to 2: a b f
		p.insert(n, 2, "cde") // 3 to 5 between b and f; named below by their places
		p.insert(other, 0, "xyz")
		p.delete(other, 0, 1)
		place := []uint32{0, 1, 3, 4, 5, 2}
		name := func(id ID) ID {
			if id.Slot == 0 && id.Seq < 6 {
				id.Seq = place[id.Seq]
			}
			return id
		}
		pos, err := p.a.IntegrateInsert(n, ID{peer, 5}, name(c.left), name(c.right), []byte("!"))
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		p.check()
		if got := p.a.String(n); got != c.want || got[pos] != '!' {
			t.Errorf("%s: %q, position %d, want %q", c.why, got, pos, c.want)
		}
		_, err = p.a.ApplyInsert(n, ID{peer, 6}, name(c.left), name(c.right), []byte("?"))
		if (err == nil) != (c.why == "possible origins") {
			t.Errorf("%s: strictly it is %v", c.why, err)
		}
	}
}

// TestIntegrateLife hides and shows what there is of a range of numbers.
func TestIntegrateLife(t *testing.T) {
	for _, back := range []bool{false, true} {
		p := newPen(t)
		n, other := p.a.NewText(), p.a.NewText()
		p.insert(n, 0, "ab")      // 0, 1
		p.insert(other, 0, "xyz") // 2 to 4
		p.delete(other, 0, 1)     // 5
		p.insert(n, 2, "cdé")     // 6 to 8
		peer := p.a.AddReplica(2)
		life := func(seq uint32, g Target, content string, want error) []Change {
			t.Helper()
			if g.Back = back; back {
				g.ID.Seq += g.Len - 1
				content = string(appendReversed(nil, []byte(content)))
			}
			list, err := p.a.IntegrateLife(n, ID{peer, seq}, g, []byte(content), nil)
			if err != want {
				t.Fatalf("%v %q: %v, want %v", g, content, err, want)
			}
			p.check()
			return list
		}
		life(0, Target{ID: ID{p.me, 1}, Len: 40, Life: 2}, "", nil)
		p.want(n, "a")
		p.want(other, "yz")
		if next := p.a.Next(peer); next != 40 {
			t.Errorf("next number is %d: the items passed over count too", next)
		}
		p.a.DropText()
		life(40, Target{ID: ID{p.me, 1}, Len: 9, Life: 3}, "", ErrRange) // always needs content
		life(40, Target{ID: ID{p.me, 0}, Len: 1, Life: 3}, "", ErrRange) // also where nothing was forgotten
		life(40, Target{ID: ID{p.me, 1}, Len: 9, Life: 3}, "b????cdé?", nil)
		p.want(n, "abcdé")
		life(49, Target{ID: ID{p.me, 2}, Len: 4, Life: 4}, "", nil)          // only others' characters
		life(53, Target{ID: ID{peer, 0}, Len: 1 << 30, Life: 4}, "", nil)    // no characters at all
		life(1<<30+53, Target{ID: ID{9, 0}, Len: 3, Life: 4}, "", nil)       // no such replica
		life(1<<30+55, Target{ID: ID{p.me, 0}, Len: 1, Life: 2}, "", ErrSeq) // the last number was taken
		p.want(n, "abcdé")
		p.want(other, "yz")
		var numbers []uint32
		for r := range p.a.LifeRuns(peer, 0) {
			for i := range r.Target.Len {
				numbers = append(numbers, r.ID.Seq+i)
			}
		}
		want := []uint32{0, 5, 6, 7, 40, 45, 46, 47}
		if back {
			want = []uint32{32, 33, 34, 39, 41, 42, 43, 48}
		}
		if !slices.Equal(numbers, want) {
			t.Errorf("the log has %v, want %v", numbers, want)
		}
	}
}

// TestAnyOrigins makes up insertions whose origins are any characters at all, applies them in many orders that
// respect what refers to what, and compares all states with each other and with the model.
func TestAnyOrigins(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 7))
	contradictions := 0
	for round := range 400 {
		ids := []uint64{5, 1, 9}
		var list []op
		var chars []gid
		pick := func() gid {
			if len(chars) == 0 || r.IntN(5) == 0 {
				return noGid
			}
			return chars[r.IntN(len(chars))]
		}
		next := map[uint64]uint32{}
		for range 3 + r.IntN(10) {
			o := op{id: gid{replica: ids[r.IntN(3)]}, left: pick(), right: pick(), s: string(letters[:1+r.IntN(2)])}
			o.id.seq = next[o.id.replica]
			next[o.id.replica] += o.items()
			for i := range o.items() {
				chars = append(chars, gid{o.id.replica, o.id.seq + i})
			}
			list = append(list, o)
		}
		want := ""
		for try := range 6 {
			s := newSite(0, 1, ids)
			rest := slices.Clone(list)
			for len(rest) > 0 {
				// The first of some replica that is ready.
				i := 0
				for try > 0 {
					i = r.IntN(len(rest))
					first := slices.IndexFunc(rest, func(o op) bool { return o.id.replica == rest[i].id.replica })
					if first == i && s.ready(rest[i]) {
						break
					}
				}
				o := rest[i]
				rest = slices.Delete(rest, i, i+1)
				if l, rt := s.oracle[0].resolve(o.left, o.right); l != o.left || rt != o.right {
					contradictions++
				}
				if err := s.apply(o, false); err != nil {
					t.Fatalf("round %d: %v: %v", round, o, err)
				}
				s.model(o)
			}
			if err := s.verify(); err != nil {
				t.Fatalf("round %d: %v\n%v", round, err, list)
			}
			if got := s.state(0); try == 0 {
				want = got
			} else if got != want {
				t.Fatalf("round %d: orders of arrival matter\n%s\n%s\n%v", round, want, got, list)
			}
		}
	}
	if contradictions < 1000 {
		t.Errorf("only %d contradictions: the test does not test", contradictions)
	}
}
