//go:build js

package browser

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"sync"
	"syscall/js"
	"time"
)

// Pictures are the images of the board: it has their bytes from this device or from
// the relay, gives their pixels, and sends the relay those that were put here. The
// callbacks are called by goroutines of its own. Its methods may be called from any.
type Pictures struct {
	Access *Access
	// Ready says that the pixels of an image can be had now.
	Ready func(hash string)
	// Share tells how much of an image has come, or was sent: below 1 until it is
	// done, and less than 0 if that has failed.
	Share func(hash string, done float64)
	// Refused says that the relay does not take an image, and why: by the status of
	// HTTP, and in its words.
	Refused func(hash string, status int, reason string)
	// NotKept says that this device does not keep an image that the relay may lack.
	NotKept func(err error)

	shelf  *blobShelf    // nil: the device keeps nothing
	opened chan struct{} // closed when shelf is what it is
	wake   chan struct{} // has a token when there is something to send, or it may work now
	works  chan struct{} // has a token for each image that is decoded

	mu      sync.Mutex
	gallery gallery
	held    map[string]blobBytes // what the device does not keep, or not yet, until it is sent
	queue   []string             // what the relay may lack
	refused map[string]bool
	editing bool // this person may put images on the board
	waiting []chan struct{}
}

// blobBytes is an image as it is stored.
type blobBytes struct {
	media string
	data  []byte
}

const (
	// maxPixelSide is how wide and high an image is kept at the most.
	maxPixelSide = 2048
	// mostDecoding is how many images are decoded at a time.
	mostDecoding = 2
	// loadTries is how often in a row an image is asked for that nobody has.
	loadTries = 6

	leastBackoff = time.Second
	mostBackoff  = time.Minute
)

// Start opens what the device keeps, and begins to send what the relay has not got.
func (p *Pictures) Start() {
	p.opened, p.wake, p.works = make(chan struct{}), make(chan struct{}, 1), make(chan struct{}, mostDecoding)
	p.held, p.refused = map[string]blobBytes{}, map[string]bool{}
	go func() {
		ctx := context.Background()
		shelf, err := openBlobShelf(ctx)
		if err != nil {
			println("keeping images:", err.Error())
		}
		p.shelf = shelf
		close(p.opened)
		unsent, err := shelf.unsent(ctx, Board())
		if err != nil {
			println("reading which images are not sent:", err.Error())
		}
		for _, hash := range unsent {
			p.enqueue(hash)
		}
		p.sending(ctx)
	}()
}

// Wake tries what has failed again now: the relay may be there.
func (p *Pictures) Wake() {
	p.mu.Lock()
	waiting := p.waiting
	p.waiting = nil
	p.mu.Unlock()
	for _, w := range waiting {
		close(w)
	}
	p.nudge()
}

func (p *Pictures) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Editing says whether this person may put images on the board.
func (p *Pictures) Editing(may bool) {
	p.mu.Lock()
	changed := p.editing != may
	p.editing = may
	p.mu.Unlock()
	if changed && may {
		p.nudge()
	}
}

// rest waits for a while, or until Wake.
func (p *Pictures) rest(d time.Duration) {
	woken := make(chan struct{})
	p.mu.Lock()
	p.waiting = append(p.waiting, woken)
	p.mu.Unlock()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-woken:
	}
	p.mu.Lock()
	p.waiting = slices.DeleteFunc(p.waiting, func(w chan struct{}) bool { return w == woken })
	p.mu.Unlock()
}

// Pixels returns the pixels of an image, premultiplied RGBA. If they are not there,
// they are got, and Ready says when.
func (p *Pictures) Pixels(hash string) (rgba []byte, width, height int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.gallery.photo(hash)
	if x.rgba != nil {
		return x.rgba, x.width, x.height, true
	}
	if x.begins(Now()) {
		go p.load(hash, x)
	}
	return nil, 0, 0, false
}

// errAway is of an image that neither the device nor the relay has now.
var errAway = errors.New("the image is not there yet")

// load gets an image, as often as makes sense.
func (p *Pictures) load(hash string, x *photo) {
	ctx := context.Background()
	for try, wait := 0, leastBackoff; ; try, wait = try+1, min(2*wait, mostBackoff) {
		b, err := p.get(ctx, hash)
		if err == nil {
			p.works <- struct{}{}
			err = p.decode(ctx, hash, x, b)
			<-p.works
			if err == nil {
				p.arrived(hash)
				p.Ready(hash)
				return
			}
			println("an image cannot be shown:", hash, err.Error())
		}
		away := errors.Is(err, errAway)
		if away && try < loadTries {
			p.Share(hash, 0)
			p.rest(wait)
			continue
		}
		p.mu.Lock()
		x.fails(away, Now())
		p.mu.Unlock()
		p.Share(hash, -1)
		return
	}
}

// arrived tells that an image has come, if nothing is to be told of its way to the
// relay.
func (p *Pictures) arrived(hash string) {
	p.mu.Lock()
	refused, sending := p.refused[hash], slices.Contains(p.queue, hash)
	p.mu.Unlock()
	switch {
	case refused:
		p.Share(hash, -1)
	case !sending:
		p.Share(hash, 1)
	}
}

