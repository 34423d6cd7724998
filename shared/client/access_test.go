package client_test

import (
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// as welcomes the client in a role, after a new connection.
func (k *talk) as(role wire.Role) []frame {
	k.t.Helper()
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.hear(&wire.Welcome{Version: wire.Version, Member: 1, Vector: k.relay.Vector().Append(nil), Role: role, Name: "Ada Lovelace"})
	return k.sent()
}

// What an editor could not send any more, a viewer keeps, and it is sent when the
// person is an editor again.
func TestW67ViewerKeepsWhatItMayNotSend(t *testing.T) {
	k := liveTalk(t)
	k.draw()
	lost := k.sent()
	k.wantKinds("as an editor", lost, wire.KindUpdate)

	k.wantKinds("as a viewer", k.as(wire.RoleViewer))
	if st := k.s.Status(); st.Role != wire.RoleViewer || st.Name != "Ada Lovelace" {
		t.Errorf("the status says role %d and name %q", st.Role, st.Name)
	}
	k.wantStatus("as a viewer", client.Live, 1, 0)
	k.draw() // a tool that does not ask
	k.s.Point(8, 8, false)
	k.s.Draw(board.ID{Replica: ownReplica, Seq: 1})
	k.wantKinds("whatever a viewer does", k.sent())
	k.wantStatus("and it is not sent", client.Live, 2, 0)
	if k.s.Latest(k.now) != nil {
		t.Error("a viewer sends datagrams")
	}

	k.hear(&wire.Update{Data: stroke(board.New(otherReplica), 3)})
	if k.doc.Len() != 3 {
		t.Errorf("a viewer's board has %d elements, want its own two and another's", k.doc.Len())
	}
	k.store(k.as(wire.RoleOwner)) // fails unless it is the update of both
	k.ack()
	k.wantStatus("as an owner", client.Live, 0, 0)
}

func TestW65RoleNotSaidIsEditor(t *testing.T) {
	k := liveTalk(t)
	k.as(wire.RoleUnsaid)
	k.draw()
	k.wantKinds("when the relay says no role", k.sent(), wire.KindUpdate)
	k.as(17)
	k.draw()
	k.wantKinds("in a role that is not known", k.sent())
	if st := k.s.Status(); st.Role != wire.RoleViewer {
		t.Errorf("a role that is not known is taken for %d", st.Role)
	}
}

// A commenter's updates may be comments alone, and follow each other: so nothing is
// sent after a change of an editor's that is not stored.
func TestW67CommenterBeginsClean(t *testing.T) {
	k := liveTalk(t)
	k.draw()
	k.store(k.sent())
	k.ack()
	k.as(wire.RoleCommenter)
	k.s.Point(8, 8, false)
	k.wantKinds("a commenter points", k.sent(), wire.KindCursors)
	e := k.doc.Edit()
	e.Create(board.KindThread)
	k.s.Commit(e.Commit())
	k.wantKinds("a commenter comments", k.sent(), wire.KindUpdate) // and it is lost

	k.wantKinds("with a change from before", k.as(wire.RoleCommenter))
	e = k.doc.Edit()
	e.Create(board.KindThread)
	k.s.Commit(e.Commit())
	k.wantKinds("and a comment after it", k.sent())
	k.wantStatus("both", client.Live, 2, 0)
}

// Who may not edit says nothing for others either, even if the relay has lost it.
func TestW67ViewerDoesNotBringOthers(t *testing.T) {
	k := liveTalk(t)
	u := stroke(board.New(otherReplica), 3)
	k.hear(&wire.Update{Data: u})
	k.wantKinds("to a relay that has less", k.as(wire.RoleViewer))
	k.store(k.as(wire.RoleEditor))
	k.wantSame()
}
