package server

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/logtest"
	"edgeboard/shared/wire"
)

// wantWhole expects each entry of the log to be one line, which nobody else has
// written.
func wantWhole(t *testing.T, l *logtest.Text) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		if !strings.HasPrefix(line, "time=") || !strings.HasSuffix(line, "\n") || strings.Count(line, " level=") != 1 || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\r\x00\x1b") {
			t.Errorf("the log has the line %q", line)
		}
	}
}

// logged is a relay that tells its log everything.
func logged(t *testing.T, cfg Config) (*relay, *logtest.Text) {
	t.Helper()
	log := &logtest.Text{}
	cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return startWith(t, cfg, false), log
}

// raw sends bytes as they are, and returns the status of the answer, 0 if there is
// none, and its text.
func (r *relay) raw(request string) (int, string) {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(limit))
	go func() { _, _ = io.WriteString(c, request) }() // it may be refused in the middle
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// Whatever a client shows to be let in is in no log, however much that tells, and
// in whichever place it was put by mistake.
func TestTokensAreNotLogged(t *testing.T) {
	const secret = "sEcReT0token1value2"
	r, log := logged(t, Config{Data: t.TempDir()})
	upgrade := func(path, more string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: " + r.addr + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" + more + "\r\n"
	}
	plain := func(line, more string) string {
		return line + " HTTP/1.1\r\nHost: " + r.addr + "\r\nConnection: close\r\n" + more + "\r\n"
	}
	const bearer, cookie = "Authorization: Bearer " + secret + "\r\n", "Cookie: __Host-edgeboard=" + secret + "\r\n"
	const key = "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n"
	for _, request := range []string{
		plain("GET /b/plans?token="+secret, bearer+cookie+"Referer: https://board.example/b/plans?token="+secret+"\r\n"),
		plain("GET /b/"+secret+"%00", ""),
		plain("GET /none/"+secret, bearer),
		plain("GET /assets/"+secret, cookie),
		plain("GET /sse?token="+secret+"&data=xml", bearer),
		plain("GET /sse?board=plans&vector=%00"+secret, cookie),
		plain("GET /sse?board=plans&token="+secret, "Last-Event-ID: "+secret+".1\r\n"),
		plain("POST /sse/"+secret+"?n=1", bearer),
		plain("DELETE /sse/"+secret+"?code=x", bearer),
		plain("POST "+connectMethod+"?token="+secret, bearer),
		plain("POST /auth/token", bearer+cookie+"Origin: https://elsewhere.example\r\n"),
		plain("POST /api/v1/feeds/"+secret+"?board=plans&token="+secret, bearer+"Content-Length: 1\r\n") + "x",
		plain("GET /api/v1/feeds/"+secret+"?board=plans&last="+secret, bearer+"Last-Event-ID: "+secret+"\r\n"),
		plain("POST /api/boards/plans/invites?token="+secret, bearer),
		plain("GET https://"+secret+"@board.example/b/plans", bearer),
		upgrade("/ws?token="+secret, bearer+cookie),
		upgrade("/ws?token="+secret, bearer+cookie+key+"Origin: https://elsewhere.example\r\n"),
		upgrade("/ws?token="+secret, bearer+cookie+key+"Sec-WebSocket-Protocol: "+secret+"\r\n"),
		"GET /ws?token=" + secret + " HTTP/9.9\r\n\r\n",
		"GET /b/plans?token=" + secret + " HTTP/1.1\r\nAuthorization: Bearer " + secret + "\x00\r\n\r\n",
		"Authorization: Bearer " + secret + "\r\n\r\n",
	} {
		r.raw(request)
	}
	// In a frame, where it belongs, and in one that is refused.
	ann := r.dial(1)
	ann.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: "plans", Replica: 1, Token: secret}))
	ann.until("Welcome", func(f wire.Frame) bool { return f.Kind == wire.KindWelcome })
	ann.conn.Close(uint32(wire.CodeNormal), secret)
	ben := r.dial(2)
	ben.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: 9, Board: "plans", Replica: 2, Token: secret}))
	ben.wantDenied("another version", wire.CodeVersion)
	cem := r.dial(3)
	cem.say([]byte(secret))
	cem.wantDenied("a token and nothing else", wire.CodeBadFrame)
	r.end()
	for line := range strings.Lines(log.String()) {
		if strings.Contains(strings.ToLower(line), strings.ToLower(secret)) {
			t.Errorf("the log says %s", line)
		}
	}
	if n := strings.Count(log.String(), "connection refused"); n == 0 {
		t.Errorf("the log says nothing of all that:\n%s", log.String())
	}
	wantWhole(t, log)
}

