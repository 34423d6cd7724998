//go:build !js

package grpc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"edgeboard/shared/conn"
	"edgeboard/shared/conn/conntest"
	"edgeboard/shared/conn/grpc"
	"edgeboard/shared/wire"
)

// call is a call of which the test plays every byte.
type call struct {
	t    *testing.T
	body *io.PipeWriter
	resp *http.Response
}

// h2c returns an HTTP/2 client without TLS, and with a connection of its own.
func h2c(t *testing.T) *http.Transport {
	over := &http.Transport{Protocols: new(http.Protocols)}
	over.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(over.CloseIdleConnections)
	return over
}

// raw begins a call, with headers given as name, value…
func (r *relay) raw(t *testing.T, headers ...string) (*call, conn.Conn) {
	t.Helper()
	in, out := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), "POST", r.url+"/edgeboard.v1.Board/Connect", in)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("Te", "trailers")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := h2c(t).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close(); resp.Body.Close() })
	server := <-r.accepted
	t.Cleanup(func() { server.Close(1000, "") })
	return &call{t, out, resp}, server
}

func (c *call) write(b []byte) {
	c.t.Helper()
	if _, err := c.body.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// status reads to the end of the stream.
func (c *call) status() (status, code string) {
	c.t.Helper()
	if _, err := io.Copy(io.Discard, c.resp.Body); err != nil {
		c.t.Errorf("the stream ends with %v", err)
	}
	return c.resp.Trailer.Get("Grpc-Status"), c.resp.Trailer.Get("Edgeboard-Close-Code")
}

// envelope is a gRPC message.
func envelope(flags byte, msg []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{flags}, uint32(len(msg))), msg...)
}

