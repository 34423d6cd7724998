package wirepb_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirepb"
)

// codec is what the messages of package wire, and its Cursor, have in common.
type codec interface {
	Append([]byte) []byte
	Parse([]byte) error
}

// pair is a message of both packages.
type pair struct {
	ours   codec
	theirs proto.Message
}

// bodies are the messages that stand in frames.
var bodies = map[wire.Kind]pair{
	wire.KindHello:        {&wire.Hello{}, &wirepb.Hello{}},
	wire.KindWelcome:      {&wire.Welcome{}, &wirepb.Welcome{}},
	wire.KindUpdate:       {&wire.Update{}, &wirepb.Update{}},
	wire.KindAck:          {&wire.Ack{}, &wirepb.Ack{}},
	wire.KindCursors:      {&wire.Cursors{}, &wirepb.Cursors{}},
	wire.KindJoined:       {&wire.Joined{}, &wirepb.Joined{}},
	wire.KindLeft:         {&wire.Left{}, &wirepb.Left{}},
	wire.KindPing:         {&wire.Ping{}, &wirepb.Ping{}},
	wire.KindPong:         {&wire.Pong{}, &wirepb.Pong{}},
	wire.KindDenied:       {&wire.Denied{}, &wirepb.Denied{}},
	wire.KindProfile:      {&wire.Profile{}, &wirepb.Profile{}},
	wire.KindPreview:      {&wire.Preview{}, &wirepb.Preview{}},
	wire.KindRefresh:      {&wire.Refresh{}, &wirepb.Refresh{}},
	wire.KindSnapshotPart: {&wire.SnapshotPart{}, &wirepb.SnapshotPart{}},
	wire.KindNotice:       {&wire.Notice{}, &wirepb.Notice{}},
	wire.KindMoved:        {&wire.Moved{}, &wirepb.Moved{}},
	wire.KindSelection:    {&wire.Selection{}, &wirepb.Selection{}},
	wire.KindViewport:     {&wire.Viewport{}, &wirepb.Viewport{}},
	wire.KindSignal:       {&wire.Signal{}, &wirepb.Signal{}},
	wire.KindSay:          {&wire.Say{}, &wirepb.Say{}},
	wire.KindSaid:         {&wire.Said{}, &wirepb.Said{}},
	wire.KindRecall:       {&wire.Recall{}, &wirepb.Recall{}},
	wire.KindTyping:       {&wire.Typing{}, &wirepb.Typing{}},
	wire.KindMark:         {&wire.Mark{}, &wirepb.Mark{}},
	wire.KindTalks:        {&wire.Talks{}, &wirepb.Talks{}},
	wire.KindInbox:        {&wire.Inbox{}, &wirepb.Inbox{}},
	wire.KindBrowse:       {&wire.Browse{}, &wirepb.Browse{}},
	wire.KindSettle:       {&wire.Settle{}, &wirepb.Settle{}},
	wire.KindWishes:       {&wire.Wishes{}, &wirepb.Wishes{}},
	wire.KindSubscribe:    {&wire.Subscribe{}, &wirepb.Subscribe{}},
	wire.KindWatch:        {&wire.Watch{}, &wirepb.Watch{}},
	wire.KindPoints:       {&wire.Points{}, &wirepb.Points{}},
	wire.KindPublish:      {&wire.Publish{}, &wirepb.Publish{}},
	wire.KindPublished:    {&wire.Published{}, &wirepb.Published{}},
}

var cursor = pair{&wire.Cursor{}, &wirepb.Cursor{}}

// fresh returns a pair of empty messages.
func (p pair) fresh() pair {
	return pair{reflect.New(reflect.TypeOf(p.ours).Elem()).Interface().(codec), p.theirs.ProtoReflect().New().Interface()}
}

func (p pair) name() string { return string(p.theirs.ProtoReflect().Descriptor().Name()) }

