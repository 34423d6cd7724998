package scripts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// deployment is what scripts/deploy.go says of the files by which relays are deployed: as
// much of it as tests look at.
type deployment struct {
	Stages []struct {
		From         string
		Copies       []struct{ Sources, Into, From, Chown string }
		Env          map[string]string
		Run          []string
		User         string
		Expose       []string
		Volumes      []string
		Entrypoint   []string
		Health       []string
		Shell        bool
		Architecture string `json:"Platform"`
	}
	Ignored []string
	Compose struct {
		Services map[string]*service
		Networks map[string]struct{ Internal bool }
	}
	Kubernetes struct {
		StatefulSet struct {
			Spec struct {
				Template struct{ Spec pod }
			}
		}
		Service struct {
			Spec struct{ Ports []kubePort }
		}
	}
	Fly struct {
		KillTimeout string
		Env         map[string]string
		Files       []struct{ GuestPath string }
		Mounts      []struct{ Destination string }
		HTTPService struct {
			InternalPort int
			Checks       []struct{ Path string }
		}
		Services []struct {
			Protocol     string
			InternalPort int
			Ports        []struct{ Port int }
		}
	}
}

// service is one of compose.yaml.
type service struct {
	Build       *struct{}
	Command     []string
	CapDrop     []string `json:"cap_drop"`
	DependsOn   map[string]struct{ Condition string }
	Environment map[string]string
	HealthCheck *struct{ Test []string }
	Networks    map[string]*struct{}
	Ports       []struct {
		Published, Protocol string
		HostIP              string `json:"host_ip"`
		Target              int
	}
	ReadOnly        bool   `json:"read_only"`
	StopGracePeriod string `json:"stop_grace_period"`
	Tmpfs           []string
	Volumes         []struct{ Type, Source, Target string }
}

type pod struct {
	TerminationGracePeriodSeconds int
	SecurityContext               struct {
		RunAsNonRoot       bool
		RunAsUser, FSGroup int
	}
	Containers []struct {
		Env                                         []struct{ Name, Value string }
		Ports                                       []kubePort
		StartupProbe, LivenessProbe, ReadinessProbe struct {
			HTTPGet struct{ Path, Port string }
		}
		SecurityContext struct{ ReadOnlyRootFilesystem bool }
		VolumeMounts    []struct{ Name, MountPath string }
	}
}

type kubePort struct {
	Name, Protocol, TargetPort string
	ContainerPort              int
}

// sources are the files of the repository, but for what builds have made.
func sources(t *testing.T) (list []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(strings.TrimPrefix(name, ".."+string(filepath.Separator)))
		switch {
		case e.IsDir() && slices.Contains([]string{".git", "bin", "data"}, name):
			return filepath.SkipDir
		case e.Type().IsRegular() && (path.Base(name) == ".gitignore" || path.Dir(name) != "public/build" && path.Dir(name) != "public/dist"):
			list = append(list, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func readDeployment(t *testing.T, files []string) (d deployment) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "deploy")
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile=scripts/tools.mod", "-o", program, "scripts/deploy.go")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("the readers of these files cannot be had here: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir, cmd.Stdin, cmd.Stderr = "..", strings.NewReader(strings.Join(files, "\n")), t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("a file is not as its format has it: %v", err)
	}
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Stages) != 2 {
		t.Fatalf("the Dockerfile has %d stages, want one that builds and one that is the image", len(d.Stages))
	}
	return d
}

// buildRelay builds it as releases and images do.
func buildRelay(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "relay")
	build := exec.CommandContext(t.Context(), "sh", "-euc", `. scripts/programs.sh; program relay "$1"`, "sh", file)
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the relay: %v\n%s", err, out)
	}
	return file
}

