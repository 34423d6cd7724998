package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

const (
	webhookTarget = "webhook/" // and its place among Config.Webhooks
	// maxAnswer is how much of an answer is read, in bytes, so that the connection can
	// be used again; nobody looks at it.
	maxAnswer = 4 << 10
)

// hooked is what a webhook is told: docs/notices.md has it for those who take it.
type hooked struct {
	Type      string      `json:"type"`
	Timestamp string      `json:"timestamp"` // when it was stored, as RFC 3339 says
	Data      hookedEntry `json:"data"`
}

type hookedEntry struct {
	Person  string `json:"person"`
	Seq     uint64 `json:"seq"`
	What    string `json:"what"`
	Time    uint64 `json:"time"`
	Board   string `json:"board,omitempty"`
	From    string `json:"from,omitempty"`
	Name    string `json:"name,omitempty"`
	Title   string `json:"title,omitempty"`
	Text    string `json:"text,omitempty"`
	With    string `json:"with,omitempty"`
	Message string `json:"message,omitempty"`
	Element string `json:"element,omitempty"`
}

// whats are how the kinds of entries are called; others by their numbers.
var whats = map[uint32]string{
	wire.EntryMention: "mention", wire.EntryPrivate: "private", wire.EntryReply: "reply",
	wire.EntryInvitation: "invitation", wire.EntryAlert: "alert", wire.EntryProgram: "notice",
}

// hookWords is what a webhook is told of an entry: the same at each attempt, as is its id.
func hookWords(person wire.Person, e *wire.Entry) (id string, body []byte) {
	h := hooked{Type: "inbox.entry", Timestamp: time.UnixMilli(int64(e.Time)).UTC().Format(time.RFC3339Nano), Data: hookedEntry{
		Person: hexOf(person), Seq: e.Seq, What: whats[e.What], Time: e.Time, Board: e.Board, From: hexOf(e.From),
		Name: e.Name, Title: e.Title, Text: e.Text, With: hexOf(e.With), Element: e.Element,
	}}
	if h.Data.What == "" {
		h.Data.What = strconv.FormatUint(uint64(e.What), 10)
	}
	if e.Message != (wire.TextID{}) {
		h.Data.Message = base64.RawURLEncoding.EncodeToString(e.Message[:])
	}
	body, err := json.Marshal(h)
	if err != nil {
		panic(err) // texts and numbers are always JSON
	}
	return h.Data.Person + "-" + strconv.FormatUint(e.Seq, 10), body
}

func hexOf(p wire.Person) string {
	if p == (wire.Person{}) {
		return ""
	}
	return hex.EncodeToString(p[:])
}

// hook tells a webhook of an entry.
func (c *Center) hook(ctx context.Context, d *notice.Delivery) attempt {
	n, err := strconv.ParseUint(strings.TrimPrefix(d.Target, webhookTarget), 10, 16)
	e, ok := entryOf(&d.Entry)
	if err != nil || n >= uint64(len(c.Webhooks)) || !ok {
		return attempt{outcome: dropped}
	}
	to := c.Webhooks[n]
	id, body := hookWords(d.Entry.Person, &e)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return attempt{outcome: givenUp, why: err}
	}
	at := strconv.FormatInt(c.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Edgeboard")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", sign(to.Secret, id, at, body))
	resp, err := c.hooks.Do(req)
	if err != nil {
		if failed := new(url.Error); errors.As(err, &failed) {
			err = failed.Err // without the address, which may have a secret in it
		}
		return attempt{outcome: retried, why: err}
	}
	finish(resp)
	return answered(resp, c.Now())
}

// sign is the signature of the scheme v1 of Standard Webhooks.
func sign(secret []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// finish reads what is there of an answer and drops it.
func finish(resp *http.Response) {
	io.CopyN(io.Discard, resp.Body, maxAnswer)
	resp.Body.Close()
}
