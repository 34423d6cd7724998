//go:build js

package browser

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"syscall/js"
	"time"
)

// Access is what the relay lets this page do on its board. It asks for it as
// package auth of the relay has it: POST /auth/token.
type Access struct {
	mu     sync.Mutex
	answer Answer
}

// Answer is the relay's, to who may come in.
type Answer struct {
	Known bool // there has been one
	Open  bool // everybody may edit: the rest is empty
	Token string
	Until time.Time // of the token
	Role  string    // "viewer", "commenter", "editor" or "owner"
	// Subject is who the relay knows the person as; "": it does not.
	Subject string
}

// Refusal is the relay's answer to who may not come in.
type Refusal struct {
	Status int    // 401: nobody is known, 403: it is not this person's, 410: the invite is over
	Reason string // the relay's words
	SignIn string // where to sign in; "": nowhere
}

func (r *Refusal) Error() string { return r.Reason }

// Last returns the answer there was last.
func (a *Access) Last() Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.answer
}

// Ask asks the relay, for the first time boot.js has done so while the program was
// loading. The error is a *Refusal if the relay has answered.
func (a *Access) Ask(ctx context.Context) (_ Answer, err error) {
	defer jsError(&err)
	asked, err := wait(ctx, window.Call("askAccess"))
	if err != nil {
		return Answer{}, err
	}
	response := asked.Get("response")
	status := response.Get("status").Int()
	answer := Answer{Known: true}
	switch {
	case status == 200:
		body, err := wait(ctx, response.Call("json"))
		if err != nil {
			return Answer{}, err
		}
		if answer.Open = body.Get("open").Truthy(); answer.Open {
			break
		}
		answer.Token, answer.Role, answer.Subject = text(body, "token"), text(body, "role"), text(body, "subject")
		left := time.Duration(body.Get("expires_in").Float() * float64(time.Second))
		age := time.Duration((Now() - asked.Get("at").Float()) * float64(time.Millisecond))
		answer.Until = time.Now().Add(left - age)
	case status == 404, status == 405:
		answer.Open = true // a relay from before there were tokens
	case status == 401, status == 403, status == 410:
		r := &Refusal{Status: status, Reason: "status " + strconv.Itoa(status)}
		if body, err := wait(ctx, response.Call("json")); err == nil {
			r.Reason, r.SignIn = text(body, "error"), text(body, "sign_in")
		}
		return Answer{}, r
	default:
		return Answer{}, errors.New("the relay answered with status " + strconv.Itoa(status))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = answer
	return answer, nil
}

// text returns a member of an object that is a string, otherwise "".
func text(of js.Value, name string) string {
	if v := of.Get(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// CallError is the relay's answer to a call that it does not do.
type CallError struct {
	Status int
	Reason string // the relay's words, in English
}

func (e *CallError) Error() string { return e.Reason }

// request makes a request of the relay for this person, with a new token if the one
// there is has just ended. The body, if there is one, is JSON.
func (a *Access) request(ctx context.Context, method, url string, body map[string]any) (response js.Value, err error) {
	token := a.Last().Token
	for again := true; ; again = false {
		headers := map[string]any{"Authorization": "Bearer " + token}
		request := map[string]any{"method": method, "cache": "no-store", "headers": headers}
		if body != nil {
			headers["Content-Type"] = "application/json"
			request["body"] = window.Get("JSON").Call("stringify", body)
		}
		response, err := wait(ctx, window.Call("fetch", url, request))
		if err != nil || response.Get("status").Int() != 401 || !again {
			return response, err
		}
		answer, err := a.Ask(ctx)
		if err != nil {
			return js.Undefined(), err
		}
		token = answer.Token
	}
}

// refused returns what the relay says of a request that it does not do, nil if it
// does it.
func refused(ctx context.Context, response js.Value) error {
	status := response.Get("status").Int()
	if status < 300 {
		return nil
	}
	e := &CallError{Status: status, Reason: "status " + strconv.Itoa(status)}
	if result, err := wait(ctx, response.Call("json")); err == nil {
		if reason := text(result, "error"); reason != "" {
			e.Reason = reason
		}
	}
	return e
}

// call calls the relay's HTTP API for this board. The body, if there is one, and
// the result are JSON; a path begins with a slash.
func (a *Access) call(ctx context.Context, method, path string, body map[string]any) (_ js.Value, err error) {
	defer jsError(&err)
	response, err := a.request(ctx, method, "/api/boards/"+Board()+path, body)
	if err == nil {
		err = refused(ctx, response)
	}
	if err != nil || response.Get("status").Int() == 204 {
		return js.Undefined(), err
	}
	return wait(ctx, response.Call("json"))
}

// signOut ends this device's session, on all boards.
func (a *Access) signOut(ctx context.Context) (err error) {
	defer jsError(&err)
	response, err := wait(ctx, window.Call("fetch", "/auth/signout", map[string]any{"method": "POST", "cache": "no-store"}))
	if err == nil && !response.Get("ok").Bool() {
		status := response.Get("status").Int()
		err = &CallError{Status: status, Reason: "status " + strconv.Itoa(status)}
	}
	return err
}

// sameOrigin returns the address of a path of the relay, "" of anything else.
func sameOrigin(path string) string {
	if path == "" {
		return ""
	}
	location := window.Get("location")
	url := window.Get("URL").New(path, location.Get("href"))
	if url.Get("origin").String() != location.Get("origin").String() {
		return ""
	}
	return url.Get("href").String()
}
