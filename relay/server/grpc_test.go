package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	stdgrpc "google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	reflectv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"edgeboard/shared/board"
	"edgeboard/shared/conn/grpc"
	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirepb"
)

// stranger is a gRPC client that has nothing of ours but edgeboard.proto.
type stranger struct {
	t      *testing.T
	stream stdgrpc.BidiStreamingClient[wirepb.Frame, wirepb.Frame]
}

const connectMethod = "/edgeboard.v1.Board/Connect"

// channel is a gRPC client's connection to the relay.
func (r *relay) channel(creds credentials.TransportCredentials) *stdgrpc.ClientConn {
	r.t.Helper()
	c, err := stdgrpc.NewClient("passthrough:///"+r.addr, stdgrpc.WithTransportCredentials(creds))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

func call(t *testing.T, c *stdgrpc.ClientConn, options ...stdgrpc.CallOption) *stranger {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	stream, err := c.NewStream(ctx, &stdgrpc.StreamDesc{ClientStreams: true, ServerStreams: true}, connectMethod, options...)
	if err != nil {
		t.Fatal(err)
	}
	return &stranger{t, &stdgrpc.GenericClientStream[wirepb.Frame, wirepb.Frame]{ClientStream: stream}}
}

func (r *relay) stranger() *stranger {
	r.t.Helper()
	return call(r.t, r.channel(insecure.NewCredentials()))
}

func (s *stranger) say(f *wirepb.Frame) {
	s.t.Helper()
	if err := s.stream.Send(f); err != nil {
		s.t.Fatalf("the relay does not take a frame: %v", err)
	}
}

// until receives until a frame is found.
func (s *stranger) until(what string, found func(*wirepb.Frame) bool) {
	s.t.Helper()
	for {
		f, err := s.stream.Recv()
		if err != nil {
			s.t.Fatalf("waiting for %s: %v", what, err)
		}
		if found(f) {
			return
		}
	}
}

func helloFrame(change func(*wirepb.Hello)) *wirepb.Frame {
	m := &wirepb.Hello{Version: 1, Board: "b", Replica: 7, Name: "Stranger"}
	if change != nil {
		change(m)
	}
	return &wirepb.Frame{Body: &wirepb.Frame_Hello{Hello: m}}
}

func (s *stranger) enter() *stranger {
	s.t.Helper()
	s.say(helloFrame(nil))
	s.until("Welcome", func(f *wirepb.Frame) bool { return f.GetWelcome().GetMember() > 0 })
	return s
}

// end receives to the end of the stream: what Denied has said, the status, and
// the close code of the trailers.
func (s *stranger) end() (denied *wirepb.Denied, st *status.Status, code string) {
	s.t.Helper()
	for {
		f, err := s.stream.Recv()
		if errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			if d := f.GetDenied(); d != nil {
				denied = d
			}
			continue
		}
		return denied, status.Convert(err), strings.Join(s.stream.Trailer().Get("edgeboard-close-code"), ",")
	}
}

// A plain gRPC client joins a board, draws, and sees what others draw.
func TestPlainGRPC(t *testing.T) {
	r := start(t, t.TempDir())
	witness := r.enter(1, "b")
	s := r.stranger().enter()

	doc := board.New(7)
	e := doc.Edit()
	e.Append(e.Create(board.KindStroke), board.Point{X: 8}, board.Point{X: 80})
	s.say(&wirepb.Frame{Body: &wirepb.Frame_Update{Update: &wirepb.Update{Data: e.Commit()}}})
	s.until("Ack", func(f *wirepb.Frame) bool { return f.GetAck().GetThrough() == doc.Seq(7) })
	witness.until("the stranger's stroke", func(wire.Frame) bool { return witness.doc.Len() == 1 })

	witness.draw(board.Point{X: 1})
	s.until("the other's stroke", func(f *wirepb.Frame) bool {
		return f.GetUpdate() != nil && doc.Apply(f.GetUpdate().Data) == nil && doc.Len() == 2
	})
	s.say(&wirepb.Frame{Body: &wirepb.Frame_Ping{Ping: &wirepb.Ping{Stamp: 5}}})
	s.until("Pong", func(f *wirepb.Frame) bool { return f.GetPong().GetStamp() == 5 })

	if err := s.stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if denied, st, code := s.end(); denied != nil || st.Code() != codes.OK || code != "1000" {
		t.Errorf("a client that is done: %v, %v, code %q", denied, st, code)
	}
}

