package server

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// The page loads nothing but what the relay has, and runs no script and no style
// that stands in the text of a document. Redirects to those who sign people in are
// plain navigations, of which a policy says nothing.
const (
	pagePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
		"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
	// otherPolicy is for all that is no page. A worker has the policy of its own
	// file: one that asks for something needs more.
	otherPolicy = "default-src 'none'; frame-ancestors 'none'"
)

// pagePermissions are what the page does without, also in what it might embed. It
// writes to the clipboard, reads it where the menu says paste, and takes the whole
// screen.
const pagePermissions = "accelerometer=(), camera=(), clipboard-read=(self), clipboard-write=(self), display-capture=(), fullscreen=(self), " +
	"geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), " +
	"publickey-credentials-get=(), serial=(), usb=(), xr-spatial-tracking=()"

// oneYear is how long a browser keeps to HTTPS, in seconds (RFC 6797).
const oneYear = "max-age=31536000"

// setHeaders sets what suits every answer of the relay, pages and errors alike.
func (s *Server) setHeaders(h http.Header, r *http.Request) {
	h.Set("X-Content-Type-Options", "nosniff")
	// The address of a board is often the only key to it, so it is not told to
	// other sites. With no-referrer the page's own requests might have the origin
	// null, and the relay would refuse them.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", otherPolicy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.secure(r) && s.vouched(r) && isDomain(hostOf(r)) {
		h.Set("Strict-Transport-Security", oneYear)
	}
}

// setPageHeaders sets what the page has besides, or instead.
func (s *Server) setPageHeaders(h http.Header, r *http.Request) {
	framedBy := "'none'"
	if list := s.framedBy.All(); len(list) > 0 {
		framedBy = strings.Join(list, " ")
		h.Del("X-Frame-Options") // which knows no list
	}
	h.Set("Content-Security-Policy", pagePolicy+"connect-src 'self'"+s.elsewhere(r)+toOthers(s.origins.All())+"; frame-ancestors "+framedBy)
	h.Set("Permissions-Policy", pagePermissions)
}

// toOthers lets the page go to the relays of some origins, where this one sends its
// members when it stops (W62). To some browsers a WebSocket is not of the origin's scheme,
// and WebTransport may be at another port than the page. A policy has no way to write
// addresses of version 6.
func toOthers(origins []string) string {
	var b strings.Builder
	for _, o := range origins {
		scheme, host, _ := strings.Cut(o, "://")
		name, _, _ := strings.Cut(host, ":")
		if !isName(name) {
			continue
		}
		b.WriteString(" " + o + " ws" + strings.TrimPrefix(scheme, "http") + "://" + host + " https://" + name + ":*")
	}
	return b.String()
}

// elsewhere is where the page finds WebTransport, which is not 'self' if a proxy
// has another port, or if the page is at localhost and goes to its address. The
// host is what the request says, and stands in the policy only if it is a name or
// an address of version 4: a policy has no way to write others.
func (s *Server) elsewhere(r *http.Request) string {
	port, host := s.quic.port.Load(), hostOf(r)
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if port == 0 || !isName(host) {
		return ""
	}
	return " https://" + host + ":" + strconv.Itoa(int(port))
}

// vouched reports whether browsers trust the certificate by which a request came,
// be it a proxy's: all but the one that the relay makes for itself, for UDP alone.
func (s *Server) vouched(r *http.Request) bool { return r.ProtoMajor != 3 || s.quic.hashes == nil }

// hostOf is the host that is asked, without a port.
func hostOf(r *http.Request) string {
	host := strings.ToLower(r.Host)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host
}

// isName reports whether a host is of a-z, 0-9, - and ., as all names and
// addresses of version 4 are.
func isName(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(c rune) bool { return !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.') })
}

// isDomain reports whether a host is a name that is not this machine's own: a
// browser that keeps to HTTPS does so at all ports of a name, and so for all else
// that is at localhost.
func isDomain(host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil && isName(host) && host != "localhost" && !strings.HasSuffix(host, ".localhost")
}
