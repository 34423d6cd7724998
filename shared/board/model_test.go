package board

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board/internal/text"
)

// madeOp is one item of an operation as the test knows it: a point, a
// character, the life of a character, each by itself.
type madeOp struct {
	id          ID
	epoch       uint64 // of its writer
	lamport     uint64
	tag         uint64
	element     ID
	kind        Kind
	key         Key
	value       Value
	point       Point
	r           rune
	left, right ID
	target      ID
	life        uint32
}

// history is all operations that were ever made, in an order in which each comes
// after those its writer knew.
type history []madeOp

// model is the document, slow and obvious. It takes operations one by one and
// shares no method with the board.
type model struct {
	seen     Vector
	behind   int  // all operations before this one are seen
	torn     bool // between two updates of a diff (B26) an operation came before its element
	epoch    uint64
	base     Vector // what was seen when the epoch began
	gone     map[ID]modelGone
	elements map[ID]*modelElement
	textOf   map[ID]*tree // by character
}

type modelElement struct {
	id         ID
	lamport    uint64
	kind       Kind
	properties map[Key]madeOp
	points     []Point
	text       *tree
}

func newModel() *model {
	return &model{seen: Vector{}, elements: map[ID]*modelElement{}, textOf: map[ID]*tree{}}
}

// follow takes what a state vector covers.
func (m *model) follow(h history, v Vector) {
	gap := false
	for i := m.behind; i < len(h); i++ {
		o := &h[i]
		if o.id.Seq > v[o.id.Replica] {
			gap = true
			continue
		}
		if o.id.Seq > m.seen[o.id.Replica] {
			m.take(o)
			m.seen[o.id.Replica] = o.id.Seq
		}
		if !gap {
			m.behind = i + 1
		}
	}
}

func (m *model) take(o *madeOp) {
	if o.tag != opCreate && m.elements[o.element] == nil && o.epoch < m.epoch && o.element.Seq <= m.base[o.element.Replica] {
		return // it was removed
	}
	if g, ok := m.gone[o.left]; ok && g.epoch > o.epoch {
		moved := *o
		moved.left, o = g.left, &moved
	}
	if g, ok := m.gone[o.right]; ok && g.epoch > o.epoch {
		moved := *o
		moved.right, o = g.right, &moved
	}
	if o.tag != opCreate && m.elements[o.element] == nil {
		m.torn = true
		return
	}
	switch o.tag {
	case opCreate:
		m.elements[o.id] = &modelElement{id: o.id, lamport: o.lamport, kind: o.kind, properties: map[Key]madeOp{}, text: newTree()}
	case opSet:
		p := m.elements[o.element].properties
		was, ok := p[o.key]
		if c := cmp.Or(cmp.Compare(o.lamport, was.lamport), cmp.Compare(o.id.Replica, was.id.Replica)); !ok || c > 0 || c == 0 && o.value.compare(was.value) > 0 {
			p[o.key] = *o
		}
	case opPoints:
		e := m.elements[o.element]
		e.points = append(e.points, o.point)
	case opInsert, opHidden:
		t := m.elements[o.element].text
		left, right := t.resolve(o.left, o.right)
		t.insert(o.id, left, right, o.r)
		m.textOf[o.id] = t
		if o.tag == opHidden {
			t.nodes[o.id].life = 2
		}
	case opLife:
		if n := m.elements[o.element].text.nodes[o.target]; n != nil && o.target != (ID{}) {
			n.life = max(n.life, o.life)
		}
	}
}

// drawn is an element as anyone sees it.
type drawn struct {
	id         ID
	kind       Kind
	properties map[Key]Value
	points     []Point
	text       string
}

func (d drawn) String() string {
	return fmt.Sprintf("%v %d %v %v %q", d.id, d.kind, d.properties, d.points, d.text)
}

// state returns the elements, bottom to top.
func (m *model) state() []drawn {
	list := make([]*modelElement, 0, len(m.elements))
	for _, e := range m.elements {
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y *modelElement) int {
		return cmp.Or(strings.Compare(x.orderKey(), y.orderKey()), cmp.Compare(x.lamport, y.lamport), x.id.Compare(y.id))
	})
	var all []drawn
	for _, e := range list {
		d := drawn{e.id, e.kind, map[Key]Value{}, e.points, e.text.String()}
		for k, o := range e.properties {
			d.properties[k] = o.value
		}
		all = append(all, d)
	}
	return all
}

