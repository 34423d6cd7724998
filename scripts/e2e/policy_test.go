//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	devlog "github.com/chromedp/cdproto/log"
	devpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// complaints are what a browser has to say against a page.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

// openHeard opens a board of which everything that the browser complains of is
// noted, from the first byte on.
func openHeard(t *testing.T, url string) (*page, *complaints) {
	t.Helper()
	p := openUnready(t, "about:blank", desktop)
	said := &complaints{}
	call(p, devlog.Enable, cdp.Empty{})
	call(p, devpage.AddScriptToEvaluateOnNewDocument, devpage.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.breaches = [];
			addEventListener("securitypolicyviolation", e => breaches.push(e.effectiveDirective + " " + e.blockedURI + " " + e.sample));`,
	})
	p.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		entries := cdp.Events(p.ctx, target, devlog.EntryAdded)
		calls := cdp.Events(p.ctx, target, runtime.ConsoleAPICalled)
		thrown := cdp.Events(p.ctx, target, runtime.ExceptionThrown)
		go func() {
			for e, err := range entries {
				if err != nil {
					return
				}
				if e.Entry.Level == devlog.EntryLevelError || e.Entry.Level == devlog.EntryLevelWarning {
					said.add("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
				}
			}
		}()
		go func() {
			for e, err := range calls {
				if err != nil {
					return
				}
				if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
					said.add("console: %v", e.Args)
				}
			}
		}()
		go func() {
			for e, err := range thrown {
				if err != nil {
					return
				}
				said.add("exception: %s", e.ExceptionDetails.Text)
			}
		}()
		return nil
	}))
	p.do(chromedp.Navigate(url))
	p.waitLive()
	return p, said
}

// click clicks into the middle of an element, as a person does.
func (p *page) click(selector string) {
	p.t.Helper()
	at := eval[[]float64](p, fmt.Sprintf(`(e => {
		e.scrollIntoView({block: "nearest"});
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})(document.querySelector(%q))`, selector))
	p.mouse(input.DispatchMouseEventTypeMousePressed, at[0], at[1], pressed)
	p.mouse(input.DispatchMouseEventTypeMouseReleased, at[0], at[1], pressed)
}

func (p *page) breaches() []string { p.t.Helper(); return eval[[]string](p, "breaches") }

// The policy that the relay sends with its page forbids nothing that the page does,
// by whatever transport it is connected, and what somebody has brought into the
// page does nothing.
func TestContentSecurityPolicy(t *testing.T) {
	for _, c := range []struct {
		addr, transport string
		dialogs         bool // which are the same by every transport
	}{
		{"127.0.0.1:0", "wt", true}, {"127.0.0.1:0", "ws", false}, {"127.0.0.1:0", "sse", false},
		{"localhost:0", "wt", false}, // which goes to another name, unlike the others
	} {
		t.Run(strings.TrimSuffix(c.addr, ":0")+" "+c.transport, func(t *testing.T) {
			r := startRelayAt(t, c.addr)
			p, said := openHeard(t, r.url("/b/policy?transport="+c.transport))
			p.wantTransport(c.transport)
			other := open(t, r.url("/b/policy?transport="+c.transport), desktop)
			strokes := quickStrokes(2)
			p.draw(strokes[0])
			other.draw(strokes[1])
			p.stored()
			same(p, other)
			other.mouse(input.DispatchMouseEventTypeMouseMoved, 333, 222, nil)
			p.waitFor("the other's cursor is shown", `document.querySelectorAll("#cursors > *").length > 0`)

			if c.dialogs {
				useDialogsAndTools(p)
			}
			p.quiet()
			if breaches := p.breaches(); len(breaches) > 0 {
				t.Errorf("the page is forbidden %q", breaches)
			}
			if list := said.all(); len(list) > 0 {
				t.Errorf("the browser complains of %q", list)
			}
			injectIntoPage(p)
		})
	}
}

// useDialogsAndTools does what people do who share a board, name themselves and draw.
func useDialogsAndTools(p *page) {
	p.t.Helper()
	p.click("#share")
	p.waitFor("the dialog is open", `document.getElementById("share-dialog").open`)
	p.click("#share-copy")
	p.waitFor("it is said what has come of it, which moves what is below", `document.getElementById("share-note").textContent !== ""`)
	p.click("#share-close")
	p.waitFor("the dialog is closed", `!document.getElementById("share-dialog").open`)
	for _, id := range []string{"status", "me"} {
		p.click("#" + id)
	}
	p.waitFor("the dialog is open", `document.getElementById("name-dialog").open`)
	eval[bool](p, `(document.getElementById("name-input").value = "Ann", true)`)
	p.click("#name-dialog [value=ok]")
	p.waitFor("the dialog is closed", `!document.getElementById("name-dialog").open`)
	for _, press := range []string{"[data-tool=hand]", "[data-tool=pen]", "[data-color='#e03131']", "[data-width='8']", "[data-zoom=in]", "[data-zoom=reset]"} {
		p.click(press)
	}
}

// injectIntoPage does what comes in from outside: a script, a handler, a style, a file
// and a request elsewhere. None of it has an effect, and all of it is noticed.
func injectIntoPage(p *page) {
	t := p.t
	t.Helper()
	// By a timer, since the test's own words are above the policy.
	eval[int](p, `setTimeout(() => {
		const script = document.createElement("script");
		script.textContent = "window.injected = true";
		const far = document.createElement("script");
		far.src = "https://elsewhere.example/a.js";
		const box = document.createElement("div");
		box.innerHTML = '<img src="https://elsewhere.example/a.png"><img src="data:," onerror="window.injected = true"><p style="color: red">'
			+ '<iframe srcdoc="<script>parent.injected = true</script>"></iframe><form action="https://elsewhere.example/"><button></button></form>';
		document.body.append(script, far, box);
		try { eval("window.injected = true") } catch {}
		fetch("https://elsewhere.example/").catch(() => {});
		new WebSocket("wss://elsewhere.example/");
		box.querySelector("button").click();
	})`)
	for _, want := range []string{
		"script-src-elem inline", "script-src-attr inline", "script-src-elem https://elsewhere.example/a.js", "script-src eval",
		"style-src-attr inline", "img-src https://elsewhere.example/a.png",
		"connect-src https://elsewhere.example/", "connect-src wss://elsewhere.example/", "form-action https://elsewhere.example/",
	} {
		until(t, want+" is a breach", func() bool {
			return slices.ContainsFunc(p.breaches(), func(b string) bool { return strings.HasPrefix(b, want) })
		})
	}
	if eval[bool](p, "window.injected === true") {
		t.Error("a script that somebody has brought in was run")
	}
}
