//go:build e2e

package e2e

import (
	"context"
	"encoding/binary"
	"os"
	"testing"
	"time"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// history writes what people have said on a board into a relay's data folder, with the
// times that a test needs, while that relay does not run.
type history struct {
	t     *testing.T
	talk  *talk.Talk
	board string
	now   time.Time // of what is said next
	n     uint64    // of what was said
}

// history stops the relay, lets write do so, and starts it again.
func (r *relay) history(board string, write func(h *history)) {
	r.t.Helper()
	if r.cmd != nil {
		r.stop(os.Interrupt)
	}
	store, err := sqlite.Open(r.data)
	if err != nil {
		r.t.Fatal(err)
	}
	// What another history has said has other names.
	h := &history{t: r.t, board: board, now: time.Now().Add(-time.Hour), n: uint64(time.Now().UnixNano())}
	h.talk = talk.New(talk.Config{Store: store.Messages(), Audience: nobody{}, Now: func() time.Time { return h.now }})
	write(h)
	if err := h.talk.Close(context.Background()); err != nil {
		r.t.Error(err)
	}
	if err := store.Close(); err != nil {
		r.t.Error(err)
	}
	r.start()
}

// nobody listens.
type nobody struct{}

func (nobody) TellBoard(string, []byte)                 {}
func (nobody) TellPerson(wire.Person, []byte)           {}
func (nobody) TellPersonOn(string, wire.Person, []byte) {}

// says says something a second after what was said before, and returns its name.
func (h *history) says(name, text string, about wire.TextID) wire.TextID {
	h.t.Helper()
	return h.does(name, wire.Say{Text: text, About: about})
}

// deletes takes back what somebody has said.
func (h *history) deletes(name string, id wire.TextID) {
	h.t.Helper()
	h.does(name, wire.Say{What: wire.SayDelete, About: id})
}

func (h *history) does(name string, say wire.Say) wire.TextID {
	h.t.Helper()
	h.now = h.now.Add(time.Second)
	h.n++
	binary.BigEndian.PutUint64(say.ID[:], h.n)
	who := talk.Speaker{Board: h.board, Name: name, Role: wire.RoleEditor}
	copy(who.Person[:], name)
	stored := make(chan []byte, 1)
	err := h.talk.Say(h.t.Context(), who, &say, func(frame []byte) { stored <- frame })
	if err != nil {
		h.t.Fatal(err)
	}
	for f, err := range wire.Frames(<-stored) {
		var said wire.Said
		if err != nil || said.Parse(f.Body) != nil || len(said.Stored) != 1 {
			h.t.Fatalf("%s cannot say %q: %v, %+v", name, say.Text, err, said.Refused)
		}
	}
	return say.ID
}
