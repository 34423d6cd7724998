package main

import (
	"fmt"
	"strings"
)

// direction is which of two values of a metric is better.
type direction int

const (
	less    direction = iota // less is better
	more                     // more is better
	neither                  // it says how something was measured, or is another metric's floor
)

// metric is what a figure says. zh is there where peers are compared in it: the short
// tables of the READMEs are in both languages.
type metric struct {
	better direction
	en, zh string
}

// metrics are all that tables know, by their names in lines of output. A figure whose
// metric is not here, also not behind a prefix or before a suffix of those below, is an
// error, because nobody could say who is better in it.
var metrics = map[string]metric{
	// Of peers.
	"cpu_us_per_delivery": {less, "processor time of the server for each delivery", "服务器每次投递所用的处理器时间"},
	"p50_ms":              {less, "time until it came, of half of all at the most", "送达时间（p50）"},
	"p99_ms":              {less, "time until it came, of 99 in 100 at the most", "送达时间（p99）"},
	"delivered":           {more, "part of what was due that came", "送达的比例"},
	"server_cores":        {neither, "processors that the server kept busy", ""},
	"client_cores":        {neither, "processors that the clients kept busy", ""},
	"twice":               {less, "messages that came to somebody twice", "重复到达的消息"},
	"gaps":                {less, "times that messages were missing in between", "中间缺失消息的次数"},
	"kib_per_member":      {less, "memory of the server for each idle member", "每个空闲成员占用的服务器内存"},
	"rss_mib":             {less, "memory of the process", "进程内存"},
	"storm_ms":            {less, "until all who were cut off are back and have what they missed", "断线成员全部重连并补齐内容的时间"},
	"server_cpu_ms":       {less, "processor time of the server for that", "此过程的服务器处理器时间"},
	"client_cpu_ms":       {neither, "processor time of the clients for that", ""},
	"cold_ms":             {less, "from the start of the program to its first answer", "从启动到首次应答"},
	"apply_ms":            {less, "all edits, one transaction each, with the update of each", "逐个事务完成全部编辑"},
	"merge_ms":            {less, "another replica takes all updates one by one", "另一副本逐个合并全部更新"},
	"catch_up_ms":         {less, "another replica takes all updates at once", "另一副本一次合并全部更新"},
	"load_ms":             {less, "from stored bytes to all of it read", "从存储字节到全部读出"},
	"update_bytes":        {less, "all updates together, as they are sent", "全部更新在线路上的字节数"},
	"bytes":               {less, "bytes, as they are", "存储的字节数"},
	"bytes_br":            {less, "the same, as brotli makes them", "经 brotli 压缩后的字节数"},
	"state_bytes":         {less, "stored without the history, where it can be left out", "不含历史时存储的字节数"},
	"state_bytes_br":      {less, "the same, as brotli makes them", "不含历史时经 brotli 压缩的字节数"},
	"memory_mib":          {less, "memory that a document holds when it was loaded and read", "文档载入并读出后占用的内存"},
	"end_text_equal":      {neither, "1: the text is that of the program that recorded the session", ""},
	"open_ms":             {less, "from the start of the page until the whole board is shown", "从打开页面到完整显示白板"},
	"ms":                  {less, "time that it takes", "所用时间"},
	"cpu_ms":              {less, "processor time that it takes", "所用处理器时间"},
	"browser_cpu_ms":      {less, "processor time of all processes of the browser", "浏览器所有进程的处理器时间"},
	"frames_per_s":        {more, "frames that are shown in a second", "每秒显示的帧数"},
	"skipped":             {less, "animation frames in which nothing new was shown", "没有更新画面的帧数"},
	"memory_mb":           {less, "memory that the page holds", "页面占用的内存"},
	"rss_mb":              {less, "memory of the process", "进程内存"},
	"ink":                 {neither, "part of the window's middle that is not background", ""},
	"first_sight_ms":      {less, "until the board is seen for the first time", "首次看到白板的时间"},
	"ready_ms":            {less, "until it can be used", "可以使用的时间"},
	"transfer_bytes":      {less, "bytes that come over the network at the first visit", "首次访问的传输字节数"},
	"transfer_js_bytes":   {less, "of them programs: JavaScript and WebAssembly", "其中程序（JavaScript 与 WebAssembly）的字节数"},
	"second_bytes":        {less, "bytes at the second visit", "再次访问的传输字节数"},
	"second_sight_ms":     {less, "until the board is seen at the second visit", "再次访问时看到白板的时间"},
	"second_ready_ms":     {less, "until it can be used at the second visit", "再次访问时可以使用的时间"},
	"frame_ms":            {less, "main thread for a frame", "主线程每帧用时"},
	"frame_cpu_ms":        {less, "processor time of the main thread for a frame", "主线程每帧的处理器时间"},

	// Of the relay, beside floors.
	"us_per_delivery":          {neither, "processor time for each delivery", ""},
	"batched_us_per_delivery":  {neither, "the same, if what waits goes in one write", ""},
	"x_floor":                  {less, "times the floor", ""},
	"delivered_fraction":       {more, "part of what was due that came", ""},
	"x_unstalled":              {less, "times the same without members that read nothing", ""},
	"p99_x_unstalled":          {less, "times the same without members that read nothing", ""},
	"stalled_rss_mib":          {less, "how much more memory those take who read nothing", ""},
	"updates_per_message":      {neither, "updates in a message", ""},
	"cpu_fraction":             {neither, "processors that it kept busy", ""},
	"all_live_ms":              {less, "until all who were cut off are in step", ""},
	"messages_per_member":      {neither, "messages until one is in step", ""},
	"ready_boards_ms":          {less, "from the start to the first answer, with boards that are kept", ""},
	"rss_most_mib":             {less, "the most that the process took", ""},
	"rss_start_mib":            {less, "memory of the process before anybody comes", ""},
	"rss_kib_per_member":       {less, "memory for each member", ""},
	"used_most_mib":            {less, "the most that the limit was charged with", ""},
	"binary_mib":               {less, "size of the program", ""},
	"acked_per_s":              {more, "updates that are stored and acknowledged", ""},
	"sqlite_per_s":             {neither, "floor: SQLite alone, a row for each", ""},
	"x_sqlite":                 {more, "times that floor", ""},
	"sqlite_log_per_s":         {neither, "stricter floor: SQLite alone, as the relay writes", ""},
	"x_sqlite_log":             {more, "times the stricter floor", ""},
	"x_quiet":                  {less, "times the same without the attack", ""},
	"attacker_cpu":             {neither, "processors that the attacker kept busy", ""},
	"relay_cpu":                {less, "processors that the relay kept busy", ""},
	"rss_growth_mib":           {less, "how much the process has grown", ""},
	"heap_growth_mib":          {less, "how much what is alive has grown", ""},
	"goroutines_left":          {less, "goroutines that are left when all have gone", ""},
	"refused":                  {neither, "1: the relay refused more members by itself", ""},
	"us_per_edit":              {less, "processor time for each edit", ""},
	"cpu_us_per_edit":          {less, "processor time for each edit", ""},
	"x_one":                    {more, "deliveries for each processor second, times those of one relay", ""},
	"x_same_members":           {more, "times those of one relay that has all the members", ""},
	"x_one_with_engine":        {more, "times those of one relay, with the engine's processor counted", ""},
	"p99_x_floor":              {less, "times the floor", ""},
	"write_us":                 {less, "for each that is written", ""},
	"settle_us":                {less, "for each that was settled", ""},
	"settle_all_ms":            {less, "all are read at once", ""},
	"us_per_msg":               {less, "processor time of both ends for each message", ""},
	"cpu_us_per_msg":           {less, "processor time of both ends for each message", ""},
	"bytes_per_msg":            {less, "bytes of IP packets for each message", ""},
	"bytes_per_point":          {less, "bytes of messages for each point and member", ""},
	"packet_bytes_per_point":   {less, "the same with the heads of IP and TCP", ""},
	"cursor_age_p50_ms":        {less, "age of a cursor that is shown, in the middle", ""},
	"cursor_age_p99_ms":        {less, "age of a cursor that is shown, 99 of 100", ""},
	"shown_fraction":           {neither, "part of the samples that was shown", ""},
	"lost_fraction":            {neither, "part of the packets that was lost", ""},
	"late_fraction":            {neither, "part that the machine was late for", ""},
	"ip_bytes_per_s":           {less, "bytes of IP packets", ""},
	"ip_bytes":                 {less, "bytes of IP packets", ""},
	"ip_up_bytes":              {less, "bytes of IP packets to the relay", ""},
	"ip_packets":               {less, "IP packets", ""},
	"messages_per_s":           {neither, "messages", ""},
	"datagrams_per_s":          {neither, "datagrams", ""},
	"wt_x_ws":                  {less, "WebTransport's age over WebSocket's", ""},
	"wt_x_lossless":            {less, "WebTransport's age over that without loss", ""},
	"wt_added_x_ws":            {less, "what loss adds, over what it adds with WebSocket", ""},
	"bytes_most":               {less, "bytes, the most", ""},
	"frames":                   {neither, "frames", ""},
	"points":                   {neither, "points", ""},
	"members":                  {neither, "members", ""},
	"boards":                   {neither, "boards", ""},
	"page_ms_per_frame":        {less, "main thread for a frame, more than when nothing comes", ""},
	"page_all_ms_per_frame":    {less, "main thread for a frame", ""},
	"page_still_ms_per_frame":  {neither, "the same when nothing comes", ""},
	"page_script_ms_per_frame": {less, "of it scripts", ""},
	"page_cpu_ms_per_frame":    {less, "processor time of the main thread", ""},
	"page_frame_ms":            {neither, "time from frame to frame", ""},
	"page_drawn":               {neither, "frames that the page draws for each", ""},

	// Of many members, and the model of more.
	"rooms":                    {neither, "boards", ""},
	"active":                   {neither, "members who do something", ""},
	"enter_per_s":              {more, "members who come in a second", ""},
	"goroutines":               {neither, "goroutines", ""},
	"idle_cpu_us_per_member_s": {less, "processor time a second and idle member", ""},
	"us_per_message":           {neither, "processor time of the members themselves for each message", ""},
	"cpu_us_per_heard":         {less, "processor time for an edit of another relay", ""},
	"cpu_us_per_cursor":        {less, "processor time for a cursor", ""},
	"cpu_us_per_say":           {less, "processor time for what somebody says", ""},
	"deliveries_per_edit":      {neither, "deliveries of an edit", ""},
	"deliveries_per_s":         {neither, "deliveries", ""},
	"bytes_per_member":         {less, "memory for a member", ""},
	"bytes_per_board":          {less, "memory for a board", ""},
	"us_per_edit_message":      {less, "for each message with an edit", ""},
	"us_per_cursor":            {less, "for a cursor", ""},
	"us_per_cursor_message":    {less, "for each message with a cursor", ""},
	"us_per_say":               {less, "for what somebody says", ""},
	"us_per_say_message":       {less, "for each message with it", ""},
	"us_per_heard":             {less, "for an edit of another relay", ""},
	"us_per_heard_message":     {less, "for each message with one", ""},
	"us_per_idle_member_s":     {less, "processor time a second and idle member", ""},
	"memory_worst_error":       {neither, "memory: how far off the fit is", ""},
	"edits_worst_error":        {neither, "edits: how far off the fit is", ""},
	"cursors_worst_error":      {neither, "cursors: how far off the fit is", ""},
	"says_worst_error":         {neither, "what is said: how far off the fit is", ""},
	"heard_worst_error":        {neither, "edits of other relays: how far off the fit is", ""},
	"relays":                   {less, "relays that it takes", ""},
	"engine_nodes":             {less, "nodes of the engine", ""},
	"relays_per_board":         {neither, "relays that have a board", ""},
	"relays_per_members_board": {neither, "the same of a member's board", ""},
	"cpu_part":                 {neither, "of a relay's processors", ""},
	"memory_part":              {neither, "of a relay's memory", ""},
	"egress_part":              {neither, "of a relay's network", ""},
	"journal_part":             {neither, "of a relay's journal", ""},
	"sends_per_s":              {neither, "messages that a relay sends", ""},
	"engine_appends_per_s":     {neither, "entries that the engine takes", ""},
	"engine_copies_per_s":      {neither, "entries that it hands out", ""},
	"engine_passed_per_s":      {neither, "what it passes on and does not keep", ""},
	"engine_cores":             {neither, "processors that the engine takes", ""},
	"member_mbit_per_s":        {neither, "bandwidth to the members", ""},
	"engine_mbit_per_s":        {neither, "bandwidth to the engine", ""},

	// Of the document, the codec and files.
	"native_x":                 {less, "times the gap buffer", ""},
	"wasm_x":                   {less, "times the gap buffer, as wasm", ""},
	"native_ms":                {less, "natively", ""},
	"wasm_ms":                  {less, "as wasm", ""},
	"apply_native_ns":          {less, "one write by somebody else, natively", ""},
	"apply_wasm_ns":            {less, "one write by somebody else, as wasm", ""},
	"apply_allocs":             {less, "allocations for it", ""},
	"held_bytes":               {less, "memory that it holds", ""},
	"held_bytes_per_stroke":    {less, "memory for each stroke", ""},
	"snapshot_bytes":           {less, "size of the snapshot", ""},
	"snapshot_br_bytes":        {less, "size of the snapshot, as brotli makes it", ""},
	"snapshot_bytes_per_point": {less, "size of the snapshot for each point", ""},
	"orders_equal":             {more, "1: any order of arrival gives the same bytes", ""},
	"x_protobuf":               {more, "times as fast as Google's protobuf", ""},
	"x_json":                   {more, "times as fast as encoding/json", ""},
	"ns":                       {less, "time for one", ""},
	"allocs":                   {less, "allocations", ""},
	"added_br_bytes":           {less, "what it adds to the page, as brotli makes it", ""},

	// Of the page.
	"script_ms":          {less, "of it scripts", ""},
	"drawn":              {neither, "frames that the page draws for each", ""},
	"idle_ms":            {neither, "floor: a frame in which nothing changes", ""},
	"pen_frames":         {less, "animation frames until the pen is seen", ""},
	"wasm_br_bytes":      {less, "the program on the wire", ""},
	"second_visit_bytes": {less, "bytes both ways at the second visit", ""},
}

