package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// What Docker would do with the image is done by hand: the relay runs as the image's user
// with the image as its root, where there is nothing but what the Dockerfile puts there,
// and less than Docker adds: no /proc, no /dev and no /etc/hosts.
func testImageRuns(t *testing.T, d *deployment, relay string) {
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: the image by hand, because that takes root")
	}
	image := d.Stages[1]
	id := map[bool]int{}
	for i, text := range strings.Split(image.User, ":") {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		id[i == 0] = n
	}
	user, group := id[true], id[false]
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range image.Copies {
		into := filepath.Join(root, c.Into)
		if err := os.MkdirAll(filepath.Dir(into), 0o755); err != nil {
			t.Fatal(err)
		}
		switch c.Sources {
		case "/src/bin/relay":
			b, err := os.ReadFile(relay)
			if err == nil {
				err = os.WriteFile(into, b, 0o755)
			}
			if err != nil {
				t.Fatal(err)
			}
		case "/src/LICENSE /root/image/NOTICES.txt":
		case "/etc/ssl/certs/ca-certificates.crt":
			// Which roots there are is the builder's matter.
			if err := os.WriteFile(into, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		default: // a folder that the Dockerfile has made, which mkdir -m 1777 lets everybody use
			mode := os.FileMode(0o755)
			if strings.Contains(strings.Join(d.Stages[0].Run, "\n"), "mkdir -m 1777 "+c.Sources) {
				mode = 0o777 | os.ModeSticky
			}
			if err := os.Mkdir(into, mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(into, mode); err != nil { // whatever the umask is
				t.Fatal(err)
			}
			if c.Chown == image.User {
				if err := os.Chown(into, user, group); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	env := []string{"EDGEBOARD_OPEN=true"}
	for name, value := range image.Env {
		if name == "EDGEBOARD_ADDR" {
			value = "127.0.0.1:0"
		}
		env = append(env, name+"="+value)
	}
	inside := func(args ...string) *exec.Cmd {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env = "/", env
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uint32(user), Gid: uint32(group)}}
		return cmd
	}
	p := startProcess(t, inside(image.Entrypoint...))
	port := p.waitFor(`Edgeboard is at http://127\.0\.0\.1:(\d+)`)
	wantHealthy(t, func() *exec.Cmd {
		check := inside(image.Health[1:]...)
		check.Env = atPort(check.Env, port)
		return check
	})
	info, err := os.Stat(filepath.Join(root, image.Env["EDGEBOARD_DATA"], "edgeboard.db"))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != user {
		t.Errorf("the boards belong to %d", owner)
	}
	// A copy of the boards needs room for temporary files in some places, and a user in none.
	if out, err := inside("/relay", "backup", "/tmp/boards.db").CombinedOutput(); err != nil {
		t.Errorf("a backup: %v\n%s", err, out)
	}
	p.stop()
	check := inside(image.Health[1:]...)
	check.Env = atPort(check.Env, port)
	if out, err := check.CombinedOutput(); err == nil {
		t.Errorf("a relay that has ended is healthy: %s", out)
	}
}
