//go:build !unix

package clustertest

import "os"

var stop, proceed os.Signal // there are none