// qualifiers stand before the name of a metric, and say of what it is.
var qualifiers = []struct {
	prefix, en, zh string
	measure        bool // that the figure is what others are compared with
}{
	{"floor_", "the floor's", "", true},
	{"quiet_", "in quiet", "", true},
	{"single_", "one relay", "", true},
	{"same_members_", "one relay with all members", "", true},
	{"generator_", "of who makes the load", "", true},
	{"cross_", "from relay to relay", "", true},
	{"engine_", "the engine", "", false},
	{"shared_", "for sharing", "", false},
	{"paced_", "50 a second", "", false},
	{"up_", "to the relay", "", false},
	{"ws_", "WebSocket", "", false},
	{"wt_", "WebTransport", "", false},
	{"most_", "the most", "", false},
	{"fit_", "the whole board in view, panned", "整块白板可见并平移", false},
	{"full_", "at 100 %, panned", "100% 缩放并平移", false},
	{"encode_", "encoding", "", false},
	{"decode_", "decoding", "", false},
	{"replay_", "writing it", "", false},
	{"remote_", "following it", "", false},
	{"load_", "loading", "", false},
	{"merge_", "merging", "", false},
	{"svg_", "SVG", "", false}, {"json_", "JSON", "", false}, {"excalidraw_", ".excalidraw", "", false},
	{"pdf_", "PDF", "", false}, {"png_", "PNG", "", false}, {"picture_", "the first picture", "", false},
	{"last_", "the last page", "", false}, {"before_", "a page before", "", false}, {"after_", "a page after", "", false},
	{"date_", "a day", "", false}, {"changed_", "what changed", "", false}, {"unread_", "what is unread", "", false},
	{"rare_", "a rare word", "", false}, {"none_", "a word that is not there", "", false},
	{"frequent_at_", "a frequent word, anywhere", "", false}, {"frequent_", "a frequent word", "", false},
	{"phrase_", "two words", "", false}, {"han2_frequent_", "two frequent characters", "", false},
	{"han2_", "two characters", "", false}, {"one_", "one letter", "", false},
	{"open_", "the first page", "", false}, {"mark_", "one is marked as read", "", false},
	{"heap_", "the heap", "", false}, {"stack_", "stacks", "", false},
}

// variants stand behind the name of a metric: what kind of numbers feeds tell.
var variants = []struct{ suffix, en string }{
	{"_computed", "all digits"},
	{"_counter", "counters"},
}

// metricOf returns what a name says.
func metricOf(name string) (metric, error) {
	if m, ok := metrics[name]; ok {
		return m, nil
	}
	for _, v := range variants {
		if base, ok := strings.CutSuffix(name, v.suffix); ok {
			m, err := metricOf(base)
			m.en, m.zh = m.en+" ("+v.en+")", ""
			return m, err
		}
	}
	for _, q := range qualifiers {
		if base, ok := strings.CutPrefix(name, q.prefix); ok {
			m, err := metricOf(base)
			if err != nil {
				continue
			}
			m.en = q.en + ": " + m.en
			if m.zh != "" && q.zh != "" {
				m.zh = q.zh + "：" + m.zh
			} else {
				m.zh = ""
			}
			if q.measure {
				m.better = neither
			}
			return m, nil
		}
	}
	return metric{}, fmt.Errorf("metric %q is not known: say in metrics of scripts/bench/tables_metrics.go what it is, and what is better", name)
}
