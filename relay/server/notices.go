package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"edgeboard/relay/auth"
	"edgeboard/relay/notify"
	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

// POST /api/notices puts a notice into the inboxes of people, for a program of the
// operator's whose token has the claim "notices". docs/notices.md describes it.

const (
	// maxNotice bounds the body of such a request, in bytes.
	maxNotice = 64 << 10
	// maxNoticePeople is how many people one may be for.
	maxNoticePeople = 1000
	// maxNoticeID is the greatest length of its name, in bytes.
	maxNoticeID = 255
)

// noticeRequest is what a program wants to be told.
type noticeRequest struct {
	// Person or People are the subjects whom it is for; neither: all who have a role on
	// Board, and all who are there.
	Person string   `json:"person"`
	People []string `json:"people"`
	// Board is where it leads.
	Board   string `json:"board"`
	Element string `json:"element"` // there, as in a link to it
	Kind    string `json:"kind"`    // notice, also if it is empty, or alert
	Title   string `json:"title"`
	Text    string `json:"text"`
	// ID is what it is known by, among those of the same program: of one that comes
	// again people have no second entry.
	ID string `json:"id"`
}

const noticeMembers = "person, people, board, element, kind, title, text and id"

var noticeKinds = map[string]uint32{"": wire.EntryProgram, "notice": wire.EntryProgram, "alert": wire.EntryAlert}

func invalid(format string, args ...any) error {
	return auth.NewError(auth.Invalid, fmt.Sprintf(format, args...))
}

// errTooLong is of a body that has more bytes than it may have.
var errTooLong = errors.New("the body has more than 64 KiB")

// readNotice reads one, and says what is wrong with it.
func readNotice(body io.Reader) (q noticeRequest, err error) {
	text, err := io.ReadAll(body)
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return q, errTooLong
	case err != nil:
		return q, invalid("the body cannot be read")
	case !utf8.Valid(text):
		return q, invalid("the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return q, invalid("%.80s is not known here: a notice has %s", name, noticeMembers)
		}
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return q, invalid("%s is no %s", wrong.Field, map[bool]string{true: "list of strings", false: "string"}[wrong.Field == "people"])
		}
		return q, invalid("the body is no JSON object with %s", noticeMembers)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return q, invalid("something follows the JSON object")
	}
	return q, q.check()
}

func (q *noticeRequest) check() error {
	_, kind := noticeKinds[q.Kind]
	_, element := board.ParseID(q.Element)
	switch {
	case q.Person != "" && q.People != nil:
		return invalid("person and people exclude each other")
	case q.People != nil && len(q.People) == 0:
		return invalid("people has nobody in it")
	case len(q.People) > maxNoticePeople:
		return invalid("people has more than %d entries: send several notices", maxNoticePeople)
	case q.Person == "" && q.People == nil && q.Board == "":
		return invalid("whom it is for is missing: person, people, or a board")
	case q.Board != "" && !wire.ValidBoardName(q.Board):
		return errBoardName
	case q.Element != "" && q.Board == "":
		return invalid("an element is on a board, which is missing")
	case q.Element != "" && (!element || len(q.Element) > wire.MaxElement):
		return invalid("element is what stands behind #e= in the link to one")
	case !kind:
		return invalid("kind is notice or alert, not %.20q", q.Kind)
	case strings.TrimSpace(q.Title+q.Text) == "":
		return invalid("a notice needs a title or a text")
	case len(q.Title) > wire.MaxTitle:
		return invalid("title has more than %d bytes", wire.MaxTitle)
	case len(q.Text) > wire.MaxExcerpt:
		return invalid("text has more than %d bytes", wire.MaxExcerpt)
	case len(q.ID) > maxNoticeID || strings.ContainsFunc(q.ID, unicode.IsControl):
		return invalid("id is a name of at most %d bytes", maxNoticeID)
	}
	for _, subject := range q.subjects() {
		if subject == "" || len(subject) > auth.MaxSubject || strings.ContainsFunc(subject, unicode.IsControl) {
			return invalid("a person is named as in tokens (sub), by 1 to %d bytes", auth.MaxSubject)
		}
	}
	return nil
}

// subjects are those who are named.
func (q *noticeRequest) subjects() []string {
	if q.Person != "" {
		return []string{q.Person}
	}
	return q.People
}

// takeNotice answers for POST /api/notices.
func (s *Server) takeNotice(w http.ResponseWriter, r *http.Request) {
	if s.access.Everybody() {
		s.refuseJSON(w, errNoPrograms, "")
		return
	}
	by, err := s.by(r, "")
	if err == nil && !by.Notices {
		err = errNoNotices
	}
	var q noticeRequest
	if err == nil {
		if no := s.gate.notice(by.Subject, s.gate.place(s.clientAddress(r))); no != nil {
			s.refuseAddress(w, no)
			return
		}
		q, err = readNotice(r.Body)
	}
	if errors.Is(err, errTooLong) {
		writeJSON(w, http.StatusRequestEntityTooLarge, problem{Error: err.Error()})
		return
	}
	if err != nil {
		s.refuseJSON(w, err, "")
		return
	}
	told, err := s.tell(r.Context(), by, &q)
	if err != nil {
		if r.Context().Err() == nil {
			s.log.Error("a program's notice is not stored for all whom it is for", "by", by.Subject, "told", told, "err", err)
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(noticeRetry)))
		writeJSON(w, http.StatusServiceUnavailable, problem{Error: "the relay cannot store the notice for all now; send it again, with the same id"})
		return
	}
	writeJSON(w, http.StatusAccepted, struct {
		Told int `json:"told"` // whose inboxes have it
	}{told})
}

// noticeRetry is when to send a notice again that was not stored, in seconds.
const noticeRetry = 5

var (
	errNoPrograms = auth.NewError(auth.Forbidden, "this relay is open to everybody, and so takes no notices of programs: start it with a key (-token-keys), and show a token that relay token -notices has signed with it")
	errNoNotices  = auth.NewError(auth.Forbidden, `the token does not allow to send notices: it needs the claim "notices": true (relay token -notices)`)
)

// tell puts a notice into the inboxes of those whom it is for.
func (s *Server) tell(ctx context.Context, by *auth.Grant, q *noticeRequest) (told int, err error) {
	subjects := q.subjects()
	event := notify.Event{What: noticeKinds[q.Kind], Board: q.Board, Title: q.Title, Text: q.Text, Element: q.Element}
	if q.ID != "" {
		event.ID = "program\x00" + by.Subject + "\x00" + q.ID
	}
	if len(subjects) == 0 {
		if event.Persons, err = s.personsOf(ctx, q.Board); err != nil {
			return 0, err
		}
	}
	for _, subject := range subjects {
		event.Persons = append(event.Persons, room.PersonOf(subject, ""))
	}
	return s.notices.Tell(ctx, event)
}