// Whoever is sent away learns why in three ways: by Denied, by a status that
// fits, and by the close code.
func TestDeniedByGRPC(t *testing.T) {
	r := start(t, t.TempDir())
	witness := r.enter(1, "b")
	c := r.channel(insecure.NewCredentials())
	for _, test := range []struct {
		why   string
		frame *wirepb.Frame
		code  string
		want  codes.Code
	}{
		{"another version", helloFrame(func(m *wirepb.Hello) { m.Version = 9 }), "4003", codes.FailedPrecondition},
		{"no name of a board", helloFrame(func(m *wirepb.Hello) { m.Board = "../b" }), "4002", codes.InvalidArgument},
		{"no replica", helloFrame(func(m *wirepb.Hello) { m.Replica = 0 }), "4005", codes.InvalidArgument},
		{"a name over its limit", helloFrame(func(m *wirepb.Hello) { m.Name = strings.Repeat("x", wire.MaxName+1) }), "4000", codes.InvalidArgument},
		{"an update before Hello", &wirepb.Frame{Body: &wirepb.Frame_Update{Update: &wirepb.Update{Data: []byte{1}}}}, "4001", codes.FailedPrecondition},
		{"a frame of nothing", &wirepb.Frame{}, "4000", codes.InvalidArgument},
		{"a message over the limit", &wirepb.Frame{Body: &wirepb.Frame_Update{Update: &wirepb.Update{Data: make([]byte, wire.MaxMessage)}}}, "1009", codes.ResourceExhausted},
	} {
		s := call(t, c)
		if err := s.stream.Send(test.frame); err != nil && !errors.Is(err, io.EOF) { // the relay may have ended it already
			t.Errorf("%s: %v", test.why, err)
		}
		denied, st, code := s.end()
		if denied == nil || st.Code() != test.want || code != test.code || st.Message() != denied.GetReason() {
			t.Errorf("%s: denied with %v; status %v; close code %q", test.why, denied, st, code)
		}
		witness.draw(board.Point{})
	}

	s := call(t, c).enter()
	s.say(&wirepb.Frame{Body: &wirepb.Frame_Update{Update: &wirepb.Update{Data: []byte("garbage")}}})
	if denied, st, code := s.end(); denied == nil || st.Code() != codes.InvalidArgument || code != "4004" {
		t.Errorf("an update of garbage: denied with %v; status %v; close code %q", denied, st, code)
	}
	first := call(t, c).enter()
	call(t, c).enter()
	if _, st, code := first.end(); st.Code() != codes.Aborted || code != "4008" {
		t.Errorf("the same replica came back: status %v; close code %q", st, code)
	}
}

