package main

// Folders with tests.
const (
	board = "shared/board"
	texts = "shared/board/internal/text"
	ink   = "shared/board/internal/ink"
)

// mutants are the ways to break the document, by rule. Old texts are short, so
// that they live long.
var mutants = []mutant{
	// Operations and updates.
	{"B3", "a Lamport time may be smaller than the number", board + "/update.go", `d.lamport < d.seq ||`, ``, board},
	{"B3", "the same, in small updates", board + "/fast.go", `lamport < seq ||`, ``, board},
	{"B3", "the clock does not follow what comes", board + "/apply.go", `max(b.lamport, d.clock, d.end-1)`, `max(b.lamport, d.end-1)`, board},
	{"B3", "the clock does not follow small updates", board + "/fast.go", `b.lamport = max(b.lamport, lamport+n-1)`, ``, board},
	{"B11", "points may leave a hole", board + "/apply.go", `o.offset != c.points`, `o.offset < c.points`, board},
	{"B11", "points may write over others", board + "/apply.go", `o.offset != c.points`, `o.offset > c.points`, board},
	{"B11", "points on what is no stroke", board + "/apply.go", `c.kind != KindStroke ||`, ``, board},
	{"B11", "foreign points wait for the stroke", board + "/apply.go", `if o.tag == opPoints && o.element.Replica != d.replica {`, `if false {`, board},
	{"B14", "an edit goes on in the same update when the clock has leapt", board + "/edit.go", `|| lamport != e.lamport {`, `{`, board},
	{"B15", "after a refused update the next ones are read", board + "/apply.go", `if err := b.applyOne(u, jump); err != nil {`, `if err := b.applyOne(u, jump); err != nil && len(rest) == 0 {`, board},

	// What is known already.
	{"B16", "the first operation that is lacking is left out", board + "/apply.go", `d.ops[i].n-1 <= have {`, `d.ops[i].n-2 <= have {`, board},
	{"B16", "an operation that is known comes again", board + "/apply.go", `d.ops[i].n-1 <= have {`, `d.ops[i].n <= have {`, board},
	{"B16", "a wholly known update is looked at", board + "/apply.go", `case d.end-1 > have:`, `case d.end > have:`, board},
	{"B16", "a small update is taken twice", board + "/fast.go", `seq != uint64(w.seq)+1`, `seq > uint64(w.seq)+1`, board},
	{"B16", "half a run of points keeps its offset", board + "/apply.go", `o.offset += int(cut)`, ``, board},
	{"B16", "half a run of points keeps its first ones", board + "/apply.go", `d.points[cut:])`, `d.points[:len(d.points)-int(cut)])`, board},
	{"B16", "half an insertion keeps its left origin", board + "/apply.go", "of the others.\n\t\to.left = ID{d.replica, have}", "of the others.", board},
	{"B16", "half a forgotten insertion keeps its left origin", board + "/apply.go", "case opHidden:\n\t\to.left = ID{d.replica, have}", "case opHidden:", board},
	{"B16", "half a run of lives gives them to the first ones", board + "/apply.go", `o.life = o.life.from(uint32(cut))`, `o.life.n -= uint32(cut)`, board},
	{"B16", "half a run of lives turns around", board + "/apply.go", `l.first.Seq -= uint64(k)`, `l.first.Seq += uint64(k)`, board},
	{"B16", "half a run of lives keeps the content of all", board + "/apply.go", `for ; k > 0 && len(l.content) > 0; k-- {`, `for k = 0; k > 0; k-- {`, board},
	{"B18", "half an operation of a later version is kept", board + "/apply.go", `d.ops = d.ops[1:] // of a later version: only a faulty vector cuts one`, ``, board},

	// Registers.
	{"B8", "of equal times the smaller replica wins", board + "/id.go", `cmp.Compare(b.writers[x.slot()].id, b.writers[y.slot()].id)`, `cmp.Compare(b.writers[y.slot()].id, b.writers[x.slot()].id)`, board},
	{"B8", "of equal times the replica that came later wins", board + "/id.go", `if x>>16 != y>>16 {`, `if x != y {`, board},
	{"B8", "small updates compare slots", board + "/fast.go", `st>>16 == r.stamp>>16 ||`, ``, board},
	{"B9", "of equal stamps the first stays", board + "/board.go", `c == 0 && v.compare(b.value(old)) <= 0`, `c == 0`, board},
	{"B9", "of equal stamps the last wins", board + "/board.go", `c == 0 && v.compare(b.value(old)) <= 0`, `false`, board},
	{"B9", "of equal stamps and values the last wins", board + "/board.go", `v.compare(b.value(old)) <= 0`, `v.compare(b.value(old)) < 0`, board},
	{"B9", "types do not count first", board + "/value.go", "cmp.Compare(v.typ, w.typ),\n\t\tcmp.Compare(v.num, w.num),", "cmp.Compare(v.num, w.num),\n\t\tcmp.Compare(v.typ, w.typ),", board},
	{"B12", "a small update deletes without a trace", board + "/fast.go", `|| key == KeyDeleted {`, `{`, board},
	{"B35", "there are two zeros", board + "/value.go", `|| f == 0 {`, `{`, board},
	{"B35", "there are two zeros in small updates", board + "/fast.go", `num = Float(math.Float64frombits(binary.LittleEndian.Uint64(c.b))).num`, `num = int64(math.Float64bits(math.Float64frombits(binary.LittleEndian.Uint64(c.b))))`, board},

	// Order.
	{"B13", "equal keys: by ID alone", board + "/order.go", `cmp.Or(b.compareStamps(x.created, y.created), x.id.Compare(y.id))`, `cmp.Or(0, x.id.Compare(y.id))`, board},
	{"B13", "equal stamps of creation: whoever comes", board + "/order.go", `cmp.Or(b.compareStamps(x.created, y.created), x.id.Compare(y.id))`, `cmp.Or(b.compareStamps(x.created, y.created), 0)`, board},
	{"B13", "keys do not count once both are written", board + "/order.go", `if ownX || ownY {`, `if ownX != ownY {`, board},
	{"B13", "a loaded board has the order of creation", board + "/load.go", `slices.SortFunc(l.b.order, l.b.compareOrder)`, ``, board},
	{"B36", "an empty key is one", board + "/order.go", `s != "" {`, `true {`, board},
	{"B36", "the key of a creation begins with the lowest digit", board + "/order.go", `lamport>>(6*(creationDigits-1-i))&63`, `lamport>>(6*i)&63`, board},
	{"B37", "a key between neighbours equals the lower one", board + "/order.go", `case h-l > 1:`, `case h-l >= 1:`, board},
	{"B37", "a key ends with the lowest digit", board + "/order.go", `digits[1+jitter/64%63]`, `digits[0]`, board},
	{"B37", "a key ends with the digits of all", board + "/order.go", `uint64(b.replica) *`, `uint64(b.replica>>63) *`, board},
	{"B37", "the top is above what is created next", board + "/order.go", `hi = creationKey(b.lamport + 1)`, `hi = ""`, board},

	// Parking.
	{"B21", "a gap in the numbers is let through", board + "/apply.go", `case d.seq > have+1:`, `case d.seq > have+2:`, board},
	{"B21", "what is here is waited for", board + "/apply.go", `id.Seq <= b.have(id.Replica)`, `id.Seq < b.have(id.Replica)`, board},
	{"B21", "a right origin is not waited for", board + "/apply.go", `wait = b.lacks(d, o.right)`, `wait = b.lacks(d, o.left)`, board},
	{"B21", "a left origin is not waited for", board + "/apply.go", `if wait = b.lacks(d, o.left); wait == (ID{}) {`, `if wait == (ID{}) {`, board},
	{"B21", "the first target of a life is waited for, not the last", board + "/apply.go", `if !o.life.back {`, `if o.life.back {`, board},
	{"B21", "a small insertion does not wait for its origins", board + "/fast.go", `&& q <= uint64(b.writers[other].seq)`, ``, board},
	{"B21", "a small deletion does not wait for its targets", board + "/fast.go", `last > uint64(b.writers[id.Slot].seq)`, `false`, board},
	{"B21", "what is released releases nothing", board + "/apply.go", `advanced = append(advanced, r)`, `_ = r`, board},
	{"B21", "what has just come releases nothing", board + "/parking.go", `u.seq <= seq`, `u.seq < seq`, board},
	{"B22", "parked updates fill one byte too few", board + "/parking.go", `p.bytes+len(u) > MaxParked`, `p.bytes+len(u) >= MaxParked`, board},
	{"B22", "parked updates fill one byte too many", board + "/parking.go", `p.bytes+len(u) > MaxParked`, `p.bytes+len(u) > MaxParked+1`, board},

	// Diffs.
	{"B24", "a diff leaves out what it is asked for first", board + "/diff.go", `e.id.Seq >= from[s]`, `e.id.Seq > from[s]`, board},
	{"B24", "a diff begins with a write that is known", board + "/diff.go", `uint64(r.seq) >= from[s]`, `uint64(r.seq)+1 >= from[s]`, board},
	{"B24", "a diff does not skip", board + "/diff.go", `if it.seq > s.next {`, `if false {`, board},
	{"B24", "a diff does not skip what was overwritten last", board + "/diff.go", `if len(s.items) == 0 && s.next <= s.last {`, `if false {`, board},
	{"B24", "a diff goes on in the same update when the clock has leapt", board + "/diff.go", `|| it.shift != shift ||`, `||`, board},
	{"B24", "points take no Lamport time from what follows", board + "/diff.go", `shift, known = it.shift, true`, `shift, known = it.shift, false`, board},
	{"B24", "lives of two elements are joined", board + "/diff.go", `it.element == e && it.seq+it.n == seq`, `it.seq+it.n == seq`, board},
	{"B24", "lives of different height are joined", board + "/diff.go", `l.life != m.life ||`, ``, board},
	{"B24", "runs of lives are joined against their direction", board + "/diff.go", `l.back = down`, `l.back = false`, board},
	{"B24", "lives are not joined where a writer turned back", board + "/diff.go", `l.n > 1 && it.life.join(first)`, `false && it.life.join(first) && rest.n > 0`, board},
	{"B24", "text that is cut for its length begins anew", board + "/diff.go", `it.left = ID{b.writers[s].id, it.seq - 1}`, ``, board},
	{"B25", "what a diff works on may come after it", board + "/diff.go", `id.Seq < t.next`, `id.Seq <= t.next`, board},
	{"B25", "who waits is forgotten", board + "/diff.go", `d.ready = append(d.ready, w.stream)`, ``, board},
	{"B27", "an operation of a later version is cut", board + "/diff.go", `s.next = min(s.next, s.items[0].seq)`, ``, board},
	{"B27", "an operation of a later version that is known is sent", board + "/diff.go", `u.id.Seq+u.n > from[s]`, `u.id.Seq+u.n >= from[s]`, board},
	{"B27", "a cut run of points begins with its first ones", board + "/diff.go", `run{r.first + int(cut),`, `run{r.first,`, board},
	{"B46", "a loaded board makes a diff of what it has forgotten", board + "/load.go", `l.b.floor = l.b.Vector()`, ``, board},

	// Snapshots.
	{"B28", "replicas are in the order of arrival", board + "/snapshot.go", `return cmp.Compare(b.writers[x].id, b.writers[y].id)`, `return cmp.Compare(x, y)`, board},
	{"B28", "elements are in the order of creation", board + "/snapshot.go", `return x.id.Compare(y.id)`, `return b.compareStamps(x.created, y.created)`, board},
	{"B28", "operations of later versions are in the order of arrival", board + "/apply.go", `slices.Insert(b.unknown, i, u)`, `slices.Insert(b.unknown, len(b.unknown)+0*i, u)`, board},
	{"B28", "the writer's block of points stays", board + "/snapshot.go", `block := ink.Append(nil, nil, b.points)`, `block := ink.Append(e.block(run{n: int(e.points)}, &b.points), nil, nil)`, board},
	{"B28", "a text in which nothing was written is there", board + "/snapshot.go", `len(snapshot) > 2 {`, `len(snapshot) > 0 {`, board},
	{"B28", "points that follow each other begin a run", board + "/board.go", `if last.seq+uint32(last.n) != seq {`, `if last.n > 0 {`, board},
	{"B28", "points that do not follow each other begin none", board + "/board.go", `if last.seq+uint32(last.n) != seq {`, `if last.n == 0 {`, board},
	{"B28", "a write loses its Lamport time", board + "/snapshot.go", `r.stamp.lamport()-uint64(r.seq) == e.created.lamport()-e.id.Seq {`, `true {`, board},
	{"B28", "a short run stands in the column as one", board + "/column.go", `shortRun = 4`, `shortRun = 3`, board},
	{"B28", "the dictionary comes later", board + "/snapshot.go", `2*len(dictionary) <= len(w.whole)`, `2*len(dictionary) < len(w.whole)`, board},
	{"B29", "the clock of a loaded board is behind its writes", board + "/load.go", "l.b.lamport = max(l.b.lamport, lamport)\n\treturn", "return", board},
	{"B29", "the clock of a loaded board is behind later versions", board + "/load.go", "slices.Clone(payload)})\n\t\tl.b.lamport = max(l.b.lamport, lamport)", "slices.Clone(payload)})", board},
	{"B31", "the clock of a loaded board is behind its numbers", board + "/load.go", `l.b.lamport = max(l.b.lamport, seq)`, ``, board},

	// Limits.
	{"B30", "an element too few", board + "/apply.go", `elements > MaxElements`, `elements >= MaxElements`, board},
	{"B30", "an element too many", board + "/apply.go", `elements > MaxElements`, `elements > MaxElements+1`, board},
	{"B30", "a point too few", board + "/apply.go", `c.points > MaxPoints`, `c.points >= MaxPoints`, board},
	{"B30", "a point too many", board + "/apply.go", `c.points > MaxPoints`, `c.points > MaxPoints+1`, board},
	{"B30", "a character too few", board + "/apply.go", `characters > MaxText`, `characters >= MaxText`, board},
	{"B30", "a character too many", board + "/apply.go", `characters > MaxText`, `characters > MaxText+1`, board},
	{"B30", "a replica too many", board + "/apply.go", `case len(b.writers) >= MaxReplicas:`, `case len(b.writers) > MaxReplicas:`, board},
	{"B30", "a replica that is named is one too many", board + "/apply.go", `len(b.writers)+len(unseen) >= MaxReplicas`, `len(b.writers)+len(unseen) > MaxReplicas`, board},
	{"B30", "an update is a byte shorter at the most", board + "/apply.go", `len(u) > MaxUpdate`, `len(u) >= MaxUpdate`, board},
	{"B30", "a string is a byte shorter at the most", board + "/update.go", `s := d.bytes(MaxValue)`, `s := d.bytes(MaxValue - 1)`, board},
	{"B30", "a number too few", board + "/update.go", `if seq > MaxSeq {`, `if seq >= MaxSeq {`, board},
	{"B30", "a number too many", board + "/update.go", `if seq > MaxSeq {`, `if seq > MaxSeq+1 {`, board},
	{"B31", "the clock leaps one too far", board + "/apply.go", `case d.clock >= min(b.lamport+jump, MaxLamport):`, `case d.clock > min(b.lamport+jump, MaxLamport):`, board},
	{"B31", "the clock leaps one too far by a small update", board + "/fast.go", `lamport >= limit ||`, `lamport > limit ||`, board},
	{"B31", "the clock leaps one too far by small text", board + "/fast.go", `lamport+uint64(n) > limit {`, `lamport+uint64(n) > limit+1 {`, board},
	{"B31", "the clock leaps one too far by a small deletion", board + "/fast.go", `lamport+n > limit {`, `lamport+n > limit+1 {`, board},
	{"B31", "what was parked is measured again", board + "/apply.go", `b.take(p, MaxLamport)`, `b.take(p, MaxLamportJump)`, board},
	{"B31", "skipped numbers move the clock", board + "/update.go", `if o.tag != opSkip {`, `{`, board},
	{"B31", "the clock is behind a count", board + "/apply.go", `max(b.lamport, d.clock, d.end-1)`, `max(b.lamport, d.clock)`, board},
	{"B32", "an edit makes an element too many", board + "/edit.go", `e.b.elements.n >= MaxElements`, `e.b.elements.n > MaxElements`, board},
	{"B32", "an edit makes a point too few", board + "/edit.go", `el.NumPoints()+len(points) > MaxPoints`, `el.NumPoints()+len(points) >= MaxPoints`, board},
	{"B32", "an edit makes a string a byte too short", board + "/edit.go", `len(value.str) > MaxValue`, `len(value.str) >= MaxValue`, board},
	{"B32", "an edit makes a replica too many", board + "/edit.go", `have == 0 && len(b.writers) >= MaxReplicas`, `have == 0 && len(b.writers) > MaxReplicas`, board},
	{"B32", "an edit reaches MaxLamport", board + "/edit.go", `lamport+uint64(n) > MaxLamport`, `lamport+uint64(n) > MaxLamport+1`, board},

	// Observers.
	{"B33", "a number that is set is not told", board + "/fast.go", "r.stamp, r.num, r.seq, r.typ = st, num, uint32(seq), typ\n\tif b.observer != nil {", "r.stamp, r.num, r.seq, r.typ = st, num, uint32(seq), typ\n\tif false {", board},
	{"B33", "an earlier write is told", board + "/fast.go", "if st < r.stamp {\n\t\treturn true", "if st < r.stamp {\n\t\tb.tell(Event{Kind: Set, Element: e, Key: key})\n\t\treturn true", board},
	{"B33", "text is told in the wrong place", board + "/fast.go", `At: at, Len: n, Text: string(c.b)`, `At: at + 1, Len: n, Text: string(c.b)`, board},
	{"B33", "a local deletion is told in the wrong place", board + "/edit.go", `Kind: Removed, Element: el, At: at,`, `Kind: Removed, Element: el, At: at + 1,`, board},
	{"B33", "points are told from the beginning", board + "/board.go", `Kind: Appended, Element: e, From: from`, `Kind: Appended, Element: e, From: 0 * from`, board},
	{"B33", "what is shown in the middle of a run is told at its beginning", texts + "/apply_life.go", "if had&1 != 0 {\n\t\t\t\t\tpos += off", "if false {\n\t\t\t\t\tpos += off", texts},
	{"B33", "changes that are not neighbours are told as one", texts + "/apply_life.go", `p.cid+uint32(p.Len) == c.cid &&`, ``, texts},

	// Text: positions.
	{"B42", "a long text is cut in the middle of a character", board + "/edit.go", `for !utf8.RuneStart(s[limit]) {`, `for false {`, board},
	{"B42", "a character of two surrogates counts as one", texts + "/units.go", `got += 1 + k>>2`, `got += 1`, texts},
	{"B42", "a position may be between surrogates", texts + "/units.go", `if got > want {`, `if false {`, texts},
	{"B42", "characters of three bytes have two surrogates", texts + "/chars.go", `width(k>>2)*oneUTF16`, `width(k>>1)*oneUTF16`, texts},
	{"B42", "surrogates before a page are not counted", texts + "/chars.go", `wide4 += charLen(c.bytes[lo]) >> 2`, `wide4 += 0`, texts},
	{"B43", "an anchor is before its character", board + "/text.go", `text.Anchor{ID: id, Behind: true}`, `text.Anchor{ID: id}`, board},
	{"B43", "an anchor at a deleted character is behind the next one", texts + "/anchor.go", `if a.spansOf(l)[i].n&hidden == 0 {`, `{`, texts},

	// Text: the order of FugueMax.
	{"B40", "the greater replica goes first", texts + "/apply_insert.go", `if a.smaller(id, a.name(other)) {`, `if !a.smaller(id, a.name(other)) {`, texts},
	{"B40", "the replica that came first goes first", texts + "/apply_insert.go", `a.replicas[x.Slot].id < a.replicas[y.Slot].id`, `x.Slot < y.Slot`, texts},
	{"B40", "the greater number goes first", texts + "/apply_insert.go", `x.Seq < y.Seq`, `x.Seq > y.Seq`, texts},
	{"B40", "the right origin further left goes first", texts + "/apply_insert.go", `a.before(tx, e.right, p.right)`, `a.before(tx, p.right, e.right)`, texts},
	{"B40", "the end is not the right origin furthest right", texts + "/apply_insert.go", `p.right == none || e.right != none &&`, `p.right != none && e.right != none &&`, texts},
	{"B40", "right origins do not count", texts + "/apply_insert.go", `} else if e.right == p.right {`, `} else if true {`, texts},
	{"B40", "the scan stops at what descends from a sibling", texts + "/apply_insert.go", `if left == none || p.left != none && a.before(tx, left, p.left) {`, `if true {`, texts},
	{"B40", "the scan goes on behind the subtree of the left origin", texts + "/apply_insert.go", `if left == none || p.left != none && a.before(tx, left, p.left) {`, `if left == none {`, texts},
	{"B40", "the scan goes on behind the subtree of the beginning", texts + "/apply_insert.go", `if left == none || p.left != none && a.before(tx, left, p.left) {`, `if p.left != none && left != none && a.before(tx, left, p.left) {`, texts},
	{"B40", "a sibling with an equal right origin is not passed for good", texts + "/apply_insert.go", "scanning = false\n\t\t} else {", "} else {", texts},
	{"B40", "a subtree that may lie behind is passed for good", texts + "/apply_insert.go", `if !scanning {`, `if scanning || true {`, texts},

	// Text: operations that mean nothing.
	{"B41", "an origin in another text counts", texts + "/ids.go", `if a.runs[i].text != t ||`, `if i == none ||`, texts},
	{"B41", "any left origin goes with the end", texts + "/apply_insert.go", `return end == none`, `return true`, texts},
	{"B41", "origins the wrong way round", texts + "/apply_insert.go", `if left != none && !a.before(tx, left, right) {`, `if false {`, texts},
	{"B41", "the right origin of the left one may lie between", texts + "/apply_insert.go", `if end != right && end != none && !a.before(tx, right, end) {`, `if false {`, texts},
	{"B41", "the left origin of the right one may lie between", texts + "/apply_insert.go", `return start == none ||`, `return true || start == none ||`, texts},
	{"B41", "contradicting origins: the right one counts as none", texts + "/apply_insert.go", `p.right, p.rightName = end, a.name(end)`, `p.right, p.rightName = none, None`, texts},
	{"B41", "lives of what is in another text count", texts + "/apply_life.go", `if h.text != t {`, `if false {`, texts},

	// Text: lives.
	{"B44", "the last life counts, not the highest", texts + "/apply_life.go", `if had < life {`, `if had != life {`, texts},
	{"B44", "a life of the same parity turns a character", texts + "/apply_life.go", `if (had^life)&1 != 0 {`, `{`, texts},
	{"B44", "a third life is forgotten", texts + "/apply_life.go", `if life > 2 {`, `if life > 3 {`, texts},
	{"B44", "a local fourth life is forgotten", texts + "/edit.go", `if life > 2 {`, `if life > 4 {`, texts},
	{"B44", "lives that differ are joined", texts + "/lives.go", `|| s[i-1].life != s[i].life {`, `{`, texts},
	{"B44", "life 1 may be written", board + "/update.go", `l.life < 2`, `l.life < 1`, board},
	{"B44", "the log joins lives that differ", texts + "/log.go", `p.seq+pn == seq && p.life == life`, `p.seq+pn == seq`, texts},
	{"B45", "what was forgotten does not come back", texts + "/apply_life.go", "if forgotten {\n\t\t\ta.remember(", "if false {\n\t\t\ta.remember(", texts},
	{"B45", "content of descending characters is taken as ascending", texts + "/apply_life.go", `content = appendReversed(nil, content)`, ``, texts},
	{"B45", "content of another length is taken", texts + "/apply_life.go", `if !shows || k != n {`, `if !shows || k == 0 {`, texts},

	// Text: insertions made anew, snapshots.
	{"B24", "insertions with different right origins come as one", texts + "/regenerate.go", `right != e.right ||`, `false ||`, board},
	{"B24", "insertions that do not go on come as one", texts + "/regenerate.go", `|| left != last ||`, `|| left > last && false ||`, board},
	{"B39", "typing goes on behind any character", texts + "/apply_insert.go", `left.Seq == id.Seq-1 && len(s) == 1`, `len(s) == 1`, texts},
	{"B39", "typing goes on before any character", texts + "/apply_insert.go", `y.next == id && y.right == right &&`, `y.next == id &&`, texts},
	{"B28", "pieces of different lives are one", texts + "/piece.go", `p.life == q.life && p.gone == q.gone`, `p.gone == q.gone`, texts},
	{"B28", "pieces with different right origins are one", texts + "/piece.go", `p.left == q.last && p.right == q.right &&`, `p.left == q.last &&`, board},
	{"B28", "pieces that might be one load as two", texts + "/load.go", `if d.list[i].follows(&d.list[i-1]) {`, `if false {`, texts},
	{"B28", "the rank of a replica's pieces goes on in the next replica", texts + "/snapshot.go", `k, end = 0, 0`, `k, end = 0, end`, texts},

	// Points.
	{"B38", "padding may be anything", ink + "/ink.go", `case used&7 != 0 && block[len(block)-1]>>(used&7) != 0:`, `case false:`, ink},
	{"B38", "bytes may be left over", ink + "/ink.go", `case (used+7)/8 < len(block):`, `case false:`, ink},
	{"B38", "a residual that fits may be escaped", ink + "/read.go", `return u, u>>(k&31) >= escape`, `return u, true`, ink},
	{"B38", "a step may lose bits", ink + "/read.go", `if lost != 0 {`, `if false {`, ink},
	{"B38", "a long code is read one bit short", ink + "/read.go", `l := uint(r.take(5))` + "\n\tu =", `l := uint(r.take(4))` + "\n\tu =", ink},
	{"B38", "a predictor has another weight", ink + "/params.go", `{9, -7, 2},`, `{9, -7, 1},`, ink},
	{"B38", "groups of 63 points", ink + "/params.go", `groupLen = 64`, `groupLen = 63`, ink},
	{"B38", "of predictors that are as good the last is taken", ink + "/params.go", `least < 0 || s < least`, `least < 0 || s <= least`, ink},
	{"B38", "inherited parameters are not taken when they cost the same", ink + "/write.go", `<= cost+c.size() {`, `< cost+c.size() {`, ink},
	{"B38", "points after a cut are not told from those before", board + "/diff.go", `(*scratch)[r.first:r.first+r.n]`, `(*scratch)[:r.n]`, board},

	// Undo.
	{"B47", "undo writes over what others wrote since", board + "/history.go", `h.resolve(el.registers[i].stamp) != h.resolve(d.mine)`, `i < 0`, board},
	{"B47", "undo takes a write of its own for another's", board + "/history.go", `h.resolve(el.registers[i].stamp) != h.resolve(d.mine)`, `el.registers[i].stamp != d.mine`, board},
	{"B47", "an undone write does not stand for the one before", board + "/history.go", `ok && d.old != 0 {`, `false && ok {`, board},
	{"B47", "undo shows what others have deleted since", board + "/history.go", `return life == c.life`, `return life&1 == 0`, board},
	{"B47", "undo brings back what was typed and deleted", board + "/history.go", `return life&1 != 0`, `return true`, board},
	{"B47", "steps are undone from their beginning", board + "/history.go", "for i := len(last) - 1; i >= 0; i-- {", "for i := range last {", board},
	{"B47", "a new change leaves what can be done again", board + "/history.go", "h.redo = nil\n", "", board},
	{"B47", "a cancelled gesture can be done again", board + "/history.go", `h.redo = kept`, `_ = kept`, board},
	{"B47", "undo loses its way in text deleted backwards", board + "/history.go", "if chars.back {\n", "if false {\n", board},
	{"B47", "text deleted backwards comes back reversed", board + "/history.go", `slices.Reverse(runes)`, ``, board},
	{"B47", "a step too few", board + "/history.go", `len(h.undo)-maxSteps)`, `len(h.undo)-maxSteps+1)`, board},
	{"B47", "what cannot be deleted any more is shown", board + "/history.go", `t.Life >= maxLife`, `t.Life > maxLife`, board},
}
