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

// abilities are the cases for what a Conn may be besides. They are skipped
// where it is not.
var abilities = []struct {
	name string
	run  func(t *testing.T, a, b conn.Conn)
}{
	{"both ends can do the same", testSameAbilities},
	{"datagrams arrive, both ways", testDatagrams},
	{"a datagram of the greatest size arrives", testLargestDatagram},
	{"a datagram that is too large is refused, and does not harm", testDatagramTooLarge},
	{"the sender of a datagram may reuse its buffer", testDatagramReuse},
	{"datagrams wait for nothing", testDatagramsDoNotWait},
	{"datagrams leave what is sent in order as it is", testDatagramsBesideOrder},
	{"datagrams after Close say ErrClosed", testDatagramAfterClose},
	{"a datagram to a peer that has closed is an error or lost", testDatagramToClosed},
	{"messages apart arrive whole", testApartSizes},
	{"messages apart are sent at once", testApartAtOnce},
	{"a message apart does not wait for a Send that stalls", testApartOvertakes},
	{"Close ends a SendApart under way", testCloseEndsApart},
	{"the end of a context ends SendApart alone", testApartContext},
	{"SendApart after Close says ErrClosed", testApartAfterClose},
	{"messages that are tried keep their order", testTryOrder},
	{"a message that would wait is refused", testTryRefused},
	{"TrySend after Close says ErrClosed", testTryAfterClose},
	{"TrySend to a peer that has closed is an error", testTryToClosed},
}

func datagrams(t *testing.T, c conn.Conn) conn.Datagrams {
	t.Helper()
	d, ok := c.(conn.Datagrams)
	if !ok {
		t.Skip("this transport has no datagrams")
	}
	return d
}

func apart(t *testing.T, c conn.Conn) conn.Apart {
	t.Helper()
	p, ok := c.(conn.Apart)
	if !ok {
		t.Skip("this transport sends nothing apart")
	}
	return p
}

func testSameAbilities(t *testing.T, a, b conn.Conn) {
	_, aDatagrams := a.(conn.Datagrams)
	_, bDatagrams := b.(conn.Datagrams)
	_, aApart := a.(conn.Apart)
	_, bApart := b.(conn.Apart)
	if aDatagrams != bDatagrams || aApart != bApart {
		t.Errorf("datagrams: %v and %v; apart: %v and %v", aDatagrams, bDatagrams, aApart, bApart)
	}
}

// arrives sends a datagram until it arrives: each one may be lost.
func arrives(t *testing.T, from conn.Datagrams, to conn.Conn, msg []byte) {
	t.Helper()
	got := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		m, err := to.Receive(ctx)
		if err == nil && !bytes.Equal(m, msg) {
			err = fmt.Errorf("got %d bytes that were not sent", len(m))
		}
		got <- err
	}()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if err := from.SendDatagram(msg); err != nil {
			t.Fatalf("SendDatagram of %d bytes: %v", len(msg), err)
		}
		select {
		case err := <-got:
			if err != nil {
				t.Fatalf("a datagram of %d bytes: %v", len(msg), err)
			}
			return
		case <-again.C:
		}
	}
}

func testDatagrams(t *testing.T, a, b conn.Conn) {
	arrives(t, datagrams(t, a), b, []byte("to b"))
	arrives(t, datagrams(t, b), a, []byte("to a"))
}

func testLargestDatagram(t *testing.T, a, b conn.Conn) {
	d := datagrams(t, a)
	size := d.MaxDatagram()
	if size < 1000 {
		t.Errorf("the largest datagram has %d bytes, and every network takes over 1000", size)
	}
	arrives(t, d, b, bytes.Repeat([]byte("x"), size))
}

func testDatagramTooLarge(t *testing.T, a, b conn.Conn) {
	d := datagrams(t, a)
	for _, size := range []int{d.MaxDatagram() + 1, Limit, 0} {
		err := d.SendDatagram(make([]byte, size))
		if size > 0 && !errors.Is(err, conn.ErrTooLarge) {
			t.Errorf("SendDatagram of %d bytes returned %v, want ErrTooLarge", size, err)
		} else if size == 0 && err != nil {
			t.Errorf("SendDatagram of nothing: %v", err)
		}
	}
	send(t, a, []byte("in order"))
	for {
		if got := receive(t, b); string(got) == "in order" {
			return
		} else if len(got) > 0 {
			t.Fatalf("a message of %d bytes came that was refused", len(got))
		}
	}
}

func testDatagramReuse(t *testing.T, a, b conn.Conn) {
	d := datagrams(t, a)
	buf := make([]byte, 100)
	for i := range 20 {
		for j := range buf {
			buf[j] = byte(i + 1)
		}
		if err := d.SendDatagram(buf); err != nil {
			t.Fatal(err)
		}
		clear(buf)
	}
	send(t, a, []byte("end"))
	for {
		got := receive(t, b)
		if string(got) == "end" {
			return
		}
		if len(got) != len(buf) || got[0] == 0 || !bytes.Equal(got, bytes.Repeat(got[:1], len(buf))) {
			t.Fatalf("a datagram was overwritten by its sender: %x", got)
		}
	}
}

// Neither for a peer that reads nothing nor for a Send that stalls.
func testDatagramsDoNotWait(t *testing.T, a, b conn.Conn) {
	d := datagrams(t, a)
	stalled := stall(a)
	within(t, "a thousand datagrams to a peer that reads nothing", func() {
		for i := range 1000 {
			if err := d.SendDatagram(make([]byte, 1000)); err != nil {
				t.Errorf("datagram %d: %v", i, err)
				return
			}
		}
	})
	a.Close(1000, "")
	<-stalled
	b.Close(1000, "")
}

