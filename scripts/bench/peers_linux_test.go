package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestPeerMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-cases", "horses"}, `no case "horses"`},
		{[]string{"-seconds", "11"}, "-seconds is 11"},
		{[]string{"-warm", "0"}, "-warm is 0"},
		{[]string{"-idle", "NaN"}, "-idle is NaN"},
		{[]string{"-runs", "0"}, "-runs is 0"},
		{[]string{"more"}, `"more" is not a flag`},
	} {
		wantMistake(t, append([]string{"peers"}, c.args...), c.want)
	}
	for _, name := range []string{"", "fanout", "fanout100", "fanout1x500", "fanout100x0", "fanout5000x1", "memoryx", "storm", "colder"} {
		if l, err := parsePeerLoad(name); err == nil {
			t.Errorf("%q is a load: %v", name, l)
		}
	}
	for name, want := range map[string]peerLoad{
		"fanout100x500": {members: 100, rate: 500, rooms: 1},
		"memory2000":    {members: 2000, rate: 1, rooms: 20},
		"storm1000":     {members: 1000, rate: 1, rooms: 1},
	} {
		l, err := parsePeerLoad(name)
		if want.name = name; err != nil || l.name != name || l.members != want.members || l.rate != want.rate || l.rooms != want.rooms {
			t.Errorf("%q is %+v, want %+v: %v", name, l, want, err)
		}
	}
	if _, err := namedPeers("edgeboard,carrier-pigeon"); err == nil || !strings.Contains(err.Error(), `no server "carrier-pigeon", only: floor, edgeboard, nats`) {
		t.Errorf("a server that there is not: %v", err)
	}
}

// guest is somebody of whom the server is the test.
type guest struct {
	*guests
	p    *player
	wire int      // the server's end
	came []string // what has come
}

func newGuest(t *testing.T, speaks func(*guests) dialect) *guest {
	t.Helper()
	g, err := newGuests("127.0.0.1:1", speaks)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.close()
		_ = unix.Close(ends[1])
	})
	s := &guest{guests: g, p: g.add("room"), wire: ends[1]}
	s.p.fd, s.p.phase = ends[0], greeted
	g.guests().came = func(_ *player, author, n int, _ time.Time) error {
		s.came = append(s.came, fmt.Sprintf("%d/%d", author, n))
		return nil
	}
	return s
}

func (c *guests) guests() *guests { return c }

// comes lets the guest come, for the first time or again, and returns what it says at once.
func (g *guest) comes(t *testing.T) string {
	t.Helper()
	if g.p.phase == live {
		g.live--
	}
	g.p.phase = greeted
	g.prepare(g.p)
	return unframed(t, g.p.hello)
}

// unframed returns what is in frames.
func unframed(t *testing.T, b []byte) string {
	t.Helper()
	var all []string
	for len(b) > 0 {
		_, payload, rest, ok, err := takeFrame(b)
		if !ok || err != nil {
			t.Fatalf("no frame: %v", err)
		}
		all, b = append(all, string(payload)), rest
	}
	return strings.Join(all, "|")
}

// hears is that the server says something, and returns what the guest answers.
func (g *guest) hears(t *testing.T, op byte, msg string) string {
	t.Helper()
	g.p.counts++
	if err := g.heard(g.p, op, []byte(msg), time.Now()); err != nil {
		t.Fatalf("%.60q: %v", msg, err)
	}
	b := make([]byte, 4096)
	n, err := unix.Read(g.wire, b)
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		t.Fatal(err)
	}
	return unframed(t, b[:max(n, 0)])
}

// expect is that the guest is in its room or not, and what has come since the last time.
func (g *guest) expect(t *testing.T, why string, in bool, came ...string) {
	t.Helper()
	if (g.p.phase == live) != in {
		t.Errorf("%s: phase %d", why, g.p.phase)
	}
	if !slices.Equal(g.came, came) {
		t.Errorf("%s: %v came, want %v", why, g.came, came)
	}
	g.came = nil
}

func want(t *testing.T, why, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", why, got, want)
	}
}

