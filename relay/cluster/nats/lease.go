package nats

import (
	"context"
	"errors"
	"strings"

	"edgeboard/relay/cluster"
)

// A lease is the last message of its subject, which says who holds it. The stream keeps
// messages for LeaseTime by the server's clock, so that no relay's clock matters.

func (e *Engine) leaseSubject(lease string) string { return e.opt.Prefix + ".l." + token(lease) }

// Hold is as in [cluster.Engine].
func (e *Engine) Hold(ctx context.Context, lease, who string) (bool, error) {
	m, err := e.lastOf(ctx, e.leases(), e.leaseSubject(lease))
	if err != nil {
		return false, err
	}
	last := uint64(0)
	if m != nil {
		// A released lease says that nobody has it.
		if last = m.seq; len(m.data) > 0 && string(m.data) != who {
			return false, nil
		}
	}
	_, err = e.store(ctx, e.leaseSubject(lease), []byte(strings.Clone(who)), &last)
	if errors.Is(err, cluster.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// Release is as in [cluster.Engine].
func (e *Engine) Release(ctx context.Context, lease, who string) error {
	m, err := e.lastOf(ctx, e.leases(), e.leaseSubject(lease))
	if err != nil || m == nil || string(m.data) != who {
		return err
	}
	_, err = e.store(ctx, e.leaseSubject(lease), nil, &m.seq)
	if errors.Is(err, cluster.ErrConflict) {
		return nil // It has lapsed meanwhile.
	}
	return err
}
