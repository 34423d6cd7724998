package wire

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// W7, R9: each is refused, with the reason that helps whoever wrote it.
func TestW7HostileFrames(t *testing.T) {
	for _, c := range []struct {
		why  string
		msg  string
		want error
	}{
		{"length without an end", "\x80", ErrTruncated},
		{"length beyond the message", "\x05\x42\x02\x08\x03", ErrTruncated},
		{"length of 64 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x42", ErrTruncated},
		{"length of 65 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", ErrOverlong},
		{"length of eleven bytes", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", ErrOverlong},
		{"frame of no bytes", "\x00", ErrEmpty},
		{"frame without a body", "\x02\x08\x05", ErrEmpty},
		{"known kind that is a number", "\x02\x40\x05", ErrEmpty},
		{"body of 32 bits", "\x05\x45\x00\x00\x00\x00", ErrEmpty},
		{"tag without an end", "\x01\xc2", ErrTruncated},
		{"body beyond the frame", "\x02\x42\x02\x08\x03", ErrTruncated},
		{"seq without an end", "\x02\x08\x80", ErrTruncated},
		{"seq over 64 bits", "\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", ErrOverlong},
		{"seq that is bytes", "\x02\x0a\x00", ErrField},
		{"time that is bytes", "\x07\x82\x01\x00\x42\x02\x08\x03", ErrField},
		{"time of 32 fixed bits", "\x0a\x42\x02\x08\x03\x85\x01\x00\x00\x00\x00", ErrField},
		{"seq of 64 fixed bits", "\x09\x09\x00\x00\x00\x00\x00\x00\x00\x00", ErrField},
		{"field number 0", "\x02\x02\x00", ErrField},
		{"field number 2^29", "\x06\x82\x80\x80\x80\x10\x00", ErrField},
		{"tag over 32 bits, its low ones good", "\x08\xc2\x80\x80\x80\x80\x80\x01\x00", ErrField},
		{"start of a group", "\x01\x43", ErrField},
		{"end of a group", "\x01\x44", ErrField},
		{"unknown group", "\x05\xfb\x07\x08\x01\xfc\x07"[:6], ErrField},
		{"wire type 6", "\x01\x46", ErrField},
		{"wire type 7", "\x01\x47", ErrField},
		{"unknown 32 bits that end early", "\x04\x7d\x00\x00\x00", ErrTruncated},
		{"unknown 64 bits that end early", "\x08\x79\x00\x00\x00\x00\x00\x00\x00", ErrTruncated},
	} {
		n := 0
		for _, err := range Frames([]byte(c.msg)) {
			n++
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.why, err, c.want)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d results, want 1", c.why, n)
		}
	}
}

