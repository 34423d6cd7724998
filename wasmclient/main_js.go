//go:build js

// Wasmclient is the page: it wires the browser, the editor, the view, the scene
// and the relay together, and does nothing by itself.
//
// One goroutine, that of the client.Link, owns the board and all that depends
// on it. The browser's callbacks and the scene's frames ask it to Do things.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/shared/thread"
	"edgeboard/shared/wire"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
	"edgeboard/wasmclient/scene"
	"edgeboard/wasmclient/view"
)

func main() {
	p := &page{begun: make(chan struct{}), holding: map[uint32]bool{}, trails: map[uint32]*trail{}, own: map[editor.Command]func() bool{}}
	p.scene = scene.New(p.frame, browser.Raster, p.pictures)
	go p.begin() // while the scene gets ready
	if err := p.scene.Run(); err != nil {
		panic(err)
	}
}

// page is the parts and what holds them together. But for link and scene, all
// is used on the link's goroutine alone.
type page struct {
	link    *client.Link
	session *client.Session
	figures *figure.Set
	editor  *editor.Editor
	view    *view.View
	scene   *scene.Scene

	// own are the commands that are not the editor's. Their keys stand with those
	// of the editor; they report whether there was something to do.
	own map[editor.Command]func() bool

	minimap      minimap
	reactions    browser.Reactions
	pointed      *geom.Point // on the board, where the pointer was last; nil: nowhere
	presentation presentation
	beginning    beginning

	comments  comments
	chat      chat
	inbox     inbox
	finding   finding
	links     links
	narration narration
	tiles     tiles

	access    browser.Access
	panels    browser.Panels
	pages     browser.Pages
	meeting   browser.Meeting
	clipboard browser.Clipboard
	photos    browser.Pictures
	company   company
	presence  browser.Presence
	past      past
	since     since
	cursors   browser.Cursors
	carets    browser.Carets
	field     browser.TextArea
	met       meetingState
	turned    board.ID        // the page that is shown
	movable   bool            // something is selected that could be moved to another
	holding   map[uint32]bool // members whose gestures are shown
	trails    map[uint32]*trail
	begun     chan struct{} // closed when there is something to show

	name      string
	given     string // by the relay, in the place of name; "": it leaves that to the person
	subject   string // the relay's own name of the person; "": none
	device    string // that of who has none
	color     uint32
	role      wire.Role // what this person may do
	answered  wire.Role // that came with the token
	by        string    // the transport that worked last
	changed   bool      // something was drawn here
	notKept   error     // why the device keeps nothing, or nil
	camera    geom.Camera
	marks     []editor.Mark // that lie over the board
	gridShown bool
	shape     string  // of the pointer
	flushAt   float64 // when a timer flushes the editor; 0: none runs
	wakeAt    float64 // when a timer redraws; 0: none runs
	complete  bool    // the last frame has left nothing to paint
	crashed   bool    // nothing is done any more but keep and send what there is
	banners   browser.Banners
	exporting browser.Exporting
	worker    browser.Worker
	first     browser.FirstPicture    // that the page came with
	away      time.Time               // since when the relay is; zero: it is there
	edge      bool                    // the relay is cut off from others
	edgeTold  time.Time               // when that was told last
	unreached bool                    // the relay could not be reached, at least once
	asked     atomic.Bool             // for a frame that has not come yet
	stale     bool                    // the document, or what others have in hand, has changed since show
	told      map[uint32]client.Caret // of the others, that are shown
}

// begin makes the board, with what this device has kept of it, and connects it
// with all the rest.
func (p *page) begin() {
	p.make()
	p.listen()
	p.seam()
	close(p.begun)
	go p.connect()
	p.do(p.resized)
	p.panels.Restore()
	browser.Ready()
	p.redraw()
}

// keptWithin is how long the page waits for what the device has kept. Then it
// begins without, and takes it over when it comes.
const keptWithin = 2 * time.Second

// restored is what the device has kept.
type restored struct {
	doc  *board.Board
	kept *client.Kept // nil if the device keeps nothing
	err  error
}

