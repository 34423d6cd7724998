package browser

import (
	"bytes"
	"context"
	"sync"
	"syscall/js"
	"time"

	"edgeboard/shared/wire"
)

// pushName is under what this device remembers that it is to be told.
const pushName = "push"

const (
	pushWithin = 30 * time.Second // a push service may take
	endWithin  = 2 * time.Second  // a relay may, to hear that nothing is to be pushed any more
)

// Push has this device told while no board is open, as long as it remembers that a
// person wants that here.
type Push struct {
	Tell   func(m *wire.Subscribe) // the relay; m may be Ended
	Ending func() bool             // whether the relay is still to hear of what is Ended
	Show   func(state PushState)

	mu       sync.Mutex // one thing is done at a time
	key      []byte     // the relay's, of what the device is subscribed for
	known    bool       // key is
	endpoint string     // that the relay was told
	over     bool       // the person is about to leave
}

// pushing is the Push of the page, which signing out ends.
var pushing *Push

// Listen hears from public/sw.js: open is called with what is after the hash in the
// address of something that a person has chosen outside of the page.
func (p *Push) Listen(open func(fragment string)) {
	pushing = p
	workers := window.Get("navigator").Get("serviceWorker")
	if workers.IsUndefined() {
		return
	}
	listen(workers, "message", func(e js.Value) {
		message := e.Get("data")
		if message.Type() != js.TypeObject {
			return
		}
		if message.Get("subscribe").Truthy() && p.Wanted() {
			go p.sync()
		}
		if address := text(message, "open"); address != "" {
			location := window.Get("location")
			url := window.Get("URL").New(address, location.Get("href"))
			if url.Get("origin").Equal(location.Get("origin")) && url.Get("pathname").Equal(location.Get("pathname")) {
				open(url.Get("hash").String())
			}
		}
	})
	listen(window, "storage", func(e js.Value) {
		if key := e.Get("key"); key.Type() == js.TypeString && key.String() == "edgeboard."+pushName {
			go p.sync() // in another window
		}
	})
}

// Wanted reports whether this device is to be told.
func (p *Push) Wanted() bool { return Remembered(pushName) == "on" }

// Allow says by what key the relay pushes; it pushes nothing if that is empty.
func (p *Push) Allow(key []byte) {
	if p.known && bytes.Equal(key, p.key) {
		return
	}
	p.key, p.known = bytes.Clone(key), true
	go p.sync()
}

// Switch turns it on, for which the browser may ask the person, or off. It is called in
// the event of a click.
func (p *Push) Switch(on bool) {
	if !on {
		Remember(pushName, "off")
		go p.sync()
		return
	}
	p.Show(PushWaiting)
	asked := settled(window.Get("Notification").Call("requestPermission"))
	go func() {
		<-asked
		if permission() == "granted" {
			Remember(pushName, "on")
		}
		p.sync()
	}()
}

// permission is what the browser lets the page do: "granted", "denied" or "default".
func permission() string { return window.Get("Notification").Get("permission").String() }

// sync does what is wanted, and shows what has come of it.
func (p *Push) sync() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), pushWithin)
	defer cancel()
	workers := window.Get("navigator").Get("serviceWorker")
	switch {
	case window.Get("PushManager").IsUndefined() || window.Get("Notification").IsUndefined() || workers.IsUndefined() || !packed():
		p.Show(PushNone)
	case !p.Wanted():
		state := PushOff
		switch {
		case permission() == "denied":
			state = PushBlocked
		case p.known && len(p.key) == 0:
			state = PushRelay
		}
		if err := p.end(ctx); err != nil {
			println("ending push:", err.Error())
		}
		p.Show(state)
	case !p.known: // soon
	case len(p.key) == 0:
		p.Show(PushRelay)
	case permission() == "denied":
		p.Show(PushBlocked)
	case permission() != "granted":
		p.Show(PushOff) // a person has taken it back
	default:
		p.Show(PushWaiting)
		m, err := subscribe(ctx, p.key)
		if err != nil {
			println("subscribing to push:", err.Error())
			p.Show(PushFailed)
			return
		}
		p.endpoint = m.Endpoint
		p.Tell(m)
		p.Show(PushOn)
	}
}

// subscribe subscribes this device for a relay's key, unless it is already.
func subscribe(ctx context.Context, key []byte) (_ *wire.Subscribe, err error) {
	defer jsError(&err)
	// The worker is there some time after the page.
	registration, err := wait(ctx, window.Get("navigator").Get("serviceWorker").Get("ready"))
	if err != nil {
		return nil, err
	}
	manager := registration.Get("pushManager")
	s, err := wait(ctx, manager.Call("getSubscription"))
	if err != nil {
		return nil, err
	}
	if s.Truthy() && !bytes.Equal(toGo(s.Get("options").Get("applicationServerKey")), key) {
		if _, err := wait(ctx, s.Call("unsubscribe")); err != nil {
			return nil, err
		}
		s = js.Null()
	}
	if !s.Truthy() {
		if s, err = wait(ctx, manager.Call("subscribe", map[string]any{"userVisibleOnly": true, "applicationServerKey": toJS(key)})); err != nil {
			return nil, err
		}
	}
	return &wire.Subscribe{
		Endpoint: s.Get("endpoint").String(),
		Key:      toGo(s.Call("getKey", "p256dh")), Auth: toGo(s.Call("getKey", "auth")),
		Language: Language().Tag(),
	}, nil
}

// end ends the subscription that there is.
func (p *Push) end(ctx context.Context) (err error) {
	defer jsError(&err)
	if p.endpoint != "" {
		p.Tell(&wire.Subscribe{Endpoint: p.endpoint, Ended: true})
		p.endpoint = ""
	}
	if Remembered(pushName) == "" {
		return nil // it was never on
	}
	registration, err := wait(ctx, window.Get("navigator").Get("serviceWorker").Call("getRegistration"))
	if err != nil || !registration.Truthy() {
		return err
	}
	s, err := wait(ctx, registration.Get("pushManager").Call("getSubscription"))
	if err == nil && s.Truthy() {
		p.Tell(&wire.Subscribe{Endpoint: s.Get("endpoint").String(), Ended: true})
		_, err = wait(ctx, s.Call("unsubscribe"))
	}
	return err
}

// endPush ends it for good: whoever comes next is another person. The relay is to hear of
// it while it knows the person, for which it has a little time; later it would learn it
// of the push service, when it pushes.
func endPush(ctx context.Context) error {
	p := pushing
	if p == nil || Remembered(pushName) == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	err := p.end(ctx)
	for begin := time.Now(); p.Ending() && time.Since(begin) < endWithin; {
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// resumePush goes on with what endPush has ended: the person has not left.
func resumePush() {
	if p := pushing; p != nil {
		p.mu.Lock()
		p.over = false
		p.mu.Unlock()
		p.sync()
	}
}

// toGo copies the bytes of an ArrayBuffer into the program.
func toGo(buffer js.Value) []byte {
	if !buffer.Truthy() {
		return nil
	}
	array := window.Get("Uint8Array").New(buffer)
	b := make([]byte, array.Length())
	js.CopyBytesToGo(b, array)
	return b
}