func TestEveryKindIsCompared(t *testing.T) {
	fields := (&wirepb.Frame{}).ProtoReflect().Descriptor().Oneofs().ByName("body").Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		p, ok := bodies[wire.Kind(f.Number())]
		if !ok || p.theirs.ProtoReflect().Descriptor() != f.Message() {
			t.Errorf("kind %d is %s in edgeboard.proto, and is not compared here", f.Number(), f.Message().Name())
		}
	}
	if fields.Len() != len(bodies) {
		t.Errorf("%d kinds in edgeboard.proto, %d here", fields.Len(), len(bodies))
	}
}

// limits are those of W7: bytes of text, and numbers or messages of a list.
var limits = map[protoreflect.FullName]int{
	"edgeboard.v1.Hello.board":    wire.MaxBoardName,
	"edgeboard.v1.Hello.name":     wire.MaxName,
	"edgeboard.v1.Hello.token":    wire.MaxToken,
	"edgeboard.v1.Hello.language": wire.MaxLanguage,
	"edgeboard.v1.Joined.name":    wire.MaxName,
	"edgeboard.v1.Welcome.name":   wire.MaxName,
	"edgeboard.v1.Profile.name":   wire.MaxName,
	"edgeboard.v1.Denied.reason":  wire.MaxReason,
	"edgeboard.v1.Notice.text":    wire.MaxReason,
	"edgeboard.v1.Moved.to":       wire.MaxOrigin,
	"edgeboard.v1.Refresh.token":  wire.MaxToken,
	"edgeboard.v1.Cursors.list":   wire.MaxCursors,
	points:                        2 * wire.MaxPreviewPoints,
	elements:                      2 * wire.MaxSelected,
	caret:                         2 * wire.CaretSize,
	by:                            wire.MatrixSize,
	place:                         wire.PlaceSize,
	view:                          wire.ViewSize,
	page:                          2,
	signalView:                    wire.ViewSize,
	signalPage:                    2,

	"edgeboard.v1.Hello.secret":     wire.MaxSecret,
	"edgeboard.v1.Say.text":         wire.MaxText,
	"edgeboard.v1.Say.mentions":     wire.MaxMentions,
	"edgeboard.v1.Text.name":        wire.MaxName,
	"edgeboard.v1.Text.text":        wire.MaxText,
	"edgeboard.v1.Text.mentions":    wire.MaxMentions,
	"edgeboard.v1.Text.reactions":   wire.MaxSigns,
	"edgeboard.v1.Reaction.sign":    wire.MaxSign,
	"edgeboard.v1.Reaction.persons": wire.MaxReactors,
	"edgeboard.v1.Said.texts":       wire.MaxRecall,
	"edgeboard.v1.Said.stored":      wire.MaxRecall,
	"edgeboard.v1.Said.refused":     wire.MaxRecall,
	"edgeboard.v1.Refusal.reason":   wire.MaxReason,
	"edgeboard.v1.Recall.find":      wire.MaxFind,
	"edgeboard.v1.Talks.list":       wire.MaxTalks,
	"edgeboard.v1.Talk.name":        wire.MaxName,

	"edgeboard.v1.Entry.board":        wire.MaxBoardName,
	"edgeboard.v1.Entry.name":         wire.MaxName,
	"edgeboard.v1.Entry.title":        wire.MaxTitle,
	"edgeboard.v1.Entry.text":         wire.MaxExcerpt,
	"edgeboard.v1.Entry.element":      wire.MaxElement,
	"edgeboard.v1.Inbox.entries":      wire.MaxEntries,
	"edgeboard.v1.Inbox.read":         wire.MaxSpans,
	"edgeboard.v1.Inbox.gone":         wire.MaxSpans,
	"edgeboard.v1.Settle.read":        wire.MaxSpans,
	muted:                             wire.MaxMuted,
	"edgeboard.v1.Wishes.zone":        wire.MaxZone,
	"edgeboard.v1.Wishes.refused":     wire.MaxReason,
	"edgeboard.v1.Subscribe.endpoint": wire.MaxEndpoint,
	"edgeboard.v1.Subscribe.language": wire.MaxLanguage,

	"edgeboard.v1.Watch.list":       wire.MaxWants,
	"edgeboard.v1.Want.feed":        wire.MaxFeed + 1,
	"edgeboard.v1.Points.feeds":     wire.MaxFeeds,
	"edgeboard.v1.Points.gone":      wire.MaxFeeds,
	feedTexts:                       wire.MaxFeedTexts,
	"edgeboard.v1.Feed.name":        wire.MaxFeed,
	"edgeboard.v1.Publish.board":    wire.MaxBoardName,
	"edgeboard.v1.Publish.feed":     wire.MaxFeed,
	"edgeboard.v1.Publish.samples":  wire.MaxSamples,
	"edgeboard.v1.Sample.text":      wire.MaxFeedText,
	"edgeboard.v1.Published.field":  wire.MaxReason,
	"edgeboard.v1.Published.reason": wire.MaxReason,
}

