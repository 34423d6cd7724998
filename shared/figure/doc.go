// Package figure says where the elements of a board lie and what they look
// like: the one answer that the editor, the view and exports share. A Figure is
// an element read for drawing: its box, its outline, the ends of an arrow where
// they meet what they are bound to, the lines of its text, the ink of a stroke.
// It is hit or not, and it is in a marquee or not.
//
// A Set has the figures of a board and finds those in a part of the plane. What
// people drag about is laid over the document as a Draft: figures are where the
// hands have them, and the document learns of it when the gesture is over.
//
// # Places
//
// Every element has a Place: x, y, width, height and angle, as the keys of
// package board say. For a stroke, whose points are fixed, the place is the box
// that the points are fitted into; without one they lie as they were drawn. A
// side that is negative mirrors a stroke or an image. A line and an arrow go from x, y by
// width, height, which may be negative, and have no angle. A text without a
// width is as wide as its lines; one with a width is wrapped. A text and a note
// are at least as high as their lines.
//
// # Pages, stamps, timers, votes
//
// The figures are those of one page, which Set.ShowPage chooses. A stamp that is
// bound to an element goes where that goes, and is seen only while it is there. A
// dot of a vote is a stamp that names the vote; those that count are found from
// the whole document, whatever page is shown. What a timer shows depends on the
// time, which Set.Tick tells.
//
// # Tiles
//
// A tile of live data is a card with a title, and with Content that is made of the
// feeds which Set.ShowFeeds leads to. Content looks otherwise as data come
// (Set.FeedsChanged) and grow stale (Set.Tick), while the figure stays what it is:
// who shows a board all the time paints it apart from the rest. What a tile looks at
// is bounded, whatever its feeds have. Colours are made to stand out from its paper,
// in the light and the dark.
//
// The package draws nothing, and knows fonts by their widths alone (Fonts). It
// has no goroutine; a Set belongs to that of its board.
package figure
