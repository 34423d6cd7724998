// Package conntest is the suite that every conn.Conn passes.
package conntest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"edgeboard/shared/conn"
)

// Limit is the limit of messages that a transport's open function sets on both
// ends.
const Limit = 1 << 20

// patience is how long a call may take that is said to return at once. It is
// not waited for unless a test fails.
const patience = 10 * time.Second

// Run tests connections that open returns the two ends of. limited says whether
// the transport refuses messages over Limit: Pipe does not.
func Run(t *testing.T, limited bool, open func(t *testing.T) (a, b conn.Conn)) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, a, b conn.Conn)
	}{
		{"messages arrive whole and in order, both ways", testOrder},
		{"messages of every size", testSizes},
		{"the sender may reuse its buffer", testSenderReuses},
		{"a message is valid until the next Receive", testValid},
		{"a message is valid after Close", testValidAfterClose},
		{"the peer learns code and reason of a close", testCloseError},
		{"the end stays the end", testEndStays},
		{"what was sent before a close arrives before it", testSentThenClosed},
		{"calls after Close say ErrClosed", testAfterClose},
		{"only the first Close counts", testCloseTwice},
		{"Close ends a Receive under way", testCloseEndsReceive},
		{"Close ends a Send under way", testCloseEndsSend},
		{"Close does not wait for a peer that reads nothing", testCloseAlone},
		{"both ends close at once", testCloseBoth},
		{"the end of a context ends Receive", testReceiveContext},
		{"the end of a context ends Send", testSendContext},
		{"a code that may not be sent ends the connection as well", testForbiddenCode},
		{"a reason that is too long is cut", testLongReason},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := open(t)
			t.Cleanup(func() { a.Close(1000, ""); b.Close(1000, "") })
			test.run(t, a, b)
		})
	}
	for _, test := range abilities {
		t.Run(test.name, func(t *testing.T) {
			a, b := open(t)
			t.Cleanup(func() { a.Close(1000, ""); b.Close(1000, "") })
			test.run(t, a, b)
		})
	}
	t.Run("a message apart that is over the limit is refused", func(t *testing.T) {
		if !limited {
			t.Skip("this transport has no limit")
		}
		a, b := open(t)
		t.Cleanup(func() { a.Close(1000, ""); b.Close(1000, "") })
		testApartOverLimit(t, a, b)
	})
	t.Run("a message over the limit is refused", func(t *testing.T) {
		if !limited {
			t.Skip("this transport has no limit")
		}
		a, b := open(t)
		t.Cleanup(func() { a.Close(1000, ""); b.Close(1000, "") })
		testOverLimit(t, a, b)
	})
}

// RunBoth runs the tests from either end of connections that are dialed. The
// transport refuses messages over Limit.
func RunBoth(t *testing.T, open func(t *testing.T) (client, server conn.Conn)) {
	t.Run("client to server", func(t *testing.T) { Run(t, true, open) })
	t.Run("server to client", func(t *testing.T) {
		Run(t, true, func(t *testing.T) (conn.Conn, conn.Conn) {
			client, server := open(t)
			return server, client
		})
	})
}

// within fails the test if f does not return soon.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s has not returned after %v", what, patience)
	}
}

// send sends in the background, since a transport may hold no message. The
// test waits for it.
func send(t *testing.T, c conn.Conn, msgs ...[]byte) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, m := range msgs {
			if err := c.Send(context.Background(), m); err != nil {
				t.Errorf("Send of %d bytes: %v", len(m), err)
				return
			}
		}
	})
	t.Cleanup(wg.Wait)
}

func receive(t *testing.T, c conn.Conn) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	msg, err := c.Receive(ctx)
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	return msg
}

// end receives until the connection has ended, and returns why.
func end(t *testing.T, c conn.Conn) (err error) {
	t.Helper()
	within(t, "Receive", func() {
		for err == nil {
			_, err = c.Receive(context.Background())
		}
	})
	return err
}

func wantClose(t *testing.T, err error, code uint32, reason string) {
	t.Helper()
	got, ok := errors.AsType[*conn.CloseError](err)
	if !ok || got.Code != code || got.Reason != reason {
		t.Errorf("the connection ended with %v, want a CloseError with %d %q", err, code, reason)
	}
}

func wantClosed(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, conn.ErrClosed) {
		t.Errorf("%s returned %v, want ErrClosed", what, err)
	}
}

func testOrder(t *testing.T, a, b conn.Conn) {
	const n = 100
	var there, back [][]byte
	for i := range n {
		there = append(there, fmt.Appendf(nil, "to b %d", i))
		back = append(back, fmt.Appendf(nil, "to a %d", i))
	}
	send(t, a, there...)
	send(t, b, back...)
	for i := range n {
		if got := receive(t, b); !bytes.Equal(got, there[i]) {
			t.Fatalf("message %d to b is %q", i, got)
		}
		if got := receive(t, a); !bytes.Equal(got, back[i]) {
			t.Fatalf("message %d to a is %q", i, got)
		}
	}
}

