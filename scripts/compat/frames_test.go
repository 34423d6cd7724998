package compat

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"edgeboard/shared/hextest"
	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirejson"
	"edgeboard/shared/wire/wirepb"
)

// frame is a line of frames.jsonl.
type frame struct {
	Kind  string          `json:"kind"`  // its number
	Bytes string          `json:"bytes"` // without its length, in hexadecimal
	Says  json.RawMessage `json:"says"`
}

// exampleFrames are frames of every kind: the examples of package wire.
func exampleFrames(t *testing.T) (list []frame) {
	t.Helper()
	files, err := filepath.Glob("../../shared/wire/testdata/v1/*.hex")
	if err != nil {
		t.Fatal(err)
	}
	have := map[wire.Kind]bool{}
	for _, file := range files {
		for rest := hextest.Read(t, file); len(rest) > 0; {
			raw, after, err := wire.Bytes(rest)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			rest = after
			f, err := wire.ParseFrame(raw)
			if err != nil || !f.Kind.Known() {
				continue // of a later version
			}
			have[f.Kind] = true
			says, err := wirejson.AppendFrame(nil, raw)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			list = append(list, frame{fmt.Sprint(f.Kind), hex.EncodeToString(raw), says})
		}
	}
	for kind := wire.KindHello; kind <= wire.KindPublished; kind++ {
		if kind.Known() && !have[kind] {
			t.Errorf("there is no example of a frame of kind %d in shared/wire/testdata/v1", kind)
		}
	}
	return list
}

func recordFrames(t *testing.T, r record) {
	var lines bytes.Buffer
	for _, f := range exampleFrames(t) {
		line, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	r.write(t, "frames.jsonl", lines.Bytes())
	set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{protodesc.ToFileDescriptorProto(wirepb.File_edgeboard_proto)}}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "wire.binpb", b)
}

// sameJSON compares what two texts say.
func sameJSON(t *testing.T, what string, got, want []byte) {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(got, &x); err != nil {
		t.Fatalf("%s: %v in %s", what, err, got)
	}
	if err := json.Unmarshal(want, &y); err != nil {
		t.Fatalf("%s: %v in %s", what, err, want)
	}
	if !reflect.DeepEqual(x, y) {
		t.Errorf("%s: it is\n%s\nand was\n%s", what, got, want)
	}
}

// Frames of a release say the same as ever, and what they say is written with the same
// bytes: so the release reads it too.
func TestFramesStay(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		for i, line := range r.readLines(t, "frames.jsonl") {
			var f frame
			if err := json.Unmarshal([]byte(line), &f); err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("frame %d, of kind %s", i, f.Kind)
			raw, err := hex.DecodeString(f.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			says, err := wirejson.AppendFrame(nil, raw)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			sameJSON(t, what, says, f.Says)

			// The codec that relay and page have, besides Google's.
			parsed, err := wire.ParseFrame(raw)
			if err != nil || fmt.Sprint(parsed.Kind) != f.Kind || !parsed.Kind.Known() {
				t.Errorf("%s: it is of kind %d now, %v", what, parsed.Kind, err)
				continue
			}
			m := messageOf(t, parsed.Kind)
			if err := m.Parse(parsed.Body); err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			msg := wire.AppendTimedFrame(nil, parsed.Seq, parsed.Time, m)
			again, _, err := wire.Bytes(msg)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if says, err = wirejson.AppendFrame(nil, again); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			sameJSON(t, what+", written again", says, f.Says)
		}
	})
}

// messageOf returns an empty message of a kind.
func messageOf(t *testing.T, kind wire.Kind) wire.Message {
	t.Helper()
	for _, m := range []wire.Message{
		&wire.Hello{}, &wire.Welcome{}, &wire.Update{}, &wire.Ack{}, &wire.Cursors{}, &wire.Joined{}, &wire.Left{}, &wire.Ping{},
		&wire.Pong{}, &wire.Denied{}, &wire.Profile{}, &wire.Preview{}, &wire.Refresh{}, &wire.SnapshotPart{}, &wire.Moved{},
		&wire.Notice{}, &wire.Selection{}, &wire.Viewport{}, &wire.Signal{}, &wire.Say{}, &wire.Said{}, &wire.Recall{},
		&wire.Typing{}, &wire.Mark{}, &wire.Talks{}, &wire.Inbox{}, &wire.Browse{}, &wire.Settle{}, &wire.Wishes{},
		&wire.Subscribe{}, &wire.Watch{}, &wire.Points{}, &wire.Publish{}, &wire.Published{},
	} {
		if m.Kind() == kind {
			return m
		}
	}
	t.Fatalf("kind %d is new here: add it", kind)
	return nil
}

