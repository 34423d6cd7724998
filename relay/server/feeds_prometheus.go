package server

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/golang/snappy"

	"edgeboard/relay/feed"
	live "edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// Remote write 1.0 of Prometheus
// (https://prometheus.io/docs/specs/prw/remote_write_spec/): a prometheus.WriteRequest,
// packed as a block of Snappy. What a series is called becomes a feed's name. Series that
// cannot be taken do not hold up the others: Prometheus gives up all of a request that is
// answered 400, and says so in its log.

// maxRemoteWrite bounds such a request when it is unpacked, in bytes: Prometheus sends
// some hundred KiB of 2000 samples.
const maxRemoteWrite = 4 << 20

// remoteWrite1 is the message, as a Content-Type may name it.
const remoteWrite1 = "prometheus.WriteRequest"

// staleNaN is the number by which Prometheus says that a series has ended, in bits.
const staleNaN = 0x7ff0000000000002

// series is one of a request.
type series struct {
	feed   string
	points []live.Point
	bad    *misfit // of points that are left out
}

// takeRemoteWrite takes what Prometheus sends.
func (s *Server) takeRemoteWrite(w http.ResponseWriter, r *http.Request, by *publisher, name, proto string) (int, error) {
	if proto != "" && proto != remoteWrite1 {
		return 0, misfits(http.StatusUnsupportedMediaType, "Content-Type", "%.80s is not taken: have Prometheus send remote write 1.0 (protobuf_message: %s)", proto, remoteWrite1)
	}
	if encoding := r.Header.Get("Content-Encoding"); !strings.EqualFold(encoding, "snappy") {
		return 0, misfits(http.StatusUnsupportedMediaType, "Content-Encoding", "%s comes with Content-Encoding: snappy", mediaProto)
	}
	body, err := s.readFeedBody(w, r)
	if err != nil {
		return 0, err
	}
	size, err := snappy.DecodedLen(body)
	switch {
	case err != nil:
		return 0, misfits(http.StatusBadRequest, "body", "the body is no block of Snappy")
	case size > maxRemoteWrite:
		return 0, misfits(http.StatusRequestEntityTooLarge, "body", "unpacked the body has %d bytes, and may have %d: have Prometheus send fewer samples at a time (max_samples_per_send)", size, maxRemoteWrite)
	}
	if body, err = snappy.Decode(nil, body); err != nil {
		return 0, misfits(http.StatusBadRequest, "body", "the body is no block of Snappy")
	}
	list, err := readRemoteWrite(name, body)
	if err != nil {
		return 0, misfits(http.StatusBadRequest, "body", "the body is no %s: %s", remoteWrite1, err)
	}
	return by.publishSeries(list)
}

// publishSeries puts what it can of series on all boards. The error tells of the first one
// that was not taken, and how many more there were.
func (p *publisher) publishSeries(list []series) (taken int, err error) {
	var first *misfit
	refused := 0
	for _, one := range list {
		bad := one.bad
		for i, board := range p.boards {
			if len(one.points) == 0 {
				break
			}
			if err := p.server.mayStill(board, p.grants[i]); err != nil {
				return taken, err
			}
			no, ok := errors.AsType[*feed.Error](p.server.feeds.Publish(board, feed.Batch{Feed: one.feed, Points: one.points}))
			if !ok {
				continue
			}
			m := misfitOf(no, nil)
			if m.retry > 0 {
				m.Taken = &taken
				return taken, m
			}
			bad = cmp.Or(bad, m)
		}
		if bad == nil {
			taken += len(one.points)
			continue
		}
		refused++
		first = cmp.Or(first, bad.in(one.feed, -1))
	}
	if first == nil {
		return taken, nil
	}
	told := *first
	told.status = http.StatusBadRequest
	told.text = fmt.Sprintf("the series of feed %.200q: %s", first.Feed, first.text)
	if refused > 1 {
		told.text += fmt.Sprintf(" (and %d other series)", refused-1)
	}
	told.Taken = &taken
	return taken, &told
}

