package main

import (
	"testing"

	"edgeboard/relay/cluster/clustertest"
)

// A relay at the edge has a NATS server of its own beside it, which is a leaf node of the
// one in the core; two relays are there. The leaf node is killed, its link to the core is
// lost, and the core is killed: each time the relay at the edge says that it is on its
// own, and all go on, and have the same when it is over.
func TestFleetLeaf(t *testing.T) {
	t.Parallel()
	core := clustertest.StartNATS(t, clustertest.NATS{Domain: "core"})
	way := clustertest.StartProxy(t, core.LeafAddr())
	leaf := clustertest.StartNATS(t, clustertest.NATS{Leaf: core, LeafBy: way.Addr(), NoJetStream: true})
	f := emptyFleet(t, natsEngine{core})
	f.addAt(leafEngine{natsEngine{leaf}, "core"})
	f.add()
	f.add()
	f.write(2, 1)
	f.flow(100)
	for _, fault := range []struct {
		name       string
		cut        int // how many relays it cuts off, the one at the edge first
		begin, end func()
	}{
		{"the leaf node is killed", 1, leaf.Kill, leaf.Start},
		{"the leaf node does not reach the core", 1, way.Cut, way.Heal},
		{"the core is killed", 3, core.Kill, core.Start},
	} {
		f.what = fault.name
		fault.begin()
		for i := range f.relays {
			f.edges(i, i < fault.cut)
		}
		f.settle()
		f.allBack()
		fault.end()
		for i := range f.relays {
			f.edges(i, false)
		}
		f.allBack()
		f.settle()
		_, took := f.agree()
		t.Logf("%s: the relays agree after %v", fault.name, took)
	}
	f.let(10)
	changes, took := f.finish()
	t.Logf("%d changes, the relays agree after %v", changes, took)
}
