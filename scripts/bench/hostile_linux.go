package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
)

// hostileBench measures what the members of a board notice while somebody attacks the relay: how long updates take until
// the others have them, beside the same board of the same relay in quiet, before and after. The attacker is a program of
// its own (see attack_linux.go), which shares the processors with the relay and its members: what it costs is told, and
// belongs to what is measured.
type hostileBench struct {
	relayFlags
	cases                       []string
	seconds                     float64
	rounds, members, rate, size int

	keys  string // the file with the operator's secret
	token string // of an editor of all boards
}

// lead is how long an attack goes on before it is measured: what an address may do at once is done then.
const lead = 1.0

// publishersUnderAttack write the updates.
const publishersUnderAttack = 4

const honestBoard = "honest"

func parseHostile(args []string, out *report) (*hostileBench, error) {
	h := &hostileBench{}
	flags := newFlags("hostile", out)
	h.relayFlags.add(flags)
	cases := flags.String("cases", strings.Join(attackNames(), ","), "the `attacks` to measure, with commas between them")
	flags.Float64Var(&h.seconds, "seconds", 5, "how many seconds each part is measured")
	flags.whole(&h.rounds, "rounds", 3, "how often there is quiet and then the attack; the medians count", 1, 100)
	flags.whole(&h.members, "members", 20, "how many members the board has that is measured", 2, 1000)
	flags.whole(&h.rate, "rate", 100, "how many updates a second they write in all", 1, 10_000)
	flags.whole(&h.size, "size", 128, "how many `bytes` a message with one has", 64, 8192)
	if err := flags.parse(args); err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(*cases, ",") {
		if _, ok := attacks[name]; !ok {
			return nil, fmt.Errorf("hostile: there is no attack %q, only: %s", name, strings.Join(attackNames(), ", "))
		}
		h.cases = append(h.cases, name)
	}
	if !(h.seconds > 0 && h.seconds <= 600) {
		return nil, fmt.Errorf("hostile: -seconds is %v, want more than 0, and 600 at the most", h.seconds)
	}
	return h, nil
}

