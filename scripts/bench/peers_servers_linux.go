package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// serversBench measures Edgeboard's relay and servers that one would take instead under the same load: it comes from this
// program, by the same code (see swarm_linux.go), which speaks to each in its own words (see peers_guests_linux.go), and
// what is measured is the server's. All take part in each run, one after another, so that what changes on the machine
// meanwhile is the same for all.
type serversBench struct {
	relayFlags
	runs                int
	seconds, warm, idle time.Duration
	subjects            []peerSubject
	loads               []peerLoad

	natsServer, centrifugo string // programs
	installed              string // where those for node are
	starting               bool   // nothing but the start of a server is measured
	folders                int
}

// peerSubject is one of the servers.
type peerSubject struct {
	name string
	// start starts it at an address, with a folder of its own. keeps says that it is to keep what those miss who are cut
	// off, where that has to be asked for.
	start   func(ctx context.Context, b *serversBench, address, dir string, keeps bool) (*subject, error)
	speaks  func(*guests) dialect
	forgets bool   // it offers nothing to those who were cut off
	note    string // what is measured
}

// peerSubjects are in the order in which they are measured. Programs for node are one process, as they are deployed; the
// others use all cores.
var peerSubjects = []peerSubject{
	{"floor", startPlainFloor, newFloorDialect, true,
		"a bare loop that writes the same bytes to the same sockets, one write each; it stores nothing, knows no rooms, and answers who comes at once"},
	{"edgeboard", startPlainRelay, newRelayDialect, false,
		"the relay with its defaults: each message is stored on the disk (SQLite, synchronous=FULL) before anybody is told; who comes back is told what is missing by state vector; members are told who else is there; Go, all cores"},
	{"nats", startPeerNATS, newNATSDialect, true,
		"core NATS over WebSocket without TLS and compression: a room is a subject, nothing is stored, and who comes back is subscribed again and has missed what was said; Go, all cores"},
	{"nats-jetstream", startPeerJetStream, newJetStreamDialect, false,
		"NATS with a stream in a file, sync_interval always: each message is on the disk before anybody is told; each member has an ordered consumer in memory, of which the stream may have more than the 1,000 that are the default; who comes back makes one that starts with what is missing; Go, all cores"},
	{"socket.io", startSocketIO, newSocketIODialect, false,
		"one node process, WebSocket only, its defaults (no compression, no native add-ons): a binary event to a room; nothing is stored; connectionStateRecovery is off, which is its default, but in storm, where it is on and in memory"},
	{"hocuspocus", startHocuspocus, newHocuspocusDialect, false,
		"one node process (its package asks for node 22 or newer), its defaults: an update of a Yjs document goes to all at once, and the document into a file two seconds after a change (extension-database, debounced, not synced); who writes is told as well, which counts for nothing; members say no awareness"},
	{"y-websocket", startYWebSocket, newYWebSocketDialect, false,
		"one node process, the server of @y/websocket-server (the newest for Yjs 13; those after it need a preview of Yjs 14) without persistence: an update of a Yjs document goes to all at once, the document is in memory alone; who writes is told as well, which counts for nothing; members say no awareness"},
	{"centrifugo", startCentrifugo, newCentrifugoDialect, false,
		"its defaults, Protobuf over WebSocket: a publication to a channel; who publishes is told as well, which counts for nothing; history is off, which is its default, but in storm, where channels keep 100 publications in memory; Go, all cores"},
}

// peerLoad is something that is done to each of them.
type peerLoad struct {
	name    string
	measure func(ctx context.Context, b *serversBench, l peerLoad, subjects []peerSubject, out *report) error

	members, rate, rooms int // rate in messages a second
}

// parsePeerLoad reads the name of a load. memory is in rooms of a hundred members, the others in one.
func parsePeerLoad(name string) (l peerLoad, err error) {
	l = peerLoad{name: name, members: 2, rate: 1, rooms: 1}
	size := func(kind string) (string, bool) { return strings.CutPrefix(name, kind) }
	if name == "cold" {
		l.measure = measurePeerCold
	} else if n, ok := size("memory"); ok {
		l.measure = measurePeerMemory
		l.members, err = strconv.Atoi(n)
		l.rooms = max(1, l.members/100)
	} else if n, ok := size("storm"); ok {
		l.measure = measurePeerStorm
		l.members, err = strconv.Atoi(n)
	} else if n, ok := size("fanout"); ok {
		l.measure = measurePeerFanout
		members, rate, _ := strings.Cut(n, "x")
		var rateErr error
		l.members, err = strconv.Atoi(members)
		l.rate, rateErr = strconv.Atoi(rate)
		err = errors.Join(err, rateErr)
	}
	if err != nil || l.measure == nil || l.members < 2 || l.members > dialedMost || l.rate < 1 || l.rate > 10_000 {
		return l, fmt.Errorf("there is no load %q: want fanout100x500 (members x messages a second), memory2000, storm1000 or cold; of at most %d members", name, dialedMost)
	}
	return l, nil
}

// cold is measured so often, if runs are fewer.
const peerStarts = 5

// peerPatience is how long what is under way when the last message is sent may take.
const peerPatience = 5 * time.Second

