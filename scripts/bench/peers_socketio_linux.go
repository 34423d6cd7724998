package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// socketIODialect is Socket.IO's protocol 5 over WebSocket alone, which is Engine.IO's protocol 4: texts that begin with what
// they are, and a message of its own for what is binary in an event.
type socketIODialect struct {
	guests  *guests
	members map[*player]*socketIOMember
}

type socketIOMember struct {
	room   string
	binary bool   // what is next is what an event was about
	mark   string // of that event
	pid    string // by which the server knows who comes back
	offset string // the mark of the last message that came
}

func newSocketIODialect(g *guests) dialect {
	return &socketIODialect{g, map[*player]*socketIOMember{}}
}

func (*socketIODialect) path(string) string { return "/socket.io/?EIO=4&transport=websocket" }

func (s *socketIODialect) hello(p *player, room string) []byte {
	m := s.members[p]
	if m == nil {
		m = &socketIOMember{}
		s.members[p] = m
	}
	m.room, m.binary = room, false
	return nil // the server speaks first
}

func (s *socketIODialect) tell(room string, author, n int) []byte {
	head := fmt.Sprintf(`451-["update",%q,{"_placeholder":true,"num":0}]`, room)
	return appendClientFrame(appendClientFrame(nil, opText, []byte(head)), opBinary, peerMessage(author, n))
}

func (s *socketIODialect) heard(p *player, op byte, msg []byte, now time.Time) error {
	m := s.members[p]
	if m.binary != (op == opBinary) {
		return errors.New("binary messages and those about them do not come in turn")
	}
	say := func(text string) error { return s.guests.answer(p, appendClientFrame(nil, opText, []byte(text))) }
	is := func(what string) bool { return bytes.HasPrefix(msg, []byte(what)) }
	switch {
	case m.binary:
		m.binary, m.offset = false, m.mark
		return s.guests.opaque(p, msg, now)
	case is(`451-["update",`):
		m.binary, m.mark = true, socketIOMark(msg)
		return nil
	case is("0{"): // it is open
		if m.pid == "" || m.offset == "" {
			return say("40")
		}
		return say(fmt.Sprintf(`40{"pid":%q,"offset":%q}`, m.pid, m.offset))
	case is("40{"): // connected
		var as struct {
			PID string `json:"pid"`
		}
		if err := json.Unmarshal(msg[2:], &as); err != nil {
			return err
		}
		if as.PID != "" && as.PID == m.pid {
			s.guests.here(p) // in the rooms where it was
			return nil
		}
		m.pid = as.PID
		return say(fmt.Sprintf(`420["join",%q]`, m.room))
	case is("430["): // it has joined
		s.guests.here(p)
		return nil
	case is("2"): // ping
		return say("3")
	}
	return fmt.Errorf("the server says %q", msg)
}

// socketIOMark is what stands last in an event, where the server marks events to find what somebody missed; else empty.
func socketIOMark(event []byte) string {
	text, ok := bytes.CutSuffix(event, []byte(`"]`))
	if !ok {
		return ""
	}
	return string(text[bytes.LastIndexByte(text, '"')+1:])
}
