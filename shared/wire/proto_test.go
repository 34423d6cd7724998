package wire

import (
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// protoField is one field of a message in edgeboard.proto.
type protoField struct {
	typ      string
	repeated bool
	number   int
}

var (
	protoMessage = regexp.MustCompile(`^message (\w+) \{$`)
	protoService = regexp.MustCompile(`^service \w+ \{$`)
	protoCall    = regexp.MustCompile(`^rpc \w+\(stream (Frame|Publish)\) returns \(stream (Frame|Published)\);$`)
	protoLine    = regexp.MustCompile(`^(repeated )?(\w+) (\w+) = (\d+);(.*)$`)
)

// readProto reads what edgeboard.proto says of each message. It knows the few
// things that stand in that file and stops the test at anything else.
func readProto(t *testing.T) map[string]map[string]protoField {
	text, err := os.ReadFile("edgeboard.proto")
	if err != nil {
		t.Fatal(err)
	}
	messages := map[string]map[string]protoField{}
	var current map[string]protoField
	comment, oneof, service := false, false, false
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "", line == `syntax = "proto3";`, line == "package edgeboard.v1;",
			line == `option go_package = "edgeboard/shared/wire/wirepb";`:
			comment = false
		case strings.HasPrefix(line, "//"):
			comment = true
			continue
		case protoMessage.MatchString(line) && current == nil:
			if !comment {
				t.Errorf("line %d: a message without a comment", n)
			}
			current = map[string]protoField{}
			messages[protoMessage.FindStringSubmatch(line)[1]] = current
		case protoService.MatchString(line) && current == nil, protoCall.MatchString(line) && service:
			service = true
			if !comment {
				t.Errorf("line %d: a service without a comment", n)
			}
		case line == "}" && service:
			service = false
		case strings.HasPrefix(line, "reserved ") && current != nil && comment:
		case line == "oneof body {" && current != nil:
			oneof = true
		case line == "}" && oneof:
			oneof = false
		case line == "}" && current != nil:
			current = nil
		case protoLine.MatchString(line) && current != nil:
			m := protoLine.FindStringSubmatch(line)
			number, _ := strconv.Atoi(m[4])
			if !comment && !strings.Contains(m[5], "//") {
				t.Errorf("line %d: field %s without a comment", n, m[3])
			}
			if _, twice := current[m[3]]; twice {
				t.Errorf("line %d: field %s stands twice", n, m[3])
			}
			current[m[3]] = protoField{typ: m[2], repeated: m[1] != "", number: number}
		default:
			t.Fatalf("line %d is not understood: %s", n, line)
		}
		comment = false
	}
	return messages
}

// snake turns a Go name into one of protobuf: RetryMS into retry_ms.
func snake(name string) string {
	s := regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(name, "${1}_$2")
	return strings.ToLower(s)
}

// The Go code writes what edgeboard.proto says: every message has the same
// fields by name, and each one alone is written under its number, in the wire
// type and with the value of its type.
func TestContract(t *testing.T) {
	proto := readProto(t)
	full, _ := everyMessage()
	known := map[string]bool{"Frame": true, "Cursor": true}
	for _, m := range full {
		name := reflect.TypeOf(m).Elem().Name()
		known[name] = true
		body := proto["Frame"][snake(name)]
		if body.number != int(m.Kind()) || body.typ != name {
			t.Errorf("Frame has %s as %+v, want kind %d", name, body, m.Kind())
		}
		checkFields(t, name, proto[name], m, func() any { return fresh(m) }, func(v any) []byte { return v.(Message).Append(nil) })
	}
	for _, m := range []any{&Mention{}, &Text{}, &Reaction{}, &Refusal{}, &Talk{}, &Entry{}, &Span{}, &Want{}, &Feed{}, &Sample{}} {
		typ := reflect.TypeOf(m).Elem()
		known[typ.Name()] = true
		checkFields(t, typ.Name(), proto[typ.Name()], m, func() any { return reflect.New(typ).Interface() }, func(v any) []byte { return appendFields(nil, v) })
	}
	checkFields(t, "Cursor", proto["Cursor"], &Cursor{}, func() any { return &Cursor{} }, func(v any) []byte { return v.(*Cursor).Append(nil) })
	for name := range proto {
		if !known[name] {
			t.Errorf("%s is in edgeboard.proto and not in the code", name)
		}
	}
	seq, time := proto["Frame"]["seq"], proto["Frame"]["time"]
	if seq != (protoField{"uint64", false, 1}) || time != (protoField{"uint32", false, 16}) || len(proto["Frame"]) != 2+len(full) {
		t.Errorf("Frame has %d fields, seq is %+v and time %+v", len(proto["Frame"]), seq, time)
	}
}

