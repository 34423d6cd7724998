// Package scripts holds what is done with the sources rather than by them.
package scripts

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers says which packages of ours each package may import. It is the design:
// a change here is a change of the architecture, and a new folder is a new line.
// Tests may besides import what testsMay says.
var layers = map[string][]string{
	// What other Go programs may rely on.
	"shared/wire": {},
	// Generated, for who has Google's runtime anyway: tests, and the relay, which
	// describes itself to gRPC clients. Never the page.
	"shared/wire/wirepb": {},
	// For people and for programs without protobuf. Never the page either.
	"shared/wire/wirejson": {"shared/wire", "shared/wire/wirepb"},
	"shared/board":         {"shared/wire", "shared/board/internal/ink", "shared/board/internal/text"},
	"shared/geom":          {},
	"shared/svg":           {},
	"shared/history":       {"shared/board", "shared/wire"},
	"shared/figure":        {"shared/board", "shared/feed", "shared/geom", "shared/tile"},
	"shared/export":        {"shared/board", "shared/figure", "shared/geom", "shared/link"},
	// For tools and relays; the page asks its relay.
	"shared/export/plot": {"shared/board", "shared/export", "shared/figure", "shared/geom"},
	"shared/export/pdf":  {"shared/export/plot", "shared/figure", "shared/geom", "shared/link"},
	"shared/export/png":  {"shared/export/plot", "shared/figure", "shared/geom"},
	"shared/feed":        {"shared/wire"},
	"shared/find":        {"shared/board"},
	"shared/link":        {"shared/board"},
	"shared/talk":        {"shared/wire"},
	"shared/tile":        {"shared/board", "shared/feed"},
	"shared/thread":      {"shared/board", "shared/figure", "shared/geom"},
	// A font for tests, and how they read bytes.
	"shared/figure/figuretest": {},
	"shared/hextest":           {},
	"shared/logtest":           {},
	// What the document is made of, and nobody else's business.
	"shared/board/internal/ink":  {},
	"shared/board/internal/text": {},
	"shared/conn":                {},
	"shared/conn/conntest":       {"shared/conn"},
	"shared/conn/origin":         {},
	"shared/conn/webtransport":   {"shared/conn", "shared/conn/internal/deadline", "shared/conn/origin"},
	"shared/conn/ws":             {"shared/conn", "shared/conn/origin"},
	"shared/client":              {"shared/board", "shared/conn", "shared/feed", "shared/pace", "shared/talk", "shared/wire"},
	"shared/pace":                {},
	"shared/client/keepfile":     {"shared/client"},
	"shared/client/keeptest":     {"shared/client"},
	// For transports that know deadlines and no context.
	"shared/conn/internal/deadline": {},
	// It knows one frame: a client's farewell.
	"shared/conn/grpc": {"shared/conn", "shared/conn/internal/deadline", "shared/conn/origin", "shared/wire"},
	// It speaks for readers that say nothing themselves, and writes JSON.
	"shared/conn/sse": {"shared/conn", "shared/conn/origin", "shared/wire", "shared/wire/wirejson"},

	// How to use all that from Go.
	"shared/example":         {},
	"shared/example/bot":     {"shared/board", "shared/client", "shared/conn", "shared/conn/ws", "shared/wire"},
	"shared/example/convert": {"shared/board", "shared/client", "shared/export", "shared/export/pdf", "shared/export/plot", "shared/export/png", "shared/figure"},
	"shared/example/draw":    {"shared/board", "shared/client", "shared/conn", "shared/conn/ws", "shared/wire"},
	"shared/example/sensor":  {"shared/board", "shared/client", "shared/conn", "shared/conn/ws", "shared/wire"},
	"shared/example/watch":   {"shared/board", "shared/client", "shared/conn", "shared/conn/ws", "shared/wire"},

	// The relay. A room knows no transport and no store.
	"relay":       {"relay/auth", "relay/server", "shared/conn/origin"},
	"relay/auth":  {},
	"relay/alarm": {"shared/board", "shared/feed", "shared/tile"},
	// One board over many relays. An engine knows nothing of what it carries.
	"relay/cluster":             {"relay/store/message", "relay/store/notice", "shared/board", "shared/wire"},
	"relay/cluster/clustertest": {"relay/cluster"},
	"relay/cluster/nats":        {"relay/cluster"},
	"relay/cluster/redis":       {"relay/cluster"},
	"relay/feed":                {"shared/feed", "shared/wire"},
	"relay/blob":                {"shared/board", "shared/svg"},
	"relay/metrics":             {"relay/feed", "relay/room", "shared/wire"},
	"relay/server":              {"public", "public/compose", "public/texts", "relay/alarm", "relay/auth", "relay/blob", "relay/cluster", "relay/cluster/nats", "relay/cluster/redis", "relay/feed", "relay/metrics", "relay/notify", "relay/room", "relay/status", "relay/still", "relay/store/message", "relay/store/notice", "relay/store/sqlite", "relay/talk", "shared/board", "shared/conn", "shared/conn/grpc", "shared/conn/origin", "shared/conn/sse", "shared/conn/webtransport", "shared/conn/ws", "shared/export", "shared/export/pdf", "shared/export/plot", "shared/export/png", "shared/feed", "shared/history", "shared/wire", "shared/wire/wirepb"},
	"relay/room":                {"relay/auth", "shared/board", "shared/conn", "shared/pace", "shared/wire"},
	"relay/still":               {"shared/board", "shared/figure"},
	// The relay's own figures, as a board.
	"relay/status": {"relay/feed", "relay/metrics", "shared/board", "shared/feed", "shared/tile", "shared/wire"},
	// What people say to each other. It knows no room and no store.
	"relay/talk": {"relay/store/message", "relay/store/notice", "shared/wire"},
	// What concerns people wherever they are.
	"relay/notify/pushtest": {},
	"relay/notify":          {"relay/store/notice", "shared/talk", "shared/wire"},
	"relay/store/memory":    {"relay/store/message", "relay/store/notice"},
	"relay/store/sqlite":    {"relay/store/message", "relay/store/notice"},
	"relay/store/message":   {"relay/store/notice"},
	"relay/store/notice":    {},
	"relay/store/storetest": {"relay/store/message", "relay/store/notice"},
	"public":                {},

	// The page's words and its HTML, which the packer makes, and the relay in development.
	"public/compose": {"public/texts"},
	"public/texts":   {},
	// What the packer makes besides, and nobody else.
	"public/templates": {"public/texts", "shared/board", "shared/export", "shared/feed", "shared/figure", "shared/geom"},

	// The page. It and the relay never meet; the editor and the view neither.
	"wasmclient": {
		"public/texts", "shared/board", "shared/client", "shared/conn", "shared/export", "shared/feed", "shared/figure", "shared/find", "shared/geom", "shared/history", "shared/link", "shared/talk", "shared/thread", "shared/tile", "shared/wire",
		"wasmclient/browser", "wasmclient/editor", "wasmclient/narrator", "wasmclient/scene", "wasmclient/view",
	},
	"wasmclient/editor": {"shared/board", "shared/figure", "shared/geom", "shared/tile"},
	"wasmclient/view":   {"shared/board", "shared/figure", "shared/geom"},
	"wasmclient/scene":  {"wasmclient/view"},
	// It says in words what the view shows.
	"wasmclient/narrator": {"public/texts", "shared/board", "shared/feed", "shared/figure", "shared/geom", "shared/tile"},
	"wasmclient/browser":  {"public/texts", "shared/client", "shared/conn", "shared/feed", "shared/figure", "shared/geom", "shared/svg", "shared/talk", "shared/tile", "shared/wire"},

	// A tool for terminals, built on shared/ alone.
	"boardctl": {
		"shared/board", "shared/client", "shared/conn", "shared/conn/grpc", "shared/conn/sse", "shared/conn/webtransport", "shared/conn/ws", "shared/export", "shared/export/pdf", "shared/export/plot", "shared/export/png", "shared/feed", "shared/figure", "shared/geom", "shared/tile", "shared/wire",
	},

	"scripts": {},
	// It measures the product whole, as clients and pages use it, and counts the relay's goroutines.
	"scripts/bench": {
		"relay/auth", "relay/room", "relay/server", "relay/store/memory", "relay/store/notice", "relay/store/sqlite", "relay/talk", "scripts/bench/capacity", "scripts/bench/tunlink", "scripts/chromium", "scripts/pipe", "shared/board", "shared/client", "shared/conn", "shared/conn/grpc", "shared/conn/origin", "shared/conn/sse",
		"shared/conn/webtransport", "shared/conn/ws", "shared/export", "shared/export/pdf", "shared/export/plot", "shared/export/png", "shared/feed", "shared/figure", "shared/geom", "shared/tile", "shared/wire", "shared/wire/wirepb", "wasmclient/editor",
	},
	"scripts/apng":           {},
	"scripts/bench/capacity": {},
	"scripts/bench/tunlink":  {},
	"scripts/chromium":       {},
	"scripts/e2e":            {"scripts/apng", "scripts/chromium", "scripts/pipe"},
	"scripts/lean":           {},
	"scripts/mutants":        {},
	"scripts/pack":           {"public/compose", "public/templates", "public/texts"},
	"scripts/pipe":           {},
	"scripts/release":        {},
	"scripts/scripttest":     {},
	"scripts/unicode":        {},
	// It is made of tests.
	"scripts/compat":          {},
	"scripts/compat/recorded": {},
}

