//go:build e2e

package e2e

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
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

	"edgeboard/relay/notify/pushtest"
)

// pushService is one to which a relay pushes, and the device that it is for.
type pushService struct {
	pushtest.Device
	at    string      // its address
	plain chan []byte // what was pushed
}

func newPushService(t *testing.T) *pushService {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &pushService{Device: pushtest.Device{Key: key, Auth: make([]byte, 16)}, plain: make(chan []byte, 16)}
	rand.Read(s.Auth)
	s.at = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Method != "POST" || r.URL.Path != "/device" || r.Header.Get("Content-Encoding") != "aes128gcm" || r.Header.Get("TTL") == "" || !strings.HasPrefix(r.Header.Get("Authorization"), "vapid t=") {
			t.Errorf("pushed is %s %s with %v", r.Method, r.URL, r.Header)
		}
		plain, err := s.Decrypt(body)
		if err != nil {
			t.Errorf("what was pushed cannot be read: %v", err)
		}
		w.WriteHeader(http.StatusCreated)
		s.plain <- plain
	}))
	return s
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
	})()`, encode(s.Public()), encode(s.Auth), s.at+"/device"))
}

// worked waits until the worker keeps the page, and returns its registration.
func (p *page) worked() (id serviceworker.RegistrationID) {
	p.t.Helper()
	p.installed()
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

// pushWorker is the worker of the pages of a browser, from within.
type pushWorker struct {
	*page
	id    serviceworker.RegistrationID
	of    *page
	shown int // notifications
}

// worker lets pages of a relay show notifications, and waits until the worker keeps the
// page. What a browser lets a click of a person alone do is noted there instead.
func (d *device) worker(p *page) *pushWorker {
	d.t.Helper()
	call(p, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: eval[string](p, "location.origin"),
	})
	w := &pushWorker{id: p.worked(), of: p}
	targets, err := chromedp.Targets(d.ctx)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, x := range targets {
		if x.Type == "service_worker" {
			ctx, cancel := chromedp.NewContext(d.ctx, chromedp.WithTargetID(x.TargetID), chromedp.WithDetachOnCancel())
			d.t.Cleanup(cancel)
			w.page = &page{t: d.t, ctx: ctx}
		}
	}
	if w.page == nil {
		d.t.Fatalf("no worker runs: %+v", targets)
	}
	eval[any](w.page, `(() => {
		self.shown = 0;
		const show = ServiceWorkerRegistration.prototype.showNotification;
		ServiceWorkerRegistration.prototype.showNotification = async function (...notice) { await show.apply(this, notice); self.shown++; };
		ExtendableEvent.prototype.waitUntil = ((keep) => function (promise) { if (this.isTrusted) keep.call(this, promise); })(ExtendableEvent.prototype.waitUntil);
		Clients.prototype.openWindow = async (url) => { self.chosen = "opened " + url; };
		WindowClient.prototype.focus = async function () { self.chosen = "focused " + new URL(this.url).pathname; };
	})()`)
	return w
}

// shownNotice is a notification as it is shown.
type shownNotice struct{ Title, Body, Tag, Lang, URL string }

// deliver has the browser give the worker what was pushed, and returns what is shown
// then, which is taken away.
func (w *pushWorker) deliver(data string) shownNotice {
	w.t.Helper()
	call(w.of, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{
		Origin: eval[string](w.of, "location.origin"), RegistrationID: w.id, Data: data,
	})
	w.shown++
	w.waitFor(fmt.Sprintf("%q is shown", data), fmt.Sprintf(`self.shown === %d`, w.shown))
	// Asked too early the browser forgets what it is about to show: it is asked once.
	eval[any](w.page, `(self.notices = undefined, registration.getNotifications().then((list) => { self.notices = list; }), undefined)`)
	w.waitFor("it is known what is shown", `self.notices`)
	list := eval[[]shownNotice](w.page, `notices.map((n) => ({ Title: n.title, Body: n.body, Tag: n.tag, Lang: n.lang, URL: n.data.url }))`)
	if len(list) != 1 {
		w.t.Fatalf("%q is shown as %+v", data, list)
	}
	return list[0]
}

// clear takes away what is shown.
func (w *pushWorker) clear() {
	w.t.Helper()
	eval[any](w.page, `notices.forEach((n) => n.close())`)
}

// choose clicks on what is shown, and returns what comes of it.
func (w *pushWorker) choose() string {
	w.t.Helper()
	eval[any](w.page, `(self.chosen = undefined, dispatchEvent(new NotificationEvent("notificationclick", { notification: notices[0] })), undefined)`)
	w.waitFor("something was chosen", `self.chosen`)
	return eval[string](w.page, `chosen`)
}

// What is pushed is shown, whatever it is, in the language that it is for; and a click
// leads to a board of this relay alone.
func TestPushedIsShown(t *testing.T) {
	r := startRelay(t)
	laptop := newDevice(t)
	p := laptop.open(r.url("/b/shown"))
	w := laptop.worker(p)
	said := func(more string) string {
		return `{"seq":7,"what":1,"time":1700000000000,"board":"plans","name":"Zoë","title":"","text":"see","language":"en","unread":3,"url":"/b/plans#inbox=7"` + more + `}`
	}
	general := shownNotice{"There is something new in your inbox", "", "", "en", ""}
	for _, c := range []struct {
		data string
		want shownNotice
	}{
		{said(""), shownNotice{"Zoë mentioned you", "see", "inbox 7", "en", "/b/plans#inbox=7"}},
		{said(`,"language":"zh-Hans"`), shownNotice{"Zoë 提到了你", "see", "inbox 7", "zh-CN", "/b/plans#inbox=7"}},
		{"", general},
		{"not JSON", general},
		{"null", general},
		{`"a text"`, general},
		{`{"what":99}`, general},
		{`{"what":"__proto__","name":{},"text":7,"seq":"7","unread":-1,"time":"now","url":[]}`, general},
		{`{"what":"constructor","board":9,"title":["x"],"language":{}}`, general},
		{`{"what":5,"seq":8,"title":"Too hot","text":"96 °C","url":"https://evil.example/b/x#inbox=8"}`, shownNotice{"Too hot", "96 °C", "inbox 8", "en", ""}},
		{`{"what":6,"seq":9,"title":"Kept","url":"/auth/signout"}`, shownNotice{"Kept", "", "inbox 9", "en", ""}},
		{`{"what":4,"seq":10,"board":"x","url":"/b/x#token=1"}`, shownNotice{"You are invited to x", "", "inbox 10", "en", "/b/x"}},
		{`{"what":2,"seq":11,"text":"hi","url":"javascript:alert(1)"}`, shownNotice{"Somebody wrote to you", "hi", "inbox 11", "en", ""}},
	} {
		if got := w.deliver(c.data); got != c.want {
			t.Errorf("%q is shown as %+v, want %+v", c.data, got, c.want)
		}
		w.clear()
	}

	w.deliver(said(""))
	w.deliver(said(`,"text":"edited"`)) // one of the same entry takes its place
	if got := w.choose(); got != "opened /b/plans#inbox=7" {
		t.Errorf("a click has %s", got)
	}
	w.deliver(said(`,"url":"/b/shown#inbox"`))
	if got := w.choose(); got != "focused /b/shown" {
		t.Errorf("a click has %s, want the window that is there", got)
	}
	p.waitFor("it opens the inbox", `!document.getElementById("inbox").hidden`)
}

// Who wants it is told while no board is open, by what the relay really pushes.
func TestPush(t *testing.T) {
	service := newPushService(t)
	r := startRelay(t, "-push-hosts", service.at, "-push-contact", "mailto:ops@team.example")
	ben := open(t, r.url("/b/push"), window{width: 640, height: 480, scale: 1})
	rename(ben, "Ben")
	laptop := newDevice(t)
	ann := laptop.open(r.url("/b/push"))
	rename(ann, "Ann")
	w := laptop.worker(ann)
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
	if got := w.deliver(string(plain)); got != (shownNotice{"Ben mentioned you", "@Ann look", fmt.Sprintf("inbox %d", pushed.Seq), "en", pushed.URL}) {
		t.Errorf("shown is %+v", got)
	}
	if got := w.choose(); got != "opened "+pushed.URL {
		t.Errorf("a click has %s", got)
	}
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

// Who signs out has the relay tell this device nothing more, from then on and not from
// when it tells it something the next time.
func TestSignOutEndsPush(t *testing.T) {
	service := newPushService(t)
	c := startClosed(t, "-push-hosts", service.at, "-push-contact", "mailto:ops@team.example")
	address := c.url("/b/plan") + "#token=" + c.token("ann", "Ann Lee", "plan", "editor")
	devices := func(p *page, want string) {
		p.waitFor("the relay says: "+want, fmt.Sprintf(`document.getElementById("inbox-devices").textContent === %q`, want))
	}
	desk := open(t, address, window{width: 640, height: 480, scale: 1})
	desk.openInbox()
	desk.wishes()
	devices(desk, "")

	laptop := newDevice(t)
	ann := laptop.open(address)
	laptop.worker(ann)
	service.fake(ann)
	ann.openInbox()
	ann.wishes()
	ann.click("#inbox-push")
	ann.waitFor("it is on", `document.getElementById("inbox-push").checked`)
	devices(desk, "1 device is told.")
	ann.key("Escape")
	ann.key("Escape")
	ann.share()
	ann.click("#sign-out")
	ann.denied("You need an invite to open this board")
	devices(desk, "")
}
