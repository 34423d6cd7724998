package server

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
	"golang.org/x/crypto/acme"

	"edgeboard/shared/board"
)

// authority is Let's Encrypt's own small one, for tests. To it every domain is
// this machine, whose port 443 is another one.
func authority(t *testing.T, port443 int) (where ACME, roots *x509.CertPool) {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	names := &dns.Server{Listener: listen(t), Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if len(q.Question) > 0 && q.Question[0].Qtype == dns.TypeA {
			m.Answer = append(m.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1},
				A:   net.IPv4(127, 0, 0, 1),
			})
		}
		_ = w.WriteMsg(m)
	})}
	started := make(chan struct{})
	names.NotifyStartedFunc = func() { close(started) }
	ended := make(chan struct{})
	go func() { defer close(ended); _ = names.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = names.Shutdown(); <-ended })

	quiet := log.New(t.Output(), "authority: ", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "the one there is"}})
	checker := va.New(quiet, 1, port443, false, names.Listener.Addr().String(), store)
	front := wfe.New(quiet, store, checker, issuer, []string{"authority.example"}, false, false, 0, 0)
	site := httptest.NewTLSServer(front.Handler())
	t.Cleanup(site.Close)
	roots = x509.NewCertPool()
	if !roots.AppendCertsFromPEM(issuer.GetRootCert(0).PEM()) {
		t.Fatal("the authority has no root")
	}
	return ACME{Directory: site.URL + wfe.DirectoryPath, Client: site.Client()}, roots
}

// The first handshake gets a certificate; it is shown over TCP and over QUIC, and
// kept for the next start.
func TestACME(t *testing.T) {
	const domain = "board.example"
	l, udp, noUDP, err := Listen("127.0.0.1:0", true)
	if err != nil || noUDP != nil {
		t.Fatal(err, noUDP)
	}
	addr := l.Addr().(*net.TCPAddr)
	at, roots := authority(t, addr.Port)
	data := t.TempDir()
	at.Domains, at.Email = []string{domain, "other.example"}, "ann@board.example"
	cfg := Config{Data: data, ACME: at, Log: quiet()}
	r := serveOn(t, cfg, l, udp)
	trust := &tls.Config{RootCAs: roots, ServerName: domain}
	client := &http.Client{Timeout: limit, Transport: &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
	resp, err := client.Get("https://" + r.addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 2 {
		t.Errorf("HTTP is %s", resp.Proto)
	}
	first := resp.TLS.PeerCertificates[0]
	if _, hashes, ok := r.offered(client, "https"); !ok || hashes != nil {
		t.Errorf("WebTransport is offered: %v, with %d hashes", ok, len(hashes))
	}
	g, err := r.dialWT(1, trust)
	if err != nil {
		t.Fatal(err)
	}
	g.enter("plans").draw(board.Point{X: 1})

	// On its own machine it answers without the authority, and vouches for nothing.
	c, err := tls.Dial("tcp", r.addr, &tls.Config{InsecureSkipVerify: true, ServerName: OwnName})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := c.ConnectionState().PeerCertificates[0].VerifyHostname(domain); err == nil {
		t.Error("the relay's own certificate is for its domain")
	}

	// For domains that are not the relay's nothing is asked for.
	if c, err := tls.Dial("tcp", r.addr, &tls.Config{RootCAs: roots, ServerName: "elsewhere.example"}); err == nil {
		c.Close()
		t.Error("there is a certificate for any domain")
	}
	files, err := os.ReadDir(filepath.Join(data, acmeFolder))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Contains(f.Name(), "elsewhere") {
			t.Errorf("%s is kept", f.Name())
		}
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", f.Name(), info.Mode())
		}
	}
	r.end()

	// The next relay has it without the authority.
	cfg.ACME.Directory = "http://127.0.0.1:1/nobody"
	again := startWith(t, cfg, false)
	c, err = tls.DialWithDialer(&net.Dialer{Timeout: limit}, "tcp", again.addr, trust)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if kept := c.ConnectionState().PeerCertificates[0]; !kept.Equal(first) {
		t.Errorf("after a restart another certificate is shown, from %v", kept.NotBefore.Format(time.RFC3339))
	}
}

func TestACMEIsConfigured(t *testing.T) {
	shown, err := openPapers(Config{Data: t.TempDir(), ACME: ACME{Domains: []string{"board.example"}}, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(shown.https.NextProtos, acme.ALPNProto) {
		t.Errorf("the handshakes of the authority are not taken: %q", shown.https.NextProtos)
	}
	if shown.hashes != nil {
		t.Error("pages are told of hashes, and need none")
	}
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{ACME: ACME{Domains: []string{"localhost"}}}, `"localhost" is no domain`},
		{Config{ACME: ACME{Domains: []string{"board.example", "203.0.113.5"}}}, `"203.0.113.5" is no domain`},
		{Config{ACME: ACME{Domains: []string{"*.board.example"}}}, "is no domain"},
		{Config{ACME: ACME{Domains: []string{"board..example"}}}, "is no domain"},
		{Config{ACME: ACME{Domains: []string{"board.example"}}, Cert: "a.pem", Key: "b.pem"}, "not both"},
	} {
		if _, err := openPapers(c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.cfg.ACME.Domains, err, c.want)
		}
	}
}
