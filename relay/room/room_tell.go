package room

import (
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// telling is what is stored, of the board and of what is said on it, and not told to
// the members yet. In small rooms it
// is told at once; in large ones what was stored meanwhile goes together, so that
// each member costs one send.
type telling struct {
	pace   pacer
	untold []change

	speaking pacer    // of spoken, which takes all else along
	spoken   [][]byte // frames
}

// tell tells the members what is stored: of the board each but who has brought it, and
// what is said all of them.
func (r *room) tell(now bool) {
	every := r.spacing(tellCost, tellMost)
	if len(r.untold) == 0 && len(r.spoken) == 0 || !now && !r.telling.pace.due(every) {
		return
	}
	r.telling.pace.done(every)
	r.speaking.done(r.spacing(spokenCost, spokenMost))
	// Every change is encoded once, and those of which somebody needs all stand
	// together (R5).
	var all [][]byte
	parts := make([][][]byte, len(r.untold)) // by change
	var b []byte
	for i, c := range r.untold {
		if c.member != nil {
			c.member.wrote = true
		}
		for part := range board.Chunks(c.updates, maxUpdateFrame) {
			r.position++
			from := len(b)
			b = wire.AppendFrame(b, r.position, &wire.Update{Data: part})
			parts[i] = append(parts[i], b[from:len(b):len(b)])
			if len(b) >= maxUpdateFrame {
				all = append(all, b)
				b = nil
			}
		}
		from := len(b)
		if c.member != nil {
			b = append(b, r.toldChange(c.member)...)
		} else {
			b = append(b, r.toldOthers(c.others)...)
		}
		if len(b) > from {
			parts[i] = append(parts[i], b[from:len(b):len(b)])
		}
	}
	if len(b) > 0 {
		all = append(all, b)
	}
	all = append(all, r.spoken...)
	stamp := time.Now()
	for _, m := range r.members {
		if !m.wrote {
			m.push(r, stamp, all...)
			continue
		}
		for i, c := range r.untold {
			if c.member != m {
				m.push(r, stamp, parts[i]...)
			}
		}
		m.push(r, stamp, r.spoken...)
	}
	for _, c := range r.untold {
		if c.member != nil {
			c.member.wrote = false
		}
	}
	clear(r.untold)
	r.untold = r.untold[:0]
	clear(r.spoken)
	r.spoken = r.spoken[:0]
}

// speak tells what is said, if it is not told with other things before.
func (r *room) speak() {
	if len(r.spoken) > 0 && r.speaking.due(r.spacing(spokenCost, spokenMost)) {
		r.tell(true)
	}
}
