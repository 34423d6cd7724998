package server

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"edgeboard/shared/wire"
)

// What was said on a board as a file, for who may read the board:
//
//	GET /b/{board}.chat.jsonl  all messages, the oldest first, as docs/chat-jsonl.md says
//
// ?download has the browser save it. What persons say to each other is in no file. The
// messages are read as fast as they are taken, a page at a time.

// chatSuffix is that of the file's name.
const chatSuffix = "chat.jsonl"

// chatLine is a message in the file. Numbers that JSON's readers would round are texts.
type chatLine struct {
	ID        string         `json:"id"`
	Author    string         `json:"author"`
	Name      string         `json:"name,omitempty"`
	Time      int64          `json:"time"` // milliseconds since 1970 UTC
	Stamp     string         `json:"stamp"`
	Changed   string         `json:"changed,omitempty"` // if it was
	Text      string         `json:"text"`
	About     string         `json:"about,omitempty"`
	Mentions  []chatMention  `json:"mentions,omitempty"`
	Reactions []chatReaction `json:"reactions,omitempty"`
	Edited    bool           `json:"edited,omitempty"`
	Deleted   bool           `json:"deleted,omitempty"`
	Written   uint64         `json:"written,omitempty"` // by the author's clock
}

type chatMention struct {
	Person string `json:"person"`
	At     uint32 `json:"at"` // in bytes of UTF-8
	Length uint32 `json:"length"`
}

type chatReaction struct {
	Sign    string   `json:"sign"`
	Persons []string `json:"persons"`
}

func lineOf(text *wire.Text) chatLine {
	id := func(id wire.TextID) string {
		if id == (wire.TextID{}) {
			return ""
		}
		return base64.RawURLEncoding.EncodeToString(id[:])
	}
	l := chatLine{
		ID: id(text.ID), Author: text.Author.String(), Name: text.Name, Time: text.Stamp.Milliseconds(),
		Stamp: strconv.FormatUint(uint64(text.Stamp), 10), Text: text.Text, About: id(text.About),
		Edited: text.Edited, Deleted: text.Deleted, Written: text.Written,
	}
	if text.Changed != text.Stamp {
		l.Changed = strconv.FormatUint(uint64(text.Changed), 10)
	}
	for _, m := range text.Mentions {
		l.Mentions = append(l.Mentions, chatMention{m.Person.String(), m.At, m.Length})
	}
	for _, r := range text.Reactions {
		of := chatReaction{Sign: r.Sign}
		for _, p := range r.Persons {
			of.Persons = append(of.Persons, p.String())
		}
		l.Reactions = append(l.Reactions, of)
	}
	return l
}

func (s *Server) serveChat(w http.ResponseWriter, r *http.Request, name string) {
	disposition := "inline"
	if r.URL.Query().Has("download") {
		disposition = "attachment"
	}
	begin := func() {
		h := w.Header()
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Vary", "Authorization, Cookie")
		h.Set("Content-Type", "application/jsonl; charset=utf-8")
		h.Set("Content-Disposition", fmt.Sprintf("%s; filename=%q", disposition, name+"."+chatSuffix))
		h.Set("Content-Security-Policy", filePolicy)
	}
	if r.Method == http.MethodHead {
		begin()
		return
	}
	out := bufio.NewWriterSize(takes{w}, 64<<10)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	begun := false
	err := s.talk.Export(r.Context(), name, func(text *wire.Text) error {
		if !begun {
			begun = true
			begin()
		}
		return lines.Encode(lineOf(text))
	})
	switch {
	case err == nil && !begun:
		begin()
	case err == nil:
		err = out.Flush()
	}
	if err == nil {
		return
	}
	if r.Context().Err() == nil {
		s.log.Error("no file made of what was said on a board", "board", name, "err", err)
	}
	if begun {
		panic(http.ErrAbortHandler) // who asks is to see that it is not all
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(exportRetry.Seconds())))
	writeError(w, http.StatusServiceUnavailable, "the relay cannot read what was said on the board now; try again")
}