func checkFields(t *testing.T, name string, proto map[string]protoField, m any, empty func() any, encode func(any) []byte) {
	typ := reflect.TypeOf(m).Elem()
	sixteen := []byte("sixteen bytes of")
	if typ.NumField() != len(proto) {
		t.Errorf("%s: %d fields in the code, %d in edgeboard.proto", name, typ.NumField(), len(proto))
	}
	for i := range typ.NumField() {
		p, ok := proto[snake(typ.Field(i).Name)]
		if !ok {
			t.Errorf("%s.%s is not in edgeboard.proto", name, typ.Field(i).Name)
			continue
		}
		one := empty()
		v := reflect.ValueOf(one).Elem().Field(i)
		var goType string
		want := field{number: p.number}
		switch x := v.Addr().Interface().(type) {
		case *uint32:
			goType, *x, want.num = "uint32", 1<<32-1, 1<<32-1
		case *Code:
			goType, *x, want.num = "uint32", 4003, 4003
		case *Role:
			goType, *x, want.num = "uint32", 1<<32-1, 1<<32-1
		case *Device:
			goType, *x, want.num = "uint32", 1<<32-1, 1<<32-1
		case *uint64:
			goType, *x, want.num = "uint64", 1<<64-1, 1<<64-1
		case *Stamp:
			goType, *x, want.num = "uint64", 1<<64-1, 1<<64-1
		case *Person:
			goType, *x, want.typ, want.data = "bytes", Person(sixteen), typeBytes, sixteen
		case *TextID:
			goType, *x, want.typ, want.data = "bytes", TextID(sixteen), typeBytes, sixteen
		case *[]Person:
			goType, *x, want.typ, want.data = "bytes", []Person{Person(sixteen)}, typeBytes, sixteen
		case *[]TextID:
			goType, *x, want.typ, want.data = "bytes", []TextID{TextID(sixteen)}, typeBytes, sixteen
		case *[]Mention:
			goType, *x, want.typ, want.data = "Mention", []Mention{{At: 1}}, typeBytes, []byte("\x10\x01")
		case *[]Text:
			goType, *x, want.typ, want.data = "Text", []Text{{Stamp: 1}}, typeBytes, []byte("\x20\x01")
		case *[]Reaction:
			goType, *x, want.typ, want.data = "Reaction", []Reaction{{Sign: "+"}}, typeBytes, []byte("\x0a\x01+")
		case *[]Refusal:
			goType, *x, want.typ, want.data = "Refusal", []Refusal{{Why: 1}}, typeBytes, []byte("\x10\x01")
		case *[]Talk:
			goType, *x, want.typ, want.data = "Talk", []Talk{{Last: 1}}, typeBytes, []byte("\x18\x01")
		case *[]Entry:
			goType, *x, want.typ, want.data = "Entry", []Entry{{What: 1}}, typeBytes, []byte("\x10\x01")
		case *[]Span:
			goType, *x, want.typ, want.data = "Span", []Span{{To: 1}}, typeBytes, []byte("\x10\x01")
		case *[]Want:
			goType, *x, want.typ, want.data = "Want", []Want{{Points: 1}}, typeBytes, []byte("\x10\x01")
		case *[]Feed:
			goType, *x, want.typ, want.data = "Feed", []Feed{{Number: 1}}, typeBytes, []byte("\x08\x01")
		case *[]Sample:
			goType, *x, want.typ, want.data = "Sample", []Sample{{Time: 1}}, typeBytes, []byte("\x08\x01")
		case *FeedType:
			goType, *x, want.num = "uint32", 1<<32-1, 1<<32-1
		case *float64:
			goType, *x, want.typ, want.num = "double", -2, typeI64, 0xc000<<48
		case *[]string:
			goType, *x, want.typ, want.data = "string", []string{"text"}, typeBytes, []byte("text")
		case *int32:
			goType, *x, want.num = "sint32", -3, 5
		case *bool:
			goType, *x, want.num = "bool", true, 1
		case *string:
			goType, *x, want.typ, want.data = "string", "text", typeBytes, []byte("text")
		case *[]byte:
			goType, *x, want.typ, want.data = "bytes", []byte("data"), typeBytes, []byte("data")
		case *[]Cursor:
			goType, *x, want.typ, want.data = "Cursor", []Cursor{{Member: 1}}, typeBytes, []byte("\x08\x01")
		case *[]Point:
			goType, *x, want.typ, want.data = "sint32", []Point{{1, -1}, {-63, 7}}, typeBytes, []byte("\x02\x01\x7f\x10")
		case *[]ID:
			goType, *x, want.typ, want.data = "sint64", []ID{{1, 64}, {1, 63}}, typeBytes, []byte("\x02\x80\x01\x00\x01")
		case *[]float64:
			goType, *x, want.typ, want.data = "double", []float64{1, -2}, typeBytes, []byte("\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\xc0")
		default:
			t.Errorf("%s.%s has a type of which the contract knows nothing", name, typ.Field(i).Name)
			continue
		}
		if many := typ.Field(i).Type.Kind() == reflect.Slice && typ.Field(i).Type.Elem().Kind() != reflect.Uint8; p.typ != goType || p.repeated != many {
			t.Errorf("%s.%s is %s in edgeboard.proto, %s in the code", name, typ.Field(i).Name, p.typ, goType)
		}
		got, rest, err := readField(encode(one))
		if err != nil || len(rest) != 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s.%s is written as %+v (%v, then % x), want %+v", name, typ.Field(i).Name, got, err, rest, want)
		}
	}
}

// Every close code stands in the table of SPEC.md with its number, its name and
// what a client does.
func TestW33AdviceIsInTheSpec(t *testing.T) {
	spec, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("code.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`(?m)^\tCode(\w+) +(?:Code )?= (\d+)`).FindAllStringSubmatch(string(source), -1)
	if len(codes) < 19 {
		t.Fatalf("%d codes found in code.go", len(codes))
	}
	for _, c := range codes {
		n, _ := strconv.Atoi(c[2])
		advice := "retry"
		switch Code(n).Advice() {
		case Stop:
			advice = "stop"
		case RefreshFirst:
			advice = "refresh"
		}
		row := regexp.MustCompile(`(?m)^\| ` + c[2] + ` \| ` + c[1] + ` \| .* \| ` + advice + `\b.*\|$`)
		if !row.Match(spec) {
			t.Errorf("SPEC.md has no row %s, %s, %s", c[2], c[1], advice)
		}
	}
}