// testsMay says what the tests of a package import besides.
var testsMay = map[string][]string{
	// They run it with a relay.
	"boardctl": {"relay/auth", "relay/server", "scripts/compat/recorded", "scripts/scripttest", "shared/conn/origin"},
	// An engine in memory.
	"shared/export":            {"shared/feed", "shared/figure/figuretest"},
	"shared/export/pdf":        {"shared/board", "shared/export"},
	"shared/export/png":        {"shared/board", "shared/export"},
	"shared/feed":              {"shared/hextest"},
	"shared/figure":            {"shared/figure/figuretest"},
	"shared/thread":            {"shared/figure/figuretest"},
	"shared/wire":              {"shared/hextest"},
	"shared/wire/wirepb":       {"shared/wire"},
	"shared/conn":              {"shared/conn/conntest"},
	"shared/conn/grpc":         {"shared/conn/conntest"},
	"shared/conn/webtransport": {"shared/conn/conntest", "shared/conn/sse"},
	"shared/conn/sse":          {"shared/conn/conntest"},
	"shared/conn/ws":           {"shared/conn/conntest"},
	"shared/board":             {"shared/hextest"},
	"shared/client":            {"shared/client/keeptest", "shared/hextest"},
	"shared/client/keepfile":   {"shared/client/keeptest"},
	"relay/alarm":              {"shared/logtest"},
	"relay/cluster/nats":       {"relay/cluster/clustertest", "scripts/compat/recorded"},
	"relay/cluster/redis":      {"relay/cluster/clustertest"},
	"relay/metrics":            {"scripts/compat/recorded"},
	"relay":                    {"relay/cluster/clustertest", "scripts/compat/recorded", "scripts/scripttest", "shared/board", "shared/client", "shared/conn", "shared/conn/ws", "shared/history", "shared/talk", "shared/wire"},
	"relay/cluster":            {"relay/auth", "relay/cluster/clustertest", "relay/notify", "relay/store/memory", "relay/store/sqlite", "relay/talk", "scripts/compat/recorded", "shared/logtest"},
	"relay/notify":             {"relay/notify/pushtest", "relay/store/memory", "relay/store/sqlite", "shared/logtest"},
	"relay/room":               {"relay/cluster", "relay/store/memory", "shared/client", "shared/client/keeptest", "shared/hextest", "shared/logtest"},
	"wasmclient/view":          {"shared/feed"},
	"relay/server":             {"relay/cluster/clustertest", "relay/store/memory", "shared/tile", "relay/store/storetest", "shared/board", "shared/conn", "shared/logtest", "shared/wire/wirejson"},
	"relay/status":             {"relay/room"},
	"relay/still":              {"relay/store/memory", "relay/store/storetest", "shared/figure/figuretest"},
	"relay/store/memory":       {"relay/store/storetest"},
	"relay/talk":               {"relay/store/memory", "shared/logtest"},
	"relay/store/sqlite":       {"relay/store/storetest"},
	"wasmclient/browser":       {"public/compose", "shared/wire", "wasmclient/editor"},
	"wasmclient/editor":        {"shared/figure/figuretest"},
	"wasmclient/narrator":      {"shared/figure/figuretest"},
	// They play clients and relays of other versions.
	"scripts/compat": {
		"relay/auth", "relay/cluster/clustertest", "relay/server", "relay/store/sqlite", "scripts/compat/recorded", "shared/board", "shared/client", "shared/client/keepfile", "shared/conn",
		"shared/conn/ws", "shared/export", "shared/figure", "shared/hextest", "shared/history", "shared/wire", "shared/wire/wirejson", "shared/wire/wirepb",
	},
	// They play somebody on the board.
	"shared/example": {"shared/board", "shared/client", "shared/conn", "shared/conn/ws", "shared/wire"},
	// A tool fills the boards that would take a hand too long, and what was said days ago is
	// put where the relay has it.
	"scripts/e2e": {"relay/notify/pushtest", "relay/store/sqlite", "relay/talk", "shared/board", "shared/client", "shared/conn", "shared/conn/origin", "shared/conn/ws", "shared/logtest", "shared/wire"},
}

