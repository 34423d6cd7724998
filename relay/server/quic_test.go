package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"edgeboard/shared/board"
	"edgeboard/shared/conn/webtransport"
	"edgeboard/shared/wire"
)

func TestMain(m *testing.M) {
	os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true") // as main does
	// The authority of TestACME has no end.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/letsencrypt/pebble/v2/va.VAImpl.processTasks"))
}

// offered asks the relay for its transports, as a page does.
func (r *relay) offered(client *http.Client, scheme string) (port int, hashes [][sha256.Size]byte, ok bool) {
	r.t.Helper()
	resp, err := client.Get(scheme + "://" + r.addr + "/transports.json")
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	wantHeader(r.t, resp, "Cache-Control", "no-store")
	wantHeader(r.t, resp, "Content-Type", "application/json")
	var t transports
	if err := json.NewDecoder(resp.Body).Decode(&t); err != nil {
		r.t.Fatal(err)
	}
	if t.WebTransport == nil {
		return 0, nil, false
	}
	for _, h := range t.WebTransport.Hashes {
		hashes = append(hashes, [sha256.Size]byte(h))
	}
	return t.WebTransport.Port, hashes, true
}

func (r *relay) dialWT(replica board.Replica, trust *tls.Config) (*guest, error) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	defer cancel()
	c, err := webtransport.Dial(ctx, "https://"+r.addr+"/wt", trust, wire.MaxMessage)
	if err != nil {
		return nil, err
	}
	return r.guest(replica, c), nil
}

// enterWT comes by WebTransport, knowing of the relay what a page knows.
func (r *relay) enterWT(replica board.Replica, name string) *guest {
	r.t.Helper()
	port, hashes, ok := r.offered(http.DefaultClient, "http")
	if _, p, _ := net.SplitHostPort(r.addr); !ok || fmt.Sprint(port) != p {
		r.t.Fatalf("the relay at %s offers port %d", r.addr, port)
	}
	g, err := r.dialWT(replica, webtransport.TrustHashes(hashes...))
	if err != nil {
		r.t.Fatal(err)
	}
	return g.enter(name)
}

// By whatever way one comes, it is the same board.
func TestBothTransports(t *testing.T) {
	r := start(t, t.TempDir())
	ann, bob := r.enter(1, "plans"), r.enterWT(2, "plans")
	drawTogether(ann, bob)
	bob.say([]byte("\x03abc"))
	bob.wantDenied("nonsense over WebTransport", wire.CodeBadFrame)
}

func TestDrainWebTransport(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	ann := r.enterWT(1, "plans")
	ann.draw(board.Point{X: 1}, board.Point{X: 80})
	_, hashes, _ := r.offered(http.DefaultClient, "http")
	silent, err := r.dialWT(2, webtransport.TrustHashes(hashes...))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); r.end() }()
	ann.wantDenied("a member while the relay stops", wire.CodeGoingAway)
	if _, closed := silent.end(); closed != wire.CodeGoingAway && closed != 0 {
		t.Errorf("one that has said nothing is closed with %d", closed)
	}
	<-ended
	if udp, err := net.ListenPacket("udp", r.addr); err != nil {
		t.Errorf("the UDP port is still open: %v", err)
	} else {
		udp.Close()
	}
	eve := start(t, data).enterWT(3, "plans")
	eve.until("the board", func(wire.Frame) bool { return eve.doc.Len() == 1 })
}

// Without UDP all is as it was.
func TestWithoutUDP(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Log: quiet()}, false)
	if _, _, ok := r.offered(http.DefaultClient, "http"); ok {
		t.Error("a relay without UDP offers WebTransport")
	}
	r.enter(1, "plans").draw(board.Point{X: 1})
}

