package client

import (
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// maxQueue bounds the bytes of updates that wait for the transport. Beyond it
// further ones are dropped and made anew from the document, in larger updates,
// when the transport has taken what waits (R4).
const maxQueue = 256 << 10

// Commit hands over the update of a local Edit, which the document has already.
func (s *Session) Commit(update []byte) {
	if len(update) == 0 {
		return
	}
	s.commits = append(s.commits, s.cfg.Doc.Seq(s.cfg.Doc.Replica()))
	s.cfg.Kept.add(update, true, time.Time{})
	if s.phase == Live && s.writes {
		s.queue(update)
	}
	s.tell(StatusChanged)
}

// Rename changes how this person is shown.
func (s *Session) Rename(name string, color uint32) {
	s.cfg.Name, s.cfg.Color = name, color
	s.renamed = s.phase != Offline // from then on Hello says it
}

// queue adds updates to what is to be sent, one frame for each part that fits.
func (s *Session) queue(updates []byte) {
	if s.behind {
		return
	}
	if s.outBytes+len(updates) > maxQueue && s.outBytes > 0 {
		s.behind = true
		return
	}
	s.heart.speak()
	s.outBytes += len(updates)
	s.out = appendUpdates(s.out, updates)
	s.queued = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
}

// appendUpdates appends frames that carry the given updates, each frame small
// enough that others fit beside it in a message.
func appendUpdates(out, updates []byte) []byte {
	for part := range board.Chunks(updates, wire.MaxMessage/4) {
		out = wire.AppendFrame(out, 0, &wire.Update{Data: part})
	}
	return out
}

// Waiting reports whether Outgoing has something to send.
func (s *Session) Waiting() bool {
	return len(s.out) > 0 || s.renamed || s.behind || s.latest.due(s.now) || s.latest.hand.due(s.now, true, s.byDatagram) ||
		s.viewportDue(s.now, true) || s.saysDue() || s.marksDue() || s.settleDue() || s.watchDue()
}

// Outgoing returns the next message for the transport, nil if there is nothing.
// The bytes are the caller's.
func (s *Session) Outgoing() []byte {
	if s.behind && len(s.out) == 0 {
		s.heart.speak()
		// Only own operations: the others came from the relay.
		have := s.cfg.Doc.Vector()
		have[s.cfg.Doc.Replica()] = s.queued
		s.behind = false
		updates, err := s.cfg.Doc.Diff(have)
		if err != nil {
			// What was queued on this connection was made on this board.
			panic("client: own changes: " + err.Error())
		}
		s.out = appendUpdates(s.out, updates)
		s.queued = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
	}
	if s.renamed {
		s.renamed = false
		s.heart.speak()
		s.out = wire.AppendFrame(s.out, 0, &wire.Profile{Name: s.cfg.Name, Color: s.cfg.Color, Away: s.away})
	}
	s.appendSays()
	s.appendMarks()
	s.appendSettled()
	s.appendWatch()
	s.appendLatest()
	if len(s.out) == 0 {
		return nil
	}
	msg := s.out
	if len(msg) <= wire.MaxMessage {
		s.out = nil
		if s.sent != s.queued {
			s.sent = s.queued
			s.path.handed(s.sent, s.now)
			s.tell(StatusChanged)
		}
	} else {
		// Cut between frames.
		n := 0
		for n < len(msg) {
			_, rest, _ := wire.Bytes(msg[n:])
			if len(msg)-len(rest) > wire.MaxMessage {
				break
			}
			n = len(msg) - len(rest)
		}
		msg, s.out = msg[:n:n], msg[n:]
	}
	s.outBytes = len(s.out)
	return msg
}
