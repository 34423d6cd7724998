//go:build e2e

package e2e

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// pushService is one to which a relay pushes, and the device that it is for.
type pushService struct {
	at    string // its address
	key   *ecdh.PrivateKey
	auth  []byte
	plain chan []byte // what was pushed
}

func newPushService(t *testing.T) *pushService {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &pushService{key: key, auth: make([]byte, 16), plain: make(chan []byte, 16)}
	rand.Read(s.auth)
	s.at = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Method != "POST" || r.URL.Path != "/device" || r.Header.Get("Content-Encoding") != "aes128gcm" || r.Header.Get("TTL") == "" || !strings.HasPrefix(r.Header.Get("Authorization"), "vapid t=") {
			t.Errorf("pushed is %s %s with %v", r.Method, r.URL, r.Header)
		}
		plain, err := s.open(body)
		if err != nil {
			t.Errorf("what was pushed cannot be read: %v", err)
		}
		w.WriteHeader(http.StatusCreated)
		s.plain <- plain
	}))
	return s
}

// open decrypts what was pushed (RFC 8291, RFC 8188), which is one record.
func (s *pushService) open(body []byte) ([]byte, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return nil, errors.New("there is no header")
	}
	salt, size, keyID := body[:16], binary.BigEndian.Uint32(body[16:]), body[21:21+int(body[20])]
	record := body[21+len(keyID):]
	if int(size) < len(record) {
		return nil, fmt.Errorf("there is more than one record of %d bytes", size)
	}
	sender, err := ecdh.P256().NewPublicKey(keyID)
	if err != nil {
		return nil, err
	}
	secret, err := s.key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, err2 := hkdf.Key(sha256.New, secret, salt, info, n)
		err = errors.Join(err, err2)
		return key
	}
	ikm := derive(secret, s.auth, "WebPush: info\x00"+string(s.key.PublicKey().Bytes())+string(keyID), 32)
	key := derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce := derive(ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	sealed, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	padded, err := sealed.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, err
	}
	plain, ok := strings.CutSuffix(strings.TrimRight(string(padded), "\x00"), "\x02")
	if !ok {
		return nil, errors.New("it does not end")
	}
	return []byte(plain), nil
}

// fake has a page subscribe there, in the place of the push service of the browser,
// which tests cannot reach.
func (s *pushService) fake(p *page) {
	p.t.Helper()
	encode := base64.StdEncoding.EncodeToString
	eval[any](p, fmt.Sprintf(`(() => {
		const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
		const keys = { p256dh: bytes(%q), auth: bytes(%q) };
		PushManager.prototype.getSubscription = async () => window.subscription ?? null;
		PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => window.subscription = userVisibleOnly && {
			endpoint: %q, options: { applicationServerKey: applicationServerKey.slice().buffer },
			getKey: (name) => keys[name], unsubscribe: async () => { window.subscription = null; return true; },
		};
	})()`, encode(s.key.PublicKey().Bytes()), encode(s.auth), s.at+"/device"))
}

// notifications lets pages of a relay show notifications.
func (d *device) notifications(p *page, r *relay) {
	d.t.Helper()
	call(p, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: r.url(""),
	})
}

// worked waits until the worker keeps the page, and returns its registration.
func (p *page) worked() (id serviceworker.RegistrationID) {
	p.t.Helper()
	p.waitFor("the page is kept", `(navigator.serviceWorker.getRegistration().then((r) => { window.worker = r?.active?.state; }), window.worker === "activated")`)
	scope := eval[string](p, `location.origin + "/"`)
	p.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		events := cdp.Events(ctx, target, serviceworker.WorkerRegistrationUpdated)
		if _, err := cdp.Call(ctx, target, serviceworker.Enable, cdp.Empty{}); err != nil {
			return err
		}
		for e, err := range events {
			if err != nil {
				return err
			}
			for _, r := range e.Registrations {
				if r.ScopeURL == scope {
					id = r.RegistrationID
					return nil
				}
			}
		}
		return errors.New("no worker is registered")
	}))
	return id
}

// shownNotice is a notification as it is shown.
type shownNotice struct{ Title, Body, Tag, Lang, URL string }

