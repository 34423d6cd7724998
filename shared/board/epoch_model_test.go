package board

import "maps"

// modelGone is what a number of a character that was removed counts as.
type modelGone struct {
	left, right ID
	epoch       uint64
}

// compacted returns the document at the beginning of its next epoch. It leaves m
// as it is.
func (m *model) compacted() *model {
	n := newModel()
	n.epoch, n.seen, n.base = m.epoch+1, m.seen.Clone(), m.seen.Clone()
	delete(n.seen, 0)
	delete(n.base, 0)
	stays := map[ID]bool{}
	n.gone = map[ID]modelGone{}
	for id, e := range m.elements {
		v := e.properties[KeyDeleted].value
		dead := v.typ == typeInt && v.num != 0
		all := e.text.walk()
		for i, c := range all {
			if !dead && c.life%2 == 1 {
				stays[c.id] = true
				continue
			}
			g := modelGone{epoch: n.epoch}
			for _, d := range all[:i] {
				if !dead && d.life%2 == 1 {
					g.left = d.id
				}
			}
			for k := len(all) - 1; k > i; k-- {
				if !dead && all[k].life%2 == 1 {
					g.right = all[k].id
				}
			}
			n.gone[c.id] = g
		}
		if dead {
			continue
		}
		c := *e
		c.properties, c.text = maps.Clone(e.properties), retold(e.text.visible())
		n.elements[id] = &c
	}
	old := map[ID]modelGone{}
	for id, g := range m.gone {
		if g.epoch+MaxEpochs <= n.epoch {
			continue
		}
		if h, ok := n.gone[g.left]; ok {
			g.left = h.left
		}
		if h, ok := n.gone[g.right]; ok {
			g.right = h.right
		}
		old[id] = g
	}
	maps.Copy(n.gone, old)
	for r, last := range n.base {
		n.fill(r, last, stays)
	}
	return n
}

// fill lets free numbers count as the characters removed just now that are
// nearest before them, or else behind them: up to characters that stay, and to
// those removed earlier.
func (n *model) fill(r Replica, last uint64, stays map[ID]bool) {
	free := func(seq uint64) bool {
		_, taken := n.gone[ID{r, seq}]
		return seq >= 1 && seq <= last && !taken && !stays[ID{r, seq}]
	}
	for seq := uint64(1); seq <= last; seq++ {
		if g, ok := n.gone[ID{r, seq - 1}]; ok && g.epoch == n.epoch && free(seq) {
			n.gone[ID{r, seq}] = g
		}
	}
	for seq := last; seq > 0; seq-- {
		if g, ok := n.gone[ID{r, seq + 1}]; ok && g.epoch == n.epoch && free(seq) {
			n.gone[ID{r, seq}] = g
		}
	}
}

// retold is a text of the characters of a list, as if each had been written when
// those of smaller names were there.
func retold(list []*treeNode) *tree {
	t := newTree()
	for len(t.nodes) <= len(list) {
		var next *treeNode
		at := 0
		for i, c := range list {
			if t.nodes[c.id] == nil && (next == nil || c.id.Compare(next.id) < 0) {
				next, at = c, i
			}
		}
		var left, right ID
		for _, c := range list[:at] {
			if t.nodes[c.id] != nil {
				left = c.id
			}
		}
		for i := len(list) - 1; i > at; i-- {
			if t.nodes[list[i].id] != nil {
				right = list[i].id
			}
		}
		t.insert(next.id, left, right, next.r)
		t.nodes[next.id].life = next.life
	}
	return t
}