var errProto = errors.New("it is cut off, or garbled")

// protoField is one of a message: a number, or bytes.
type protoField struct {
	number uint64
	kind   uint64 // typeVarint and so on
	v      uint64
	bytes  []byte
}

// is reports whether it is a field of bytes with this number.
func (f *protoField) is(number uint64) bool { return f.number == number && f.kind == typeBytes }

// Wire types besides typeBytes.
const (
	typeVarint = 0
	typeFixed8 = 1
	typeFixed4 = 5
)

// fields calls do for each field of a message.
func fields(b []byte, do func(f protoField) error) error {
	for len(b) > 0 {
		tag, rest, err := wire.Uvarint(b)
		f := protoField{number: tag >> 3, kind: tag & 7}
		switch {
		case err != nil:
		case f.kind == typeVarint:
			f.v, rest, err = wire.Uvarint(rest)
		case f.kind == typeBytes:
			f.bytes, rest, err = wire.Bytes(rest)
		case f.kind == typeFixed8 && len(rest) >= 8:
			f.v, rest = binary.LittleEndian.Uint64(rest), rest[8:]
		case f.kind == typeFixed4 && len(rest) >= 4:
			rest = rest[4:]
		default:
			err = errProto
		}
		if err != nil {
			return errProto
		}
		if err := do(f); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

// readRemoteWrite reads a prometheus.WriteRequest. Histograms, exemplars and what is said
// of metrics are passed over.
func readRemoteWrite(name string, b []byte) (list []series, err error) {
	err = fields(b, func(f protoField) error {
		if !f.is(1) {
			return nil
		}
		one, err := readSeries(name, f.bytes)
		list = append(list, one)
		return err
	})
	return list, err
}

// label is one of a series.
type label struct{ name, value string }

func readSeries(name string, b []byte) (one series, err error) {
	var labels []label
	err = fields(b, func(f protoField) error {
		switch {
		case f.is(1):
			var l label
			err := fields(f.bytes, func(f protoField) error {
				if f.is(1) {
					l.name = string(f.bytes)
				} else if f.is(2) {
					l.value = string(f.bytes)
				}
				return nil
			})
			labels = append(labels, l)
			return err
		case f.is(2):
			return one.readSample(f.bytes)
		}
		return nil
	})
	one.feed = name + "." + seriesName(labels)
	return one, err
}

func (s *series) readSample(b []byte) error {
	p, bits := live.Point{}, uint64(0)
	err := fields(b, func(f protoField) error {
		switch {
		case f.number == 1 && f.kind == typeFixed8:
			bits = f.v
		case f.number == 2 && f.kind == typeVarint:
			p.Time = int64(f.v)
		}
		return nil
	})
	p.Number = math.Float64frombits(bits)
	switch {
	case err != nil:
		return err
	case bits == staleNaN:
	case p.Check() != nil:
		s.bad = misfits(http.StatusBadRequest, "value", "%s; samples that are none are left out", live.ErrNumber)
	case p.Time < firstTime:
		s.bad = misfits(http.StatusBadRequest, "time", "%d is no time of ours", p.Time)
	default:
		s.points = append(s.points, p)
	}
	return nil
}

// seriesName is a series as people write it: name{label="value",…}, its labels sorted.
// What may not be in the name of a feed becomes _.
func seriesName(labels []label) string {
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.name, b.name) })
	metric, rest := "", []string{}
	for _, l := range labels {
		if l.name == "__name__" {
			metric = l.value
			continue
		}
		rest = append(rest, l.name+`="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(l.value)+`"`)
	}
	if len(rest) > 0 {
		metric += "{" + strings.Join(rest, ",") + "}"
	}
	return strings.Map(func(c rune) rune {
		if c == utf8.RuneError || c == '*' || unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
			return '_'
		}
		return c
	}, metric)
}
