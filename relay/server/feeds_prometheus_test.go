package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang/snappy"

	live "edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// written is a prometheus.WriteRequest, as Prometheus makes it.
type written struct{ b []byte }

// series adds one: labels are name, value…; samples a value and its time each.
func (w *written) series(labels []string, samples ...[2]float64) *written {
	var s []byte
	for i := 0; i < len(labels); i += 2 {
		var l []byte
		l = appendField(l, 1, []byte(labels[i]))
		l = appendField(l, 2, []byte(labels[i+1]))
		s = appendField(s, 1, l)
	}
	for _, p := range samples {
		var sample []byte
		sample = binary.LittleEndian.AppendUint64(append(sample, 1<<3|1), math.Float64bits(p[0]))
		sample = binary.AppendUvarint(append(sample, 2<<3), uint64(int64(p[1])))
		s = appendField(s, 2, sample)
	}
	// An exemplar and a native histogram, which are passed over.
	s = appendField(s, 3, []byte{0x11, 0, 0, 0, 0, 0, 0, 0, 0})
	s = appendField(s, 4, []byte{0x08, 5})
	w.b = appendField(w.b, 1, s)
	return w
}

// packed is the body, with a word about a metric behind.
func (w *written) packed() string {
	return string(snappy.Encode(nil, appendField(bytes.Clone(w.b), 3, []byte{0x08, 1})))
}

