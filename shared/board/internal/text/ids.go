package text

// Slot is an arena's dense local number of a replica, given by AddReplica.
type Slot uint32

// NoSlot is the slot of None.
const NoSlot = ^Slot(0)

// ID names a character, or an item of any other operation, globally: the replica that made it and the number
// that replica's board-wide counter had.
type ID struct {
	Slot Slot
	Seq  uint32
}

// None is the absent origin: the beginning of the text as a left origin, its end as a right one.
var None = ID{Slot: NoSlot}

// none is the absent local id.
const none = ^uint32(0)

// run says that local ids from cid on, up to the next run's cid, are the characters (slot, seq), (slot, seq+1)
// and so on of one text. A run needs no length: local ids are dense.
type run struct {
	cid, seq uint32
	slot     Slot
	text     Text
}

// replica is what the arena knows about one replica.
type replica struct {
	id   uint64
	runs []uint32 // indexes of Arena.runs, by seq
	hit  uint32   // index into Arena.runs where the last look-up ended
	log  []logRun
	// logEnd is the number after the last life operation's; it outlives DropLog.
	logEnd uint32
}

// runEnd is the local id after the last one of run i.
func (a *Arena) runEnd(i uint32) uint32 {
	if int(i)+1 < len(a.runs) {
		return a.runs[i+1].cid
	}
	return a.chars.n
}

// seqEnd is the number after the last character's of a replica.
func (a *Arena) seqEnd(r *replica) uint32 {
	if len(r.runs) == 0 {
		return 0
	}
	i := r.runs[len(r.runs)-1]
	return a.runs[i].seq + a.runEnd(i) - a.runs[i].cid
}

// find returns the local id of character id and the run it lies in.
func (a *Arena) find(id ID) (cid, run uint32, err error) {
	if int(id.Slot) >= len(a.replicas) {
		return 0, 0, ErrReplica
	}
	r := &a.replicas[id.Slot]
	if int(r.hit) < len(a.runs) {
		h := &a.runs[r.hit]
		if k := id.Seq - h.seq; h.slot == id.Slot && k < a.runEnd(r.hit)-h.cid {
			return h.cid + k, r.hit, nil
		}
	}
	lo, hi := 0, len(r.runs)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if a.runs[r.runs[m]].seq <= id.Seq {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo == 0 {
		if len(r.runs) == 0 {
			return 0, 0, ErrNotReady
		}
		return 0, 0, ErrGone
	}
	i := r.runs[lo-1]
	h := &a.runs[i]
	if k := id.Seq - h.seq; k < a.runEnd(i)-h.cid {
		r.hit = i
		return h.cid + k, i, nil
	}
	if lo == len(r.runs) {
		return 0, 0, ErrNotReady
	}
	return 0, 0, ErrGone
}

// origin is find for an origin of a character (slot, seq) of text t; it accepts None. With an error it gives
// none.
func (a *Arena) origin(t Text, of, id ID) (uint32, error) {
	if id.Slot == NoSlot {
		return none, nil
	}
	cid, i, err := a.find(id)
	if err != nil {
		return none, err
	}
	if a.runs[i].text != t || id.Slot == of.Slot && id.Seq >= of.Seq {
		return none, ErrOrigin
	}
	return cid, nil
}

// runOf is the index of the run that holds local id cid.
func (a *Arena) runOf(cid uint32) uint32 {
	if i := a.lastRun; int(i) < len(a.runs) && a.runs[i].cid <= cid && cid < a.runEnd(i) {
		return i
	}
	lo, hi := 0, len(a.runs)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if a.runs[m].cid <= cid {
			lo = m + 1
		} else {
			hi = m
		}
	}
	a.lastRun = uint32(lo - 1)
	return a.lastRun
}

// name is the global id of local id cid.
func (a *Arena) name(cid uint32) ID {
	if cid == none {
		return None
	}
	r := &a.runs[a.runOf(cid)]
	return ID{r.slot, r.seq + cid - r.cid}
}

// addRun books the n newest characters, already counted in chars, as (id.Slot, id.Seq) and on of text t.
func (a *Arena) addRun(t Text, id ID, n uint32) {
	cid := a.chars.n - n
	if k := len(a.runs); k > 0 {
		r := &a.runs[k-1]
		if r.slot == id.Slot && r.text == t && r.seq+cid-r.cid == id.Seq {
			return // runs have no length to change
		}
	}
	rep := &a.replicas[id.Slot]
	rep.runs = append(rep.runs, uint32(len(a.runs)))
	a.runs = append(a.runs, run{cid, id.Seq, id.Slot, t})
}