func benchHostile(ctx context.Context, args []string, out *report) error {
	h, err := parseHostile(args, out)
	if err != nil {
		return err
	}
	return h.run(ctx, "hostile", out, func() error {
		if err := h.makeKeys(); err != nil {
			return err
		}
		for _, name := range h.cases {
			if err := h.measure(ctx, name, out); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
}

// makeKeys makes the operator's secret, and the token of those who may come in.
func (h *hostileBench) makeKeys() error {
	h.keys = filepath.Join(h.dir, "secret")
	secret := []byte("the secret of a relay that is measured, and of nothing else")
	if err := os.WriteFile(h.keys, secret, 0o600); err != nil {
		return err
	}
	key, err := auth.ParseSigningKey(secret)
	if err != nil {
		return err
	}
	h.token, err = auth.Sign(key, &auth.Grant{
		Subject: "player", Boards: map[string]auth.Role{"*": auth.Editor}, Issued: time.Now(), Until: time.Now().Add(24 * time.Hour),
	}, "", "")
	return err
}

// suffered is what one part of a case came to.
type suffered struct {
	fanned
	attacker float64 // processors that it took
}

func (h *hostileBench) measure(ctx context.Context, name string, out *report) (err error) {
	if err := filesFor(h.members + lorisSockets); err != nil {
		return err
	}
	server, err := serving(h.launch(ctx, "127.0.0.1:0", filepath.Join(h.dir, name),
		"-token-keys", h.keys, "-trusted-proxies", "127.0.0.1", "-audit", filepath.Join(h.dir, name+".audit")))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	s, err := newSwarm(server.address)
	if err != nil {
		return err
	}
	defer s.close()
	s.pings, s.token = true, h.token
	publishers := make([]*publisher, min(publishersUnderAttack, h.members))
	for i := range h.members {
		p := s.add(honestBoard, board.Replica(i+1), nil)
		if i < len(publishers) {
			p.speaks = true
			publishers[i] = &publisher{player: p, replica: board.Replica(i + 1), rate: float64(h.rate) / float64(len(publishers))}
		}
	}
	parts := 2*h.rounds + 1
	each := 0
	for _, p := range publishers {
		p.prepare(h.seconds, h.seconds*float64(parts), h.size)
		each = p.count(false) / parts
	}
	seen := &sightings{publishers: publishers, next: make([]uint64, h.members*len(publishers))}
	s.updates = seen.take
	if err := s.enter(ctx, 256, s.players...); err != nil {
		return err
	}
	if _, err := h.part(ctx, s, seen, server, func(p *publisher, stop <-chan struct{}) (time.Duration, error) { return p.run(true, stop) },
		func(p *publisher) int { return p.count(true) }); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	var quiet, under []suffered
	for i := range parts {
		between := func(p *publisher, stop <-chan struct{}) (time.Duration, error) {
			return p.between(p.first+i*each, p.first+(i+1)*each, stop)
		}
		if err := s.quiet(ctx, server); err != nil {
			return err
		}
		attacked := i%2 == 1
		var of *subject
		var before time.Duration
		if attacked {
			out.note("hostile %s: round %d of %d", name, i/2+1, h.rounds)
			of, err = startAttack(ctx, name, attackOrder{Address: server.address, Token: h.token})
			if err == nil {
				err = s.rest(ctx, time.Duration(lead*float64(time.Second)))
			}
			if err == nil {
				before, err = of.cpu()
			}
			if err != nil {
				return fmt.Errorf("the attack: %w", err)
			}
		}
		r, err := h.part(ctx, s, seen, server, between, func(*publisher) int { return each })
		if attacked {
			after, cpuErr := of.cpu()
			r.attacker = float64(after-before) / float64(r.took)
			err = errors.Join(err, cpuErr, of.stop())
			out.note("hostile %s: the attacker: %s", name, of.last())
			under = append(under, r)
		} else {
			quiet = append(quiet, r)
		}
		if err != nil {
			return err
		}
	}
	h.tell(name, quiet, under, out)
	return nil
}

func (h *hostileBench) tell(name string, quiet, under []suffered, out *report) {
	p99 := func(r suffered) float64 { return r.p99() }
	cores := func(r suffered) float64 { return float64(r.cpu) / float64(r.took) }
	out.add(name, "p99_ms", "ms", median(under, p99))
	out.add(name, "quiet_p99_ms", "ms", median(quiet, p99))
	out.add(name, "x_quiet", "x", median(under, p99)/median(quiet, p99))
	out.add(name, "delivered_fraction", "part", median(under, func(r suffered) float64 { return float64(r.came) / float64(r.due) }))
	out.add(name, "attacker_cpu", "cores", median(under, func(r suffered) float64 { return r.attacker }))
	out.add(name, "relay_cpu", "cores", median(under, cores))
	out.add(name, "quiet_relay_cpu", "cores", median(quiet, cores))
	for i, r := range slices.Concat(quiet, under) {
		tellOthers(name, i, r.others-r.attacker, out)
		if r.twice > 0 || r.gaps > 0 {
			out.fail("hostile %s: %d updates came twice, and %d times some were missing", name, r.twice, r.gaps)
		}
	}
}

// part lets the publishers write for a while, and waits until all have read it.
func (h *hostileBench) part(ctx context.Context, s *swarm, seen *sightings, server *subject,
	run func(*publisher, <-chan struct{}) (time.Duration, error), count func(*publisher) int,
) (r suffered, err error) {
	due := 0
	for _, p := range seen.publishers {
		due += count(p) * (h.members - 1)
	}
	seen.r = fanned{due: due}
	own, busy := usage(), machineTime()
	cpu, err := server.cpu()
	if err != nil {
		return r, err
	}
	start := time.Now()
	sending := sendEach(seen.publishers, run)
	err = s.until(ctx, time.Duration(h.seconds*float64(time.Second))+2*time.Minute, "the updates to be sent", sending.ended)
	if err == nil {
		err = s.until(ctx, relayPatience, "all updates", func() bool { return seen.r.came >= due })
	}
	if errors.Is(err, errLate) {
		err = nil // what has not come is told by the figures
	}
	r.fanned = seen.r
	r.took = time.Since(start)
	after, cpuErr := server.cpu()
	r.cpu, r.own = after-cpu, usage()-own
	r.others = float64(machineTime()-busy-r.cpu-r.own) / float64(r.took)
	s.halt(sending)
	r.late = sending.late()
	return r, errors.Join(err, cpuErr, sending.err())
}
