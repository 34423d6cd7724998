package room

import (
	"time"

	"edgeboard/shared/wire"
)

// join lets a member in, if there is room for it.
func (r *room) join(m *member) {
	switch {
	case r.moved:
		m.end(errGoingAway)
		return
	case len(r.members)+len(r.syncing) >= r.hub.limits.Members && r.writers[m.replica] == nil:
		m.end(&denial{code: wire.CodeOverloaded, reason: "the board has as many members as it can take", retryMS: 5000})
		return
	}
	if r.peers != nil {
		// So it is the newer one everywhere.
		m.stamp = r.hub.stamp()
		if old := r.peers.writers[m.replica]; old != nil && !m.mayDisplace(&old.source) {
			m.end(errOtherPerson)
			return
		}
	}
	if old := r.writers[m.replica]; old != nil {
		if !m.mayReplace(old) {
			m.end(errOtherPerson)
			return
		}
		// Most likely the same page, back before the loss of its old
		// connection was noticed here.
		old.end(errReplaced)
		r.leave(old)
	}
	r.writers[m.replica] = m
	r.sync(m)
}

var (
	errOtherPerson = &denial{code: wire.CodeReplica, reason: "another person writes on this board as that replica"}
	errReplaced    = &denial{code: wire.CodeReplaced, reason: "the same replica has come back on another connection"}
)

// mayReplace reports whether a connection may take the place of one with the same
// replica (W15, W70). Who only sees a board keeps nobody from writing on it.
func (m *member) mayReplace(old *member) bool {
	return m.grant.Subject == old.grant.Subject || m.role.Points() && !old.role.Points()
}

// bringUpToDate welcomes a member, for the first time or after its queue was
// dropped, and sends what it lacks. All that the board has is stored now.
func (r *room) bringUpToDate(m *member) {
	if r.writers[m.replica] != m {
		return // gone or replaced while it waited
	}
	r.tell(true) // or it would come twice
	lacking, err := r.whatLacks(m.known)
	if err != nil {
		m.end(asDenial(err))
		return
	}
	if !m.joined {
		r.displaces(m)
		r.joins(&m.source)
		r.members[m.id] = m
		m.welcomed.Store(true)
		r.hub.metrics.Members(+1)
		r.arrived(m)
	}
	r.knowsNobody(m)
	frames := make([][]byte, 0, 1+len(lacking))
	frames = append(frames, wire.AppendFrame(nil, 0, &wire.Welcome{
		Version:    wire.Version,
		Member:     m.id,
		Vector:     r.boardVector(),
		MaxMessage: wire.MaxMessage,
		Time:       uint64(time.Now().UnixMilli()),
		Role:       m.role,
		Name:       m.grant.Name,
		Person:     m.person,
	}))
	if m.behind {
		m.behind = false
		r.hub.metrics.Behind(-1)
	}
	m.out.resume(time.Now(), append(frames, lacking...)...)
	m.known = r.catchup.decoded // for when its queue is dropped
	m.unsure = m.noticed
	r.notify(m)
}

// leave takes a member out. A second call does nothing.
func (r *room) leave(m *member) {
	r.notSyncing(m)
	if r.writers[m.replica] == m {
		delete(r.writers, m.replica)
	}
	if !m.joined {
		return
	}
	m.joined = false
	r.forgetSelected(&m.source)
	delete(r.members, m.id)
	r.hub.metrics.Members(-1)
	if m.behind {
		r.hub.metrics.Behind(-1)
	}
	r.departed(m)
}
