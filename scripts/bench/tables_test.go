package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is where a page of the repository is.
func page(parts ...string) string { return filepath.Join(append([]string{"..", ".."}, parts...)...) }

// The committed page and the READMEs say what the committed lines do.
func TestBenchmarksPageIsOfTheLines(t *testing.T) {
	lines, text := page("docs", "benchmarks.jsonl"), page("docs", "BENCHMARKS.md")
	_, noLines := os.Stat(lines)
	_, noText := os.Stat(text)
	switch {
	case errors.Is(noLines, fs.ErrNotExist) && errors.Is(noText, fs.ErrNotExist):
		t.Skip("nothing was measured yet: docs/benchmarks.jsonl and docs/BENCHMARKS.md are not there")
	case noLines != nil:
		t.Fatalf("docs/BENCHMARKS.md is there without the lines that it is made of: %v", noLines)
	case noText != nil:
		t.Fatalf("docs/benchmarks.jsonl is there without the page: %v; scripts/bench.sh tables makes it", noText)
	}
	files, err := tableFiles([]string{lines}, text, page())
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1+len(languages) {
		t.Errorf("%d files are made of the lines, want the page and the READMEs", len(files))
	}
	for _, f := range files {
		is, err := os.ReadFile(f.path)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(is, f.is) {
			t.Errorf("%s says something else than docs/benchmarks.jsonl: run scripts/bench.sh tables", f.path)
		}
	}
}