func testSizes(t *testing.T, a, b conn.Conn) {
	var msgs [][]byte
	for _, size := range []int{0, 1, 125, 126, 64<<10 - 1, 64 << 10, Limit, 0, 3} {
		m := make([]byte, size)
		for i := range m {
			m[i] = byte(i*7 + i>>8 + size)
		}
		msgs = append(msgs, m)
	}
	send(t, a, msgs...)
	for _, want := range msgs {
		if got := receive(t, b); !bytes.Equal(got, want) {
			t.Fatalf("a message of %d bytes arrived as one of %d, or with other content", len(want), len(got))
		}
	}
}

// Works expects messages to go over.
func Works(t *testing.T, a, b conn.Conn) {
	t.Helper()
	for _, d := range []struct{ from, to conn.Conn }{{a, b}, {b, a}} {
		if err := d.from.Send(t.Context(), []byte("still here")); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, d.to); string(got) != "still here" {
			t.Errorf("got %q", got)
		}
	}
}

func testOverLimit(t *testing.T, a, b conn.Conn) { overLimit(t, a, b, a.Send) }

// overLimit sends a message from a to b that is too large.
func overLimit(t *testing.T, a, b conn.Conn, by func(context.Context, []byte) error) {
	// The receiver may be gone before all of it is sent.
	var wg sync.WaitGroup
	wg.Go(func() { _ = by(context.Background(), make([]byte, Limit+1)) })
	t.Cleanup(wg.Wait)
	if err := end(t, b); !errors.Is(err, conn.ErrTooLarge) {
		t.Errorf("Receive returned %v, want ErrTooLarge", err)
	}
	// The other direction still works, so that the session can say why.
	send(t, b, []byte("too large"))
	if got := receive(t, a); string(got) != "too large" {
		t.Errorf("got %q", got)
	}
	b.Close(1009, "over the limit")
	wantClose(t, end(t, a), 1009, "over the limit")
}

func testSenderReuses(t *testing.T, a, b conn.Conn) {
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 100)
		for i := range 10 {
			for j := range buf {
				buf[j] = byte(i)
			}
			if err := a.Send(context.Background(), buf); err != nil {
				t.Errorf("Send: %v", err)
			}
			clear(buf)
		}
	})
	t.Cleanup(wg.Wait)
	for i := range 10 {
		if got := receive(t, b); !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, 100)) {
			t.Fatalf("message %d was overwritten by its sender: %x", i, got)
		}
	}
}

func testValid(t *testing.T, a, b conn.Conn) {
	send(t, a, []byte("first"), []byte("other"))
	first := receive(t, b)
	// The second message may be on its way already, and does not disturb.
	send(t, b, []byte("heard"))
	receive(t, a)
	if string(first) != "first" {
		t.Errorf("the message became %q before the next Receive", first)
	}
	if got := receive(t, b); string(got) != "other" {
		t.Errorf("got %q", got)
	}
}

// Somebody else may close while a message is looked at; what comes after that is dropped
// elsewhere.
func testValidAfterClose(t *testing.T, a, b conn.Conn) {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range 200 {
			if a.Send(t.Context(), numbered(i, 60)) != nil {
				return // b is closed
			}
		}
	}()
	msg := receive(t, b)
	go b.Close(1000, "")
	within(t, "the peer has sent what it may", func() { <-sent })
	if !bytes.Equal(msg, numbered(0, 60)) {
		t.Errorf("the message has become %x", msg)
	}
}

func testCloseError(t *testing.T, a, b conn.Conn) {
	// One of the standard's, one of ours; UTF-8 in the reason.
	within(t, "Close", func() { a.Close(4010, "the board cannot be stored now – später") })
	wantClose(t, end(t, b), 4010, "the board cannot be stored now – später")
}

func testEndStays(t *testing.T, a, b conn.Conn) {
	a.Close(1001, "going away")
	for range 3 {
		wantClose(t, end(t, b), 1001, "going away")
	}
	var err error
	within(t, "Send to a peer that has closed", func() { err = b.Send(context.Background(), []byte("hello?")) })
	if err == nil {
		t.Error("Send to a peer that has closed reports success")
	}
	b.Close(1000, "")
	_, err = b.Receive(t.Context())
	wantClosed(t, "Receive after the peer's Close and then our own", err)
}

func testSentThenClosed(t *testing.T, a, b conn.Conn) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 20 {
			if err := a.Send(context.Background(), fmt.Append(nil, i)); err != nil {
				t.Errorf("Send: %v", err)
			}
		}
		a.Close(4007, "silent")
	})
	t.Cleanup(wg.Wait)
	for i := range 20 {
		if got := receive(t, b); string(got) != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, got)
		}
	}
	wantClose(t, end(t, b), 4007, "silent")
}