// files are the names of all below a folder but the databases, which the store
// writes by itself.
func files(t *testing.T, folder string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !strings.Contains(d.Name(), ".db") {
			fmt.Fprintln(&list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

// A name that is none leads to no file and to no board, and writes nothing of its
// own into the log or into the head of the answer.
func TestHostileNames(t *testing.T) {
	above := t.TempDir()
	dev, data := filepath.Join(above, "public"), filepath.Join(above, "data")
	const treasure = "what nobody is to read"
	err := os.MkdirAll(filepath.Join(dev, "inner"), 0o700)
	for name, text := range map[string]string{
		"treasure.js": treasure, "public/index.html": "the page", "public/edgeboard.wasm": "the program", "public/secret.txt": treasure, "public/inner/deep.js": treasure,
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(above, name), []byte(text), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	r, log := logged(t, Config{Data: data, Dev: dev})
	before := files(t, above)
	for _, name := range []string{
		"..", "../", "../../treasure.js", "../treasure.js", "%2e%2e", "%2e%2e/treasure.js", "%2e%2e%2ftreasure.js", "..%2ftreasure.js", "..%5ctreasure.js",
		"..;/treasure.js", "%252e%252e%252ftreasure.js", "....//treasure.js", "%c0%ae%c0%ae%c0%aftreasure.js", "./treasure.js", "inner/deep.js", "inner%2fdeep.js",
		"secret.txt", "inner", "build", ".", "treasure.js%00.wasm", "%00", "a%00b", "index.html%00", "a%0d%0aX-Injected:%20yes", "%0d%0alevel=ERROR%20msg=forged",
		"%1b%5b31m", "%e2%80%ae", "C:%5cboot.ini", "%2fetc%2fpasswd", "/etc/passwd", "file:%2f%2f", "_own", strings.Repeat("a", 10<<10), strings.Repeat("../", 1000), strings.Repeat("%2e", 1000),
	} {
		for _, folder := range []string{"/b/", "/assets/"} {
			if wire.ValidBoardName(name) && folder == "/b/" {
				continue // a board like any other
			}
			status, text := r.raw("GET " + folder + name + " HTTP/1.1\r\nHost: " + r.addr + "\r\nConnection: close\r\n\r\n")
			switch {
			case status == http.StatusMovedPermanently || status == http.StatusTemporaryRedirect:
				// To the address that is clean, which is below no file either.
			case status != http.StatusNotFound && status != http.StatusBadRequest:
				t.Errorf("%s%.60s: status %d", folder, name, status)
			}
			if strings.Contains(text, treasure) || strings.ContainsAny(strings.TrimSpace(text), "\r\x00\x1b") {
				t.Errorf("%s%.60s: the answer is %q", folder, name, text)
			}
		}
	}
	// As bytes that no client should send.
	for _, target := range []string{"/b/a\x00b", "/b/a b", "/b/\xff\xfe", "/assets/../../treasure.js", "b/plans", "\\..\\treasure.js", "/b/a\rX-Injected: yes"} {
		if status, text := r.raw("GET " + target + " HTTP/1.1\r\nHost: " + r.addr + "\r\nConnection: close\r\n\r\n"); status == http.StatusOK || strings.Contains(text, treasure) {
			t.Errorf("%q: status %d, %q", target, status, text)
		}
	}
	// By the other ways in.
	ann := r.enter(1, "plans")
	for i, name := range []string{"../x", "a\r\nlevel=ERROR msg=forged", "a\x00", strings.Repeat("a", 10<<10), "\x1b[31m"} {
		g := r.dial(2)
		g.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: name, Replica: uint64(10 + i)}))
		if denied, _ := g.end(); denied == 0 {
			t.Errorf("a board called %.20q was opened", name)
		}
	}
	ann.draw()
	r.end()
	if after := files(t, above); after != before {
		t.Errorf("the files were\n%s and are\n%s", before, after)
	}
	wantWhole(t, log)
	if strings.Contains(log.String(), treasure) || strings.Contains(log.String(), "\nlevel=ERROR") {
		t.Errorf("the log is\n%s", log.String())
	}
}
