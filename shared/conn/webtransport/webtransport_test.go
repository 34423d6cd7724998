//go:build !js

package webtransport_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	wt "github.com/quic-go/webtransport-go"
	"go.uber.org/goleak"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/conntest"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/conn/webtransport"
)

func TestMain(m *testing.M) {
	os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true") // the kernel's business
	goleak.VerifyTestMain(m)
}

// certificate makes one for an hour, changed as the test likes.
func certificate(t *testing.T, change func(*x509.Certificate), curve elliptic.Curve) (tls.Certificate, [sha256.Size]byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour)}
	if change != nil {
		change(form)
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, sha256.Sum256(der)
}

// relay is a server that accepts sessions.
type relay struct {
	server   *webtransport.Server
	url      string
	trust    *tls.Config
	accepted chan conn.Conn
	refused  chan error
}

func serve(t *testing.T) *relay {
	t.Helper()
	cert, hash := certificate(t, nil, elliptic.P256())
	return serveWith(t, cert, hash)
}

func serveWith(t *testing.T, cert tls.Certificate, hash [sha256.Size]byte) *relay {
	t.Helper()
	r := &relay{trust: webtransport.TrustHashes(hash), accepted: make(chan conn.Conn, 8), refused: make(chan error, 8)}
	r.server = webtransport.NewServer(&tls.Config{Certificates: []tls.Certificate{cert}}, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c, err := r.server.Accept(w, req, conntest.Limit)
		if err != nil {
			r.refused <- err
			return
		}
		r.accepted <- c
	}), slog.New(slog.DiscardHandler))
	origins, badList := origin.ParseList([]string{"https://intranet.example"})
	r.server.Origins = origins
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err := errors.Join(badList, err); err != nil {
		t.Fatal(err)
	}
	r.url = "https://" + l.LocalAddr().String() + "/wt"
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.server.Close(ctx); err != nil {
			t.Errorf("closing the server: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve returned %v", err)
		}
	})
	return r
}

func (r *relay) open(t *testing.T) (client, server conn.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client, err := webtransport.Dial(ctx, r.url, r.trust, conntest.Limit)
	if err != nil {
		t.Fatal(err)
	}
	return client, <-r.accepted
}

func TestConn(t *testing.T) {
	conntest.RunBoth(t, func(t *testing.T) (client, server conn.Conn) { return serve(t).open(t) })
}

func TestAbilities(t *testing.T) {
	a, b := serve(t).open(t)
	for _, c := range []conn.Conn{a, b} {
		if _, ok := c.(conn.Datagrams); !ok {
			t.Error("no datagrams")
		}
		if _, ok := c.(conn.Apart); !ok {
			t.Error("nothing apart")
		}
		c.Close(1000, "")
	}
}

// raw opens a session of which the test plays every byte.
func (r *relay) raw(t *testing.T) (*wt.Session, conn.Conn) {
	t.Helper()
	trust := r.trust.Clone()
	trust.NextProtos = []string{http3.NextProtoH3}
	d := &wt.Transport{TLSClientConfig: trust, QUICConfig: &quic.Config{EnableDatagrams: true, EnableStreamResetPartialDelivery: true}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, session, err := d.Dial(ctx, r.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.CloseWithError(0, ""); d.Close() })
	server := <-r.accepted
	t.Cleanup(func() { server.Close(1000, "") })
	return session, server
}

func stream(t *testing.T, s *wt.Session, text string) *wt.Stream {
	t.Helper()
	str, err := s.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := str.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return str
}

// wantEnd expects Receive to end soon.
func wantEnd(t *testing.T, c conn.Conn, want func(error) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, err := c.Receive(ctx); err != nil {
			if !want(err) {
				t.Errorf("Receive returned %v", err)
			}
			return
		}
	}
}

func broken(err error) bool {
	_, closed := errors.AsType[*conn.CloseError](err)
	return !closed && !errors.Is(err, conn.ErrClosed) && !errors.Is(err, context.DeadlineExceeded)
}