func testDatagramsBesideOrder(t *testing.T, a, b conn.Conn) {
	d := datagrams(t, a)
	const n = 200
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			if err := a.Send(context.Background(), fmt.Appendf(nil, "%d", i)); err != nil {
				t.Errorf("Send: %v", err)
				return
			}
			if err := d.SendDatagram([]byte("datagram")); err != nil {
				t.Errorf("SendDatagram: %v", err)
				return
			}
		}
	})
	t.Cleanup(wg.Wait)
	for i := 0; i < n; {
		got := receive(t, b)
		if string(got) == "datagram" {
			continue
		}
		if string(got) != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, got)
		}
		i++
	}
}

func testDatagramAfterClose(t *testing.T, a, _ conn.Conn) {
	d := datagrams(t, a)
	a.Close(1000, "")
	wantClosed(t, "SendDatagram after Close", d.SendDatagram([]byte("late")))
}

func testDatagramToClosed(t *testing.T, a, b conn.Conn) {
	d := datagrams(t, b)
	a.Close(4001, "gone")
	wantClose(t, end(t, b), 4001, "gone")
	within(t, "SendDatagram to a peer that has closed", func() { _ = d.SendDatagram([]byte("hello?")) })
}

func testApartSizes(t *testing.T, a, b conn.Conn) {
	p := apart(t, a)
	sizes := []int{0, 1, 1000, 64 << 10, Limit, 3}
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, size := range sizes {
			if err := p.SendApart(context.Background(), pattern(size)); err != nil {
				t.Errorf("SendApart of %d bytes: %v", size, err)
			}
		}
	})
	t.Cleanup(wg.Wait)
	missing := map[int]bool{}
	for _, size := range sizes {
		missing[size] = true
	}
	for len(missing) > 0 {
		got := receive(t, b)
		if !missing[len(got)] || !bytes.Equal(got, pattern(len(got))) {
			t.Fatalf("a message of %d bytes came that was not sent, or twice", len(got))
		}
		delete(missing, len(got))
	}
}

// pattern is a message that can be told from others, by its size.
func pattern(size int) []byte {
	m := make([]byte, size)
	for i := range m {
		m[i] = byte(i*11 + i>>8 + size)
	}
	return m
}

func testApartAtOnce(t *testing.T, a, b conn.Conn) {
	p := apart(t, a)
	const n = 40 // more than a transport holds
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := p.SendApart(context.Background(), pattern(5000+i)); err != nil {
				t.Errorf("SendApart: %v", err)
			}
		})
	}
	t.Cleanup(wg.Wait)
	seen := map[int]bool{}
	for len(seen) < n {
		got := receive(t, b)
		if seen[len(got)] || !bytes.Equal(got, pattern(len(got))) {
			t.Fatalf("a message of %d bytes came twice or with other content", len(got))
		}
		seen[len(got)] = true
	}
}

func testApartOvertakes(t *testing.T, a, b conn.Conn) {
	p := apart(t, a)
	stalled := stall(a)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.SendApart(context.Background(), []byte("apart")); err != nil {
			t.Errorf("SendApart: %v", err)
		}
	})
	t.Cleanup(wg.Wait)
	// The other goroutine goes on sending Limit bytes for ever, and would keep
	// a stream that is in order busy.
	for string(receive(t, b)) != "apart" {
	}
	a.Close(1000, "")
	<-stalled
}

// stallApart sends apart until the peer, which reads nothing, takes no more.
func stallApart(ctx context.Context, p conn.Apart) <-chan error {
	got := make(chan error, 1)
	stalled := make(chan struct{})
	var once sync.Once
	go func() {
		msg := make([]byte, Limit)
		for {
			timer := time.AfterFunc(200*time.Millisecond, func() { once.Do(func() { close(stalled) }) })
			err := p.SendApart(ctx, msg)
			timer.Stop()
			if err != nil {
				once.Do(func() { close(stalled) })
				got <- err
				return
			}
		}
	}()
	<-stalled
	return got
}

func testCloseEndsApart(t *testing.T, a, _ conn.Conn) {
	got := stallApart(context.Background(), apart(t, a))
	begin := time.Now()
	a.Close(1000, "")
	within(t, "SendApart during Close", func() { wantClosed(t, "SendApart during Close", <-got) })
	if took := time.Since(begin); took > time.Second {
		t.Errorf("SendApart during Close took %v to return", took)
	}
}

func testApartContext(t *testing.T, a, b conn.Conn) {
	ctx, cancel := context.WithCancel(t.Context())
	got := stallApart(ctx, apart(t, a))
	cancel()
	within(t, "SendApart", func() {
		if err := <-got; !errors.Is(err, context.Canceled) {
			t.Errorf("SendApart returned %v, want the context's error", err)
		}
	})
	// What is sent in order does not suffer.
	send(t, a, []byte("still here"))
	for {
		if got := receive(t, b); string(got) == "still here" {
			return
		} else if len(got) != Limit {
			t.Fatalf("a message of %d bytes came that was not sent", len(got))
		}
	}
}

func testApartAfterClose(t *testing.T, a, _ conn.Conn) {
	p := apart(t, a)
	a.Close(1000, "")
	wantClosed(t, "SendApart after Close", p.SendApart(t.Context(), []byte("late")))
}

func testApartOverLimit(t *testing.T, a, b conn.Conn) { overLimit(t, a, b, apart(t, a).SendApart) }
