package memory_test

import (
	"testing"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return new(memory.Store) }, nil)
}
