package text

import "iter"

// InsertRun is an insertion made anew from the state: Len characters numbered from ID.Seq on.
type InsertRun struct {
	Text        Text
	ID          ID
	Left, Right ID    // the origins that count
	Stated      [2]ID // the origins that it was made with, mostly the same: see Claim
	Len         int
	Forgotten   bool   // the text was dropped: for ApplyForgotten
	Content     []byte // UTF-8, else; valid until the next step of the iteration
}

// InsertRuns yields the insertions of replica s from number from on, in the order of their numbers: what a
// peer lacks who has the numbers before. An insertion that began before from is cut, and insertions that continue
// each other may come as one. Together with LifeRuns, merged by number, these are all operations on texts.
func (a *Arena) InsertRuns(s Slot, from uint32) iter.Seq[InsertRun] {
	return func(yield func(InsertRun) bool) {
		if int(s) >= len(a.replicas) {
			return
		}
		var run InsertRun
		for _, ri := range a.replicas[s].runs {
			h := a.runs[ri]
			cid, end := h.cid, a.runEnd(ri)
			if h.seq+(end-cid) <= from {
				continue
			}
			if from > h.seq {
				cid += from - h.seq
			}
			for cid < end {
				l, i, off := a.at(&a.texts[h.text], cid)
				e := &a.spansOf(l)[i]
				n, gone := a.chars.sameFate(cid, min(e.len()-off, end-cid))
				left := e.left
				if off > 0 {
					left = cid - 1
				}
				origins := [2]ID{a.name(left), a.name(e.right)}
				stated := origins
				if len(a.claims) > 0 {
					n, stated[0], stated[1] = a.stated(cid, n, stated[0], stated[1])
				}
				id := ID{s, h.seq + cid - h.cid}
				before := ID{s, id.Seq - 1}
				if run.Len == 0 || run.Text != h.text || id.Seq != run.ID.Seq+uint32(run.Len) || origins != [2]ID{before, run.Right} ||
					stated != [2]ID{before, run.Stated[1]} || gone != run.Forgotten || run.Len+int(n) > MaxRun {
					if run.Len > 0 && !yield(run) {
						return
					}
					run = InsertRun{h.text, id, origins[0], origins[1], stated, 0, gone, run.Content[:0]}
				}
				run.Len += int(n)
				if !gone {
					run.Content = append(run.Content, a.chars.slice(cid, n)...)
				}
				cid += n
			}
		}
		if run.Len > 0 {
			yield(run)
		}
	}
}
