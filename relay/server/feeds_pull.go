package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"edgeboard/relay/feed"
	"edgeboard/relay/metrics"
	live "edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

// Live data that the relay asks for by itself: what a Prometheus answers to a query, each
// so often.

// Pull is one of them.
type Pull struct {
	Board string // where it is published
	Feed  string // its name; of several series the beginning of their names
	URL   string // of the Prometheus, below which /api/v1/query is
	Query string // in PromQL
	Every time.Duration
	// BearerFile, if not empty, has the token to show there. It is read each time.
	BearerFile string
}

const (
	maxPulls     = 200
	maxPullsFile = 1 << 20
	leastPull    = time.Second
	mostPull     = 24 * time.Hour
	usualPull    = 15 * time.Second

	// pullTime bounds one question, and maxPullAnswer its answer, in bytes.
	pullTime      = 10 * time.Second
	maxPullAnswer = 4 << 20
	maxPullToken  = 64 << 10
	// mostPullWait is how long is waited at most where questions fail.
	mostPullWait = 5 * time.Minute
)

// ReadPulls reads a file of them: a list in JSON, whose entries have board, feed, url,
// query, every (such as "15s", also without it) and bearer_file.
func ReadPulls(file string) ([]Pull, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the file of -feed-pulls: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPullsFile+1))
	if err != nil {
		return nil, fmt.Errorf("the file of -feed-pulls: %w", err)
	}
	list, err := parsePulls(text)
	if err != nil {
		return nil, fmt.Errorf("the file of -feed-pulls, %s: %w", file, err)
	}
	return list, nil
}

