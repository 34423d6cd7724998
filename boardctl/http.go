package main

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
	"time"

	"edgeboard/shared/export"
)

// maxBlob is more than any relay takes of an image.
const maxBlob = 256 << 20

// blob gets the content of an image.
func (r *remote) blob(ctx context.Context, at *address, token, hash string) (export.Blob, error) {
	answer, err := r.askAgain(ctx, http.MethodGet, at.blob(hash), token, "", nil)
	if err != nil {
		return export.Blob{}, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxBlob))
	return export.Blob{Media: answer.Header.Get("Content-Type"), Data: data}, err
}

// putBlob gives the relay an image.
func (r *remote) putBlob(ctx context.Context, at *address, token, hash string, b export.Blob) error {
	answer, err := r.askAgain(ctx, http.MethodPut, at.blob(hash), token, b.Media, b.Data)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// get reads a JSON answer into what is given.
func (r *remote) get(ctx context.Context, from, token string, into any) error {
	answer, err := r.askAgain(ctx, http.MethodGet, from, token, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return fmt.Errorf("what the relay answered: %w", err)
	}
	return nil
}

// statusError is an answer that is not what was asked for.
type statusError struct {
	Status     int
	RetryAfter time.Duration // 0: the relay does not say
	// Line is the one that is wrong of what was sent, counted from 1, and Taken how many
	// points of those before it were taken; 0: the relay does not say.
	Line, Taken int
	words       string
}

func (e *statusError) Error() string { return e.words }

// askAgain is ask for what may be asked twice, and is where the relay has no time for it
// now, for as long as all may take.
func (r *remote) askAgain(ctx context.Context, method, to, token, media string, body []byte) (*http.Response, error) {
	for waited := time.Duration(0); ; {
		answer, err := r.ask(ctx, method, to, token, media, bytes.NewReader(body))
		status, ok := errors.AsType[*statusError](err)
		if !ok || status.Status != http.StatusTooManyRequests && status.Status != http.StatusServiceUnavailable {
			return answer, err
		}
		wait := max(status.RetryAfter, time.Second)
		if waited+wait > r.wait {
			return nil, err
		}
		if err := r.t.pause(ctx, wait); err != nil {
			return nil, err
		}
		waited += wait
	}
}

// ask makes a request within the time that all may take. An answer that is none is an
// error with the relay's words.
func (r *remote) ask(ctx context.Context, method, to, token, media string, body io.Reader) (*http.Response, error) {
	ctx, stop := context.WithTimeout(ctx, r.wait)
	answer, err := r.askLong(ctx, method, to, token, media, body)
	if err != nil {
		stop()
		return nil, err
	}
	answer.Body = &ended{answer.Body, stop}
	return answer, nil
}

// askLong is ask for what may take as long as its context.
func (r *remote) askLong(ctx context.Context, method, to, token, media string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, to, body)
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	answer, err := http.DefaultClient.Do(request)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, unreachableError{fmt.Errorf("the relay has not answered within %v, see --timeout", r.wait)}
	case err != nil:
		return nil, unreachableError{fmt.Errorf("the relay cannot be reached: %w", err)}
	case answer.StatusCode/100 == 2:
		return answer, nil
	}
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10)) // for the message alone
	err = refusal(answer, text, token != "")
	return nil, errors.Join(err, answer.Body.Close())
}

// refusal is the error of an answer, with its words.
func refusal(answer *http.Response, text []byte, shown bool) error {
	words := strings.TrimSpace(string(text))
	var problem struct {
		Error, Field string
		Line, Taken  int
	}
	if json.Unmarshal(text, &problem) == nil && problem.Error != "" {
		words = problem.Error
		if problem.Field != "" {
			words = problem.Field + ": " + words
		}
	}
	e := &statusError{Status: answer.StatusCode, Line: problem.Line, Taken: problem.Taken, words: fmt.Sprintf("%d %s", answer.StatusCode, plain(words))}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMisdirectedRequest:
		if !shown {
			e.words += " (no token was shown, see --token-file)"
		}
		return refusedError{e}
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return unreachableError{e}
	}
	return e
}

// ended ends a request's context with its answer.
type ended struct {
	io.ReadCloser
	stop context.CancelFunc
}

func (e *ended) Close() error {
	defer e.stop()
	return e.ReadCloser.Close()
}