// Nobody has a Docker, a Kubernetes and a Fly.io at hand when a flag gets another name:
// so the files are read as these read them, and tried with the relay as far as it goes.
func TestDeployment(t *testing.T) {
	files := sources(t)
	d := readDeployment(t, files)
	relay := buildRelay(t)
	t.Run("variables", func(t *testing.T) { testVariables(t, relay) })
	t.Run("Dockerfile", func(t *testing.T) { testDockerfile(t, &d, relay) })
	t.Run("dockerignore", func(t *testing.T) { testSent(t, &d, files) })
	t.Run("compose", func(t *testing.T) { testCompose(t, &d) })
	t.Run("kubernetes", func(t *testing.T) { testKubernetes(t, &d, relay) })
	t.Run("fly", func(t *testing.T) { testFly(t, &d, relay) })
	t.Run("systemd", func(t *testing.T) { testUnit(t, relay) })
	t.Run("image runs", func(t *testing.T) { testImageRuns(t, &d, relay) })
	t.Run("compose runs", func(t *testing.T) { testComposeRuns(t, &d, relay) })
}

// Every variable that a file names, in a comment too, is one of the relay's.
func testVariables(t *testing.T, relay string) {
	usage, err := exec.CommandContext(t.Context(), relay, "-h").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`EDGEBOARD_[A-Z_]+`)
	known := map[string]bool{}
	for _, n := range name.FindAllString(string(usage), -1) {
		known[n] = true
	}
	found := 0
	files, err := filepath.Glob("../docs/deploy/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "../Dockerfile", "../compose.yaml", "../fly.toml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range name.FindAllString(string(text), -1) {
			found++
			if !known[n] {
				t.Errorf("%s names %s, which the relay does not know", file, n)
			}
		}
	}
	if len(known) < 40 || found < 40 {
		t.Errorf("%d variables are known, %d were found: they are not read", len(known), found)
	}
}

// elsewhere is what of an environment is different on the machine of a test: addresses
// with ports that are free, and folders that are there.
func elsewhere(t *testing.T, env map[string]string) []string {
	t.Helper()
	folder := t.TempDir()
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, bytes.Repeat([]byte("s"), 64), 0o600); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value := env[name]
		switch name {
		case "EDGEBOARD_ADDR", "EDGEBOARD_ADMIN":
			host, _, err := net.SplitHostPort(value)
			if err != nil {
				t.Errorf("%s=%s: %v", name, value, err)
			}
			value = net.JoinHostPort(host, "0")
		case "EDGEBOARD_DATA":
			value = filepath.Join(folder, "data")
		case "EDGEBOARD_TOKEN_KEYS":
			value = secret
		}
		list = append(list, name+"="+value)
	}
	return list
}

// wantChecked has the relay look at an environment.
func wantChecked(t *testing.T, relay string, env map[string]string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), relay, "check")
	cmd.Env = elsewhere(t, env)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the relay does not take %q: %v\n%s", cmd.Env, err, out)
	}
}

// drains is how long the relay takes to end, at the most.
func drains(t *testing.T, env map[string]string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(env["EDGEBOARD_DRAIN"])
	if err != nil {
		t.Errorf("EDGEBOARD_DRAIN: %v", err)
	}
	return d
}

func portOf(t *testing.T, env map[string]string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(env["EDGEBOARD_ADDR"])
	if err != nil {
		t.Error(err)
	}
	return port
}

