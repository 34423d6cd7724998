package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

func TestMistakesUnderLoad(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"fanout", "-cases", "100x500,100"}, `"100" is no case: want members x messages a second, as 100x500`},
		{[]string{"fanout", "-cases", "1x500"}, `"1x500" is no case`},
		{[]string{"fanout", "-cases", "100x500stalled0"}, `"100x500stalled0" is no case`},
		{[]string{"fanout", "-cases", "100x500stalledly"}, `"100x500stalledly" is no case`},
		{[]string{"fanout", "-cases", "3x500stalled2"}, `of 3 members 2 stall, want at most 1`},
		{[]string{"fanout", "-cases", "100x500,3x500", "-stalled", "2"}, `"3x500": of 3 members 2 stall, want at most 1`},
		{[]string{"fanout", "-stalled", "-1"}, "-stalled is -1"},
		{[]string{"fanout", "-seconds", "0"}, "are 0, 2 and 3"},
		{[]string{"fanout", "-warm", "NaN"}, "are 10, NaN and 3"},
		{[]string{"fanout", "-runs", "0"}, "-runs is 0"},
		{[]string{"fanout", "-size", "63"}, "-size is 63"},
		{[]string{"fanout", "-publishers", "0"}, "-publishers is 0"},
		{[]string{"memory", "-members", "0"}, "-members is 0"},
		{[]string{"memory", "-boards", "6000"}, "-boards is 6000, want 1 to 5000"},
		{[]string{"memory", "-idle", "-1"}, "-idle is -1"},
		{[]string{"memory", "-runs", "0"}, "-runs is 0"},
		{[]string{"cold", "-runs", "0"}, "-runs is 0"},
		{[]string{"storm", "-members", "5000"}, "-members is 5000, want 1 to 4096"},
		{[]string{"storm", "-runs", "0"}, "-runs is 0"},
		{[]string{"hostile", "-cases", "loris,rain"}, `there is no attack "rain", only: bomb, datagrams, hellos, loris, updates, wrong_hellos, wrong_tokens`},
		{[]string{"hostile", "-seconds", "NaN"}, "-seconds is NaN"},
		{[]string{"hostile", "-rounds", "0"}, "-rounds is 0"},
		{[]string{"hostile", "-members", "1"}, "-members is 1"},
		{[]string{"hostile", "-rate", "0"}, "-rate is 0"},
		{[]string{"hostile", "-size", "63"}, "-size is 63"},
		{[]string{attackPart, "rain"}, `["rain"] is no attack`},
		{[]string{"small", "-cases", "idle,busy"}, `there is no case "busy", only: idle, draw`},
		{[]string{"small", "-mib", "16"}, "-mib is 16, want 32 to 65536"},
		{[]string{"small", "-drawing-on-board", "1"}, "-drawing-on-board is 1"},
		{[]string{"small", "-slow", "0"}, "-slow is 0"},
		{[]string{"soak", "-seconds", "NaN"}, "-seconds is NaN"},
		{[]string{"soak", "-members", "0"}, "-members is 0"},
		{[]string{"soak", "-boards", "101"}, "-boards is 101, want 1 to 100"},
		// All that are named are measured, with the flags for each.
		{[]string{"fanout", "hostile", "memory", "cold", "storm", "soak", "more"}, "fanout: \"more\" is not a flag\nhostile: \"more\" is not a flag\nmemory: \"more\" is not a flag\n" +
			"cold: \"more\" is not a flag\nstorm: \"more\" is not a flag\nsoak: \"more\" is not a flag"},
	} {
		wantMistake(t, c.args, c.want)
	}
}

func TestWebSocketFrames(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 100_000} {
		payload := []byte(filler(n, n))
		for who, frame := range map[string][]byte{
			"client": appendClientFrame([]byte("before"), opBinary, payload)[len("before"):],
			"server": appendServerFrame(nil, opBinary, payload, n),
		} {
			b := append(slices.Clone(frame), "after"...)
			op, got, rest, ok, err := takeFrame(b)
			if err != nil || !ok || op != opBinary || !bytes.Equal(got, payload) || string(rest) != "after" {
				t.Errorf("a %s's frame of %d bytes comes as %d, %d bytes, %q after it, %v, %v", who, n, op, len(got), rest, ok, err)
			}
			for _, part := range []int{0, 1, 2, 3, 5, 9, len(frame) / 2, len(frame) - 1} {
				if part >= len(frame) {
					continue
				}
				begun := slices.Clone(frame[:part])
				if _, _, rest, ok, err := takeFrame(begun); ok || err != nil || !bytes.Equal(rest, frame[:part]) {
					t.Errorf("%d bytes of a %s's frame of %d bytes are not left as they are: %v, %v", part, who, n, ok, err)
				}
			}
		}
	}
	for why, frame := range map[string][]byte{
		"the first piece of several": {0x02, 1, 'x'},
		"one of an extension":        {0xc2, 1, 'x'},
		"one that no memory holds":   {0x82, 127, 0x7f, 0, 0, 0, 0, 0, 0, 0},
	} {
		if _, _, _, ok, err := takeFrame(frame); ok || !errors.Is(err, errFrame) {
			t.Errorf("%s is taken for a message: %v", why, err)
		}
	}
}