func restore() (r restored) {
	r.doc = board.New(client.NewReplica())
	if browser.Board() == wire.StatusBoard {
		return r // another version of the relay lays it out otherwise (W109)
	}
	ctx := context.Background()
	shelf, err := browser.OpenShelf(ctx, browser.Board())
	if err != nil {
		r.err = err
		return r
	}
	r.kept, r.err = client.Restore(ctx, shelf, r.doc)
	return r
}

// restoring begins to restore, and returns what has come of it if that is there in
// time. Otherwise later is called with it.
func restoring(later func(restored)) restored {
	done := make(chan restored, 1)
	go func() { done <- restore() }()
	select {
	case r := <-done:
		return r
	case <-time.After(keptWithin):
		go func() { later(<-done) }()
		return restored{doc: board.New(client.NewReplica())}
	}
}

// tellRestored says what of restoring did not work.
func (p *page) tellRestored(r restored) {
	if r.err == nil {
		return
	}
	if r.kept == nil { // otherwise the Session knows
		p.notKept = r.err
	}
	println("keeping the board:", r.err.Error())
	if errors.Is(r.err, client.ErrDamaged) || errors.Is(r.err, client.ErrNewer) {
		browser.Toast(browser.Text("status.set-aside"))
	}
}

func (p *page) make() {
	p.name, p.color = remembered()

	now := restoring(func(late restored) {
		<-p.begun
		p.do(func() {
			if late.kept != nil {
				late.err = errors.Join(late.err, p.session.Keep(time.Now(), late.kept, late.doc))
			}
			p.tellRestored(late)
		})
	})
	doc := now.doc
	p.tellRestored(now)
	p.session = client.NewSession(client.Config{
		Board:    browser.Board(),
		Doc:      doc,
		Name:     p.name,
		Color:    p.color,
		Language: browser.Language().Tag(),
		Kept:     now.kept,
		Observe:  p.sessionChanged,

		Signalled: p.signalled,
		Said:      p.overheard,
		Noticed:   p.noticed,
		Secret:    secret(),
		Device:    wire.Device(browser.Device()),
	})
	p.link = client.NewLink(p.session, client.LinkConfig{
		Transports: transports(browser.Origin()),
		Last:       browser.Remembered("transport"),
		Relay:      browser.Origin(),
		Elsewhere:  transports,
		Token:      p.token,
		Worked: func(name, elsewhere string) {
			p.by = name
			if elsewhere == "" {
				browser.Remember("transport", name)
			}
			p.sessionChanged(client.StatusChanged)
		},
		Failed: func(error) {
			p.unreached = true
			p.redraw()
		},
	})
	p.figures = figure.New(doc, browser.NewFonts())
	p.speakTiles(p.figures)
	p.editor = editor.New(p.figures, func(update []byte) {
		p.changed = true
		p.session.Commit(update)
	})
	p.lookAgain()
	p.editor.FrameTitle = browser.Text("tool.frame")
	p.view = view.New(p.figures)
	p.figures.Observe(p.view.Changed)
	p.changed = p.session.Status().Unsent > 0
	p.comments.index = thread.NewIndex(doc)
	p.links.read(doc)
	figures, mine := p.figures, p.editor // also while others are shown
	doc.Observe(func(e board.Event) {
		figures.Changed(e)
		p.comments.stale = p.comments.index.Changed(e) || p.comments.stale
		p.links.changed(doc, e)
		mine.Changed(e)
		p.narration.changed(p, e)
		p.stale = true
		p.redraw()
	})
}

// token gets what to show the relay. One that lets everybody in is shown none, and
// is not asked again.
func (p *page) token(ctx context.Context) (client.Token, error) {
	answer, err := p.access.Ask(ctx)
	if _, refused := errors.AsType[*browser.Refusal](err); refused {
		return client.Token{}, fmt.Errorf("%w: %w", client.ErrNoToken, err)
	}
	if err != nil {
		return client.Token{}, err
	}
	// What the person may do is known before the relay has been reached by any transport.
	p.do(func() {
		if i := slices.Index(browser.RoleNames[:], answer.Role); i >= 0 {
			p.answered = wire.RoleViewer + wire.Role(i)
		}
		p.subject = answer.Subject
		p.showStanding()
	})
	return client.Token{Value: answer.Token, Until: answer.Until}, nil
}

