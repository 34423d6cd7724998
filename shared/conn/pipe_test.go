package conn_test

import (
	"testing"
	"testing/synctest"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/conntest"
)

func TestPipe(t *testing.T) {
	conntest.Run(t, false, func(*testing.T) (a, b conn.Conn) { return conn.Pipe() })
}

func TestPipeHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := conn.Pipe()
		sent := false
		go func() {
			if err := a.Send(t.Context(), []byte("hello")); err != nil {
				t.Error(err)
			}
			sent = true
		}()
		synctest.Wait()
		if sent {
			t.Error("Send returned before the other end has received")
		}
		if _, err := b.Receive(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if !sent {
			t.Error("Send did not return when the other end had received")
		}
	})
}

func TestCloseErrorSaysWhy(t *testing.T) {
	got := (&conn.CloseError{Code: 4010, Reason: "not now"}).Error()
	if want := "connection closed by the peer: 4010 not now"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
