//go:build e2e

package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
)

// closed is a relay into which nobody comes without a token or an invite.
type closed struct {
	*relay
	key []byte
}

func startClosed(t *testing.T, flags ...string) *closed {
	t.Helper()
	key := []byte(strings.Repeat("a key of the operator ", 2))
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, key, 0o600); err != nil {
		t.Fatal(err)
	}
	return &closed{startRelay(t, append([]string{"-token-keys", file}, flags...)...), key}
}

// token signs one of the operator's. The role is on the board given; "" is none.
func (c *closed) token(subject, name, board, role string) string {
	boards := map[string]string{}
	if role != "" {
		boards[board] = role
	}
	return c.sign(map[string]any{"sub": subject, "name": name, "boards": boards})
}

// sign makes a token of claims, good for an hour.
func (c *closed) sign(say map[string]any) string {
	say["exp"] = time.Now().Add(time.Hour).Unix()
	claims, err := json.Marshal(say)
	if err != nil {
		c.t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(claims)
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

// person opens a board with a token.
func (c *closed) person(w window, subject, name, board, role string) *page {
	c.t.Helper()
	return open(c.t, c.url("/b/"+board)+"#token="+c.token(subject, name, board, role), w)
}

// choose picks a value of a select element, as a person does: once it is there.
func (p *page) choose(selector, value string) {
	p.t.Helper()
	p.waitFor(selector+" is there", fmt.Sprintf(`document.querySelector(%q)`, selector))
	eval[bool](p, fmt.Sprintf(`(e => (e.value = %q, e.dispatchEvent(new Event("change", {bubbles: true}))))(document.querySelector(%q))`, value, selector))
}

// reload loads the page again, and waits for it.
func (p *page) reload() {
	p.t.Helper()
	eval[bool](p, "(window.before = true, location.reload(), true)")
	p.waitFor("it is another page", "!window.before")
	p.waitLive()
}

// share opens the dialog in which the board is shared.
func (p *page) share() {
	p.t.Helper()
	p.click("#share")
	p.waitFor("the dialog is open", `document.getElementById("share-dialog").open`)
}

// invite makes an invite in the dialog, and returns its link.
func (p *page) invite(role string) string {
	p.t.Helper()
	before := eval[int](p, `document.querySelectorAll("#invites li").length`)
	p.choose("#invite-role", role)
	p.click("#invite-create")
	p.waitFor("the new invite is listed", fmt.Sprintf(`document.querySelectorAll("#invites li").length === %d`, before+1))
	return eval[string](p, `document.getElementById("invite-link").value`)
}

// denied waits until a page says that this person may not come in.
func (p *page) denied(title string) {
	p.t.Helper()
	p.waitFor("the page says: "+title, fmt.Sprintf(`document.getElementById("denied").open && document.getElementById("denied-title").textContent === %q`, title))
	if eval[string](p, `getComputedStyle(document.querySelector("canvas")).visibility`) != "hidden" {
		p.t.Error("the board is seen behind")
	}
	p.waitFor("the page has let go of the relay", `edgeboard.state().phase !== "live"`)
}

const (
	viewOnly = `document.documentElement.dataset.access === "view"`
	maySee   = `[...document.querySelectorAll("[data-tool], [data-color], [data-width]")].some(e => e.checkVisibility())`
)

// A viewer sees what an editor draws, under the name that the relay knows, and can
// change nothing: neither the board nor the name, and not by any key.
func TestViewer(t *testing.T) {
	c := startClosed(t)
	ann := c.person(desktop, "ann", "Ann Lee", "plan", "editor")
	vic := c.person(desktop, "vic", "Vic", "plan", "viewer")
	if at := eval[string](vic, "location.href"); at != c.url("/b/plan") {
		t.Errorf("the token is left in the address: %s", at)
	}
	vic.waitFor("the page is for looking", viewOnly)
	strokes := quickStrokes(3)
	ann.draw(strokes[0])
	ann.draw(strokes[1])
	ann.stored()
	same(ann, vic)
	if eval[bool](vic, maySee) {
		t.Error("a viewer sees tools")
	}
	vic.waitFor("the page says why", `(e => e.checkVisibility() && e.textContent.includes("View only") && e.title !== "")(document.getElementById("view-only"))`)

	for _, k := range []string{"p", "z"} {
		vic.key(k, map[string]int64{"z": 2}[k])
	}
	vic.draw(strokes[2])
	vic.waitFor("the board follows the pen instead", `edgeboard.state().x !== 0`)
	if n := vic.elements(); n != 2 {
		t.Errorf("%d elements, Ann drew 2", n)
	}
	vic.click("#me")
	vic.waitFor("he may choose his colour", seen("#name-colors"))
	if eval[bool](vic, seen("#name-input")) {
		t.Error("a name that the relay decides may be changed")
	}
	vic.key("Escape")
	vic.waitFor("the name is the relay's", `document.getElementById("me-name").textContent === "Vic"`)
	ann.waitFor("Vic is here, and points nowhere", `[...document.querySelectorAll("#people > li")].some(e => e.title === "Vic") && document.querySelectorAll("#cursors > *").length === 0`)
	ann.mouse(input.DispatchMouseEventTypeMouseMoved, 300, 300, nil)
	vic.waitFor("Ann points", `document.querySelector("#cursors > *")?.innerText === "Ann Lee"`)

	vic.share()
	vic.waitFor("a viewer is told who may invite", `document.getElementById("share-who").textContent.startsWith("Only owners can invite") && !document.getElementById("share-owner").checkVisibility()`)
}

// An owner makes an invite, a guest comes by it, has the role changed while connected,
// and is out when the invite is revoked.
func TestInvite(t *testing.T) {
	c := startClosed(t)
	ann := c.person(desktop, "ann", "Ann Lee", "plan", "owner")
	ann.share()
	link := ann.invite("editor")
	if !strings.HasPrefix(link, c.url("/b/plan#invite=")) {
		t.Fatalf("the link is %.60q", link)
	}

	guest := open(t, link+"&keep=this", desktop)
	if at := eval[string](guest, "location.href"); at != c.url("/b/plan#keep=this") {
		t.Errorf("the guest's address is %s", at)
	}
	rename(guest, "Gus")
	strokes := quickStrokes(4)
	guest.draw(strokes[0])
	guest.stored()
	same(ann, guest)
	eval[bool](guest, `(window.before = true)`) // until the page is loaded again

	ann.key("Escape")
	ann.waitFor("Escape closes the dialog, and the focus is back", `!document.getElementById("share-dialog").open && document.activeElement.id === "share"`)
	ann.share()
	ann.waitFor("the guest is listed", `document.querySelectorAll('#access [data-key^="role guest-"]').length === 1`)
	ann.waitFor("the use is counted", `document.querySelector("#invites li").innerText.includes("used once")`)
	ann.choose(`[data-key^="role guest-"]`, "viewer")
	guest.waitFor("the guest may only look now", viewOnly+` && edgeboard.state().phase === "live"`)
	guest.draw(strokes[1])
	if n := guest.elements(); n != 1 {
		t.Errorf("%d elements, one was drawn before", n)
	}
	ann.choose(`[data-key^="role guest-"]`, "editor")
	guest.waitFor("the guest may draw again", "!("+viewOnly+`) && edgeboard.state().phase === "live"`)
	eval[bool](guest, `(document.querySelector("[data-zoom=reset]").click(), true)`)
	guest.draw(strokes[2])
	guest.stored()
	same(ann, guest)
	if n := ann.elements(); n != 2 {
		t.Errorf("%d elements, two were drawn by who might", n)
	}
	if !eval[bool](guest, "window.before") {
		t.Error("the page was loaded again")
	}

	// The same guest after a reload, without the invite in the address.
	guest.reload()
	same(ann, guest)

	ann.click(`[data-key^="person guest-"]`)
	guest.denied("You have no access to this board")

	link = ann.invite("viewer")
	second := open(t, link, desktop)
	second.waitFor("who comes by the second invite may only look", viewOnly)
	revoked := time.Now()
	ann.click("#invites li:first-child button") // the newest
	second.denied("You have no access to this board")
	t.Logf("out %v after the invite was revoked", time.Since(revoked).Round(10*time.Millisecond))
	third := openUnready(t, link, desktop)
	third.denied("This invite is no longer valid")
}

// Who signs out is out, also of what is open, and is told how to come in again.
func TestSignOut(t *testing.T) {
	c := startClosed(t)
	ann := c.person(desktop, "ann", "Ann Lee", "plan", "editor")
	ann.reload() // by the cookie
	ann.draw(handStrokes(1)[0])
	ann.stored()
	ann.kept()
	secret := eval[string](ann, `localStorage.getItem("edgeboard.secret") ?? ""`)
	if secret == "" {
		t.Error("the device has no secret")
	}
	ann.share()
	ann.click("#sign-out")
	ann.denied("You need an invite to open this board")
	// Who comes next at this device finds nothing of the board.
	ann.waitFor("what was kept is gone", fmt.Sprintf(`(indexedDB.databases().then(async (list) => {
		if (!list.some(({ name }) => name === "edgeboard")) return (window.left = 0);
		const open = indexedDB.open("edgeboard");
		open.onsuccess = () => {
			const count = open.result.transaction("records").objectStore("records").count();
			count.onsuccess = () => { window.left = count.result; open.result.close(); };
		};
	}), window.left === 0 && Object.keys(localStorage).every((name) => !/^edgeboard\.(look|seen)\./.test(name)) && localStorage.getItem("edgeboard.secret") !== %q)`, secret))
}

// Names are texts, wherever they are shown.
func TestScriptInName(t *testing.T) {
	c := startClosed(t)
	const name = `<img src=x onerror="document.title='run'"></script><script>document.title='run'</script>`
	ann := c.person(desktop, "ann", name, "plan", "owner")
	ann.share()
	link := ann.invite("editor")
	// Known by a token that is for another board, and here by the invite.
	eve := open(t, link+"&token="+c.token("eve", name, "elsewhere", "editor"), desktop)
	eve.mouse(input.DispatchMouseEventTypeMouseMoved, 300, 250, nil)
	shown := fmt.Sprintf("%q", name)
	eve.waitFor("the own name is shown", `document.getElementById("me-name").textContent === `+shown)
	ann.key("Escape")
	ann.share()
	ann.waitFor("the list has it", `[...document.querySelectorAll("#access li p")].some(p => p.textContent === `+shown+`)`)
	ann.waitFor("the chip has it", `[...document.querySelectorAll("#people li")].some(e => e.title === `+shown+`)`)
	ann.waitFor("the cursor has it", `document.querySelector("#cursors > * span")?.textContent === `+shown)
	for _, p := range []*page{ann, eve} {
		if eval[string](p, "document.title") != "Edgeboard" || eval[int](p, `document.querySelectorAll("body img:not(#templates img), body script").length`) != 0 {
			t.Error("a name was taken for HTML")
		}
	}
}

// door stands before a relay that lets everybody in, and answers itself who may.
type door struct {
	mu     sync.Mutex
	status int
	answer string
	asked  []string // bodies, and what stood in Authorization
}

func (d *door) set(status int, answer string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status, d.answer = status, answer
}

func (d *door) calls() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.asked...)
}

