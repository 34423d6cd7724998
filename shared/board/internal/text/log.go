package text

import "iter"

// logRun is a run of items of life operations of one replica: item i, numbered seq+i, set the life of the
// character with local id cid+i, or cid-i if back.
type logRun struct {
	seq, cid uint32
	n        uint32 // items, and the bit back
	life     uint32
}

const back = uint32(1) << 31 // in logRun.n

func (r *logRun) len() uint32 { return r.n &^ back }

// target is the local id of item i.
func (r *logRun) target(i uint32) uint32 {
	if r.n&back != 0 {
		return r.cid - i
	}
	return r.cid + i
}

// record appends n items to the log of a replica; dir is 0 or back.
func (r *replica) record(seq, cid, n, dir, life uint32) {
	r.logEnd = seq + n
	if k := len(r.log); k > 0 {
		p := &r.log[k-1]
		pn := p.len()
		if p.seq+pn == seq && p.life == life {
			if step := cid - p.cid; (pn == 1 || p.n&back == 0) && (n == 1 || dir == 0) && step == pn {
				p.n = pn + n
				return
			} else if (pn == 1 || p.n&back != 0) && (n == 1 || dir != 0) && -step == pn {
				p.n = (pn + n) | back
				return
			}
		}
	}
	if n == 1 {
		dir = 0
	}
	r.log = grow(r.log, 1)
	r.log[len(r.log)-1] = logRun{seq, cid, n | dir, life}
}

// LifeRun is a life operation: its items are numbered ID.Seq and on, and item i set the life of the
// character Target.ID.Seq+i, or Target.ID.Seq-i if Target.Back, to Target.Life.
type LifeRun struct {
	Text    Text
	ID      ID
	Target  Target
	Content []byte // with an odd life of 3 or more, see ApplyLife; valid until the next step of the iteration
}

// LifeRuns yields what is logged of the life operations of replica s from number from on, in the order of
// their numbers. An operation that began before from is cut. One that showed characters which were hidden again
// since and then forgotten comes as what it now amounts to: with the life of the later hiding, which every
// peer gets to know anyway.
func (a *Arena) LifeRuns(s Slot, from uint32) iter.Seq[LifeRun] {
	return func(yield func(LifeRun) bool) {
		if int(s) >= len(a.replicas) {
			return
		}
		log := a.replicas[s].log
		lo, hi := 0, len(log)
		for lo < hi {
			m := int(uint(lo+hi) >> 1)
			if log[m].seq+log[m].len() <= from {
				lo = m + 1
			} else {
				hi = m
			}
		}
		var content []byte
		for i := range log[lo:] {
			r := &log[lo+i]
			k := uint32(0)
			if from > r.seq {
				k = from - r.seq
			}
			for k < r.len() {
				cid := r.target(k)
				ri := a.runOf(cid)
				h := &a.runs[ri]
				n := a.runEnd(ri) - cid
				if r.n&back != 0 {
					n = cid - h.cid + 1
				}
				n = min(n, r.len()-k)
				t := Target{ID: ID{h.slot, h.seq + cid - h.cid}, Len: n, Life: r.life, Back: r.n&back != 0 && n > 1}
				content = content[:0]
				if t.shows() {
					t.Len, t.Life = a.amount(&a.texts[h.text], r, k, n)
					n = t.Len
					t.Back = t.Back && n > 1
					if t.shows() {
						content, _ = a.Content(t, content)
					}
				}
				if !yield(LifeRun{h.text, ID{s, r.seq + k}, t, content}) {
					return
				}
				k += n
			}
		}
	}
}

// amount returns the life that items of a log run which showed characters amount to now, and how many of the n
// items from k on share it.
func (a *Arena) amount(tx *textState, r *logRun, k, n uint32) (same, life uint32) {
	if !a.chars.anyForgotten {
		return n, r.life
	}
	for same = range n {
		cid, now := r.target(k+same), r.life
		if a.chars.isForgotten(cid) {
			now = a.lifeAt(tx, cid)
		}
		if same == 0 {
			life = now
		} else if now != life {
			return same, life
		}
	}
	return n, life
}

// DropLog forgets all life operations. Lives stay; what is lost is the ability to tell a peer that lacks some
// of the operations which ones, so such peers need a snapshot.
func (a *Arena) DropLog() {
	a.interrupt()
	for i := range a.replicas {
		a.replicas[i].log = nil
	}
}
