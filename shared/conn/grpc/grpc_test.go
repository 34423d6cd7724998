//go:build !js

package grpc_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/conntest"
	"edgeboard/shared/conn/grpc"
	"edgeboard/shared/conn/origin"
	"edgeboard/shared/wire"
)

// Nothing runs on when all that was opened is closed.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// framing makes the messages of the suite frames.
var framing = conntest.Framing{
	Append: func(b, msg []byte) []byte { return wire.AppendFrame(b, 0, &wire.Update{Data: msg}) },
	Next: func(b []byte) (msg, rest []byte, err error) {
		raw, rest, err := wire.Bytes(b)
		if err != nil {
			return nil, nil, err
		}
		f, err := wire.ParseFrame(raw)
		if err != nil {
			return nil, nil, err
		}
		var u wire.Update
		err = u.Parse(f.Body)
		return u.Data, rest, err
	},
}

// relay is a server of which the test has the connections.
type relay struct {
	url      string
	trust    *tls.Config
	accepted chan conn.Conn
	path     string
}

// held tells when it is closed: the handler returns then.
type held struct {
	conn.Conn
	once   sync.Once
	closed chan struct{}
}

func (h *held) Close(code uint32, reason string) {
	h.Conn.Close(code, reason)
	h.once.Do(func() { close(h.closed) })
}

func serve(t *testing.T, secure bool) *relay {
	t.Helper()
	r := &relay{accepted: make(chan conn.Conn, 8)}
	path, h := grpc.NewHandler(framing.Limit(), origin.List{}, func(_ *http.Request, c conn.Conn) {
		h := &held{Conn: c, closed: make(chan struct{})}
		r.accepted <- h
		<-h.closed
	})
	r.path = path
	srv := httptest.NewUnstartedServer(h)
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetHTTP1(true)
	srv.Config.Protocols.SetHTTP2(true)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	if secure {
		srv.EnableHTTP2 = true
		srv.StartTLS()
		roots := x509.NewCertPool()
		roots.AddCert(srv.Certificate())
		r.trust = &tls.Config{RootCAs: roots}
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

// dial returns both ends of a connection.
func (r *relay) dial(t *testing.T) (client, server conn.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client, err := grpc.Dial(ctx, r.url, r.trust, framing.Limit())
	if err != nil {
		t.Fatal(err)
	}
	server = <-r.accepted
	t.Cleanup(func() { client.Close(1000, ""); server.Close(1000, "") })
	return client, server
}

func TestConn(t *testing.T) {
	for name, secure := range map[string]bool{"h2c": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			conntest.RunBoth(t, func(t *testing.T) (client, server conn.Conn) {
				client, server = serve(t, secure).dial(t)
				return framing.Wrap(client), framing.Wrap(server)
			})
		})
	}
}

