package tile_test

import (
	"fmt"

	"edgeboard/shared/board"
	"edgeboard/shared/tile"
)

// A tile shows how warm two ovens are, and warns from 260 °C on.
func ExampleSettings() {
	doc := board.New(1)
	edit := doc.Edit()
	id := edit.Create(board.KindTile)
	edit.Splice(id, board.Chars, 0, 0, "Ovens") // its title
	settings := tile.Of(doc.Element(id))        // as it is at first
	settings.Feeds, settings.Chart, settings.Unit = []string{"oven.*"}, tile.Lines, "°C"
	settings.Steps = tile.ParseSteps("240 f0a000;260 e03131!")
	settings.Set(edit, doc.Element(id))
	edit.Commit()

	s := tile.Of(doc.Element(id))
	for _, v := range []float64{21.5, 250, 261} {
		level := s.Level(v)
		fmt.Println(s.Format(v), "has reached", level, "and people are told:", s.Alerts(level))
	}
	// Output:
	// 21.5 °C has reached 0 and people are told: false
	// 250 °C has reached 1 and people are told: false
	// 261 °C has reached 2 and people are told: true
}
