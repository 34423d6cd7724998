package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"edgeboard/relay/cluster"
)

// operatorError is a problem that goes away only if somebody changes how the server is set.
type operatorError struct {
	text string
	err  error
}

func (e *operatorError) Error() string { return "nats: " + e.text + ": " + e.err.Error() }
func (e *operatorError) Unwrap() error { return e.err }

// Codes of JetStream's errors.
const (
	codeNoPeers           = 10005
	codeMessageNotFound   = 10037
	codeNotEnabledAccount = 10039
	codeNameInUse         = 10058
	codeStreamNotFound    = 10059
	codeWrongLast         = 10071
	codeNotClustered      = 10074
	codeNotEnabled        = 10076
	codeWrongLastConstant = 10164
)

// code is that of a JetStream error, 0 of another one.
func code(err error) int {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return int(api.ErrorCode)
	}
	return 0
}

// explain says what an operator has to do, if that is known.
func explain(err error) error {
	switch c := code(err); {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked), strings.Contains(strings.ToLower(err.Error()), "authorization violation"):
		return &operatorError{"the server refuses the user: look at the user, password or creds= of the URL", err}
	case errors.Is(err, nats.ErrPermissionViolation):
		return &operatorError{"the user may not do all that a relay does: allow it the prefix's subjects, _INBOX.> and $JS.>", err}
	case c == codeNotEnabledAccount, c == codeNotEnabled, errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return &operatorError{"JetStream is not enabled: set `jetstream` for the server and the account; on a leaf node, name the hub's domain= in the URL", err}
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse):
		// It may come: behind a leaf node, when the hub is reached.
		return fmt.Errorf("nats: no JetStream answers: set `jetstream` for the server; on a leaf node that has its own, name the hub's domain= in the URL: %w", err)
	case c == codeNotClustered:
		return &operatorError{"a server that is alone keeps no replicas: leave replicas= away, or make the servers a cluster", err}
	case c == codeNoPeers:
		return fmt.Errorf("nats: fewer servers than replicas are there: start them, or set replicas= in the URL: %w", err)
	}
	return fmt.Errorf("nats: %w", err)
}

// Names of streams and subjects.
func (e *Engine) boards() string    { return e.opt.Prefix + "_BOARDS" }
func (e *Engine) journal() string   { return e.opt.Prefix + "_JOURNAL" }
func (e *Engine) snapshots() string { return e.opt.Prefix + "_SNAPSHOTS" }
func (e *Engine) leases() string    { return e.opt.Prefix + "_LEASES" }
func (e *Engine) bucket() string    { return e.opt.Prefix + "_blobs" }

// incarnationKey is where a stream says which one it is, of all that had its name.
const incarnationKey = "edgeboard-incarnation"

// configs are those of the streams.
func (e *Engine) configs(replicas int) []jetstream.StreamConfig {
	p := e.opt.Prefix
	durable := func(name, about string, subjects ...string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Description: about, Subjects: subjects, Storage: jetstream.FileStorage, Replicas: replicas,
			Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, AllowDirect: true,
			Metadata: map[string]string{incarnationKey: rand.Text()},
		}
	}
	boards := durable(e.boards(), "Edgeboard: what was changed on boards", p+".b.*")
	boards.RePublish = &jetstream.RePublish{Source: p + ".b.>", Destination: p + ".t.b.>"}
	journal := durable(e.journal(), "Edgeboard: what was said, roles, sessions", p+".j.*")
	journal.RePublish = &jetstream.RePublish{Source: p + ".j.>", Destination: p + ".t.j.>"}
	snapshots := durable(e.snapshots(), "Edgeboard: boards", p+".s.*", p+".c.>", p+".ping.*")
	snapshots.MaxMsgsPerSubject, snapshots.Discard = 1, jetstream.DiscardOld
	leases := durable(e.leases(), "Edgeboard: which relay does what one alone does", p+".l.*")
	leases.MaxMsgsPerSubject, leases.Discard, leases.MaxAge = 1, jetstream.DiscardOld, cluster.LeaseTime
	leases.Duplicates = time.Second // It may not be longer than the age; none is asked for.
	return []jetstream.StreamConfig{boards, journal, snapshots, leases}
}

// lookAfter makes the streams when they are not there.
func (e *Engine) lookAfter() {
	for {
		select {
		case <-e.done:
			return
		case <-e.setup:
		}
		for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
			err := e.make()
			if err == nil || !e.up.Load() {
				break // connected comes again.
			}
			select {
			case <-e.done:
				return
			case <-e.setup:
			case <-time.After(pause):
			}
		}
	}
}

