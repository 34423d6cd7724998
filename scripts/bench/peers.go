package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// peersBench measures Edgeboard side by side with what somebody would take instead, in
// one run. Of each peer there is a folder in scripts/bench/peers with the programs of
// ours that run it, and with the versions that are measured, pinned by a lock file.
type peersBench struct {
	cases  []string
	runs   int
	traces []string

	relay, relayArgs string // see relayFlags
	servers, loads   string // which of them; empty: all servers
	// How long fanout of servers is measured, how long messages flow before that, and how long members of memory do nothing.
	seconds, warm, idle time.Duration
	strokes             []int  // on the boards of whiteboards
	pictures            string // a folder for what they show
}

// peerCases are what peers are compared in.
var peerCases = map[string]func(ctx context.Context, p *peersBench, out *report) error{
	"documents":   peerDocuments,
	"servers":     benchServers,
	"whiteboards": whiteboardsCase,
}

// peerLoads are the loads under which servers are compared, if none are named.
const peerLoads = "fanout100x500,fanout1000x100,memory2000,storm1000,cold"

func benchPeers(ctx context.Context, args []string, out *report) error {
	p := &peersBench{}
	flags := newFlags("peers", out)
	var cases string
	flags.StringVar(&cases, "cases", strings.Join(slices.Sorted(maps.Keys(peerCases)), ","), "what is compared, `names` with commas between them")
	flags.whole(&p.runs, "runs", 3, "how often all is measured; the median counts", 1, endless)
	flags.Func("trace", "`file` of a recorded editing session for documents; may be repeated (default: those of $"+tracesVariable+")",
		func(path string) error {
			p.traces = append(p.traces, path)
			return nil
		})
	flags.StringVar(&p.relay, "relay", "", "measure this `program`, not the relay that scripts/build.sh makes")
	flags.StringVar(&p.relayArgs, "relay-args", "", "`flags` of the relay besides, with spaces between them")
	flags.StringVar(&p.servers, "servers", "", "which servers are compared, `names` with commas between them (default: all)")
	flags.StringVar(&p.loads, "loads", peerLoads, "under which loads servers are compared, `names` with commas between them")
	const most = 10 * time.Second // servers ask less often whether somebody who speaks is still there
	flags.duration(&p.seconds, "seconds", 5*time.Second, "how many seconds fanout of servers is measured", most)
	flags.duration(&p.warm, "warm", 2*time.Second, "how many seconds messages flow before that", most)
	flags.duration(&p.idle, "idle", 3*time.Second, "how many seconds members of memory do nothing", most)
	p.strokes = []int{500, 2000, 10_000}
	flags.Func("strokes", "how many are on the boards of whiteboards, a `list` with commas, or none (default 500,2000,10000)", func(list string) error {
		p.strokes = nil
		if list == "" {
			return nil
		}
		for text := range strings.SplitSeq(list, ",") {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > 100_000 {
				return fmt.Errorf("%q is no number from 1 to 100000", text)
			}
			p.strokes = append(p.strokes, n)
		}
		return nil
	})
	flags.StringVar(&p.pictures, "pictures", "", "keep pictures of what whiteboards show, in this `folder`")
	if err := flags.parse(args); err != nil {
		return err
	}
	p.cases = strings.Split(cases, ",")
	for _, name := range p.cases {
		if peerCases[name] == nil {
			return fmt.Errorf("peers: there is no case %q, only: %s", name, strings.Join(slices.Sorted(maps.Keys(peerCases)), ", "))
		}
	}
	if !inWasm {
		aboutMachine(ctx, out)
	}
	var failed error
	for _, name := range p.cases {
		if err := peerCases[name](ctx, p, out); err != nil {
			failed = errors.Join(failed, fmt.Errorf("peers: %s: %w", name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

// install puts what a folder of scripts/bench/peers says into bin/peers, from the
// registry that npm is set to, and returns where. What is there already in these versions
// stays. The versions of what the folder names itself are printed.
func (p *peersBench) install(ctx context.Context, name string, out *report) (dir string, err error) {
	from := filepath.Join("scripts", "bench", "peers", name)
	if dir, err = filepath.Abs(filepath.Join("bin", "peers", name)); err != nil {
		return "", err
	}
	const lock = "package-lock.json"
	wanted, err := os.ReadFile(filepath.Join(from, lock))
	if err != nil {
		return "", err
	}
	installed, err := os.ReadFile(filepath.Join(dir, "installed")) // written last
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	fresh := slices.Equal(wanted, installed)
	if !fresh {
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	if err := copyFiles(dir, from); err != nil {
		return "", err
	}
	if !fresh {
		out.note("peers: installing %s", name)
		npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
		npm.Dir, npm.Stdout, npm.Stderr = dir, out.stderr, out.stderr
		if err := npm.Run(); err != nil {
			return "", fmt.Errorf("install what %s/package.json says, with npm: %w", from, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "installed"), wanted, 0o600); err != nil {
			return "", err
		}
	}
	return dir, printVersions(wanted, out)
}

// copyFiles copies the files of a folder, which has no folders in it.
func copyFiles(to, from string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, e.Name()), b, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printVersions prints what a lock file says of the packages that are asked for by name.
func printVersions(lock []byte, out *report) error {
	var l struct {
		Packages map[string]struct {
			Version      string            `json:"version"`
			Dependencies map[string]string `json:"dependencies"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(lock, &l); err != nil {
		return fmt.Errorf("read a lock file of npm: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(l.Packages[""].Dependencies)) {
		out.about(name, l.Packages["node_modules/"+name].Version)
	}
	return nil
}
