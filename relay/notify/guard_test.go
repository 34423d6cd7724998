package notify

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"edgeboard/relay/store/memory"
)

// What an operator names, and where to that lets a client lead the relay.
func TestEndpoints(t *testing.T) {
	h, err := parseHosts(append([]string{"http://127.0.0.1:9000", "https://Push.internal", "http://[::1]:81"}, PushHosts...))
	if err != nil {
		t.Fatal(err)
	}
	for endpoint, want := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/abc":            true,
		"https://FCM.googleapis.com/fcm/send/abc":            true,
		"https://fcm.googleapis.com:443/x":                   true,
		"https://web.push.apple.com/x?y=%20":                 true,
		"https://a.b.notify.windows.com/w/?token=x%2b":       true,
		"https://updates.push.services.mozilla.com/wpush/v2": true,
		"http://127.0.0.1:9000/x":                            true,
		"https://push.internal/x":                            true,
		"https://push.internal:443/x":                        true,
		"http://[::1]:81/x":                                  true,

		"":                                  false,
		"/x":                                false,
		"fcm.googleapis.com/x":              false,
		"//fcm.googleapis.com/x":            false,
		"http://fcm.googleapis.com/x":       false, // not https
		"ftp://fcm.googleapis.com/x":        false,
		"https:fcm.googleapis.com/x":        false,
		"https:///x":                        false,
		"https://fcm.googleapis.com:8443/x": false,
		"https://fcm.googleapis.com:80/x":   false,
		"https://fcm.googleapis.com.evil.example/x":                false,
		"https://evil.example/fcm.googleapis.com":                  false,
		"https://evilfcm.googleapis.com/x":                         false,
		"https://x.fcm.googleapis.com/x":                           false,
		"https://push.apple.com/x":                                 false, // what is named are those before it
		"https://evilpush.apple.com/x":                             false,
		"https://.push.apple.com/x":                                false,
		"https://a..push.apple.com/x":                              false,
		"https://web.push.apple.com./x":                            false,
		"https://fcm.googleapis.com@evil.example/x":                false,
		"https://user:pass@fcm.googleapis.com/x":                   false,
		"https://evil.example#@fcm.googleapis.com/":                false,
		"https://evil.example\\@fcm.googleapis.com/":               false,
		"https://fcm.googleapis.com#x":                             false,
		"https://fcm.googleapis.com/#":                             false,
		"https://fcm.googleapis.com\r\n/x":                         false,
		"https://fcm.googleapis.com/ x":                            false,
		"https://fcm%2egoogleapis.com/x":                           false,
		"https://fcm.googleapis.com%00.push.apple.com":             false,
		"https://ｆcm.googleapis.com/x":                             false,
		"https://127.0.0.1/x":                                      false,
		"https://127.0.0.1:9000/x":                                 false, // it was named with another scheme
		"http://127.0.0.1:9001/x":                                  false,
		"http://127.0.0.1/x":                                       false,
		"http://127.1:9000/x":                                      false,
		"http://2130706433:9000/x":                                 false,
		"http://localhost:9000/x":                                  false,
		"http://push.internal/x":                                   false,
		"https://[::1]/x":                                          false,
		"https://[::ffff:127.0.0.1]/x":                             false,
		"https://169.254.169.254/latest/meta-data/":                false,
		"file:///etc/passwd":                                       false,
		"https://fcm.googleapis.com:x/":                            false,
		"https://fcm.googleapis.com:99999999/":                     false,
		"https://" + strings.Repeat("a", 64) + ".push.apple.com/":  false,
		"https://" + strings.Repeat("a.", 130) + "push.apple.com/": false,
	} {
		if got := h.allow(endpoint); got != want {
			t.Errorf("%q is allowed: %v", endpoint, got)
		}
	}
}