func testDockerfile(t *testing.T, d *deployment, relay string) {
	build, image := d.Stages[0], d.Stages[1]
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if go1 := regexp.MustCompile(`(?m)^go (1\.\d+)`).FindSubmatch(mod); build.From != "golang:"+string(go1[1]) {
		t.Errorf("it is built by %s, and go.mod asks for %s", build.From, go1[1])
	}
	if image.From != "scratch" {
		t.Errorf("the image begins as %s", image.From)
	}
	if !regexp.MustCompile(`^[1-9]\d+:[1-9]\d+$`).MatchString(image.User) {
		t.Errorf("the user is %q: want numbers, and not root's", image.User)
	}
	if !slices.Equal(image.Entrypoint, []string{"/relay"}) || image.Shell {
		t.Errorf("what is run is %q, want the relay and no shell", image.Entrypoint)
	}
	if !slices.Equal(image.Health, []string{"CMD", "/relay", "health"}) {
		t.Errorf("its health is asked by %q", image.Health)
	}
	data := image.Env["EDGEBOARD_DATA"]
	if !slices.Equal(image.Volumes, []string{data}) {
		t.Errorf("the volumes are %q, and the data folder %q", image.Volumes, data)
	}
	port := portOf(t, image.Env)
	if want := []string{port + "/tcp", port + "/udp"}; !slices.Equal(image.Expose, want) {
		t.Errorf("the ports are %q, want %q", image.Expose, want)
	}
	into := map[string]string{}
	for _, c := range image.Copies {
		into[c.Into] = c.Chown
	}
	if into[data] != image.User {
		t.Errorf("%s belongs to %q, and the user is %s", data, into[data], image.User)
	}
	for _, name := range []string{"/relay", "/tmp", "/etc/ssl/certs/ca-certificates.crt"} {
		if owner, ok := into[name]; !ok || owner != "" {
			t.Errorf("%s is there: %v, and belongs to %q; want root, who does not run it", name, ok, owner)
		}
	}
	env := maps.Clone(image.Env)
	env["EDGEBOARD_OPEN"] = "true"
	wantChecked(t, relay, env)
	// As it is it would let in everybody.
	cmd := exec.CommandContext(t.Context(), relay, "check")
	cmd.Env = elsewhere(t, image.Env)
	if out, err := cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("WRONG address: ")) {
		t.Errorf("the image starts without being told who may come in:\n%s", out)
	}
}

// What the builder is sent is all that the image is built of: with it alone every import
// and every embedded file is found.
func testSent(t *testing.T, d *deployment, files []string) {
	root := t.TempDir()
	for _, name := range files {
		if slices.Contains(d.Ignored, name) {
			continue
		}
		b, err := os.ReadFile(filepath.Join("..", name))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(root, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"scripts/build.sh", "scripts/programs.sh", "scripts/need-go.sh"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	for platform, packages := range map[string][]string{
		"native": {"./relay", "./boardctl", "./scripts/lean", "./scripts/pack", "./scripts/release"},
		"js":     {"./wasmclient"},
	} {
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, packages...)...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), platforms[platform]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: not everything is sent: %v\n%s", platform, err, out)
		}
	}
	if len(d.Ignored) < 100 {
		t.Errorf("%d files are not sent: .dockerignore is not read", len(d.Ignored))
	}
}

// relays are those of compose.yaml.
func (d *deployment) relays() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(d.Compose.Services)) {
		if d.Compose.Services[name].Build != nil {
			names = append(names, name)
		}
	}
	return names
}

