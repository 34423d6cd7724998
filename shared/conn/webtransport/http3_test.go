//go:build !js

package webtransport_test

import (
	"bufio"
	"crypto/elliptic"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/quic-go/quic-go/http3"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/conntest"
	"edgeboard/shared/conn/sse"
	"edgeboard/shared/conn/webtransport"
)

// Over HTTP/3 events come as they happen, and messages go by POST.
func TestEventsOverHTTP3(t *testing.T) {
	cert, hash := certificate(t, nil, elliptic.P256())
	accepted := make(chan conn.Conn, 1)
	events := sse.NewServer(conntest.Limit, func(_ *http.Request, c conn.Conn) { accepted <- c })
	mux := http.NewServeMux()
	mux.Handle("/sse", events)
	mux.Handle("/sse/{session}", events)
	server := webtransport.NewServer(&tls.Config{Certificates: []tls.Certificate{cert}}, mux, slog.New(slog.DiscardHandler))
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	over := &http3.Transport{TLSClientConfig: webtransport.TrustHashes(hash)}
	ask := func(method, path, body string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), method, "https://"+l.LocalAddr().String()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/octet-stream")
		resp, err := over.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	lines := bufio.NewScanner(ask("GET", "/sse?data=base64", "").Body)
	until := func(prefix string) string {
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				return rest
			}
		}
		t.Fatalf("no line with %q came: %v", prefix, lines.Err())
		return ""
	}
	session := strings.TrimSuffix(until(`data: {"session":"`), `"}`)
	c := <-accepted
	if err := c.Send(t.Context(), []byte("one")); err != nil {
		t.Error(err)
	}
	until("data: b25l")
	if resp := ask("POST", "/sse/"+session+"?n=1", "two"); resp.StatusCode != http.StatusNoContent {
		t.Errorf("POST: %s", resp.Status)
	}
	if msg, err := c.Receive(t.Context()); string(msg) != "two" {
		t.Errorf("received %q, %v", msg, err)
	}
	if resp := ask("POST", "/sse/"+session+"?n=3", "x"); resp.StatusCode != http.StatusConflict {
		t.Errorf("a message is missing: %s", resp.Status)
	}
	c.Close(1001, "going away")
	until(`data: {"code":1001,"reason":"going away"}`)
	if err := events.Close(t.Context()); err != nil {
		t.Error(err)
	}
	over.Close()
	if err := server.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
