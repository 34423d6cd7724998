package text

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

type sim struct {
	r     *rand.Rand
	ids   []uint64
	sites []*site
	logs  map[uint64][]op
	trail []string

	reloads bool // sites lose their logs now and then
	hostile bool // operations refer to anything
}

func newSim(seed uint64, sites, texts int) *sim {
	r := rand.New(rand.NewPCG(seed, 1))
	ids := []uint64{700, 3, 1 << 60, 41, 8}[:sites]
	m := &sim{r: r, ids: ids, logs: map[uint64][]op{}}
	for _, id := range ids {
		order := slices.Clone(ids)
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		m.sites = append(m.sites, newSite(id, texts, order))
	}
	return m
}

func (m *sim) note(format string, args ...any) {
	m.trail = append(m.trail, fmt.Sprintf(format, args...))
}

// emit books a local operation that the arena has already done.
func (m *sim) emit(s *site, o op) {
	o.deps = map[uint64]uint32{}
	for k, v := range s.seen {
		o.deps[k] = v
	}
	s.model(o)
	m.logs[s.me] = append(m.logs[s.me], o)
	m.note("site %d: %v", s.me, o)
	s.next = o.id.seq + o.items()
	s.seen[s.me] = s.next
}

var letters = []rune("abcdefgh ABCéß→∅😀𝄞")

func (m *sim) write(s *site) error {
	r, t := m.r, Text(m.r.IntN(len(s.oracle)))
	size := s.a.Len(t, Chars)
	s.next += uint32(r.IntN(3) / 2) // another kind of operation took a number
	if m.hostile && r.IntN(4) == 0 {
		return m.makeUp(s, t)
	}
	switch k := r.IntN(10); {
	case k < 5 || size == 0:
		pos := r.IntN(size + 1)
		switch r.IntN(4) {
		case 0:
			pos = min(pos, 2) // many at one place
		case 1:
			pos = s.caret(t) // typing on
		}
		str := make([]rune, 1+r.IntN(4)*r.IntN(2))
		alphabet := len(letters)
		if t == 0 {
			alphabet = 12 // one text stays ASCII
		}
		for i := range str {
			str[i] = letters[r.IntN(alphabet)]
		}
		times, step := 1, len(str)
		if r.IntN(5) == 0 {
			times = 4
			if r.IntN(2) == 0 {
				step = 0 // typing backwards
			}
		}
		for range times {
			o := op{text: t, id: gid{s.me, s.next}, s: string(str)}
			o.left, o.right = s.oracle[t].origins(pos)
			left, right, err := s.a.Insert(t, pos, o.s, s.local(o.id))
			if err != nil {
				return err
			}
			if s.global(left) != o.left || s.global(right) != o.right {
				return fmt.Errorf("insert at %d: origins %v %v, want %v %v", pos, s.global(left), s.global(right), o.left, o.right)
			}
			s.screen[t] = slices.Insert(s.screen[t], pos, str...)
			m.emit(s, o)
			pos += step
		}
	case k < 8 && r.IntN(3) == 0:
		// Holding the backspace or the delete key, then perhaps writing on.
		pos, step := 1+r.IntN(size), 1
		if r.IntN(2) == 0 {
			step = 0
			pos = r.IntN(size)
		}
		for range 1 + r.IntN(6) {
			if pos -= step; pos < 0 || pos >= len(s.screen[t]) {
				pos = max(pos, 0)
				break
			}
			id := gid{s.me, s.next}
			targets, err := s.a.Delete(t, pos, 1, s.local(id), nil)
			if err != nil {
				return err
			}
			s.screen[t] = slices.Delete(s.screen[t], pos, pos+1)
			g := targets[0]
			m.emit(s, op{text: t, id: id, target: s.global(g.ID), n: g.Len, life: g.Life, back: g.Back})
			if err := s.verify(); err != nil {
				return err
			}
			if r.IntN(8) == 0 {
				break
			}
		}
		if r.IntN(2) == 0 {
			o := op{text: t, id: gid{s.me, s.next}, s: "x"}
			o.left, o.right = s.oracle[t].origins(pos)
			if _, _, err := s.a.Insert(t, pos, o.s, s.local(o.id)); err != nil {
				return err
			}
			s.screen[t] = slices.Insert(s.screen[t], pos, 'x')
			m.emit(s, o)
		}
	case k < 8:
		pos := r.IntN(size)
		n := 1 + r.IntN(min(6, size-pos))
		id := gid{s.me, s.next}
		targets, err := s.a.Delete(t, pos, n, s.local(id), nil)
		if err != nil {
			return err
		}
		s.screen[t] = slices.Delete(s.screen[t], pos, pos+n)
		total := uint32(0)
		for _, g := range targets {
			m.emit(s, op{text: t, id: gid{s.me, id.seq + total}, target: s.global(g.ID), n: g.Len, life: g.Life, back: g.Back})
			total += g.Len
		}
		if total != uint32(n) {
			return fmt.Errorf("delete of %d targets %d", n, total)
		}
	default:
		// Undo or redo of something: an inverse of whatever run of ids is there.
		all := s.oracle[t].walk()
		g := all[r.IntN(len(all))].id
		n := 1
		for n < 4 && s.oracle[t].nodes[gid{g.replica, g.seq + uint32(n)}] != nil {
			n++
		}
		runs, err := s.a.Lives(s.local(g), n, nil)
		if err != nil {
			return err
		}
		for _, g := range runs {
			g.Life++
			o := op{text: t, id: gid{s.me, s.next}, target: s.global(g.ID), n: g.Len, life: g.Life, back: g.Back}
			if g.shows() {
				content, err := s.a.Content(g, nil)
				if err == ErrTextDropped && s.forgot {
					if err := m.refused(s, o, ErrTextDropped); err != nil {
						return err
					}
					if r.IntN(3) == 0 {
						continue
					}
					content = []byte(s.content(o)) // somebody has noted what was deleted
				} else if err != nil {
					return err
				}
				o.s = string(content)
				if o.s != s.content(o) {
					return fmt.Errorf("content of %v is %q, want %q", o, o.s, s.content(o))
				}
			}
			if err := s.try(o); err != nil {
				return err
			}
			m.emit(s, o)
		}
	}
	return nil
}

