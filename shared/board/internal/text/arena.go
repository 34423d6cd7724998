package text

import "math"

// Text is the handle of one text of an arena. Handles are dense and begin at 0.
type Text int32

const noText Text = -1

const (
	// MaxChars is the most characters, hidden ones included, that an arena holds.
	MaxChars = 1 << 30
	// MaxBytes is the most UTF-8 bytes that an arena holds.
	MaxBytes = 1 << 31
	// MaxRun is the most characters of one insertion, and of one run without text.
	MaxRun = 1 << 22
	// MaxLife is the highest life a character can have.
	MaxLife = 1<<16 - 1
	// MaxSeq is the highest number of an operation's item.
	MaxSeq = math.MaxUint32 - 1
)

// Arena holds all texts of one board. It belongs to one goroutine. Use New.
type Arena struct {
	texts    []textState
	replicas []replica

	chars chars // by local id
	homes homes // by local id
	lives lives // by local id, sparse
	runs  []run // by local id

	claims []claim // by local id, sparse

	leaves []leaf
	spans  []span // the leaves' blocks
	nodes  []node
	free   [blockClasses][]uint32 // unused blocks of spans

	typing  typing
	erasing erasing
	lastRun uint32 // where runOf ended last
}

// textState is one text: a tree of leaves, or a single leaf while it is small.
type textState struct {
	root        int32 // inner node, -1 while there is one leaf
	first, last int32 // leaves
	chars       uint32
	wide        width // of the visible characters

	// Edits come where the last one was: the cursor is a span and the visible characters before it.
	// leaf is -1 until the first edit.
	cur cursor

	// The last edits' effect on the counts of the nodes above leaf owedBy, not yet booked there.
	owedBy   int32
	owed     uint32 // wraps when negative
	owedWide width
}

type cursor struct {
	leaf, entry int32
	base        uint32
}

// typing is the state in which the next character of someone typing can be booked without looking anything
// up. Everything else that changes the arena ends it.
type typing struct {
	text  Text   // noText: nobody types
	pos   uint32 // visible position after the last character
	next  ID     // the next character's id
	right ID     // its right origin, which is also the next element
	span  uint32 // index in spans of the span to prolong; it ends with the newest local id
	leaf  int32
	limit uint32 // local ids at which MaxChars or MaxSeq would be passed
}

// erasing is the state in which the next character of someone holding the backspace or the delete key can be
// hidden without looking anything up. Everything else that changes the arena ends it.
type erasing struct {
	text   Text   // noText: nobody erases
	back   bool   // by the backspace key
	pos    uint32 // visible position of the character to hide next
	next   ID     // the number of hiding it, which prolongs the replica's last log run
	target ID     // its name
	span   uint32 // index in spans of the first of two spans: it ends the visible one and joins the hidden one
	left   uint32 // how many characters this can go on for
}

// interrupt ends typing and erasing.
func (a *Arena) interrupt() {
	a.typing.text, a.erasing.text = noText, noText
}

// New returns an arena without texts or replicas.
func New() *Arena {
	return &Arena{typing: typing{text: noText}, erasing: erasing{text: noText}}
}

// AddReplica gives a replica a slot. The caller adds each once. Ids decide ties between concurrent insertions at
// one place, so every arena must know a replica by the same id; slots are local and may differ.
func (a *Arena) AddReplica(id uint64) Slot {
	a.replicas = append(a.replicas, replica{id: id})
	return Slot(len(a.replicas) - 1)
}

// Replicas is the number of slots.
func (a *Arena) Replicas() int { return len(a.replicas) }

// ReplicaID is the id of a slot below Replicas.
func (a *Arena) ReplicaID(s Slot) uint64 { return a.replicas[s].id }

// NewText adds an empty text.
func (a *Arena) NewText() Text {
	t := Text(len(a.texts))
	l := int32(len(a.leaves))
	a.leaves = append(a.leaves, leaf{text: t, parent: -1, prev: -1, next: -1})
	a.newBlock(&a.leaves[l], 0)
	a.texts = append(a.texts, textState{root: -1, first: l, last: l, cur: cursor{leaf: -1}, owedBy: l})
	return t
}

// Size is the number of characters of all texts, hidden ones included.
func (a *Arena) Size() int { return int(a.chars.n) }

// Texts is the number of texts; their handles are 0 to Texts()-1.
func (a *Arena) Texts() int { return len(a.texts) }

// Next is the lowest number of replica s not taken by a character or life operation known here. It is the
// board's counter only if the board's other operations are counted too.
func (a *Arena) Next(s Slot) uint32 {
	if int(s) >= len(a.replicas) {
		return 0
	}
	r := &a.replicas[s]
	return max(r.logEnd, a.seqEnd(r))
}

// Memory is the number of bytes the arena holds, unused capacity included.
func (a *Arena) Memory() int {
	n := cap(a.texts)*72 + cap(a.chars.bytes) + cap(a.chars.pages)*8
	n += cap(a.homes.pages)*4 + cap(a.homes.palettes)*20 + cap(a.homes.full)*4*homeLen
	n += cap(a.lives)*12 + cap(a.runs)*16 + cap(a.claims)*24
	n += cap(a.leaves)*28 + cap(a.spans)*16 + cap(a.nodes)*nodeBytes
	for i := range a.replicas {
		n += 72 + cap(a.replicas[i].runs)*4 + cap(a.replicas[i].log)*16
	}
	return n
}

// clip is s without unused capacity.
func clip[T any](s []T) []T { return append(make([]T, 0, len(s)), s...) }

// Trim gives back unused capacity, for an arena that has been loaded and may not be edited soon.
func (a *Arena) Trim() {
	a.chars.bytes, a.chars.pages = clip(a.chars.bytes), clip(a.chars.pages)
	a.homes.pages, a.homes.palettes, a.homes.full = clip(a.homes.pages), clip(a.homes.palettes), clip(a.homes.full)
	a.runs, a.leaves, a.spans, a.nodes = clip(a.runs), clip(a.leaves), clip(a.spans), clip(a.nodes)
}

// grow lengthens s by n elements, which may hold anything. Capacity grows by a fifth, not by a quarter or
// double as with append: what a board holds counts more than what is copied on the way.
func grow[T any](s []T, n int) []T {
	k := len(s)
	if k+n > cap(s) {
		grown := make([]T, k, k+n+k/5+4)
		copy(grown, s)
		s = grown
	}
	return s[:k+n]
}

// reserve makes room for n more elements.
func reserve[T any](s []T, n int) []T { return grow(s, n)[:len(s)] }