// A relay does not start with services that it would never, or always, send to by
// mistake; nor without saying who it is.
func TestConfigIsRefused(t *testing.T) {
	good := PushConfig{Hosts: []string{"push.example"}, Contact: "mailto:ops@example.com"}
	try := func(cfg Config) error {
		cfg.Store, cfg.Audience, cfg.Records = newShelf(), newDesk(t, cfg), new(memory.Store).Records()
		c, err := New(t.Context(), cfg)
		if err == nil {
			if err := c.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}
		return err
	}
	for _, host := range []string{
		"", "*", "*.", "*.com", "com", "localhost", "push.example:443", "push.example/x", "push..example", "*.*.example", "127.0.0.1", "[::1]", "::1", "push example",
		"ftp://push.example", "https://", "https://*.push.example", "https://push.example/x", "https://u@push.example", "https://push.example?x", "https://push.example#x", "://",
	} {
		cfg := Config{Push: good}
		cfg.Push.Hosts = []string{host}
		if err := try(cfg); err == nil {
			t.Errorf("a relay pushes to %q", host)
		}
	}
	for _, contact := range []string{"", "ops@example.com", "mailto:", "mailto:ops", "http://example.com", "https:", "https://", "tel:+1"} {
		cfg := Config{Push: good}
		cfg.Push.Contact = contact
		if err := try(cfg); err == nil {
			t.Errorf("a relay pushes as %q", contact)
		}
	}
	secret := []byte(strings.Repeat("s", minSecret))
	for _, hook := range []Webhook{{"", secret}, {"/x", secret}, {"ftp://a.example", secret}, {"https://", secret}, {"http://a.example/\x00", secret}, {"https://a.example", secret[1:]}, {"https://a.example", nil}} {
		if err := try(Config{Webhooks: []Webhook{hook}}); err == nil {
			t.Errorf("%q with a secret of %d bytes is a webhook", hook.URL, len(hook.Secret))
		}
	}
	for _, cfg := range []Config{
		{}, {Push: good}, {Push: PushConfig{Hosts: PushHosts, Contact: "https://example.com/contact"}},
		{Webhooks: []Webhook{{"http://127.0.0.1:1/x", secret}}},
	} {
		if err := try(cfg); err != nil {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// Without the relay's key nothing is pushed, and a damaged one is not replaced: all
// devices are for it.
func TestVapidKey(t *testing.T) {
	records := new(memory.Store).Records()
	f := &faulty{Records: records}
	f.set(errDisk, false)
	cfg := pushing()
	cfg.Store, cfg.Audience, cfg.Records = newShelf(), newDesk(t, cfg), f
	if _, err := New(t.Context(), cfg); !errors.Is(err, errDisk) {
		t.Errorf("records that fail: %v", err)
	}
	f.set(nil, false)
	for _, bad := range []string{"", "short", strings.Repeat("\x00", 32), strings.Repeat("\xff", 32)} {
		if err := records.Put(t.Context(), ofKey, keyName, []byte(bad), never); err != nil {
			t.Fatal(err)
		}
		if _, err := New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "key for push") {
			t.Errorf("a key of %q: %v", bad, err)
		}
		if now, err := records.Get(t.Context(), ofKey, keyName); err != nil || string(now) != bad {
			t.Errorf("the key was replaced: %v", err)
		}
	}
}

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "142.250.185.74": true, "100.63.255.255": true, "100.128.0.0": true, "172.15.255.255": true, "172.32.0.0": true, "223.255.255.255": true,
		"2a00:1450:4001:812::200a": true, "2606:4700:4700::1111": true, "2001:4860:4860::8888": true,
		"64:ff9b::808:808": true, // 8.8.8.8, where there is no IPv4

		"0.0.0.0": false, "0.1.2.3": false, "127.0.0.1": false, "127.255.255.254": false, "10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "192.0.0.8": false, "192.0.2.1": false, "192.88.99.1": false, "198.18.0.1": false, "198.19.255.255": false, "198.51.100.1": false,
		"203.0.113.7": false, "224.0.0.1": false, "239.255.255.250": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:8.8.8.8": false, "::8.8.8.8": false, "fe80::1": false, "fe80::1%eth0": false, "2606:4700:4700::1111%1": false, "fc00::1": false, "fd12:3456::1": false,
		"fec0::1": false, "ff02::1": false, "2001:db8::1": false, "2001::1": false, "2002:7f00:1::": false, "3fff::1": false, "64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b:1::808:808": false, "100::1": false, "5f00::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is public: %v", text, got)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// The dialler looks at what a name has led to: it reaches nothing of the network it is
// in, but what the operator has named.
func TestDialler(t *testing.T) {
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached++; w.WriteHeader(201) }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	post := func(h *hosts, to string) error {
		c := pushClient(nil, h)
		defer c.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	guarded, err := parseHosts([]string{"push.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		if err := post(guarded, "http://"+net.JoinHostPort(strings.Trim(host, "[]"), port)+"/"); !errors.Is(err, errNotPublic) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if reached != 0 {
		t.Errorf("the server was reached %d times", reached)
	}
	own, err := parseHosts([]string{server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := post(own, server.URL+"/"); err != nil || reached != 1 {
		t.Errorf("what the operator has named is not reached: %v", err)
	}
	// It is that host and port, and none of the others of the machine.
	if err := post(own, "http://localhost:"+port+"/"); !errors.Is(err, errNotPublic) || reached != 1 {
		t.Errorf("another name of it: %v", err)
	}
}

// A service does not send the relay elsewhere, and cannot feed it.
func TestNoRedirects(t *testing.T) {
	reached := 0
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer inner.Close()
	outer := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusTemporaryRedirect))
	defer outer.Close()
	h, err := parseHosts([]string{outer.URL, inner.URL})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*http.Client{"push": pushClient(nil, h), "webhooks": webhookClient(nil), "a test's": pushClient(outer.Client(), h)} {
		resp, err := c.Post(outer.URL, "text/plain", strings.NewReader("x"))
		if err != nil || resp.StatusCode != http.StatusTemporaryRedirect || reached > 0 {
			t.Errorf("%s: %v, and the other place was reached %d times", name, err, reached)
		}
		if err == nil {
			resp.Body.Close()
		}
		c.CloseIdleConnections()
	}
}

// Whatever is allowed is a request by https to a host that is named, as net/http
// understands it.
func FuzzEndpoint(f *testing.F) {
	for _, text := range []string{"https://push.example/x", "https://a.wild.example:443/?x#y", "https://push.example@evil/", "https://push.example\\evil/", "http://push.example", "https://ａ.wild.example/", "HTTPS://PUSH.EXAMPLE"} {
		f.Add(text)
	}
	h, err := parseHosts([]string{"push.example", "*.wild.example"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, endpoint string) {
		if !h.allow(endpoint) {
			return
		}
		req, err := http.NewRequest(http.MethodPost, endpoint, nil)
		if err != nil {
			t.Fatalf("%q is allowed, and no request: %v", endpoint, err)
		}
		again, err := url.Parse(req.URL.String())
		if err != nil {
			t.Fatalf("%q is sent to %q: %v", endpoint, req.URL, err)
		}
		for _, u := range []*url.URL{req.URL, again} {
			name := strings.ToLower(u.Hostname())
			if u.Scheme != "https" || name != "push.example" && !strings.HasSuffix(name, ".wild.example") || u.Port() != "" && u.Port() != "443" || u.User != nil {
				t.Fatalf("%q is sent to %q", endpoint, u)
			}
		}
	})
}