// write sends a body as Prometheus does.
func (s *sensor) write(path, media, encoding, body string) answered {
	s.t.Helper()
	q, err := http.NewRequestWithContext(s.t.Context(), "POST", s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	q.Header.Set("Content-Type", media)
	q.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	if encoding != "" {
		q.Header.Set("Content-Encoding", encoding)
	}
	return s.send(q)
}

// What a Prometheus writes becomes feeds.
func TestRemoteWrite(t *testing.T) {
	s := start(t, t.TempDir()).sensor("")
	now := float64(time.Now().UnixMilli())
	w := new(written).
		series([]string{"__name__", "up"}, [2]float64{1, now - 2000}, [2]float64{0, now - 1000}).
		series([]string{"job", "oven \"7\"\\", "__name__", "degrees", "instance", "a*b:9090"}, [2]float64{21.5, now}).
		series([]string{"__name__", "gone"}, [2]float64{3, now - 1000}, [2]float64{math.Float64frombits(staleNaN), now}).
		series([]string{"__name__", "never"}, [2]float64{math.Float64frombits(staleNaN), now})
	if a := s.write(at("prom", "b", "c"), mediaProto, "snappy", w.packed()).want(t, "a request", 200); one(a.Taken) != "4" {
		t.Errorf("%s points are taken, want 4", one(a.Taken))
	}
	want := []string{`prom.degrees{instance="a_b:9090",job="oven_\"7\"\\"} number 21.5 1`, "prom.gone number 3 1", "prom.up number 0 2"}
	s.wantFeeds("b", "afterwards", want...)
	s.wantFeeds("c", "afterwards", want...)
	s.write(at("prom", "b"), mediaProto+";proto="+remoteWrite1, "snappy", new(written).packed()).want(t, "nothing", 200)
}

// One series that cannot be taken is named, and does not hold up the others.
func TestRemoteWriteInPart(t *testing.T) {
	s := startWith(t, Config{Data: t.TempDir(), Log: quiet(), Feeds: FeedLimits{Feeds: 4}}, false).sensor("")
	now := float64(time.Now().UnixMilli())
	s.write(at("p", "b"), mediaProto, "snappy", new(written).series([]string{"__name__", "old"}, [2]float64{1, now}).packed()).want(t, "the first", 200)
	s.says(at("p.word", "b"), mediaJSON, `"text"`, 1)
	for name, c := range map[string]struct {
		name   string
		value  [2]float64
		status int
		field  string
	}{
		"out of order":   {"old", [2]float64{2, now - 1}, 400, "time"},
		"not a number":   {"nan", [2]float64{math.NaN(), now}, 400, "value"},
		"an infinity":    {"inf", [2]float64{math.Inf(-1), now}, 400, "value"},
		"too far ahead":  {"ahead", [2]float64{1, now + 3600_000}, 400, "time"},
		"too long ago":   {"ago", [2]float64{1, now - 7200_000}, 400, "time"},
		"before 1970":    {"minus", [2]float64{1, -5}, 400, "time"},
		"of a long name": {strings.Repeat("x", wire.MaxFeed), [2]float64{1, now}, 400, "feed"},
		"of texts":       {"word", [2]float64{1, now}, 400, "value"},
	} {
		now++ // the good one is newer each time
		c.value[1]++
		if name == "out of order" {
			c.value[1] = 1e12
		}
		w := new(written).series([]string{"__name__", c.name}, c.value).series([]string{"__name__", "good"}, [2]float64{now, now})
		a := s.write(at("p", "b"), mediaProto, "snappy", w.packed()).want(t, name, c.status)
		if a.Field != c.field || a.Feed != "p."+c.name || one(a.Taken) != "1" || !strings.Contains(a.Error, fmt.Sprintf("%.100s", c.name)) {
			t.Errorf("%s: it is answered %s", name, a.text)
		}
		s.wantPoints(at("p.good", "b")+"&points=1", name, now)
	}
	now += 10
	full := new(written)
	for i := range 5 {
		full.series([]string{"__name__", fmt.Sprint("n", i)}, [2]float64{1, now})
	}
	if a := s.write(at("p", "b"), mediaProto, "snappy", full.packed()).want(t, "too many feeds", 429); a.Field != "feed" || a.header.Get("Retry-After") == "" {
		t.Errorf("too many feeds are answered %s", a.text)
	}
}

// What is no remote write 1.0 is refused before it takes memory.
func TestBadRemoteWrite(t *testing.T) {
	s := start(t, t.TempDir()).sensor("")
	now := float64(time.Now().UnixMilli())
	good := new(written).series([]string{"__name__", "up"}, [2]float64{1, now})
	bomb := snappy.Encode(nil, make([]byte, maxRemoteWrite+1))
	liar := append([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, 1, 2, 3) // it says that it has 4 GiB
	for name, c := range map[string]struct {
		media, encoding, body string
		status                int
		field, says           string
	}{
		"remote write 2.0":         {mediaProto + ";proto=io.prometheus.write.v2.Request", "snappy", good.packed(), 415, "Content-Type", "remote write 1.0"},
		"what is not packed":       {mediaProto, "", string(good.b), 415, "Content-Encoding", "snappy"},
		"what is packed otherwise": {mediaProto, "zstd", string(good.b), 415, "Content-Encoding", "snappy"},
		"no Snappy":                {mediaProto, "snappy", "\xff\xff", 400, "body", "Snappy"},
		"Snappy that is cut off":   {mediaProto, "snappy", good.packed()[:10], 400, "body", "Snappy"},
		"what becomes too much":    {mediaProto, "snappy", string(bomb), 413, "body", "max_samples_per_send"},
		"what says that it does":   {mediaProto, "snappy", string(liar), 413, "body", "max_samples_per_send"},
		"no protobuf":              {mediaProto, "snappy", string(snappy.Encode(nil, []byte("\x0a\x05up"))), 400, "body", "prometheus.WriteRequest"},
		"a series that is none":    {mediaProto, "snappy", string(snappy.Encode(nil, []byte("\x0a\x02\x0a\x05"))), 400, "body", "prometheus.WriteRequest"},
		"a body over the limit":    {mediaProto, "snappy", strings.Repeat("x", maxFeedBody+1), 413, "body", "1 MiB"},
	} {
		if a := s.write(at("p", "b"), c.media, c.encoding, c.body).want(t, name, c.status); a.Field != c.field || !strings.Contains(a.Error, c.says) {
			t.Errorf("%s is answered %s", name, a.text)
		}
	}
	s.wantFeeds("b", "afterwards")
}

// FuzzRemoteWrite: whatever comes is refused, or has finite numbers under a name.
func FuzzRemoteWrite(f *testing.F) {
	f.Add(new(written).series([]string{"__name__", "up", "job", "a b"}, [2]float64{1, 1.7e12}, [2]float64{math.NaN(), 1.7e12}).b)
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := readRemoteWrite("p", b)
		if err != nil {
			return
		}
		for _, s := range list {
			if !live.ValidName(s.feed) && len(s.feed) <= 128 {
				t.Errorf("a series becomes %q", s.feed)
			}
			for _, p := range s.points {
				if p.Check() != nil || p.Type() != live.Numbers {
					t.Errorf("a sample becomes %v", p)
				}
			}
		}
	})
}

// FuzzJSONPoints: whatever comes is refused in words, or is points as they may be.
func FuzzJSONPoints(f *testing.F) {
	for _, text := range []string{`21.5`, `"a"`, `{"value":1,"time":1764000000000}`, `[{"values":{"a":1}},{"points":[{"value":"x","time":"2026-01-01T00:00:00Z"}]}]`, `{"value":NaN}`, `[null]`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readJSONPoints("x", b)
		if err != nil {
			if err.Error() == "" || len(err.Error()) > 400 {
				t.Errorf("%q is refused with %q", b, err)
			}
			return
		}
		n := 0
		for _, batch := range p.list {
			n += len(batch.Points)
			for _, point := range batch.Points {
				if point.Check() != nil || point.Time < 0 || point.Time > 0 && point.Time < firstTime {
					t.Errorf("%q becomes %v", b, point)
				}
			}
		}
		if n != p.n {
			t.Errorf("%q becomes %d points, and is said to have %d", b, n, p.n)
		}
	})
}
