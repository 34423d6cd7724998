//go:build js

package browser

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strconv"
	"strings"
	"syscall/js"
	"time"
)

// callTimeout is for one call of the relay's API.
const callTimeout = 15 * time.Second

// share is the dialog in which the board is shared. An owner makes invites there
// and says who may do what; others find the board's link.
type share struct {
	access  *Access
	dialog  js.Value
	owner   bool
	working int  // calls under way
	making  bool // one of them makes an invite
	listed  int  // calls for the list: only the last one's answer is shown
}

// listen begins to answer the share button.
func (s *share) listen() {
	s.dialog = element("share-dialog")
	for _, id := range []string{"share-url", "invite-link"} {
		input := element(id)
		listen(input, "focus", func(js.Value) {
			input.Call("select")
			input.Set("scrollLeft", 0) // it would show the end
		})
	}
	choices(element("invite-role"), RoleNames[:3], textsOf(roleKeys[:3]), "editor")
	var expiries []string
	for _, seconds := range expirySeconds {
		expiries = append(expiries, strconv.Itoa(seconds))
	}
	choices(element("invite-expiry"), expiries, textsOf(expiryKeys[:]), strconv.Itoa(7*24*3600))
	listen(element("share"), "click", func(js.Value) { s.open() })
	listen(element("share-close"), "click", func(js.Value) { s.dialog.Call("close") })
	listen(s.dialog, "close", func(js.Value) { s.empty() })
	listen(element("share-copy"), "click", func(js.Value) { s.copy("share-url") })
	listen(element("invite-copy"), "click", func(js.Value) { s.copy("invite-link") })
	listen(element("invite-form"), "submit", func(e js.Value) {
		e.Call("preventDefault")
		s.create()
	})
	// The lists are made anew with each answer, so what is in them is heard of here.
	listen(element("share-owner"), "click", func(e js.Value) {
		switch kind, id := key(e, "button"); kind {
		case "invite":
			s.change("DELETE", "/invites/"+escape(id), nil)
		case "person":
			s.change("DELETE", "/people/"+escape(id), nil)
		}
	})
	listen(element("share-owner"), "change", func(e js.Value) {
		if kind, id := key(e, "select"); kind == "role" {
			s.change("PUT", "/people/"+escape(id), map[string]any{"role": e.Get("target").Get("value")})
		}
	})
	listen(element("sign-out"), "click", func(js.Value) {
		s.do(func(ctx context.Context) error {
			unsent, err := unsentBoards(ctx)
			// The device notes a little later what the relay has.
			for range 30 {
				if !unsent || err != nil {
					break
				}
				time.Sleep(100 * time.Millisecond)
				unsent, err = unsentBoards(ctx)
			}
			if err != nil {
				println("looking for what is unsent:", err.Error())
			}
			if unsent && !window.Call("confirm", Text("sharing.unsent")).Bool() {
				return nil
			}
			if err := endPush(ctx); err != nil {
				println("ending push:", err.Error())
			}
			if err := s.access.signOut(ctx); err != nil {
				go resumePush()
				return err
			}
			if err := forgetBoards(ctx); err != nil {
				println("forgetting boards:", err.Error())
			}
			window.Get("location").Call("reload")
			return nil
		})
	})
}

// key returns what an event's control is for, and of which invite or person.
func key(e js.Value, control string) (kind, id string) {
	c := e.Get("target").Call("closest", control+"[data-key]")
	if c.IsNull() {
		return "", ""
	}
	kind, id, _ = strings.Cut(c.Get("dataset").Get("key").String(), " ")
	return kind, id
}

func (s *share) open() {
	s.empty()
	element("share-url").Set("value", window.Get("location").Get("href"))
	s.show()
	if !s.dialog.Get("open").Bool() {
		s.dialog.Call("showModal")
	}
	if s.owner {
		element("invite-role").Call("focus")
		s.reload()
	} else {
		element("share-copy").Call("focus")
	}
}

// empty forgets what the dialog has shown: names, and a link that lets others in.
func (s *share) empty() {
	s.tell("", "")
	s.showNew("")
	for _, list := range elements("#share-owner ul") {
		list.Call("replaceChildren")
		list.Get("parentElement").Set("hidden", true)
	}
}

