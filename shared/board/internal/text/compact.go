package text

// Compact returns an arena with the same texts and replicas under the same handles and slots, but without
// hidden characters and without the log. Ids stay. Origins become what they would be had the hidden characters
// never existed and had the replicas written one after the other, in the order of their ids: a function of the
// visible characters alone, so that all replicas that compact the same state get the same one.
//
// It is safe only at causal stability: every operation that any replica may still send has to have been made
// by someone who knew all of this state and refers to nothing hidden in it. What refers to a removed character
// all the same is refused with ErrGone or, behind the last number that is left, ErrNotReady.
func (a *Arena) Compact() *Arena {
	c, _ := a.CompactTexts(func(Text) bool { return true })
	return c
}

// CompactTexts is Compact for the texts that keep holds for: the others get no handle. It returns the new
// handle of each, or -1.
func (a *Arena) CompactTexts(keep func(Text) bool) (c *Arena, handle []Text) {
	c = New()
	for i := range a.replicas {
		c.replicas = append(c.replicas, replica{id: a.replicas[i].id, logEnd: a.Next(Slot(i))})
	}
	ids := make([]uint64, len(a.replicas))
	for i := range ids {
		ids[i] = a.replicas[i].id
	}
	place := make([]uint64, len(ids))
	for i, s := range order(ids) {
		place[s] = uint64(i) << 32
	}
	handle = make([]Text, len(a.texts))
	for t := range a.texts {
		if !keep(Text(t)) {
			handle[t] = noText
			continue
		}
		handle[t] = Text(len(c.texts))
		list, content := a.pieces(Text(t), visibleOnly)
		if len(list) == 0 {
			c.NewText()
			continue
		}
		keys := make([]uint64, len(list))
		id := c.chars.n
		for i := range list {
			p := &list[i]
			keys[i] = place[p.slot] | uint64(p.seq)
			p.first = id
			id += p.n
			p.last = id - 1
		}
		x, y := elders(keys)
		for i := range list {
			p := &list[i]
			p.left, p.right = none, none
			if x[i] >= 0 {
				p.left = list[x[i]].last
			}
			if int(y[i]) < len(list) {
				p.right = list[y[i]].first
			}
		}
		c.build(list, order(keys), content)
	}
	return c, handle
}

// DropText forgets the characters of everything hidden in all texts; their ids stay, so that every operation
// is still understood. What was forgotten comes back with the content of an operation that shows it.
func (a *Arena) DropText() {
	gone := make([]uint64, len(a.chars.pages))
	some := false
	for t := range a.texts {
		for l := a.texts[t].first; l >= 0; l = a.leaves[l].next {
			for _, s := range a.spansOf(l) {
				if s.n&hidden == 0 {
					continue
				}
				some = true
				for id := s.id; id < s.id+s.len(); id++ {
					gone[id>>pageBits] |= 1 << (id & pageMask)
				}
			}
		}
	}
	if some {
		a.interrupt()
		a.chars.forget(gone)
	}
}