var ownName = regexp.MustCompile(`,"name":"[^"]+"`)

func (d *door) before(t *testing.T, r *relay) (at string) {
	mux := http.NewServeMux()
	mux.Handle("/", passOn(t, r))
	mux.HandleFunc("POST /auth/token", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		// What the person is called on this device goes along once there is a name.
		asked := ownName.ReplaceAllString(string(body), "")
		d.asked = append(d.asked, strings.TrimSpace(asked+" "+r.Header.Get("Authorization")))
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(d.status)
		io.WriteString(w, d.answer)
	})
	return serve(t, mux)
}

// Each answer to who may not come in is told in words, with what to do about it, and
// is asked for once.
func TestDenied(t *testing.T) {
	r := startRelay(t)
	const signIn = `{"error":"no","sign_in":"/healthz?board=plan"}`
	for _, test := range []struct {
		name     string
		status   int
		answer   string
		language string
		title    string
		button   string // to sign in; "": none
	}{
		{"nobody is known", 401, `{"error":"no"}`, "", "You need an invite to open this board", ""},
		{"nobody is signed in", 401, signIn, "", "Sign in to open this board", "Sign in"},
		{"another's board", 403, signIn, "", "You have no access to this board", "Use another account"},
		{"an invite that is over", 410, `{"error":"no"}`, "", "This invite is no longer valid", ""},
		{"an answer that is none", 401, `<html>`, "zh-CN", "需要邀请才能打开此白板", ""},
		{"a place to sign in elsewhere", 401, `{"error":"no","sign_in":"javascript:alert(1)"}`, "", "You need an invite to open this board", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := &door{status: test.status, answer: test.answer}
			w := desktop
			w.language = test.language
			p := openUnready(t, d.before(t, r)+"/b/plan#invite=an.invite", w)
			p.denied(test.title)
			button := eval[string](p, `(e => e.checkVisibility() ? e.textContent : "")(document.getElementById("denied-sign-in"))`)
			if button != test.button {
				t.Errorf("the button to sign in is %q, want %q", button, test.button)
			}
			p.key("Escape")
			p.key("Escape")
			p.waitFor("Escape leaves the dialog open", `document.getElementById("denied").open`)
			time.Sleep(time.Second) // a span in which a page that came back would ask again
			if calls := d.calls(); len(calls) != 1 || calls[0] != `{"board":"plan","invite":"an.invite"}` {
				t.Errorf("the relay was asked %q, want once", calls)
			}
			if button != "" {
				p.click("#denied-sign-in")
				p.waitFor("the button leads there", `location.pathname === "/healthz"`)
				return
			}
			d.set(200, `{"open":true}`)
			p.click("#denied-again")
			p.waitLive()
			if calls := d.calls(); len(calls) != 2 || calls[1] != `{"board":"plan"}` {
				t.Errorf("the relay was asked %q, want a second time, without the invite", calls)
			}
		})
	}
}

