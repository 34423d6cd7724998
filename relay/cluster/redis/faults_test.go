package redis

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
)

// notes is a log that a test reads.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

func (n *notes) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(n, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// What Redis refuses says what is to be done.
func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		settings []string
		user     string // in the URL
		want     string
	}{
		{"no memory", []string{"--maxmemory", "100kb"}, "", "(maxmemory)"},
		{"a replica", []string{"--replicaof", "127.0.0.1 1"}, "", "name its primary"},
		{"a password is asked for", []string{"--requirepass", "secret"}, "", "put it into the URL"},
		{"a wrong password", []string{"--requirepass", "secret"}, ":wrong@", "look at the URL"},
		{"a user without rights", []string{"--user", "weak", "on", ">weak", "~*", "&none", "+@all"}, "weak:weak@", "ACL SETUSER"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := clustertest.StartRedis(t, test.settings...)
			e := open(t, "redis://"+test.user+server.Addr(), Options{})
			if _, err := e.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Ping: %v; want one with %q", err, test.want)
			}
			if _, err := tryAppend(e, "b.x", cluster.Entry{Data: []byte("x")}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Append: %v; want one with %q", err, test.want)
			}
		})
	}
}

func TestPasswordAndDatabase(t *testing.T) {
	t.Parallel()
	server := clustertest.StartRedis(t, "--requirepass", "secret")
	e := open(t, "redis://default:secret@"+server.Addr()+"/3", Options{})
	add(t, e, "b.x", "one")
	if info, _ := do(t, e, "INFO", "keyspace").ToString(); !strings.Contains(info, "db3:") {
		t.Errorf("it was stored elsewhere:\n%s", info)
	}
}

// How Redis is set up is looked at once, and what loses data is warned of.
func TestWarnings(t *testing.T) {
	t.Parallel()
	const memory, later, evicts, old = "in memory alone", "later than it acknowledges", "drops data", "too old"
	for _, test := range []struct {
		name     string
		settings []string
		want     []string
	}{
		{"as it should be", nil, nil},
		{"no file", []string{"--appendonly", "no"}, []string{memory}},
		{"each second", []string{"--appendfsync", "everysec"}, []string{later}},
		{"eviction", []string{"--maxmemory-policy", "allkeys-lru"}, []string{evicts}},
		{"CONFIG is forbidden", []string{"--appendonly", "no", "--rename-command", "CONFIG", ""}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := clustertest.StartRedis(t, test.settings...)
			n := &notes{}
			e := open(t, server.URL(), Options{Log: n.log()})
			for range 3 {
				ping(t, e)
			}
			wait(t, "it was looked at", func() bool { return strings.Contains(n.String(), "how redis is set up") })
			text := n.String()
			for _, warning := range []string{memory, later, evicts, old} {
				want := 0
				for _, w := range test.want {
					if w == warning {
						want = 1
					}
				}
				if got := strings.Count(text, warning); got != want {
					t.Errorf("%q is said %d times, want %d:\n%s", warning, got, want, text)
				}
			}
		})
	}
}

// A Redis that has forgotten the last that it had acknowledged has another incarnation:
// else who knows of it would take other entries at the same positions for those.
func TestRedisGoesBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		after int // entries that are appended by somebody before the follower is back
	}{{"and stands still", 0}, {"and goes on less far", 1}, {"and goes on farther", 5}} {
		t.Run(test.name, func(t *testing.T) {
			server := clustertest.StartRedis(t)
			proxy := clustertest.StartProxy(t, server.Addr())
			n := &notes{}
			e := open(t, proxy.URL(server.URL()), Options{Log: n.log()})
			was := ping(t, e)
			var told atomic.Uint64
			stop, err := e.Follow("b.x", func(x cluster.Entry) { told.Store(x.Position) })
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			var lost atomic.Int32
			e.OnLost(func() { lost.Add(1) })
			add(t, e, "b.x", "one")
			server.Stop()
			old := t.TempDir()
			if err := os.CopyFS(old, os.DirFS(server.Folder())); err != nil {
				t.Fatal(err)
			}
			server.Restart(t)
			wait(t, "it is reached again", func() bool { return lost.Load() > 0 })
			if again := ping(t, e); again != was {
				t.Fatal("a restart alone makes another incarnation")
			}
			for i := range 3 {
				add(t, e, "b.x", fmt.Sprint("forgotten", i))
			}
			wait(t, "all is told", func() bool { return told.Load() == 4 })

			proxy.Cut()
			before := lost.Load()
			server.Kill()
			if err := os.RemoveAll(server.Folder()); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(server.Folder(), os.DirFS(old)); err != nil {
				t.Fatal(err)
			}
			server.Restart(t)
			direct := open(t, server.URL(), Options{})
			for range test.after {
				add(t, direct, "b.x", "another")
			}
			proxy.Heal()
			wait(t, "it is reached again", func() bool { return lost.Load() > before })
			again := ping(t, e)
			if again == was {
				t.Fatal("a Redis that has gone back has the same incarnation")
			}
			if !strings.Contains(n.String(), "has lost entries") {
				t.Errorf("nothing is said of it:\n%s", n)
			}
			if other := ping(t, direct); other != again {
				t.Errorf("the others take it for %s, not %s", other, again)
			}
		})
	}
}

