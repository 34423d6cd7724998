package text

import (
	"cmp"
	"slices"
)

// gid names a character independently of any arena's slots.
type gid struct {
	replica uint64
	seq     uint32
}

var noGid = gid{replica: 1<<64 - 1}

// oracle is the slow, obvious model of one text: the tree of the Fugue paper with the sibling order of
// FugueMax, one node per character, read by walking it. It shares neither code nor method with the arena, which
// never builds a tree.
type oracle struct {
	root  *treeNode
	nodes map[gid]*treeNode
}

type treeNode struct {
	id          gid
	r           rune
	life        uint32
	parent      *treeNode
	leftOrigin  gid
	rightOrigin gid
	lefts       []*treeNode
	rights      []*treeNode
}

func newOracle() *oracle {
	root := &treeNode{id: noGid, rightOrigin: noGid}
	return &oracle{root, map[gid]*treeNode{noGid: root}}
}

// walk lists all characters, hidden ones too.
func (o *oracle) walk() []*treeNode {
	var list []*treeNode
	var visit func(n *treeNode)
	visit = func(n *treeNode) {
		for _, k := range n.lefts {
			visit(k)
		}
		if n != o.root {
			list = append(list, n)
		}
		for _, k := range n.rights {
			visit(k)
		}
	}
	visit(o.root)
	return list
}

func (o *oracle) insert(id, left, right gid, r rune) {
	n := &treeNode{id: id, r: r, life: 1, leftOrigin: left, rightOrigin: right}
	o.nodes[id] = n
	l := o.nodes[left]
	if right != noGid && descends(o.nodes[right], l) {
		n.parent = o.nodes[right]
		n.parent.lefts = append(n.parent.lefts, n)
		slices.SortFunc(n.parent.lefts, byID)
		return
	}
	rank := map[gid]int{}
	for i, c := range o.walk() {
		rank[c.id] = i
	}
	rank[noGid] = len(rank)
	n.parent = l
	l.rights = append(l.rights, n)
	slices.SortFunc(l.rights, func(x, y *treeNode) int {
		if c := cmp.Compare(rank[y.rightOrigin], rank[x.rightOrigin]); c != 0 {
			return c
		}
		return byID(x, y)
	})
}

// resolve says what origins count as, which are those of an insertion that is ready but may refer to anything.
func (o *oracle) resolve(left, right gid) (gid, gid) {
	if o.nodes[left] == nil {
		left = noGid
	}
	if o.nodes[right] == nil {
		right = noGid
	}
	all := o.walk()
	place := func(g gid, none int) int {
		if g == noGid {
			return none
		}
		return slices.IndexFunc(all, func(n *treeNode) bool { return n.id == g })
	}
	l, r := place(left, -1), place(right, len(all))
	start := -1
	if right != noGid {
		start = place(o.nodes[right].leftOrigin, -1)
	}
	end := o.nodes[left].rightOrigin
	if l >= r || start > l || place(end, len(all)) < r {
		right = end
	}
	return left, right
}

func byID(x, y *treeNode) int {
	return cmp.Or(cmp.Compare(x.id.replica, y.id.replica), cmp.Compare(x.id.seq, y.id.seq))
}

func descends(n, from *treeNode) bool {
	for ; n != nil; n = n.parent {
		if n == from {
			return true
		}
	}
	return false
}

func (o *oracle) setLife(id gid, life uint32) {
	n := o.nodes[id]
	n.life = max(n.life, life)
}

func (o *oracle) visible() []*treeNode {
	return slices.DeleteFunc(o.walk(), func(n *treeNode) bool { return n.life%2 == 0 })
}

// visibleOf is the text that the visible ones of a list of characters make.
func visibleOf(list []*treeNode) string {
	var b []rune
	for _, n := range list {
		if n.life%2 != 0 {
			b = append(b, n.r)
		}
	}
	return string(b)
}

// origins of an insertion before the visible character at pos.
func (o *oracle) origins(pos int) (left, right gid) {
	left, right = noGid, noGid
	if pos > 0 {
		left = o.visible()[pos-1].id
	}
	all := o.walk()
	i := slices.IndexFunc(all, func(n *treeNode) bool { return n.id == left })
	if i+1 < len(all) {
		right = all[i+1].id
	}
	return left, right
}
