package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Where to may be pushed. Endpoints come from clients: what is sent there must not reach
// into the operator's network, whatever a name leads to.

const (
	dialTimeout      = 5 * time.Second
	handshakeTimeout = 5 * time.Second
	idleTimeout      = 90 * time.Second
	maxIdle          = 16
	maxHeader        = 16 << 10 // bytes of an answer's header
)

// hosts are those that may be pushed to.
type hosts struct {
	names    map[string]bool // by https and at the usual port
	suffixes []string        // ".push.apple.com": names with more before it, the same
	origins  map[string]bool // "http://127.0.0.1:9000", always with the port
	dialled  map[string]bool // "127.0.0.1:9000" of the origins, whatever the address is
}

// parseHosts reads PushConfig.Hosts.
func parseHosts(list []string) (*hosts, error) {
	h := &hosts{names: map[string]bool{}, origins: map[string]bool{}, dialled: map[string]bool{}}
	for _, text := range list {
		if strings.Contains(text, "://") {
			u, err := url.Parse(text)
			if err != nil || u.Scheme != "https" && u.Scheme != "http" || !hostName(u.Hostname()) && !address(u.Hostname()) ||
				u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
				return nil, fmt.Errorf("%.80q is no push service: with a scheme it is like https://push.example:8443", text)
			}
			h.origins[originOf(u)] = true
			h.dialled[net.JoinHostPort(strings.ToLower(u.Hostname()), portOf(u))] = true
			continue
		}
		name, wild := strings.CutPrefix(strings.ToLower(text), "*.")
		if !hostName(name) || !strings.Contains(name, ".") || address(name) {
			return nil, fmt.Errorf("%.80q is no push service: it is a name like push.example or *.push.example, or has a scheme before it", text)
		}
		if wild {
			h.suffixes = append(h.suffixes, "."+name)
		} else {
			h.names[name] = true
		}
	}
	return h, nil
}

// hostName reports whether a text is labels of letters, digits and hyphens.
func hostName(text string) bool {
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return len(text) <= 253
}

func address(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

func originOf(u *url.URL) string {
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), portOf(u))
}

// allow reports whether may be sent to an endpoint, as far as its text says.
func (h *hosts) allow(endpoint string) bool {
	for _, c := range []byte(endpoint) {
		if c <= ' ' || c > '~' || c == '\\' {
			return false // no browser makes such
		}
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.User != nil || u.Opaque != "" || strings.Contains(endpoint, "#") {
		return false
	}
	if h.origins[originOf(u)] {
		return true
	}
	name := strings.ToLower(u.Hostname())
	if u.Scheme != "https" || portOf(u) != "443" || !hostName(name) {
		return false
	}
	if h.names[name] {
		return true
	}
	for _, s := range h.suffixes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// errNotPublic is of an address that is not on the public internet.
var errNotPublic = errors.New("the address is not public")

// dialler connects to public addresses alone, but for the operator's own.
func (h *hosts) dialler() func(ctx context.Context, network, addr string) (net.Conn, error) {
	free := net.Dialer{Timeout: dialTimeout}
	// It is asked for each address that a name leads to, before anything is sent there.
	guarded := net.Dialer{Timeout: dialTimeout, ControlContext: func(_ context.Context, _, addr string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(addr)
		if err != nil || !public(to.Addr()) {
			return errNotPublic
		}
		return nil
	}}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if h.dialled[addr] {
			return free.DialContext(ctx, network, addr)
		}
		return guarded.DialContext(ctx, network, addr)
	}
}

// special are addresses that are unicast and not public (RFC 6890, and IANA's registries
// of special addresses).
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

var (
	global = netip.MustParsePrefix("2000::/3") // what is given out of IPv6
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
)

// public reports whether an address is one of the public internet. Others embed an IPv4
// address, which may not be: of those only what networks without IPv4 need is looked at.
func public(a netip.Addr) bool {
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !a.IsValid() || a.Zone() != "" || a.Is4In6() || a.Is6() && !global.Contains(a) || a.IsPrivate() || !a.IsGlobalUnicast() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// pushClient sends what is pushed. It takes no proxy: that would dial in its place.
func pushClient(own *http.Client, h *hosts) *http.Client {
	return client(own, &http.Transport{DialContext: h.dialler()})
}

// webhookClient sends to addresses of the operator's, which may be anywhere.
func webhookClient(own *http.Client) *http.Client {
	return client(own, &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext})
}

func client(own *http.Client, t *http.Transport) *http.Client {
	c := new(http.Client)
	if own != nil {
		*c = *own
	} else {
		t.TLSHandshakeTimeout, t.IdleConnTimeout, t.MaxIdleConns, t.MaxResponseHeaderBytes = handshakeTimeout, idleTimeout, maxIdle, maxHeader
		t.ForceAttemptHTTP2, t.DisableCompression = true, true
		c.Transport = t
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Jar = nil
	return c
}
