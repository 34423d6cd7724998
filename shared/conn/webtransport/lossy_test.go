//go:build !js

package webtransport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"math/big"
	randv2 "math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/testutils/simnet"

	"edgeboard/shared/conn"
)

// train is a network that loses packets once it is told to, the same ones each
// time.
type train struct {
	simnet.PerfectRouter
	mu     sync.Mutex
	random *randv2.Rand
	loss   atomic.Int64 // of a thousand
}

func (r *train) SendPacket(p simnet.Packet) error {
	r.mu.Lock()
	lost := r.random.Int64N(1000) < r.loss.Load()
	r.mu.Unlock()
	if lost {
		return nil
	}
	return r.PerfectRouter.SendPacket(p)
}

// On a link that loses packets all that is sent in order or apart arrives, and
// datagrams are what is lost.
func TestLossyLink(t *testing.T) { synctest.Test(t, testLossyLink) }
func testLossyLink(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}

	router := &train{random: randv2.New(randv2.NewPCG(1, 2))}
	network := &simnet.Simnet{Router: router}
	link := simnet.NodeBiDiLinkSettings{Latency: 30 * time.Millisecond}
	there := network.NewEndpoint(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, link)
	here := network.NewEndpoint(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 1000}, link)
	if err := network.Start(); err != nil {
		t.Fatal(err)
	}
	defer network.Close()

	var server *Server
	accepted := make(chan conn.Conn, 1)
	server = NewServer(&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c, err := server.Accept(w, r, 1<<20); err == nil {
				accepted <- c
			}
		}), slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- server.Serve(there) }()

	transport := &quic.Transport{Conn: here}
	defer transport.Close()
	a, err := dial(t.Context(), "https://192.0.2.1/wt", TrustHashes(sha256.Sum256(der)), 1<<20,
		func(ctx context.Context, _ string, trust *tls.Config, config *quic.Config) (*quic.Conn, error) {
			return transport.Dial(ctx, there.LocalAddr(), trust, config)
		})
	if err != nil {
		t.Fatal(err)
	}
	b := <-accepted
	router.loss.Store(50)

	const ordered, apart, points = 300, 20, 900
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range ordered {
			if err := b.Send(t.Context(), fmt.Appendf(nil, "o%0600d", i)); err != nil {
				t.Errorf("Send: %v", err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	wg.Go(func() {
		for i := range apart {
			if err := b.(conn.Apart).SendApart(t.Context(), append([]byte{'a', byte(i)}, make([]byte, 50_000)...)); err != nil {
				t.Errorf("SendApart: %v", err)
			}
		}
	})
	wg.Go(func() {
		for i := range points {
			if err := b.(conn.Datagrams).SendDatagram([]byte{'d', byte(i)}); err != nil {
				t.Errorf("SendDatagram: %v", err)
			}
			time.Sleep(time.Second / 30)
		}
	})
	next, large, moves := 0, map[byte]bool{}, 0
	receive := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		msg, err := a.Receive(ctx)
		if err != nil {
			return err
		}
		switch msg[0] {
		case 'o':
			if string(msg) != fmt.Sprintf("o%0600d", next) {
				t.Fatalf("message %d is %q", next, msg)
			}
			next++
		case 'a':
			if len(msg) != 50_002 || large[msg[1]] {
				t.Fatalf("message apart %d of %d bytes, or twice", msg[1], len(msg))
			}
			large[msg[1]] = true
		case 'd':
			moves++
		}
		return nil
	}
	for receive() == nil {
	}
	wg.Wait()
	if next != ordered || len(large) != apart {
		t.Errorf("%d of %d messages in order and %d of %d apart arrived", next, ordered, len(large), apart)
	}
	if moves < points*8/10 || moves == points {
		t.Errorf("%d of %d datagrams arrived over a link that loses 5 %%", moves, points)
	}

	// Even the end comes over.
	b.Close(4007, "silent")
	for err == nil {
		_, err = a.Receive(t.Context())
	}
	if e, ok := err.(*conn.CloseError); !ok || e.Code != 4007 {
		t.Errorf("the connection ended with %v, want 4007", err)
	}
	a.Close(1000, "")
	if err := server.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