// deliver has the browser give something to the worker that was pushed, and waits until
// that alone is shown.
func (p *page) deliver(id serviceworker.RegistrationID, data string, want shownNotice) {
	p.t.Helper()
	call(p, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{
		Origin: eval[string](p, "location.origin"), RegistrationID: id, Data: data,
	})
	p.t.Log(data)
	expected, err := json.Marshal([]shownNotice{want})
	if err != nil {
		p.t.Fatal(err)
	}
	p.waitFor(fmt.Sprintf("%q is shown as %s", data, expected), fmt.Sprintf(`(navigator.serviceWorker.getRegistration().then((r) => r.getNotifications()).then((list) => {
		window.notices = JSON.stringify(list.map((n) => ({ Title: n.title, Body: n.body, Tag: n.tag, Lang: n.lang, URL: n.data.url })));
	}), window.notices === %q)`, expected))
}

// inWorker runs a script in the worker of the pages of a browser.
func (d *device) inWorker(script string) {
	d.t.Helper()
	targets, err := chromedp.Targets(d.ctx)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, x := range targets {
		if x.Type != "service_worker" {
			continue
		}
		ctx, cancel := chromedp.NewContext(d.ctx, chromedp.WithTargetID(x.TargetID))
		defer cancel()
		w := &page{t: d.t, ctx: ctx}
		eval[any](w, script)
		return
	}
	d.t.Fatalf("no worker runs: %+v", targets)
}

// choose clicks on the notification that is shown. What a browser lets a click alone do
// is noted in the place of it.
const chooseNotice = `(async () => {
	ExtendableEvent.prototype.waitUntil = function (promise) { self.chosen = promise; };
	clients.openWindow = Clients.prototype.openWindow = async (url) => { self.openedURL = url; };
	WindowClient.prototype.focus = async function () { self.focusedURL = this.url; };
	const [notification] = await registration.getNotifications();
	dispatchEvent(new NotificationEvent("notificationclick", { notification }));
	await self.chosen;
	for (const page of await clients.matchAll({ includeUncontrolled: true })) page.postMessage({ opened: self.openedURL ?? "", focused: self.focusedURL ?? "" });
})()`

// What is pushed is shown, whatever it is, in the language that it is for; and a click
// leads to a board of this relay alone.
func TestPushedIsShown(t *testing.T) {
	r := startRelay(t)
	laptop := newDevice(t)
	p := laptop.open(r.url("/b/shown"))
	laptop.notifications(p, r)
	id := p.worked()
	said := func(more string) string {
		return `{"seq":7,"what":1,"time":1700000000000,"board":"plans","name":"Zoë","title":"","text":"see","language":"en","unread":3,"url":"/b/plans#inbox=7"` + more + `}`
	}
	want := shownNotice{"Zoë mentioned you", "see", "inbox 7", "en", "/b/plans#inbox=7"}
	p.deliver(id, said(""), want)
	// One of the same entry takes its place.
	p.deliver(id, said(`,"language":"zh-Hans"`), shownNotice{"Zoë 提到了你", "see", "inbox 7", "zh-CN", "/b/plans#inbox=7"})
	clear := func() {
		eval[any](p, `(navigator.serviceWorker.getRegistration().then((r) => r.getNotifications()).then((list) => list.forEach((n) => n.close())), undefined)`)
		p.waitFor("none is shown", `(navigator.serviceWorker.getRegistration().then((r) => r.getNotifications()).then((list) => { window.notices = list.length; }), window.notices === 0)`)
	}
	for data, want := range map[string]shownNotice{
		"":            {"There is something new in your inbox", "", "", "en", ""},
		"not JSON":    {"There is something new in your inbox", "", "", "en", ""},
		"null":        {"There is something new in your inbox", "", "", "en", ""},
		`"a text"`:    {"There is something new in your inbox", "", "", "en", ""},
		`{"what":99}`: {"There is something new in your inbox", "", "", "en", ""},
		`{"what":"__proto__","name":{},"text":7,"seq":"7","unread":-1,"time":"now","url":[]}`:          {"There is something new in your inbox", "", "", "en", ""},
		`{"what":5,"seq":8,"title":"Too hot","text":"96 °C","url":"https://evil.example/b/x#inbox=8"}`: {"Too hot", "96 °C", "inbox 8", "en", ""},
		`{"what":6,"seq":9,"title":"Kept","url":"/auth/signout"}`:                                      {"Kept", "", "inbox 9", "en", ""},
		`{"what":4,"seq":10,"board":"x","url":"/b/x#token=1"}`:                                         {"You are invited to x", "", "inbox 10", "en", "/b/x"},
		`{"what":2,"seq":11,"text":"hi","url":"javascript:alert(1)"}`:                                  {"Somebody wrote to you", "hi", "inbox 11", "en", ""},
	} {
		clear()
		p.deliver(id, data, want)
	}

	clear()
	p.deliver(id, said(""), want)
	eval[any](p, `navigator.serviceWorker.addEventListener("message", (e) => { if ("opened" in e.data) window.chosen = e.data; })`)
	laptop.inWorker(chooseNotice)
	p.waitFor("a board that is not open is opened", `window.chosen?.opened === "/b/plans#inbox=7" && window.chosen.focused === ""`)
	clear()
	want.URL = "/b/shown#inbox"
	p.deliver(id, said(`,"url":"/b/shown#inbox"`), want)
	laptop.inWorker(`delete self.openedURL, ` + chooseNotice)
	p.waitFor("the window that is there is shown, and opens the inbox", `window.chosen?.focused.includes("/b/shown") && window.chosen.opened === "" && !document.getElementById("inbox").hidden`)
}