// reserved says who alone may import a package from outside, with the reason.
var reserved = []struct {
	path string // a prefix
	by   []string
	why  string
}{
	{"syscall/js", []string{"wasmclient/browser"}, "the browser is a leaf (no js.Value crosses its border)"},
	{"github.com/hajimehoshi/ebiten", []string{"wasmclient/scene"}, "only the scene draws"},
	{"github.com/coder/websocket", []string{"shared/conn/ws"}, "a transport is a leaf"},
	{"github.com/quic-go", []string{"shared/conn/webtransport"}, "a transport is a leaf"},
	{"connectrpc.com/", []string{"shared/conn/grpc", "relay/server"}, "a transport is a leaf; the relay describes it besides"},
	{"github.com/prometheus", []string{"relay/metrics"}, "how figures are shown is nobody else's business"},
	{"github.com/letsencrypt", []string{"relay/server"}, "its tests get a certificate"},
	{"github.com/miekg/dns", []string{"relay/server"}, "the same"},
	{"github.com/coreos/go-oidc", []string{"relay/server"}, "a sign-in is a matter of HTTP"},
	{"golang.org/x/oauth2", []string{"relay/server"}, "the same"},
	{"golang.org/x/crypto/acme", []string{"relay/server"}, "certificates are the server's"},
	{"zombiezen.com/go/sqlite", []string{"relay/store/sqlite", "scripts/bench"}, "a database is a leaf; the relay's store is compared with it alone"},
	{"github.com/nats-io", []string{"relay/cluster/nats"}, "an engine is a leaf"},
	{"github.com/rivo/uniseg", []string{"shared/figure"}, "its tests compare; in the page it would be too large"},
	{"google.golang.org/grpc", []string{"relay/server"}, "its tests play a client that is not ours"},
	{"google.golang.org/protobuf", []string{"shared/wire/wirepb", "shared/wire/wirejson", "scripts/bench", "scripts/compat"}, "package wire is the codec; Google's is what it is compared with"},
	{"github.com/golang-jwt/jwt", []string{"relay/auth", "relay/server", "boardctl"}, "who may come in is decided in one place; the server's tests play a provider, and boardctl signs as operators do"},
	{"github.com/SherClockHolmes/webpush-go", []string{"relay/notify"}, "who is pushed to is decided in one place"},
	{"github.com/HdrHistogram", []string{"boardctl"}, "how figures are shown is nobody else's business"},
	{"github.com/spf13/", []string{"boardctl"}, "the flags of other programs are few"},
	{"github.com/go-jose/go-jose", []string{"relay/auth"}, "tokens are checked there"},
	{"codeberg.org/go-pdf/fpdf", []string{"shared/export/pdf"}, "a format is a leaf"},
	{"github.com/chromedp", []string{"scripts/chromium", "scripts/e2e", "scripts/bench"}, "only tests drive a browser, and what measures the page in one"},
}

