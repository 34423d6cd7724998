package board

import (
	"cmp"
	"slices"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// item is operations that the state still shows: the creation of an element,
// the write that won a property, a run of points, of text, of lives, or one of
// a later version.
type item struct {
	tag     uint64
	seq     uint64
	n       uint64
	stamped bool   // shift counts: the operation has a Lamport time of its own
	shift   uint64 // Lamport time less sequence number
	element *Element

	register    *register
	run         run // of points
	left, right ID  // of text
	content     []byte
	life        lifeRun
	unknown     *unknownOp
}

// Diff returns the updates that a board with state vector have lacks, ready for
// Apply. Operations that later ones have overwritten are not in it, only their
// sequence numbers: the updates are to be applied all, or the rest asked for.
//
// None of them needs one that comes after it, so that none is parked. Two
// replicas may each have worked on what the other made: then their updates
// alternate.
//
// A board that was loaded from a snapshot does not know all of the history before
// it: for a board that lacks part of that, Diff returns ErrCompacted, and a
// snapshot is what it needs, to Load or to Merge. So it is for a board of
// another epoch, also for an empty one if this board's is not 0.
func (b *Board) Diff(have Vector) ([]byte, error) {
	if have.Epoch() != b.epoch || !have.Covers(b.floor) {
		return nil, ErrCompacted
	}
	updates, whole := b.diff(have)
	if !whole {
		return nil, ErrCompacted // loaded from a snapshot that no board has made
	}
	return updates, nil
}

// diff is Diff of what the board knows by number; the rest is skipped. It
// reports whether all could be written, which of a state that operations have
// made is so.
func (b *Board) diff(have Vector) (updates []byte, whole bool) {
	d := differ{b: b, enc: encoder{epoch: b.epoch}, streams: make([]*stream, len(b.writers))}
	slots := make([]slot, 0, len(b.writers))
	for s := range b.writers {
		slots = append(slots, slot(s))
	}
	slices.SortFunc(slots, func(x, y slot) int { return cmp.Compare(b.writers[x].id, b.writers[y].id) })
	items := b.items(have)
	for _, s := range slots {
		w := b.writers[s]
		if uint64(w.seq) <= have[w.id] {
			continue
		}
		st := &stream{replica: w.id, next: have[w.id] + 1, last: uint64(w.seq), items: items[s]}
		if !st.prepare() {
			return nil, false
		}
		d.streams[s] = st
		d.ready = append(d.ready, st)
	}
	updates = d.run(slots)
	for _, st := range d.streams {
		if st != nil && st.next <= st.last {
			return updates, false
		}
	}
	return updates, true
}

// differ writes the operations of several replicas in an order in which they
// can be applied. The order follows from the operations alone.
type differ struct {
	b       *Board
	out     []byte
	enc     encoder
	streams []*stream // by slot, nil where nothing is to be written
	ready   []*stream // not waiting, first come first served
}

// stream is what is to be written of one replica.
type stream struct {
	replica Replica
	next    uint64 // sequence number to be written next
	last    uint64
	items   []item // ascending, from next to last, without those overwritten
	waiting []waiter
}

// waiter is a stream that goes on when operation seq of another is written.
type waiter struct {
	seq    uint64
	stream *stream
}

// prepare sorts the items and gives those without a Lamport time of their own
// the one that lets them stand in one update with what follows. It reports
// whether they are such as operations make: each has numbers of its own, and
// refers to earlier ones of its replica.
func (s *stream) prepare() bool {
	slices.SortFunc(s.items, func(x, y item) int { return cmp.Compare(x.seq, y.seq) })
	if len(s.items) > 0 {
		s.next = min(s.next, s.items[0].seq) // an operation of a later version is not cut
	}
	shift, known := uint64(0), false
	for i := len(s.items) - 1; i >= 0; i-- {
		if it := &s.items[i]; it.stamped {
			shift, known = it.shift, true
		} else if known {
			it.shift = shift
		}
	}
	for i := range s.items {
		if it := &s.items[i]; !it.stamped && it.shift == 0 && i > 0 {
			it.shift = s.items[i-1].shift
		}
	}
	next := s.next
	for i := range s.items {
		it := &s.items[i]
		if it.seq < next || it.n == 0 || it.tag != opCreate && it.element != nil && s.late(it, it.element.id) ||
			s.late(it, it.left) || s.late(it, it.right) || s.late(it, it.life.last()) {
			return false
		}
		next = it.seq + it.n
	}
	return next-1 <= s.last
}

// late reports whether an operation of s comes too late to be referred to by
// one of its items.
func (s *stream) late(it *item, id ID) bool { return id.Replica == s.replica && id.Seq >= it.seq }

func (d *differ) run(slots []slot) []byte {
	for {
		for len(d.ready) > 0 {
			s := d.ready[0]
			d.ready = d.ready[1:]
			d.write(s)
		}
		// Some may wait for numbers that are skipped, and runs of lives that were
		// joined for each other, if a faulty writer wanted it so; single ones
		// cannot.
		if !d.skip(slots) && !d.split(slots) {
			return d.out
		}
	}
}

// skip writes what is skipped before operations that wait, and reports whether
// others go on by that.
func (d *differ) skip(slots []slot) bool {
	for _, i := range slots {
		s := d.streams[i]
		if s == nil || len(s.items) == 0 || s.items[0].seq <= s.next {
			continue
		}
		d.enc.begin(s.replica, s.next, s.next+s.items[0].shift)
		d.enc.skip(s.items[0].seq - s.next)
		d.out = d.enc.end(d.out)
		s.next = s.items[0].seq
		d.wake(s)
	}
	return len(d.ready) > 0
}

// split takes the first life off a run that waits, and reports whether there
// was one.
func (d *differ) split(slots []slot) bool {
	for _, i := range slots {
		s := d.streams[i]
		if s == nil || len(s.items) == 0 || s.items[0].tag != opLife || s.items[0].n == 1 {
			continue
		}
		rest := s.items[0]
		s.items[0].n = 1
		s.items[0].life, rest.life = rest.life.cut()
		rest.seq, rest.n = rest.seq+1, rest.n-1
		s.items = slices.Insert(s.items, 1, rest)
		d.ready = append(d.ready, s)
		return true
	}
	return false
}

// write appends updates of one replica, up to the first operation that must
// wait. A new update begins where the Lamport time does not follow from the
// sequence number, and where one is long enough.
func (d *differ) write(s *stream) {
	var shift uint64 // Lamport time less sequence number, in the open update
	open := false
	for ; len(s.items) > 0; s.items = s.items[1:] {
		it := &s.items[0]
		if d.waits(s, it) {
			break
		}
		if !open || it.shift != shift || len(d.enc.buf) > splitUpdate {
			if open {
				d.out = d.enc.end(d.out)
			}
			open, shift = true, it.shift
			d.enc.begin(s.replica, s.next, s.next+shift)
		}
		if it.seq > s.next {
			d.enc.skip(it.seq - s.next)
		}
		d.b.encode(&d.enc, it)
		s.next = it.seq + it.n
		d.wake(s)
	}
	if len(s.items) == 0 && s.next <= s.last {
		if !open {
			open = true
			d.enc.begin(s.replica, s.next, s.next)
		}
		d.enc.skip(s.last + 1 - s.next)
		s.next = s.last + 1
		d.wake(s)
	}
	if open {
		d.out = d.enc.end(d.out)
	}
}

// waits reports whether the receiver will lack what an operation of s refers to
// when it comes next. s is then among the waiters of that.
func (d *differ) waits(s *stream, it *item) bool {
	refs := [3]ID{it.left, it.right, it.life.last()}
	if it.element != nil && it.tag != opCreate {
		if d.waitsFor(s, it.element.id) {
			return true
		}
	}
	return d.waitsFor(s, refs[0]) || d.waitsFor(s, refs[1]) || d.waitsFor(s, refs[2])
}

func (d *differ) waitsFor(s *stream, id ID) bool {
	if id.Replica == 0 || id.Replica == s.replica {
		return false
	}
	t := d.streams[d.b.slots[id.Replica]]
	if t == nil || id.Seq < t.next {
		return false
	}
	t.waiting = append(t.waiting, waiter{id.Seq, s})
	return true
}

// wake lets those go on that waited for what s has written.
func (d *differ) wake(s *stream) {
	if len(s.waiting) == 0 {
		return
	}
	stay := s.waiting[:0]
	for _, w := range s.waiting {
		if w.seq < s.next {
			d.ready = append(d.ready, w.stream)
		} else {
			stay = append(stay, w)
		}
	}
	s.waiting = stay
}

// last returns the greatest number of a run, the zero ID for no run.
func (l lifeRun) last() ID {
	if l.n > 0 && !l.back {
		l.first.Seq += uint64(l.n) - 1
	}
	return l.first
}

func (b *Board) encode(enc *encoder, it *item) {
	switch it.tag {
	case opCreate:
		enc.create(it.element.kind)
	case opSet:
		enc.set(it.element.id, it.register.key, b.value(it.register))
	case opPoints:
		block := it.element.block(it.run, &b.points)
		enc.points(it.element.id, it.run.first, it.run.n, block)
	case opInsert:
		enc.insert(it.element.id, it.left, it.right)
		enc.buf = wire.AppendBytes(enc.buf, it.content)
		enc.seq += it.n
	case opHidden:
		enc.hidden(it.element.id, it.left, it.right, int(it.n))
	case opLife:
		enc.life(it.element.id, it.life)
	default:
		enc.unknown(it.unknown)
	}
}

// block packs a run of a stroke's points.
func (e *Element) block(r run, scratch *[]Point) []byte {
	if n, rest, _ := wire.Uvarint(e.ink); int(n) == r.n && r.n == int(e.points) {
		if block, _, _ := wire.Bytes(rest); true {
			return block
		}
	}
	*scratch = e.AppendPoints((*scratch)[:0])
	return ink.Append(nil, nil, (*scratch)[r.first:r.first+r.n])
}

// items lists by slot what a board with state vector have lacks.
func (b *Board) items(have Vector) [][]item {
	from := make([]uint64, len(b.writers)) // the first number that is lacking
	for s, w := range b.writers {
		from[s] = have[w.id] + 1
	}
	items := make([][]item, len(b.writers))
	add := func(s slot, it item) { items[s] = append(items[s], it) }
	stamped := func(tag uint64, seq uint64, st stamp, e *Element, r *register) item {
		return item{tag: tag, seq: seq, n: 1, stamped: true, shift: st.lamport() - seq, element: e, register: r}
	}
	for i := range b.elements.n {
		e := b.elements.at(uint32(i))
		s := e.created.slot()
		if e.id.Seq >= from[s] {
			add(s, stamped(opCreate, e.id.Seq, e.created, e, nil))
		}
		for k := range e.registers {
			r := &e.registers[k]
			if s := r.stamp.slot(); uint64(r.seq) >= from[s] {
				add(s, stamped(opSet, uint64(r.seq), r.stamp, e, r))
			}
		}
		for _, r := range b.runsOf(e) {
			if cut := int64(from[s]) - int64(r.seq); cut >= int64(r.n) {
				continue
			} else if cut > 0 {
				r = run{r.first + int(cut), r.n - int(cut), r.seq + uint32(cut)}
			}
			add(s, item{tag: opPoints, seq: uint64(r.seq), n: uint64(r.n), element: e, run: r})
		}
	}
	for s := range b.writers {
		b.textItems(slot(s), uint32(from[s]), add)
	}
	for i := range b.unknown {
		u := &b.unknown[i]
		if s := b.slots[u.id.Replica]; u.id.Seq+u.n > from[s] {
			add(s, item{tag: u.tag, seq: u.id.Seq, n: u.n, stamped: true, shift: u.lamport - u.id.Seq, unknown: u})
		}
	}
	return items
}

// textItems lists the operations on texts of one replica from a number on.
func (b *Board) textItems(s slot, from uint32, add func(slot, item)) {
	for r := range b.texts.InsertRuns(text.Slot(s), from) {
		it := item{
			tag: opHidden, seq: uint64(r.ID.Seq), n: uint64(r.Len), element: b.textOf[r.Text],
			left: b.charID(r.Stated[0]), right: b.charID(r.Stated[1]),
		}
		if r.Forgotten {
			add(s, it)
			continue
		}
		it.tag = opInsert
		// One operation takes so much text.
		for rest := r.Content; len(rest) > 0; {
			part := rest[:cutText(rest, MaxInsert)]
			rest = rest[len(part):]
			cut := it
			cut.content = slices.Clone(part)
			cut.n = countRunes(part)
			add(s, cut)
			it.seq += cut.n
			it.left = ID{b.writers[s].id, it.seq - 1}
		}
	}
	// The arena joins what lies together in its memory; whatever can be joined
	// is joined here, so that the same state gives the same operations.
	var it item
	for r := range b.texts.LifeRuns(text.Slot(s), from) {
		e, l, seq := b.textOf[r.Text], b.lifeRun(r.Target, slices.Clone(r.Content)), uint64(r.ID.Seq)
		if it.element == e && it.seq+it.n == seq {
			if it.life.join(l) {
				it.n = uint64(it.life.n)
				continue
			}
			// Where a faulty writer turns back, one more may still belong to it.
			if first, rest := l.cut(); l.n > 1 && it.life.join(first) {
				it.n++
				seq++
				l = rest
			}
		}
		if it.n > 0 {
			add(s, it)
		}
		it = item{tag: opLife, seq: seq, n: uint64(l.n), element: e, life: l}
	}
	if it.n > 0 {
		add(s, it)
	}
}

// cut returns the first life of a run, and the others.
func (l lifeRun) cut() (first, rest lifeRun) {
	rest = l.from(1)
	end := len(l.content) - len(rest.content)
	l.n, l.back, l.content = 1, false, l.content[:end:end]
	return l, rest
}

// join adds the run m to l if it goes on in the same direction.
func (l *lifeRun) join(m lifeRun) bool {
	if l.life != m.life || l.first.Replica != m.first.Replica {
		return false
	}
	up := (l.n == 1 || !l.back) && (m.n == 1 || !m.back) && m.first.Seq == l.first.Seq+uint64(l.n)
	down := (l.n == 1 || l.back) && (m.n == 1 || m.back) && m.first.Seq == l.first.Seq-uint64(l.n)
	if !up && !down {
		return false
	}
	l.n += m.n
	l.back = down
	l.content = append(l.content, m.content...)
	return true
}

// runsOf returns the runs of a stroke's points.
func (b *Board) runsOf(e *Element) []run {
	if e.points == 0 {
		return nil
	}
	runs := append([]run{{0, int(e.points), e.inkSeq}}, b.runs[e]...)
	for i := range runs[1:] {
		runs[i].n = runs[i+1].first - runs[i].first
	}
	runs[len(runs)-1].n = int(e.points) - runs[len(runs)-1].first
	return runs
}
