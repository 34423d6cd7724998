package clustertest

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is a process that a test has started. It ends with the test.
type Server struct {
	URL  string // for relays
	Name string

	t        testing.TB
	program  string
	args     []string
	address  string // that it answers at when it is ready
	ready    func(address string) bool
	folder   string // with its data
	mu       sync.Mutex
	process  *exec.Cmd
	finished chan struct{} // closed when the process is gone
	output   bytes.Buffer
}

// NATS is how a nats-server is to run. The zero value is one that is alone.
type NATS struct {
	// More is added to its configuration.
	More string
	// Lazy has it write to its disk when it likes: for tests of large amounts alone.
	Lazy bool
	// NoJetStream leaves JetStream out.
	NoJetStream bool
	// Domain is that of its JetStream.
	Domain string
	// Leaf makes it a leaf node of another server.
	Leaf *Server
	// LeafBy is where it reaches that, if not directly: a Proxy to its LeafAddr.
	LeafBy string
}

var natsProgram = sync.OnceValues(func() (string, error) { return Tool("nats-server") })

// Tool returns the program of a tool that scripts/tools.mod names, which is built if need be.
func Tool(name string) (string, error) {
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("looking for the module: %w", err)
	}
	find := exec.Command("go", "tool", "-n", "-modfile=scripts/tools.mod", name)
	find.Dir = filepath.Dir(strings.TrimSpace(string(module)))
	find.Stderr = os.Stderr
	out, err := find.Output()
	if err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// freePorts returns addresses that nobody listened at a moment ago.
func freePorts(t testing.TB, n int) []string {
	t.Helper()
	var list []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }() // It was only to have the port.
		list = append(list, l.Addr().String())
	}
	return list
}

// LeafAddr is where leaf nodes connect to, "host:port".
func (s *Server) LeafAddr() string {
	s.t.Helper()
	address, err := os.ReadFile(s.leafPort())
	if err != nil {
		s.t.Fatal(err)
	}
	return string(address)
}

// leafPort is where leaf nodes of a server connect to, which its configuration says.
func (s *Server) leafPort() string { return filepath.Join(s.folder, "leafnodes") }

// StartNATS runs a nats-server.
func StartNATS(t testing.TB, options NATS) *Server {
	t.Helper()
	ports := freePorts(t, 2)
	return startNATS(t, "alone", ports[0], ports[1], "", options)
}

// StartNATSCluster runs three servers that are one, with their URLs in each one's.
func StartNATSCluster(t *testing.T) []*Server {
	t.Helper()
	ports := freePorts(t, 9)
	var servers []*Server
	var urls []string
	for i := range 3 {
		more := fmt.Sprintf("cluster { name: trio, listen: %q, routes: [\"nats://%s\", \"nats://%s\", \"nats://%s\"] }\n", ports[3+i], ports[3], ports[4], ports[5])
		s := startNATS(t, fmt.Sprint("n", i+1), ports[i], ports[6+i], more, NATS{})
		servers, urls = append(servers, s), append(urls, s.URL)
	}
	for _, s := range servers {
		s.URL = strings.Join(urls, ",")
	}
	return servers
}

func startNATS(t testing.TB, name, address, leafAddress, more string, options NATS) *Server {
	t.Helper()
	program, err := natsProgram()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	config := fmt.Sprintf("server_name: %q\nlisten: %q\n%s%s\n", name, address, more, options.More)
	if !options.NoJetStream {
		config += fmt.Sprintf("jetstream { store_dir: %q, sync_interval: always, domain: %q }\n", filepath.Join(folder, "data"), options.Domain)
		config = strings.ReplaceAll(config, `, domain: ""`, "")
		if options.Lazy {
			config = strings.ReplaceAll(config, ", sync_interval: always", "")
		}
	}
	if options.Leaf == nil {
		// Leaf nodes are not told an address by which they would go around a Proxy.
		config += fmt.Sprintf("leafnodes { listen: %q, no_advertise: true, authorization { user: edge, password: secret } }\n", leafAddress)
	} else {
		hub := cmp.Or(options.LeafBy, options.Leaf.LeafAddr())
		config += fmt.Sprintf("leafnodes { reconnect: \"200ms\", remotes: [ { url: \"nats://edge:secret@%s\" } ] }\n", hub)
	}
	file := filepath.Join(folder, "nats.conf")
	s := &Server{
		URL: "nats://" + address, Name: name, t: t, program: program, args: []string{"-c", file},
		address: address, folder: folder, ready: saysInfo,
	}
	for path, data := range map[string]string{file: config, s.leafPort(): leafAddress} {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.Start()
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("the server %s says at last:\n%s", name, tail(s.output.Bytes()))
		}
	})
	return s
}

// tail is the last lines of what a server has said.
func tail(b []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-40):], []byte("\n"))
}

// saysInfo reports whether a NATS server greets who connects.
func saysInfo(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }() // It was only asked.
	if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	return err == nil && strings.HasPrefix(line, "INFO ")
}

// Start starts it, with the data that is in its folder, and returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		s.t.Fatalf("%s runs already", s.Name)
	}
	process, finished := exec.Command(s.program, s.args...), make(chan struct{})
	process.Stdout, process.Stderr = &s.output, &s.output
	if err := process.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.process, s.finished = process, finished
	go func() {
		defer close(finished)
		_ = process.Wait() // It is killed.
	}()
	for until := time.Now().Add(patience); !s.ready(s.address); time.Sleep(5 * time.Millisecond) {
		select {
		case <-finished:
			s.process = nil
			s.t.Fatalf("%s has ended:\n%s", s.Name, tail(s.output.Bytes()))
		default:
		}
		if time.Now().After(until) {
			s.t.Fatalf("%s does not answer at %s", s.Name, s.address)
		}
	}
}

// Kill ends it without a warning. One that does not run stays so.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Stop asks it to end, and waits until it has.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Freeze stops it where it is, with its connections open, until Thaw. Where processes
// cannot be stopped the test is skipped.
func (s *Server) Freeze() {
	if stop == nil {
		s.t.Skip("this system does not stop processes")
	}
	s.signal(stop)
}

// Thaw lets it go on.
func (s *Server) Thaw() { s.signal(proceed) }

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		s.t.Fatalf("%s does not run", s.Name)
	}
	if err := s.process.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) end(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	if err := s.process.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("ending %s: %v", s.Name, err)
	}
	<-s.finished
	s.process = nil
}

// Restart kills it and starts it again with its data.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	s.Start()
}

// LoseDisk kills it, and starts it again without its data.
func (s *Server) LoseDisk() {
	s.t.Helper()
	s.Kill()
	if err := os.RemoveAll(filepath.Join(s.folder, "data")); err != nil {
		s.t.Fatal(err)
	}
	s.Start()
}