func TestNATSDialect(t *testing.T) {
	g := newGuest(t, newNATSDialect)
	hello := g.comes(t)
	if !strings.HasPrefix(hello, "CONNECT {") || !strings.HasSuffix(hello, "}\r\nSUB rooms.room 1\r\nPING\r\n") {
		t.Errorf("it begins with %q", hello)
	}
	want(t, "what is told", unframed(t, g.dialect.tell("room", 0, 7)), "PUB rooms.room 128\r\n"+string(peerMessage(0, 7))+"\r\n")
	want(t, "INFO needs no answer", g.hears(t, opBinary, "INFO {\"max_payload\":1}\r\n"), "")
	g.expect(t, "nothing says that the subscription is there", false)
	g.hears(t, opBinary, "PONG\r\n")
	g.expect(t, "what was asked before the PING has been done", true)
	want(t, "an answer to PING", g.hears(t, opBinary, "PING\r\n"), "PONG\r\n")

	// Messages end anywhere, and several come at once.
	all := ""
	for n := range 3 {
		all += "MSG rooms.room 1 128\r\n" + string(peerMessage(0, n)) + "\r\n"
	}
	for cut := range len(all) {
		g.hears(t, opBinary, all[:cut])
		g.hears(t, opBinary, all[cut:])
		g.expect(t, fmt.Sprintf("cut at %d", cut), true, "0/0", "0/1", "0/2")
	}
	for _, wrong := range []string{"-ERR 'Authorization Violation'\r\n", "MSG rooms.room\r\n", "MSG rooms.room 1 x\r\n", "MSG rooms.room 1 2\r\nxx\r\n", "HELLO\r\n"} {
		if err := g.heard(g.p, opBinary, []byte(wrong), time.Now()); err == nil {
			t.Errorf("%q is taken", wrong)
		}
		g.comes(t)
	}
}

func TestJetStreamDialect(t *testing.T) {
	g := newGuest(t, newJetStreamDialect)
	if hello := g.comes(t); !strings.Contains(hello, "SUB _DELIVER.0.1 1\r\nSUB _INBOX.0 2\r\nPUB $JS.API.CONSUMER.CREATE.ROOMS _INBOX.0 ") || !strings.Contains(hello, `"deliver_policy":"new"`) {
		t.Errorf("it begins with %q", hello)
	}
	const made = `{"type":"io.nats.jetstream.api.v1.consumer_create_response","stream_name":"ROOMS"}`
	g.hears(t, opBinary, fmt.Sprintf("MSG _INBOX.0 2 %d\r\n%s\r\n", len(made), made))
	g.expect(t, "the consumer is there", true)
	for n := range 2 {
		g.hears(t, opBinary, fmt.Sprintf("MSG rooms.room 1 $JS.ACK.ROOMS.x.1.%d.1.1.0 128\r\n%s\r\n", n+1, peerMessage(0, n)))
	}
	const head = "NATS/1.0 100 FlowControl Request\r\n\r\n"
	want(t, "the consumer waits for an answer", g.hears(t, opBinary, fmt.Sprintf("HMSG _DELIVER.0.1 1 $JS.FC.x %d %d\r\n%s\r\n", len(head), len(head), head)), "PUB $JS.FC.x 0\r\n\r\n")
	const idle = "NATS/1.0 100 Idle Heartbeat\r\n\r\n"
	want(t, "a heartbeat", g.hears(t, opBinary, fmt.Sprintf("HMSG _DELIVER.0.1 1 %d %d\r\n%s\r\n", len(idle), len(idle), idle)), "")
	g.expect(t, "two of the room", true, "0/0", "0/1")
	if again := g.comes(t); !strings.Contains(again, `"deliver_policy":"by_start_sequence","opt_start_seq":3`) || !strings.Contains(again, "SUB _DELIVER.0.2 1\r\n") {
		t.Errorf("who has two begins with %q", again)
	}
	const refused = `{"type":"io.nats.jetstream.api.v1.consumer_create_response","error":{"code":400}}`
	if err := g.heard(g.p, opBinary, fmt.Appendf(nil, "MSG _INBOX.0 2 %d\r\n%s\r\n", len(refused), refused), time.Now()); err == nil {
		t.Error("a consumer that is not made is taken for one")
	}
}