func testCompose(t *testing.T, d *deployment) {
	names := d.relays()
	if len(names) != 3 {
		t.Fatalf("there are %d relays", len(names))
	}
	image := d.Stages[1]
	seen := map[string]string{}
	for _, name := range names {
		s := d.Compose.Services[name]
		port := portOf(t, s.Environment)
		for _, protocol := range []string{"tcp", "udp"} {
			if !slices.ContainsFunc(s.Ports, func(p struct {
				Published, Protocol string
				HostIP              string `json:"host_ip"`
				Target              int
			},
			) bool {
				return p.Protocol == protocol && p.Published == port && strconv.Itoa(p.Target) == port && p.HostIP == "127.0.0.1"
			}) {
				t.Errorf("%s serves on %s, which is not published as it is, for this machine alone, by %s", name, port, protocol)
			}
		}
		for what, value := range map[string]string{"port": port, "name": s.Environment["EDGEBOARD_CLUSTER_RELAY"], "origin": s.Environment["EDGEBOARD_CLUSTER_URL"], "volume": s.Volumes[0].Source} {
			if other := seen[what+value]; other != "" {
				t.Errorf("%s and %s have the %s %s", name, other, what, value)
			}
			seen[what+value] = name
		}
		if want := "http://localhost:" + port; s.Environment["EDGEBOARD_CLUSTER_URL"] != want {
			t.Errorf("%s is reached at %s, want %s", name, s.Environment["EDGEBOARD_CLUSTER_URL"], want)
		}
		if v := s.Volumes[0]; v.Type != "volume" || v.Target != image.Env["EDGEBOARD_DATA"] || s.Environment["EDGEBOARD_DATA"] != "" {
			t.Errorf("%s keeps its boards in %s, and the volume is %v", name, image.Env["EDGEBOARD_DATA"], v)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.Tmpfs, []string{"/tmp"}) {
			t.Errorf("%s may more than it must", name)
		}
		if grace, err := time.ParseDuration(s.StopGracePeriod); err != nil || grace <= drains(t, s.Environment) {
			t.Errorf("%s has %v to end, and takes up to %v (%v)", name, grace, drains(t, s.Environment), err)
		}
		if s.HealthCheck != nil {
			t.Errorf("%s has a health check of its own: the image has one", name)
		}
	}
	engine := d.Compose.Services["nats"]
	if engine == nil || engine.HealthCheck == nil {
		t.Fatal("there is no nats, or nobody asks for its health")
	}
	for network := range engine.Networks {
		if !d.Compose.Networks[network].Internal {
			t.Errorf("nats is in the network %s, which others reach", network)
		}
	}
	if len(engine.Ports) > 0 {
		t.Error("nats is published")
	}
}

func testKubernetes(t *testing.T, d *deployment, relay string) {
	p := d.Kubernetes.StatefulSet.Spec.Template.Spec
	if len(p.Containers) != 1 {
		t.Fatalf("there are %d containers", len(p.Containers))
	}
	c := p.Containers[0]
	env := maps.Clone(d.Stages[1].Env)
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	wantChecked(t, relay, env)
	if got := fmt.Sprintf("%d:%d", p.SecurityContext.RunAsUser, p.SecurityContext.FSGroup); got != d.Stages[1].User || !p.SecurityContext.RunAsNonRoot || !c.SecurityContext.ReadOnlyRootFilesystem {
		t.Errorf("the user is %s, and the image's %s; or it may more than it must", got, d.Stages[1].User)
	}
	if grace := time.Duration(p.TerminationGracePeriodSeconds) * time.Second; grace <= drains(t, env) {
		t.Errorf("it has %v to end, and takes up to %v", grace, drains(t, env))
	}
	ports := map[string]string{}
	for _, port := range c.Ports {
		ports[port.Name] = fmt.Sprintf("%d/%s", port.ContainerPort, port.Protocol)
	}
	var served []string
	for _, port := range d.Kubernetes.Service.Spec.Ports {
		served = append(served, ports[port.TargetPort])
	}
	port := portOf(t, env)
	if want := []string{port + "/TCP", port + "/UDP"}; !slices.Equal(served, want) {
		t.Errorf("the service leads to %q, want %q", served, want)
	}
	for probe, path := range map[struct{ Path, Port string }]string{c.StartupProbe.HTTPGet: "/healthz", c.LivenessProbe.HTTPGet: "/healthz", c.ReadinessProbe.HTTPGet: "/readyz"} {
		if probe.Path != path || ports[probe.Port] != port+"/TCP" {
			t.Errorf("%s is asked for at %s, want %s at the relay's port", probe.Path, probe.Port, path)
		}
	}
	for name, file := range map[string]string{"boards": env["EDGEBOARD_DATA"], "secret": env["EDGEBOARD_TOKEN_KEYS"], "tmp": "/tmp/x"} {
		i := slices.IndexFunc(c.VolumeMounts, func(m struct{ Name, MountPath string }) bool { return m.Name == name })
		if i < 0 || path.Dir(file) != c.VolumeMounts[i].MountPath {
			t.Errorf("%s is not in the volume %s", file, name)
		}
	}
}

