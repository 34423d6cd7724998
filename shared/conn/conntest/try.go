package conntest

import (
	"encoding/binary"
	"errors"
	"testing"

	"edgeboard/shared/conn"
)

func trier(t *testing.T, c conn.Conn) conn.Trier {
	t.Helper()
	y, ok := c.(conn.Trier)
	if !ok {
		t.Skip("this transport cannot say whether a message would wait")
	}
	return y
}

// numbered is a message of n bytes that says which one it is.
func numbered(i, n int) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(i)), make([]byte, n)...)
}

// Messages that are tried and those that are sent keep their order, and the buffer
// is the sender's again.
func testTryOrder(t *testing.T, a, b conn.Conn) {
	y := trier(t, a)
	const n = 500
	sent := make(chan error, 1)
	go func() {
		msg := make([]byte, 0, 64<<10)
		for i := range n {
			msg = append(msg[:0], numbered(i, i*7%3000)...)
			taken, err := y.TrySend(msg)
			if !taken && err == nil {
				err = a.Send(t.Context(), msg)
			}
			if err != nil {
				sent <- err
				return
			}
			clear(msg)
		}
		sent <- nil
	}()
	for i := range n {
		msg, err := b.Receive(t.Context())
		if err != nil || len(msg) != 4+i*7%3000 || binary.BigEndian.Uint32(msg) != uint32(i) {
			t.Fatalf("message %d has %d bytes, %v", i, len(msg), err)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// To a peer that reads nothing a message is refused at some time, without a wait;
// what was taken before arrives when it reads, and nothing else.
func testTryRefused(t *testing.T, a, b conn.Conn) {
	y := trier(t, a)
	taken := 0
	for ; ; taken++ {
		ok, err := y.TrySend(numbered(taken, 10_000))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if taken > 100_000 {
			t.Fatal("1 GB was taken by a peer that reads nothing")
		}
	}
	if ok, err := y.TrySend(numbered(-1, 1)); ok || err != nil {
		t.Errorf("after a refusal a small message is %v, %v", ok, err)
	}
	sent := make(chan error, 1)
	go func() { sent <- a.Send(t.Context(), []byte("last")) }()
	for i := range taken {
		msg, err := b.Receive(t.Context())
		if err != nil || len(msg) != 10_004 || binary.BigEndian.Uint32(msg) != uint32(i) {
			t.Fatalf("message %d of %d has %d bytes, %v", i, taken, len(msg), err)
		}
	}
	if msg, err := b.Receive(t.Context()); err != nil || string(msg) != "last" {
		t.Errorf("at the end came %d bytes, %v", len(msg), err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func testTryAfterClose(t *testing.T, a, b conn.Conn) {
	y := trier(t, a)
	a.Close(1000, "")
	if ok, err := y.TrySend([]byte("x")); ok || !errors.Is(err, conn.ErrClosed) {
		t.Errorf("TrySend after Close: %v, %v; want ErrClosed", ok, err)
	}
}

func testTryToClosed(t *testing.T, a, b conn.Conn) {
	y := trier(t, a)
	b.Close(1000, "")
	if _, err := a.Receive(t.Context()); err == nil {
		t.Error("the peer has closed, and nobody says so")
	}
	if ok, err := y.TrySend([]byte("x")); ok || err == nil {
		t.Errorf("TrySend to a peer that has closed: %v, %v; want an error", ok, err)
	}
}
