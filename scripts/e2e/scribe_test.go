//go:build e2e

package e2e

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// scribe is somebody without a window, who writes on a board what a test needs
// there.
type scribe struct {
	t    *testing.T
	link *client.Link
}

func newScribe(t *testing.T, r *relay, name string) *scribe {
	t.Helper()
	return newScribeAs(t, r, client.Config{Board: name, Name: "scribe"})
}

func newScribeAs(t *testing.T, r *relay, as client.Config) *scribe {
	t.Helper()
	as.Doc = board.New(client.NewReplica())
	session := client.NewSession(as)
	s := &scribe{t: t, link: client.NewLink(session, client.LinkConfig{Transports: []client.Transport{{
		Name: "websocket",
		Dial: func(ctx context.Context) (conn.Conn, error) {
			return ws.Dial(ctx, "ws"+strings.TrimPrefix(r.url("/ws"), "http"), wire.MaxMessage)
		},
	}}})}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.link.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return s
}

// do looks at the document.
func (s *scribe) do(f func(doc *board.Board)) {
	s.t.Helper()
	if !s.link.Do(func(session *client.Session) { f(session.Doc()) }) {
		s.t.Fatal("the relay has refused the scribe")
	}
}

// write changes the document.
func (s *scribe) write(f func(edit *board.Edit)) {
	s.t.Helper()
	s.link.Do(func(session *client.Session) {
		edit := session.Doc().Edit()
		f(edit)
		session.Commit(edit.Commit())
	})
}

// stored waits until all that was written is on the relay's disk.
func (s *scribe) stored() {
	s.t.Helper()
	until(s.t, "what the scribe wrote is stored", func() (stored bool) {
		s.link.Do(func(session *client.Session) {
			st := session.Status()
			stored = st.Phase == client.Live && st.Unsent+st.Sent == 0
		})
		return stored
	})
}

func (s *scribe) hash() (hash string) {
	s.t.Helper()
	s.do(func(doc *board.Board) {
		h := doc.Hash()
		hash = hex.EncodeToString(h[:])
	})
	return hash
}

// clear deletes all that is on the board.
func (s *scribe) clear() {
	s.t.Helper()
	var ids []board.ID
	s.do(func(doc *board.Board) {
		for e := range doc.Elements() {
			ids = append(ids, e.ID())
		}
	})
	if len(ids) == 0 {
		return
	}
	s.write(func(edit *board.Edit) {
		for _, id := range ids {
			edit.Set(id, board.KeyDeleted, board.Int(1))
		}
	})
}

// kind returns the newest element of a kind, once the scribe knows of one.
func (s *scribe) kind(k board.Kind) (id board.ID) {
	s.t.Helper()
	until(s.t, "the scribe knows of it", func() bool {
		s.do(func(doc *board.Board) {
			for e := range doc.Elements() {
				if e.Kind() == k {
					id = e.ID()
				}
			}
		})
		return id != (board.ID{})
	})
	return id
}
