package client

import (
	"slices"

	"edgeboard/shared/wire"
)

// Person is somebody on the board, at one device or several.
type Person struct {
	ID    wire.Person // nobody: a relay that does not know persons has told
	Name  string      // and Color: of the member that came last and is not away
	Color uint32      // 0xRRGGBB
	// Devices are what the person sits at, each kind once.
	Devices []wire.Device
	// Away says that the person looks at none of them.
	Away    bool
	Members []*Member // in the order in which they came
}

// Persons returns who else is on the board, in the order in which they came. What this
// person has open elsewhere is not among them.
func (s *Session) Persons() []Person { return s.persons(s.Others()) }

// persons puts members together to whom they belong to.
func (s *Session) persons(members []*Member) (list []Person) {
	at := map[wire.Person]int{}
	for _, m := range members {
		nobody := m.Person == wire.Person{}
		if m.Person == s.person && !nobody {
			continue
		}
		i, known := at[m.Person]
		if !known || nobody {
			i = len(list)
			at[m.Person] = i
			list = append(list, Person{ID: m.Person, Away: true})
		}
		p := &list[i]
		p.Members = append(p.Members, m)
		if !slices.Contains(p.Devices, m.Device) {
			p.Devices = append(p.Devices, m.Device)
		}
		if p.Away || !m.Away {
			p.Name, p.Color = m.Name, m.Color
		}
		p.Away = p.Away && m.Away
	}
	return list
}

// SetAway tells that this person does not look at the board, or does again.
func (s *Session) SetAway(away bool) {
	if s.away != away {
		s.away = away
		s.renamed = s.renamed || s.phase == Live // after a Welcome it is said anyway
	}
}
