package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestClusterMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-cases", "relays4"}, `no case "relays4", only: cross, relays3`},
		{[]string{"-engines", "nats,kafka"}, `no engine "kafka", only: nats, redis`},
		{[]string{"-edits", "9"}, "-edits is 9"},
		{[]string{"-size", "63"}, "-size is 63"},
		{[]string{"-members", "1"}, "-members is 1"},
		{[]string{"-rate", "0"}, "-rate is 0"},
		{[]string{"-seconds", "NaN"}, "-seconds is NaN"},
		{[]string{"more"}, `"more" is not a flag`},
	} {
		wantMistake(t, append([]string{"cluster"}, c.args...), c.want)
	}
}

// A redis-server is started, takes connections where it is said to be, and ends when it is to.
func TestRedisIsStarted(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("there is no redis-server")
	}
	s, url, err := engines["redis"](t.Context(), enginePrograms{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if url != "redis://"+s.address {
		t.Errorf("it is at %q, and relays are sent to %q", s.address, url)
	}
	if _, err := s.cpu(); err != nil {
		t.Error(err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

// An engine that does not start is an error that has what it says.
func TestEngineThatDoesNotStart(t *testing.T) {
	for name := range engines {
		_, _, err := engines[name](t.Context(), enginePrograms{nats: "false", redis: "false"}, t.TempDir())
		if err == nil {
			t.Errorf("%s: a program that ends at once is taken for an engine", name)
		}
	}
}

// Three relays that do as much in a second of a processor as the one are three times it, and what the engine takes is
// nobody's gain.
func TestServed(t *testing.T) {
	one := served{deliveries: []int{1000}, cpus: []time.Duration{time.Second}}
	three := served{deliveries: []int{1000, 500, 2000}, cpus: []time.Duration{time.Second, time.Second / 2, 2 * time.Second}}
	if x := three.sum() / one.sum(); x != 3 {
		t.Errorf("three that are as good are %v times one", x)
	}
}

// Every figure of relays that share boards is there, of a small load, and all edits come.
func TestFiguresOfSeveralRelays(t *testing.T) {
	list := "nats"
	if _, err := exec.LookPath("redis-server"); err == nil {
		list += ",redis"
	}
	t.Chdir("../..")
	relay := filepath.Join(t.TempDir(), "relay")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", relay, "./relay").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := figuresOf(t, "cluster", "-relay", relay, "-engines", list, "-runs", "1", "-edits", "10", "-seconds", "0.5", "-warm", "0.2", "-boards", "2", "-members", "3", "-rate", "50")
	for name := range strings.SplitSeq(list, ",") {
		suffix := ""
		if name != "nats" {
			suffix = "_" + name
		}
		for _, metric := range []string{"single_p50_ms", "single_p99_ms", "cross_p50_ms", "cross_p99_ms", "paced_single_p99_ms", "paced_cross_p99_ms"} {
			if v := got["cross"+suffix+" "+metric]; v <= 0 {
				t.Errorf("%s of cross%s is %v", metric, suffix, v)
			}
		}
		// What one path takes more than the other may be less than nothing.
		if _, ok := got["cross"+suffix+" p99_ms"]; !ok {
			t.Errorf("what crossing adds by %s is missing", name)
		}
		for _, metric := range []string{"x_one", "x_same_members", "x_one_with_engine", "cpu_us_per_delivery", "engine_cpu_us_per_edit", "p99_ms"} {
			if v := got["relays3"+suffix+" "+metric]; v <= 0 {
				t.Errorf("%s of relays3%s is %v", metric, suffix, v)
			}
		}
		for _, of := range []string{"", "single_", "same_members_"} {
			if v := got["relays3"+suffix+" "+of+"delivered_fraction"]; v != 1 {
				t.Errorf("%sdelivered_fraction of relays3%s is %v", of, suffix, v)
			}
		}
	}
}