func TestSocketIODialect(t *testing.T) {
	g := newGuest(t, newSocketIODialect)
	want(t, "the server speaks first", g.comes(t), "")
	want(t, "what is told", unframed(t, g.dialect.tell("room", 0, 7)), `451-["update","room",{"_placeholder":true,"num":0}]|`+string(peerMessage(0, 7)))
	want(t, "it is open", g.hears(t, opText, `0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`), "40")
	want(t, "it is connected", g.hears(t, opText, `40{"sid":"t","pid":"p"}`), `420["join","room"]`)
	g.expect(t, "it has not joined", false)
	want(t, "it has joined", g.hears(t, opText, "430[]"), "")
	g.expect(t, "it has joined", true)
	want(t, "a ping", g.hears(t, opText, "2"), "3")
	g.hears(t, opText, `451-["update",{"_placeholder":true,"num":0}]`)
	g.hears(t, opBinary, string(peerMessage(0, 0)))
	g.expect(t, "one of the room", true, "0/0")

	g.comes(t)
	want(t, "nothing was marked", g.hears(t, opText, `0{}`), "40")
	g.hears(t, opText, `40{"sid":"t","pid":"p"}`)
	g.hears(t, opText, `451-["update",{"_placeholder":true,"num":0},"mark"]`)
	g.hears(t, opBinary, string(peerMessage(0, 1)))
	g.comes(t)
	want(t, "who comes back says from where", g.hears(t, opText, `0{}`), `40{"pid":"p","offset":"mark"}`)
	want(t, "the server knows who it is", g.hears(t, opText, `40{"sid":"u","pid":"p"}`), "")
	g.expect(t, "it is where it was", true, "0/1")
	g.comes(t)
	g.hears(t, opText, `0{}`)
	want(t, "the server has forgotten", g.hears(t, opText, `40{"sid":"u","pid":"q"}`), `420["join","room"]`)
	for _, wrong := range []string{`44{"message":"no"}`, "1", "hello"} {
		if err := g.heard(g.p, opText, []byte(wrong), time.Now()); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	if err := g.heard(g.p, opBinary, peerMessage(0, 2), time.Now()); err == nil {
		t.Error("what is binary comes without an event")
	}
}

// The updates are those that Yjs 13.6.33 makes when a client with this number inserts the same.
func TestYjsInsert(t *testing.T) {
	want(t, "a first text", hex.EncodeToString(yjsInsert(yjsClient, 0, "hello")),
		"0101"+"c1843d"+"00"+ // one client with one struct: 1000001, from 0 on
			"04"+"01"+"0474657874"+ // a string, whose parent is called text
			"0568656c6c6f"+"00") // hello, and nothing is deleted
	want(t, "one behind it", hex.EncodeToString(yjsInsert(yjsClient, 5, " world")),
		"0101"+"c1843d"+"05"+
			"84"+"c1843d"+"04"+ // behind character 4 of the same client
			"0620776f726c64"+"00")
}

func TestYjsDialects(t *testing.T) {
	unhex := func(s string) string {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	sync := func(name string, step byte, data string) string {
		return name + string(appendBytes([]byte{yjsSync, step}, []byte(data)))
	}
	for _, c := range []struct {
		speaks func(*guests) dialect
		name   string // what is before each message
	}{{newYWebSocketDialect, ""}, {newHocuspocusDialect, "\x04room"}} {
		g := newGuest(t, c.speaks)
		empty := sync(c.name, yjsStep1, "\x00")
		if c.name == "" {
			want(t, "it says what it has", g.comes(t), empty)
		} else {
			want(t, "it says who it is", g.comes(t), c.name+"\x02\x00\x00")
			want(t, "it may come, and says what it has", g.hears(t, opBinary, c.name+"\x02\x02\x0aread-write"), empty)
		}
		want(t, "the server asks, and has all", g.hears(t, opBinary, sync(c.name, yjsStep1, "\x00")), sync(c.name, yjsStep2, "\x00\x00"))
		g.expect(t, "it is not in step", false)
		g.hears(t, opBinary, sync(c.name, yjsStep2, "\x00\x00"))
		g.expect(t, "it is in step", true)
		g.hears(t, opBinary, c.name+"\x01\x02ab") // of awareness
		two := string(yjsInsert(yjsClient, 0, filler(0, peerSize)))
		g.hears(t, opBinary, sync(c.name, yjsUpdate, two))
		g.hears(t, opBinary, sync(c.name, yjsUpdate, string(yjsInsert(yjsClient, peerSize, filler(1, peerSize)))))
		g.expect(t, "two messages, each an update", true, "0/0", "0/1")
		// Y.mergeUpdates leaves structs as they are, a document makes one of them, here behind what was there.
		text := hex.EncodeToString([]byte(filler(0, peerSize)))
		g.hears(t, opBinary, sync(c.name, yjsUpdate, unhex("01 02 c1843d 8002 84 c1843d ff01 8001"+text+"84 c1843d ff02 8001"+text+"00")))
		g.hears(t, opBinary, sync(c.name, yjsStep2, unhex("01 01 c1843d 8004 84 c1843d ff03 8002"+text+text+"00")))
		g.expect(t, "two and two in one", true, "0/2", "0/3", "0/4", "0/5")
		hello := g.comes(t)
		if c.name != "" {
			hello = g.hears(t, opBinary, c.name+"\x02\x02\x0aread-write")
		}
		want(t, "who comes back has 768 characters", hello, sync(c.name, yjsStep1, unhex("01 c1843d 8006")))
		for _, wrong := range []string{
			sync(c.name, yjsUpdate, unhex("01 01 c1843d 8006 07 01 04 74657874 01 00")), // a type is no text
			sync(c.name, yjsUpdate, two[:20]),
			sync(c.name, yjsUpdate, two+"x"),
			c.name + "\x00\x02\x7f",
			c.name + "\x00\x03\x00",
		} {
			if err := g.heard(g.p, opBinary, []byte(wrong), time.Now()); err == nil {
				t.Errorf("%q is taken", wrong)
			}
		}
	}
}

func TestCentrifugoDialect(t *testing.T) {
	g := newGuest(t, newCentrifugoDialect)
	want(t, "it connects", g.comes(t), "\x04"+"\x08\x01"+"\x22\x00") // its length; id 1; connect, which is empty
	want(t, "what is told", unframed(t, g.dialect.tell("room", 0, 7)),
		"\x8e\x01"+"\x08\x0a"+"\x3a\x89\x01"+"\x0a\x04room"+"\x12\x80\x01"+string(peerMessage(0, 7))) // id 10; publish: channel, data
	// The answer to connect: id 1, client and version of it.
	want(t, "it is connected", g.hears(t, opBinary, "\x0a\x08\x01\x2a\x06\x0a\x01c\x12\x016"), "\x0a\x08\x02\x2a\x06\x0a\x04room")
	g.expect(t, "it has not subscribed", false)
	g.hears(t, opBinary, "\x04\x08\x02\x32\x00")
	g.expect(t, "it has subscribed", true)
	want(t, "a ping", g.hears(t, opBinary, "\x00"), "\x00")
	// A push to a channel of a publication: its data, and in a history its offset.
	push := func(n int, more string) string {
		pub := append(protoBytes(nil, 4, peerMessage(0, n)), more...)
		return string(appendBytes(nil, protoBytes(nil, 4, protoBytes(protoBytes(nil, 2, []byte("room")), 4, pub))))
	}
	g.hears(t, opBinary, push(0, "")+push(1, "")+"\x00")
	g.expect(t, "two in one message", true, "0/0", "0/1")

	g.comes(t)
	want(t, "there was no history", g.hears(t, opBinary, "\x04\x08\x01\x2a\x00"), "\x0a\x08\x02\x2a\x06\x0a\x04room")
	g.hears(t, opBinary, "\x0b\x08\x02\x32\x07\x18\x01\x32\x01e\x48\x02") // recoverable, epoch e, offset 2
	g.hears(t, opBinary, push(2, "\x30\x03"))
	g.comes(t)
	want(t, "who comes back says from where", g.hears(t, opBinary, "\x04\x08\x01\x2a\x00"),
		"\x11\x08\x02\x2a\x0d\x0a\x04room"+"\x18\x01"+"\x32\x01e"+"\x38\x03")
	missed := protoBytes(nil, 7, protoUint(protoBytes(nil, 4, peerMessage(0, 3)), 6, 4))
	g.hears(t, opBinary, string(appendBytes(nil, protoBytes(protoUint(nil, 1, 2), 6, missed))))
	g.expect(t, "what was missed comes with the answer", true, "0/2", "0/3")
	for _, wrong := range []string{"\x08\x08\x02\x12\x04\x08\x67\x12\x00", "\x03ab", "\x02\x0d\x00"} {
		if err := g.heard(g.p, opBinary, []byte(wrong), time.Now()); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// Who writes on a goroutine of its own answers the server when that has done: a frame would be in the middle of another.
func TestGuestWhoSpeaks(t *testing.T) {
	g := newGuest(t, newNATSDialect)
	g.comes(t)
	g.hears(t, opBinary, "PONG\r\n")
	g.p.speaks, g.speaking = true, true
	want(t, "it speaks", g.hears(t, opBinary, "PING\r\n"), "")
	if err := g.hush(); err != nil {
		t.Fatal(err)
	}
	want(t, "it has spoken", g.hears(t, opBinary, "+OK\r\n"), "PONG\r\n")
}

// A server that ends under way is told, with what came until then.
func TestPeerThatEnds(t *testing.T) {
	var stderr bytes.Buffer
	out := &report{bench: "peers", stdout: io.Discard, stderr: &stderr}
	b := &serversBench{runs: 2}
	ends := peerSubject{name: "ends"}
	if err := b.each(t.Context(), peerLoad{name: "storm2", members: 2}, []peerSubject{ends}, out, func(int, peerSubject) error { return io.EOF }); err != nil {
		t.Fatal(err)
	}
	if got := stderr.String(); !strings.Contains(got, "peers storm2/ends: run 2: EOF") {
		t.Errorf("it says %q", got)
	}
	if out.err() != nil {
		t.Errorf("that somebody else's server ends is an error: %v", out.err())
	}
}

// Every figure is there, of small loads on what needs nothing but Go; and of the others where they are installed.
func TestFiguresOfServers(t *testing.T) {
	t.Chdir("../..")
	relay := filepath.Join(t.TempDir(), "relay")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", relay, "./relay").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	servers := []string{"floor", "edgeboard", "nats", "nats-jetstream"}
	installed := func() bool {
		_, nodeErr := exec.LookPath("node")
		is, err := os.ReadFile("bin/peers/servers/installed")
		lock, lockErr := os.ReadFile("scripts/bench/peers/servers/package-lock.json")
		return errors.Join(nodeErr, err, lockErr) == nil && bytes.Equal(is, lock)
	}()
	if installed {
		servers = append(servers, "socket.io", "hocuspocus", "y-websocket")
	} else {
		t.Log("SKIPPED: servers for node, because bin/peers/servers is not installed (scripts/bench.sh peers -cases servers does that)")
	}
	if _, err := exec.LookPath("centrifugo"); err == nil {
		servers = append(servers, "centrifugo")
	} else {
		t.Log("SKIPPED: centrifugo, because it is not on the PATH")
	}
	got := figuresOf(t, "peers", "-cases", "servers", "-relay", relay, "-servers", strings.Join(servers, ","), "-loads", "fanout4x50,storm5",
		"-runs", "1", "-seconds", "0.3", "-warm", "0.1")
	for _, name := range servers {
		for _, figure := range []string{"fanout4x50/" + name + " cpu_us_per_delivery", "fanout4x50/" + name + " p50_ms", "fanout4x50/" + name + " p99_ms", "storm5/" + name + " storm_ms"} {
			if got[figure] <= 0 {
				t.Errorf("%s is %v", figure, got[figure])
			}
		}
		if v := got["fanout4x50/"+name+" delivered"]; v != 1 {
			t.Errorf("of %s %v is delivered", name, v)
		}
	}
	got = figuresOf(t, "peers", "-cases", "servers", "-relay", relay, "-servers", "floor", "-loads", "memory6,cold", "-runs", "1", "-idle", "0.1")
	if _, ok := got["memory6/floor kib_per_member"]; !ok { // of so few it may be none
		t.Error("what a member takes is missing")
	}
	for _, figure := range []string{"cold/floor cold_ms", "cold/floor rss_mib"} {
		if got[figure] <= 0 {
			t.Errorf("%s is %v", figure, got[figure])
		}
	}
}