// opaque are the fields of bytes that are of any length. All others are names of 16
// bytes (W79).
var opaque = []protoreflect.FullName{
	"edgeboard.v1.Hello.vector", "edgeboard.v1.Welcome.vector", "edgeboard.v1.Update.data", "edgeboard.v1.Ack.others", "edgeboard.v1.SnapshotPart.data",
	"edgeboard.v1.Wishes.push_key", "edgeboard.v1.Subscribe.key", "edgeboard.v1.Subscribe.auth",
	"edgeboard.v1.Points.runs",
}

func isName(f protoreflect.FieldDescriptor) bool {
	return f.Kind() == protoreflect.BytesKind && !slices.Contains(opaque, f.FullName())
}

// The lists of numbers.
const (
	points   protoreflect.FullName = "edgeboard.v1.Preview.points"
	elements protoreflect.FullName = "edgeboard.v1.Selection.elements"
	caret    protoreflect.FullName = "edgeboard.v1.Selection.caret"
	by       protoreflect.FullName = "edgeboard.v1.Selection.by"
	place    protoreflect.FullName = "edgeboard.v1.Selection.place"
	view     protoreflect.FullName = "edgeboard.v1.Viewport.view"
	page     protoreflect.FullName = "edgeboard.v1.Viewport.page"

	signalView protoreflect.FullName = "edgeboard.v1.Signal.view"
	signalPage protoreflect.FullName = "edgeboard.v1.Signal.page"
)

// The lists of texts: the limits above are of their numbers.
const (
	muted     protoreflect.FullName = "edgeboard.v1.Wishes.muted"
	feedTexts protoreflect.FullName = "edgeboard.v1.Points.texts"
)

// textLimit is how many bytes a text may have.
func textLimit(f protoreflect.FieldDescriptor) int {
	switch f.FullName() {
	case muted:
		return wire.MaxBoardName
	case feedTexts:
		return wire.MaxFeedText
	}
	return limits[f.FullName()]
}

// parts are the lists that are whole, or not there.
var parts = []protoreflect.FullName{caret, by, place, view, page, signalView, signalPage}

