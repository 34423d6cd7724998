//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// grpcurl is a client that knows nothing of Edgeboard but what the relay says.
func grpcurl(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	find := exec.Command("go", "tool", "-n", "-modfile=scripts/tools.mod", "grpcurl")
	find.Dir = "../.."
	path, err := find.Output() // builds it
	if err != nil {
		t.Fatalf("%v: %v", find, err)
	}
	return exec.CommandContext(t.Context(), strings.TrimSpace(string(path)), append([]string{"-plaintext"}, args...)...)
}

// The relay tells what it speaks, and a Hello in JSON enters a board.
func TestGRPCurl(t *testing.T) {
	relay := startRelay(t)
	for _, c := range []struct{ ask, want string }{
		{"list", "edgeboard.v1.Board"},
		{"describe edgeboard.v1.Board", "rpc Connect ( stream .edgeboard.v1.Frame ) returns ( stream .edgeboard.v1.Frame )"},
		{"describe edgeboard.v1.Hello", "string board = 2"},
	} {
		said, err := grpcurl(t, append([]string{relay.addr}, strings.Fields(c.ask)...)...).CombinedOutput()
		if err != nil || !strings.Contains(string(said), c.want) {
			t.Errorf("%s: %v, %q; want %q", c.ask, err, said, c.want)
		}
	}

	member := grpcurl(t, "-d", "@", relay.addr, "edgeboard.v1.Board/Connect")
	stdin, inErr := member.StdinPipe()
	stdout, outErr := member.StdoutPipe()
	if inErr != nil || outErr != nil {
		t.Fatal(inErr, outErr)
	}
	if err := member.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write([]byte(`{"hello": {"version": 1, "board": "plans", "replica": 7}}`)); err != nil {
		t.Fatal(err)
	}
	var heard []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		heard = append(heard, lines.Text())
		if strings.Contains(lines.Text(), `"maxMessage": 1048576`) {
			break
		}
	}
	if all := strings.Join(heard, "\n"); !strings.Contains(all, `"welcome"`) {
		t.Errorf("the relay's answer is %s", all)
	}
	stdin.Close() // the end of what it says is its leave
	if err := member.Wait(); err != nil {
		t.Errorf("a member that is done: %v", err)
	}

	refused := grpcurl(t, "-v", "-d", `{"hello": {"version": 9}}`, relay.addr, "edgeboard.v1.Board/Connect")
	said := new(bytes.Buffer)
	refused.Stdout, refused.Stderr = said, said
	if err := refused.Run(); err == nil {
		t.Error("another version of the protocol was taken")
	}
	for _, want := range []string{`"code": 4003`, "edgeboard-close-code: 4003", "FailedPrecondition", "speaks version 1"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not in the answer:\n%s", want, said)
		}
	}
}