// What a release knows of the protocol is as it was: each message, each field by its
// number, each call. Fields and messages may be added.
func TestProtocolStays(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		was, is := r.protocol(t), protoreflect.FileDescriptor(wirepb.File_edgeboard_proto)
		if was.Package() != is.Package() {
			t.Errorf("the package is %s, and was %s", is.Package(), was.Package())
		}
		messagesStay(t, was.Messages(), is.Messages())
		for i := range was.Services().Len() {
			old := was.Services().Get(i)
			service := is.Services().ByName(old.Name())
			if service == nil {
				t.Errorf("service %s is no more", old.Name())
				continue
			}
			for j := range old.Methods().Len() {
				m := old.Methods().Get(j)
				now := service.Methods().ByName(m.Name())
				if now == nil || now.Input().FullName() != m.Input().FullName() || now.Output().FullName() != m.Output().FullName() ||
					now.IsStreamingClient() != m.IsStreamingClient() || now.IsStreamingServer() != m.IsStreamingServer() {
					t.Errorf("%s is no more, or not as it was", m.FullName())
				}
			}
		}
		if was.Enums().Len() > 0 {
			t.Error("enums are not compared: write that here")
		}
	})
}

func (r record) protocol(t *testing.T) protoreflect.FileDescriptor {
	t.Helper()
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(r.read(t, "wire.binpb"), set); err != nil {
		t.Fatal(err)
	}
	file, err := protodesc.NewFile(set.File[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func messagesStay(t *testing.T, was, is protoreflect.MessageDescriptors) {
	t.Helper()
	for i := range was.Len() {
		old := was.Get(i)
		now := is.ByName(old.Name())
		if now == nil {
			t.Errorf("message %s is no more", old.FullName())
			continue
		}
		messagesStay(t, old.Messages(), now.Messages())
		for j := range old.Fields().Len() {
			f := old.Fields().Get(j)
			g := now.Fields().ByNumber(f.Number())
			if g == nil {
				t.Errorf("field %d of %s, %s, is no more", f.Number(), old.FullName(), f.Name())
				continue
			}
			if wrote, says := fieldText(f), fieldText(g); wrote != says {
				t.Errorf("field %d of %s was %q, and is %q", f.Number(), old.FullName(), wrote, says)
			}
		}
		// A number that was given up is not given again.
		for j := range now.Fields().Len() {
			if f := now.Fields().Get(j); old.ReservedRanges().Has(f.Number()) {
				t.Errorf("field %s of %s has a number that was given up", f.Name(), old.FullName())
			}
		}
	}
}

// fieldText is what a reader must know of a field.
func fieldText(f protoreflect.FieldDescriptor) string {
	of := ""
	if m := f.Message(); m != nil {
		of = " " + string(m.FullName())
	}
	in := ""
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		in = " in " + string(o.Name())
	}
	return fmt.Sprintf("%v %v%s %s json=%s packed=%v presence=%v%s", f.Cardinality(), f.Kind(), of, f.Name(), f.JSONName(), f.IsPacked(), f.HasPresence(), in)
}

// What this version says a release reads: by the descriptor that it had, each frame says
// the same, less what the release does not know.
func TestReleasesReadFrames(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		of := r.protocol(t).Messages().ByName("Frame")
		if of == nil {
			t.Fatal("Frame is not in what was recorded")
		}
		for i, f := range exampleFrames(t) {
			raw, err := hex.DecodeString(f.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			m := dynamicpb.NewMessage(of)
			if err := proto.Unmarshal(raw, m); err != nil {
				t.Errorf("frame %d, of kind %s: %s cannot read it: %v", i, f.Kind, r.version, err)
				continue
			}
			text, err := protojson.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			var old, now any
			if err := json.Unmarshal(text, &old); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(f.Says, &now); err != nil {
				t.Fatal(err)
			}
			if path := differs(old, now, nil); path != "" {
				t.Errorf("frame %d, of kind %s: %s reads another %s:\n%s\n%s", i, f.Kind, r.version, path, text, f.Says)
			}
		}
	})
}

// differs returns where something of old stands that now does not say alike; empty:
// nowhere.
func differs(old, now any, path []string) string {
	switch old := old.(type) {
	case map[string]any:
		for name, v := range old {
			if d := differs(v, object(now)[name], append(slices.Clip(path), name)); d != "" {
				return d
			}
		}
	case []any:
		list := array(now)
		if len(list) != len(old) {
			return strings.Join(path, ".")
		}
		for i := range old {
			if d := differs(old[i], list[i], append(slices.Clip(path), fmt.Sprint(i))); d != "" {
				return d
			}
		}
	default:
		if old != now {
			return strings.Join(path, ".")
		}
	}
	return ""
}