func TestFirstSeq(t *testing.T) {
	doc := board.New(1 << 50)
	e := doc.Edit()
	id := e.Create(board.KindStroke)
	e.Set(id, 100, board.Int(1))
	e.Commit()
	check := func(why string) {
		t.Helper()
		for range 300 { // numbers of more than one byte
			want := doc.Seq(doc.Replica()) + 1
			e := doc.Edit()
			e.Set(id, 100, board.Int(int64(want)))
			e.Set(id, 101, board.Int(int64(want)))
			if got, err := firstSeq(e.Commit()); err != nil || got != want {
				t.Fatalf("%s: an update begins with operation %d, want %d: %v", why, got, want, err)
			}
		}
	}
	check("a new board")
	if doc.Compact(); doc.Vector().Epoch() == 0 {
		t.Fatal("the board is in its first epoch still")
	}
	check("in a later epoch")
	for _, b := range [][]byte{nil, {0}, {5, 1, 2}, {2, 2, 0x80}, {9, 1, 1, 0, 0, 0, 0, 0, 0, 0}} {
		if _, err := firstSeq(b); err == nil {
			t.Errorf("%x is no update, and begins with an operation", b)
		}
	}
}

// published is a publisher whose messages are made, and the updates in them.
func published(t *testing.T, rate, seconds float64, size int) (*publisher, [][]byte) {
	t.Helper()
	p := &publisher{player: &player{}, replica: 1, rate: rate}
	p.prepare(seconds, seconds, size)
	updates := make([][]byte, len(p.frames))
	for i, frame := range p.frames {
		_, msg, rest, ok, err := takeFrame(slices.Clone(frame))
		if !ok || err != nil || len(rest) > 0 {
			t.Fatalf("message %d is no frame: %v", i, err)
		}
		// A number that takes another byte makes one message longer, and none after it.
		if i > 2 && (len(msg) > size+4 || len(msg) < size-4) {
			t.Errorf("message %d has %d bytes, want %d", i, len(msg), size)
		}
		for f, err := range wire.Frames(msg) {
			var u wire.Update
			if err != nil || u.Parse(f.Body) != nil {
				t.Fatalf("message %d is no update: %v", i, err)
			}
			updates[i] = u.Data
		}
	}
	return p, updates
}

func TestPublishersMessages(t *testing.T) {
	for _, size := range []int{64, 128, 1000, 8192} {
		p, updates := published(t, 100, 2, size)
		if p.count(true) != 200 || p.count(false) != 200 || len(updates) != 401 {
			t.Errorf("%d messages to warm up, %d to measure, %d in all, want 200 of each and the first one", p.count(true), p.count(false), len(updates))
		}
		doc := board.New(0)
		for i, u := range updates {
			if err := doc.Apply(u); err != nil {
				t.Fatalf("the document refuses message %d: %v", i, err)
			}
			if seq, err := firstSeq(u); i > 0 && (err != nil || seq != p.base+uint64(i)-1) {
				t.Fatalf("message %d is operation %d, want %d: %v", i, seq, p.base+uint64(i)-1, err)
			}
		}
	}
}

