package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

const (
	// maxFeedBody bounds the body of a request that publishes, in bytes, but one of
	// lines, of which each is at most maxFeedLine.
	maxFeedBody = 1 << 20
	maxFeedLine = 64 << 10
	// feedBodyTime is how long such a body may take to come.
	feedBodyTime = time.Minute
)

// Media types of bodies.
const (
	mediaJSON  = "application/json"
	mediaLines = "application/x-ndjson"
	mediaPlain = "text/plain"
	mediaForm  = "application/x-www-form-urlencoded" // of curl -d, which says nothing else
	mediaProto = "application/x-protobuf"
)

const feedMedia = mediaJSON + ", " + mediaLines + ", " + mediaPlain + ", " + mediaProto

// takePoints answers for POST.
func (s *Server) takePoints(w http.ResponseWriter, r *http.Request) {
	by, err := s.publisher(r)
	var name string
	if err == nil {
		name, err = feedName(r)
	}
	taken := 0
	if err == nil {
		taken, err = s.takeBody(w, r, by, name)
	}
	if err != nil {
		s.refuseFeed(w, err)
		linger(w, r)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Taken int `json:"taken"`
	}{taken})
}

// What a client of HTTP/2 still sends, when it is refused, is read for so long and thrown
// away: some take the end of the request for that of the answer.
const (
	lingerTime  = time.Second
	lingerBytes = 16 << 20
)

func linger(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor < 2 {
		return
	}
	control := http.NewResponseController(w)
	_ = control.Flush() // an error means that the client has gone
	_ = control.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, lingerBytes))
}

// takeBody takes a body of any of the kinds.
func (s *Server) takeBody(w http.ResponseWriter, r *http.Request, by *publisher, name string) (taken int, err error) {
	media, parameters := mediaPlain, map[string]string(nil)
	if said := r.Header.Get("Content-Type"); said != "" {
		if media, parameters, err = mime.ParseMediaType(said); err != nil {
			return 0, noMedia(w)
		}
	}
	if media == mediaProto {
		return s.takeRemoteWrite(w, r, by, name, parameters["proto"])
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return 0, misfits(http.StatusUnsupportedMediaType, "Content-Encoding", "this is taken as it is, without a Content-Encoding")
	}
	read := readPlain
	switch media {
	case mediaJSON:
		read = readJSONPoints
	case mediaForm:
		// Who sends JSON by curl -d, and does not say so, does not mean a text.
		read = func(name string, body []byte) (*reported, error) {
			if start := bytes.TrimLeft(body, " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
				return readJSONPoints(name, body)
			}
			return readPlain(name, body)
		}
	case mediaPlain:
	case mediaLines, "application/ndjson", "application/jsonl":
		return s.takeLines(w, r, by, name)
	default:
		return 0, noMedia(w)
	}
	body, err := s.readFeedBody(w, r)
	if err != nil {
		return 0, err
	}
	p, err := read(name, body)
	if err == nil {
		err = by.publish(p)
	}
	if err != nil {
		return 0, err
	}
	return p.n, nil
}

func noMedia(w http.ResponseWriter) error {
	w.Header().Set("Accept-Post", feedMedia)
	return misfits(http.StatusUnsupportedMediaType, "Content-Type", "Content-Type is one of %s", feedMedia)
}

// readFeedBody reads a body that is small, and comes soon.
func (s *Server) readFeedBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxFeedBody {
		return nil, errFeedBody
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(feedBodyTime)) // what is no connection has none
	answerBy(w, time.Now().Add(feedBodyTime+writeTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFeedBody))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, errFeedBody
	case err != nil:
		return nil, misfits(http.StatusBadRequest, "body", "not all of the body has come")
	}
	_ = control.SetReadDeadline(time.Time{})
	return body, nil
}

var errFeedBody = misfits(http.StatusRequestEntityTooLarge, "body", "the body has more than 1 MiB; send it in parts, or as lines (%s)", mediaLines)

// takeLines takes points as they come, for as long as the body lasts. Those before a line
// that is wrong are taken.
func (s *Server) takeLines(w http.ResponseWriter, r *http.Request, by *publisher, name string) (taken int, err error) {
	at := s.gate.place(s.clientAddress(r))
	if no := s.gate.enter(at); no != nil {
		return 0, &misfit{status: no.status, retry: no.retryAfter, text: no.reason}
	}
	defer s.gate.leave(at)
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex() // an answer need not wait for a body without end; other versions have it
	answerBy(w, time.Time{})
	// After the last line that counts nothing more is read.
	endRead := func() { _ = control.SetReadDeadline(time.Unix(1, 0)) }
	done := make(chan struct{})
	keep := context.AfterFunc(s.stopping, func() { defer close(done); endRead() })
	defer func() {
		if !keep() {
			<-done
		}
		if err != nil && r.ProtoMajor < 2 {
			// Where the server reads on for the next request it takes this end for the
			// client's, and so would all requests that come by the connection.
			w.Header().Set("Connection", "close")
			endRead()
		}
		answerBy(w, time.Now().Add(writeTimeout))
	}()
	l := feedLines{r: bufio.NewReader(r.Body)}
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return taken, nil
		}
		var p *reported
		if err == nil {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			p, err = readJSONPoints(name, line)
		} else if !errors.Is(err, errFeedLine) {
			err = misfits(http.StatusBadRequest, "body", "not all of the body has come")
			if s.stopping.Err() != nil {
				err = &misfit{status: shuttingDown.status, retry: shuttingDown.retryAfter, text: shuttingDown.reason}
			}
		}
		if err == nil {
			err = by.publish(p)
		}
		if no, ok := errors.AsType[*misfit](err); ok {
			one := *no
			one.Line, one.Taken = l.n, &taken
			return taken, &one
		}
		if err != nil {
			return taken, err
		}
		taken += p.n
	}
}

var errFeedLine = misfits(http.StatusRequestEntityTooLarge, "body", "a line has more than 64 KiB")

// feedLines reads lines. What is left of the last one, when the body breaks off, is none.
type feedLines struct {
	r   *bufio.Reader
	buf []byte
	n   int // the line, counted from 1
}

func (l *feedLines) next() ([]byte, error) {
	l.buf = l.buf[:0]
	l.n++
	for {
		part, err := l.r.ReadSlice('\n')
		if len(l.buf)+len(part) > maxFeedLine+1 {
			return nil, errFeedLine
		}
		l.buf = append(l.buf, part...)
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(l.buf) > 0:
			return l.buf, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