// zipped is a message compressed by gzip.
func zipped(t *testing.T, msg []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(msg)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tooLarge(err error) bool  { return errors.Is(err, conn.ErrTooLarge) }
func malformed(err error) bool { return errors.Is(err, conn.ErrMalformed) }

func TestHostileClient(t *testing.T) {
	r := serve(t, false)
	gzipped := []string{"Grpc-Encoding", "gzip"}
	for _, c := range []struct {
		why     string
		headers []string
		bytes   []byte
		ends    bool // the client's half, after them
		want    func(error) bool
	}{
		{"a length of 4 GiB, and nothing of it", nil, []byte{0, 0xff, 0xff, 0xff, 0xff}, false, tooLarge},
		{"a length one over the limit", nil, binary.BigEndian.AppendUint32([]byte{0}, uint32(framing.Limit())), false, tooLarge},
		{"flags that gRPC has not", nil, envelope(2, []byte("x")), false, malformed},
		{"the flag of trailers, which are gRPC-Web's", nil, envelope(0x80, nil), false, malformed},
		{"a compressed message where none was announced", nil, envelope(1, zipped(t, nil)), false, malformed},
		{"an end within the head of a message", nil, []byte{0, 0, 0}, true, malformed},
		{"an end within a message", nil, envelope(0, []byte("hello"))[:7], true, malformed},
		{"an end after the head of a message", nil, envelope(0, []byte("hello"))[:5], true, malformed},
		{"what gzip does not read", gzipped, envelope(1, []byte("no gzip")), false, malformed},
		{"half a gzip", gzipped, envelope(1, zipped(t, []byte("hello"))[:12]), false, malformed},
		{"a compressed message that is over the limit", gzipped, envelope(1, zipped(t, make([]byte, framing.Limit()))), false, tooLarge},
		{"a message of 8 MiB in 8 KiB", gzipped, envelope(1, zipped(t, make([]byte, 8<<20))), false, tooLarge},
		{"an end and no farewell", nil, nil, true, func(err error) bool {
			e, ok := errors.AsType[*conn.CloseError](err)
			return ok && *e == conn.CloseError{Code: 1000}
		}},
	} {
		t.Run(c.why, func(t *testing.T) {
			call, server := r.raw(t, c.headers...)
			good := framing.Append(nil, []byte("good"))
			call.write(envelope(0, good[1:]))
			if msg, err := server.Receive(t.Context()); !bytes.Equal(msg, good) {
				t.Fatalf("before it: %x, %v", msg, err)
			}
			go func() {
				call.body.Write(c.bytes)
				if c.ends {
					call.body.Close()
				}
			}()
			for range 2 { // the end stays the end
				if msg, err := server.Receive(t.Context()); !c.want(err) {
					t.Errorf("Receive returned %x, %v", msg, err)
				}
			}
			// Nothing of that hinders the session from saying why.
			server.Close(4000, "why")
			if status, code := call.status(); status != "3" || code != "4000" {
				t.Errorf("the stream ended with status %q, close code %q", status, code)
			}
		})
	}
}

// What is within the limit is taken compressed too, by clients that do so.
func TestCompressedMessages(t *testing.T) {
	call, server := serve(t, false).raw(t, "Grpc-Encoding", "gzip", "Grpc-Accept-Encoding", "gzip")
	for _, size := range []int{0, 1, 1000, conntest.Limit} {
		want := framing.Append(nil, make([]byte, size))
		raw, _, _ := wire.Bytes(want)
		go call.body.Write(envelope(1, zipped(t, raw)))
		if msg, err := server.Receive(t.Context()); !bytes.Equal(msg, want) {
			t.Errorf("a message of %d bytes arrived as one of %d, %v", size, len(msg), err)
		}
	}
	// The relay does not compress what it sends.
	msg := framing.Append(nil, make([]byte, 1000))
	if err := server.Send(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	want := envelope(0, msg[2:])
	got := make([]byte, len(want))
	if _, err := io.ReadFull(call.resp.Body, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v", got[:10], err)
	}
}

// What comes a byte at a time is still a message, and keeps the end of the
// connection from nothing.
func TestSlowClient(t *testing.T) {
	call, server := serve(t, false).raw(t)
	msg := framing.Append(nil, []byte("hello"))
	go func() {
		for _, b := range envelope(0, msg[1:]) {
			call.body.Write([]byte{b})
		}
		call.body.Write([]byte{0, 0, 0, 0, 9, 'h', 'a', 'l', 'f'}) // and no more
	}()
	if got, err := server.Receive(t.Context()); !bytes.Equal(got, msg) {
		t.Errorf("got %x, %v", got, err)
	}
	received := make(chan error, 1)
	go func() { _, err := server.Receive(context.Background()); received <- err }()
	server.Close(4006, "too slow")
	if err := <-received; !errors.Is(err, conn.ErrClosed) {
		t.Errorf("Receive returned %v", err)
	}
	if status, code := call.status(); status != "4" || code != "4006" {
		t.Errorf("the stream ended with status %q, close code %q", status, code)
	}
}

// A client that vanishes has not closed.
func TestClientVanishes(t *testing.T) {
	r := serve(t, false)
	for why, half := range map[string][]byte{"between two messages": nil, "within a message": {0, 0, 0, 0, 9, 'h'}} {
		call, server := r.raw(t)
		call.write(half)
		call.resp.Body.Close() // resets the stream
		_, err := server.Receive(t.Context())
		if _, closed := errors.AsType[*conn.CloseError](err); err == nil || closed || errors.Is(err, conn.ErrClosed) || malformed(err) {
			t.Errorf("%s: Receive returned %v, want an error that is no close", why, err)
		}
		server.Close(1000, "")
	}
}

// A Denied that is none is for the session to refuse.
func TestFarewellThatIsNone(t *testing.T) {
	call, server := serve(t, false).raw(t)
	long := &wire.Denied{Code: 4000, Reason: strings.Repeat("x", wire.MaxReason+1)}
	for _, raw := range [][]byte{wire.AppendFrame(nil, 0, long)[2:], {0x5a, 1, 0xff}, {0x5a, 5}} {
		go call.body.Write(envelope(0, raw))
		if msg, err := server.Receive(t.Context()); err != nil || !bytes.HasSuffix(msg, raw) {
			t.Errorf("%x: got %x, %v", raw, msg, err)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	r := serve(t, false)
	plain := &http.Transport{}
	t.Cleanup(plain.CloseIdleConnections)
	over := h2c(t)
	const here = "/edgeboard.v1.Board/Connect"
	for _, c := range []struct {
		why          string
		by           http.RoundTripper
		method, path string
		header       http.Header
		status       int
		says         string
	}{
		{"HTTP/1.1", plain, "POST", here, http.Header{"Content-Type": {"application/grpc"}}, 505, "needs HTTP/2"},
		{"a GET", over, "GET", here, http.Header{"Content-Type": {"application/grpc"}}, 405, "a POST"},
		{"another method", over, "POST", "/edgeboard.v1.Board/Disconnect", http.Header{"Content-Type": {"application/grpc"}}, 404, "one method"},
		{"JSON", over, "POST", here, http.Header{"Content-Type": {"application/connect+json"}}, 415, "protobuf"},
		{"no type", over, "POST", here, http.Header{}, 415, "protobuf"},
		{"a page of another origin", over, "POST", here, http.Header{"Content-Type": {"application/grpc-web"}, "Origin": {"https://elsewhere.example"}}, 403, "origin"},
		{"a compression that nobody knows", over, "POST", here, http.Header{"Content-Type": {"application/grpc"}, "Grpc-Encoding": {"snappy"}}, 200, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, r.url+c.path, strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = c.header
		resp, err := c.by.RoundTrip(req)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || !strings.Contains(string(text), c.says) {
			t.Errorf("%s: %s %q, want %d and %q", c.why, resp.Status, text, c.status, c.says)
		}
		if status := resp.Trailer.Get("Grpc-Status"); c.status == 200 && status != "12" {
			t.Errorf("%s: gRPC status %q, want 12, Unimplemented", c.why, status)
		}
	}
	if len(r.accepted) > 0 {
		t.Error("one of them was let in")
	}
}

// dialTo connects to a server of which the test plays every byte.
func dialTo(t *testing.T, play func(w http.ResponseWriter, r *http.Request)) conn.Conn {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.(http.Flusher).Flush()
		play(w, r)
	}))
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	t.Cleanup(srv.Close)
	c, err := grpc.Dial(t.Context(), srv.URL, nil, framing.Limit())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(1000, "") })
	return c
}

