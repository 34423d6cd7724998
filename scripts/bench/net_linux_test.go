package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"edgeboard/scripts/bench/tunlink"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// A bench starts its parts as programs of their own: here that is the test's program.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && parts[os.Args[1]] != nil {
		main()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// figuresOf runs a bench and returns its figures by case and metric.
func figuresOf(t *testing.T, args ...string) map[string]float64 {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), args, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	values := map[string]float64{}
	for d := json.NewDecoder(&stdout); d.More(); {
		var f figure
		if err := d.Decode(&f); err != nil {
			t.Fatal(err)
		}
		if f.Bench != args[0] {
			t.Errorf("a figure of %q came of %q", f.Bench, args[0])
		}
		values[f.Case+" "+f.Metric] = f.Value
	}
	return values
}

func TestMistakesOverNetworks(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"loss", "-cases", "loss0,loss3"}, `there is no case "loss3", only: loss0, loss1, loss2, loss5, stroke3s`},
		{[]string{"loss", "-seconds", "0"}, "-seconds is 0"},
		{[]string{"loss", "-seconds", "NaN"}, "-seconds is NaN"},
		{[]string{"loss", "-strokes", "0"}, "-strokes is 0"},
		{[]string{"loss", "-jitter", "1s"}, "no more jitter than delay"},
		{[]string{"loss", "more"}, `"more" is not a flag`},
		{[]string{"transports", "-seconds", "-1"}, "-seconds is -1"},
		{[]string{"transports", "-runs", "0"}, "-runs is 0"},
		{[]string{"transports", "-rate", "0"}, "-rate is 0"},
		{[]string{"transports", "-size", "31"}, "-size is 31"},
		{[]string{"transports", "more"}, `"more" is not a flag`},
	} {
		wantMistake(t, c.args, c.want)
	}
}

// Every figure of the transports is there. How large they are depends on the machine.
func TestTransportFigures(t *testing.T) {
	link, err := tunlink.New(tunlink.Shape{}, 1)
	if err != nil {
		t.Skipf("SKIPPED: no network of its own can be made here: %v", err)
	}
	link.Close()
	values := figuresOf(t, "transports", "-seconds", "0.2", "-runs", "1", "-rate", "200")
	for _, c := range transportCases {
		for _, way := range []string{"", "up_"} {
			for _, metric := range []string{"p50_ms", "p99_ms", "cpu_us_per_msg", "bytes_per_msg", "delivered_fraction"} {
				if _, ok := values[c.name+" "+way+metric]; !ok {
					t.Errorf("%s has no %s", c.name, way+metric)
				}
			}
			bytes, delivered := values[c.name+" "+way+"bytes_per_msg"], values[c.name+" "+way+"delivered_fraction"]
			if c.name == "pipe" && bytes != 0 || c.name != "pipe" && (bytes < 128 || bytes > 1000) {
				t.Errorf("%s: %v bytes for a message of 128", c.name, bytes)
			}
			if delivered > 1 || delivered < 1 && c.name != datagramCase {
				t.Errorf("%s delivered the part %v of what was sent", c.name, delivered)
			}
		}
	}
}

func TestLoadMessages(t *testing.T) {
	for size := 32; size <= 1100; size++ {
		msg := load{size: size}.message()
		if len(msg) > size || len(msg) < size-2 { // where a length takes another byte, one size is skipped
			t.Errorf("a message of %d bytes was asked for, and has %d", size, len(msg))
		}
		for frame, err := range wire.Frames(msg) {
			var u wire.Update
			if err != nil || u.Parse(frame.Body) != nil || len(u.Data) < stampSize || !bytes.HasSuffix(msg, u.Data) {
				t.Errorf("a message of %d bytes is not an update that the stamp fits into: %v", size, err)
			}
		}
	}
}

// A transport that is slow to take messages is not made to look fast by sending fewer.
func TestSlowTransportLooksSlow(t *testing.T) { synctest.Test(t, testSlowTransportLooksSlow) }
func testSlowTransportLooksSlow(t *testing.T) {
	a, b := conn.Pipe()
	l := load{rate: 100, size: 128, seconds: 0.5}
	sent := 0
	const halt = 300 * time.Millisecond
	r, err := l.run(t.Context(), func(ctx context.Context, msg []byte) error {
		if sent++; sent == 60 { // 50 are the warm-up
			time.Sleep(halt)
		}
		return a.Send(ctx, msg)
	}, b)
	if err != nil {
		t.Fatal(err)
	}
	if r.sent != 50 || r.came != 50 {
		t.Fatalf("%d messages of %d came, want 50", r.came, r.sent)
	}
	// Those that fell due meanwhile, one each 10 ms, have waited, too.
	want := make([]time.Duration, 50-30)
	for d := 10 * time.Millisecond; d <= halt; d += 10 * time.Millisecond {
		want = append(want, d)
	}
	if !slices.Equal(r.latencies, want) {
		t.Errorf("%v, want %v", r.latencies, want)
	}
}

