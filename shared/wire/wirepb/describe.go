package wirepb

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// FileName is what edgeboard.proto is called in its descriptor.
const FileName = "edgeboard.proto"

// Descriptor returns edgeboard.proto as a google.protobuf.FileDescriptorProto,
// as protoc has made it.
func Descriptor() []byte { return []byte(file_edgeboard_proto_rawDesc) }

// Describes reports whether edgeboard.proto declares something of that full
// name, such as edgeboard.v1.Board.Connect.
func Describes(symbol string) bool {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(symbol))
	return err == nil && d.ParentFile().Path() == FileName
}