// orderKey is the property, or else the time of creation in base 64.
func (e *modelElement) orderKey() string {
	if s := e.properties[KeyOrder].value.Str(); s != "" {
		return s
	}
	var k []byte
	for l := e.lamport; len(k) < 8; l /= 64 {
		k = append(k, digits[l%64])
	}
	slices.Reverse(k)
	return string(k)
}

// tree is a text as the tree of the Fugue paper, with the siblings in the order
// of FugueMax: one node for each character, read by walking. The board never
// builds one.
type tree struct {
	root  *treeNode
	nodes map[ID]*treeNode
}

type treeNode struct {
	id, leftOrigin, rightOrigin ID
	r                           rune
	life                        uint32
	parent                      *treeNode
	lefts, rights               []*treeNode
}

func newTree() *tree {
	root := &treeNode{}
	return &tree{root, map[ID]*treeNode{{}: root}}
}

// walk lists all characters, hidden ones too.
func (t *tree) walk() (list []*treeNode) {
	var visit func(n *treeNode)
	visit = func(n *treeNode) {
		for _, k := range n.lefts {
			visit(k)
		}
		if n != t.root {
			list = append(list, n)
		}
		for _, k := range n.rights {
			visit(k)
		}
	}
	visit(t.root)
	return list
}

// insert hangs a character below its left origin, or below its right origin if
// that descends from the left one.
func (t *tree) insert(id, left, right ID, r rune) {
	n := &treeNode{id: id, r: r, life: 1, leftOrigin: left, rightOrigin: right}
	t.nodes[id] = n
	byID := func(x, y *treeNode) int { return x.id.Compare(y.id) }
	if right != (ID{}) && t.nodes[right].descends(t.nodes[left]) {
		n.parent = t.nodes[right]
		n.parent.lefts = append(n.parent.lefts, n)
		slices.SortFunc(n.parent.lefts, byID)
		return
	}
	n.parent = t.nodes[left]
	n.parent.rights = append(n.parent.rights, n)
	if len(n.parent.rights) == 1 {
		return
	}
	rank := map[ID]int{}
	for i, c := range t.walk() {
		rank[c.id] = i
	}
	rank[ID{}] = len(rank)
	slices.SortFunc(n.parent.rights, func(x, y *treeNode) int {
		return cmp.Or(cmp.Compare(rank[y.rightOrigin], rank[x.rightOrigin]), byID(x, y))
	})
}

func (n *treeNode) descends(from *treeNode) bool {
	for ; n != nil; n = n.parent {
		if n == from {
			return true
		}
	}
	return false
}

// resolve says what origins count as that may be anything (B41).
func (t *tree) resolve(left, right ID) (ID, ID) {
	if t.nodes[left] == nil {
		left = ID{}
	}
	if t.nodes[right] == nil {
		right = ID{}
	}
	all := t.walk()
	place := func(id ID, none int) int {
		if id == (ID{}) {
			return none
		}
		return slices.IndexFunc(all, func(n *treeNode) bool { return n.id == id })
	}
	l, r, start := place(left, -1), place(right, len(all)), -1
	if right != (ID{}) {
		start = place(t.nodes[right].leftOrigin, -1)
	}
	end := t.nodes[left].rightOrigin
	if l >= r || start > l || place(end, len(all)) < r {
		right = end
	}
	return left, right
}

func (t *tree) visible() []*treeNode {
	return slices.DeleteFunc(t.walk(), func(n *treeNode) bool { return n.life%2 == 0 })
}

func (t *tree) String() string {
	var b strings.Builder
	for _, n := range t.visible() {
		b.WriteRune(n.r)
	}
	return b.String()
}

// origins of an insertion before the visible character at pos.
func (t *tree) origins(pos int) (left, right ID) {
	if pos > 0 {
		left = t.visible()[pos-1].id
	}
	all := t.walk()
	i := slices.IndexFunc(all, func(n *treeNode) bool { return n.id == left })
	if i+1 < len(all) {
		right = all[i+1].id
	}
	return left, right
}