func TestHostilePeer(t *testing.T) {
	r := serve(t)
	for _, c := range []struct {
		why  string
		play func(t *testing.T, s *wt.Session, server conn.Conn)
		want func(error) bool
	}{
		{"a length over the limit", func(t *testing.T, s *wt.Session, server conn.Conn) {
			stream(t, s, "\xff\xff\xff\xff\x0f")
		}, func(err error) bool { return errors.Is(err, conn.ErrTooLarge) }},
		{"a length that does not end", func(t *testing.T, s *wt.Session, server conn.Conn) {
			stream(t, s, strings.Repeat("\xff", 20))
		}, func(err error) bool { return errors.Is(err, conn.ErrMalformed) }},
		{"the stream ends within a message, and the session goes on", func(t *testing.T, s *wt.Session, server conn.Conn) {
			stream(t, s, "\x05abc").Close()
		}, broken},
		{"the stream is reset", func(t *testing.T, s *wt.Session, server conn.Conn) {
			str := stream(t, s, "\x02hi\x05abc")
			// One that is reset before it was seen is as if it had never been.
			if msg, err := server.Receive(t.Context()); string(msg) != "hi" {
				t.Errorf("got %q, %v", msg, err)
			}
			str.CancelWrite(7)
		}, broken},
		{"the session ends within a message", func(t *testing.T, s *wt.Session, server conn.Conn) {
			stream(t, s, "\x05abc")
			s.CloseWithError(4999, "enough")
		}, func(err error) bool {
			// Its end may be overtaken by that of the QUIC connection, which
			// this client closes at once.
			e, ok := errors.AsType[*conn.CloseError](err)
			return ok && *e == conn.CloseError{Code: 4999, Reason: "enough"} || broken(err)
		}},
		{"the session ends without a stream", func(t *testing.T, s *wt.Session, server conn.Conn) {
			s.CloseWithError(0, "")
		}, func(err error) bool { return true }},
		{"a message apart over the limit", func(t *testing.T, s *wt.Session, server conn.Conn) {
			str, err := s.OpenUniStream()
			if err != nil {
				t.Fatal(err)
			}
			go str.Write(make([]byte, conntest.Limit+1))
		}, func(err error) bool { return errors.Is(err, conn.ErrTooLarge) }},
	} {
		t.Run(c.why, func(t *testing.T) {
			s, server := r.raw(t)
			c.play(t, s, server)
			wantEnd(t, server, c.want)
			begin := time.Now()
			server.Close(4000, "")
			if took := time.Since(begin); took > time.Second {
				t.Errorf("Close took %v", took)
			}
		})
	}
}

// A peer that opens no stream: what waits for it returns when it is closed.
func TestPeerOpensNothing(t *testing.T) {
	_, server := serve(t).raw(t)
	sent := make(chan error, 1)
	go func() { sent <- server.Send(context.Background(), []byte("hello")) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := server.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Receive returned %v", err)
	}
	server.Close(4006, "no Hello")
	if err := <-sent; !errors.Is(err, conn.ErrClosed) {
		t.Errorf("Send returned %v", err)
	}
}

// What comes a byte at a time is still a message, and harms nobody else.
func TestSlowPeer(t *testing.T) {
	s, server := serve(t).raw(t)
	str := stream(t, s, "\x05")
	go func() {
		for _, b := range []byte("hello") {
			time.Sleep(5 * time.Millisecond)
			str.Write([]byte{b})
		}
	}()
	if msg, err := server.Receive(t.Context()); string(msg) != "hello" {
		t.Errorf("got %q, %v", msg, err)
	}
}

// Messages apart that are taken back do not count, and too many at once wait.
func TestManyApart(t *testing.T) {
	s, server := serve(t).raw(t)
	stream(t, s, "")
	opened := 0
	for ; opened < 1000; opened++ {
		str, err := s.OpenUniStream()
		if err != nil {
			break // the relay allows no more
		}
		if _, err := str.Write([]byte("begun")); err != nil {
			t.Fatal(err)
		}
		defer str.CancelWrite(1)
	}
	if opened > 16 {
		t.Errorf("%d streams could be open at once", opened)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if msg, err := server.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %q, %v from streams that have not ended", msg, err)
	}
}

func TestApartTakenBack(t *testing.T) {
	s, server := serve(t).raw(t)
	for i := range 50 { // more than there may be at once
		str, err := s.OpenUniStreamSync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := str.Write([]byte("half")); err != nil {
			t.Fatal(err)
		}
		str.CancelWrite(wt.StreamErrorCode(i))
	}
	str, err := s.OpenUniStreamSync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	str.Write([]byte("whole"))
	str.Close()
	if msg, err := server.Receive(t.Context()); string(msg) != "whole" {
		t.Errorf("got %q, %v", msg, err)
	}
}