// show shows what this person may do here.
func (s *share) show() {
	answer := s.access.Last()
	element("share-owner").Set("hidden", !s.owner)
	who := ""
	switch {
	case answer.Open:
		who = Text("sharing.anyone-edits")
	case s.owner:
		who = Text("sharing.members-only")
	case answer.Known:
		who = Text("sharing.owners-only")
	}
	setText(element("share-who"), who)
	element("share-copy").Get("classList").Call("toggle", "primary", !s.owner)
	element("share-session").Set("hidden", !answer.Known || answer.Open)
}

// setOwner tells whether this person owns the board, also while the dialog is open.
func (s *share) setOwner(owner bool) {
	if owner == s.owner {
		return
	}
	s.owner = owner
	if s.dialog.Get("open").Bool() {
		s.open()
	}
}

// tell shows what was done, or what went wrong.
func (s *share) tell(note, trouble string) {
	setText(element("share-note"), note)
	setText(element("share-error"), trouble)
}

// copy copies the link in a field, which is selected where the browser does not
// let it be copied.
func (s *share) copy(id string) {
	input := element(id)
	Copy(input.Get("value").String(), func(ok bool) {
		if ok {
			s.tell(Text("sharing.copied"), "")
			return
		}
		s.tell(Text("sharing.not-copied"), "")
		input.Call("focus")
	})
}

// do runs a call of the relay on a goroutine of its own, and says what went wrong.
func (s *share) do(f func(context.Context) error) {
	s.tell("", "")
	s.busy(1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		defer cancel()
		err := f(ctx)
		s.busy(-1)
		if err == nil {
			return
		}
		status, reason := 0, err.Error()
		if e, ok := errors.AsType[*CallError](err); ok {
			status, reason = e.Status, e.Reason
		} else if e, ok := errors.AsType[*Refusal](err); ok {
			status, reason = e.Status, e.Reason
		}
		s.tell("", failedText(Language(), status, reason))
	}()
}

func (s *share) busy(change int) {
	s.working += change
	setAttr(s.dialog, "aria-busy", strconv.FormatBool(s.working > 0))
}

// create makes an invite and copies its link.
func (s *share) create() {
	if s.making {
		return // a second click
	}
	s.making = true
	body := map[string]any{"role": element("invite-role").Get("value")}
	if seconds, _ := strconv.Atoi(element("invite-expiry").Get("value").String()); seconds > 0 {
		body["expires_in"] = seconds
	}
	if element("invite-once").Get("checked").Bool() {
		body["uses"] = 1
	}
	s.do(func(ctx context.Context) error {
		defer func() { s.making = false }()
		made, err := s.access.call(ctx, "POST", "/invites", body)
		if err != nil {
			return err
		}
		link := sameOrigin(text(made, "link"))
		if !s.dialog.Get("open").Bool() {
			return nil
		}
		s.showNew(link)
		Copy(link, func(ok bool) {
			if ok {
				setText(element("invite-new-text"), Text("sharing.new-copied"))
			} else {
				element("invite-link").Call("focus")
			}
		})
		return s.list(ctx)
	})
}

// showNew shows the link of a new invite; "" hides it.
func (s *share) showNew(link string) {
	element("invite-link").Set("value", link)
	text := ""
	if link != "" {
		text = Text("sharing.new")
	}
	setText(element("invite-new-text"), text)
	element("invite-new").Set("hidden", link == "")
}

// reload shows the invites and people that there are.
func (s *share) reload() { s.do(s.list) }

func (s *share) list(ctx context.Context) (err error) {
	defer jsError(&err)
	s.listed++
	call := s.listed
	found, err := s.access.call(ctx, "GET", "/access", nil)
	if err != nil {
		return err
	}
	if call != s.listed || !s.dialog.Get("open").Bool() {
		return nil
	}
	focused := document.Get("activeElement").Get("dataset").Get("key")
	// The newest invite first, and of people oneself, then who is here longest.
	rows("invites", found.Get("invites"), s.inviteRow, func(of js.Value) float64 { return -millis(of, "created") })
	rows("access", found.Get("people"), s.personRow, func(of js.Value) float64 {
		if of.Get("you").Truthy() {
			return 0
		}
		return millis(of, "since")
	})
	if focused.Type() != js.TypeString {
		return nil
	}
	// What had the focus was made anew, or is gone.
	for _, e := range elements("#share-owner [data-key]") {
		if e.Get("dataset").Get("key").Equal(focused) {
			e.Call("focus")
			return nil
		}
	}
	element("share-title").Call("focus")
	return nil
}