// sampleFolder has READMEs with marks, and returns what tables made of the sample in it.
func sampleFolder(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, l := range languages {
		if err := os.WriteFile(filepath.Join(dir, l.file), []byte("before\n\n"+peersBegin+"\nold\n"+peersEnd+"\n\nafter\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"tables", "-in", filepath.Join("testdata", "tables", "sample.jsonl"), "-out", filepath.Join(dir, "BENCHMARKS.md"), "-readmes", dir}
	if err := run(t.Context(), args, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The sample is invented. What is made of it is beside it, to be looked at.
func TestTablesOfTheSample(t *testing.T) {
	dir := sampleFolder(t)
	for _, name := range []string{"BENCHMARKS.md", "README.md", "README.zh-CN.md"} {
		is, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "tables", "sample."+name)
		if os.Getenv("UPDATE_TABLES") != "" {
			if err := os.WriteFile(golden, is, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(is, want) {
			t.Errorf("%s is another than %s (UPDATE_TABLES=1 go test ./scripts/bench -run TablesOfTheSample writes it):\n%s", name, golden, is)
		}
	}
}

// Whatever the lines say, it is told where somebody else is better, and nobody is left out without a reason.
func TestTablesHideNothing(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(sampleFolder(t), "BENCHMARKS.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ want, why string }{
		{"Somebody else is better in 3 of the 7 rows that are compared.", "how often we lose is said once for all"},
		{"Somebody else is better in 1 of the 3 rows that are compared: `p99_ms` (socket.io 0.667×).", "hocuspocus is worse in all, and a floor is nobody"},
		{"`apply_ms` (loro 0.95×)", "as wasm, as the others are run, ours is slower, though natively it is not"},
		{"`bytes` (yjs 0.8×)", "bytes are the same natively"},
		{"| **5.50** (0.667×) |", "the best is bold, and beside ours"},
		{"| 1,235 (150×) |", "what is worse is beside ours too"},
		{"| 3 (0.364×) |", "a floor is no best one"},
		{"| 200 | 50 (0.25×) | 10,000 (50×) | **190** (0.95×) |", "nor is ours natively, where the others are run by node"},
		{"centrifugo (not measured: its program is not on the PATH)", "a line says why"},
		{"loro `bytes` (not measured: a sample); automerge (not measured: it failed).", "a line says why of one case"},
		{"Not here: nats, nats-jetstream, y-websocket (nothing was measured); ", "no line says why"},
		{"Nobody else is better in any of the 2 rows that are compared.", "so it is in the case cold"},
		{"- edgeboard: stores each message", "what was measured of each"},
		{"scripts/bench.sh fanout -runs 1 >> docs/benchmarks.jsonl", "how it was called"},
		{"- date: 2000-01-01", "when it was measured"},
		{"- socket.io 1.0.0", "in which version"},
	} {
		if !strings.Contains(string(text), c.want) {
			t.Errorf("%s: the page does not say %q", c.why, c.want)
		}
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
}

func TestLinesThatAreRefused(t *testing.T) {
	const good = `{"bench":"peers","case":"fanout100x500/edgeboard","metric":"p99_ms","unit":"ms","value":1}`
	for _, c := range []struct{ lines, want string }{
		{"peers", "lines:1"},
		{"{}", "of which bench"},
		{`{"bench":"peers","case":"cold/edgeboard"}`, "no figure"},
		{`{"bench":"peers","case":"cold/edgeboard","metric":"cold_ms","unit":"ms"}`, "no figure"},
		{good + "\n" + good, "lines:2: p99_ms of peers/fanout100x500/edgeboard is there for the second time"},
		{strings.Replace(good, "p99_ms", "beauty", 1), "scripts/bench/tables_metrics.go"},
		{strings.Replace(good, "fanout", "fan-out", 1), "in peerGroups"},
		{strings.Replace(good, "/edgeboard", "", 1), "WHAT/SUBJECT"},
		{strings.Replace(good, "/edgeboard", "/excalidraw", 1), "subjects of peerGroups"},
		{strings.Replace(good, `"peers"`, `"beauty"`, 1), "in ownBenches"},
		{good + "\n" + strings.NewReplacer("/edgeboard", "/nats", `"unit":"ms"`, `"unit":"s"`).Replace(good), "is in s, and ours in ms"},
	} {
		file := filepath.Join(t.TempDir(), "lines")
		if err := os.WriteFile(file, []byte(c.lines), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tableFiles([]string{file}, "page", ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.lines, err, c.want)
		}
	}
}

func TestReadmesWithoutMarks(t *testing.T) {
	dir := t.TempDir()
	sample := []string{filepath.Join("testdata", "tables", "sample.jsonl")}
	if _, err := tableFiles(sample, "page", dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no READMEs: error %v", err)
	}
	for _, l := range languages {
		if err := os.WriteFile(filepath.Join(dir, l.file), []byte(peersEnd+peersBegin), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tableFiles(sample, "page", dir); err == nil || !strings.Contains(err.Error(), "README.md") {
		t.Errorf("READMEs whose marks are the wrong way round: error %v", err)
	}
}

// The short table is short, and where somebody is better, its last row is the one in which we lose most.
func TestShortTable(t *testing.T) {
	m := &measured{}
	add := func(name, metric string, values map[string]float64) {
		for subject, v := range values {
			if err := m.add(figure{"peers", name + "/" + subject, metric, "ms", v}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, p := range shortPicks {
		subject := "socket.io"
		if group, _, _ := titleOf(p.name); group.name != "servers" {
			subject = group.subjects[2]
		}
		add(p.name, p.metric, map[string]float64{"edgeboard": 1, subject: 2})
	}
	rows := func() []shortRow {
		list, err := contests(m)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := shortTable(list)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	if n := len(rows()); n != len(shortPicks) || n > shortRows {
		t.Errorf("%d rows where nobody is better, want %d", n, len(shortPicks))
	}
	add("cold", "rss_mib", map[string]float64{"edgeboard": 3, "nats": 1})
	add("page", "frames_per_s", map[string]float64{"edgeboard": 10, "tldraw": 50})
	list := rows()
	if last := list[len(list)-1]; len(list) > shortRows || last.c.name != "page" {
		t.Errorf("the last of %d rows is %s of %s, and we lose most in frames of the page", len(list), last.metric, last.c.name)
	}
}

// Every metric that a bench of this folder names beside a unit is known to the tables, and those of peers in Chinese too.
func TestMetricsOfTheBenchesAreKnown(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`"([a-z][a-z0-9_]*)", "(?:x|ms|us|ns|bytes|bytes/\w+|MiB|KiB|MB|part|share|truth|bool|cores|1/s|us/s|allocs|Mbit/s|ms/frame|frames/frame|frames/s|frames|gaps|messages|members|boards|relays|nodes|updates|goroutines)",\s*[^"\s]`)
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "tables") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range named.FindAllStringSubmatch(string(text), -1) {
			seen++
			m, err := metricOf(match[1])
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
			ofPeers := strings.HasPrefix(file, "peer") || strings.HasPrefix(file, "documents") || strings.HasPrefix(file, "whiteboards")
			if ofPeers && m.better != neither && m.zh == "" {
				t.Errorf("%s: %s has no words for README.zh-CN.md: add them in tables_metrics.go", file, match[1])
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d metrics were found in the files of this folder", seen)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234567: "-1,234,567",
		0.001234: "0.00123", 0.95: "0.95", 1.5: "1.50", 12.345: "12.3", 123.4: "123", 999.7: "1,000",
	} {
		if got := number(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
	if got := ratio(1.004); got != "1.004×" {
		t.Errorf("a ratio that is nearly 1 is written %s", got)
	}
}

// Cases keep the order of groups, whatever the order in which they were measured.
func TestContestsAreInOrder(t *testing.T) {
	m := &measured{}
	for _, name := range []string{"page/tldraw", "cold/nats", "strokes2k/yjs", "fanout1000x100/nats", "fanout100x500/nats"} {
		if err := m.add(figure{"peers", name, "rss_mib", "MiB", 1}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := contests(m)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range list {
		names = append(names, c.name)
	}
	if want := []string{"fanout1000x100", "fanout100x500", "cold", "strokes2k", "page"}; !slices.Equal(names, want) {
		t.Errorf("cases are in the order %q, want %q", names, want)
	}
}
