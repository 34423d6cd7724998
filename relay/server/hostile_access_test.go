package server

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// claims signs what auth.Sign would not.
func (o *operator) claims(c map[string]any) string {
	o.t.Helper()
	body, err := json.Marshal(c)
	if err != nil {
		o.t.Fatal(err)
	}
	return signed(secret, `{"alg":"HS256","typ":"JWT"}`, string(body))
}

// signed is a JWT with a secret (RFC 7515 section 3.1).
func signed(secret, head, body string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(body))
	mac := hmac.New(sha256.New, []byte(secret))
	io.WriteString(mac, text)
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func soon() int64 { return time.Now().Add(time.Hour).Unix() }

// invites lets Ann make an invite by her page.
func (p *pair) invites(body string) (ann *page, bearer string, made reply) {
	p.t.Helper()
	ann = p.page()
	bearer = ann.token(honestBoard, "", p.named("Ann", auth.Owner)).want(p.t, "Ann's page", 200).Token
	return ann, bearer, ann.ask("POST", "/api/boards/"+honestBoard+"/invites", bearer, body).want(p.t, "an invite", 201)
}

// An invite opens its board as often as its owner said, and nothing else.
func TestReplayedInvites(t *testing.T) {
	each(t, map[string]func(p *pair){
		"one for one person, by ten at once": func(p *pair) {
			_, _, made := p.invites(`{"role":"editor","uses":1}`)
			pages := make([]*page, 10)
			statuses := make(chan int, len(pages))
			var wg sync.WaitGroup
			for i := range pages {
				pages[i] = p.page()
				wg.Go(func() { statuses <- pages[i].token(honestBoard, fragment(made.Link), "").status })
			}
			p.goOn("meanwhile")
			wg.Wait()
			close(statuses)
			got := map[int]int{}
			for s := range statuses {
				got[s]++
			}
			if got[200] != 1 || got[410] != len(pages)-1 {
				p.t.Errorf("ten who show it at once are answered %v", got)
			}
			p.page().token(honestBoard, fragment(made.Link), "").want(p.t, "one who comes later", 410)
		},
		"one that was revoked": func(p *pair) {
			ann, bearer, made := p.invites(`{"role":"editor"}`)
			eve := p.page()
			hers := eve.token(honestBoard, fragment(made.Link), "").want(p.t, "before", 200)
			g := p.dial(evesReplica).show(honestBoard, hers.Token)
			g.welcome()
			ann.ask("DELETE", "/api/boards/"+honestBoard+"/invites/"+made.ID, bearer, "").want(p.t, "to revoke it", 204)
			g.wantDenied("who came by it", wire.CodeTokenExpired)
			p.goOn("meanwhile")
			p.page().token(honestBoard, fragment(made.Link), "").want(p.t, "another page", 410)
			eve.token(honestBoard, fragment(made.Link), "").want(p.t, "the same page", 410)
			eve.token(honestBoard, "", "").want(p.t, "its cookie", 403)
			for way, dial := range p.everyWay() {
				dial(evesReplica).show(honestBoard, hers.Token).wantDenied("its access token over "+way, wire.CodeTokenExpired)
			}
		},
		"one that has ended": func(p *pair) {
			_, _, made := p.invites(`{"role":"viewer","expires_in":1}`)
			p.goOn("meanwhile")
			for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
				status := p.page().token(honestBoard, fragment(made.Link), "").status
				if status == http.StatusGone {
					break
				}
				if status != http.StatusOK || time.Now().After(deadline) {
					p.t.Fatalf("an invite for a second is answered %d", status)
				}
			}
			p.page().token(honestBoard, fragment(made.Link), "").want(p.t, "once more", 410)
		},
		"on other boards": func(p *pair) {
			_, _, made := p.invites(`{"role":"owner"}`)
			for _, other := range []string{"other", "Plans", "plans-", "plan", "plansplans"} {
				p.page().token(other, fragment(made.Link), "").want(p.t, other, 410)
			}
			p.goOn("meanwhile")
		},
		"changed by a letter": func(p *pair) {
			_, _, made := p.invites(`{"role":"editor"}`)
			eve, token := p.page(), fragment(made.Link)
			for i := range token {
				for _, letter := range []byte{'A', 'B', '.'} {
					if changed := []byte(token); changed[i] != letter {
						changed[i] = letter
						if a := eve.token(honestBoard, string(changed), ""); a.status != http.StatusGone {
							p.t.Errorf("letter %d as %c: %d (%s)", i, letter, a.status, a.Error)
						}
					}
				}
				if i == len(token)/2 {
					p.goOn("meanwhile")
				}
			}
			for _, changed := range []string{token + "A", token + "=", token + ".", " " + token, token[:len(token)-1], token + token, strings.Replace(token, ".", "..", 1)} {
				eve.token(honestBoard, changed, "").want(p.t, "cut or made longer", 410)
			}
		},
		"taken for something else": func(p *pair) {
			ann, access, made := p.invites(`{"role":"owner"}`)
			token := fragment(made.Link)
			operators := p.named("Ann", auth.Owner)
			cookie := ann.cookie()
			for what, shown := range map[string]string{"an invite": token, "a cookie": cookie} {
				for way, dial := range p.everyWay() {
					dial(evesReplica).show(honestBoard, shown).wantDenied(what+" in Hello over "+way, wire.CodeForbidden)
				}
				p.page().token(honestBoard, "", shown).want(p.t, what+" as an operator's token", 401)
				p.page().ask("GET", "/api/boards/"+honestBoard+"/access", shown, "").want(p.t, what+" as an access token", 401)
			}
			p.goOn("meanwhile")
			for what, shown := range map[string]string{"an access token": access, "an operator's token": operators, "a cookie": cookie} {
				p.page().token(honestBoard, shown, "").want(p.t, what+" as an invite", 410)
			}
			for what, shown := range map[string]string{"an invite": token, "an access token": access, "an operator's token": operators, "nonsense": "a.b.c"} {
				p.withCookie(shown).token(honestBoard, "", "").want(p.t, what+" as a cookie", 401)
			}
			p.page().token(honestBoard, "", access).want(p.t, "an access token for another", 401)
			for _, i := range ann.ask("GET", "/api/boards/"+honestBoard+"/access", access, "").Invites {
				if i.ID == made.ID && i.Used != 0 {
					p.t.Errorf("the invite is %+v", i)
				}
			}
		},
	})
}