func benchServers(ctx context.Context, p *peersBench, out *report) error {
	b := &serversBench{runs: p.runs, seconds: p.seconds, warm: p.warm, idle: p.idle}
	b.program, b.args = p.relay, p.relayArgs
	var err error
	if b.subjects, err = namedPeers(p.servers); err != nil {
		return err
	}
	for name := range strings.SplitSeq(p.loads, ",") {
		l, err := parsePeerLoad(name)
		if err != nil {
			return err
		}
		b.loads = append(b.loads, l)
	}
	if err := b.find(ctx, p, out); err != nil {
		return err
	}
	return b.run(ctx, "servers", out, func() (failed error) {
		if says, err := exec.CommandContext(ctx, b.program, "version").Output(); err == nil { // relay 1.0.0, go1.26.0, ...
			version, _, _ := strings.Cut(string(says), ",")
			out.about("edgeboard", strings.TrimPrefix(version, "relay "))
		}
		for _, l := range b.loads {
			if err := l.measure(ctx, b, l, b.subjects, out); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", l.name, err))
			}
			if ctx.Err() != nil {
				break
			}
		}
		return failed
	})
}

// namedPeers returns the servers that are named, with commas between them; all if none is.
func namedPeers(names string) (some []peerSubject, err error) {
	if names == "" {
		return peerSubjects, nil
	}
	var known []string
	for _, of := range peerSubjects {
		known = append(known, of.name)
	}
	for want := range strings.SplitSeq(names, ",") {
		at := slices.Index(known, want)
		if at < 0 {
			return nil, fmt.Errorf("there is no server %q, only: %s", want, strings.Join(known, ", "))
		}
		some = append(some, peerSubjects[at])
	}
	return some, nil
}

// find finds the programs of the servers, and says what is measured of which.
func (b *serversBench) find(ctx context.Context, p *peersBench, out *report) (err error) {
	has := func(names ...string) bool {
		return slices.ContainsFunc(b.subjects, func(s peerSubject) bool { return slices.Contains(names, s.name) })
	}
	if has("nats", "nats-jetstream") {
		var version string
		if b.natsServer, version, err = findNATS(ctx); err != nil {
			return err
		}
		out.about("nats-server", version)
	}
	if has("socket.io", "hocuspocus", "y-websocket") {
		if b.installed, err = p.install(ctx, "servers", out); err != nil {
			return err
		}
	}
	if has("centrifugo") {
		var version string
		if b.centrifugo, version, err = findCentrifugo(ctx); err != nil {
			out.about("centrifugo", "not measured: its program is not on the PATH")
			out.note("peers: centrifugo is not on the PATH, and not measured; to have it: go install github.com/centrifugal/centrifugo/v6@latest, or a release of its")
			b.subjects = slices.DeleteFunc(slices.Clone(b.subjects), func(s peerSubject) bool { return s.name == "centrifugo" })
		} else {
			out.about("centrifugo", version)
		}
	}
	for _, s := range b.subjects {
		out.about(s.name+": as measured", s.note)
	}
	return nil
}

// peerServer is one that answers.
type peerServer struct {
	*subject
	at   string        // its address
	took time.Duration // from its start to its first answer
}

// serve starts a server, and returns when it answers.
func (b *serversBench) serve(ctx context.Context, of peerSubject, keeps bool) (*peerServer, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	b.folders++
	dir := filepath.Join(b.dir, strconv.Itoa(b.folders))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	began := time.Now()
	s, err := of.start(ctx, b, address, dir, keeps)
	if err != nil {
		return nil, err
	}
	took, err := s.await(ctx, address, of.speaks(&guests{swarm: &swarm{}}).path("first"), began)
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return &peerServer{s, address, took}, nil
}

// with measures a server once.
func (b *serversBench) with(ctx context.Context, of peerSubject, keeps bool, once func(*subject, *guests) error) error {
	server, err := b.serve(ctx, of, keeps)
	if err != nil {
		return err
	}
	g, err := newGuests(server.at, of.speaks)
	if err == nil {
		err = once(server.subject, g)
		g.close()
	}
	return errors.Join(err, server.end())
}

// end ends it, without leave: one that could not keep up has much to do still. That it has ended before is an error.
func (s *peerServer) end() error {
	select {
	case <-s.gone:
		return fmt.Errorf("the server has ended (%v): %s", s.waited, s.log())
	default:
	}
	_ = s.cmd.Process.Kill() // perhaps it ends now
	<-s.gone
	if s.stdin != nil {
		_ = s.stdin.Close()
	}
	return nil
}

// each measures all servers in turn, some times. One that fails is told, and the others are measured.
func (b *serversBench) each(ctx context.Context, l peerLoad, subjects []peerSubject, out *report, once func(run int, of peerSubject) error) error {
	if err := filesFor(l.members + 1); err != nil {
		return err
	}
	failed := map[string]int{}
	for i := range b.runs {
		out.note("peers %s: run %d of %d", l.name, i+1, b.runs)
		for _, of := range subjects {
			if err := once(i, of); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				failed[of.name]++
				out.note("peers %s/%s: run %d: %v", l.name, of.name, i+1, err)
			}
		}
	}
	for _, of := range subjects {
		if n := failed[of.name]; n > 0 {
			out.add(l.name+"/"+of.name, "failed_runs", "runs", float64(n))
			if of.name == "edgeboard" || of.name == "floor" {
				out.fail("peers %s: %s failed in %d of %d runs", l.name, of.name, n, b.runs)
			}
		}
	}
	return nil
}