// stateOf returns what the board shows, deleted elements included.
func stateOf(b *Board) []drawn {
	var all []drawn
	for _, e := range b.order {
		d := drawn{e.ID(), e.Kind(), map[Key]Value{}, e.AppendPoints(nil), e.Text()}
		for _, r := range e.registers {
			d.properties[r.key] = e.Get(r.key)
		}
		all = append(all, d)
	}
	return all
}

func sameState(x, y []drawn) bool {
	return slices.EqualFunc(x, y, func(a, b drawn) bool { return a.String() == b.String() })
}

// mirror is a board rebuilt from what observers are told.
type mirror struct {
	elements map[ID]*mirrored
}

type mirrored struct {
	drawn
	runes []rune
}

// watch makes a mirror of a board as it is, and keeps it up to date.
func watch(b *Board) *mirror {
	m := &mirror{}
	m.read(b)
	b.Observe(func(ev Event) {
		if ev.Kind == Reset {
			m.read(b)
			return
		}
		if b.Element(ev.Element.ID()) != ev.Element {
			panic("an event of an element that is not the board's")
		}
		id := ev.Element.ID()
		d := m.elements[id]
		switch ev.Kind {
		case Created:
			if d != nil {
				panic("created twice")
			}
			m.elements[id] = &mirrored{drawn: drawn{id: id, kind: ev.Element.Kind(), properties: map[Key]Value{}}}
		case Set:
			d.properties[ev.Key] = ev.Element.Get(ev.Key)
		case Appended:
			if ev.From != len(d.points) {
				panic("points were left out")
			}
			d.points = append(d.points, ev.Element.AppendPoints(nil)[ev.From:]...)
		case Inserted:
			text := []rune(ev.Text)
			if len(text) != ev.Len || ev.Len == 0 {
				panic("length and text of an insertion differ")
			}
			d.runes = slices.Insert(d.runes, ev.At, text...)
		case Removed:
			if ev.Len == 0 {
				panic("nothing was removed")
			}
			d.runes = slices.Delete(d.runes, ev.At, ev.At+ev.Len)
		}
	})
	return m
}

// read takes the board as it is.
func (m *mirror) read(b *Board) {
	m.elements = map[ID]*mirrored{}
	for _, d := range stateOf(b) {
		m.elements[d.id] = &mirrored{d, []rune(d.text)}
	}
}

func (m *mirror) state(b *Board) []drawn {
	var all []drawn
	for _, e := range b.order {
		if d := m.elements[e.ID()]; d != nil {
			one := d.drawn
			one.text = string(d.runes)
			all = append(all, one)
		}
	}
	return all
}