// get returns an image, from this device or else from the relay. One that is here and
// that the relay may lack is sent.
func (p *Pictures) get(ctx context.Context, hash string) (blobBytes, error) {
	<-p.opened
	p.mu.Lock()
	b, ok := p.held[hash]
	p.mu.Unlock()
	if ok {
		return b, nil
	}
	b, sent, _, err := p.shelf.read(ctx, Board(), hash)
	if err != nil {
		println("reading an image:", err.Error())
	}
	if len(b.data) > 0 {
		if !sent {
			p.enqueue(hash)
		}
		return b, nil
	}
	b, err = p.fetch(ctx, hash)
	if err != nil {
		return b, err
	}
	if err := p.shelf.put(ctx, Board(), hash, b, true); err != nil && p.shelf != nil {
		println("keeping an image:", err.Error())
	}
	return b, nil
}

// Bytes returns an image as it is stored, and its media type, if this device has it or
// the relay gives it.
func (p *Pictures) Bytes(ctx context.Context, hash string) (media string, data []byte, ok bool) {
	b, err := p.get(ctx, hash)
	return b.media, b.data, err == nil
}

// address is where the relay has an image.
func (p *Pictures) address(hash string) string { return "/blob/" + hash + "?board=" + Board() }

// headers are those of a request, with some more.
func (p *Pictures) headers(more map[string]any) map[string]any {
	if more == nil {
		more = map[string]any{}
	}
	if token := p.Access.Last().Token; token != "" {
		more["Authorization"] = "Bearer " + token
	}
	return more
}

// known waits until the relay has said who this person is: before, there is no token.
func (p *Pictures) known(ctx context.Context) error {
	if p.Access.Last().Known {
		return nil
	}
	_, err := p.Access.Ask(ctx)
	return err
}

// fetch gets an image from the relay. errAway: there is none now.
func (p *Pictures) fetch(ctx context.Context, hash string) (b blobBytes, err error) {
	defer jsError(&err)
	if err := p.known(ctx); err != nil {
		return b, errAway
	}
	var response js.Value
	for again := true; ; again = false {
		response, err = wait(ctx, window.Call("fetch", p.address(hash), map[string]any{"headers": p.headers(nil)}))
		if err != nil {
			return b, errAway
		}
		if response.Get("status").Int() != 401 || !again {
			break
		}
		if _, err := p.Access.Ask(ctx); err != nil {
			return b, errAway
		}
	}
	if !response.Get("ok").Bool() {
		return b, errAway
	}
	length := response.Get("headers").Call("get", "Content-Length")
	size := 0
	if !length.IsNull() {
		size, _ = strconv.Atoi(length.String())
	}
	reader := response.Get("body").Call("getReader")
	for {
		part, err := wait(ctx, reader.Call("read"))
		if err != nil {
			return b, errAway
		}
		if part.Get("done").Bool() {
			break
		}
		chunk := part.Get("value")
		at := len(b.data)
		b.data = slices.Grow(b.data, chunk.Length())[:at+chunk.Length()]
		js.CopyBytesToGo(b.data[at:], chunk)
		if size > 0 {
			p.Share(hash, min(float64(len(b.data))/float64(size), 0.99))
		}
	}
	b.media = response.Get("headers").Call("get", "Content-Type").String()
	if hashOf(b.data) != hash {
		return blobBytes{}, errors.New("the relay has sent another image")
	}
	return b, nil
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// decode makes pixels of an image.
func (p *Pictures) decode(ctx context.Context, hash string, x *photo, b blobBytes) error {
	bitmap, err := openBitmap(ctx, b)
	if err != nil {
		return err
	}
	defer bitmap.close()
	rgba, width, height, err := bitmap.pixels(maxPixelSide)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gallery.keep(x, rgba, width, height)
	return nil
}

// add keeps an image, and sends it. It returns its name.
func (p *Pictures) add(ctx context.Context, b blobBytes) string {
	<-p.opened
	hash := hashOf(b.data)
	p.mu.Lock()
	p.held[hash] = b // until the device has it
	delete(p.refused, hash)
	p.mu.Unlock()
	_, sent, _, err := p.shelf.read(ctx, Board(), hash)
	if err == nil && sent {
		p.release(hash)
		return hash
	}
	if err := p.shelf.put(ctx, Board(), hash, b, false); err != nil {
		p.NotKept(err)
	} else {
		p.release(hash)
	}
	p.enqueue(hash)
	return hash
}

// release forgets what is kept elsewhere.
func (p *Pictures) release(hash string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.held, hash)
}

// enqueue notes an image that the relay may lack.
func (p *Pictures) enqueue(hash string) {
	p.mu.Lock()
	if !slices.Contains(p.queue, hash) && !p.refused[hash] {
		p.queue = append(p.queue, hash)
	}
	p.mu.Unlock()
	p.nudge()
}

// Retry sends an image again that the relay has refused, or is slow to take.
func (p *Pictures) Retry(hash string) {
	p.mu.Lock()
	delete(p.refused, hash)
	p.gallery.photo(hash).forgives()
	p.mu.Unlock()
	p.enqueue(hash)
	p.Wake()
}