// stricter says by which rule package wire refuses bytes that are good
// protobuf, "" if it has none. These are the exceptions that SPEC.md lists.
func stricter(b []byte, d protoreflect.MessageDescriptor) string {
	count := map[protoreflect.FullName]int{}
	for len(b) > 0 {
		number, typ, n := protowire.ConsumeTag(b)
		b = b[n:]
		value := b[:protowire.ConsumeFieldValue(number, typ, b)]
		b = b[len(value):]
		if typ == protowire.StartGroupType {
			return "a group"
		}
		f := d.Fields().ByNumber(number)
		if f == nil {
			continue
		}
		want := protowire.VarintType
		switch {
		case f.Kind() == protoreflect.StringKind, f.Kind() == protoreflect.BytesKind, f.Kind() == protoreflect.MessageKind,
			f.IsPacked() && typ == protowire.BytesType:
			want = protowire.BytesType
		case f.Kind() == protoreflect.DoubleKind:
			want = protowire.Fixed64Type
		}
		if typ != want {
			return "a known field of another wire type"
		}
		data, _ := protowire.ConsumeBytes(value)
		switch {
		case isName(f):
			// Nobody is said by leaving the field out, or by no bytes in it.
			if good := len(data) == 16 && [16]byte(data) != [16]byte{}; !good && (f.IsList() || len(data) > 0) {
				return "a name of other than 16 bytes, or of zeros"
			}
			count[f.FullName()]++
		case f.Kind() == protoreflect.StringKind:
			if len(data) > textLimit(f) {
				return "text over its limit"
			}
			if f.IsList() {
				count[f.FullName()]++
			}
		case f.Kind() == protoreflect.MessageKind:
			if why := stricter(data, f.Message()); why != "" {
				return why
			}
			count[f.FullName()]++
		case f.IsList() && typ != protowire.BytesType:
			count[f.FullName()]++
		case f.IsList() && f.Kind() == protoreflect.DoubleKind:
			count[f.FullName()] += len(data) / 8
		case f.IsList():
			for _, c := range data {
				if c < 0x80 {
					count[f.FullName()]++
				}
			}
		}
	}
	for name, n := range count {
		if limit := limits[name]; limit > 0 && n > limit {
			return "a list over its limit"
		}
	}
	if count[points]%2 != 0 {
		return "a point without y"
	}
	if count[elements]%2 != 0 {
		return "an element without a sequence number"
	}
	for _, name := range parts {
		if n := count[name]; n != 0 && n != limits[name] {
			return "a part that is not whole"
		}
	}
	return ""
}

var (
	read  = proto.UnmarshalOptions{DiscardUnknown: true}
	write = proto.MarshalOptions{Deterministic: true}
)

func theirBytes(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := write.Marshal(m)
	if err != nil {
		t.Fatalf("%v: %v", m, err)
	}
	return b
}

// theirFrame is a frame as it is sent, in the order of W9. Google's Go code is
// alone in writing the members of a oneof after all other fields, so the time is
// written here, and read there.
func theirFrame(t *testing.T, frame *wirepb.Frame) []byte {
	t.Helper()
	timeless := proto.CloneOf(frame)
	timeless.Time = 0
	b := theirBytes(t, timeless)
	if frame.Time != 0 {
		b = protowire.AppendVarint(protowire.AppendTag(b, 16, protowire.VarintType), uint64(frame.Time))
	}
	again := &wirepb.Frame{}
	if err := read.Unmarshal(b, again); err != nil || !proto.Equal(again, frame) {
		t.Fatalf("frame % x is read there as %v, %v; want %v", b, again, err, frame)
	}
	return protowire.AppendBytes(nil, b)
}

// sameFromBytes holds that both read the same bytes, and write what they have
// read as the same bytes.
func sameFromBytes(t *testing.T, p pair, b []byte) {
	t.Helper()
	p = p.fresh()
	before := bytes.Clone(b)
	ours, theirs := p.ours.Parse(b), read.Unmarshal(b, p.theirs)
	if !bytes.Equal(b, before) {
		t.Fatalf("%s: reading has changed the bytes", p.name())
	}
	if theirs != nil {
		if ours == nil {
			t.Fatalf("%s % x: taken here, and there %v", p.name(), b, theirs)
		}
		return
	}
	if why := stricter(b, p.theirs.ProtoReflect().Descriptor()); (ours != nil) != (why != "") {
		t.Fatalf("%s % x: taken there, and here %v; W7 has against it: %q", p.name(), b, ours, why)
	}
	if ours != nil {
		return
	}
	if own, want := p.ours.Append(nil), theirBytes(t, p.theirs); !bytes.Equal(own, want) {
		t.Fatalf("%s % x: written as % x, there as % x", p.name(), b, own, want)
	}
}

