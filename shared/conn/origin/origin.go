// Package origin says which pages may use a relay. A browser says in the header
// Origin (RFC 6454) whose page it asks for, and without a rule any page that
// somebody opens could reach a relay that only this person can reach.
package origin

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// List is a list of origins whose pages are let in besides those of the host
// that is asked. The zero List has none. Make one with ParseList.
type List struct {
	origins []string
	more    func() []string // nil: there are none
}

// ParseList returns the list of some origins, each of the form
// https://host[:port]. There are no patterns. A page that came without TLS may be
// anybody's who is on the way, so that http:// is taken for this machine alone.
func ParseList(origins []string) (List, error) {
	var l List
	for _, text := range origins {
		o, err := parse(text)
		if err != nil {
			return List{}, fmt.Errorf("origin %q: %w", text, err)
		}
		if !slices.Contains(l.origins, o) {
			l.origins = append(l.origins, o)
		}
	}
	return l, nil
}

// parse returns an origin as browsers write it.
func parse(text string) (string, error) {
	if strings.Contains(text, "*") {
		return "", errors.New("there are no patterns: name each origin")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("want https://host or https://host:port")
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(text, "#"):
		return "", errors.New("there is more than scheme, host and port")
	}
	name, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" && !strings.HasSuffix(u.Host, ":") {
		port = usualPorts[u.Scheme]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		return "", errors.New("the port is a number from 1 to 65535")
	}
	if a, err := netip.ParseAddr(name); err == nil && a.Is6() && a.Zone() == "" {
		name = a.String()
	} else if err := checkName(name); err != nil {
		return "", err
	}
	host := net.JoinHostPort(name, port)
	if u.Scheme == "http" && !loopback(host) {
		return "", errors.New("http:// is taken for this machine alone, since anybody on the way may change such a page")
	}
	return u.Scheme + "://" + strings.TrimSuffix(host, ":"+usualPorts[u.Scheme]), nil
}

func checkName(name string) error {
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return errors.New("the host is a name of ASCII, others in the form xn--, or an address")
		}
	}
	if name == "" || strings.HasPrefix(name, ".") || strings.Contains(name, "..") {
		return errors.New("the host is no name")
	}
	return nil
}

// With returns a list that has besides what more returns at the time: origins as
// ParseList takes them, and others are left out. It is called for each request of a page
// of another origin, from many goroutines.
func (l List) With(more func() []string) List {
	return List{l.origins, more}
}

// All returns the origins as browsers write them.
func (l List) All() []string {
	all := slices.Clone(l.origins)
	if l.more != nil {
		for _, text := range l.more() {
			if o, err := parse(text); err == nil && !slices.Contains(all, o) {
				all = append(all, o)
			}
		}
	}
	return all
}

// Has reports whether the list has an origin, which is written as browsers do.
func (l List) Has(origin string) bool {
	return slices.Contains(l.origins, origin) || l.more != nil && slices.Contains(l.All(), origin)
}

// Allows reports whether a request may be answered as far as its origin goes: it
// is no page's, or that of a page of the host that is asked or of an origin of the
// list. "null", which stands for pages that have none, is nobody's.
//
// Scheme and port count. The scheme of the host that is asked is https with TLS,
// or what r.URL.Scheme says, which a server sets that knows from a proxy; as long
// as nobody knows it, pages of http and of https are its own. Over HTTP/3, which
// has TLS always, the page itself may have come without: then it is of this
// machine, which has more than one name.
func (l List) Allows(r *http.Request) bool {
	switch origins := r.Header["Origin"]; len(origins) {
	case 0:
		return true // no page, or it reads from its own origin
	case 1:
		return l.Has(origins[0]) || own(r, origins[0])
	}
	return false
}

func own(r *http.Request, origin string) bool {
	scheme, host, _ := strings.Cut(origin, "://")
	asked := strings.ToLower(r.Host)
	if usualPorts[scheme] == "" || asked == "" {
		return false
	}
	page := withPort(host, scheme)
	if r.ProtoMajor == 3 {
		asked = withPort(asked, "https")
		if loopback(page) && loopback(asked) {
			return portOf(page) == portOf(asked)
		}
		return scheme == "https" && page == asked
	}
	if known := schemeOf(r); known != "" && known != scheme {
		return false
	}
	return page == withPort(asked, scheme)
}

// schemeOf is that of a request over TCP, empty if it is not known.
func schemeOf(r *http.Request) string {
	switch {
	case r.URL != nil && r.URL.Scheme != "":
		return r.URL.Scheme
	case r.TLS != nil:
		return "https"
	}
	return ""
}

var usualPorts = map[string]string{"http": "80", "https": "443"}

// withPort returns host:port of what may leave out the usual port of a scheme.
func withPort(host, scheme string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), usualPorts[scheme]
	}
	return net.JoinHostPort(name, port)
}

func portOf(hostPort string) string {
	_, port, _ := net.SplitHostPort(hostPort)
	return port
}

// loopback reports whether host:port is of this machine.
func loopback(hostPort string) bool {
	name, _, _ := net.SplitHostPort(hostPort)
	return Loopback(name)
}

// Loopback reports whether a host is this machine, by an address or by a name that
// no DNS has (RFC 6761 section 6.3). Browsers take its pages as secure without TLS.
func Loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && a.Unmap().IsLoopback()
}