// A network that is silent without an end of connections is noticed too, calls end in
// time, and what was followed is again.
func TestSilence(t *testing.T) {
	t.Parallel()
	server := clustertest.StartRedis(t)
	proxy := clustertest.StartProxy(t, server.Addr())
	e := open(t, proxy.URL(server.URL()), Options{})
	ping(t, e)
	var lost atomic.Int32
	e.OnLost(func() { lost.Add(1) })
	heard := make(chan cluster.Entry, 1000)
	stop, err := e.Follow("b.x", func(x cluster.Entry) { heard <- x })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	add(t, e, "b.x", "one")
	<-heard
	proxy.Hang()
	if _, err := tryAppend(e, "b.x", cluster.Entry{Data: []byte("unknown")}); !errors.Is(err, errLate) {
		t.Errorf("Append by a silent network: %v", err)
	}
	if _, err := e.Ping(t.Context()); err == nil {
		t.Error("Ping by a silent network is answered")
	}
	wait(t, "the connection is given up", func() bool {
		e.ears.mu.Lock()
		defer e.ears.mu.Unlock()
		return e.ears.lost
	})
	proxy.Heal()
	ping(t, e)
	wait(t, "it is told that something may be lost", func() bool { return lost.Load() > 0 })
	wait(t, "it is told again", func() bool {
		at := add(t, e, "b.x", "two")
		for {
			select {
			case x := <-heard: // "unknown" too, if it was stored
				if x.Position == at {
					return true
				}
			case <-time.After(100 * time.Millisecond): // another one is appended
				return false
			}
		}
	})
}

// Appends by a link of a round trip of 100 ms stay in order, and share round trips.
func TestSlowLink(t *testing.T) {
	t.Parallel()
	server := clustertest.StartRedis(t)
	proxy := clustertest.StartProxy(t, server.Addr())
	e := open(t, proxy.URL(server.URL()), Options{})
	ping(t, e)
	proxy.Delay(50 * time.Millisecond)
	var done sync.WaitGroup
	var want []string
	for i := range 500 {
		want = append(want, fmt.Sprint(i))
		done.Add(1)
		e.Append("b.x", cluster.Entry{Data: []byte(want[i])}, func(_ uint64, err error) {
			defer done.Done()
			if err != nil { // One at a time would take 50 s, and each has CallTimeout.
				t.Error(err)
			}
		})
	}
	done.Wait()
	if got := read(t, e, "b.x", 0); got != strings.Join(want, " ") {
		t.Errorf("the log has %.100q", got)
	}
}