// make makes what is not there, and says that all is.
func (e *Engine) make() error {
	ctx, cancel := context.WithTimeout(e.life, cluster.CallTimeout)
	defer cancel()
	err := e.tryMake(ctx)
	if err != nil {
		err = explain(err)
		e.mu.Lock()
		changed := e.problem == nil || e.problem.Error() != err.Error()
		e.problem = err
		closed := e.closed
		e.mu.Unlock()
		if changed && !closed {
			e.opt.Log.Warn("the streams of NATS are not ready", "error", err)
		}
		return err
	}
	e.lost()
	return nil
}

func (e *Engine) tryMake(ctx context.Context) error {
	if most := e.nc.MaxPayload(); most > 0 && most < cluster.MaxEntry+overhead {
		return &operatorError{"max_payload of the server is too small: set 1MB", fmt.Errorf("it is %d bytes, and an entry may have %d", most, cluster.MaxEntry+overhead)}
	}
	replicas := e.opt.Replicas
	if replicas == 0 {
		replicas = 3
	}
	infos, blobs, err := e.makeAll(ctx, replicas)
	if e.opt.Replicas == 0 && code(err) == codeNotClustered {
		infos, blobs, err = e.makeAll(ctx, 1)
	}
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.incarnation, e.replicas, e.blobs = incarnation(infos), infos[0].Config.Replicas, blobs
	advise := e.replicas > 1 && !e.advised
	e.advised = e.advised || advise
	if !e.isReady() && !e.closed && e.up.Load() {
		e.problem = nil
		close(e.ready)
		e.wake.Broadcast()
	}
	e.mu.Unlock()
	if advise {
		// A server that has stored something may die before it tells it.
		for _, stream := range []string{e.boards(), e.journal()} {
			if _, err := e.nc.Subscribe("$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED."+stream, func(*nats.Msg) { e.lost() }); err != nil {
				return err
			}
		}
	}
	return nil
}

// incarnation names the data of streams.
func incarnation(infos []*jetstream.StreamInfo) string {
	var names []string
	for _, info := range infos[:3] { // All but leases.
		names = append(names, info.Config.Metadata[incarnationKey])
	}
	return strings.Join(names, ".")
}

func (e *Engine) makeAll(ctx context.Context, replicas int) ([]*jetstream.StreamInfo, jetstream.ObjectStore, error) {
	configs := e.configs(replicas)
	infos := make([]*jetstream.StreamInfo, len(configs))
	errs := make([]error, len(configs)+1)
	var blobs jetstream.ObjectStore
	var w sync.WaitGroup
	for i, config := range configs {
		w.Go(func() { infos[i], errs[i] = e.makeStream(ctx, config) })
	}
	w.Go(func() {
		var err error
		if blobs, err = e.js.ObjectStore(ctx, e.bucket()); errors.Is(err, jetstream.ErrBucketNotFound) {
			blobs, err = e.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
				Bucket: e.bucket(), Description: "Edgeboard: images and files", Storage: jetstream.FileStorage, Replicas: replicas,
			})
			if errors.Is(err, jetstream.ErrBucketExists) {
				blobs, err = e.js.ObjectStore(ctx, e.bucket())
			}
		}
		errs[len(configs)] = err
	})
	w.Wait()
	// What says most is first.
	slices.SortStableFunc(errs, func(a, b error) int { return code(b) - code(a) })
	for _, err := range errs {
		if err != nil {
			return nil, nil, err
		}
	}
	return infos, blobs, nil
}

// makeStream returns what is known of a stream, which it makes if need be. One that is
// there stays as it is: an operator may have changed it.
func (e *Engine) makeStream(ctx context.Context, config jetstream.StreamConfig) (*jetstream.StreamInfo, error) {
	for range 2 {
		s, err := e.js.Stream(ctx, config.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			if s, err = e.js.CreateStream(ctx, config); code(err) == codeNameInUse {
				continue // Another relay was first.
			}
		}
		if err != nil {
			return nil, err
		}
		return s.CachedInfo(), nil
	}
	return nil, fmt.Errorf("stream %s is there, and is not", config.Name)
}

// Ping is as in [cluster.Engine]. It asks the leaders of the streams, and stores a byte.
func (e *Engine) Ping(ctx context.Context) (string, error) {
	if err := e.reached(ctx); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, cluster.CallTimeout)
	defer cancel()
	streams := []string{e.boards(), e.journal(), e.snapshots()}
	infos, errs := make([]*jetstream.StreamInfo, len(streams)), make([]error, len(streams)+1)
	var w sync.WaitGroup
	for i, name := range streams {
		w.Go(func() {
			s, err := e.js.Stream(ctx, name)
			if errs[i] = err; err == nil {
				infos[i] = s.CachedInfo()
			}
		})
	}
	name := e.opt.Name
	if name == "" {
		name = "relay"
	}
	w.Go(func() { _, errs[len(streams)] = e.store(ctx, e.opt.Prefix+".ping."+token(name), nil, nil) })
	w.Wait()
	for _, err := range errs {
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			e.again()
		}
		if err != nil {
			return "", explain(err)
		}
	}
	return incarnation(infos), nil
}
