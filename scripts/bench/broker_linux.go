package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// engines start what relays share, for the bench cluster: a server that stores each entry on the disk before it says so.
// It is alone, as it costs least: several that store the same cost as much each.
var engines = map[string]func(ctx context.Context, programs enginePrograms, dir string) (s *subject, url string, err error){
	"nats":  startNATS,
	"redis": startRedis,
}

// enginePrograms are those that flags name; empty: as they are found.
type enginePrograms struct{ nats, redis string }

func startNATS(ctx context.Context, programs enginePrograms, dir string) (*subject, string, error) {
	program := programs.nats
	if program == "" {
		// As scripts/tools.mod names it, built if need be.
		find := exec.CommandContext(ctx, "go", "tool", "-n", "-modfile=scripts/tools.mod", "nats-server")
		find.Stderr = os.Stderr
		path, err := find.Output()
		if err != nil {
			return nil, "", fmt.Errorf("build nats-server: %w", err)
		}
		program = strings.TrimSpace(string(path))
	}
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	file := filepath.Join(dir, "nats.conf")
	config := fmt.Sprintf("listen: %q\njetstream { store_dir: %q, sync_interval: always }\n", address, filepath.Join(dir, "nats"))
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, "", err
	}
	s, err := serving(launch(exec.CommandContext(ctx, program, "-c", file), nil, says("Server is ready", address)))
	return s, "nats://" + address, err
}

func startRedis(ctx context.Context, programs enginePrograms, dir string) (*subject, string, error) {
	program := programs.redis
	if program == "" {
		program = "redis-server"
	}
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	folder := filepath.Join(dir, "redis")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, program, "--bind", "127.0.0.1", "--port", port, "--dir", folder,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--logfile", "/dev/stderr")
	s, err := serving(launch(cmd, nil, says("Ready to accept connections", address)))
	return s, "redis://" + address, err
}

// says finds in a log that a server is ready, which is at an address.
func says(ready, address string) func(line string) (string, bool) {
	return func(line string) (string, bool) { return address, strings.Contains(line, ready) }
}

// freeAddress is one that nobody listened at a moment ago.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
