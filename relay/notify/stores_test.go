package notify_test

import (
	"edgeboard/relay/notify"
	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/sqlite"
)

// The stores know nothing of this package.
var (
	_ notify.Store   = (*memory.Notices)(nil)
	_ notify.Store   = (*sqlite.Notices)(nil)
	_ notify.Records = (*memory.Records)(nil)
	_ notify.Records = (*sqlite.Records)(nil)
)