func TestHostileRelay(t *testing.T) {
	broken := func(err error) bool {
		_, closed := errors.AsType[*conn.CloseError](err)
		return err != nil && !closed && !errors.Is(err, conn.ErrClosed)
	}
	trailers := func(pairs ...string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				w.Header().Set(http.TrailerPrefix+pairs[i], pairs[i+1])
			}
		}
	}
	write := func(b []byte) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Write(b)
			w.(http.Flusher).Flush()
			io.Copy(io.Discard, r.Body)
		}
	}
	for _, c := range []struct {
		why  string
		play func(http.ResponseWriter, *http.Request)
		want func(error) bool
	}{
		{"a length over the limit", write([]byte{0, 0xff, 0xff, 0xff, 0xff}), tooLarge},
		{"flags that gRPC has not", write(envelope(0x80, nil)), malformed},
		{"a compressed message, for which nobody has asked", write(envelope(1, zipped(t, nil))), malformed},
		{"an end within a message", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte{0, 0}) }, malformed},
		{"an end without a status", trailers(), broken},
		{"a status that is none", trailers("Grpc-Status", "high"), broken},
		{"a status of a proxy", trailers("Grpc-Status", "14", "Grpc-Message", "no relay"), broken},
		{"a close code that is none", trailers("Grpc-Status", "3", "Edgeboard-Close-Code", "-1"), broken},
		{"a reason that is not escaped", trailers("Grpc-Status", "0", "Edgeboard-Close-Code", "1000", "Edgeboard-Close-Reason", "%x"), func(err error) bool {
			e, ok := errors.AsType[*conn.CloseError](err)
			return ok && *e == conn.CloseError{Code: 1000}
		}},
		{"a reason without end", trailers("Grpc-Status", "3", "Grpc-Message", strings.Repeat("x", 10000), "Edgeboard-Close-Code", "4000"), func(err error) bool {
			e, ok := errors.AsType[*conn.CloseError](err)
			return ok && e.Code == 4000 && len(e.Reason) == wire.MaxReason
		}},
		{"status OK, and no more", trailers("Grpc-Status", "0"), func(err error) bool {
			e, ok := errors.AsType[*conn.CloseError](err)
			return ok && *e == conn.CloseError{Code: 1000}
		}},
		{"a connection that breaks", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, broken},
	} {
		t.Run(c.why, func(t *testing.T) {
			client := dialTo(t, c.play)
			if msg, err := client.Receive(t.Context()); !c.want(err) {
				t.Errorf("Receive returned %x, %v", msg, err)
			}
		})
	}
}

// A relay that sends on and on after the farewell does not keep the client.
func TestRelayThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	client := dialTo(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		for r.Context().Err() == nil {
			w.Write(envelope(0, make([]byte, 1000)))
		}
	})
	client.Close(1000, "enough")
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the connection is still there")
	}
}

// The table of SPEC.md is what the relay says.
func TestW58(t *testing.T) {
	text, err := os.ReadFile("../../wire/SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| close code | status |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	r, said := serve(t, false), 0
	for row := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		for want := range strings.SplitSeq(cells[0], ", ") {
			code, err := strconv.ParseUint(want, 10, 32)
			if err != nil || len(cells) != 2 {
				t.Fatalf("a row is %q", row)
			}
			call, server := r.raw(t)
			server.Close(uint32(code), "")
			status, got := call.status()
			number, _ := strconv.ParseUint(status, 10, 32)
			name := strings.ToUpper(connect.Code(number).String())
			if number == 0 {
				name = "OK"
			}
			if got != want || name != cells[1] {
				t.Errorf("a close with %d has status %s and code %s, want %s", code, name, got, cells[1])
			}
			said++
		}
	}
	if said != 19 {
		t.Errorf("the table has %d codes", said)
	}
	call, server := r.raw(t)
	server.Close(4099, "")
	if status, code := call.status(); status != "2" || code != "4099" {
		t.Errorf("a code that nobody knows has status %s, code %s", status, code)
	}
}