// What comes is counted update by update, however they are put together; what is missing or comes again is noticed.
func TestSightings(t *testing.T) {
	p, updates := published(t, 100, 0.1, 128)
	s := &sightings{publishers: []*publisher{p}, next: make([]uint64, 3)}
	one, two := &player{number: 1}, &player{number: 2}
	now := time.Now()
	for i := range p.sent {
		p.sent[i].Store(int64(now.Sub(began)))
	}
	saw := func(who *player, data ...[]byte) {
		t.Helper()
		if err := s.take(who, bytes.Join(data, nil), now.Add(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	want := func(came, twice, gaps int) {
		t.Helper()
		if s.r.came != came || s.r.twice != twice || s.r.gaps != gaps {
			t.Errorf("%d came, %d twice, with %d gaps before, want %d, %d, %d", s.r.came, s.r.twice, s.r.gaps, came, twice, gaps)
		}
	}
	saw(one, updates[0]) // the elements count as nothing
	want(0, 0, 0)
	saw(one, updates[1])
	saw(one, updates[2], updates[3], updates[4])
	want(4, 0, 0)
	saw(two, updates[1]) // each for itself
	want(5, 0, 0)
	saw(two, updates[1])
	want(5, 1, 0)
	saw(two, updates[4])
	want(6, 1, 1)
	saw(two, updates[3]) // late is as bad as twice: what is due is never before what came
	want(6, 2, 1)
	if n := s.r.latencies.n; n != 6 || s.r.latencies.quantile(0.5) > time.Millisecond || s.r.latencies.quantile(0) < 900*time.Microsecond {
		t.Errorf("%d latencies of %v, want 6 of a millisecond", n, s.r.latencies.quantile(0.5))
	}
	for why, data := range map[string][]byte{
		"half an update":             updates[5][:20],
		"an update of somebody else": strange(),
	} {
		if s.take(one, data, now) == nil {
			t.Errorf("%s is counted", why)
		}
	}
	if s.take(p.player, updates[5], now) == nil {
		t.Error("who sends an update is told of it, and that is no error")
	}
}

func strange() []byte {
	e := board.New(77).Edit()
	e.Create(board.KindStroke)
	return e.Commit()
}

func TestMissedIsComplete(t *testing.T) {
	m, err := drawMissed()
	if err != nil {
		t.Fatal(err)
	}
	diff, err := m.after.Diff(m.before.Vector())
	if err != nil {
		t.Fatal(err)
	}
	var first []byte
	for _, u := range board.Split(m.updates) {
		first = u
		break
	}
	for range 2 { // what is known is known
		for _, c := range []struct {
			why     string
			updates []byte
			want    bool
		}{
			{"as they were drawn", m.updates, true},
			{"as a relay sends what is missing", diff, true},
			{"the whole board", slices.Concat(m.all, m.updates), true},
			{"one of them", first, false},
			{"nothing", nil, false},
		} {
			if got, err := m.complete(c.updates); got != c.want || err != nil {
				t.Errorf("%s: complete is %v, want %v: %v", c.why, got, c.want, err)
			}
		}
	}
	if _, err := m.complete([]byte("garbage")); err == nil {
		t.Error("garbage is no error")
	}
	var kinds []wire.Kind
	for f, err := range wire.Frames(m.answer()) {
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, f.Kind)
	}
	if !slices.Equal(kinds, []wire.Kind{wire.KindWelcome, wire.KindUpdate}) {
		t.Errorf("the floor answers %v", kinds)
	}
}

// The floor speaks WebSocket, as the product's clients do: it answers the first message of each, and tells the others, in
// order, what comes after.
func TestBareServer(t *testing.T) {
	for _, batched := range []bool{false, true} {
		server, err := startBare(t.Context(), "127.0.0.1:0", []byte("an answer"), batched)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		hear := func(c conn.Conn, want string) {
			t.Helper()
			if msg, err := c.Receive(ctx); err != nil || string(msg) != want {
				t.Fatalf("%.20q came, %v, want %.20q", msg, err, want)
			}
		}
		say := func(c conn.Conn, msg string) {
			t.Helper()
			if err := c.Send(ctx, []byte(msg)); err != nil {
				t.Fatal(err)
			}
		}
		var all []conn.Conn
		for range 3 {
			c, err := ws.Dial(ctx, "ws://"+server.address+"/ws", wire.MaxMessage)
			if err != nil {
				t.Fatal(err)
			}
			say(c, "hello")
			hear(c, "an answer")
			all = append(all, c)
		}
		long := strings.Repeat("x", 40_000) // more than comes at once, often
		for _, msg := range []string{"one", long, "", "two"} {
			say(all[0], msg)
		}
		for _, c := range all[1:] {
			for _, msg := range []string{"one", long, "", "two"} {
				hear(c, msg)
			}
		}
		all[0].Close(uint32(wire.CodeNormal), "")
		say(all[1], "to who is left")
		hear(all[2], "to who is left")
		if !answers(server.address) {
			t.Error("it does not say that it is well")
		}

		if cpu, err := server.cpu(); err != nil || cpu <= 0 || cpu > time.Minute {
			t.Errorf("it took %v of processor time: %v", cpu, err)
		}
		if rss, most, err := server.memory(); err != nil || rss < 1<<20 || most < rss {
			t.Errorf("it takes %d bytes of memory, %d at the most: %v", rss, most, err)
		}
		for _, c := range all[1:] {
			c.Close(uint32(wire.CodeNormal), "")
		}
		if err := server.stop(); err != nil {
			t.Error(err)
		}
		// stop would tell if the system and the clock did not agree.
		used := server.cmd.ProcessState.UserTime() + server.cmd.ProcessState.SystemTime()
		if server.counted = used + time.Second; server.stop() == nil {
			t.Error("a clock that is ahead is believed")
		}
		cancel()
	}
}

// Who stalls gets nothing, has what it missed when it reads again, and is not taken to be in step before.
func TestPlayerThatStalls(t *testing.T) {
	server, err := startBare(t.Context(), "127.0.0.1:0", welcome(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.stop(); err != nil {
			t.Error(err)
		}
	}()
	s, err := newSwarm(server.address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	p := &publisher{player: s.add("b", 1, nil), replica: 1, rate: 1000}
	p.prepare(0.1, 0.1, 128)
	reader, staller := s.add("b", 2, nil), s.add("b", 3, nil)
	staller.stalls = true
	seen := &sightings{publishers: []*publisher{p}, next: make([]uint64, 3), docs: map[*player]*board.Board{staller: board.New(0)}}
	s.updates = seen.take
	if err := s.enter(t.Context(), 3, s.players...); err != nil {
		t.Fatal(err)
	}
	if err := s.stall(staller); err != nil {
		t.Fatal(err)
	}
	before := staller.counts
	for _, frame := range p.frames {
		if err := p.player.write(frame); err != nil {
			t.Fatal(err)
		}
	}
	all := func() bool { return seen.r.came == len(p.frames)-1 }
	if err := s.until(t.Context(), time.Minute, "what the other one reads", all); err != nil {
		t.Fatal(err)
	}
	if staller.counts != before || seen.docs[staller].Len() > 0 {
		t.Errorf("it reads nothing, and %d messages came to it", staller.counts-before)
	}
	if err := s.catchUp(t.Context(), []*player{staller}, seen); err != nil {
		t.Errorf("it reads again, and has not what was sent: %v", err)
	}
	if !all() || reader.counts < uint64(len(p.frames)) {
		t.Errorf("with what the staller reads %d deliveries have come", seen.r.came)
	}

	e := p.doc.Edit() // is never sent
	e.Create(board.KindStroke)
	e.Commit()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.catchUp(gone, []*player{staller}, seen); err == nil {
		t.Error("it is in step, and lacks an update")
	}
	// It has as many operations, and others.
	other := board.New(1)
	for range p.doc.Seq(1) {
		e := other.Edit()
		e.Create(board.KindStroke)
		e.Commit()
	}
	seen.docs[staller] = other
	if err := s.catchUp(t.Context(), []*player{staller}, seen); err == nil {
		t.Error("it is in step, and its board is another")
	}
}

// A player who is turned away, or left, is an error and no figure.
func TestPlayersThatAreLost(t *testing.T) {
	denied := wire.AppendFrame(nil, 0, &wire.Denied{Code: wire.CodeOverloaded, Reason: "no room"})
	server, err := startBare(t.Context(), "127.0.0.1:0", denied, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSwarm(server.address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	err = s.enter(t.Context(), 1, s.add("b", 1, nil))
	if d, ok := errors.AsType[*deniedError](err); !ok || d.Code != wire.CodeOverloaded {
		t.Errorf("turned away: %v", err)
	}
	if err := server.stop(); err != nil {
		t.Error(err)
	}

	if server, err = startBare(t.Context(), "127.0.0.1:0", welcome(), false); err != nil {
		t.Fatal(err)
	}
	other, err := newSwarm(server.address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if err := other.enter(t.Context(), 2, other.add("b", 1, nil), other.add("b", 2, nil), other.add("b", 3, nil)); err != nil {
		t.Fatal(err)
	}
	if err := server.stop(); err != nil {
		t.Error(err)
	}
	if err := other.until(t.Context(), time.Minute, "the end", func() bool { return false }); err == nil || errors.Is(err, errLate) {
		t.Errorf("the server has ended, and its players have not noticed: %v", err)
	}
}

// Every figure under load is there, of a small load. How large they are depends on the machine.
func TestFiguresUnderLoad(t *testing.T) {
	t.Chdir("../..")
	relay := filepath.Join(t.TempDir(), "relay")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", relay, "./relay").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range []struct {
		args    []string
		metrics []string
	}{
		{[]string{"fanout", "-cases", "8x100", "-seconds", "0.5", "-warm", "0.2", "-floor-seconds", "0.3", "-runs", "1", "-publishers", "2"},
			[]string{"8x100 cpu_us_per_delivery", "8x100 floor_us_per_delivery", "8x100 x_floor", "8x100 p50_ms", "8x100 p99_ms", "8x100 generator_cpu_fraction"}},
		{[]string{"fanout", "-cases", "8x100,8x100stalled2", "-seconds", "0.5", "-warm", "0.2", "-floor-seconds", "0.3", "-runs", "1"},
			[]string{"8x100 delivered_fraction", "8x100stalled2 p50_ms", "8x100stalled2 p99_ms", "8x100stalled2 p99_x_unstalled", "8x100stalled2 delivered_fraction"}},
		{[]string{"memory", "-members", "40", "-boards", "5", "-idle", "0.1", "-runs", "1"},
			[]string{"idle40 kib_per_member", "idle40 floor_kib_per_member"}},
		{[]string{"hostile", "-cases", "bomb,datagrams,wrong_tokens", "-seconds", "0.3", "-rounds", "1", "-members", "5"}, hostileMetrics("bomb", "datagrams", "wrong_tokens")},
		{[]string{"cold", "-runs", "1"},
			[]string{"start ready_ms", "start ready_boards_ms", "start floor_ready_ms", "start rss_mib", "start binary_mib"}},
		{[]string{"storm", "-members", "60", "-runs", "1"},
			[]string{"resume60 all_live_ms", "resume60 floor_ms", "resume60_20boards all_live_ms", "resume60_20boards floor_ms"}},
	} {
		values := figuresOf(t, append(c.args, "-relay", relay)...)
		for _, metric := range c.metrics {
			if v, ok := values[metric]; !ok || v <= 0 {
				t.Errorf("%s is %v", metric, v)
			}
		}
		for metric, v := range values {
			if strings.HasSuffix(metric, " delivered_fraction") && v != 1 {
				t.Errorf("%s is %v", metric, v)
			}
		}
		if _, ok := values["8x100stalled2 stalled_rss_mib"]; !ok && values["8x100stalled2 p99_ms"] > 0 {
			t.Error("stalled_rss_mib is missing")
		}
	}
}

func hostileMetrics(attacks ...string) (all []string) {
	for _, name := range attacks {
		for _, metric := range []string{"p99_ms", "quiet_p99_ms", "x_quiet", "delivered_fraction", "attacker_cpu", "relay_cpu", "quiet_relay_cpu"} {
			all = append(all, name+" "+metric)
		}
	}
	return all
}

// Half a minute of what people do to a relay. That their boards are the same in the end, and the same as the stored ones, is
// checked by the bench.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	values := figuresOf(t, "soak", "-seconds", "30", "-members", "50")
	if n := values["soak goroutines_left"]; n != 0 {
		t.Errorf("the relay has %v goroutines more than before anybody came", n)
	}
	if grown := values["soak heap_growth_mib"]; grown > 8 {
		t.Errorf("the relay's heap has grown by %v MiB", grown)
	}
	// The race detector remembers what the program has done in memory of its own.
	if grown := values["soak rss_growth_mib"]; grown > 24 && !raceDetected() {
		t.Errorf("the relay's memory has grown by %v MiB", grown)
	}
}

// raceDetected reports whether this program has the race detector in it.
func raceDetected() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestGrowth(t *testing.T) {
	sizes := make([]int, 100)
	for i := range sizes {
		sizes[i] = max(i, 10) << 20 // nothing of the first tenth is of less than it ends with
	}
	if got := growth(sizes); got < 65 || got > 70 { // from the middle of 10 to 32 to the middle of 77 to 99
		t.Errorf("it has grown by %v MiB, want 67", got)
	}
	if got := growth([]int{7 << 20}); got != 0 {
		t.Errorf("one size has grown by %v MiB", got)
	}
}