func testFly(t *testing.T, d *deployment, relay string) {
	env := maps.Clone(d.Stages[1].Env)
	maps.Copy(env, d.Fly.Env)
	wantChecked(t, relay, env)
	if grace, err := time.ParseDuration(d.Fly.KillTimeout); err != nil || grace <= drains(t, env) {
		t.Errorf("it has %v to end, and takes up to %v (%v)", grace, drains(t, env), err)
	}
	if len(d.Fly.Files) != 1 || d.Fly.Files[0].GuestPath != env["EDGEBOARD_TOKEN_KEYS"] {
		t.Errorf("the files are %v, and the keys %s", d.Fly.Files, env["EDGEBOARD_TOKEN_KEYS"])
	}
	if len(d.Fly.Mounts) != 1 || d.Fly.Mounts[0].Destination != path.Dir(env["EDGEBOARD_DATA"]) {
		t.Errorf("the mounts are %v, and the data folder %s", d.Fly.Mounts, env["EDGEBOARD_DATA"])
	}
	port := portOf(t, env)
	if p := d.Fly.HTTPService; strconv.Itoa(p.InternalPort) != port || len(p.Checks) != 1 || p.Checks[0].Path != "/readyz" {
		t.Errorf("HTTP goes to %d, and is asked for %v", p.InternalPort, p.Checks)
	}
	if s := d.Fly.Services; len(s) != 1 || s[0].Protocol != "udp" || strconv.Itoa(s[0].InternalPort) != port || len(s[0].Ports) != 1 || s[0].Ports[0].Port != s[0].InternalPort {
		t.Errorf("the services besides are %v, want UDP at the relay's port, inside and outside", s)
	}
}

// testUnit looks at the unit as systemd does, where there is one, and tries its
// environment.
func testUnit(t *testing.T, relay string) {
	b, err := os.ReadFile("../docs/deploy/edgeboard.service")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	env, stop := map[string]string{}, time.Duration(0)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "Environment="); ok {
			for _, word := range strings.Fields(rest) {
				name, value, _ := strings.Cut(word, "=")
				env[name] = value
			}
		}
		if rest, ok := strings.CutPrefix(line, "TimeoutStopSec="); ok {
			stop, _ = time.ParseDuration(rest + "s")
		}
	}
	wantChecked(t, relay, env)
	if stop <= drains(t, env) {
		t.Errorf("it has %v to end, and takes up to %v", stop, drains(t, env))
	}
	if want := "%S/edgeboard/data"; env["EDGEBOARD_DATA"] != want || !strings.Contains(text, "\nStateDirectory=edgeboard\n") {
		t.Errorf("the data folder is %s, want %s in the folder that systemd makes", env["EDGEBOARD_DATA"], want)
	}
	if want := "%d/secret"; env["EDGEBOARD_TOKEN_KEYS"] != want || !strings.Contains(text, "\nLoadCredential=secret:") {
		t.Errorf("the keys are %s, want %s", env["EDGEBOARD_TOKEN_KEYS"], want)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("SKIPPED: what systemd says of the unit, because it is not here")
	}
	unit := filepath.Join(t.TempDir(), "edgeboard.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(text, "/usr/local/bin/relay", relay)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	help, _ := exec.CommandContext(t.Context(), analyze, "--help").CombinedOutput()
	if !bytes.Contains(help, []byte("--offline")) {
		t.Skip("SKIPPED: how far the unit is shut off, because this systemd-analyze does not say it of a file")
	}
	// 1.4 of 10; without any of it 9.6. Version 250 counts in tenths.
	if out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=yes", "--threshold=20", "--no-pager", unit).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}