// checkBoard looks for broken invariants.
func checkBoard(b *Board) error {
	if err := b.texts.Check(); err != nil {
		return err
	}
	live := 0
	for i, e := range b.order {
		if b.Element(e.id) != e {
			return fmt.Errorf("element %v is in the order and not in the index", e.id)
		}
		if i > 0 && b.compareOrder(b.order[i-1], e) >= 0 {
			return fmt.Errorf("B13: element %v lies above %v", e.id, b.order[i-1].id)
		}
		if e.id.Seq > b.Seq(e.id.Replica) {
			return fmt.Errorf("B5: element %v is beyond the vector", e.id)
		}
		if !e.Deleted() {
			live++
		}
		for j, r := range e.registers {
			if j > 0 && e.registers[j-1].key >= r.key {
				return fmt.Errorf("element %v: keys do not ascend", e.id)
			}
			if r.seq > b.writers[r.stamp.slot()].seq || r.stamp.lamport() > b.lamport {
				return fmt.Errorf("element %v: write %v is beyond vector or clock", e.id, r)
			}
		}
		at := 0
		for j, r := range b.runsOf(e) {
			if r.first != at || r.n <= 0 {
				return fmt.Errorf("element %v: run %d begins at %d, want %d", e.id, j, r.first, at)
			}
			at += r.n
			if uint64(r.seq)+uint64(r.n)-1 > b.Seq(e.id.Replica) {
				return fmt.Errorf("element %v: run %d is beyond the vector", e.id, j)
			}
		}
		if at != e.NumPoints() || at != len(e.AppendPoints(nil)) {
			return fmt.Errorf("element %v: runs end at %d of %d points", e.id, at, e.NumPoints())
		}
		if e.text != noText && b.textOf[e.text] != e {
			return fmt.Errorf("element %v: its text belongs to another", e.id)
		}
	}
	if len(b.order) != b.elements.n || live != b.Len() {
		return fmt.Errorf("%d elements, %d in the order; %d live, Len %d", b.elements.n, len(b.order), live, b.Len())
	}
	for s, w := range b.writers {
		if b.slots[w.id] != slot(s) || b.texts.ReplicaID(text.Slot(s)) != uint64(w.id) {
			return fmt.Errorf("replica %d has slots %d and %d", w.id, s, b.slots[w.id])
		}
		if uint64(w.seq) > b.lamport {
			return fmt.Errorf("B3: the clock %d is behind the %d operations of %d", b.lamport, w.seq, w.id)
		}
	}
	parked := 0
	for r, list := range b.parking.waiting {
		for _, p := range list {
			parked += len(p.data)
			if p.seq <= b.Seq(r) {
				return fmt.Errorf("B21: an update waits for %d.%d, which is here", r, p.seq)
			}
		}
	}
	if parked != b.Parked() || parked > MaxParked {
		return fmt.Errorf("B22: %d bytes are parked, Parked says %d", parked, b.Parked())
	}
	return nil
}

// checkReload makes the board anew, from its snapshot and, if it knows its
// history, from that.
func checkReload(b *Board) error {
	snapshot := b.Snapshot()
	loaded, err := Load(0, snapshot)
	if err != nil {
		return fmt.Errorf("B29: load: %w", err)
	}
	again := []*Board{loaded}
	if whole, err := b.Diff(nil); err == nil {
		replayed := New(0)
		if err := replayed.Apply(whole); err != nil {
			return fmt.Errorf("B25: %w", err)
		}
		again = append(again, replayed)
	} else if len(b.floor) == 0 && b.epoch == 0 {
		return fmt.Errorf("B24: %w", err)
	}
	for i, a := range again {
		if a.Parked() != 0 {
			return fmt.Errorf("B25: %d bytes of a diff are parked", a.Parked())
		}
		if !sameState(stateOf(b), stateOf(a)) || a.Len() != b.Len() {
			return fmt.Errorf("B29: %v, made anew (%d) %v", stateOf(b), i, stateOf(a))
		}
		if !bytes.Equal(a.Snapshot(), snapshot) || a.Hash() != b.Hash() {
			return fmt.Errorf("B28: the snapshot of the board made anew (%d) differs: %x, then %x", i, snapshot, a.Snapshot())
		}
		if err := checkBoard(a); err != nil {
			return fmt.Errorf("made anew (%d): %w", i, err)
		}
	}
	return nil
}

// mustApply applies what must be taken.
func mustApply(t testing.TB, b *Board, updates []byte) {
	t.Helper()
	if err := b.Apply(updates); err != nil {
		t.Fatalf("apply % x: %v", updates, err)
	}
	if err := checkBoard(b); err != nil {
		t.Fatal(err)
	}
}

// mustEqual checks that boards are in the same state, in every way that shows.
func mustEqual(t testing.TB, boards ...*Board) {
	t.Helper()
	for _, b := range boards {
		if err := checkBoard(b); err != nil {
			t.Fatal(err)
		}
		if err := checkReload(b); err != nil {
			t.Fatal(err)
		}
		if !sameState(stateOf(b), stateOf(boards[0])) || !bytes.Equal(b.Snapshot(), boards[0].Snapshot()) || b.Hash() != boards[0].Hash() {
			t.Fatalf("B6: boards differ: %v and %v", stateOf(boards[0]), stateOf(b))
		}
		if !b.Vector().Covers(boards[0].Vector()) || !boards[0].Vector().Covers(b.Vector()) {
			t.Fatalf("B5: vectors differ: %v and %v", boards[0].Vector(), b.Vector())
		}
	}
}
