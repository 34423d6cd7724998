//go:build !js

package webtransport_test

import (
	"context"
	"crypto/elliptic"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"edgeboard/shared/conn/webtransport"
)

// A server can refuse QUIC connections, and hears when one that it has let in is
// over.
func TestAdmit(t *testing.T) {
	cert, hash := certificate(t, nil, elliptic.P256())
	certs := &tls.Config{Certificates: []tls.Certificate{cert}}
	var server *webtransport.Server
	server = webtransport.NewServer(certs, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := server.Accept(w, r, 1<<10); err == nil {
			_, _ = c.Receive(context.WithoutCancel(r.Context()))
			c.Close(1000, "")
		}
	}), slog.New(slog.DiscardHandler))
	places := make(chan struct{}, 1)
	verified := make(chan struct{}, 10)
	server.Admit = func(remote net.Addr) (func(), bool) {
		select {
		case places <- struct{}{}:
			return func() { <-places }, true
		default:
			return nil, false
		}
	}
	server.Verify = func(net.Addr) bool { verified <- struct{}{}; return true }
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(udp) }()

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	address, trust := "https://"+udp.LocalAddr().String()+"/wt", webtransport.TrustHashes(hash)
	first, err := webtransport.Dial(ctx, address, trust, 1<<10)
	if err != nil {
		t.Fatal(err)
	}
	if len(verified) == 0 {
		t.Error("the first one did not have to show where it is")
	}
	if second, err := webtransport.Dial(ctx, address, trust, 1<<10); err == nil {
		second.Close(1000, "")
		t.Error("there was no place, and a second one is let in")
	}
	first.Close(1000, "")
	places <- struct{}{} // there is a place when the first one is over
	<-places
	third, err := webtransport.Dial(ctx, address, trust, 1<<10)
	if err != nil {
		t.Fatal(err)
	}
	third.Close(1000, "")
	if err := server.Close(ctx); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