// makeUp lets a site write an operation that refers to anything that is past: characters of other texts, numbers
// that name no character, origins the wrong way round.
func (m *sim) makeUp(s *site, t Text) error {
	r := m.r
	past := func() gid {
		g := gid{replica: m.ids[r.IntN(len(m.ids))]}
		n := s.seen[g.replica]
		if g.replica == s.me {
			n = s.next
		}
		if n == 0 || r.IntN(8) == 0 {
			return noGid
		}
		g.seq = uint32(r.IntN(int(n)))
		return g
	}
	o := op{text: t, id: gid{s.me, s.next}, left: past(), right: past(), hostile: true}
	if r.IntN(3) > 0 {
		o.s = string(letters[:1+r.IntN(3)])
	} else {
		o.target, o.n, o.life, o.back = past(), 1+uint32(r.IntN(6)), 2+uint32(r.IntN(4)), r.IntN(2) == 0
		if o.target == noGid {
			return nil
		}
		end := s.seen[o.target.replica]
		if o.target.replica == s.me {
			end = s.next
		}
		if o.back {
			o.n = min(o.n, o.target.seq+1)
		} else {
			o.n = min(o.n, end-o.target.seq)
		}
		if o.life%2 != 0 {
			o.s = s.content(o)
		}
	}
	if err := s.apply(o, false); err != nil {
		return err
	}
	m.emit(s, o)
	return nil
}

// caret is the end of the last insertion.
func (s *site) caret(t Text) int {
	if y := s.a.typing; y.text == t {
		return int(y.pos)
	}
	return s.a.Len(t, Chars)
}

// receive delivers one operation of some peer, in causal order, after trying some that must be refused.
func (m *sim) receive(s *site) (bool, error) {
	var choice []op
	for _, from := range m.ids {
		if from == s.me {
			continue
		}
		for i, o := range m.logs[from] {
			if o.id.seq < s.seen[from] {
				if i%7 == 0 && m.r.IntN(4) == 0 && (o.life == 0 || !s.noLog) && !o.hostile {
					if err := m.refused(s, o, ErrSeq); err != nil {
						return false, err
					}
				}
				continue
			}
			if s.knows(o) {
				choice = append(choice, o)
			} else if !s.ready(o) && !o.hostile {
				if err := m.refused(s, o, ErrNotReady); err != nil {
					return false, err
				}
			}
			break
		}
	}
	if len(choice) == 0 {
		return false, nil
	}
	o := choice[m.r.IntN(len(choice))]
	m.note("site %d receives %v", s.me, o)
	if err := s.apply(o, !o.hostile && m.r.IntN(2) == 0); err != nil {
		return false, err
	}
	s.model(o)
	s.seen[o.id.replica] = o.id.seq + o.items()
	return true, nil
}

// knows reports whether a site has seen what the author of o had seen.
func (s *site) knows(o op) bool {
	for k, v := range o.deps {
		if s.seen[k] < v {
			return false
		}
	}
	return true
}