func TestOrigin(t *testing.T) {
	r := serve(t)
	host := strings.TrimSuffix(strings.TrimPrefix(r.url, "https://"), "/wt")
	localhost := strings.Replace(host, "127.0.0.1", "localhost", 1)
	for from, welcome := range map[string]bool{
		"https://elsewhere.example": false, "https://intranet.example": true, "http://intranet.example": false, "https://intranet.example:8443": false,
		"https://127.0.0.1": false, "null": false, "http://127.0.0.1:1": false,
		"": true, "https://" + host: true, "http://" + host: true,
		"http://" + localhost: true, "http://localhost": false, "http://localhost.elsewhere.example": false,
	} {
		trust := r.trust.Clone()
		trust.NextProtos = []string{http3.NextProtoH3}
		d := &wt.Transport{TLSClientConfig: trust, QUICConfig: &quic.Config{EnableDatagrams: true, EnableStreamResetPartialDelivery: true}}
		header := http.Header{}
		if from != "" {
			header.Set("Origin", from)
		}
		resp, session, err := d.Dial(t.Context(), r.url, header)
		if welcome {
			if err != nil {
				t.Errorf("a page of %q was refused: %v", from, err)
				continue
			}
			// The relay takes a session only once it has heard of the client's
			// settings: not before it has, may the client leave.
			select {
			case c := <-r.accepted:
				c.Close(1000, "")
			case err := <-r.refused:
				t.Errorf("a page of %q was let in, and then: %v", from, err)
			}
			session.CloseWithError(0, "")
		} else if err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("a page of %q: %v, %v; want 403", from, resp, err)
		} else {
			<-r.refused
		}
		d.Close()
	}
}

func TestPlainRequest(t *testing.T) {
	r := serve(t)
	transport := &http3.Transport{TLSClientConfig: r.trust}
	defer transport.Close()
	resp, err := (&http.Client{Transport: transport}).Get(r.url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a plain GET is answered with %s, want 426", resp.Status)
	}
}

func TestTrustHashes(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*x509.Certificate)
		curve  elliptic.Curve
		want   string
	}{
		{"longer than browsers take", func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(webtransport.MaxHashed + time.Hour) }, elliptic.P256(), "none that may be trusted"},
		{"another curve", nil, elliptic.P384(), "none that may be trusted"},
		{"over", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = c.NotBefore.Add(-2*time.Hour), c.NotAfter.Add(-2*time.Hour)
		}, elliptic.P256(), "expired"},
	} {
		cert, hash := certificate(t, c.change, c.curve)
		r := serveWith(t, cert, hash)
		if _, err := webtransport.Dial(t.Context(), r.url, r.trust, conntest.Limit); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Dial returned %v, want %q", c.why, err, c.want)
		}
	}
	r := serve(t)
	for why, trust := range map[string]*tls.Config{"another hash": webtransport.TrustHashes([32]byte{1}), "the system's trust": nil} {
		if _, err := webtransport.Dial(t.Context(), r.url, trust, conntest.Limit); err == nil || !strings.Contains(err.Error(), "dialing the relay") {
			t.Errorf("%s: Dial returned %v", why, err)
		}
	}
}

func TestDialFails(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := webtransport.Dial(ctx, "https://"+silent.LocalAddr().String(), nil, conntest.Limit); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody answers: the error is %v, want the context's", err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("Dial took %v with 50 ms", took)
	}
	for _, address := range []string{"http://127.0.0.1:1/wt", "https://", "://"} {
		if _, err := webtransport.Dial(t.Context(), address, nil, conntest.Limit); err == nil {
			t.Errorf("%q was dialed", address)
		}
	}
}

// The time that Dial was given is for dialing: it does not end the connection.
func TestDialContextEnds(t *testing.T) {
	r := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := webtransport.Dial(ctx, r.url, r.trust, conntest.Limit)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	b := <-r.accepted
	defer a.Close(1000, "")
	defer b.Close(1000, "")
	conntest.Works(t, a, b)
}

// Close of the server waits until the peers have heard why.
func TestServerCloses(t *testing.T) {
	r := serve(t)
	a, b := r.open(t)
	defer a.Close(1000, "")
	heard := make(chan error, 1)
	go func() {
		for {
			if _, err := a.Receive(context.Background()); err != nil {
				heard <- err
				return
			}
		}
	}()
	if err := b.Send(t.Context(), bytes.Repeat([]byte("x"), 300_000)); err != nil {
		t.Fatal(err)
	}
	b.Close(1001, "going away")
	begin := time.Now()
	if err := r.server.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("the server took %v to close", took)
	}
	if e, ok := errors.AsType[*conn.CloseError](<-heard); !ok || e.Code != 1001 {
		t.Errorf("the peer heard %v, want 1001", e)
	}
	if _, err := webtransport.Dial(t.Context(), r.url, r.trust, conntest.Limit); err == nil {
		t.Error("a server that is closed was dialed")
	}
}

// A peer that vanishes does not keep the server.
func TestServerClosesWithoutItsPeers(t *testing.T) {
	r := serve(t)
	s, server := r.raw(t)
	stream(t, s, "\x00")
	if _, err := server.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Close(1001, "") // the raw peer does not answer
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := r.server.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close returned %v", err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("the server took %v to close", took)
	}
}
