// Package wirejson writes the frames of package wire as JSON and reads them: in
// protobuf's canonical JSON (https://protobuf.dev/programming-guides/json/) of
// the message Frame, for people and for programs without protobuf. The page does
// without: it is built on Google's runtime.
//
//	{"ping":{"stamp":"17"}}
//
// Numbers of 64 bits are text there, and bytes are base64. What is not known is
// skipped (W8).
package wirejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirepb"
)

// MaxObjects is how many objects the text of one message may have: each becomes
// a message of protobuf, which takes far more memory than its text.
const MaxObjects = 16 << 10

// ErrTooMany is returned by Parse for text with more than MaxObjects objects.
var ErrTooMany = errors.New("wirejson: more objects than one message may have")

// AppendFrame appends one frame, given without its length, as JSON in one line.
// It appends nothing for a frame whose kind is not known.
func AppendFrame(b, frame []byte) ([]byte, error) {
	var f wirepb.Frame
	if err := proto.Unmarshal(frame, &f); err != nil {
		return b, fmt.Errorf("wirejson: %w", err)
	}
	if f.GetBody() == nil {
		return b, nil
	}
	text, err := protojson.Marshal(&f)
	if err != nil {
		return b, fmt.Errorf("wirejson: %w", err)
	}
	// Google's encoder puts spaces in as it likes, so that nobody relies on its
	// bytes.
	line := bytes.NewBuffer(b)
	if err := json.Compact(line, text); err != nil {
		return b, fmt.Errorf("wirejson: %w", err)
	}
	return line.Bytes(), nil
}

// Parse reads one frame, or a list of them, and returns the transport message
// with them. One that is over the limit is wire.ErrTooLarge. Other errors say at
// which frame, counted from 1, what is wrong.
func Parse(text []byte) ([]byte, error) {
	if bytes.Count(text, []byte("{")) > MaxObjects {
		return nil, ErrTooMany
	}
	list := json.NewDecoder(bytes.NewReader(text))
	inList := bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("["))
	if inList {
		_, _ = list.Token() // the bracket
	}
	var msg []byte
	for n := 1; n == 1 && !inList || inList && list.More(); n++ {
		var one json.RawMessage
		err := list.Decode(&one)
		if err == nil {
			msg, err = appendParsed(msg, one)
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, fmt.Errorf("wirejson: frame %d: %w", n, err)
		}
		if len(msg) > wire.MaxMessage {
			return nil, wire.ErrTooLarge
		}
	}
	if inList {
		if _, err := list.Token(); err != nil {
			return nil, fmt.Errorf("wirejson: the list does not end: %w", err)
		}
	}
	if _, err := list.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("wirejson: something follows after the frames")
	}
	return msg, nil
}

// appendParsed appends a frame with its length.
func appendParsed(msg []byte, text json.RawMessage) ([]byte, error) {
	var f wirepb.Frame
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, &f); err != nil {
		return nil, brief(err)
	}
	if f.GetBody() == nil {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			return nil, err
		}
		delete(fields, "seq")
		delete(fields, "time")
		if len(fields) == 0 {
			return nil, wire.ErrEmpty
		}
		return msg, nil // of a later version
	}
	msg = wire.AppendUvarint(msg, uint64(proto.Size(&f)))
	return proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(msg, &f)
}

// maxError is how many bytes are left of an error of Google's decoder.
const maxError = 200

// brief cuts an error that repeats what it was given.
func brief(err error) error {
	text := err.Error()
	if len(text) <= maxError {
		return err
	}
	return errors.New(strings.ToValidUTF8(text[:maxError], "") + "…")
}
