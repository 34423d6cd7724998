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

func TestPipeDatagrams(t *testing.T) {
	conntest.Run(t, false, func(*testing.T) (a, b conn.Conn) { return conn.PipeDatagrams(nil) })
}

func TestPipeHasNoAbilities(t *testing.T) {
	a, _ := conn.Pipe()
	if _, ok := a.(conn.Datagrams); ok {
		t.Error("Pipe has datagrams: then no test would see what happens without")
	}
	if _, ok := a.(conn.Apart); ok {
		t.Error("Pipe sends apart")
	}
}

// Datagrams meet the fate that the test has chosen, the same each time.
func TestPipeDatagramsFate(t *testing.T) {
	fates := []int{0, conn.Lost, 2, 0, 0, 1, conn.Lost, 0}
	a, b := conn.PipeDatagrams(func(n int) int { return fates[n] })
	for i := range fates {
		if err := a.(conn.Datagrams).SendDatagram([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	// 1 and 6 are lost; 3 and 4 overtake 2; the lost 6 overtakes 5.
	for _, want := range []byte{0, 3, 4, 2, 5, 7} {
		if msg, err := b.Receive(t.Context()); err != nil || len(msg) != 1 || msg[0] != want {
			t.Errorf("got %v, %v, want %d", msg, err, want)
		}
	}
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