// Clients that compress are welcome, and so are connect's own protocol and
// gRPC-Web where HTTP/2 carries them.
func TestRelativesOfGRPC(t *testing.T) {
	r := start(t, t.TempDir())
	call(t, r.channel(insecure.NewCredentials()), stdgrpc.UseCompressor(gzip.Name)).enter()

	over := &http.Transport{Protocols: new(http.Protocols)}
	over.Protocols.SetUnencryptedHTTP2(true)
	defer over.CloseIdleConnections()
	for name, option := range map[string]connect.ClientOption{"connect": connect.WithClientOptions(), "gRPC-Web": connect.WithGRPCWeb()} {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		s := connect.NewClient[wirepb.Frame, wirepb.Frame](&http.Client{Transport: over}, "http://"+r.addr+connectMethod, option).CallBidiStream(ctx)
		if err := s.Send(helloFrame(nil)); err != nil {
			t.Fatal(err)
		}
		if f, err := s.Receive(); f.GetWelcome() == nil {
			t.Errorf("%s: %v, %v", name, f, err)
		}
		if err := s.Send(helloFrame(nil)); err != nil { // once is enough
			t.Fatal(err)
		}
		var err error
		for err == nil {
			_, err = s.Receive()
		}
		if e, ok := errors.AsType[*connect.Error](err); !ok || e.Code() != connect.CodeFailedPrecondition || e.Meta().Get("Edgeboard-Close-Code") != "4001" {
			t.Errorf("%s: the end is %v", name, err)
		}
		s.CloseRequest()
		s.CloseResponse()
	}
}

// Our own client goes over gRPC as over any other transport.
func TestOwnClientOverGRPC(t *testing.T) {
	r := start(t, t.TempDir())
	dial := func(replica board.Replica) *guest {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		c, err := grpc.Dial(ctx, "http://"+r.addr, nil, wire.MaxMessage)
		if err != nil {
			t.Fatal(err)
		}
		return r.guest(replica, c)
	}
	ann, bob := dial(1).enter("plans"), r.enter(2, "plans")
	ann.draw(board.Point{X: 1})
	bob.until("Ann's stroke", func(wire.Frame) bool { return bob.doc.Len() == 1 })
	bob.draw(board.Point{X: 2})
	ann.until("Bob's stroke", func(wire.Frame) bool { return ann.doc.Len() == 2 })
	again := dial(1).enter("plans")
	ann.wantDenied("the same replica came back", wire.CodeReplaced)
	again.conn.Close(uint32(wire.CodeNormal), "")
	var left wire.Left
	bob.until("Ann's leaving", func(f wire.Frame) bool { return f.Kind == wire.KindLeft && left.Parse(f.Body) == nil })
	eve := dial(5)
	eve.say([]byte{0})
	eve.wantDenied("an empty frame", wire.CodeBadFrame)
}

// With a certificate the same goes over TLS.
func TestGRPCOverTLS(t *testing.T) {
	cert, key, pool := certificateFiles(t, t.TempDir())
	r := startWith(t, Config{Data: t.TempDir(), Cert: cert, Key: key, Log: quiet()}, false)
	trust := &tls.Config{RootCAs: pool, ServerName: "localhost"}
	call(t, r.channel(credentials.NewTLS(trust))).enter()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c, err := grpc.Dial(ctx, "https://"+r.addr, trust, wire.MaxMessage)
	if err != nil {
		t.Fatal(err)
	}
	r.guest(2, c).enter("b")
}

