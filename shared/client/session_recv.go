package client

import (
	"errors"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// Step takes one message of the relay. An error means that the relay or the
// transport is broken: the connection should be closed with the code that Code
// gives for it.
func (s *Session) Step(now time.Time, msg []byte) error {
	s.now = now
	s.heart.hear(now)
	for frame, err := range wire.Frames(msg) {
		if err == nil {
			err = s.frame(frame)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var errOrder = errors.New("client: the relay sent a message before its Welcome")

func (s *Session) frame(f wire.Frame) error {
	switch f.Kind {
	case wire.KindUpdate, wire.KindAck, wire.KindJoined, wire.KindLeft, wire.KindPing, wire.KindPong,
		wire.KindSnapshotPart, wire.KindMoved, wire.KindNotice, wire.KindSignal,
		wire.KindSaid, wire.KindTyping, wire.KindMark, wire.KindTalks,
		wire.KindInbox, wire.KindWishes, wire.KindPoints, wire.KindPublished:
		if s.phase != Live {
			return errOrder
		}
	}
	switch f.Kind {
	case wire.KindCursors, wire.KindPreview, wire.KindSelection, wire.KindViewport:
		if f.Seq > 0 {
			s.heart.counted = true
			s.path.received++
			s.path.highest = max(s.path.highest, uint32(f.Seq))
		}
	case wire.KindPong:
		var m wire.Pong
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		if s.path.pong(s.asking, s.heart.pinged, s.now, &m) {
			s.tell(PathChanged)
		}
	}
	switch f.Kind {
	case wire.KindWelcome:
		if err := s.welcome.Parse(f.Body); err != nil {
			return err
		}
		return s.live()
	case wire.KindSnapshotPart:
		var m wire.SnapshotPart
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		return s.arrive(&m)
	case wire.KindNotice:
		var m wire.Notice
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		switch m.Code {
		case 0, wire.CodeNotStored, wire.CodeEdgeOnly:
			s.notStored, s.edgeOnly = m.Code == wire.CodeNotStored, m.Code == wire.CodeEdgeOnly
			if m.Code != wire.CodeNotStored {
				s.atEdge(m.Code == wire.CodeEdgeOnly)
			}
			s.tell(StatusChanged)
		}
	case wire.KindMoved:
		var m wire.Moved
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.moved = moved{true, time.Duration(m.AfterMS) * time.Millisecond, m.To}
	case wire.KindUpdate:
		var m wire.Update
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		if s.arriving.total > 0 {
			return errPieces
		}
		if err := s.cfg.Doc.Apply(m.Data); err != nil {
			return err
		}
		s.cfg.Kept.add(m.Data, false, s.now)
		s.showMovers()
	case wire.KindAck:
		var m wire.Ack
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		if m.Through <= s.queued {
			s.path.acked(m.Through, s.now)
			s.stored(m.Through)
		}
		s.acked(m.Others)
	case wire.KindCursors:
		// By datagram they may come before Welcome and Joined: nobody is known
		// then, and they are ignored (W27).
		if err := s.cursors.Parse(f.Body); err != nil {
			return err
		}
		for _, c := range s.cursors.List {
			if m := s.members[c.Member]; m != nil && wire.Newer(c.Seq, m.Cursor.Seq) {
				m.Cursor = c
				s.notBack(m.ID)
			}
		}
		s.tell(CursorsChanged)
	case wire.KindPreview:
		if err := s.preview.Parse(f.Body); err != nil {
			return err
		}
		s.sketched(&s.preview)
	case wire.KindSelection:
		if err := s.selection.Parse(f.Body); err != nil {
			return err
		}
		s.selected(&s.selection)
	case wire.KindViewport:
		if err := s.viewport.Parse(f.Body); err != nil {
			return err
		}
		s.viewed(&s.viewport)
	case wire.KindSignal:
		if err := s.signal.Parse(f.Body); err != nil {
			return err
		}
		s.signalled(&s.signal)
	case wire.KindSaid:
		m := new(wire.Said)
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.said(m)
	case wire.KindTalks:
		var m wire.Talks
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.toldTalks(&m)
	case wire.KindTyping:
		var m wire.Typing
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.typed(&m)
	case wire.KindMark:
		var m wire.Mark
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.marked(&m)
	case wire.KindInbox:
		m := new(wire.Inbox)
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.toldInbox(m)
	case wire.KindWishes:
		m := new(wire.Wishes)
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.toldWishes(m)
	case wire.KindPoints:
		var m wire.Points
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.toldPoints(&m)
	case wire.KindPublished:
		m := new(wire.Published)
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.published(m)
	case wire.KindJoined:
		var m wire.Joined
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.joined(m)
	case wire.KindLeft:
		var m wire.Left
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.left(m.Member)
	case wire.KindPing:
		var m wire.Ping
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.out = wire.AppendFrame(s.out, 0, &wire.Pong{Stamp: m.Stamp})
	case wire.KindDenied:
		m := new(wire.Denied)
		if err := m.Parse(f.Body); err != nil {
			return err
		}
		s.denied = m
		s.tell(StatusChanged)
	}
	return nil
}

// live sends what the relay lacks. The relay sends the rest by itself. It
// welcomes again a client for which it has dropped frames.
func (s *Session) live() error {
	vector, err := board.ParseVector(s.welcome.Vector)
	if err != nil {
		return err
	}
	s.welcomedAs(vector)
	s.due = vector
	var updates []byte
	if s.role.Edits() {
		if updates, err = s.lacking(vector); err != nil {
			return err
		}
	}
	s.phase, s.member = Live, s.welcome.Member
	s.latest.hand.welcomed(s.role.Edits())
	s.latest.gaze.welcomed()
	s.forgetMembers(formerComeBack)
	another := s.person != s.welcome.Person && s.person != wire.Person{}
	s.talksWelcomed()
	s.inboxWelcomed(another)
	s.feedsWelcomed()
	s.path.welcomed(s.welcome.Time, s.now)
	s.renamed = s.renamed || s.away
	s.sent = vector[s.cfg.Doc.Replica()]
	s.stored(s.sent)
	s.inheritedAtWelcome(vector)
	s.fits(s.now)
	if len(updates) > 0 {
		s.heart.speak()
		s.out = appendUpdates(s.out, updates)
	}
	if s.queued = s.sent; s.writes {
		s.queued = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
	}
	s.tell(StatusChanged)
	return nil
}

// stored takes note that the relay has own operations up to seq durably.
func (s *Session) stored(seq uint64) {
	s.storedTo = max(s.storedTo, seq)
	s.closeSketches()
	n := 0
	for n < len(s.commits) && s.commits[n] <= seq {
		n++
	}
	if n > 0 {
		s.commits = append(s.commits[:0], s.commits[n:]...)
		s.cfg.Kept.touch(false, s.now)
		s.tell(StatusChanged)
	}
}

// Code returns the close code for an error of Step, of Tick or of a transport.
func Code(err error) wire.Code {
	switch {
	case errors.Is(err, errOrder):
		return wire.CodeOrder
	case errors.Is(err, wire.ErrTooLarge), errors.Is(err, conn.ErrTooLarge):
		return wire.CodeTooLarge
	case errors.Is(err, conn.ErrMalformed):
		return wire.CodeBadFrame
	case errors.Is(err, conn.ErrText):
		return wire.CodeText
	case errors.As(err, new(board.Error)):
		return wire.CodeBadUpdate
	case errors.As(err, new(wire.Error)):
		return wire.CodeBadFrame
	}
	return wire.CodeSilent
}