func parsePulls(text []byte) ([]Pull, error) {
	if len(text) > maxPullsFile {
		return nil, errors.New("it has more than 1 MiB")
	}
	var entries []struct {
		Board      string `json:"board"`
		Feed       string `json:"feed"`
		URL        string `json:"url"`
		Query      string `json:"query"`
		Every      string `json:"every"`
		BearerFile string `json:"bearer_file"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&entries); err != nil {
		return nil, fmt.Errorf("it is no list in JSON of objects with board, feed, url, query, every and bearer_file: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the list")
	}
	if len(entries) > maxPulls {
		return nil, fmt.Errorf("it has %d entries, and may have %d", len(entries), maxPulls)
	}
	var list []Pull
	for i, e := range entries {
		p := Pull{Board: e.Board, Feed: e.Feed, URL: strings.TrimSuffix(e.URL, "/"), Query: e.Query, Every: usualPull, BearerFile: e.BearerFile}
		err := error(nil)
		if e.Every != "" {
			p.Every, err = time.ParseDuration(e.Every)
		}
		if err == nil {
			err = p.check()
		}
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// check says what is wrong with a Pull. Its address may have a password in it.
func (p *Pull) check() error {
	u, err := url.Parse(p.URL)
	switch {
	case !wire.ValidBoardName(p.Board):
		return fmt.Errorf("board: %w", errBoardName)
	case !live.ValidName(p.Feed):
		return fmt.Errorf("feed: %w", live.ErrName)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return errors.New("url is where the Prometheus is, such as http://prometheus:9090")
	case strings.TrimSpace(p.Query) == "":
		return errors.New("query is missing: what to ask in PromQL")
	case p.Every < leastPull || p.Every > mostPull:
		return fmt.Errorf("every is a time from %v to %v", leastPull, mostPull)
	}
	if p.BearerFile != "" {
		if _, err := p.bearer(); err != nil {
			return fmt.Errorf("bearer_file: %w", err)
		}
	}
	return nil
}

// bearer is the token to show.
func (p *Pull) bearer() (string, error) {
	f, err := os.Open(p.BearerFile)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPullToken))
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsAny(token, "\r\n\x00") {
		return "", errors.New("it has no token in it")
	}
	return token, nil
}

// checkPulls says what is asked for.
func checkPulls(list []Pull) (string, error) {
	for i := range list {
		if err := list[i].check(); err != nil {
			return "", fmt.Errorf("what is asked of Prometheus, entry %d: %w", i+1, err)
		}
	}
	if len(list) == 0 {
		return "no Prometheus is asked", nil
	}
	return fmt.Sprintf("%d queries are asked of Prometheus", len(list)), nil
}

// pulls asks for all of a list.
type pulls struct {
	publish func(board string, batches ...feed.Batch) error
	client  *http.Client
	log     *slog.Logger
	metrics *metrics.Feeds // nil: nobody listens
	running sync.WaitGroup
}

// startPulls asks until ctx ends; wait waits for that.
func (s *Server) startPulls(ctx context.Context, list []Pull) (wait func()) {
	if len(list) == 0 {
		return func() {}
	}
	over := http.DefaultTransport.(*http.Transport).Clone()
	p := &pulls{
		publish: s.feeds.Publish, log: s.log, metrics: s.metrics.Feeds(),
		client: &http.Client{Transport: over, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	for i, one := range list {
		// Not all at the same moment.
		p.running.Go(func() { p.keepAsking(ctx, one, time.Duration(i)*50*time.Millisecond) })
	}
	return func() {
		p.running.Wait()
		over.CloseIdleConnections()
	}
}

// keepAsking asks again and again until ctx ends. It says in the log when it begins to
// fail, or fails otherwise, and when it is well again.
func (p *pulls) keepAsking(ctx context.Context, one Pull, first time.Duration) {
	wait, failed, said := first, 0, ""
	for {
		next := time.NewTimer(wait)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return
		}
		err := p.ask(ctx, one)
		if ctx.Err() != nil {
			return
		}
		p.metrics.Pulled(one.Board, one.Feed, err == nil)
		log := p.log.With("board", one.Board, "feed", one.Feed)
		switch {
		case err != nil && kindOf(err) != said:
			said = kindOf(err)
			log.Warn("a Prometheus does not say what is asked of it", "err", err)
		case err == nil && said != "":
			said = ""
			log.Info("a Prometheus says again what is asked of it")
		}
		if err == nil {
			wait, failed = one.Every, 0
			continue
		}
		// Twice as long each time, but never less often than is well for one that is back.
		wait = min(one.Every<<min(failed, 10), max(mostPullWait, one.Every))
		failed++
	}
}

// kindOf is an error without its numbers, which may be others each time.
func kindOf(err error) string {
	return strings.Map(func(c rune) rune {
		if '0' <= c && c <= '9' {
			return -1
		}
		return c
	}, err.Error())
}

// ask asks once, and publishes the answer.
func (p *pulls) ask(ctx context.Context, one Pull) error {
	ctx, cancel := context.WithTimeout(ctx, pullTime)
	defer cancel()
	body := strings.NewReader(url.Values{"query": {one.Query}}.Encode())
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, one.URL+"/api/v1/query", body)
	if err != nil {
		return errors.New("its address is none")
	}
	q.Header.Set("Content-Type", mediaForm)
	q.Header.Set("Accept", mediaJSON)
	if one.BearerFile != "" {
		token, err := one.bearer()
		if err != nil {
			return fmt.Errorf("the token to show: %w", err)
		}
		q.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := p.client.Do(q)
	if err != nil {
		if wrong, ok := errors.AsType[*url.Error](err); ok {
			err = wrong.Err // which does not name the address: it may have a password in it
		}
		return fmt.Errorf("it cannot be reached: %w", err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(io.LimitReader(got.Body, maxPullAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("its answer breaks off: %w", err)
	case len(text) > maxPullAnswer:
		return errors.New("its answer has more than 4 MiB: ask for less")
	}
	list, err := readAnswer(one.Feed, got.StatusCode, text)
	if err != nil {
		return err
	}
	return p.publish(one.Board, list...)
}

// readAnswer reads what a Prometheus answers to a query
// (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries). Its clock
// does not count.
func readAnswer(name string, status int, text []byte) ([]feed.Batch, error) {
	var a struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			ResultType string          `json:"resultType"`
			Result     json.RawMessage `json:"result"`
		} `json:"data"`
	}
	err := json.Unmarshal(text, &a)
	switch {
	case err == nil && a.Status == "error":
		return nil, fmt.Errorf("it answers: %.200q", a.Error)
	case status != http.StatusOK:
		return nil, fmt.Errorf("it answers with status %d", status)
	case err != nil || a.Status != "success":
		return nil, errors.New("its answer is not that of a Prometheus: is the url right?")
	}
	var list []feed.Batch
	switch a.Data.ResultType {
	case "scalar", "string":
		var v pulled
		if err := json.Unmarshal(a.Data.Result, &v); err != nil {
			return nil, errNotPulled
		}
		list = v.append(list, name, a.Data.ResultType == "string")
	case "vector":
		var vector []struct {
			Metric map[string]string `json:"metric"`
			Value  pulled            `json:"value"`
		}
		if err := json.Unmarshal(a.Data.Result, &vector); err != nil {
			return nil, errNotPulled
		}
		for _, s := range vector {
			of := name
			if len(vector) > 1 {
				var labels []label
				for k, v := range s.Metric {
					if k != "__name__" {
						labels = append(labels, label{k, v})
					}
				}
				of += seriesName(labels)
			}
			list = s.Value.append(list, of, false)
		}
	default:
		return nil, fmt.Errorf("it answers with a %.20q: ask for a scalar or an instant vector", a.Data.ResultType)
	}
	if len(list) == 0 {
		return nil, errors.New("it answers with no number: nothing is known there of what is asked, or it is not finite")
	}
	return list, nil
}

var errNotPulled = errors.New("its answer has values that are none")

// pulled is a time, and a value as text.
type pulled [2]any

// append adds the value, if it is one.
func (v pulled) append(list []feed.Batch, name string, asText bool) []feed.Batch {
	text, _ := v[1].(string)
	p := live.Point{Text: text}
	if !asText {
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			number = math.NaN()
		}
		p = live.Point{Number: number}
	}
	if text == "" || p.Check() != nil {
		return list
	}
	return append(list, feed.Batch{Feed: name, Points: []live.Point{p}})
}
