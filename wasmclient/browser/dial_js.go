//go:build js

package browser

import (
	"context"
	"errors"
	"strconv"
	"syscall/js"

	"edgeboard/shared/conn"
)

// ForcedTransport returns the transport that the page's address asks for, "" if
// it leaves the choice.
func ForcedTransport() string {
	forced := window.Get("URLSearchParams").New(window.Get("location").Get("search")).Call("get", "transport")
	if forced.Type() != js.TypeString {
		return ""
	}
	return forced.String()
}

var errNotOffered = errors.New("dialing the relay: no WebTransport here")

// DialWebTransport asks the relay at an origin where its WebTransport is and connects.
func DialWebTransport(ctx context.Context, origin string, limit int) (_ conn.Conn, err error) {
	defer jsError(&err)
	if window.Get("WebTransport").IsUndefined() { // also on pages that are not secure
		return nil, errNotOffered
	}
	offer, err := askTransports(ctx, origin)
	if err != nil {
		return nil, err
	}
	wt := offer.Get("webtransport")
	if wt.IsUndefined() {
		return nil, errNotOffered
	}
	var hashes [][]byte
	if list := wt.Get("hashes"); !list.IsUndefined() {
		for i := range list.Length() {
			var hash []byte
			for _, char := range window.Call("atob", list.Index(i)).String() {
				hash = append(hash, byte(char)) // each is one
			}
			hashes = append(hashes, hash)
		}
	}
	host := window.Get("URL").New(origin).Get("hostname").String()
	if host == "localhost" && len(hashes) > 0 {
		// The name stands for two addresses. Browsers try the relay's over TCP
		// if the first fails, and over QUIC they do not.
		host = "127.0.0.1"
	}
	url := "https://" + host + ":" + strconv.Itoa(wt.Get("port").Int()) + "/wt"
	return dialWebTransport(ctx, url, hashes, limit)
}

// askTransports returns a relay's /transports.json. Of the one that the page is from
// boot.js has asked already for the first time, while the program was loading.
func askTransports(ctx context.Context, origin string) (js.Value, error) {
	asked := window.Get("transports")
	if asked.IsUndefined() || origin != Origin() {
		response, err := wait(ctx, window.Call("fetch", origin+"/transports.json", map[string]any{"cache": "no-store"}))
		if err != nil {
			return js.Undefined(), err
		}
		asked = response.Call("json")
	}
	window.Delete("transports")
	return wait(ctx, asked)
}
