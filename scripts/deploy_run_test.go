package scripts

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startTime bounds the wait for what does not come.
const startTime = 2 * time.Minute

// process is one that a test has started. It ends with the test.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how, then

	mu    sync.Mutex
	log   strings.Builder
	grown chan struct{} // has room for a word that there is more
}

func startProcess(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, done: make(chan struct{}), grown: make(chan struct{}, 1)}
	errors, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	go func() {
		defer close(p.done)
		for lines := bufio.NewScanner(errors); lines.Scan(); {
			p.mu.Lock()
			p.log.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			select {
			case p.grown <- struct{}{}:
			default:
			}
		}
		p.err = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-p.done
	})
	return p
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// waitFor returns what the group of an expression is in the log.
func (p *process) waitFor(expression string) string {
	p.t.Helper()
	for late := time.After(startTime); ; {
		if m := regexp.MustCompile(expression).FindStringSubmatch(p.said()); m != nil {
			return m[1]
		}
		select {
		case <-p.grown:
		case <-p.done:
			p.t.Fatalf("%v has ended: %v\n%s", p.cmd, p.err, p.said())
		case <-late:
			p.t.Fatalf("%v says\n%s", p.cmd, p.said())
		}
	}
}

// stop ends it as Docker does.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(startTime):
		p.t.Fatalf("%v does not end:\n%s", p.cmd, p.said())
	}
	if p.err != nil {
		p.t.Errorf("%v ends with %v\n%s", p.cmd, p.err, p.said())
	}
}

// until asks until it is well, for as long as things may take.
func until(t *testing.T, ask func() (ok bool, got string)) {
	t.Helper()
	for late := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		ok, got := ask()
		if ok {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("it is still %s", got)
		}
	}
}

// wantHealthy runs the health check until it is content, as Docker does.
func wantHealthy(t *testing.T, check func() *exec.Cmd) {
	t.Helper()
	until(t, func() (bool, string) {
		out, err := check().CombinedOutput()
		return err == nil && strings.HasSuffix(string(out), " is ready\n"), string(out)
	})
}

// atPort is an environment with the relay at another port.
func atPort(env []string, port string) []string {
	return append(slices.Clone(env), "EDGEBOARD_ADDR=127.0.0.1:"+port)
}

// What compose.yaml describes is started without Docker, with the same environments but for
// the addresses: three relays and a nats-server, of which each is healthy, and what is said
// to one relay the others know.
func testComposeRuns(t *testing.T, d *deployment, relay string) {
	tool := exec.CommandContext(t.Context(), "go", "tool", "-n", "-modfile=scripts/tools.mod", "nats-server")
	tool.Dir = ".."
	server, err := tool.Output()
	if err != nil {
		t.Skipf("a nats-server cannot be had here: %v", err)
	}
	engine := d.Compose.Services["nats"]
	i := slices.IndexFunc(engine.Volumes, func(v struct{ Type, Source, Target string }) bool {
		return slices.Equal(engine.Command, []string{"--config", v.Target})
	})
	if i < 0 {
		t.Fatalf("nats is run with %q, of the volumes %v", engine.Command, engine.Volumes)
	}
	b, err := os.ReadFile(engine.Volumes[i].Source)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	text := string(b)
	for _, r := range [][2]string{{"\nport: 4222\n", "\nlisten: 127.0.0.1:-1\n"}, {"\nhttp: 127.0.0.1:8222 ", "\nhttp: 127.0.0.1:-1 "}, {"store_dir: /data\n", "store_dir: \"" + folder + "/nats\"\n"}} {
		if strings.Count(text, r[0]) != 1 {
			t.Fatalf("%s says %q not once", engine.Volumes[i].Source, r[0])
		}
		text = strings.Replace(text, r[0], r[1], 1)
	}
	config := filepath.Join(folder, "nats.conf")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	nats := startProcess(t, exec.Command(strings.TrimSpace(string(server)), "--config", config))
	address := nats.waitFor(`Listening for client connections on (127\.0\.0\.1:\d+)`)
	monitor := nats.waitFor(`Starting http monitor on (127\.0\.0\.1:\d+)`)
	get := func(url string) (bool, string) {
		client := http.Client{Timeout: startTime, Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get(url)
		if err != nil {
			return false, err.Error()
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode == http.StatusOK, string(b)
	}
	until(t, func() (bool, string) { return get("http://" + monitor + "/healthz") })

	var ports []string
	var relays []*process
	for _, name := range d.relays() {
		s := d.Compose.Services[name]
		env := []string{"EDGEBOARD_DATA=" + filepath.Join(folder, name), "TMPDIR=" + folder}
		for key, value := range s.Environment {
			switch key {
			case "EDGEBOARD_ADDR":
				value = "127.0.0.1:0"
			case "EDGEBOARD_CLUSTER":
				if value != "nats://nats:4222" {
					t.Errorf("%s shares by %s", name, value)
				}
				value = "nats://" + address
			}
			env = append(env, key+"="+value)
		}
		cmd := exec.Command(relay)
		cmd.Env = env
		p := startProcess(t, cmd)
		port := strings.TrimSpace(p.waitFor(`Edgeboard is at http://127\.0\.0\.1:(\d+)`))
		wantHealthy(t, func() *exec.Cmd {
			check := exec.CommandContext(t.Context(), relay, d.Stages[1].Health[2:]...)
			check.Env = atPort(env, port)
			return check
		})
		relays, ports = append(relays, p), append(ports, port)
	}
	resp, err := http.Post("http://127.0.0.1:"+ports[0]+"/api/v1/feeds/load?board=plans", "text/plain", strings.NewReader("17"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("live data is not taken: %s", resp.Status)
	}
	for _, port := range ports[1:] {
		until(t, func() (bool, string) {
			ok, text := get("http://127.0.0.1:" + port + "/api/v1/feeds?board=plans")
			return ok && json.Valid([]byte(text)) && strings.Contains(text, "17"), text
		})
	}
	for _, p := range relays {
		p.stop()
	}
}