// Redis may forget its scripts. The Appends of a log stay in order then too.
func TestScriptsAreForgotten(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	var done sync.WaitGroup
	var want []string
	for i := range 1000 {
		if i%100 == 50 {
			do(t, e, "SCRIPT", "FLUSH")
		}
		want = append(want, fmt.Sprint(i))
		done.Add(1)
		e.Append("b.x", cluster.Entry{Data: []byte(want[i])}, func(_ uint64, err error) {
			defer done.Done()
			if err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if got := read(t, e, "b.x", 0); got != strings.Join(want, " ") {
		t.Errorf("the log has %.100q", got)
	}
	do(t, e, "SCRIPT", "FLUSH")
	if _, err := e.Hold(t.Context(), "l", "a"); err != nil {
		t.Error(err)
	}
}

// Who does not read what he is told is disconnected by Redis, and told that something is
// lost.
func TestSlowFollower(t *testing.T) {
	t.Parallel()
	server := clustertest.StartRedis(t, "--client-output-buffer-limit", "pubsub", "1mb", "0", "0")
	e, other := open(t, server.URL(), Options{}), open(t, server.URL(), Options{})
	ping(t, e)
	var lost atomic.Int32
	e.OnLost(func() { lost.Add(1) })
	block := make(chan struct{})
	var heard atomic.Int32
	stop, err := e.Subscribe("s", func([]byte) { <-block; heard.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	data := make([]byte, 256<<10)
	const messages = 200
	for range messages { // More than buffers of systems take.
		wait(t, "there is room for a message", func() bool { return other.Publish("s", data) == nil })
	}
	wait(t, "redis disconnects who does not read", func() bool {
		list, _ := do(t, other, "CLIENT", "LIST", "TYPE", "pubsub").ToString()
		return !strings.Contains(list, "id=")
	})
	close(block)
	wait(t, "it is told that something is lost", func() bool { return lost.Load() > 0 })
	before := heard.Load()
	if before >= messages {
		t.Errorf("all %d were told", before)
	}
	wait(t, "messages come again", func() bool {
		other.Publish("s", nil)
		return heard.Load() > before
	})
}

// What is not ours under our keys is an error that says so, or is skipped, and is never
// taken for what it is not.
func TestStrangers(t *testing.T) {
	t.Parallel()
	e, server := start(t)
	n := &notes{}
	e.log = n.log()
	k := e.keys
	fails := func(what string, err error) {
		t.Helper()
		if err == nil || errors.Is(err, cluster.ErrConflict) || errors.Is(err, cluster.ErrTrimmed) || errors.Is(err, cluster.ErrNoBlob) {
			t.Errorf("%s: %v; want an error of its own", what, err)
		}
	}
	appends := func(log, key string) error {
		_, err := tryAppend(e, log, cluster.Entry{Key: key, Data: []byte("x")})
		return err
	}
	nothing := func(cluster.Entry) error { t.Error("an entry was read"); return nil }

	// Keys of another type.
	for i, key := range []func(string) string{k.state, k.entries, k.positions} {
		log := fmt.Sprint("b.type", i)
		do(t, e, "SET", key(log), "x")
		fails("Append", appends(log, "k"))
		if i < 2 {
			fails("Read", func() error {
				do(t, e, "HSET", k.state("b.type1"), "last", "3")
				return e.Read(t.Context(), log, 0, nothing)
			}())
		} else {
			// What is refused has left nothing.
			if err := e.Read(t.Context(), log, 0, nothing); err != nil {
				t.Error(err)
			}
			_, err := e.Last(t.Context(), log, "k")
			fails("Last", err)
		}
	}
	if err := appends("b.type0", ""); !strings.Contains(err.Error(), "something else under a key") {
		t.Errorf("a key of another type: %v", err)
	}

	// A state that is not ours.
	do(t, e, "HSET", k.state("b.state"), "last", "many", "revision", "-1", "through", "1e9", "size", "99999999999999")
	fails("Append", appends("b.state", ""))
	fails("Read", e.Read(t.Context(), "b.state", 0, nothing))
	_, err := e.Last(t.Context(), "b.state", "")
	fails("Last", err)
	_, err = e.Snapshot(t.Context(), "b.state")
	fails("Snapshot", err)
	fails("PutSnapshot", e.PutSnapshot(t.Context(), "b.state", cluster.Snapshot{}))

	// A snapshot that claims to be huge takes no memory; one whose parts are gone, or are
	// others, is no snapshot.
	do(t, e, "HSET", k.state("b.huge"), "revision", "1", "through", "0", "snapshot", "x", "size", "1073741824")
	_, err = e.Snapshot(t.Context(), "b.huge")
	fails("Snapshot without its parts", err)
	do(t, e, "HSET", k.state("b.parts"), "revision", "1", "through", "0", "snapshot", "x", "size", "5")
	for _, part := range []string{"", "four", "sixsix"} {
		do(t, e, "SET", k.of("b.parts", "x:0"), part)
		_, err = e.Snapshot(t.Context(), "b.parts")
		fails("Snapshot of other parts", err)
	}

	// Entries that are not ours are skipped.
	add(t, e, "b.skip", "one")
	do(t, e, "XADD", k.entries("b.skip"), "1-5", "data", "x")
	add(t, e, "b.skip", "two")
	do(t, e, "XADD", k.entries("b.skip"), "3-0", "hello", "world")
	do(t, e, "HSET", k.state("b.skip"), "last", "3")
	do(t, e, "XADD", k.entries("b.skip"), "3-1", "data", strings.Repeat("x", cluster.MaxEntry+1))
	add(t, e, "b.skip", "four")
	if got := read(t, e, "b.skip", 0); got != "one two four" {
		t.Errorf("among entries that are not ours %q is read", got)
	}
	// One far ahead is in the way of all others.
	do(t, e, "XADD", k.entries("b.ahead"), "99-0", "data", "x")
	fails("Append after it", appends("b.ahead", ""))
	// One that was deleted is missed.
	for _, data := range []string{"one", "two", "three"} {
		add(t, e, "b.gap", data)
	}
	do(t, e, "XDEL", k.entries("b.gap"), "1-0")
	if got := read(t, e, "b.gap", 0); got != "two three" || !strings.Contains(n.String(), "lacks entries") {
		t.Errorf("of a log with a gap %q is read, and said:\n%s", got, n)
	}

	// Messages that are not ours.
	var told atomic.Int32
	stop, err := e.Follow("b.told", func(cluster.Entry) { told.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for _, message := range []string{"", "hello", "1 0 a b relay 100 x", "1 0 a b relay -1 x", "1 1 a b relay 0 x", "18446744073709551616 0 a b relay 0 x"} {
		do(t, e, "PUBLISH", k.entries("b.told"), message)
	}
	add(t, e, "b.told", "one")
	wait(t, "ours is told", func() bool { return told.Load() > 0 })
	if told.Load() != 1 {
		t.Errorf("%d were told", told.Load())
	}

	// Blobs.
	do(t, e, "SET", k.manifest("x"), "hello")
	_, err = e.Blob(t.Context(), "x")
	fails("Blob", err)
	fails("PutBlob", e.PutBlob(t.Context(), "x", strings.NewReader("x")))
	fails("DropBlob", e.DropBlob(t.Context(), "x"))
	if err := e.PutBlob(t.Context(), "y", strings.NewReader("12345")); err != nil {
		t.Fatal(err)
	}
	manifest, _ := do(t, e, "GET", k.manifest("y")).ToString()
	upload, _, _ := strings.Cut(manifest, " ")
	do(t, e, "SET", k.of("blob.y", upload+":0"), "1234")
	r, err := e.Blob(t.Context(), "y")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(r)
	fails("a blob whose part is another", err)
	do(t, e, "DEL", k.of("blob.y", upload+":0"))
	if r, err = e.Blob(t.Context(), "y"); err == nil {
		_, err = io.ReadAll(r)
	}
	fails("a blob whose part is gone", err)

	// The incarnation. It is the last, since nothing is stored then.
	do(t, e, "DEL", k.incarnation())
	do(t, e, "HSET", k.incarnation(), "a", "b")
	_, err = open(t, server.URL(), Options{}).Ping(t.Context())
	fails("Ping", err)
}

// What was uploaded and never came to be lapses, and so does what was replaced.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	data := make([]byte, 3*chunk)
	for i := range uint64(3) {
		if err := e.PutSnapshot(t.Context(), "b.x", cluster.Snapshot{Revision: i, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	broken := errors.New("broken")
	if err := e.PutBlob(t.Context(), "x", io.MultiReader(bytes.NewReader(data), &failing{broken})); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if err := e.PutBlob(t.Context(), "y", bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if err := e.DropBlob(t.Context(), "y"); err != nil {
		t.Fatal(err)
	}
	list, err := do(t, e, "KEYS", "*").AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	stay := 0
	for _, key := range list {
		left, err := do(t, e, "TTL", key).AsInt64()
		if err != nil {
			t.Fatal(err)
		}
		if left < 0 && strings.Count(key, ":") == 3 {
			stay++
		}
	}
	if stay != 3 {
		t.Errorf("%d parts stay for ever, want 3 of the snapshot:\n%s", stay, strings.Join(list, "\n"))
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzTold(f *testing.F) {
	f.Add("7 6 aa bb relay1 3 keydata")
	f.Add("1 0 0 bb  0 ")
	f.Fuzz(func(t *testing.T, message string) {
		x, previousTag, tag, ok := parseTold(message)
		if !ok {
			return
		}
		again := fmt.Sprintf("%d %d %s %s %s%s", x.Position, x.Previous, previousTag, middle(tag, &x), x.Key, x.Data)
		y, previousTag2, tag2, ok := parseTold(again)
		if !ok || y.Position != x.Position || y.Previous != x.Previous || previousTag2 != previousTag || tag2 != tag || y.From != x.From || y.Key != x.Key || !bytes.Equal(y.Data, x.Data) {
			t.Fatalf("%q is read again otherwise, from %q", message, again)
		}
	})
}
