//go:build !js

package ws

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/origin"
)

const handshake = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n"

// masked is a frame of a client (RFC 6455, section 5.2), masked with zeros.
func masked(first byte, payload string) string {
	if len(payload) < 126 {
		return string([]byte{first, 0x80 | byte(len(payload)), 0, 0, 0, 0}) + payload
	}
	return string([]byte{first, 0x80 | 126, byte(len(payload) >> 8), byte(len(payload)), 0, 0, 0, 0}) + payload
}

// plain is a frame of a server.
func plain(first byte, payload string) string {
	if len(payload) < 126 {
		return string([]byte{first, byte(len(payload))}) + payload
	}
	return string([]byte{first, 126, byte(len(payload) >> 8), byte(len(payload))}) + payload
}

// bare connects a client that makes its own frames, and says what is accepted.
func bare(t *testing.T) (peer net.Conn, accepted <-chan conn.Conn) {
	t.Helper()
	conns := make(chan conn.Conn, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := Accept(w, r, 1<<20, origin.List{}); err == nil {
			conns <- c
		}
	}))
	t.Cleanup(srv.Close)
	peer, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close() })
	return peer, conns
}

// A client that speaks before it has seen the answer to its handshake, in pieces
// and with pings between, is understood; and what is idle has no buffers.
func TestFrugal(t *testing.T) {
	peer, accepted := bare(t)
	long := strings.Repeat("long", 10_000)
	io.WriteString(peer, handshake+masked(0x82, "early")+masked(0x89, "ping")+masked(0x02, "in ")+masked(0x80, "two")+masked(0x82, long)+masked(0x82, ""))
	c := (<-accepted).(trier).wsConn
	defer c.Close(1000, "")
	for _, want := range []string{"early", "in two", long, ""} {
		if got, err := c.Receive(t.Context()); err != nil || string(got) != want {
			t.Errorf("got %.20q of %d bytes, %v; want %.20q", got, len(got), err, want)
		}
	}
	ended := make(chan error)
	go func() {
		msg, err := c.Receive(t.Context())
		if string(msg) != "last" {
			t.Errorf("got %q", msg)
		}
		ended <- err
	}()
	for _, msg := range []string{"small", long, strings.Repeat("x", chunk)} {
		if err := c.Send(t.Context(), []byte(msg)); err != nil {
			t.Error(err)
		}
	}
	in := bufio.NewReader(peer)
	if _, err := http.ReadResponse(in, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{plain(0x8a, "ping"), plain(0x82, "small"), plain(0x82, long), plain(0x82, strings.Repeat("x", chunk))} {
		got := make([]byte, len(want))
		if _, err := io.ReadFull(in, got); err != nil || !bytes.Equal(got, []byte(want)) {
			t.Fatalf("the peer got %.20q, %v; want %.20q", got, err, want)
		}
	}
	io.WriteString(peer, masked(0x82, "last"))
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if f := c.cork; f.raw == nil || f.in != nil || len(f.rest) > 0 || f.out != nil {
		t.Errorf("an idle connection has buffers: %d bytes to read, %v to write, and it can wait without: %v", len(f.rest), f.out != nil, f.raw != nil)
	}
}

// Messages that come together, each smaller than what the library reads at once,
// all come: none waits for another after it.
func TestSmallMessagesAtOnce(t *testing.T) {
	peer, accepted := bare(t)
	io.WriteString(peer, handshake)
	if _, err := http.ReadResponse(bufio.NewReader(peer), nil); err != nil {
		t.Fatal(err)
	}
	c := <-accepted
	defer c.Close(1000, "")
	// A Receive that would wait for ever ends with the connection.
	defer time.AfterFunc(20*time.Second, func() { c.Close(1000, "") }).Stop()
	for n := range 40 {
		var all strings.Builder
		var sent []string
		for i := range 12 {
			sent = append(sent, strings.Repeat(string(rune('a'+i)), (n+i*i)%20))
			all.WriteString(masked(0x82, sent[i]))
		}
		io.WriteString(peer, all.String())
		for i, want := range sent {
			// As the relay does: without a context, it waits with no buffer.
			if got, err := c.Receive(context.Background()); err != nil || string(got) != want {
				t.Fatalf("message %d of %d is %q, %v; want %q", i, n, got, err, want)
			}
		}
	}
}