func TestTallyCountsFramesByKind(t *testing.T) {
	tl := &tally{kinds: map[wire.Kind]count{}}
	cursor := wire.AppendFrame(nil, 0, &wire.Cursors{List: []wire.Cursor{{X: 1, Y: 2}}})
	update := wire.AppendFrame(nil, 0, &wire.Update{Data: make([]byte, 200)})
	preview := wire.AppendFrame(nil, 0, &wire.Preview{Stroke: 1})
	a, b := conn.PipeDatagrams(nil)
	c := tl.of(a)
	go func() {
		for {
			if _, err := b.Receive(t.Context()); err != nil {
				return
			}
		}
	}()
	if err := c.Send(t.Context(), slices.Concat(cursor, update, update)); err != nil {
		t.Fatal(err)
	}
	if err := c.(conn.Datagrams).SendDatagram(preview); err != nil {
		t.Fatal(err)
	}
	if messages, datagrams := tl.total(); messages != 1 || datagrams != 1 {
		t.Errorf("%d messages and %d datagrams, want one of each", messages, datagrams)
	}
	if got, want := tl.strokes(), (count{3, 2*len(update) + len(preview)}); got != want {
		t.Errorf("strokes took %+v, want %+v", got, want)
	}
	plain, _ := conn.Pipe()
	if _, ok := tl.of(plain).(conn.Datagrams); ok {
		t.Error("a connection without datagrams has some when it is counted")
	}
	a.Close(1000, "")
}

// The floor is the stroke itself.
func TestStrokeAtOnce(t *testing.T) {
	b := board.New(7)
	if points, bytes := atOnce(b); points != 0 || bytes < 1<<30 {
		t.Errorf("nothing drawn takes %d bytes for %d points", bytes, points)
	}
	e := b.Edit()
	id := e.Create(board.KindStroke)
	one := len(e.Commit())
	for i := range int32(100) {
		e := b.Edit()
		e.Append(id, board.Point{X: 8 * i, Y: 4 * i, Pressure: 100})
		one += len(e.Commit())
	}
	if points, bytes := atOnce(b); points != 100 || bytes >= one {
		t.Errorf("%d points take %d bytes at once, and %d one by one", points, bytes, one)
	}
}

// Product, links and clients together, for a moment.
func TestLossFigures(t *testing.T) {
	link, err := tunlink.New(tunlink.Shape{}, 1)
	if err != nil {
		t.Skipf("SKIPPED: no link can be made here: %v", err)
	}
	link.Close()
	t.Chdir("../..") // where bench.sh runs it
	values := figuresOf(t, "loss", "-seconds", "2", "-cases", "loss0,loss5,stroke3s", "-strokes", "2")
	for _, name := range []string{"loss0", "loss5"} {
		for _, metric := range []string{"ws_cursor_age_p99_ms", "wt_cursor_age_p99_ms"} {
			if v := values[name+" "+metric]; v < 60 { // twice the shortest delay
				t.Errorf("%s: %s is %v, less than the way takes", name, metric, v)
			}
		}
		for _, metric := range []string{"wt_x_ws", "wt_x_lossless"} {
			if v := values[name+" "+metric]; v <= 0 {
				t.Errorf("%s: %s is %v", name, metric, v)
			}
		}
		if ws, wt := values[name+" ws_datagrams_per_s"], values[name+" wt_datagrams_per_s"]; ws != 0 || wt < 5 {
			t.Errorf("%s: %v datagrams a second by WebSocket and %v by WebTransport", name, ws, wt)
		}
	}
	for metric, want := range map[string]bool{
		"loss0 ws_lost_fraction": false, "loss0 wt_lost_fraction": false,
		"loss5 ws_lost_fraction": true, "loss5 wt_lost_fraction": true,
	} {
		if v := values[metric]; v > 0 != want || v > 0.2 {
			t.Errorf("%s is %v", metric, v)
		}
	}
	bytes, floor := values["stroke3s bytes"], values["stroke3s floor_bytes"]
	ws, wt := values["stroke3s ws_ip_bytes"], values["stroke3s wt_ip_bytes"]
	if floor < 100 || bytes < floor || ws < bytes || wt < bytes {
		t.Errorf("a stroke takes %v bytes at once, %v as it is drawn, and %v and %v on the link", floor, bytes, ws, wt)
	}
}
