package wirepb

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// The descriptor stands for itself: who has it needs no other file.
func TestDescriptor(t *testing.T) {
	var file descriptorpb.FileDescriptorProto
	if err := proto.Unmarshal(Descriptor(), &file); err != nil {
		t.Fatal(err)
	}
	if file.GetName() != FileName || file.GetPackage() != "edgeboard.v1" || len(file.GetDependency()) > 0 {
		t.Errorf("it is %s of package %s, and needs %q", file.GetName(), file.GetPackage(), file.GetDependency())
	}
	for symbol, want := range map[string]bool{
		"edgeboard.v1.Board": true, "edgeboard.v1.Board.Connect": true, "edgeboard.v1.Frame": true, "edgeboard.v1.Frame.hello": true,
		"edgeboard.v1": false, "edgeboard.v1.None": false, "google.protobuf.Any": false, "": false, ".": false,
	} {
		if got := Describes(symbol); got != want {
			t.Errorf("%q: %v, want %v", symbol, got, want)
		}
	}
}