func TestW7HostileBodies(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	zeros := strings.Repeat("\x00", 16)
	str := func(num int, s string) string { return string(appendString(nil, num, s)) }
	for _, c := range []struct {
		why  string
		m    Message
		body string
		want error
	}{
		{"version that is bytes", &Hello{}, "\x0a\x00", ErrField},
		{"version of 32 fixed bits", &Hello{}, "\x0d\x00\x00\x00\x00", ErrField},
		{"board that is a number", &Hello{}, "\x10\x01", ErrField},
		{"board that is not UTF-8", &Hello{}, "\x12\x02\xc3\x28", ErrText},
		{"board over its limit", &Hello{}, str(2, long(MaxBoardName+1)), ErrText},
		{"replica that is bytes", &Hello{}, "\x1a\x00", ErrField},
		{"vector that is a number", &Hello{}, "\x20\x01", ErrField},
		{"vector that ends early", &Hello{}, "\x22\x03\x01\x07", ErrTruncated},
		{"name that is not UTF-8", &Hello{}, "\x2a\x01\xff", ErrText},
		{"name with half a pair of surrogates", &Hello{}, "\x2a\x03\xed\xa0\x80", ErrText},
		{"name over its limit", &Hello{}, str(5, long(MaxName+1)), ErrText},
		{"color that is bytes", &Hello{}, "\x32\x00", ErrField},
		{"member that is bytes", &Welcome{}, "\x12\x00", ErrField},
		{"token that is a number", &Hello{}, "\x38\x01", ErrField},
		{"token over its limit", &Hello{}, str(7, long(MaxToken+1)), ErrText},
		{"language that is a number", &Hello{}, "\x40\x01", ErrField},
		{"language over its limit", &Hello{}, str(8, long(MaxLanguage+1)), ErrText},
		{"language that is not UTF-8", &Hello{}, "\x42\x01\xff", ErrText},
		{"version that is bytes", &Welcome{}, "\x0a\x00", ErrField},
		{"vector that is a number", &Welcome{}, "\x18\x01", ErrField},
		{"limit that is bytes", &Welcome{}, "\x22\x00", ErrField},
		{"time of 64 fixed bits", &Welcome{}, "\x29\x00\x00\x00\x00\x00\x00\x00\x00", ErrField},
		{"data that is a number", &Update{}, "\x08\x01", ErrField},
		{"data that ends early", &Update{}, "\x0a\x05abc", ErrTruncated},
		{"through that is bytes", &Ack{}, "\x0a\x00", ErrField},
		{"cursor that is a number", &Cursors{}, "\x08\x01", ErrField},
		{"cursor that ends early", &Cursors{}, "\x0a\x02\x08", ErrTruncated},
		{"cursor with half a number", &Cursors{}, "\x0a\x02\x08\x80", ErrTruncated},
		{"member that is bytes", &Cursors{}, "\x0a\x02\x0a\x00", ErrField},
		{"x of 32 fixed bits", &Cursors{}, "\x0a\x05\x15\x00\x00\x00\x00", ErrField},
		{"y that is bytes", &Cursors{}, "\x0a\x02\x1a\x00", ErrField},
		{"hidden that is bytes", &Cursors{}, "\x0a\x02\x22\x00", ErrField},
		{"group in a cursor", &Cursors{}, "\x0a\x02\x2b\x2c", ErrField},
		{"seq that is bytes", &Cursors{}, "\x0a\x02\x2a\x00", ErrField},
		{"more cursors than MaxCursors", &Cursors{}, strings.Repeat("\x0a\x00", MaxCursors+1), ErrTooMany},
		{"member that is bytes", &Joined{}, "\x0a\x00", ErrField},
		{"name that is a number", &Joined{}, "\x10\x01", ErrField},
		{"name over its limit", &Joined{}, str(2, long(MaxName+1)), ErrText},
		{"color that is bytes", &Joined{}, "\x1a\x00", ErrField},
		{"member that is bytes", &Left{}, "\x0a\x00", ErrField},
		{"stamp that is bytes", &Ping{}, "\x0a\x00", ErrField},
		{"received that is bytes", &Ping{}, "\x2a\x00", ErrField},
		{"highest of 32 fixed bits", &Ping{}, "\x35\x00\x00\x00\x00", ErrField},
		{"time that is bytes", &Pong{}, "\x12\x00", ErrField},
		{"received that is bytes", &Pong{}, "\x1a\x00", ErrField},
		{"highest that is bytes", &Pong{}, "\x22\x00", ErrField},
		{"stamp over 64 bits", &Pong{}, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", ErrOverlong},
		{"code that is bytes", &Denied{}, "\x0a\x00", ErrField},
		{"reason over its limit", &Denied{}, str(2, long(MaxReason+1)), ErrText},
		{"wait that is bytes", &Denied{}, "\x1a\x00", ErrField},
		{"origin over its limit", &Moved{}, str(2, long(MaxOrigin+1)), ErrText},
		{"name over its limit", &Profile{}, str(1, long(MaxName+1)), ErrText},
		{"color that is bytes", &Profile{}, "\x12\x00", ErrField},
		{"field number 0", &Ping{}, "\x00\x00", ErrField},
		{"field number 0", &Cursors{}, "\x0a\x02\x00\x00", ErrField},
		{"member that is bytes", &Preview{}, "\x0a\x00", ErrField},
		{"stroke of 32 fixed bits", &Preview{}, "\x15\x00\x00\x00\x00", ErrField},
		{"offset that is bytes", &Preview{}, "\x1a\x00", ErrField},
		{"points of 64 fixed bits", &Preview{}, "\x21\x00\x00\x00\x00\x00\x00\x00\x00", ErrField},
		{"color that is bytes", &Preview{}, "\x2a\x00", ErrField},
		{"thickness that is bytes", &Preview{}, "\x32\x00", ErrField},
		{"done that is bytes", &Preview{}, "\x3a\x00", ErrField},
		{"group among the points", &Preview{}, "\x23\x24", ErrField},
		{"points that end early", &Preview{}, "\x22\x04\x02\x04", ErrTruncated},
		{"points with half a number", &Preview{}, "\x22\x03\x02\x04\x80", ErrTruncated},
		{"many points with half a number", &Preview{}, str(4, strings.Repeat("\x02", 12)+"\x80"), ErrTruncated},
		{"points with a number over 64 bits", &Preview{}, str(4, "\x02\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"), ErrOverlong},
		{"a point without y", &Preview{}, "\x22\x03\x02\x04\x02", ErrPoint},
		{"a point without y, in a field of its own", &Preview{}, "\x22\x02\x02\x04\x20\x02", ErrPoint},
		{"more points than MaxPreviewPoints", &Preview{}, str(4, long(2*MaxPreviewPoints+2)), ErrTooMany},
		{"half a point more than MaxPreviewPoints", &Preview{}, str(4, long(2*MaxPreviewPoints+1)), ErrPoint},
		{"more points in two parts", &Preview{}, str(4, long(2*MaxPreviewPoints)) + str(4, "xx"), ErrTooMany},
		{"more points in two parts, cut in a point", &Preview{}, str(4, long(2*MaxPreviewPoints-1)) + str(4, "xxx"), ErrTooMany},
		{"more points, each in a field", &Preview{}, strings.Repeat("\x20\x02", 2*MaxPreviewPoints+1), ErrTooMany},
		{"member that is bytes", &Selection{}, "\x0a\x00", ErrField},
		{"seq that is bytes", &Selection{}, "\x12\x00", ErrField},
		{"elements of 64 fixed bits", &Selection{}, "\x19\x00\x00\x00\x00\x00\x00\x00\x00", ErrField},
		{"elements with half a number", &Selection{}, "\x1a\x03\x02\x04\x80", ErrTruncated},
		{"elements with a number over 64 bits", &Selection{}, str(3, "\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), ErrOverlong},
		{"an element without a number", &Selection{}, "\x1a\x03\x02\x04\x02", ErrPart},
		{"an element without a number, in a field of its own", &Selection{}, "\x1a\x02\x02\x04\x18\x02", ErrPart},
		{"an element without a number, and a caret that has one too many", &Selection{}, "\x18\x02" + str(6, "123456") + "\x30\x02", ErrTooMany},
		{"more elements than MaxSelected", &Selection{}, str(3, long(2*MaxSelected+1)), ErrTooMany},
		{"more elements in two parts", &Selection{}, str(3, long(2*MaxSelected)) + str(3, "xx"), ErrTooMany},
		{"more elements, each in a field", &Selection{}, strings.Repeat("\x18\x02", 2*MaxSelected+1), ErrTooMany},
		{"a matrix that is a number", &Selection{}, "\x20\x01", ErrField},
		{"a matrix of 32 fixed bits", &Selection{}, "\x25\x00\x00\x00\x00", ErrField},
		{"a matrix that ends early", &Selection{}, str(4, long(47)), ErrTruncated},
		{"a matrix of five numbers", &Selection{}, str(4, long(40)), ErrPart},
		{"a matrix of seven numbers", &Selection{}, str(4, long(56)), ErrTooMany},
		{"a matrix of seven numbers in fields of their own", &Selection{}, strings.Repeat("\x21\x00\x00\x00\x00\x00\x00\x00\x00", 7), ErrTooMany},
		{"a place of one number", &Selection{}, str(5, long(8)), ErrPart},
		{"a place of seven numbers in two parts", &Selection{}, str(5, long(40)) + str(5, long(16)), ErrTooMany},
		{"a caret without an end", &Selection{}, str(6, "1234"), ErrPart},
		{"a replica that is bytes", &Selection{}, "\x3a\x00", ErrField},
		{"a base of 64 fixed bits", &Selection{}, "\x41\x00\x00\x00\x00\x00\x00\x00\x00", ErrField},
		{"a caret with three ends", &Selection{}, str(6, "12345678"), ErrTooMany},
		{"following that is bytes", &Viewport{}, "\x2a\x00", ErrField},
		{"presents that is bytes", &Viewport{}, "\x32\x00", ErrField},
		{"a view that is a number", &Viewport{}, "\x18\x01", ErrField},
		{"a view that ends early", &Viewport{}, str(3, long(31)), ErrTruncated},
		{"a view of three numbers", &Viewport{}, str(3, long(24)), ErrPart},
		{"a view of five numbers", &Viewport{}, str(3, long(40)), ErrTooMany},
		{"a view of five numbers in two parts", &Viewport{}, str(3, long(32)) + str(3, long(8)), ErrTooMany},
		{"half a page", &Viewport{}, "\x20\x02", ErrPart},
		{"two pages", &Viewport{}, str(4, "1234"), ErrTooMany},
		{"a view of two numbers", &Signal{}, str(3, long(16)), ErrPart},
		{"half a page", &Signal{}, "\x22\x01\x02", ErrPart},
		{"symbol that is bytes", &Signal{}, "\x2a\x00", ErrField},
		{"secret over its limit", &Hello{}, str(9, long(MaxSecret+1)), ErrText},
		{"device that is bytes", &Hello{}, "\x52\x00", ErrField},
		{"person of 15 bytes", &Welcome{}, str(8, long(15)), ErrName},
		{"person of 17 bytes", &Welcome{}, str(8, long(17)), ErrName},
		{"person of 16 zeros", &Welcome{}, str(8, zeros), ErrName},
		{"person that is a number", &Joined{}, "\x20\x01", ErrField},
		{"away that is bytes", &Joined{}, "\x32\x00", ErrField},
		{"away of 32 fixed bits", &Profile{}, "\x1d\x00\x00\x00\x00", ErrField},
		{"id of one byte", &Say{}, str(1, "x"), ErrName},
		{"somebody of 32 bytes", &Say{}, str(2, long(32)), ErrName},
		{"text over its limit", &Say{}, str(4, long(MaxText+1)), ErrText},
		{"text that is not UTF-8", &Say{}, "\x22\x02\xc3\x28", ErrText},
		{"about that is a number", &Say{}, "\x28\x01", ErrField},
		{"a mention that is a number", &Say{}, "\x30\x01", ErrField},
		{"a mention that ends early", &Say{}, "\x32\x02\x10\x80", ErrTruncated},
		{"a mention of half a person", &Say{}, str(6, str(1, long(8))), ErrName},
		{"group in a mention", &Say{}, "\x32\x02\x2b\x2c", ErrField},
		{"more mentions than MaxMentions", &Say{}, strings.Repeat("\x32\x00", MaxMentions+1), ErrTooMany},
		{"more texts than MaxRecall", &Said{}, strings.Repeat("\x12\x00", MaxRecall+1), ErrTooMany},
		{"an author of one byte", &Said{}, str(2, str(2, "x")), ErrName},
		{"a text over its limit", &Said{}, str(2, str(6, long(MaxText+1))), ErrText},
		{"a name over its limit", &Said{}, str(2, str(3, long(MaxName+1))), ErrText},
		{"mentions over their limit in a text", &Said{}, str(2, strings.Repeat("\x42\x00", MaxMentions+1)), ErrTooMany},
		{"more signs than MaxSigns", &Said{}, str(2, strings.Repeat("\x5a\x00", MaxSigns+1)), ErrTooMany},
		{"a sign over its limit", &Said{}, str(2, str(11, str(1, long(MaxSign+1)))), ErrText},
		{"more who reacted than MaxReactors", &Said{}, str(2, str(11, strings.Repeat(str(2, long(16)), MaxReactors+1))), ErrTooMany},
		{"nobody who reacted", &Said{}, str(2, str(11, "\x12\x00")), ErrName},
		{"16 zeros who reacted", &Said{}, str(2, str(11, str(2, zeros))), ErrName},
		{"a stored name of no bytes", &Said{}, "\x2a\x00", ErrName},
		{"more stored than MaxRecall", &Said{}, strings.Repeat(str(5, long(16)), MaxRecall+1), ErrTooMany},
		{"stored that is a number", &Said{}, "\x28\x01", ErrField},
		{"more refused than MaxRecall", &Said{}, strings.Repeat("\x32\x00", MaxRecall+1), ErrTooMany},
		{"a refusal's reason over its limit", &Said{}, str(6, str(3, long(MaxReason+1))), ErrText},
		{"ask that is bytes", &Recall{}, "\x0a\x00", ErrField},
		{"stamp over 64 bits", &Recall{}, "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", ErrOverlong},
		{"what is searched for over its limit", &Recall{}, str(5, long(MaxFind+1)), ErrText},
		{"a message of 17 bytes", &Recall{}, str(7, long(17)), ErrName},
		{"a message of 16 zeros", &Recall{}, str(7, zeros), ErrName},
		{"a message that is a number", &Recall{}, "\x38\x01", ErrField},
		{"stopped that is bytes", &Typing{}, "\x12\x00", ErrField},
		{"a person of three bytes", &Typing{}, str(4, "abc"), ErrName},
		{"a person of three bytes", &Mark{}, str(3, "abc"), ErrName},
		{"more conversations than MaxTalks", &Talks{}, strings.Repeat("\x0a\x00", MaxTalks+1), ErrTooMany},
		{"a name over its limit", &Talks{}, str(1, str(2, long(MaxName+1))), ErrText},
		{"entry that is a number", &Inbox{}, "\x08\x01", ErrField},
		{"more entries than MaxEntries", &Inbox{}, strings.Repeat("\x0a\x00", MaxEntries+1), ErrTooMany},
		{"a seq over 64 bits", &Inbox{}, str(1, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), ErrOverlong},
		{"a board over its limit", &Inbox{}, str(1, str(4, long(MaxBoardName+1))), ErrText},
		{"somebody of 15 bytes", &Inbox{}, str(1, str(5, long(15))), ErrName},
		{"somebody of 16 zeros", &Inbox{}, str(1, str(9, zeros)), ErrName},
		{"a name over its limit", &Inbox{}, str(1, str(6, long(MaxName+1))), ErrText},
		{"a title over its limit", &Inbox{}, str(1, str(7, long(MaxTitle+1))), ErrText},
		{"a text over its limit", &Inbox{}, str(1, str(8, long(MaxExcerpt+1))), ErrText},
		{"a text that is not UTF-8", &Inbox{}, str(1, str(8, "\xff")), ErrText},
		{"a message of 17 bytes", &Inbox{}, str(1, str(10, long(17))), ErrName},
		{"an element over its limit", &Inbox{}, str(1, str(12, long(MaxElement+1))), ErrText},
		{"group in an entry", &Inbox{}, "\x0a\x02\x0b\x0c", ErrField},
		{"unread that is bytes", &Inbox{}, "\x22\x00", ErrField},
		{"read that is a number", &Inbox{}, "\x30\x01", ErrField},
		{"more read than MaxSpans", &Inbox{}, strings.Repeat("\x32\x00", MaxSpans+1), ErrTooMany},
		{"more gone than MaxSpans", &Inbox{}, strings.Repeat("\x3a\x00", MaxSpans+1), ErrTooMany},
		{"anew of 32 fixed bits", &Inbox{}, "\x45\x00\x00\x00\x00", ErrField},
		{"ask that is bytes", &Browse{}, "\x0a\x00", ErrField},
		{"limit of 64 fixed bits", &Browse{}, "\x21\x00\x00\x00\x00\x00\x00\x00\x00", ErrField},
		{"a span that is a number", &Settle{}, "\x08\x01", ErrField},
		{"a span that ends early", &Settle{}, "\x0a\x02\x08\x80", ErrTruncated},
		{"a span from 65 bits", &Settle{}, str(1, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), ErrOverlong},
		{"more spans than MaxSpans", &Settle{}, strings.Repeat("\x0a\x00", MaxSpans+1), ErrTooMany},
		{"off that is bytes", &Wishes{}, "\x0a\x00", ErrField},
		{"muted that is a number", &Wishes{}, "\x18\x01", ErrField},
		{"a muted board over its limit", &Wishes{}, str(3, long(MaxBoardName+1)), ErrText},
		{"a muted board that is not UTF-8", &Wishes{}, str(3, "\xc3\x28"), ErrText},
		{"more muted boards than MaxMuted", &Wishes{}, strings.Repeat("\x1a\x01x", MaxMuted+1), ErrTooMany},
		{"more muted boards than MaxMuted, of no name", &Wishes{}, strings.Repeat("\x1a\x00", MaxMuted+1), ErrTooMany},
		{"a zone over its limit", &Wishes{}, str(6, long(MaxZone+1)), ErrText},
		{"a key for push that is a number", &Wishes{}, "\x38\x01", ErrField},
		{"a key for push that ends early", &Wishes{}, "\x3a\x41\x04", ErrTruncated},
		{"a reason over its limit", &Wishes{}, str(9, long(MaxReason+1)), ErrText},
		{"an endpoint over its limit", &Subscribe{}, str(1, long(MaxEndpoint+1)), ErrText},
		{"an endpoint that is not UTF-8", &Subscribe{}, str(1, "\xff"), ErrText},
		{"a device's key that is a number", &Subscribe{}, "\x10\x01", ErrField},
		{"a device's secret that ends early", &Subscribe{}, "\x1a\x10abc", ErrTruncated},
		{"a language over its limit", &Subscribe{}, str(4, long(MaxLanguage+1)), ErrText},
		{"ended that is bytes", &Subscribe{}, "\x2a\x00", ErrField},
		{"a want that is a number", &Watch{}, "\x08\x01", ErrField},
		{"a want that ends early", &Watch{}, "\x0a\x02\x10\x80", ErrTruncated},
		{"group in a want", &Watch{}, "\x0a\x02\x0b\x0c", ErrField},
		{"a pattern over its limit", &Watch{}, str(1, str(1, long(MaxFeed+2))), ErrText},
		{"a pattern that is not UTF-8", &Watch{}, str(1, str(1, "\xff")), ErrText},
		{"a span of 64 fixed bits", &Watch{}, str(1, "\x19\x00\x00\x00\x00\x00\x00\x00\x00"), ErrField},
		{"more wants than MaxWants", &Watch{}, strings.Repeat("\x0a\x00", MaxWants+1), ErrTooMany},
		{"digits that are bytes", &Watch{}, "\x1a\x00", ErrField},
		{"time of 64 fixed bits", &Points{}, "\x09\x00\x00\x00\x00\x00\x00\x00\x00", ErrField},
		{"a feed's name over its limit", &Points{}, str(2, str(2, long(MaxFeed+1))), ErrText},
		{"a feed's type that is bytes", &Points{}, str(2, "\x1a\x00"), ErrField},
		{"more feeds than MaxFeeds", &Points{}, strings.Repeat("\x12\x00", MaxFeeds+1), ErrTooMany},
		{"runs that are a number", &Points{}, "\x18\x01", ErrField},
		{"runs that end early", &Points{}, "\x1a\x05abc", ErrTruncated},
		{"a value over its limit", &Points{}, str(4, long(MaxFeedText+1)), ErrText},
		{"a value that is not UTF-8", &Points{}, "\x22\x02\xc3\x28", ErrText},
		{"more texts than MaxFeedTexts", &Points{}, strings.Repeat("\x22\x00", MaxFeedTexts+1), ErrTooMany},
		{"more that are gone than MaxFeeds", &Points{}, strings.Repeat("\x2a\x00", MaxFeeds+1), ErrTooMany},
		{"more that is bytes", &Points{}, "\x32\x00", ErrField},
		{"ask that is bytes", &Publish{}, "\x0a\x00", ErrField},
		{"a board over its limit", &Publish{}, str(2, long(MaxBoardName+1)), ErrText},
		{"a feed over its limit", &Publish{}, str(3, long(MaxFeed+1)), ErrText},
		{"a sample that is a number", &Publish{}, "\x20\x01", ErrField},
		{"a sample's time over 64 bits", &Publish{}, str(4, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), ErrOverlong},
		{"a sample that is a varint", &Publish{}, str(4, "\x10\x01"), ErrField},
		{"a sample of 32 fixed bits", &Publish{}, str(4, "\x15\x00\x00\x00\x00"), ErrField},
		{"a sample that is a list", &Publish{}, str(4, "\x12\x08\x00\x00\x00\x00\x00\x00\x00\x00"), ErrField},
		{"a sample that ends early", &Publish{}, str(4, "\x11\x00\x00\x00\x00\x00\x00\x00"), ErrTruncated},
		{"a text over its limit", &Publish{}, str(4, str(3, long(MaxFeedText+1))), ErrText},
		{"a text that is not UTF-8", &Publish{}, str(4, str(3, "\xff")), ErrText},
		{"more samples than MaxSamples", &Publish{}, strings.Repeat("\x22\x00", MaxSamples+1), ErrTooMany},
		{"why that is bytes", &Published{}, "\x12\x00", ErrField},
		{"a field over its limit", &Published{}, str(3, long(MaxReason+1)), ErrText},
		{"a reason over its limit", &Published{}, str(4, long(MaxReason+1)), ErrText},
		{"laser that is bytes", &Cursors{}, "\x0a\x02\x32\x00", ErrField},
		{"token that is a number", &Refresh{}, "\x08\x01", ErrField},
		{"token over its limit", &Refresh{}, str(1, long(MaxToken+1)), ErrText},
	} {
		if err := c.m.Parse([]byte(c.body)); !errors.Is(err, c.want) {
			t.Errorf("%T, %s: %v, want %v", c.m, c.why, err, c.want)
		}
	}
}

// One under each limit is taken: the limits are not lower than they say.
func TestW7AtTheLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	texts, names, persons := make([]Text, MaxRecall), make([]TextID, MaxRecall), make([]Person, MaxReactors)
	for i := range names {
		names[i][0], persons[i][0] = byte(i+1), byte(i+1)
	}
	signs := make([]Reaction, MaxSigns)
	for i := range signs {
		signs[i] = Reaction{long(MaxSign), persons}
	}
	for _, m := range []Message{
		&Hello{Board: long(MaxBoardName), Name: long(MaxName), Token: long(MaxToken), Language: long(MaxLanguage)},
		&Refresh{Token: long(MaxToken)},
		&Preview{Points: make([]Point, MaxPreviewPoints)},
		&Selection{Elements: make([]ID, MaxSelected), By: make([]float64, MatrixSize), Place: make([]float64, PlaceSize), Caret: make([]ID, CaretSize)},
		&Viewport{View: make([]float64, ViewSize), Page: make([]ID, 1)},
		&Signal{View: make([]float64, ViewSize), Page: make([]ID, 1)},
		&Joined{Name: long(MaxName)},
		&Hello{Secret: long(MaxSecret)},
		&Say{Text: long(MaxText), Mentions: make([]Mention, MaxMentions)},
		&Said{Texts: texts, Stored: names, Refused: make([]Refusal, MaxRecall)},
		&Said{Texts: []Text{{Name: long(MaxName), Text: long(MaxText), Mentions: make([]Mention, MaxMentions), Reactions: signs}}},
		&Recall{Find: long(MaxFind)},
		&Talks{make([]Talk, MaxTalks)},
		&Inbox{Entries: make([]Entry, MaxEntries), Read: make([]Span, MaxSpans), Gone: make([]Span, MaxSpans)},
		&Inbox{Entries: []Entry{{Board: long(MaxBoardName), Name: long(MaxName), Title: long(MaxTitle), Text: long(MaxExcerpt), Element: long(MaxElement)}}},
		&Settle{make([]Span, MaxSpans)},
		&Wishes{Muted: slices.Repeat([]string{long(MaxBoardName)}, MaxMuted), Zone: long(MaxZone), Refused: long(MaxReason)},
		&Subscribe{Endpoint: long(MaxEndpoint), Language: long(MaxLanguage)},
		&Watch{List: slices.Repeat([]Want{{Feed: long(MaxFeed + 1)}}, MaxWants)},
		&Points{Feeds: slices.Repeat([]Feed{{Name: long(MaxFeed)}}, MaxFeeds), Gone: make([]Feed, MaxFeeds)},
		&Points{Texts: append(make([]string, MaxFeedTexts-1), long(MaxFeedText))},
		&Publish{Board: long(MaxBoardName), Feed: long(MaxFeed), Samples: slices.Repeat([]Sample{{Text: long(MaxFeedText)}}, MaxSamples)},
		&Published{Field: long(MaxReason), Reason: long(MaxReason)},
		&Profile{Name: long(MaxName)},
		&Denied{Reason: long(MaxReason)},
		&Cursors{List: make([]Cursor, MaxCursors)},
	} {
		if err := fresh(m).Parse(m.Append(nil)); err != nil {
			t.Errorf("%T: %v", m, err)
		}
	}
}

// A message cut anywhere never gives more than what stands before the cut, and
// never reads beyond it.
func TestW7EveryCut(t *testing.T) {
	full, _ := everyMessage()
	for _, m := range full {
		msg := AppendFrame(nil, 5, m)
		for n := 1; n < len(msg); n++ {
			for fr, err := range Frames(bytes.Clone(msg[:n])) {
				if !errors.Is(err, ErrTruncated) {
					t.Errorf("%T cut at %d of %d: %+v, %v", m, n, len(msg), fr, err)
				}
			}
		}
	}
}

// R8: the new meets the old.
func TestW8UnknownFieldsAreSkipped(t *testing.T) {
	unknown := [][]byte{
		{0x80, 0x7d, 0x05},                     // field 2000, a number
		{0x81, 0x7d, 1, 2, 3, 4, 5, 6, 7, 8},   // 64 bits
		{0x82, 0x7d, 0x03, 0xff, 0xfe, 0xfd},   // bytes
		{0x85, 0x7d, 1, 2, 3, 4},               // 32 bits
		{0xf8, 0xff, 0xff, 0xff, 0x0f, 0x00},   // the highest field number
		{0x82, 0x7d, 0x00},                     // no bytes
		{0x80, 0x7d, 0x80, 0x80, 0x80, 0x00},   // an overlong zero
		{0x80, 0xfd, 0x80, 0x80, 0x80, 0, 0x1}, // an overlong tag
	}
	full, zero := everyMessage()
	for i, m := range full {
		for _, u := range unknown {
			for _, want := range []Message{m, zero[i]} {
				body := want.Append(nil)
				for _, b := range [][]byte{append(bytes.Clone(u), body...), append(bytes.Clone(body), u...)} {
					got := fresh(m)
					if err := got.Parse(b); err != nil || !equal(got, want) {
						t.Errorf("%T with % x: %+v, %v", m, u, got, err)
					}
				}
			}
		}
	}
	for _, u := range unknown {
		var c Cursor
		in := Cursor{3, -8, 13, true, 9, true}
		if err := c.Parse(append(bytes.Clone(u), in.Append(nil)...)); err != nil || c != in {
			t.Errorf("cursor with % x: %+v, %v", u, c, err)
		}
		if u[0]&7 == typeBytes {
			continue // W10: in a frame that is a body
		}
		for _, raw := range [][]byte{append(bytes.Clone(u), 0x42, 0x02, 0x08, 0x03), append([]byte{0x42, 0x02, 0x08, 0x03}, u...)} {
			if fr, err := ParseFrame(raw); err != nil || fr.Kind != KindLeft {
				t.Errorf("frame with % x: %+v, %v", u, fr, err)
			}
		}
	}
}

func TestW8UnknownKindIsAFrame(t *testing.T) {
	for _, kind := range []int{37, 40, 99, 1<<29 - 1} {
		raw := appendString(nil, kind, "\xff\xff")
		fr, err := ParseFrame(raw)
		if err != nil || fr.Kind != Kind(kind) || string(fr.Body) != "\xff\xff" {
			t.Errorf("kind %d: %+v, %v; want the frame, its body unread", kind, fr, err)
		}
		if fr.Kind.Known() {
			t.Errorf("kind %d is known", kind)
		}
	}
}

func TestW6NumbersAreCut(t *testing.T) {
	over := AppendUvarint(nil, 1<<63|1<<32|5) // 5 in the low 32 bits
	var l Left
	if err := l.Parse(append([]byte{0x08}, over...)); err != nil || l.Member != 5 {
		t.Errorf("member %d, %v; want the low 32 bits, 5", l.Member, err)
	}
	var c Cursor
	if err := c.Parse(append([]byte{0x10}, over...)); err != nil || c.X != -3 {
		t.Errorf("x %d, %v; want the low 32 bits, zigzag of -3", c.X, err)
	}
	if err := c.Parse(append([]byte{0x20}, over...)); err != nil || !c.Hidden {
		t.Errorf("hidden %v, %v; want true, as of any number but 0", c.Hidden, err)
	}
	if err := c.Parse([]byte{0x20, 0x80, 0x00}); err != nil || c.Hidden {
		t.Errorf("hidden %v, %v; want false, written in two bytes", c.Hidden, err)
	}
}

func TestW9LastFieldCounts(t *testing.T) {
	var j Joined
	p := Person{1, 15: 2}
	twice := append(appendString(nil, 4, p[:]), "\x22\x00"...)
	if err := j.Parse(twice); err != nil || j.Person != (Person{}) {
		t.Errorf("%+v, %v; want nobody, who stands last", j, err)
	}
	var h Hello
	err := h.Parse([]byte("\x08\x01\x12\x01a\x22\x02xy\x08\x02\x12\x01b\x22\x01z"))
	if err != nil || h.Version != 2 || h.Board != "b" || string(h.Vector) != "z" {
		t.Errorf("%+v, %v; want the second of each", h, err)
	}
}