// change calls the relay, and shows what has come of it.
func (s *share) change(method, path string, body map[string]any) {
	s.do(func(ctx context.Context) error {
		_, err := s.access.call(ctx, method, path, body)
		return errors.Join(err, s.list(ctx)) // also what did not change is shown as it is
	})
}

// rows shows a list of the relay's by rank, and its section if there is any.
func rows(id string, of js.Value, row func(of js.Value) js.Value, rank func(of js.Value) float64) {
	section := element(id)
	list := section.Call("querySelector", "ul")
	list.Call("replaceChildren")
	var all []js.Value
	if of.Type() == js.TypeObject {
		for i := range of.Length() {
			all = append(all, of.Index(i))
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return rank(all[i]) < rank(all[j]) })
	for _, one := range all {
		list.Call("append", row(one))
	}
	section.Set("hidden", len(all) == 0)
}

// millis is a time given as in RFC 3339, in milliseconds since 1970.
func millis(of js.Value, name string) float64 {
	return window.Get("Date").Call("parse", text(of, name)).Float()
}

func (s *share) inviteRow(of js.Value) js.Value {
	what := s.roleName(text(of, "role"))
	details := s.expires(of)
	if of.Get("uses").Type() == js.TypeNumber && of.Get("uses").Int() == 1 {
		details += " · " + Text("sharing.one-person")
	}
	if of.Get("used").Type() == js.TypeNumber {
		details += " · " + usedText(Language(), of.Get("used").Int())
	}
	if name := text(of, "label"); name != "" {
		details = name + " · " + details
	}
	return row(what, details, keyButton(Text("sharing.revoke"), Text("sharing.revoke-link", what+", "+details), "invite "+text(of, "id")))
}

func (s *share) personRow(of js.Value) js.Value {
	subject, role := text(of, "subject"), text(of, "role")
	name := text(of, "name")
	if name == "" {
		name = unnamedText(Language(), subject)
	}
	if of.Get("you").Truthy() {
		// Who took it from themselves could not give it back.
		return row(name+" ("+Text("person.you")+")", s.roleName(role))
	}
	pick := document.Call("createElement", "select")
	choices(pick, RoleNames[:], textsOf(roleKeys[:]), role)
	setAttr(pick, "aria-label", Text("sharing.role-of", name))
	pick.Get("dataset").Set("key", "role "+subject)
	return row(name, "", pick, keyButton(Text("sharing.remove"), Text("sharing.remove-person", name), "person "+subject))
}

// row is a line of a list: what it is about, details in small, and controls.
func row(what, details string, controls ...js.Value) js.Value {
	item, words := document.Call("createElement", "li"), document.Call("createElement", "div")
	for _, text := range []string{what, details} {
		p := document.Call("createElement", "p")
		p.Set("textContent", text)
		words.Call("append", p)
	}
	item.Call("append", words)
	for _, c := range controls {
		item.Call("append", c)
	}
	return item
}

// keyButton is a button of a list, of which key says what it is for.
func keyButton(text, name, key string) js.Value {
	b := document.Call("createElement", "button")
	b.Set("type", "button")
	b.Set("textContent", text)
	label(b, name)
	b.Get("dataset").Set("key", key)
	return b
}

func (s *share) roleName(role string) string {
	if i := slices.Index(RoleNames[:], role); i >= 0 {
		return Text(roleKeys[i])
	}
	return role
}

// expires says in words when an invite ends.
func (s *share) expires(of js.Value) string {
	if text(of, "expires") == "" {
		return Text("sharing.never-expires")
	}
	left := (millis(of, "expires") - window.Get("Date").Call("now").Float()) / 1000
	if !(left > 0) {
		return Text("sharing.expired")
	}
	n, unit := inUnits(left)
	format := window.Get("Intl").Get("RelativeTimeFormat").New(Language().Tag())
	return Text("sharing.expires", format.Call("format", n, unit).String())
}

// choices fills a select element.
func choices(e js.Value, values, names []string, chosen string) {
	for i, value := range values {
		o := document.Call("createElement", "option")
		o.Set("value", value)
		o.Set("textContent", names[i])
		e.Call("append", o)
	}
	e.Set("value", chosen)
}

// escape makes a text a part of a path.
func escape(text string) string { return window.Call("encodeURIComponent", text).String() }