// sameFrame is sameFromBytes for a frame. Package wire reads it in two steps,
// and of several bodies the last one alone (W9).
func sameFrame(t *testing.T, b []byte) {
	t.Helper()
	frame, ours := wire.ParseFrame(b)
	body, known := bodies[frame.Kind]
	if known {
		body = body.fresh()
		if ours == nil {
			ours = body.ours.Parse(frame.Body)
		}
	}
	their := &wirepb.Frame{}
	theirs := read.Unmarshal(b, their)
	count := countBodies(b)
	if count > 1 {
		return // SPEC.md: the two differ
	}
	if theirs != nil {
		if ours == nil {
			t.Fatalf("frame % x: taken here, and there %v", b, theirs)
		}
		return
	}
	why := frameStricter(b)
	if count == 0 && why == "" {
		why = "a frame without a body"
	}
	if (ours != nil) != (why != "") {
		t.Fatalf("frame % x: taken there, and here %v; W7 has against it: %q", b, ours, why)
	}
	if ours != nil || !known {
		return
	}
	own := wire.AppendTimedFrame(nil, frame.Seq, frame.Time, body.ours.(wire.Message))
	want := theirFrame(t, their)
	if !bytes.Equal(own, want) {
		t.Fatalf("frame % x: written as % x, there as % x", b, own, want)
	}
}

// countBodies counts the length-delimited fields of a frame up to the first
// that is malformed.
func countBodies(b []byte) (count int) {
	for len(b) > 0 {
		number, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return count
		}
		b = b[n:]
		if n = protowire.ConsumeFieldValue(number, typ, b); n < 0 {
			return count
		}
		b = b[n:]
		if typ == protowire.BytesType && number != 1 && number != 16 {
			count++
		}
	}
	return count
}

// frameStricter is stricter for a frame, where the number of a body with
// another wire type is a field that is not known (W7).
func frameStricter(b []byte) string {
	d := (&wirepb.Frame{}).ProtoReflect().Descriptor()
	for len(b) > 0 {
		number, typ, n := protowire.ConsumeTag(b)
		size := protowire.ConsumeFieldValue(number, typ, b[n:])
		field := b[:n+size]
		b = b[len(field):]
		if f := d.Fields().ByNumber(number); f != nil && f.Kind() == protoreflect.MessageKind &&
			typ != protowire.BytesType && typ != protowire.StartGroupType {
			continue
		}
		if why := stricter(field, d); why != "" {
			return why
		}
	}
	return ""
}

// random fills a message of Google's with values of which many lie at the ends
// of their ranges.
func random(rng *rand.Rand, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.ContainingOneof() != nil || rng.IntN(4) == 0 {
			continue // zero
		}
		limit, limited := limits[f.FullName()]
		if !limited {
			limit = 300
		}
		switch {
		case f.FullName() == points:
			list := m.Mutable(f).List()
			n := rng.IntN(70)
			if rng.IntN(50) == 0 {
				n = limit / 2
			}
			shift := rng.IntN(32) // a pen is slow or fast for a whole stroke
			for range 2 * n {
				list.Append(protoreflect.ValueOfInt32(int32(scalar(rng, f, limit).Int()) >> shift))
			}
		case f.FullName() == elements:
			list := m.Mutable(f).List()
			for range 2 * rng.IntN(40) {
				list.Append(scalar(rng, f, limit))
			}
		case slices.Contains(parts, f.FullName()):
			list := m.Mutable(f).List()
			for range limit {
				list.Append(scalar(rng, f, limit))
			}
		case f.IsList():
			// Seldom many: lists stand in the elements of others.
			list := m.Mutable(f).List()
			for range rng.IntN(min(limit, 40)+1) >> rng.IntN(4) {
				e := list.NewElement()
				if f.Kind() == protoreflect.MessageKind {
					random(rng, e.Message())
				} else if f.Kind() == protoreflect.StringKind {
					e = scalar(rng, f, textLimit(f))
				} else {
					e = scalar(rng, f, limit)
				}
				list.Append(e)
			}
		default:
			m.Set(f, scalar(rng, f, limit))
		}
	}
}