// cookie is what the page keeps of its session.
func (p *page) cookie() string {
	p.t.Helper()
	u, err := url.Parse(p.base)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range p.http.Jar.Cookies(u) {
		if c.Name == cookieName {
			return c.Value
		}
	}
	return ""
}

// withCookie is a page that has a cookie from somewhere.
func (r *relay) withCookie(value string) *page {
	r.t.Helper()
	p := r.page()
	u, err := url.Parse(p.base)
	if err != nil {
		r.t.Fatal(err)
	}
	p.http.Jar.SetCookies(u, []*http.Cookie{{Name: cookieName, Value: value, Path: "/"}})
	return p
}

// Tokens of the operator's that are over, not yet good, or larger than any need be.
func TestHostileTokens(t *testing.T) {
	withPair(t, func(p *pair) {
		now := time.Now()
		everywhere := map[string]string{"*": "owner"}
		many := map[string]string{}
		for i := range auth.MaxBoards + 1 {
			many[fmt.Sprint("b", i)] = "owner"
		}
		most := map[string]string{}
		for i := range 10_000 {
			most[fmt.Sprint("b", i)] = "owner"
		}
		long := func(n int) string { // a token of n bytes or a little more
			for pad := 0; ; pad++ {
				if token := p.claims(map[string]any{"sub": "eve", "boards": everywhere, "exp": soon(), "pad": strings.Repeat("x", n*3/4-300+pad)}); len(token) >= n {
					return token
				}
			}
		}
		for _, c := range []struct {
			what  string
			token string
			want  wire.Code
			http  int
		}{
			{"over", p.claims(map[string]any{"sub": "eve", "boards": everywhere, "exp": now.Add(-time.Hour).Unix()}), wire.CodeTokenExpired, 401},
			{"not good yet", p.claims(map[string]any{"sub": "eve", "boards": everywhere, "exp": soon(), "nbf": now.Add(30 * time.Minute).Unix()}), wire.CodeTokenExpired, 401},
			{"of the future", p.claims(map[string]any{"sub": "eve", "boards": everywhere, "exp": soon(), "iat": now.Add(30 * time.Minute).Unix()}), wire.CodeTokenExpired, 401},
			{"without an end", p.claims(map[string]any{"sub": "eve", "boards": everywhere}), wire.CodeForbidden, 401},
			{"good for ever", p.claims(map[string]any{"sub": "eve", "boards": everywhere, "exp": 1e300}), wire.CodeForbidden, 401},
			{"of nobody", p.claims(map[string]any{"boards": everywhere, "exp": soon()}), wire.CodeForbidden, 401},
			{"of a long name", p.claims(map[string]any{"sub": strings.Repeat("e", auth.MaxSubject+1), "boards": everywhere, "exp": soon()}), wire.CodeForbidden, 401},
			{"with 257 boards", p.claims(map[string]any{"sub": "eve", "boards": many, "exp": soon()}), wire.CodeForbidden, 401},
			{"with 10,000 boards", p.claims(map[string]any{"sub": "eve", "boards": most, "exp": soon()}), wire.CodeBadFrame, 431}, // which is over what a request's head may be
			{"just over 8 KiB", long(wire.MaxToken + 1), wire.CodeBadFrame, 401},
			{"with boards by no name", p.claims(map[string]any{"sub": "eve", "boards": map[string]string{"../*": "owner", "": "owner", "*a": "owner"}, "exp": soon()}), wire.CodeForbidden, 401},
			{"with a role twice", signed(secret, `{"alg":"HS256"}`, fmt.Sprintf(`{"sub":"eve","exp":%d,"boards":{"*":"viewer"},"boards":{"*":"owner"}}`, soon())), wire.CodeForbidden, 401},
			{"of 1,500 brackets", signed(secret, `{"alg":"HS256"}`, fmt.Sprintf(`{"sub":"eve","exp":%d,"boards":%s}`, soon(), strings.Repeat("[", 1500))), wire.CodeForbidden, 401},
			{"with none for a signature", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"sub":"eve","exp":%d,"boards":{"*":"owner"}}`, soon())) + ".", wire.CodeForbidden, 401},
			{"of another algorithm", signed(secret, `{"alg":"HS512"}`, fmt.Sprintf(`{"sub":"eve","exp":%d,"boards":{"*":"owner"}}`, soon())), wire.CodeForbidden, 401},
		} {
			for way, dial := range p.everyWay() {
				dial(evesReplica).show(honestBoard, c.token).wantDenied("a token "+c.what+" over "+way, c.want)
			}
			for _, path := range []string{"POST /auth/token", "GET /api/boards/" + honestBoard + "/access"} {
				method, path, _ := strings.Cut(path, " ")
				if status := p.asked(bystander, method, path, c.token, `{"board":"`+honestBoard+`"}`); status != c.http {
					t.Errorf("%s with a token %s: status %d, want %d", path, c.what, status, c.http)
				}
			}
			p.goOn("meanwhile")
		}
		// One that is as long as it may be is read.
		if longest := long(wire.MaxToken - 3); len(longest) <= wire.MaxToken {
			p.dial(evesReplica).show(honestBoard, longest).welcome()
		}
	})
}

// Somebody has a copy of a cookie, and shows it when its owner has gone on. Which of
// the two is the thief the relay cannot tell: the session ends for both, with all
// that came of it.
func TestStolenCookie(t *testing.T) {
	withPair(t, func(p *pair) {
		cem := p.page()
		cem.token(honestBoard, "", p.named("Cem", auth.Editor)).want(t, "Cem's page", 200)
		stolen := cem.cookie()
		cem.token(honestBoard, "", "").want(t, "its next token", 200)
		his := cem.token(honestBoard, "", "").want(t, "the one after", 200)
		var live []*guest
		for way, dial := range p.everyWay() {
			if way == "sse" {
				continue // three are as good as four
			}
			g := dial(board.Replica(10+len(live))).show(honestBoard, his.Token)
			g.welcome()
			live = append(live, g)
		}
		p.goOn("with Cem")

		thief := p.withCookie(stolen)
		thief.token(honestBoard, "", "").want(t, "the thief", 401)
		for _, g := range live {
			g.wantDenied("a connection of Cem's", wire.CodeTokenExpired)
		}
		p.goOn("meanwhile")
		cem.token(honestBoard, "", "").want(t, "Cem, whose session it was", 401)
		thief.token(honestBoard, "", "").want(t, "the thief again", 401)
		p.dial(evesReplica).show(honestBoard, his.Token).wantDenied("the token that Cem had", wire.CodeTokenExpired)
		if log := p.audit.String(); strings.Count(log, `"event":"session_reused"`) != 1 || strings.Contains(log, stolen) {
			t.Errorf("the audit says\n%s", log)
		}
		cem.token(honestBoard, "", p.named("Cem", auth.Editor)).want(t, "Cem, who signs in again", 200)
	})
}

// Clients behind the proxy: one of the attacker's network, for each attack another,
// and one of anybody's.
func networkOf(attack int) (attacker, neighbour string) {
	return fmt.Sprintf("2001:db8:bad:%x::1", attack), fmt.Sprintf("2001:db8:bad:%x::2", attack)
}

const bystander = "203.0.113.9"

// asked sends a request as if a client's had come by the proxy, and returns the
// status.
func (p *pair) asked(from, method, path, bearer, body string) int {
	p.t.Helper()
	q, err := http.NewRequestWithContext(p.t.Context(), method, "http://"+p.addr+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("X-Forwarded-For", from)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+bearer)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	if _, err := io.Copy(io.Discard, a.Body); err != nil {
		p.t.Fatal(err)
	}
	if a.StatusCode == http.StatusTooManyRequests && a.Header.Get("Retry-After") == "" {
		p.t.Errorf("%s does not say when to come back", path)
	}
	return a.StatusCode
}

// hello makes a WebSocket as if a client's had come by the proxy, and says Hello with
// a token. It returns the status, or the code that the connection was closed with; 0
// if the relay lets it in.
func (p *pair) hello(from, token string) int {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	peer := &slowPeer{t: p.t, conn: c, in: bufio.NewReader(c)}
	defer peer.leave()
	_ = c.SetDeadline(time.Now().Add(limit))
	if status := peer.status(strings.TrimSuffix(upgrade, "\r\n") + "X-Forwarded-For: " + from + "\r\n\r\n"); status != http.StatusSwitchingProtocols {
		return status
	}
	peer.write(string(frameOf(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: honestBoard, Replica: 50, Token: token}))))
	for {
		first, body := peer.frame()
		if first == 0x88 {
			return int(body[0])<<8 | int(body[1])
		}
		for f, err := range wire.Frames(body) {
			if err == nil && f.Kind == wire.KindWelcome {
				return 0
			}
		}
	}
}

// One address tries a thousand tokens. As many are looked at as it may begin
// connections; of the others it is told 429, whatever they are. Everybody else is
// served.
func TestThousandWrongTokens(t *testing.T) {
	const tries = 1000
	body := `{"board":"` + honestBoard + `"}`
	attacks := map[string]func(p *pair){}
	for name, c := range map[string]struct {
		try         func(p *pair, from, token string) int
		wrong, good int
		apart       bool // counted apart from connections
	}{
		"POST /auth/token": {func(p *pair, from, token string) int { return p.asked(from, "POST", "/auth/token", token, body) }, 401, 200, true},
		"the API": {func(p *pair, from, token string) int {
			return p.asked(from, "GET", "/api/boards/plans/access", token, "")
		}, 401, 200, true},
		"cookies":                        {(*pair).tryCookie, 401, 200, true},
		"invites":                        {(*pair).tryInvite, 410, 410, true},
		"Hello over WebSocket":           {(*pair).hello, int(wire.CodeForbidden), 0, false},
		"Authorization of an event feed": {(*pair).tryEvents, int(wire.CodeForbidden), 0, false},
	} {
		number := len(attacks)
		attacks[name] = func(p *pair) {
			attacker, neighbour := networkOf(number)
			good := p.named("Dan", auth.Owner)
			begin := time.Now()
			got := map[int]int{}
			for i := range tries {
				wrong := signed("a guess", `{"alg":"HS256"}`, fmt.Sprintf(`{"sub":"eve","exp":%d,"boards":{"*":"owner"}}`, soon()+int64(i)))
				got[c.try(p, attacker, wrong)]++
				if i == tries/2 {
					p.goOn("meanwhile")
					if status := c.try(p, bystander, good); status != c.good {
						p.t.Errorf("another address is answered %d", status)
					}
				}
			}
			limits := Limits{}.WithDefaults()
			looked := limits.ConnectionsPerAddress + 1 + int(time.Since(begin).Seconds()*float64(limits.AddressRate))
			if n := got[c.wrong]; n == 0 || n > looked || got[429] != tries-n {
				p.t.Errorf("the answers are %v, of which no more than %d should be %d, and all else 429", got, looked, c.wrong)
			}
			// What is good then is not looked at either, from the whole network.
			full := 0
			for range 50 {
				if status := c.try(p, neighbour, good); status == 429 {
					full++
				}
			}
			if full == 0 {
				p.t.Error("the network of the attacker is answered as any other")
			}
			if c.apart {
				if code := p.hello(attacker, good); code != 0 {
					p.t.Errorf("a page of that address that has a token is told %d", code)
				}
			}
		}
	}
	each(t, attacks)
}

func (p *pair) tryInvite(from, token string) int {
	return p.asked(from, "POST", "/auth/token", "", `{"board":"`+honestBoard+`","invite":"`+token+`"}`)
}

// tryCookie shows a token of the operator's where it is good, and as a cookie where
// it is not.
func (p *pair) tryCookie(from, token string) int {
	p.t.Helper()
	if from == bystander {
		return p.asked(from, "POST", "/auth/token", token, `{"board":"`+honestBoard+`"}`)
	}
	q, err := http.NewRequestWithContext(p.t.Context(), "POST", "http://"+p.addr+"/auth/token", strings.NewReader(`{"board":"`+honestBoard+`"}`))
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("X-Forwarded-For", from)
	q.AddCookie(&http.Cookie{Name: cookieName, Value: token})
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	_, err = io.Copy(io.Discard, a.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return a.StatusCode
}

// tryEvents reads a board by GET /sse, and returns what hello does.
func (p *pair) tryEvents(from, token string) int {
	p.t.Helper()
	q, err := http.NewRequestWithContext(p.t.Context(), "GET", "http://"+p.addr+"/sse?board="+honestBoard, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("X-Forwarded-For", from)
	q.Header.Set("Authorization", "Bearer "+token)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return a.StatusCode
	}
	for lines := bufio.NewScanner(a.Body); lines.Scan(); {
		if bytes.Contains(lines.Bytes(), []byte(`"welcome"`)) {
			return 0
		}
		if _, denied, ok := strings.Cut(lines.Text(), `"denied":{"code":`); ok {
			var code int
			if _, err := fmt.Sscanf(denied, "%d", &code); err != nil {
				p.t.Fatal(err)
			}
			return code
		}
	}
	return -1
}

// Names of boards, invites and people in the paths of the API lead to nothing but
// what is called so, write no line of the log, and none comes to another's.
func TestHostileNamesInPaths(t *testing.T) {
	withPair(t, func(p *pair) {
		root := p.page()
		bearer := p.named("Ann", auth.Owner)
		ben := p.page()
		ben.token(honestBoard, fragment(root.ask("POST", "/api/boards/"+honestBoard+"/invites", bearer, `{"role":"viewer"}`).Link), "").want(t, "an invite", 201-1)
		before := root.ask("GET", "/api/boards/"+honestBoard+"/access", bearer, "").want(t, "who is there", 200)
		folder := filepath.Dir(t.TempDir())
		was := files(t, folder)
		for _, name := range []string{
			"..", "../..", "%2e%2e", "%2e%2e%2f", "..%2f..%2f" + honestBoard, "%252e%252e", "..%5c", "%00", honestBoard + "%00", "a%0d%0alevel=ERROR", "%1b%5b31m", "%c0%ae", "%ff",
			"%e2%80%ae", "a%2fb", "_own", "*", "%25", "a%20b", "a;b", strings.Repeat("a", 10<<10), strings.Repeat("%2e", 3<<10),
		} {
			for _, q := range []struct{ method, path, body string }{
				{"GET", "/api/boards/" + name + "/access", ""},
				{"POST", "/api/boards/" + name + "/invites", `{"role":"viewer"}`},
				{"DELETE", "/api/boards/" + honestBoard + "/invites/" + name, ""},
				{"DELETE", "/api/boards/" + name + "/invites/" + before.Invites[0].ID, ""},
				{"DELETE", "/api/boards/" + honestBoard + "/people/" + name, ""},
				{"DELETE", "/api/boards/" + name + "/people/" + before.People[0].Subject, ""},
				{"PUT", "/api/boards/" + name + "/people/eve", `{"role":"owner"}`},
			} {
				status, text := p.raw(fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					q.method, q.path, p.addr, bearer, len(q.body), q.body))
				switch status {
				case 301, 307, 308: // to the address without dots, by the same method
				case 400, 403, 404, 405:
				default:
					t.Errorf("%s %.80s: status %d, %.200q", q.method, q.path, status, text)
				}
			}
			// Whom an owner names need not be there yet, and has any name that is text.
			status, text := p.raw(fmt.Sprintf("PUT /api/boards/%s/people/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAuthorization: Bearer %s\r\nContent-Length: 17\r\n\r\n%s",
				honestBoard, name, p.addr, bearer, `{"role":"viewer"}`))
			var who person
			want, err := url.PathUnescape(name)
			if status == http.StatusOK && (json.Unmarshal([]byte(text), &who) != nil || err != nil || who.Subject != want || len(want) > auth.MaxSubject || strings.ContainsFunc(want, isControl)) {
				t.Errorf("who is called %.80q is taken as %.80q", name, who.Subject)
			}
			if status >= 500 || status == 0 {
				t.Errorf("PUT of %.80s: status %d, %.200q", name, status, text)
			}
			p.goOn("meanwhile")
		}
		for _, subject := range []string{"a/b", "../x", "%2f", "<script>"} { // by name, as a client would
			path := "/api/boards/" + honestBoard + "/people/" + url.PathEscape(subject)
			if a := root.ask("PUT", path, bearer, `{"role":"viewer"}`).want(t, subject, 200); len(a.People) > 0 {
				t.Errorf("%q is answered %+v", subject, a)
			}
			root.ask("DELETE", path, bearer, "").want(t, "to remove "+subject, 204)
		}
		after := root.ask("GET", "/api/boards/"+honestBoard+"/access", bearer, "").want(t, "who is there", 200)
		if len(after.Invites) != 1 || after.Invites[0].ID != before.Invites[0].ID {
			t.Errorf("the invites are %+v", after.Invites)
		}
		names := map[string]bool{}
		for _, someone := range after.People {
			names[someone.Subject] = true
		}
		if !names[before.People[0].Subject] || names["eve"] {
			t.Errorf("the people are %+v", after.People)
		}
		if now := files(t, folder); now != was {
			t.Errorf("the files were\n%s and are\n%s", was, now)
		}
		wholeLog(t, p.log.String())
		for line := range strings.Lines(p.audit.String()) {
			if err := json.Unmarshal([]byte(line), &struct{}{}); err != nil {
				t.Errorf("the audit has the line %q: %v", line, errors.Unwrap(err))
			}
		}
	})
}