// What goes wrong on the way is no refusal: the page asks again, and shows once more
// what it has not been answered for.
func TestTokenIsAskedForAgain(t *testing.T) {
	r := startRelay(t)
	d := &door{status: 503, answer: `{"error":"busy"}`}
	p := openUnready(t, d.before(t, r)+"/b/plan#token=a.b.c", desktop)
	until(t, "the page asks again", func() bool { return len(d.calls()) > 2 })
	if eval[bool](p, `document.getElementById("denied").open`) {
		t.Error("a relay that is busy was taken for a refusal")
	}
	d.set(200, `{"token":"for.hello","expires_in":600,"role":"editor"}`)
	p.waitLive()
	n := len(d.calls())
	for _, c := range d.calls() {
		if c != `{"board":"plan"} Bearer a.b.c` {
			t.Errorf("the relay was asked %q", c)
		}
	}
	time.Sleep(time.Second)
	if len(d.calls()) != n {
		t.Error("a token of ten minutes is asked for again within a second")
	}
}

// A relay from before there were tokens is open.
func TestRelayWithoutTokens(t *testing.T) {
	r := startRelay(t)
	d := &door{status: 404, answer: "not found"}
	p := open(t, d.before(t, r)+"/b/plan", desktop)
	p.draw(quickStrokes(1)[0])
	p.stored()
	p.share()
	p.waitFor("the dialog says who may edit", `document.getElementById("share-who").textContent === "Anyone with this link can edit."`)
	if n := len(d.calls()); n != 1 {
		t.Errorf("the relay was asked %d times", n)
	}
}