func scalar(rng *rand.Rand, f protoreflect.FieldDescriptor, limit int) protoreflect.Value {
	bits := rng.Uint64() >> rng.IntN(64)
	if rng.IntN(8) == 0 {
		bits = -bits
	}
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(bits&1 == 1)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(bits))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(bits)
	case protoreflect.Sint32Kind:
		v := int32(bits)
		if rng.IntN(2) == 0 {
			v = -v
		}
		return protoreflect.ValueOfInt32(v)
	case protoreflect.Sint64Kind:
		return protoreflect.ValueOfInt64(int64(bits))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(math.Float64frombits(rng.Uint64()))
	case protoreflect.StringKind:
		var s strings.Builder
		for range rng.IntN(limit) / (1 + rng.IntN(10)) {
			r := []rune("aZ0-_ äß界🙂\x00\u2028")[rng.IntN(12)]
			if s.Len()+len(string(r)) > limit {
				break
			}
			s.WriteRune(r)
		}
		return protoreflect.ValueOfString(s.String())
	case protoreflect.BytesKind:
		n := 16
		if !isName(f) {
			n = rng.IntN(limit)
		}
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return protoreflect.ValueOfBytes(b)
	}
	panic("a field of a kind that edgeboard.proto did not have: " + f.Kind().String())
}

// convert copies a message of Google's, field by field, into one of package
// wire. Fields are found by their names, so that a mistake in a number shows.
func convert(from protoreflect.Message, into reflect.Value) {
	fields := from.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		name := strings.ReplaceAll(string(f.Name()), "_", "")
		v := into.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) })
		if !v.IsValid() {
			panic(fmt.Sprintf("%s is not in package wire", f.FullName()))
		}
		value := from.Get(f)
		switch {
		case f.FullName() == points:
			var list []wire.Point
			var last wire.Point
			for i := 0; i < value.List().Len(); i += 2 {
				last.X += int32(value.List().Get(i).Int())
				last.Y += int32(value.List().Get(i + 1).Int())
				list = append(list, last)
			}
			v.Set(reflect.ValueOf(list))
		case f.Kind() == protoreflect.Sint64Kind:
			var list []wire.ID
			var last wire.ID
			for i := 0; i < value.List().Len(); i += 2 {
				last.Replica += uint64(value.List().Get(i).Int())
				last.Seq += uint64(value.List().Get(i + 1).Int())
				list = append(list, last)
			}
			v.Set(reflect.ValueOf(list))
		case f.IsList() && f.Kind() == protoreflect.DoubleKind:
			var list []float64
			for i := range value.List().Len() {
				list = append(list, value.List().Get(i).Float())
			}
			v.Set(reflect.ValueOf(list))
		case f.IsList():
			v.Set(reflect.MakeSlice(v.Type(), value.List().Len(), value.List().Len()))
			for i := range v.Len() {
				if f.Kind() == protoreflect.MessageKind {
					convert(value.List().Get(i).Message(), v.Index(i))
				} else if f.Kind() == protoreflect.StringKind {
					v.Index(i).SetString(value.List().Get(i).String())
				} else {
					v.Index(i).Set(reflect.ValueOf(value.List().Get(i).Bytes()).Convert(v.Index(i).Type()))
				}
			}
		case isName(f) && len(value.Bytes()) == 0: // nobody
		default:
			v.Set(reflect.ValueOf(value.Interface()).Convert(v.Type()))
		}
	}
}