// copyFrom brings s up to the state of another site with operations made anew from that site's arena.
func (m *sim) copyFrom(s, from *site) error {
	m.note("site %d copies from site %d", s.me, from.me)
	s.forgot = s.forgot || from.forgot
	queues := map[uint64][]op{}
	for _, id := range m.ids {
		queues[id] = from.regenerate(id, s.seen[id])
	}
	for moved := true; moved; {
		moved = false
		for _, id := range m.ids {
			for len(queues[id]) > 0 {
				err := s.try(queues[id][0])
				if err == ErrNotReady {
					break
				}
				if err != nil {
					return fmt.Errorf("%v: %w", queues[id][0], err)
				}
				queues[id] = queues[id][1:]
				moved = true
			}
		}
	}
	for _, id := range m.ids {
		if len(queues[id]) > 0 {
			return fmt.Errorf("site %d cannot apply %v", s.me, queues[id][0])
		}
	}
	// The oracle gets the true operations, in some causal order.
	for moved := true; moved; {
		moved = false
		for _, id := range m.ids {
			for _, o := range m.logs[id] {
				if o.id.seq >= s.seen[id] && o.id.seq < from.seen[id] && s.knows(o) {
					s.model(o)
					s.seen[id] = o.id.seq + o.items()
					moved = true
				} else if o.id.seq >= s.seen[id] {
					break
				}
			}
		}
	}
	return nil
}

func (m *sim) refused(s *site, o op, want error) error {
	before := s.state(o.text)
	if err := s.try(o); err != want {
		return fmt.Errorf("site %d: %v gives %v, want %v", s.me, o, err, want)
	}
	if s.state(o.text) != before {
		return fmt.Errorf("site %d: refused %v changed something", s.me, o)
	}
	return nil
}

func (m *sim) run(steps int) error {
	for range steps {
		s := m.sites[m.r.IntN(len(m.sites))]
		var err error
		if m.r.IntN(3) > 0 {
			err = m.write(s)
		} else {
			for range 1 + m.r.IntN(6) {
				if ok, e := m.receive(s); !ok {
					err = e
					break
				}
			}
		}
		if err == nil && m.reloads && m.r.IntN(25) == 0 {
			m.note("site %d reloads", s.me)
			err = s.reload(m.ids, true)
			if err == nil {
				s.noLog = true // duplicates of life operations are not noticed
			}
		}
		if from := m.sites[m.r.IntN(len(m.sites))]; err == nil && from != s && !from.noLog && m.r.IntN(12) == 0 {
			err = m.copyFrom(s, from)
		}
		if err == nil {
			err = s.verify()
		}
		if err != nil {
			return err
		}
	}
	for _, s := range m.sites {
		for {
			ok, err := m.receive(s)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
		}
		if err := s.verify(); err != nil {
			return err
		}
	}
	for _, keep := range []bool{true, false} {
		if keep && slices.ContainsFunc(m.sites, func(s *site) bool { return s.forgot }) {
			continue
		}
		want := m.sites[0].snapshots(m.ids, keep)
		for _, s := range m.sites[1:] {
			if !bytes.Equal(s.snapshots(m.ids, keep), want) {
				return fmt.Errorf("sites %d and %d: snapshots differ (keep %v)", m.sites[0].me, s.me, keep)
			}
		}
	}
	return nil
}

var seeds = flag.Uint64("seeds", 32, "simulations to run; thousands before a release")

func TestSimulation(t *testing.T) {
	t.Parallel()
	for seed := range rounds(*seeds) {
		m := newSim(seed, 2+int(seed%4), 2)
		m.reloads = seed%3 == 0
		if err := m.run(100); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, strings.Join(m.trail, "\n"))
		}
	}
}

// TestSimulationForgetting lets most sites forget their hidden text now and then, while all go on undoing: what
// is shown again comes with its content.
func TestSimulationForgetting(t *testing.T) {
	t.Parallel()
	for seed := range rounds(*seeds / 4) {
		m := newSim(seed, 3+int(seed%2), 2)
		m.hostile = seed%3 == 0
		for round := range 8 {
			s := m.sites[round%3] // the fourth remembers
			err := m.run(14)
			if err == nil {
				m.note("site %d forgets", s.me)
				s.forgot = true
				held := s.a
				if round%2 == 0 {
					s.a.DropText()
				}
				if err = s.reload(m.ids, round%2 == 0); s == m.sites[0] && seed%2 == 0 {
					s.noLog = true
				} else {
					s.a = held // go on with the log, and perhaps with the text
				}
			}
			if err == nil {
				err = s.verify()
			}
			if err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, strings.Join(m.trail, "\n"))
			}
		}
	}
}

// TestSimulationHostile lets sites make up what their operations refer to. Whatever it is, it means the same to
// everybody.
func TestSimulationHostile(t *testing.T) {
	t.Parallel()
	for seed := range rounds(*seeds / 4) {
		m := newSim(seed, 2+int(seed%4), 2)
		m.hostile = true
		m.reloads = seed%3 == 0
		if err := m.run(100); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, strings.Join(m.trail, "\n"))
		}
	}
}
