package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
)

// aPNG is a picture that has a colour of its own.
func aPNG(n uint8) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 4, 3))
	m.Set(1, 1, color.RGBA{n, 2, 3, 255})
	var b bytes.Buffer
	_ = png.Encode(&b, m) // to memory
	return b.Bytes()
}

// noise is a large one, that cannot be made smaller.
func noise(side int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	x := uint32(1)
	for i := range m.Pix {
		x = x*1664525 + 1013904223
		m.Pix[i] = byte(x >> 24)
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}

func nameOf(data []byte) string {
	hash := sha256.Sum256(data)
	return hex.EncodeToString(hash[:])
}

// blobs is somebody who sends and asks for images.
type blobber struct {
	t     *testing.T
	base  string
	token string
	http  *http.Client
}

func (r *relay) blobber(token string) *blobber {
	return &blobber{r.t, "http://" + r.addr, token, &http.Client{Timeout: limit}}
}

type blobAnswer struct {
	status int
	header http.Header
	body   []byte
	words  string // of an error
}

// do asks for an image, or sends one; headers are name, value…
func (b *blobber) do(method, name, board string, data []byte, headers ...string) (a blobAnswer) {
	b.t.Helper()
	var body io.Reader
	if data != nil {
		body = bytes.NewReader(data)
	}
	q, err := http.NewRequestWithContext(b.t.Context(), method, b.base+"/blob/"+name+"?board="+board, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.token != "" {
		q.Header.Set("Authorization", "Bearer "+b.token)
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	got, err := b.http.Do(q)
	if err != nil {
		b.t.Fatal(err)
	}
	defer got.Body.Close()
	a.status, a.header = got.StatusCode, got.Header
	if a.body, err = io.ReadAll(got.Body); err != nil {
		b.t.Fatal(err)
	}
	if a.status >= 400 && method != http.MethodHead {
		var said problem
		if err := json.Unmarshal(a.body, &said); err != nil || said.Error == "" {
			b.t.Errorf("%s %s is answered %d with %q", method, name, a.status, a.body)
		}
		a.words = said.Error
		if c := a.header.Get("Cache-Control"); c != "no-store" {
			b.t.Errorf("an error may be cached: %q", c)
		}
	}
	return a
}

func (b *blobber) put(board string, data []byte, media string) blobAnswer {
	b.t.Helper()
	return b.do("PUT", nameOf(data), board, data, "Content-Type", media)
}

func (b *blobber) get(board string, data []byte) blobAnswer {
	b.t.Helper()
	return b.do("GET", nameOf(data), board, nil)
}

func (a blobAnswer) want(t *testing.T, what string, status int, words ...string) blobAnswer {
	t.Helper()
	if a.status != status {
		t.Errorf("%s is answered %d (%s), want %d", what, a.status, a.words, status)
	}
	for _, w := range words {
		if !strings.Contains(a.words, w) {
			t.Errorf("%s is told %q, which has no %q", what, a.words, w)
		}
	}
	return a
}

// An image is put on a board, and read as it was, with nothing to be done by it.
func TestBlob(t *testing.T) {
	r := start(t, t.TempDir())
	b := r.blobber("")
	picture := aPNG(1)
	b.get("plans", picture).want(t, "what nobody has put", 404, "no image")
	for range 2 { // again is the same
		b.put("plans", picture, "image/png").want(t, "an image", 204)
	}
	got := b.get("plans", picture).want(t, "the image", 200)
	if !bytes.Equal(got.body, picture) {
		t.Errorf("it is read as %d other bytes", len(got.body))
	}
	for name, want := range map[string]string{
		"Content-Type": "image/png", "Content-Length": fmt.Sprint(len(picture)), "X-Content-Type-Options": "nosniff",
		"Cache-Control": "private, max-age=31536000, immutable", "Etag": `"` + nameOf(picture) + `"`,
		"Content-Security-Policy":      "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
		"Content-Disposition":          `inline; filename="` + nameOf(picture)[:12] + `.png"`,
		"Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := got.header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	head := b.do("HEAD", nameOf(picture), "plans", nil).want(t, "its head", 200)
	if len(head.body) != 0 || head.header.Get("Content-Length") != fmt.Sprint(len(picture)) {
		t.Errorf("the head has %d bytes, and says %s", len(head.body), head.header.Get("Content-Length"))
	}
	same := b.do("GET", nameOf(picture), "plans", nil, "If-None-Match", got.header.Get("Etag")).want(t, "who has it already", 304)
	if len(same.body) != 0 {
		t.Error("it is sent again")
	}
	b.do("HEAD", nameOf(picture), "other", nil).want(t, "on another board", 404)
	b.get("other", picture).want(t, "on another board", 404)
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>`)
	b.put("plans", svg, "image/svg+xml").want(t, "an SVG", 204)
	if got := b.get("plans", svg).want(t, "the SVG", 200); !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment;") || got.header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("an SVG is shown in a tab: %v", got.header)
	}
	large := noise(700)
	b.put("plans", large, "image/png").want(t, "a large image", 204)
	if got := b.get("plans", large); !bytes.Equal(got.body, large) {
		t.Error("a large image is read as another")
	}
}

// What a board has is there after a restart.
func TestBlobAfterRestart(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	picture := noise(400)
	r.blobber("").put("plans", picture, "image/png").want(t, "an image", 204)
	r.end()
	again := start(t, data)
	if got := again.blobber("").get("plans", picture); !bytes.Equal(got.body, picture) {
		t.Errorf("it is answered %d with %d bytes", got.status, len(got.body))
	}
}

// What is no image, or another than it says, is refused in words, and nothing of it
// is stored.
func TestBadBlobs(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Log: quiet(), Limits: Limits{BlobBytes: 20_000, BoardBlobBytes: 30_000}}, false)
	b := r.blobber("")
	picture := aPNG(1)
	bomb := bytes.Clone(picture)
	copy(bomb[16:], "\x00\x00\xff\xff\x00\x00\xff\xff")
	svg := func(text string) []byte { return []byte(`<svg xmlns="http://www.w3.org/2000/svg">` + text + `</svg>`) }
	for _, q := range []struct {
		what   string
		name   string // "": its own
		data   []byte
		media  string
		status int
		words  string
	}{
		{"another's name", nameOf(aPNG(2)), picture, "image/png", 422, "SHA-256"},
		{"a name that is none", "x", picture, "image/png", 400, "64 digits"},
		{"a name in large letters", strings.ToUpper(nameOf(picture)), picture, "image/png", 400, "64 digits"},
		{"another type", "", picture, "image/jpeg", 415, "the image is image/png"},
		{"no type", "", picture, "", 415, "Content-Type"},
		{"a type that is none of an image", "", picture, "text/html", 415, "Content-Type"},
		{"an image of a kind that is not shown", "", picture, "image/tiff", 415, "Content-Type"},
		{"HTML as an image", "", []byte("<html><script>alert(1)</script></html>"), "image/png", 422, "script"},
		{"text as an image", "", []byte("hello"), "image/png", 415, "PNG, JPEG"},
		{"nothing", "", []byte{}, "image/png", 415, "PNG, JPEG"},
		{"a bomb", "", bomb, "image/png", 422, "65535 × 65535"},
		{"an SVG with script", "", svg("<script>alert(1)</script>"), "image/svg+xml", 422, "<script"},
		{"an SVG with a handler", "", svg(`<rect onload="alert(1)"/>`), "image/svg+xml", 422, "onload"},
		{"an SVG that fetches", "", svg(`<image href="https://evil.example/x.png"/>`), "image/svg+xml", 422, "href"},
		{"an SVG with entities", "", append([]byte(`<!DOCTYPE svg [<!ENTITY a "b">]>`), svg("&a;")...), "image/svg+xml", 422, "<!doctype"},
		{"an SVG as a PNG", "", svg(""), "image/png", 415, "image/svg+xml"},
		{"too many bytes", "", append(bytes.Clone(picture), make([]byte, 20_000)...), "image/png", 413, "20000"},
	} {
		name := q.name
		if name == "" {
			name = nameOf(q.data)
		}
		b.do("PUT", name, "plans", q.data, "Content-Type", q.media).want(t, q.what, q.status, q.words)
		if q.status == 400 {
			b.do("GET", name, "plans", nil).want(t, q.what+", asked for", 404)
		}
		b.get("plans", q.data).want(t, q.what+", afterwards", 404)
	}
	b.put("plans", picture, "image/png; charset=utf-8").want(t, "a type with a parameter", 204)
	// Up to what a board may have, which is told.
	half := append(bytes.Clone(picture), make([]byte, 15_000)...)
	b.put("plans", half, "image/png").want(t, "up to the quota", 204)
	b.put("plans", append(half, 1), "image/png").want(t, "over the quota", 413, "30000 bytes", "30 days")
	b.put("plans", half, "image/png").want(t, "what is there", 204)
	b.put("other", append(half, 1), "image/png").want(t, "another board", 204)
	b.get("plans", append(half, 1)).want(t, "what another board has", 404)

	for _, board := range []string{"", "_own", "../plans", strings.Repeat("x", 65)} {
		b.put(board, picture, "image/png").want(t, "on what is no board", 400)
		b.get(board, picture).want(t, "of what is no board", 400)
	}
	for _, method := range []string{"POST", "DELETE", "PATCH"} {
		q, _ := http.NewRequestWithContext(t.Context(), method, b.base+"/blob/"+nameOf(picture)+"?board=plans", nil)
		a, err := b.http.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s is answered %d", method, a.StatusCode)
		}
	}
}

// A body without a length, or that is shorter or longer than it says, is no image.
func TestBlobOfAnotherLength(t *testing.T) {
	r := start(t, t.TempDir())
	picture := aPNG(1)
	for what, q := range map[string]struct{ head, want string }{
		"no length":                 {"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "411"},
		"a length and chunks":       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "411"},
		"two lengths":               {"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", "400"},
		"a length less than none":   {"Content-Length: -5\r\n\r\n", "400"},
		"a length that is too much": {"Content-Length: 99999999999999\r\n\r\n", "413"},
		"less than it says":         {fmt.Sprintf("Content-Length: %d\r\n\r\nabc", len(picture)), "400"},
		"more than it says":         {fmt.Sprintf("Content-Length: %d\r\n\r\n%sxyz", len(picture), picture), "204"},
	} {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "PUT /blob/%s?board=plans HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n%s", nameOf(picture), q.head)
		if what == "less than it says" {
			_ = c.(*net.TCPConn).CloseWrite() // nothing more comes
		}
		_ = c.SetReadDeadline(time.Now().Add(limit))
		if line, err := bufio.NewReader(c).ReadString('\n'); !strings.Contains(line, q.want) {
			t.Errorf("%s is answered %q, %v; want %s", what, line, err, q.want)
		}
		c.Close()
	}
}

// Who may edit a board puts images on it, who may see it sees them, and nobody else
// does, whatever hash is known.
func TestWhoMayHaveBlobs(t *testing.T) {
	o := keyed(t)
	picture, other := aPNG(1), aPNG(2)
	for role, want := range map[auth.Role]int{auth.Viewer: 403, auth.Commenter: 403, auth.Editor: 204, auth.Owner: 204} {
		o.blobber(o.token("p", role)).put("plans", picture, "image/png").want(t, role.String(), want)
	}
	o.blobber("").put("plans", other, "image/png").want(t, "nobody", 401)
	o.blobber("rubbish").put("plans", other, "image/png").want(t, "rubbish", 401)
	for role := auth.Viewer; role <= auth.Owner; role++ {
		o.blobber(o.token("p", role)).get("plans", picture).want(t, role.String(), 200)
	}
	o.blobber("").get("plans", picture).want(t, "nobody", 401)
	elsewhere := o.sign(&auth.Grant{Subject: "x", Boards: map[string]auth.Role{"mine": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
	thief := o.blobber(elsewhere)
	thief.get("plans", picture).want(t, "an owner of another board", 403)
	thief.get("mine", picture).want(t, "by a board of one's own", 404)
	// Who knows the hash alone cannot have the image put on a board of one's own.
	thief.do("PUT", nameOf(picture), "mine", []byte{}, "Content-Type", "image/png").want(t, "without the image", 422)
	thief.get("mine", picture).want(t, "by a board of one's own", 404)
	thief.put("plans", picture, "image/png").want(t, "on another's board", 403)

	// The page's pictures come with the cookie, which puts nothing on a board.
	p := o.page()
	p.token("plans", "", o.token("ann", auth.Owner)).want(t, "a session", 200)
	hers := &blobber{t, p.base, "", p.http}
	hers.get("plans", picture).want(t, "the cookie", 200)
	hers.put("plans", other, "image/png").want(t, "the cookie", 401)
	p.ask("POST", "/auth/signout", "", "").want(t, "to sign out", 204)
	hers.get("plans", picture).want(t, "the cookie of who has signed out", 401)
}

// A page of another site puts nothing on a board, and shows nothing of one.
func TestBlobsOfOtherSites(t *testing.T) {
	r := start(t, t.TempDir())
	b := r.blobber("")
	picture := aPNG(1)
	b.do("PUT", nameOf(picture), "plans", picture, "Content-Type", "image/png", "Origin", "https://elsewhere.example").want(t, "another site", 403, "another origin")
	b.put("plans", picture, "image/png").want(t, "its own", 204)
	got := b.do("GET", nameOf(picture), "plans", nil, "Origin", "https://elsewhere.example").want(t, "another site", 200)
	if got.header.Get("Access-Control-Allow-Origin") != "" || got.header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		t.Errorf("another site may read: %v", got.header)
	}
}

// One address sends so many images at a time, and asks for so many; others are
// served meanwhile.
func TestBlobLimits(t *testing.T) {
	var u uploads
	one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for range uploadsOfAddress {
		if no := u.begin(one, 1000); no != nil {
			t.Errorf("refused: %s", no.reason)
		}
	}
	if no := u.begin(one, 1000); no != tooManyUploadsOfAddress {
		t.Errorf("one more of an address: %v", no)
	}
	if no := u.begin(two, 1000); no != nil {
		t.Errorf("another address: %v", no.reason)
	}
	u.end(two, 1000)
	u.end(one, 1000)
	if no := u.begin(one, 1000); no != nil {
		t.Errorf("after an end: %v", no.reason)
	}
	for range uploadsAtOnce - uploadsOfAddress {
		if no := u.begin(netip.Addr{}, 1000); no != nil {
			t.Errorf("refused: %s", no.reason)
		}
	}
	if no := u.begin(two, 1000); no != tooManyUploads {
		t.Errorf("one more in all: %v", no)
	}
	for range uploadsAtOnce - uploadsOfAddress {
		u.end(netip.Addr{}, 1000)
	}
	for range uploadsOfAddress {
		u.end(one, 1000)
	}
	if u.all != 0 || u.bytes != 0 || len(u.of) != 0 {
		t.Errorf("%d are left, of %v", u.all, u.of)
	}

	r := startWith(t, Config{
		Data: t.TempDir(), Log: quiet(), Limits: Limits{AddressRate: 1, ConnectionsPerAddress: 1},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Access: Access{Open: true},
	}, false)
	b := r.blobber("")
	from := func(method, address string) int {
		return b.do(method, nameOf(aPNG(1)), "plans", aPNG(1), "Content-Type", "image/png", "X-Forwarded-For", address).status
	}
	if s := from("PUT", "192.0.2.1"); s != 204 {
		t.Errorf("the first is answered %d", s)
	}
	if s := from("PUT", "192.0.2.1"); s != 429 {
		t.Errorf("the second at once is answered %d", s)
	}
	if s := from("PUT", "192.0.2.2"); s != 204 {
		t.Errorf("one of another address is answered %d", s)
	}
	got := map[int]int{}
	for range 4 * fetches {
		got[from("GET", "192.0.2.1")]++
	}
	if got[200] < fetches || got[429] == 0 || got[200]+got[429] != 4*fetches {
		t.Errorf("what is asked for is answered %v", got)
	}
}

// Who begins to send, and does not go on, keeps nobody from sending.
func TestSlowBlobs(t *testing.T) {
	r := start(t, t.TempDir())
	picture := aPNG(1)
	var slow []net.Conn
	for range uploadsAtOnce - 1 {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "PUT /blob/%s?board=plans HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 10000000\r\n\r\n\x89PNG", nameOf(picture))
		slow = append(slow, c)
	}
	wait := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(limit); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: never", what)
			}
		}
	}
	under := func() int {
		r.server.uploads.mu.Lock()
		defer r.server.uploads.mu.Unlock()
		return r.server.uploads.all
	}
	wait("all have begun", func() bool { return under() == len(slow) })
	r.blobber("").put("plans", picture, "image/png").want(t, "an image meanwhile", 204)
	for _, c := range slow {
		c.Close()
	}
	wait("all have ended", func() bool { return under() == 0 })
}

// Many send the same at once, over several boards, and it is stored once.
func TestBlobsAtOnce(t *testing.T) {
	r := start(t, t.TempDir())
	picture := noise(300)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			b := r.blobber("")
			name := fmt.Sprint("b", i%3)
			b.put(name, picture, "image/png").want(t, name, 204)
			if got := b.get(name, picture); !bytes.Equal(got.body, picture) {
				t.Errorf("%s: %d, %d bytes", name, got.status, len(got.body))
			}
		})
	}
	all.Wait()
	if n, size, err := r.server.blobs.Total(t.Context()); n != 1 || size != int64(len(picture)) || err != nil {
		t.Errorf("there are %d of %d bytes, %v", n, size, err)
	}
}

// What a board mentions stays, also where the element is deleted; the rest goes
// after its time, and comes back when it is put again.
func TestBlobsAreSwept(t *testing.T) {
	r := start(t, t.TempDir())
	b := r.blobber("")
	shown, deleted, lost, broken, named := aPNG(1), aPNG(2), aPNG(3), aPNG(4), aPNG(5)
	for _, data := range [][]byte{shown, deleted, lost, named} {
		b.put("plans", data, "image/png").want(t, "an image", 204)
	}
	b.put("never-opened", shown, "image/png").want(t, "an image of a board that nobody opens", 204)
	g := r.enter(7, "plans")
	e := g.doc.Edit()
	e.Set(e.Create(board.KindImage), board.KeyBlob, board.String(nameOf(shown)))
	gone := e.Create(board.KindImage)
	e.Set(gone, board.KeyBlob, board.String(nameOf(deleted)))
	e.Set(gone, board.KeyDeleted, board.Int(1))
	for _, nonsense := range []string{"", "x", nameOf(lost) + "0", strings.ToUpper(nameOf(lost)), strings.Repeat("é", 32)} {
		e.Set(e.Create(board.KindImage), board.KeyBlob, board.String(nonsense))
	}
	g.bring(e.Commit())
	past := board.New(8)
	e = past.Edit()
	e.Set(e.Create(board.KindImage), board.KeyBlob, board.String(nameOf(named)))
	e.Commit()
	if _, _, err := r.server.store.PutVersion(t.Context(), "plans", 0, "As it was", "Ann", past.Snapshot()); err != nil {
		t.Fatal(err)
	}

	now := time.Now()
	sweep := func(at time.Time) {
		t.Helper()
		if err := r.server.sweepBlobs(t.Context(), at); err != nil {
			t.Error(err)
		}
	}
	sweep(now)
	sweep(now.Add(blobsKept - time.Millisecond))
	b.get("plans", lost).want(t, "what is not mentioned, in its time", 200)
	sweep(now.Add(blobsKept))
	b.get("plans", lost).want(t, "what is not mentioned, after it", 404)
	b.get("plans", shown).want(t, "what is mentioned", 200)
	b.get("plans", deleted).want(t, "what is deleted and may be restored", 200)
	b.get("plans", named).want(t, "what a version with a name shows", 200)
	b.get("never-opened", shown).want(t, "of a board without a document", 404)
	if n, _, err := r.server.blobs.Total(t.Context()); n != 3 || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}
	b.put("plans", lost, "image/png").want(t, "again", 204)
	b.get("plans", lost).want(t, "again", 200)

	// A board that cannot be read keeps what it has, and others are looked at.
	b.put("a-broken-one", broken, "image/png").want(t, "an image", 204)
	stored := make(chan error, 1)
	r.server.store.Append("a-broken-one", []byte("no update"), func(err error) { stored <- err })
	if err := <-stored; err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{now.Add(2 * blobsKept), now.Add(3 * blobsKept)} {
		if err := r.server.sweepBlobs(t.Context(), at); err == nil || !strings.Contains(err.Error(), "a-broken-one") {
			t.Errorf("the sweep says %v", err)
		}
	}
	b.get("a-broken-one", broken).want(t, "of a board that cannot be read", 200)
	b.get("plans", lost).want(t, "of another, after its time", 404)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.server.sweepBlobs(over, now); err == nil {
		t.Error("a sweep goes on without its time")
	}
}

// The operator sees what is stored.
func TestBlobFigures(t *testing.T) {
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	r := startWith(t, Config{Data: data, Log: quiet()}, false)
	picture := aPNG(1)
	r.blobber("").put("plans", picture, "image/png").want(t, "an image", 204)
	r.end()
	at := admin.Addr().String()
	r = startWith(t, Config{Data: data, Log: quiet(), Admin: admin}, false)
	b := r.blobber("")
	b.put("plans", picture, "image/png").want(t, "an image", 204)
	b.do("PUT", nameOf(aPNG(2)), "plans", picture, "Content-Type", "image/png").want(t, "a wrong name", 422)
	var text []byte
	wants := []string{"edgeboard_blobs 1", fmt.Sprint("edgeboard_blob_bytes ", len(picture)), fmt.Sprint("edgeboard_blob_received_bytes_total ", len(picture)),
		`edgeboard_http_requests_total{route="PUT /blob/{hash}",status="422"} 1`}
	for deadline := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		q, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+at+"/metrics", nil)
		got, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		text, _ = io.ReadAll(got.Body)
		got.Body.Close()
		missing := ""
		for _, line := range wants {
			if !strings.Contains(string(text), "\n"+line+"\n") {
				missing = line
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("there is no line %q", missing)
		}
	}
}