// transports are the ways to the relay at an origin: those that the browser has, or
// the one that the page's address asks for.
func transports(origin string) []client.Transport {
	all := []client.Transport{
		{Name: browser.ByWebTransport, Dial: func(ctx context.Context) (conn.Conn, error) {
			return browser.DialWebTransport(ctx, origin, wire.MaxMessage)
		}},
		{Name: browser.ByWebSocket, Dial: func(ctx context.Context) (conn.Conn, error) {
			return browser.DialSocket(ctx, origin, wire.MaxMessage)
		}},
		{Name: browser.ByEvents, LastResort: true, Dial: func(ctx context.Context) (conn.Conn, error) {
			return browser.DialEvents(ctx, origin, wire.MaxMessage)
		}},
	}
	for i, t := range all {
		if t.Name == browser.ForcedTransport() {
			return all[i : i+1]
		}
	}
	return all
}

// palette is the colours of people: dark enough for white letters.
var palette = [...]uint32{0xc2255c, 0x9c36b5, 0x6741d9, 0x3b5bdb, 0x1971c2, 0x0c8599, 0x099268, 0x2f9e44, 0x5c940d, 0xd9480f}

// remembered returns the name and colour that this device had last time, or new
// ones.
func remembered() (name string, color uint32) {
	name = browser.Remembered("name")
	if c, err := strconv.ParseUint(browser.Remembered("color"), 16, 24); err == nil && name != "" {
		return name, uint32(c)
	}
	var b [2]byte
	rand.Read(b[:])
	name = browser.Text("person.guest", strconv.Itoa(10+int(b[0])%90))
	color = palette[int(b[1])%len(palette)]
	browser.Remember("name", name)
	browser.Remember("color", strconv.FormatUint(uint64(color), 16))
	return name, color
}

// connect keeps the page in step with the relay until the relay has had enough
// of it.
func (p *page) connect() {
	err := p.link.Run(context.Background())
	p.first.Drop()
	if refused, ok := errors.AsType[*browser.Refusal](err); ok {
		p.worker.LeavePicture("", "")
		p.panels.Deny(refused)
		return
	}
	if stopped, ok := errors.AsType[*client.StoppedError](err); ok {
		p.panels.ShowConnection(browser.Connection{Phase: client.Offline.String()})
		p.panels.Fatal(uint32(stopped.Code), stopped.Reason)
	}
}

// do runs f on the link's goroutine and then shows what has come of it.
func (p *page) do(f func()) {
	p.link.Do(func(*client.Session) {
		if p.crashed {
			return
		}
		defer p.caught()
		p.narration.doing = true
		f()
		p.narration.doing = false
		if stroke := p.mine().Stroke(); stroke != (board.ID{}) {
			p.session.Draw(stroke)
		} else {
			p.session.Drawn()
		}
		p.show()
	})
}

// redraw asks for a frame.
func (p *page) redraw() {
	p.asked.Store(true)
	p.scene.Redraw()
	browser.WakeFrames()
}

func (p *page) sessionChanged(e client.Event) {
	switch e {
	case client.StatusChanged:
		p.showStanding()
		p.showKeeping(p.session.Status())
		p.tellEdge()
		if p.first.There() {
			p.redraw()
		}
	}
	switch e {
	case client.StatusChanged, client.PathChanged, client.LoadingChanged:
		p.showHint()
		st, path := p.session.Status(), p.session.Path()
		have, total := p.session.Loading()
		p.panels.ShowConnection(browser.Connection{
			Loading: total > 0, Loaded: 100 * have / max(total, 1),
			NotStored: st.NotStored, EdgeOnly: st.EdgeOnly, ViewOnly: !p.role.Edits(),
			Phase: st.Phase.String(), Blink: p.blinks(), Unsent: st.Unsent, Sent: st.Sent, Unsaid: st.Unsaid, Changed: p.changed,
			Transport: p.transport(st), RTT: int(path.RTT.Milliseconds()), Loss: int(100 * max(path.Up, path.Down)),
			Kept: st.Kept, NotKept: p.whyNotKept(st) != nil,
		})
	case client.PeopleChanged:
		p.seek()
		p.showPeople()
		p.showCursors()
		p.takeSelections()
		p.chatChanged()
	case client.TalkChanged, client.MarksChanged, client.TypingChanged:
		p.chatChanged()
	case client.InboxChanged:
		p.inboxChanged()
	case client.WishesChanged:
		p.showWishes()
	case client.SelectionsChanged:
		p.takeSelections()
	case client.CursorsChanged:
		p.takeLasers()
		p.showCursors()
	case client.ViewportsChanged:
		p.follows()
		p.showCompany()
		p.showCursors()
		p.showPages()
		p.showMinimap()
		p.redraw() // what they hold is seen on their page alone
	case client.FeedsChanged:
		p.feedsChanged()
	case client.SketchesChanged:
		if p.past.editor == nil {
			p.view.Sketches(p.sketches())
			p.redraw()
		}
	}
}