// heavy packages, and those below them, are not in the page: each costs more
// bytes than it is worth.
var heavy = []string{
	"net/http", "encoding/json", "connectrpc.com/connect", "github.com/coder/websocket", "github.com/quic-go/quic-go", "crypto/tls",
	"github.com/hajimehoshi/ebiten/v2/ebitenutil", "google.golang.org/protobuf", "github.com/rivo/uniseg",
	"codeberg.org/go-pdf/fpdf", "golang.org/x/image/font", "golang.org/x/image/vector",
	module + "shared/wire/wirepb", module + "shared/wire/wirejson",
}

type listed struct {
	ImportPath, Dir                    string
	Imports, TestImports, XTestImports []string
	TestGoFiles, XTestGoFiles          []string
	Deps                               []string
}

const module = "edgeboard/"

func list(t *testing.T, env []string, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,TestGoFiles,XTestGoFiles,Deps"}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(cmd.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.Bytes())
	}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

var platforms = map[string][]string{
	"native": {"CGO_ENABLED=0"},
	"js":     {"GOOS=js", "GOARCH=wasm"},
}

// Who imports whom.
func TestLayers(t *testing.T) {
	seen := map[string]bool{}
	for platform, env := range platforms {
		for _, p := range list(t, env, "-tags=e2e", "./...") {
			name := strings.TrimPrefix(p.ImportPath, module)
			seen[name] = true
			may, known := layers[name]
			if !known {
				t.Errorf("%s: the package is not in the table of layers", name)
				continue
			}
			check := func(imports []string, may []string, what string) {
				for _, path := range imports {
					if of, ours := strings.CutPrefix(path, module); ours && of != name && !slices.Contains(may, of) {
						t.Errorf("%s (%s): %s may not import %s", name, platform, what, of)
					}
					for _, r := range reserved {
						if strings.HasPrefix(path, r.path) && !slices.Contains(r.by, name) {
							t.Errorf("%s (%s): %s may not import %s: %s", name, platform, what, path, r.why)
						}
					}
				}
			}
			check(p.Imports, may, "the package")
			test := slices.Concat(may, testsMay[name])
			check(p.TestImports, test, "its tests")
			check(p.XTestImports, test, "its tests")
		}
	}
	for name := range layers {
		if !seen[name] {
			t.Errorf("%s: in the table of layers, and not among the packages", name)
		}
	}
}

// What the page does without.
func TestPageIsLight(t *testing.T) {
	page := list(t, platforms["js"], "./wasmclient")
	if len(page) != 1 || len(page[0].Deps) < 50 {
		t.Fatalf("the page's dependencies were not listed: %v", page)
	}
	for _, path := range heavy {
		for _, dep := range page[0].Deps {
			if dep == path || strings.HasPrefix(dep, path+"/") {
				t.Errorf("the page depends on %s", dep)
			}
		}
	}
}
