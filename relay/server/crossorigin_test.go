package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const intranet = "https://intranet.example"

// request asks a relay whose pages at another origin are let in, with headers
// given as name, value…
func request(t *testing.T, method, path string, headers ...string) *http.Response {
	t.Helper()
	h, _ := serverWith(t, func(s *Server) { s.origins = originsOf(t, intranet) })
	r := httptest.NewRequest(method, path, http.NoBody)
	r.Host = "board.example"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// A page of another origin has the browser do nothing here, whatever the address,
// also where the browser alone knows that it is another one.
func TestForgedRequestsAreRefused(t *testing.T) {
	for _, path := range []string{"/sse/none?n=1", "/auth/token", "/api/v1/feeds/oven?board=plans", "/auth/signout", "/api/boards/plans/invites", connectMethod, "/b/plans", "/"} {
		for _, c := range []struct {
			why     string
			headers []string
			refused bool
		}{
			{"no page", nil, false},
			{"its own", []string{"Origin", "https://board.example", "Sec-Fetch-Site", "same-origin"}, false},
			{"its own, of a browser that says less", []string{"Origin", "https://board.example"}, false},
			{"listed", []string{"Origin", intranet, "Sec-Fetch-Site", "cross-site"}, false},
			{"foreign", []string{"Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"}, true},
			{"foreign, of a browser that says less", []string{"Origin", "https://elsewhere.example"}, true},
			{"foreign, without its origin", []string{"Sec-Fetch-Site", "cross-site"}, true},
			{"another name of the same site", []string{"Origin", "https://a.board.example", "Sec-Fetch-Site", "same-site"}, true},
			{"its own name without TLS", []string{"Origin", "http://board.example", "Sec-Fetch-Site", "cross-site"}, true},
			{"null", []string{"Origin", "null"}, true},
			{"a listed one and a foreign one", []string{"Origin", intranet, "Origin", "https://elsewhere.example"}, true},
		} {
			for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "BREW"} {
				resp := request(t, method, path, c.headers...)
				if refused := resp.StatusCode == http.StatusForbidden; refused != c.refused {
					t.Errorf("%s %s, %s: status %d", method, path, c.why, resp.StatusCode)
				}
			}
		}
	}
	// Those of relays that come and go are let in as long as they are there.
	var peers []string
	h, _ := serverWith(t, func(s *Server) { s.origins = originsOf(t, intranet).With(func() []string { return peers }) })
	post := func() int {
		r := httptest.NewRequest("POST", "/sse/none?n=1", http.NoBody)
		r.Header.Set("Origin", "https://peer.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for _, there := range []bool{false, true, false} {
		if peers = nil; there {
			peers = []string{"https://peer.example"}
		}
		if code := post(); (code != http.StatusForbidden) != there {
			t.Errorf("a page of another relay that is there, %v: status %d", there, code)
		}
		if got := directives(t, ask(h.ServeHTTP, "GET", "/b/plans"))["connect-src"]; strings.Contains(got, " wss://peer.example") != there {
			t.Errorf("the page may connect to %q while the other relay is there, %v", got, there)
		}
	}

	resp := request(t, "POST", "/auth/token", "Origin", "https://elsewhere.example")
	var said struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal([]byte(body(t, resp)), &said); err != nil || !strings.Contains(said.Error, "another origin") {
		t.Errorf("the API says %+v, %v", said, err)
	}
	wantHeader(t, resp, "Content-Type", "application/json")
}

// Whoever follows a link from another site comes in: that changes nothing.
func TestLinksFromOtherSites(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		wantStatus(t, request(t, method, "/b/plans", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"), http.StatusOK)
	}
}

// Pages of listed origins read what is for them, others nothing; credentials are
// for nobody.
func TestWhoMayRead(t *testing.T) {
	for _, c := range []struct {
		path   string
		shared bool
	}{
		{"/sse?last=none.1", true}, {"/transports.json", true}, {"/auth/signin", true}, {"/api/boards/plans/access", true}, {"/sse/none", true},
		{"/b/plans", false}, {"/assets/edgeboard.wasm", false}, {"/healthz", false}, {"/", false}, {"/authentic", false}, {"/sse/a/b", false},
	} {
		for origin, listed := range map[string]bool{intranet: true, "https://board.example": false, "https://elsewhere.example": false, "null": false, "": false} {
			headers := []string{"Origin", origin}
			if origin == "" {
				headers = nil
			}
			resp := request(t, "GET", c.path, headers...)
			want := ""
			if listed && c.shared {
				want = origin
			}
			wantHeader(t, resp, "Access-Control-Allow-Origin", want)
			if alone := resp.Header.Get("Cross-Origin-Resource-Policy") == "same-origin"; alone == (want != "") {
				t.Errorf("%s to a page of %q: for the same origin alone is %v", c.path, origin, alone)
			}
			if vary := strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Origin"); vary != c.shared {
				t.Errorf("%s to a page of %q: Vary is %q", c.path, origin, resp.Header.Values("Vary"))
			}
			wantNoCredentials(t, resp)
		}
	}
}

func wantNoCredentials(t *testing.T, resp *http.Response) {
	t.Helper()
	for name := range resp.Header {
		if strings.HasPrefix(name, "Access-Control-") && name != "Access-Control-Allow-Origin" {
			t.Errorf("the answer has %s: %s", name, resp.Header.Get(name))
		}
	}
}

// A browser asks before it sends what a form could not.
func TestPreflight(t *testing.T) {
	for path, methods := range map[string]string{
		"/sse": "GET, HEAD", "/sse/none": "POST, DELETE", "/transports.json": "GET, HEAD",
		"/auth/token": "GET, POST", "/api/boards/plans/people/ann": "GET, POST, PUT, DELETE",
	} {
		resp := request(t, "OPTIONS", path, "Origin", intranet, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type")
		wantStatus(t, resp, http.StatusNoContent)
		wantHeader(t, resp, "Access-Control-Allow-Origin", intranet)
		wantHeader(t, resp, "Access-Control-Allow-Methods", methods)
		wantHeader(t, resp, "Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
		wantHeader(t, resp, "Access-Control-Max-Age", "600")
		wantHeader(t, resp, "Access-Control-Allow-Credentials", "")
		wantHeader(t, resp, "Vary", "Origin")

		for _, origin := range []string{"https://elsewhere.example", "https://board.example", "null"} {
			resp := request(t, "OPTIONS", path, "Origin", origin, "Access-Control-Request-Method", "POST")
			wantStatus(t, resp, http.StatusMethodNotAllowed)
			wantHeader(t, resp, "Access-Control-Allow-Origin", "")
			wantNoCredentials(t, resp)
		}
		wantStatus(t, request(t, "OPTIONS", path, "Origin", intranet), http.StatusMethodNotAllowed)
	}
	resp := request(t, "OPTIONS", "/b/plans", "Origin", intranet, "Access-Control-Request-Method", "POST")
	wantStatus(t, resp, http.StatusMethodNotAllowed)
	wantHeader(t, resp, "Access-Control-Allow-Origin", "")
}