// Who wants it is told while no board is open, by what the relay really pushes.
func TestPush(t *testing.T) {
	service := newPushService(t)
	r := startRelay(t, "-push-hosts", service.at)
	ben := open(t, r.url("/b/push"), window{width: 640, height: 480, scale: 1})
	rename(ben, "Ben")
	laptop := newDevice(t)
	ann := laptop.open(r.url("/b/push"))
	rename(ann, "Ann")
	laptop.notifications(ann, r)
	id := ann.worked()
	service.fake(ann)
	ann.openChat()
	ann.told("hello")
	ann.key("Escape")
	ann.openInbox()
	ann.wishes()
	ann.waitFor("it is off", `!document.getElementById("inbox-push").checked && document.getElementById("inbox-push-state").textContent === "Be told while no board is open."`)
	ann.click("#inbox-push")
	ann.waitFor("it is on", `document.getElementById("inbox-push").checked && document.getElementById("inbox-push-state").textContent === "This device is told while no board is open."`)
	ann.waitFor("the relay has heard of it", `document.getElementById("inbox-devices").textContent === "1 device is told."`)

	// Nobody is told who looks. The page is left for one that is no board.
	eval[any](ann, `location.href = "/healthz"`)
	ben.waitFor("Ann has left", `edgeboard.state().people === 1`)
	ben.openChat()
	ben.told("@Ann look")
	var pushed struct {
		Seq             int
		What            int
		Board, Name     string
		Text, URL       string
		Language        string
		Unread          int
		Time, Something float64
	}
	plain := <-service.plain
	if err := json.Unmarshal(plain, &pushed); err != nil {
		t.Fatalf("%q: %v", plain, err)
	}
	if pushed.What != 1 || pushed.Board != "push" || pushed.Name != "Ben" || pushed.Text != "@Ann look" || pushed.Language != "en" || pushed.Unread != 1 || pushed.URL != fmt.Sprintf("/b/push#inbox=%d", pushed.Seq) {
		t.Errorf("pushed is %s", plain)
	}
	ann.waitFor("Ann's browser is elsewhere", `location.pathname === "/healthz"`)
	ann.deliver(id, string(plain), shownNotice{"Ben mentioned you", "@Ann look", fmt.Sprintf("inbox %d", pushed.Seq), "en", pushed.URL})
	eval[any](ann, `navigator.serviceWorker.addEventListener("message", (e) => { window.chosen = e.data; }), navigator.serviceWorker.startMessages()`)
	laptop.inWorker(chooseNotice)
	ann.waitFor("the board is opened", fmt.Sprintf(`window.chosen?.opened === %q`, pushed.URL))
	eval[any](ann, fmt.Sprintf(`location.href = %q`, pushed.URL))
	ann.waitLive()
	ann.waitFor("it leads to the message", `document.querySelector("#chat-texts .text.shown .body")?.textContent === "@Ann look"`)
	ann.unread("it is read", 0)

	// Off is off.
	service.fake(ann)
	ann.openInbox()
	ann.wishes()
	ann.waitFor("it is still on", `document.getElementById("inbox-push").checked && window.subscription`)
	ann.click("#inbox-push")
	ann.waitFor("it is off", `!document.getElementById("inbox-push").checked && window.subscription === null && document.getElementById("inbox-devices").textContent === ""`)
}