// A page that is left waits for a relay that takes its UDP socket away.
func TestUDPFails(t *testing.T) {
	srv, err := New(Config{Data: t.TempDir(), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	l, udp, noUDP, err := Listen("127.0.0.1:0", true)
	if err != nil || noUDP != nil {
		t.Fatal(err, noUDP)
	}
	udp.Close() // as if the network took it
	ctx, stop := context.WithCancel(t.Context())
	r := &relay{t: t, addr: l.Addr().String(), stop: stop, stopped: make(chan error, 1)}
	go func() { r.stopped <- srv.Serve(ctx, l, udp) }()
	for deadline := time.Now().Add(limit); ; {
		if _, _, ok := r.offered(http.DefaultClient, "http"); !ok {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a UDP socket that is gone is still offered")
		}
	}
	r.enter(1, "plans")
	r.end()
}

func TestListen(t *testing.T) {
	l, udp, noUDP, err := Listen("127.0.0.1:0", true)
	if err != nil || noUDP != nil {
		t.Fatal(err, noUDP)
	}
	defer l.Close()
	defer udp.Close()
	if l.Addr().(*net.TCPAddr).Port != udp.LocalAddr().(*net.UDPAddr).Port {
		t.Errorf("TCP has %v, UDP %v", l.Addr(), udp.LocalAddr())
	}
	// UDP alone is taken: TCP is served.
	// A port of UDP whose namesake another program may just have taken for TCP.
	var taken net.PacketConn
	var half net.Listener
	var none net.PacketConn
	for half == nil {
		if taken, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		half, none, noUDP, err = Listen(taken.LocalAddr().String(), true)
		if err != nil && !errors.Is(err, syscall.EADDRINUSE) || none != nil || err == nil && noUDP == nil {
			t.Fatalf("%v, %v, %v", none, noUDP, err)
		}
	}
	half.Close()
	half, none, noUDP, err = Listen(taken.LocalAddr().String(), false)
	if err != nil || none != nil || noUDP != nil {
		t.Fatalf("UDP was asked for, and was not to be: %v, %v, %v", none, noUDP, err)
	}
	half.Close()
	if _, _, _, err := Listen(l.Addr().String(), true); err == nil {
		t.Error("a port of TCP that is taken was taken again")
	}
}

// Browsers take a certificate by its hash under conditions.
func TestOwnCertificate(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	own := &ownCertificates{now: func() time.Time { return now }}
	ends := map[[sha256.Size]byte]time.Time{}
	renewed := 0
	for range 60 * 24 { // two months, by the hour
		shown, err := own.newest()
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(shown.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(cert.Raw)
		if _, seen := ends[hash]; !seen {
			renewed++
			ends[hash] = cert.NotAfter
			if key, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
				t.Error("the key is none of ECDSA P-256")
			}
			if valid := cert.NotAfter.Sub(cert.NotBefore); valid > webtransport.MaxHashed {
				t.Errorf("it is valid for %v", valid)
			}
		}
		if now.Before(cert.NotBefore.Add(12*time.Hour)) || now.After(cert.NotAfter.Add(-24*time.Hour)) {
			t.Fatalf("on %v a certificate is shown that is valid from %v to %v: not with clocks that differ", now, cert.NotBefore, cert.NotAfter)
		}
		list, err := own.hashes()
		if err != nil {
			t.Fatal(err)
		}
		for h, end := range ends {
			if got, want := slices.Contains(list, h), now.Before(end); got != want {
				// One that is over stays until the next one is made.
				if want || !now.Before(end.Add(ownRenew)) {
					t.Fatalf("a certificate that ends on %v is offered on %v: %v", end, now, got)
				}
			}
		}
		if list[len(list)-1] != hash || len(list) > 3 {
			t.Fatalf("%d hashes are offered, and the one that is shown is not the last", len(list))
		}
		now = now.Add(time.Hour)
	}
	if renewed != 10 {
		t.Errorf("%d certificates in two months, want one for every six days", renewed)
	}
}

// A clock that is set makes no certificate that pages refuse: a machine without
// one of its own starts in the past, and one that was wrong goes back.
func TestOwnCertificateWhenTheClockIsSet(t *testing.T) {
	now := time.Date(1970, 1, 1, 0, 1, 0, 0, time.UTC)
	own := &ownCertificates{now: func() time.Time { return now }}
	wantValid := func(why string) {
		t.Helper()
		shown, err := own.newest()
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(shown.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		list, err := own.hashes()
		if err != nil {
			t.Fatal(err)
		}
		if now.Before(cert.NotBefore) || now.After(cert.NotAfter) || len(list) > 3 || list[len(list)-1] != sha256.Sum256(cert.Raw) {
			t.Errorf("%s, on %v: the one that is shown is valid from %v to %v, of %d that are offered", why, now, cert.NotBefore, cert.NotAfter, len(list))
		}
	}
	wantValid("at the start")
	now = time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	wantValid("the clock is set")
	now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	wantValid("it goes back by years")
	for range 100 {
		now = now.Add(-7 * 24 * time.Hour)
		wantValid("it goes back by a week")
		now = now.Add(6 * 24 * time.Hour)
		wantValid("and forth by less")
	}

	// By an hour, as where somebody takes summer time for a setting: it stays.
	before, err := own.newest()
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(-time.Hour)
	wantValid("it goes back by an hour")
	if after, _ := own.newest(); string(after.Certificate[0]) != string(before.Certificate[0]) {
		t.Error("for an hour's difference another certificate was made")
	}
}

// certificateFiles writes a certificate for 127.0.0.1 into a folder.
func certificateFiles(t *testing.T, folder string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	made, err := newOwnCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(made.tls.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: made.tls.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(made.tls.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}

// With a certificate of the operator's all is encrypted, and pages need no
// hashes.
func TestCertificateFiles(t *testing.T) {
	cert, key, pool := certificateFiles(t, t.TempDir())
	r := startWith(t, Config{Data: t.TempDir(), Cert: cert, Key: key, Log: quiet()}, true)
	trust := &tls.Config{RootCAs: pool, ServerName: "localhost"}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true}}
	_, hashes, ok := r.offered(client, "https")
	if !ok || hashes != nil {
		t.Errorf("offered: %v, with %d hashes", ok, len(hashes))
	}
	g, err := r.dialWT(1, trust)
	if err != nil {
		t.Fatal(err)
	}
	g.enter("plans").draw(board.Point{X: 1})
}

func TestCertificateFilesChange(t *testing.T) {
	folder := t.TempDir()
	cert, key, _ := certificateFiles(t, folder)
	log := new(strings.Builder)
	files, err := openCertificate(cert, key, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	files.now = func() time.Time { return now }
	shown := func() [sha256.Size]byte {
		t.Helper()
		c, err := files.newest()
		if err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(c.Certificate[0])
	}
	first := shown()
	certificateFiles(t, folder)
	later := time.Now().Add(time.Hour) // also where the disk's clock is coarse
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookEvery + time.Second)
	second := shown()
	if second == first {
		t.Error("the new certificate is not shown")
	}
	for range 3 {
		if err := os.WriteFile(key, []byte("half of it"), 0o600); err != nil {
			t.Fatal(err)
		}
		now = now.Add(lookEvery + time.Second)
		if shown() != second {
			t.Error("a broken file took the certificate away")
		}
	}
	if n := strings.Count(log.String(), "not taken"); n < 1 || n > 3 {
		t.Errorf("the log says %d times that it was not taken", n)
	}
	certificateFiles(t, folder)
	now = now.Add(lookEvery + time.Second)
	if shown() == second {
		t.Error("after the repair the new certificate is not shown")
	}
}

func TestCertificateFilesAreWrong(t *testing.T) {
	folder := t.TempDir()
	cert, key, _ := certificateFiles(t, folder)
	for _, c := range []struct{ cert, key, want string }{
		{cert, "", "go together"},
		{"", key, "go together"},
		{cert, filepath.Join(folder, "none"), "no such file"},
		{key, key, "-tls-cert"},
	} {
		if _, err := New(Config{Data: filepath.Join(folder, "data"), Cert: c.cert, Key: c.key, Log: quiet()}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q and %q: %v, want %q", c.cert, c.key, err, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "data")); err == nil {
		t.Error("a relay that did not start has made its data folder")
	}
}
