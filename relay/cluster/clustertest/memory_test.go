package clustertest

import (
	"testing"

	"edgeboard/relay/cluster"
)

func TestMemory(t *testing.T) {
	Run(t, Kind{Open: func(*testing.T) Bed {
		m := NewMemory()
		return Bed{
			Open: func(*testing.T) cluster.Engine { return m.Handle() },
			Lose: func(*testing.T) { m.Lose() },
			Cut: func(_ *testing.T, e cluster.Engine) (heal func()) {
				h := e.(*Handle)
				h.Cut()
				return h.Heal
			},
		}
	}})
}