func testAfterClose(t *testing.T, a, _ conn.Conn) {
	a.Close(1000, "")
	_, err := a.Receive(t.Context())
	wantClosed(t, "Receive after Close", err)
	wantClosed(t, "Send after Close", a.Send(t.Context(), []byte("late")))
	_, err = a.Receive(t.Context())
	wantClosed(t, "a second Receive after Close", err)
}

func testCloseTwice(t *testing.T, a, b conn.Conn) {
	a.Close(4001, "first")
	within(t, "a second Close", func() { a.Close(4002, "second") })
	wantClose(t, end(t, b), 4001, "first")
	wantClosed(t, "Send", a.Send(t.Context(), nil))
}

func testCloseEndsReceive(t *testing.T, a, b conn.Conn) {
	got, first := make(chan error, 1), make(chan struct{})
	go func() {
		_, err := a.Receive(context.Background())
		close(first)
		if err == nil {
			_, err = a.Receive(context.Background())
		}
		got <- err
	}()
	send(t, b, []byte("hello"))
	<-first
	// While a message goes the other way, the second Receive gets under way.
	send(t, a, []byte("heard"))
	receive(t, b)
	begin := time.Now()
	a.Close(1000, "done")
	within(t, "Receive during Close", func() { wantClosed(t, "Receive during Close", <-got) })
	// b does not read yet, so it has not answered.
	if took := time.Since(begin); took > time.Second {
		t.Errorf("Receive during Close took %v to return", took)
	}
	wantClose(t, end(t, b), 1000, "done")
}

// stall sends until the peer, which reads nothing, has taken all it takes. It
// returns the error of the Send that was under way when the connection ended.
func stall(c conn.Conn) <-chan error {
	got := make(chan error, 1)
	stalled := make(chan struct{})
	var once sync.Once
	go func() {
		msg := make([]byte, Limit)
		for {
			timer := time.AfterFunc(200*time.Millisecond, func() { once.Do(func() { close(stalled) }) })
			err := c.Send(context.Background(), msg)
			timer.Stop()
			if err != nil {
				got <- err
				return
			}
		}
	}()
	<-stalled
	return got
}

func testCloseEndsSend(t *testing.T, a, _ conn.Conn) {
	got := stall(a)
	begin := time.Now()
	a.Close(1000, "")
	within(t, "Send during Close", func() { wantClosed(t, "Send during Close", <-got) })
	if took := time.Since(begin); took > time.Second {
		t.Errorf("Send during Close took %v to return", took)
	}
}

func testCloseAlone(t *testing.T, a, _ conn.Conn) {
	// Nobody reads at b, so nobody answers a closing handshake.
	begin := time.Now()
	a.Close(1000, "")
	_, err := a.Receive(t.Context())
	wantClosed(t, "Receive", err)
	if took := time.Since(begin); took > time.Second {
		t.Errorf("Close took %v with a peer that does not answer", took)
	}
}

func testCloseBoth(t *testing.T, a, b conn.Conn) {
	var wg sync.WaitGroup
	wg.Go(func() { a.Close(1000, "a") })
	wg.Go(func() { b.Close(1000, "b") })
	within(t, "Close at both ends", wg.Wait)
	for _, c := range []conn.Conn{a, b} {
		_, err := c.Receive(t.Context())
		wantClosed(t, "Receive", err)
	}
}

func testReceiveContext(t *testing.T, a, _ conn.Conn) {
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() { _, err := a.Receive(ctx); got <- err }()
	cancel()
	within(t, "Receive", func() {
		if err := <-got; !errors.Is(err, context.Canceled) {
			t.Errorf("Receive returned %v, want the context's error", err)
		}
	})
}

func testSendContext(t *testing.T, a, _ conn.Conn) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	within(t, "Send to a peer that reads nothing", func() {
		var err error
		for msg := make([]byte, Limit); err == nil; {
			err = a.Send(ctx, msg)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send returned %v, want the context's error", err)
		}
	})
}

func testForbiddenCode(t *testing.T, a, b conn.Conn) {
	// 1006 stands for a connection that broke (RFC 6455 section 7.4.1); what
	// the peer sees of it is left to the transport.
	within(t, "Close", func() { a.Close(1006, "broken") })
	end(t, b)
}

func testLongReason(t *testing.T, a, b conn.Conn) {
	// The cut would fall into the middle of a character.
	a.Close(4000, "x"+string(bytes.Repeat([]byte("ä"), 100)))
	got, ok := errors.AsType[*conn.CloseError](end(t, b))
	if !ok || got.Code != 4000 {
		t.Fatalf("got %v, want a CloseError with 4000", got)
	}
	if !bytes.HasPrefix([]byte("x"+string(bytes.Repeat([]byte("ä"), 100))), []byte(got.Reason)) || len(got.Reason) < 100 {
		t.Errorf("the reason arrived as %q", got.Reason)
	}
}
