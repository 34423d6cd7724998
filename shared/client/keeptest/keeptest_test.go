package keeptest_test

import (
	"testing"

	"edgeboard/shared/client"
	"edgeboard/shared/client/keeptest"
)

func TestMemory(t *testing.T) {
	keeptest.Run(t, func(*testing.T) func(string) client.Shelf { return new(keeptest.Device).Shelf })
}
