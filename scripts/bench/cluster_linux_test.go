package main

import (
	"os/exec"
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