// IsRefused reports whether the relay does not take an image.
func (p *Pictures) IsRefused(hash string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused[hash]
}

// Unsent returns how many images the relay may lack.
func (p *Pictures) Unsent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue) + len(p.refused)
}

// Unkept reports whether there are images that neither the relay nor this device is
// known to have.
func (p *Pictures) Unkept() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.held) > 0
}

// sending sends what is in the queue, one after the other, for as long as the page
// lives.
func (p *Pictures) sending(ctx context.Context) {
	backoff := leastBackoff
	for {
		p.mu.Lock()
		hash := ""
		if len(p.queue) > 0 && p.editing {
			hash = p.queue[0]
		}
		p.mu.Unlock()
		if hash == "" {
			<-p.wake
			continue
		}
		err := p.send(ctx, hash)
		refusal, _ := errors.AsType[*CallError](err)
		switch {
		case err == nil:
			backoff = leastBackoff
			p.dequeue(hash)
			p.release(hash)
			p.Share(hash, 1)
		case refusal != nil && refusal.final():
			p.dequeue(hash)
			p.mu.Lock()
			p.refused[hash] = true
			p.mu.Unlock()
			p.Share(hash, -1)
			p.Refused(hash, refusal.Status, refusal.Reason)
		default:
			println("sending an image:", err.Error())
			// Others may go, where one does not.
			p.mu.Lock()
			if len(p.queue) > 1 && p.queue[0] == hash {
				p.queue = append(p.queue[1:], hash)
			}
			p.mu.Unlock()
			p.Share(hash, 0)
			p.rest(backoff)
			backoff = min(2*backoff, mostBackoff)
		}
	}
}

func (p *Pictures) dequeue(hash string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = slices.DeleteFunc(p.queue, func(h string) bool { return h == hash })
}

// final reports whether it makes no sense to send the same once more.
func (e *CallError) final() bool {
	return e.Status >= 400 && e.Status < 500 && !slices.Contains([]int{401, 408, 429}, e.Status)
}

// send sees whether the relay has an image, and sends it if not.
func (p *Pictures) send(ctx context.Context, hash string) (err error) {
	defer jsError(&err)
	p.mu.Lock()
	b, held := p.held[hash]
	p.mu.Unlock()
	if !held {
		if b, _, _, err = p.shelf.read(ctx, Board(), hash); err != nil {
			return err
		}
		if len(b.data) == 0 {
			return nil // it was given up; nobody here can send it
		}
	}
	if err := p.known(ctx); err != nil {
		return err
	}
	response, err := wait(ctx, window.Call("fetch", p.address(hash), map[string]any{"method": "HEAD", "cache": "no-store", "headers": p.headers(nil)}))
	if err != nil {
		return err
	}
	if !response.Get("ok").Bool() {
		p.Share(hash, 0)
		for again := true; ; again = false {
			status, reason, err := p.put(ctx, hash, b)
			if err != nil {
				return err
			}
			if status == 401 && again { // the token has just ended
				if _, err := p.Access.Ask(ctx); err != nil {
					return err
				}
				continue
			}
			if status != 204 {
				return &CallError{Status: status, Reason: reason}
			}
			break
		}
	}
	if err := p.shelf.mark(ctx, Board(), hash, true); err != nil && p.shelf != nil {
		println("noting that an image is sent:", err.Error())
	}
	return nil
}

// put sends an image. Of fetch a page does not hear how much was sent.
func (p *Pictures) put(ctx context.Context, hash string, b blobBytes) (status int, reason string, err error) {
	request := window.Get("XMLHttpRequest").New()
	request.Call("open", "PUT", p.address(hash))
	for name, value := range p.headers(map[string]any{"Content-Type": b.media}) {
		request.Call("setRequestHeader", name, value)
	}
	progress := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if total := args[0].Get("total").Float(); total > 0 {
			p.Share(hash, min(args[0].Get("loaded").Float()/total, 0.99))
		}
		return nil
	})
	defer progress.Release()
	request.Get("upload").Set("onprogress", progress)
	ended := make(chan struct{}, 1)
	end := js.FuncOf(func(js.Value, []js.Value) any { ended <- struct{}{}; return nil })
	defer end.Release()
	request.Set("onloadend", end)
	request.Call("send", toJS(b.data))
	select {
	case <-ended:
	case <-ctx.Done():
		request.Call("abort") // which ends it
		<-ended
		return 0, "", ctx.Err()
	}
	status = request.Get("status").Int()
	if status == 0 {
		return 0, "", errors.New("the relay is not reached")
	}
	reason = "status " + strconv.Itoa(status)
	if status >= 400 {
		if said := parseJSON(request.Get("responseText").String()); said.Type() == js.TypeObject && text(said, "error") != "" {
			reason = text(said, "error")
		}
	}
	return status, reason, nil
}

// parseJSON returns undefined for what is none.
func parseJSON(source string) (v js.Value) {
	defer func() {
		if recover() != nil { // SyntaxError
			v = js.Undefined()
		}
	}()
	return window.Get("JSON").Call("parse", source)
}