// A tool that has nothing, not even edgeboard.proto, learns of it by asking.
func TestReflection(t *testing.T) {
	r := start(t, t.TempDir())
	c := r.channel(insecure.NewCredentials())
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()

	now, err := reflectv1.NewServerReflectionClient(c).ServerReflectionInfo(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(q *reflectv1.ServerReflectionRequest) *reflectv1.ServerReflectionResponse {
		t.Helper()
		if err := now.Send(q); err != nil {
			t.Fatal(err)
		}
		a, err := now.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	var names []string
	for _, s := range ask(&reflectv1.ServerReflectionRequest{MessageRequest: &reflectv1.ServerReflectionRequest_ListServices{}}).GetListServicesResponse().GetService() {
		names = append(names, s.GetName())
	}
	if !slices.Equal(names, []string{"edgeboard.v1.Board", feedService}) {
		t.Errorf("the services are %v", names)
	}
	file := ask(&reflectv1.ServerReflectionRequest{MessageRequest: &reflectv1.ServerReflectionRequest_FileContainingSymbol{
		FileContainingSymbol: "edgeboard.v1.Board.Connect",
	}}).GetFileDescriptorResponse().GetFileDescriptorProto()
	if len(file) != 1 || !strings.Contains(string(file[0]), "Preview") {
		t.Errorf("the service is described by %d files", len(file))
	}
	other := ask(&reflectv1.ServerReflectionRequest{MessageRequest: &reflectv1.ServerReflectionRequest_FileContainingSymbol{
		FileContainingSymbol: feedService,
	}}).GetFileDescriptorResponse().GetFileDescriptorProto()
	if len(other) != 1 || !bytes.Equal(other[0], file[0]) {
		t.Error("the service of live data is not described by the same file")
	}

	byName := ask(&reflectv1.ServerReflectionRequest{MessageRequest: &reflectv1.ServerReflectionRequest_FileByFilename{
		FileByFilename: "edgeboard.proto",
	}}).GetFileDescriptorResponse().GetFileDescriptorProto()
	if len(byName) != 1 || !bytes.Equal(byName[0], file[0]) {
		t.Error("the file is another by its name")
	}
	for _, q := range []*reflectv1.ServerReflectionRequest{
		{Host: "board.example", MessageRequest: &reflectv1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "edgeboard.v1.Nothing"}},
		{MessageRequest: &reflectv1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "google.protobuf.Any"}},
		{MessageRequest: &reflectv1.ServerReflectionRequest_FileByFilename{FileByFilename: "other.proto"}},
		{MessageRequest: &reflectv1.ServerReflectionRequest_AllExtensionNumbersOfType{AllExtensionNumbersOfType: "edgeboard.v1.Frame"}},
	} {
		a := ask(q)
		if codes.Code(a.GetErrorResponse().GetErrorCode()) != codes.NotFound || a.GetValidHost() != q.GetHost() || a.GetOriginalRequest().String() != q.String() {
			t.Errorf("%v is answered by %v", q, a)
		}
	}
	if a := ask(&reflectv1.ServerReflectionRequest{}); codes.Code(a.GetErrorResponse().GetErrorCode()) != codes.InvalidArgument {
		t.Errorf("no question is answered by %v", a)
	}

	// Older tools ask by the name that it had before; the messages are the same.
	before, err := c.NewStream(ctx, &stdgrpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
	if err != nil {
		t.Fatal(err)
	}
	if err := before.SendMsg(&reflectv1.ServerReflectionRequest{MessageRequest: &reflectv1.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	var a reflectv1.ServerReflectionResponse
	if err := before.RecvMsg(&a); err != nil || len(a.GetListServicesResponse().GetService()) != 2 {
		t.Errorf("v1alpha: %v, %v", &a, err)
	}
	// Both streams are left open, as tools do. They do not keep the relay.
	begin := time.Now()
	r.end()
	if took := time.Since(begin); took > drainTimeout/2 {
		t.Errorf("the relay took %v to stop", took)
	}
}

// Members over gRPC are told to come back like all others.
func TestDrainOverGRPC(t *testing.T) {
	r := start(t, t.TempDir())
	s, silent := r.stranger().enter(), r.stranger()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c, err := grpc.Dial(ctx, "http://"+r.addr, nil, wire.MaxMessage)
	if err != nil {
		t.Fatal(err)
	}
	own := r.guest(2, c).enter("b")
	if _, err := silent.stream.Header(); err != nil { // the relay has it
		t.Fatal(err)
	}
	r.end()
	if denied, st, code := s.end(); denied.GetCode() != 1001 || st.Code() != codes.Unavailable || code != "1001" {
		t.Errorf("a member: denied with %v; status %v; close code %q", denied, st, code)
	}
	own.wantDenied("our own client", wire.CodeGoingAway)
	if _, st, code := silent.end(); st.Code() != codes.Unavailable || code != "1001" {
		t.Errorf("one that has said nothing: status %v; close code %q", st, code)
	}
}