// A message is cut at its frames, and each comes as a message.
func TestMessagesAreCutIntoFrames(t *testing.T) {
	client, server := serve(t, false).dial(t)
	for _, d := range []struct{ from, to conn.Conn }{{client, server}, {server, client}} {
		var msg []byte
		for _, text := range []string{"one", "", "three"} {
			msg = framing.Append(msg, []byte(text))
		}
		msg = append(msg, 0) // a frame of nothing: the session refuses it
		if err := d.from.Send(t.Context(), nil); err != nil {
			t.Errorf("a message without a frame: %v", err)
		}
		sent := make(chan error, 1)
		go func() { sent <- d.from.Send(context.Background(), msg) }()
		for _, want := range []string{"one", "", "three"} {
			got, err := d.to.Receive(t.Context())
			if err != nil || string(got) != string(framing.Append(nil, []byte(want))) {
				t.Fatalf("got %x, %v; want the frame of %q", got, err, want)
			}
		}
		if got, err := d.to.Receive(t.Context()); err != nil || string(got) != "\x00" {
			t.Errorf("got %x, %v; want a frame of nothing", got, err)
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsNoFrameIsNotSent(t *testing.T) {
	client, server := serve(t, false).dial(t)
	for _, c := range []conn.Conn{client, server} {
		for why, msg := range map[string]string{
			"a length beyond the end":           "\x05abc",
			"a frame, and a length beyond":      "\x01a\x02b",
			"a length that does not end":        "\xff",
			"a length that is more than 64 bit": strings.Repeat("\xff", 10) + "\x01",
		} {
			if err := c.Send(t.Context(), []byte(msg)); err == nil || !strings.Contains(err.Error(), "not made of frames") {
				t.Errorf("%s: Send returned %v", why, err)
			}
		}
	}
	conntest.Works(t, framing.Wrap(client), framing.Wrap(server))
}

// A relay's close has code and reason, also where its status is OK or none that
// fits.
func TestEveryCode(t *testing.T) {
	r := serve(t, false)
	for _, code := range []uint32{0, 1000, 1001, 1003, 1006, 1009, 1011, 4000, 4003, 4012, 4013, 4099, 1<<32 - 1} {
		for _, reason := range []string{"", "100 % – später\n"} {
			client, server := r.dial(t)
			server.Close(code, reason)
			wantEnd(t, client, &conn.CloseError{Code: code, Reason: reason})
			client.Close(1000, "")

			client, server = r.dial(t)
			client.Close(code, reason)
			wantEnd(t, server, &conn.CloseError{Code: code, Reason: reason})
			server.Close(1000, "")
		}
	}
}

// wantEnd expects Receive to say that the peer has closed.
func wantEnd(t *testing.T, c conn.Conn, want *conn.CloseError) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	msg, err := c.Receive(ctx)
	if got, ok := errors.AsType[*conn.CloseError](err); !ok || *got != *want {
		t.Errorf("Receive returned %x, %v; want %v", msg, err, want)
	}
}

// What serve leaves open is closed as the relay's fault.
func TestServeReturns(t *testing.T) {
	_, h := grpc.NewHandler(conntest.Limit, origin.List{}, func(*http.Request, conn.Conn) {})
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	c, err := grpc.Dial(t.Context(), srv.URL, &tls.Config{RootCAs: roots}, conntest.Limit)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(1000, "")
	wantEnd(t, c, &conn.CloseError{Code: 1011})
}

func TestDialFails(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	old := httptest.NewServer(http.NotFoundHandler()) // HTTP/1.1 alone
	defer old.Close()
	page := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
	}))
	page.Config.Protocols = new(http.Protocols)
	page.Config.Protocols.SetUnencryptedHTTP2(true)
	page.Start()
	defer page.Close()
	secure := serve(t, true)

	for _, c := range []struct{ why, address, want string }{
		{"nobody listens", "http://" + gone.Addr().String(), "refused"},
		{"a server without HTTP/2", old.URL, "http2"},
		{"a server that is no relay", page.URL, `"text/html", not with gRPC`},
		{"no such address there", serve(t, false).url + "/elsewhere", "status 404"},
		{"a certificate that nobody trusts", secure.url, "certificate"},
		{"no address", "://", "missing protocol scheme"},
		{"another scheme", "ws://127.0.0.1:1", "no http:// or https:// address"},
		{"no host", "http://", "no http:// or https:// address"},
	} {
		_, err := grpc.Dial(t.Context(), c.address, nil, conntest.Limit)
		if err == nil || !strings.Contains(err.Error(), "dialing the relay") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want it to say %q", c.why, err, c.want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := grpc.Dial(ctx, "http://"+silent.Addr().String(), nil, conntest.Limit); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody answers: the error is %v, want the context's", err)
	}
}

// The time that Dial was given is for dialing: it does not end the connection.
func TestDialContextEnds(t *testing.T) {
	r := serve(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := grpc.Dial(ctx, r.url, nil, framing.Limit())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	b := <-r.accepted
	defer a.Close(1000, "")
	defer b.Close(1000, "")
	conntest.Works(t, framing.Wrap(a), framing.Wrap(b))
}