// sameFromValues holds that both write a random message as the same bytes, and
// that each reads them.
func sameFromValues(t *testing.T, p pair, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	p = p.fresh()
	random(rng, p.theirs.ProtoReflect())
	convert(p.theirs.ProtoReflect(), reflect.ValueOf(p.ours).Elem())
	own, want := p.ours.Append(nil), theirBytes(t, p.theirs)
	if !bytes.Equal(own, want) {
		t.Fatalf("%s of seed %d: written as % x, there as % x", p.name(), seed, own, want)
	}
	again := p.fresh()
	if err := again.ours.Parse(want); err != nil {
		t.Fatalf("%s of seed %d: % x: %v", p.name(), seed, want, err)
	}
	if err := read.Unmarshal(own, again.theirs); err != nil {
		t.Fatalf("%s of seed %d, there: % x: %v", p.name(), seed, own, err)
	}
	if !bytes.Equal(again.ours.Append(nil), own) || !proto.Equal(again.theirs, p.theirs) {
		t.Fatalf("%s of seed %d is another message when it is read again: %v", p.name(), seed, again)
	}

	m, ok := p.ours.(wire.Message)
	if !ok {
		return
	}
	frame := &wirepb.Frame{Seq: rng.Uint64() >> rng.IntN(64), Time: rng.Uint32() >> rng.IntN(32)}
	field := frame.ProtoReflect().Descriptor().Fields().ByNumber(protoreflect.FieldNumber(m.Kind()))
	frame.ProtoReflect().Set(field, protoreflect.ValueOfMessage(p.theirs.ProtoReflect()))
	own = wire.AppendTimedFrame(nil, frame.Seq, frame.Time, m)
	want = theirFrame(t, frame)
	if !bytes.Equal(own, want) {
		t.Fatalf("frame with %s of seed %d: written as % x, there as % x", p.name(), seed, own, want)
	}
	if body := wire.AppendBody(nil, frame.Seq, frame.Time, m.Kind(), m.Append(nil)); !bytes.Equal(body, want) {
		t.Fatalf("frame with %s of seed %d: written around its body as % x, there as % x", p.name(), seed, body, want)
	}
}

// mangled returns bytes that are nearly a message: a good one, changed at a few
// places, cut, doubled, or with fields that are none of its own.
func mangled(t testing.TB, rng *rand.Rand, p pair) []byte {
	p = p.fresh()
	random(rng, p.theirs.ProtoReflect())
	b := theirBytes(t, p.theirs)
	for range rng.IntN(4) {
		at := rng.IntN(len(b) + 1)
		switch rng.IntN(6) {
		case 0:
			b = b[:at]
		case 1:
			if at < len(b) {
				b[at] ^= 1 << rng.IntN(8)
			}
		case 2:
			b = append(b, b[at:]...)
		case 3:
			number, typ := protowire.Number(1+rng.IntN(9)), protowire.Type(rng.IntN(6))
			b = protowire.AppendTag(b, number, typ)
			b = append(b, make([]byte, rng.IntN(10))...)
		case 4:
			b = protowire.AppendVarint(protowire.AppendTag(b, protowire.Number(1+rng.IntN(9)), protowire.VarintType), rng.Uint64())
		case 5:
			more := []byte{0x80, 0x80, 0x80, 0x00}[rng.IntN(4):]
			b = append(b[:at:at], append(more, b[at:]...)...)
		}
	}
	return b
}

// What the fuzz tests hold, on messages of their own making.
func TestSameAsProtobuf(t *testing.T) {
	rounds := uint64(500)
	if testing.Short() {
		rounds = 100
	}
	all := []pair{cursor}
	for _, p := range bodies {
		all = append(all, p)
	}
	for _, p := range all {
		t.Run(p.name(), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(2, 3))
			for seed := range rounds {
				sameFromValues(t, p, seed)
				b := mangled(t, rng, p)
				sameFromBytes(t, p, b)
				if m, ok := p.ours.(wire.Message); ok {
					frame := wire.AppendBody(nil, seed, uint32(seed), m.Kind(), b)
					_, n := protowire.ConsumeVarint(frame)
					sameFrame(t, frame[n:])
					if len(b) > 0 {
						frame[rng.IntN(min(len(frame), 8))] ^= 1 << rng.IntN(8)
						sameFrame(t, frame[min(n, len(frame)):])
					}
				}
			}
		})
	}
}
