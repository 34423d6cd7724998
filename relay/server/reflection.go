package server

import (
	"context"
	"errors"
	"fmt"
	"io"

	"connectrpc.com/connect"

	"edgeboard/shared/conn/grpc"
	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirepb"
)

// By reflection tools such as grpcurl learn of the services, which have one file.
// grpcreflect serves any files, for which it builds the descriptors of all when
// the process starts: a millisecond, and 0.7 MB of memory.
//
// The protocol is that of
// https://github.com/grpc/grpc/blob/master/src/proto/grpc/reflection/v1/reflection.proto;
// v1alpha has the same messages. Numbers of fields are those of there.

// maxQuestion bounds what a client asks about the service, in bytes.
const maxQuestion = 16 << 10

// describe adds reflection to the routes. What lasts ends with stopping.
func describe(mux *table, stopping context.Context) {
	for _, version := range []string{"v1", "v1alpha"} {
		path := "/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo"
		mux.Handle(path, until(stopping, connect.NewBidiStreamHandler(path, reflect,
			connect.WithCodec(rawCodec{}), connect.WithReadMaxBytes(maxQuestion))))
	}
}

// raw is a message whose bytes nobody else reads.
type raw struct{ b []byte }

// rawCodec takes the name of protobuf's, which the bytes are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(m any) ([]byte, error) {
	r, ok := m.(*raw)
	if !ok {
		return nil, fmt.Errorf("reflection: a %T is no answer", m)
	}
	return r.b, nil
}

func (rawCodec) Unmarshal(b []byte, m any) error {
	r, ok := m.(*raw)
	if !ok {
		return fmt.Errorf("reflection: a %T is no question", m)
	}
	r.b = append([]byte(nil), b...)
	return nil
}

func reflect(_ context.Context, stream *connect.BidiStream[raw, raw]) error {
	for {
		q, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		a, err := answerTo(q.b)
		if err != nil {
			return connect.NewError(connect.CodeInvalidArgument, err)
		}
		if err := stream.Send(&raw{a}); err != nil {
			return err
		}
	}
}

// Fields of ServerReflectionRequest.
const (
	askHost       = 1
	askFile       = 3
	askSymbol     = 4
	askExtension  = 5
	askExtensions = 6
	askServices   = 7
)

// Fields of ServerReflectionResponse.
const (
	sayHost     = 1
	sayQuestion = 2
	sayFile     = 4
	sayServices = 6
	sayError    = 7
)

// answerTo answers a ServerReflectionRequest by a ServerReflectionResponse.
func answerTo(q []byte) ([]byte, error) {
	var host, arg []byte
	kind := uint64(0)
	for rest := q; len(rest) > 0; {
		tag, after, err := wire.Uvarint(rest)
		if err != nil {
			return nil, err
		}
		if tag&7 != typeBytes {
			return nil, errors.New("reflection: a question that is none")
		}
		v, after, err := wire.Bytes(after)
		if err != nil {
			return nil, err
		}
		switch field := tag >> 3; field {
		case askHost:
			host = v
		case askFile, askSymbol, askExtension, askExtensions, askServices:
			kind, arg = field, v
		}
		rest = after
	}
	a := appendField(appendField(nil, sayHost, host), sayQuestion, q)
	switch {
	case kind == askServices:
		var list []byte
		for _, name := range []string{grpc.Service, feedService} {
			list = appendField(list, 1, appendField(nil, 1, []byte(name)))
		}
		return appendField(a, sayServices, list), nil
	case kind == askFile && string(arg) == wirepb.FileName, kind == askSymbol && wirepb.Describes(string(arg)):
		return appendField(a, sayFile, appendField(nil, 1, wirepb.Descriptor())), nil
	case kind == 0:
		return appendField(a, sayError, appendStatus(connect.CodeInvalidArgument, "there is no question that is known here")), nil
	}
	return appendField(a, sayError, appendStatus(connect.CodeNotFound, "there is no such thing here")), nil
}

// typeBytes is the wire type of what has a length before it.
const typeBytes = 2

// appendField appends a field of bytes, also an empty one.
func appendField(b []byte, number uint64, v []byte) []byte {
	return wire.AppendBytes(wire.AppendUvarint(b, number<<3|typeBytes), v)
}

// appendStatus appends an ErrorResponse.
func appendStatus(code connect.Code, text string) []byte {
	b := wire.AppendUvarint(wire.AppendUvarint(nil, 1<<3), uint64(code))
	return appendField(b, 2, []byte(text))
}