// tellEdge tells once that the relay has been cut off from others, however often the
// connection to it breaks meanwhile.
func (p *page) tellEdge() {
	before := p.edge
	p.edge = p.session.Status().EdgeOnly
	if p.edge && !before && time.Since(p.edgeTold) > edgeAgain {
		p.edgeTold = time.Now()
		browser.Toast(browser.Text("status.edge-why"))
	}
	if before && !p.edge {
		browser.Untoast(browser.Text("status.edge-why"))
	}
}

// edgeAgain is after how long it is told again that the relay is cut off.
const edgeAgain = time.Minute

// blinks reports whether the relay has just been lost, and will mostly be back at once:
// the light shows that alone.
func (p *page) blinks() bool { return p.by != "" && !p.away.IsZero() && time.Since(p.away) < blinkFor }

// whyNotKept is why the device does not keep the board, or nil.
func (p *page) whyNotKept(st client.Status) error { return cmp.Or(p.notKept, st.NotKept) }

// transport is by what the page is connected, "" while it is not.
func (p *page) transport(st client.Status) string {
	if st.Phase != client.Live {
		return ""
	}
	return p.by
}

// showStanding follows what the relay says of this person. Where it says no role
// by the wire, the one that came with the token holds.
func (p *page) showStanding() {
	before, st := p.role, p.session.Status()
	p.role = cmp.Or(st.Role, p.answered)
	p.mine().ViewOnly(!p.role.Edits())
	p.mine().Comments(p.role.Comments())
	p.comments.stale = true // what may be done there is another
	p.panels.ShowStanding(browser.Standing{ViewOnly: !p.role.Edits(), Comments: p.role.Comments(), Owner: p.answered == wire.RoleOwner, Named: st.Name != ""})
	if st.Name != p.given {
		p.given = st.Name
		p.showPeople()
	}
	if before != wire.RoleUnsaid && before.Edits() != p.role.Edits() {
		key := "person.now-editing"
		if before.Edits() {
			key = "person.now-view-only"
		}
		browser.Toast(browser.Text(key))
	}
}

// frame is asked by the scene, on a goroutine of its own, for what to draw.
func (p *page) frame(width, height int, ratio float64) (f *view.Frame) {
	select {
	case <-p.begun:
	default:
		return nil
	}
	p.link.Do(func(*client.Session) {
		if p.crashed {
			return
		}
		defer p.caught()
		if p.stale { // by others: they do not wait for what is done here
			p.show()
		}
		now, dark := browser.Now(), browser.Dark()
		p.asked.Store(false)
		p.fly()
		f = p.view.Frame(view.Screen{
			Width: width, Height: height, Ratio: ratio,
			Dark: dark, Camera: p.editor.Camera(), Now: now, Overlay: p.overlay(dark),
		})
		p.complete = !f.Again && f.Wake == 0
		if _, due := p.view.Due(); !f.Again && !due {
			p.framed()
		}
		p.handOver(!f.Again)
		switch {
		case f.Again:
			p.redraw()
		case f.Wake > 0:
			p.wake(f.Wake)
		}
	})
	return f
}

// wake asks for a frame at a time by browser.Now, or at once if that is over.
func (p *page) wake(at float64) {
	wait := at - browser.Now()
	switch {
	case wait <= 0:
		p.redraw()
	case p.wakeAt == 0 || at < p.wakeAt:
		p.wakeAt = at
		browser.After(wait, func() {
			p.do(func() { p.wakeAt = 0; p.redraw() })
		})
	}
}
